//! Who logs in, and how a venue answers.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::{Duration, Instant};

use protocol::SessionId;
use protocol::soupbintcp::{ClientPacket, LoginRejectReason, LoginRequest, ServerPacket};

use super::finding::{Checked, Finding, demand};
use super::rules::Rule;
use super::wire::{Wire, pause};

/// Who logs in: `USER:PASS`.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) username: String,
    pub(super) password: String,
}

impl FromStr for Account {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (username, password) = text.split_once(':').ok_or("expected USER:PASS")?;
        LoginRequest::new(username, password, SessionId::BLANK, 0)
            .map_err(|error| error.to_string())?;
        Ok(Self { username: username.to_owned(), password: password.to_owned() })
    }
}

/// Shows everything but the password.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Account {
    /// The request to log in from message `number` on.
    pub(super) fn login(&self, number: u64) -> LoginRequest {
        LoginRequest::new(&self.username, &self.password, SessionId::BLANK, number)
            .expect("accounts are checked when they are read")
    }
}

/// How a venue answers a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    /// From this message on.
    Accepted(u64),
    Rejected(LoginRejectReason),
    Closed,
}

/// Opens a connection, asks to log in, and waits for the answer; a refusal must end the connection.
pub(super) fn visit(
    venue: SocketAddr,
    login: &LoginRequest,
    limit: Duration,
) -> Checked<(Wire, Answer)> {
    let mut wire = open(venue, limit)?;
    let bytes = packet(&ClientPacket::Login(*login));
    let started = Instant::now();
    demand(wire.write(&bytes, limit), Rule::NotRead, || {
        "the venue does not read a login".to_owned()
    })?;
    let mut rejected = None;
    loop {
        wire.read();
        while let Some((packet, length)) = decode(&wire.incoming)? {
            let answer = match packet {
                ServerPacket::LoginAccepted(accepted) => {
                    Some(Answer::Accepted(accepted.sequence_number))
                }
                ServerPacket::LoginRejected(reason) => Some(Answer::Rejected(reason)),
                ServerPacket::Debug(_) => None,
                _ => {
                    return Err(Finding::new(
                        Rule::BeforeLogin,
                        format!("before Login Accepted came {packet:?}"),
                    ));
                }
            };
            demand(answer.is_none() || rejected.is_none(), Rule::SecondLoginAnswer, || {
                format!("after a reject: {answer:?}")
            })?;
            wire.incoming.drain(..length);
            match answer {
                Some(accepted @ Answer::Accepted(_)) => return Ok((wire, accepted)),
                Some(other) => rejected = Some(other),
                None => {}
            }
        }
        if wire.is_closed {
            return Ok((wire, rejected.unwrap_or(Answer::Closed)));
        }
        demand(started.elapsed() < limit, Rule::NoAnswer, || match rejected {
            None => "a login is not answered in time".to_owned(),
            Some(_) => "the connection is still open after Login Rejected".to_owned(),
        })?;
        pause();
    }
}

pub(super) fn open(venue: SocketAddr, limit: Duration) -> Checked<Wire> {
    Wire::open(venue, limit)
        .map_err(|error| Finding::new(Rule::VenueGone, format!("no connection: {error}")))
}

/// Takes the first of some bytes as a packet of the venue.
pub(super) fn decode(bytes: &[u8]) -> Checked<Option<(ServerPacket<'_>, usize)>> {
    ServerPacket::decode(bytes).map_err(|error| Finding::new(Rule::Malformed, error.to_string()))
}

/// The bytes of one packet.
pub(super) fn packet(packet: &ClientPacket<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes);
    bytes
}
