//! `openbell feed`: the market's feed as files.

mod source;
mod pcap;
mod record;
mod decode;
mod replay;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// Records the market's feed, and reads and plays what was recorded.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Record(record::Args),
    Decode(decode::Args),
    Replay(replay::Args),
}

/// Runs `openbell feed`.
///
/// # Errors
///
/// As the subcommand says.
pub fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Record(args) => record::run(args),
        Command::Decode(args) => decode::run(args),
        Command::Replay(args) => replay::run(args),
    }
}
