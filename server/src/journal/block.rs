//! The block: the records that are committed together.
//!
//! The sequencer builds a block in place, the journal writes it whole, recovery reads it back. One
//! block is used for ever: after the first use it allocates nothing.

use super::layout::{BLOCK_HEADER, padded};

/// The largest block on disk in bytes: header, payload and padding. A multiple of 4096.
pub const MAX_BLOCK: usize = 1 << 20;

/// The most payload bytes a block takes, the prefixes of its records included.
pub const MAX_PAYLOAD: usize = MAX_BLOCK - BLOCK_HEADER;

/// Bytes in front of each record in the payload: its length, little-endian.
pub const RECORD_PREFIX: usize = size_of::<u16>();

const _: () = assert!(MAX_BLOCK.is_multiple_of(4096));
const _: () = assert!(MAX_PAYLOAD <= u32::MAX as usize);

/// Consecutive records, committed together or not at all.
#[derive(Clone, Debug)]
pub struct Block {
    first_sequence: u64,
    time_ns: u64,
    count: u32,
    payload: Vec<u8>,
}

impl Block {
    /// Builds an empty block with all the memory it will ever need (1 MiB).
    pub fn new() -> Self {
        Self { first_sequence: 1, time_ns: 0, count: 0, payload: Vec::with_capacity(MAX_PAYLOAD) }
    }

    /// Empties the block and gives it the number of its first record and the UTC nanoseconds its
    /// records count from.
    pub fn open(&mut self, first_sequence: u64, time_ns: u64) {
        assert!(1 <= first_sequence, "sequence numbers start at 1");
        self.first_sequence = first_sequence;
        self.time_ns = time_ns;
        self.count = 0;
        self.payload.clear();
    }

    /// Tells whether one more record of `payload_bytes` bytes fits, its length prefix included.
    pub fn has_room(&self, payload_bytes: usize) -> bool {
        payload_bytes <= MAX_PAYLOAD - RECORD_PREFIX
            && self.payload.len() + RECORD_PREFIX + payload_bytes <= MAX_PAYLOAD
    }

    /// Appends one record and counts it.
    ///
    /// # Panics
    ///
    /// When the record is longer than 65,535 bytes or `has_room` denies it: both are mistakes of
    /// the caller.
    pub fn push(&mut self, record: &[u8]) {
        self.push_with(|out| out.extend_from_slice(record));
    }

    /// Appends one record, which `write` puts behind what is there, and counts it.
    ///
    /// # Panics
    ///
    /// As for [`Block::push`].
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let prefix = self.payload.len();
        self.payload.extend_from_slice(&[0; RECORD_PREFIX]);
        let start = self.payload.len();
        write(&mut self.payload);
        assert!(self.payload.len() <= MAX_PAYLOAD, "a block takes only what it has room for");
        let length = u16::try_from(self.payload.len() - start)
            .expect("a record is at most 65,535 bytes long");
        self.payload[prefix..start].copy_from_slice(&length.to_le_bytes());
        self.count += 1;
    }

    /// The records in order, without their prefixes.
    pub fn records(&self) -> Records<'_> {
        Records { rest: &self.payload }
    }

    /// Bytes of all records and their prefixes.
    pub fn payload_len(&self) -> usize {
        self.payload.len()
    }

    /// Bytes of the block on disk: header, payload and padding.
    pub fn disk_len(&self) -> usize {
        padded(self.payload.len())
    }

    /// Tells whether the block holds no record.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The sequence number of the first record.
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }

    /// The sequence number of the last record; of an empty block, the number before its first.
    pub fn last_sequence(&self) -> u64 {
        self.first_sequence - 1 + u64::from(self.count)
    }

    /// How many records the block holds.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The UTC nanoseconds the records of this block count from.
    pub fn time_ns(&self) -> u64 {
        self.time_ns
    }

    /// The payload as it stands on disk.
    pub(super) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Takes over what a header on disk says and lends the payload to be read into.
    pub(super) fn restore(
        &mut self,
        first_sequence: u64,
        time_ns: u64,
        count: u32,
        length: usize,
    ) -> &mut [u8] {
        assert!(length <= MAX_PAYLOAD, "the reader refuses longer payloads");
        self.open(first_sequence, time_ns);
        self.count = count;
        self.payload.resize(length, 0);
        &mut self.payload
    }

    /// Tells whether the payload is exactly as many whole records as the block counts.
    pub(super) fn adds_up(&self) -> bool {
        let mut records = self.records();
        let whole = records.by_ref().count();
        records.rest.is_empty() && u32::try_from(whole) == Ok(self.count)
    }
}

impl Default for Block {
    fn default() -> Self {
        Self::new()
    }
}

/// The records of one block, in order.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (prefix, rest) = self.rest.split_first_chunk::<RECORD_PREFIX>()?;
        let (record, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*prefix)))?;
        self.rest = rest;
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_order_and_are_counted() {
        let mut block = Block::new();
        block.open(41, 7);
        assert!(block.is_empty());
        assert_eq!(block.last_sequence(), 40);
        for record in [&b"enter"[..], b"", b"cancel"] {
            block.push(record);
        }
        assert_eq!(block.records().collect::<Vec<_>>(), [&b"enter"[..], b"", b"cancel"]);
        assert_eq!((block.count(), block.payload_len(), block.time_ns()), (3, 17, 7));
        assert_eq!((block.first_sequence(), block.last_sequence()), (41, 43));
        assert!(block.adds_up());
    }

    #[test]
    fn a_full_block_has_no_room_and_opening_empties_it_without_allocating() {
        let mut block = Block::new();
        let capacity = block.payload.capacity();
        block.open(1, 0);
        let record = [7; 1000];
        while block.has_room(record.len()) {
            block.push(&record);
        }
        let left = MAX_PAYLOAD - block.payload_len();
        assert!(left < record.len() + RECORD_PREFIX);
        assert!(block.has_room(left - RECORD_PREFIX));
        assert!(!block.has_room(left - RECORD_PREFIX + 1));
        assert!(!block.has_room(usize::MAX));
        block.open(2, 0);
        assert!(block.is_empty());
        assert_eq!(block.payload.capacity(), capacity);
    }

    #[test]
    fn a_payload_that_does_not_add_up_is_seen() {
        let mut block = Block::new();
        block.restore(1, 0, 1, 4).copy_from_slice(&[2, 0, b'a', b'b']);
        assert!(block.adds_up());
        for (count, payload) in
            [(2, &[2, 0, b'a', b'b'][..]), (1, &[3, 0, b'a', b'b']), (1, &[0, 0, 9]), (0, &[0, 0])]
        {
            block.restore(1, 0, count, payload.len()).copy_from_slice(payload);
            assert!(!block.adds_up(), "{count} {payload:?}");
        }
    }
}
