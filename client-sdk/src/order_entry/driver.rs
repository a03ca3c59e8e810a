//! Runs a session on tokio: one task owns the socket, handles share the session with it.
//!
//! The task never waits for one thing only: while the events are full it still writes and keeps the
//! connection alive; while the socket takes nothing it still reads.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use protocol::soupbintcp::{LoginRequest, ServerPacket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::event::Event;
use super::number::UserRefNum;
use super::options::ConnectOptions;
use super::request::Request;
use super::session::{Session, Settings};
use crate::error::{Error, Result};

/// The longest wait for the venue to close a connection that is logged out.
const HANG_UP: Duration = Duration::from_secs(1);

/// What the handles and the task share.
#[derive(Debug)]
pub(super) struct Shared {
    session: Mutex<Session>,
    /// There is something to send, or the session is to be left.
    wake: Notify,
    /// A request that had to wait may be taken now.
    changed: Notify,
    started: Instant,
}

impl Shared {
    /// Sends a request, or says why not.
    pub(super) fn try_submit(&self, request: &Request) -> Result<UserRefNum> {
        let now_ms = self.now_ms();
        let submitted = self.session().submit(request, now_ms);
        self.wake.notify_one();
        submitted
    }

    /// Sends a request as soon as it can be.
    pub(super) async fn submit(&self, request: &Request) -> Result<UserRefNum> {
        loop {
            let changed = self.changed.notified();
            match self.try_submit(request) {
                Err(Error::NotReady) => changed.await,
                submitted => return submitted,
            }
        }
    }

    /// Leaves the session and waits until it is closed.
    pub(super) async fn logout(&self) {
        self.session().logout();
        self.wake.notify_one();
        loop {
            let changed = self.changed.notified();
            if self.session().is_over() {
                return;
            }
            changed.await;
        }
    }

    /// Waits until the session is to be left.
    async fn left(&self) {
        while !self.session().is_leaving() {
            self.wake.notified().await;
        }
    }

    pub(super) fn unanswered(&self) -> usize {
        self.session().unanswered()
    }

    /// Locks the session; nobody holds it over an await, or can leave it half changed.
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn deadline(&self, at_ms: u64) -> Instant {
        // A year stands for never: the clock cannot be asked for any number.
        self.started + Duration::from_millis(at_ms.min(self.now_ms() + 31_536_000_000))
    }
}

/// Why a connection is no longer served.
enum End {
    Lost(Error),
    /// Logged out, at the end of the day, or nobody takes events: for good.
    Done(Error),
}

/// The task.
pub(super) struct Driver {
    shared: Arc<Shared>,
    options: ConnectOptions,
    events: mpsc::Sender<Event>,
    stream: TcpStream,
    /// Bytes that are not yet a whole packet.
    input: BytesMut,
    /// An event for which there is no room yet.
    waiting: Option<Event>,
}

impl Driver {
    /// Makes the first connection and logs in.
    pub(super) async fn connect(
        options: ConnectOptions,
        login: LoginRequest,
        events: mpsc::Sender<Event>,
    ) -> Result<(Self, Arc<Shared>)> {
        let session = Session::new(Settings {
            login,
            login_timeout_ms: milliseconds(options.login_timeout),
            silence_ms: milliseconds(options.silence),
            heartbeat_ms: milliseconds(options.heartbeat),
            window: options.window,
            seed: RandomState::new().hash_one(()),
        });
        let shared = Arc::new(Shared {
            session: Mutex::new(session),
            wake: Notify::new(),
            changed: Notify::new(),
            started: Instant::now(),
        });
        let mut input = BytesMut::new();
        let stream = open(&shared, &options, &mut input).await?;
        let driver =
            Self { shared: Arc::clone(&shared), options, events, stream, input, waiting: None };
        Ok((driver, shared))
    }

    /// Serves connection after connection until the session is over.
    pub(super) async fn run(mut self) {
        let error = loop {
            match self.serve().await {
                End::Lost(error) => {
                    if let Err(error) = self.reconnect(error).await {
                        break error;
                    }
                }
                End::Done(error) => break error,
            }
        };
        tracing::debug!(%error, "order entry session closed");
        self.shared.session().close(error);
        self.shared.changed.notify_waiters();
    }

    /// Serves the connection until it is lost or done with.
    async fn serve(&mut self) -> End {
        let Self { shared, events, stream, input, waiting, .. } = self;
        let (mut reader, mut writer) = stream.split();
        let mut output = BytesMut::new();
        loop {
            if let Err(end) = deliver(shared, events, input, waiting) {
                return end;
            }
            let (deadline, over, leaving) = {
                let mut session = shared.session();
                if output.is_empty() {
                    output = session.take_output();
                }
                if waiting.is_some() {
                    session.not_reading(shared.now_ms());
                }
                let deadline = shared.deadline(session.next_deadline_ms());
                (deadline, session.is_over(), session.is_leaving())
            };
            let told = waiting.is_none();
            if over && told {
                return End::Done(Error::EndOfSession);
            }
            if leaving && !over && output.is_empty() {
                hang_up(&mut reader, &mut writer).await;
                return End::Done(Error::Closed);
            }
            tokio::select! {
                permit = events.reserve(), if !told => match permit {
                    Ok(permit) => waiting.take().map_or((), |event| permit.send(event)),
                    Err(_) => return End::Done(Error::Closed),
                },
                () = events.closed(), if told => return End::Done(Error::Closed),
                read = reader.read_buf(input), if told => match read {
                    Ok(0) => return End::Lost(Error::ClosedByVenue),
                    Ok(_) => {}
                    Err(error) => return End::Lost(error.into()),
                },
                written = writer.write_buf(&mut output), if !output.is_empty() => {
                    if let Err(error) = written {
                        return End::Lost(error.into());
                    }
                }
                () = shared.wake.notified() => {}
                () = sleep_until(deadline) => {
                    if let Err(error) = shared.session().poll(shared.now_ms()) {
                        return End::Lost(error);
                    }
                }
            }
        }
    }

