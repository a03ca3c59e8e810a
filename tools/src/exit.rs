//! Exit codes: what a script learns from a command that ends.
//!
//! 0 done, 1 failed check or runtime error, 2 usage, 3 configuration, 4 cannot reach, 5 data damaged.

use std::io;
use std::process::ExitCode;

use client::Error as ClientError;
use engine::record::RecordError;
use protocol::itch::FileError;
use server::config::ConfigError;
use server::journal::JournalError;
use server::store::StoreError;
use server::venue::VenueError;
use thiserror::Error;

pub(crate) const FAILED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const CONFIGURATION: u8 = 3;
pub(crate) const CANNOT_REACH: u8 = 4;
pub(crate) const DAMAGED: u8 = 5;

/// What a command was given cannot be used.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Nobody answers at an address.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Unreachable(pub(crate) String);

/// A file is not as it was written.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Damaged(pub(crate) String);

/// Says on standard error what went wrong and gives the code for it.
///
/// A reader that closed the pipe has seen enough: that is no failure.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(is_closed_pipe) {
        return ExitCode::SUCCESS;
    }
    eprintln!("openbell: {error:#}");
    ExitCode::from(code(error))
}

fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    let error = cause.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn code(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code_of_cause).unwrap_or(FAILED)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    let damaged = matches!(cause.downcast_ref(), Some(JournalError::Damaged { .. }))
        || matches!(cause.downcast_ref(), Some(StoreError::Damaged { .. }))
        || matches!(cause.downcast_ref(), Some(VenueError::Damaged(_)))
        || cause.is::<RecordError>()
        || cause.is::<FileError>()
        || cause.is::<Damaged>();
    if damaged {
        return Some(DAMAGED);
    }
    let client_error = cause.downcast_ref::<ClientError>();
    // What was given for a request or a login cannot be written.
    let unwritable = matches!(client_error, Some(ClientError::Request(_) | ClientError::Login(_)));
    if unwritable || cause.is::<UsageError>() {
        return Some(USAGE);
    }
    if cause.is::<ConfigError>() {
        return Some(CONFIGURATION);
    }
    let unreachable = matches!(
        client_error,
        Some(
            ClientError::Io(_)
                | ClientError::ClosedByVenue
                | ClientError::Silent { .. }
                | ClientError::LoginTimedOut
        )
    );
    (unreachable || cause.is::<Unreachable>()).then_some(CANNOT_REACH)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use protocol::soupbintcp::LoginError;

    use super::*;

    #[test]
    fn the_cause_decides_under_any_context() {
        let cases: [(anyhow::Error, u8); 9] = [
            (anyhow::anyhow!("no idea"), FAILED),
            (UsageError("a side is buy or sell".to_owned()).into(), USAGE),
            (ClientError::Io(io::ErrorKind::ConnectionRefused).into(), CANNOT_REACH),
            (ClientError::Silent { silence_ms: 15_000 }.into(), CANNOT_REACH),
            (ClientError::NotAuthorized.into(), FAILED),
            (ClientError::Request(client::RequestError::NoPrice).into(), USAGE),
            (ClientError::Login(LoginError::Username).into(), USAGE),
            (RecordError::Empty.into(), DAMAGED),
            (FileError::AfterEnd { offset: 7 }.into(), DAMAGED),
        ];
        for (error, expected) in cases {
            let told = format!("{error}");
            let wrapped = Err::<(), _>(error).context("around it").expect_err("an error");
            assert_eq!(code(&wrapped), expected, "{told}");
        }
    }
}
