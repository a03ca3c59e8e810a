//! The market as the public feed tells it: books, last prices, and the tape of recent trades.
//!
//! Nothing here comes from anywhere else, so whoever listens to the feed can show the same.

use std::collections::{BTreeMap, VecDeque};

use client::book::{Book, BookError, Books, Order};
use client::market_data;
use protocol::enums::{Side, TradingState};
use protocol::itch::{self, Message};
use protocol::{Price, Symbol};
use thiserror::Error;

/// Trades the tape holds.
const TAPE: usize = 256;

/// A trade on the tape.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Print {
    /// Nanoseconds since midnight.
    pub(crate) time_ns: u64,
    pub(crate) symbol: Symbol,
    pub(crate) price: Price,
    pub(crate) shares: u64,
    /// The side that took; `None` where the feed does not say.
    pub(crate) aggressor: Option<Side>,
    pub(crate) match_number: u64,
}

/// What a message tells of trades.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Told {
    Trade(Print),
    Broken(Broken),
}

/// A trade that the venue broke.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Broken {
    /// Nanoseconds since midnight, of the breaking.
    pub(crate) time_ns: u64,
    pub(crate) symbol: Symbol,
    pub(crate) match_number: u64,
}

/// Counts of what the feed brought.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Totals {
    pub(crate) messages: u64,
    pub(crate) trades: u64,
    pub(crate) shares: u64,
    /// Messages that are not ITCH 5.0.
    pub(crate) unreadable: u64,
}

/// What the tape says of one instrument.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Activity {
    pub(crate) last: Option<Price>,
    pub(crate) trades: u64,
    pub(crate) shares: u64,
    /// As the last Stock Trading Action said.
    pub(crate) state: Option<TradingState>,
}

/// A message of the feed that its book cannot take.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("market data message {number}: {error}")]
pub(crate) struct Misfit {
    number: u64,
    error: BookError,
}

/// Everything the feed has told.
#[derive(Debug, Default)]
pub(crate) struct Market {
    books: Books,
    activity: BTreeMap<u16, Activity>,
    /// The newest last.
    tape: VecDeque<Print>,
    totals: Totals,
    last_number: u64,
}

impl Market {
    /// Takes the next message of the feed and returns the trade it tells of. A broken one leaves the tape.
    ///
    /// # Errors
    ///
    /// The message does not fit the book: the feed or the listener is wrong.
    pub(crate) fn take(&mut self, message: &market_data::Message) -> Result<Option<Told>, Misfit> {
        self.last_number = message.number;
        self.totals.messages += 1;
        let Ok(itch) = message.itch() else {
            self.totals.unreadable += 1;
            return Ok(None);
        };
        if let Message::StockTradingAction(action) = &itch {
            let state = TradingState::try_from(action.trading_state).ok();
            self.activity.entry(itch.stock_locate()).or_default().state = state;
        }
        // The price of an execution stands in the book, before the book takes it.
        let print = self.print(&itch);
        let misfit = |error| Misfit { number: message.number, error };
        self.books.apply(&itch).map_err(misfit)?;
        if let Some(print) = print {
            self.printed(itch.stock_locate(), print);
        }
        Ok(print.map(Told::Trade).or_else(|| self.broken(&itch).map(Told::Broken)))
    }

