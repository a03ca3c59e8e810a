//! Packs messages into downstream packets.
//!
//! A packet holds whole messages only and never passes the limit on its size; where one packet ends
//! and the next begins is not part of the stream.

use zerocopy::IntoBytes;

use super::packet::{
    BLOCK_HEADER_LENGTH, END_OF_SESSION, HEADER_LENGTH, Header, MAX_MESSAGE_COUNT, split_block,
};

/// How much went into a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packed {
    /// Messages.
    pub count: u16,
    /// Bytes of their blocks.
    pub bytes: usize,
}

/// Builds one packet at a time in a buffer it keeps.
#[derive(Clone, Debug)]
pub struct Packer {
    session: [u8; 10],
    max_payload: usize,
    number: u64,
    count: u16,
    packet: Vec<u8>,
}

impl Packer {
    /// Packs for `session`, into UDP payloads of at most `max_payload` bytes, header included.
    pub fn new(session: [u8; 10], max_payload: usize) -> Self {
        assert!(HEADER_LENGTH + BLOCK_HEADER_LENGTH <= max_payload, "a packet holds a message");
        let mut packet = Vec::with_capacity(max_payload);
        packet.resize(HEADER_LENGTH, 0);
        Self { session, max_payload, number: 1, count: 0, packet }
    }

    /// Begins a new packet, whose first message has this number.
    pub fn start(&mut self, number: u64) {
        self.packet.truncate(HEADER_LENGTH);
        self.number = number;
        self.count = 0;
    }

    /// Adds the next message, or tells that it does not fit any more.
    ///
    /// A message that does not fit an empty packet never will: see [`Packer::longest_message`].
    #[must_use = "a message that does not fit belongs into the next packet"]
    pub fn push(&mut self, message: &[u8]) -> bool {
        let room = self.max_payload - self.packet.len();
        let Ok(length) = u16::try_from(message.len()) else { return false };
        if self.count == MAX_MESSAGE_COUNT || room < BLOCK_HEADER_LENGTH + message.len() {
            return false;
        }
        self.packet.extend_from_slice(&length.to_be_bytes());
        self.packet.extend_from_slice(message);
        self.count += 1;
        true
    }

    /// Adds as many of the next messages, given as message blocks, as fit.
    ///
    /// None does when the first one does not fit any more, or there is no whole block.
    #[must_use = "what does not fit belongs into the next packet"]
    pub fn push_blocks(&mut self, blocks: &[u8]) -> Packed {
        let room = self.max_payload - self.packet.len();
        let mut packed = Packed { count: 0, bytes: 0 };
        while self.count + packed.count < MAX_MESSAGE_COUNT
            && let Some((_, rest)) = split_block(&blocks[packed.bytes..])
            && blocks.len() - rest.len() <= room
        {
            packed = Packed { count: packed.count + 1, bytes: blocks.len() - rest.len() };
        }
        self.packet.extend_from_slice(&blocks[..packed.bytes]);
        self.count += packed.count;
        packed
    }

    /// Returns the packet; without a message it is a heartbeat.
    pub fn finish(&mut self) -> &[u8] {
        let header = Header::new(self.session, self.number, self.count);
        self.packet[..HEADER_LENGTH].copy_from_slice(header.as_bytes());
        &self.packet
    }

    /// Returns the number of messages in the packet.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// Returns the most bytes a message may have.
    pub fn longest_message(&self) -> usize {
        (self.max_payload - HEADER_LENGTH - BLOCK_HEADER_LENGTH).min(usize::from(u16::MAX))
    }
}

/// Returns a heartbeat: nothing was sent for a while, `next` will be the next message.
pub fn heartbeat(session: [u8; 10], next: u64) -> [u8; HEADER_LENGTH] {
    zerocopy::transmute!(Header::new(session, next, 0))
}

