//! `openbell feed decode`: a recorded feed in words, one JSON object a message.
//!
//! - `object`: the fields of each message, by the names of the specification.
//! - `output`: which messages are printed, and how.
//! - `binary_file`, `capture`: the messages of the two kinds of files, in memory that does not grow with them.
//! - `numbers`: which messages of a capture have come.

mod object;
mod output;
mod binary_file;
mod numbers;
mod capture;
#[cfg(test)]
mod golden;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use protocol::{SessionId, Symbol};

use super::source::{self, Kind};
use output::{Output, Selection};

const EXAMPLES: &str = "\
Examples:
  openbell feed decode day.itch | jq 'select(.name == \"AddOrder\") | .price'
  openbell feed decode day.pcap --symbol AAPL --type EC
  openbell feed decode day.itch --from 1000 --limit 10 --text
  gunzip -c 01302020.NASDAQ_ITCH50.gz | openbell feed decode - --type P
  openbell feed record - | openbell feed decode -

A message of a type that ITCH 5.0 does not have is printed as type \"unknown\" with its bytes in hex.
A message that is cut or of a wrong length ends the command with 5 and is named by number and offset.";

/// Prints the messages of a recorded feed, one JSON object each.
///
/// Reads BinaryFILE (each message behind its length in two bytes, as `openbell feed record` writes it and
/// Nasdaq publishes its days), and classic pcap files with MoldUDP64. Of a capture each message is printed
/// once, whichever line or retransmission brought it first; what is missing is told at the end.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file; `-`: standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Leaves out messages of other instruments, and those of the whole market.
    #[arg(long, value_parser = symbol)]
    symbol: Option<Symbol>,
    /// Leaves out messages of other types: letters, such as AFECXDU.
    #[arg(long = "type", value_name = "LETTERS", value_parser = letters)]
    types: Option<String>,
    /// Number of the first message; they count from 1.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    from: u64,
    /// Stops after so many.
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    /// Of a capture: the session to read; without it, that of the first packet with messages.
    #[arg(long, value_name = "ID", value_parser = session)]
    session: Option<[u8; 10]>,
    /// Prints a line of text for each message.
    #[arg(long)]
    text: bool,
    /// Prints JSON objects, one a line, as it does without --text.
    #[arg(long, conflicts_with = "text")]
    json: bool,
}

/// Prints the messages of the file.
pub(super) fn run(args: Args) -> Result<ExitCode> {
    let (source, kind) = source::open(&args.file)?;
    let selection = Selection::new(args.symbol, args.types.as_deref(), args.from, args.limit);
    let mut output = Output::new(args.json || !args.text, selection);
    let read = match kind {
        Kind::BinaryFile => binary_file::read(source, &mut output),
        Kind::Pcap => capture::read(source, args.session, &mut output),
    };
    // What came before the damage is good.
    output.flush()?;
    read.with_context(|| format!("reading {}", args.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn symbol(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}

fn session(text: &str) -> Result<[u8; 10], String> {
    let session = SessionId::new(text).map_err(|error| error.to_string())?;
    Ok(session.left_justified())
}

fn letters(text: &str) -> Result<String, String> {
    let is_letters = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_letters.then(|| text.to_owned()).ok_or_else(|| "expected letters, such as AFE".to_owned())
}
