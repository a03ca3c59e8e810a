//! Why something did not work, and whether trying again can help.

use std::io;

use protocol::soupbintcp::{LoginError, LoginRejectReason, Violation};
use protocol::symbol::AlphaError;
use thiserror::Error;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an order, a connection or a feed failed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Error {
    /// The connection could not be made, or broke.
    #[error("connection failed: {0}")]
    Io(io::ErrorKind),
    #[error("the venue closed the connection")]
    ClosedByVenue,
    #[error("nothing was heard from the venue for {silence_ms} ms")]
    Silent { silence_ms: u64 },
    #[error("the login was not answered in time")]
    LoginTimedOut,
    #[error("login refused: user name and password do not fit")]
    NotAuthorized,
    /// The session is another one by now, or the venue still holds the earlier connection.
    #[error("login refused: the session is not available")]
    SessionNotAvailable,
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error("the venue broke the protocol: {0}")]
    Violation(#[from] Violation),
    /// Not logged in, numbers not known yet, or too many requests without an answer.
    #[error("the session cannot take a request now")]
    NotReady,
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("every number of channel {channel} is used")]
    NumbersExhausted { channel: u8 },
    /// Logged out, or nobody reads the events any more.
    #[error("the session is closed")]
    Closed,
    #[error("the session has ended for the day")]
    EndOfSession,
    /// No line and no retransmission brought the message in time.
    #[error("market data message {number} is missing")]
    Missing { number: u64 },
}

impl Error {
    /// Tells whether the same may work at a later time without a change.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Io(kind) => !matches!(
                kind,
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::Unsupported
            ),
            Self::ClosedByVenue
            | Self::Silent { .. }
            | Self::LoginTimedOut
            | Self::SessionNotAvailable
            | Self::NotReady
            | Self::Missing { .. } => true,
            Self::NotAuthorized
            | Self::Login(_)
            | Self::Violation(_)
            | Self::Request(_)
            | Self::NumbersExhausted { .. }
            | Self::Closed
            | Self::EndOfSession => false,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

impl From<LoginRejectReason> for Error {
    fn from(reason: LoginRejectReason) -> Self {
        match reason {
            LoginRejectReason::NotAuthorized => Self::NotAuthorized,
            LoginRejectReason::SessionNotAvailable => Self::SessionNotAvailable,
        }
    }
}

/// Why a request cannot be written; nothing was sent and no number was used.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum RequestError {
    #[error("a limit price or a market order is needed")]
    NoPrice,
    #[error("{field}: {error}")]
    Name { field: &'static str, error: AlphaError },
    #[error(
        "a ClOrdID has at most 11 characters where the order asks what becomes of it on a disconnect"
    )]
    ClOrdIdTooLong,
    #[error("AIQ group id is two characters")]
    AiqGroupId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_by_itself_is_worth_another_try() {
        let lost = [
            Error::Io(io::ErrorKind::ConnectionRefused),
            Error::ClosedByVenue,
            Error::Silent { silence_ms: 15_000 },
            Error::SessionNotAvailable,
            Error::NotReady,
        ];
        assert!(lost.iter().all(Error::is_retryable));
        let final_ones = [
            Error::NotAuthorized,
            Error::Request(RequestError::NoPrice),
            Error::Closed,
            Error::EndOfSession,
        ];
        assert!(!final_ones.iter().any(Error::is_retryable));
    }
}
