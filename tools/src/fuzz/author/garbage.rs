//! What breaks the session protocol or is no message.

use protocol::SessionId;
use protocol::ouch::inbound::{CancelOrder, EnterOrder};
use protocol::soupbintcp::{ClientPacket, LoginRequest};

use super::Author;
use crate::fuzz::script::Bytes;
use crate::fuzz::tracker::Tracker;
use crate::fuzz::visit::packet;

impl Author {
    /// Something after which a logged-in client must be cut off.
    pub(super) fn violation(&mut self) -> Bytes {
        let mut bytes = match self.random.below(6) {
            0 => vec![0, 0],
            1 => vec![0, 1, self.unknown_type()],
            2 => {
                let unknown = self.unknown_type();
                let payload = self.random.bytes(40);
                framed(unknown, &payload)
            }
            3 => packet(&ClientPacket::Login(self.nobody())),
            4 => framed(self.random.pick(b"RO"), b"?"),
            _ => {
                let length = self.random.pick(&[0, 1, 45, 47, 50, 52, 200]);
                let payload = self.random.bytes(length);
                framed(b'L', &payload)
            }
        };
        // What follows must not be read.
        if self.random.per_mille(300) {
            bytes.extend_from_slice(&packet(&ClientPacket::Unsequenced(b"Q")));
        }
        self.cut(bytes)
    }

    /// Unsequenced data that is no OUCH message, among others that are.
    pub(super) fn broken_message(&mut self, session: usize, tracker: &Tracker) -> Bytes {
        let mut message = self.message(session, tracker);
        match self.random.below(7) {
            0 => message.clear(),
            1 => message.truncate(1 + self.random.index(message.len())),
            2 => message.push(self.random.byte()),
            3 => message[0] = self.random.pick(b"AZz\0\xFF019SB"),
            4 => message = vec![self.random.pick(&[EnterOrder::TYPE, CancelOrder::TYPE]); 1_500],
            5 => message = self.random.bytes(60_000),
            _ => {
                let length = 1 + self.random.index(200);
                message = self.random.bytes(length);
            }
        }
        let mut bytes = packet(&ClientPacket::Unsequenced(&message));
        if self.random.per_mille(300) {
            let next = self.message(session, tracker);
            ClientPacket::Unsequenced(&next).encode(&mut bytes);
        }
        self.cut(bytes)
    }

    /// What somebody sends who has no account.
    pub(super) fn stranger(&mut self) -> Bytes {
        let bytes = match self.random.below(8) {
            0 => Vec::new(),
            1 => packet(&ClientPacket::Unsequenced(b"Q")),
            2 => packet(&ClientPacket::Heartbeat),
            3 => packet(&ClientPacket::Login(self.nobody())),
            4 => {
                let mut login = packet(&ClientPacket::Login(self.nobody()));
                let place = 3 + self.random.index(login.len() - 3);
                login[place] = self.random.byte();
                login
            }
            5 => b"GET / HTTP/1.1\r\nHost: venue\r\n\r\n".to_vec(),
            6 => {
                let mut login = packet(&ClientPacket::Login(self.nobody()));
                login.truncate(1 + self.random.index(login.len() - 1));
                login
            }
            _ => {
                let length = self.random.pick(&[1, 2, 3, 100, 5_000]);
                self.random.bytes(length)
            }
        };
        if bytes.is_empty() {
            return Bytes::default();
        }
        let mut bytes = self.cut(bytes);
        bytes.hold = None;
        bytes
    }

    /// A packet type that no client has.
    fn unknown_type(&mut self) -> u8 {
        loop {
            let unknown = self.random.byte();
            if !b"+LURO".contains(&unknown) {
                return unknown;
            }
        }
    }

    fn nobody(&mut self) -> LoginRequest {
        let number = self.random.pick(&[0, 1, 2, u64::MAX]);
        LoginRequest::new("NOBODY", "NOTHING", SessionId::BLANK, number).expect("short words")
    }
}

fn framed(packet_type: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(1 + payload.len()).expect("a short payload");
    [&length.to_be_bytes()[..], &[packet_type], payload].concat()
}
