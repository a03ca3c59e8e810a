//! Connection: one socket from its accept to its close.
//!
//! Holds what login and session share: the buffers, the state of the protocol, the timer. A client that is
//! told why it has to leave gets the time to read it.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use protocol::soupbintcp::{
    Due, LoginRejectReason, LoginRequest, ServerEvent, ServerPacket, ServerSession, Violation,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::intake::Intake;
use super::outflow::Output;
use super::waiting::Place;
use super::{Phase, Venue, login, session};

/// How long a client has to read why the connection is closed, and to close its side.
const PARTING: Duration = Duration::from_secs(1);
/// How much of what it still sends is read and thrown away meanwhile.
const PARTING_BYTES: usize = 1 << 20;
/// The furthest deadline of a timer, two years: what the runtime can wait for.
const FURTHEST_MS: u64 = 1 << 36;

/// How a connection comes to its end.
#[derive(Debug)]
pub(super) enum Ending {
    /// The client logged out or closed, or its socket failed: nothing more is said.
    Left,
    /// The client is told why it has to go.
    Dismissed(String),
    /// The login is refused; the text follows the code, in a Debug packet: some clients take the first packet
    /// for the answer.
    Rejected(LoginRejectReason, Option<String>),
    /// Its place is needed for another connection: it has not logged in.
    SentAway,
    /// The operator ended the session.
    Evicted,
    /// The venue stops; the session can be resumed later.
    Stopped,
    /// There are no more messages in this session.
    DayEnded,
}

impl Ending {
    pub(super) fn no_more_logins() -> Self {
        Self::Dismissed("the venue takes no more logins".to_owned())
    }
}

impl From<Violation> for Ending {
    fn from(violation: Violation) -> Self {
        Self::Dismissed(violation.to_string())
    }
}

/// Serves one connection until its socket is closed.
pub(super) async fn serve(
    venue: Rc<Venue>,
    socket: TcpStream,
    place: Place,
    phase: watch::Receiver<Phase>,
) {
    let mut connection = Connection::new(&venue, socket, place, phase);
    let ending = match login::admit(&mut connection, &venue).await {
        Ok(admission) => {
            connection.place = None;
            session::run(&mut connection, &venue, admission).await
        }
        Err(ending) => ending,
    };
    if matches!(ending, Ending::SentAway) {
        venue.metrics.connections_refused.add(1);
    }
    connection.close(ending).await;
}

/// A socket and what is known about it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) protocol: ServerSession,
    pub(super) intake: Intake,
    pub(super) output: Output,
    pub(super) timer: Timer,
    pub(super) phase: watch::Receiver<Phase>,
    /// In the waiting room, until it is logged in.
    pub(super) place: Option<Place>,
}

impl Connection {
    fn new(venue: &Venue, socket: TcpStream, place: Place, phase: watch::Receiver<Phase>) -> Self {
        let timer = Timer::new();
        Self {
            socket,
            protocol: ServerSession::new(timer.now_ms(), venue.limits()),
            intake: Intake::new(venue.config.bytes_per_round),
            output: Output::default(),
            timer,
            phase,
            place: Some(place),
        }
    }

    /// Waits for the Login Request.
    ///
    /// # Errors
    ///
    /// The connection ends before there is one.
    pub(super) async fn login_request(&mut self) -> Result<LoginRequest, Ending> {
        loop {
            while let Some(event) = self.next_event()? {
                match event {
                    ServerEvent::Login(login) => {
                        self.place.iter().for_each(Place::keep);
                        return Ok(login);
                    }
                    ServerEvent::Logout => return Err(Ending::Left),
                    ServerEvent::Message(_) | ServerEvent::Heartbeat | ServerEvent::Debug(_) => {}
                }
            }
            // Behind what was read: the Login Request may just have come.
            if self.place.as_ref().is_some_and(Place::is_sent_away) {
                return Err(Ending::SentAway);
            }
            self.hear().await?;
        }
    }

    /// Waits for something while the login is not answered: the client may only wait too, or leave.
    ///
    /// # Errors
    ///
    /// The connection ends before that.
    pub(super) async fn meanwhile<T>(
        &mut self,
        awaited: impl Future<Output = T>,
    ) -> Result<T, Ending> {
        let mut awaited = pin!(awaited);
        loop {
            while let Some(event) = self.next_event()? {
                if event == ServerEvent::Logout {
                    return Err(Ending::Left);
                }
            }
            tokio::select! {
                biased;
                value = &mut awaited => return Ok(value),
                heard = self.hear() => heard?,
            }
        }
    }

