//! What must hold in every book after every command; walked through by the tests.

use super::arena::NONE;
use super::{Book, BookSide, Resting};

impl Book {
    /// Asserts that levels, queues, sums and the index agree, and that the book is not crossed, unless it may be.
    pub(crate) fn assert_sound(&self, may_be_crossed: bool, resting: &Resting) {
        assert!(!self.is_crossed() || may_be_crossed, "the book is crossed");
        let displayed = [(&self.displayed.bids, true, true), (&self.displayed.asks, false, true)];
        let hidden = self
            .hidden
            .iter()
            .flat_map(|hidden| [(&hidden.bids, true, false), (&hidden.asks, false, false)]);
        let sides = displayed.into_iter().chain(hidden);
        let waiting = self.waiting_orders(resting);
        for slot in &waiting {
            let order = resting.order(*slot);
            assert!(order.auction.waits(), "only an order for a cross waits");
            assert_eq!(resting.find(order.key), Some(*slot), "an order is found by its key");
        }
        let mut open = waiting.len();
        for (side, is_buy, is_displayed) in sides {
            open += side_orders(side, resting);
            let open_ones = resting.orders.iter().filter(|(_, order)| 0 < order.open);
            let own = open_ones
                .filter(|(_, order)| side.best_first().any(|(_, level)| level == order.level));
            let prices = own.map(|(_, order)| {
                assert_eq!((order.side.is_buy(), order.is_displayed()), (is_buy, is_displayed));
                order.price
            });
            let best = if is_buy { prices.max() } else { prices.min() };
            assert_eq!(side.best().map(|(price, _)| price), best, "the best price of a side");
        }
        assert_eq!(open, self.open, "the count of open orders is the number of orders");
    }
}

/// Walks the levels of a side from the best on, and gives the number of its orders.
fn side_orders(side: &BookSide, resting: &Resting) -> usize {
    let levels: Vec<_> = side.best_first().collect();
    assert!(
        levels.windows(2).all(|pair| !side.reaches(pair[1].0, pair[0].0)),
        "each level is better than the next"
    );
    let mut count = 0;
    for (price, level) in levels {
        let queue = &resting.levels[level];
        let (mut slot, mut previous, mut reference) = (queue.first, NONE, 0);
        assert_ne!(slot, NONE, "a level has an order");
        while slot != NONE {
            let (order, link) = (resting.order(slot), resting.links[slot as usize]);
            assert!(0 < order.open, "a resting order has open shares");
            assert_eq!((order.price, order.level, link.previous), (price, level, previous));
            assert!(reference < order.reference, "earlier orders stand first");
            let found = Some(resting.whole_slot(slot));
            assert_eq!(resting.find(order.key), found, "an order is found by its key");
            count += usize::from(!order.is_part);
            (previous, slot, reference) = (slot, link.next, order.reference);
        }
    }
    count
}
