//! The feed as files: what is recorded is what the venue sent, and what is decoded is what was recorded.

use std::fs;
use std::io::{Read, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use engine::outbox::Target;
use openbell_tests::harness::{Setup, Venue, random_group};
use openbell_tests::order::{cancel, enter, replace, take};
use openbell_tests::samples::real_day;
use protocol::itch::{BinaryFile, Message, write_framed};
use protocol::moldudp64::{Packer, heartbeat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use server::store::{self, Messages, ReadLimits};
use tempfile::TempDir;

use crate::VENUE;

/// More than any day of these tests has.
const ALL: ReadLimits = ReadLimits { messages: 1 << 20, bytes: 1 << 26 };

#[test]
fn what_is_recorded_while_orders_trade_is_what_the_venue_holds() {
    let line_b = random_group();
    let mut setup = Setup::new(&["AAPL", "MSFT"], &["MAKER", "TAKER"]);
    setup.tables = format!("b = \"{line_b}\"\n");
    setup.end_of_session_s = 30;
    let mut venue = Venue::start(VENUE, setup);
    let both = ["--line-b", &line_b.to_string()];
    let mut binary = Recorder::start(&venue, "-", &both);
    let mut pcap = Recorder::start(&venue, "-", &[["--format", "pcap"], both].concat());
    // The header of the file, and that of the first message or packet: both listen by now.
    binary.read(3);
    pcap.read(24 + 16);
    trade(&venue);
    end_day(&venue);
    let (binary, pcap) = (binary.finish(), pcap.finish());
    venue.kill();

    let sent = sent(&venue);
    assert_eq!(binary.bytes, [file_of(&sent).as_slice(), b"\0\0"].concat());
    let count = sent.len();
    for recording in [&binary, &pcap] {
        let Recording { code, summary, .. } = recording;
        assert_eq!((*code, &summary["session_ended"]), (0, &Value::Bool(true)), "{summary:#}");
        assert_eq!(summary["messages"], count);
        assert_eq!(summary["session"], venue.session());
        assert_eq!(summary["bytes"], recording.bytes.len());
        assert!(summary["duplicates"].as_u64() > Some(0), "line B carries the same: {summary:#}");
    }
    let kinds: String = sent.iter().map(|message| char::from(message[0])).collect();
    for kind in "SRHAEUXD".chars() {
        assert!(kinds.contains(kind), "{kinds}");
    }
    let decoded = decode(&binary.bytes, &[]).expect_whole();
    assert_eq!(decoded.len(), count);
    for (number, (message, object)) in (1_u64..).zip(sent.iter().zip(&decoded)) {
        assert_eq!(object["number"], number);
        expect_same(message, object);
    }
    assert_eq!(decode(&pcap.bytes, &[]).expect_whole(), decoded);
}

#[test]
fn a_recorder_that_joins_late_has_everything_from_the_first_message_on() {
    let mut setup = Setup::new(&["AAPL", "MSFT"], &["MAKER", "TAKER"]);
    setup.end_of_session_s = 60;
    let mut venue = Venue::start(VENUE, setup);
    trade(&venue);
    let folder = TempDir::new().expect("a temporary folder can be made");
    let names = ["day.itch", "day.PCAP"].map(|name| folder.path().join(name));
    let recorders =
        names.each_ref().map(|path| Recorder::start(&venue, path.to_str().expect("text"), &[]));
    end_day(&venue);
    for recorder in recorders {
        let recording = recorder.finish();
        assert_eq!(recording.code, 0, "{}", recording.errors);
        assert_eq!(recording.summary["session_ended"], true);
        assert!(recording.summary["requests"].as_u64() > Some(0), "{:#}", recording.summary);
    }
    venue.kill();

    let [binary, pcap] = names.each_ref().map(|path| fs::read(path).expect("it was recorded"));
    let sent = sent(&venue);
    assert_eq!(binary, [file_of(&sent).as_slice(), b"\0\0"].concat());
    let decoded = decode(&binary, &[]).expect_whole();
    assert_eq!(decoded.len(), sent.len());
    assert_eq!(decode(&pcap, &[]).expect_whole(), decoded);
}

#[test]
fn a_signal_ends_a_recording_in_good_order() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER"]));
    let mut maker = venue.login("MAKER", 1);
    maker.send(&enter(1, b'S', 100, "AAPL", 1_000_000));
    assert!(maker.wait_for(2));
    for signal in [Signal::INT, Signal::TERM] {
        let mut recorder = Recorder::start(&venue, "-", &[]);
        recorder.read_until_add();
        recorder.signal(signal);
        let recording = recorder.finish();
        assert_eq!(recording.code, 0, "{}", recording.errors);
        assert_eq!(recording.summary["session_ended"], false);
        assert_eq!(recording.bytes, file_of(&sent(&venue)), "without an end of the session");
    }
}

#[test]
fn a_recording_ends_with_its_time_and_is_never_overwritten_by_mistake() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER"]));
    let folder = TempDir::new().expect("a temporary folder can be made");
    let path = folder.path().join("day.itch");
    let name = path.to_str().expect("text");
    let first = Recorder::start(&venue, name, &["--for", "500ms", "--wait", "60s"]).finish();
    assert_eq!(first.code, 0, "{}", first.errors);
    assert_eq!(first.summary["session_ended"], false);
    let recorded = fs::read(&path).expect("it was recorded");
    assert_eq!(first.summary["messages"], decode(&recorded, &[]).expect_whole().len());

    fs::write(&path, b"precious").expect("the folder can be written");
    let second = Recorder::start(&venue, name, &[]).finish();
    assert_eq!(second.code, 2);
    assert!(second.errors.contains("day.itch exists; --force overwrites it"), "{}", second.errors);
    assert_eq!(fs::read(&path).expect("it is still there"), b"precious");

    let options = ["--for", "500ms", "--wait", "60s", "--force"];
    let third = Recorder::start(&venue, name, &options).finish();
    assert_eq!(third.code, 0, "{}", third.errors);
    let recorded = fs::read(&path).expect("it was recorded again");
    assert_eq!(third.summary["messages"], decode(&recorded, &[]).expect_whole().len());
}

