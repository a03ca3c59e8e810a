//! `openbell feed record`: the public feed as a file, every message from the first of the day on.
//!
//! - `recorder`: listens until the session, the user or the time ends it.
//! - `recording`: puts messages into one of the two forms.
//! - `destination`: the file, which is never overwritten by mistake and synced at the end.

mod destination;
mod recording;
mod recorder;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use client::market_data::JoinOptions;
use protocol::moldudp64::Statistics;
use tokio::runtime;

use crate::duration;
use crate::line::Line;
use destination::Destination;
use recorder::Recorder;

const EXAMPLES: &str = "\
Examples:
  openbell feed record day.itch                  until the session ends, or Ctrl-C
  openbell feed record day.pcap --for 10m        for Wireshark, tshark and tcpdump
  openbell feed record day.itch --line-a 239.255.64.1:26410 --line-b 239.255.64.2:26410 \\
    --retransmit 127.0.0.1:26401 --wait 8h       started before the venue
  openbell feed record - | openbell feed decode --type P

Ends with 0 when everything that was to be recorded is in the file, with 4 when nothing is heard from the
venue, or a message is missing and nobody has it.";

/// Records the public feed: every message of the session, in order and without a gap, from number 1 on.
///
/// What was sent before it began to listen, and what the network lost, comes from the retransmission
/// server. A venue that stops without ending the session is waited for. A BinaryFILE has each message
/// behind its length in two bytes, and a length of zero at the end of the session. A pcap file has
/// MoldUDP64 packets in UDP datagrams to the group of line A, with the session's own numbers; each is
/// stamped with the time at which the recorder had its messages.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file, which must not exist yet; `-`: standard output.
    file: PathBuf,
    /// The form of the file; without it pcap when the name ends so, else BinaryFILE.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Group and port of the feed.
    #[arg(long, value_name = "GROUP:PORT", default_value = "239.255.64.1:26410")]
    line_a: SocketAddrV4,
    /// Group and port of the second line, which carries the same.
    #[arg(long, value_name = "GROUP:PORT")]
    line_b: Option<SocketAddrV4>,
    /// The retransmission server.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:26401")]
    retransmit: SocketAddr,
    /// Address of the network interface the feed comes in by.
    #[arg(long, default_value = "127.0.0.1")]
    interface: Ipv4Addr,
    /// Stops so long after the venue was first heard; else at the end of the session, or by Ctrl-C.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse)]
    length: Option<Duration>,
    /// How long to wait for the venue, which says something each second.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration::parse)]
    wait: Duration,
    /// How long a message may be missing before the recording ends without it.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration::parse)]
    patience: Duration,
    /// Overwrites the file if it exists.
    #[arg(long)]
    force: bool,
    /// Prints one JSON object at the end.
    #[arg(long)]
    json: bool,
}

/// The form of a recording.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    /// BinaryFILE: each message behind its length in two bytes.
    Binary,
    /// Captured packets.
    Pcap,
}

impl Format {
    fn of(path: &Path) -> Self {
        let ending = path.extension().unwrap_or_default();
        if ending.eq_ignore_ascii_case("pcap") { Self::Pcap } else { Self::Binary }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Pcap => "pcap",
        }
    }
}

/// What was recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Recorded {
    session: [u8; 10],
    messages: u64,
    /// Of the file.
    bytes: u64,
    session_ended: bool,
    statistics: Statistics,
}

/// Records until there is nothing more to record, and tells what it was.
pub(super) fn run(args: Args) -> Result<ExitCode> {
    let started = Instant::now();
    let format = args.format.unwrap_or_else(|| Format::of(&args.file));
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let recorded = runtime.context("starting the runtime")?.block_on(async {
        let recorder = Recorder::join(join_options(&args)).await?;
        let destination = Destination::open(&args.file, args.force)?;
        recorder.record(&args, format, destination).await
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let told = if args.json {
        serde_json::to_string(&line(&args, format, &recorded, seconds))?
    } else {
        summary(&args.file, &recorded)
    };
    // Standard output may be the recording.
    if args.file == Path::new("-") {
        eprintln!("{told}")
    } else {
        println!("{told}")
    }
    Ok(ExitCode::SUCCESS)
}

fn join_options(args: &Args) -> JoinOptions {
    JoinOptions {
        line_b: args.line_b,
        interface: args.interface,
        retransmit: Some(args.retransmit),
        patience: args.patience,
        ..JoinOptions::new(args.line_a)
    }
}

fn summary(path: &Path, recorded: &Recorded) -> String {
    let Recorded { session, messages, bytes, session_ended, statistics } = recorded;
    format!(
        "{}: {messages} messages of session {}, {bytes} bytes, gaps filled: {}, {}",
        path.display(),
        session.escape_ascii(),
        statistics.gaps,
        if *session_ended { "session ended" } else { "session goes on" },
    )
}

fn line(args: &Args, format: Format, recorded: &Recorded, seconds: f64) -> Line {
    let Recorded { session, messages, bytes, session_ended, statistics } = recorded;
    Line::new("file", args.file.display().to_string())
        .with("format", format.name())
        .text("session", session.escape_ascii())
        .with("messages", *messages)
        .with("bytes", *bytes)
        .with("session_ended", *session_ended)
        .with("gaps_filled", statistics.gaps)
        .with("requests", statistics.requests)
        .with("duplicates", statistics.duplicates)
        .with("packets_malformed", statistics.malformed)
        .with("packets_of_other_sessions", statistics.other_session)
        .with("seconds", seconds)
}
