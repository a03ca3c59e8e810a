//! tokio-util codecs: SoupBinTCP packets with owned payloads, for either end.
//!
//! Framing only; who may send what when is the sessions' matter. A payload shares the read buffer,
//! it is not copied. A packet cut short by the end of the stream is an I/O error.

use std::io;

use bytes::{Bytes, BytesMut};
use thiserror::Error;
use tokio_util::codec::{Decoder, Encoder};

use super::packet::{
    ClientPacket, LoginAccepted, LoginRejectReason, LoginRequest, MAX_PAYLOAD, ServerPacket,
};
use super::session::{Limits, Violation};

/// A [`ClientPacket`] that owns its payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OwnedClientPacket {
    Debug(Bytes),
    Login(LoginRequest),
    Unsequenced(Bytes),
    Heartbeat,
    Logout,
}

impl OwnedClientPacket {
    /// Borrows the payload.
    pub fn as_packet(&self) -> ClientPacket<'_> {
        match self {
            Self::Debug(text) => ClientPacket::Debug(text),
            Self::Login(login) => ClientPacket::Login(*login),
            Self::Unsequenced(message) => ClientPacket::Unsequenced(message),
            Self::Heartbeat => ClientPacket::Heartbeat,
            Self::Logout => ClientPacket::Logout,
        }
    }

    /// Keeps a share of the frame the packet was decoded from.
    fn own(packet: ClientPacket<'_>, frame: &Bytes) -> Self {
        match packet {
            ClientPacket::Debug(text) => Self::Debug(frame.slice_ref(text)),
            ClientPacket::Login(login) => Self::Login(login),
            ClientPacket::Unsequenced(message) => Self::Unsequenced(frame.slice_ref(message)),
            ClientPacket::Heartbeat => Self::Heartbeat,
            ClientPacket::Logout => Self::Logout,
        }
    }
}

/// A [`ServerPacket`] that owns its payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OwnedServerPacket {
    Debug(Bytes),
    LoginAccepted(LoginAccepted),
    LoginRejected(LoginRejectReason),
    Sequenced(Bytes),
    Unsequenced(Bytes),
    Heartbeat,
    EndOfSession,
}

impl OwnedServerPacket {
    /// Borrows the payload.
    pub fn as_packet(&self) -> ServerPacket<'_> {
        match self {
            Self::Debug(text) => ServerPacket::Debug(text),
            Self::LoginAccepted(accepted) => ServerPacket::LoginAccepted(*accepted),
            Self::LoginRejected(reason) => ServerPacket::LoginRejected(*reason),
            Self::Sequenced(message) => ServerPacket::Sequenced(message),
            Self::Unsequenced(message) => ServerPacket::Unsequenced(message),
            Self::Heartbeat => ServerPacket::Heartbeat,
            Self::EndOfSession => ServerPacket::EndOfSession,
        }
    }

    /// Keeps a share of the frame the packet was decoded from.
    fn own(packet: ServerPacket<'_>, frame: &Bytes) -> Self {
        match packet {
            ServerPacket::Debug(text) => Self::Debug(frame.slice_ref(text)),
            ServerPacket::LoginAccepted(accepted) => Self::LoginAccepted(accepted),
            ServerPacket::LoginRejected(reason) => Self::LoginRejected(reason),
            ServerPacket::Sequenced(message) => Self::Sequenced(frame.slice_ref(message)),
            ServerPacket::Unsequenced(message) => Self::Unsequenced(frame.slice_ref(message)),
            ServerPacket::Heartbeat => Self::Heartbeat,
            ServerPacket::EndOfSession => Self::EndOfSession,
        }
    }
}

/// Why a stream of packets stopped.
#[derive(Debug, Error)]
pub enum CodecError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Violation(#[from] Violation),
    #[error("payload of {0} bytes does not fit a packet")]
    PayloadTooLong(usize),
}

/// The server's end: takes client packets, writes server packets.
#[derive(Clone, Copy, Debug)]
pub struct ServerCodec {
    limits: Limits,
}

impl ServerCodec {
    /// Takes payloads of at most `limits.max_payload` bytes; the times are not looked at.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl Decoder for ServerCodec {
    type Item = OwnedClientPacket;
    type Error = CodecError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<OwnedClientPacket>, CodecError> {
        self.limits.check_length(source)?;
        let decoded = ClientPacket::decode(source).map_err(Violation::from)?;
        let Some((_, consumed)) = decoded else { return Ok(None) };
        let frame = source.split_to(consumed).freeze();
        let decoded = ClientPacket::decode(&frame).map_err(Violation::from)?;
        Ok(decoded.map(|(packet, _)| OwnedClientPacket::own(packet, &frame)))
    }
}

