//! One port's session over any number of connections, without I/O.
//!
//! Bytes and the time go in; events and bytes come out. Keeps the numbers, what has no answer yet,
//! and where to resume, so that nothing entered is lost and no message is told twice.
//!
//! For programs with their own loop; [`OrderEntry`](super::OrderEntry) runs it on tokio:
//!
//! 1. A connection is open: [`Session::connect`].
//! 2. Bytes came: [`Session::receive`] until it takes none, [`Session::next_event`] after each.
//! 3. At [`Session::next_deadline_ms`]: [`Session::poll`].
//! 4. After each of them and after [`Session::submit`]: send [`Session::take_output`].
//! 5. The connection is gone: [`Session::disconnect`]; then 1 again.

use std::collections::VecDeque;

use bytes::BytesMut;
use protocol::SessionId;
use protocol::ouch::outbound::Outbound;
use protocol::ouch::{Appendage, Tag};
use protocol::soupbintcp::{ClientEvent, ClientPacket, ClientSession, Due, Limits, LoginRequest};

use super::event::Event;
use super::fence::Fence;
use super::in_flight::{InFlight, Key};
use super::number::{Numbers, UserRefNum};
use super::request::{Request, Subject};
use crate::error::{Error, Result};

/// Who logs in, from where on, and the limits; times in milliseconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// User name, password, session and first number of the first login.
    pub login: LoginRequest,
    pub login_timeout_ms: u64,
    pub silence_ms: u64,
    pub heartbeat_ms: u64,
    /// Most requests without an answer.
    pub window: usize,
    /// Any number that differs from run to run.
    pub seed: u64,
}

/// How far the connection is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Phase {
    /// No connection.
    Down,
    /// The login waits for its answer.
    LoggingIn,
    Up,
    /// No more requests: what is to be sent goes out, then the Logout Request.
    Leaving,
    /// For good, and why.
    Over(Error),
}

/// The session.
#[derive(Clone, Debug)]
pub struct Session {
    login: LoginRequest,
    limits: Limits,
    silence_ms: u64,
    window: usize,
    phase: Phase,
    connection: ClientSession,
    /// When something was last heard on this connection.
    heard_ms: u64,
    /// Number of the next message, once the first login is accepted.
    next_number: Option<u64>,
    /// The stream was read from its first message on.
    from_the_first: bool,
    numbers: Numbers,
    in_flight: InFlight,
    fence: Fence,
    /// Account Queries on this connection after those of the fence: sent, and answered.
    ///
    /// One whose later requests turn out to be answered is forgotten, but its answer still comes.
    queries_sent: u64,
    queries_answered: u64,
    output: BytesMut,
    /// At most two: a message, and that we have caught up.
    events: VecDeque<Event>,
}

impl Session {
    /// Starts without a connection.
    pub fn new(settings: Settings) -> Self {
        // Silence is watched here: a caller that does not read is not a venue that does not speak.
        let limits = Limits {
            login_timeout_ms: settings.login_timeout_ms,
            silence_ms: u64::MAX,
            heartbeat_ms: settings.heartbeat_ms,
            ..Limits::ANY_PAYLOAD
        };
        Self {
            login: settings.login,
            limits,
            silence_ms: settings.silence_ms,
            window: settings.window.max(1),
            phase: Phase::Down,
            connection: ClientSession::new(0, limits),
            heard_ms: 0,
            next_number: None,
            from_the_first: false,
            numbers: Numbers::new(),
            in_flight: InFlight::default(),
            fence: Fence::new(settings.seed),
            queries_sent: 0,
            queries_answered: 0,
            output: BytesMut::new(),
            events: VecDeque::new(),
        }
    }

    /// Begins a new connection with the login; resumes at the next message not yet seen.
    pub fn connect(&mut self, now_ms: u64) {
        self.output.clear();
        self.connection = ClientSession::new(now_ms, self.limits);
        self.connection.connect(&self.login, &mut self.output, now_ms);
        self.heard_ms = now_ms;
        self.phase = Phase::LoggingIn;
    }

    /// Ends the connection; what has no answer is sent again after the next login.
    pub fn disconnect(&mut self) {
        self.output.clear();
        if !self.is_leaving() {
            self.phase = Phase::Down;
        }
    }

    /// Takes the packet at the start of `bytes` and returns how many bytes it was; 0: not whole.
    ///
    /// # Errors
    ///
    /// The login was refused or the venue broke the protocol: close the connection.
    pub fn receive(&mut self, bytes: &[u8], now_ms: u64) -> Result<usize> {
        let Some((event, consumed)) = self.connection.receive(bytes, now_ms)? else {
            return Ok(0);
        };
        self.heard_ms = now_ms;
        match event {
            ClientEvent::Accepted { session, next } => self.accepted(session, next, now_ms),
            ClientEvent::Rejected(reason) => return Err(reason.into()),
            ClientEvent::Sequenced { number, message } => self.sequenced(number, message),
            ClientEvent::EndOfSession => {
                self.close(Error::EndOfSession);
                self.events.push_back(Event::EndOfSession);
            }
            ClientEvent::Unsequenced(_) | ClientEvent::Heartbeat => {}
            ClientEvent::Debug(text) => {
                tracing::debug!(text = %text.escape_ascii(), "the venue says");
            }
        }
        Ok(consumed)
    }

