//! Outflow: from a port's stream to a socket.
//!
//! The recent messages come from the stream's window, older ones from the store, read on the service runtime one
//! bounded piece at a time. Nothing more is fetched before the socket has taken what was fetched before, so a
//! client that does not read costs one buffer and nobody else's time.

use std::io;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use engine::outbox::Target;
use protocol::soupbintcp::ServerPacket;
use thiserror::Error;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::sleep;

use super::PortEntry;
use crate::store::{CopyResult, Cursor, Messages, PortStream, ReadLimits, Store, StoreError};

/// The most that is copied from the window at a time, and written by one call.
const OUTPUT_BYTES: usize = 65_536;
/// How much one read of the store brings.
const STORED: ReadLimits = ReadLimits { messages: 65_536, bytes: 262_144 };

/// How long to wait for the file, which is a moment behind the window.
const FILING: Duration = Duration::from_millis(1);

/// Why the messages of a stream cannot be sent.
#[derive(Debug, Error)]
pub(super) enum OutflowError {
    #[error(transparent)]
    Socket(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("message {number} is published and not in the store")]
    Missing { number: u64 },
    #[error("the service runtime is gone: {0}")]
    Service(#[from] JoinError),
}

/// Whole packets on their way to the socket.
#[derive(Debug, Default)]
pub(super) struct Output {
    packets: Vec<u8>,
    written: usize,
}

impl Output {
    /// Tells whether everything was written.
    pub(super) fn is_empty(&self) -> bool {
        self.written == self.packets.len()
    }

    pub(super) fn push(&mut self, packet: ServerPacket<'_>) {
        packet.encode(&mut self.packets);
    }

    /// Lends the end of the output to whoever encodes packets.
    pub(super) fn packets(&mut self) -> &mut Vec<u8> {
        &mut self.packets
    }

    /// Writes once, and returns how many bytes that was. Dropping the future loses nothing.
    pub(super) async fn write(
        &mut self,
        socket: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<usize> {
        let written = socket.write(&self.packets[self.written..]).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.written += written;
        if self.is_empty() {
            self.packets.clear();
            self.written = 0;
        }
        Ok(written)
    }
}

/// One port's stream, and how far its session has sent it.
#[derive(Debug)]
pub(super) struct Outflow {
    stream: Arc<PortStream>,
    backlog: Backlog,
    /// Where the session is in the window; `None` while it has fallen behind it.
    cursor: Option<Cursor>,
}

impl Outflow {
    /// Starts before message `next`, which is at most the next one to come.
    pub(super) fn new(port: &PortEntry, next: u64, store: Store, service: Handle) -> Self {
        let piece = Piece { next, messages: Messages::new(), packets: Vec::new() };
        let backlog =
            Backlog { store, target: Target::Port(port.id), service, piece, reading: None };
        Self { stream: Arc::clone(&port.stream), backlog, cursor: None }
    }

    /// Writes what there is, or waits until there is something; returns the bytes written.
    ///
    /// At most one call of the system. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// The session cannot send any more.
    pub(super) async fn step(
        &mut self,
        socket: &mut (impl AsyncWrite + Unpin),
        output: &mut Output,
    ) -> Result<usize, OutflowError> {
        if output.is_empty() {
            self.fill(output);
        }
        if !output.is_empty() {
            return Ok(output.write(socket).await?);
        }
        if self.backlog.is_reading() {
            self.backlog.read_into(output).await?;
        } else {
            self.stream.notified().await;
        }
        Ok(0)
    }

    /// Sends everything that is published.
    ///
    /// # Errors
    ///
    /// As for [`Self::step`].
    pub(super) async fn flush(
        &mut self,
        socket: &mut (impl AsyncWrite + Unpin),
        output: &mut Output,
    ) -> Result<(), OutflowError> {
        loop {
            if output.is_empty() {
                self.fill(output);
            }
            if output.is_empty() && !self.backlog.is_reading() {
                return Ok(());
            }
            self.step(socket, output).await?;
        }
    }

    /// Copies from the window into the empty output, or has the store read when the window has moved on.
    fn fill(&mut self, output: &mut Output) {
        while !self.backlog.is_reading() {
            let Some(cursor) = &mut self.cursor else {
                self.cursor = self.stream.cursor_at(self.backlog.piece.next);
                match self.cursor {
                    Some(_) => output.packets.shrink_to(OUTPUT_BYTES),
                    None => self.backlog.start_reading(),
                }
                continue;
            };
            match self.stream.copy(cursor, OUTPUT_BYTES, &mut output.packets) {
                CopyResult::Copied(_) | CopyResult::Nothing => return,
                CopyResult::FellBehind => {
                    self.backlog.piece.next = cursor.number();
                    self.cursor = None;
                }
            }
        }
    }
}

/// The messages of a stream that are older than its window.
#[derive(Debug)]
struct Backlog {
    store: Store,
    target: Target,
    service: Handle,
    /// Away while it is being read.
    piece: Piece,
    reading: Option<JoinHandle<Result<Piece, StoreError>>>,
}

/// Some messages from the store, framed.
#[derive(Debug, Default)]
struct Piece {
    /// The number of the next message to read.
    next: u64,
    messages: Messages,
    packets: Vec<u8>,
}

impl Backlog {
    fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Lets the service runtime read the next piece.
    fn start_reading(&mut self) {
        let (store, target, mut piece) =
            (self.store.clone(), self.target, mem::take(&mut self.piece));
        self.reading = Some(self.service.spawn(async move {
            // What has just left the window may have to wait for the file.
            while store.count(target) < piece.next {
                sleep(FILING).await;
            }
            piece.read(&store, target)?;
            Ok(piece)
        }));
    }

    /// Waits for the piece being read, and gives its packets to the empty output.
    async fn read_into(&mut self, output: &mut Output) -> Result<(), OutflowError> {
        let reading = self.reading.as_mut().expect("a piece is being read");
        let piece = reading.await;
        self.reading = None;
        self.piece = piece??;
        if self.piece.packets.is_empty() {
            return Err(OutflowError::Missing { number: self.piece.next });
        }
        assert!(output.is_empty(), "more is read when everything was written");
        mem::swap(&mut output.packets, &mut self.piece.packets);
        Ok(())
    }
}

impl Piece {
    fn read(&mut self, store: &Store, target: Target) -> Result<(), StoreError> {
        store.read(target, self.next, STORED, &mut self.messages)?;
        self.packets.clear();
        for (_, message) in self.messages.iter() {
            ServerPacket::Sequenced(message).encode(&mut self.packets);
        }
        self.next = self.messages.next_number();
        Ok(())
    }
}
