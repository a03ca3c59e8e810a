//! Moves the UserRefNums of a script: a venue takes each number once, so a replay needs others.

use protocol::ouch::Inbound;
use protocol::soupbintcp::ClientPacket;

use super::script::Bytes;

/// Bytes before the message of a packet.
const PACKET_HEADER: usize = 3;

/// The same bytes with `shift` added to every number of a message, modulo 2^32; 0 stays 0.
pub(super) fn moved(bytes: &Bytes, shift: u32) -> Bytes {
    let mut moved = bytes.clone();
    if shift == 0 {
        return moved;
    }
    let mut at = 0;
    while let Ok(Some((packet, length))) = ClientPacket::decode(&bytes.bytes[at..]) {
        if let ClientPacket::Unsequenced(message) = packet {
            for place in places(message) {
                let start = at + PACKET_HEADER + place;
                let number =
                    moved.bytes[start..].first_chunk_mut().expect("the message was decoded");
                let before = u32::from_be_bytes(*number);
                if before != 0 {
                    *number = before.wrapping_add(shift).to_be_bytes();
                }
            }
        }
        at += length;
    }
    moved
}

/// Where a message has numbers of orders or of its own.
fn places(message: &[u8]) -> &'static [usize] {
    match Inbound::decode(message) {
        Ok(Inbound::ReplaceOrder(..)) => &[1, 5],
        Ok(Inbound::AccountQuery(..)) | Err(_) => &[],
        Ok(_) => &[1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_packet_moves_and_nothing_else() {
        let cancel = b"\0\x0aUX\0\0\0\x05\0\0\0\x07";
        let query = b"\0\x02UQ";
        let broken = b"\0\x03UX\x05";
        let bytes = Bytes {
            bytes: [&cancel[..], query, cancel, broken].concat(),
            cuts: vec![3],
            hold: Some(20),
        };
        let there = moved(&bytes, 0x100);
        let expected = b"\0\x0aUX\0\0\x01\x05\0\0\0\x07";
        assert_eq!(there.bytes, [&expected[..], query, expected, broken].concat());
        assert_eq!((&there.cuts, there.hold), (&bytes.cuts, bytes.hold));
        assert_eq!(moved(&there, 0_u32.wrapping_sub(0x100)), bytes);
    }
}
