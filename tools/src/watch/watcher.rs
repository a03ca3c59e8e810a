//! The watcher: takes the feed and shows it, until there is a reason to stop.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use client::Error;
use client::market_data::{self, JoinOptions, MarketData};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::Args;
use super::display::{Display, Seen};
use crate::exit::Unreachable;
use crate::market::Market;

/// How often the display has its turn.
const PULSE: Duration = Duration::from_millis(50);

/// Heartbeats come every second: after this long without one, something is wrong.
const SILENCE: Duration = Duration::from_secs(5);

/// How long a message may be missing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why nobody watches any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    Session,
    Time,
    User,
}

/// Why the loop goes on.
enum Woken {
    Message(market_data::Message),
    EndOfSession,
    Pulse,
    Signal,
}

/// The feed, what it has told, and where that is shown.
pub(super) struct Watcher {
    feed: MarketData,
    options: JoinOptions,
    market: Market,
    display: Display,
    beat: Interval,
    signals: [Signal; 2],
    started: Instant,
    length: Option<Duration>,
    heard: Heard,
}

impl Watcher {
    /// Joins the lines, from the first message of the day on.
    pub(super) async fn join(args: &Args) -> Result<Self> {
        let options = JoinOptions {
            line_b: args.line_b,
            interface: args.interface,
            retransmit: Some(args.retransmit),
            patience: PATIENCE,
            ..JoinOptions::new(args.line_a)
        };
        let feed = MarketData::join(options.clone()).await;
        let place = || format!("joining the feed at {} on {}", args.line_a, args.interface);
        let mut beat = interval(PULSE);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            feed: feed.with_context(place)?,
            display: Display::open(args, &options)?,
            options,
            market: Market::default(),
            beat,
            signals: [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?],
            started: Instant::now(),
            length: args.length,
            heard: Heard::new(Instant::now()),
        })
    }

    /// Shows the market until the end.
    pub(super) async fn watch(mut self) -> Result<()> {
        let end = loop {
            match self.wake().await? {
                Woken::Message(message) => {
                    if let Some(told) = self.market.take(&message)? {
                        self.display.trade(&told, self.feed.session())?;
                    }
                }
                Woken::EndOfSession => break End::Session,
                Woken::Signal => break End::User,
                Woken::Pulse => {
                    if let Some(end) = self.pulse()? {
                        break end;
                    }
                }
            }
        };
        self.display.close(&seen(&self.market, &self.feed, None), end)
    }

    /// Shows what has changed; tells whether this is the end.
    fn pulse(&mut self) -> Result<Option<End>> {
        let statistics = self.feed.statistics();
        let silence = self.heard.look(statistics.packets, Instant::now());
        let is_over = self.length.is_some_and(|length| length <= self.started.elapsed());
        if statistics.packets == 0 && (is_over || silence.is_some()) {
            return Err(self.not_heard());
        }
        if is_over && statistics.messages == 0 && 0 < statistics.requests {
            return Err(self.not_retransmitted(self.options.first));
        }
        if is_over {
            return Ok(Some(End::Time));
        }
        let wants_to_quit = self.display.show(&seen(&self.market, &self.feed, silence))?;
        Ok(wants_to_quit.then_some(End::User))
    }

    async fn wake(&mut self) -> Result<Woken> {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            message = self.feed.next() => match message {
                Ok(Some(message)) => Ok(Woken::Message(message)),
                Ok(None) => Ok(Woken::EndOfSession),
                Err(Error::Missing { number }) => Err(self.not_retransmitted(number)),
                Err(error) => Err(error).context("following the feed"),
            },
            _ = self.beat.tick() => Ok(Woken::Pulse),
            _ = interrupt.recv() => Ok(Woken::Signal),
            _ = terminate.recv() => Ok(Woken::Signal),
        }
    }

    fn not_heard(&self) -> anyhow::Error {
        let JoinOptions { line_a, interface, .. } = self.options;
        let text = format!(
            "no feed at {line_a} on {interface}: nothing heard for {:.1?}, not even a heartbeat; \
             is the venue running, and are these its group and its interface?",
            self.started.elapsed()
        );
        Unreachable(text).into()
    }

    fn not_retransmitted(&self, number: u64) -> anyhow::Error {
        let server = self.options.retransmit.expect("one was given when the feed was joined");
        let text = format!(
            "message {number} of the feed is missing, and the retransmission server at {server} \
             does not send it"
        );
        Unreachable(text).into()
    }
}

fn seen<'a>(market: &'a Market, feed: &MarketData, silence: Option<Duration>) -> Seen<'a> {
    let session = feed.session();
    Seen { market, session, statistics: feed.statistics(), silence }
}

/// When a packet came last.
#[derive(Clone, Copy, Debug)]
struct Heard {
    packets: u64,
    at: Instant,
}

impl Heard {
    fn new(now: Instant) -> Self {
        Self { packets: 0, at: now }
    }

    /// Takes how many packets have come by now; returns how long there was none, if too long.
    fn look(&mut self, packets: u64, now: Instant) -> Option<Duration> {
        if packets != self.packets {
            *self = Self { packets, at: now };
        }
        Some(now - self.at).filter(|silence| SILENCE <= *silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_five_seconds_without_a_packet() {
        let start = Instant::now();
        let mut heard = Heard::new(start);
        assert_eq!(heard.look(0, start + Duration::from_millis(4_999)), None);
        assert_eq!(heard.look(0, start + SILENCE), Some(SILENCE));
        assert_eq!(heard.look(1, start + SILENCE), None);
        assert_eq!(heard.look(1, start + SILENCE * 2), Some(SILENCE));
    }
}
