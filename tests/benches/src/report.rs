//! Figures: as lines for a reader, and as JSON in `target/bench/` for a table.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

/// One figure beside what bounds it.
#[derive(Clone, Debug)]
pub struct Figure {
    pub what: String,
    pub ours: f64,
    /// What a bounded reference takes in the same run, or what the format demands; `None`: nothing to compare with.
    pub limit: Option<f64>,
    pub unit: &'static str,
    /// What `ours` shall be, in limits; `None`: no goal was set.
    pub goal: Option<Goal>,
}

/// What a ratio shall be.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(number) => write!(f, ">= {number}"),
            Self::AtMost(number) => write!(f, "<= {number}"),
        }
    }
}

impl Figure {
    /// The median of some rounds, and a limit that makes the ratio the median of the rounds' ratios.
    pub fn of_rounds(
        what: String,
        ours: &[f64],
        limits: &[f64],
        unit: &'static str,
        goal: Option<Goal>,
    ) -> Self {
        let ratios: Vec<f64> = ours.iter().zip(limits).map(|(ours, limit)| ours / limit).collect();
        let ours = median(ours);
        Self { what, ours, limit: Some(ours / median(&ratios)), unit, goal }
    }

    /// A line with the ratio to the limit.
    pub fn line(&self) -> String {
        let Self { what, ours, limit, unit, goal } = self;
        let beside = limit.map_or(String::new(), |limit| {
            format!(", limit {limit:.1}, ratio {:.2}", ours / limit)
        });
        let goal = goal.map_or(String::new(), |goal| format!(" (goal: {goal})"));
        format!("{what}: {ours:.1} {unit}{beside}{goal}")
    }

    fn json(&self) -> Value {
        let Self { what, ours, limit, unit, goal } = self;
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        json!({
            "what": what,
            "ours": tenths(*ours),
            "limit": limit.map(tenths),
            "unit": unit,
            "goal": goal.map(|goal| goal.to_string()),
        })
    }
}

/// Prints the figures, and writes them to `target/bench/<name>.json`.
///
/// # Errors
///
/// When the file cannot be written.
pub fn publish(name: &str, figures: &[Figure]) -> anyhow::Result<()> {
    for figure in figures {
        println!("{}", figure.line());
    }
    let folder = target().join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let path = folder.join(format!("{name}.json"));
    let list: Vec<Value> = figures.iter().map(Figure::json).collect();
    let text = serde_json::to_string_pretty(&list).context("writing the figures as JSON")?;
    fs::write(&path, text + "\n").with_context(|| format!("writing {}", path.display()))?;
    println!("figures in {}", path.display());
    Ok(())
}

/// The middle one of some rounds, which is not empty.
pub fn median(rounds: &[f64]) -> f64 {
    let mut sorted = rounds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The folder that Cargo builds into: the running bench lies in `release/deps` of it.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|path| path.ends_with("release/deps"));
    target.and_then(|deps| deps.ancestors().nth(2)).unwrap_or(Path::new("target")).to_owned()
}
