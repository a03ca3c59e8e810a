//! Segment files: their names, their headers, and how a new one comes to be.
//!
//! A segment is made under another name, written full of zeros and synced before it gets its own;
//! so every file called `NNNNNN.seg` has a whole header on disk, and later syncs of its blocks
//! change no metadata.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Builder, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::boot::BootId;
use super::error::{Damage, Flaw, JournalError, at};
use super::layout::{PAGE, PAGE_BYTES, SegmentHeader};
use super::{Durability, JournalOptions, LogId};

/// Zeros are written and synced in pieces, so that the sync of a block never queues behind more
/// than one of them. A piece is as small as that where blocks are rare, when each is waited for,
const ZEROS_AT_LEAST: u64 = 64 << 10;
/// and as large as that where there is no time to lose.
const ZEROS_AT_MOST: u64 = 1 << 20;
/// How long the preparing thread rests when it is ahead of what is due.
const REST: Duration = Duration::from_millis(2);
/// The whole segment is due.
pub(super) const ALL: u64 = u64::MAX;
/// How much less urgent than the rest of the venue the preparing thread is.
const NICENESS: i32 = 10;

/// The name of segment number `number`.
pub(super) fn file_name(number: u64) -> String {
    format!("{number:06}.seg")
}

/// Its name while it is being made.
pub(super) fn unfinished_name(number: u64) -> String {
    format!("{number:06}.new")
}

/// Returns the number of the last segment in `dir`; all from 1 on are there.
pub(super) fn last_number(dir: &Path) -> Result<u64, JournalError> {
    let damaged = |file: String, flaw| {
        let damage = Damage { file, block: None, offset: 0, flaw };
        JournalError::Damaged { dir: dir.to_path_buf(), damage }
    };
    let mut numbers = Vec::new();
    for name in names(dir)? {
        let Some(digits) = name.strip_suffix(".seg") else { continue };
        match digits.parse() {
            Ok(number) if 0 < number && file_name(number) == name => numbers.push(number),
            _ => return Err(damaged(name, Flaw::Name)),
        }
    }
    numbers.sort_unstable();
    match (1..).zip(&numbers).find(|(expected, number)| expected != *number) {
        Some((missing, _)) => Err(damaged(file_name(missing), Flaw::MissingFile)),
        None => numbers.last().copied().ok_or(JournalError::NoLog { dir: dir.to_path_buf() }),
    }
}

/// The names in `dir`; none when there is no such folder.
pub(super) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(at(dir))?,
    };
    entries
        .map(|entry| Ok(entry.map_err(at(dir))?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Opens segment `number` and reads its header; the inner error is what is wrong with it.
pub(super) fn read_header(dir: &Path, number: u64) -> io::Result<Result<SegmentHeader, Flaw>> {
    let path = dir.join(file_name(number));
    let file = File::open(&path).map_err(at(&path))?;
    let mut page = [0; PAGE];
    let missing = PAGE - read_at_most(&file, &mut page, 0).map_err(at(&path))?;
    if missing != 0 {
        return Ok(Err(Flaw::CutShort {
            missing: u64::try_from(missing).expect("less than a page"),
        }));
    }
    Ok(SegmentHeader::from_page(&page, number))
}

/// Reads until `buffer` is full or the file ends; returns the bytes read.
pub(super) fn read_at_most(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        let from = offset + u64::try_from(done).expect("a buffer is smaller than a file may be");
        match file.read_at(&mut buffer[done..], from) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Makes names in `dir` durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(at(dir))
}

/// Makes the name of `dir` itself durable.
pub(super) fn sync_parent(dir: &Path) -> io::Result<()> {
    match dir.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_dir(Path::new(".")),
        Some(parent) => sync_dir(parent),
        None => Ok(()),
    }
}

/// What all segments of one run have in common.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) dir: PathBuf,
    pub(super) log_id: LogId,
    pub(super) durability: Durability,
    /// Length of a segment in bytes, a multiple of a page.
    pub(super) length: u64,
    boot: BootId,
}

