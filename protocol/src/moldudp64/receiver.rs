//! The listener's side: one ordered stream out of packets that are lost, doubled and shuffled.
//!
//! Packets of line A, line B and retransmissions go into the same receiver; the number of a message
//! decides, the first copy wins. Messages that come too early wait in a bounded window. What stays
//! missing is asked for, again and again with growing pauses, until it has come.
//! No I/O: see `docs/protocols/moldudp64.md`, "A receiver".

use thiserror::Error;

use super::packet::{Downstream, Kind, PacketError, Request};

/// From seeing a gap to the first request, in milliseconds: the other line may yet fill it.
pub const FIRST_REQUEST_MS: u64 = 5;
/// From the first request to its repetition, in milliseconds; each further pause is twice as long.
pub const REPEAT_MS: u64 = 50;
/// The longest pause between two requests, in milliseconds.
pub const LONGEST_PAUSE_MS: u64 = 3_200;

/// What a receiver has seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Statistics {
    /// Packets taken, heartbeats included.
    pub packets: u64,
    /// Messages handed out.
    pub messages: u64,
    /// Messages that had come before: the other line, or a request answered twice.
    pub duplicates: u64,
    /// Messages too far ahead for the window, dropped and asked for later.
    pub beyond_window: u64,
    /// Runs of missing messages, without those before the first packet heard: to join late is no loss.
    pub gaps: u64,
    pub requests: u64,
    /// Packets ignored because they could not be read.
    pub malformed: u64,
    /// Packets ignored because they belong to another session.
    pub other_session: u64,
}

/// Why a packet was ignored; it has been counted.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Ignored {
    #[error(transparent)]
    Malformed(#[from] PacketError),
    #[error("packet of session {}, expected {}", .actual.escape_ascii(), .expected.escape_ascii())]
    OtherSession { expected: [u8; 10], actual: [u8; 10] },
}

/// Puts one session's messages in order.
#[derive(Clone, Debug)]
pub struct Receiver {
    session: Option<[u8; 10]>,
    /// Number of the next message to hand out.
    next: u64,
    /// First number that has not come: `next <= missing <= next + window`.
    missing: u64,
    /// One past the highest number known to exist.
    end: u64,
    end_of_session: bool,
    /// Message `n` waits at `n % window`.
    window: Box<[Slot]>,
    gap: Option<Gap>,
    statistics: Statistics,
}

/// A place for one message; its buffer is used again.
#[derive(Clone, Debug, Default)]
struct Slot {
    held: bool,
    message: Vec<u8>,
}

/// When to ask for what is missing.
#[derive(Clone, Copy, Debug)]
struct Gap {
    /// First missing number.
    first: u64,
    /// One past the last number asked for; `first` before the first request.
    requested_to: u64,
    request_at_ms: u64,
    pause_ms: u64,
}

impl Receiver {
    /// Waits for message `first` of `session`; `None`: of the session of the first packet.
    ///
    /// At most `window` messages are held, each in a buffer that is used again; what is further
    /// ahead is dropped and asked for later.
    pub fn new(session: Option<[u8; 10]>, first: u64, window: usize) -> Self {
        assert!(0 < window, "a window holds a message");
        Self {
            session,
            next: first,
            missing: first,
            end: first,
            end_of_session: false,
            window: vec![Slot::default(); window].into_boxed_slice(),
            gap: None,
            statistics: Statistics::default(),
        }
    }

    /// Takes one packet of any line, then [`Self::next_message`] is called until it has none.
    ///
    /// # Errors
    ///
    /// The packet was ignored whole and counted; the stream goes on.
    pub fn on_packet(&mut self, bytes: &[u8], now_ms: u64) -> Result<(), Ignored> {
        let packet = Downstream::decode(bytes).inspect_err(|_| self.statistics.malformed += 1)?;
        let expected = *self.session.get_or_insert(packet.session());
        if packet.session() != expected {
            self.statistics.other_session += 1;
            return Err(Ignored::OtherSession { expected, actual: packet.session() });
        }
        self.statistics.packets += 1;
        self.end_of_session |= packet.kind() == Kind::EndOfSession;
        self.end = self.end.max(packet.next_number());
        for (number, message) in packet.messages() {
            self.hold(number, message);
        }
        self.watch_gap(now_ms);
        Ok(())
    }

