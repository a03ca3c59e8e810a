//! Market data: the ITCH feed of the venue, every message once and in order.
//!
//! [`MarketData::join`] listens to one or both multicast lines, takes the first copy of each message,
//! and asks the retransmission server for what neither line brought. A listener that joins late
//! gets the day from its first message on the same way.
//!
//! Bounded: messages nobody takes wait in a channel, those after them in the receiver's window, and
//! what is beyond is dropped and asked for later.

mod options;
mod message;
mod socket;
mod listener;

use std::net::SocketAddr;

use protocol::moldudp64::Statistics;
use tokio::sync::{mpsc, watch};

pub use message::Message;
pub use options::JoinOptions;

use crate::error::{Error, Result};
use listener::{Listener, Progress};

/// The feed of one session.
///
/// Dropping it leaves the groups.
#[derive(Debug)]
pub struct MarketData {
    messages: mpsc::Receiver<Result<Message>>,
    progress: watch::Receiver<Progress>,
    line_a: SocketAddr,
    line_b: Option<SocketAddr>,
}

impl MarketData {
    /// Opens the sockets and begins to listen.
    ///
    /// Must be called in a tokio runtime, where a task then does the listening.
    ///
    /// # Errors
    ///
    /// A socket cannot be bound or a group cannot be joined.
    pub async fn join(options: JoinOptions) -> Result<Self> {
        let (sender, messages) = mpsc::channel(options.messages.max(1));
        let (publisher, progress) = watch::channel(Progress::default());
        let listener = Listener::open(&options, sender, publisher).await?;
        let (line_a, line_b) = listener.addresses()?;
        tokio::spawn(listener.run());
        Ok(Self { messages, progress, line_a, line_b })
    }

    /// Waits for the next message; `None` at the end of the session.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`]: a message did not come in time; there will be no others. Join again at
    /// that number to go on.
    pub async fn next(&mut self) -> Result<Option<Message>> {
        match self.messages.recv().await {
            Some(message) => message.map(Some),
            None if self.progress.borrow().ended => Ok(None),
            None => Err(Error::Closed),
        }
    }

    /// Returns the session, once a packet has told it.
    pub fn session(&self) -> Option<[u8; 10]> {
        self.progress.borrow().session
    }

    /// Tells whether every message that the venue has told of so far was returned by [`Self::next`].
    ///
    /// False before the first packet; a quiet venue sends one a second.
    pub fn is_caught_up(&self) -> bool {
        self.progress.borrow().caught_up && self.messages.is_empty()
    }

    /// Returns what the receiver has seen: losses, duplicates, requests.
    pub fn statistics(&self) -> Statistics {
        self.progress.borrow().statistics
    }

    /// Returns the address line A is received at.
    pub fn line_a(&self) -> SocketAddr {
        self.line_a
    }

    /// Returns the address line B is received at.
    pub fn line_b(&self) -> Option<SocketAddr> {
        self.line_b
    }
}
