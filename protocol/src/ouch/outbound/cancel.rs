//! Shares that leave the book without trading, and cancels that wait or fail.

use zerocopy::byteorder::big_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::{Mpid, Symbol};

/// Order Canceled (`C`): shares left the book without trading.
///
/// 18 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Order Canceled".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderCanceled {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// Shares taken off by this message.
    pub quantity: U32,
    /// See [`crate::enums::CancelReason`].
    pub reason: u8,
}

const _: () = assert!(size_of::<OrderCanceled>() == 18);

impl OrderCanceled {
    /// The first byte of the message.
    pub const TYPE: u8 = b'C';
}

/// AIQ Canceled (`D`): shares left the book to prevent a self-match.
///
/// 32 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "AIQ Canceled".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct AiqCanceled {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// Shares this order lost.
    pub decrement_shares: U32,
    /// Always [`crate::enums::CancelReason::SelfMatch`].
    pub reason: u8,
    /// Shares that would have traded.
    pub quantity_prevented_from_trading: U32,
    /// The price at which they would have.
    pub execution_price: U64,
    /// The flag the order would have had.
    pub liquidity_flag: u8,
    /// See [`crate::enums::AiqStrategy`].
    pub aiq_strategy: u8,
}

const _: () = assert!(size_of::<AiqCanceled>() == 32);

impl AiqCanceled {
    /// The first byte of the message.
    pub const TYPE: u8 = b'D';
}

/// Cancel Pending (`P`): a cancel waits for the cross that has begun.
///
/// 13 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Cancel Pending".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct CancelPending {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
}

const _: () = assert!(size_of::<CancelPending>() == 13);

impl CancelPending {
    /// The first byte of the message.
    pub const TYPE: u8 = b'P';
}

/// Cancel Reject (`I`): a partial cancel is refused in the late period of a cross.
///
/// 13 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Cancel Reject".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct CancelReject {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
}

const _: () = assert!(size_of::<CancelReject>() == 13);

impl CancelReject {
    /// The first byte of the message.
    pub const TYPE: u8 = b'I';
}

/// Mass Cancel Response (`X`): the request is taken; the cancels follow.
///
/// 25 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Mass Cancel Response".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct MassCancelResponse {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// As in the request.
    pub firm: Mpid,
    /// As in the request.
    pub symbol: Symbol,
}

const _: () = assert!(size_of::<MassCancelResponse>() == 25);

impl MassCancelResponse {
    /// The first byte of the message.
    pub const TYPE: u8 = b'X';
}
