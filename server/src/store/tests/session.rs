//! Sessions: a port's reader gets every message once and in order, whether it keeps up or falls behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use engine::command::PortId;
use engine::outbox::Target;
use protocol::soupbintcp::packet::ServerPacket;

use super::{ALL, Day, Folder, Random, number};
use crate::store::{CopyResult, Cursor, Messages, PortStream, ReadLimits, Store};

const PORT: PortId = PortId(0);

/// A session: it copies from the window, and reads from the file what it came too late for.
struct Session {
    cursor: Option<Cursor>,
    received: Vec<Vec<u8>>,
    packets: Vec<u8>,
    messages: Messages,
    fell_behind: usize,
}

impl Session {
    fn new() -> Self {
        let (packets, messages) = (Vec::new(), Messages::new());
        Self { cursor: None, received: Vec::new(), packets, messages, fell_behind: 0 }
    }

    fn next(&self) -> u64 {
        number(self.received.len()) + 1
    }

    /// Takes one step; returns false if there is nothing.
    fn step(&mut self, store: &Store, port: &PortStream, max_bytes: usize) -> bool {
        self.cursor = self.cursor.or_else(|| port.cursor_at(self.next()));
        let Some(cursor) = &mut self.cursor else {
            let limits = ReadLimits { messages: 70, bytes: max_bytes };
            let count = store.read(Target::Port(PORT), self.next(), limits, &mut self.messages);
            assert!(
                0 < count.expect("the log is whole"),
                "what is not in the window is in the file"
            );
            self.received.extend(self.messages.iter().map(|(_, message)| message.to_vec()));
            return true;
        };
        self.packets.clear();
        match port.copy(cursor, max_bytes, &mut self.packets) {
            CopyResult::Copied(count) => {
                let before = self.received.len();
                let cursor = cursor.number();
                self.unpack(max_bytes);
                assert_eq!(number(self.received.len()), number(before) + count);
                assert_eq!(cursor, self.next());
                true
            }
            CopyResult::Nothing => false,
            CopyResult::FellBehind => {
                assert_eq!(cursor.number(), number(self.received.len()) + 1);
                self.fell_behind += 1;
                self.cursor = None;
                true
            }
        }
    }

    fn unpack(&mut self, max_bytes: usize) {
        let mut rest = &self.packets[..];
        while let Some((packet, length)) = ServerPacket::decode(rest).expect("packets of a server")
        {
            let ServerPacket::Sequenced(message) = packet else { panic!("{packet:?}") };
            self.received.push(message.to_vec());
            rest = &rest[length..];
            assert!(self.packets.len() <= max_bytes || rest.is_empty(), "one packet may be longer");
        }
        assert!(rest.is_empty(), "only whole packets");
    }
}

#[test]
fn sessions_of_any_speed_get_every_message_once() {
    for seed in 31..37 {
        let mut random = Random::new(seed);
        let day = Day::random(&mut random, 400, 2);
        let folder = Folder::new();
        let (mut writer, store) = folder.open();
        let port = store.port(PORT);
        let mut sessions: Vec<_> = (0..5).map(|_| Session::new()).collect();
        sessions.iter_mut().for_each(|session| session.cursor = port.cursor_at(1));
        for block in 0..400 {
            day.play(block..block + 1, &mut writer);
            for (session, pause) in sessions.iter_mut().zip([1, 2, 10, 40, 150]) {
                for _ in 0..if random.below(pause) == 0 { random.below(6) } else { 0 } {
                    let max_bytes = random.length_below(600);
                    session.step(&store, &port, max_bytes);
                }
            }
        }
        for session in &mut sessions {
            while session.step(&store, &port, 1000) {}
            assert!(session.received == day.stream(Target::Port(PORT)));
        }
        assert_eq!(sessions[0].fell_behind, 0);
        assert!(0 < sessions[4].fell_behind);
    }
}

