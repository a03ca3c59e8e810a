//! What was committed and is not as it was written is named, and nothing is touched.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use zerocopy::IntoBytes;

use super::super::layout::BlockHeader;
use super::super::{Block, Durability, Flaw, LogId, create_under, verify};
use super::{BOOT, LOG_ID, Log, PAGE};

fn overwrite(path: &Path, offset: usize, bytes: &[u8]) {
    let file = OpenOptions::new().write(true).open(path).expect("a segment");
    file.write_all_at(bytes, u64::try_from(offset).expect("a small file")).expect("a write");
}

/// Six blocks of one page each, three to a segment, and the last one of two pages in a third
/// segment.
fn three_segments() -> Log {
    let blocks: [&[usize]; 7] = [&[10], &[20, 3], &[300], &[0, 0], &[50], &[60], &[5000]];
    let (log, writer) = Log::written(Durability::Fsync, 16 << 10, &blocks);
    drop(writer);
    assert!(log.names().starts_with(&[
        "000001.seg".into(),
        "000002.seg".into(),
        "000003.seg".into()
    ]));
    log
}

/// The bytes of a page that holds a block which no writer would write.
fn forged(log_id: LogId, segment: u64, number: u64, block: &Block) -> Vec<u8> {
    let mut page = BlockHeader::new(log_id, segment, number, block).as_bytes().to_vec();
    page.extend_from_slice(block.payload());
    page.resize(PAGE, 0);
    page
}

fn one_record(sequence: u64) -> Block {
    let mut block = Block::new();
    block.open(sequence, 0);
    block.push(b"record");
    block
}

#[test]
fn any_flipped_bit_of_a_block_that_is_not_the_last_names_it() {
    let mut log = three_segments();
    for number in 1..=6_u64 {
        let (segment, place) = (1 + (number - 1) / 3, 1 + (number - 1) % 3);
        let start = PAGE * usize::try_from(place).expect("at most 3");
        let sound = log.segment_bytes(segment);
        // Every bit of the header, every byte of the payload, some of the padding.
        let bytes = (0..512).chain((512..PAGE).step_by(13)).chain([PAGE - 1]);
        for (at, bits) in bytes.map(|at| (at, if at < 72 { 0..8 } else { at % 8..at % 8 + 1 })) {
            for bit in bits {
                overwrite(&log.segment(segment), start + at, &[sound[start + at] ^ (1 << bit)]);
                let damage = log.damage();
                let found = (damage.file.as_str(), damage.block, damage.offset);
                let expected = (format!("{segment:06}.seg"), Some(number), PAGE as u64 * place);
                assert_eq!(
                    found,
                    (expected.0.as_str(), expected.1, expected.2),
                    "byte {at} bit {bit}: {damage}"
                );
            }
            overwrite(&log.segment(segment), start + at, &[sound[start + at]]);
        }
    }
    drop(log.reopen());
}

#[test]
fn any_flipped_bit_of_a_segment_header_names_the_segment() {
    let mut log = three_segments();
    for segment in 1..=3 {
        let sound = log.segment_bytes(segment);
        for (at, byte) in sound.iter().enumerate().take(PAGE) {
            overwrite(&log.segment(segment), at, &[byte ^ (1 << (at % 8))]);
            let damage = log.damage();
            assert_eq!(
                (damage.file, damage.block),
                (format!("{segment:06}.seg"), None),
                "byte {at}"
            );
            overwrite(&log.segment(segment), at, &[*byte]);
        }
    }
    drop(log.reopen());
}

#[test]
fn a_damaged_log_is_not_touched() {
    let mut log = three_segments();
    overwrite(&log.segment(1), 2 * PAGE + 80, b"damage");
    let before: Vec<_> =
        log.names().iter().map(|name| fs::read(log.path(name)).expect("a file")).collect();
    let damage = log.damage();
    let Flaw::Checksum { .. } = damage.flaw else { panic!("{damage}") };
    let text = damage.to_string();
    assert!(
        text.starts_with("damaged log: 000001.seg, block 2, offset 8192: checksum 0x"),
        "{text}"
    );
    let report = verify(&log.options.dir).expect("a report");
    assert_eq!((report.blocks, report.last_sequence, report.damage), (1, 1, Some(damage)));
    let after: Vec<_> =
        log.names().iter().map(|name| fs::read(log.path(name)).expect("a file")).collect();
    assert!(before == after);
}

