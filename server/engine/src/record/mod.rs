//! Records: the bytes of a command in the log.
//!
//! Little-endian, self-contained, one layout per kind, each with its format number; a reader meets a kind or
//! a format it does not know by an error, never by a guess. See `docs/journal-format.md`, "Records".

mod wire;
mod read;
mod write;

pub use read::decode;
pub use write::encode;

use thiserror::Error;

/// The longest record: an Enter with the longest appendage that admission lets through.
pub const MAX_RECORD: usize = 2_048;

/// Why some bytes are not a record.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum RecordError {
    #[error("record is empty")]
    Empty,
    #[error("record is {actual} bytes, kind {kind} needs {expected}")]
    Length { kind: u8, expected: usize, actual: usize },
    #[error("unknown record kind {0}")]
    UnknownKind(u8),
    #[error("record kind {kind} has format {format}, this version reads {expected}")]
    UnknownFormat { kind: u8, format: u8, expected: u8 },
    #[error("field {field} of record kind {kind} holds {value:#x}")]
    Field { kind: u8, field: &'static str, value: u64 },
}

/// The format of every kind in this version.
const FORMAT: u8 = 1;

/// The kinds of record, by number; a number is never used again for something else.
mod kind {
    pub(super) const DAY_OPENED: u8 = 1;
    pub(super) const FIRM_DEFINED: u8 = 2;
    pub(super) const PORT_DEFINED: u8 = 3;
    pub(super) const SYMBOL_DEFINED: u8 = 4;
    pub(super) const SYMBOL_REMOVED: u8 = 5;
    pub(super) const SYSTEM_EVENT: u8 = 6;
    pub(super) const TRADING_ACTION: u8 = 7;
    pub(super) const SHORT_SALE_TEST: u8 = 8;
    pub(super) const OPERATOR_NOTE: u8 = 9;
    pub(super) const CONNECTED: u8 = 10;
    pub(super) const DISCONNECTED: u8 = 11;
    pub(super) const TICK: u8 = 12;
    pub(super) const SYMBOL_RESTRICTED: u8 = 13;
    pub(super) const KILL_SWITCH: u8 = 14;
    pub(super) const BUST: u8 = 15;
    pub(super) const GRACE_ENDED: u8 = 16;
    pub(super) const COUNTED: u8 = 17;
    pub(super) const ENTER: u8 = 20;
    pub(super) const REPLACE: u8 = 21;
    pub(super) const CANCEL: u8 = 22;
    pub(super) const MODIFY: u8 = 23;
    pub(super) const MASS_CANCEL: u8 = 24;
    pub(super) const DISABLE_ENTRY: u8 = 25;
    pub(super) const ENABLE_ENTRY: u8 = 26;
    pub(super) const ACCOUNT_QUERY: u8 = 27;
    pub(super) const REFUSED: u8 = 28;
    pub(super) const PHASE_CHANGED: u8 = 29;
    pub(super) const IMBALANCE_DUE: u8 = 30;
}

#[cfg(test)]
mod round_trip;