#[test]
fn a_session_on_another_thread_gets_every_message_while_they_are_written() {
    const BLOCKS: u64 = 1000;
    let message = |number: u64| {
        let length = usize::try_from(number % 50).expect("below 50");
        number.to_le_bytes().repeat(1 + length / 8)
    };
    let folder = Folder::new();
    let (mut writer, store) = folder.open();
    let written = AtomicBool::new(false);
    let read = |pauses: bool| {
        let port = store.port(PORT);
        let mut session = Session::new();
        loop {
            let last = written.load(Ordering::Acquire);
            let more = session.step(&store, &port, 500);
            if !more && last {
                return session.received;
            }
            if pauses || !more {
                thread::yield_now();
            }
        }
    };
    thread::scope(|scope| {
        let readers = [false, true].map(|pauses| scope.spawn(move || read(pauses)));
        for block in 0..BLOCKS {
            let messages: Vec<_> = (1..=10).map(|n| message(block * 10 + n)).collect();
            let said = messages.iter().flat_map(|message| {
                [(Target::Port(PORT), &message[..]), (Target::Feed, &b"feed"[..])]
            });
            writer.commit_messages(block + 1, said);
        }
        written.store(true, Ordering::Release);
        for reader in readers {
            let received = reader.join().expect("the reader ends");
            assert_eq!(number(received.len()), BLOCKS * 10);
            assert!((1..).zip(&received).all(|(number, found)| *found == message(number)));
        }
    });
}

#[test]
fn a_cursor_is_given_where_the_window_reaches() {
    let folder = Folder::new();
    let (mut writer, store) = folder.open();
    let port = store.port(PORT);
    assert!(port.cursor_at(0).is_none());
    assert!(port.cursor_at(2).is_none());
    let mut cursor = port.cursor_at(1).expect("before the first message");
    let mut out = b"before".to_vec();
    assert_eq!(port.copy(&mut cursor, 100, &mut out), CopyResult::Nothing);
    writer.commit_messages(1, [(Target::Port(PORT), &b"one"[..]), (Target::Port(PORT), b"")]);
    assert_eq!(port.copy(&mut cursor, 8, &mut out), CopyResult::Copied(1));
    assert_eq!(out, b"before\x00\x04Sone");
    assert_eq!(port.copy(&mut cursor, 0, &mut out), CopyResult::Copied(1));
    assert_eq!(out, b"before\x00\x04Sone\x00\x01S");
    assert_eq!((cursor.number(), port.next_number()), (3, 3));
    assert!(port.cursor_at(2).is_some_and(|cursor| cursor.number() == 2));
}

#[test]
fn the_windows_are_full_again_after_a_replay() {
    let day = Day::random(&mut Random::new(61), 300, 2);
    let (folder, _, before) = day.written();
    let (_, after) = day.replayed(&folder);
    let held = |store: &Store| {
        let port = store.port(PORT);
        let first = (1..).find(|&number| port.cursor_at(number).is_some()).expect("the newest one");
        let mut cursor = port.cursor_at(first).expect("just found");
        let mut out = Vec::new();
        port.copy(&mut cursor, usize::MAX, &mut out);
        (first, out)
    };
    assert_eq!(held(&before), held(&after));
    assert_eq!(after.count(Target::Port(PORT)), number(day.stream(Target::Port(PORT)).len()));
}

#[test]
fn a_message_longer_than_the_window_is_read_from_the_file() {
    let long = vec![b'l'; 5000];
    let messages = [b"short".to_vec(), long, b"next".to_vec()];
    let day =
        Day { blocks: messages.iter().map(|m| vec![(Target::Port(PORT), m.clone())]).collect() };
    let (_folder, _, store) = day.written();
    let mut session = Session::new();
    while session.step(&store, &store.port(PORT), 100) {}
    assert_eq!(session.received, messages);
}

#[tokio::test]
async fn a_commit_wakes_the_session_that_waits_and_no_other() {
    let folder = Folder::new();
    let (mut writer, store) = folder.open();
    let (woken, other) = (store.port(PORT), store.port(PortId(1)));
    let mut commit = |sequence| {
        writer.commit_messages(sequence, [(Target::Port(PORT), &b"wake up"[..])]);
    };
    // Before it waits, and while it waits.
    commit(1);
    woken.notified().await;
    tokio::join!(woken.notified(), async { commit(2) });
    assert_eq!(woken.next_number(), 3);
    let silent = tokio::select! {
        biased;
        () = other.notified() => false,
        () = async {} => true,
    };
    assert!(silent);
}

#[test]
fn a_store_opened_for_reading_only_has_no_windows() {
    let day = Day { blocks: vec![vec![(Target::Port(PORT), b"m".to_vec())]] };
    let (folder, _, _) = day.written();
    let offline = crate::store::open_read_only(folder.path()).expect("a log");
    let port = offline.port(PORT);
    assert_eq!(port.next_number(), 2);
    assert!(port.cursor_at(1).is_none());
    assert_eq!(super::read(&offline, Target::Port(PORT), 1, ALL), [b"m"]);
}