impl Plan {
    pub(super) fn new(options: &JournalOptions, log_id: LogId, boot: BootId) -> Self {
        // No file system holds files of 2^62 bytes: more could not be rounded up.
        let length =
            options.segment_bytes.clamp(2 * PAGE_BYTES, 1 << 62).next_multiple_of(PAGE_BYTES);
        Self { dir: options.dir.clone(), log_id, durability: options.durability, length, boot }
    }

    /// Makes segment `number`, header and zeros on disk, and gives it its name.
    ///
    /// Without `fsync` no later sync has to be fast, so the zeros are left to the file system.
    ///
    /// `due` tells how many bytes have to be prepared by now; what is due takes no rests.
    pub(super) fn make(&self, number: u64, due: impl Fn() -> u64) -> io::Result<File> {
        let file = self.prepare(number, due)?;
        self.name(number)?;
        Ok(file)
    }

    /// Makes the segment under its unfinished name, which no reader looks at.
    fn prepare(&self, number: u64, due: impl Fn() -> u64) -> io::Result<File> {
        let unfinished = self.dir.join(unfinished_name(number));
        self.fill(&unfinished, number, due).map_err(at(&unfinished))
    }

    /// Gives a segment that is made its name.
    fn name(&self, number: u64) -> io::Result<()> {
        let unfinished = self.dir.join(unfinished_name(number));
        let path = self.dir.join(file_name(number));
        if path.try_exists().map_err(at(&path))? {
            return Err(at(&path)(io::ErrorKind::AlreadyExists.into()));
        }
        fs::rename(&unfinished, &path).map_err(at(&path))?;
        sync_dir(&self.dir)
    }

    /// Removes a segment that has no name yet.
    fn discard(&self, number: u64) {
        // What cannot be removed is overwritten by the next start.
        let _ = fs::remove_file(self.dir.join(unfinished_name(number)));
    }

    fn fill(&self, path: &Path, number: u64, due: impl Fn() -> u64) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let created_ns = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let header = SegmentHeader::new(
            self.log_id,
            number,
            created_ns,
            self.boot.to_bytes(),
            self.durability,
        );
        file.write_all_at(&header.to_page(), 0)?;
        match self.durability {
            Durability::Fsync => write_zeros(&file, self.length, due)?,
            Durability::Os => file.set_len(self.length)?,
        }
        file.sync_all()?;
        Ok(file)
    }
}

fn write_zeros(file: &File, length: u64, due: impl Fn() -> u64) -> io::Result<()> {
    let zeros = vec![0; usize::try_from(ZEROS_AT_MOST).expect("a piece fits in memory")];
    let mut offset = PAGE_BYTES;
    while offset < length {
        let behind = due().saturating_sub(offset);
        let piece = behind.clamp(ZEROS_AT_LEAST, ZEROS_AT_MOST).min(length - offset);
        let bytes = usize::try_from(piece).expect("a piece fits in memory");
        file.write_all_at(&zeros[..bytes], offset)?;
        file.sync_data()?;
        offset += piece;
        if behind < piece {
            thread::sleep(REST);
        }
    }
    Ok(())
}

/// The next segment, made on a thread of its own before it is needed. Never more than one.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    making: Option<JoinHandle<io::Result<File>>>,
    /// How many bytes of it have to be prepared by now.
    due: Arc<AtomicU64>,
}

impl Ahead {
    /// Sees to it that segment `number` is made by the time it is needed, the one at hand being
    /// full up to `offset`.
    ///
    /// Begins late enough that a quiet day makes no second segment, and is done when three quarters
    /// are full. When no thread can be had, the segment is made when it is needed.
    pub(super) fn keep_up(&mut self, plan: &Arc<Plan>, number: u64, offset: u64) {
        let Some(beyond) = offset.checked_sub(plan.length / 4) else { return };
        self.due.store(2 * beyond, Ordering::Relaxed);
        if self.making.is_none() {
            let (plan, due) = (Arc::clone(plan), Arc::clone(&self.due));
            let make = move || {
                yield_to_others();
                plan.make(number, || due.load(Ordering::Relaxed))
            };
            self.making = Builder::new().name("journal-ahead".into()).spawn(make).ok();
        }
    }

