//! The floor: traders and feed in one loop, from the opening to the last comparison.
//!
//! One task owns everything, so there is no lock and no queue between the parts.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use client::market_data::{self, JoinOptions, MarketData};
use client::order_entry::ConnectOptions;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::Args;
use super::display::{Display, Seen};
use super::pace::Pace;
use super::random::Random;
use super::report::{self, Books, Report, Run};
use super::street::Instrument;
use super::trader::{Role, Trader};
use super::venue::{MAKERS, PASSWORD, TAKERS, Venue};
use crate::market::Market;

/// How often traders listen and act.
const PULSE: Duration = Duration::from_millis(5);
/// How often makers act among all traders, in percent.
const MAKING: u32 = 70;
/// How long after the last order everything must fit.
const SETTLING: Duration = Duration::from_secs(10);
/// How long after the venue's end its last packets may take.
const LAST_PACKETS: Duration = Duration::from_secs(2);

/// Everything that trades and listens.
pub(super) struct Floor {
    venue: Venue,
    street: Vec<Instrument>,
    traders: Vec<Trader>,
    feed: MarketData,
    market: Market,
    random: Random,
    pace: Pace,
    pulse: Interval,
    signals: [Signal; 2],
    seed: u64,
    started: Instant,
    /// The venue has ended its day: nothing more comes.
    day_is_over: bool,
}

/// Why the loop goes on.
enum Woken {
    Message(market_data::Message),
    EndOfDay,
    Pulse,
    Signal,
}

impl Floor {
    /// Joins the feed and logs all traders in.
    pub(super) async fn open(args: &Args, venue: Venue, street: Vec<Instrument>) -> Result<Self> {
        let addresses = venue.addresses();
        let retransmit = Some(addresses.retransmit);
        let join = JoinOptions { retransmit, ..JoinOptions::new(venue.line_a()?) };
        let feed = MarketData::join(join).await.context("joining the feed")?;
        let mut traders = Vec::new();
        for (names, role) in [(MAKERS, Role::Maker), (TAKERS, Role::Taker)] {
            for username in names {
                let options = ConnectOptions::new(addresses.order_entry, username, PASSWORD);
                traders.push(Trader::connect(role, options).await?);
            }
        }
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        Ok(Self {
            venue,
            street,
            traders,
            feed,
            market: Market::default(),
            random: Random::new(args.seed),
            pace: Pace::new(args.rate),
            pulse,
            signals,
            seed: args.seed,
            started: Instant::now(),
            day_is_over: false,
        })
    }

