//! Links between stages: bounded queues of batches with one producer and one consumer.
//!
//! Whoever puts or takes rings the bell of the other end, so that a stage sleeps until there is work or room.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

/// Wakes the thread that runs a stage; stages on one thread share one.
pub type Bell = Arc<Notify>;

/// How far a later stage is: written by that stage alone, read by an earlier one.
#[derive(Clone, Debug)]
pub struct Position(Arc<AtomicU64>);

impl Position {
    /// Starts at `sequence`.
    pub fn new(sequence: u64) -> Self {
        Self(Arc::new(AtomicU64::new(sequence)))
    }

    /// The last sequence that the stage has done with.
    pub fn sequence(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Publishes that the stage has done with `sequence` and all before it.
    pub fn publish(&self, sequence: u64) {
        self.0.store(sequence, Ordering::Release);
    }
}

/// Makes a link that holds at most `capacity` batches.
pub fn link<T>(capacity: usize, producer: &Bell, consumer: &Bell) -> (Sender<T>, Receiver<T>) {
    assert!(0 < capacity, "a link holds at least one batch");
    let queue = Arc::new(Mutex::new(VecDeque::with_capacity(capacity)));
    let sender = Sender { queue: Arc::clone(&queue), capacity, consumer: Arc::clone(consumer) };
    (sender, Receiver { queue, producer: Arc::clone(producer) })
}

/// The producing end.
#[derive(Debug)]
pub struct Sender<T> {
    queue: Arc<Mutex<VecDeque<T>>>,
    capacity: usize,
    consumer: Bell,
}

impl<T> Sender<T> {
    /// Tells whether a batch can be put; only the producer fills, so it stays true until it puts one.
    pub fn has_room(&self) -> bool {
        lock(&self.queue).len() < self.capacity
    }

    /// Puts a batch.
    ///
    /// # Panics
    ///
    /// When there is no room: a stage asks before it starts.
    pub fn put(&self, batch: T) {
        let mut queue = lock(&self.queue);
        assert!(queue.len() < self.capacity, "a stage starts a batch only with room");
        queue.push_back(batch);
        drop(queue);
        self.consumer.notify_one();
    }
}

/// The consuming end.
#[derive(Debug)]
pub struct Receiver<T> {
    queue: Arc<Mutex<VecDeque<T>>>,
    producer: Bell,
}

impl<T> Receiver<T> {
    /// Tells whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        lock(&self.queue).is_empty()
    }

    /// Tells whether there is a batch and the oldest one is ready to be taken.
    pub fn is_next(&self, is_ready: impl FnOnce(&T) -> bool) -> bool {
        lock(&self.queue).front().is_some_and(is_ready)
    }

    /// Takes the oldest batch.
    pub fn take(&self) -> Option<T> {
        let batch = lock(&self.queue).pop_front()?;
        self.producer.notify_one();
        Some(batch)
    }
}

/// Nothing panics while it holds a queue, so a poisoned one is as good as any.
fn lock<T>(queue: &Mutex<VecDeque<T>>) -> MutexGuard<'_, VecDeque<T>> {
    queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_come_in_order_and_a_full_link_says_so() {
        let bell = Bell::default();
        let (sender, receiver) = link(2, &bell, &bell);
        sender.put(1);
        sender.put(2);
        assert!(!sender.has_room());
        assert_eq!(receiver.take(), Some(1));
        assert!(sender.has_room());
        assert_eq!(receiver.take(), Some(2));
        assert_eq!(receiver.take(), None);
    }
}
