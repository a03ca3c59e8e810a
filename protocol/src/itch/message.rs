//! The ITCH message as a whole: which struct lies over the bytes, and the header all of them share.
//!
//! Decoding borrows and is total: any bytes give a message or a [`DecodeError`], never a panic.

use thiserror::Error;
use zerocopy::big_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{
    AddOrder, AddOrderMpid, BrokenTrade, CrossTrade, DirectListingPriceDiscovery,
    IpoQuotingPeriodUpdate, LuldAuctionCollar, MarketParticipantPosition, MwcbDeclineLevel,
    MwcbStatus, NetOrderImbalanceIndicator, OperationalHalt, OrderCancel, OrderDelete,
    OrderExecuted, OrderExecutedWithPrice, OrderReplace, RegShoRestriction, RetailInterest,
    StockDirectory, StockTradingAction, SystemEvent, Trade,
};
use crate::time::U48;

/// The first 11 bytes of every ITCH message.
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct Header {
    pub message_type: u8,
    /// Number of the instrument for this day, from 1; 0 where no instrument is meant.
    pub stock_locate: U16,
    /// Internal to the venue.
    pub tracking_number: U16,
    /// Nanoseconds since midnight, venue local time.
    pub timestamp: U48,
}

const _: () = assert!(size_of::<Header>() == 11);

