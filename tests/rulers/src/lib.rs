//! The rulers: small programs that measure what the machine allows, so that the venue's speed is a ratio.
//!
//! A figure alone says little on a machine that is fast today and slow tomorrow; a figure over that of a ruler which
//! ran in the same minute says how far the venue is from the least that has to be done. A ruler is a module with its
//! `Args` and one `run`. [`workload`] and [`ladder`] are for benches of the engine too, [`feed`] and [`copy`] for
//! those of the feed and the drain.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use tempfile::TempDir;

pub mod random;
pub mod ladder;
pub mod workload;
pub mod skeleton;
pub mod echo;
pub mod disk;
pub mod durable_write;
pub mod feed;
pub mod udp;
pub mod copy;
pub mod matching;
pub mod table;
mod closed_loop;
mod figures;
mod socket;

/// Measures what this machine allows.
#[derive(Debug, Parser)]
#[command(name = "openbell-rulers", version)]
struct Cli {
    #[command(subcommand)]
    ruler: Ruler,
}

#[derive(Debug, Subcommand)]
enum Ruler {
    Skeleton(skeleton::Args),
    Echo(echo::Args),
    DurableWrite(durable_write::Args),
    Udp(udp::Args),
    Copy(copy::Args),
    Ladder(matching::Args),
    Table(table::Args),
}

/// Runs the ruler that the process was started with.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().ruler {
        Ruler::Skeleton(args) => skeleton::run(args),
        Ruler::Echo(args) => echo::run(args),
        Ruler::DurableWrite(args) => durable_write::run(args),
        Ruler::Udp(args) => udp::run(args),
        Ruler::Copy(args) => copy::run(args),
        Ruler::Ladder(args) => matching::run(args),
        Ruler::Table(args) => table::run(args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("openbell-rulers: {error:#}");
        ExitCode::FAILURE
    })
}

/// Makes a folder that is gone after the run, inside `parent` if one is given.
pub fn folder(parent: Option<&Path>) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("openbell-ruler-");
    match parent {
        Some(parent) => {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("creating {}", parent.display()))?;
            builder.tempdir_in(parent)
        }
        None => builder.tempdir(),
    }
    .context("creating a folder for the run")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
