//! Intake: from a socket's bytes to a port's inbox.
//!
//! The whole buffer is pushed under one lock of the inbox. When the inbox is full, the rest stays where it is and
//! the socket is not read: the client waits, and nothing is lost.

use std::io;

use bytes::BufMut;
use protocol::ouch::Inbound;
use protocol::soupbintcp::{ServerEvent, ServerSession};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;

use super::connection::Ending;
use crate::inbox::{Inbox, Item};

/// The smallest buffer: some packets of the longest kind taken.
const MIN_BUFFER: usize = 4_096;

/// What came in on one connection and is not used up.
#[derive(Debug)]
pub(super) struct Intake {
    /// Never grows; between reads it holds less than one packet, unless the inbox is full.
    buffer: Vec<u8>,
    used: usize,
    full_inbox: bool,
}

impl Intake {
    /// Builds an empty buffer of `bytes`, the most that one read brings.
    pub(super) fn new(bytes: usize) -> Self {
        Self { buffer: Vec::with_capacity(bytes.max(MIN_BUFFER)), used: 0, full_inbox: false }
    }

    /// Tells whether everything read is used up.
    pub(super) fn is_empty(&self) -> bool {
        self.used == self.buffer.len()
    }

    /// Tells whether a message waits because the inbox has no room.
    pub(super) fn is_blocked(&self) -> bool {
        self.full_inbox
    }

    /// Reads once; 0 bytes are the end of the stream. Dropping the future loses nothing.
    pub(super) async fn read(
        &mut self,
        socket: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<usize> {
        self.make_room();
        let room = self.buffer.capacity() - self.buffer.len();
        socket.read_buf(&mut (&mut self.buffer).limit(room)).await
    }

    /// Reads what is there already, without waiting.
    pub(super) fn try_read(&mut self, socket: &TcpStream) {
        self.make_room();
        let room = self.buffer.capacity() - self.buffer.len();
        // Whatever is wrong with the socket, the next read says it too.
        let _ = socket.try_read_buf(&mut (&mut self.buffer).limit(room));
    }

    /// Reads once and throws it away.
    pub(super) async fn discard(
        &mut self,
        socket: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<usize> {
        self.buffer.clear();
        self.used = 0;
        self.full_inbox = false;
        self.read(socket).await
    }

    /// Moves the beginning of a packet, if there is one, to the front.
    fn make_room(&mut self) {
        assert!(!self.full_inbox, "a full inbox stops the reading");
        self.buffer.drain(..self.used);
        self.used = 0;
        assert!(self.buffer.len() < self.buffer.capacity(), "every whole packet is used up");
    }

    /// Takes the next packet that means something before the login is answered: the Login Request.
    pub(super) fn next_event(
        &mut self,
        protocol: &mut ServerSession,
        now_ms: u64,
    ) -> Result<Option<ServerEvent<'_>>, Ending> {
        let Some((event, length)) = protocol.receive(&self.buffer[self.used..], now_ms)? else {
            return Ok(None);
        };
        self.used += length;
        Ok(Some(event))
    }

    /// Pushes all whole messages into the inbox, as far as it has room.
    ///
    /// # Errors
    ///
    /// How the session ends; the messages before that are pushed.
    pub(super) fn push_all(
        &mut self,
        protocol: &mut ServerSession,
        inbox: &Inbox,
        now_ms: u64,
    ) -> Result<(), Ending> {
        self.full_inbox = false;
        let mut inbox = inbox.lock();
        loop {
            let (event, length) = match protocol.receive(&self.buffer[self.used..], now_ms) {
                Ok(Some(received)) => received,
                Ok(None) => return Ok(()),
                Err(violation) => return Err(violation.into()),
            };
            match event {
                ServerEvent::Message(message) => {
                    if let Err(flaw) = Inbound::decode(message) {
                        #[cfg(feature = "planted-bugs")]
                        let _: Option<()> = engine::planted::bug(3).then(|| std::process::abort());
                        return Err(Ending::Dismissed(flaw.to_string()));
                    }
                    if !inbox.push(Item::Message(message)) {
                        self.full_inbox = true;
                        return Ok(());
                    }
                }
                ServerEvent::Logout => return Err(Ending::Left),
                ServerEvent::Login(_) => unreachable!("a second login is a violation"),
                ServerEvent::Heartbeat | ServerEvent::Debug(_) => {}
            }
            self.used += length;
        }
    }
}
