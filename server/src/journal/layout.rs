//! The bytes of a journal on disk: segment header, block header, clean-stop mark.
//!
//! Little-endian, no padding inside. All three begin with the same prelude, whose checksum covers
//! everything but itself. See `docs/journal-format.md`.

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::block::{Block, MAX_PAYLOAD};
use super::error::Flaw;
use super::{Durability, LogId};

/// Everything on disk starts at a multiple of this many bytes.
pub(super) const PAGE: usize = 4096;
/// The same as a file offset.
pub(super) const PAGE_BYTES: u64 = PAGE as u64;
/// Bytes in front of the payload of a block.
pub(super) const BLOCK_HEADER: usize = size_of::<BlockHeader>();
/// Counts incompatible changes of this format.
pub(super) const VERSION: u32 = 1;

/// What a page is before anything is written to it.
pub(super) const BLANK: [u8; PAGE] = [0; PAGE];

const SEGMENT_MAGIC: [u8; 8] = *b"OBELLSEG";
const BLOCK_MAGIC: [u8; 8] = *b"OBELLBLK";
const STOP_MAGIC: [u8; 8] = *b"OBELLEND";
const CHECKSUM_START: usize = 12;
const CHECKSUM_END: usize = 16;

/// The first 16 bytes of everything.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Prelude {
    magic: [u8; 8],
    version: U32,
    /// CRC-32C.
    checksum: U32,
}

const _: () = assert!(size_of::<Prelude>() == CHECKSUM_END);

impl Prelude {
    fn new(magic: [u8; 8]) -> Self {
        Self { magic, version: U32::new(VERSION), checksum: U32::ZERO }
    }

    /// Compares magic and version.
    fn check(&self, magic: [u8; 8]) -> Result<(), Flaw> {
        if self.magic != magic {
            return Err(Flaw::Magic);
        }
        match self.version.get() {
            VERSION => Ok(()),
            found => Err(Flaw::Version { expected: VERSION, found }),
        }
    }

    fn check_sum(&self, actual: u32) -> Result<(), Flaw> {
        match self.checksum.get() {
            expected if expected == actual => Ok(()),
            expected => Err(Flaw::Checksum { expected, actual }),
        }
    }
}

/// Continues a CRC-32C over bytes that begin with a prelude, leaving out the checksum itself.
fn checksum(seed: u32, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(
        crc32c::crc32c_append(seed, &bytes[..CHECKSUM_START]),
        &bytes[CHECKSUM_END..],
    )
}

/// The first page of a segment. The rest of the page is zero and covered by the checksum.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct SegmentHeader {
    prelude: Prelude,
    pub(super) log_id: [u8; 16],
    pub(super) segment: U64,
    /// UTC nanoseconds, for people only.
    pub(super) created_ns: U64,
    /// The kernel's boot id, all zero where there is none.
    pub(super) boot_id: [u8; 16],
    durability: u8,
}

const _: () = assert!(size_of::<SegmentHeader>() == 65);

impl SegmentHeader {
    pub(super) fn new(
        log_id: LogId,
        segment: u64,
        created_ns: u64,
        boot_id: [u8; 16],
        durability: Durability,
    ) -> Self {
        Self {
            prelude: Prelude::new(SEGMENT_MAGIC),
            log_id: log_id.0,
            segment: U64::new(segment),
            created_ns: U64::new(created_ns),
            boot_id,
            durability: durability.code(),
        }
    }

    /// The whole page, checksum included.
    pub(super) fn to_page(self) -> [u8; PAGE] {
        let mut page = [0; PAGE];
        page[..size_of::<Self>()].copy_from_slice(self.as_bytes());
        let sum = checksum(0, &page);
        page[CHECKSUM_START..CHECKSUM_END].copy_from_slice(&sum.to_le_bytes());
        page
    }

    /// Reads the page of segment number `segment`.
    pub(super) fn from_page(page: &[u8; PAGE], segment: u64) -> Result<Self, Flaw> {
        let (header, _) = Self::read_from_prefix(page).expect("a page is longer than a header");
        header.prelude.check(SEGMENT_MAGIC)?;
        header.prelude.check_sum(checksum(0, page))?;
        if Durability::from_code(header.durability).is_none() {
            return Err(Flaw::Durability(header.durability));
        }
        match header.segment.get() {
            found if found == segment => Ok(header),
            found => Err(Flaw::Segment { expected: segment, found }),
        }
    }

