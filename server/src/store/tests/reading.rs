//! Reading: every message of every stream is found from any number on, however much was written around it.

use engine::command::PortId;
use engine::outbox::Target;

use super::{ALL, Day, Folder, LOG_ID, Random, number, read, taken};
use crate::store::{Messages, ReadLimits, open_read_only};

#[test]
fn any_stream_reads_from_any_number_on() {
    let mut random = Random::new(11);
    let day = Day::random(&mut random, 40, 4);
    let (folder, _, store) = day.written();
    let offline = open_read_only(folder.path()).expect("a log");
    assert_eq!(offline.log_id(), LOG_ID);
    let mut out = Messages::new();
    for target in day.targets() {
        let stream = day.stream(target);
        assert_eq!(offline.count(target), number(stream.len()));
        for from in 0..stream.len() {
            let first = number(from) + 1;
            let limits = ReadLimits {
                messages: 1 + random.length_below(20),
                bytes: random.length_below(800),
            };
            for store in [&store, &offline] {
                let count = store.read(target, first, limits, &mut out).expect("it is whole");
                let found = taken(first, &out);
                assert_eq!(found, stream[from..from + count]);
                let held =
                    |count: usize| stream[from..from + count].iter().map(|m| m.len() + 2).sum();
                let bytes: usize = held(count);
                assert!(1 <= count && count <= limits.messages);
                assert!(bytes <= limits.bytes || count == 1);
                let full = from + count == stream.len() || count == limits.messages;
                assert!(full || limits.bytes < held(count + 1), "it stops at a limit only");
            }
        }
    }
}

#[test]
fn what_does_not_exist_is_not_read() {
    let day = Day { blocks: vec![vec![(Target::Feed, b"only".to_vec())]] };
    let (_folder, mut writer, store) = day.written();
    let unused = Target::Port(PortId(3));
    for (target, first) in [
        (Target::Feed, 0),
        (Target::Feed, 2),
        (Target::Feed, u64::MAX),
        (Target::Trade, 1),
        (unused, 1),
    ] {
        assert!(read(&store, target, first, ALL).is_empty());
    }
    assert!(read(&store, Target::Feed, 1, ReadLimits { messages: 0, bytes: 100 }).is_empty());
    writer.commit_messages(2, [(Target::Feed, &b"there now"[..])]);
    assert_eq!(read(&store, Target::Feed, 2, ALL), [b"there now"]);
}

/// A busy port, and others that speak now and then.
fn busy() -> Day {
    let mut random = Random::new(12);
    let mut blocks = Vec::new();
    let mut spoken = 0;
    while spoken < 100_000 {
        let count = 1 + random.below(300);
        let mut block: Vec<_> = (0..count)
            .map(|n| (Target::Port(PortId(0)), (spoken + n).to_le_bytes().to_vec()))
            .collect();
        spoken += count;
        for port in 1..4_u16 {
            if random.below(30 * u64::from(port)) == 0 {
                let at = random.length_below(block.len());
                block.insert(at, (Target::Port(PortId(port)), random.bytes(60)));
            }
        }
        blocks.push(block);
    }
    Day { blocks }
}

#[test]
fn a_hundred_thousand_messages_on_one_port_hide_none_on_the_others() {
    let day = busy();
    let (folder, _, store) = day.written();
    let offline = open_read_only(folder.path()).expect("a log");
    day.check(&store);
    day.check(&offline);
    let mut random = Random::new(13);
    let mut out = Messages::new();
    for target in day.targets() {
        let stream = day.stream(target);
        // Jumping about.
        for _ in 0..300 {
            let from = random.length_below(stream.len());
            let limits = ReadLimits { messages: 3, bytes: usize::MAX };
            store.read(target, number(from) + 1, limits, &mut out).expect("it is whole");
            let end = stream.len().min(from + 3);
            assert_eq!(taken(number(from) + 1, &out), stream[from..end]);
        }
        // Going on from where the last read ended.
        let mut from = 0;
        while from < stream.len() {
            let limits = ReadLimits { messages: 1000, bytes: 5000 };
            let count =
                offline.read(target, number(from) + 1, limits, &mut out).expect("it is whole");
            assert_eq!(taken(number(from) + 1, &out), stream[from..from + count]);
            from += count;
        }
    }
}

#[test]
fn a_port_of_a_million_messages_stays_within_its_budget() {
    const WINDOW: usize = 1 << 20;
    let folder = Folder::new();
    let options = crate::store::StoreOptions { window_bytes: WINDOW, feed_window_bytes: WINDOW };
    let (mut writer, store) =
        crate::store::open(folder.path(), LOG_ID, &options).expect("a new log");
    let (busy, idle) = (Target::Port(PortId(0)), Target::Port(PortId(1)));
    for block in 0..2000_u64 {
        let messages: Vec<_> =
            (0..500).map(|n| (block * 500 + n).to_le_bytes().repeat(8)).collect();
        writer.commit_messages(block + 1, messages.iter().map(|message| (busy, &message[..])));
    }
    store.port(PortId(1));
    assert_eq!(store.count(busy), 1_000_000);
    let held = store.memory_bytes(busy);
    assert!((WINDOW..=WINDOW + 16 * 1024).contains(&held), "{held} bytes");
    assert_eq!(store.memory_bytes(idle), 0);
    let limits = ReadLimits { messages: 1, bytes: 0 };
    for first in (1..=1_000_000).step_by(9_973) {
        assert_eq!(read(&store, busy, first, limits), [(first - 1).to_le_bytes().repeat(8)]);
    }
}

#[test]
fn the_newest_of_the_feed_comes_from_memory() {
    let day = Day::random(&mut Random::new(14), 300, 2);
    let (_folder, _, store) = day.written();
    let stream = day.stream(Target::Feed);
    let mut out = Messages::new();
    let mut recent = 0;
    for first in 1..=store.count(Target::Feed) {
        let limits = ReadLimits { messages: 10, bytes: 500 };
        if !store.recent_feed(first, limits, &mut out) {
            assert_eq!(recent, 0, "what is behind a recent message is recent");
            assert!(out.is_empty());
            continue;
        }
        recent += 1;
        let from =
            stream.len() - usize::try_from(store.count(Target::Feed) + 1 - first).expect("few");
        assert_eq!(taken(first, &out), stream[from..from + out.len()]);
        assert_eq!(taken(first, &out), read(&store, Target::Feed, first, limits));
    }
    assert!(100 < recent);
    let next = store.count(Target::Feed) + 1;
    assert!(store.recent_feed(next, ALL, &mut out) && out.is_empty());
    assert!(!store.recent_feed(next + 1, ALL, &mut out));
    assert!(!store.recent_feed(0, ALL, &mut out));
}
