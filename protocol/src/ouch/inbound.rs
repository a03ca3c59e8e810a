//! Inbound messages: what a client asks of the host.
//!
//! Travels in SoupBinTCP unsequenced data, one message a packet. Cancel, Modify and Account Query may
//! leave out an empty appendage together with its length; the others always have the length.

use zerocopy::byteorder::big_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{Appendage, DecodeError, Presence, split};
use crate::symbol::{ClOrdId, Mpid, Symbol};

/// One inbound message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Inbound<'a> {
    EnterOrder(&'a EnterOrder, Appendage<'a>),
    ReplaceOrder(&'a ReplaceOrder, Appendage<'a>),
    CancelOrder(&'a CancelOrder, Appendage<'a>),
    ModifyOrder(&'a ModifyOrder, Appendage<'a>),
    MassCancel(&'a MassCancel, Appendage<'a>),
    DisableOrderEntry(&'a DisableOrderEntry, Appendage<'a>),
    EnableOrderEntry(&'a EnableOrderEntry, Appendage<'a>),
    AccountQuery(&'a AccountQuery, Appendage<'a>),
}

impl<'a> Inbound<'a> {
    /// Reads one message, which is all of `bytes`; costs no allocation and no copy.
    ///
    /// Checks the type and the lengths. What the fields and the appendage hold is not looked at.
    ///
    /// # Errors
    ///
    /// When there are no bytes, the type is unknown, or the length is not that of the type.
    #[inline]
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let &message_type = bytes.first().ok_or(DecodeError::Empty)?;
        match message_type {
            EnterOrder::TYPE => split(bytes, Presence::Always, Self::EnterOrder),
            ReplaceOrder::TYPE => split(bytes, Presence::Always, Self::ReplaceOrder),
            CancelOrder::TYPE => split(bytes, Presence::WhenFilled, Self::CancelOrder),
            ModifyOrder::TYPE => split(bytes, Presence::WhenFilled, Self::ModifyOrder),
            MassCancel::TYPE => split(bytes, Presence::Always, Self::MassCancel),
            DisableOrderEntry::TYPE => split(bytes, Presence::Always, Self::DisableOrderEntry),
            EnableOrderEntry::TYPE => split(bytes, Presence::Always, Self::EnableOrderEntry),
            AccountQuery::TYPE => split(bytes, Presence::WhenFilled, Self::AccountQuery),
            _ => Err(DecodeError::UnknownType(message_type)),
        }
    }
}

/// Enter Order (`O`): a new order.
///
/// 45 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Enter Order".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct EnterOrder {
    pub message_type: u8,
    /// New, above all earlier ones of its channel.
    pub user_ref_num: U32,
    pub side: u8,
    /// Shares, 1 to 999,999.
    pub quantity: U32,
    pub symbol: Symbol,
    /// Ten-thousandths of a dollar; see [`crate::price::MARKET_PRICE`].
    pub price: U64,
    pub time_in_force: u8,
    pub display: u8,
    pub capacity: u8,
    pub intermarket_sweep_eligibility: u8,
    pub cross_type: u8,
    pub cl_ord_id: ClOrdId,
}

const _: () = assert!(size_of::<EnterOrder>() == 45);

impl EnterOrder {
    /// The first byte of the message.
    pub const TYPE: u8 = b'O';
}

/// Replace Order Request (`U`): another price or size for a live order, at the cost of its priority.
///
/// 38 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Replace Order Request".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct ReplaceOrder {
    pub message_type: u8,
    /// The order as it is called now: by its Enter or by the last Replace of the chain.
    pub orig_user_ref_num: U32,
    /// New, above all earlier ones of its channel.
    pub user_ref_num: U32,
    /// Total liable for the whole chain of replaces, executed and decremented shares included.
    pub quantity: U32,
    pub price: U64,
    pub time_in_force: u8,
    pub display: u8,
    pub intermarket_sweep_eligibility: u8,
    pub cl_ord_id: ClOrdId,
}

const _: () = assert!(size_of::<ReplaceOrder>() == 38);

impl ReplaceOrder {
    /// The first byte of the message.
    pub const TYPE: u8 = b'U';
}

/// Cancel Order Request (`X`): fewer shares, or none.
///
/// 9 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Cancel Order Request".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct CancelOrder {
    pub message_type: u8,
    /// An existing order.
    pub user_ref_num: U32,
    /// The most that may execute in total, not the shares to take off; 0 cancels all that is open.
    pub quantity: U32,
}

const _: () = assert!(size_of::<CancelOrder>() == 9);

impl CancelOrder {
    /// The first byte of the message.
    pub const TYPE: u8 = b'X';
}

/// Modify Order Request (`M`): another sell side or fewer shares; priority is kept.
///
/// 10 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Modify Order Request".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct ModifyOrder {
    pub message_type: u8,
    /// An existing order.
    pub user_ref_num: U32,
    pub side: u8,
    /// The most that may execute in total, not the shares to take off; 0 cancels all that is open.
    pub quantity: U32,
}

const _: () = assert!(size_of::<ModifyOrder>() == 10);

impl ModifyOrder {
    /// The first byte of the message.
    pub const TYPE: u8 = b'M';
}

/// Mass Cancel Request (`C`): all orders of a firm, or those that its filters name.
///
/// 17 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Mass Cancel Request".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct MassCancel {
    pub message_type: u8,
    /// New, above all earlier ones of its channel.
    pub user_ref_num: U32,
    pub firm: Mpid,
    /// Blank: all symbols.
    pub symbol: Symbol,
}

const _: () = assert!(size_of::<MassCancel>() == 17);

impl MassCancel {
    /// The first byte of the message.
    pub const TYPE: u8 = b'C';
}

/// Disable Order Entry Request (`D`): no new orders of a firm; open ones stay.
///
/// 9 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Disable Order Entry Request".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct DisableOrderEntry {
    pub message_type: u8,
    /// New, above all earlier ones of its channel.
    pub user_ref_num: U32,
    pub firm: Mpid,
}

const _: () = assert!(size_of::<DisableOrderEntry>() == 9);

impl DisableOrderEntry {
    /// The first byte of the message.
    pub const TYPE: u8 = b'D';
}

/// Enable Order Entry Request (`E`): new orders of a firm are welcome again.
///
/// 9 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Enable Order Entry Request".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct EnableOrderEntry {
    pub message_type: u8,
    /// New, above all earlier ones of its channel.
    pub user_ref_num: U32,
    pub firm: Mpid,
}

const _: () = assert!(size_of::<EnableOrderEntry>() == 9);

impl EnableOrderEntry {
    /// The first byte of the message.
    pub const TYPE: u8 = b'E';
}

/// Account Query Request (`Q`): which number may be used next.
///
/// 1 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Account Query Request".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct AccountQuery {
    pub message_type: u8,
}

const _: () = assert!(size_of::<AccountQuery>() == 1);

impl AccountQuery {
    /// The first byte of the message.
    pub const TYPE: u8 = b'Q';
}
