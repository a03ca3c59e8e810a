//! Shards do not show: any number of them, in either thread layout, gives the same bytes.

use std::sync::{Arc, OnceLock};

use engine::command::{Command, PortId};
use engine::outbox::Target;
use engine::record;
use openbell_tests::evidence;
use openbell_tests::harness::{Setup, Venue, random_group};
use openbell_tests::order::{cancel, enter, mass_cancel, query, replace, take};
use openbell_tests::simulator::{Exchange, Logged};
use protocol::SessionId;
use server::clock::Clock;
use server::config::{Config, ThreadLayout};
use server::gateway::{GatewayParts, Phase};
use server::link::Bell;
use server::market_data::Publisher;
use server::metrics::{Metrics, Readiness};
use server::passwords::Verifier;
use server::pipeline::{GatewayStart, Parts, Pipeline};
use server::sequencer::Signals;
use server::store::{Messages, ReadLimits, Store};
use server::timetable::Timetable;
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot, watch};

use crate::VENUE;
use crate::differential::play;

const SHARDS: [u16; 4] = [1, 2, 4, 8];
const LAYOUTS: [(ThreadLayout, &str); 2] =
    [(ThreadLayout::Shared, "shared"), (ThreadLayout::Dedicated, "dedicated")];

/// Commands of the recorded log.
const RECORDED: usize = 10_000;
/// Printed with the evidence.
const SEED: u64 = 4_711;
/// The time at which the recorded log is played again.
const STILL_NS: u64 = 1_795_305_600_000_000_000;

#[test]
fn a_recorded_log_gives_the_same_streams_through_any_shards_and_threads() {
    let log = recorded_log();
    // The simulator applies one command at a time, without stages.
    let still: Vec<Logged> =
        log.iter().map(|logged| Logged { time_ns: STILL_NS, ..logged.clone() }).collect();
    let simulated = Exchange::replay(&still, 1).streams;
    let ports = simulated.ports.len();
    let expected: Vec<String> =
        simulated.ports.iter().chain([&simulated.feed]).map(|stream| sha256(stream)).collect();
    for shards in SHARDS {
        for (layout, name) in LAYOUTS {
            let streams = run_pipeline(&log, shards, layout, ports);
            assert_eq!(streams, expected, "{shards} shards, {name}, seed {SEED}");
        }
    }
    let live = live_runs();
    let digest = sha256(&expected.iter().map(|line| line.clone().into_bytes()).collect::<Vec<_>>());
    evidence::write(
        "SHARDS",
        &format!(
            "commands={} streams={} through 1,2,4,8 shards x shared,dedicated equal, sha256={}; live at the limit: {live} runs equal",
            log.len(),
            expected.len(),
            &digest[..16]
        ),
    );
}

/// A day with disconnects, mass cancels over all symbols, ticks and races for a number.
fn recorded_log() -> Vec<Logged> {
    let mut log = play(SEED, RECORDED);
    let mut tick = Vec::new();
    record::encode(&Command::Tick, 0, &mut tick);
    for at in (500..log.len()).step_by(500) {
        let time_ns = log[at].time_ns;
        log.insert(at, Logged { time_ns, record: tick.clone() });
    }
    log
}

/// Plays the log through the venue's own stages and threads; gives the digest of every stream.
fn run_pipeline(log: &[Logged], shards: u16, threads: ThreadLayout, ports: usize) -> Vec<String> {
    let folder = tempfile::TempDir::new().expect("a temporary folder can be made");
    let mut config =
        Config { data_dir: folder.path().join("data"), shards, threads, ..Config::default() };
    config.journal.segment_mib = 1;
    config.market_data.a = random_group();
    config.order_entry.listen = ([127, 0, 0, 1], 0).into();
    let commands = log.iter().map(|logged| {
        // The pipeline takes commands that live as long as the process; a test's log may.
        let bytes: &'static [u8] = Box::leak(logged.record.clone().into_boxed_slice());
        record::decode(bytes).expect("a recorded log is whole").1
    });
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = runtime.block_on(run_to_the_end(&config, commands.collect()));
    let targets =
        (0..ports).map(|port| Target::Port(PortId(u16::try_from(port).expect("few ports"))));
    targets.chain([Target::Feed]).map(|target| sha256(&read_all(&store, target))).collect()
}

