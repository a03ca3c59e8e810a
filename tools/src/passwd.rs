//! `openbell passwd`: the hash of a password, for the configuration of a venue.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use server::passwords::hash_password;

use crate::exit::UsageError;

const EXAMPLES: &str = "\
Examples:
  openbell passwd                       asks twice, shows nothing
  openbell passwd < password.txt        takes the first line

The hash goes into the configuration:
  [[port]]
  username = \"ALICE\"
  password_hash = \"$argon2id$...\"";

/// Prints the argon2id hash of a password, for `password_hash` in a [[port]] of the configuration.
///
/// SoupBinTCP passwords have 1 to 10 printable characters without spaces; case does not count.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

/// Reads a password and prints its hash.
///
/// # Errors
///
/// No client could send such a password, or the two that were typed differ.
pub fn run(Args {}: Args) -> Result<ExitCode> {
    let password = if io::stdin().is_terminal() { typed_twice()? } else { first_line()? };
    let hash = hash_password(&password).map_err(|error| UsageError(error.to_string()))?;
    writeln!(io::stdout(), "{hash}")?;
    Ok(ExitCode::SUCCESS)
}

fn first_line() -> Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn typed_twice() -> Result<String> {
    let password = typed("Password: ")?;
    if typed("Once more: ")? == password {
        Ok(password)
    } else {
        Err(UsageError("the two are not the same".to_owned()).into())
    }
}

/// Asks on the terminal and shows nothing of what is typed.
fn typed(prompt: &str) -> Result<String> {
    eprint!("{prompt}");
    enable_raw_mode().context("hiding what is typed")?;
    let typed = read_keys();
    disable_raw_mode().context("showing again what is typed")?;
    eprintln!();
    typed
}

fn read_keys() -> Result<String> {
    let mut text = String::new();
    loop {
        let Event::Key(key) = event::read()? else { continue };
        match key.code {
            _ if key.kind == KeyEventKind::Release => {}
            KeyCode::Enter => return Ok(text),
            KeyCode::Esc => return Err(UsageError("no password was given".to_owned()).into()),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Err(UsageError("no password was given".to_owned()).into());
            }
            KeyCode::Backspace => drop(text.pop()),
            KeyCode::Char(character) => text.push(character),
            _ => {}
        }
    }
}
