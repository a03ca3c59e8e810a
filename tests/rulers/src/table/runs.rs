//! The runs of a round: which programs, with what, one after the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use openbell_tests::postgres::Cluster;
use serde_json::{Map, Value};

use crate::copy;

/// How long each run takes, as the programs read it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Lengths {
    pub(super) run: &'static str,
    pub(super) disk: &'static str,
}

impl Lengths {
    pub(super) const FULL: Self = Self { run: "3s", disk: "2s" };
    pub(super) const QUICK: Self = Self { run: "1s", disk: "500ms" };
}

/// What each run of a round has printed.
#[derive(Debug, Default)]
pub(super) struct Round {
    figures: BTreeMap<&'static str, Map<String, Value>>,
}

/// Orders that rest in the venue and in the skeleton, over all connections.
const RESTING: u32 = 50_000;

/// Runs of the venue: name, connections, outstanding, durability.
const VENUE: [(&str, u32, u32, &str); 6] = [
    ("venue 64x64 fsync", 64, 64, "fsync"),
    ("venue 64x1000 fsync", 64, 1_000, "fsync"),
    ("venue 8x64 fsync", 8, 64, "fsync"),
    ("venue 64x64 os", 64, 64, "os"),
    ("venue 1x1 os", 1, 1, "os"),
    ("venue 1x1 fsync", 1, 1, "fsync"),
];

/// The run with the drain: its name, and the run that it repeats and comes behind.
const DRAINED: (&str, &str) = ("venue 64x64 drained", "venue 64x64 fsync");

/// Runs of rulers: name, the run of the venue behind which it comes, arguments.
const RULERS: [(&str, &str, &str); 7] = [
    ("skeleton 64x64", "venue 64x64 fsync", "skeleton --connections 64 --outstanding 64"),
    ("skeleton 64x1000", "venue 64x1000 fsync", "skeleton --connections 64 --outstanding 1000"),
    ("skeleton 8x64", "venue 8x64 fsync", "skeleton --connections 8 --outstanding 64"),
    ("match 64x64", "venue 64x64 os", "skeleton --mode match --connections 64 --outstanding 64"),
    ("echo 64x64", "venue 64x64 os", "echo --connections 64 --outstanding 64"),
    ("echo 1x1", "venue 1x1 os", "echo --connections 1 --outstanding 1"),
    ("disk 4 KiB", "venue 1x1 fsync", "durable-write --block 4"),
];

/// Runs venue and rulers once each, those that are compared one after the other.
pub(super) fn round(programs: &Path, dir: Option<&Path>, lengths: Lengths) -> Result<Round> {
    let mut round = Round::default();
    for (name, connections, outstanding, durability) in VENUE {
        let resting = if connections == 1 { 500 } else { RESTING / connections };
        let arguments = format!(
            "--connections {connections} --outstanding {outstanding} --durability {durability} \
             --resting {resting}"
        );
        round.venue(name, &arguments, programs, dir, lengths)?;
        if name == DRAINED.1 {
            round.drained(&arguments, programs, dir, lengths)?;
        }
        round.rulers_after(name, programs, dir, lengths)?;
    }
    let highest = round.number("venue 64x64 fsync", "acknowledged_per_second");
    let rate = highest.context("the venue told no rate")? / 2.0;
    let resting = RESTING / 64;
    // Long enough for what has piled up behind the start of a new venue to be gone.
    let arguments = format!("--connections 64 --rate {rate:.0} --resting {resting} --warm-up 3s");
    round.venue("venue open", &arguments, programs, dir, lengths)?;
    Ok(round)
}

impl Round {
    /// A figure of a run; nothing when the run did not count.
    pub(super) fn number(&self, run: &str, key: &str) -> Option<f64> {
        self.figures.get(run)?.get(key)?.as_f64()
    }

