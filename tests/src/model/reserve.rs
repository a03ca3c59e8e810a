//! Reserve orders: a part is displayed, the rest stands behind it, hidden, at its own older time.

use engine::command::Locate;

use super::{Model, Order};

/// What an order offers at one place in the queue: what it displays, or what it has hidden.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) index: usize,
    pub(super) displayed: bool,
    pub(super) shares: u32,
    /// The reference under which it got its time.
    pub(super) time: u64,
}

impl Order {
    /// Shares that the feed shows.
    pub(super) fn shown(&self) -> u32 {
        if self.is_hidden() { 0 } else { self.open - self.reserve }
    }

    /// What it offers, the display first.
    pub(super) fn offers(&self, index: usize) -> Vec<Offer> {
        let display = Offer { index, displayed: true, shares: self.shown(), time: self.reference };
        let hidden =
            Offer { index, displayed: false, shares: self.open - self.shown(), time: self.entered };
        [display, hidden].into_iter().filter(|offer| 0 < offer.shares).collect()
    }

    /// Takes shares off for the owner: those in reserve first; gives how many were displayed.
    pub(super) fn decrease(&mut self, shares: u32) -> u32 {
        let hidden = if self.is_hidden() { shares } else { shares.min(self.reserve) };
        self.reserve -= hidden.min(self.reserve);
        self.open -= shares;
        shares - hidden
    }

    /// Takes shares off at one of its places.
    pub(super) fn take(&mut self, offer: &Offer, shares: u32) {
        self.open -= shares;
        if !offer.displayed && !self.is_hidden() {
            self.reserve -= shares;
        }
    }
}

impl Model {
    /// Settles how much of an order that is about to rest is displayed.
    pub(super) fn put_in_reserve(&self, order: &mut Order) {
        if order.is_hidden() || order.floor == 0 {
            (order.floor, order.random, order.reserve) = (0, 0, 0);
        } else {
            order.refreshes = 0;
            order.reserve = order.open - order.open.min(self.next_display(order));
        }
    }

    /// Notes an order that lost shares at one of its places.
    pub(super) fn touch(&mut self, order: &Order) {
        if 0 < order.floor {
            self.touched.push((order.port, order.user_ref_idx, order.user_ref_num));
        }
    }

    /// Refreshes the displays that fell below a round lot: a new place, a new reference.
    pub(super) fn refresh_touched(&mut self) {
        for (port, idx, number) in std::mem::take(&mut self.touched) {
            let Some(index) = self.find_order(port, idx, number) else { continue };
            let before = self.orders[index];
            if before.reserve == 0 || self.round_lot(before.locate) <= before.shown() {
                continue;
            }
            let mut order = Order { refreshes: before.refreshes + 1, ..before };
            let added = (self.next_display(&order) - order.shown()).min(order.reserve);
            order.reserve -= added;
            order.reference = self.next_reference(order.locate);
            self.show_gone(&before);
            self.print_added(&order);
            self.answer_restated(&order);
            self.orders[index] = order;
        }
    }

    /// The size of a display: MaxFloor, or at random as many lots around it as RandomReserves allows.
    fn next_display(&self, order: &Order) -> u32 {
        let lot = self.round_lot(order.locate);
        let lots = order.random.min(order.floor - lot) / lot;
        let seed = self
            .setup
            .log_id
            .iter()
            .fold(mix(0, b'L'.into()), |mixed, byte| mix(mixed, u64::from(*byte)));
        let mixed = [seed, order.entered, order.refreshes.into()]
            .into_iter()
            .fold(mix(0, b'F'.into()), mix);
        let above = mixed % u64::from(2 * lots + 1);
        order.floor - lots * lot + lot * u32::try_from(above).expect("a few lots")
    }

    fn round_lot(&self, locate: Locate) -> u32 {
        self.symbol(locate).round_lot_size
    }
}

/// Mixes a number into another: the rule of random displays.
fn mix(mixed: u64, number: u64) -> u64 {
    let sum = (mixed ^ number).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let product = (sum ^ (sum >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    product ^ (product >> 27)
}
