//! Appendages, right and wrong.

use super::random::Random;

const USER_REF_IDX: u8 = 28;

/// One element: tag and value.
pub(super) type Tag = (u8, Vec<u8>);

/// What an order may say without any effect or with one this version knows; tags 2, 4 and 24 on Enter only.
const RIGHT: &[(u8, &[u8])] = &[
    (2, b"    "),
    (3, &[0; 4]),
    (4, b"R"),
    (4, b"N"),
    (4, b" "),
    (5, &[0; 4]),
    (5, &[0, 0, 0, 100]),
    (6, b"L"),
    (7, &[0; 4]),
    (9, &[0; 8]),
    (10, b"L"),
    (11, &[0; 4]),
    (12, b"N"),
    (12, b"P"),
    (12, b"P"),
    (13, &[0; 4]),
    (15, &[0; 4]),
    (16, b"N"),
    (16, b" "),
    (17, b" "),
    (24, &[0, 0]),
    (24, &[0, 1]),
    (24, &[0, 2]),
    (24, &[0xFF, 0xFF]),
    (25, b"Y"),
    (25, b"N"),
    (26, b"LOCB"),
    (29, b"N"),
    (29, b"*"),
    (30, b"**"),
    (30, b"  "),
    (30, b"AB"),
];

/// Every strategy of self-match prevention.
const STRATEGIES: &[u8] = b"YDOWRydowrZEPXS01245";

/// What this version refuses.
const WRONG: &[(u8, &[u8])] = &[
    (2, b"NONE"),
    (3, &[0, 0, 0, 100]),
    (3, &[0, 0, 1, 0]),
    (4, b"X"),
    (5, &[0, 0, 0, 50]),
    (6, b"P"),
    (6, b"M"),
    (6, b"R"),
    (6, b"Q"),
    (6, b"m"),
    (6, b"l"),
    (6, b"X"),
    (7, &[0xFF; 4]),
    (9, &[0, 0, 0, 0, 0, 1, 0, 0]),
    (10, b"P"),
    (10, b"M"),
    (10, b"R"),
    (10, b"Q"),
    (11, &[0, 0, 0, 1]),
    (12, b"X"),
    (13, &[1, 0, 0, 0]),
    (15, &[0, 0, 0, 60]),
    (16, b"Y"),
    (16, b"X"),
    (17, b"I"),
    (17, b"B"),
    (17, b"D"),
    (17, b"O"),
    (17, b"T"),
    (17, b"Q"),
    (17, b"R"),
    (25, b"X"),
    (29, b"3"),
    (29, b"n"),
    (29, b"#"),
    (30, b"A*"),
    (30, b"* "),
];

/// Tags of [`RIGHT`] and [`WRONG`] that stand on Enter Order alone.
const ENTER_ONLY: [u8; 3] = [2, 4, 24];

/// A few harmless tags, no tag twice; none in most cases.
pub(super) fn right(random: &mut Random, enter: bool) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    if random.per_mille(250) {
        tags.push((29, vec![random.pick(STRATEGIES)]));
    }
    if random.per_mille(300) {
        for _ in 0..random.below(6) {
            let (tag, value) = random.pick(RIGHT);
            let allowed = enter || !ENTER_ONLY.contains(&tag);
            if allowed && tags.iter().all(|(earlier, _)| *earlier != tag) {
                tags.push((tag, value.to_vec()));
            }
        }
    }
    tags
}

/// Adds the channel, anywhere; the port's own channel is rarely named.
pub(super) fn add_channel(random: &mut Random, tags: &mut Vec<Tag>, idx: u8) {
    if idx != 0 || random.per_mille(50) {
        tags.push((USER_REF_IDX, vec![idx]));
        random.shuffle(tags);
    }
}

/// Makes one tag wrong.
pub(super) fn spoil(random: &mut Random, tags: &mut Vec<Tag>) {
    let (tag, value) = random.pick(WRONG);
    tags.retain(|(earlier, _)| *earlier != tag);
    tags.push((tag, value.to_vec()));
    random.shuffle(tags);
}

/// Writes the elements.
pub(super) fn encode(tags: &[Tag]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (tag, value) in tags {
        bytes.push(u8::try_from(1 + value.len()).expect("values are short"));
        bytes.push(*tag);
        bytes.extend_from_slice(value);
    }
    bytes
}

/// Breaks the row of elements: cut short, empty, unknown, repeated, out of place, too wide.
pub(super) fn break_up(random: &mut Random, bytes: &mut Vec<u8>) {
    match random.below(7) {
        0 => bytes.push(0),
        1 => bytes.extend_from_slice(&[9, 9, 0, 0]),
        2 => bytes.extend_from_slice(&[2, random.pick(&[0, 8, 19, 20, 21, 31, 255]), b'Y']),
        // A channel of its own: numbers of other channels must not use up this one's.
        3 => bytes.extend_from_slice(&[2, USER_REF_IDX, 33, 2, USER_REF_IDX, 34]),
        4 => bytes.extend_from_slice(&[5, 14, b'R', b'O', b'U', b'T']),
        5 => bytes.extend_from_slice(&[3, USER_REF_IDX, 1, 1]),
        _ => drop(bytes.splice(0..0, [2, 18, b'S'])),
    }
}
