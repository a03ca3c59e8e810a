//! MoldUDP64 samples, each the payload of one datagram with ITCH messages inside.

use openbell_protocol::itch;
use openbell_protocol::moldudp64::{Downstream, Kind, MAX_PAYLOAD, Packer};
use serde_json::json;

use crate::Reading;
use crate::field::hex;

pub(crate) fn read(bytes: &[u8]) -> Reading {
    let packet = Downstream::decode(bytes).expect("the sample is a downstream packet");
    let Kind::Data(count) = packet.kind() else { panic!("no sample was known of other kinds") };
    let mut packer = Packer::new(packet.session(), MAX_PAYLOAD);
    packer.start(packet.sequence_number());
    let mut messages = Vec::new();
    for (index, (number, message)) in (0..).zip(packet.messages()) {
        assert_eq!(number, packet.sequence_number() + index);
        itch::Message::decode(message).expect("the feed holds ITCH messages only");
        assert!(packer.push(message), "a packet of the feed is within the limit");
        messages.push(hex(message));
    }
    let session = packet.session();
    let shown = json!({
        "session": str::from_utf8(&session).expect("a session is text").trim_end(),
        "sequence_number": packet.sequence_number(),
        "message_count": count,
        "messages_hex": messages,
    });
    (shown, packer.finish().to_vec())
}
