//! Session: a logged-in client, from Login Accepted to its last message.
//!
//! One loop: what came in goes to the inbox, what the stream has goes out, and the timers are kept. While the
//! inbox is full, the session does not read, but writes and sends heartbeats as ever.

use std::pin::pin;
use std::time::Duration;

use engine::command::DisconnectCause;
use protocol::soupbintcp::{Due, ServerPacket};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::connection::{Connection, Ending};
use super::directory::Claim;
use super::login::Admission;
use super::outflow::{Outflow, OutflowError};
use super::{Phase, Venue};
use crate::inbox::Item;

/// How long a client may take for the rest of its stream when the venue stops.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// How long it may take when the day is over: a later login to this session is soon refused.
const DAY_END_LIMIT: Duration = Duration::from_secs(60);

/// Serves a session until it is over; its port can then log in again.
pub(super) async fn run(
    connection: &mut Connection,
    venue: &Venue,
    admission: Admission,
) -> Ending {
    let Admission { claim, accepted } = admission;
    let username = String::from_utf8_lossy(&claim.port().username).into_owned();
    tracing::info!(username, next = accepted.sequence_number, "logged in");
    venue.metrics.logins.add(1);
    venue.metrics.sessions.rise();
    let now_ms = connection.timer.now_ms();
    connection.protocol.accept(&accepted, connection.output.packets(), now_ms);
    let next = accepted.sequence_number;
    #[cfg(feature = "planted-bugs")]
    let next = if engine::planted::bug(2) { next.saturating_sub(1).max(1) } else { next };
    let outflow = Outflow::new(claim.port(), next, venue.store.clone(), venue.service.clone());
    let mut session = Session { connection, venue, claim: &claim, outflow, writable: true };
    // Who logs in after the day gets the rest of the stream and is not listened to.
    let is_open = *session.connection.phase.borrow() == Phase::Open;
    let talked = if is_open { session.talk().await } else { Ok(()) };
    let ending = match talked {
        Ok(()) => session.wind_down().await,
        Err(ending) => {
            session.report(&ending).await;
            ending
        }
    };
    venue.metrics.sessions.fall();
    tracing::info!(username, ?ending, "session over");
    ending
}

/// A session and what it works with.
struct Session<'a> {
    connection: &'a mut Connection,
    venue: &'a Venue,
    claim: &'a Claim,
    outflow: Outflow,
    /// False once a write failed. What the client sent before is still read, up to the end.
    writable: bool,
}

/// What calls a session away from its client.
enum Summons {
    PhaseLeft,
    Evicted,
}

impl Session<'_> {
    /// Talks with the client until the phase is no longer `Open`.
    ///
    /// # Errors
    ///
    /// How the session ends before that.
    async fn talk(&mut self) -> Result<(), Ending> {
        let inbox = &self.claim.port().inbox;
        let mut summons = pin!(summons(self.connection.phase.clone(), self.claim.evicted()));
        let mut wrote = false;
        loop {
            self.keep_up(wrote)?;
            let Connection { socket, intake, output, timer, .. } = &mut *self.connection;
            let (mut reader, mut writer) = socket.split();
            let full_inbox = intake.is_blocked();
            wrote = false;
            let moved = tokio::select! {
                summons = &mut summons => match summons {
                    Summons::PhaseLeft => return Ok(()),
                    Summons::Evicted => return Err(Ending::Evicted),
                },
                read = intake.read(&mut reader), if !full_inbox => match read {
                    Ok(0) | Err(_) => return Err(Ending::Left),
                    Ok(bytes) => bytes,
                },
                () = inbox.room(), if full_inbox => 0,
                stepped = self.outflow.step(&mut writer, output), if self.writable => match stepped {
                    Ok(bytes) => {
                        wrote = 0 < bytes;
                        bytes
                    }
                    Err(OutflowError::Socket(_)) => {
                        self.writable = false;
                        0
                    }
                    Err(error) => return Err(unreadable(&error)),
                },
                () = timer.wait() => 0,
            };
            // Whoever moves much lets the others have their turn.
            if self.venue.config.bytes_per_round <= 2 * moved {
                yield_now().await;
            }
        }
    }

    /// Does what needs no waiting: pushes what came in, and sees to the timers.
    fn keep_up(&mut self, wrote: bool) -> Result<(), Ending> {
        let Connection { socket, protocol, intake, output, timer, .. } = &mut *self.connection;
        let now_ms = timer.now_ms();
        if wrote {
            protocol.sent(now_ms);
        }
        if protocol.poll(now_ms) == Due::Silent && !intake.is_blocked() {
            // The silence may have been this thread's: what waits at the socket was said in time.
            intake.try_read(socket);
        }
        if !intake.is_empty() {
            let pushed = intake.push_all(protocol, &self.claim.port().inbox, now_ms);
            self.venue.bell.notify_one();
            pushed?;
        }
        match protocol.poll(now_ms) {
            Due::Nothing => {}
            Due::Heartbeat => {
                // What waits for a slow client to read it tells it the same.
                if output.is_empty() {
                    output.push(ServerPacket::Heartbeat);
                }
                protocol.sent(now_ms);
            }
            Due::Silent | Due::LoginTimedOut => {
                return Err(Ending::Dismissed("nothing heard for too long".to_owned()));
            }
        }
        timer.arm(protocol.next_deadline_ms());
        Ok(())
    }

    /// Tells the venue how the session ended, behind everything it said.
    async fn report(&mut self, ending: &Ending) {
        let cause = match ending {
            Ending::Evicted => DisconnectCause::Operator,
            _ => DisconnectCause::Lost,
        };
        let inbox = &self.claim.port().inbox;
        let phase = &mut self.connection.phase;
        while *phase.borrow() == Phase::Open {
            if inbox.push(Item::Disconnected(cause)) {
                self.venue.bell.notify_one();
                return;
            }
            tokio::select! {
                () = inbox.room() => {}
                _ = phase.wait_for(|phase| *phase != Phase::Open) => return,
            }
        }
    }

    /// Sends what the stream still gets, until the venue says that this was all.
    async fn wind_down(&mut self) -> Ending {
        let Connection { socket, output, phase, .. } = &mut *self.connection;
        let (_, mut writer) = socket.split();
        let (ending, limit) = loop {
            match *phase.borrow_and_update() {
                Phase::Open | Phase::Stopping => {}
                Phase::Stopped => break (Ending::Stopped, STOP_LIMIT),
                Phase::DayEnded | Phase::DayClosed => break (Ending::DayEnded, DAY_END_LIMIT),
            }
            tokio::select! {
                changed = phase.changed() => if changed.is_err() {
                    break (Ending::Stopped, STOP_LIMIT);
                },
                stepped = self.outflow.step(&mut writer, output) => if stepped.is_err() {
                    return Ending::Left;
                },
            }
        };
        // End of Session goes only behind the whole stream.
        match timeout(limit, self.outflow.flush(&mut writer, output)).await {
            Ok(Ok(())) => ending,
            Ok(Err(_)) | Err(_) => Ending::Left,
        }
    }
}

/// Waits for what ends a session from the venue's side.
async fn summons(mut phase: watch::Receiver<Phase>, mut evicted: watch::Receiver<()>) -> Summons {
    tokio::select! {
        biased;
        _ = phase.wait_for(|phase| *phase != Phase::Open) => Summons::PhaseLeft,
        _ = evicted.changed() => Summons::Evicted,
    }
}

fn unreadable(error: &OutflowError) -> Ending {
    tracing::error!(%error, "earlier messages cannot be sent");
    Ending::Dismissed("earlier messages cannot be read".to_owned())
}
