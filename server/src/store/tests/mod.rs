//! Tests of the outbound log: days of messages, and what should be in the file and in memory.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use engine::command::PortId;
use engine::outbox::Target;
use tempfile::TempDir;

use super::{Messages, ReadLimits, Store, StoreOptions, StoreWriter};

mod bytes;
mod damage;
mod reading;
mod replay;
mod session;

const LOG_ID: [u8; 16] = *b"outbound test id";
const ALL: ReadLimits = ReadLimits { messages: usize::MAX, bytes: usize::MAX };
const OPTIONS: StoreOptions = StoreOptions { window_bytes: 4096, feed_window_bytes: 8192 };

/// A folder for one log.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self) -> PathBuf {
        self.path().join("outbound.log")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).expect("the log is there")
    }

    /// Gives the file these bytes, in place: a file that is emptied first is slow on some disks.
    fn overwrite(&self, bytes: &[u8]) {
        let file = OpenOptions::new().write(true).open(self.file());
        let file = file.or_else(|_| File::create(self.file())).expect("a temporary file");
        file.write_all_at(bytes, 0).expect("the disk works");
        file.set_len(number(bytes.len())).expect("the disk works");
    }

    fn open(&self) -> (StoreWriter, Store) {
        super::open(self.path(), LOG_ID, &OPTIONS).expect("a log of this day")
    }
}

/// The messages of a day, block by block.
#[derive(Clone, Debug, Default)]
struct Day {
    blocks: Vec<Vec<(Target, Vec<u8>)>>,
}

impl Day {
    /// Makes a day of random blocks: some empty, some long, with messages of 0 to 90 bytes.
    fn random(random: &mut Random, blocks: u64, ports: u16) -> Self {
        let target = |random: &mut Random| match random.below(10) {
            0..=4 => Target::Port(PortId(
                u16::try_from(random.below(u64::from(ports))).expect("below the ports"),
            )),
            5..=8 => Target::Feed,
            _ => Target::Trade,
        };
        let block = |random: &mut Random| {
            let count = random.below(30).saturating_sub(3);
            (0..count).map(|_| (target(random), random.bytes(90))).collect()
        };
        Self { blocks: (0..blocks).map(|_| block(random)).collect() }
    }

    /// Gives blocks `range` to the writer; the block at 0 ends with sequence 1.
    fn play(&self, range: std::ops::Range<usize>, writer: &mut StoreWriter) {
        for (block, sequence) in self.blocks.iter().zip(1..).take(range.end).skip(range.start) {
            writer.commit_messages(sequence, block.iter().map(|(target, m)| (*target, &m[..])));
        }
    }

    fn play_all(&self, writer: &mut StoreWriter) {
        self.play(0..self.blocks.len(), writer);
    }

    /// Writes the whole day into a new folder.
    fn written(&self) -> (Folder, StoreWriter, Store) {
        let folder = Folder::new();
        let (mut writer, store) = folder.open();
        self.play_all(&mut writer);
        (folder, writer, store)
    }

    /// Opens the log of a folder again and replays the whole day.
    fn replayed(&self, folder: &Folder) -> (StoreWriter, Store) {
        let (mut writer, store) = folder.open();
        self.play_all(&mut writer);
        writer.log.replayed().expect("the disk works");
        (writer, store)
    }

    fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<_> = self.blocks.iter().flatten().map(|(target, _)| *target).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// The messages of one stream; number 1 is at index 0.
    fn stream(&self, target: Target) -> Vec<&[u8]> {
        let messages = self.blocks.iter().flatten();
        messages.filter(|(of, _)| *of == target).map(|(_, message)| &message[..]).collect()
    }

    /// Checks that every stream reads from the file as it was pushed.
    fn check(&self, store: &Store) {
        for target in self.targets() {
            let expected = self.stream(target);
            assert_eq!(store.count(target), number(expected.len()));
            assert_eq!(read(store, target, 1, ALL), expected);
        }
    }
}

fn read(store: &Store, target: Target, first: u64, limits: ReadLimits) -> Vec<Vec<u8>> {
    let mut out = Messages::new();
    let count = store.read(target, first, limits, &mut out).expect("the log is as it was written");
    assert_eq!(count, out.len());
    taken(first, &out)
}

/// The messages that were read, which are numbered from `first`.
fn taken(first: u64, messages: &Messages) -> Vec<Vec<u8>> {
    assert!(messages.iter().map(|(number, _)| number).eq(first..messages.next_number()));
    messages.iter().map(|(_, message)| message.to_vec()).collect()
}

fn number(length: usize) -> u64 {
    u64::try_from(length).expect("a length in memory")
}

/// Random numbers from a seed that is printed when a test fails (SplitMix64).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        println!("seed {seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn length_below(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(number(limit))).expect("below a length")
    }

    /// Up to `longest` random bytes.
    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        let length = self.length_below(longest + 1);
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}
