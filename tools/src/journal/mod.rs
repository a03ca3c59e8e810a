//! `openbell journal`: looks into the log of a venue without changing it.

mod show;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

const EXAMPLES: &str = "\
Examples:
  openbell journal verify data              the latest day of a data folder
  openbell journal verify data/days/2026112201
  openbell journal show data --from 100 --limit 20
  openbell journal show data --json | jq 'select(.kind == \"Enter\")'

verify exits with 0 when the log is whole (a torn tail after a crash is not damage), 5 when not.";

/// Checks or prints the log of commands that a venue keeps.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Reads the whole log and says whether it is as it was written.
    Verify(verify::Args),
    /// Prints every record: sequence, time, kind, fields.
    Show(show::Args),
}

/// Where a log is.
#[derive(Debug, clap::Args)]
struct Place {
    /// A data folder (then the latest day), the folder of a day, or a journal.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Prints JSON objects, one a line.
    #[arg(long)]
    json: bool,
}

/// Does what was asked.
///
/// # Errors
///
/// There is no log, or it cannot be read.
pub fn run(args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Verify(args) => verify::run(&args),
        Action::Show(args) => show::run(&args),
    }
}
