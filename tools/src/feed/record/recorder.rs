//! Listens to the feed and records it, until the session, the user or the time ends it.

use std::future::pending;
use std::net::{SocketAddr, SocketAddrV4};
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result};
use client::Error;
use client::market_data::{JoinOptions, MarketData};
use indicatif::{ProgressBar, ProgressStyle};
use server::clock::utc_ns;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::destination::Destination;
use super::recording::Recording;
use super::{Args, Format, Recorded};
use crate::exit::Unreachable;

/// How often to look whether the venue was heard, and to show progress.
const PULSE: Duration = Duration::from_millis(100);

/// A listener that has not heard anything yet.
pub(super) struct Recorder {
    feed: MarketData,
    signals: [Signal; 2],
}

impl Recorder {
    /// Joins the feed.
    pub(super) async fn join(options: JoinOptions) -> Result<Self> {
        let line = options.line_a;
        let signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        let feed = MarketData::join(options).await;
        let feed = feed.with_context(|| format!("joining the feed at {line}"))?;
        Ok(Self { feed, signals })
    }

    /// Records.
    ///
    /// # Errors
    ///
    /// Nothing is heard, a message stays missing, or the destination takes no more.
    pub(super) async fn record(
        mut self,
        args: &Args,
        format: Format,
        destination: Destination,
    ) -> Result<Recorded> {
        let Some(session) = self.heard(args.wait).await else {
            destination.abandon();
            return Err(silence(args).into());
        };
        let recording = Recording::new(destination, format, session, source(args), args.line_a);
        let mut run = Run { feed: self.feed, recording, unsettled: false, bar: spinner() };
        let ended = run.until(stopped(self.signals, args.length), args).await;
        run.bar.finish_and_clear();
        run.close(session, ended, args)
    }

    /// Waits until the venue is heard and returns its session; `None` if it is not in time, or a signal comes.
    async fn heard(&mut self, limit: Duration) -> Option<[u8; 10]> {
        let mut pulse = interval(PULSE);
        // Each pulse lets the listener read: a machine that was busy does not count as silence.
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..=limit.as_millis().div_ceil(PULSE.as_millis()) {
            tokio::select! {
                () = signaled(&mut self.signals) => return self.feed.session(),
                _ = pulse.tick() => {}
            }
            if let Some(session) = self.feed.session() {
                return Some(session);
            }
        }
        None
    }
}

/// A recording under way.
struct Run {
    feed: MarketData,
    recording: Recording<Destination>,
    /// Something may wait to be written.
    unsettled: bool,
    bar: ProgressBar,
}

impl Run {
    /// Records until `stopped` or the end of the session; tells whether it was the latter.
    async fn until(&mut self, stopped: impl Future<Output = ()>, args: &Args) -> Result<bool> {
        let mut stopped = pin!(stopped);
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // Messages before the last branch: what is at hand is written in one go.
                biased;
                () = &mut stopped => return Ok(false),
                _ = pulse.tick() => self.bar.set_position(self.recording.messages()),
                message = self.feed.next() => {
                    let Some(message) = message.map_err(|error| lost(error, args))? else {
                        return Ok(true);
                    };
                    self.recording.message(message.number, &message.bytes, utc_ns())?;
                    self.unsettled = true;
                }
                () = std::future::ready(()), if self.unsettled => {
                    self.recording.settle(utc_ns()).with_context(|| writing(args))?;
                    self.unsettled = false;
                }
            }
        }
    }

    /// Writes what still waits, whatever ended the recording: of what was recorded all is kept.
    fn close(self, session: [u8; 10], ended: Result<bool>, args: &Args) -> Result<Recorded> {
        let Self { feed, mut recording, .. } = self;
        let messages = recording.messages();
        let written = match ended {
            Ok(true) => recording.end_of_session(utc_ns()),
            Err(error) if messages == 0 => {
                recording.into_output().abandon();
                return Err(error);
            }
            Ok(false) | Err(_) => recording.settle(utc_ns()),
        };
        let bytes = recording.bytes();
        let synced = written.and_then(|()| recording.into_output().sync());
        // Why it ended comes first.
        let session_ended = ended.with_context(|| format!("after {messages} messages"))?;
        synced.with_context(|| writing(args))?;
        Ok(Recorded { session, messages, bytes, session_ended, statistics: feed.statistics() })
    }
}

/// Waits for Ctrl-C, a SIGTERM, or the end of the time.
async fn stopped(mut signals: [Signal; 2], length: Option<Duration>) {
    let time = async {
        match length {
            Some(length) => sleep(length).await,
            None => pending().await,
        }
    };
    tokio::select! {
        () = signaled(&mut signals) => {}
        () = time => {}
    }
}

async fn signaled([interrupt, terminate]: &mut [Signal; 2]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Who sends the datagrams of a pcap file: the listener is not told, the retransmission server is nearest.
fn source(args: &Args) -> SocketAddrV4 {
    let address = match args.retransmit {
        SocketAddr::V4(server) => *server.ip(),
        SocketAddr::V6(_) => args.interface,
    };
    SocketAddrV4::new(address, args.line_a.port())
}

fn silence(args: &Args) -> Unreachable {
    let (line, interface) = (args.line_a, args.interface);
    Unreachable(format!(
        "nothing is heard at {line} on the interface {interface}: does the venue run, is this its line?"
    ))
}

/// Says what the feed's end means when the session has not ended.
fn lost(error: Error, args: &Args) -> anyhow::Error {
    let Error::Missing { number } = error else { return error.into() };
    let server = args.retransmit;
    Unreachable(format!(
        "message {number} is missing: it came by no line, and not from the retransmission server at {server}"
    ))
    .into()
}

fn writing(args: &Args) -> String {
    format!("writing {}", args.file.display())
}

/// A sign of life on standard error, if that is a terminal.
fn spinner() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} recording: {human_pos} messages ({elapsed})");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.expect("the template above is valid"));
    bar
}
