//! What travels between stages: blocks of commands on their way out and home, batches of messages.
//!
//! A batch has one maker, who keeps a handle on it and uses it again when it is the only one left to hold it:
//! nothing is allocated after warm-up, and the number of batches bounds what is under way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use engine::event::{CrossRecord, Outcome};
use engine::outbox::Outbox;

use crate::journal::Block;

/// A block of the log on its way through the stages; it brings the shards' outcomes home to admission.
#[derive(Debug)]
pub struct CommandBlock {
    pub block: Block,
    /// By shard. Each shard writes its own, once, before it lets go of the block.
    outcomes: Vec<Mutex<Vec<Outcome>>>,
}

impl CommandBlock {
    /// Builds an empty block for this many shards.
    pub fn new(shards: u16) -> Self {
        Self { block: Block::new(), outcomes: (0..shards).map(|_| Mutex::default()).collect() }
    }

    /// Gives a shard the place for its outcomes.
    pub fn with_outcomes(&self, shard: u16, write: impl FnOnce(&mut Vec<Outcome>)) {
        let cell = &self.outcomes[usize::from(shard)];
        write(&mut cell.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes all outcomes, shard by shard.
    pub fn drain_outcomes(&mut self, mut take: impl FnMut(Outcome)) {
        for cell in &mut self.outcomes {
            cell.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(&mut take);
        }
    }
}

/// The messages that one shard made of one block.
#[derive(Debug, Default)]
pub struct MessageBatch {
    pub outbox: Outbox,
    /// The last sequence of the block.
    pub last_sequence: u64,
    /// The crosses that the block led to.
    pub crosses: Vec<CrossRecord>,
    /// The block held the end of the day.
    pub day_ended: bool,
}

/// The maker's handles on its batches: those under way, oldest first, and those at home.
#[derive(Debug)]
pub struct Pool<T> {
    under_way: VecDeque<Arc<T>>,
    home: Vec<Arc<T>>,
}

impl<T> Pool<T> {
    /// Makes all the batches there will ever be.
    pub fn new(size: usize, make: impl FnMut() -> T) -> Self {
        Self {
            under_way: VecDeque::with_capacity(size),
            home: std::iter::repeat_with(make).map(Arc::new).take(size).collect(),
        }
    }

    /// Takes a batch that is at home; nobody else holds it.
    pub fn take(&mut self) -> Option<Arc<T>> {
        self.home.pop()
    }

    /// Notes that a batch went out; the handle stays here.
    pub fn sent(&mut self, batch: &Arc<T>) {
        self.under_way.push_back(Arc::clone(batch));
    }

    /// Brings home the oldest batch under way when everybody else has let go of it.
    pub fn bring_home(&mut self, receive: impl FnOnce(&mut T)) -> bool {
        let Some(batch) = self.under_way.front_mut().and_then(Arc::get_mut) else {
            return false;
        };
        receive(batch);
        let batch = self.under_way.pop_front().expect("the front was just looked at");
        self.home.push(batch);
        true
    }

    /// Tells whether nothing is under way.
    pub fn is_all_home(&self) -> bool {
        self.under_way.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_home_when_the_last_holder_lets_go() {
        let mut pool = Pool::new(1, || 7);
        let batch = pool.take().expect("one is at home");
        pool.sent(&batch);
        assert!(pool.take().is_none());
        assert!(!pool.bring_home(|_| {}));
        drop(batch);
        assert!(pool.bring_home(|value| *value += 1));
        assert_eq!(pool.take().as_deref(), Some(&8));
    }

    #[test]
    fn batches_come_home_in_the_order_they_went() {
        let mut pool = Pool::new(2, || 0);
        let first = pool.take().expect("two are at home");
        let second = pool.take().expect("one is at home");
        pool.sent(&first);
        pool.sent(&second);
        drop(second);
        assert!(!pool.bring_home(|_| {}), "the first is still under way");
        drop(first);
        assert!(pool.bring_home(|_| {}));
        assert!(pool.bring_home(|_| {}));
        assert!(pool.is_all_home());
    }
}