    /// Returns what happened, in order.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Sends a request, and keeps it until it is answered.
    ///
    /// Returns the number it took; of a request that takes none, the order it names. A request that
    /// is not taken was not sent and has used no number.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`]: try again after the next event. Any other: it will never be taken.
    pub fn submit(&mut self, request: &Request, now_ms: u64) -> Result<UserRefNum> {
        match &self.phase {
            Phase::Up => {}
            Phase::Down | Phase::LoggingIn => return Err(Error::NotReady),
            Phase::Leaving => return Err(Error::Closed),
            Phase::Over(error) => return Err(error.clone()),
        }
        if self.window <= self.in_flight.len() {
            // Its answer clears away what the venue had nothing to say to.
            self.ask_once(0, now_ms);
            return Err(Error::NotReady);
        }
        let (name, key) = match request.subject() {
            Subject::Number { channel } => {
                let number = self.next_number_in(channel, now_ms)?;
                (number, Key::Number(number))
            }
            Subject::Order(order) => (order, Key::Order(order)),
            Subject::Channel(channel) => (UserRefNum { channel, number: 0 }, self.next_query()),
        };
        let mut message = Vec::new();
        request.encode(name.number, &mut message)?;
        if let Key::Number(number) = key {
            self.numbers.used(number);
        }
        self.send(key, message, now_ms);
        Ok(name)
    }

    /// Takes no more requests; a Logout Request is the last thing sent.
    pub fn logout(&mut self) {
        match self.phase {
            Phase::Up => {
                self.connection.logout(&mut self.output);
                self.phase = Phase::Leaving;
            }
            Phase::Down | Phase::LoggingIn => self.phase = Phase::Leaving,
            Phase::Leaving | Phase::Over(_) => {}
        }
    }

    /// Ends the session for good; requests are answered with `error` from here on.
    pub fn close(&mut self, error: Error) {
        if !self.is_over() {
            self.phase = Phase::Over(error);
        }
    }

    /// Returns what is to be sent.
    pub fn take_output(&mut self) -> BytesMut {
        self.output.split()
    }

    /// Does what is due: a heartbeat.
    ///
    /// # Errors
    ///
    /// The venue did not answer the login in time or fell silent: close the connection.
    pub fn poll(&mut self, now_ms: u64) -> Result<()> {
        match self.connection.poll(now_ms) {
            Due::LoginTimedOut => return Err(Error::LoginTimedOut),
            Due::Heartbeat => {
                if self.output.is_empty() {
                    ClientPacket::Heartbeat.encode(&mut self.output);
                }
                self.connection.sent(now_ms);
            }
            Due::Silent | Due::Nothing => {}
        }
        if self.connection.is_logged_in() && self.silence_ends_ms() <= now_ms {
            return Err(Error::Silent { silence_ms: self.silence_ms });
        }
        Ok(())
    }

    /// Returns the time of the next [`Self::poll`] on this connection.
    pub fn next_deadline_ms(&self) -> u64 {
        let deadline_ms = self.connection.next_deadline_ms();
        if self.connection.is_logged_in() {
            return deadline_ms.min(self.silence_ends_ms());
        }
        deadline_ms
    }

    /// Notes that the caller does not read: silence is not the venue's.
    pub fn not_reading(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
    }

    /// Tells whether requests may be taken.
    pub fn is_up(&self) -> bool {
        self.phase == Phase::Up
    }

    /// Tells whether the session is to be left, or was.
    pub fn is_leaving(&self) -> bool {
        self.phase == Phase::Leaving || self.is_over()
    }

    /// Tells whether the session has ended for good.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// Returns the number of requests without an answer.
    pub fn unanswered(&self) -> usize {
        self.in_flight.len()
    }

    fn accepted(&mut self, session: SessionId, next: u64, now_ms: u64) {
        self.from_the_first = match self.next_number {
            None => next <= 1,
            Some(expected) => self.from_the_first && next <= expected,
        };
        self.next_number = Some(next);
        self.login.requested_session = session;
        self.login.requested_sequence_number = next;
        if self.phase == Phase::LoggingIn {
            self.phase = Phase::Up;
        }
        for channel in self.fence.raise() {
            let mut message = Vec::new();
            encode_query(channel, &mut message);
            self.connection.send(&message, &mut self.output, now_ms);
        }
        self.queries_sent = self.in_flight.renumber_queries();
        self.queries_answered = 0;
        for message in self.in_flight.messages() {
            self.connection.send(message, &mut self.output, now_ms);
        }
        self.events.push_back(Event::Connected { session, next });
    }

