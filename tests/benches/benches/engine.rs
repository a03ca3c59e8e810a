//! The engine beside the reference ladder: the same operations, in turns, in one process.
//!
//! ```sh
//! cargo bench -p openbell-benches --bench engine                              # every scenario, five rounds
//! cargo bench -p openbell-benches --bench engine -- mixed-1 --rounds 9        # one scenario
//! cargo bench -p openbell-benches --bench engine -- mixed-1 --instructions    # counted by valgrind
//! ```
//!
//! Three players. `ladder` is the yardstick and says nothing to anybody. `matching` is the matcher alone, from
//! commands to events. `shard` is the engine as the venue uses it: from commands to the bytes of OUCH, ITCH and
//! trades in an outbox that is cleared every [`BLOCK`](openbell_benches::playing::BLOCK) commands, and the outcomes for admission. Making a command
//! from an operation is timed with it; filling the book is not.

use std::time::Instant;

use anyhow::{Context, bail};
use engine::event::Event;
use engine::matcher::{AHEAD, Applied, Matcher, Memory};
use openbell_benches::playing::Playing;
use openbell_benches::report::{Figure, Goal, publish};
use openbell_benches::{instructions, market};
use openbell_rulers::ladder::Ladder;
use openbell_rulers::matching::play as ladder_steps;
use openbell_rulers::workload::{
    Cancels, MIXED, OPERATIONS, Operation, SEED, SHAPES, Shape, Tally, Workload,
};

/// What the engine may cost, in ladders.
const GOAL: Goal = Goal::AtMost(2.0);

/// Operations under valgrind, which is slow and needs no more.
const COUNTED: u32 = 200_000;

/// What is played, and how many operations of it.
const SCENARIOS: [(Shape, u32); 5] = [
    (SHAPES[0], OPERATIONS),
    (SHAPES[1], OPERATIONS),
    (SHAPES[2], OPERATIONS),
    (
        Shape {
            name: "cancel-95",
            resting: 1_000_000,
            takes: 0,
            cancels: Cancels::Percent(95),
            ..MIXED
        },
        1_000_000,
    ),
    (
        Shape { name: "sweep", takes: 5, hits: (9, 29), cancels: Cancels::Percent(0), ..MIXED },
        1_000_000,
    ),
];

const PLAYERS: [&str; 3] = ["ladder", "matching", "shard"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--play", player, name, operations] => {
            let operations = operations.parse().context("a number of operations")?;
            let flow = Workload::generate(scenario(name)?.0, operations, SEED);
            play(player, &flow).map(|_| ())
        }
        [name, "--instructions"] => count_instructions(name),
        [name, "--rounds", rounds] => compare(&[scenario(name)?], rounds.parse()?),
        ["--rounds", rounds] => compare(&SCENARIOS, rounds.parse()?),
        [name] => compare(&[scenario(name)?], 5),
        [] => compare(&SCENARIOS, 5),
        _ => bail!("usage: [SCENARIO] [--rounds N] | SCENARIO --instructions"),
    }
}

fn scenario(name: &str) -> anyhow::Result<(Shape, u32)> {
    SCENARIOS.into_iter().find(|(shape, _)| shape.name == name).with_context(|| {
        format!("no scenario {name}; there are {:?}", SCENARIOS.map(|(shape, _)| shape.name))
    })
}

/// Plays scenarios, each player once a round, and publishes the medians.
fn compare(scenarios: &[(Shape, u32)], rounds: usize) -> anyhow::Result<()> {
    let mut figures = Vec::new();
    for (shape, operations) in scenarios {
        let flow = Workload::generate(*shape, *operations, SEED);
        let mut taken = PLAYERS.map(|_| Vec::new());
        for round in 1..=rounds {
            for (player, taken) in PLAYERS.into_iter().zip(&mut taken) {
                taken.push(play(player, &flow)?);
            }
            let latest = taken.each_ref().map(|taken| taken.last().copied().unwrap_or_default());
            eprintln!("{} round {round}: {PLAYERS:?} {latest:.1?} ns", shape.name);
        }
        figures.extend(figures_of(shape, &taken));
        figures.extend(memory_of(&flow));
    }
    publish("engine", &figures)
}

/// The figures of both players that are ours, beside the ladder.
fn figures_of(shape: &Shape, taken: &[Vec<f64>; 3]) -> Vec<Figure> {
    let goal = matches!(shape.name, "mixed-1" | "mixed-1k" | "deep").then_some(GOAL);
    let figure = |player: usize| {
        let what = format!("engine {}: {}", shape.name, PLAYERS[player]);
        Figure::of_rounds(what, &taken[player], &taken[0], "ns an operation", goal)
    };
    vec![figure(1), figure(2)]
}

