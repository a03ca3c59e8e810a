//! MoldUDP64: numbered messages in multicast packets, and requests for those that were lost.
//!
//! Without I/O. Byte tables and readings: `docs/protocols/moldudp64.md`.

pub mod packet;
pub mod packer;
pub mod receiver;
#[cfg(test)]
mod recovery;

pub use packer::{Packer, end_of_session, heartbeat};
pub use packet::{
    Downstream, END_OF_SESSION, HEADER_LENGTH, Header, Kind, MAX_PAYLOAD, Messages, PacketError,
    Request,
};
pub use receiver::{Ignored, Receiver, Statistics};
