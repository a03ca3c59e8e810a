//! Executions, and executions that no longer count.

use zerocopy::byteorder::big_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::ClOrdId;

/// Order Executed (`E`): shares traded.
///
/// 34 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Order Executed".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderExecuted {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// Shares of this execution.
    pub quantity: U32,
    pub price: U64,
    /// See [`crate::enums::LiquidityFlag`].
    pub liquidity_flag: u8,
    /// The same on both sides of the trade.
    pub match_number: U64,
}

const _: () = assert!(size_of::<OrderExecuted>() == 34);

impl OrderExecuted {
    /// The first byte of the message.
    pub const TYPE: u8 = b'E';
}

/// Broken Trade (`B`): an execution no longer counts.
///
/// 36 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Broken Trade".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct BrokenTrade {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// Of the Order Executed that is broken.
    pub match_number: U64,
    /// See [`crate::enums::BrokenTradeReason`].
    pub reason: u8,
    pub cl_ord_id: ClOrdId,
}

const _: () = assert!(size_of::<BrokenTrade>() == 36);

impl BrokenTrade {
    /// The first byte of the message.
    pub const TYPE: u8 = b'B';
}
