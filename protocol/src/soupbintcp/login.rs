//! The login: who asks, for which session, from which message on, and the answer.
//!
//! Text fields are padded with spaces. What goes out follows the specification (user name and
//! password padded on the right, session and number on the left); what comes in may be padded on
//! either side. See `docs/protocols/soupbintcp.md`, "Login fields".

use std::fmt;

use bytes::BufMut;
use thiserror::Error;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::field::{SessionId, digits, left_justified, number, text};
use super::packet::PacketError;

/// Bytes of a Login Request after the type byte.
pub(crate) const LOGIN_REQUEST_PAYLOAD: usize = 46;
/// Bytes of a Login Request of version 4.10 after the type byte.
pub(crate) const TIMED_LOGIN_REQUEST_PAYLOAD: usize = 51;
/// Bytes of a Login Accepted after the type byte.
pub(crate) const LOGIN_ACCEPTED_PAYLOAD: usize = 30;

/// The longest Heartbeat Timeout five digits can say, in milliseconds.
pub const MAX_HEARTBEAT_TIMEOUT_MS: u32 = 99_999;

/// Login Request (`L`): the first packet of a client.
///
/// Ends with a Heartbeat Timeout in the form of version 4.10 only.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct LoginRequest {
    username: [u8; 6],
    password: [u8; 10],
    /// Blank: the session that is active now.
    pub requested_session: SessionId,
    /// Next message wanted; 0: the most recent one.
    pub requested_sequence_number: u64,
    heartbeat_timeout_ms: Option<u32>,
}

impl LoginRequest {
    /// Builds the request without a Heartbeat Timeout (47 byte form).
    ///
    /// # Errors
    ///
    /// The user name (6 characters) or the password (10) is too long or not printable ASCII.
    pub fn new(
        username: &str,
        password: &str,
        session: SessionId,
        sequence_number: u64,
    ) -> Result<Self, LoginError> {
        Ok(Self {
            username: left_justified(username).ok_or(LoginError::Username)?,
            password: left_justified(password).ok_or(LoginError::Password)?,
            requested_session: session,
            requested_sequence_number: sequence_number,
            heartbeat_timeout_ms: None,
        })
    }

    /// Asks the server to wait this long for a silent client (52 byte form, version 4.10).
    ///
    /// Zero asks for the server's own limit.
    ///
    /// # Errors
    ///
    /// More than [`MAX_HEARTBEAT_TIMEOUT_MS`].
    pub fn with_heartbeat_timeout(mut self, timeout_ms: u32) -> Result<Self, LoginError> {
        if timeout_ms > MAX_HEARTBEAT_TIMEOUT_MS {
            return Err(LoginError::HeartbeatTimeout(timeout_ms));
        }
        self.heartbeat_timeout_ms = Some(timeout_ms);
        Ok(self)
    }

    /// Returns the user name, trimmed, in upper case: case does not count.
    pub fn username_text(&self) -> String {
        text(&self.username).expect("only printable ASCII gets in").to_ascii_uppercase()
    }

    /// Returns the password, trimmed, in upper case: case does not count.
    pub fn password_text(&self) -> String {
        text(&self.password).expect("only printable ASCII gets in").to_ascii_uppercase()
    }

    /// Returns the silence the client allows itself, in milliseconds; 0: the server's own limit.
    ///
    /// `None` in the 47 byte form.
    pub fn heartbeat_timeout_ms(&self) -> Option<u32> {
        self.heartbeat_timeout_ms
    }

    /// Decides where the stream of this login starts.
    ///
    /// `current` is the active session and `last` the number of its last message, 0 when there is
    /// none. Number 0 starts at the last message, any other at itself.
    ///
    /// # Errors
    ///
    /// The session is another one, or the client is ahead of the stream: answer with the text in a
    /// Debug packet, then [`LoginRejectReason::SessionNotAvailable`].
    pub fn resume(&self, current: SessionId, last: u64) -> Result<LoginAccepted, ResumeError> {
        let requested = self.requested_session;
        if !requested.is_blank() && requested != current {
            return Err(ResumeError::Session { requested });
        }
        let next = last.saturating_add(1);
        let sequence_number = match self.requested_sequence_number {
            0 => last.max(1),
            number if number <= next => number,
            number => return Err(ResumeError::Ahead { requested: number, next }),
        };
        Ok(LoginAccepted { session: current, sequence_number })
    }

    /// Takes the bytes after the type byte, 46 or 51 of them.
    pub(crate) fn decode(payload: &[u8]) -> Result<Self, PacketError> {
        let malformed = |field| PacketError::Field { packet_type: 'L', field };
        let (wire, timeout) = LoginRequestWire::ref_from_prefix(payload)
            .map_err(|_| PacketError::LoginLength { actual: payload.len() + 1 })?;
        let username = text(&wire.username).and_then(left_justified);
        let password = text(&wire.password).and_then(left_justified);
        let session = SessionId::from_wire(&wire.requested_session);
        let heartbeat_timeout_ms = match text(timeout) {
            _ if timeout.is_empty() => None,
            Some("") => Some(0),
            _ => {
                let milliseconds = number(timeout).and_then(|value| u32::try_from(value).ok());
                Some(milliseconds.ok_or(malformed("heartbeat timeout"))?)
            }
        };
        Ok(Self {
            username: username.ok_or(malformed("username"))?,
            password: password.ok_or(malformed("password"))?,
            requested_session: session.ok_or(malformed("requested session"))?,
            requested_sequence_number: number(&wire.requested_sequence_number)
                .ok_or(malformed("requested sequence number"))?,
            heartbeat_timeout_ms,
        })
    }