/// Returns an End of Session: `next` is one past the last message.
pub fn end_of_session(session: [u8; 10], next: u64) -> [u8; HEADER_LENGTH] {
    zerocopy::transmute!(Header::new(session, next, END_OF_SESSION))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::super::packet::{Downstream, Kind, MAX_PAYLOAD};
    use super::*;

    const SESSION: [u8; 10] = *b"2611220001";

    #[test]
    fn a_packet_is_these_bytes() {
        let mut packer = Packer::new(SESSION, MAX_PAYLOAD);
        packer.start(258);
        assert!(packer.push(b"ABC"));
        assert!(packer.push(b""));
        assert_eq!(packer.finish(), b"2611220001\0\0\0\0\0\0\x01\x02\0\x02\0\x03ABC\0\0");
    }

    #[test]
    fn blocks_go_in_as_they_are_until_one_does_not_fit() {
        let mut packer = Packer::new(SESSION, 32);
        packer.start(258);
        let blocks = b"\0\x03ABC\0\0\0\x04DEFG\0\0";
        assert_eq!(packer.push_blocks(blocks), Packed { count: 2, bytes: 7 });
        assert_eq!(packer.finish(), b"2611220001\0\0\0\0\0\0\x01\x02\0\x02\0\x03ABC\0\0");
        assert_eq!(packer.push_blocks(&blocks[7..]), Packed { count: 0, bytes: 0 });
        packer.start(260);
        assert_eq!(packer.push_blocks(&blocks[7..]), Packed { count: 2, bytes: 8 });
        assert_eq!(packer.push_blocks(b"\0\x03AB"), Packed { count: 0, bytes: 0 });
    }

    #[test]
    fn heartbeat_and_end_of_session_are_these_bytes() {
        assert_eq!(&heartbeat(SESSION, 7), b"2611220001\0\0\0\0\0\0\0\x07\0\0");
        assert_eq!(&end_of_session(SESSION, 7), b"2611220001\0\0\0\0\0\0\0\x07\xFF\xFF");
    }

    #[test]
    fn a_packet_never_passes_its_limit() {
        let mut packer = Packer::new(SESSION, MAX_PAYLOAD);
        packer.start(1);
        // The captured packets of 1,472 bytes hold 38 messages of 36 bytes and 8 more bytes.
        while packer.push(&[0; 36]) {}
        assert_eq!(packer.count(), 38);
        assert!(packer.push(&[0; 6]));
        assert!(!packer.push(b""));
        assert_eq!(packer.finish().len(), MAX_PAYLOAD);
    }

    #[test]
    fn the_longest_message_fits_an_empty_packet_only() {
        let mut packer = Packer::new(SESSION, MAX_PAYLOAD);
        assert_eq!(packer.longest_message(), 1_450);
        packer.start(1);
        assert!(!packer.push(&[0; 1_451]));
        assert!(packer.push(&[0; 1_450]));
        packer.start(2);
        assert!(packer.push(b""));
        assert!(!packer.push(&[0; 1_450]));
    }

    #[test]
    fn the_count_stops_short_of_the_end_of_session_mark() {
        let mut packer = Packer::new(SESSION, 200_000);
        assert_eq!(packer.longest_message(), 65_535);
        packer.start(1);
        while packer.push(b"") {}
        assert_eq!(packer.count(), 65_534);
        let packet = Downstream::decode(packer.finish()).expect("well formed");
        assert_eq!(packet.kind(), Kind::Data(65_534));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(412),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn messages_survive_the_wire(
            first in 1..u64::MAX / 2,
            messages in vec(vec(any::<u8>(), 0..40), 0..200),
            limit in 62_usize..300,
        ) {
            let mut packer = Packer::new(SESSION, limit);
            let mut read = Vec::new();
            let mut waiting = messages.iter().peekable();
            while waiting.peek().is_some() {
                packer.start(first + u64::try_from(read.len()).expect("small"));
                while waiting.next_if(|message| packer.push(message)).is_some() {}
                let packet = packer.finish();
                prop_assert!(packet.len() <= limit);
                let packet = Downstream::decode(packet).expect("well formed");
                read.extend(packet.messages().map(|(number, message)| (number, message.to_vec())));
            }
            prop_assert!(read.into_iter().eq((first..).zip(messages)));
        }
    }
}