#[test]
fn silence_and_messages_that_nobody_has_cannot_be_reached() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let path = folder.path().join("day.itch");
    let nowhere = random_group().to_string();
    let output = openbell(&["feed", "record", "--wait", "300ms", "--line-a", &nowhere], &path);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{errors}");
    assert!(errors.contains(&format!("nothing is heard at {nowhere}")), "{errors}");
    assert!(!path.exists(), "nothing stays of a recording of nothing");

    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER"]));
    let line_a = venue.group().to_string();
    let options = ["feed", "record", "--wait", "60s", "--patience", "300ms", "--line-a", &line_a];
    let output = openbell(&[options.as_slice(), &["--retransmit", "127.0.0.1:1"]].concat(), &path);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{errors}");
    let text = "message 1 is missing: it came by no line, \
        and not from the retransmission server at 127.0.0.1:1";
    assert!(errors.contains(text), "{errors}");
    assert!(!path.exists());
}

#[test]
fn every_message_of_a_real_day_is_an_object() {
    let path = match real_day() {
        Ok(path) => path,
        Err(skipped) => return eprintln!("{skipped}"),
    };
    let file = fs::read(path).expect("it was found");
    let decoded = decode(&file, &[]).expect_whole();
    assert_eq!(decoded.len(), 10_000);
    for (message, object) in BinaryFile::new(&file).zip(&decoded) {
        expect_same(message.expect("the day is whole"), object);
    }
    let trades = decode(&file, &["--type", "P", "--symbol", "AAPL"]).expect_whole();
    let expected: Vec<_> = decoded.iter().filter(|object| object["type"] == "P").collect();
    assert!(trades.iter().eq(expected));
    let some = decode(&file, &["--from", "9000", "--limit", "3"]).expect_whole();
    assert_eq!(some, decoded[8_999..9_002]);
}

#[test]
fn damage_is_told_with_its_offset_behind_what_is_whole() {
    let good = file_of(&[b"S\0\0\0\0\0\0\0\0\0\x01O".to_vec(), vec![b'z'; 5]]);
    assert_eq!(good.len(), 14 + 7);
    let whole = decode(&good, &[]).expect_whole();
    assert_eq!((&whole[0]["event_code"], &whole[1]["type"]), (&"O".into(), &"unknown".into()));
    assert_eq!(whole[1]["hex"], "7a7a7a7a7a");

    let short = file_of(&[vec![b'S'; 11]]);
    let cases: [(&[u8], &str); 4] = [
        (b"\0", "message at offset 21 is cut: 1 bytes of 2"),
        (b"\0\x0CS\0", "message at offset 21 is cut: 4 bytes of 14"),
        (b"\0\0\0", "bytes at offset 23, after the end of the session"),
        (&short, "message 3 at offset 21: message of type 0x53 is 11 bytes, expected 12"),
    ];
    for (tail, text) in cases {
        let decoded = decode(&[good.as_slice(), tail].concat(), &[]);
        assert_eq!(decoded.code, 5, "{}", decoded.errors);
        assert!(decoded.errors.contains(text), "{}", decoded.errors);
        assert_eq!(decoded.objects, whole, "what comes before is printed");
    }
    let text = decode(&good, &["--text"]);
    assert_eq!(text.objects, [] as [Value; 0]);
    let expected = "1 type=S name=SystemEvent stock_locate=0 tracking_number=0 timestamp=1 \
        time=00:00:00.000000001 event_code=O\n2 type=unknown code=z length=5 hex=7a7a7a7a7a\n";
    assert_eq!((text.code, text.output.as_str()), (0, expected));
}

