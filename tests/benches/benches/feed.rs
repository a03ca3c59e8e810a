//! The feed from the encoder to two sockets, beside the same packets sent by themselves: in turns, in one process.
//!
//! ```sh
//! cargo bench -p openbell-benches --bench feed                   # seven rounds
//! cargo bench -p openbell-benches --bench feed -- --rounds 3
//! ```
//!
//! What the matcher says to a flow in 1,000 symbols is made beforehand. `encoder` is what the venue does with it:
//! ITCH messages into an outbox, the outbox as runs every [`BLOCK`] commands, packets, two lines on loopback.
//! `commands` is that with the shard before it, as far as the venue has one thread. The limit is the
//! packets that came of it, cut beforehand, given to two sockets. Nobody reads the lines. A message counts once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use engine::command::{Command, Locate, Sequenced};
use engine::context::Context;
use engine::event::Event;
use engine::market_data::put_event;
use engine::matcher::{AHEAD, Applied, Matcher};
use engine::outbox::{Outbox, Target, merge};
use engine::shard::Shard;
use openbell_benches::market;
use openbell_benches::options::Options;
use openbell_benches::report::{Figure, Goal, publish};
use openbell_rulers::feed::{Lines, Packets, group};
use openbell_rulers::workload::{MIXED, SEED, Shape, Workload};
use protocol::SessionId;
use server::config::MarketDataConfig;
use server::market_data::Publisher;
use server::metrics::Metrics;

/// Commands of a block.
const BLOCK: usize = 512;

const ROUNDS: usize = 7;

/// How near the venue shall come to its limit.
const GOAL: Goal = Goal::AtLeast(0.5);

const SHAPE: Shape = Shape { name: "feed", symbols: 1_000, resting: 100_000, ..MIXED };
const OPERATIONS: u32 = 1_000_000;
/// To see that all works.
const QUICK: u32 = 50_000;

fn main() -> anyhow::Result<()> {
    let options = Options::read(ROUNDS)?;
    let operations = if options.quick { QUICK } else { OPERATIONS };
    let flow = Workload::generate(SHAPE, operations, SEED);
    let said = Said::of(&flow);
    let lines = Lines::open().context("opening the lines")?;
    let [mut encoder, mut commands, mut limit] = [const { Vec::new() }; 3];
    for round in 1..=options.rounds {
        encoder.push(said.rate(from_the_encoder(&said)?));
        commands.push(said.rate(from_the_commands(&flow, &said)?));
        limit.push(said.rate(packets_alone(&lines, &said)?));
        eprintln!(
            "round {round}: encoder {:.0}, commands {:.0}, packets alone {:.0} messages/s",
            encoder[round - 1],
            commands[round - 1],
            limit[round - 1]
        );
    }
    let figure = |what: &str, ours: &[f64], goal| {
        let what = format!("feed: {what} : the same packets, two lines");
        Figure::of_rounds(what, ours, &limit, "messages/s", goal)
    };
    publish(
        "feed",
        &[
            figure("from the encoder to two lines", &encoder, Some(GOAL)),
            figure("from the shard's commands to two lines", &commands, None),
        ],
    )
}

/// What the matcher said to the timed operations of a flow, and the packets that it becomes.
struct Said {
    context: Context,
    /// By block: what was said to each command.
    blocks: Vec<Vec<(Sequenced<'static>, Locate, Event)>>,
    /// By block.
    packets: Vec<Packets>,
    messages: u64,
}

impl Said {
    fn of(flow: &Workload) -> Self {
        let mut said = Self {
            context: Context::default(),
            blocks: Vec::new(),
            packets: Vec::new(),
            messages: 0,
        };
        let (mut matcher, mut applied) = (Matcher::new(0, 1), Applied::default());
        let mut sequence = 0;
        let mut apply = |command: Command<'static>, applied: &mut Applied| {
            sequence += 1;
            applied.events.clear();
            applied.outcomes.clear();
            let sequenced = market::sequenced(sequence, command);
            matcher.apply(&sequenced, applied);
            sequenced
        };
        for command in market::opening(flow.shape.symbols) {
            said.context.learn(&command);
            apply(command, &mut applied);
        }
        for operation in &flow.fill {
            apply(market::command(operation), &mut applied);
        }
        let mut outbox = Outbox::default();
        for operations in flow.operations.chunks(BLOCK) {
            let mut block = Vec::new();
            for operation in operations {
                let sequenced = apply(market::command(operation), &mut applied);
                let events = applied.events.drain(..);
                block.extend(events.map(|(locate, event)| (sequenced, locate, event)));
            }
            outbox.clear();
            said.encode(&block, &mut outbox);
            said.pack(&outbox);
            said.blocks.push(block);
        }
        said
    }

