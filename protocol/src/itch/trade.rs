//! ITCH messages about trades that changed no displayed order, and about broken ones.
//!
//! None of them touches the book.

use zerocopy::big_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::Symbol;
use crate::time::U48;

/// Trade (`P`): a match with an order that was not displayed.
///
/// Changes no displayed order; counts as volume.
///
/// 44 bytes. See `docs/protocols/itch.md`, "Trade".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct Trade {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// Always 0.
    pub order_reference_number: U64,
    /// Always `B`, whichever side rested.
    pub buy_sell_indicator: u8,
    pub shares: U32,
    pub stock: Symbol,
    /// Ten-thousandths of a dollar.
    pub price: U32,
    pub match_number: U64,
}

impl Trade {
    pub const TYPE: u8 = b'P';
}

const _: () = assert!(size_of::<Trade>() == 44);

/// Cross Trade (`Q`): a cross has happened, all its shares in one print.
///
/// 40 bytes. See `docs/protocols/itch.md`, "Cross Trade".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct CrossTrade {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// Shares crossed; 0 when the cross found none.
    pub shares: U64,
    pub stock: Symbol,
    /// Ten-thousandths of a dollar; 0 when nothing crossed.
    pub cross_price: U32,
    pub match_number: U64,
    /// `O` opening, `C` closing, `H` halt, pause or IPO.
    pub cross_type: u8,
}

impl CrossTrade {
    pub const TYPE: u8 = b'Q';
}

const _: () = assert!(size_of::<CrossTrade>() == 40);

/// Broken Trade (`B`): an execution already printed is void.
///
/// Final; puts nothing back on the book.
///
/// 19 bytes. See `docs/protocols/itch.md`, "Broken Trade".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct BrokenTrade {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// That of the execution, trade or cross now void.
    pub match_number: U64,
}

impl BrokenTrade {
    pub const TYPE: u8 = b'B';
}

const _: () = assert!(size_of::<BrokenTrade>() == 19);