    /// Appends the bytes after the type byte.
    pub(crate) fn encode(&self, out: &mut impl BufMut) {
        let wire = LoginRequestWire {
            username: self.username,
            password: self.password,
            requested_session: self.requested_session.right_justified(),
            requested_sequence_number: digits(self.requested_sequence_number),
        };
        out.put_slice(wire.as_bytes());
        if let Some(timeout_ms) = self.heartbeat_timeout_ms {
            out.put_slice(&digits::<5>(u64::from(timeout_ms)));
        }
    }

    /// Returns the number of bytes [`Self::encode`] appends.
    pub(crate) fn payload_length(&self) -> usize {
        match self.heartbeat_timeout_ms {
            None => LOGIN_REQUEST_PAYLOAD,
            Some(_) => TIMED_LOGIN_REQUEST_PAYLOAD,
        }
    }
}

/// Shows everything but the password.
impl fmt::Debug for LoginRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginRequest")
            .field("username", &self.username_text())
            .field("requested_session", &self.requested_session.as_str())
            .field("requested_sequence_number", &self.requested_sequence_number)
            .field("heartbeat_timeout_ms", &self.heartbeat_timeout_ms)
            .finish_non_exhaustive()
    }
}

/// Login Accepted (`A`): the session, and the number of the next Sequenced Data packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LoginAccepted {
    pub session: SessionId,
    pub sequence_number: u64,
}

impl LoginAccepted {
    /// Takes the 30 bytes after the type byte.
    pub(crate) fn decode(payload: &[u8]) -> Result<Self, PacketError> {
        let malformed = |field| PacketError::Field { packet_type: 'A', field };
        let wire = LoginAcceptedWire::ref_from_bytes(payload).map_err(|_| malformed("length"))?;
        Ok(Self {
            session: SessionId::from_wire(&wire.session).ok_or(malformed("session"))?,
            sequence_number: number(&wire.sequence_number).ok_or(malformed("sequence number"))?,
        })
    }

    /// Appends the 30 bytes after the type byte.
    pub(crate) fn encode(&self, out: &mut impl BufMut) {
        let wire = LoginAcceptedWire {
            session: self.session.right_justified(),
            sequence_number: digits(self.sequence_number),
        };
        out.put_slice(wire.as_bytes());
    }
}

/// Why a login was refused (Login Rejected, `J`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum LoginRejectReason {
    /// User name and password do not fit.
    NotAuthorized = b'A',
    /// The requested session is invalid or cannot be had.
    SessionNotAvailable = b'S',
}

impl LoginRejectReason {
    /// Returns the character on the wire.
    pub const fn code(self) -> u8 {
        match self {
            Self::NotAuthorized => b'A',
            Self::SessionNotAvailable => b'S',
        }
    }

    /// Takes the bytes after the type byte.
    pub(crate) fn decode(payload: &[u8]) -> Result<Self, PacketError> {
        match payload {
            b"A" => Ok(Self::NotAuthorized),
            b"S" => Ok(Self::SessionNotAvailable),
            _ => Err(PacketError::Field { packet_type: 'J', field: "reject reason code" }),
        }
    }
}

/// Why a login cannot be asked for.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum LoginError {
    #[error("a user name is at most 6 printable ASCII characters")]
    Username,
    #[error("a password is at most 10 printable ASCII characters")]
    Password,
    #[error("a session is at most 10 printable ASCII characters")]
    Session,
    #[error("a heartbeat timeout is at most 99999 ms, not {0}")]
    HeartbeatTimeout(u32),
}

/// Why a stream cannot be resumed where the login asks for.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ResumeError {
    #[error("session {requested} is not available")]
    Session { requested: SessionId },
    #[error("requested message {requested} is ahead of the next message {next}")]
    Ahead { requested: u64, next: u64 },
}

/// Login Request after the type byte, without the Heartbeat Timeout.
#[derive(FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct LoginRequestWire {
    username: [u8; 6],
    password: [u8; 10],
    requested_session: [u8; 10],
    requested_sequence_number: [u8; 20],
}

const _: () = assert!(size_of::<LoginRequestWire>() == LOGIN_REQUEST_PAYLOAD);

/// Login Accepted after the type byte.
#[derive(FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct LoginAcceptedWire {
    session: [u8; 10],
    sequence_number: [u8; 20],
}

