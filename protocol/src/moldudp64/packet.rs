//! MoldUDP64 packets: a header of 20 bytes, then numbered messages, or a request for some of them.
//!
//! Decoding borrows, and takes a packet whole or not at all: every block is checked before the
//! first message is handed out. See `docs/protocols/moldudp64.md`, "Packets".

use thiserror::Error;
use zerocopy::big_endian::{U16, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Bytes of a header, and of a request.
pub const HEADER_LENGTH: usize = 20;
/// The longest UDP payload that is sent: 1,500 bytes of Ethernet less 20 (IPv4) and 8 (UDP).
pub const MAX_PAYLOAD: usize = 1_472;
/// The message count of an End of Session packet.
pub const END_OF_SESSION: u16 = 0xFFFF;
/// The most messages in one packet.
pub const MAX_MESSAGE_COUNT: u16 = END_OF_SESSION - 1;
/// Bytes before each message: its length.
pub const BLOCK_HEADER_LENGTH: usize = 2;

/// The first 20 bytes of every downstream packet, big-endian.
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct Header {
    /// ASCII, padded on the right with spaces.
    pub session: [u8; 10],
    /// Number of the first message, or of the next one to be sent when there is none.
    pub sequence_number: U64,
    /// 0: heartbeat; [`END_OF_SESSION`].
    pub message_count: U16,
}

const _: () = assert!(size_of::<Header>() == HEADER_LENGTH);

impl Header {
    /// Builds the header.
    pub fn new(session: [u8; 10], sequence_number: u64, message_count: u16) -> Self {
        Self {
            session,
            sequence_number: U64::new(sequence_number),
            message_count: U16::new(message_count),
        }
    }
}

/// What a downstream packet is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Heartbeat,
    /// That many messages, at least one.
    Data(u16),
    EndOfSession,
}

/// A packet from the transmitter, or the answer to a request.
#[derive(Clone, Copy, Debug)]
pub struct Downstream<'a> {
    header: &'a Header,
    blocks: &'a [u8],
}

impl<'a> Downstream<'a> {
    /// Takes a whole UDP payload.
    ///
    /// # Errors
    ///
    /// It is shorter than a header, its blocks do not end with it, a heartbeat or an End of Session
    /// has blocks, or its numbers pass 64 bits.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, PacketError> {
        let (header, blocks) = Header::ref_from_prefix(bytes)
            .map_err(|_| PacketError::HeaderLength { actual: bytes.len() })?;
        let packet = Self { header, blocks };
        let count = packet.count();
        if header.sequence_number.get().checked_add(u64::from(count)).is_none() {
            return Err(PacketError::NumbersExhausted);
        }
        let mut rest = blocks;
        for index in 0..count {
            let (_, after) = split_block(rest).ok_or(PacketError::BlockCutShort { index })?;
            rest = after;
        }
        if !rest.is_empty() {
            return Err(PacketError::BytesLeft { actual: rest.len() });
        }
        Ok(packet)
    }

    /// Returns the session, padded as it came.
    pub fn session(&self) -> [u8; 10] {
        self.header.session
    }

    /// Returns the number of the first message, or of the next one to be sent when there is none.
    pub fn sequence_number(&self) -> u64 {
        self.header.sequence_number.get()
    }

    /// Returns the number after the last message of the packet.
    pub fn next_number(&self) -> u64 {
        self.sequence_number() + u64::from(self.count())
    }

    /// Tells what the packet is.
    pub fn kind(&self) -> Kind {
        match self.header.message_count.get() {
            0 => Kind::Heartbeat,
            END_OF_SESSION => Kind::EndOfSession,
            count => Kind::Data(count),
        }
    }

    /// Returns the messages with their numbers.
    pub fn messages(&self) -> Messages<'a> {
        Messages { number: self.sequence_number(), blocks: self.blocks }
    }

    fn count(&self) -> u16 {
        match self.kind() {
            Kind::Data(count) => count,
            Kind::Heartbeat | Kind::EndOfSession => 0,
        }
    }
}

/// The messages of a packet with their numbers.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    number: u64,
    blocks: &'a [u8],
}

impl<'a> Iterator for Messages<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (message, rest) = split_block(self.blocks)?;
        let number = self.number;
        self.number += 1;
        self.blocks = rest;
        Some((number, message))
    }
}

/// A request for messages again, and the whole of its packet: 20 bytes, big-endian.
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct Request {
    /// ASCII, padded on the right with spaces.
    pub session: [u8; 10],
    /// First message wanted.
    pub sequence_number: U64,
    /// Messages wanted; 0xFFFF means that number and nothing else.
    pub requested_message_count: U16,
}

const _: () = assert!(size_of::<Request>() == HEADER_LENGTH);

impl Request {
    /// Builds the request.
    pub fn new(session: [u8; 10], sequence_number: u64, requested_message_count: u16) -> Self {
        Self {
            session,
            sequence_number: U64::new(sequence_number),
            requested_message_count: U16::new(requested_message_count),
        }
    }

