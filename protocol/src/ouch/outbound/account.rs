//! What concerns the day or the account rather than one order.

use zerocopy::byteorder::big_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::Mpid;

/// System Event (`S`): the day begins or ends.
///
/// 10 bytes, big-endian, no padding, never an appendage. See `docs/protocols/ouch.md`, "System Event".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct SystemEvent {
    pub message_type: u8,
    pub timestamp: U64,
    /// See [`crate::enums::SystemEventCode`].
    pub event_code: u8,
}

const _: () = assert!(size_of::<SystemEvent>() == 10);

impl SystemEvent {
    /// The first byte of the message.
    pub const TYPE: u8 = b'S';
}

/// Disable Order Entry Response (`G`): new orders of the firm are refused from here on.
///
/// 17 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Disable Order Entry Response".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct DisableOrderEntryResponse {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// As in the request.
    pub firm: Mpid,
}

const _: () = assert!(size_of::<DisableOrderEntryResponse>() == 17);

impl DisableOrderEntryResponse {
    /// The first byte of the message.
    pub const TYPE: u8 = b'G';
}

/// Enable Order Entry Response (`K`): new orders of the firm are accepted from here on.
///
/// 17 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Enable Order Entry Response".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct EnableOrderEntryResponse {
    pub message_type: u8,
    pub timestamp: U64,
    pub user_ref_num: U32,
    /// As in the request.
    pub firm: Mpid,
}

const _: () = assert!(size_of::<EnableOrderEntryResponse>() == 17);

impl EnableOrderEntryResponse {
    /// The first byte of the message.
    pub const TYPE: u8 = b'K';
}

/// Account Query Response (`Q`): which number may be used next.
///
/// 13 bytes before the appendage, big-endian, no padding. See `docs/protocols/ouch.md`, "Account Query Response".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct AccountQueryResponse {
    pub message_type: u8,
    pub timestamp: U64,
    /// The last one consumed in the channel, plus 1.
    pub next_user_ref_num: U32,
}

const _: () = assert!(size_of::<AccountQueryResponse>() == 13);

impl AccountQueryResponse {
    /// The first byte of the message.
    pub const TYPE: u8 = b'Q';
}
