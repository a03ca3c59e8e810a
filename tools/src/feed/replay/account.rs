//! One account's OUCH session.

use std::net::SocketAddr;
use std::str::FromStr;

use anyhow::{Context, Result};
use client::Error;
use client::order_entry::{
    ConnectOptions, Event, Events, OrderEntry, Reconnect, Request, UserRefNum,
};

use super::ledger::Ledger;
use crate::exit::Damaged;

/// Who logs in: `USER:PASS`.
#[derive(Clone)]
pub(super) struct Credentials {
    username: String,
    password: String,
}

impl Credentials {
    pub(super) fn new(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), password: password.to_owned() }
    }
}

impl FromStr for Credentials {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (username, password) = text.split_once(':').ok_or("expected USER:PASS")?;
        Ok(Self::new(username, password))
    }
}

/// Shows everything but the password.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// A session that is logged in and has seen all that was before.
#[derive(Debug)]
pub(super) struct Account {
    /// Its place among the accounts.
    place: usize,
    entry: OrderEntry,
    events: Events,
}

impl Account {
    /// Logs in.
    ///
    /// A lost connection is the end: whether the venue has handled a request must never be in doubt.
    pub(super) async fn connect(
        place: usize,
        address: SocketAddr,
        credentials: &Credentials,
    ) -> Result<Self> {
        let Credentials { username, password } = credentials;
        let mut options = ConnectOptions::new(address, username, password);
        options.reconnect = Reconnect::NEVER;
        let connected = OrderEntry::connect(options).await;
        let (entry, events) =
            connected.with_context(|| format!("logging in as {username} at {address}"))?;
        let mut account = Self { place, entry, events };
        while !matches!(account.next().await?, Event::CaughtUp) {}
        Ok(account)
    }

    /// Sends a request without waiting for its answer.
    pub(super) async fn submit(&self, request: Request) -> Result<UserRefNum> {
        Ok(self.entry.submit(request).await?)
    }

    /// Waits until the venue has handled everything sent, and takes the answers.
    ///
    /// An Account Query is always answered, and after everything asked before it.
    pub(super) async fn settle(&mut self, ledger: &mut Ledger) -> Result<()> {
        self.entry.account_query(0).await?;
        loop {
            match self.next().await? {
                Event::AccountQueryResponse(_) => return Ok(()),
                event => ledger.told(self.place, &event),
            }
        }
    }

    /// Takes the answers that are there already.
    pub(super) fn drain(&mut self, ledger: &mut Ledger) {
        while let Some(event) = self.events.try_next() {
            ledger.told(self.place, &event);
        }
    }

    /// Logs out.
    pub(super) async fn leave(&self) {
        self.entry.logout().await;
    }

    async fn next(&mut self) -> Result<Event> {
        match self.events.next().await.ok_or(Error::Closed)? {
            Event::Disconnected { error, .. } => Err(error).context("the session is lost"),
            Event::EndOfSession => Err(Error::EndOfSession.into()),
            Event::Unreadable { sequence_number, error, .. } => {
                Err(Damaged(format!("message {sequence_number} of the session: {error}")).into())
            }
            event => Ok(event),
        }
    }
}
