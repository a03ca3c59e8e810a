//! Tests of the journal: a log in a temporary folder and what should be in it.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::boot::BootId;
use super::{
    Block, Damage, Durability, JournalError, JournalOptions, LogId, Recovery, Writer, create_under,
};

mod damage;
mod durability;
mod random;
mod round_trip;
mod torn;

const LOG_ID: LogId = LogId([7; 16]);
const BOOT: BootId = BootId::for_test(1);
const NEXT_BOOT: BootId = BootId::for_test(2);
const PAGE: usize = 4096;

/// A log and the records of every block that it should give back.
struct Log {
    _folder: TempDir,
    options: JournalOptions,
    blocks: Vec<Vec<Vec<u8>>>,
    block: Block,
}

impl Log {
    fn new(durability: Durability, segment_bytes: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options =
            JournalOptions { dir: folder.path().join("journal"), durability, segment_bytes };
        Self { _folder: folder, options, blocks: Vec::new(), block: Block::new() }
    }

    /// Creates a log and appends blocks with records of the given lengths.
    fn written(durability: Durability, segment_bytes: u64, blocks: &[&[usize]]) -> (Self, Writer) {
        let mut log = Self::new(durability, segment_bytes);
        let mut writer = log.create();
        for lengths in blocks {
            log.append(&mut writer, lengths);
        }
        (log, writer)
    }

    fn create(&self) -> Writer {
        create_under(&self.options, LOG_ID, BOOT).expect("a new log")
    }

    fn next_sequence(&self) -> u64 {
        1 + self.blocks.iter().map(|records| records.len() as u64).sum::<u64>()
    }

    /// Appends one block with records of these lengths; their bytes depend on their sequence
    /// numbers.
    fn append(&mut self, writer: &mut Writer, lengths: &[usize]) {
        let first = self.next_sequence();
        let records: Vec<Vec<u8>> =
            (first..).zip(lengths).map(|(sequence, &length)| record(sequence, length)).collect();
        self.block.open(first, first * 10);
        records.iter().for_each(|record| self.block.push(record));
        writer.append(&self.block).expect("an append");
        self.blocks.push(records);
    }

    fn open_under(&self, boot: BootId) -> Result<Recovery, JournalError> {
        Recovery::open(&self.options, boot)
    }

    fn open(&self) -> Recovery {
        self.open_under(BOOT).expect("an open log")
    }

    /// Reads to the end; every block is as it was written. Returns how many there were.
    fn read(&mut self, recovery: &mut Recovery) -> Result<usize, JournalError> {
        let mut count = 0;
        let mut sequence = 1;
        while recovery.next_block(&mut self.block)? {
            let records: Vec<_> = self.block.records().map(<[u8]>::to_vec).collect();
            assert!(records == self.blocks[count], "block {} is not as written", count + 1);
            assert_eq!(
                (self.block.first_sequence(), self.block.time_ns()),
                (sequence, sequence * 10)
            );
            sequence += records.len() as u64;
            count += 1;
        }
        assert!(self.block.is_empty());
        assert_eq!(self.block.first_sequence(), sequence);
        Ok(count)
    }

    /// Opens, reads everything and goes on.
    fn reopen_under(&mut self, boot: BootId) -> Writer {
        let mut recovery = self.open_under(boot).expect("an open log");
        let count = self.read(&mut recovery).expect("a sound log");
        assert_eq!(count, self.blocks.len());
        assert_eq!(recovery.torn_tail(), None);
        recovery.into_writer().expect("a writer")
    }

    fn reopen(&mut self) -> Writer {
        self.reopen_under(BOOT)
    }

    /// What is wrong with the log, whichever call tells.
    fn damage(&mut self) -> Damage {
        let error = match self.open_under(BOOT) {
            Ok(mut recovery) => self.read(&mut recovery).expect_err("a damaged log"),
            Err(error) => error,
        };
        match error {
            JournalError::Damaged { damage, .. } => damage,
            other => panic!("not damage: {other}"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.options.dir.join(name)
    }

    fn segment(&self, number: u64) -> PathBuf {
        self.path(&format!("{number:06}.seg"))
    }

    fn segment_bytes(&self, number: u64) -> Vec<u8> {
        fs::read(self.segment(number)).expect("a segment")
    }

    /// The names in the folder, sorted.
    fn names(&self) -> Vec<String> {
        let mut names = super::segment::names(&self.options.dir).expect("the folder");
        names.sort_unstable();
        names
    }
}

fn record(sequence: u64, length: usize) -> Vec<u8> {
    let pattern = sequence.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
    pattern.iter().copied().cycle().take(length).collect()
}

/// A small generator of numbers that depend on nothing but the seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("below a usize")
    }

    /// A byte that is not zero.
    fn garbage(&mut self) -> u8 {
        u8::try_from(1 + self.next() % 255).expect("below 256")
    }
}
