//! One connection under load: its socket, its frames, its orders.
//!
//! The login is done with time to wait; afterwards nothing here blocks, unless it was said to wait. Every answer is
//! checked as far as the load can know it. The buffers are shared by all connections, so that they stay in the cache;
//! a connection keeps only what a read or a write has left over.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use protocol::ouch::inbound::{AccountQuery, MassCancel};
use protocol::ouch::{Outbound, encode};
use protocol::soupbintcp::{ClientPacket, LoginRequest, ServerPacket};
use protocol::{Mpid, SessionId, Symbol};
use rustix::net::{RecvFlags, SendFlags};
use socket2::SockRef;

use super::driver::nanoseconds;
use super::flow::{Flow, Intent};
use super::orders::{Answered, Orders};
use super::requests;
use super::tally::Tally;
use super::venue::Account;

/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;
/// What the kernel is asked to hold for a connection, each way.
const SOCKET_BYTES: usize = 1 << 20;
/// How long a login may take; a venue under load still lets a trader in.
const PATIENCE: Duration = Duration::from_secs(30);
/// After this long without a word, a heartbeat.
const SILENCE_NS: u64 = 1_000_000_000;

/// Room for what is read and written, used by one connection after the other.
#[derive(Debug)]
pub(super) struct Buffers {
    input: Vec<u8>,
    /// Requests that go out with the next [`Connection::send`].
    output: Vec<u8>,
}

impl Buffers {
    pub(super) fn new() -> Self {
        Self { input: vec![0; READ_BYTES], output: Vec::with_capacity(READ_BYTES) }
    }
}

/// A logged-in connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: TcpStream,
    /// The beginning of a packet whose end has not come in.
    rest: Vec<u8>,
    /// What a full socket has not taken.
    unsent: Vec<u8>,
    sent_ns: u64,
    flow: Flow,
    orders: Orders,
}

