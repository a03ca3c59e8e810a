//! `openbell feed`: the market's feed as files.

mod replay;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// Plays recorded feeds.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Replay(replay::Args),
}

/// Runs `openbell feed`.
///
/// # Errors
///
/// As the subcommand says.
pub fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Replay(args) => replay::run(args),
    }
}