async fn run_to_the_end(config: &Config, venue_commands: Vec<Command<'static>>) -> Store {
    let metrics = Arc::new(Metrics::default());
    let recovered = server::recovery::open(config, false, &metrics, &Readiness::default())
        .expect("an empty folder opens a new day");
    let store = recovered.store.clone();
    let session = SessionId::new("2026112201").expect("a session id");
    let publisher = Publisher::bind(&config.market_data, session, 1, Arc::clone(&metrics))
        .expect("multicast on loopback");
    let bell = Bell::default();
    let gateway_parts = GatewayParts {
        config: config.order_entry.clone(),
        session,
        ports: Vec::new(),
        verifier: Arc::new(Verifier::start(&[]).expect("a thread")),
        store: store.clone(),
        bell: Arc::clone(&bell),
        service: tokio::runtime::Handle::current(),
        metrics: Arc::clone(&metrics),
    };
    let (phase, phases) = watch::channel(Phase::Open);
    let (opened, _gateway) = oneshot::channel();
    let (_acts, acts) = mpsc::channel(1);
    let (settled, mut settled_queue) = mpsc::channel(2);
    let (day_ended, _ended) = watch::channel(false);
    let signals = Signals {
        acts,
        published: Arc::default(),
        gateway: Arc::new(OnceLock::new()),
        out_of_space: Arc::default(),
        stop: Arc::default(),
        timetable: Timetable::default(),
        settled,
    };
    let parts = Parts {
        recovered,
        venue_commands,
        clock: Clock::still(STILL_NS),
        gateway: GatewayStart { parts: gateway_parts, phase: phases, opened },
        publisher,
        signals,
        day_ended,
        metrics,
    };
    let pipeline = Pipeline::start(config, parts, &bell).expect("threads");
    settled_queue.recv().await.expect("the log is applied");
    phase.send_replace(Phase::Stopped);
    tokio::task::spawn_blocking(|| pipeline.halt()).await.expect("the stages end");
    store
}

fn read_all(store: &Store, target: Target) -> Vec<Vec<u8>> {
    let limits = ReadLimits { messages: usize::MAX, bytes: usize::MAX };
    let mut messages = Messages::new();
    store.read(target, 1, limits, &mut messages).expect("the outbound log is whole");
    messages.iter().map(|(_, message)| message.to_vec()).collect()
}

fn sha256(messages: &[Vec<u8>]) -> String {
    let mut hasher = Sha256::new();
    for message in messages {
        hasher.update(message.len().to_be_bytes());
        hasher.update(message);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One inbound script at its exposure limit, live, through all shards and layouts; gives the number of runs.
fn live_runs() -> usize {
    let mut runs: Vec<Vec<Vec<u8>>> = Vec::new();
    for shards in SHARDS {
        for (_, layout) in LAYOUTS {
            runs.push(live_run(shards, layout));
        }
    }
    for run in &runs {
        assert_eq!(run, &runs[0], "the same script gives the same answers");
    }
    let rejected = runs[0].iter().filter(|message| message[0] == b'J').count();
    assert!(20 <= rejected, "the script meets its limit, {rejected} rejects");
    runs.len()
}

fn live_run(shards: u16, layout: &str) -> Vec<Vec<u8>> {
    let symbols = ["AAAA", "BBBB", "CCCC", "DDDD", "EEEE"];
    let mut setup = Setup::new(&symbols, &["EDGE", "SIDE", "OTHER"]);
    setup.top = format!("shards = {shards}\nthreads = \"{layout}\"\n");
    setup.tables = "[journal]\nsegment_mib = 1\n".to_owned();
    setup.ports[0].2 = "gross_exposure = \"10000\"".to_owned();
    setup.firms[0].1 = "gross_exposure = \"15000\"".to_owned();
    setup.firms.push(("BETA".to_owned(), String::new()));
    setup.ports[2].1 = "BETA".to_owned();
    let venue = Venue::start(VENUE, setup);
    let mut answers = Vec::new();
    let mut script = |port: &str, messages: Vec<Vec<u8>>| {
        let mut client = venue.login(port, 1);
        // All in one go: what is in flight when the limit is met depends on nothing but the venue.
        messages.iter().for_each(|message| client.send(message));
        client.send(&query());
        while client.messages.last().is_none_or(|last| last[0] != b'Q') {
            let seen = client.messages.len();
            assert!(client.wait_for(seen + 1), "the session stays");
        }
        // Times differ from run to run, nothing else does.
        answers
            .extend(client.messages.iter().map(|message| [&message[..1], &message[9..]].concat()));
        client.logout();
    };
    script(
        "OTHER",
        symbols
            .iter()
            .zip(1..)
            .map(|(symbol, number)| enter(number, b'S', 500, symbol, 100_000))
            .collect(),
    );
    script("EDGE", edge_script(&symbols));
    script("SIDE", edge_script(&symbols));
    answers
}

/// Enters, takes, replaces and cancels around a limit of 10,000 dollars.
fn edge_script(symbols: &[&str]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for round in 0..40_u32 {
        let symbol = symbols[usize::try_from(round).expect("a small number") % symbols.len()];
        let resting = next();
        messages.push(enter(resting, b'B', 100 + round, symbol, 90_000));
        messages.push(take(next(), b'B', 10, symbol, 110_000));
        messages.push(enter(next(), b'B', 100, symbol, 95_000));
        let replacement = next();
        messages.push(replace(resting, replacement, 150 + round, 92_000));
        messages.push(enter(next(), b'B', 50, symbol, 80_000));
        if round % 3 == 0 {
            messages.push(cancel(replacement, 20));
            // A race for a number: the Replace of a dead order does not consume it.
            let contested = next();
            messages.push(replace(resting, contested, 10, 90_000));
            messages.push(enter(contested, b'B', 30, symbol, 70_000));
        }
        if round % 10 == 9 {
            messages.push(mass_cancel(next()));
        }
    }
    messages
}