impl Encoder<ServerPacket<'_>> for ServerCodec {
    type Error = CodecError;

    fn encode(&mut self, packet: ServerPacket<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        if let ServerPacket::Debug(payload)
        | ServerPacket::Sequenced(payload)
        | ServerPacket::Unsequenced(payload) = packet
        {
            check_fits(payload)?;
        }
        packet.encode(out);
        Ok(())
    }
}

/// The client's end: takes server packets, writes client packets.
#[derive(Clone, Copy, Debug)]
pub struct ClientCodec {
    limits: Limits,
}

impl ClientCodec {
    /// Takes payloads of at most `limits.max_payload` bytes; the times are not looked at.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl Decoder for ClientCodec {
    type Item = OwnedServerPacket;
    type Error = CodecError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<OwnedServerPacket>, CodecError> {
        self.limits.check_length(source)?;
        let decoded = ServerPacket::decode(source).map_err(Violation::from)?;
        let Some((_, consumed)) = decoded else { return Ok(None) };
        let frame = source.split_to(consumed).freeze();
        let decoded = ServerPacket::decode(&frame).map_err(Violation::from)?;
        Ok(decoded.map(|(packet, _)| OwnedServerPacket::own(packet, &frame)))
    }
}

impl Encoder<ClientPacket<'_>> for ClientCodec {
    type Error = CodecError;

    fn encode(&mut self, packet: ClientPacket<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        if let ClientPacket::Debug(payload) | ClientPacket::Unsequenced(payload) = packet {
            check_fits(payload)?;
        }
        packet.encode(out);
        Ok(())
    }
}

fn check_fits(payload: &[u8]) -> Result<(), CodecError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(CodecError::PayloadTooLong(payload.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::packet::SessionId;
    use super::*;

    #[test]
    fn what_one_end_writes_the_other_reads_byte_by_byte() {
        let login = LoginRequest::new("alice", "pass", SessionId::BLANK, 1).expect("fits");
        let packets = [
            ClientPacket::Login(login),
            ClientPacket::Unsequenced(b"order"),
            ClientPacket::Debug(b""),
            ClientPacket::Heartbeat,
            ClientPacket::Logout,
        ];
        let mut wire = BytesMut::new();
        for packet in packets {
            ClientCodec::new(Limits::ORDER_ENTRY).encode(packet, &mut wire).expect("fits");
        }
        let mut server = ServerCodec::new(Limits::ORDER_ENTRY);
        let mut source = BytesMut::new();
        let mut read = Vec::new();
        for byte in wire {
            source.extend_from_slice(&[byte]);
            read.extend(server.decode(&mut source).expect("well formed"));
        }
        assert!(source.is_empty());
        assert!(read.iter().map(OwnedClientPacket::as_packet).eq(packets));
    }

    #[test]
    fn a_client_reads_what_a_server_writes_in_one_piece() {
        let session = SessionId::new("DAY1").expect("a session");
        let packets = [
            ServerPacket::Debug(b"welcome"),
            ServerPacket::LoginAccepted(LoginAccepted { session, sequence_number: 7 }),
            ServerPacket::LoginRejected(LoginRejectReason::NotAuthorized),
            ServerPacket::Sequenced(b"fill"),
            ServerPacket::Unsequenced(b"note"),
            ServerPacket::Heartbeat,
            ServerPacket::EndOfSession,
        ];
        let mut wire = BytesMut::new();
        for packet in packets {
            ServerCodec::new(Limits::ORDER_ENTRY).encode(packet, &mut wire).expect("fits");
        }
        let mut client = ClientCodec::new(Limits::ANY_PAYLOAD);
        for expected in packets {
            let packet = client.decode(&mut wire).expect("well formed").expect("whole");
            assert_eq!(packet.as_packet(), expected);
        }
        assert!(matches!(client.decode(&mut wire), Ok(None)));
    }

    #[test]
    fn too_long_a_payload_is_refused_both_ways() {
        let long = vec![0; MAX_PAYLOAD + 1];
        let mut out = BytesMut::new();
        let mut client = ClientCodec::new(Limits::ANY_PAYLOAD);
        let refused = client.encode(ClientPacket::Unsequenced(&long), &mut out);
        assert!(matches!(refused, Err(CodecError::PayloadTooLong(65_535))));
        assert!(out.is_empty());

        let mut server = ServerCodec::new(Limits::ORDER_ENTRY);
        let refused = server.decode(&mut BytesMut::from(&[0x04, 0x02][..]));
        let expected = Violation::TooLong { actual: 1_026, limit: 1_025 };
        assert!(matches!(refused, Err(CodecError::Violation(violation)) if violation == expected));
    }
}
