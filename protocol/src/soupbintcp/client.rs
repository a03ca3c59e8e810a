//! The client's side of one connection: login, counting the sequenced messages, heartbeats.
//!
//! No I/O: bytes and the time go in, events come out. To resume on a new connection, log in again
//! with the session of [`ClientEvent::Accepted`] and [`ClientSession::next_number`].

use bytes::BufMut;

use super::packet::{
    ClientPacket, LoginAccepted, LoginRejectReason, LoginRequest, ServerPacket, SessionId,
};
use super::session::{Connection, Due, Limits, State, Violation};

/// What the server did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientEvent<'a> {
    /// Logged in; the next sequenced message has number `next`.
    Accepted {
        session: SessionId,
        next: u64,
    },
    /// Not logged in; the server closes.
    Rejected(LoginRejectReason),
    /// One message of the layer above and its number.
    Sequenced {
        number: u64,
        message: &'a [u8],
    },
    /// One message outside the sequence (version 4.00).
    Unsequenced(&'a [u8]),
    Heartbeat,
    /// No more messages in this session; the server closes.
    EndOfSession,
    /// Free text; useful in a log just before the server closes.
    Debug(&'a [u8]),
}

/// The client's side of one connection.
#[derive(Clone, Debug)]
pub struct ClientSession {
    connection: Connection,
    next_number: u64,
}

impl ClientSession {
    /// Starts with a connection just opened; times are milliseconds of any one clock.
    pub fn new(now_ms: u64, limits: Limits) -> Self {
        Self { connection: Connection::new(now_ms, limits), next_number: 1 }
    }

    /// Appends the Login Request; once, before all else.
    pub fn connect(&mut self, login: &LoginRequest, out: &mut impl BufMut, now_ms: u64) {
        assert!(self.connection.state == State::Opened, "a connection logs in once");
        ClientPacket::Login(*login).encode(out);
        self.connection.state = State::Answering;
        self.sent(now_ms);
    }

    /// Takes the packet at the start of `bytes`, and says how many bytes it was.
    ///
    /// Called in a loop over a read buffer: payloads are borrowed from it, nothing is copied.
    /// `None`: there is no whole packet yet, or the session is closed and takes nothing more but
    /// Debug packets: a server may say why it refused the login behind its answer.
    ///
    /// # Errors
    ///
    /// The server broke the protocol: close.
    pub fn receive<'a>(
        &mut self,
        bytes: &'a [u8],
        now_ms: u64,
    ) -> Result<Option<(ClientEvent<'a>, usize)>, Violation> {
        if self.connection.state == State::Closed && bytes.get(2) != Some(&b'+') {
            return Ok(None);
        }
        let received = self.take(bytes, now_ms);
        if received.is_err() {
            self.connection.state = State::Closed;
        }
        received
    }

    /// Appends one message of the layer above as Unsequenced Data.
    ///
    /// The caller has seen [`ClientEvent::Accepted`]; a message is at most `MAX_PAYLOAD` bytes.
    pub fn send(&mut self, message: &[u8], out: &mut impl BufMut, now_ms: u64) {
        assert!(
            self.connection.state == State::LoggedIn || self.connection.state == State::Closed,
            "log in, then send"
        );
        ClientPacket::Unsequenced(message).encode(out);
        self.sent(now_ms);
    }

    /// Appends a Logout Request; the server closes without an answer.
    pub fn logout(&mut self, out: &mut impl BufMut) {
        ClientPacket::Logout.encode(out);
        self.connection.state = State::Closed;
    }

    /// Notes that a packet went out: the next heartbeat is due a full period later.
    pub fn sent(&mut self, now_ms: u64) {
        self.connection.sent(now_ms);
    }

    /// Tells what is due now.
    pub fn poll(&self, now_ms: u64) -> Due {
        self.connection.poll(now_ms)
    }

    /// Returns the time before which [`Self::poll`] has nothing to say; `u64::MAX` when closed.
    pub fn next_deadline_ms(&self) -> u64 {
        self.connection.next_deadline_ms()
    }

    /// Returns the number of the next sequenced message: where a new connection resumes.
    pub fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Tells whether messages may be sent.
    pub fn is_logged_in(&self) -> bool {
        self.connection.state == State::LoggedIn
    }

    /// Tells whether the session takes nothing more.
    pub fn is_closed(&self) -> bool {
        self.connection.state == State::Closed
    }

    fn take<'a>(
        &mut self,
        bytes: &'a [u8],
        now_ms: u64,
    ) -> Result<Option<(ClientEvent<'a>, usize)>, Violation> {
        self.connection.check_length(bytes)?;
        let Some((packet, consumed)) = ServerPacket::decode(bytes)? else { return Ok(None) };
        let event = match packet {
            ServerPacket::Debug(text) => ClientEvent::Debug(text),
            // A server that is slow to check the password may already send heartbeats.
            ServerPacket::Heartbeat => ClientEvent::Heartbeat,
            ServerPacket::LoginAccepted(accepted) => self.accepted(accepted)?,
            ServerPacket::LoginRejected(reason) => self.rejected(reason)?,
            ServerPacket::Sequenced(message) => self.sequenced(message)?,
            ServerPacket::Unsequenced(message) => {
                self.logged_in('U')?;
                ClientEvent::Unsequenced(message)
            }
            ServerPacket::EndOfSession => {
                self.logged_in('Z')?;
                self.connection.state = State::Closed;
                ClientEvent::EndOfSession
            }
        };
        self.connection.heard(now_ms);
        Ok(Some((event, consumed)))
    }

    fn accepted(&mut self, accepted: LoginAccepted) -> Result<ClientEvent<'static>, Violation> {
        self.awaiting_answer('A')?;
        self.connection.state = State::LoggedIn;
        self.next_number = accepted.sequence_number;
        Ok(ClientEvent::Accepted { session: accepted.session, next: accepted.sequence_number })
    }

    fn rejected(&mut self, reason: LoginRejectReason) -> Result<ClientEvent<'static>, Violation> {
        self.awaiting_answer('J')?;
        self.connection.state = State::Closed;
        Ok(ClientEvent::Rejected(reason))
    }

    fn sequenced<'a>(&mut self, message: &'a [u8]) -> Result<ClientEvent<'a>, Violation> {
        self.logged_in('S')?;
        let number = self.next_number;
        self.next_number = number.checked_add(1).ok_or(Violation::NumbersExhausted)?;
        Ok(ClientEvent::Sequenced { number, message })
    }

    fn logged_in(&self, packet_type: char) -> Result<(), Violation> {
        match self.connection.state {
            State::LoggedIn => Ok(()),
            _ => Err(Violation::BeforeLogin { packet_type }),
        }
    }

    fn awaiting_answer(&self, packet_type: char) -> Result<(), Violation> {
        match self.connection.state {
            State::Answering => Ok(()),
            State::Opened => Err(Violation::BeforeLogin { packet_type }),
            _ => Err(Violation::SecondLogin),
        }
    }
}
