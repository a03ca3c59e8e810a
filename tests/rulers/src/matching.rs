//! `openbell-rulers ladder`: how fast orders can be matched in memory, by the plainest book that is fast.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use openbell_tools::line::{Line, Printer};

use crate::figures::tenths;
use crate::ladder::Ladder;
use crate::workload::{Kind, OPERATIONS, Operation, SEED, SHAPES, Shape, Tally, Workload};

/// Measures matching in memory on the reference ladder.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Measures this shape alone.
    #[arg(long, value_parser = SHAPES.map(|shape| shape.name))]
    shape: Option<String>,
    /// Operations whose time is taken.
    #[arg(long, default_value_t = OPERATIONS, value_parser = clap::value_parser!(u32).range(1..=50_000_000))]
    operations: u32,
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Measures and prints, a line for each shape.
///
/// # Errors
///
/// The ladder came to other trades than the generator's book.
pub fn run(args: Args) -> Result<ExitCode> {
    let mut printer = Printer::new(args.json);
    let is_wanted = |shape: &Shape| args.shape.as_deref().is_none_or(|name| name == shape.name);
    for shape in SHAPES.into_iter().filter(is_wanted) {
        let workload = Workload::generate(shape, args.operations, args.seed);
        let took = measure(&workload)?;
        printer.line(&line(shape, &workload, took))?;
        printer.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a workload and takes the time of all but the filling.
fn measure(workload: &Workload) -> Result<Duration> {
    let mut ladder = Ladder::new(workload.shape.symbols.into(), workload.ids as usize);
    let mut tally = Tally::default();
    let mut missing = play(&mut ladder, &workload.fill, &mut tally);
    let began = Instant::now();
    missing += play(&mut ladder, &workload.operations, &mut tally);
    let took = began.elapsed();
    ensure!(tally == workload.tally, "{tally:?}, but {:?} is right", workload.tally);
    ensure!(missing == 0, "{missing} orders to cancel did not rest");
    Ok(took)
}

/// Gives operations to the ladder, and counts what trades; returns how many orders to cancel did not rest.
pub fn play(ladder: &mut Ladder, operations: &[Operation], tally: &mut Tally) -> u64 {
    let mut missing = 0;
    for operation in operations {
        if operation.kind == Kind::Cancel {
            missing += u64::from(ladder.cancel(operation.id).is_none());
        } else {
            ladder.enter(operation.order(), |fill| tally.trade(fill.price, fill.quantity));
        }
    }
    missing
}

fn line(shape: Shape, workload: &Workload, took: Duration) -> Line {
    let nanos = took.as_secs_f64() * 1_000_000_000.0 / workload.operations.len() as f64;
    Line::new("shape", shape.name)
        .with("ns_per_operation", tenths(nanos))
        .with("operations", workload.operations.len())
        .with("trades", workload.tally.trades)
        .with("volume", workload.tally.volume)
        .with("notional", workload.tally.notional)
        .with("digest", format!("{:016x}", workload.digest()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::MIXED;

    #[test]
    fn a_run_comes_to_the_tally_of_the_generator() {
        let shape = Shape { name: "small", symbols: 7, resting: 300, ..MIXED };
        let workload = Workload::generate(shape, 10_000, 3);
        measure(&workload).expect("the same trades");
        let mut wrong = workload;
        wrong.operations.pop();
        wrong.operations.retain(|operation| operation.kind != Kind::Take);
        assert!(measure(&wrong).is_err(), "a flow without takes has other trades");
    }
}
