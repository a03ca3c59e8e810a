//! The transmitter: lines that lose, double and shuffle, and answers to requests that get lost too.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use openbell_client::protocol::SessionId;
use openbell_client::protocol::moldudp64::{MAX_PAYLOAD, Packer, Request, end_of_session};
use socket2::SockRef;
use tokio::net::UdpSocket;

const SESSION: [u8; 10] = *b"2611220001";

/// Packets sent in a row before listeners have their turn.
const BURST: usize = 8;

/// Runs a test on a runtime of its own; a test that hangs fails.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        tokio::time::timeout(Duration::from_secs(60), test).await.expect("the test ends in time");
    });
}

/// A session that is over as soon as it is sent.
pub(crate) struct Feed {
    pub(crate) messages: Vec<Vec<u8>>,
    sender: UdpSocket,
    server: UdpSocket,
    /// State of the generator (xorshift64*).
    seed: u64,
}

impl Feed {
    pub(crate) async fn new(count: u32, seed: u64) -> Self {
        let messages = (1..=count).map(|number| number.to_be_bytes().repeat(5)).collect();
        let sender = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        SockRef::from(&sender).set_multicast_if_v4(&Ipv4Addr::LOCALHOST).expect("loopback");
        let server = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        Self { messages, sender, server, seed }
    }

    pub(crate) fn session(&self) -> SessionId {
        SessionId::new("2611220001").expect("a session")
    }

    pub(crate) fn retransmit(&self) -> SocketAddr {
        self.server.local_addr().expect("bound")
    }

    /// Sends everything on every line, with so many of 100 packets lost on each; then answers
    /// requests and repeats the end of session for ever, so it is to be joined with the reader.
    pub(crate) async fn send(&mut self, lines: &[SocketAddr], lost_percent: u64) {
        let mut packets = Vec::new();
        for line in lines {
            // Each line cuts its packets elsewhere.
            let limit = 200 + usize::try_from(self.below(400)).expect("small");
            let shuffled = self.shuffled(pack(&self.messages, limit), lost_percent);
            packets.extend((0_u64..).zip(shuffled).map(|(place, packet)| (place, *line, packet)));
        }
        packets.sort_by_key(|(place, ..)| *place);
        for burst in packets.chunks(BURST) {
            for (_, line, packet) in burst {
                self.sender.send_to(packet, line).await.expect("sent");
            }
            self.answer(lost_percent.min(20)).await;
        }
        self.close(lines, lost_percent.min(20)).await;
    }

    /// Sends the end of session so many times to each line, and nothing else.
    pub(crate) async fn send_ends(&mut self, lines: &[SocketAddr], times: usize) {
        for line in lines.iter().cycle().take(lines.len() * times) {
            self.sender.send_to(&self.end(), line).await.expect("sent");
        }
    }

    /// Repeats the end of session, and answers requests until none has come for a while.
    async fn close(&mut self, lines: &[SocketAddr], lost_percent: u64) {
        loop {
            self.send_ends(lines, 1).await;
            let quiet = Duration::from_millis(500);
            if tokio::time::timeout(quiet, self.server.readable()).await.is_err() {
                return;
            }
            self.answer(lost_percent).await;
        }
    }

    /// Answers the requests that have come, but for those that get lost.
    async fn answer(&mut self, lost_percent: u64) {
        tokio::task::yield_now().await;
        let mut bytes = [0; 64];
        while let Ok((length, from)) = self.server.try_recv_from(&mut bytes) {
            let request = Request::decode(&bytes[..length]).expect("a good request");
            assert_eq!(request.session, SESSION);
            if self.below(100) < lost_percent {
                continue;
            }
            let first = usize::try_from(request.sequence_number.get()).expect("small");
            let count = usize::from(request.requested_message_count.get());
            let asked = self.messages[first - 1..].iter().take(count);
            let mut packer = Packer::new(SESSION, MAX_PAYLOAD);
            packer.start(request.sequence_number.get());
            let _all_that_fit = asked.take_while(|message| packer.push(message)).count();
            self.server.send_to(packer.finish(), from).await.expect("sent");
        }
    }

    fn end(&self) -> [u8; 20] {
        end_of_session(SESSION, 1 + u64::try_from(self.messages.len()).expect("small"))
    }

    /// Loses some packets, doubles a few, and swaps neighbours.
    fn shuffled(&mut self, packets: Vec<Vec<u8>>, lost_percent: u64) -> Vec<Vec<u8>> {
        let mut shuffled = Vec::new();
        for packet in packets {
            if self.below(100) < lost_percent {
                continue;
            }
            if self.below(20) == 0 {
                shuffled.push(packet.clone());
            }
            shuffled.push(packet);
        }
        for place in 1..shuffled.len() {
            if self.below(5) == 0 {
                shuffled.swap(place - 1, place);
            }
        }
        shuffled
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.seed ^= self.seed >> 12;
        self.seed ^= self.seed << 25;
        self.seed ^= self.seed >> 27;
        (self.seed.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }
}

/// Packs all messages into packets of at most `limit` bytes.
fn pack(messages: &[Vec<u8>], limit: usize) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut packer = Packer::new(SESSION, limit);
    packer.start(1);
    for (number, message) in (1..).zip(messages) {
        if !packer.push(message) {
            packets.push(packer.finish().to_vec());
            packer.start(number);
            assert!(packer.push(message), "a packet holds a message");
        }
    }
    packets.push(packer.finish().to_vec());
    packets
}
