//! TotalView-ITCH 5.0: what the market sees, one message for each change of the displayed book.
//!
//! Twenty-three messages of fixed length, big-endian, no padding, as structs laid over the bytes.
//! [`Message::decode`] looks at the type and the length and at nothing else: codes are added to
//! ITCH without a new version, so a code nobody knows reaches the reader as it came.
//!
//! Byte tables and readings: `docs/protocols/itch.md`.

mod message;
mod system;
mod instrument;
mod order;
mod trade;
mod auction;
mod file;

pub use auction::{
    DirectListingPriceDiscovery, IpoQuotingPeriodUpdate, LuldAuctionCollar,
    NetOrderImbalanceIndicator, RetailInterest,
};
pub use file::{BinaryFile, END_OF_SESSION, FileError, MessageLength, write_framed};
pub use instrument::{
    MarketParticipantPosition, OperationalHalt, RegShoRestriction, StockDirectory,
    StockTradingAction,
};
pub use message::{DecodeError, Header, Message};
pub use order::{
    AddOrder, AddOrderMpid, OrderCancel, OrderDelete, OrderExecuted, OrderExecutedWithPrice,
    OrderReplace,
};
pub use system::{MwcbDeclineLevel, MwcbStatus, SystemEvent};
pub use trade::{BrokenTrade, CrossTrade, Trade};
