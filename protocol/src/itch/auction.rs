//! ITCH messages about auctions: what a cross would do, its collars, and its timing.
//!
//! They inform and change no order; retail interest is here as the other indication of interest.

use zerocopy::big_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::symbol::Symbol;
use crate::time::U48;

/// IPO Quoting Period Update (`K`): when an IPO will be released, and at what price.
///
/// 28 bytes. See `docs/protocols/itch.md`, "IPO Quoting Period Update".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct IpoQuotingPeriodUpdate {
    pub message_type: u8,
    /// Always 0, though a stock is named.
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// Seconds since midnight; 0 when canceled or postponed.
    pub ipo_quotation_release_time: U32,
    /// `A` anticipated, `C` canceled or postponed.
    pub ipo_quotation_release_qualifier: u8,
    /// Ten-thousandths of a dollar; 0 when canceled or postponed.
    pub ipo_price: U32,
}

impl IpoQuotingPeriodUpdate {
    pub const TYPE: u8 = b'K';
}

const _: () = assert!(size_of::<IpoQuotingPeriodUpdate>() == 28);

/// LULD Auction Collar (`J`): the price band of the auction that ends a volatility pause.
///
/// 35 bytes. See `docs/protocols/itch.md`, "LULD Auction Collar".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct LuldAuctionCollar {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// Ten-thousandths of a dollar, as are the next two.
    pub auction_collar_reference_price: U32,
    pub upper_auction_collar_price: U32,
    pub lower_auction_collar_price: U32,
    /// Extensions so far.
    pub auction_collar_extension: U32,
}

impl LuldAuctionCollar {
    pub const TYPE: u8 = b'J';
}

const _: () = assert!(size_of::<LuldAuctionCollar>() == 35);

/// Net Order Imbalance Indicator (`I`): what a cross would do if it happened now.
///
/// 50 bytes. See `docs/protocols/itch.md`, "Net Order Imbalance Indicator".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct NetOrderImbalanceIndicator {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    /// Shares that would match at the reference price.
    pub paired_shares: U64,
    /// Shares left over at the reference price.
    pub imbalance_shares: U64,
    /// `B`, `S`, `N` none, `O` too few orders, `P` paused.
    pub imbalance_direction: u8,
    pub stock: Symbol,
    /// Ten-thousandths of a dollar: where the cross orders alone would clear.
    pub far_price: U32,
    /// Ten-thousandths of a dollar: where cross and continuous orders together would clear.
    pub near_price: U32,
    /// Ten-thousandths of a dollar.
    pub current_reference_price: U32,
    /// `O` opening, `C` closing, `H` halt, pause or IPO, `A` extended trading close.
    pub cross_type: u8,
    /// Distance of near and reference price, see "Price variation".
    pub price_variation_indicator: u8,
}

impl NetOrderImbalanceIndicator {
    pub const TYPE: u8 = b'I';
}

const _: () = assert!(size_of::<NetOrderImbalanceIndicator>() == 50);

/// Retail Interest (`N`): the sides on which retail price improvement is on offer.
///
/// 20 bytes. See `docs/protocols/itch.md`, "Retail Interest".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct RetailInterest {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// `B` buy, `S` sell, `A` both, `N` none.
    pub interest_flag: u8,
}

impl RetailInterest {
    pub const TYPE: u8 = b'N';
}

const _: () = assert!(size_of::<RetailInterest>() == 20);

/// Direct Listing Price Discovery (`O`): the price range of a direct listing with a capital raise.
///
/// 48 bytes. See `docs/protocols/itch.md`, "Direct Listing Price Discovery".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct DirectListingPriceDiscovery {
    pub message_type: u8,
    pub stock_locate: U16,
    pub tracking_number: U16,
    /// Nanoseconds since midnight.
    pub timestamp: U48,
    pub stock: Symbol,
    /// `Y` when it may be released for trading.
    pub open_eligibility_status: u8,
    /// Ten-thousandths of a dollar, as are all prices of this message.
    pub minimum_allowable_price: U32,
    pub maximum_allowable_price: U32,
    pub near_execution_price: U32,
    /// Nanoseconds since midnight (our reading; the unit is not published).
    pub near_execution_time: U64,
    pub lower_price_range_collar: U32,
    pub upper_price_range_collar: U32,
}

impl DirectListingPriceDiscovery {
    pub const TYPE: u8 = b'O';
}

const _: () = assert!(size_of::<DirectListingPriceDiscovery>() == 48);
