//! A resting order: one cache line.

use protocol::enums::{Capacity, Display, Side};
use protocol::{DisconnectPolicy, Price};

use super::arena::{Arena, NONE};
use crate::command::{Auction, Locate, OrderKey, SelfMatch};
use crate::digest::Digest;

/// All resting orders of a shard.
pub(crate) type Orders = Arena<Order, 1024>;

/// One resting order.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Order {
    /// `n << 16 | locate`, with n from the instrument's counter: also the order of time in the instrument.
    pub(crate) reference: u64,
    pub(crate) key: OrderKey,
    pub(crate) price: Price,
    /// Shares that may still execute; 0 only in a free slot.
    pub(crate) open: u32,
    /// Shares executed so far over the whole chain of replacements, or decremented instead of a self-match.
    pub(crate) executed: u32,
    pub(crate) group_id: u16,
    pub(crate) side: Side,
    pub(crate) display: Display,
    pub(crate) capacity: Capacity,
    /// Never trades on entry, nor do its replacements.
    pub(crate) post_only: bool,
    pub(crate) self_match: SelfMatch,
    /// What its ClOrdID asks for, should its port be lost; `None`: what the port has.
    pub(crate) on_disconnect: Option<DisconnectPolicy>,
    /// Its slot among the reserves, `WHOLE` for an order all of which is displayed or hidden.
    pub(crate) reserve: u32,
    /// The hidden part of a reserve order, which the displayed part stands for.
    pub(crate) is_part: bool,
    pub(crate) auction: Auction,
    /// A market order that waits for a cross; its price is the most that was reserved for a share.
    pub(crate) at_market: bool,
    /// The slot of its level; `NONE` while the order waits for a cross.
    pub(crate) level: u32,
    /// Its page in the index of open orders.
    pub(crate) page: u32,
}

const _: () = assert!(size_of::<Order>() == 64);

/// The lowest price there is.
const LOWEST: Price = Price::new(1);

/// An empty slot.
impl Default for Order {
    fn default() -> Self {
        Self {
            reference: 0,
            key: OrderKey::default(),
            price: Price::ZERO,
            open: 0,
            executed: 0,
            group_id: 0,
            side: Side::Buy,
            display: Display::Visible,
            capacity: Capacity::Other,
            post_only: false,
            self_match: SelfMatch::OFF,
            on_disconnect: None,
            reserve: Self::WHOLE,
            is_part: false,
            auction: Auction::NONE,
            at_market: false,
            level: NONE,
            page: NONE,
        }
    }
}

impl Order {
    /// In place of a reserve, of an order that has none.
    pub(crate) const WHOLE: u32 = NONE;

    /// The instrument, which the reference names.
    pub(crate) fn locate(&self) -> Locate {
        Locate::of_number(self.reference)
    }

    /// Tells whether the order stands with those that the feed shows.
    pub(crate) fn is_displayed(&self) -> bool {
        self.display != Display::Hidden
    }

    /// Tells whether there is a record of what it displays at a time.
    #[inline]
    pub(crate) fn has_reserve(&self) -> bool {
        self.reserve != Self::WHOLE
    }

    /// Tells whether the feed shows the order: none that waits for a cross.
    pub(crate) fn is_on_feed(&self) -> bool {
        self.is_displayed() && !self.auction.waits()
    }

    /// Mixes every field that matters; its place in the queue is its reference's.
    pub(crate) fn digest(&self) -> u64 {
        Digest::of(b'O')
            .mix(self.reference)
            .mix(self.key.port.0)
            .mix(self.key.user_ref_idx)
            .mix(self.key.user_ref_num)
            .mix(self.price.ten_thousandths())
            .mix(self.open)
            .mix(self.executed)
            .mix(self.group_id)
            .mix(self.side.code())
            .mix(self.display.code())
            .mix(self.capacity.code())
            .mix(self.post_only)
            .mix(self.self_match.strategy.code())
            .mix(u16::from_be_bytes(self.self_match.group))
            .mix(self.on_disconnect.map_or(u8::MAX, |policy| policy as u8))
            .mix(self.auction.cross_type.code())
            .mix(self.auction.imbalance_only)
            .mix(self.at_market)
            .value()
    }

    /// The worst price at which the order trades in a cross.
    pub(crate) fn limit_in_cross(&self) -> Price {
        if self.at_market && !self.side.is_buy() { LOWEST } else { self.price }
    }

    /// What the order holds of its port's exposure, in ten-thousandths of a dollar.
    pub(crate) fn notional(&self) -> u64 {
        notional(self.open, self.price)
    }
}

/// `shares` at `price`, in ten-thousandths of a dollar; any two values fit.
pub(crate) fn notional(shares: u32, price: Price) -> u64 {
    u64::from(shares) * u64::from(price.ten_thousandths())
}