    pub(super) fn durability(&self) -> Durability {
        Durability::from_code(self.durability).expect("checked when the page was read")
    }
}

/// What stands in front of a payload. The checksum covers the payload, then the header.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct BlockHeader {
    prelude: Prelude,
    log_id: [u8; 16],
    segment: U64,
    pub(super) block: U64,
    pub(super) first_sequence: U64,
    pub(super) time_ns: U64,
    pub(super) count: U32,
    payload_length: U32,
}

const _: () = assert!(size_of::<BlockHeader>() == 72);

impl BlockHeader {
    /// Describes `block` as number `number` of the log, standing in `segment`.
    pub(super) fn new(log_id: LogId, segment: u64, number: u64, block: &Block) -> Self {
        let length = u32::try_from(block.payload_len()).expect("a payload is at most 1 MiB");
        let mut header = Self {
            prelude: Prelude::new(BLOCK_MAGIC),
            log_id: log_id.0,
            segment: U64::new(segment),
            block: U64::new(number),
            first_sequence: U64::new(block.first_sequence()),
            time_ns: U64::new(block.time_ns()),
            count: U32::new(block.count()),
            payload_length: U32::new(length),
        };
        header.prelude.checksum =
            U32::new(checksum(crc32c::crc32c(block.payload()), header.as_bytes()));
        header
    }

    /// Checks what can be told without the payload.
    pub(super) fn check(&self, log_id: LogId, segment: u64) -> Result<(), Flaw> {
        if self.as_bytes() == &BLANK[..BLOCK_HEADER] {
            return Err(Flaw::Blank);
        }
        self.prelude.check(BLOCK_MAGIC)?;
        if self.log_id != log_id.0 {
            return Err(Flaw::ForeignLog { found: LogId(self.log_id) });
        }
        if self.segment.get() != segment {
            return Err(Flaw::Segment { expected: segment, found: self.segment.get() });
        }
        if self.payload_length() > MAX_PAYLOAD {
            return Err(Flaw::Length(self.payload_length.get()));
        }
        // No block is empty, so numbers start at 1 and their last one can be told.
        match self.first_sequence.get().checked_add(u64::from(self.count.get())) {
            Some(next) if self.first_sequence.get() != 0 && self.count.get() != 0 && next != 0 => {
                Ok(())
            }
            _ => Err(Flaw::Records),
        }
    }

    /// Compares the checksum with the payload whose CRC-32C is `payload_checksum`.
    pub(super) fn check_sum(&self, payload_checksum: u32) -> Result<(), Flaw> {
        self.prelude.check_sum(checksum(payload_checksum, self.as_bytes()))
    }

    pub(super) fn payload_length(&self) -> usize {
        usize::try_from(self.payload_length.get()).expect("32 bits fit in a usize")
    }
}

/// Bytes on disk of a block with so long a payload: header, payload, padding.
pub(super) fn padded(payload_length: usize) -> usize {
    (BLOCK_HEADER + payload_length).next_multiple_of(PAGE)
}

/// Says that the log was stopped in good order and that everything up to `block` is on disk.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct StopMark {
    prelude: Prelude,
    log_id: [u8; 16],
    pub(super) block: U64,
    sequence: U64,
}

const _: () = assert!(size_of::<StopMark>() == 48);

impl StopMark {
    pub(super) fn new(log_id: LogId, block: u64, sequence: u64) -> Self {
        let mut mark = Self {
            prelude: Prelude::new(STOP_MAGIC),
            log_id: log_id.0,
            block: U64::new(block),
            sequence: U64::new(sequence),
        };
        mark.prelude.checksum = U32::new(checksum(0, mark.as_bytes()));
        mark
    }

    /// Reads the whole file of a mark that should belong to `log_id`.
    pub(super) fn decode(bytes: &[u8], log_id: LogId) -> Result<Self, Flaw> {
        let mark = Self::read_from_bytes(bytes).map_err(|_| Flaw::Magic)?;
        mark.prelude.check(STOP_MAGIC)?;
        mark.prelude.check_sum(checksum(0, bytes))?;
        if mark.log_id != log_id.0 {
            return Err(Flaw::ForeignLog { found: LogId(mark.log_id) });
        }
        Ok(mark)
    }
}
