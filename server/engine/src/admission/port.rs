//! What admission remembers of a port: its numbers and where its orders are.
//!
//! A number is consumed for good or only possibly: a Replace in flight consumes its number only if the
//! original lives, which the shard knows. A later number that both cases treat alike needs no waiting.

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
    /// Numbers and the instrument of their order, rising.
    orders: Vec<(u32, Locate)>,
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

    /// The instrument of an order, alive or dead.
    pub(super) fn locate(&self, number: u32) -> Option<Locate> {
        Some(self.orders[self.place(number)?].1)
    }

    /// Consumes a number for certain.
    pub(super) fn consume(&mut self, number: u32) {
        self.certain = self.certain.max(number);
        // Whatever becomes of earlier Replaces, the last number is this one.
        self.in_flight.clear();
    }

    /// Notes the order that a number now names.
    pub(super) fn note_order(&mut self, number: u32, locate: Locate) {
        debug_assert!(
            self.orders.last().is_none_or(|(last, _)| *last < number),
            "numbers only rise"
        );
        self.orders.push((number, locate));
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
        self.note_order(number, locate);
    }

    /// Takes back a number that its Replace did not consume.
    pub(super) fn number_not_taken(&mut self, number: u32) {
        self.in_flight.retain(|(_, possible)| *possible != number);
        if let Some(place) = self.place(number) {
            self.orders.remove(place);
        }
    }

    /// The place of a number in the list.
    ///
    /// Numbers rise by at least one from place to place, so the first and the last bound it from both ends: in a
    /// run without gaps the bounds meet and one load is enough.
    fn place(&self, number: u32) -> Option<usize> {
        let (first, last) = (self.orders.first()?.0, self.orders.last()?.0);
        if number < first || last < number {
            return None;
        }
        let end = self.orders.len() - 1;
        let high = end.min((number - first) as usize);
        let low = end.saturating_sub((last - number) as usize);
        let found = self.orders[low..=high].binary_search_by_key(&number, |(known, _)| *known);
        found.ok().map(|place| low + place)
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
    fn orders_are_found_among_numbers_with_and_without_gaps() {
        let mut channel = Channel::default();
        let numbers = [3, 4, 5, 6, 9, 10, 11, 1_000, 1_001, u32::MAX];
        for number in numbers {
            channel.note_order(number, Locate(u16::try_from(number % 7).expect("small")));
        }
        for number in numbers {
            let locate = Locate(u16::try_from(number % 7).expect("small"));
            assert_eq!(channel.locate(number), Some(locate), "{number}");
        }
        for number in [0, 2, 7, 8, 12, 999, 1_002, u32::MAX - 1] {
            assert_eq!(channel.locate(number), None, "{number}");
        }
    }

    #[test]
    fn the_largest_number_needs_no_more_memory_than_any() {
        let mut channels = Channels::default();
        for index in 0..=u8::MAX {
            let channel = channels.get_mut(index);
            channel.consume(u32::MAX);
            channel.note_order(u32::MAX, AAPL);
            assert!(channel.orders.capacity() <= 4);
            assert_eq!(channel.next(0), Some(u32::MAX));
        }
    }
}