const _: () = assert!(size_of::<LoginAcceptedWire>() == LOGIN_ACCEPTED_PAYLOAD);

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(
        username: &[u8; 6],
        session: &[u8; 10],
        sequence_number: &[u8; 20],
        timeout: &[u8],
    ) -> Result<LoginRequest, PacketError> {
        let fields: [&[u8]; 5] = [username, b"pass      ", session, sequence_number, timeout];
        LoginRequest::decode(&fields.concat())
    }

    fn malformed(field: &'static str) -> PacketError {
        PacketError::Field { packet_type: 'L', field }
    }

    const ONE: &[u8; 20] = b"                   1";
    const BLANK: &[u8; 10] = b"          ";

    #[test]
    fn padding_may_be_on_either_side() {
        let left = decode(b"alice ", b"S1        ", b"42                  ", b"9    ");
        let right = decode(b" alice", b"        S1", b"                  42", b"    9");
        assert_eq!(left, right);
        let login = left.expect("well formed");
        assert_eq!(login.requested_session, SessionId::new("S1").expect("a session"));
        assert_eq!(login.requested_sequence_number, 42);
        assert_eq!(login.heartbeat_timeout_ms(), Some(9));
    }

    #[test]
    fn case_does_not_count_in_user_name_and_password() {
        let login = decode(b"aLicE ", BLANK, ONE, b"").expect("well formed");
        assert_eq!(login.username_text(), "ALICE");
        assert_eq!(login.password_text(), "PASS");
        assert!(login.requested_session.is_blank());
    }

    #[test]
    fn a_number_is_decimal_and_within_64_bits() {
        for (field, expected) in [
            (b"                   0", Some(0)),
            (b"00000000000000000007", Some(7)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"99999999999999999999", None),
            (b"                    ", None),
            (b"                  +1", None),
            (b"                  -1", None),
            (b"                 1 2", None),
            (b"                 1\0 ", None),
            (b"                \t  1", None),
        ] {
            let number = decode(b"alice ", BLANK, field, b"").map(|l| l.requested_sequence_number);
            assert_eq!(
                number,
                expected.ok_or(malformed("requested sequence number")),
                "{}",
                field.escape_ascii()
            );
        }
    }

    #[test]
    fn a_blank_or_zero_heartbeat_timeout_is_the_servers_own() {
        let timeout =
            |field| decode(b"alice ", BLANK, ONE, field).map(|l| l.heartbeat_timeout_ms());
        assert_eq!(timeout(b""), Ok(None));
        assert_eq!(timeout(b"     "), Ok(Some(0)));
        assert_eq!(timeout(b"    0"), Ok(Some(0)));
        assert_eq!(timeout(b"99999"), Ok(Some(99_999)));
        assert_eq!(timeout(b"1 000"), Err(malformed("heartbeat timeout")));
        assert_eq!(timeout(b"\t    "), Err(malformed("heartbeat timeout")));
    }

    #[test]
    fn text_is_printable_ascii() {
        assert_eq!(decode(b"ali\0ce", BLANK, ONE, b""), Err(malformed("username")));
        assert_eq!(decode(b"ali\xFFce", BLANK, ONE, b""), Err(malformed("username")));
        assert_eq!(
            decode(b"alice ", b"  session\x7F", ONE, b""),
            Err(malformed("requested session"))
        );
        assert_eq!(SessionId::new("Zürich"), Err(LoginError::Session));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let session = SessionId::BLANK;
        assert_eq!(LoginRequest::new("1234567", "", session, 1), Err(LoginError::Username));
        assert_eq!(LoginRequest::new("", "12345678901", session, 1), Err(LoginError::Password));
        assert_eq!(SessionId::new("12345678901"), Err(LoginError::Session));
        let login = LoginRequest::new("123456", "1234567890", session, 1).expect("fits");
        assert_eq!(
            login.with_heartbeat_timeout(100_000),
            Err(LoginError::HeartbeatTimeout(100_000))
        );
    }

    #[test]
    fn the_password_is_not_shown() {
        let login = LoginRequest::new("alice", "hunter2", SessionId::BLANK, 1).expect("fits");
        let shown = format!("{login:?}").to_ascii_lowercase();
        assert!(shown.contains("alice"));
        assert!(!shown.contains("hunter"));
    }

    #[test]
    fn the_stream_starts_where_the_login_asks() {
        let current = SessionId::new("DAY1").expect("a session");
        let other = SessionId::new("DAY0").expect("a session");
        let resume = |session, number, last| {
            let login = LoginRequest::new("alice", "pass", session, number).expect("fits");
            login.resume(current, last).map(|accepted| accepted.sequence_number)
        };
        // Number 0: the last message, or 1 when there is none.
        assert_eq!(resume(SessionId::BLANK, 0, 0), Ok(1));
        assert_eq!(resume(SessionId::BLANK, 0, 10), Ok(10));
        assert_eq!(resume(current, 1, 10), Ok(1));
        assert_eq!(resume(current, 11, 10), Ok(11));
        let ahead = ResumeError::Ahead { requested: 12, next: 11 };
        assert_eq!(resume(current, 12, 10), Err(ahead));
        assert_eq!(ahead.to_string(), "requested message 12 is ahead of the next message 11");
        assert_eq!(resume(other, 1, 10), Err(ResumeError::Session { requested: other }));
        assert_eq!(resume(current, u64::MAX, u64::MAX), Ok(u64::MAX));
    }
}
