//! Where the market is shown: a live screen on a terminal, else a line for what happens.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use client::market_data::JoinOptions;
use protocol::Symbol;
use protocol::moldudp64::Statistics;

use super::Args;
use super::tape::{self, Top};
use super::watcher::End;
use crate::line::{Printer, ascii};
use crate::market::{Market, Told};
use crate::rates::Rate;
use crate::screen::{Gauge, Screen, View};

/// Between two drawings of the screen.
const DRAWING: Duration = Duration::from_millis(100);
/// Between two looks at the rates.
const LOOKING: Duration = Duration::from_secs(1);

/// What there is to show now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) market: &'a Market,
    /// Once a packet has told it.
    pub(super) session: Option<[u8; 10]>,
    pub(super) statistics: Statistics,
    /// For how long nothing was heard, if too long.
    pub(super) silence: Option<Duration>,
}

/// The screen or the lines.
pub(super) struct Display {
    screen: Option<Screen>,
    printer: Printer,
    /// The instrument asked for, and how many prices of it are printed.
    book: Option<(Symbol, usize)>,
    /// The book as it was printed last.
    printed: Option<Top>,
    /// The session has been told.
    announced: bool,
    /// The silence has been told.
    silent: bool,
    place: String,
    rates: [Rate; 3],
    looked: Instant,
    drawn: Instant,
}

impl Display {
    /// Opens the screen, if there is a terminal for it.
    pub(super) fn open(args: &Args, options: &JoinOptions) -> Result<Self> {
        let wanted = !args.plain && !args.json && Screen::is_possible();
        let screen = if wanted { Some(Screen::open(0).context("the screen")?) } else { None };
        let now = Instant::now();
        Ok(Self {
            screen,
            printer: Printer::new(args.json),
            book: args.book.map(|symbol| (symbol, args.depth)),
            printed: None,
            announced: false,
            silent: false,
            place: format!("feed {} on {}", options.line_a, options.interface),
            rates: Default::default(),
            looked: now,
            drawn: now,
        })
    }

    /// Takes a trade of this session, or the breaking of one, when it happens.
    pub(super) fn trade(&mut self, told: &Told, session: Option<[u8; 10]>) -> Result<()> {
        if self.screen.is_some() {
            return Ok(());
        }
        self.announce(session)?;
        if self.printer.is_json() {
            self.printer.line(&tape::trade(told))?;
        } else {
            self.printer.text(tape::trade_text(told))?;
        }
        Ok(())
    }

    /// Shows what has changed since the last time; true when the user wants to leave.
    pub(super) fn show(&mut self, seen: &Seen<'_>) -> Result<bool> {
        self.look(seen.market);
        if self.screen.is_some() {
            return self.draw(seen);
        }
        self.print(seen)?;
        Ok(false)
    }

    /// Shows the last of it, gives the terminal back and says why it is over.
    pub(super) fn close(mut self, seen: &Seen<'_>, end: End) -> Result<()> {
        if self.screen.take().is_none() {
            self.print(seen)?;
        }
        if let Some((symbol, _)) = self.book.filter(|(symbol, _)| is_unknown(*symbol, seen)) {
            eprintln!("openbell: the feed told of no instrument {symbol}");
        }
        self.printer.line(&tape::end(seen, end))?;
        Ok(self.printer.flush()?)
    }

    fn look(&mut self, market: &Market) {
        let elapsed = self.looked.elapsed();
        if LOOKING <= elapsed {
            let totals = market.totals();
            let counts = [totals.messages, totals.trades, totals.shares];
            for (rate, count) in self.rates.iter_mut().zip(counts) {
                rate.look(count, elapsed);
            }
            self.looked += elapsed;
        }
    }

    /// Says which day it is, once.
    fn announce(&mut self, session: Option<[u8; 10]>) -> Result<()> {
        if let Some(session) = session.filter(|_| !self.announced) {
            self.announced = true;
            self.printer.line(&tape::session(&session))?;
        }
        Ok(())
    }

    fn print(&mut self, seen: &Seen<'_>) -> Result<()> {
        self.announce(seen.session)?;
        if let Some(silence) = seen.silence.filter(|_| !self.silent) {
            eprintln!("openbell: nothing heard for {} s, waiting", silence.as_secs());
        }
        self.silent = seen.silence.is_some();
        let wanted = self
            .book
            .and_then(|(symbol, depth)| Some(Top::of(seen.market.books().book(symbol)?, depth)));
        if wanted.is_some() && wanted != self.printed {
            self.printed = wanted;
            let top = self.printed.as_ref().expect("set above");
            if self.printer.is_json() {
                self.printer.line(&top.line(seen.market.last_number()))?;
            } else {
                self.printer.text(top.text())?;
            }
        }
        Ok(self.printer.flush()?)
    }

    fn draw(&mut self, seen: &Seen<'_>) -> Result<bool> {
        let Some(screen) = &mut self.screen else { return Ok(false) };
        if self.drawn.elapsed() < DRAWING {
            return Ok(false);
        }
        self.drawn = Instant::now();
        let listed = || seen.market.books().iter().map(|(_, book)| book.symbol());
        let asked = self.book.and_then(|(symbol, _)| listed().position(|name| name == symbol));
        if let Some(place) = asked {
            self.book = None;
            screen.select(place);
        }
        let session =
            seen.session.map_or_else(String::new, |id| format!(", session {}", ascii(&id)));
        let title = format!("openbell watch{session}");
        let [messages, trades, shares] = &self.rates;
        let gauges = [
            Gauge { name: "messages", rate: messages },
            Gauge { name: "trades", rate: trades },
            Gauge { name: "shares", rate: shares },
        ];
        let notes = notes(&self.place, seen);
        let view = View { title: &title, notes: &notes, market: seen.market, gauges: &gauges };
        screen.draw(&view)?;
        Ok(screen.wants_to_quit(listed().count())?)
    }
}

fn notes(place: &str, seen: &Seen<'_>) -> [String; 2] {
    let Statistics { gaps, requests, .. } = seen.statistics;
    let health = match seen.silence {
        Some(silence) => format!("nothing heard for {} s", silence.as_secs()),
        None => format!("message {}, {gaps} gaps, {requests} requests", seen.market.last_number()),
    };
    [place.to_owned(), health]
}

/// Tells whether the feed was heard and has not named the instrument.
fn is_unknown(symbol: Symbol, seen: &Seen<'_>) -> bool {
    0 < seen.market.last_number() && seen.market.books().book(symbol).is_none()
}
