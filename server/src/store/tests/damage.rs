//! Damage under readers: a message is given as it was written or not at all.

use engine::command::PortId;
use engine::outbox::Target;

use super::{ALL, Day, Folder, Random, number};
use crate::store::{Flaw, Messages, Store, StoreError, open_read_only};

/// Reads every stream; each gives its first messages, and an error unless that is all of them.
fn check_prefixes(day: &Day, store: &Store, at: usize) {
    let mut out = Messages::new();
    for target in day.targets() {
        let result = store.read(target, 1, ALL, &mut out);
        let found: Vec<_> = out.iter().map(|(_, message)| message).collect();
        assert!(day.stream(target).starts_with(&found), "byte {at}");
        let complete = number(found.len()) == store.count(target);
        assert!(matches!(result, Err(StoreError::Damaged { .. })) || complete, "byte {at}");
    }
}

#[test]
fn a_changed_byte_is_damage_to_whoever_reads_it() {
    let day = Day::random(&mut Random::new(21), 3, 2);
    let (folder, _, store) = day.written();
    let bytes = folder.bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        folder.overwrite(&changed);
        check_prefixes(&day, &store, at);
        match open_read_only(folder.path()) {
            Ok(offline) => check_prefixes(&day, &offline, at),
            Err(error) => {
                assert!(matches!(error, StoreError::Damaged { .. }), "byte {at}: {error}")
            }
        }
    }
    folder.overwrite(&bytes);
    day.check(&store);
}

#[test]
fn a_chunk_that_is_not_whole_yet_is_left_out() {
    let day = Day::random(&mut Random::new(22), 6, 2);
    let (folder, _, _) = day.written();
    let bytes = folder.bytes();
    let mut counted = number(day.stream(Target::Feed).len());
    for length in (32..=bytes.len()).rev() {
        folder.overwrite(&bytes[..length]);
        let offline = open_read_only(folder.path()).expect("what there is, is whole");
        check_prefixes(&day, &offline, length);
        let count = offline.count(Target::Feed);
        assert!(count <= counted);
        counted = count;
    }
    assert_eq!(counted, 0);
    folder.overwrite(&bytes[..31]);
    let error = open_read_only(folder.path()).expect_err("no whole header");
    assert!(matches!(error, StoreError::Damaged { offset: 0, flaw: Flaw::HeadChecksum, .. }));
}

#[test]
fn a_file_that_became_shorter_is_damage() {
    let day = Day { blocks: vec![vec![(Target::Port(PortId(1)), b"gone".to_vec())]] };
    let (folder, _, store) = day.written();
    folder.overwrite(&folder.bytes()[..60]);
    let error = store.read(Target::Port(PortId(1)), 1, ALL, &mut Messages::new());
    assert!(matches!(error, Err(StoreError::Damaged { offset: 32, flaw: Flaw::CutShort, .. })));
}

#[test]
fn a_chunk_of_another_log_or_place_is_damage() {
    let chunk = |log_id: [u8; 16], text: &[u8]| {
        let folder = Folder::new();
        let (mut writer, _) =
            crate::store::open(folder.path(), log_id, &super::OPTIONS).expect("a new log");
        writer.commit_messages(1, [(Target::Feed, text)]);
        (folder.bytes()[..32].to_vec(), folder.bytes()[32..].to_vec())
    };
    let (header, first) = chunk([1; 16], b"first");
    let (_, foreign) = chunk([2; 16], b"second");
    let offset = number(header.len() + first.len());
    let folder = Folder::new();
    for (second, expected) in [
        (&foreign, Flaw::HeadChecksum),
        (&first, Flaw::Numbers { expected: 2, found: 1 }),
        (&vec![0; 100], Flaw::Magic),
    ] {
        folder.overwrite(&[&header[..], &first, second].concat());
        let error =
            open_read_only(folder.path()).expect_err("the second chunk does not belong here");
        assert!(matches!(error, StoreError::Damaged { offset: at, flaw, .. }
            if at == offset && flaw == expected));
    }
}

#[test]
fn a_folder_without_a_log_is_an_error() {
    let folder = Folder::new();
    let error = open_read_only(folder.path()).expect_err("an empty folder");
    assert!(matches!(error, StoreError::NoLog { .. }));
    assert!(!folder.file().exists());
}