    /// Takes a whole UDP payload; what it asks for is not checked.
    ///
    /// # Errors
    ///
    /// It is not 20 bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, PacketError> {
        Self::read_from_bytes(bytes).map_err(|_| PacketError::RequestLength { actual: bytes.len() })
    }

    /// Returns the packet.
    pub fn encode(&self) -> [u8; HEADER_LENGTH] {
        zerocopy::transmute!(*self)
    }
}

/// Why a UDP payload is not a packet.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PacketError {
    #[error("packet of {actual} bytes is shorter than its header of 20")]
    HeaderLength { actual: usize },
    #[error("request is {actual} bytes, expected 20")]
    RequestLength { actual: usize },
    #[error("message block {index} runs past the end of the packet")]
    BlockCutShort { index: u16 },
    #[error("{actual} bytes after the last message block")]
    BytesLeft { actual: usize },
    #[error("sequence number over 64 bits")]
    NumbersExhausted,
}

/// Splits off the first message.
pub(super) fn split_block(blocks: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = blocks.split_first_chunk::<BLOCK_HEADER_LENGTH>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    /// Session `000010059B`, number 14,757,721, two messages: `ABC` and an empty one.
    const DATA: &[u8] = b"000010059B\0\0\0\0\0\xE1\x2F\x59\0\x02\0\x03ABC\0\0";
    const HEARTBEAT: &[u8; 20] = b"000010059B\0\0\0\0\0\0\0\x07\0\0";
    const END: &[u8; 20] = b"000010059B\0\0\0\0\0\0\0\x07\xFF\xFF";

    #[test]
    fn a_data_packet_is_these_bytes() {
        let packet = Downstream::decode(DATA).expect("well formed");
        assert_eq!(&packet.session(), b"000010059B");
        assert_eq!(packet.kind(), Kind::Data(2));
        assert_eq!(packet.sequence_number(), 14_757_721);
        assert_eq!(packet.next_number(), 14_757_723);
        let expected: [(u64, &[u8]); 2] = [(14_757_721, b"ABC"), (14_757_722, b"")];
        assert!(packet.messages().eq(expected));
    }

    #[test]
    fn a_heartbeat_and_an_end_of_session_are_a_header_alone() {
        for (bytes, kind) in [(HEARTBEAT, Kind::Heartbeat), (END, Kind::EndOfSession)] {
            let packet = Downstream::decode(bytes).expect("well formed");
            assert_eq!(packet.kind(), kind);
            assert_eq!(packet.sequence_number(), 7);
            assert_eq!(packet.next_number(), 7);
            assert_eq!(packet.messages().count(), 0);
        }
    }

    #[test]
    fn every_other_length_is_refused() {
        for packet in [DATA, HEARTBEAT, END] {
            for cut in 0..packet.len() {
                assert!(Downstream::decode(&packet[..cut]).is_err(), "cut at {cut}");
            }
            let longer = [packet, b"\0"].concat();
            let left = Downstream::decode(&longer).map(|packet| packet.kind());
            assert_eq!(left, Err(PacketError::BytesLeft { actual: 1 }));
        }
        let refused = |cut| Downstream::decode(&DATA[..cut]).map(|packet| packet.kind());
        assert_eq!(refused(19), Err(PacketError::HeaderLength { actual: 19 }));
        assert_eq!(refused(24), Err(PacketError::BlockCutShort { index: 0 }));
        assert_eq!(refused(26), Err(PacketError::BlockCutShort { index: 1 }));
    }

    #[test]
    fn numbers_stay_within_64_bits() {
        let with_number = |number: u64| {
            let mut bytes = DATA.to_vec();
            bytes[10..18].copy_from_slice(&number.to_be_bytes());
            Downstream::decode(&bytes).map(|packet| packet.next_number())
        };
        assert_eq!(with_number(u64::MAX - 2), Ok(u64::MAX));
        assert_eq!(with_number(u64::MAX - 1), Err(PacketError::NumbersExhausted));
    }

    #[test]
    fn a_request_is_these_20_bytes_and_no_others() {
        let golden = b"000010059B\0\0\0\0\0\0\x01\x02\xFF\xFF";
        let request = Request::new(*b"000010059B", 258, 65_535);
        assert_eq!(&request.encode(), golden);
        assert_eq!(Request::decode(golden), Ok(request));
        for length in (0..60).filter(|&length| length != HEADER_LENGTH) {
            let refused = Request::decode(&[0; 60][..length]);
            assert_eq!(refused, Err(PacketError::RequestLength { actual: length }));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(411),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_bytes_are_a_packet_or_refused(
            number: u64, count in prop_oneof![0_u16..5, any::<u16>()], blocks in vec(0_u8..4, 0..30),
        ) {
            let header = Header::new(*b"000010059B", number, count);
            let bytes = [header.as_bytes(), &blocks].concat();
            if let Ok(packet) = Downstream::decode(&bytes) {
                let messages = packet.messages().map(|(_, message)| message.len());
                let total: usize = messages.map(|length| length + BLOCK_HEADER_LENGTH).sum();
                prop_assert_eq!(total, blocks.len());
            }
        }

        #[test]
        fn requests_survive_the_wire(session: [u8; 10], number: u64, count: u16) {
            let request = Request::new(session, number, count);
            prop_assert_eq!(Request::decode(&request.encode()), Ok(request));
        }
    }
}
