//! `openbell feed`: the market's feed as files.

mod source;
mod pcap;
mod decode;
mod replay;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// Reads and plays recorded feeds.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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
        Command::Decode(args) => decode::run(args),
        Command::Replay(args) => replay::run(args),
    }
}
