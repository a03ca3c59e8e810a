//! `openbell-rulers table`: the venue beside its limits, as ratios.
//!
//! Venue and rulers run in turn, round after round. A ratio is taken inside a round, from runs a few seconds apart, and
//! the page shows its median and range over the rounds: the machine may be twice as fast an hour later, but not
//! between two runs.

mod runs;
mod rows;
mod page;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use rows::Row;
use runs::Lengths;

/// Rounds of a table that may be quoted.
const ROUNDS: u16 = 5;

/// Runs venue and rulers in turn and makes the table of ratios.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = ROUNDS, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Runs of a second instead of three, to see that all works; writes no page.
    #[arg(long)]
    quick: bool,
    /// Writes the table into this page, between the lines that mark its place.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Journals lie here; the disk of this folder is measured too.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Prints one JSON object a row instead of the table.
    #[arg(long)]
    json: bool,
}

/// Runs everything, prints the table and writes the page.
///
/// # Errors
///
/// A program is missing or fails, or the page has no place for the table.
pub fn run(args: Args) -> Result<ExitCode> {
    let page = args.page.filter(|_| !args.quick);
    if let Some(page) = &page {
        // Rather now than after a quarter of an hour.
        page::check(&read(page)?).with_context(|| format!("{}", page.display()))?;
    }
    let programs = env::current_exe().context("finding this program")?;
    let programs = programs.parent().context("this program is in a folder")?;
    let lengths = if args.quick { Lengths::QUICK } else { Lengths::FULL };
    let rounds = (1..=args.rounds)
        .map(|number| {
            eprintln!("round {number} of {}", args.rounds);
            runs::round(programs, args.dir.as_deref(), lengths)
        })
        .collect::<Result<Vec<_>>>()?;
    let mut rows: Vec<Row> = rows::ROWS.iter().map(|row| row.over(&rounds)).collect();
    rows.extend(dropped(programs)?);
    let text = page::text(&rows, &page::Conditions::of(&rounds, args.rounds, lengths));
    if args.json {
        rows.iter().for_each(|row| println!("{}", json(row)));
    } else {
        print!("{text}");
    }
    if let Some(page) = &page {
        let filled = page::fill(&read(page)?, &text)?;
        fs::write(page, filled).with_context(|| format!("writing {}", page.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Rows that other benches have left in `bench/*.json` beside the folder of the programs, by file name.
fn dropped(programs: &Path) -> Result<Vec<Row>> {
    let folder = programs.join("../bench");
    let mut files: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?,
        Err(_) => return Ok(Vec::new()),
    };
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut rows = Vec::new();
    for file in files {
        let text = read(&file)?;
        for object in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let objects = match object.with_context(|| format!("{}", file.display()))? {
                Value::Array(objects) => objects,
                object => vec![object],
            };
            for object in &objects {
                let row = Row::from_json(object);
                rows.push(row.with_context(|| format!("{}", file.display()))?);
            }
        }
    }
    Ok(rows)
}

fn json(row: &Row) -> Value {
    json!({
        "what": row.what,
        "ours": row.ours,
        "limit": row.limit,
        "ratios": row.ratios(),
        "unit": row.unit,
        "goal": row.goal.map(|goal| goal.to_string()),
        "met": row.is_met(),
    })
}

fn read(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    ensure!(!text.is_empty(), "{} is empty", path.display());
    Ok(text)
}
