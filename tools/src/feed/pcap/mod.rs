//! Classic pcap files: packets as they were on a network, for Wireshark, tcpdump and tshark.
//!
//! A file is a header of 24 bytes, then records: 16 bytes of time and lengths, then the frame.
//!
//! - `reader`: records of either byte order, one after another.
//! - `frame`: finds the UDP payload in a frame.
//! - `writer`: datagrams as records, with all that stands before them on a network.

mod reader;
mod frame;
mod writer;

pub(super) use frame::{is_known, udp};
pub(super) use reader::{Reader, is_pcap};
pub(super) use writer::Writer;

/// The first four bytes of a file as a number: times have microseconds.
const MICROSECONDS: u32 = 0xA1B2_C3D4;
/// The same with nanoseconds.
const NANOSECONDS: u32 = 0xA1B2_3C4D;
/// Frames are Ethernet frames.
const ETHERNET: u32 = 1;
/// The longest frame that a record may hold.
const LONGEST_FRAME: u32 = 262_144;
