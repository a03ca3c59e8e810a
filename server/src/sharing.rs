//! Stages that two threads share: whoever passes by does what there is little of, and much is left to the stage's own
//! thread.
//!
//! On few cores a thread is dear to wake, and cheap to keep busy. One at a time works at a shared stage.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::link::Bell;
use crate::stages::Stage;

/// How much waits for a stage, in bytes, and when its own thread is woken for it.
#[derive(Clone, Debug)]
pub struct Load(Arc<Waiting>);

#[derive(Debug)]
struct Waiting {
    bytes: AtomicUsize,
    much: usize,
    bell: Bell,
}

impl Load {
    /// Of a stage whose own thread, with this bell, is woken for `much` bytes or more.
    pub fn new(much: usize, bell: &Bell) -> Self {
        Self(Arc::new(Waiting { bytes: AtomicUsize::new(0), much, bell: Arc::clone(bell) }))
    }

    /// Counts what was put before the stage.
    pub fn add(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes, Ordering::AcqRel);
        if self.is_much() {
            self.0.bell.notify_one();
        }
    }

    /// Counts what the stage has done.
    pub fn done(&self, bytes: usize) {
        self.0.bytes.fetch_sub(bytes, Ordering::AcqRel);
    }

    fn is_much(&self) -> bool {
        self.0.much <= self.0.bytes.load(Ordering::Acquire)
    }
}

type Slot = Arc<Mutex<Option<Box<dyn Stage + Send>>>>;

/// The stage as its own thread has it.
pub struct Own(Slot);

/// The stage as another thread has it, one with better things to do than much.
pub struct WhenLittle {
    slot: Slot,
    load: Load,
}

/// Shares a stage.
pub fn share(stage: impl Stage + Send + 'static, load: Load) -> (Own, WhenLittle) {
    let slot: Slot = Arc::new(Mutex::new(Some(Box::new(stage))));
    (Own(Arc::clone(&slot)), WhenLittle { slot, load })
}

impl Own {
    fn slot(&self) -> MutexGuard<'_, Option<Box<dyn Stage + Send>>> {
        // A thread that panics takes the process with it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage for Own {
    fn do_work(&mut self) -> io::Result<usize> {
        self.slot().as_mut().map_or(Ok(0), |stage| stage.do_work())
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        let stage = self.slot().take();
        stage.map_or(Ok(()), Stage::close)
    }
}

impl Stage for WhenLittle {
    fn do_work(&mut self) -> io::Result<usize> {
        if self.load.is_much() {
            return Ok(0);
        }
        if let Ok(mut slot) = self.slot.try_lock() {
            return slot.as_mut().map_or(Ok(0), |stage| stage.do_work());
        }
        // The other thread is at it, and may have looked for the last time.
        self.load.0.bell.notify_one();
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter {
        load: Load,
        rounds: Arc<AtomicUsize>,
    }

    impl Stage for Counter {
        fn do_work(&mut self) -> io::Result<usize> {
            self.load.done(10);
            Ok(self.rounds.fetch_add(1, Ordering::Relaxed) + 1)
        }

        fn close(self: Box<Self>) -> io::Result<()> {
            self.rounds.store(100, Ordering::Relaxed);
            Ok(())
        }
    }

    #[test]
    fn little_is_done_in_passing_and_much_by_the_stages_own_thread() {
        let (load, rounds) = (Load::new(20, &Bell::default()), Arc::default());
        let counter = Counter { load: load.clone(), rounds: Arc::clone(&rounds) };
        let (mut own, mut passing) = share(counter, load.clone());
        load.add(10);
        assert_eq!(passing.do_work().expect("a counter does not fail"), 1);
        load.add(20);
        assert_eq!(passing.do_work().expect("a counter does not fail"), 0);
        assert_eq!(own.do_work().expect("a counter does not fail"), 2);
        Box::new(own).close().expect("a counter does not fail");
        assert_eq!(passing.do_work().expect("nobody is there"), 0);
        assert_eq!(rounds.load(Ordering::Relaxed), 100);
    }
}
