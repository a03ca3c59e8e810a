//! Where the orders of a channel are: those that are open, and those of which admission has not heard the end.
//!
//! Numbers only rise, so they stand in a list. An order that has gone is crossed out, and when most of the list is
//! crossed out it is closed up: memory follows what is open, not what was sent. A number that is not remembered is
//! like one never used, which no answer can tell from an order that has gone: both are silent.

use crate::command::Locate;

/// Crossed out entries that are kept at least: in a run without gaps a number is found in one load.
const KEPT: usize = 512;

/// Numbers and the instruments of their orders, rising.
#[derive(Debug, Default)]
pub(super) struct Orders {
    entries: Vec<Entry>,
    /// Entries crossed out.
    gone: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    number: u32,
    /// `Locate::NONE` once the order has gone.
    locate: Locate,
}

impl Orders {
    /// Notes the order that a number now names, above all others that are noted.
    pub(super) fn note(&mut self, number: u32, locate: Locate) {
        debug_assert!(
            self.entries.last().is_none_or(|last| last.number < number),
            "numbers only rise"
        );
        self.entries.push(Entry { number, locate });
    }

    /// The instrument of an order that may still be open.
    pub(super) fn locate(&self, number: u32) -> Option<Locate> {
        let locate = self.entries[self.place(number)?].locate;
        (locate != Locate::NONE).then_some(locate)
    }

    /// Forgets an order that has gone for good.
    pub(super) fn forget(&mut self, number: u32) {
        let Some(place) = self.place(number) else { return };
        let locate = &mut self.entries[place].locate;
        if *locate == Locate::NONE {
            return;
        }
        *locate = Locate::NONE;
        self.gone += 1;
        if KEPT < self.gone && self.entries.len() < 2 * self.gone {
            self.close_up();
        }
    }

    /// Takes back a number that may yet be used.
    pub(super) fn take_back(&mut self, number: u32) {
        let Some(place) = self.place(number) else { return };
        let entry = self.entries.remove(place);
        assert!(entry.locate != Locate::NONE, "an order that never was has not gone");
    }

    /// Bytes taken from the heap.
    pub(super) fn memory_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }

    /// Drops what is crossed out, and the memory that nothing needs any more.
    #[cold]
    fn close_up(&mut self) {
        self.entries.retain(|entry| entry.locate != Locate::NONE);
        self.gone = 0;
        // Twice what is left and what is kept leaves room for the next time.
        self.entries.shrink_to(2 * (self.entries.len() + KEPT));
    }

    /// The place of a number in the list.
    ///
    /// Numbers rise by at least one from place to place, so the first and the last bound it from both ends: behind
    /// the last gap the lower bound is the place itself.
    fn place(&self, number: u32) -> Option<usize> {
        let (first, last) = (self.entries.first()?.number, self.entries.last()?.number);
        if number < first || last < number {
            return None;
        }
        let end = self.entries.len() - 1;
        let low = end.saturating_sub((last - number) as usize);
        if self.entries[low].number == number {
            return Some(low);
        }
        let high = end.min((number - first) as usize);
        let found = self.entries[low..=high].binary_search_by_key(&number, |entry| entry.number);
        found.ok().map(|place| low + place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::Random;

    fn locate(number: u32) -> Locate {
        Locate(u16::try_from(1 + number % 7).expect("small"))
    }

    #[test]
    fn orders_are_found_among_numbers_with_and_without_gaps() {
        let mut orders = Orders::default();
        let numbers = [3, 4, 5, 6, 9, 10, 11, 1_000, 1_001, u32::MAX];
        for number in numbers {
            orders.note(number, locate(number));
        }
        for number in numbers {
            assert_eq!(orders.locate(number), Some(locate(number)), "{number}");
        }
        for number in [0, 2, 7, 8, 12, 999, 1_002, u32::MAX - 1] {
            assert_eq!(orders.locate(number), None, "{number}");
        }
    }

    #[test]
    fn a_million_orders_that_have_gone_take_no_memory_and_the_first_is_still_found() {
        let mut orders = Orders::default();
        orders.note(1, locate(1));
        let mut most = 0;
        for number in 2..=1_000_000 {
            orders.note(number, locate(number));
            orders.forget(number);
            most = most.max(orders.memory_bytes());
        }
        assert_eq!(orders.locate(1), Some(locate(1)));
        assert!(most <= 4 * 2 * KEPT * size_of::<Entry>(), "{most} bytes");
    }

    #[test]
    fn memory_of_many_open_orders_is_given_back_when_they_go() {
        let mut orders = Orders::default();
        for number in 1..=1_000_000 {
            orders.note(number, locate(number));
        }
        assert!(8_000_000 <= orders.memory_bytes());
        for number in 1..=1_000_000 {
            orders.forget(number);
        }
        assert!(orders.memory_bytes() <= 32_768, "{} bytes", orders.memory_bytes());
    }

    /// Every number ever noted with its instrument, and which of them are open: what was kept before.
    #[derive(Default)]
    struct Unbounded {
        all: Vec<(u32, Locate)>,
        open: BTreeSet<u32>,
    }

    impl Unbounded {
        fn locate(&self, number: u32) -> Option<Locate> {
            let place = self.all.binary_search_by_key(&number, |(known, _)| *known).ok()?;
            Some(self.all[place].1)
        }
    }

    /// Orders come, go and are taken back at random; every open one is found, and none but those that were.
    fn check_against_all_of_them(seed: u64, gap: u32, leave: u32, open_at_most: usize) {
        println!("seed {seed}, gap {gap}, leave {leave}, open at most {open_at_most}");
        let mut random = Random::new(seed);
        let (mut orders, mut known) = (Orders::default(), Unbounded::default());
        let mut last = 0;
        for _ in 0..20_000 {
            let number = last + 1 + random.below(gap);
            orders.note(number, locate(number));
            if random.below(10) == 0 {
                orders.take_back(number);
                assert_eq!(orders.locate(number), None, "number {number} was taken back");
                continue;
            }
            last = number;
            known.all.push((number, locate(number)));
            known.open.insert(number);
            while open_at_most < known.open.len() || random.below(100) < leave {
                let from = random.below(last) + 1;
                let chosen = known.open.range(from..).next().or(known.open.first()).copied();
                let Some(gone) = chosen else { break };
                known.open.remove(&gone);
                orders.forget(gone);
                orders.forget(gone);
                assert_eq!(orders.locate(gone), None, "number {gone} has gone");
            }
            for wanted in [last, last - random.below(2_000).min(last), random.below(last + gap)] {
                let found = orders.locate(wanted);
                if known.open.contains(&wanted) {
                    assert_eq!(found, known.locate(wanted), "number {wanted} is open");
                } else {
                    assert_eq!(found, None, "number {wanted} is not open");
                }
            }
            let bound = 4 * (known.open.len() + KEPT) * size_of::<Entry>();
            assert!(orders.memory_bytes() <= bound.max(64), "{} open", known.open.len());
        }
        for &(number, locate) in &known.all {
            let expected = known.open.contains(&number).then_some(locate);
            assert_eq!(orders.locate(number), expected, "number {number} at the end");
        }
    }

    #[test]
    fn every_open_order_is_found_as_in_a_list_of_all_orders() {
        for seed in 1..=6 {
            check_against_all_of_them(seed, 1, 48, 1_000);
            check_against_all_of_them(seed, 3, 60, 50);
            check_against_all_of_them(seed, 1_000, 30, 5_000);
            check_against_all_of_them(seed, 2, 1, 3_000);
        }
    }
}
