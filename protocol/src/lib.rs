//! Wire formats and session state machines of the exchange, without I/O.
//!
//! Every message is a zerocopy big-endian struct with a size assertion; decoding borrows, encoding
//! goes into the caller's buffer. Nothing here knows a socket, a clock or a thread.

#![forbid(unsafe_code)]

pub mod price;
pub mod symbol;
pub mod time;
pub mod enums;
pub mod disconnect;
pub mod soupbintcp;
pub mod moldudp64;
pub mod ouch;
pub mod itch;
pub mod glimpse;

pub use disconnect::DisconnectPolicy;
pub use price::Price;
pub use soupbintcp::packet::SessionId;
pub use symbol::{ClOrdId, Mpid, Symbol};
