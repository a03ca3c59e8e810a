//! The journal at its least: a thread that makes one batch of records last while the next is built.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};
use rustix::event::{EventfdFlags, eventfd};

use super::batch::Batch;
use crate::disk::{Prewritten, Way};

/// Up to here a write past the page cache is faster than a write and a sync.
const DIRECT_UP_TO: usize = 128 << 10;

/// Where records become durable.
pub(super) enum Journal {
    /// Nothing is kept.
    None,
    /// Records are given to the kernel and not synced.
    Inline(Box<Prewritten>),
    /// A thread writes and syncs.
    Thread(Writer),
}

/// The hot thread's end of a journal with a thread of its own.
pub(super) struct Writer {
    batches: SyncSender<Batch>,
    durable: Receiver<Batch>,
    bell: Arc<OwnedFd>,
    thread: JoinHandle<io::Result<()>>,
    is_busy: bool,
}

/// Makes the journal's file; no batch of records is longer than a quarter of it.
pub(super) fn make_file(folder: &Path, length: usize) -> Result<Prewritten> {
    let path = folder.join("journal");
    Prewritten::make(&path, length, length / 4)
        .with_context(|| format!("writing {}", path.display()))
}

impl Writer {
    pub(super) fn start(mut file: Prewritten) -> Result<Self> {
        let bell = Arc::new(eventfd(0, EventfdFlags::NONBLOCK).context("making an eventfd")?);
        let (batches, waiting) = sync_channel::<Batch>(1);
        let (done, durable) = sync_channel(1);
        let ring = Arc::clone(&bell);
        let thread = thread::spawn(move || {
            for batch in waiting {
                let is_short = batch.records.len() <= DIRECT_UP_TO;
                file.commit(&batch.records, if is_short { Way::Direct } else { Way::Synced })?;
                if done.send(batch).is_err() {
                    break;
                }
                rustix::io::write(&ring, &1_u64.to_ne_bytes())?;
            }
            Ok(())
        });
        Ok(Self { batches, durable, bell, thread, is_busy: false })
    }

    /// Rings when a batch is durable.
    pub(super) fn bell(&self) -> &OwnedFd {
        &self.bell
    }

    pub(super) fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Hands over a batch; the journal is not busy.
    pub(super) fn commit(&mut self, batch: Batch) -> Result<()> {
        assert!(!self.is_busy, "one batch at a time");
        self.batches.send(batch).map_err(|_| anyhow!("the journal's thread has ended"))?;
        self.is_busy = true;
        Ok(())
    }

    /// Takes back the batch that has become durable, after the bell.
    pub(super) fn take(&mut self) -> Result<Batch> {
        rustix::io::read(&self.bell, &mut [0; 8]).context("reading the eventfd")?;
        self.is_busy = false;
        self.durable.recv().context("the journal failed")
    }

    /// Ends the thread.
    pub(super) fn close(self) -> Result<()> {
        drop(self.batches);
        self.thread.join().expect("the journal does not panic").context("writing the journal")
    }
}
