//! Reserve orders in the market: what their owner takes off them, and displays that are refreshed when the incoming
//! order has finished.

use protocol::enums::CancelReason;

use crate::book::{Order, notional};
use crate::command::OrderKey;
use crate::continuous::Continuous;
use crate::event::Event;

impl Continuous<'_> {
    /// Rests what is hidden of an order that is about to rest, and leaves it what is displayed.
    #[cold]
    pub(crate) fn divide(&mut self, order: &mut Order) {
        let round_lot = self.instrument.definition.round_lot_size;
        *order = self.instrument.book.rest_hidden(*order, round_lot, self.resting);
    }

    /// Cancels a reserve order down to `left` open shares, hidden ones included.
    #[cold]
    pub(crate) fn lessen_reserve(&mut self, slot: u32, left: u32, granted: u128) {
        let order = self.resting.whole(slot);
        let (key, quantity) = (order.key, order.open - left);
        self.emit(Event::Canceled { key, quantity, reason: CancelReason::UserRequested });
        self.reduce_reserve(slot, quantity);
        self.applied.release(key.port, u128::from(notional(quantity, order.price)) + granted);
    }

    /// Takes shares off a reserve order for its owner, the hidden ones first, and shows it.
    #[cold]
    pub(crate) fn reduce_reserve(&mut self, slot: u32, shares: u32) {
        let before = *self.resting.order(slot);
        let displayed = self.instrument.book.reduce_reserve(slot, shares, self.resting);
        if 0 < displayed {
            self.show_less(&before, displayed);
        }
    }

    /// Refreshes what fell below a round lot: a new place in the queue, under a new reference on the feed.
    #[cold]
    pub(crate) fn refresh_displays(&mut self) {
        let noted = self.resting.take_noted();
        for key in &noted {
            if let Some(slot) = self.resting.find(*key) {
                self.refresh_display(*key, slot);
            }
        }
        self.resting.forget_noted(noted);
    }

    fn refresh_display(&mut self, key: OrderKey, slot: u32) {
        let round_lot = self.instrument.definition.round_lot_size;
        let (instrument, resting) = (&mut *self.instrument, &mut *self.resting);
        let references = &mut instrument.references;
        let refreshed = instrument.book.refresh(slot, round_lot, references, resting);
        let Some((before, now)) = refreshed else { return };
        if 0 < before.open {
            self.show_less(&before, before.open);
        }
        let attribution = self.members.attribution(&now);
        let (order_reference, shares) = (now.reference, now.open);
        let (side, price) = (now.side, now.price);
        self.emit(Event::Added { order_reference, side, shares, price, attribution });
        self.emit(Event::Restated { key, order_reference, shares });
    }
}
