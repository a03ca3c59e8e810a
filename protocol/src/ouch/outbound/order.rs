//! What became of an order: accepted, replaced, modified, restated, or refused.

use zerocopy::byteorder::big_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::{ClOrdId, Symbol};

/// Order Accepted (`A`): the order is in, with what was accepted.
///
/// 62 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Order Accepted".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderAccepted {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    pub side: u8,
    pub quantity: U32,
    pub symbol: Symbol,
    /// Never worse for the order than entered.
    pub price: U64,
    /// Never longer than entered.
    pub time_in_force: u8,
    pub display: u8,
    /// The number on ITCH, unique in the day.
    pub order_reference_number: U64,
    pub capacity: u8,
    pub intermarket_sweep_eligibility: u8,
    pub cross_type: u8,
    /// See [`crate::enums::OrderState`].
    pub order_state: u8,
    pub cl_ord_id: ClOrdId,
}

const _: () = assert!(size_of::<OrderAccepted>() == 62);

impl OrderAccepted {
    /// The first byte of the message.
    pub const TYPE: u8 = b'A';
}

/// Order Replaced (`U`): the replacement is in and the original is gone.
///
/// 66 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Order Replaced".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderReplaced {
    pub message_type: u8,
    pub timestamp: U64,
    pub orig_user_ref_num: U32,
    pub user_ref_num: U32,
    pub side: u8,
    /// Shares left exposed.
    pub quantity: U32,
    pub symbol: Symbol,
    pub price: U64,
    pub time_in_force: u8,
    pub display: u8,
    /// The number on ITCH, unique in the day.
    pub order_reference_number: U64,
    pub capacity: u8,
    pub intermarket_sweep_eligibility: u8,
    pub cross_type: u8,
    pub order_state: u8,
    pub cl_ord_id: ClOrdId,
}

const _: () = assert!(size_of::<OrderReplaced>() == 66);

impl OrderReplaced {
    /// The first byte of the message.
    pub const TYPE: u8 = b'U';
}

/// Order Modified (`M`): the request to modify is done.
///
/// 18 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Order Modified".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderModified {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    pub side: u8,
    /// Shares outstanding.
    pub quantity: U32,
}

const _: () = assert!(size_of::<OrderModified>() == 18);

impl OrderModified {
    /// The first byte of the message.
    pub const TYPE: u8 = b'M';
}

/// Order Priority Update (`T`): the system changed the order and its priority.
///
/// 30 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Order Priority Update".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderPriorityUpdate {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// The new limit price.
    pub price: U64,
    pub display: u8,
    /// The new number on ITCH.
    pub order_reference_number: U64,
}

const _: () = assert!(size_of::<OrderPriorityUpdate>() == 30);

impl OrderPriorityUpdate {
    /// The first byte of the message.
    pub const TYPE: u8 = b'T';
}

/// Order Restated (`R`): the displayed part is another; see the tags.
///
/// 14 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Order Restated".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderRestated {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// See [`crate::enums::RestateReason`].
    pub reason: u8,
}

const _: () = assert!(size_of::<OrderRestated>() == 14);

impl OrderRestated {
    /// The first byte of the message.
    pub const TYPE: u8 = b'R';
}

/// Rejected (`J`): the request was refused.
///
/// 29 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Rejected".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct Rejected {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// See [`crate::ouch::RejectReason`].
    pub reason: U16,
    pub cl_ord_id: ClOrdId,
}

const _: () = assert!(size_of::<Rejected>() == 29);

impl Rejected {
    /// The first byte of the message.
    pub const TYPE: u8 = b'J';
}
