//! Finds open orders by (port, channel, number), without hashing.
//!
//! In one order flow channel (UserRefIdx) numbers only rise. They are cut into windows of [`WINDOW`]; each window
//! with an open order has a page of slots, and the channel lists its windows in order. A window stands at most as
//! far from the first as its numbers do: unless whole windows are missing it stands right there, else the list up
//! to there is halved. An order knows its page, so that it is forgotten without being looked for. A page whose
//! orders have all gone is given back: memory follows open orders, never a number's size.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::arena::{Arena, NONE};
use crate::command::{OrderKey, PortId};

/// Numbers in a window.
const WINDOW: u32 = 128;

/// The open orders of all ports, by key.
#[derive(Debug)]
pub(crate) struct OpenOrders {
    /// By port, then by channel, as far as either was used.
    channels: Vec<Vec<Channel>>,
    pages: Pages,
}

/// The pages of all channels.
#[derive(Debug)]
struct Pages {
    slots: Arena<Page, 64>,
    /// How many orders are open, by page: apart from the slots, so that a few cache lines hold it.
    open: Vec<u8>,
}

/// The slots of the orders of one window, by number; `NONE` where no order is open.
#[derive(Clone, Copy, Debug)]
struct Page([u32; WINDOW as usize]);

const _: () = assert!(WINDOW <= u8::MAX as u32);

impl Default for Page {
    fn default() -> Self {
        Self([NONE; WINDOW as usize])
    }
}

/// The windows of one channel: from the first with an open order to the one in which numbers stand now.
#[derive(Debug, Default)]
struct Channel {
    windows: VecDeque<Window>,
    /// The highest number so far.
    last: u32,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    /// Its numbers, divided by [`WINDOW`].
    index: u32,
    /// `NONE` once the page has been given back.
    page: u32,
}

impl OpenOrders {
    /// Makes an index without an order.
    pub(crate) const fn new() -> Self {
        Self { channels: Vec::new(), pages: Pages::new() }
    }

    /// Puts the order in `slot` under its key, whose number is above all earlier ones of its channel.
    ///
    /// Gives the page by which the order is forgotten. In line, so that an order that rests pays for no call.
    #[inline(always)]
    pub(crate) fn insert(&mut self, key: OrderKey, slot: u32) -> u32 {
        let (port, idx) = (usize::from(key.port.0), usize::from(key.user_ref_idx));
        if self.channels.len() <= port {
            self.channels.resize_with(port + 1, Vec::new);
        }
        let channels = &mut self.channels[port];
        if channels.len() <= idx {
            channels.resize_with(idx + 1, Channel::default);
        }
        channels[idx].append(key.user_ref_num, slot, &mut self.pages)
    }

    /// Finds the slot of the open order with this key.
    pub(crate) fn find(&self, key: OrderKey) -> Option<u32> {
        let channels = self.channels.get(usize::from(key.port.0))?;
        let channel = channels.get(usize::from(key.user_ref_idx))?;
        let page = channel.windows[channel.place(key.user_ref_num)?].page;
        if page == NONE {
            return None;
        }
        let slot = self.pages.slots[page].0[within(key.user_ref_num)];
        (slot != NONE).then_some(slot)
    }

    /// Forgets an open order, which is in `page`.
    // Reserve orders have a call of their own; that of the others stays inlined.
    #[inline(always)]
    pub(crate) fn remove(&mut self, key: OrderKey, page: u32) {
        if self.pages.remove(page, key.user_ref_num) == 0 {
            let channel =
                &mut self.channels[usize::from(key.port.0)][usize::from(key.user_ref_idx)];
            let place = channel.place(key.user_ref_num).expect("an open order has a window");
            channel.give_back(place, &mut self.pages);
        }
    }

    /// Bytes of the pages and of the lists of windows.
    pub(crate) fn bytes(&self) -> usize {
        let windows = self.channels.iter().flatten().map(|channel| channel.windows.len());
        self.pages.slots.bytes()
            + self.pages.open.len()
            + windows.sum::<usize>() * size_of::<Window>()
    }

    /// Visits the slots of a port's open orders, of one channel or (0) of all.
    pub(crate) fn of_port(&self, port: PortId, user_ref_idx: u8) -> impl Iterator<Item = u32> {
        let channels = self.channels.get(usize::from(port.0)).map_or(&[][..], |channels| channels);
        let chosen = match usize::from(user_ref_idx) {
            0 => channels,
            idx => channels.get(idx..=idx).unwrap_or(&[]),
        };
        chosen.iter().flat_map(|channel| channel.slots(&self.pages))
    }
}

impl Pages {
    const fn new() -> Self {
        Self { slots: Arena::new(), open: Vec::new() }
    }

    /// Takes a page without an order.
    fn take(&mut self) -> u32 {
        let page = self.slots.insert(Page::default());
        if self.open.len() == page as usize {
            self.open.push(0);
        }
        page
    }

    #[inline(always)]
    fn insert(&mut self, page: u32, number: u32, slot: u32) {
        self.slots[page].0[within(number)] = slot;
        self.open[page as usize] += 1;
    }

    /// Forgets an order, and gives how many the page still has.
    fn remove(&mut self, page: u32, number: u32) -> u8 {
        self.slots[page].0[within(number)] = NONE;
        self.open[page as usize] -= 1;
        self.open[page as usize]
    }
}

