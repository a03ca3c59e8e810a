//! What one account knows: its orders, its numbers, what it has asked and what it may be told.
//!
//! The stream of an account says everything about its orders in the order in which it happened, and requests
//! are handled in the order sent. So the state at the moment of an answer is known exactly, and an answer to
//! one request says that all earlier ones are over.

mod entered;
mod answers;
mod codes;
mod events;
mod numbers;
mod request;
mod silence;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::enums::Side;
use protocol::ouch::Outbound;

use super::finding::{Checked, Finding, demand};
use super::market::Market;
use super::rules::Rule;
use numbers::Numbers;
use request::Request;

/// The order flow channels in use; 0 is the account's own.
pub(super) const CHANNELS: [u8; 4] = [0, 1, 2, 255];

const HALF_DAY_NS: u64 = 12 * 3_600 * 1_000_000_000;

/// Channel and number: the name of an order within its account.
pub(super) type Key = (u8, u32);

/// An open order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) side: Side,
    pub(super) symbol: [u8; 8],
    /// As the venue said it; a market order's code for a market order.
    pub(super) price: u64,
    /// Shares that may still execute, at least 1.
    pub(super) open: u32,
    /// Shares executed or lost to self-match prevention, over the whole chain of replacements.
    pub(super) used: u32,
    pub(super) group: u16,
    pub(super) reference: u64,
    /// Neither hidden nor in reserve nor pegged: the feed shows it as it is.
    pub(super) plain: bool,
}

impl Order {
    /// The reference under which the feed shows it; none when the feed shows something else.
    pub(super) fn shown(&self) -> Option<u64> {
        (self.plain && codes::is_limit(self.price)).then_some(self.reference)
    }

    /// The intended size: the most that may execute in total.
    fn size(&self) -> u64 {
        u64::from(self.open) + u64::from(self.used)
    }
}

/// A mass cancel whose cancels are coming.
#[derive(Debug)]
struct Sweep {
    /// Orders that it takes whatever the reading.
    must: BTreeSet<Key>,
    /// Orders that it takes in one of the readings.
    may: BTreeSet<Key>,
}

/// What was heard, for the summary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) asked: u64,
    pub(super) heard: u64,
    pub(super) accepted: u64,
    pub(super) executed: u64,
    pub(super) rejected: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.heard += other.heard;
        self.accepted += other.accepted;
        self.executed += other.executed;
        self.rejected += other.rejected;
    }
}

#[derive(Debug)]
pub(super) struct Tracker {
    live: BTreeMap<Key, Order>,
    /// In the order sent.
    pending: VecDeque<Request>,
    numbers: Numbers,
    /// Of how many [`CHANNELS`] the next number is known; with all of them, this run begins.
    learned: usize,
    /// Orders with lower numbers are from before this run: what becomes of them is not judged.
    base: u32,
    /// Malformed queries passed over as unanswered: whether a venue answers one is left open.
    loose_queries: u32,
    entry_disabled: bool,
    last_ns: u64,
    /// An order that may not rest, just entered.
    immediate: Option<Key>,
    sweep: Option<Sweep>,
    /// The account does nothing wrong: the venue has no reason to cancel its orders.
    polite: bool,
    pub(super) counts: Counts,
}

impl Tracker {
    pub(super) fn new(polite: bool) -> Self {
        Self {
            live: BTreeMap::new(),
            pending: VecDeque::new(),
            numbers: Numbers::default(),
            learned: 0,
            base: u32::MAX,
            loose_queries: 0,
            entry_disabled: false,
            last_ns: 0,
            immediate: None,
            sweep: None,
            polite,
            counts: Counts::default(),
        }
    }

    /// From here on everything is judged; `base` is the first number of this run.
    pub(super) fn begin(&mut self, base: u32) {
        self.base = base;
    }

    /// A number that is new in every channel that was asked about.
    pub(super) fn free_number(&self) -> u32 {
        self.numbers.free()
    }

    pub(super) fn live(&self) -> &BTreeMap<Key, Order> {
        &self.live
    }

    /// Tells whether every request has its answer or needs none any more.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// What has waited longest for its answer.
    pub(super) fn first_pending(&self) -> String {
        self.pending.front().map_or_else(|| "nothing".to_owned(), Request::describe)
    }

    /// Takes a message that was sent; false when its type or lengths are wrong, then it is no request.
    ///
    /// `doubtful`: the venue may have stopped reading before it.
    pub(super) fn asked(&mut self, message: &[u8], doubtful: bool) -> bool {
        let Some(request) = Request::new(message, doubtful) else { return false };
        self.counts.asked += 1;
        self.pending.push_back(request);
        true
    }

