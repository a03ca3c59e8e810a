//! The display: a live screen on a terminal, else a line a second.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use server::venue::Addresses;

use super::Args;
use super::venue::{GUEST, PASSWORD};
use crate::line::{Line, Printer};
use crate::market::Market;
use crate::rates::Rate;
use crate::screen::{Gauge, Screen, View};

/// Between two drawings of the screen.
const DRAWING: Duration = Duration::from_millis(100);
/// Between two looks at the rates, and two lines.
const LOOKING: Duration = Duration::from_secs(1);

/// What there is to show now.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) elapsed: Duration,
    pub(super) market: &'a Market,
    /// Requests the traders have sent.
    pub(super) requests: u64,
}

/// Where the market is shown.
pub(super) struct Display {
    screen: Option<Screen>,
    printer: Printer,
    title: String,
    notes: Vec<String>,
    requests: Rate,
    messages: Rate,
    trades: Rate,
    looked: Instant,
    drawn: Instant,
}

impl Display {
    /// Says where the market is and opens the screen, if there is a terminal for it.
    pub(super) fn open(args: &Args, addresses: &Addresses) -> Result<Self> {
        let mut printer = Printer::new(args.json);
        let notes = notes(addresses);
        if args.json {
            printer.line(&address_line(addresses))?;
        } else {
            printer.text(title(addresses))?;
            notes.iter().try_for_each(|note| printer.text(note))?;
        }
        printer.flush()?;
        let wanted = !args.plain && !args.json && Screen::is_possible();
        let screen = if wanted { Some(Screen::open(0).context("the screen")?) } else { None };
        let now = Instant::now();
        Ok(Self {
            screen,
            printer,
            title: title(addresses),
            notes,
            requests: Rate::default(),
            messages: Rate::default(),
            trades: Rate::default(),
            looked: now,
            drawn: now,
        })
    }

    /// Shows the market when it is time to; true when the user wants to leave.
    pub(super) fn show(&mut self, seen: &Seen<'_>) -> Result<bool> {
        let now = Instant::now();
        if LOOKING <= now - self.looked {
            let elapsed = now - self.looked;
            self.looked = now;
            let totals = seen.market.totals();
            self.requests.look(seen.requests, elapsed);
            self.messages.look(totals.messages, elapsed);
            self.trades.look(totals.trades, elapsed);
            if self.screen.is_none() {
                self.print(seen)?;
            }
        }
        let Some(screen) = &mut self.screen else { return Ok(false) };
        if now - self.drawn < DRAWING {
            return Ok(false);
        }
        self.drawn = now;
        let gauges = [
            Gauge { name: "requests", rate: &self.requests },
            Gauge { name: "feed messages", rate: &self.messages },
            Gauge { name: "trades", rate: &self.trades },
        ];
        screen.draw(&View {
            title: &self.title,
            notes: &self.notes,
            market: seen.market,
            gauges: &gauges,
        })?;
        Ok(screen.wants_to_quit(seen.market.books().iter().count())?)
    }

    /// Gives the terminal back and goes on with lines.
    pub(super) fn into_printer(self) -> Printer {
        self.printer
    }

    fn print(&mut self, seen: &Seen<'_>) -> Result<()> {
        let orders: usize = seen.market.books().iter().map(|(_, book)| book.len()).sum();
        let line = Line::new("seconds", seen.elapsed.as_secs())
            .with("requests_per_second", self.requests.per_second())
            .with("messages_per_second", self.messages.per_second())
            .with("trades_per_second", self.trades.per_second())
            .with("open_orders", orders);
        let newest = seen.market.tape().next().map(|print| {
            Line::default()
                .text("last_trade", print.symbol)
                .with("shares", print.shares)
                .text("price", print.price)
        });
        self.printer.line(&line.and(newest.unwrap_or_default()))?;
        Ok(self.printer.flush()?)
    }
}

fn title(addresses: &Addresses) -> String {
    format!("openbell demo, session {}", addresses.session)
}

fn notes(addresses: &Addresses) -> Vec<String> {
    let Addresses { order_entry, market_data_a, retransmit, admin, .. } = addresses;
    let trade = format!(
        "openbell order enter buy 100 ACME 25.00 --address {order_entry} --username {GUEST} --password {PASSWORD}"
    );
    vec![
        format!("orders  {order_entry} (OUCH 5.0), user {GUEST}, password {PASSWORD}"),
        format!("feed    {market_data_a} on 127.0.0.1 (ITCH 5.0), retransmission {retransmit}"),
        format!("admin   http://{admin}/status"),
        format!("trade   {trade}"),
    ]
}

/// The addresses under the names that the venue itself gives them, and who may log in.
fn address_line(addresses: &Addresses) -> Line {
    Line::new("session", addresses.session.as_str())
        .text("order_entry", addresses.order_entry)
        .with("username", GUEST)
        .with("password", PASSWORD)
        .text("market_data_a", addresses.market_data_a)
        .text("retransmit", addresses.retransmit)
        .text("admin", addresses.admin)
        .with("admin_socket", addresses.admin_socket.as_str())
}
