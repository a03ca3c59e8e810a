//! The hot thread: reads, applies, hands to the journal, and releases what has become durable.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::batch::{Batch, Keeps};
use super::journal::{self, Journal, Writer};
use super::outbound::OutboundLog;
use super::venue::{Counts, Venue};
use super::{Durability, Mode, Setup};
use crate::disk::Way;
use crate::feed::Lines;
use crate::socket::{self, Arrival, Incoming, Poller};

/// The mark of the journal's bell.
const BELL: usize = usize::MAX;
/// Length and type before a message.
const PACKET_PREFIX: usize = 3;

/// A venue that has nothing to spare.
pub(super) struct Server {
    listener: TcpListener,
    connections: usize,
    venue: Venue,
    journal: Journal,
    outbound: Option<OutboundLog>,
    lines: Option<Lines>,
    building: Batch,
    spare: Vec<Batch>,
}

struct Connection {
    socket: TcpStream,
    incoming: Incoming,
    is_open: bool,
}

impl Server {
    /// Makes the files in `folder` and everything else that a run needs.
    pub(super) fn new(setup: &Setup, listener: TcpListener, folder: &Path) -> Result<Self> {
        let is_full = setup.mode == Mode::Full;
        let file = || journal::make_file(folder, setup.journal_bytes);
        let journal = match (setup.mode, setup.durability) {
            (Mode::Match, _) => Journal::None,
            (_, Durability::Fsync) => Journal::Thread(Writer::start(file()?)?),
            (_, Durability::Os) => Journal::Inline(Box::new(file()?)),
        };
        let connections = usize::from(setup.connections);
        let keeps = Keeps { records: setup.mode != Mode::Match, packets: is_full };
        let outbound = is_full.then(|| OutboundLog::create(folder)).transpose();
        let lines = is_full.then(Lines::open).transpose();
        Ok(Self {
            listener,
            connections,
            venue: Venue::new(setup.symbols, connections),
            journal,
            outbound: outbound.context("creating the outbound log")?,
            lines: lines.context("opening the lines of the feed")?,
            building: Batch::new(connections, keeps),
            spare: (0..2).map(|_| Batch::new(connections, keeps)).collect(),
        })
    }

    /// Serves its connections until all have hung up.
    pub(super) fn run(mut self) -> Result<Counts> {
        let mut poller = Poller::new().context("opening epoll")?;
        if let Journal::Thread(writer) = &self.journal {
            poller.watch(writer.bell(), BELL).context("watching the journal")?;
        }
        let sockets = socket::accept(&self.listener, self.connections).context("accepting")?;
        let mut connections = Vec::with_capacity(sockets.len());
        for (mark, socket) in sockets.into_iter().enumerate() {
            poller.watch(&socket, mark).context("watching a socket")?;
            connections.push(Connection { socket, incoming: Incoming::new(), is_open: true });
        }
        let mut open = connections.len();
        while 0 < open {
            let marks = poller.wait(None).context("waiting")?;
            self.venue.set_time(now_ns());
            for &mark in marks.iter().filter(|&&mark| mark != BELL) {
                if self.read(mark, &mut connections[mark])? == Arrival::End {
                    connections[mark].is_open = false;
                    poller.forget(&connections[mark].socket).context("leaving a socket")?;
                    open -= 1;
                }
            }
            self.commit(marks.contains(&BELL), &connections)?;
        }
        if let Journal::Thread(writer) = self.journal {
            writer.close()?;
        }
        Ok(self.venue.counts)
    }

    /// Applies every whole request that has come in.
    fn read(&mut self, index: usize, connection: &mut Connection) -> Result<Arrival> {
        let arrival = connection.incoming.read(&connection.socket).context("reading requests")?;
        let Self { venue, building, .. } = self;
        let number = u32::try_from(index).expect("connections are few");
        connection.incoming.take(|bytes| {
            let mut rest = bytes;
            while let Some((length, _)) = rest.split_first_chunk() {
                let Some(packet) = rest.get(..2 + usize::from(u16::from_be_bytes(*length))) else {
                    break;
                };
                venue.apply(number, packet.get(PACKET_PREFIX..).unwrap_or_default(), building);
                rest = &rest[packet.len()..];
            }
            bytes.len() - rest.len()
        });
        Ok(arrival)
    }

    /// Hands the journal what was built, if it is free, and releases what it is done with.
    fn commit(&mut self, bell_rang: bool, connections: &[Connection]) -> Result<()> {
        let Self { journal, building, spare, .. } = self;
        let mut durable = None;
        match journal {
            Journal::None => durable = replace(building, spare),
            Journal::Inline(file) => {
                durable = replace(building, spare);
                if let Some(batch) = &durable {
                    let written = file.commit(&batch.records, Way::Cached);
                    written.context("writing the journal")?;
                }
            }
            Journal::Thread(writer) => {
                if bell_rang {
                    durable = Some(writer.take()?);
                }
                // The next batch first: the disk works while the replies are written.
                if !writer.is_busy()
                    && let Some(batch) = replace(building, spare)
                {
                    writer.commit(batch)?;
                }
            }
        }
        match durable {
            Some(batch) => self.release(batch, connections),
            None => Ok(()),
        }
    }

    /// Sends what a batch says to whom it concerns, and keeps it.
    fn release(&mut self, mut batch: Batch, connections: &[Connection]) -> Result<()> {
        for (connection, replies) in connections.iter().zip(&batch.replies) {
            if connection.is_open && !replies.is_empty() {
                send(&connection.socket, replies).context("sending replies")?;
            }
        }
        if let Some(lines) = &self.lines {
            lines.send(&batch.packets).context("sending the feed")?;
        }
        if let Some(outbound) = &mut self.outbound {
            outbound.append(&batch).context("writing the outbound log")?;
        }
        batch.clear();
        self.spare.push(batch);
        Ok(())
    }
}

/// Takes out what was built, if there is anything, and puts an empty batch in its place.
fn replace(building: &mut Batch, spare: &mut Vec<Batch>) -> Option<Batch> {
    if building.is_empty() {
        return None;
    }
    let empty =
        spare.pop().expect("three batches: one is built, one with the journal, one goes out");
    Some(std::mem::replace(building, empty))
}

/// Writes replies, unless nobody reads them any more: executions may come when the load has heard enough.
fn send(socket: &TcpStream, replies: &[u8]) -> io::Result<()> {
    use io::ErrorKind::{BrokenPipe, ConnectionReset};
    match socket::write_all(socket, replies) {
        Err(error) if matches!(error.kind(), BrokenPipe | ConnectionReset) => Ok(()),
        result => result,
    }
}

fn now_ns() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}