/// One ITCH message, borrowed from the bytes it came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message<'a> {
    SystemEvent(&'a SystemEvent),
    MwcbDeclineLevel(&'a MwcbDeclineLevel),
    MwcbStatus(&'a MwcbStatus),
    StockDirectory(&'a StockDirectory),
    StockTradingAction(&'a StockTradingAction),
    RegShoRestriction(&'a RegShoRestriction),
    MarketParticipantPosition(&'a MarketParticipantPosition),
    OperationalHalt(&'a OperationalHalt),
    AddOrder(&'a AddOrder),
    AddOrderMpid(&'a AddOrderMpid),
    OrderExecuted(&'a OrderExecuted),
    OrderExecutedWithPrice(&'a OrderExecutedWithPrice),
    OrderCancel(&'a OrderCancel),
    OrderDelete(&'a OrderDelete),
    OrderReplace(&'a OrderReplace),
    Trade(&'a Trade),
    CrossTrade(&'a CrossTrade),
    BrokenTrade(&'a BrokenTrade),
    IpoQuotingPeriodUpdate(&'a IpoQuotingPeriodUpdate),
    LuldAuctionCollar(&'a LuldAuctionCollar),
    NetOrderImbalanceIndicator(&'a NetOrderImbalanceIndicator),
    RetailInterest(&'a RetailInterest),
    DirectListingPriceDiscovery(&'a DirectListingPriceDiscovery),
}

impl<'a> Message<'a> {
    /// Lays the struct of the message type over `bytes`, which hold exactly one message.
    ///
    /// # Errors
    ///
    /// No bytes, a type ITCH 5.0 does not have, or another length than the type's. The content of
    /// the other fields is not looked at.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let &message_type = bytes.first().ok_or(DecodeError::Empty)?;
        Ok(match message_type {
            SystemEvent::TYPE => Self::SystemEvent(exact(bytes)?),
            MwcbDeclineLevel::TYPE => Self::MwcbDeclineLevel(exact(bytes)?),
            MwcbStatus::TYPE => Self::MwcbStatus(exact(bytes)?),
            StockDirectory::TYPE => Self::StockDirectory(exact(bytes)?),
            StockTradingAction::TYPE => Self::StockTradingAction(exact(bytes)?),
            RegShoRestriction::TYPE => Self::RegShoRestriction(exact(bytes)?),
            MarketParticipantPosition::TYPE => Self::MarketParticipantPosition(exact(bytes)?),
            OperationalHalt::TYPE => Self::OperationalHalt(exact(bytes)?),
            AddOrder::TYPE => Self::AddOrder(exact(bytes)?),
            AddOrderMpid::TYPE => Self::AddOrderMpid(exact(bytes)?),
            OrderExecuted::TYPE => Self::OrderExecuted(exact(bytes)?),
            OrderExecutedWithPrice::TYPE => Self::OrderExecutedWithPrice(exact(bytes)?),
            OrderCancel::TYPE => Self::OrderCancel(exact(bytes)?),
            OrderDelete::TYPE => Self::OrderDelete(exact(bytes)?),
            OrderReplace::TYPE => Self::OrderReplace(exact(bytes)?),
            Trade::TYPE => Self::Trade(exact(bytes)?),
            CrossTrade::TYPE => Self::CrossTrade(exact(bytes)?),
            BrokenTrade::TYPE => Self::BrokenTrade(exact(bytes)?),
            IpoQuotingPeriodUpdate::TYPE => Self::IpoQuotingPeriodUpdate(exact(bytes)?),
            LuldAuctionCollar::TYPE => Self::LuldAuctionCollar(exact(bytes)?),
            NetOrderImbalanceIndicator::TYPE => Self::NetOrderImbalanceIndicator(exact(bytes)?),
            RetailInterest::TYPE => Self::RetailInterest(exact(bytes)?),
            DirectListingPriceDiscovery::TYPE => Self::DirectListingPriceDiscovery(exact(bytes)?),
            unknown => return Err(DecodeError::UnknownType(unknown)),
        })
    }

    /// Gives the message as it stands on the wire, without framing.
    pub fn bytes(&self) -> &'a [u8] {
        match *self {
            Self::SystemEvent(message) => message.as_bytes(),
            Self::MwcbDeclineLevel(message) => message.as_bytes(),
            Self::MwcbStatus(message) => message.as_bytes(),
            Self::StockDirectory(message) => message.as_bytes(),
            Self::StockTradingAction(message) => message.as_bytes(),
            Self::RegShoRestriction(message) => message.as_bytes(),
            Self::MarketParticipantPosition(message) => message.as_bytes(),
            Self::OperationalHalt(message) => message.as_bytes(),
            Self::AddOrder(message) => message.as_bytes(),
            Self::AddOrderMpid(message) => message.as_bytes(),
            Self::OrderExecuted(message) => message.as_bytes(),
            Self::OrderExecutedWithPrice(message) => message.as_bytes(),
            Self::OrderCancel(message) => message.as_bytes(),
            Self::OrderDelete(message) => message.as_bytes(),
            Self::OrderReplace(message) => message.as_bytes(),
            Self::Trade(message) => message.as_bytes(),
            Self::CrossTrade(message) => message.as_bytes(),
            Self::BrokenTrade(message) => message.as_bytes(),
            Self::IpoQuotingPeriodUpdate(message) => message.as_bytes(),
            Self::LuldAuctionCollar(message) => message.as_bytes(),
            Self::NetOrderImbalanceIndicator(message) => message.as_bytes(),
            Self::RetailInterest(message) => message.as_bytes(),
            Self::DirectListingPriceDiscovery(message) => message.as_bytes(),
        }
    }

    /// Gives the 11 bytes every message begins with.
    pub fn header(&self) -> &'a Header {
        Header::ref_from_prefix(self.bytes()).expect("the shortest message has 12 bytes").0
    }

    /// Gives the number of the instrument for this day; 0 where no instrument is meant.
    pub fn stock_locate(&self) -> u16 {
        self.header().stock_locate.get()
    }

    /// Gives the time of the event in nanoseconds since midnight.
    pub fn timestamp(&self) -> u64 {
        self.header().timestamp.get()
    }
}

/// Lays `M` over all of `bytes`, of which there is at least one.
fn exact<M: FromBytes + Immutable + KnownLayout + Unaligned>(
    bytes: &[u8],
) -> Result<&M, DecodeError> {
    M::ref_from_bytes(bytes).map_err(|_| DecodeError::Length {
        message_type: bytes[0],
        expected: size_of::<M>(),
        actual: bytes.len(),
    })
}

/// Why some bytes are not an ITCH message.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    #[error("message is empty")]
    Empty,
    #[error("unknown message type {0:#04x}")]
    UnknownType(u8),
    #[error("message of type {message_type:#04x} is {actual} bytes, expected {expected}")]
    Length { message_type: u8, expected: usize, actual: usize },
}
