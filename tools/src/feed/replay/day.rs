//! The day as its file tells it: the book its messages make, and what each of them asks for as an order.
//!
//! The arithmetic of OUCH is done here: a Cancel and a Replace give the total size of an order over all it
//! replaced, shares executed so far included, where ITCH gives what is taken off or what is shown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result};
use client::book::{BookError, Books, Order};
use protocol::enums::Side;
use protocol::itch::{BinaryFile, Message};
use protocol::{Price, Symbol};

use crate::exit::Damaged;

/// Shares of a resting order that traded at its price.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Fill {
    /// The resting order, by its reference in the file.
    pub(super) reference: u64,
    pub(super) price: Price,
    pub(super) shares: u32,
}

/// What has to be asked of the venue for its book to go the way of the day's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Action {
    /// An order joins the book (`A`, `F`).
    Enter { symbol: Symbol, order: Order },
    /// At most `total` shares of an order may execute over all; 0: it leaves (`D`, `X`, `C`).
    Cancel { reference: u64, total: u32 },
    /// An order takes the place of another, with `total` shares over all (`U`).
    Replace { original: u64, total: u32, order: Order },
    /// Somebody takes from a resting order of `side` (`E`).
    Take { symbol: Symbol, side: Side, fill: Fill },
}

/// An action and the place of its message in the file, from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Step {
    pub(super) message: u64,
    pub(super) action: Action,
}

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Day<'a> {
    file: BinaryFile<'a>,
    /// Bytes of the file.
    length: usize,
    only: Option<Symbol>,
    books: Books,
    /// Shares executed of each resting order and of those it replaced, where there are any.
    executed: HashMap<u64, u32>,
    /// Messages read, those of other symbols included.
    messages: u64,
    /// Messages by type, those of other symbols not included.
    types: BTreeMap<char, u64>,
}

impl<'a> Day<'a> {
    /// Starts at the first message of a BinaryFILE; `only` leaves out all other instruments.
    pub(super) fn new(bytes: &'a [u8], only: Option<Symbol>) -> Self {
        Self {
            file: BinaryFile::new(bytes),
            length: bytes.len(),
            only,
            books: Books::new(),
            executed: HashMap::new(),
            messages: 0,
            types: BTreeMap::new(),
        }
    }

    /// Reads on to the next message that asks for something; `None` at the end.
    ///
    /// # Errors
    ///
    /// The file is damaged, or a message does not fit the book of those before it.
    pub(super) fn next_step(&mut self) -> Result<Option<Step>> {
        while let Some(bytes) = self.file.next().transpose().context("reading the file")? {
            self.messages += 1;
            let damaged = |error: String| Damaged(format!("message {}: {error}", self.messages));
            let message = Message::decode(bytes).map_err(|error| damaged(error.to_string()))?;
            if !self.is_wanted(&message) {
                continue;
            }
            *self.types.entry(char::from(bytes[0])).or_default() += 1;
            let action = self.apply(&message);
            let message = self.messages;
            let action = action.map_err(|error| Damaged(format!("message {message}: {error}")))?;
            if let Some(action) = action {
                return Ok(Some(Step { message, action }));
            }
        }
        Ok(None)
    }

    /// Returns the book after the messages read so far.
    pub(super) fn books(&self) -> &Books {
        &self.books
    }

    /// Tells how many messages have been read.
    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    /// Returns how many messages of each type have been read.
    pub(super) fn types(&self) -> &BTreeMap<char, u64> {
        &self.types
    }

