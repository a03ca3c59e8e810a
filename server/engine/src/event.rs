//! Events: what a command did, before it becomes bytes.
//!
//! The matcher returns them in the order in which the world hears of them.

use protocol::enums::{
    AiqStrategy, CancelReason, Capacity, CrossType, Display, LiquidityFlag, Side, TimeInForce,
    TradingState,
};
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, Mpid, Price, Symbol};

use crate::command::{Locate, OrderKey, OrderPrice, PortId, SymbolDefined};
use crate::cross::price::{Criterion, Imbalance};

/// One side of an execution.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Party {
    pub key: OrderKey,
    pub order_reference: u64,
    pub side: Side,
}

/// One side of a trade in a cross.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CrossParty {
    pub key: OrderKey,
    pub order_reference: u64,
    pub side: Side,
    pub flag: LiquidityFlag,
    /// The feed shows the order.
    pub shown: bool,
}

impl CrossParty {
    /// The order, as in any other trade.
    pub fn party(&self) -> Party {
        Party { key: self.key, order_reference: self.order_reference, side: self.side }
    }
}

/// What the venue records of each cross.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CrossRecord {
    pub symbol: Symbol,
    pub cross_type: CrossType,
    /// `None` when nothing met.
    pub price: Option<Price>,
    pub paired: u64,
    pub imbalance: Imbalance,
    /// What decided the price.
    pub criterion: Option<Criterion>,
}

/// One thing that happened in an instrument.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// The Enter command was accepted; all else the answer says stands in the command.
    Accepted { key: OrderKey, order_reference: u64 },
    /// A Replace was done; `quantity` is what is left exposed, 0 when nothing is (order state dead).
    Replaced(Replaced),
    /// The order was modified in place; `quantity` is shares outstanding.
    Modified { key: OrderKey, side: Side, quantity: u32 },
    /// `quantity` shares were taken off the order.
    Canceled { key: OrderKey, quantity: u32, reason: CancelReason },
    /// The shard refused the order (halted, notional of a market order).
    Rejected { key: OrderKey, reason: RejectReason, cl_ord_id: ClOrdId },
    /// A trade at the resting order's price.
    Executed {
        resting: Party,
        aggressor: Party,
        quantity: u32,
        price: Price,
        match_number: u64,
        /// How the resting order took part: as displayed or not.
        added: LiquidityFlag,
    },
    /// The trade that the Bust command names counts no longer; all else stands in the command.
    Broken { match_number: u64 },
    /// Shares left an order that would have traded with another of its owner.
    Prevented(Prevented),
    /// A trade of a cross, at the price of the cross.
    Crossed {
        buyer: CrossParty,
        seller: CrossParty,
        quantity: u32,
        price: Price,
        match_number: u64,
    },
    /// A cross is done; 0 shares at price 0 when nothing met.
    CrossDone { cross_type: CrossType, shares: u64, price: Price, match_number: u64 },
    /// What a cross would come to now; a price of 0 is none.
    NetImbalance {
        cross_type: CrossType,
        paired: u64,
        imbalance: Imbalance,
        far: Price,
        near: Price,
        reference: Price,
    },
    /// A displayed order joined the book.
    Added { order_reference: u64, side: Side, shares: u32, price: Price, attribution: Option<Mpid> },
    /// An order joined the book that the feed does not show.
    AddedHidden { order_reference: u64, shares: u32 },
    /// The display of a reserve order was refreshed, under this reference.
    Restated { key: OrderKey, order_reference: u64, shares: u32 },
    /// The displayed order lost shares and keeps its place.
    Reduced { order_reference: u64, shares: u32 },
    /// The displayed order left the book.
    Deleted { order_reference: u64 },
    /// The displayed order was replaced by another of the same side and attribution.
    BookReplaced { original_order_reference: u64, order_reference: u64, shares: u32, price: Price },
    /// The instrument was defined.
    Directory(SymbolDefined),
    /// The trading state was set.
    TradingAction { state: TradingState, reason: [u8; 4] },
    /// The Reg SHO state was set.
    ShortSaleTest { action: u8 },
}

/// What an order lost to self-match prevention.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Prevented {
    pub key: OrderKey,
    /// Shares taken off this order.
    pub lost: u32,
    /// Shares that would have traded, at this price.
    pub prevented: u32,
    pub price: Price,
    /// What this order's would have been.
    pub liquidity_flag: LiquidityFlag,
    /// The one that decided.
    pub strategy: AiqStrategy,
}

/// A replacement as it now stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replaced {
    pub key: OrderKey,
    pub original_user_ref_num: u32,
    pub side: Side,
    pub quantity: u32,
    pub price: OrderPrice,
    pub time_in_force: TimeInForce,
    pub display: Display,
    pub capacity: Capacity,
    pub cross_type: CrossType,
    pub order_reference: u64,
    pub cl_ord_id: ClOrdId,
}

/// What a shard tells admission about one command, folded in the order of the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Reserved notional came free on the port and its firm, in ten-thousandths of a dollar.
    Released { port: PortId, notional: u64 },
    /// The order is not open any more, or never was; its number is consumed.
    OrderGone { key: OrderKey },
    /// A Replace did not consume its number, so nothing is known under it.
    NumberNotTaken { key: OrderKey, locate: Locate },
}

// Each order makes some of them.
const _: () = assert!(size_of::<Event>() == 72);
const _: () = assert!(size_of::<Outcome>() == 16);
