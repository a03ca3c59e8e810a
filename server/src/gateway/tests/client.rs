//! A client on a real socket; [`ClientSession`] judges every byte it gets.

use std::net::SocketAddr;

use protocol::SessionId;
use protocol::ouch::inbound::CancelOrder;
use protocol::soupbintcp::{
    ClientEvent, ClientPacket, ClientSession, Limits, LoginRejectReason, LoginRequest,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use zerocopy::IntoBytes;

/// The password of every port.
pub(super) const PASSWORD: &str = "SECRET";

/// What a client sees, payloads owned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Seen {
    Accepted(u64),
    Rejected(LoginRejectReason),
    Message(u64, Vec<u8>),
    Heartbeat,
    EndOfSession,
    Debug(String),
    /// The venue has closed the socket.
    Closed,
}

pub(super) struct Client {
    pub(super) reader: OwnedReadHalf,
    /// Given away to whoever sends while this one reads.
    writer: Option<OwnedWriteHalf>,
    session: ClientSession,
    buffer: Vec<u8>,
}

impl Client {
    pub(super) async fn connect(venue: SocketAddr) -> Self {
        let socket = TcpStream::connect(venue).await.expect("the venue listens");
        let (reader, writer) = socket.into_split();
        let session = ClientSession::new(0, Limits::ANY_PAYLOAD);
        Self { reader, writer: Some(writer), session, buffer: Vec::new() }
    }

    /// Connects and logs in, from message `number` on.
    pub(super) async fn logged_in(venue: SocketAddr, username: &str, number: u64) -> Self {
        let mut client = Self::connect(venue).await;
        let login = LoginRequest::new(username, PASSWORD, SessionId::BLANK, number).expect("fits");
        client.log_in(&login).await;
        assert_eq!(client.next().await, Seen::Accepted(number));
        client
    }

    /// Connects, logs in and returns all the venue says until it closes.
    pub(super) async fn refused(venue: SocketAddr, login: &LoginRequest) -> Vec<Seen> {
        let mut client = Self::connect(venue).await;
        client.log_in(login).await;
        client.rest().await
    }

    pub(super) async fn log_in(&mut self, login: &LoginRequest) {
        let mut bytes = Vec::new();
        self.session.connect(login, &mut bytes, 0);
        self.write(&bytes).await;
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().expect("it was not given away");
        writer.write_all(bytes).await.expect("the venue takes bytes");
    }

    /// Gives the sending side away; dropped, it closes its half.
    pub(super) fn give_writer(&mut self) -> OwnedWriteHalf {
        self.writer.take().expect("it was not given away")
    }

    /// Sends the messages of these numbers, all in one piece.
    pub(super) async fn send(&mut self, numbers: impl IntoIterator<Item = u32>) {
        self.write(&packets(numbers)).await;
    }

    /// Returns what comes next, heartbeats too.
    pub(super) async fn next(&mut self) -> Seen {
        loop {
            if let Some((event, length)) =
                self.session.receive(&self.buffer, 0).expect("the venue keeps the protocol")
            {
                let seen = match event {
                    ClientEvent::Accepted { session, next } => {
                        assert_eq!(session, super::venue::session());
                        Seen::Accepted(next)
                    }
                    ClientEvent::Rejected(reason) => Seen::Rejected(reason),
                    ClientEvent::Sequenced { number, message } => {
                        Seen::Message(number, message.to_vec())
                    }
                    ClientEvent::Unsequenced(_) => panic!("the venue never sends these"),
                    ClientEvent::Heartbeat => Seen::Heartbeat,
                    ClientEvent::EndOfSession => Seen::EndOfSession,
                    ClientEvent::Debug(text) => Seen::Debug(String::from_utf8_lossy(text).into()),
                };
                self.buffer.drain(..length);
                return seen;
            }
            let read = self.reader.read_buf(&mut self.buffer).await;
            if read.expect("the venue closes without a reset") == 0 {
                assert!(self.buffer.is_empty(), "only whole packets come");
                return Seen::Closed;
            }
        }
    }

    /// Returns what comes next but heartbeats.
    pub(super) async fn news(&mut self) -> Seen {
        loop {
            match self.next().await {
                Seen::Heartbeat => {}
                seen => return seen,
            }
        }
    }

    /// Returns everything that comes until the venue closes, without heartbeats and without the close.
    pub(super) async fn rest(&mut self) -> Vec<Seen> {
        let mut all = Vec::new();
        loop {
            match self.news().await {
                Seen::Closed => return all,
                seen => all.push(seen),
            }
        }
    }

    /// Expects the echo of these messages, from stream number `first` on.
    pub(super) async fn expect_echo(&mut self, first: u64, numbers: impl IntoIterator<Item = u32>) {
        for (stream_number, number) in (first..).zip(numbers) {
            assert_eq!(self.news().await, Seen::Message(stream_number, message(number)));
        }
    }
}

/// A valid message of 1,011 bytes that carries a number.
pub(super) fn long_message(number: u32) -> Vec<u8> {
    [message(number), 1_000_u16.to_be_bytes().to_vec(), vec![0; 1_000]].concat()
}

/// A valid message that carries a number.
pub(super) fn message(number: u32) -> Vec<u8> {
    let cancel = CancelOrder {
        message_type: CancelOrder::TYPE,
        user_ref_num: number.into(),
        quantity: 0.into(),
    };
    cancel.as_bytes().to_vec()
}

/// The packets that carry the messages of these numbers.
pub(super) fn packets(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers
        .into_iter()
        .flat_map(|number| packet(ClientPacket::Unsequenced(&message(number))))
        .collect()
}

/// The bytes of one packet.
pub(super) fn packet(packet: ClientPacket<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes);
    bytes
}
