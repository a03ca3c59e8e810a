//! The ramp: the highest rate that keeps p99 under a bound.
//!
//! Doubles the rate until the bound is broken, then halves the interval; each step is an open-loop run of its own.

use std::time::Duration;

use anyhow::Result;

use super::Args;
use super::driver::{self, Outcome, Plan};
use super::report::Report;
use super::schedule::Loop;
use super::venue::Target;

/// The first rate tried, requests a second.
const FIRST: u64 = 10_000;
/// No venue is asked for more.
const MOST: u64 = 10_000_000;
/// Halvings of the last interval.
const HALVINGS: u32 = 4;

/// Looks for the rate, and reports the run that reached it.
///
/// # Errors
///
/// As [`driver::run`].
pub(super) fn highest_rate(
    plan: &Plan,
    target: &Target,
    bound: Duration,
    args: &Args,
) -> Result<Report> {
    let plan = plan.lasting(args.length.min(Duration::from_secs(3)));
    let (mut good, mut best): (u64, Option<Outcome>) = (0, None);
    let mut bad = MOST + 1;
    let mut rate = FIRST;
    let mut halvings = 0;
    while halvings < HALVINGS && rate <= MOST {
        let outcome = driver::run(&plan, Loop::Open(rate))?;
        let p99 = Duration::from_nanos(outcome.tally.latency.value_at_quantile(0.99));
        let holds = p99 <= bound && outcome.unanswered == 0;
        eprintln!("{rate} requests a second: p99 {p99:?}{}", if holds { "" } else { ", too slow" });
        if holds {
            (good, best) = (rate, Some(outcome));
        } else {
            bad = rate;
        }
        rate = if MOST < bad {
            good * 2
        } else {
            halvings += 1;
            good + (bad - good) / 2
        };
    }
    match best {
        Some(outcome) => Ok(Report::new(outcome, Loop::Open(good), args, target)),
        None => anyhow::bail!("already {FIRST} requests a second break the bound of {bound:?}"),
    }
}
