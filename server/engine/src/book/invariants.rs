//! What must hold in every book after every command; walked through by the tests.

use super::arena::NONE;
use super::{Book, BookSide, Resting};

impl Book {
    /// Asserts that levels, queues, sums and the index agree, and that the book is not crossed.
    pub(crate) fn assert_sound(&self, resting: &Resting) {
        if let (Some((bid, _)), Some((ask, _))) = (self.bids.best(), self.asks.best()) {
            assert!(bid < ask, "the book is crossed: {bid} bid, {ask} asked");
        }
        let bids = side_orders(&self.bids, resting);
        let asks = side_orders(&self.asks, resting);
        assert_eq!(bids + asks, self.open, "the count of open orders is the number of orders");
        let best = |is_buy: bool| {
            let own = resting.iter().filter(move |(slot, order)| {
                order.side.is_buy() == is_buy && self.holds(*slot, resting)
            });
            own.map(|(_, order)| order.price)
        };
        assert_eq!(
            self.bids.best().map(|(price, _)| price),
            best(true).max(),
            "the best bid is the highest"
        );
        assert_eq!(
            self.asks.best().map(|(price, _)| price),
            best(false).min(),
            "the best ask is the lowest"
        );
    }

    fn holds(&self, slot: u32, resting: &Resting) -> bool {
        let order = resting.order(slot);
        let side = if order.side.is_buy() { &self.bids } else { &self.asks };
        side.levels().iter().any(|(_, level)| *level == order.level)
    }
}

/// Walks the levels of a side from the best on, and gives the number of its orders.
fn side_orders(side: &BookSide, resting: &Resting) -> usize {
    let levels = side.levels();
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
            assert_eq!(resting.find(order.key), Some(slot), "an order is found by its key");
            count += 1;
            (previous, slot, reference) = (slot, link.next, order.reference);
        }
    }
    count
}
