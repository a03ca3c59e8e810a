//! Appendages: tags that belong, tags that do not, and rows of elements that are none.

use protocol::ouch::Tag;

use crate::fuzz::random::Random;

const USER_REF_IDX: u8 = 28;

/// Values that change nothing, each with its tag; allowed on Enter Order.
const NEUTRAL: &[&[u8]] = &[
    b"\x02    ",
    b"\x03\0\0\0\0",
    b"\x04 ",
    b"\x05\0\0\0\0",
    b"\x06L",
    b"\x07\0\0\0\0",
    b"\x0CN",
    b"\x0F\0\0\0\0",
    b"\x10 ",
    b"\x11 ",
    b"\x18\0\x01",
    b"\x18\0\x02",
    b"\x19Y",
    b"\x1ALOCB",
    b"\x1DN",
    b"\x1E**",
];

/// Values that ask for something.
const SPECIAL: &[&[u8]] = &[
    b"\x03\0\0\0\x64",
    b"\x04R",
    b"\x05\0\0\0\x64",
    b"\x06P",
    b"\x06M",
    b"\x07\0\0\0\x64",
    b"\x0CP",
    b"\x0D\0\0\0\x64",
    b"\x0F\0\0\0\x01",
    b"\x10Y",
    b"\x11I",
    b"\x1DD",
    b"\x1DO",
    b"\x1DW",
    b"\x1E01",
];

/// A row of elements for a message of this type in this channel.
pub(super) fn row(random: &mut Random, message_type: u8, channel: u8, may_break: bool) -> Vec<u8> {
    let mut elements: Vec<Vec<u8>> = Vec::new();
    if channel != 0 || random.per_mille(20) {
        elements.push(vec![USER_REF_IDX, channel]);
    }
    let values = match random.below(100) {
        0..15 => NEUTRAL,
        15..19 => SPECIAL,
        _ => &[],
    };
    if !values.is_empty() {
        let element = random.pick(values);
        let tag = Tag::try_from(element[0]).expect("the tables have known tags");
        if tag.allowed_inbound(message_type) {
            elements.insert(random.index(elements.len() + 1), element.to_vec());
        }
    }
    if may_break && random.per_mille(25) {
        let wrong = wrong(random);
        elements.insert(random.index(elements.len() + 1), wrong);
    }
    let mut bytes = Vec::new();
    for element in elements {
        bytes.push(u8::try_from(element.len()).expect("elements are short"));
        bytes.extend_from_slice(&element);
    }
    if may_break && random.per_mille(8) {
        // A length that reaches past the end, or none at all.
        bytes.push(random.pick(&[0, 1, 9, 255]));
    }
    bytes
}

/// An element that belongs nowhere: an unknown tag, an outbound one, a value too short or too long.
fn wrong(random: &mut Random) -> Vec<u8> {
    let tag = random.pick(&[0, 8, 19, 21, 31, 99, 255, 1, 14, 18, 22, 6, 3]);
    let length = random.index(9);
    let mut element = vec![tag];
    element.extend_from_slice(&random.bytes(length));
    element
}

#[cfg(test)]
mod tests {
    use protocol::ouch::{Appendage, Attributes};

    use super::*;

    #[test]
    fn a_row_that_may_not_break_is_well_formed_and_names_its_channel() {
        let mut random = Random::new(11);
        for round in 0..2_000 {
            for message_type in *b"OUXMCDEQ" {
                let row = row(&mut random, message_type, 2, false);
                let attributes = Attributes::parse_inbound(message_type, Appendage::new(&row));
                let channel = attributes.map(|attributes| attributes.user_ref_idx);
                assert_eq!(channel, Ok(Some(2)), "round {round}, {row:02x?}");
            }
        }
    }
}
