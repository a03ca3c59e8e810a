//! Reports on their way to another thread: a block at a time, as the venue hands over its messages.
//!
//! A block that was read comes back to be filled again.

use std::hint;
use std::mem::MaybeUninit;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use crate::abi::Report;

/// Reports in a full block.
const BLOCK: usize = 256;

/// Blocks that come back and wait to be filled.
const IDLE: usize = 16;

/// The end that is written to.
#[derive(Debug)]
pub(crate) struct Producer {
    filling: Vec<Report>,
    full: SyncSender<Vec<Report>>,
    read: Receiver<Vec<Report>>,
}

/// The end that is read.
#[derive(Debug)]
pub(crate) struct Consumer {
    reading: Vec<Report>,
    /// Reports of the block that were given out.
    given: usize,
    full: Receiver<Vec<Report>>,
    read: SyncSender<Vec<Report>>,
}

/// Makes a queue for at least this many reports.
pub(crate) fn queue(capacity: usize) -> (Producer, Consumer) {
    let (full, full_blocks) = sync_channel(capacity.div_ceil(BLOCK).max(1));
    let (read, read_blocks) = sync_channel(IDLE);
    let producer = Producer { filling: Vec::with_capacity(BLOCK), full, read: read_blocks };
    (producer, Consumer { reading: Vec::new(), given: 0, full: full_blocks, read })
}

impl Producer {
    /// Writes a report; it is seen when its block is full, or at the next [`Self::publish`].
    pub(crate) fn push(&mut self, report: &Report) {
        self.filling.push(*report);
        if self.filling.len() == BLOCK {
            self.publish();
        }
    }

    /// Hands over what was written, as soon as there is room.
    pub(crate) fn publish(&mut self) {
        if self.filling.is_empty() {
            return;
        }
        let next = self.read.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK));
        let mut block = std::mem::replace(&mut self.filling, next);
        while let Err(TrySendError::Full(back)) = self.full.try_send(block) {
            block = back;
            hint::spin_loop();
        }
    }
}

impl Consumer {
    /// Reads what there is, as far as it fits and lies in one block; gives how many reports.
    pub(crate) fn drain(&mut self, out: &mut [MaybeUninit<Report>]) -> usize {
        if self.given == self.reading.len() {
            let Ok(block) = self.full.try_recv() else { return 0 };
            let mut empty = std::mem::replace(&mut self.reading, block);
            self.given = 0;
            empty.clear();
            // One too many is let go.
            let _ = self.read.try_send(empty);
        }
        let left = &self.reading[self.given..];
        let count = left.len().min(out.len());
        for (place, report) in out.iter_mut().zip(&left[..count]) {
            place.write(*report);
        }
        self.given += count;
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::ReportKind;

    fn report(sequence_number: u64) -> Report {
        Report { sequence_number, ..Report::new(ReportKind::Trade, 0, 0) }
    }

    #[test]
    fn every_report_arrives_once_and_in_order_through_a_small_queue() {
        let (mut producer, mut consumer) = queue(1_000);
        let reader = std::thread::spawn(move || {
            let mut expected = 0;
            let mut out = [MaybeUninit::uninit(); 100];
            while expected < 100_001 {
                expected += u64::try_from(consumer.drain(&mut out)).expect("a count");
                if let Some(last) = consumer.given.checked_sub(1) {
                    assert_eq!(consumer.reading[last].sequence_number, expected);
                }
            }
            expected
        });
        for sequence_number in 1..=100_001 {
            producer.push(&report(sequence_number));
        }
        producer.publish();
        assert_eq!(reader.join().expect("the reader ends"), 100_001);
    }

    #[test]
    fn a_report_is_seen_when_it_is_published() {
        let (mut producer, mut consumer) = queue(10);
        let mut out = [MaybeUninit::uninit(); 4];
        producer.push(&report(1));
        assert_eq!(consumer.drain(&mut out), 0);
        producer.publish();
        assert_eq!(consumer.drain(&mut out), 1);
        assert_eq!(consumer.drain(&mut out), 0);
    }
}
