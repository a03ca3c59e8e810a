//! What happens to a port: one event for each message of its stream, and some for its connection.
//!
//! What the fields mean: `docs/protocols/ouch.md`, "Outbound messages".

use std::time::Duration;

use bytes::Bytes;
use protocol::enums::{
    AiqStrategy, BrokenTradeReason, CancelReason, Capacity, CrossType, Display, LiquidityFlag,
    OrderState, RestateReason, Side, SystemEventCode, TimeInForce,
};
use protocol::ouch::{Attributes, RejectReason};
use protocol::{ClOrdId, Mpid, Price, SessionId, Symbol};

use super::decode::MessageError;
use super::number::UserRefNum;
use crate::error::Error;

/// What happened, in the order it happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// Logged in; the next message has number `next`.
    Connected {
        session: SessionId,
        next: u64,
    },
    /// All that happened before the login has been told; from here on it is the present.
    CaughtUp,
    /// The connection is lost, or could not be made again; `None`: no further attempt.
    Disconnected {
        error: Error,
        will_retry_in: Option<Duration>,
    },
    /// The day is over; no more messages.
    EndOfSession,
    SystemEvent(SystemEvent),
    Accepted(Box<Accepted>),
    Replaced(Box<Replaced>),
    Canceled(Canceled),
    AiqCanceled(AiqCanceled),
    Executed(Executed),
    BrokenTrade(BrokenTrade),
    Rejected(Rejected),
    CancelPending(CancelPending),
    CancelReject(CancelReject),
    PriorityUpdate(PriorityUpdate),
    Modified(Modified),
    Restated(Restated),
    MassCancelResponse(MassCancelResponse),
    EntryDisabled(EntrySwitched),
    EntryEnabled(EntrySwitched),
    /// The answer to an Account Query; some queries are asked by the session itself.
    AccountQueryResponse(AccountQueryResponse),
    /// A message with something in it that is not in the specification.
    Unreadable {
        sequence_number: u64,
        message: Bytes,
        error: MessageError,
    },
}

impl Event {
    /// Returns the number of the message in the session; `None` for the connection's own events.
    pub fn sequence_number(&self) -> Option<u64> {
        match self {
            Self::Unreadable { sequence_number, .. } => Some(*sequence_number),
            _ => self.stamp().map(|stamp| stamp.sequence_number),
        }
    }

    /// Returns place and time of the message.
    pub fn stamp(&self) -> Option<Stamp> {
        Some(match self {
            Self::Connected { .. }
            | Self::CaughtUp
            | Self::Disconnected { .. }
            | Self::EndOfSession
            | Self::Unreadable { .. } => return None,
            Self::SystemEvent(event) => event.stamp,
            Self::Accepted(accepted) => accepted.stamp,
            Self::Replaced(replaced) => replaced.stamp,
            Self::Canceled(canceled) => canceled.stamp,
            Self::AiqCanceled(canceled) => canceled.stamp,
            Self::Executed(executed) => executed.stamp,
            Self::BrokenTrade(broken) => broken.stamp,
            Self::Rejected(rejected) => rejected.stamp,
            Self::CancelPending(pending) => pending.stamp,
            Self::CancelReject(reject) => reject.stamp,
            Self::PriorityUpdate(update) => update.stamp,
            Self::Modified(modified) => modified.stamp,
            Self::Restated(restated) => restated.stamp,
            Self::MassCancelResponse(response) => response.stamp,
            Self::EntryDisabled(switched) | Self::EntryEnabled(switched) => switched.stamp,
            Self::AccountQueryResponse(response) => response.stamp,
        })
    }

    /// Returns the order or the request the message is about.
    pub fn order(&self) -> Option<UserRefNum> {
        Some(match self {
            Self::Accepted(accepted) => accepted.order,
            Self::Replaced(replaced) => replaced.order,
            Self::Canceled(canceled) => canceled.order,
            Self::AiqCanceled(canceled) => canceled.order,
            Self::Executed(executed) => executed.order,
            Self::BrokenTrade(broken) => broken.order,
            Self::Rejected(rejected) => rejected.order,
            Self::CancelPending(pending) => pending.order,
            Self::CancelReject(reject) => reject.order,
            Self::PriorityUpdate(update) => update.order,
            Self::Modified(modified) => modified.order,
            Self::Restated(restated) => restated.order,
            Self::MassCancelResponse(response) => response.request,
            Self::EntryDisabled(switched) | Self::EntryEnabled(switched) => switched.request,
            _ => return None,
        })
    }
}

/// Where in the session a message stands, and when it was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stamp {
    pub sequence_number: u64,
    /// Nanoseconds since midnight.
    pub time_ns: u64,
}

