//! The bytes of the outbound log: file header, chunk header, runs, frames.
//!
//! Little-endian, no padding. A checksum covers what stands behind it, so a length is believed only after its checksum.
//! See `docs/outbound-log.md`.

use engine::command::PortId;
use engine::outbox::Target;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::error::Flaw;

/// Counts incompatible changes of this format.
const VERSION: u32 = 2;
const FILE_MAGIC: [u8; 8] = *b"OBELLOUT";
const CHUNK_MAGIC: [u8; 4] = *b"OBCH";

/// Bytes of the file before its first chunk.
pub(super) const FILE_HEADER: usize = size_of::<FileHeader>();
/// Bytes of a chunk before its runs.
pub(super) const CHUNK_HEADER: usize = size_of::<ChunkHeader>();
/// The longest run: a stream that has more to say in one block has several.
pub(super) const MAX_RUN: usize = 1 << 20;
/// The most runs of a chunk; a bound for what is read on trust.
const MAX_RUNS: usize = 1 << 20;

/// The first bytes of the file; the checksum is of the log id.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct FileHeader {
    magic: [u8; 8],
    version: U32,
    /// CRC-32C.
    checksum: U32,
    log_id: [u8; 16],
}

const _: () = assert!(FILE_HEADER == 32);

impl FileHeader {
    pub(super) fn new(log_id: [u8; 16]) -> Self {
        Self {
            magic: FILE_MAGIC,
            version: U32::new(VERSION),
            checksum: U32::new(crc32c::crc32c(&log_id)),
            log_id,
        }
    }

    /// Returns the log id, or what is wrong with the header.
    pub(super) fn log_id(&self) -> Result<[u8; 16], Flaw> {
        if self.magic != FILE_MAGIC {
            return Err(Flaw::Magic);
        }
        if self.version.get() != VERSION {
            return Err(Flaw::Version { expected: VERSION, found: self.version.get() });
        }
        if self.checksum.get() != crc32c::crc32c(&self.log_id) {
            return Err(Flaw::HeadChecksum);
        }
        Ok(self.log_id)
    }
}

/// The first bytes of a chunk; its runs follow, then their frames.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct ChunkHeader {
    magic: [u8; 4],
    /// CRC-32C of the log id, the rest of this header, and the runs.
    head_checksum: U32,
    /// Bytes of all frames.
    body_length: U64,
    run_count: U32,
    /// The last sequence of the journal block that the messages come from.
    pub(super) last_sequence: U64,
}

const _: () = assert!(CHUNK_HEADER == 28);
const HEAD_CHECKSUM_END: usize = 8;

impl ChunkHeader {
    /// Describes a chunk of these runs.
    pub(super) fn new(log_id: [u8; 16], last_sequence: u64, runs: &[Run]) -> Self {
        let body_length: usize = runs.iter().map(Run::length).sum();
        let mut header = Self {
            magic: CHUNK_MAGIC,
            head_checksum: U32::ZERO,
            body_length: U64::new(widened(body_length)),
            run_count: count(runs.len()),
            last_sequence: U64::new(last_sequence),
        };
        header.head_checksum = U32::new(header.checksum(log_id, runs.as_bytes()));
        header
    }

    /// Checks what must hold before the runs can be read.
    pub(super) fn check_lengths(&self) -> Result<(), Flaw> {
        if self.magic != CHUNK_MAGIC {
            return Err(Flaw::Magic);
        }
        let runs = length(self.run_count);
        let longest = widened(runs).saturating_mul(widened(MAX_RUN));
        if MAX_RUNS < runs || longest < self.body_length.get() {
            return Err(Flaw::Length);
        }
        Ok(())
    }

    /// Compares the checksum of header and runs.
    pub(super) fn check_head(&self, log_id: [u8; 16], runs: &[u8]) -> Result<(), Flaw> {
        match self.head_checksum.get() == self.checksum(log_id, runs) {
            true => Ok(()),
            false => Err(Flaw::HeadChecksum),
        }
    }

    /// Bytes of header and runs.
    pub(super) fn head_length(&self) -> usize {
        CHUNK_HEADER + length(self.run_count) * size_of::<Run>()
    }

    /// Bytes of the whole chunk.
    pub(super) fn chunk_length(&self) -> u64 {
        widened(self.head_length()) + self.body_length.get()
    }

    fn checksum(&self, log_id: [u8; 16], runs: &[u8]) -> u32 {
        let seed = crc32c::crc32c(&log_id);
        let seed = crc32c::crc32c_append(seed, &self.as_bytes()[HEAD_CHECKSUM_END..]);
        crc32c::crc32c_append(seed, runs)
    }
}

/// Says that a chunk holds `count` messages of a stream, from number `first` on, in so many bytes of frames.
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub(super) struct Run {
    /// See [`code`].
    target: U32,
    count: U32,
    first: U64,
    length: U32,
    /// CRC-32C of the frames.
    checksum: U32,
}

const _: () = assert!(size_of::<Run>() == 24);

impl Run {
    /// Describes frames of which the first has number `first`.
    pub(super) fn new(target: Target, first: u64, messages: u32, frames: &[u8]) -> Self {
        Self {
            target: U32::new(code(target)),
            count: U32::new(messages),
            first: U64::new(first),
            length: count(frames.len()),
            checksum: U32::new(crc32c::crc32c(frames)),
        }
    }

    pub(super) fn is_of(&self, target: Target) -> bool {
        self.target.get() == code(target)
    }

    /// The stream, unless there is none of this code.
    pub(super) fn target(&self) -> Result<Target, Flaw> {
        match self.target.get() {
            FEED => Ok(Target::Feed),
            TRADE => Ok(Target::Trade),
            code => {
                let port = u16::try_from(code).map_err(|_| Flaw::UnknownTarget(code))?;
                Ok(Target::Port(PortId(port)))
            }
        }
    }

    pub(super) fn first(&self) -> u64 {
        self.first.get()
    }

    pub(super) fn count(&self) -> u64 {
        u64::from(self.count.get())
    }

    /// The number behind the last one.
    pub(super) fn end(&self) -> u64 {
        self.first().saturating_add(self.count())
    }

    /// Bytes of the frames.
    pub(super) fn length(&self) -> usize {
        length(self.length)
    }

    /// Compares the checksum of the frames.
    pub(super) fn check(&self, frames: &[u8]) -> Result<(), Flaw> {
        match self.checksum.get() == crc32c::crc32c(frames) {
            true => Ok(()),
            false => Err(Flaw::BodyChecksum),
        }
    }
}

const FEED: u32 = 0x0001_0000;
const TRADE: u32 = 0x0001_0001;

/// A stream as it is named in the file: a port by its id, the feed and the trades above all ports.
fn code(target: Target) -> u32 {
    match target {
        Target::Port(port) => u32::from(port.0),
        Target::Feed => FEED,
        Target::Trade => TRADE,
    }
}

fn count(length: usize) -> U32 {
    U32::new(u32::try_from(length).expect("a chunk is a few MiB at most"))
}

fn length(count: U32) -> usize {
    usize::try_from(count.get()).expect("32 bits fit in a usize")
}

/// A length or a count in memory as a distance in the file or a difference of numbers.
pub(super) fn widened(length: usize) -> u64 {
    u64::try_from(length).expect("a length in memory fits in 64 bits")
}
