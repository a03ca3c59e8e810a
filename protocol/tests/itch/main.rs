//! ITCH on the wire: golden bytes of all 23 messages, and what holds for any bytes.
//!
//! The golden bytes come from the tables in `docs/protocols/itch.md`, one line a field.

mod golden_system;
mod golden_instrument;
mod golden_order;
mod golden_trade;
mod golden_auction;
mod any_bytes;

use openbell_protocol::itch::{DecodeError, Message};
use openbell_protocol::symbol::{Mpid, Symbol};

/// Checks that `message` and the bytes of `table` are the same, and that no other length is.
///
/// Each line of the table is a field: its offset, its bytes in hex, and in words what they say.
fn check(message: Message<'_>, table: &str) {
    let golden = bytes(table);
    assert_eq!(message.bytes(), golden);
    assert_eq!(Message::decode(&golden), Ok(message));
    for length in (1..=64).filter(|&length| length != golden.len()) {
        let mut other = golden.clone();
        other.resize(length, 0);
        let (message_type, expected) = (golden[0], golden.len());
        let refused = DecodeError::Length { message_type, expected, actual: length };
        assert_eq!(Message::decode(&other), Err(refused));
    }
}

fn bytes(table: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in table.lines() {
        let mut words = line.split_whitespace();
        let offset = words.next().expect("a line begins with the offset");
        assert_eq!(offset, bytes.len().to_string(), "fields leave no gap: {line}");
        let hex = words.next().expect("the bytes follow the offset");
        for at in (0..hex.len()).step_by(2) {
            bytes.push(u8::from_str_radix(&hex[at..at + 2], 16).expect("two hex digits"));
        }
    }
    bytes
}

fn symbol(text: &str) -> Symbol {
    Symbol::new(text).expect("the test names a valid symbol")
}

fn mpid(text: &str) -> Mpid {
    Mpid::new(text).expect("the test names a valid firm")
}
