//! SoupBinTCP packets: two bytes of length, one of type, the payload.
//!
//! Decoding borrows from the read buffer and refuses as early as it can: a wrong type or length is
//! seen in the first three bytes, before the rest has arrived.
//! See `docs/protocols/soupbintcp.md`, "Packets".

use bytes::BufMut;
use thiserror::Error;

pub use super::field::SessionId;
use super::login::{LOGIN_ACCEPTED_PAYLOAD, LOGIN_REQUEST_PAYLOAD, TIMED_LOGIN_REQUEST_PAYLOAD};
pub use super::login::{
    LoginAccepted, LoginError, LoginRejectReason, LoginRequest, MAX_HEARTBEAT_TIMEOUT_MS,
    ResumeError,
};

/// The largest value of the length field: the type byte and the payload.
pub const MAX_PACKET_LENGTH: usize = 65_535;
/// The longest payload.
pub const MAX_PAYLOAD: usize = MAX_PACKET_LENGTH - 1;
/// Bytes before the payload: the length field and the type.
pub const HEADER_LENGTH: usize = 3;

/// A packet a client sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientPacket<'a> {
    /// `+`: free text, ignored by software.
    Debug(&'a [u8]),
    /// `L`.
    Login(LoginRequest),
    /// `U`: one message of the layer above.
    Unsequenced(&'a [u8]),
    /// `R`.
    Heartbeat,
    /// `O`.
    Logout,
}

impl<'a> ClientPacket<'a> {
    /// Takes the packet at the start of `bytes`, and says how many bytes it is.
    ///
    /// `None`: there is not yet a whole one.
    ///
    /// # Errors
    ///
    /// The bytes cannot become a packet of a client, whatever follows.
    pub fn decode(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, PacketError> {
        let Some((packet_type, length)) = header(bytes)? else { return Ok(None) };
        match packet_type {
            b'+' | b'U' => {}
            b'L' => {
                let payload = length - 1;
                if payload != LOGIN_REQUEST_PAYLOAD && payload != TIMED_LOGIN_REQUEST_PAYLOAD {
                    return Err(PacketError::LoginLength { actual: length });
                }
            }
            b'R' | b'O' => expect_length(packet_type, length, 1)?,
            unknown => return Err(PacketError::UnknownType(unknown)),
        }
        let Some(payload) = bytes.get(HEADER_LENGTH..length + 2) else { return Ok(None) };
        let packet = match packet_type {
            b'+' => Self::Debug(payload),
            b'U' => Self::Unsequenced(payload),
            b'L' => Self::Login(LoginRequest::decode(payload)?),
            b'R' => Self::Heartbeat,
            _ => Self::Logout,
        };
        Ok(Some((packet, length + 2)))
    }

    /// Appends the packet; a payload is at most [`MAX_PAYLOAD`] bytes.
    pub fn encode(&self, out: &mut impl BufMut) {
        match self {
            Self::Debug(text) => put(b'+', text, out),
            Self::Login(login) => {
                out.put_slice(&header_bytes(b'L', login.payload_length()));
                login.encode(out);
            }
            Self::Unsequenced(message) => put(b'U', message, out),
            Self::Heartbeat => put(b'R', &[], out),
            Self::Logout => put(b'O', &[], out),
        }
    }
}

/// A packet a server sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ServerPacket<'a> {
    /// `+`: free text, ignored by software.
    Debug(&'a [u8]),
    /// `A`.
    LoginAccepted(LoginAccepted),
    /// `J`.
    LoginRejected(LoginRejectReason),
    /// `S`: one message of the layer above; both ends count these.
    Sequenced(&'a [u8]),
    /// `U`, from version 4.00: outside the sequence. This exchange never sends it.
    Unsequenced(&'a [u8]),
    /// `H`.
    Heartbeat,
    /// `Z`: no more messages in this session.
    EndOfSession,
}

impl<'a> ServerPacket<'a> {
    /// Takes the packet at the start of `bytes`, and says how many bytes it is.
    ///
    /// `None`: there is not yet a whole one.
    ///
    /// # Errors
    ///
    /// The bytes cannot become a packet of a server, whatever follows.
    pub fn decode(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, PacketError> {
        let Some((packet_type, length)) = header(bytes)? else { return Ok(None) };
        match packet_type {
            b'+' | b'S' | b'U' => {}
            b'A' => expect_length(packet_type, length, LOGIN_ACCEPTED_PAYLOAD + 1)?,
            b'J' => expect_length(packet_type, length, 2)?,
            b'H' | b'Z' => expect_length(packet_type, length, 1)?,
            unknown => return Err(PacketError::UnknownType(unknown)),
        }
        let Some(payload) = bytes.get(HEADER_LENGTH..length + 2) else { return Ok(None) };
        let packet = match packet_type {
            b'+' => Self::Debug(payload),
            b'S' => Self::Sequenced(payload),
            b'U' => Self::Unsequenced(payload),
            b'A' => Self::LoginAccepted(LoginAccepted::decode(payload)?),
            b'J' => Self::LoginRejected(LoginRejectReason::decode(payload)?),
            b'H' => Self::Heartbeat,
            _ => Self::EndOfSession,
        };
        Ok(Some((packet, length + 2)))
    }

    /// Appends the packet; a payload is at most [`MAX_PAYLOAD`] bytes.
    pub fn encode(&self, out: &mut impl BufMut) {
        match self {
            Self::Debug(text) => put(b'+', text, out),
            Self::LoginAccepted(accepted) => {
                out.put_slice(&header_bytes(b'A', LOGIN_ACCEPTED_PAYLOAD));
                accepted.encode(out);
            }
            Self::LoginRejected(reason) => put(b'J', &[reason.code()], out),
            Self::Sequenced(message) => put(b'S', message, out),
            Self::Unsequenced(message) => put(b'U', message, out),
            Self::Heartbeat => put(b'H', &[], out),
            Self::EndOfSession => put(b'Z', &[], out),
        }
    }
}

/// Returns the three bytes before the message of a Sequenced Data packet.
///
/// For a sender whose messages already lie in memory. `payload_length` is at most [`MAX_PAYLOAD`].
pub fn sequenced_header(payload_length: u16) -> [u8; HEADER_LENGTH] {
    header_bytes(b'S', usize::from(payload_length))
}

/// Why some bytes are not a packet.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PacketError {
    #[error("packet length is 0: no packet type")]
    Empty,
    #[error("unknown packet type {0:#04x}")]
    UnknownType(u8),
    #[error("packet type {packet_type} has packet length {actual}, expected {expected}")]
    Length { packet_type: char, expected: usize, actual: usize },
    #[error("login request has packet length {actual}, expected 47 or 52")]
    LoginLength { actual: usize },
    #[error("packet type {packet_type} has a malformed {field}")]
    Field { packet_type: char, field: &'static str },
}

/// Reads the length field, when it is there.
pub(crate) fn packet_length(bytes: &[u8]) -> Option<usize> {
    let (length, _) = bytes.split_first_chunk()?;
    Some(usize::from(u16::from_be_bytes(*length)))
}

/// Reads the type and the length field (at least 1), when they are there.
fn header(bytes: &[u8]) -> Result<Option<(u8, usize)>, PacketError> {
    match packet_length(bytes) {
        Some(0) => Err(PacketError::Empty),
        Some(length) => Ok(bytes.get(2).map(|&packet_type| (packet_type, length))),
        None => Ok(None),
    }
}

fn expect_length(packet_type: u8, actual: usize, expected: usize) -> Result<(), PacketError> {
    if actual == expected {
        return Ok(());
    }
    Err(PacketError::Length { packet_type: char::from(packet_type), expected, actual })
}

fn header_bytes(packet_type: u8, payload_length: usize) -> [u8; HEADER_LENGTH] {
    let length = u16::try_from(payload_length + 1).expect("the payload fits a packet");
    let [high, low] = length.to_be_bytes();
    [high, low, packet_type]
}

fn put(packet_type: u8, payload: &[u8], out: &mut impl BufMut) {
    out.put_slice(&header_bytes(packet_type, payload.len()));
    out.put_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login_request(timeout: &[u8]) -> Vec<u8> {
        let length: &[u8] = if timeout.is_empty() { &[0, 47] } else { &[0, 52] };
        let fields: [&[u8]; 7] = [
            length,
            b"L",
            b"USER  ",
            b"SECRET    ",
            b" 261122-01",
            b"                  42",
            timeout,
        ];
        fields.concat()
    }

    fn login() -> LoginRequest {
        let session = SessionId::new("261122-01").expect("a session");
        LoginRequest::new("USER", "SECRET", session, 42).expect("fits")
    }

    fn client_packets() -> Vec<(ClientPacket<'static>, Vec<u8>)> {
        let timed = login().with_heartbeat_timeout(5_000).expect("fits");
        vec![
            (ClientPacket::Debug(b"hi\n"), b"\x00\x04+hi\n".to_vec()),
            (ClientPacket::Debug(b""), b"\x00\x01+".to_vec()),
            (ClientPacket::Login(login()), login_request(b"")),
            (ClientPacket::Login(timed), login_request(b" 5000")),
            (ClientPacket::Unsequenced(b"X\0\x75\x2e\x71"), b"\x00\x06UX\0\x75\x2e\x71".to_vec()),
            (ClientPacket::Unsequenced(b""), b"\x00\x01U".to_vec()),
            (ClientPacket::Heartbeat, b"\x00\x01R".to_vec()),
            (ClientPacket::Logout, b"\x00\x01O".to_vec()),
        ]
    }

    fn server_packets() -> Vec<(ServerPacket<'static>, Vec<u8>)> {
        let session = SessionId::new("261122-01").expect("a session");
        let accepted = LoginAccepted { session, sequence_number: 42 };
        let accepted_bytes = b"\x00\x1fA 261122-01                  42".to_vec();
        vec![
            (ServerPacket::Debug(b"hi"), b"\x00\x03+hi".to_vec()),
            (ServerPacket::LoginAccepted(accepted), accepted_bytes),
            (ServerPacket::LoginRejected(LoginRejectReason::NotAuthorized), b"\x00\x02JA".to_vec()),
            (
                ServerPacket::LoginRejected(LoginRejectReason::SessionNotAvailable),
                b"\x00\x02JS".to_vec(),
            ),
            (ServerPacket::Sequenced(b"C\xFF"), b"\x00\x03SC\xFF".to_vec()),
            (ServerPacket::Sequenced(b""), b"\x00\x01S".to_vec()),
            (ServerPacket::Unsequenced(b"m"), b"\x00\x02Um".to_vec()),
            (ServerPacket::Heartbeat, b"\x00\x01H".to_vec()),
            (ServerPacket::EndOfSession, b"\x00\x01Z".to_vec()),
        ]
    }

    #[test]
    fn client_packets_are_these_bytes() {
        for (packet, golden) in client_packets() {
            let mut bytes = Vec::new();
            packet.encode(&mut bytes);
            assert_eq!(bytes, golden, "{packet:?}");
            bytes.extend_from_slice(b"next");
            assert_eq!(ClientPacket::decode(&bytes), Ok(Some((packet, golden.len()))));
            for cut in 0..golden.len() {
                assert_eq!(
                    ClientPacket::decode(&golden[..cut]),
                    Ok(None),
                    "{packet:?} cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn server_packets_are_these_bytes() {
        for (packet, golden) in server_packets() {
            let mut bytes = Vec::new();
            packet.encode(&mut bytes);
            assert_eq!(bytes, golden, "{packet:?}");
            bytes.extend_from_slice(b"next");
            assert_eq!(ServerPacket::decode(&bytes), Ok(Some((packet, golden.len()))));
            for cut in 0..golden.len() {
                assert_eq!(
                    ServerPacket::decode(&golden[..cut]),
                    Ok(None),
                    "{packet:?} cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn every_wrong_length_is_refused_before_the_payload_is_there() {
        for (types, lengths, from_client) in [
            (b"L".as_slice(), &[47, 52].as_slice(), true),
            (b"RO", &[1].as_slice(), true),
            (b"A", &[31].as_slice(), false),
            (b"J", &[2].as_slice(), false),
            (b"HZ", &[1].as_slice(), false),
        ] {
            for (&packet_type, length) in
                types.iter().flat_map(|t| (1..=u16::MAX).map(move |l| (t, l)))
            {
                let [high, low] = length.to_be_bytes();
                let bytes = [high, low, packet_type];
                let refused = if from_client {
                    ClientPacket::decode(&bytes).is_err()
                } else {
                    ServerPacket::decode(&bytes).is_err()
                };
                let packet_type = char::from(packet_type);
                assert_eq!(refused, !lengths.contains(&length), "{packet_type} of length {length}");
            }
        }
    }

    #[test]
    fn the_other_sides_packets_are_unknown() {
        for packet_type in 0..=u8::MAX {
            let bytes = [0xFF, 0xFF, packet_type];
            let unknown = PacketError::UnknownType(packet_type);
            let client = ClientPacket::decode(&bytes) == Err(unknown);
            let server = ServerPacket::decode(&bytes) == Err(unknown);
            assert_eq!(client, !b"+LURO".contains(&packet_type));
            assert_eq!(server, !b"+AJSUHZ".contains(&packet_type));
        }
    }

    #[test]
    fn a_packet_without_a_type_is_refused() {
        assert_eq!(ClientPacket::decode(&[0, 0]), Err(PacketError::Empty));
        assert_eq!(ServerPacket::decode(&[0, 0, b'S']), Err(PacketError::Empty));
    }

    #[test]
    fn the_largest_packet_is_65537_bytes() {
        let message = vec![7; MAX_PAYLOAD];
        let mut bytes = Vec::new();
        ServerPacket::Sequenced(&message).encode(&mut bytes);
        assert_eq!(bytes[..3], [0xFF, 0xFF, b'S']);
        assert_eq!(sequenced_header(65_534), [0xFF, 0xFF, b'S']);
        let decoded = ServerPacket::decode(&bytes);
        assert_eq!(decoded, Ok(Some((ServerPacket::Sequenced(&message), 65_537))));
    }

    #[test]
    fn an_unknown_reject_reason_is_refused() {
        let expected = PacketError::Field { packet_type: 'J', field: "reject reason code" };
        assert_eq!(ServerPacket::decode(b"\x00\x02JX"), Err(expected));
    }
}
