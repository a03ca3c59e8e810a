//! One account of the venue: its connection, its stream, and what it may expect.
//!
//! What is sent is read here as a venue has to read it, so that it is known what must follow: an answer, the
//! end of the connection, or nothing that anyone could rely on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use protocol::soupbintcp::{ClientPacket, ServerPacket};

use super::finding::{Checked, Finding, demand};
use super::market::Market;
use super::rules::Rule;
use super::script::Bytes;
use super::stream::Stream;
use super::tracker::Tracker;
use super::visit::{Account, Answer, decode, packet, visit};
use super::wire::Wire;

/// The longest OUCH message that a venue need take, in bytes.
const LONGEST_MESSAGE: usize = 1_024;
/// The venue expects something from a client at least every second.
const HEARTBEAT: Duration = Duration::from_millis(900);
/// Between two tries to log in to an account whose last session may not be over yet.
const RETRY: Duration = Duration::from_millis(5);
/// Order flow channels without orders: a query of one that no unanswered query names has an answer of its own.
const FENCES: std::ops::Range<u8> = 100..200;

/// What the venue does with the connection after what was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mood {
    /// It stays.
    Fine,
    /// A message was none: the venue may close, or pass it over.
    Shaken,
    /// The session protocol was broken or left: the venue must close.
    Doomed,
}

/// A connection that has logged in.
#[derive(Debug)]
struct Link {
    wire: Wire,
    /// The beginning of a packet that was sent.
    partial: Vec<u8>,
    /// The rest of it that was not.
    held: Vec<u8>,
    mood: Mood,
    /// What the venue said last in a Debug packet.
    debug: String,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) account: Account,
    pub(super) stream: Stream,
    pub(super) tracker: Tracker,
    link: Option<Link>,
    asked_at: Option<Instant>,
    /// The channel of the next fence.
    fence: u8,
    /// The longest that an answer took.
    pub(super) slowest: Duration,
}

impl Session {
    pub(super) fn new(account: Account, polite: bool) -> Self {
        Self {
            account,
            stream: Stream::default(),
            tracker: Tracker::new(polite),
            link: None,
            asked_at: None,
            fence: FENCES.start,
            slowest: Duration::ZERO,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.link.is_some()
    }

    /// Tells whether the venue still takes what is sent.
    pub(super) fn is_open(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.mood != Mood::Doomed)
    }

