//! GLIMPSE on the wire: what a snapshot holds, and the number it ends with.
//!
//! The golden bytes come from the table in `docs/protocols/glimpse.md`.

use openbell_protocol::glimpse::{EndOfSnapshot, Message, SequenceNumberError};
use openbell_protocol::itch::{self, DecodeError};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const SEED: u64 = 20_260_213;

fn config() -> ProptestConfig {
    eprintln!("seed {SEED}");
    ProptestConfig {
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Reads the number of an End of Snapshot with these 20 characters.
fn number(text: &[u8; 20]) -> Result<u64, SequenceNumberError> {
    EndOfSnapshot { message_type: EndOfSnapshot::TYPE, sequence_number: *text }
        .next_sequence_number()
}

#[test]
fn end_of_snapshot() {
    let golden = [
        0x47, // message_type G
        0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, // spaces
        0x31, 0x34, 0x37, 0x35, 0x37, 0x37, 0x32, 0x31, // sequence_number 14757721
    ];
    let end = EndOfSnapshot::new(14_757_721);
    assert_eq!(Message::EndOfSnapshot(&end).bytes(), golden);
    assert_eq!(Message::decode(&golden), Ok(Message::EndOfSnapshot(&end)));
    assert_eq!(end.next_sequence_number(), Ok(14_757_721));
    for length in (1..=64).filter(|&length| length != golden.len()) {
        let mut other = golden.to_vec();
        other.resize(length, b' ');
        let refused = DecodeError::Length { message_type: b'G', expected: 21, actual: length };
        assert_eq!(Message::decode(&other), Err(refused));
    }
}

#[test]
fn spaces_on_either_side_and_leading_zeros_are_taken() {
    assert_eq!(number(b"                   1"), Ok(1));
    assert_eq!(number(b"1                   "), Ok(1));
    assert_eq!(number(b"      14757721      "), Ok(14_757_721));
    assert_eq!(number(b"00000000000014757721"), Ok(14_757_721));
    assert_eq!(number(b"    000014757721    "), Ok(14_757_721));
    assert_eq!(number(b"18446744073709551615"), Ok(u64::MAX));
}

#[test]
fn anything_else_is_no_number() {
    for text in [
        b"                    ",
        b"           147 57721",
        b"                  -1",
        b"                  +1",
        b"                0x10",
        b"                 1.0",
        b"\t                  1",
        b"1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"                  \xC3\xA9",
        b"                   \xFF",
        b"18446744073709551616",
        b"99999999999999999999",
    ] {
        assert_eq!(number(text), Err(SequenceNumberError(*text)));
    }
}

#[test]
fn the_error_shows_the_characters() {
    let error = SequenceNumberError(*b"                 1.0");
    let text = "sequence number \"                 1.0\" is not a decimal number below 2^64";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_snapshot_holds_states_and_resting_orders_only() {
    assert_eq!(Message::decode(&[]), Err(DecodeError::Empty));
    for message_type in 0..=u8::MAX {
        // One byte is too short for every type: what shows is whether the type is known.
        let expected = match itch::Message::decode(&[message_type]) {
            Err(too_short) if b"SRHYhNAF".contains(&message_type) => too_short,
            _ if message_type == b'G' => {
                DecodeError::Length { message_type, expected: 21, actual: 1 }
            }
            _ => DecodeError::UnknownType(message_type),
        };
        assert_eq!(Message::decode(&[message_type]), Err(expected));
    }
}

#[test]
fn an_order_of_a_snapshot_is_an_itch_message() {
    let mut bytes = [0; 36];
    bytes[0] = b'A';
    let order = itch::Message::decode(&bytes).expect("36 bytes of type A");
    assert_eq!(Message::decode(&bytes), Ok(Message::Itch(order)));
    assert_eq!(Message::Itch(order).bytes(), bytes);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_number_reads_back(next in any::<u64>()) {
        prop_assert_eq!(EndOfSnapshot::new(next).next_sequence_number(), Ok(next));
    }

    #[test]
    fn any_characters_are_a_number_or_an_error(
        text in prop::array::uniform20(prop_oneof![Just(b' '), b'0'..=b'9', any::<u8>()]),
    ) {
        if let Ok(read) = number(&text) {
            prop_assert_eq!(EndOfSnapshot::new(read).next_sequence_number(), Ok(read));
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(
        message_type in prop::sample::select(&b"SRHYhNAFGEDz"[..]),
        rest in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let bytes = [&[message_type], &rest[..]].concat();
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.bytes(), &bytes);
        }
    }
}