    /// Hands out the next message and its number; `None` while it is missing.
    pub fn next_message(&mut self) -> Option<(u64, &[u8])> {
        if self.next == self.missing {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.statistics.messages += 1;
        let slot = self.slot(number);
        slot.held = false;
        Some((number, &slot.message))
    }

    /// Returns the request to send now, if one is due; it must be sent, the next is due later.
    pub fn request_due(&mut self, now_ms: u64) -> Option<Request> {
        let session = self.session?;
        let gap = self.gap.filter(|gap| gap.request_at_ms <= now_ms)?;
        let count = self.missing_count();
        if count == 0 {
            return None;
        }
        self.gap = Some(Gap {
            requested_to: gap.first + u64::from(count),
            request_at_ms: now_ms.saturating_add(gap.pause_ms),
            pause_ms: LONGEST_PAUSE_MS.min(gap.pause_ms * 2),
            ..gap
        });
        self.statistics.requests += 1;
        Some(Request::new(session, gap.first, count))
    }

    /// Returns the time of the next request, `None` while nothing is missing.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        self.gap.map(|gap| gap.request_at_ms)
    }

    /// Tells whether the session has ended and every message has been handed out.
    pub fn is_end_of_session(&self) -> bool {
        self.end_of_session && self.next == self.end
    }

    /// Tells whether a packet has come and every message it told of has been handed out.
    pub fn is_caught_up(&self) -> bool {
        0 < self.statistics.packets && self.next == self.end
    }

    /// Returns the number of the next message to hand out.
    pub fn next_number(&self) -> u64 {
        self.next
    }

    /// Returns the session, once known.
    pub fn session(&self) -> Option<[u8; 10]> {
        self.session
    }

    /// Returns what has been seen so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Keeps a message that has not come before and has a place in the window.
    fn hold(&mut self, number: u64, message: &[u8]) {
        if number < self.missing {
            self.statistics.duplicates += 1;
            return;
        }
        if self.window_end() <= number {
            self.statistics.beyond_window += 1;
            return;
        }
        let slot = self.slot(number);
        if slot.held {
            self.statistics.duplicates += 1;
            return;
        }
        slot.held = true;
        slot.message.clear();
        slot.message.extend_from_slice(message);
        while self.missing < self.window_end() && self.is_held(self.missing) {
            self.missing += 1;
        }
    }

    /// Opens, moves or closes the gap after a packet.
    fn watch_gap(&mut self, now_ms: u64) {
        let first = self.missing;
        if first == self.end {
            self.gap = None;
            return;
        }
        let (request_at_ms, requested_to) = match self.gap {
            Some(gap) if gap.first == first => return,
            // An answer held the first part of what was asked for: ask for the rest at once.
            Some(gap) if first <= gap.requested_to => (now_ms, gap.requested_to),
            _ => {
                self.statistics.gaps += u64::from(1 < self.statistics.packets);
                (now_ms.saturating_add(FIRST_REQUEST_MS), first)
            }
        };
        self.gap = Some(Gap { first, requested_to, request_at_ms, pause_ms: REPEAT_MS });
    }

    /// Counts the missing messages from the first one to the next that is held, as far as one
    /// request may ask and the window can hold.
    fn missing_count(&self) -> u16 {
        let furthest = self.missing.saturating_add(u64::from(u16::MAX));
        let limit = self.end.min(self.window_end()).min(furthest);
        let held = (self.missing..limit).find(|&number| self.is_held(number));
        let count = held.unwrap_or(limit).saturating_sub(self.missing);
        u16::try_from(count).expect("limited above")
    }

    fn window_end(&self) -> u64 {
        self.next.saturating_add(self.window_length())
    }

    fn window_length(&self) -> u64 {
        u64::try_from(self.window.len()).expect("a length fits 64 bits")
    }

    fn is_held(&self, number: u64) -> bool {
        self.window[self.place(number)].held
    }

    fn slot(&mut self, number: u64) -> &mut Slot {
        &mut self.window[self.place(number)]
    }

    fn place(&self, number: u64) -> usize {
        usize::try_from(number % self.window_length()).expect("below the length of the window")
    }
}
