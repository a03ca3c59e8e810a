//! The `openbell` command: what traders, operators and researchers type.
//!
//! A subcommand is a module with its `Args` and one `run`. Data goes to standard output, messages to
//! standard error; the exit codes are in `exit`.

use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, Parser, Subcommand};

pub mod demo;
pub mod order;
pub mod watch;
pub mod feed;
pub mod load;
pub mod trades;
pub mod journal;
pub mod passwd;
pub mod admin;
pub mod completions;
pub mod fuzz;
mod market;
mod own_venue;
mod rates;
mod screen;
pub mod duration;
mod days;
pub mod line;
mod clock_time;
mod exit;

const EXAMPLES: &str = "\
First steps:
  openbell demo                     a whole market on this machine, until Ctrl-C
  openbell demo --listen 127.0.0.1:26400
                                    the same at the usual addresses, so that these work beside it:
  openbell watch                    its book and tape, from the public feed
  openbell order enter buy 100 ACME 25.00 --username guest --password demo

Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 cannot reach, 5 data damaged.";

/// Trades on, watches, records and operates an Openbell exchange.
#[derive(Debug, Parser)]
#[command(name = "openbell", version, after_help = EXAMPLES)]
struct Cli {
    /// Says on standard error what happens inside; twice: in detail.
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Order(order::Args),
    Watch(watch::Args),
    Feed(feed::Args),
    Load(Box<load::Args>),
    Trades(trades::Args),
    Journal(journal::Args),
    Admin(admin::Args),
    Passwd(passwd::Args),
    Completions(completions::Args),
    Fuzz(fuzz::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = start_logging(cli.verbose) {
        return exit::report(&error);
    }
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Order(args) => order::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Feed(args) => feed::run(args),
        Command::Load(args) => load::run(*args),
        Command::Trades(args) => trades::run(args),
        Command::Journal(args) => journal::run(args),
        Command::Admin(args) => admin::run(args),
        Command::Passwd(args) => passwd::run(args),
        Command::Completions(args) => completions::run(args, Cli::command()),
        Command::Fuzz(args) => fuzz::run(args),
    };
    outcome.unwrap_or_else(|error| exit::report(&error))
}

fn start_logging(verbose: u8) -> anyhow::Result<()> {
    let level = match verbose {
        0 => return Ok(()),
        1 => "info",
        _ => "debug",
    };
    Ok(server::logging::init(server::logging::LogFormat::Text, level)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
