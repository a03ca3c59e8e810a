//! A shard at play: the engine as the venue uses it, from commands to messages, and nothing around it.

use std::hint::black_box;

use engine::matcher::AHEAD;
use engine::outbox::Outbox;
use engine::shard::Shard;
use openbell_rulers::workload::Operation;

use crate::market;

/// Commands of a block: so often the outbox is cleared.
pub const BLOCK: usize = 512;

/// A shard with its outbox, as the venue has it.
pub struct Playing {
    shard: Shard,
    outbox: Outbox,
    sequence: u64,
    symbols: u16,
}

impl Playing {
    /// Makes a shard of all symbols, which trade.
    pub fn open(symbols: u16) -> Self {
        let (shard, outbox) = (Shard::new(0, 1), Outbox::default());
        let mut playing = Self { shard, outbox, sequence: 0, symbols };
        for command in market::opening(symbols) {
            playing.sequence += 1;
            let sequenced = market::sequenced(playing.sequence, command);
            playing.shard.apply(&sequenced, &mut playing.outbox, &mut Vec::new());
        }
        playing
    }

    /// Makes commands of operations and applies them.
    pub fn play(&mut self, operations: &[Operation]) {
        let Self { shard, outbox, sequence, .. } = self;
        let (mut outcomes, mut commands) = (Vec::new(), Vec::with_capacity(AHEAD));
        for block in operations.chunks(BLOCK) {
            outbox.clear();
            outcomes.clear();
            for group in block.chunks(AHEAD) {
                commands.clear();
                commands.extend((*sequence + 1..).zip(group).map(market::sequenced_operation));
                *sequence += group.len() as u64;
                shard.apply_all(&commands, outbox, &mut outcomes);
            }
            black_box((&outbox, &outcomes));
        }
    }

    /// Orders that rest in all symbols.
    pub fn open_orders(&self) -> usize {
        (0..self.symbols).map(|symbol| self.shard.open_orders(market::locate(symbol))).sum()
    }
}
