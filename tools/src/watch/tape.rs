//! The market as lines: a trade, a book, the end.

use client::book::{Book, Quote};
use protocol::Symbol;
use protocol::enums::Side;
use serde_json::{Value, json};

use super::display::Seen;
use super::watcher::End;
use crate::clock_time;
use crate::line::{Line, ascii};
use crate::market::{Broken, Told};

/// A book as far as it is printed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Top {
    pub(super) symbol: Symbol,
    bids: Vec<Quote>,
    offers: Vec<Quote>,
}

impl Top {
    /// Takes the best `depth` prices of both sides.
    pub(super) fn of(book: &Book, depth: usize) -> Self {
        let side = |side| book.depth(side).take(depth).collect();
        Self { symbol: book.symbol(), bids: side(Side::Buy), offers: side(Side::Sell) }
    }

    /// Gives the book after message `number` of the feed.
    pub(super) fn line(&self, number: u64) -> Line {
        let side = |quotes: &[Quote]| quotes.iter().map(quote).collect::<Vec<_>>();
        Line::new("event", "book")
            .text("symbol", self.symbol)
            .with("bids", side(&self.bids))
            .with("offers", side(&self.offers))
            .with("message", number)
    }

    /// Gives the book to people, the best prices in the middle.
    pub(super) fn text(&self) -> String {
        let bids = self.bids.iter().rev().map(|bid| format!("{} x {}", bid.shares, bid.price));
        let offers = self.offers.iter().map(|offer| format!("{} x {}", offer.price, offer.shares));
        let [bids, offers] =
            [bids.collect::<Vec<_>>(), offers.collect()].map(|side| side.join("  "));
        format!("{:<18} {:<8} {bids} | {offers}", "book", self.symbol)
    }
}

fn quote(quote: &Quote) -> Value {
    json!({ "price": quote.price.to_string(), "shares": quote.shares, "orders": quote.orders })
}

/// Says which day it is.
pub(super) fn session(session: &[u8; 10]) -> Line {
    Line::new("event", "session").with("session", ascii(session))
}

/// Gives a trade, or the breaking of one.
pub(super) fn trade(told: &Told) -> Line {
    let print = match told {
        Told::Trade(print) => print,
        Told::Broken(broken) => {
            return Line::new("event", "broken")
                .text("time", clock_time::of_day(broken.time_ns))
                .text("symbol", broken.symbol)
                .with("match_number", broken.match_number);
        }
    };
    Line::new("event", "trade")
        .text("time", clock_time::of_day(print.time_ns))
        .text("symbol", print.symbol)
        .with("shares", print.shares)
        .text("price", print.price)
        .maybe("aggressor", print.aggressor.map(side))
        .with("match_number", print.match_number)
}

/// Gives a trade to people, or the breaking of one.
pub(super) fn trade_text(told: &Told) -> String {
    let print = match told {
        Told::Trade(print) => print,
        Told::Broken(Broken { time_ns, symbol, match_number }) => {
            return format!("{} {symbol:<8} broken {match_number}", clock_time::of_day(*time_ns));
        }
    };
    let time = clock_time::of_day(print.time_ns);
    let aggressor = print.aggressor.map_or("", side);
    let text =
        format!("{time} {:<8} {:>7} @ {} {aggressor}", print.symbol, print.shares, print.price);
    text.trim_end().to_owned()
}

fn side(side: Side) -> &'static str {
    if side.is_buy() { "buy" } else { "sell" }
}

/// Says what was seen and why no more is.
pub(super) fn end(seen: &Seen<'_>, end: End) -> Line {
    let reason = match end {
        End::Session => "end of session",
        End::Time => "time is up",
        End::User => "stopped by the user",
    };
    let totals = seen.market.totals();
    Line::new("event", "end")
        .with("messages", totals.messages)
        .with("trades", totals.trades)
        .with("shares", totals.shares)
        .with("gaps", seen.statistics.gaps)
        .with("unreadable", totals.unreadable)
        .with("reason", reason)
}