    /// Makes the connection again, as often as the policy allows.
    async fn reconnect(&mut self, mut error: Error) -> Result<()> {
        let mut failures = 0;
        loop {
            self.shared.session().disconnect();
            self.input.clear();
            let policy = self.options.reconnect;
            let pause = error.is_retryable().then(|| policy.pause(failures)).flatten();
            tracing::warn!(%error, ?pause, "order entry connection lost");
            self.tell(Event::Disconnected { error: error.clone(), will_retry_in: pause }).await?;
            let Some(pause) = pause else { return Err(error) };
            let opened = tokio::select! {
                opened = async {
                    sleep(pause).await;
                    open(&self.shared, &self.options, &mut self.input).await
                } => opened,
                () = self.shared.left() => return Err(Error::Closed),
            };
            match opened {
                Ok(stream) => {
                    self.stream = stream;
                    return Ok(());
                }
                Err(failure) => {
                    error = failure;
                    failures += 1;
                }
            }
        }
    }

    /// Hands out what is left of the connection, then `last`; waits for room.
    async fn tell(&mut self, last: Event) -> Result<()> {
        let mut last = Some(last);
        loop {
            let left = self.waiting.take().or_else(|| self.shared.session().next_event());
            let Some(event) = left.or_else(|| last.take()) else { return Ok(()) };
            tokio::select! {
                sent = self.events.send(event) => sent.map_err(|_| Error::Closed)?,
                () = self.shared.left() => return Err(Error::Closed),
            }
        }
    }
}

/// Takes packets from `input` and hands out their events, as far as there is room.
fn deliver(
    shared: &Shared,
    events: &mpsc::Sender<Event>,
    input: &mut BytesMut,
    waiting: &mut Option<Event>,
) -> std::result::Result<(), End> {
    let mut took = false;
    let end = loop {
        let next = waiting.take().or_else(|| shared.session().next_event());
        if let Some(event) = next {
            match events.try_send(event) {
                Ok(()) => continue,
                Err(TrySendError::Full(event)) => {
                    *waiting = Some(event);
                    break Ok(());
                }
                Err(TrySendError::Closed(_)) => break Err(End::Done(Error::Closed)),
            }
        }
        match shared.session().receive(input, shared.now_ms()) {
            Ok(0) => break Ok(()),
            Ok(consumed) => input.advance(consumed),
            Err(error) => break Err(End::Lost(error)),
        }
        took = true;
    };
    if took {
        shared.changed.notify_waiters();
    }
    end
}

/// Closes our side and reads until the venue closes its own.
///
/// Closing with bytes unread would reset the connection, and what was sent last might be lost.
async fn hang_up(reader: &mut ReadHalf<'_>, writer: &mut WriteHalf<'_>) {
    let closed = async {
        writer.shutdown().await?;
        let mut scrap = [0; 4_096];
        while reader.read(&mut scrap).await? != 0 {}
        Ok::<(), io::Error>(())
    };
    if timeout(HANG_UP, closed).await.is_err() {
        tracing::debug!("the venue does not close the connection");
    }
}

/// Opens a connection and logs in; the session is up when this is done.
async fn open(
    shared: &Shared,
    options: &ConnectOptions,
    input: &mut BytesMut,
) -> Result<TcpStream> {
    let opened = timeout(options.login_timeout, log_in(shared, options, input)).await;
    opened.unwrap_or(Err(Error::LoginTimedOut))
}

async fn log_in(
    shared: &Shared,
    options: &ConnectOptions,
    input: &mut BytesMut,
) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(options.address).await?;
    stream.set_nodelay(true)?;
    let login = {
        let mut session = shared.session();
        session.connect(shared.now_ms());
        session.take_output()
    };
    stream.write_all(&login).await?;
    loop {
        let received = shared.session().receive(input, shared.now_ms());
        if matches!(received, Err(Error::NotAuthorized | Error::SessionNotAvailable)) {
            log_why(&mut stream, input).await;
        }
        let consumed = received?;
        input.advance(consumed);
        if shared.session().is_up() {
            shared.changed.notify_waiters();
            return Ok(stream);
        }
        if consumed == 0 && stream.read_buf(input).await? == 0 {
            return Err(Error::ClosedByVenue);
        }
    }
}

/// Logs what the venue says behind its refusal of a login: text for people.
async fn log_why(stream: &mut TcpStream, input: &mut BytesMut) {
    let closed = async {
        while stream.read_buf(input).await? != 0 {}
        Ok::<(), io::Error>(())
    };
    // Whatever has come by then is all there is to say.
    let _ = timeout(HANG_UP, closed).await;
    while let Ok(Some((packet, length))) = ServerPacket::decode(input) {
        if let ServerPacket::Debug(text) = packet {
            tracing::debug!(text = %text.escape_ascii(), "the venue says");
        }
        input.advance(length);
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