    pub(crate) fn books(&self) -> &Books {
        &self.books
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// Number of the last message taken, 0 before the first.
    pub(crate) fn last_number(&self) -> u64 {
        self.last_number
    }

    pub(crate) fn activity(&self, locate: u16) -> Activity {
        self.activity.get(&locate).copied().unwrap_or_default()
    }

    /// Recent trades, the newest first.
    pub(crate) fn tape(&self) -> impl Iterator<Item = &Print> {
        self.tape.iter().rev()
    }

    fn broken(&mut self, message: &Message<'_>) -> Option<Broken> {
        let Message::BrokenTrade(broken) = message else { return None };
        let match_number = broken.match_number.get();
        self.tape.retain(|print| print.match_number != match_number);
        let symbol = self.books.by_locate(message.stock_locate()).map(Book::symbol);
        let symbol = symbol.unwrap_or(Symbol::BLANK);
        Some(Broken { time_ns: message.timestamp(), symbol, match_number })
    }

    fn printed(&mut self, locate: u16, print: Print) {
        self.totals.trades += 1;
        self.totals.shares += print.shares;
        let activity = self.activity.entry(locate).or_default();
        activity.last = Some(print.price);
        activity.trades += 1;
        activity.shares += print.shares;
        if self.tape.len() == TAPE {
            self.tape.pop_front();
        }
        self.tape.push_back(print);
    }

    fn print(&self, message: &Message<'_>) -> Option<Print> {
        let time_ns = message.timestamp();
        let book = self.books.by_locate(message.stock_locate());
        match message {
            Message::OrderExecuted(m) => {
                let (book, order) = resting(book?, m.order_reference_number.get())?;
                Some(Print {
                    time_ns,
                    symbol: book.symbol(),
                    price: order.price,
                    shares: u64::from(m.executed_shares.get()),
                    aggressor: Some(opposite(order.side)),
                    match_number: m.match_number.get(),
                })
            }
            Message::OrderExecutedWithPrice(m) if m.printable == b'Y' => {
                let (book, order) = resting(book?, m.order_reference_number.get())?;
                Some(Print {
                    time_ns,
                    symbol: book.symbol(),
                    price: Price::new(m.execution_price.get()),
                    shares: u64::from(m.executed_shares.get()),
                    aggressor: Some(opposite(order.side)),
                    match_number: m.match_number.get(),
                })
            }
            Message::Trade(m) => Some(hidden_trade(m, time_ns)),
            Message::CrossTrade(m) if 0 < m.shares.get() => Some(Print {
                time_ns,
                symbol: m.stock,
                price: Price::new(m.cross_price.get()),
                shares: m.shares.get(),
                aggressor: None,
                match_number: m.match_number.get(),
            }),
            _ => None,
        }
    }
}

fn resting(book: &Book, reference: u64) -> Option<(&Book, &Order)> {
    Some((book, book.order(reference)?))
}

fn hidden_trade(message: &itch::Trade, time_ns: u64) -> Print {
    Print {
        time_ns,
        symbol: message.stock,
        price: Price::new(message.price.get()),
        shares: u64::from(message.shares.get()),
        aggressor: None,
        match_number: message.match_number.get(),
    }
}

fn opposite(side: Side) -> Side {
    if side.is_buy() { Side::Sell } else { Side::Buy }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use protocol::itch::{AddOrder, BrokenTrade, OrderExecuted};
    use protocol::time::U48;
    use zerocopy::IntoBytes;
    use zerocopy::big_endian::{U16, U32, U64};

    use super::*;

    fn add(reference: u64, side: u8, shares: u32, price: u32) -> AddOrder {
        AddOrder {
            message_type: AddOrder::TYPE,
            stock_locate: U16::new(1),
            tracking_number: U16::ZERO,
            timestamp: U48::new(5),
            order_reference_number: U64::new(reference),
            buy_sell_indicator: side,
            shares: U32::new(shares),
            stock: Symbol(*b"ACME    "),
            price: U32::new(price),
        }
    }

    fn executed(reference: u64, shares: u32) -> OrderExecuted {
        OrderExecuted {
            message_type: OrderExecuted::TYPE,
            stock_locate: U16::new(1),
            tracking_number: U16::ZERO,
            timestamp: U48::new(6),
            order_reference_number: U64::new(reference),
            executed_shares: U32::new(shares),
            match_number: U64::new(9),
        }
    }

    fn message(number: u64, bytes: &[u8]) -> market_data::Message {
        market_data::Message { number, bytes: Bytes::copy_from_slice(bytes) }
    }

    #[test]
    fn an_execution_prints_at_the_resting_price_with_the_other_side_as_aggressor() {
        let mut market = Market::default();
        let rested = market.take(&message(1, add(7, b'S', 300, 250_100).as_bytes()));
        assert_eq!(rested, Ok(None));
        let print = market.take(&message(2, executed(7, 100).as_bytes()));
        let expected = Print {
            time_ns: 6,
            symbol: Symbol(*b"ACME    "),
            price: Price::new(250_100),
            shares: 100,
            aggressor: Some(Side::Buy),
            match_number: 9,
        };
        assert_eq!(print, Ok(Some(Told::Trade(expected))));
        assert_eq!(market.tape().collect::<Vec<_>>(), [&expected]);
        assert_eq!(market.activity(1).last, Some(Price::new(250_100)));
        let totals = Totals { messages: 2, trades: 1, shares: 100, unreadable: 0 };
        assert_eq!((market.totals(), market.last_number()), (totals, 2));
    }

    #[test]
    fn a_broken_trade_is_told_and_leaves_the_tape() {
        let mut market = Market::default();
        for bytes in [add(7, b'S', 300, 250_100).as_bytes(), executed(7, 100).as_bytes()] {
            market.take(&message(1, bytes)).expect("it fits");
        }
        assert_eq!(market.tape().count(), 1);
        let bust = BrokenTrade {
            message_type: BrokenTrade::TYPE,
            stock_locate: U16::new(1),
            tracking_number: U16::ZERO,
            timestamp: U48::new(8),
            match_number: U64::new(9),
        };
        let told = market.take(&message(3, bust.as_bytes()));
        let symbol = Symbol(*b"ACME    ");
        assert_eq!(told, Ok(Some(Told::Broken(Broken { time_ns: 8, symbol, match_number: 9 }))));
        assert_eq!(market.tape().count(), 0);
    }

    #[test]
    fn what_the_book_cannot_take_is_named_by_its_number() {
        let error = Market::default().take(&message(5, executed(7, 100).as_bytes()));
        let error = error.expect_err("no such order").to_string();
        assert_eq!(error, "market data message 5: no order has reference 7");
    }

    #[test]
    fn bytes_that_are_not_itch_are_counted_and_passed_over() {
        let mut market = Market::default();
        assert_eq!(market.take(&message(1, b"?")), Ok(None));
        assert_eq!(market.totals().unreadable, 1);
    }

    #[test]
    fn the_tape_forgets_the_oldest() {
        let mut market = Market::default();
        let shares = u32::try_from(TAPE).expect("a small number") + 1;
        let added = market.take(&message(1, add(7, b'B', shares, 250_000).as_bytes()));
        assert_eq!(added, Ok(None));
        for number in 0..u64::from(shares) {
            market.take(&message(2 + number, executed(7, 1).as_bytes())).expect("it fits");
        }
        assert_eq!(market.tape().count(), TAPE);
        assert_eq!(market.totals().trades, u64::from(shares));
    }
}
