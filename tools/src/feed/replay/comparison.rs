//! The day against the venue: execution by execution, and the books queue by queue.

use std::collections::BTreeSet;
use std::fmt;

use client::book::{Book, Books, Order};
use protocol::enums::Side;
use protocol::{Price, Symbol};
use serde::Serialize;

use super::day::Fill;
use super::follower::Print;
use super::ledger::{Ledger, Take};

/// Differences that are told in words; the others are counted.
const NAMED: usize = 10;

/// How the executions compare.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Executions {
    /// Executions of the file.
    pub(super) expected: u64,
    /// The venue filled the same order with the same shares at the same price, in the same place.
    pub(super) equal: u64,
    pub(super) different: u64,
    /// Executions of the venue that stand for none of the file.
    pub(super) unexpected: u64,
}

/// How the books compare, all comparisons together.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Standings {
    pub(super) comparisons: u64,
    /// Price levels and orders of the file's book that were compared.
    pub(super) levels: usize,
    pub(super) orders: usize,
    /// Levels whose queues are not the same.
    pub(super) different: u64,
}

/// All that was found so far.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Findings {
    pub(super) executions: Executions,
    pub(super) books: Standings,
    /// Requests that the venue refused.
    pub(super) refused: u64,
    /// The first differences, in words.
    pub(super) first_differences: Vec<String>,
}

impl Findings {
    /// Tells whether the venue did what the day did.
    pub(super) fn are_equal(&self) -> bool {
        let executions = &self.executions;
        executions.different + executions.unexpected + self.books.different + self.refused == 0
    }

    /// Notes the requests refused since the last comparison.
    pub(super) fn take_refusals(&mut self, ledger: &mut Ledger) {
        for refusal in ledger.refusals.drain(..) {
            self.refused += 1;
            self.name(format_args!("message {}: refused: {}", refusal.message, refusal.reason));
        }
    }

    /// Compares the executions since the last comparison, in their order.
    pub(super) fn compare_executions(&mut self, ledger: &mut Ledger, prints: Vec<Print>) {
        let told: Vec<_> = prints.iter().filter_map(|print| told(ledger, print)).collect();
        let mut told = told.into_iter().peekable();
        for (place, take) in ledger.takes.drain(..).enumerate() {
            while let Some(stray) = told.next_if(|told| told.place.is_none_or(|of| of < place)) {
                self.unexpected(&stray);
            }
            let mut found = Vec::new();
            while let Some(told) = told.next_if(|told| told.place == Some(place)) {
                found.push(told);
            }
            self.compare_execution(&take, &found);
        }
        for stray in told {
            self.unexpected(&stray);
        }
        ledger.executions.clear();
    }

    fn compare_execution(&mut self, take: &Take, found: &[Told]) {
        self.executions.expected += 1;
        let Take { message, expected: Fill { reference, price, shares } } = *take;
        let expected = Told { place: None, reference: Some(reference), price, shares };
        if let [found] = found
            && (Told { place: None, ..*found }) == expected
        {
            self.executions.equal += 1;
            return;
        }
        self.executions.different += 1;
        let found = match found {
            [] => "nothing".to_owned(),
            found => found.iter().map(Told::to_string).collect::<Vec<_>>().join(" and "),
        };
        self.name(format_args!("message {message}: the day traded {expected}, the venue {found}"));
    }

    fn unexpected(&mut self, stray: &Told) {
        self.executions.unexpected += 1;
        self.name(format_args!("the venue traded {stray}, the day did not"));
    }

    /// Compares the books after so many messages of the file.
    pub(super) fn compare_books(
        &mut self,
        messages: u64,
        day: &Books,
        venue: &Books,
        ledger: &Ledger,
    ) {
        self.books.comparisons += 1;
        for (_, book) in day.iter() {
            let other = venue.book(book.symbol());
            for side in [Side::Buy, Side::Sell] {
                let others = other.into_iter().flat_map(|other| other.depth(side));
                let prices: BTreeSet<Price> =
                    book.depth(side).chain(others).map(|quote| quote.price).collect();
                for price in prices {
                    let queue = Queue { messages, symbol: book.symbol(), side, price };
                    let expected = standings(Some(book), &queue, Some);
                    let found = standings(other, &queue, |reference| ledger.original(reference));
                    self.compare_queue(&queue, &expected, &found);
                }
            }
        }
    }

    fn compare_queue(&mut self, queue: &Queue, expected: &[Standing], found: &[Standing]) {
        self.books.levels += usize::from(!expected.is_empty());
        self.books.orders += expected.len();
        let longest = expected.len().max(found.len());
        let differs = |&place: &usize| expected.get(place) != found.get(place);
        let Some(place) = (0..longest).find(differs) else { return };
        self.books.different += 1;
        let describe = |queue: &[Standing]| {
            queue.get(place).map_or_else(|| "nothing".to_owned(), Standing::to_string)
        };
        let (expected, found, place) = (describe(expected), describe(found), place + 1);
        self.name(format_args!(
            "{queue}, place {place}: the day has {expected}, the venue {found}"
        ));
    }

    fn name(&mut self, difference: fmt::Arguments<'_>) {
        if self.first_differences.len() < NAMED {
            self.first_differences.push(difference.to_string());
        }
    }
}

/// An execution of the venue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Told {
    /// Place of the aggressor among the executions played in; `None` if it is none of them.
    place: Option<usize>,
    /// The resting order, by its reference in the file.
    reference: Option<u64>,
    price: Price,
    shares: u32,
}

/// Joins what the feed tells of an execution with what the aggressor was told of it.
///
/// `None` for a trade between others. The two accounts of it must agree.
fn told(ledger: &Ledger, print: &Print) -> Option<Told> {
    let &Print { reference, price, shares, match_number } = print;
    let execution = ledger.executions.get(&match_number);
    let agreed =
        execution.filter(|execution| (execution.price, execution.shares) == (price, shares));
    let place = agreed.map(|execution| execution.place);
    let reference = ledger.original(reference);
    let is_ours = place.is_some() || reference.is_some();
    is_ours.then_some(Told { place, reference, price, shares })
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} shares of {} at {}", self.shares, Named(self.reference), self.price)
    }
}

/// Which queue is compared, and when.
struct Queue {
    messages: u64,
    symbol: Symbol,
    side: Side,
    price: Price,
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, symbol, side, price } = self;
        let side = if side.is_buy() { "bid" } else { "offer" };
        write!(f, "after message {messages}: {symbol} {side} {price}")
    }
}

/// An order in its queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Standing {
    /// Its reference in the file.
    reference: Option<u64>,
    shares: u32,
    /// The firm shows its name; which one is the account's affair, not the day's.
    attributed: bool,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributed = if self.attributed { " under its firm's name" } else { "" };
        write!(f, "{} with {} shares{attributed}", Named(self.reference), self.shares)
    }
}

/// Lists a queue, the next to trade first.
fn standings(
    book: Option<&Book>,
    queue: &Queue,
    original: impl Fn(u64) -> Option<u64>,
) -> Vec<Standing> {
    let orders = book.into_iter().flat_map(|book| book.queue(queue.side, queue.price));
    let standing = |order: &Order| Standing {
        reference: original(order.reference),
        shares: order.shares,
        attributed: order.attribution.is_some(),
    };
    orders.map(standing).collect()
}

struct Named(Option<u64>);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(reference) => write!(f, "order {reference}"),
            None => f.write_str("an order that is not of the day"),
        }
    }
}
