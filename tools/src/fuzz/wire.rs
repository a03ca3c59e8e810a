//! One TCP connection that never waits without a limit.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at sockets that had nothing to say.
const PAUSE: Duration = Duration::from_micros(100);
/// The most that is read before it is looked at.
const READ_BYTES: usize = 65_536;

/// Lets the venue have the processor for a moment.
pub(super) fn pause() {
    thread::sleep(PAUSE);
}

#[derive(Debug)]
pub(super) struct Wire {
    socket: TcpStream,
    /// Heard and not yet taken.
    pub(super) incoming: Vec<u8>,
    /// The venue has closed its side.
    pub(super) is_closed: bool,
    pub(super) sent_at: Instant,
}

impl Wire {
    pub(super) fn open(venue: SocketAddr, limit: Duration) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&venue, limit)?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, incoming: Vec::new(), is_closed: false, sent_at: Instant::now() })
    }

    /// Writes all of `bytes`; false when the venue does not read them within `limit`.
    ///
    /// A connection that breaks meanwhile is no failure here: the next read says so.
    pub(super) fn write(&mut self, mut bytes: &[u8], limit: Duration) -> bool {
        self.sent_at = Instant::now();
        while !bytes.is_empty() && !self.is_closed {
            match self.socket.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if limit <= self.sent_at.elapsed() {
                        return false;
                    }
                    // A venue that waits for its answers to be read may stop reading.
                    self.read();
                    pause();
                }
                // What it said before it went can still be read.
                Err(_) => return true,
            }
        }
        true
    }

    /// Reads what is there; false when there was nothing.
    pub(super) fn read(&mut self) -> bool {
        let start = self.incoming.len();
        self.incoming.resize(start + READ_BYTES, 0);
        let read = self.socket.read(&mut self.incoming[start..]);
        self.incoming.truncate(start + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => self.is_closed = true,
            Ok(_) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => self.is_closed = true,
        }
        start < self.incoming.len()
    }

    /// Says that nothing more will be sent.
    pub(super) fn finish(&self) {
        // It fails on a connection that is gone already.
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}
