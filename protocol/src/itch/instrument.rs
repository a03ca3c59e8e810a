//! ITCH messages about one instrument: its terms, its trading state, its market makers.
//!
//! They carry no change of the book. A stock without a [`StockTradingAction`] before the open is to
//! be taken as halted.

use zerocopy::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::{Mpid, Symbol};
use crate::time::U48;

/// Stock Directory (`R`): an instrument of the day and its terms.
///
/// Announces the stock locate all later messages use.
///
/// 39 bytes. See `docs/protocols/itch.md`, "Stock Directory".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct StockDirectory {
    pub message_type: u8,
    /// Valid for this day only.
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// Listing market and tier, see "Market category".
    pub market_category: u8,
    /// `N` normal; space for issues of other listing markets.
    pub financial_status_indicator: u8,
    /// Shares.
    pub round_lot_size: U32,
    /// `Y` or `N`.
    pub round_lots_only: u8,
    pub issue_classification: u8,
    /// Two characters, padded with a space.
    pub issue_sub_type: [u8; 2],
    /// `P` live, `T` test.
    pub authenticity: u8,
    /// `Y`, `N`, or space where it does not apply.
    pub short_sale_threshold_indicator: u8,
    /// `Y` new IPO, `N` not, `Z` new listing without an IPO, or space.
    pub ipo_flag: u8,
    /// `1`, `2` or space.
    pub luld_reference_price_tier: u8,
    /// `Y`, `N` or space.
    pub etp_flag: u8,
    /// Whole multiple, rounded down.
    pub etp_leverage_factor: U32,
    /// `Y` or `N`.
    pub inverse_indicator: u8,
}

impl StockDirectory {
    pub const TYPE: u8 = b'R';
}

const _: () = assert!(size_of::<StockDirectory>() == 39);

/// Stock Trading Action (`H`): the trading state of an instrument, and why.
///
/// 25 bytes. See `docs/protocols/itch.md`, "Stock Trading Action".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct StockTradingAction {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// One of [`TradingState`](crate::enums::TradingState).
    pub trading_state: u8,
    /// A space.
    pub reserved: u8,
    /// Padded with spaces; all spaces when there is none.
    pub reason: [u8; 4],
}

impl StockTradingAction {
    pub const TYPE: u8 = b'H';
}

const _: () = assert!(size_of::<StockTradingAction>() == 25);

/// Reg SHO Restriction (`Y`): whether short sales of an instrument are under the price test.
///
/// 20 bytes. See `docs/protocols/itch.md`, "Reg SHO Restriction".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct RegShoRestriction {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// `0` no test, `1` in effect after a drop of the day, `2` in effect from the day before.
    pub reg_sho_action: u8,
}

impl RegShoRestriction {
    pub const TYPE: u8 = b'Y';
}

const _: () = assert!(size_of::<RegShoRestriction>() == 20);

/// Market Participant Position (`L`): the standing of a market maker in an instrument.
///
/// 26 bytes. See `docs/protocols/itch.md`, "Market Participant Position".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct MarketParticipantPosition {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub mpid: Mpid,
    pub stock: Symbol,
    /// `Y` or `N`.
    pub primary_market_maker: u8,
    /// `N` normal, `P` passive, `S` syndicate, `R` pre-syndicate, `L` penalty.
    pub market_maker_mode: u8,
    /// `A` active, `E` excused, `W` withdrawn, `S` suspended, `D` deleted.
    pub market_participant_state: u8,
}

impl MarketParticipantPosition {
    pub const TYPE: u8 = b'L';
}

const _: () = assert!(size_of::<MarketParticipantPosition>() == 26);

/// Operational Halt (`h`): one market stops or resumes an instrument.
///
/// The reason is operational and its own; other markets may trade on.
///
/// 21 bytes. See `docs/protocols/itch.md`, "Operational Halt".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct OperationalHalt {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// `Q` Nasdaq, `B` Nasdaq Texas, `X` PSX.
    pub market_code: u8,
    /// `H` halted on that market, `T` lifted.
    pub operational_halt_action: u8,
}

impl OperationalHalt {
    pub const TYPE: u8 = b'h';
}

const _: () = assert!(size_of::<OperationalHalt>() == 21);
