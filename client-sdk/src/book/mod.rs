//! Order books kept from the feed, live or recorded: every displayed order in its place.
//!
//! [`Books::apply`] takes the messages one by one, in order and from the first of the day. The same
//! code serves a file of recorded messages. What a message cannot mean is an error that says what is
//! wrong and leaves the books as they were.

mod ladder;
mod instrument;

use std::collections::{BTreeMap, HashMap};

use protocol::enums::Side;
use protocol::itch::Message;
use protocol::{Price, Symbol};
use thiserror::Error;

pub use instrument::{Bbo, Book};
pub use ladder::{Order, Quote};

/// The books of all instruments.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// By stock locate.
    books: BTreeMap<u16, Book>,
    locates: HashMap<Symbol, u16>,
}

impl Books {
    /// Starts with no instrument.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next message; those that say nothing of orders change nothing.
    ///
    /// A book appears with the first message that names its symbol: Stock Directory or an order.
    ///
    /// # Errors
    ///
    /// The message does not fit the book: one was missed, or the feed is wrong. The books stay as
    /// they were.
    pub fn apply(&mut self, message: &Message<'_>) -> Result<(), BookError> {
        let locate = message.stock_locate();
        match message {
            Message::StockDirectory(m) => self.announced(locate, m.stock).map(drop),
            Message::AddOrder(m) => {
                let order = Order {
                    reference: m.order_reference_number.get(),
                    side: side(m.order_reference_number.get(), m.buy_sell_indicator)?,
                    price: Price::new(m.price.get()),
                    shares: m.shares.get(),
                    attribution: None,
                };
                self.announced(locate, m.stock)?.join(order)
            }
            Message::AddOrderMpid(m) => {
                let order = Order {
                    reference: m.order_reference_number.get(),
                    side: side(m.order_reference_number.get(), m.buy_sell_indicator)?,
                    price: Price::new(m.price.get()),
                    shares: m.shares.get(),
                    attribution: Some(m.attribution),
                };
                self.announced(locate, m.stock)?.join(order)
            }
            Message::OrderExecuted(m) => {
                let reference = m.order_reference_number.get();
                self.holding(locate, reference)?.take(reference, m.executed_shares.get())
            }
            Message::OrderExecutedWithPrice(m) => {
                let reference = m.order_reference_number.get();
                self.holding(locate, reference)?.take(reference, m.executed_shares.get())
            }
            Message::OrderCancel(m) => {
                let reference = m.order_reference_number.get();
                self.holding(locate, reference)?.take(reference, m.canceled_shares.get())
            }
            Message::OrderDelete(m) => {
                let reference = m.order_reference_number.get();
                self.holding(locate, reference)?.leave(reference)
            }
            Message::OrderReplace(m) => {
                let original = m.original_order_reference_number.get();
                self.holding(locate, original)?.replace(m)
            }
            _ => Ok(()),
        }
    }

    /// Returns the book of a symbol.
    pub fn book(&self, symbol: Symbol) -> Option<&Book> {
        self.by_locate(*self.locates.get(&symbol)?)
    }

    /// Returns the book of a stock locate.
    pub fn by_locate(&self, locate: u16) -> Option<&Book> {
        self.books.get(&locate)
    }

    /// Returns all books, by stock locate.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &Book)> {
        self.books.iter().map(|(locate, book)| (*locate, book))
    }

    /// Returns the book of an instrument the feed names, which may be new.
    fn announced(&mut self, locate: u16, symbol: Symbol) -> Result<&mut Book, BookError> {
        let book = self.books.entry(locate).or_insert_with(|| {
            self.locates.insert(symbol, locate);
            Book::new(symbol)
        });
        match book.symbol() {
            expected if expected == symbol => Ok(book),
            expected => Err(BookError::OtherSymbol { locate, expected, actual: symbol }),
        }
    }

    /// Returns the book in which an order is said to rest.
    fn holding(&mut self, locate: u16, reference: u64) -> Result<&mut Book, BookError> {
        self.books.get_mut(&locate).ok_or(BookError::UnknownReference { reference })
    }
}

fn side(reference: u64, code: u8) -> Result<Side, BookError> {
    match Side::try_from(code) {
        Ok(side @ (Side::Buy | Side::Sell)) => Ok(side),
        _ => Err(BookError::UnknownSide { reference, code }),
    }
}

/// Why a message does not fit the book.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum BookError {
    #[error("no order has reference {reference}")]
    UnknownReference { reference: u64 },
    #[error("an order has reference {reference} already")]
    RepeatedReference { reference: u64 },
    #[error("order {reference} has {left} shares and is to lose {taken}")]
    TooManyShares { reference: u64, left: u32, taken: u32 },
    #[error("order {reference} comes with no shares, or loses none")]
    NoShares { reference: u64 },
    #[error("order {reference} has the unknown side {code:#04x}")]
    UnknownSide { reference: u64, code: u8 },
    #[error("stock locate {locate} is {expected}, the message names {actual}")]
    OtherSymbol { locate: u16, expected: Symbol, actual: Symbol },
}
