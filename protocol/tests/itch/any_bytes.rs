//! What holds for any bytes: types and lengths are checked, everything else passes unchanged.

use openbell_protocol::itch::{BinaryFile, DecodeError, Message, SystemEvent, write_framed};
use openbell_protocol::time::U48;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Type and length of every message.
const MESSAGES: [(u8, usize); 23] = [
    (b'S', 12),
    (b'R', 39),
    (b'H', 25),
    (b'Y', 20),
    (b'L', 26),
    (b'V', 35),
    (b'W', 12),
    (b'K', 28),
    (b'J', 35),
    (b'h', 21),
    (b'A', 36),
    (b'F', 40),
    (b'E', 31),
    (b'C', 36),
    (b'X', 23),
    (b'D', 19),
    (b'U', 35),
    (b'P', 44),
    (b'Q', 40),
    (b'B', 19),
    (b'I', 50),
    (b'N', 20),
    (b'O', 48),
];

const SEED: u64 = 20_260_219;

fn config() -> ProptestConfig {
    eprintln!("seed {SEED}");
    ProptestConfig {
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A message of any type whose fields hold anything.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(&MESSAGES[..]).prop_flat_map(|(message_type, length)| {
        prop::collection::vec(any::<u8>(), length).prop_map(move |mut bytes| {
            bytes[0] = message_type;
            bytes
        })
    })
}

#[test]
fn only_the_types_of_the_table_are_known() {
    assert_eq!(Message::decode(&[]), Err(DecodeError::Empty));
    for message_type in 0..=u8::MAX {
        let known = MESSAGES.iter().find(|&&(known, _)| known == message_type);
        let expected = known.map_or(DecodeError::UnknownType(message_type), |&(_, expected)| {
            DecodeError::Length { message_type, expected, actual: 1 }
        });
        assert_eq!(Message::decode(&[message_type]), Err(expected));
    }
}

#[test]
fn a_code_nobody_knows_passes() {
    let event = SystemEvent {
        message_type: SystemEvent::TYPE,
        stock_locate: 0.into(),
        tracking_number: 0.into(),
        timestamp: U48::new(0),
        event_code: b'?',
    };
    let message = Message::SystemEvent(&event);
    assert_eq!(Message::decode(message.bytes()), Ok(message));
}

#[test]
fn an_error_tells_what_came_and_what_was_expected() {
    let text = |bytes: &[u8]| Message::decode(bytes).expect_err("no message").to_string();
    assert_eq!(text(b""), "message is empty");
    assert_eq!(text(b"z"), "unknown message type 0x7a");
    assert_eq!(text(b"S?"), "message of type 0x53 is 2 bytes, expected 12");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_the_fields_hold_the_bytes_come_back(bytes in any_message()) {
        let message = Message::decode(&bytes).expect("type and length are of the table");
        prop_assert_eq!(message.bytes(), &bytes);
        let mut timestamp = [0; 8];
        timestamp[2..].copy_from_slice(&bytes[5..11]);
        prop_assert_eq!(message.stock_locate(), u16::from_be_bytes([bytes[1], bytes[2]]));
        prop_assert_eq!(message.timestamp(), u64::from_be_bytes(timestamp));
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.bytes(), &bytes);
        }
    }

    #[test]
    fn any_bytes_are_a_file_up_to_its_first_error(
        bytes in prop::collection::vec(prop_oneof![Just(0), 0..8_u8, any::<u8>()], 0..256),
    ) {
        let mut again = Vec::new();
        let mut file = BinaryFile::new(&bytes);
        for message in file.by_ref().map_while(Result::ok) {
            write_framed(message, &mut again).expect("a file holds no empty message");
        }
        prop_assert!(bytes.starts_with(&again));
        prop_assert_eq!(file.next(), None);
    }

    #[test]
    fn a_file_gives_back_the_messages_written(
        messages in prop::collection::vec(any_message(), 0..32),
    ) {
        let mut bytes = Vec::new();
        for message in &messages {
            write_framed(message, &mut bytes).expect("no message is empty or too long");
        }
        let read: Result<Vec<&[u8]>, _> = BinaryFile::new(&bytes).collect();
        prop_assert_eq!(read, Ok(messages.iter().map(Vec::as_slice).collect()));
    }
}
