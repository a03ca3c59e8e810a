//! Real bytes of other venues: decoded, compared field by field, and encoded to the same bytes.
//!
//! The samples are not part of the project: they lie in a folder `shared/samples` beside the
//! checkout, or in the one `OPENBELL_SAMPLES` names. Without such a folder these tests say so and
//! pass; a folder that is named has to be there.

mod field;
mod itch;
mod moldudp64;
mod ouch;
mod soupbintcp;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use openbell_protocol::itch::{BinaryFile, Message, write_framed};
use serde_json::Value;

/// What a sample says and what its bytes are.
type Reading = (Value, Vec<u8>);

/// Finds the file `name` among the samples; `None`, said loudly, when there are no samples.
fn find(name: &str) -> Option<PathBuf> {
    if let Some(folder) = env::var_os("OPENBELL_SAMPLES") {
        return Some(PathBuf::from(folder).join(name));
    }
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = package
        .ancestors()
        .map(|folder| folder.join("shared/samples").join(name))
        .find(|path| path.exists());
    if found.is_none() {
        let package = package.display();
        eprintln!("SKIPPED: no real samples at shared/samples/{name} in {package} or above it");
        eprintln!("SKIPPED: OPENBELL_SAMPLES may name the folder that holds them");
    }
    found
}

/// Reads the bytes of a sample as its protocol says, and writes them again.
fn read(sample: &Value, bytes: &[u8]) -> Reading {
    let protocol = sample["protocol"].as_str().expect("a sample names its protocol");
    match (protocol, sample["direction"].as_str().expect("a sample names its direction")) {
        ("ITCH50", "outbound") => itch::read(bytes),
        ("OUCH50", "inbound") => ouch::read_inbound(bytes),
        ("OUCH50", "outbound") => ouch::read_outbound(bytes),
        ("SoupBinTCP", "client_to_server") => soupbintcp::read_client(bytes),
        ("SoupBinTCP", "server_to_client") => soupbintcp::read_server(bytes),
        ("MoldUDP64", "downstream") => moldudp64::read(bytes),
        other => panic!("no reader for {other:?}"),
    }
}

#[test]
fn every_sample_says_what_is_known_of_it() {
    let Some(path) = find("wire-samples.jsonl") else { return };
    let text = fs::read_to_string(&path).expect("the samples can be read");
    let mut count = BTreeMap::new();
    for line in text.lines() {
        let sample: Value = serde_json::from_str(line).expect("a sample is an object");
        let bytes = field::unhex(sample["hex"].as_str().expect("a sample has its bytes"));
        let (fields, encoded) = read(&sample, &bytes);
        assert_eq!(fields, sample["fields"], "{}", sample["id"]);
        assert_eq!(encoded, bytes, "{}", sample["id"]);
        let protocol = sample["protocol"].as_str().expect("a sample names its protocol");
        *count.entry(protocol.to_owned()).or_insert(0) += 1;
    }
    let expected = [("ITCH50", 58), ("MoldUDP64", 9), ("OUCH50", 4), ("SoupBinTCP", 6)];
    assert_eq!(count, expected.map(|(protocol, count)| (protocol.to_owned(), count)).into());
}

#[test]
fn ten_thousand_messages_of_a_day_come_back_unchanged() {
    let Some(path) = find("aapl-20200130-10k.itch") else { return };
    let bytes = fs::read(&path).expect("the recorded feed can be read");
    let mut encoded = Vec::new();
    let mut count = BTreeMap::new();
    let mut latest = 0;
    for message in BinaryFile::new(&bytes) {
        let message = message.expect("the file is whole");
        let message = Message::decode(message).expect("the feed holds ITCH messages only");
        assert_eq!(message.stock_locate(), 13);
        assert!(latest <= message.timestamp(), "time does not run backwards");
        latest = message.timestamp();
        write_framed(message.bytes(), &mut encoded).expect("no message is empty or too long");
        *count.entry(char::from(message.header().message_type)).or_insert(0_u32) += 1;
    }
    assert_eq!(encoded, bytes);
    let expected = [
        ('A', 4_758),
        ('D', 4_083),
        ('E', 849),
        ('F', 2),
        ('H', 1),
        ('L', 52),
        ('P', 240),
        ('R', 1),
        ('U', 7),
        ('X', 6),
        ('Y', 1),
    ];
    assert_eq!(count, BTreeMap::from(expected));
}
