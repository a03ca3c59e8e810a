//! `openbell completions`: what a shell needs to complete the command line.

use std::io;
use std::process::ExitCode;

use anyhow::Result;
use clap::Command;
use clap_complete::{Shell, generate};

const EXAMPLES: &str = "\
Examples:
  openbell completions bash > ~/.local/share/bash-completion/completions/openbell
  openbell completions zsh > ~/.zfunc/_openbell
  openbell completions fish > ~/.config/fish/completions/openbell.fish";

/// Prints the completion script of a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shell.
    shell: Shell,
}

/// Prints the script for `command`.
///
/// # Errors
///
/// It cannot be written.
pub fn run(args: Args, mut command: Command) -> Result<ExitCode> {
    // Written in one go: the generator panics where it cannot write.
    let mut script = Vec::new();
    generate(args.shell, &mut command, "openbell", &mut script);
    io::Write::write_all(&mut io::stdout(), &script)?;
    Ok(ExitCode::SUCCESS)
}
