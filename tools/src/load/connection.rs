//! One connection under load: its socket, its frames, its orders.
//!
//! The login is done with time to wait; afterwards nothing here blocks. Every answer is checked as far as the
//! load can know it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use protocol::ouch::inbound::{AccountQuery, CancelOrder, EnterOrder, MassCancel};
use protocol::ouch::{Outbound, encode};
use protocol::soupbintcp::{ClientPacket, LoginRequest, ServerPacket};
use protocol::{ClOrdId, Mpid, SessionId, Symbol};
use zerocopy::{Immutable, IntoBytes};

use super::flow::{Flow, Intent, Terms};
use super::orders::{Answered, Orders};
use super::tally::Tally;
use super::venue::Account;

/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;
/// How long a login may take; a venue under load still lets a trader in.
const PATIENCE: Duration = Duration::from_secs(30);

/// A logged-in connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were read and not yet taken.
    filled: usize,
    output: Vec<u8>,
    written: usize,
    sent_at: Instant,
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
        let mut connection = Self {
            socket,
            buffer: vec![0; READ_BYTES],
            filled: 0,
            output: Vec::with_capacity(READ_BYTES),
            written: 0,
            sent_at: Instant::now(),
            flow,
            orders: Orders::new(1),
        };
        let Account { username, password } = account;
        // Number 0: from the last message on.
        let login = LoginRequest::new(username, password, SessionId::BLANK, 0)
            .with_context(|| format!("account {username}"))?;
        ClientPacket::Login(login).encode(&mut connection.output);
        connection.flush()?;
        let next = connection.greeting().with_context(|| format!("logging in {username}"))?;
        connection.orders = Orders::new(next);
        connection.socket.set_nonblocking(true)?;
        Ok(connection)
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    pub(super) fn outstanding(&self) -> u32 {
        self.orders.outstanding()
    }

    /// Tells whether bytes wait for the socket.
    pub(super) fn has_output(&self) -> bool {
        self.written < self.output.len()
    }

    /// Asks for what the flow wants next; goes out with the next [`Self::flush`].
    pub(super) fn request(&mut self, planned_ns: u64) {
        match self.flow.next(self.orders.resting()) {
            Intent::Add(terms) => self.enter(&terms, true, planned_ns),
            Intent::Take(terms) => self.enter(&terms, false, planned_ns),
            Intent::Cancel => {
                let place = self.flow.choose(self.orders.resting());
                let number = self.orders.cancel(place, planned_ns);
                let cancel = CancelOrder {
                    message_type: CancelOrder::TYPE,
                    user_ref_num: number.into(),
                    quantity: 0.into(),
                };
                self.put(&cancel, None);
            }
        }
    }

    /// Cancels everything the port has open.
    pub(super) fn cancel_all(&mut self) {
        let mass_cancel = MassCancel {
            message_type: MassCancel::TYPE,
            user_ref_num: self.orders.next_number().into(),
            firm: Mpid::BLANK,
            symbol: Symbol::BLANK,
        };
        self.put(&mass_cancel, Some(&[]));
    }

    /// Says that it is still there when it has said nothing for a second.
    pub(super) fn keep_alive(&mut self, now: Instant) {
        if Duration::from_secs(1) <= now - self.sent_at {
            ClientPacket::Heartbeat.encode(&mut self.output);
        }
    }

    /// Writes what waits, as far as the socket takes it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.has_output() {
            match self.socket.write(&self.output[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => {
                    self.written += bytes;
                    self.sent_at = Instant::now();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.output.clear();
        self.written = 0;
        Ok(())
    }

    /// Reads once and takes every whole packet; `now_ns` is asked for when the bytes are there.
    pub(super) fn receive(&mut self, now_ns: impl Fn() -> u64, tally: &mut Tally) -> Result<()> {
        match self.socket.read(&mut self.buffer[self.filled..]) {
            Ok(0) => bail!("the venue closed the connection"),
            Ok(bytes) => self.filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error).context("reading the answers"),
        }
        let now_ns = now_ns();
        let mut taken = 0;
        while let Some((packet, length)) = ServerPacket::decode(&self.buffer[taken..self.filled])? {
            taken += length;
            match packet {
                ServerPacket::Sequenced(message) => {
                    follow(&mut self.orders, message, now_ns, tally)
                }
                ServerPacket::EndOfSession => bail!("the venue ended the session"),
                ServerPacket::Debug(text) => bail!("the venue says: {}", text.escape_ascii()),
                _ => {}
            }
        }
        self.buffer.copy_within(taken..self.filled, 0);
        self.filled -= taken;
        Ok(())
    }

    fn enter(&mut self, terms: &Terms, rests: bool, planned_ns: u64) {
        let number = self.orders.enter(terms.quantity, rests, planned_ns);
        let order = EnterOrder {
            message_type: EnterOrder::TYPE,
            user_ref_num: number.into(),
            side: if terms.is_buy { b'B' } else { b'S' },
            quantity: terms.quantity.into(),
            symbol: terms.symbol,
            price: u64::from(terms.price).into(),
            time_in_force: if rests { b'0' } else { b'3' },
            display: b'Y',
            capacity: b'P',
            intermarket_sweep_eligibility: b'N',
            cross_type: b'N',
            cl_ord_id: ClOrdId::BLANK,
        };
        self.put(&order, Some(&[]));
    }

    fn put<M: Immutable + IntoBytes>(&mut self, fixed: &M, appendage: Option<&[u8]>) {
        let start = self.output.len();
        self.output.extend_from_slice(&[0, 0, b'U']);
        encode(fixed, appendage, &mut self.output);
        let length = u16::try_from(self.output.len() - start - 2).expect("requests are short");
        self.output[start..start + 2].copy_from_slice(&length.to_be_bytes());
    }

    /// Waits for the login, then asks for the next number and waits for it.
    fn greeting(&mut self) -> Result<u32> {
        loop {
            let bytes = self.socket.read(&mut self.buffer[self.filled..]);
            match bytes.map_err(|error| client::Error::Io(error.kind()))? {
                0 => bail!("the venue closed the connection"),
                bytes => self.filled += bytes,
            }
            let (mut taken, mut next, mut accepted) = (0, None, false);
            while let Some((packet, length)) =
                ServerPacket::decode(&self.buffer[taken..self.filled])?
            {
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
            self.buffer.copy_within(taken..self.filled, 0);
            self.filled -= taken;
            if accepted {
                self.put(&AccountQuery { message_type: AccountQuery::TYPE }, None);
                self.flush()?;
            }
            if let Some(next) = next {
                return Ok(next);
            }
        }
    }
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
        Answered::Crossed => tally.crossed += 1,
        Answered::Nothing => {}
        Answered::Wrong => tally.wrong += 1,
    }
}
