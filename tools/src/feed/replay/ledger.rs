//! What was asked of the venue and what it answered: which order of the venue is which of the day.

use std::collections::HashMap;

use client::order_entry::{Event, UserRefNum};
use protocol::Price;

use super::day::Fill;

/// What a request stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// The order that has this reference in the file.
    Order { reference: u64 },
    /// The aggressor of the execution at this place in [`Ledger::takes`].
    Take { place: usize },
    /// An order of our own, entered to see where the feed is.
    Marker,
}

/// An execution of the file, played in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    /// Place of the message in the file.
    pub(super) message: u64,
    pub(super) expected: Fill,
}

/// An execution as the venue told it to the aggressor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    /// Place of the aggressor's order in [`Ledger::takes`].
    pub(super) place: usize,
    pub(super) price: Price,
    pub(super) shares: u32,
}

/// A request that the venue refused.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) message: u64,
    pub(super) reason: &'static str,
}

/// The accounts' side of the replay.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By account and number, with the place of the message in the file.
    asked: HashMap<(usize, UserRefNum), (u64, Asked)>,
    /// References in the file by references of the venue.
    originals: HashMap<u64, u64>,
    /// Since the last comparison, in the order of the file.
    pub(super) takes: Vec<Take>,
    /// Since the last comparison, by match number.
    pub(super) executions: HashMap<u64, Execution>,
    /// Since the last comparison.
    pub(super) refusals: Vec<Refusal>,
    /// The venue's reference of the last marker that was accepted.
    pub(super) marker: Option<u64>,
}

impl Ledger {
    /// Notes what a request stands for, before its answer is read.
    pub(super) fn asks(&mut self, account: usize, number: UserRefNum, message: u64, asked: Asked) {
        self.asked.insert((account, number), (message, asked));
    }

    /// Takes an answer.
    pub(super) fn told(&mut self, account: usize, event: &Event) {
        let Some(number) = event.order() else { return };
        let Some(&(message, asked)) = self.asked.get(&(account, number)) else { return };
        match (event, asked) {
            (Event::Accepted(accepted), Asked::Order { reference }) => {
                self.originals.insert(accepted.order_reference_number, reference);
            }
            (Event::Replaced(replaced), Asked::Order { reference }) => {
                self.originals.insert(replaced.order_reference_number, reference);
            }
            (Event::Accepted(accepted), Asked::Marker) => {
                self.marker = Some(accepted.order_reference_number);
            }
            (Event::Executed(executed), Asked::Take { place }) => {
                let (price, shares) = (executed.price, executed.quantity);
                self.executions.insert(executed.match_number, Execution { place, price, shares });
            }
            (Event::Rejected(rejected), _) => {
                self.refusals.push(Refusal { message, reason: rejected.reason.text() });
            }
            _ => {}
        }
    }

    /// Returns the reference in the file of an order of the venue; `None` if it is not of the day.
    pub(super) fn original(&self, reference: u64) -> Option<u64> {
        self.originals.get(&reference).copied()
    }
}
