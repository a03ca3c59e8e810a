//! Replays: the same blocks give the same file, and whatever else is there is cut and written again.

use std::fs;

use engine::command::PortId;
use engine::outbox::Target;

use super::{ALL, Day, Folder, LOG_ID, OPTIONS, Random, read};
use crate::store::layout::{ChunkHeader, MAX_RUN, Run};
use crate::store::reader::ChunkReader;
use crate::store::{Store, StoreError, open};

/// A small day, a few hundred bytes on disk.
fn small() -> Day {
    let (port, feed) = (Target::Port(PortId(2)), Target::Feed);
    let message = |target: Target, text: &str| (target, text.as_bytes().to_vec());
    Day {
        blocks: vec![
            vec![message(port, "accepted"), message(feed, "added"), message(port, "executed")],
            vec![],
            vec![message(Target::Trade, "trade"), message(feed, "")],
            vec![message(Target::Port(PortId(0)), "canceled"), message(port, "late")],
        ],
    }
}

/// The offset, the header and the runs of every chunk, and where the last one ends.
fn chunks(store: &Store) -> (Vec<(u64, ChunkHeader, Vec<Run>)>, u64) {
    let file = &store.shared.file;
    let mut reader = ChunkReader::new(file, 32, file.length().expect("an open file"));
    let mut found = Vec::new();
    while let Some(header) = reader.header().expect("nothing is damaged") {
        found.push((reader.offset(), header, reader.runs(&header).to_vec()));
        reader.go_to(reader.offset() + header.chunk_length());
    }
    (found, reader.offset())
}

#[test]
fn a_replay_finds_its_own_file_and_changes_nothing() {
    let day = Day::random(&mut Random::new(1), 200, 5);
    let (folder, _, _) = day.written();
    let bytes = folder.bytes();
    for _ in 0..2 {
        let (writer, store) = day.replayed(&folder);
        assert_eq!(writer.log.rewritten_from(), None);
        assert!(folder.bytes() == bytes);
        day.check(&store);
    }
    let (elsewhere, _, _) = day.written();
    assert!(elsewhere.bytes() == bytes);
}

#[test]
fn a_day_goes_on_after_any_number_of_starts() {
    let day = Day::random(&mut Random::new(2), 60, 3);
    let (whole, _, _) = day.written();
    let folder = Folder::new();
    for start in (0..60).step_by(7) {
        let (mut writer, _) = folder.open();
        day.play(0..start, &mut writer);
        writer.log.replayed().expect("the disk works");
        assert_eq!(writer.log.rewritten_from(), None);
        day.play(start..60.min(start + 7), &mut writer);
    }
    assert!(folder.bytes() == whole.bytes());
    // Without a word about the end of the replay it ends where the file does.
    fs::remove_file(folder.file()).expect("the file is there");
    let (mut writer, _) = folder.open();
    day.play(0..30, &mut writer);
    let (mut writer, store) = folder.open();
    day.play_all(&mut writer);
    assert!(folder.bytes() == whole.bytes());
    day.check(&store);
}

