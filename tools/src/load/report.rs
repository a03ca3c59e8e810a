//! The report of a run: what ran, on what, and what came out.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::driver::Outcome;
use super::machine::Machine;
use super::schedule::Loop;
use super::venue::{Target, data_folder};
use super::{Args, Mix};
use crate::line::{Line, Printer};

/// Percentiles that are told, in hundred-thousandths.
const PERCENTILES: [(&str, f64); 6] = [
    ("p50_us", 0.5),
    ("p90_us", 0.9),
    ("p99_us", 0.99),
    ("p99_9_us", 0.999),
    ("p99_99_us", 0.9999),
    ("max_us", 1.0),
];
/// Characters of the longest bar of the plot.
const BAR: usize = 50;
/// The loader may be late by this part of what it measures.
const LATENESS_PART: u64 = 10;
/// And by this much in any case: the grain of its own sleep, in nanoseconds.
const LATENESS_NS: u64 = 200_000;
/// The venue may be behind by this part of all requests at the end.
const BACKLOG_PART: u64 = 20;
/// In the first second it may be behind by this part of a second's requests, if that is less.
const BACKLOG_RATE_PART: u64 = 10;
/// And by so many requests in any case.
const BACKLOG: u64 = 16;

/// A run and all that has to be known about it.
#[derive(Clone, Debug)]
pub(super) struct Report {
    outcome: Outcome,
    pace: Loop,
    connections: usize,
    symbols: usize,
    mix: Mix,
    durability: Option<&'static str>,
    data_folder: String,
    venue_seconds: Option<f64>,
    machine: Machine,
}

impl Report {
    pub(super) fn new(outcome: Outcome, pace: Loop, args: &Args, target: &Target) -> Self {
        Self {
            outcome,
            pace,
            connections: target.accounts().len(),
            symbols: target.symbols().len(),
            mix: args.mix,
            durability: args.address.is_none().then(|| args.durability.name()),
            data_folder: data_folder(args).display().to_string(),
            venue_seconds: target.processor_seconds(),
            machine: Machine::this(),
        }
    }

    /// Tells whether every request was answered, rightly, and the loader kept its schedule.
    pub(super) fn is_good(&self) -> bool {
        self.is_valid() && self.outcome.unanswered == 0 && self.outcome.tally.wrong == 0
    }

    fn is_valid(&self) -> bool {
        self.objections().is_empty()
    }

    /// Why the run does not count: its latencies say something else than how fast the venue answers.
    fn objections(&self) -> Vec<String> {
        let tally = &self.outcome.tally;
        let mut objections = Vec::new();
        let late = tally.lateness.value_at_quantile(0.99);
        let allowed = tally.latency.value_at_quantile(0.99) / LATENESS_PART;
        if allowed.max(LATENESS_NS) < late {
            objections.push("the loader was late; its latencies are partly its own".to_owned());
        }
        let Loop::Open(rate) = self.pace else { return objections };
        let (backlog, part) = (&tally.backlog, tally.backlog.planned / BACKLOG_PART);
        let (grown, caught_up) = (backlog.grown(), backlog.caught_up());
        if part.max(BACKLOG) < grown {
            let planned = backlog.planned;
            objections.push(format!(
                "the venue fell behind by {grown} of {planned} requests and did not catch up; \
                 ask for less by --rate"
            ));
        }
        if part.min(rate / BACKLOG_RATE_PART).max(BACKLOG) < caught_up {
            objections.push(format!(
                "the venue was behind by {caught_up} requests in the first second and caught up \
                 later; leave that out by a longer --warm-up"
            ));
        }
        objections
    }

    /// Acknowledged requests a second.
    fn per_second(&self) -> u64 {
        let nanos = self.outcome.measured.as_nanos().max(1);
        let per_second = u128::from(self.outcome.tally.acknowledged) * 1_000_000_000 / nanos;
        u64::try_from(per_second).unwrap_or(u64::MAX)
    }

    pub(super) fn print(&self, printer: &mut Printer) -> Result<()> {
        if printer.is_json() {
            let line = self.summary().and(self.conditions());
            return Ok(printer.line(&line)?);
        }
        printer.text(self.conditions())?;
        printer.text(self.summary())?;
        self.plot(printer)?;
        for objection in self.objections() {
            printer.text(format!("INVALID: {objection}"))?;
        }
        Ok(())
    }