    /// Trades for `length`, or until the user or the venue ends it.
    pub(super) async fn trade(
        &mut self,
        display: &mut Display,
        length: Option<Duration>,
    ) -> Result<()> {
        loop {
            match self.wake().await? {
                Woken::Message(message) => drop(self.market.take(&message)?),
                Woken::Signal | Woken::EndOfDay => return Ok(()),
                Woken::Pulse => {
                    let elapsed = self.started.elapsed();
                    if !self.listen()? || length.is_some_and(|length| length <= elapsed) {
                        return Ok(());
                    }
                    self.act(elapsed)?;
                    if display.show(&self.seen())? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Lets everything settle, compares, stops the venue, and compares with what it has recorded.
    pub(super) async fn close(
        mut self,
        display: &mut Display,
        postgres: Option<&str>,
    ) -> Result<Report> {
        let ran = self.started.elapsed();
        let books = self.settle(display).await?;
        let run = Run {
            ran,
            seed: self.seed,
            session: self.venue.addresses().session.clone(),
            sent: self.traders.iter().map(Trader::sent).collect(),
            answers: self.traders.iter().map(|trader| trader.live().answers).collect(),
            unanswered: self.traders.iter().map(Trader::unanswered).sum(),
        };
        let Self { mut venue, traders, mut feed, mut market, .. } = self;
        for trader in traders {
            trader.logout().await;
        }
        venue.tell_to_stop();
        let records = listen_to_the_end(&venue, &mut feed, &mut market).await?;
        venue.end().context("stopping the venue")?;
        let rows = match postgres {
            Some(url) => Some(report::rows_in_postgres(url, records.log_id).await?),
            None => None,
        };
        Ok(Report { run, books, records, rows, market, line: feed.statistics() })
    }

    /// Waits until every request is answered, the feed is caught up with and its book is what the traders hold.
    ///
    /// Gives up after a while, with the difference.
    async fn settle(&mut self, display: &mut Display) -> Result<Books> {
        let mut asked = vec![false; self.traders.len()];
        let begun = Instant::now();
        loop {
            match self.wake().await? {
                Woken::Message(message) => drop(self.market.take(&message)?),
                Woken::Signal => bail!("a second signal: not waiting any longer"),
                Woken::EndOfDay => self.day_is_over = true,
                Woken::Pulse => {
                    self.listen()?;
                    for (trader, asked) in self.traders.iter_mut().zip(&mut asked) {
                        *asked = *asked || self.day_is_over || trader.ask_for_the_last_answer()?;
                    }
                    display.show(&self.seen())?;
                    let unanswered: usize = self.traders.iter().map(Trader::unanswered).sum();
                    let books = report::compare(&self.market, &self.traders);
                    let settled = asked.iter().all(|&asked| asked)
                        && unanswered == 0
                        && self.feed.is_caught_up()
                        && books.is_equal();
                    if settled || SETTLING <= begun.elapsed() {
                        return Ok(books);
                    }
                }
            }
        }
    }

    async fn wake(&mut self) -> Result<Woken> {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            message = self.feed.next(), if !self.day_is_over => Ok(match message.context("the feed")? {
                Some(message) => Woken::Message(message),
                None => Woken::EndOfDay,
            }),
            _ = self.pulse.tick() => Ok(Woken::Pulse),
            _ = interrupt.recv() => Ok(Woken::Signal),
            _ = terminate.recv() => Ok(Woken::Signal),
        }
    }

    /// Lets every trader follow its answers; false once the venue's day is over.
    fn listen(&mut self) -> Result<bool> {
        for trader in &mut self.traders {
            self.day_is_over |= !trader.listen()?;
        }
        Ok(!self.day_is_over)
    }

    /// Sends what is due at this time.
    fn act(&mut self, elapsed: Duration) -> Result<()> {
        for _ in 0..self.pace.due(elapsed) {
            let role = if self.random.chance(MAKING) { Role::Maker } else { Role::Taker };
            let place = self.random.place(self.traders.len() / 2);
            let trader = self.traders.iter_mut().filter(|trader| trader.role() == role).nth(place);
            let trader = trader.context("there are as many makers as takers")?;
            if !trader.act(&mut self.street, &mut self.random)? {
                break;
            }
        }
        Ok(())
    }

    fn seen(&self) -> Seen<'_> {
        let requests = self.traders.iter().map(|trader| trader.sent().total()).sum();
        Seen { elapsed: self.started.elapsed(), market: &self.market, requests }
    }
}

/// Follows the feed until the venue has ended and the last message it recorded has come.
async fn listen_to_the_end(
    venue: &Venue,
    feed: &mut MarketData,
    market: &mut Market,
) -> Result<report::Records> {
    let mut pulse = interval(PULSE);
    let mut ended: Option<(Instant, report::Records)> = None;
    let mut more = true;
    loop {
        tokio::select! {
            message = feed.next(), if more => match message.context("the feed")? {
                Some(message) => drop(market.take(&message)?),
                None => more = false,
            },
            _ = pulse.tick() => {}
        }
        match &ended {
            None if venue.is_finished() => {
                ended = Some((Instant::now(), report::Records::read(venue.data_dir())?));
            }
            Some((at, records))
                if records.messages <= market.last_number() || LAST_PACKETS <= at.elapsed() =>
            {
                return Ok(*records);
            }
            _ => {}
        }
    }
}