#[test]
fn a_missing_foreign_or_misnamed_segment_is_named() {
    let mut log = three_segments();
    let aside = log.path("aside");
    for segment in [1, 2] {
        fs::rename(log.segment(segment), &aside).expect("moved");
        let damage = log.damage();
        assert_eq!((damage.file, damage.flaw), (format!("{segment:06}.seg"), Flaw::MissingFile));

        fs::copy(log.segment(3), log.segment(segment)).expect("copied");
        let damage = log.damage();
        assert_eq!(
            (damage.file, damage.flaw),
            (format!("{segment:06}.seg"), Flaw::Segment { expected: segment, found: 3 })
        );
        fs::rename(&aside, log.segment(segment)).expect("moved back");
    }

    let other = Log::new(Durability::Fsync, 16 << 10);
    drop(create_under(&other.options, LogId([8; 16]), BOOT).expect("another log"));
    let mine = log.segment_bytes(3);
    let mut foreign = fs::read(other.segment(1)).expect("a segment");
    fs::write(log.segment(3), &foreign).expect("replaced");
    assert_eq!(log.damage().flaw, Flaw::Segment { expected: 3, found: 1 });
    foreign =
        super::super::layout::SegmentHeader::new(LogId([8; 16]), 3, 0, [1; 16], Durability::Fsync)
            .to_page()
            .to_vec();
    fs::write(log.segment(3), &foreign).expect("replaced");
    assert_eq!(log.damage().flaw, Flaw::ForeignLog { found: LogId([8; 16]) });
    fs::write(log.segment(3), &mine[..100]).expect("replaced");
    assert_eq!(log.damage().flaw, Flaw::CutShort { missing: 3996 });
    fs::write(log.segment(3), &mine).expect("as it was");

    for name in ["4.seg", "000000.seg", "copy.seg", "0000004.seg"] {
        fs::write(log.path(name), "").expect("a file");
        let damage = log.damage();
        assert_eq!((damage.file.as_str(), damage.flaw), (name, Flaw::Name));
        fs::remove_file(log.path(name)).expect("a file");
    }
    drop(log.reopen());
}

#[test]
fn a_segment_that_lost_its_end_is_named_where_the_next_block_should_be() {
    let mut log = three_segments();
    let file = OpenOptions::new().write(true).open(log.segment(1)).expect("a segment");
    file.set_len(3 * PAGE as u64).expect("cut");
    let damage = log.damage();
    assert_eq!(
        (damage.file.as_str(), damage.block, damage.offset, damage.flaw),
        ("000001.seg", Some(3), 12_288, Flaw::Blank)
    );
}

#[test]
fn stale_blocks_in_a_recycled_file_are_never_taken_for_new() {
    let (mut log, writer) = Log::written(Durability::Fsync, 32 << 10, &[&[10], &[20]]);
    drop(writer);
    let next = one_record(3);
    let stale = [
        (forged(LogId([8; 16]), 1, 3, &next), Flaw::ForeignLog { found: LogId([8; 16]) }),
        (forged(LOG_ID, 2, 3, &next), Flaw::Segment { expected: 1, found: 2 }),
    ];
    for (page, flaw) in stale {
        for pages in 1..=5 {
            overwrite(&log.segment(1), 3 * PAGE, &page.repeat(pages));
            let mut recovery = log.open();
            assert_eq!(log.read(&mut recovery).expect("no damage"), 2);
            let torn = recovery.torn_tail().expect("a torn tail");
            assert_eq!((torn.block, torn.offset, torn.flaw), (3, 12_288, flaw));
        }
    }
}

#[test]
fn a_block_of_this_segment_in_the_wrong_place_is_damage() {
    let (mut log, writer) = Log::written(Durability::Fsync, 32 << 10, &[&[10], &[20]]);
    drop(writer);
    let first = log.segment_bytes(1)[PAGE..2 * PAGE].to_vec();
    overwrite(&log.segment(1), 3 * PAGE, &first);
    assert_eq!(log.damage().flaw, Flaw::Block { expected: 3, found: 1 });
    // Not next to the last block either.
    overwrite(&log.segment(1), 3 * PAGE, &[0; PAGE]);
    overwrite(&log.segment(1), 5 * PAGE, &first);
    let damage = log.damage();
    assert_eq!((damage.offset, damage.flaw), (12_288, Flaw::Blank));
}

#[test]
fn gaps_and_impossible_values_are_named() {
    let empty = Block::new();
    let mut lying = Block::new();
    lying.restore(3, 0, 2, 4).copy_from_slice(&[2, 0, 1, 1]);
    let mut endless = Block::new();
    endless.restore(u64::MAX, 0, 1, 2).copy_from_slice(&[0, 0]);
    let cases = [
        (forged(LOG_ID, 1, 3, &one_record(4)), Some(Flaw::Sequence { expected: 3, found: 4 })),
        (forged(LOG_ID, 1, 3, &one_record(2)), Some(Flaw::Sequence { expected: 3, found: 2 })),
        (forged(LOG_ID, 1, 4, &one_record(3)), Some(Flaw::Block { expected: 3, found: 4 })),
        (forged(LOG_ID, 1, 2, &one_record(2)), Some(Flaw::Block { expected: 3, found: 2 })),
        (
            forged(LOG_ID, 1, u64::MAX, &one_record(3)),
            Some(Flaw::Block { expected: 3, found: u64::MAX }),
        ),
        (forged(LOG_ID, 1, 3, &empty), None),
        (forged(LOG_ID, 1, 3, &lying), None),
        (forged(LOG_ID, 1, 3, &endless), None),
    ];
    for (page, flaw) in cases {
        let (mut log, writer) = Log::written(Durability::Fsync, 32 << 10, &[&[10], &[20]]);
        drop(writer);
        overwrite(&log.segment(1), 3 * PAGE, &page);
        if let Some(flaw) = flaw {
            assert_eq!(log.damage().flaw, flaw);
        } else {
            let mut recovery = log.open();
            assert_eq!(log.read(&mut recovery).expect("a torn tail"), 2);
            assert_eq!(recovery.torn_tail().expect("a torn tail").flaw, Flaw::Records);
        }
    }
}

#[test]
fn another_format_version_is_named() {
    let mut log = three_segments();
    overwrite(&log.segment(1), 8, &2_u32.to_le_bytes());
    assert_eq!(log.damage().flaw, Flaw::Version { expected: 1, found: 2 });
}
