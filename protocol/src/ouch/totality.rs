//! Decoding is total: one length is right, what was read is written back the same, and no bytes panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::Presence::{Always, WhenFilled};
use super::{Appendage, DecodeError, Inbound, Outbound, Presence, encode};

/// Type, length of the fixed part, presence of the appendage: from the tables.
const INBOUND: [(u8, usize, Presence); 8] = [
    (b'O', 45, Always),
    (b'U', 38, Always),
    (b'X', 9, WhenFilled),
    (b'M', 10, WhenFilled),
    (b'C', 17, Always),
    (b'D', 9, Always),
    (b'E', 9, Always),
    (b'Q', 1, WhenFilled),
];

/// The same for the host's messages, without System Event, which has no appendage.
const OUTBOUND: [(u8, usize, Presence); 16] = [
    (b'A', 62, Always),
    (b'U', 66, Always),
    (b'C', 18, WhenFilled),
    (b'D', 32, WhenFilled),
    (b'E', 34, Always),
    (b'B', 36, WhenFilled),
    (b'J', 29, WhenFilled),
    (b'P', 13, WhenFilled),
    (b'I', 13, WhenFilled),
    (b'T', 30, WhenFilled),
    (b'M', 18, WhenFilled),
    (b'R', 14, Always),
    (b'X', 25, Always),
    (b'G', 17, Always),
    (b'K', 17, Always),
    (b'Q', 13, WhenFilled),
];

const SYSTEM_EVENT: (u8, usize) = (b'S', 10);

/// Checks every length from 1 to 64 bytes past the fixed part, for several values of appendage_length.
fn check_lengths(
    (message_type, fixed, presence): (u8, usize, Presence),
    decode: fn(&[u8]) -> Option<DecodeError>,
) {
    for appendage_length in [0_u8, 1, 3, 40] {
        let mut message = vec![0; fixed + 64];
        message[0] = message_type;
        message[fixed + 1] = appendage_length;
        let declared = usize::from(appendage_length);
        let whole = fixed + 2 + declared;
        for actual in 1..=message.len() {
            let length = |expected| DecodeError::Length { message_type, expected, actual };
            let refusal = match actual {
                actual if actual < fixed && presence == WhenFilled => length(fixed),
                actual if actual < fixed + 2 => length(fixed + 2),
                _ => DecodeError::AppendageLength {
                    message_type,
                    declared,
                    actual: actual - fixed - 2,
                },
            };
            let right = actual == whole || (actual == fixed && presence == WhenFilled);
            assert_eq!(decode(&message[..actual]), (!right).then_some(refusal));
        }
    }
}

#[test]
fn every_other_length_of_an_inbound_message_is_refused() {
    for layout in INBOUND {
        check_lengths(layout, |bytes| Inbound::decode(bytes).err());
    }
}

#[test]
fn every_other_length_of_an_outbound_message_is_refused() {
    for layout in OUTBOUND {
        check_lengths(layout, |bytes| Outbound::decode(bytes).err());
    }
    let (message_type, expected) = SYSTEM_EVENT;
    let mut message = [0; 74];
    message[0] = message_type;
    for actual in 1..=message.len() {
        let refusal = DecodeError::Length { message_type, expected, actual };
        assert_eq!(
            Outbound::decode(&message[..actual]).err(),
            (actual != expected).then_some(refusal)
        );
    }
}

#[test]
fn no_bytes_are_no_message() {
    assert_eq!(Inbound::decode(&[]), Err(DecodeError::Empty));
    assert_eq!(Outbound::decode(&[]), Err(DecodeError::Empty));
}

#[test]
fn exactly_the_listed_types_are_known() {
    for message_type in 0..=u8::MAX {
        let message = [[message_type; 1].as_slice(), &[0; 99]].concat();
        let unknown = DecodeError::UnknownType(message_type);
        let listed = INBOUND.iter().any(|layout| layout.0 == message_type);
        assert_eq!(Inbound::decode(&message) != Err(unknown), listed);
        let listed = message_type == SYSTEM_EVENT.0
            || OUTBOUND.iter().any(|layout| layout.0 == message_type);
        assert_eq!(Outbound::decode(&message) != Err(unknown), listed);
    }
}