#[test]
fn a_capture_gives_each_message_once_and_tells_what_is_missing() {
    let day = *b"2026112201";
    let packet = |first: u64, letters: &[u8]| {
        let mut packer = Packer::new(day, 1_472);
        packer.start(first);
        assert!(letters.iter().all(|letter| packer.push(&[*letter])));
        packer.finish().to_vec()
    };
    // A line, what the other line doubles, a loss, a request, its answer, another session, other traffic.
    let request = [day.as_slice(), b"\0\0\0\0\0\0\0\x03\0\x02"].concat();
    let mut other = packet(1, b"z");
    other[9] = b'2';
    let packets = [
        b"GET / HTTP/1.1".to_vec(),
        packet(1, b"ab"),
        packet(2, b"b"),
        packet(5, b"ef"),
        request,
        packet(3, b"cde"),
        other,
        packet(9, b"i"),
        heartbeat(day, 12).to_vec(),
    ];
    let decoded = decode(&captured(&packets), &[]);
    let found = |decoded: &Decoded| -> Vec<(u64, String)> {
        let objects = decoded.objects.iter();
        let found = objects.map(|object| {
            let code = object["code"].as_str().expect("a letter").to_owned();
            (object["number"].as_u64().expect("a number"), code)
        });
        found.collect()
    };
    let expected = [(1, "a"), (2, "b"), (5, "e"), (6, "f"), (3, "c"), (4, "d"), (9, "i")];
    assert!(found(&decoded).iter().map(|(n, c)| (*n, c.as_str())).eq(expected));
    assert_eq!(decoded.code, 0);
    let text = "not in this capture: 4 messages in 2 gaps, the first from 7 to 8";
    assert!(decoded.errors.contains(text), "{}", decoded.errors);
    let text = "left out: 1 packets of session 2026112202";
    assert!(decoded.errors.contains(text), "{}", decoded.errors);
    let other = decode(&captured(&packets), &["--session", "2026112202"]);
    assert_eq!(found(&other), [(1, "z".to_owned())]);

    // Record 2 begins behind the header and one record of 16, 28 and 23 bytes.
    let whole = captured(&[packet(1, b"a"), packet(2, b"bc")]);
    let cut = decode(&whole[..whole.len() - 1], &[]);
    assert_eq!((cut.code, cut.objects.len()), (5, 1));
    assert!(cut.errors.contains("packet at offset 91 is cut: 69 bytes of 70"), "{}", cut.errors);
    let mut short = packet(2, b"bc");
    short.pop();
    let broken = decode(&captured(&[packet(1, b"a"), short]), &[]);
    assert_eq!((broken.code, broken.objects.len()), (5, 1));
    assert!(broken.errors.contains("packet at offset 135: "), "{}", broken.errors);
}

/// Makes every change of a book: orders rest, trade in part, are replaced, reduced and canceled.
fn trade(venue: &Venue) {
    let (mut maker, mut taker) = (venue.login("MAKER", 1), venue.login("TAKER", 1));
    for number in 1..=50 {
        maker.send(&enter(number, b'S', 100, "AAPL", 1_000_000 + u64::from(number) * 100));
    }
    assert!(maker.wait_for(1 + 50));
    taker.send(&take(1, b'B', 250, "AAPL", 1_010_000));
    taker.send(&enter(2, b'B', 10, "MSFT", 500_000));
    // Accepted and executed three times; the other is accepted.
    assert!(taker.wait_for(1 + 4 + 1));
    maker.send(&replace(10, 51, 100, 1_020_000));
    maker.send(&cancel(11, 40));
    maker.send(&cancel(12, 0));
    assert!(maker.wait_for(1 + 50 + 3 + 3));
}

