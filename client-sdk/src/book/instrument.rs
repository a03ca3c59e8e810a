//! The book of one instrument.

use std::collections::HashMap;

use protocol::enums::Side;
use protocol::itch::OrderReplace;
use protocol::{Price, Symbol};

use super::BookError;
use super::ladder::{Ladder, Order, Place, Quote};

/// Best bid and best offer; `None` on a side without orders.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Bbo {
    pub bid: Option<Quote>,
    pub ask: Option<Quote>,
}

/// Every displayed order of one instrument, by side, price and time.
///
/// A change costs a hash and a step in two ordered maps.
#[derive(Clone, Debug)]
pub struct Book {
    symbol: Symbol,
    bids: Ladder,
    asks: Ladder,
    /// By reference.
    places: HashMap<u64, Place>,
    /// Orders that have joined so far.
    arrivals: u64,
}

impl Book {
    pub(super) fn new(symbol: Symbol) -> Self {
        let (bids, asks) = (Ladder::default(), Ladder::default());
        Self { symbol, bids, asks, places: HashMap::new(), arrivals: 0 }
    }

    /// Returns the name of the instrument.
    pub fn symbol(&self) -> Symbol {
        self.symbol
    }

    /// Returns the best bid and offer.
    pub fn bbo(&self) -> Bbo {
        Bbo { bid: self.depth(Side::Buy).next(), ask: self.depth(Side::Sell).next() }
    }

    /// Returns the levels of a side, the best first; `take(n)` for the best n.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = Quote> {
        self.ladder(side).quotes(side)
    }

    /// Returns the orders at a price, the next to trade first.
    pub fn queue(&self, side: Side, price: Price) -> impl Iterator<Item = &Order> {
        self.ladder(side).queue(side, price)
    }

    /// Returns the order with a reference.
    pub fn order(&self, reference: u64) -> Option<&Order> {
        let place = *self.places.get(&reference)?;
        self.ladder(place.side).order(place)
    }

    /// Returns the number of orders on both sides.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Tells whether there is no order.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Puts an order at the end of the queue of its price.
    pub(super) fn join(&mut self, order: Order) -> Result<(), BookError> {
        let reference = order.reference;
        if order.shares == 0 {
            return Err(BookError::NoShares { reference });
        }
        if self.places.contains_key(&reference) {
            return Err(BookError::RepeatedReference { reference });
        }
        let place = Place::new(&order, self.arrivals);
        self.arrivals += 1;
        self.places.insert(reference, place);
        self.ladder_mut(place.side).join(place, order);
        Ok(())
    }

    /// Takes shares off an order; one that has no others leaves.
    pub(super) fn take(&mut self, reference: u64, taken: u32) -> Result<(), BookError> {
        let place = self.place(reference)?;
        let left = self.order(reference).map_or(0, |order| order.shares);
        if taken == 0 {
            return Err(BookError::NoShares { reference });
        }
        if left < taken {
            return Err(BookError::TooManyShares { reference, left, taken });
        }
        if taken == left {
            return self.leave(reference);
        }
        self.ladder_mut(place.side).reduce(place, taken);
        Ok(())
    }

    /// Takes an order out.
    pub(super) fn leave(&mut self, reference: u64) -> Result<(), BookError> {
        let place = self.place(reference)?;
        self.places.remove(&reference);
        self.ladder_mut(place.side).leave(place);
        Ok(())
    }

    /// Puts another order in the place of one; it queues behind all others of its price.
    pub(super) fn replace(&mut self, message: &OrderReplace) -> Result<(), BookError> {
        let original = message.original_order_reference_number.get();
        let reference = message.new_order_reference_number.get();
        let unknown = BookError::UnknownReference { reference: original };
        let order = Order {
            reference,
            price: Price::new(message.price.get()),
            shares: message.shares.get(),
            ..*self.order(original).ok_or(unknown)?
        };
        if order.shares == 0 {
            return Err(BookError::NoShares { reference });
        }
        if reference != original && self.places.contains_key(&reference) {
            return Err(BookError::RepeatedReference { reference });
        }
        self.leave(original)?;
        self.join(order)
    }

    fn place(&self, reference: u64) -> Result<Place, BookError> {
        self.places.get(&reference).copied().ok_or(BookError::UnknownReference { reference })
    }

    fn ladder(&self, side: Side) -> &Ladder {
        if side.is_buy() { &self.bids } else { &self.asks }
    }

    fn ladder_mut(&mut self, side: Side) -> &mut Ladder {
        if side.is_buy() { &mut self.bids } else { &mut self.asks }
    }
}
