//! The way out: egress with the windows of the ports, and what is behind the sessions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use engine::shard::Shard;
use openbell_rulers::feed::group;
use protocol::SessionId;
use server::batch::MessageBatch;
use server::config::MarketDataConfig;
use server::link::{Bell, Position, Sender, link};
use server::market_data::Publisher;
use server::metrics::Metrics;
use server::outbound::{self, Outbound};
use server::sharing::Load;
use server::stages::{Egress, Stage, apply};
use server::store::{self, StoreOptions, StoreWriter};
use tokio::sync::watch;

use crate::entrance::Blocks;

/// Batches between two stages.
const BATCHES: usize = 4;

/// Nanoseconds a command that egress takes, and outbound: log, packets, two lines of a feed.
pub(crate) fn alone(blocks: &Blocks, shards: u16) -> anyhow::Result<(f64, f64)> {
    let said = said(blocks, shards);
    let folder = tempfile::tempdir().context("making a folder for the outbound log")?;
    let mut exit = Exit::open(folder.path(), shards)?;
    let [mut egress, mut outbound] = [Duration::ZERO; 2];
    for batches in said {
        for (input, batch) in exit.inputs.iter().zip(batches) {
            input.put(batch);
        }
        egress += timed(&mut exit.egress)?;
        outbound += timed(&mut exit.outbound)?;
    }
    let a_command = |took: Duration| took.as_secs_f64() * 1e9 / blocks.commands as f64;
    Ok((a_command(egress), a_command(outbound)))
}

fn timed(stage: &mut impl Stage) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let blocks = stage.do_work()?;
    let took = began.elapsed();
    ensure!(blocks == 1, "{blocks} blocks were passed on, expected one");
    Ok(took)
}

/// What the shards say to each block of the timed part.
fn said(blocks: &Blocks, shards: u16) -> Vec<Vec<Arc<MessageBatch>>> {
    let mut all: Vec<Shard> = (0..shards).map(|number| Shard::new(number, shards)).collect();
    let mut outcomes = Vec::new();
    let mut played = blocks.before.iter().chain(&blocks.timed).map(|block| {
        let batches = all.iter_mut().map(|shard| {
            let mut batch = MessageBatch::default();
            outcomes.clear();
            apply(shard, block, &mut batch, &mut outcomes);
            Arc::new(batch)
        });
        batches.collect()
    });
    played.by_ref().take(blocks.before.len()).for_each(drop::<Vec<_>>);
    played.collect()
}

/// The last two stages with what is around them.
struct Exit {
    inputs: Vec<Sender<Arc<MessageBatch>>>,
    egress: Egress,
    outbound: Outbound,
}

impl Exit {
    fn open(folder: &std::path::Path, shards: u16) -> anyhow::Result<Self> {
        let (bell, metrics) = (Bell::default(), Arc::new(Metrics::default()));
        let options = StoreOptions { window_bytes: 1 << 20, feed_window_bytes: 32 << 20 };
        let (StoreWriter { mut log, streams }, _) = store::open(folder, [7; 16], &options)?;
        log.replayed()?;
        let (inputs, from_shards): (Vec<_>, Vec<_>) =
            (0..shards).map(|_| link(BATCHES, &bell, &bell)).unzip();
        let (to_outbound, from_egress) = link(BATCHES, &bell, &bell);
        let load = Load::new(usize::MAX, &bell);
        let committed = Position::new(u64::MAX);
        let sender = outbound::Sender { link: to_outbound, load: load.clone() };
        let egress = Egress::new(
            (from_shards, committed),
            streams,
            sender,
            Position::new(0),
            Arc::default(),
        );
        let config =
            MarketDataConfig { a: group()?, b: Some(group()?), ..MarketDataConfig::default() };
        let session = SessionId::new("2026112501").context("the session id")?;
        let publisher = Publisher::bind(&config, session, 1, Arc::clone(&metrics))?;
        let outbound = Outbound::new(
            (from_egress, load, vec![bell]),
            (log, publisher),
            (Position::new(0), watch::channel(false).0, metrics),
        );
        Ok(Self { inputs, egress, outbound })
    }
}