/// The day begins or ends (`S`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SystemEvent {
    pub stamp: Stamp,
    pub code: SystemEventCode,
}

/// The order is in (`A`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Accepted {
    pub stamp: Stamp,
    pub order: UserRefNum,
    pub side: Side,
    pub quantity: u32,
    pub symbol: Symbol,
    /// Never worse for the order than entered; 214748.3647 for a market order.
    pub price: Price,
    pub time_in_force: TimeInForce,
    pub display: Display,
    /// The number of the order on the market data feed.
    pub order_reference_number: u64,
    pub capacity: Capacity,
    pub intermarket_sweep: bool,
    pub cross_type: CrossType,
    pub order_state: OrderState,
    pub cl_ord_id: ClOrdId,
    pub attributes: Attributes,
}

/// The replacement `order` is in and `original` is gone (`U`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replaced {
    pub stamp: Stamp,
    pub original: UserRefNum,
    pub order: UserRefNum,
    pub side: Side,
    /// Shares left exposed.
    pub quantity: u32,
    pub symbol: Symbol,
    pub price: Price,
    pub time_in_force: TimeInForce,
    pub display: Display,
    pub order_reference_number: u64,
    pub capacity: Capacity,
    pub intermarket_sweep: bool,
    pub cross_type: CrossType,
    pub order_state: OrderState,
    pub cl_ord_id: ClOrdId,
    pub attributes: Attributes,
}

/// Shares left the book without trading (`C`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Canceled {
    pub stamp: Stamp,
    pub order: UserRefNum,
    /// Shares taken off by this message alone.
    pub quantity: u32,
    pub reason: CancelReason,
}

/// Shares left the book to prevent a trade with the owner's own order (`D`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AiqCanceled {
    pub stamp: Stamp,
    pub order: UserRefNum,
    /// Shares this order lost.
    pub decrement_shares: u32,
    pub reason: CancelReason,
    /// Shares that would have traded, and at which price.
    pub quantity_prevented_from_trading: u32,
    pub execution_price: Price,
    pub liquidity_flag: LiquidityFlag,
    pub aiq_strategy: AiqStrategy,
}

/// Shares traded (`E`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Executed {
    pub stamp: Stamp,
    pub order: UserRefNum,
    /// Shares of this execution alone.
    pub quantity: u32,
    pub price: Price,
    pub liquidity_flag: LiquidityFlag,
    /// The same on both sides of the trade.
    pub match_number: u64,
}

/// An execution no longer counts (`B`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BrokenTrade {
    pub stamp: Stamp,
    pub order: UserRefNum,
    pub match_number: u64,
    pub reason: BrokenTradeReason,
    pub cl_ord_id: ClOrdId,
}

/// The order or replacement was refused (`J`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rejected {
    pub stamp: Stamp,
    pub order: UserRefNum,
    pub reason: RejectReason,
    pub cl_ord_id: ClOrdId,
}

/// A cancel waits for the cross that has begun (`P`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CancelPending {
    pub stamp: Stamp,
    pub order: UserRefNum,
}

/// A partial cancel is refused in the late period of a cross (`I`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CancelReject {
    pub stamp: Stamp,
    pub order: UserRefNum,
}

/// The system changed the order and its priority (`T`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PriorityUpdate {
    pub stamp: Stamp,
    pub order: UserRefNum,
    pub price: Price,
    pub display: Display,
    /// The new number on the market data feed.
    pub order_reference_number: u64,
}

/// The request to modify is done (`M`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Modified {
    pub stamp: Stamp,
    pub order: UserRefNum,
    pub side: Side,
    /// Shares outstanding.
    pub quantity: u32,
    pub attributes: Attributes,
}

/// The shown part of the order is another (`R`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Restated {
    pub stamp: Stamp,
    pub order: UserRefNum,
    pub reason: RestateReason,
    /// New number on the market data feed.
    pub secondary_ord_ref_num: Option<u64>,
    pub display_quantity: Option<u32>,
    pub display_price: Option<Price>,
}

/// The mass cancel is taken; the cancels follow (`X`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MassCancelResponse {
    pub stamp: Stamp,
    pub request: UserRefNum,
    pub firm: Mpid,
    /// Blank: all symbols.
    pub symbol: Symbol,
    pub side: Option<Side>,
    pub group_id: Option<u16>,
}

/// New orders of the firm are refused (`G`), or welcome again (`K`), from here on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EntrySwitched {
    pub stamp: Stamp,
    pub request: UserRefNum,
    pub firm: Mpid,
}

/// Which number may be used next (`Q`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AccountQueryResponse {
    pub stamp: Stamp,
    pub next: UserRefNum,
}