impl Connection {
    /// Connects, logs in behind the stream's past, and asks for the next number.
    ///
    /// # Errors
    ///
    /// Nobody listens, the login is refused, or there is no answer in time.
    pub(super) fn open(venue: SocketAddr, account: &Account, flow: Flow) -> Result<Self> {
        let socket = TcpStream::connect_timeout(&venue, PATIENCE)
            .map_err(|error| client::Error::Io(error.kind()))
            .with_context(|| format!("connecting to {venue}"))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let options = SockRef::from(&socket);
        options.set_send_buffer_size(SOCKET_BYTES)?;
        options.set_recv_buffer_size(SOCKET_BYTES)?;
        let (rest, unsent) = (Vec::new(), Vec::new());
        let mut connection =
            Self { socket, rest, unsent, sent_ns: 0, flow, orders: Orders::new(1) };
        let Account { username, password } = account;
        // Number 0: from the last message on.
        let login = LoginRequest::new(username, password, SessionId::BLANK, 0)
            .with_context(|| format!("account {username}"))?;
        connection.say(&ClientPacket::Login(login))?;
        let next = connection.greeting().with_context(|| format!("logging in {username}"))?;
        connection.orders = Orders::new(next);
        Ok(connection)
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    pub(super) fn outstanding(&self) -> u32 {
        self.orders.outstanding()
    }

    /// Asks for what the flow wants next; goes out with the next [`Self::send`].
    pub(super) fn request(&mut self, planned_ns: u64, Buffers { output, .. }: &mut Buffers) {
        let Self { flow, orders, .. } = self;
        let (terms, rests) = match flow.next(orders.resting()) {
            Intent::Add(terms) => (terms, true),
            Intent::Take(terms) => (terms, false),
            Intent::Cancel => {
                let number = orders.cancel(|count| flow.choose(count), planned_ns);
                return requests::cancel(number, output);
            }
        };
        let number = orders.enter(terms.quantity, rests, planned_ns);
        requests::enter(number, &terms, rests, output);
    }

    /// Cancels everything the port has open.
    pub(super) fn cancel_all(&mut self, now_ns: u64, buffers: &mut Buffers) -> io::Result<()> {
        let mass_cancel = MassCancel {
            message_type: MassCancel::TYPE,
            user_ref_num: self.orders.next_number().into(),
            firm: Mpid::BLANK,
            symbol: Symbol::BLANK,
        };
        let mut message = Vec::new();
        encode(&mass_cancel, Some(&[]), &mut message);
        ClientPacket::Unsequenced(&message).encode(&mut buffers.output);
        self.send(now_ns, buffers)
    }

    /// Says that it is still there when it has said nothing for a second, and what a full socket has left over.
    pub(super) fn keep_alive(&mut self, now_ns: u64, buffers: &mut Buffers) -> io::Result<()> {
        if self.unsent.is_empty() && SILENCE_NS <= now_ns.saturating_sub(self.sent_ns) {
            ClientPacket::Heartbeat.encode(&mut buffers.output);
        }
        self.send(now_ns, buffers)
    }

    /// Writes what waits, as far as the socket takes it, in one go.
    pub(super) fn send(
        &mut self,
        now_ns: u64,
        Buffers { output, .. }: &mut Buffers,
    ) -> io::Result<()> {
        let written = if self.unsent.is_empty() {
            let written = write(&self.socket, output)?;
            self.unsent.extend_from_slice(&output[written..]);
            written
        } else {
            self.unsent.extend_from_slice(output);
            let written = write(&self.socket, &self.unsent)?;
            self.unsent.drain(..written);
            written
        };
        output.clear();
        if 0 < written {
            self.sent_ns = now_ns;
        }
        Ok(())
    }

    /// Reads what is there and takes every whole packet; gives the time of the last read if it brought anything.
    ///
    /// A connection that `waits` sleeps until there is something, or its socket's time is over.
    pub(super) fn receive(
        &mut self,
        waits: bool,
        started: Instant,
        Buffers { input, .. }: &mut Buffers,
        tally: &mut Tally,
    ) -> Result<Option<u64>> {
        let mut flags = if waits { RecvFlags::empty() } else { RecvFlags::DONTWAIT };
        let mut now_ns = None;
        loop {
            let held = self.rest.len();
            let count = match rustix::net::recv(&self.socket, &mut input[held..], flags) {
                Ok((0, _)) => bail!("the venue closed the connection"),
                Ok((count, _)) => count,
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return Ok(now_ns),
                Err(error) => return Err(io::Error::from(error)).context("reading the answers"),
            };
            let read_ns = *now_ns.insert(nanoseconds(started));
            input[..held].copy_from_slice(&self.rest);
            let taken = take(&mut self.orders, &input[..held + count], read_ns, tally)?;
            self.rest.clear();
            self.rest.extend_from_slice(&input[taken..held + count]);
            // A read that leaves room has left nothing behind.
            if held + count < input.len() {
                return Ok(now_ns);
            }
            flags = RecvFlags::DONTWAIT;
        }
    }

    /// Writes a packet of the login.
    fn say(&mut self, packet: &ClientPacket<'_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        packet.encode(&mut bytes);
        self.socket.write_all(&bytes)
    }

    /// Waits for the login, then asks for the next number and waits for it.
    fn greeting(&mut self) -> Result<u32> {
        let mut bytes = [0; 4_096];
        loop {
            let count = self.socket.read(&mut bytes);
            match count.map_err(|error| client::Error::Io(error.kind()))? {
                0 => bail!("the venue closed the connection"),
                count => self.rest.extend_from_slice(&bytes[..count]),
            }
            let (mut taken, mut next, mut accepted) = (0, None, false);
            while let Some((packet, length)) = ServerPacket::decode(&self.rest[taken..])? {
                taken += length;
                match packet {
                    ServerPacket::LoginAccepted(_) => accepted = true,
                    ServerPacket::LoginRejected(reason) => {
                        bail!("the login is refused: {reason:?}")
                    }
                    ServerPacket::Debug(text) => bail!("the venue says: {}", text.escape_ascii()),
                    ServerPacket::Sequenced(message) => {
                        if let Ok(Outbound::AccountQueryResponse(answer, _)) =
                            Outbound::decode(message)
                        {
                            next = Some(answer.next_user_ref_num.get());
                        }
                    }
                    _ => {}
                }
            }
            self.rest.drain(..taken);
            if accepted {
                self.say(&ClientPacket::Unsequenced(&[AccountQuery::TYPE]))?;
            }
            if let Some(next) = next {
                return Ok(next);
            }
        }
    }
}

/// Writes as much as the socket takes at once.
fn write(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match rustix::net::send(socket, &bytes[written..], flags) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(rustix::io::Errno::AGAIN) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(written)
}

/// Takes the whole packets at the front of `bytes`, all read at `now_ns`; gives their length.
fn take(orders: &mut Orders, bytes: &[u8], now_ns: u64, tally: &mut Tally) -> Result<usize> {
    let mut taken = 0;
    while let Some((packet, length)) = ServerPacket::decode(&bytes[taken..])? {
        taken += length;
        match packet {
            ServerPacket::Sequenced(message) => follow(orders, message, now_ns, tally),
            ServerPacket::EndOfSession => bail!("the venue ended the session"),
            ServerPacket::Debug(text) => bail!("the venue says: {}", text.escape_ascii()),
            _ => {}
        }
    }
    tally.end_row();
    Ok(taken)
}

/// Takes one message of the stream.
fn follow(orders: &mut Orders, message: &[u8], now_ns: u64, tally: &mut Tally) {
    let Ok(message) = Outbound::decode(message) else {
        tally.wrong += 1;
        return;
    };
    let answered = match message {
        Outbound::OrderAccepted(m, _) => orders.accepted(m.user_ref_num.get()),
        Outbound::OrderExecuted(m, _) => {
            tally.executions += 1;
            orders.executed(m.user_ref_num.get(), m.quantity.get())
        }
        Outbound::OrderCanceled(m, _) => orders.canceled(m.user_ref_num.get(), m.quantity.get()),
        Outbound::Rejected(m, _) => {
            tally.rejected += 1;
            orders.rejected(m.user_ref_num.get())
        }
        _ => Answered::Nothing,
    };
    match answered {
        Answered::Planned(planned_ns) => tally.answered(planned_ns, now_ns),
        Answered::Crossed => tally.crossed(),
        Answered::Nothing => {}
        Answered::Wrong => tally.wrong += 1,
    }
}