impl Channel {
    #[inline(always)]
    fn append(&mut self, number: u32, slot: u32, pages: &mut Pages) -> u32 {
        let index = number / WINDOW;
        let page = match self.windows.back() {
            Some(window) if window.index == index => {
                assert!(self.last < number, "numbers of a channel only rise");
                window.page
            }
            back => {
                assert!(
                    back.is_none_or(|back| back.index < index),
                    "numbers of a channel only rise"
                );
                let page = pages.take();
                self.windows.push_back(Window { index, page });
                // The window before may have lost its last order while numbers still stood in it.
                self.give_back(self.windows.len().saturating_sub(2), pages);
                page
            }
        };
        pages.insert(page, number, slot);
        self.last = number;
        page
    }

    /// Gives a page back when its orders have gone and numbers stand beyond it.
    fn give_back(&mut self, place: usize, pages: &mut Pages) {
        let is_last = place + 1 == self.windows.len();
        let window = &mut self.windows[place];
        if is_last || window.page == NONE || 0 < pages.open[window.page as usize] {
            return;
        }
        pages.slots.remove(window.page);
        window.page = NONE;
        while self.windows.front().is_some_and(|window| window.page == NONE) {
            self.windows.pop_front();
        }
    }

    /// Finds the place of a number's window in the list.
    fn place(&self, number: u32) -> Option<usize> {
        let index = number / WINDOW;
        // Between two windows there are at least as many indexes as places.
        let highest = index.checked_sub(self.windows.front()?.index)? as usize;
        match self.windows.get(highest) {
            Some(window) if window.index == index => Some(highest),
            _ => self.place_before(highest, index),
        }
    }

    /// Finds the place of a window in a list that some windows are missing from.
    #[cold]
    fn place_before(&self, end: usize, index: u32) -> Option<usize> {
        let (mut low, mut high) = (0, end.min(self.windows.len()));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.windows[middle].index.cmp(&index) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn slots(&self, pages: &Pages) -> impl Iterator<Item = u32> {
        let held = self.windows.iter().filter(|window| window.page != NONE);
        held.flat_map(move |window| pages.slots[window.page].0).filter(|&slot| slot != NONE)
    }
}

fn within(number: u32) -> usize {
    (number % WINDOW) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn key(user_ref_idx: u8, user_ref_num: u32) -> OrderKey {
        OrderKey { port: PortId(2), user_ref_idx, user_ref_num }
    }

    /// Pages that hold something, or did: the memory the index takes.
    fn pages(index: &OpenOrders) -> usize {
        index.pages.slots.iter().count()
    }

    #[test]
    fn the_highest_number_as_the_first_of_every_channel_takes_a_page_each() {
        let mut index = OpenOrders::new();
        for channel in 0..=255 {
            index.insert(key(channel, u32::MAX), u32::from(channel));
        }
        for channel in 0..=255 {
            assert_eq!(index.find(key(channel, u32::MAX)), Some(u32::from(channel)));
            assert_eq!(index.find(key(channel, 1)), None);
        }
        assert_eq!(pages(&index), 256);
        assert_eq!(size_of::<Page>(), 512);
    }

    #[test]
    fn pages_of_orders_that_have_gone_are_used_again() {
        let mut index = OpenOrders::new();
        let first = index.insert(key(0, 1), 1);
        for number in 2..100_000 {
            let page = index.insert(key(0, number), number);
            index.remove(key(0, number), page);
        }
        assert_eq!(pages(&index), 3);
        assert_eq!(index.find(key(0, 1)), Some(1), "the oldest order stays open");
        index.remove(key(0, 1), first);
        assert_eq!(index.channels[2][0].windows.len(), 1);
        assert_eq!(index.of_port(PortId(2), 0).count(), 0);
    }

    #[test]
    fn unknown_ports_channels_and_numbers_find_nothing() {
        let mut index = OpenOrders::new();
        assert_eq!(index.find(key(0, 1)), None);
        index.insert(key(3, 5), 1);
        for other in [key(3, 4), key(3, 6), key(2, 5), key(4, 5), key(0, 5)] {
            assert_eq!(index.find(other), None, "{other:?}");
        }
        assert_eq!(index.of_port(PortId(2), 4).count(), 0);
        assert_eq!(index.of_port(PortId(3), 0).count(), 0);
    }

    /// Inserts, removes and looks up at random, with numbers that rise by up to `gap` at once.
    fn check_against_a_map(seed: u64, gap: u32) {
        println!("seed {seed}, gap {gap}");
        let mut random = crate::rules::Random::new(seed);
        let (mut index, mut open) = (OpenOrders::new(), BTreeMap::new());
        let mut number = 0;
        for slot in 0..5_000 {
            number += 1 + random.below(gap);
            open.insert(number, (slot, index.insert(key(0, number), slot)));
            while 60 < open.len() || (!open.is_empty() && random.below(100) < 45) {
                let from = random.below(number) + 1;
                let (&gone, &(_, page)) =
                    open.range(from..).next().or(open.iter().next()).expect("one is open");
                open.remove(&gone);
                index.remove(key(0, gone), page);
            }
            for wanted in [number, number - random.below(500).min(number), random.below(number)] {
                let expected = open.get(&wanted).map(|(slot, _)| *slot);
                assert_eq!(index.find(key(0, wanted)), expected, "number {wanted}");
            }
        }
        let expected: Vec<u32> = open.values().map(|(slot, _)| *slot).collect();
        assert_eq!(index.of_port(PortId(2), 0).collect::<Vec<u32>>(), expected);
    }

    #[test]
    fn orders_are_found_in_dense_and_in_sparse_numbers() {
        check_against_a_map(1, 1);
        check_against_a_map(2, 2);
        check_against_a_map(3, 1_000);
        check_against_a_map(4, 500_000);
    }
}
