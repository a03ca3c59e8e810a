//! Market data on the network: ITCH in MoldUDP64 packets, lost ones again on request.
//!
//! - `publisher`: packs the feed's messages, sends heartbeats and the end of the session.
//! - `line`: the packets that wait and the sockets of lines A and B that they leave by.
//! - `retransmit`: answers those who ask for messages again.
//! - `rate`: how often one address may ask.
//!
//! The publisher runs with egress and never blocks; retransmission runs with everything slow. Bytes and
//! readings: `docs/protocols/moldudp64.md`.

mod line;
mod publisher;
mod rate;
mod retransmit;

pub use publisher::Publisher;
pub use retransmit::Retransmit;

#[cfg(test)]
mod tests;