#[test]
fn any_changed_byte_is_noticed_and_written_anew() {
    let day = small();
    let (folder, _, store) = day.written();
    let bytes = folder.bytes();
    let (chunks, _) = chunks(&store);
    for at in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xFF] {
            let mut changed = bytes.clone();
            changed[at] ^= mask;
            folder.overwrite(&changed);
            let (writer, store) = day.replayed(&folder);
            let chunk = chunks.iter().rfind(|(offset, ..)| *offset <= super::number(at));
            let begin = chunk.map_or(0, |(offset, ..)| *offset);
            assert_eq!(writer.log.rewritten_from(), Some(begin), "byte {at}");
            assert!(folder.bytes() == bytes, "byte {at}");
            day.check(&store);
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_continued() {
    let day = small();
    let (folder, _, store) = day.written();
    let bytes = folder.bytes();
    let (chunks, _) = chunks(&store);
    for length in 0..bytes.len() {
        folder.overwrite(&bytes[..length]);
        let (writer, store) = day.replayed(&folder);
        let clean =
            length == 0 || chunks.iter().any(|(offset, ..)| *offset == super::number(length));
        assert_eq!(writer.log.rewritten_from().is_none(), clean, "{length} bytes");
        assert!(folder.bytes() == bytes, "{length} bytes");
        day.check(&store);
    }
}

#[test]
fn what_stands_behind_the_replay_is_cut() {
    let day = small();
    let (folder, _, _) = day.written();
    let bytes = folder.bytes();
    folder.overwrite(&[&bytes[..], b"more"].concat());
    let (writer, _) = day.replayed(&folder);
    assert_eq!(writer.log.rewritten_from(), Some(super::number(bytes.len())));
    assert!(folder.bytes() == bytes);

    let shorter = Day { blocks: day.blocks[..3].to_vec() };
    let (_, store) = shorter.replayed(&folder);
    let (expected, _, _) = shorter.written();
    assert!(folder.bytes() == expected.bytes());
    assert_eq!(store.count(Target::Port(PortId(0))), 0);
    shorter.check(&store);
}

#[test]
fn another_history_is_written_from_the_first_difference_on() {
    let mut random = Random::new(3);
    for _ in 0..20 {
        let day = Day::random(&mut random, 20, 3);
        let (folder, _, _) = day.written();
        let mut other = Day::random(&mut random, 20, 3);
        let same = random.length_below(20);
        other.blocks[..same].clone_from_slice(&day.blocks[..same]);
        let (_, store) = other.replayed(&folder);
        other.check(&store);
        let (expected, _, _) = other.written();
        assert!(folder.bytes() == expected.bytes());
    }
}

#[test]
fn the_log_of_another_day_is_left_alone() {
    let (folder, _, _) = small().written();
    let bytes = folder.bytes();
    let error = open(folder.path(), [9; 16], &OPTIONS).expect_err("another log id");
    assert!(matches!(error, StoreError::ForeignLog { expected, found, .. }
        if expected.0 == [9; 16] && found.0 == LOG_ID));
    assert!(folder.bytes() == bytes);
}

#[test]
fn a_long_block_is_one_chunk_of_runs_that_a_reader_can_hold() {
    let message = |n: u32| {
        let target = if n.is_multiple_of(3) { Target::Feed } else { Target::Port(PortId(1)) };
        (target, n.to_le_bytes().repeat(16))
    };
    let long: Vec<_> = (0..80_000).map(message).collect();
    let day = Day { blocks: vec![long[..5].to_vec(), long, vec![message(1)]] };
    let (folder, _, store) = day.written();
    day.check(&store);

    let (found, end) = chunks(&store);
    let bytes = folder.bytes();
    assert_eq!(end, super::number(bytes.len()));
    let sequences: Vec<_> = found.iter().map(|(_, header, _)| header.last_sequence.get()).collect();
    assert_eq!(sequences, [1, 2, 3]);
    let lengths: Vec<_> = found[1].2.iter().map(Run::length).collect();
    assert!(lengths.iter().all(|length| *length <= MAX_RUN));
    assert_eq!(lengths.iter().filter(|length| MAX_RUN < **length + 70).count(), 4);
    assert_eq!(lengths.len(), 6, "four full runs of the port, one of the feed, and the two rests");

    let (writer, _) = day.replayed(&folder);
    assert_eq!(writer.log.rewritten_from(), None);
    // A crash in the middle of the block.
    folder.overwrite(&bytes[..3_000_000]);
    let (writer, store) = day.replayed(&folder);
    assert_eq!(writer.log.rewritten_from(), Some(found[1].0));
    assert!(folder.bytes() == bytes);
    day.check(&store);
}

#[test]
fn the_longest_message_goes_through() {
    let long = vec![b'x'; 65_534];
    let day = Day { blocks: vec![vec![(Target::Feed, long.clone()); 40]] };
    let (_folder, _, store) = day.written();
    day.check(&store);
    assert_eq!(read(&store, Target::Feed, 40, ALL), [long]);
}

#[test]
fn streams_are_numbered_from_one_each() {
    let folder = Folder::new();
    let (mut writer, store) = folder.open();
    let (a, b) = (Target::Port(PortId(0)), Target::Port(PortId(65_535)));
    let said = [a, b, a, Target::Feed, Target::Trade, a];
    writer.commit_messages(10, said.map(|target| (target, &b"m"[..])));
    assert_eq!(
        [a, b, Target::Feed, Target::Trade].map(|target| writer.streams.count(target)),
        [3, 1, 1, 1]
    );
    assert_eq!([a, b, Target::Feed, Target::Trade].map(|target| store.count(target)), [3, 1, 1, 1]);
    assert_eq!(store.port(PortId(0)).next_number(), 4);
    writer.commit_messages(11, [(b, &b"m"[..])]);
    assert_eq!(writer.streams.count(b), 2);
    writer.log.sync().expect("the disk works");
    assert_eq!(store.log_id(), LOG_ID);
}
