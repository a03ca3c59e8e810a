//! What a round of the hot thread makes: records for the journal, and all that goes out once they are durable.

use protocol::ouch;
use zerocopy::{Immutable, IntoBytes};

use crate::feed::Packets;

/// Requests and their consequences, up to the next commit.
pub(super) struct Batch {
    /// For the journal; empty in a run without one.
    pub(super) records: Vec<u8>,
    /// SoupBinTCP packets for each connection.
    pub(super) replies: Vec<Vec<u8>>,
    pub(super) packets: Packets,
    keeps: Keeps,
    requests: u64,
}

/// What of a batch is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Keeps {
    pub(super) records: bool,
    pub(super) packets: bool,
}

impl Batch {
    pub(super) fn new(connections: usize, keeps: Keeps) -> Self {
        Self {
            records: Vec::new(),
            replies: vec![Vec::new(); connections],
            packets: Packets::default(),
            keeps,
            requests: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests == 0
    }

    /// Notes a request as the journal keeps it.
    #[inline]
    pub(super) fn record(&mut self, sequence: u64, connection: u32, message: &[u8]) {
        self.requests += 1;
        if !self.keeps.records {
            return;
        }
        let length = u16::try_from(message.len()).expect("a request is short");
        self.records.extend_from_slice(&sequence.to_le_bytes());
        self.records.extend_from_slice(&connection.to_le_bytes());
        self.records.extend_from_slice(&length.to_le_bytes());
        self.records.extend_from_slice(message);
    }

    /// Adds a message for a connection, with an empty appendage as the venue sends it.
    #[inline]
    pub(super) fn reply<M: Immutable + IntoBytes>(&mut self, connection: u32, message: &M) {
        let out = &mut self.replies[connection as usize];
        let length = u16::try_from(1 + size_of::<M>() + 2).expect("a reply is short");
        out.extend_from_slice(&length.to_be_bytes());
        out.push(b'S');
        ouch::encode(message, Some(&[]), out);
    }

    /// Adds a message for the market.
    #[inline]
    pub(super) fn publish(&mut self, number: u64, message: &[u8]) {
        if self.keeps.packets {
            self.packets.push(number, message);
        }
    }

    /// Forgets everything but the room it took.
    pub(super) fn clear(&mut self) {
        self.requests = 0;
        self.records.clear();
        self.replies.iter_mut().for_each(Vec::clear);
        self.packets.clear();
    }
}