    /// A word of a run.
    pub(super) fn word(&self, run: &str, key: &str) -> Option<String> {
        let value = self.figures.get(run)?.get(key)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    fn venue(
        &mut self,
        name: &'static str,
        arguments: &str,
        programs: &Path,
        dir: Option<&Path>,
        lengths: Lengths,
    ) -> Result<()> {
        let mut command = Command::new(programs.join("openbell"));
        command.args(["load", "--json", "--for", lengths.run]).args(arguments.split_whitespace());
        if let Some(dir) = dir {
            command.arg("--data-dir").arg(dir);
        }
        let [figures] = &lines(command)?[..] else { bail!("{name}: expected one line") };
        let is_right = |key| figures.get(key).and_then(Value::as_u64) == Some(0);
        ensure!(
            is_right("wrong") && is_right("unanswered"),
            "{name}: answers were wrong or missing"
        );
        if figures.get("valid").and_then(Value::as_bool) == Some(true) {
            self.note(name, figures.clone());
        } else {
            eprintln!("  {name} does not count: the load was late");
        }
        Ok(())
    }

    /// Runs the venue with its trades drained into a Postgres on the same machine.
    fn drained(
        &mut self,
        arguments: &str,
        programs: &Path,
        dir: Option<&Path>,
        lengths: Lengths,
    ) -> Result<()> {
        let Some(cluster) = Cluster::start_with(copy::SETTINGS) else { return Ok(()) };
        let arguments = format!("{arguments} --postgres {}", cluster.url());
        self.venue(DRAINED.0, &arguments, programs, dir, lengths)?;
        let rows = "SELECT count(*) FROM openbell_trades";
        let rows: i64 = cluster.connect().query_one(rows, &[]).context(rows)?.try_get(0)?;
        ensure!(0 < rows, "{}: no trade has reached Postgres", DRAINED.0);
        eprintln!("  {rows} trades were drained meanwhile");
        Ok(())
    }

    fn rulers_after(
        &mut self,
        venue: &str,
        programs: &Path,
        dir: Option<&Path>,
        lengths: Lengths,
    ) -> Result<()> {
        for (name, _, arguments) in RULERS.iter().filter(|(_, after, _)| *after == venue) {
            let mut command = Command::new(programs.join("openbell-rulers"));
            command.args(arguments.split_whitespace()).arg("--json");
            let ruler = arguments.split_whitespace().next().unwrap_or_default();
            let length = if ruler == "durable-write" { lengths.disk } else { lengths.run };
            command.args(["--for", length]);
            if let Some(dir) = dir.filter(|_| ["skeleton", "durable-write"].contains(&ruler)) {
                command.arg("--dir").arg(dir);
            }
            // Where there are several ways, the first is what counts, but of the disk the faster one.
            let lines = lines(command)?;
            let figures = if ruler == "durable-write" {
                lines.into_iter().min_by(|a, b| median(a).total_cmp(&median(b)))
            } else {
                lines.into_iter().next()
            };
            self.note(name, figures.with_context(|| format!("{name} printed nothing"))?);
        }
        Ok(())
    }

    fn note(&mut self, name: &'static str, figures: Map<String, Value>) {
        eprintln!("  {name}");
        self.figures.insert(name, figures);
    }
}

fn median(figures: &Map<String, Value>) -> f64 {
    figures.get("p50_us").and_then(Value::as_f64).unwrap_or(f64::INFINITY)
}

/// Runs a program and reads the JSON objects that it prints.
fn lines(mut command: Command) -> Result<Vec<Map<String, Value>>> {
    let told = format!("{command:?}").replace('"', "");
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("running {told}"))?;
    let text = String::from_utf8(output.stdout).with_context(|| format!("running {told}"))?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<_>, _>>();
    let lines = lines.with_context(|| format!("reading what {told} printed"))?;
    ensure!(!lines.is_empty(), "{told} printed nothing and ended with {}", output.status);
    Ok(lines)
}

#[cfg(test)]
pub(super) fn sample(scale: f64) -> Round {
    let mut round = Round::default();
    for (name, rate, p50) in
        [("venue 64x64 fsync", 400_000.0, 30.0), ("skeleton 64x64", 1_000_000.0, 10.0)]
    {
        let figures = serde_json::json!({
            "acknowledged_per_second": rate * scale,
            "acknowledged_per_s": rate * 2.0,
            "p50_us": p50,
            "p99_us": p50 * 2.0,
            "processor": "a processor",
            "cores": 2,
        });
        round.figures.insert(name, figures.as_object().expect("an object").clone());
    }
    round
}