    /// Takes segment `number`, which `keep_up` was called for or nothing was; waits until it is made.
    pub(super) fn take(&mut self, plan: &Plan, number: u64) -> io::Result<File> {
        match self.hurry() {
            Some(thread) => joined(thread),
            None => plan.make(number, || ALL),
        }
    }

    /// Lets the rest be made without a rest.
    fn hurry(&mut self) -> Option<JoinHandle<io::Result<File>>> {
        self.due.store(ALL, Ordering::Relaxed);
        self.making.take()
    }
}

impl Drop for Ahead {
    /// Waits for the thread: nobody makes files in the folder of a journal that is closed.
    fn drop(&mut self) {
        if let Some(thread) = self.hurry() {
            drop(thread.join());
        }
    }
}

/// The segment that a recovered log goes on in, made while the log is read.
///
/// It gets its name at the end: a recovery that fails leaves the log as it was.
#[derive(Debug)]
pub(super) struct Successor {
    plan: Arc<Plan>,
    number: u64,
    thread: Option<JoinHandle<io::Result<File>>>,
}

impl Successor {
    /// Begins to make segment `number`.
    pub(super) fn begin(plan: &Arc<Plan>, number: u64) -> Self {
        let prepared = Arc::clone(plan);
        let prepare =
            move || prepared.prepare(number, || ALL).inspect_err(|_| prepared.discard(number));
        let thread = Builder::new().name("journal-ahead".into()).spawn(prepare).ok();
        Self { plan: Arc::clone(plan), number, thread }
    }

    /// Gives the segment its name; it is whole and on disk then.
    ///
    /// One that could not be made is tried again: the torn tail that was cut since may have left room for it.
    pub(super) fn finish(mut self) -> io::Result<File> {
        let file = match self.thread.take().map(joined) {
            Some(Ok(file)) => file,
            Some(Err(_)) | None => self.plan.prepare(self.number, || ALL)?,
        };
        self.plan.name(self.number)?;
        Ok(file)
    }
}

impl Drop for Successor {
    /// Removes what nobody goes on in.
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
            self.plan.discard(self.number);
        }
    }
}

fn joined(thread: JoinHandle<io::Result<File>>) -> io::Result<File> {
    thread.join().unwrap_or_else(|_| Err(io::Error::other("making a segment panicked")))
}

/// Lowers the urgency of this thread. On Linux the priority of "process 0" is that of the calling
/// thread.
fn yield_to_others() {
    if cfg!(target_os = "linux") {
        // A thread that may not be made less urgent does its work all the same.
        let _ = rustix::process::setpriority_process(None, NICENESS);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// In how many pieces 2 MiB of zeros are written when this much of them is due.
    fn pieces(due: u64) -> u32 {
        let file = tempfile::tempfile().expect("a temporary file");
        let (length, pieces) = (PAGE_BYTES + (2 << 20), Cell::new(0));
        let due = || {
            pieces.set(pieces.get() + 1);
            due
        };
        write_zeros(&file, length, due).expect("the disk has room");
        assert_eq!(file.metadata().expect("an open file").len(), length);
        pieces.get()
    }

    #[test]
    fn zeros_are_synced_in_small_pieces_as_long_as_there_is_time() {
        assert_eq!(pieces(0), 32);
        assert_eq!(pieces(ALL), 2);
        // The first mebibyte in one piece, the second as there is time.
        assert_eq!(pieces(PAGE_BYTES + (1 << 20)), 17);
    }
}