fn end_day(venue: &Venue) {
    venue.act(r#"{"act":"end-of-day","who":"ada","why":"enough"}"#);
}

/// Reads all messages of the feed from the venue's own records.
pub(crate) fn sent(venue: &Venue) -> Vec<Vec<u8>> {
    let folder = venue.data_dir().join("days").join(venue.session());
    let store = store::open_read_only(&folder).expect("the venue keeps what it sends");
    let mut messages = Messages::new();
    store.read(Target::Feed, 1, ALL, &mut messages).expect("its records are whole");
    messages.iter().map(|(_, message)| message.to_vec()).collect()
}

/// Writes messages as a BinaryFILE without its end.
fn file_of(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for message in messages {
        write_framed(message, &mut file).expect("every message has a length");
    }
    file
}

/// Writes payloads as a capture of IPv4 packets in microseconds, big-endian, as tcpdump would on an old Sun.
fn captured(payloads: &[Vec<u8>]) -> Vec<u8> {
    let short = |length: usize| u16::try_from(length).expect("a short packet").to_be_bytes();
    let mut file = b"\xA1\xB2\xC3\xD4\0\x02\0\x04\0\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\x65".to_vec();
    for payload in payloads {
        let length = short(28 + payload.len());
        for part in [
            b"\0\0\0\0\0\0\0\0\0\0".as_slice(),
            &length,
            b"\0\0",
            &length,
            b"\x45\0",
            &length,
            b"\0\0\0\0\x01\x11\0\0\x0A\0\0\x01\xEF\x01\x02\x03\x10\0\x10\0",
            &short(8 + payload.len()),
            b"\0\0",
            payload,
        ] {
            file.extend_from_slice(part);
        }
    }
    file
}

/// Checks what every object has against the bytes of its message.
fn expect_same(message: &[u8], object: &Value) {
    let decoded = Message::decode(message).expect("a message of ITCH 5.0");
    assert_eq!(object["type"], char::from(message[0]).to_string());
    assert_eq!(object["stock_locate"], decoded.stock_locate());
    assert_eq!(object["timestamp"], decoded.timestamp());
}

fn openbell(arguments: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_openbell-under-test"))
        .args(arguments)
        .arg(file)
        .output()
        .expect("the tool was built with the tests")
}

/// What `feed decode` made of some bytes on its standard input.
struct Decoded {
    code: i32,
    output: String,
    /// Empty when the output is no JSON.
    objects: Vec<Value>,
    errors: String,
}

impl Decoded {
    fn expect_whole(self) -> Vec<Value> {
        assert_eq!((self.code, self.errors.as_str()), (0, ""));
        self.objects
    }
}

fn decode(bytes: &[u8], options: &[&str]) -> Decoded {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let path: PathBuf = folder.path().join("recorded");
    fs::File::create(&path).and_then(|mut file| file.write_all(bytes)).expect("there is room");
    let output = openbell(&[&["feed", "decode"], options].concat(), &path);
    let text = String::from_utf8(output.stdout).expect("the output is text");
    let objects = text.lines().map(serde_json::from_str).collect::<Result<_, _>>();
    Decoded {
        code: output.status.code().expect("the tool was not killed"),
        objects: objects.unwrap_or_default(),
        output: text,
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A `feed record` under way.
struct Recorder {
    process: Child,
    output: ChildStdout,
    read: Vec<u8>,
    to_output: bool,
}

/// What is left of it.
struct Recording {
    code: i32,
    /// What it wrote to standard output, if that was its file.
    bytes: Vec<u8>,
    summary: Value,
    errors: String,
}

impl Recorder {
    fn start(venue: &Venue, file: &str, options: &[&str]) -> Self {
        let (line, server) = (venue.group().to_string(), venue.address("retransmit").to_string());
        let mut process = Command::new(env!("CARGO_BIN_EXE_openbell-under-test"))
            .args(["feed", "record", file, "--json", "--line-a", &line, "--retransmit", &server])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool was built with the tests");
        let output = process.stdout.take().expect("it was piped");
        Self { process, output, read: Vec::new(), to_output: file == "-" }
    }

    /// Waits until so many more bytes of the recording have come.
    fn read(&mut self, length: usize) {
        let start = self.read.len();
        self.read.resize(start + length, 0);
        self.output.read_exact(&mut self.read[start..]).expect("the recorder writes on");
    }

    /// Reads a BinaryFILE message by message until an order has joined the book.
    fn read_until_add(&mut self) {
        loop {
            let start = self.read.len();
            self.read(2);
            let length = [self.read[start], self.read[start + 1]];
            self.read(usize::from(u16::from_be_bytes(length)));
            if self.read[start + 2] == b'A' {
                return;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("the recorder runs");
    }

    /// Waits until it has ended by itself.
    fn finish(mut self) -> Recording {
        let mut output = Vec::new();
        self.output.read_to_end(&mut output).expect("a pipe can be read");
        let mut errors = String::new();
        let mut stderr = self.process.stderr.take().expect("it was piped");
        stderr.read_to_string(&mut errors).expect("messages are text");
        let code = self.process.wait().expect("it was started here").code();
        let summary = if self.to_output { errors.as_bytes() } else { &output };
        let summary = serde_json::from_slice(summary).unwrap_or_default();
        let mut bytes = mem::take(&mut self.read);
        if self.to_output {
            bytes.extend_from_slice(&output);
        }
        Recording { code: code.expect("it was not killed"), bytes, summary, errors }
    }
}

/// A test that fails leaves none behind.
impl Drop for Recorder {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
