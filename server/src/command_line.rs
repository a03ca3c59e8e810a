//! The command line of the venue.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::Config;
use crate::logging::{self, LogFormat};
use crate::venue::{self, Options, VenueError};
use clap::Parser;

/// Runs an exchange: OUCH 5.0 in, ITCH 5.0 out, every order in a durable log.
///
/// Exit codes: 0 stopped in good order, 1 failed, 2 usage, 3 configuration, 5 data damaged.
#[derive(Debug, Parser)]
#[command(name = "openbell-server", version)]
struct Args {
    /// The configuration, see openbell.example.toml.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Checks the configuration, prints it as it takes effect, and exits.
    #[arg(long)]
    check_config: bool,
    /// After a restart of the machine under `durability = "os"`: sets the log aside and opens a new one.
    #[arg(long)]
    accept_loss: bool,
    /// What to log: a level (error, warn, info, debug, trace) or a list such as `openbell_server::gateway=debug,info`.
    #[arg(long, default_value = "info")]
    log_level: String,
    /// Text for people, JSON for machines; both go to standard error.
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
}

/// Reads the configuration, recovers, opens the ports, and serves until told to stop.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("openbell-server: {error}");
            return ExitCode::from(3);
        }
    };
    if args.check_config {
        print!("{}", config.effective_toml());
        return ExitCode::SUCCESS;
    }
    if let Err(error) = logging::init(args.log_format, &args.log_level) {
        eprintln!("openbell-server: {error}");
        return ExitCode::from(2);
    }
    let options = Options { accept_loss: args.accept_loss };
    match venue::run_until_signal(args.config, config, options, |addresses| {
        // Whoever started the venue may have closed the pipe; it trades all the same.
        let _ = writeln!(std::io::stdout(), "{addresses}");
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("openbell-server: {error:#}");
            ExitCode::from(match error {
                VenueError::Damaged(_) => 5,
                VenueError::Failed(_) => 1,
            })
        }
    }
}