    /// Tells how much of the file has been read: bytes, and bytes of all.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.file.offset() as u64, self.length as u64)
    }

    fn is_wanted(&self, message: &Message<'_>) -> bool {
        let Some(only) = self.only else { return true };
        let symbol = match message {
            Message::StockDirectory(m) => Some(m.stock),
            Message::AddOrder(m) => Some(m.stock),
            Message::AddOrderMpid(m) => Some(m.stock),
            // Every other message comes after one that names the instrument.
            other => self.books.by_locate(other.stock_locate()).map(|book| book.symbol()),
        };
        symbol == Some(only)
    }

    /// Takes a message into the book and says what it asks for.
    fn apply(&mut self, message: &Message<'_>) -> Result<Option<Action>, BookError> {
        let locate = message.stock_locate();
        let before = resting(message).and_then(|reference| self.find(locate, reference));
        self.books.apply(message)?;
        let after = arriving(message).and_then(|reference| self.find(locate, reference));
        Ok(match (message, before, after) {
            (_, None, Some((symbol, order))) => Some(Action::Enter { symbol, order }),
            (_, Some((_, original)), Some((_, order))) => Some(self.replaced(&original, order)),
            (Message::OrderExecuted(m), Some((symbol, order)), None) => {
                Some(self.taken(symbol, &order, m.executed_shares.get()))
            }
            (Message::OrderExecutedWithPrice(m), Some((_, order)), None) => {
                Some(self.reduced(&order, m.executed_shares.get()))
            }
            (Message::OrderCancel(m), Some((_, order)), None) => {
                Some(self.reduced(&order, m.canceled_shares.get()))
            }
            (Message::OrderDelete(_), Some((_, order)), None) => {
                Some(self.reduced(&order, order.shares))
            }
            _ => None,
        })
    }

    fn find(&self, locate: u16, reference: u64) -> Option<(Symbol, Order)> {
        let book = self.books.by_locate(locate)?;
        Some((book.symbol(), *book.order(reference)?))
    }

    fn taken(&mut self, symbol: Symbol, order: &Order, shares: u32) -> Action {
        let reference = order.reference;
        if shares == order.shares {
            self.executed.remove(&reference);
        } else {
            *self.executed.entry(reference).or_default() += shares;
        }
        let fill = Fill { reference, price: order.price, shares };
        Action::Take { symbol, side: order.side, fill }
    }

    fn reduced(&mut self, order: &Order, shares: u32) -> Action {
        let reference = order.reference;
        if shares == order.shares {
            self.executed.remove(&reference);
            return Action::Cancel { reference, total: 0 };
        }
        let executed = self.executed.get(&reference).copied().unwrap_or(0);
        // The venue refuses sizes far below the largest number.
        Action::Cancel { reference, total: executed.saturating_add(order.shares - shares) }
    }

    fn replaced(&mut self, original: &Order, order: Order) -> Action {
        let executed = self.executed.remove(&original.reference).unwrap_or(0);
        if executed != 0 {
            self.executed.insert(order.reference, executed);
        }
        let total = executed.saturating_add(order.shares);
        Action::Replace { original: original.reference, total, order }
    }
}

/// Returns the order that rests already when a message comes.
fn resting(message: &Message<'_>) -> Option<u64> {
    let reference = match message {
        Message::OrderExecuted(m) => m.order_reference_number,
        Message::OrderExecutedWithPrice(m) => m.order_reference_number,
        Message::OrderCancel(m) => m.order_reference_number,
        Message::OrderDelete(m) => m.order_reference_number,
        Message::OrderReplace(m) => m.original_order_reference_number,
        _ => return None,
    };
    Some(reference.get())
}

/// Returns the order that rests when a message has come.
fn arriving(message: &Message<'_>) -> Option<u64> {
    let reference = match message {
        Message::AddOrder(m) => m.order_reference_number,
        Message::AddOrderMpid(m) => m.order_reference_number,
        Message::OrderReplace(m) => m.new_order_reference_number,
        _ => return None,
    };
    Some(reference.get())
}

/// Returns the instruments that a file has orders of, or `only` if it has orders of that.
///
/// # Errors
///
/// The file is damaged.
pub(super) fn symbols(bytes: &[u8], only: Option<Symbol>) -> Result<BTreeSet<Symbol>> {
    let mut symbols = BTreeSet::new();
    for message in BinaryFile::new(bytes) {
        match Message::decode(message.context("reading the file")?) {
            Ok(Message::AddOrder(m)) => symbols.insert(m.stock),
            Ok(Message::AddOrderMpid(m)) => symbols.insert(m.stock),
            // What is no message is told with its place when the day is read.
            Ok(_) | Err(_) => false,
        };
    }
    symbols.retain(|symbol| only.is_none_or(|only| only == *symbol));
    Ok(symbols)
}
