//! What a crash leaves half written is cut and reported; what was committed stays.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;

use super::super::{Durability, Flaw, TornTail, verify};
use super::{Log, PAGE, Random};

/// Where the last block of `torn_log` starts, and how many bytes it has with its padding.
const START: usize = 4 * PAGE;
const LENGTH: usize = 2 * PAGE;

fn offset(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a small file")
}

/// A log of four blocks in one segment; returns it with the bytes of the last block.
fn torn_log() -> (Log, Vec<u8>) {
    let (log, writer) =
        Log::written(Durability::Fsync, 64 << 10, &[&[10, 20], &[1000], &[0], &[30, 4000, 2000]]);
    drop(writer);
    let last = log.segment_bytes(1)[START..START + LENGTH].to_vec();
    assert!(last.starts_with(b"OBELLBLK"));
    (log, last)
}

fn open_for_writing(log: &Log, segment: u64) -> File {
    OpenOptions::new().write(true).open(log.segment(segment)).expect("a segment")
}

/// Reads a log whose last block is `tail` on disk; three blocks are left, and the report names the
/// rest.
fn check_cut(log: &mut Log, tail: &[u8]) {
    let mut recovery = log.open();
    assert_eq!(log.read(&mut recovery).expect("no damage"), 3);
    let dirty = tail.iter().rposition(|&byte| byte != 0).map(|last| offset(last + 1));
    let torn =
        recovery.torn_tail().map(|torn| (torn.file.as_str(), torn.block, torn.offset, torn.bytes));
    assert_eq!(torn, dirty.map(|bytes| ("000001.seg", 4, offset(START), bytes)));
}

#[test]
fn a_last_block_cut_at_any_byte_is_a_torn_tail() {
    let (mut log, last) = torn_log();
    let file = open_for_writing(&log, 1);
    for cut in (0..LENGTH).rev() {
        file.set_len(offset(START + cut)).expect("cut");
        check_cut(&mut log, &last[..cut]);
    }
}

#[test]
fn a_last_block_with_garbage_from_any_byte_on_is_a_torn_tail() {
    let seed = 42;
    println!("seed {seed}");
    let mut random = Random(seed);
    let (mut log, mut tail) = torn_log();
    let file = open_for_writing(&log, 1);
    for cut in (0..LENGTH).rev() {
        tail[cut] ^= random.garbage();
        file.write_all_at(&tail, offset(START)).expect("garbage");
        check_cut(&mut log, &tail);
    }
}

#[test]
fn a_last_block_that_never_arrived_from_any_byte_on_is_a_torn_tail() {
    let (mut log, mut tail) = torn_log();
    let file = open_for_writing(&log, 1);
    let written = tail.iter().rposition(|&byte| byte != 0).expect("a block is not blank");
    for cut in (0..=written).rev() {
        let was_zero = std::mem::take(&mut tail[cut]) == 0;
        file.write_all_at(&tail, offset(START)).expect("zeros");
        if !(was_zero && cut == written) {
            check_cut(&mut log, &tail);
        }
    }
}

#[test]
fn a_cut_tail_is_gone_and_the_log_goes_on_with_its_number() {
    for cut in [1, 71, 72, 73, PAGE, PAGE + 1, LENGTH - 1] {
        let (mut log, last) = torn_log();
        let file = open_for_writing(&log, 1);
        let mut tail = last.clone();
        tail[cut..].fill(0xEE);
        file.write_all_at(&tail, offset(START)).expect("garbage");
        log.blocks.pop();
        let mut recovery = log.open();
        assert_eq!(log.read(&mut recovery).expect("no damage"), 3);
        let mut writer = recovery.into_writer().expect("a writer");
        assert_eq!(log.segment_bytes(1).len(), START, "the tail is cut");
        log.append(&mut writer, &[77]);
        drop(writer);
        drop(log.reopen());
    }
}

#[test]
fn a_torn_first_block_of_a_segment_is_cut_and_the_segment_stays() {
    let (mut log, writer) =
        Log::written(Durability::Fsync, 16 << 10, &[&[10], &[20], &[30], &[40]]);
    drop(writer);
    open_for_writing(&log, 2).write_all_at(&[1], offset(PAGE + 100)).expect("garbage");
    log.blocks.pop();
    let mut recovery = log.open();
    assert_eq!(log.read(&mut recovery).expect("no damage"), 3);
    let torn = recovery.torn_tail().expect("a torn tail").clone();
    let Flaw::Checksum { .. } = torn.flaw else { panic!("{torn:?}") };
    assert_eq!((torn.file.as_str(), torn.block, torn.offset), ("000002.seg", 4, offset(PAGE)));
    assert_eq!(verify(&log.options.dir).expect("a report").torn_tail, Some(torn));
    let mut writer = recovery.into_writer().expect("a writer");
    log.append(&mut writer, &[50]);
    drop(writer);
    assert_eq!(log.segment_bytes(2).len(), PAGE);
    drop(log.reopen());
}

#[test]
fn a_log_whose_only_block_is_torn_starts_over_with_it() {
    let (mut log, writer) = Log::written(Durability::Fsync, 16 << 10, &[&[10]]);
    drop(writer);
    open_for_writing(&log, 1).set_len(offset(PAGE + 80)).expect("cut");
    log.blocks.clear();
    let mut recovery = log.open();
    assert_eq!(log.read(&mut recovery).expect("no damage"), 0);
    let flaw = Flaw::CutShort { missing: offset(PAGE - 80) };
    let file = "000001.seg".to_owned();
    assert_eq!(
        recovery.torn_tail(),
        Some(&TornTail { file, block: 1, offset: offset(PAGE), bytes: 80, flaw })
    );
    let mut writer = recovery.into_writer().expect("a writer");
    log.append(&mut writer, &[10]);
    drop(writer);
    drop(log.reopen());
}