    fn next_event(&mut self) -> Result<Option<ServerEvent<'_>>, Ending> {
        self.intake.next_event(&mut self.protocol, self.timer.now_ms())
    }

    /// Waits until more bytes have come in, or a timer has run out.
    async fn hear(&mut self) -> Result<(), Ending> {
        if self.protocol.poll(self.timer.now_ms()) == Due::LoginTimedOut {
            return Err(Ending::Dismissed("the login took too long".to_owned()));
        }
        self.timer.arm(self.protocol.next_deadline_ms());
        tokio::select! {
            biased;
            _ = self.phase.wait_for(|phase| !phase.takes_logins()) => {
                Err(Ending::no_more_logins())
            }
            read = self.intake.read(&mut self.socket) => match read {
                Ok(0) | Err(_) => Err(Ending::Left),
                Ok(_) => Ok(()),
            },
            () = sent_away(self.place.as_ref()) => Ok(()),
            () = self.timer.wait() => Ok(()),
        }
    }

    /// Says what there is to say, and closes the socket.
    async fn close(mut self, ending: Ending) {
        match ending {
            Ending::Left => return,
            Ending::Dismissed(text) => self.output.push(ServerPacket::Debug(text.as_bytes())),
            Ending::Rejected(reason, text) => {
                self.protocol.reject(reason, self.output.packets());
                if let Some(text) = text {
                    self.output.push(ServerPacket::Debug(text.as_bytes()));
                }
            }
            Ending::SentAway => {
                self.output.push(ServerPacket::Debug(b"too many connections wait to log in"));
                // Another one waits for its place: what the socket does not take at once is not said.
                let _ = self.socket.try_write(self.output.packets());
                return;
            }
            Ending::Evicted => {
                self.output.push(ServerPacket::Debug(b"disconnected by the operator"));
            }
            Ending::Stopped => {}
            Ending::DayEnded => self.protocol.end(self.output.packets()),
        }
        let place = self.place.take();
        place.iter().for_each(Place::give_up);
        // Whoever does not read in time is cut off, or when its place is needed.
        tokio::select! {
            _ = timeout(PARTING, self.part()) => {}
            () = sent_away(place.as_ref()) => {}
        }
    }

    /// Sends the rest, then waits for the client to close.
    ///
    /// To close a socket with unread bytes resets the connection, and the client loses what it has not read.
    async fn part(&mut self) -> io::Result<()> {
        while !self.output.is_empty() {
            self.output.write(&mut self.socket).await?;
        }
        self.socket.shutdown().await?;
        let mut unread = PARTING_BYTES;
        while 0 < unread {
            match self.intake.discard(&mut self.socket).await? {
                0 => break,
                bytes => unread = unread.saturating_sub(bytes),
            }
        }
        Ok(())
    }
}

/// Waits until a place in the waiting room is needed; without one, for ever.
async fn sent_away(place: Option<&Place>) {
    match place {
        Some(place) => place.sent_away().await,
        None => std::future::pending().await,
    }
}

/// Milliseconds since the connection began, and one deadline.
#[derive(Debug)]
pub(super) struct Timer {
    started: Instant,
    armed_ms: u64,
    sleep: Pin<Box<Sleep>>,
}

impl Timer {
    fn new() -> Self {
        let started = Instant::now();
        Self { started, armed_ms: 0, sleep: Box::pin(sleep_until(started)) }
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).expect("64 bits of milliseconds")
    }

    /// Makes [`Self::wait`] end at the deadline or earlier.
    ///
    /// A deadline moves with every packet. It is followed only when the timer has run out anyway.
    pub(super) fn arm(&mut self, deadline_ms: u64) {
        let deadline_ms = deadline_ms.min(FURTHEST_MS);
        if deadline_ms < self.armed_ms || self.sleep.is_elapsed() {
            self.armed_ms = deadline_ms;
            self.sleep.as_mut().reset(self.started + Duration::from_millis(deadline_ms));
        }
    }

    pub(super) async fn wait(&mut self) {
        self.sleep.as_mut().await;
    }
}