    /// Takes the end of a connection: whether the last requests were read, nobody knows.
    pub(super) fn connection_lost(&mut self) {
        self.pending.iter_mut().for_each(|request| request.doubtful = true);
    }

    /// Takes a message of the account's stream, which comes once and in its place.
    pub(super) fn told(&mut self, bytes: &[u8], market: &mut Market) -> Checked {
        let message = Outbound::decode(bytes)
            .map_err(|error| Finding::new(Rule::Malformed, error.to_string()))?;
        self.counts.heard += 1;
        let attributes = codes::check(&message, bytes[0])?;
        let channel = attributes.user_ref_idx.unwrap_or(0);
        let time_ns = codes::timestamp(&message);
        let last_ns = std::mem::replace(&mut self.last_ns, time_ns);
        // At midnight a venue may begin with 0 again.
        let is_later = last_ns <= time_ns || time_ns + HALF_DAY_NS < last_ns;
        demand(is_later, Rule::TimeGoesBack, || format!("{time_ns} ns comes after {last_ns} ns"))?;
        if self.learned < CHANNELS.len() {
            return self.learn(&message, channel);
        }
        match message {
            Outbound::SystemEvent(_) => Ok(()),
            Outbound::OrderAccepted(m, _) => self.accepted(m, channel, attributes.group_id, market),
            Outbound::OrderReplaced(m, _) => self.replaced(m, channel, market),
            Outbound::OrderCanceled(m, _) => self.canceled(m, channel),
            Outbound::AiqCanceled(m, _) => self.aiq_canceled(m, channel),
            Outbound::OrderExecuted(m, _) => self.executed(m, channel, market),
            Outbound::BrokenTrade(m, _) => broken(m.match_number.get(), market),
            Outbound::Rejected(m, _) => self.rejected(m, channel),
            Outbound::CancelPending(m, _) => self.cancel_put_off(channel, m.user_ref_num.get()),
            Outbound::CancelReject(m, _) => self.cancel_put_off(channel, m.user_ref_num.get()),
            Outbound::OrderPriorityUpdate(m, _) => self.priority_updated(m, channel, market),
            Outbound::OrderModified(m, _) => self.modified(m, channel),
            Outbound::OrderRestated(m, _) => self.restated((channel, m.user_ref_num.get())),
            Outbound::MassCancelResponse(m, _) => self.mass_cancel_taken(m, channel),
            Outbound::DisableOrderEntryResponse(m, _) => {
                self.entry_switched(channel, m.user_ref_num.get(), m.firm, true)
            }
            Outbound::EnableOrderEntryResponse(m, _) => {
                self.entry_switched(channel, m.user_ref_num.get(), m.firm, false)
            }
            Outbound::AccountQueryResponse(m, _) => {
                self.next_number_told(channel, m.next_user_ref_num.get())
            }
        }
    }

    /// Waits for the answers to the first requests, queries of all [`CHANNELS`] in this order.
    ///
    /// A first login gets the last message of the day before them, which may be such an answer too.
    fn learn(&mut self, message: &Outbound<'_>, channel: u8) -> Checked {
        let Outbound::AccountQueryResponse(response, _) = message else { return Ok(()) };
        if channel != CHANNELS[self.learned] {
            self.learned = 0;
        }
        if channel == CHANNELS[self.learned] {
            self.numbers.start(channel, response.next_user_ref_num.get())?;
            self.learned += 1;
        }
        if self.learned == CHANNELS.len() {
            self.pending.drain(..CHANNELS.len());
        }
        Ok(())
    }

    /// Finds an order that a message is about; none when it is not of this run.
    fn find(&mut self, key: Key) -> Checked<Option<&mut Order>> {
        let is_of_others = key.1 < self.base || !CHANNELS.contains(&key.0);
        let order = self.live.get_mut(&key);
        demand(order.is_some() || is_of_others, Rule::DeadOrder, || {
            format!("a message about order {} of channel {}, which is not open", key.1, key.0)
        })?;
        Ok(order)
    }

    /// Takes shares off an order that has them; it is gone when none are left.
    fn take_off(&mut self, key: Key, shares: u32) {
        if let Some(order) = self.live.get_mut(&key) {
            order.open -= shares;
            if order.open == 0 {
                self.live.remove(&key);
            }
        }
    }
}

/// A trade is broken only after it was reported.
fn broken(match_number: u64, market: &Market) -> Checked {
    demand(market.knows(match_number), Rule::UnknownMatch, || {
        format!("match number {match_number} is broken and was never executed")
    })
}
