//! What is appended comes back, over any number of segments and starts.

use std::fs;
use std::path::Path;

use super::super::{
    Durability, JournalError, JournalOptions, MAX_PAYLOAD, RECORD_PREFIX, archive, create, exists,
    open, verify,
};
use super::{LOG_ID, Log, PAGE};

#[test]
fn blocks_come_back_as_written_over_many_segments() {
    for durability in [Durability::Fsync, Durability::Os] {
        let mut log = Log::new(durability, 16 << 10);
        let mut writer = log.create();
        for n in 0..40 {
            log.append(&mut writer, &[n, 3 * n, 100 * n]);
        }
        drop(writer);
        assert!(5 < log.names().len(), "{:?}", log.names());
        assert_eq!(log.reopen().log_id(), LOG_ID);
    }
}

#[test]
fn a_block_may_be_longer_than_a_segment_and_as_full_as_can_be() {
    let mut full = vec![65_535; 15];
    full.push(MAX_PAYLOAD - 15 * (65_535 + RECORD_PREFIX) - RECORD_PREFIX);
    let (mut log, writer) =
        Log::written(Durability::Fsync, 8 << 10, &[&[1], &full, &full, &[0], &[5]]);
    drop(writer);
    let mut writer = log.reopen();
    log.append(&mut writer, &full);
    writer.close().expect("a clean stop");
    drop(log.reopen());
}

#[test]
fn a_block_fills_whole_pages_and_the_smallest_is_one() {
    let (log, writer) =
        Log::written(Durability::Fsync, 64 << 10, &[&[PAGE - 72 - 2], &[PAGE - 72 - 1], &[0]]);
    drop(writer);
    let bytes = log.segment_bytes(1);
    assert_eq!(bytes.len(), 64 << 10);
    let starts: Vec<_> =
        (0..16).filter(|page| bytes[page * PAGE..].starts_with(b"OBELLBLK")).collect();
    assert_eq!(starts, [1, 2, 4]);
}

#[test]
fn a_log_is_continued_any_number_of_times() {
    let mut log = Log::new(Durability::Fsync, 32 << 10);
    drop(log.create());
    for run in 0..30 {
        let mut writer = log.reopen();
        for n in 0..run % 4 {
            log.append(&mut writer, &[run, n, 2000]);
        }
        if run % 3 == 0 {
            writer.close().expect("a clean stop");
        }
    }
    let report = verify(&log.options.dir).expect("a report");
    assert_eq!((report.blocks, report.records), (43, 129));
    assert_eq!((report.first_sequence, report.last_sequence), (1, 129));
    assert_eq!((report.damage, report.torn_tail, report.log_id), (None, None, Some(LOG_ID)));
}

#[test]
fn starting_again_and_again_does_not_fill_the_disk() {
    let (mut log, writer) = Log::written(Durability::Fsync, 1 << 20, &[&[10]]);
    drop(writer);
    for _ in 0..5 {
        drop(log.reopen());
    }
    let lengths: Vec<_> = (1..=6).map(|number| log.segment_bytes(number).len()).collect();
    assert_eq!(lengths, [8192, 8192, 8192, 8192, 8192, 1 << 20]);
}

#[test]
fn at_most_one_segment_is_made_ahead() {
    let mut log = Log::new(Durability::Fsync, 16 << 10);
    let mut writer = log.create();
    for _ in 0..12 {
        log.append(&mut writer, &[100]);
        let in_use = log.blocks.len().div_ceil(3);
        let segments = log.names().iter().filter(|name| name.ends_with(".seg")).count();
        assert!(in_use <= segments && segments <= in_use + 1, "{:?}", log.names());
    }
}

#[test]
fn a_new_log_needs_a_folder_of_its_own() {
    let log = Log::new(Durability::Fsync, 16 << 10);
    assert!(!exists(&log.options.dir));
    let Err(JournalError::NoLog { .. }) = open(&log.options) else { panic!("there is no log") };
    drop(log.create());
    assert!(exists(&log.options.dir));
    let Err(JournalError::NotEmpty { entry, .. }) = create(&log.options, LOG_ID) else {
        panic!("there is a log")
    };
    assert_eq!(entry, "000001.seg");

    let other = Log::new(Durability::Fsync, 16 << 10);
    fs::create_dir(&other.options.dir).expect("a folder");
    fs::write(other.path("orders.csv"), "").expect("a file");
    assert!(!exists(&other.options.dir));
    let Err(JournalError::NotEmpty { entry, .. }) = create(&other.options, LOG_ID) else {
        panic!("not empty")
    };
    assert_eq!(entry, "orders.csv");
}

#[test]
fn an_archived_log_is_moved_and_stays_whole() {
    let (mut log, writer) = Log::written(Durability::Fsync, 16 << 10, &[&[10], &[20]]);
    drop(writer);
    let folder = log.options.dir.clone();
    assert_eq!(
        archive(&folder).expect("moved"),
        Path::new(&format!("{}.archived-1", folder.display()))
    );
    assert!(!exists(&folder));
    let Err(JournalError::NoLog { .. }) = archive(&folder) else { panic!("nothing left to move") };
    drop(log.create());
    let second = archive(&folder).expect("moved");
    assert_eq!(second, Path::new(&format!("{}.archived-2", folder.display())));
    log.options.dir = format!("{}.archived-1", folder.display()).into();
    drop(log.reopen());
}

#[test]
fn defaults_are_on_disk_and_64_mib() {
    let options = JournalOptions::new("journal");
    assert_eq!((options.durability, options.segment_bytes), (Durability::Fsync, 64 << 20));
}

#[test]
#[should_panic(expected = "sequence numbers have no gaps")]
fn a_gap_in_the_sequence_is_never_written() {
    let (mut log, mut writer) = Log::written(Durability::Os, 16 << 10, &[&[10]]);
    log.blocks.push(vec![vec![0]]);
    log.append(&mut writer, &[10]);
}

#[test]
fn a_writer_that_failed_takes_nothing_more() {
    let mut log = Log::new(Durability::Os, 8 << 10);
    let mut writer = log.create();
    // One block a segment. The third segment cannot be made: a folder has its name.
    fs::create_dir(log.path("000003.new")).expect("a folder");
    log.append(&mut writer, &[10]);
    log.append(&mut writer, &[10]);
    log.block.open(3, 0);
    log.block.push(b"record");
    let error = writer.append(&log.block).expect_err("no third segment");
    assert!(error.to_string().contains("000003.new"), "{error}");
    fs::remove_dir(log.path("000003.new")).expect("the folder");
    let error = writer.append(&log.block).expect_err("nothing after a failure");
    assert!(error.to_string().contains("failed before"), "{error}");
    writer.close().expect_err("no clean stop after a failure");
    assert!(!log.path("clean-stop").exists());
}

#[test]
fn a_long_log_goes_on_in_a_segment_that_was_made_while_it_was_read() {
    for durability in [Durability::Fsync, Durability::Os] {
        let blocks = [&[100_usize][..]; 200];
        let (mut log, writer) = Log::written(durability, 4 << 20, &blocks);
        drop(writer);
        let before = log.names();
        let mut recovery = log.open();
        assert_eq!(log.read(&mut recovery).expect("a sound log"), blocks.len());
        drop(recovery);
        assert_eq!(log.names(), before, "a recovery that is given up leaves nothing");

        let mut writer = log.reopen();
        log.append(&mut writer, &[1, 2]);
        drop(writer);
        assert_eq!(log.names().last().map(String::as_str), Some("000002.seg"));
        drop(log.reopen());
    }
}