/// What the filled book takes, beside what the issue allows: 64 bytes an order, 32 an index entry.
fn memory_of(flow: &Workload) -> [Figure; 3] {
    let mut matching = Matching::open(flow);
    matching_steps(&mut matching, &flow.fill);
    let Memory { orders, index, levels } = matching.matcher.memory();
    let figure = |what: &str, bytes: usize, limit: Option<f64>| Figure {
        what: format!("memory {}: {what}", flow.shape.name),
        ours: bytes as f64 / flow.fill.len() as f64,
        limit,
        unit: "bytes an open order",
        goal: limit.map(|_| Goal::AtMost(1.0)),
    };
    [
        figure("orders", orders, Some(64.0)),
        figure("index", index, Some(32.0)),
        figure("levels", levels, None),
    ]
}

fn count_instructions(name: &str) -> anyhow::Result<()> {
    let operations = COUNTED.to_string();
    let mut figures = Vec::new();
    let count = |player: &str| -> anyhow::Result<f64> {
        let count = instructions::count(&["--play", player, name, &operations], "*::measured*")?;
        Ok(count as f64 / f64::from(COUNTED))
    };
    let limit = count(PLAYERS[0])?;
    for player in &PLAYERS[1..] {
        figures.push(Figure {
            what: format!("engine {name}: {player}"),
            ours: count(player)?,
            limit: Some(limit),
            unit: "instructions an operation",
            goal: None,
        });
    }
    publish(&format!("instructions-{name}"), &figures)
}

/// Plays a flow once, checks what came of it, and gives nanoseconds an operation.
fn play(player: &str, flow: &Workload) -> anyhow::Result<f64> {
    match player {
        "ladder" => Ok(play_ladder(flow)),
        "matching" => Ok(play_matching(flow)),
        "shard" => Ok(play_shard(flow)),
        _ => bail!("no player {player}; there are {PLAYERS:?}"),
    }
}

fn play_ladder(flow: &Workload) -> f64 {
    let mut ladder = Ladder::new(flow.shape.symbols.into(), flow.ids as usize);
    let mut tally = Tally::default();
    let mut missing = ladder_steps(&mut ladder, &flow.fill, &mut tally);
    let took =
        measured(flow, || missing += ladder_steps(&mut ladder, &flow.operations, &mut tally));
    assert_eq!(tally, flow.tally, "the ladder trades as when the flow was made");
    assert_eq!(missing, 0, "every order to cancel rests");
    took
}

/// A matcher and what its events say has traded.
struct Matching {
    matcher: Matcher,
    applied: Applied,
    sequence: u64,
    tally: Tally,
}

impl Matching {
    fn open(flow: &Workload) -> Self {
        let mut matching = Self {
            matcher: Matcher::new(0, 1),
            applied: Applied::default(),
            sequence: 0,
            tally: Tally::default(),
        };
        for command in market::opening(flow.shape.symbols) {
            matching.sequence += 1;
            let sequenced = market::sequenced(matching.sequence, command);
            matching.matcher.apply(&sequenced, &mut matching.applied);
        }
        matching
    }
}

fn play_matching(flow: &Workload) -> f64 {
    let mut matching = Matching::open(flow);
    matching_steps(&mut matching, &flow.fill);
    let took = measured(flow, || matching_steps(&mut matching, &flow.operations));
    assert_eq!(matching.tally, flow.tally, "the matcher trades as the ladder does");
    took
}

fn matching_steps(matching: &mut Matching, operations: &[Operation]) {
    let Matching { matcher, applied, sequence, tally } = matching;
    let mut commands = Vec::with_capacity(AHEAD);
    for group in operations.chunks(AHEAD) {
        commands.clear();
        commands.extend((*sequence + 1..).zip(group).map(market::sequenced_operation));
        *sequence += group.len() as u64;
        matcher.look_ahead(&commands);
        for sequenced in &commands {
            applied.events.clear();
            applied.outcomes.clear();
            matcher.apply(sequenced, applied);
            for (_, event) in &applied.events {
                if let Event::Executed { quantity, price, .. } = event {
                    tally.trade(price.ten_thousandths() / market::STEP, *quantity);
                }
            }
        }
    }
}

fn play_shard(flow: &Workload) -> f64 {
    let mut playing = Playing::open(flow.shape.symbols);
    playing.play(&flow.fill);
    let took = measured(flow, || playing.play(&flow.operations));
    assert_eq!(
        playing.open_orders(),
        flow.open,
        "the shard keeps the orders that the ladder keeps"
    );
    took
}

/// Times what valgrind counts.
#[inline(never)]
fn measured(flow: &Workload, steps: impl FnOnce()) -> f64 {
    let started = Instant::now();
    steps();
    started.elapsed().as_secs_f64() * 1e9 / flow.operations.len() as f64
}