    /// Tells whether the venue has no reason to close the connection.
    pub(super) fn is_fine(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.mood == Mood::Fine)
    }

    /// Tells whether the rest of a packet waits to be sent.
    pub(super) fn is_held(&self) -> bool {
        self.link.as_ref().is_some_and(|link| !link.held.is_empty())
    }

    /// Logs in so many messages before the next one, again and again while the last session lingers.
    pub(super) fn log_in(&mut self, venue: SocketAddr, back: u64, limit: Duration) -> Checked {
        // The very first login starts at the last message of the day.
        let number = if self.stream.next() == 0 {
            0
        } else {
            self.stream.next() - back.min(self.stream.depth())
        };
        let started = Instant::now();
        loop {
            let (wire, answer) = visit(venue, &self.account.login(number), limit)?;
            match answer {
                Answer::Accepted(accepted) => {
                    demand(number == 0 || accepted == number, Rule::WrongStart, || {
                        format!("asked for message {number} on, the venue starts at {accepted}")
                    })?;
                    self.stream.start(accepted);
                    let (partial, held, debug) = Default::default();
                    self.link = Some(Link { wire, partial, held, mood: Mood::Fine, debug });
                    return if self.tracker.is_settled() { Ok(()) } else { self.put_fence(limit) };
                }
                Answer::Rejected(_) | Answer::Closed => {
                    demand(started.elapsed() < limit, Rule::LoginRefused, || {
                        format!("message {number} on: {answer:?}")
                    })?
                }
            }
            std::thread::sleep(RETRY);
        }
    }

    /// Asks something that nothing else can answer: with the answer, all that was asked on the last connection is over.
    fn put_fence(&mut self, limit: Duration) -> Checked {
        let query = [b'Q', 0, 3, 2, 28, self.fence];
        self.fence = if self.fence + 1 == FENCES.end { FENCES.start } else { self.fence + 1 };
        self.write(&packet(&ClientPacket::Unsequenced(&query)), limit)
    }

    /// Sends packets in pieces, and keeps what is held back.
    pub(super) fn send(&mut self, bytes: &Bytes, limit: Duration) -> Checked {
        for piece in bytes.pieces() {
            self.write(piece, limit)?;
        }
        if let Some(link) = &mut self.link {
            link.held = bytes.held().to_vec();
        }
        Ok(())
    }

    /// Sends what was held back.
    pub(super) fn send_rest(&mut self, limit: Duration) -> Checked {
        let held = self.link.as_mut().map(|link| std::mem::take(&mut link.held));
        self.write(&held.unwrap_or_default(), limit)
    }

    fn write(&mut self, bytes: &[u8], limit: Duration) -> Checked {
        let Some(link) = &mut self.link else { return Ok(()) };
        // Before the bytes go, so that no answer comes to what was not noted.
        note(link, &mut self.tracker, bytes);
        demand(link.wire.write(bytes, limit), Rule::NotRead, || {
            "the venue does not read what is sent".to_owned()
        })
    }

    /// Closes the socket at once.
    pub(super) fn close(&mut self) {
        self.link = None;
        self.asked_at = None;
        self.tracker.connection_lost();
    }

    /// Asks for the next number: the answer says that all before is done.
    pub(super) fn ask(&mut self, limit: Duration) -> Checked {
        let ready = self
            .link
            .as_ref()
            .is_some_and(|link| link.mood != Mood::Doomed && link.partial.is_empty());
        if !ready {
            return Ok(());
        }
        self.asked_at = Some(Instant::now());
        self.write(&packet(&ClientPacket::Unsequenced(b"Q")), limit)
    }

    /// Tells whether the venue owes this account nothing any more.
    pub(super) fn is_settled(&self) -> bool {
        let Some(link) = &self.link else { return true };
        link.mood != Mood::Doomed && (!link.partial.is_empty() || self.tracker.is_settled())
    }

    /// What the venue owes when it took too long.
    pub(super) fn overdue(&self) -> Finding {
        match &self.link {
            Some(link) if link.mood == Mood::Doomed => Finding::new(
                Rule::NotClosed,
                "the connection is still open after the session protocol was broken or left",
            ),
            _ => Finding::new(
                Rule::NoAnswer,
                format!("no answer in time to {}", self.tracker.first_pending()),
            ),
        }
    }

    /// Takes what the venue has said; false when that was nothing.
    pub(super) fn hear(&mut self, market: &mut Market) -> Checked<bool> {
        let Some(link) = &mut self.link else { return Ok(false) };
        let heard = link.wire.read();
        let mut incoming = std::mem::take(&mut link.wire.incoming);
        let mut used = 0;
        while let Some((packet, length)) = decode(&incoming[used..])? {
            used += length;
            match packet {
                ServerPacket::Sequenced(message) => {
                    if self.stream.take(message)? {
                        self.tracker.told(message, market)?;
                    }
                }
                ServerPacket::Debug(text) => link.debug = text.escape_ascii().to_string(),
                ServerPacket::Heartbeat | ServerPacket::Unsequenced(_) => {}
                ServerPacket::EndOfSession => {
                    return Err(Finding::new(Rule::SessionEnded, "the venue ended its day"));
                }
                ServerPacket::LoginAccepted(_) | ServerPacket::LoginRejected(_) => {
                    return Err(Finding::new(
                        Rule::SecondLoginAnswer,
                        "a login is answered a second time",
                    ));
                }
            }
        }
        incoming.drain(..used);
        link.wire.incoming = incoming;
        if self.tracker.is_settled()
            && let Some(asked_at) = self.asked_at.take()
        {
            self.slowest = self.slowest.max(asked_at.elapsed());
            // It read what came before the query too, and passed over it.
            if link.mood == Mood::Shaken {
                link.mood = Mood::Fine;
            }
        }
        if link.wire.is_closed {
            let (mood, debug) = (link.mood, std::mem::take(&mut link.debug));
            self.close();
            demand(mood != Mood::Fine, Rule::ClosedWithoutCause, || {
                format!("the venue closed the connection: {debug:?}")
            })?;
        }
        Ok(heard)
    }

    /// Sends a heartbeat when one is due.
    pub(super) fn keep_alive(&mut self, limit: Duration) -> Checked {
        let due = self.link.as_ref().is_some_and(|link| {
            link.mood != Mood::Doomed
                && link.partial.is_empty()
                && HEARTBEAT <= link.wire.sent_at.elapsed()
        });
        if due { self.write(&packet(&ClientPacket::Heartbeat), limit) } else { Ok(()) }
    }
}

/// Reads the bytes as a venue has to: what is asked, and what must follow.
fn note(link: &mut Link, tracker: &mut Tracker, bytes: &[u8]) {
    if link.mood == Mood::Doomed {
        return;
    }
    link.partial.extend_from_slice(bytes);
    let mut used = 0;
    loop {
        let rest = &link.partial[used..];
        let declared =
            rest.first_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
        if LONGEST_MESSAGE + 1 < declared {
            link.mood = Mood::Shaken;
        }
        match ClientPacket::decode(rest) {
            Ok(None) => break,
            Ok(Some((packet, length))) => {
                used += length;
                match packet {
                    ClientPacket::Unsequenced(message) => {
                        if !tracker.asked(message, link.mood != Mood::Fine) {
                            link.mood = Mood::Shaken;
                        }
                    }
                    ClientPacket::Heartbeat | ClientPacket::Debug(_) => {}
                    ClientPacket::Login(_) | ClientPacket::Logout => link.mood = Mood::Doomed,
                }
            }
            Err(_) => link.mood = Mood::Doomed,
        }
        if link.mood == Mood::Doomed {
            used = link.partial.len();
            break;
        }
    }
    link.partial.drain(..used);
}
