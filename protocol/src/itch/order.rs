//! ITCH messages about one displayed order, from joining the book to leaving it.
//!
//! The book is what these seven say and nothing else: every one names the order by its reference
//! number, and the effects of several add up.

use zerocopy::big_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::{Mpid, Symbol};
use crate::time::U48;

/// Add Order (`A`): a displayed order, without attribution, has joined the book.
///
/// 36 bytes. See `docs/protocols/itch.md`, "Add Order".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct AddOrder {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// Unique in the day.
    pub order_reference_number: U64,
    /// `B` or `S`.
    pub buy_sell_indicator: u8,
    /// Displayed shares.
    pub shares: U32,
    pub stock: Symbol,
    /// Ten-thousandths of a dollar, as displayed.
    pub price: U32,
}

impl AddOrder {
    pub const TYPE: u8 = b'A';
}

const _: () = assert!(size_of::<AddOrder>() == 36);

/// Add Order With MPID (`F`): a displayed order has joined the book under the MPID of its firm.
///
/// 40 bytes. See `docs/protocols/itch.md`, "Add Order With MPID".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct AddOrderMpid {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub order_reference_number: U64,
    pub buy_sell_indicator: u8,
    pub shares: U32,
    pub stock: Symbol,
    pub price: U32,
    /// The firm shown with the order.
    pub attribution: Mpid,
}

impl AddOrderMpid {
    pub const TYPE: u8 = b'F';
}

const _: () = assert!(size_of::<AddOrderMpid>() == 40);

/// Order Executed (`E`): a resting order traded at its displayed price.
///
/// Executions and cancels of an order add up; at zero shares it is gone without another message.
///
/// 31 bytes. See `docs/protocols/itch.md`, "Order Executed".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderExecuted {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub order_reference_number: U64,
    /// Shares of this execution alone.
    pub executed_shares: U32,
    /// Unique in the day.
    pub match_number: U64,
}

impl OrderExecuted {
    pub const TYPE: u8 = b'E';
}

const _: () = assert!(size_of::<OrderExecuted>() == 31);

/// Order Executed With Price (`C`): a resting order traded at another price than displayed.
///
/// 36 bytes. See `docs/protocols/itch.md`, "Order Executed With Price".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderExecutedWithPrice {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub order_reference_number: U64,
    pub executed_shares: U32,
    pub match_number: U64,
    /// `N`: leave it out of volume, a print of the whole follows.
    pub printable: u8,
    /// Ten-thousandths of a dollar.
    pub execution_price: U32,
}

impl OrderExecutedWithPrice {
    pub const TYPE: u8 = b'C';
}

const _: () = assert!(size_of::<OrderExecutedWithPrice>() == 36);

/// Order Cancel (`X`): a resting order lost part of its shares.
///
/// 23 bytes. See `docs/protocols/itch.md`, "Order Cancel".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderCancel {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub order_reference_number: U64,
    /// Shares taken off the displayed ones.
    pub canceled_shares: U32,
}

impl OrderCancel {
    pub const TYPE: u8 = b'X';
}

const _: () = assert!(size_of::<OrderCancel>() == 23);

/// Order Delete (`D`): a resting order has left the book.
///
/// 19 bytes. See `docs/protocols/itch.md`, "Order Delete".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderDelete {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub order_reference_number: U64,
}

impl OrderDelete {
    pub const TYPE: u8 = b'D';
}

const _: () = assert!(size_of::<OrderDelete>() == 19);

/// Order Replace (`U`): one resting order has taken the place of another.
///
/// Side, stock and attribution stay; the replacement queues behind every order of its price.
///
/// 35 bytes. See `docs/protocols/itch.md`, "Order Replace".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OrderReplace {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// The order that has left.
    pub original_order_reference_number: U64,
    /// The order that stands in its place; later messages use this number.
    pub new_order_reference_number: U64,
    /// Displayed shares of the replacement, not the difference.
    pub shares: U32,
    /// Ten-thousandths of a dollar.
    pub price: U32,
}

impl OrderReplace {
    pub const TYPE: u8 = b'U';
}

const _: () = assert!(size_of::<OrderReplace>() == 35);
