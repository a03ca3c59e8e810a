//! The publisher: packs the feed's messages and sends them on lines A and B, and says so when there are none.
//!
//! Runs with egress and never blocks: what the sockets will not take waits, and when too much waits, egress
//! does. See `docs/protocols/moldudp64.md`, "Rules".

use std::io;
use std::mem;
use std::sync::Arc;

use protocol::SessionId;
use protocol::moldudp64::{HEADER_LENGTH, Packer, end_of_session, heartbeat};

use super::line::{Backlog, Line};
use crate::config::MarketDataConfig;
use crate::metrics::Metrics;

/// Packets that may wait for the sockets before egress starts another block.
const MOST_WAITING: usize = 1_024;

/// Pause before a full socket is tried again, when nothing else does.
const RETRY_MS: u64 = 1;

/// From one End of Session packet to the next.
const END_OF_SESSION_EVERY_MS: u64 = 1_000;

/// Sends the feed of one session.
///
/// One round is: [`push`](Self::push) all messages of some blocks, [`flush`](Self::flush),
/// [`poll`](Self::poll). Times are milliseconds of a clock that never goes back.
#[derive(Debug)]
pub struct Publisher {
    session: [u8; 10],
    packer: Packer,
    next_number: u64,
    backlog: Backlog,
    lines: Vec<Line>,
    heartbeat_ms: u64,
    /// Whether messages were packed since the last poll.
    spoke: bool,
    /// When to say that there is nothing to say.
    announce_at_ms: u64,
    polled_ms: u64,
    end: End,
    end_of_session_ms: u64,
    metrics: Arc<Metrics>,
}

/// How far the end of the session is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// There are more messages to come.
    Open,
    /// There are not, and the next poll says so for the first time.
    Begins,
    /// It is said until then.
    Until(u64),
}

impl Publisher {
    /// Opens the lines; the first message will have `next_number`.
    ///
    /// The first poll sends a heartbeat, so that receivers learn at once what they missed while the venue
    /// was away.
    ///
    /// # Errors
    ///
    /// The interface is not one of this machine, or there is no way to a group.
    pub fn bind(
        config: &MarketDataConfig,
        session: SessionId,
        next_number: u64,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let mut lines = vec![Line::open('A', config.a, config)?];
        if let Some(b) = config.b {
            lines.push(Line::open('B', b, config)?);
        }
        Ok(Self::over(lines, config, session, next_number, metrics))
    }

    /// Publishes over lines that are open.
    pub(super) fn over(
        lines: Vec<Line>,
        config: &MarketDataConfig,
        session: SessionId,
        next_number: u64,
        metrics: Arc<Metrics>,
    ) -> Self {
        let session = session.left_justified();
        Self {
            session,
            packer: Packer::new(session, config.max_payload),
            next_number,
            backlog: Backlog::default(),
            lines,
            heartbeat_ms: config.heartbeat_ms,
            spoke: false,
            announce_at_ms: 0,
            polled_ms: 0,
            end: End::Open,
            end_of_session_ms: config.end_of_session_s * 1_000,
            metrics,
        }
    }

    /// Packs the next messages of the feed, given as message blocks; the packets leave with the next flush.
    ///
    /// # Panics
    ///
    /// The first message is not the next one, or one is longer than a packet: the engine makes neither.
    pub fn push(&mut self, number: u64, blocks: &[u8]) {
        assert!(number == self.next_number, "messages come in order and without gaps");
        assert!(self.end == End::Open, "no message follows the end of the session");
        let mut rest = blocks;
        while !rest.is_empty() {
            if self.packer.count() == 0 {
                self.packer.start(self.next_number);
            }
            let packed = self.packer.push_blocks(rest);
            if packed.count == 0 {
                assert!(0 < self.packer.count(), "the longest message fits the smallest packet");
                self.seal();
            }
            self.next_number += u64::from(packed.count);
            rest = &rest[packed.bytes..];
        }
    }

    /// Tells whether another block may be packed; what one block brings is packed whole.
    pub fn has_room(&self) -> bool {
        self.backlog.len() < MOST_WAITING
    }

    /// Sends what is packed, on every line as far as its socket takes it; the rest waits for the next flush.
    pub fn flush(&mut self) {
        self.seal();
        if 0 < self.backlog.len() {
            self.backlog.send(&mut self.lines, &self.metrics);
        }
    }

    /// Tells whether everything has been sent.
    pub fn is_idle(&self) -> bool {
        self.packer.count() == 0 && self.backlog.len() == 0
    }

    /// Sends what still waits, and a heartbeat or End of Session when it is time.
    pub fn poll(&mut self, now_ms: u64) {
        self.polled_ms = now_ms;
        self.flush();
        if mem::take(&mut self.spoke) && self.end == End::Open {
            self.announce_at_ms = now_ms + self.heartbeat_ms;
        }
        if now_ms < self.announce_at_ms {
            return;
        }
        self.announce_at_ms = match self.end {
            End::Open => {
                self.announce(heartbeat(self.session, self.next_number));
                now_ms + self.heartbeat_ms
            }
            End::Begins => self.announce_end(now_ms, now_ms + self.end_of_session_ms),
            End::Until(until_ms) if now_ms < until_ms => self.announce_end(now_ms, until_ms),
            End::Until(_) => u64::MAX,
        };
    }

    /// Tells when to poll next, at the latest.
    pub fn next_deadline_ms(&self) -> u64 {
        if self.is_idle() { self.announce_at_ms } else { self.polled_ms + RETRY_MS }
    }

    /// Ends the session: no message follows, and from the next poll on End of Session packets say so.
    pub fn end_session(&mut self) {
        if self.end == End::Open {
            self.end = End::Begins;
            self.announce_at_ms = 0;
        }
    }

    /// Tells whether the end of the session has been repeated for as long as configured.
    pub fn end_of_session_is_over(&self, now_ms: u64) -> bool {
        matches!(self.end, End::Until(until_ms) if until_ms <= now_ms)
    }

    /// Moves the packet at hand to those that wait.
    fn seal(&mut self) {
        if 0 < self.packer.count() {
            self.backlog.push(self.packer.finish());
            self.packer.start(self.next_number);
            self.spoke = true;
        }
    }

    /// Says that the session has ended, and returns when to say it again.
    fn announce_end(&mut self, now_ms: u64, until_ms: u64) -> u64 {
        self.end = End::Until(until_ms);
        self.announce(end_of_session(self.session, self.next_number));
        until_ms.min(now_ms + END_OF_SESSION_EVERY_MS)
    }

    /// Sends a packet without messages, unless so much waits that it says nothing new.
    fn announce(&mut self, packet: [u8; HEADER_LENGTH]) {
        if self.has_room() {
            self.backlog.push(&packet);
            self.flush();
        }
    }
}
