//! Appendages that are none: unknown, misplaced and repeated tags, wrong lengths, elements cut short.

use super::message::{APPENDAGE, Place, encode};
use super::table::{Case, Table, Told};

/// The longest value that an element can have.
const LONGEST: usize = 254;

/// Every kind of malformed appendage, with the one answer that the message type has for it.
pub(super) fn cases(table: &Table) -> Vec<Case> {
    let mut appendages = misplaced(table);
    appendages.extend(wrong_lengths(table));
    appendages.extend(repeated(table));
    appendages.extend(cut_short(table));
    let told = table.malformed();
    let mut cases: Vec<Case> =
        appendages.into_iter().map(|bytes| table.case(&[(APPENDAGE, bytes)], told)).collect();
    cases.extend(in_channels(table, told));
    cases
}

/// Every tag that the message may not carry, alone and behind all that it may.
fn misplaced(table: &Table) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for number in (0..=u8::MAX).filter(|number| !table.allows(*number)) {
        for length in [0, 1, 2, 4, 8, LONGEST] {
            let element = encode(&[(number, vec![b'N'; length])]);
            all.push([encode(&table.tags), element.clone()].concat());
            all.push(element);
        }
    }
    all
}

/// Every tag that it may carry, with a value of every length but its own.
fn wrong_lengths(table: &Table) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (number, value) in &table.tags {
        for length in (0..=12).chain([LONGEST]).filter(|length| *length != value.len()) {
            let mut wrong = value.clone();
            wrong.resize(length, b'N');
            all.push(encode(&[(*number, wrong)]));
        }
    }
    all
}

/// Every tag twice, one behind the other and with all others between.
fn repeated(table: &Table) -> Vec<Vec<u8>> {
    let twice = |element: &(u8, Vec<u8>)| {
        let element = encode(std::slice::from_ref(element));
        [[element.clone(), element.clone()].concat(), [encode(&table.tags), element].concat()]
    };
    table.tags.iter().flat_map(twice).collect()
}

/// A good appendage cut off at every byte that does not end an element; lengths of zero and past the end.
fn cut_short(table: &Table) -> Vec<Vec<u8>> {
    let good = encode(&table.tags);
    let ends: Vec<usize> =
        (0..=table.tags.len()).map(|tags| encode(&table.tags[..tags]).len()).collect();
    let cuts = (1..good.len()).filter(|length| !ends.contains(length));
    let mut all: Vec<Vec<u8>> = cuts.map(|length| good[..length].to_vec()).collect();
    all.extend((1..=u8::MAX).map(|length| vec![length]));
    all.extend((2..=u8::MAX).map(|length| [&good[..], &[length, 28]].concat()));
    all.push(vec![0]);
    all.push([&[0], &good[..]].concat());
    all.push([&good[..], &[0]].concat());
    all
}

/// A channel that is named in front of the mistake counts, one behind it does not.
fn in_channels(table: &Table, told: Told) -> Vec<Case> {
    let case = |bytes: &[u8], channel: u8| Case {
        channel,
        what: format!(
            "{:?}: in channel {channel}: {}",
            char::from(table.message.letter()),
            bytes.escape_ascii()
        ),
        message: table.message.with(Place::Behind, bytes),
        ..table.case(&[], told)
    };
    let mut cases = vec![
        case(&[2, 28, 5, 0], 5),
        case(&[2, 28, 5, 2, 8, b'Y'], 5),
        case(&[2, 28, 5, 2, 28, 6], 5),
        case(&[2, 28, 5, 9, 28], 5),
        case(&[0, 2, 28, 5], 0),
        case(&[2, 8, b'Y', 2, 28, 5], 0),
        case(&[3, 28, 5, 5, 2, 28, 5], 0),
        case(&[1, 28, 2, 28, 5], 0),
    ];
    if table.message.letter() == b'U' {
        // The order is not live in the channel that counts.
        cases.extend([[2, 28, 5, 0], [0, 2, 28, 5]].map(|bytes| {
            let elsewhere = if bytes[0] == 0 { 5 } else { 0 };
            Case { told: Told::Silent, ..case(&bytes, elsewhere) }
        }));
    }
    cases
}
