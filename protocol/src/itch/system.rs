//! ITCH messages about the whole market: stages of the day and the market-wide circuit breaker.
//!
//! None is tied to an instrument: their stock locate is 0.

use zerocopy::big_endian::{U16, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::time::U48;

/// System Event (`S`): the day has reached another stage.
///
/// 12 bytes. See `docs/protocols/itch.md`, "System Event".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct SystemEvent {
    pub message_type: u8,
    /// Always 0.
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// One of [`EventCode`](crate::enums::EventCode).
    pub event_code: u8,
}

impl SystemEvent {
    pub const TYPE: u8 = b'S';
}

const _: () = assert!(size_of::<SystemEvent>() == 12);

/// MWCB Decline Level (`V`): where the market-wide circuit breaker trips.
///
/// Sent once, before the open.
///
/// 35 bytes. See `docs/protocols/itch.md`, "MWCB Decline Level".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct MwcbDeclineLevel {
    pub message_type: u8,
    /// Always 0.
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// Index value with 8 decimals, as are the next two.
    pub level_1: U64,
    pub level_2: U64,
    pub level_3: U64,
}

impl MwcbDeclineLevel {
    pub const TYPE: u8 = b'V';
}

const _: () = assert!(size_of::<MwcbDeclineLevel>() == 35);

/// MWCB Status (`W`): a level of the market-wide circuit breaker has been breached.
///
/// 12 bytes. See `docs/protocols/itch.md`, "MWCB Status".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct MwcbStatus {
    pub message_type: u8,
    /// Always 0.
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// `1`, `2` or `3`.
    pub breached_level: u8,
}

impl MwcbStatus {
    pub const TYPE: u8 = b'W';
}

const _: () = assert!(size_of::<MwcbStatus>() == 12);
