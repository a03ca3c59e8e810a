//! SoupBinTCP: the session layer over TCP, both ends, without I/O.
//!
//! Speaks version 3.00 and also takes the longer Login Request of 4.10. Byte tables and readings:
//! `docs/protocols/soupbintcp.md`.

pub mod packet;
mod login;
mod field;
mod session;
pub mod server;
pub mod client;
pub mod codec;
#[cfg(test)]
mod conformance;

pub use client::{ClientEvent, ClientSession};
pub use codec::{ClientCodec, CodecError, OwnedClientPacket, OwnedServerPacket, ServerCodec};
pub use packet::{
    ClientPacket, LoginAccepted, LoginError, LoginRejectReason, LoginRequest, MAX_PAYLOAD,
    PacketError, ResumeError, ServerPacket, SessionId, sequenced_header,
};
pub use server::{ServerEvent, ServerSession};
pub use session::{Due, Limits, Violation};