    fn encode(&self, block: &[(Sequenced<'static>, Locate, Event)], outbox: &mut Outbox) {
        for (sequenced, locate, event) in block {
            put_event(&self.context, sequenced, *locate, event, outbox);
        }
    }

    fn pack(&mut self, outbox: &Outbox) {
        let (mut packets, mut scratch) = (Packets::default(), Vec::new());
        for run in merge(&[outbox], &mut scratch) {
            for message in run.messages() {
                self.messages += 1;
                packets.push(self.messages, message);
            }
        }
        self.packets.push(packets);
    }

    /// Messages a second.
    fn rate(&self, took: Duration) -> f64 {
        self.messages as f64 / took.as_secs_f64()
    }
}

/// The venue's publisher on lines of its own, with a number for the next message.
struct Feed {
    publisher: Publisher,
    next_number: u64,
    scratch: Vec<u8>,
}

impl Feed {
    fn open() -> anyhow::Result<Self> {
        let config =
            MarketDataConfig { a: group()?, b: Some(group()?), ..MarketDataConfig::default() };
        let session = SessionId::new("2026112501").context("the session id")?;
        let publisher = Publisher::bind(&config, session, 1, Arc::new(Metrics::default()))?;
        Ok(Self { publisher, next_number: 1, scratch: Vec::new() })
    }

    /// Does with an outbox what the venue does behind its sessions.
    fn send(&mut self, outbox: &Outbox) {
        while !self.publisher.has_room() {
            self.publisher.flush();
        }
        let runs = merge(&[outbox], &mut self.scratch);
        for run in runs.iter().filter(|run| run.target == Target::Feed) {
            self.publisher.push(self.next_number, run.frames);
            self.next_number += u64::from(run.count);
        }
        self.publisher.flush();
    }

    /// Waits until everything has left, and tells how long it all took.
    fn finish(mut self, messages: u64, began: Instant) -> anyhow::Result<Duration> {
        while !self.publisher.is_idle() {
            self.publisher.flush();
        }
        let took = began.elapsed();
        let sent = self.next_number - 1;
        ensure!(sent == messages, "{sent} messages were sent, expected {messages}");
        Ok(took)
    }
}

fn from_the_encoder(said: &Said) -> anyhow::Result<Duration> {
    let (mut feed, mut outbox) = (Feed::open()?, Outbox::default());
    let began = Instant::now();
    for block in &said.blocks {
        outbox.clear();
        said.encode(block, &mut outbox);
        feed.send(&outbox);
    }
    feed.finish(said.messages, began)
}

fn from_the_commands(flow: &Workload, said: &Said) -> anyhow::Result<Duration> {
    let (mut shard, mut outbox) = (Shard::new(0, 1), Outbox::default());
    let mut outcomes = Vec::new();
    let mut sequence = 0;
    let mut apply = |commands: &mut dyn Iterator<Item = Command<'static>>, outbox: &mut Outbox| {
        let commands: Vec<_> = (sequence + 1..)
            .zip(commands)
            .map(|(sequence, command)| market::sequenced(sequence, command))
            .collect();
        sequence += commands.len() as u64;
        outcomes.clear();
        shard.apply_all(&commands, outbox, &mut outcomes);
    };
    apply(&mut market::opening(flow.shape.symbols).into_iter(), &mut outbox);
    for operations in flow.fill.chunks(BLOCK) {
        outbox.clear();
        apply(&mut operations.iter().map(market::command), &mut outbox);
    }
    let mut feed = Feed::open()?;
    let began = Instant::now();
    for operations in flow.operations.chunks(BLOCK) {
        outbox.clear();
        for group in operations.chunks(AHEAD) {
            apply(&mut group.iter().map(market::command), &mut outbox);
        }
        feed.send(&outbox);
    }
    feed.finish(said.messages, began)
}

fn packets_alone(lines: &Lines, said: &Said) -> anyhow::Result<Duration> {
    let began = Instant::now();
    for packets in &said.packets {
        lines.send(packets).context("sending")?;
    }
    Ok(began.elapsed())
}