#[test]
fn an_error_gives_the_numbers() {
    let error = Inbound::decode(b"X12").expect_err("three bytes of nine");
    assert_eq!(error.to_string(), "message 'X' is 3 bytes, expected 9");
    let enter = [&[b'O'; 45][..], &8_192_u16.to_be_bytes(), b"?"].concat();
    let error = Inbound::decode(&enter).expect_err("one byte of 8,192");
    let text = "message 'O' has 1 byte after its appendage length, which says 8192";
    assert_eq!(error.to_string(), text);
    let error = Inbound::decode(b"?").expect_err("there is no such message");
    assert_eq!(error.to_string(), "unknown message type 0x3f");
}

/// Writes a message again, with or without the length of an empty appendage as `bare` says.
fn encode_inbound(message: &Inbound<'_>, bare: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let tail = |appendage: &Appendage<'_>| (!bare).then_some(appendage.bytes().to_vec());
    match message {
        Inbound::EnterOrder(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Inbound::ReplaceOrder(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Inbound::CancelOrder(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Inbound::ModifyOrder(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Inbound::MassCancel(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Inbound::DisableOrderEntry(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Inbound::EnableOrderEntry(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Inbound::AccountQuery(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
    }
    out
}

/// As [`encode_inbound`], in the other direction.
fn encode_outbound(message: &Outbound<'_>, bare: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let tail = |appendage: &Appendage<'_>| (!bare).then_some(appendage.bytes().to_vec());
    match message {
        Outbound::SystemEvent(fixed) => encode(*fixed, None, &mut out),
        Outbound::OrderAccepted(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::OrderReplaced(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::OrderCanceled(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::AiqCanceled(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::OrderExecuted(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::BrokenTrade(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::Rejected(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::CancelPending(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::CancelReject(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::OrderPriorityUpdate(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::OrderModified(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::OrderRestated(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::MassCancelResponse(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
        Outbound::DisableOrderEntryResponse(fixed, a) => {
            encode(*fixed, tail(a).as_deref(), &mut out);
        }
        Outbound::EnableOrderEntryResponse(fixed, a) => {
            encode(*fixed, tail(a).as_deref(), &mut out);
        }
        Outbound::AccountQueryResponse(fixed, a) => encode(*fixed, tail(a).as_deref(), &mut out),
    }
    out
}

/// Any well-formed message of the table, and whether it ends after the fixed part.
fn message(table: &'static [(u8, usize, Presence)]) -> impl Strategy<Value = (Vec<u8>, bool)> {
    let layouts = (0..table.len()).prop_map(|index| table[index]);
    (layouts, vec(any::<u8>(), 100), vec(any::<u8>(), 0..140), any::<bool>()).prop_map(
        |((message_type, fixed, presence), mut bytes, appendage, bare)| {
            bytes.truncate(fixed);
            bytes[0] = message_type;
            let bare = bare && presence == WhenFilled;
            if !bare {
                let length = u16::try_from(appendage.len()).expect("below 140");
                bytes.extend_from_slice(&length.to_be_bytes());
                bytes.extend_from_slice(&appendage);
            }
            (bytes, bare)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(503),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_inbound_message_reads_back_as_written((bytes, bare) in message(&INBOUND)) {
        let message = Inbound::decode(&bytes).expect("the length is right");
        let encoded = encode_inbound(&message, bare);
        prop_assert_eq!(&encoded, &bytes);
        prop_assert_eq!(Inbound::decode(&encoded), Ok(message));
    }

    #[test]
    fn an_outbound_message_reads_back_as_written((bytes, bare) in message(&OUTBOUND)) {
        let message = Outbound::decode(&bytes).expect("the length is right");
        let encoded = encode_outbound(&message, bare);
        prop_assert_eq!(&encoded, &bytes);
        prop_assert_eq!(Outbound::decode(&encoded), Ok(message));
    }

    #[test]
    fn a_system_event_reads_back_as_written(mut bytes: [u8; SYSTEM_EVENT.1]) {
        bytes[0] = SYSTEM_EVENT.0;
        let message = Outbound::decode(&bytes).expect("the length is right");
        prop_assert_eq!(encode_outbound(&message, true), bytes);
    }

    #[test]
    fn any_bytes_are_decoded_without_panic(bytes in vec(any::<u8>(), 0..200), letter in b'A'..=b'Z') {
        let _ = Inbound::decode(&bytes);
        let _ = Outbound::decode(&bytes);
        let known = [&[letter], bytes.as_slice()].concat();
        let _ = Inbound::decode(&known);
        let _ = Outbound::decode(&known);
    }
}
