//! What admission remembers of a port: its numbers, and where its orders are.
//!
//! A number is consumed for good or only possibly: a Replace in flight consumes its number only if the
//! original lives, which the shard knows. A later number that both cases treat alike needs no waiting.

use super::orders::Orders;
use crate::command::{Locate, OrderKey};

/// What a UserRefNum is at this moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Number {
    /// Above the last one whatever becomes of the Replaces in flight.
    New,
    /// At or below the last one whatever becomes of them: a resend.
    Old,
    /// It depends on a Replace in flight.
    Undecided,
}

/// One order flow channel (UserRefIdx) of a port.
#[derive(Debug, Default)]
pub(super) struct Channel {
    /// The last number consumed for certain.
    certain: u32,
    /// Replaces whose outcome was not folded in yet: sequence and number, both rising.
    in_flight: Vec<(u64, u32)>,
    orders: Orders,
}

impl Channel {
    /// Judges a number; `applied` is the last sequence whose outcomes were folded in.
    pub(super) fn judge(&self, number: u32, applied: u64) -> Number {
        if number <= self.last_certain(applied) {
            Number::Old
        } else if self.in_flight.last().is_some_and(|(_, possible)| number <= *possible) {
            Number::Undecided
        } else {
            Number::New
        }
    }

    /// Gives the next number that may be used, when nothing in flight can change it.
    pub(super) fn next(&self, applied: u64) -> Option<u32> {
        let settled = self.in_flight.last().is_none_or(|(sequence, _)| *sequence <= applied);
        settled.then(|| self.last_certain(applied).saturating_add(1))
    }

    /// The instrument of an order that may still be open.
    pub(super) fn locate(&self, number: u32) -> Option<Locate> {
        self.orders.locate(number)
    }

    /// Consumes a number for certain.
    pub(super) fn consume(&mut self, number: u32) {
        self.certain = self.certain.max(number);
        // Whatever becomes of earlier Replaces, the last number is this one.
        self.in_flight.clear();
    }

    /// Notes the order that a number now names.
    pub(super) fn note_order(&mut self, number: u32, locate: Locate) {
        self.orders.note(number, locate);
    }

    /// Forgets an order that has gone for good; its number stays consumed.
    pub(super) fn order_gone(&mut self, number: u32) {
        self.orders.forget(number);
    }

    /// Bytes that the channel's orders take.
    pub(super) fn memory_bytes(&self) -> usize {
        self.orders.memory_bytes()
    }

    /// Notes a Replace that may or may not consume its number.
    pub(super) fn replace_sent(
        &mut self,
        sequence: u64,
        number: u32,
        locate: Locate,
        applied: u64,
    ) {
        self.settle(applied);
        self.in_flight.push((sequence, number));
        self.orders.note(number, locate);
    }

    /// Takes back a number that its Replace did not consume.
    pub(super) fn number_not_taken(&mut self, number: u32) {
        self.in_flight.retain(|(_, possible)| *possible != number);
        self.orders.take_back(number);
    }

    /// The last number consumed, by Replaces that were applied and not taken back, or for certain.
    fn last_certain(&self, applied: u64) -> u32 {
        let replaced = self.in_flight.iter().rev().find(|(sequence, _)| *sequence <= applied);
        replaced.map_or(self.certain, |(_, number)| self.certain.max(*number))
    }

    /// Forgets Replaces whose outcome is known.
    fn settle(&mut self, applied: u64) {
        self.certain = self.last_certain(applied);
        self.in_flight.retain(|(sequence, _)| applied < *sequence);
    }
}

/// The channels of a port: its own (0) and those that carry a UserRefIdx, made when first used.
#[derive(Debug, Default)]
pub(super) struct Channels {
    own: Channel,
    /// By UserRefIdx - 1; empty until a message names one.
    indexed: Vec<Option<Box<Channel>>>,
}

impl Channels {
    /// Gives a channel for reading; one never written to is new.
    pub(super) fn get(&self, user_ref_idx: u8) -> Option<&Channel> {
        match user_ref_idx.checked_sub(1) {
            None => Some(&self.own),
            Some(index) => self.indexed.get(usize::from(index))?.as_deref(),
        }
    }

    /// Gives a channel for writing.
    pub(super) fn get_mut(&mut self, user_ref_idx: u8) -> &mut Channel {
        let Some(index) = user_ref_idx.checked_sub(1).map(usize::from) else {
            return &mut self.own;
        };
        if self.indexed.len() <= index {
            self.indexed.resize_with(index + 1, || None);
        }
        self.indexed[index].get_or_insert_default()
    }

    /// Bytes that the orders of all channels take.
    pub(super) fn memory_bytes(&self) -> usize {
        let indexed = self.indexed.iter().flatten().map(|channel| channel.memory_bytes());
        self.own.memory_bytes() + indexed.sum::<usize>()
    }

    /// Judges a number in its channel.
    pub(super) fn judge(&self, key: &OrderKey, applied: u64) -> Number {
        match self.get(key.user_ref_idx) {
            Some(channel) => channel.judge(key.user_ref_num, applied),
            None if key.user_ref_num == 0 => Number::Old,
            None => Number::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AAPL: Locate = Locate(1);

    #[test]
    fn zero_and_repeated_numbers_are_old() {
        let mut channel = Channel::default();
        assert_eq!(channel.judge(0, 0), Number::Old);
        channel.consume(5);
        assert_eq!(channel.judge(5, 0), Number::Old);
        assert_eq!(channel.judge(6, 0), Number::New);
    }

    #[test]
    fn only_the_number_of_a_replace_in_flight_waits() {
        let mut channel = Channel::default();
        channel.consume(1);
        channel.note_order(1, AAPL);
        channel.replace_sent(10, 7, AAPL, 9);
        assert_eq!(channel.judge(1, 9), Number::Old);
        assert_eq!(channel.judge(7, 9), Number::Undecided);
        assert_eq!(channel.judge(8, 9), Number::New);
        assert_eq!(channel.next(9), None);
        // Applied and not taken back: consumed.
        assert_eq!(channel.judge(7, 10), Number::Old);
        assert_eq!(channel.next(10), Some(8));
    }

    #[test]
    fn a_number_that_its_replace_did_not_take_is_new_again() {
        let mut channel = Channel::default();
        channel.consume(1);
        channel.replace_sent(10, 7, AAPL, 9);
        assert_eq!(channel.locate(7), Some(AAPL));
        channel.number_not_taken(7);
        assert_eq!(channel.judge(7, 10), Number::New);
        assert_eq!(channel.locate(7), None);
        assert_eq!(channel.next(10), Some(2));
    }

    #[test]
    fn of_two_replaces_the_earlier_may_be_the_last_number() {
        let mut channel = Channel::default();
        channel.consume(1);
        channel.replace_sent(10, 5, AAPL, 9);
        channel.replace_sent(11, 7, AAPL, 9);
        channel.number_not_taken(7);
        assert_eq!(channel.judge(6, 11), Number::New);
        assert_eq!(channel.judge(5, 11), Number::Old);
        assert_eq!(channel.judge(5, 9), Number::Undecided);
    }

    #[test]
    fn the_largest_number_needs_no_more_memory_than_any() {
        let mut channels = Channels::default();
        for index in 0..=u8::MAX {
            let channel = channels.get_mut(index);
            channel.consume(u32::MAX);
            channel.note_order(u32::MAX, AAPL);
            assert!(channel.memory_bytes() <= 32);
            assert_eq!(channel.next(0), Some(u32::MAX));
        }
    }
}
