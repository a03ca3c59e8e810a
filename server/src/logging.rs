//! Logs: lines on standard error, for people or for machines.
//!
//! Files, rotation and shipping are the service manager's business. Nothing is logged for a single order
//! above level debug.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// For people; in colour on a terminal.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why logging did not start.
#[derive(Debug, Error)]
pub enum LoggingError {
    #[error(
        "log level {level:?}: {problem}; expected info, debug, or openbell_server::gateway=debug,info"
    )]
    Level { level: String, problem: String },
    #[error("logging is already set up")]
    Twice,
}

/// Sends all logs of the process to standard error from now on.
///
/// `level` is one for everything, or a list such as `openbell_server::gateway=debug,info`.
///
/// # Errors
///
/// When the level cannot be read, or on a second call.
pub fn init(format: LogFormat, level: &str) -> Result<(), LoggingError> {
    let filter = filter(level)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => lines.with_ansi(colour()).finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    };
    started.map_err(|_| LoggingError::Twice)
}

fn filter(level: &str) -> Result<EnvFilter, LoggingError> {
    EnvFilter::try_new(level).map_err(|error| LoggingError::Level {
        level: level.to_owned(),
        problem: error.to_string(),
    })
}

/// Colour is for terminals whose user has not asked for none (<https://no-color.org>).
fn colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_word_or_a_list_by_module() {
        for level in ["info", "warn", "openbell_server::gateway=debug,info", "off"] {
            filter(level).expect("a level");
        }
    }

    #[test]
    fn another_level_is_refused_by_name() {
        let error = filter("server=loud").expect_err("no such level");
        assert!(error.to_string().starts_with("log level \"server=loud\": "), "{error}");
    }
}
