//! The server's side of one connection: what each packet means, and what time asks for.
//!
//! No I/O: bytes and the time go in, events come out; the caller owns the read buffer and the
//! socket. The rules are those of `docs/protocols/soupbintcp.md`, "A connection".

use bytes::BufMut;

use super::packet::{ClientPacket, LoginAccepted, LoginRejectReason, LoginRequest, ServerPacket};
use super::session::{Connection, State};
pub use super::session::{Due, Limits, Violation};

/// What a client did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ServerEvent<'a> {
    /// Answer with [`ServerSession::accept`] or [`ServerSession::reject`].
    Login(LoginRequest),
    /// One message of the layer above.
    Message(&'a [u8]),
    Heartbeat,
    /// Close at once, without an answer.
    Logout,
    /// Free text, to be ignored.
    Debug(&'a [u8]),
}

/// The server's side of one connection.
#[derive(Clone, Debug)]
pub struct ServerSession {
    connection: Connection,
}

impl ServerSession {
    /// Starts with a connection just opened; times are milliseconds of any one clock.
    pub fn new(now_ms: u64, limits: Limits) -> Self {
        Self { connection: Connection::new(now_ms, limits) }
    }

    /// Takes the packet at the start of `bytes`, and says how many bytes it was.
    ///
    /// Called in a loop over a read buffer: payloads are borrowed from it, nothing is copied.
    /// `None`: there is no whole packet yet, or the session is closed and takes nothing more.
    ///
    /// # Errors
    ///
    /// The client broke the protocol: send the text in a Debug packet and close.
    pub fn receive<'a>(
        &mut self,
        bytes: &'a [u8],
        now_ms: u64,
    ) -> Result<Option<(ServerEvent<'a>, usize)>, Violation> {
        if self.connection.state == State::Closed {
            return Ok(None);
        }
        let received = self.take(bytes, now_ms);
        if received.is_err() {
            self.connection.state = State::Closed;
        }
        received
    }

    /// Answers the login: appends Login Accepted, the packet before all sequenced ones.
    ///
    /// Appends nothing when no login waits for an answer: the client may have logged out meanwhile.
    pub fn accept(&mut self, login: &LoginAccepted, out: &mut impl BufMut, now_ms: u64) {
        if self.connection.state != State::Answering {
            return;
        }
        ServerPacket::LoginAccepted(*login).encode(out);
        self.connection.state = State::LoggedIn;
        self.connection.heard(now_ms);
        self.connection.sent(now_ms);
    }

    /// Answers the login: appends Login Rejected; the caller then closes.
    ///
    /// Appends nothing when no login waits for an answer.
    pub fn reject(&mut self, reason: LoginRejectReason, out: &mut impl BufMut) {
        if self.connection.state != State::Answering {
            return;
        }
        ServerPacket::LoginRejected(reason).encode(out);
        self.connection.state = State::Closed;
    }

    /// Ends the session: appends End of Session to a logged-in client; the caller then closes.
    pub fn end(&mut self, out: &mut impl BufMut) {
        if self.connection.state == State::LoggedIn {
            ServerPacket::EndOfSession.encode(out);
        }
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

    /// Tells whether sequenced messages may be sent.
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
    ) -> Result<Option<(ServerEvent<'a>, usize)>, Violation> {
        self.connection.check_length(bytes)?;
        let Some((packet, consumed)) = ClientPacket::decode(bytes)? else { return Ok(None) };
        let event = match packet {
            ClientPacket::Unsequenced(message) => self.message(message)?,
            ClientPacket::Heartbeat => self.heartbeat()?,
            ClientPacket::Login(login) => self.login(login)?,
            ClientPacket::Debug(text) => ServerEvent::Debug(text),
            ClientPacket::Logout => {
                self.connection.state = State::Closed;
                ServerEvent::Logout
            }
        };
        self.connection.heard(now_ms);
        Ok(Some((event, consumed)))
    }

    fn message<'a>(&self, message: &'a [u8]) -> Result<ServerEvent<'a>, Violation> {
        match self.connection.state {
            State::LoggedIn => Ok(ServerEvent::Message(message)),
            _ => Err(Violation::BeforeLogin { packet_type: 'U' }),
        }
    }

    /// Takes a heartbeat that overtakes the answer to the login: the client's timer cannot know.
    fn heartbeat(&self) -> Result<ServerEvent<'static>, Violation> {
        match self.connection.state {
            State::Opened => Err(Violation::BeforeLogin { packet_type: 'R' }),
            _ => Ok(ServerEvent::Heartbeat),
        }
    }

    fn login(&mut self, login: LoginRequest) -> Result<ServerEvent<'static>, Violation> {
        if self.connection.state != State::Opened {
            return Err(Violation::SecondLogin);
        }
        self.connection.state = State::Answering;
        if let Some(timeout_ms @ 1..) = login.heartbeat_timeout_ms() {
            self.connection.allow_silence(u64::from(timeout_ms));
        }
        Ok(ServerEvent::Login(login))
    }
}