    fn summary(&self) -> Line {
        let tally = &self.outcome.tally;
        let mut line = Line::new("acknowledged_per_second", self.per_second())
            .with("acknowledged", tally.acknowledged)
            .with("rejected", tally.rejected)
            .with("executions", tally.executions)
            .with("crossed_cancels", tally.crossed)
            .with("unanswered", self.outcome.unanswered)
            .with("wrong", tally.wrong);
        for (name, quantile) in PERCENTILES {
            line = line.with(name, micros(tally.latency.value_at_quantile(quantile)));
        }
        line.with("late_p99_us", micros(tally.lateness.value_at_quantile(0.99)))
            .with("valid", self.is_valid())
            .maybe("invalid_because", (!self.is_valid()).then(|| self.objections().join("; ")))
    }

    fn conditions(&self) -> Line {
        let line = match self.pace {
            Loop::Closed(outstanding) => {
                Line::new("loop", "closed").with("outstanding", outstanding)
            }
            Loop::Open(rate) => Line::new("loop", "open").with("rate", rate),
        };
        line.with("connections", self.connections)
            .with("symbols", self.symbols)
            .with("mix", self.mix.name())
            .maybe("durability", self.durability)
            .text("seconds", format!("{:.1}", self.outcome.measured.as_secs_f64()))
            .maybe("venue_processor_seconds", self.venue_seconds)
            .text("loader_processor_seconds", format!("{:.2}", self.outcome.own_seconds))
            .with("build", if cfg!(debug_assertions) { "debug" } else { "release" })
            .with("version", env!("CARGO_PKG_VERSION"))
            .with("processor", self.machine.processor.as_str())
            .with("cores", self.machine.cores)
            .with("kernel", self.machine.kernel.as_str())
            .with("data_folder", self.data_folder.as_str())
    }

    /// Latency by percentile, as bars.
    fn plot(&self, printer: &mut Printer) -> io::Result<()> {
        let latency = &self.outcome.tally.latency;
        let longest = latency.max().max(1);
        for (name, quantile) in PERCENTILES {
            let nanos = latency.value_at_quantile(quantile);
            // The root makes the short ones visible beside the longest.
            let share = nanos.isqrt() * u64::try_from(BAR).expect("short") / longest.isqrt().max(1);
            let bar = "#".repeat(usize::try_from(share).expect("short").max(1));
            printer.text(format!("{name:>10} {:>12.1} {bar}", micros(nanos)))?;
        }
        Ok(())
    }

    /// Writes the distribution as HdrHistogram's tools read it, in microseconds.
    pub(super) fn write_hgrm(&self, path: &Path) -> io::Result<()> {
        let latency = &self.outcome.tally.latency;
        let mut file = io::BufWriter::new(File::create(path)?);
        writeln!(
            file,
            "{:>12} {:>14} {:>10} {:>14}\n",
            "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
        )?;
        let mut counted = 0;
        for step in latency.iter_quantiles(5) {
            counted += step.count_since_last_iteration();
            let (value, quantile) = (micros(step.value_iterated_to()), step.quantile_iterated_to());
            if quantile < 1.0 {
                writeln!(
                    file,
                    "{value:>12.1} {quantile:>14.12} {counted:>10} {:>14.2}",
                    1.0 / (1.0 - quantile)
                )?;
            } else {
                writeln!(file, "{value:>12.1} {quantile:>14.12} {counted:>10}")?;
            }
        }
        let (mean, deviation) = (latency.mean() / 1_000.0, latency.stdev() / 1_000.0);
        writeln!(file, "#[Mean    = {mean:>12.3}, StdDeviation   = {deviation:>12.3}]")?;
        writeln!(
            file,
            "#[Max     = {:>12.1}, Total count    = {:>12}]",
            micros(latency.max()),
            latency.len()
        )?;
        writeln!(file, "#[Buckets = {:>12}, SubBuckets     = {:>12}]", latency.buckets(), 2_048)?;
        file.flush()
    }
}

/// Microseconds, to a tenth.
fn micros(nanos: u64) -> f64 {
    (Duration::from_nanos(nanos).as_secs_f64() * 10_000_000.0).round() / 10.0
}
