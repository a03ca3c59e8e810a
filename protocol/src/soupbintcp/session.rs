//! What both ends of a connection share: the limits, the timers, and what is a violation.

use thiserror::Error;

use super::login::TIMED_LOGIN_REQUEST_PAYLOAD;
use super::packet::{MAX_PAYLOAD, PacketError, packet_length};

/// The limits of one connection; times in milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// From the opening of the connection to the accepted login.
    pub login_timeout_ms: u64,
    /// From the last packet heard to the end of the connection.
    ///
    /// A Heartbeat Timeout in the Login Request replaces it on the server's side.
    pub silence_ms: u64,
    /// From the last packet sent to the next heartbeat.
    pub heartbeat_ms: u64,
    /// Longest payload taken, in bytes; never below the 51 of the longest Login Request.
    pub max_payload: usize,
}

impl Limits {
    /// What is usual for order entry; payloads of at most 1 KiB.
    pub const ORDER_ENTRY: Self = Self {
        login_timeout_ms: 30_000,
        silence_ms: 15_000,
        heartbeat_ms: 1_000,
        max_payload: 1_024,
    };

    /// The times of [`Limits::ORDER_ENTRY`]; any payload the protocol allows.
    pub const ANY_PAYLOAD: Self = Self { max_payload: MAX_PAYLOAD, ..Self::ORDER_ENTRY };

    /// Refuses a packet that is too long as soon as its length field is there.
    pub(crate) fn check_length(&self, bytes: &[u8]) -> Result<(), Violation> {
        let limit = self.max_payload.max(TIMED_LOGIN_REQUEST_PAYLOAD).saturating_add(1);
        match packet_length(bytes) {
            Some(actual) if actual > limit => Err(Violation::TooLong { actual, limit }),
            _ => Ok(()),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::ORDER_ENTRY
    }
}

/// What the passing of time asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Due {
    Nothing,
    /// Send a heartbeat, then report it with `sent`.
    Heartbeat,
    /// The login was not finished in time: close.
    LoginTimedOut,
    /// The other side was silent for too long: close.
    Silent,
}

/// How the other side broke the protocol.
///
/// The text goes to it in a Debug packet, then the connection is closed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Violation {
    #[error(transparent)]
    Packet(#[from] PacketError),
    #[error("packet length {actual} is over the limit of {limit}")]
    TooLong { actual: usize, limit: usize },
    #[error("packet type {packet_type} before login")]
    BeforeLogin { packet_type: char },
    #[error("second login on one connection")]
    SecondLogin,
    #[error("sequence number over 64 bits")]
    NumbersExhausted,
}

/// How far the login is; the same four steps on both sides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// Connected, no Login Request yet.
    Opened,
    /// The Login Request waits for its answer.
    Answering,
    LoggedIn,
    /// Rejected, logged out, ended or in violation: nothing more is taken.
    Closed,
}

/// The state and the timers of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) state: State,
    limits: Limits,
    opened_ms: u64,
    heard_ms: u64,
    sent_ms: u64,
    silence_ms: u64,
}

impl Connection {
    pub(crate) fn new(now_ms: u64, limits: Limits) -> Self {
        Self {
            state: State::Opened,
            limits,
            opened_ms: now_ms,
            heard_ms: now_ms,
            sent_ms: now_ms,
            silence_ms: limits.silence_ms,
        }
    }

    /// Refuses a packet that is too long as soon as its length field is there.
    pub(crate) fn check_length(&self, bytes: &[u8]) -> Result<(), Violation> {
        self.limits.check_length(bytes)
    }

    /// Notes that a whole packet came in.
    pub(crate) fn heard(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
    }

    /// Notes that a packet went out.
    pub(crate) fn sent(&mut self, now_ms: u64) {
        self.sent_ms = now_ms;
    }

    /// Replaces the limit on silence for this connection.
    pub(crate) fn allow_silence(&mut self, silence_ms: u64) {
        self.silence_ms = silence_ms;
    }

    pub(crate) fn poll(&self, now_ms: u64) -> Due {
        match self.state {
            State::Opened | State::Answering if self.login_ends_ms() <= now_ms => {
                Due::LoginTimedOut
            }
            State::LoggedIn if self.silence_ends_ms() <= now_ms => Due::Silent,
            State::LoggedIn if self.heartbeat_at_ms() <= now_ms => Due::Heartbeat,
            _ => Due::Nothing,
        }
    }

    pub(crate) fn next_deadline_ms(&self) -> u64 {
        match self.state {
            State::Opened | State::Answering => self.login_ends_ms(),
            State::LoggedIn => self.silence_ends_ms().min(self.heartbeat_at_ms()),
            State::Closed => u64::MAX,
        }
    }

    fn login_ends_ms(&self) -> u64 {
        self.opened_ms.saturating_add(self.limits.login_timeout_ms)
    }

    fn silence_ends_ms(&self) -> u64 {
        self.heard_ms.saturating_add(self.silence_ms)
    }

    fn heartbeat_at_ms(&self) -> u64 {
        self.sent_ms.saturating_add(self.limits.heartbeat_ms)
    }
}
