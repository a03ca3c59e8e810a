//! SoupBinTCP samples, each one packet.

use openbell_protocol::soupbintcp::{ClientPacket, ServerPacket};
use serde_json::{Value, json};

use crate::Reading;
use crate::field::hex;

pub(crate) fn read_client(bytes: &[u8]) -> Reading {
    let decoded = ClientPacket::decode(bytes).expect("the sample is a packet of a client");
    let (packet, length) = decoded.expect("the packet is whole");
    assert_eq!(length, bytes.len());
    let shown = match packet {
        ClientPacket::Unsequenced(message) => with_message("U", message),
        ClientPacket::Heartbeat => without_message("R"),
        other => panic!("no sample was known of {other:?}"),
    };
    let mut encoded = Vec::new();
    packet.encode(&mut encoded);
    (shown, encoded)
}

pub(crate) fn read_server(bytes: &[u8]) -> Reading {
    let decoded = ServerPacket::decode(bytes).expect("the sample is a packet of a server");
    let (packet, length) = decoded.expect("the packet is whole");
    assert_eq!(length, bytes.len());
    let shown = match packet {
        ServerPacket::Sequenced(message) => with_message("S", message),
        ServerPacket::Heartbeat => without_message("H"),
        other => panic!("no sample was known of {other:?}"),
    };
    let mut encoded = Vec::new();
    packet.encode(&mut encoded);
    (shown, encoded)
}

fn with_message(packet_type: &str, message: &[u8]) -> Value {
    json!({
        "packet_length": 1 + message.len(),
        "packet_type": packet_type,
        "message_hex": hex(message),
    })
}

fn without_message(packet_type: &str) -> Value {
    json!({ "packet_length": 1, "packet_type": packet_type })
}
