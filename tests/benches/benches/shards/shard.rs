//! The shards: each over the whole log, of which it does its own part.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use engine::event::Outcome;
use engine::shard::Shard;
use server::batch::MessageBatch;
use server::journal::Block;
use server::stages::apply;

use crate::entrance::Blocks;

/// Batches a shard has in turn, as in the venue.
const BATCHES: usize = 4;

/// A shard with what it writes into.
struct Player {
    shard: Shard,
    batches: [MessageBatch; BATCHES],
    outcomes: Vec<Outcome>,
}

impl Player {
    /// Shard `number` of `shards`, which has played what comes before the timed part.
    fn new(blocks: &Blocks, number: u16, shards: u16) -> Self {
        let batches = [const { None }; BATCHES].map(|_: Option<()>| MessageBatch::default());
        let mut player = Self { shard: Shard::new(number, shards), batches, outcomes: Vec::new() };
        for (place, block) in blocks.before.iter().enumerate() {
            player.play(place, block);
        }
        player
    }

    fn play(&mut self, place: usize, block: &Block) {
        self.outcomes.clear();
        apply(&mut self.shard, block, &mut self.batches[place % BATCHES], &mut self.outcomes);
    }
}

/// Nanoseconds a command of the log that each shard takes.
pub(crate) fn each_alone(blocks: &Blocks, shards: u16) -> Vec<f64> {
    let alone = |number| {
        let mut player = Player::new(blocks, number, shards);
        let began = Instant::now();
        for (place, block) in blocks.timed.iter().enumerate() {
            player.play(place, block);
        }
        began.elapsed().as_secs_f64() * 1e9 / blocks.commands as f64
    };
    (0..shards).map(alone).collect()
}

/// Nanoseconds a command with the shards dealt out to threads that run at the same time.
pub(crate) fn on_threads(blocks: &Blocks, shards: u16, cores: usize) -> f64 {
    let threads = cores.min(usize::from(shards));
    let barrier = Barrier::new(threads);
    let play = |thread: usize| {
        let own = (0..shards).filter(|number| usize::from(*number) % threads == thread);
        let mut players: Vec<_> = own.map(|number| Player::new(blocks, number, shards)).collect();
        barrier.wait();
        let began = Instant::now();
        for (place, block) in blocks.timed.iter().enumerate() {
            players.iter_mut().for_each(|player| player.play(place, block));
        }
        began.elapsed()
    };
    let longest = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || play(thread))).collect();
        let took = threads.into_iter().map(|thread| thread.join().expect("a shard plays on"));
        took.fold(Duration::ZERO, Duration::max)
    });
    longest.as_secs_f64() * 1e9 / blocks.commands as f64
}