    fn sequenced(&mut self, number: u64, message: &[u8]) {
        let next = number.saturating_add(1);
        self.next_number = Some(next);
        self.login.requested_sequence_number = next;
        self.events.push_back(Event::decode(number, message));
        // Numbers and answers are followed also in a message with codes that nobody knows.
        if let Ok(outbound) = Outbound::decode(message) {
            self.follow(&outbound);
        }
    }

    /// Learns from a message which numbers are used and which requests are answered.
    fn follow(&mut self, outbound: &Outbound<'_>) {
        let name =
            |number: u32, tags: &Appendage<'_>| UserRefNum { channel: channel_of(tags), number };
        match outbound {
            Outbound::OrderAccepted(m, tags) => self.took(name(m.user_ref_num.get(), tags)),
            Outbound::OrderReplaced(m, tags) => self.took(name(m.user_ref_num.get(), tags)),
            Outbound::Rejected(m, tags) => self.took(name(m.user_ref_num.get(), tags)),
            Outbound::MassCancelResponse(m, tags) => self.took(name(m.user_ref_num.get(), tags)),
            Outbound::DisableOrderEntryResponse(m, tags) => {
                self.took(name(m.user_ref_num.get(), tags));
            }
            Outbound::EnableOrderEntryResponse(m, tags) => {
                self.took(name(m.user_ref_num.get(), tags));
            }
            Outbound::OrderCanceled(m, tags) => self.changed(name(m.user_ref_num.get(), tags)),
            Outbound::OrderModified(m, tags) => self.changed(name(m.user_ref_num.get(), tags)),
            Outbound::CancelPending(m, tags) => self.changed(name(m.user_ref_num.get(), tags)),
            Outbound::CancelReject(m, tags) => self.changed(name(m.user_ref_num.get(), tags)),
            Outbound::AccountQueryResponse(m, tags) => {
                let next = name(m.next_user_ref_num.get(), tags);
                self.next_is(next);
            }
            Outbound::SystemEvent(_)
            | Outbound::AiqCanceled(..)
            | Outbound::OrderExecuted(..)
            | Outbound::BrokenTrade(..)
            | Outbound::OrderPriorityUpdate(..)
            | Outbound::OrderRestated(..) => {}
        }
    }

    /// Takes the answer to the request that took `number`.
    fn took(&mut self, number: UserRefNum) {
        self.numbers.used(number);
        self.in_flight.answered(Key::Number(number));
    }

    /// Takes what may be the answer to a Cancel or Modify of `order`.
    ///
    /// In a replay it may answer one sent on an earlier connection; then the next answer would be
    /// taken for another request.
    fn changed(&mut self, order: UserRefNum) {
        if self.fence.is_passed() {
            self.in_flight.order_answered(order);
        }
    }

    /// Takes the answer to an Account Query.
    fn next_is(&mut self, next: UserRefNum) {
        let highest = UserRefNum { number: next.number.saturating_sub(1), ..next };
        self.numbers.used(highest);
        if self.fence.is_passed() {
            self.numbers.is_complete(next.channel);
            self.queries_answered += 1;
            self.in_flight.answered(Key::Query(self.queries_answered));
        } else if self.fence.answered(next.channel) {
            self.caught_up();
        }
    }

    fn caught_up(&mut self) {
        for channel in self.fence.channels() {
            self.numbers.is_complete(channel);
        }
        if self.from_the_first {
            self.numbers.all_are_complete();
        }
        self.events.push_back(Event::CaughtUp);
    }

    /// Returns the number a new request of the channel takes, or asks for it.
    fn next_number_in(&mut self, channel: u8, now_ms: u64) -> Result<UserRefNum> {
        if self.numbers.is_known(channel) {
            return self.numbers.next(channel).ok_or(Error::NumbersExhausted { channel });
        }
        // Before the fence is passed, its answers may tell.
        if self.fence.is_passed() {
            self.ask_once(channel, now_ms);
        }
        Err(Error::NotReady)
    }

    /// Sends an Account Query unless one is on its way.
    fn ask_once(&mut self, channel: u8, now_ms: u64) {
        if !self.in_flight.has_query() {
            let mut message = Vec::new();
            encode_query(channel, &mut message);
            let key = self.next_query();
            self.send(key, message, now_ms);
        }
    }

    /// Names the query that is sent next.
    fn next_query(&mut self) -> Key {
        self.queries_sent += 1;
        Key::Query(self.queries_sent)
    }

    fn send(&mut self, key: Key, message: Vec<u8>, now_ms: u64) {
        self.connection.send(&message, &mut self.output, now_ms);
        self.in_flight.push(key, message);
    }

    fn silence_ends_ms(&self) -> u64 {
        self.heard_ms.saturating_add(self.silence_ms)
    }
}

fn encode_query(channel: u8, out: &mut Vec<u8>) {
    Request::AccountQuery(channel).encode(0, out).expect("a query has no field that can be wrong");
}

/// Finds the channel among the tags; a message without it is of the port's own.
fn channel_of(tags: &Appendage<'_>) -> u8 {
    tags.elements()
        .flatten()
        .find(|element| element.tag == Tag::UserRefIdx)
        .and_then(|element| element.value.first().copied())
        .unwrap_or(0)
}
