//! What each kind of crash may take under each durability, and that switching between them is safe.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;

use zerocopy::IntoBytes;

use super::super::{Durability, Flaw, JournalError, verify};
use super::{BOOT, BootId, Log, NEXT_BOOT, PAGE};

/// Opens the log after another boot, which is refused; returns the last block and sequence that the
/// error names.
fn refusal(log: &Log, boot: BootId) -> (u64, u64) {
    match log.open_under(boot) {
        Err(JournalError::MachineRestarted { block, sequence, .. }) => (block, sequence),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

/// Spoils the first block of a segment, as if only a part of it had reached the disk.
fn lose_first_block(log: &Log, segment: u64) {
    let file = OpenOptions::new().write(true).open(log.segment(segment)).expect("a segment");
    file.write_all_at(&[0xEE; PAGE], PAGE as u64).expect("garbage");
}

#[test]
fn without_syncing_the_death_of_the_process_loses_nothing() {
    let (mut log, writer) =
        Log::written(Durability::Os, 16 << 10, &[&[10], &[20, 30], &[40], &[50]]);
    drop(writer);
    let mut writer = log.reopen();
    log.append(&mut writer, &[60]);
    drop(writer);
    drop(log.reopen());
}

#[test]
fn without_syncing_another_boot_is_refused_and_what_is_left_is_named() {
    let (mut log, writer) =
        Log::written(Durability::Os, 16 << 10, &[&[10], &[20, 30], &[40], &[50], &[60]]);
    drop(writer);
    assert_eq!(refusal(&log, NEXT_BOOT), (5, 6));
    let error = log.open_under(NEXT_BOOT).expect_err("refused").to_string();
    assert!(error.contains("block 5, sequence 6") && error.contains("--accept-loss"), "{error}");
    // Asking to sync from now on does not bring anything back.
    log.options.durability = Durability::Fsync;
    assert_eq!(refusal(&log, NEXT_BOOT), (5, 6));
    // Pages reach the disk in any order: block 4 did not, block 5 did.
    lose_first_block(&log, 2);
    assert_eq!(refusal(&log, NEXT_BOOT), (3, 4));
}

#[test]
fn a_clean_stop_survives_another_boot_under_either_durability() {
    for durability in [Durability::Os, Durability::Fsync] {
        let (mut log, writer) = Log::written(durability, 16 << 10, &[&[10], &[20], &[30], &[40]]);
        writer.close().expect("a clean stop");
        assert!(verify(&log.options.dir).expect("a report").stopped_cleanly);
        let mut writer = log.reopen_under(NEXT_BOOT);
        assert!(!log.path("clean-stop").exists(), "the mark is gone before the log goes on");
        log.append(&mut writer, &[50]);
        drop(writer);
        drop(log.reopen_under(NEXT_BOOT));
        if durability == Durability::Os {
            assert_eq!(refusal(&log, BOOT), (5, 5));
        } else {
            drop(log.reopen_under(BOOT));
        }
    }
}

#[test]
fn with_syncing_another_boot_is_nothing_special() {
    let (mut log, writer) =
        Log::written(Durability::Fsync, 16 << 10, &[&[10], &[20], &[30], &[40]]);
    drop(writer);
    drop(log.reopen_under(NEXT_BOOT));
}

#[test]
fn syncing_from_now_on_settles_what_was_not_synced() {
    let (mut log, writer) = Log::written(Durability::Os, 16 << 10, &[&[10], &[20], &[30], &[40]]);
    drop(writer);
    log.options.durability = Durability::Fsync;
    let mut writer = log.reopen();
    log.append(&mut writer, &[50]);
    drop(writer);
    drop(log.reopen_under(NEXT_BOOT));
}

#[test]
fn no_syncing_from_now_on_puts_the_log_at_risk() {
    let (mut log, writer) = Log::written(Durability::Fsync, 16 << 10, &[&[10], &[20]]);
    drop(writer);
    log.options.durability = Durability::Os;
    drop(log.reopen_under(NEXT_BOOT));
    assert_eq!(refusal(&log, BOOT), (2, 2));
    drop(log.reopen_under(NEXT_BOOT));
}

#[test]
fn a_clean_stop_covers_what_earlier_runs_did_not_sync() {
    let (mut log, writer) = Log::written(Durability::Os, 16 << 10, &[&[10], &[20], &[30], &[40]]);
    drop(writer);
    let writer = log.reopen();
    writer.close().expect("a clean stop");
    drop(log.reopen_under(NEXT_BOOT));
}

#[test]
fn the_last_block_does_not_depend_on_the_page_cache_of_the_segment_it_was_written_to() {
    let (mut log, writer) =
        Log::written(Durability::Fsync, 16 << 10, &[&[10], &[20], &[30], &[40]]);
    drop(writer);
    drop(log.reopen());
    // A power failure now may take the fourth block where it was first written, but not its copy.
    lose_first_block(&log, 2);
    let mut writer = log.reopen();
    log.append(&mut writer, &[50]);
    drop(writer);
    drop(log.reopen());
}

#[test]
fn a_copy_that_differs_from_its_block_is_damage() {
    let (mut log, writer) = Log::written(Durability::Fsync, 16 << 10, &[&[10], &[20]]);
    drop(writer);
    drop(log.reopen());
    let mut block = super::Block::new();
    block.open(2, 0);
    block.push(b"another");
    let mut page =
        super::super::layout::BlockHeader::new(super::LOG_ID, 2, 2, &block).as_bytes().to_vec();
    page.extend_from_slice(block.payload());
    page.resize(PAGE, 0);
    let file = OpenOptions::new().write(true).open(log.segment(2)).expect("a segment");
    file.write_all_at(&page, PAGE as u64).expect("a write");
    let damage = log.damage();
    assert_eq!(
        (damage.file.as_str(), damage.block, damage.flaw),
        ("000002.seg", Some(2), Flaw::Copy)
    );
}

#[test]
fn a_damaged_copy_is_named_when_the_log_went_on_behind_it() {
    let (mut log, writer) = Log::written(Durability::Fsync, 64 << 10, &[&[10], &[20]]);
    drop(writer);
    let mut writer = log.reopen();
    log.append(&mut writer, &[30]);
    drop(writer);
    lose_first_block(&log, 2);
    let damage = log.damage();
    assert_eq!((damage.file.as_str(), damage.block, damage.offset), ("000002.seg", Some(2), 4096));
}

#[test]
fn a_crash_at_any_step_of_making_a_segment_leaves_a_log_that_goes_on() {
    let (mut log, writer) = Log::written(Durability::Fsync, 64 << 10, &[&[10], &[20]]);
    drop(writer);
    let whole = log.segment_bytes(1);
    // The name that the next segment has while it is being made, with more and more in it.
    for length in [0, 100, PAGE, PAGE + 1, 3 * PAGE] {
        fs::write(log.path("000002.new"), &whole[..length]).expect("an unfinished segment");
        drop(log.open());
    }
    // Named and not used, or used and the copy torn.
    drop(log.reopen());
    let segment = log.segment_bytes(2);
    for length in [PAGE, PAGE + 1, PAGE + 72, 2 * PAGE - 1] {
        fs::write(log.segment(2), &segment[..length]).expect("an unused segment");
        let mut recovery = log.open();
        assert_eq!(log.read(&mut recovery).expect("no damage"), 2);
        assert_eq!(recovery.torn_tail().is_some(), PAGE < length);
    }
    let mut recovery = log.open();
    assert_eq!(log.read(&mut recovery).expect("no damage"), 2);
    let mut writer = recovery.into_writer().expect("a writer");
    log.append(&mut writer, &[30]);
    drop(writer);
    drop(log.reopen());
}

#[test]
fn a_crash_while_a_log_is_created_leaves_a_folder_for_a_new_one() {
    let mut log = Log::new(Durability::Fsync, 32 << 10);
    fs::create_dir(&log.options.dir).expect("a folder");
    fs::write(log.path("000001.new"), "unfinished").expect("an unfinished segment");
    assert!(!super::super::exists(&log.options.dir));
    let mut writer = log.create();
    log.append(&mut writer, &[10]);
    drop(writer);
    drop(log.reopen());
}

#[test]
fn a_crash_before_the_mark_is_gone_keeps_a_clean_stop_clean() {
    let (mut log, writer) = Log::written(Durability::Os, 32 << 10, &[&[10], &[20]]);
    writer.close().expect("a clean stop");
    let mark = fs::read(log.path("clean-stop")).expect("the mark");
    drop(log.reopen_under(NEXT_BOOT));
    fs::write(log.path("clean-stop"), &mark).expect("the mark");
    drop(log.reopen_under(BOOT));
    // Half a mark has another name.
    fs::write(log.path("clean-stop.new"), &mark[..20]).expect("half a mark");
    drop(log.reopen());
}

#[test]
fn a_mark_that_is_not_of_this_end_of_this_log_is_damage() {
    let (mut log, mut writer) = Log::written(Durability::Fsync, 32 << 10, &[&[10], &[20]]);
    writer.close().expect("a clean stop");
    let mark = fs::read(log.path("clean-stop")).expect("the mark");
    let whole = log.segment_bytes(1);
    fs::write(log.segment(1), &whole[..2 * PAGE]).expect("the last block is lost");
    assert_eq!(log.damage().flaw, Flaw::StopMark { stopped: 2, last: 1 });
    fs::write(log.segment(1), &whole).expect("as it was");

    writer = log.reopen();
    log.append(&mut writer, &[30]);
    drop(writer);
    fs::write(log.path("clean-stop"), &mark).expect("an old mark");
    assert_eq!(log.damage().flaw, Flaw::StopMark { stopped: 2, last: 3 });
    for at in 0..mark.len() {
        let mut bad = mark.clone();
        bad[at] ^= 0x10;
        fs::write(log.path("clean-stop"), &bad).expect("a bad mark");
        assert_eq!(log.damage().file, "clean-stop", "byte {at}");
    }
    fs::write(log.path("clean-stop"), &mark[..47]).expect("a short mark");
    assert_eq!(log.damage().flaw, Flaw::Magic);
}

#[test]
#[should_panic(expected = "a log is continued behind its last block")]
fn a_log_is_not_continued_before_it_is_read_to_its_end() {
    let (mut log, writer) = Log::written(Durability::Os, 32 << 10, &[&[10]]);
    drop(writer);
    let mut recovery = log.open();
    assert!(recovery.next_block(&mut log.block).expect("a block"));
    drop(recovery.into_writer());
}
