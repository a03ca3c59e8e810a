//! The session of one run: log in, ask, hear, log out.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use client::Error;
use client::order_entry::{
    ConnectOptions, Event, Events, OrderEntry, Reconnect, Request, UserRefNum,
};

use crate::exit::{Damaged, UsageError};

/// Where the password is taken from when it is not given: a command line is seen by everyone.
const PASSWORD: &str = "OPENBELL_PASSWORD";

/// How long the venue may take for the login.
const LOGIN_PATIENCE: Duration = Duration::from_secs(10);

/// How often a lost connection is made again: for some twenty seconds.
const ATTEMPTS: u32 = 8;

/// Where and as whom to log in.
#[derive(clap::Args)]
#[command(next_help_heading = "Login")]
pub(super) struct Login {
    /// Order entry of the venue.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:26400")]
    address: SocketAddr,
    /// User name of the port; it must not be logged in elsewhere.
    #[arg(long, value_name = "NAME")]
    username: String,
    /// Its password; others on this machine may see it: OPENBELL_PASSWORD in the environment is safer.
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Prints JSON objects, one a line.
    #[arg(long)]
    pub(super) json: bool,
}

impl Login {
    fn password(&self) -> Result<String> {
        let password = self.password.clone().or_else(|| std::env::var(PASSWORD).ok());
        let missing = || UsageError(format!("a password is needed: {PASSWORD} or --password"));
        Ok(password.ok_or_else(missing)?)
    }
}

/// Shows everything but the password.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("address", &self.address)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A session that is logged in.
#[derive(Debug)]
pub(super) struct Port {
    entry: OrderEntry,
    events: Events,
    /// All that happened before the login has been told.
    caught_up: bool,
}

impl Port {
    /// Logs in and passes over what happened before.
    pub(super) async fn log_in(login: &Login) -> Result<Self> {
        let Login { address, username, .. } = login;
        let options = ConnectOptions {
            // The day so far is of no interest: the numbers used are asked for.
            sequence: 0,
            login_timeout: LOGIN_PATIENCE,
            reconnect: Reconnect { attempts: Some(ATTEMPTS), ..Reconnect::default() },
            ..ConnectOptions::new(*address, username, &login.password()?)
        };
        let connected = OrderEntry::connect(options).await;
        let (entry, events) =
            connected.with_context(|| format!("logging in as {username} at {address}"))?;
        let mut port = Self { entry, events, caught_up: false };
        while !port.caught_up {
            port.receive().await?;
        }
        Ok(port)
    }

    /// Sends a request.
    pub(super) async fn submit(&self, request: Request) -> Result<UserRefNum> {
        Ok(self.entry.submit(request).await?)
    }

    /// Waits for the next event of the port, over lost connections; none of the session's own.
    ///
    /// # Errors
    ///
    /// The connection cannot be made again, or the day is over.
    pub(super) async fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.receive().await? {
                return Ok(event);
            }
        }
    }

    /// Logs out.
    pub(super) async fn log_out(self) {
        self.entry.logout().await;
    }

    async fn receive(&mut self) -> Result<Option<Event>> {
        match self.events.next().await.ok_or(Error::Closed)? {
            Event::Connected { .. } => self.caught_up = false,
            Event::CaughtUp => self.caught_up = true,
            // Asked by the session to find out where the past ends.
            Event::AccountQueryResponse(_) if !self.caught_up => {}
            Event::Disconnected { error, will_retry_in: Some(_) } => {
                eprintln!("openbell: {error}; connecting again");
            }
            Event::Disconnected { error, will_retry_in: None } => {
                return Err(error).context("the connection is lost; what was asked may be done");
            }
            Event::EndOfSession => return Err(Error::EndOfSession.into()),
            Event::Unreadable { sequence_number, error, .. } => {
                let text = format!("message {sequence_number} of the session: {error}");
                return Err(Damaged(text).into());
            }
            event => return Ok(Some(event)),
        }
        Ok(None)
    }
}
