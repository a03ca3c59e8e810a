//! `openbell fuzz`: finds each of five planted bugs, and nothing in the venue as it is.
//!
//! The venue with the bugs is built here, by Cargo: its feature must never be on where other tests are built.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use openbell_tests::evidence;
use openbell_tests::harness::{PASSWORD, Setup, Venue};
use openbell_tests::order::{cancel, enter_with, query};
use protocol::soupbintcp::ClientPacket;
use serde_json::Value;
use tempfile::TempDir;

use crate::VENUE;

const SYMBOLS: [&str; 2] = ["AAPL", "MSFT"];
/// Two that misbehave, and the bystander.
const ACCOUNTS: [&str; 3] = ["FIRST", "SECOND", "THIRD"];
const BUGS: u8 = 5;
const SEED: &str = "7";

#[test]
fn every_planted_bug_is_found_and_nothing_in_the_venue_as_it_is() {
    let planted = build_planted();
    let findings: Vec<f64> = (1..=BUGS).map(|bug| find(&planted, bug)).collect();
    let slowest = findings.iter().copied().fold(0.0, f64::max);

    let venue = Venue::start(VENUE, setup());
    let run = fuzz(&venue, &["--for", "20s", "--alone"]);
    assert_eq!((run.code, &run.result["found"]), (Some(0), &0.into()), "{}", run.result);
    let count = |name: &str| run.result[name].as_u64().expect("the result has its counts");
    let messages = count("asked") + count("heard");
    assert!(1_000 < messages && 0 < count("trades") && 0 < count("feed_messages"));
    let line = format!(
        "{BUGS} of {BUGS} planted bugs found, each within {slowest:.1} s; true server: {messages} messages \
         and {} of the feed in {} s, nothing found, seed={SEED}",
        count("feed_messages"),
        count("elapsed_ms") / 1_000,
    );
    evidence::write("FUZZ", &line);
}

/// Has a bug found, and its script find it again; gives the seconds that the first took.
fn find(planted: &Path, bug: u8) -> f64 {
    let start = || {
        let mut setup = setup();
        setup.environment = vec![("OPENBELL_PLANTED_BUG", bug.to_string())];
        Venue::start(planted.to_str().expect("a path of this project"), setup)
    };
    let folder = TempDir::new().expect("a temporary folder can be made");
    let findings = folder.path().to_str().expect("temporary paths are text");
    let started = Instant::now();
    let run = fuzz(&start(), &["--for", "60s", "--alone", "--findings", findings]);
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!((run.code, &run.result["found"]), (Some(1), &1.into()), "bug {bug}: {}", run.result);
    assert!(run.result["expected"].is_string() && run.result["source"].is_string());
    println!("bug {bug} in {seconds:.1} s: {} {}", run.result["rule"], run.result["what"]);

    let script = run.result["script"].as_str().expect("a finding has a script");
    let replay = fuzz(&start(), &["--script", script, "--alone"]);
    assert_eq!(replay.code, Some(1), "bug {bug}, replayed: {}", replay.result);
    let venue = Venue::start(VENUE, setup());
    let innocent = fuzz(&venue, &["--script", script, "--alone"]);
    assert_eq!(innocent.code, Some(0), "the script of bug {bug}: {}", innocent.result);
    seconds
}

#[test]
fn what_an_account_did_before_a_run_is_not_judged() {
    let venue = Venue::start(VENUE, setup());
    let mut other = venue.login("OTHER", 1);
    // More than all runs can buy.
    for number in 1..=20 {
        other.send(&enter_with(number, b'S', 999_999, "AAPL", 100_300, b'0', &[]));
    }
    assert!(other.wait_for(21));
    for (first, seed) in [(1, "1"), (3, "2")] {
        // In a channel that no run uses: an execution, and an order that rests.
        let mut account = venue.login("FIRST", 0);
        for (number, price) in [(first, 100_300), (first + 1, 90_000)] {
            account.send(&enter_with(number, b'B', 100, "AAPL", price, b'0', &[2, 28, 7]));
        }
        // After the last message of the day so far.
        assert!(account.wait_for(4));
        let kinds: Vec<u8> = account.messages[1..].iter().map(|message| message[0]).collect();
        assert_eq!(kinds, b"AEA");
        account.logout();
        let run = fuzz(&venue, &["--for", "2s", "--seed", seed]);
        assert_eq!(run.code, Some(0), "{}", run.result);
    }
}

#[test]
fn what_happened_behind_a_closed_connection_is_heard_before_it_is_judged() {
    let venue = Venue::start(VENUE, setup());
    let send = |messages: &[Vec<u8>]| {
        let mut bytes = Vec::new();
        messages.iter().for_each(|m| ClientPacket::Unsequenced(m).encode(&mut bytes));
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("0 send {digits}\n")
    };
    let order = enter_with(1, b'S', 900, "MSFT", 100_000, b'0', &[]);
    // The last message is too short: the venue closes with most of the answers unsent.
    let end = [vec![query(); 40], vec![cancel(1, 0), b"X1".to_vec()]].concat();
    let script = format!("base 1\nbase 1\nbase 1\n{}- settle\n{}", send(&[order]), send(&end));
    let folder = TempDir::new().expect("a temporary folder can be made");
    let path = folder.path().join("closed.fuzz");
    std::fs::write(&path, script).expect("the folder can be written");
    let path = path.to_str().expect("temporary paths are text");
    let run = fuzz(&venue, &["--alone", "--script", path]);
    assert_eq!(run.code, Some(0), "{}", run.result);
}

#[test]
fn the_same_seed_begins_with_the_same_bytes() {
    // The login, the queries, the clean books, and what follows up to the first packet that is none.
    const PACKETS: usize = 16;
    let begin = |seed: &str| {
        let venue = Venue::start(VENUE, setup());
        let tap = Tap::before(venue.address("order_entry"));
        let run = fuzz_at(tap.address, &["--for", "1s", "--seed", seed]);
        assert_eq!(run.code, Some(0), "{}", run.result);
        tap.first_packets(PACKETS)
    };
    let first = begin("3");
    assert_eq!(begin("3"), first);
    assert_ne!(begin("4"), first);
}

#[test]
fn only_this_machine_is_fuzzed_unless_told_otherwise() {
    // An address that documentation may use and nobody has.
    let remote = "192.0.2.1:26400";
    let refused = openbell(&["fuzz", remote, "--account", "FIRST:secret", "--symbol", "AAPL"]);
    assert_eq!(refused.status.code(), Some(2));
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(text.contains(remote) && text.contains("--allow-remote"), "{text}");
}

#[test]
fn what_cannot_be_used_is_usage_and_who_does_not_answer_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = listener.local_addr().expect("it is bound").to_string();
    drop(listener);
    let folder = TempDir::new().expect("a temporary folder can be made");
    let broken = folder.path().join("broken.fuzz");
    std::fs::write(&broken, "0 jump\n").expect("the folder can be written");
    let broken = broken.to_str().expect("temporary paths are text");
    let cases: [(&[&str], i32); 8] = [
        (&["--account", "FIRST:secret", "--symbol", "AAPL"], 4),
        (&["--symbol", "AAPL"], 2),
        (&["--account", "FIRST:secret"], 2),
        (&["--account", "FIRST", "--symbol", "AAPL"], 2),
        (&["--account", "TOOLONGNAME:secret", "--symbol", "AAPL"], 2),
        (&["--account", "FIRST:secret", "--symbol", "aapl lower"], 2),
        (&["--account", "FIRST:secret", "--symbol", "AAPL", "--for", "30"], 2),
        (&["--account", "FIRST:secret", "--symbol", "AAPL", "--script", broken], 2),
    ];
    for (arguments, expected) in cases {
        let output = openbell(&[&["fuzz", &nobody], arguments].concat());
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {text}");
    }
    let output = openbell(&["fuzz", "127.0.0.1", "--account", "FIRST:secret", "--symbol", "AAPL"]);
    assert_eq!(output.status.code(), Some(2), "an address has a port");
}

#[test]
fn an_account_that_is_not_let_in_cannot_be_used() {
    let venue = Venue::start(VENUE, setup());
    let address = venue.address("order_entry").to_string();
    let account = ["--account", "FIRST:mistaken", "--answer-limit", "500ms"];
    let output = openbell(&[&["fuzz", &address, "--symbol", "AAPL"], &account[..]].concat());
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("FIRST"), "{text}");
}

fn setup() -> Setup {
    Setup::new(&SYMBOLS, &["FIRST", "SECOND", "THIRD", "OTHER"])
}

/// Builds the venue with the planted bugs beside the one without; what both have in common is built already.
fn build_planted() -> PathBuf {
    let folder = Path::new(VENUE).parent().expect("a program is in a folder");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
    let name = "openbell-server-with-planted-bugs";
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["build", "--workspace", "--offline", "--profile", profile, "--bin", name])
        .args(["--features", "openbell-server/planted-bugs", "--target-dir"])
        .arg(target)
        .output()
        .expect("Cargo runs the tests, so it is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join(folder.file_name().expect("the profile's folder")).join(name)
}

/// What a run of the fuzzer brought.
struct Run {
    code: Option<i32>,
    result: Value,
}

/// Fuzzes a venue and its feed.
fn fuzz(venue: &Venue, more: &[&str]) -> Run {
    let line_a = venue.group().to_string();
    let retransmit = venue.address("retransmit").to_string();
    let feed = ["--line-a", &line_a, "--retransmit", &retransmit];
    fuzz_at(venue.address("order_entry"), &[&feed, more].concat())
}

fn fuzz_at(address: SocketAddr, more: &[&str]) -> Run {
    let address = address.to_string();
    // Many tests run at once, and a disk may be slow.
    let mut arguments = vec!["fuzz", &address, "--json", "--answer-limit", "30s"];
    if !more.contains(&"--seed") {
        arguments.extend(["--seed", SEED]);
    }
    if !more.contains(&"--findings") {
        arguments.extend(["--findings", concat!(env!("CARGO_TARGET_TMPDIR"), "/findings")]);
    }
    let accounts = ACCOUNTS.map(|account| format!("{account}:{PASSWORD}"));
    arguments.extend(accounts.iter().flat_map(|account| ["--account", account]));
    arguments.extend(SYMBOLS.iter().flat_map(|symbol| ["--symbol", symbol]));
    arguments.extend(more);
    let output = openbell(&arguments);
    let result = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {output:?}");
    });
    Run { code: output.status.code(), result }
}

fn openbell(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_openbell-under-test"))
        .args(arguments)
        .output()
        .expect("the tool was built with the tests")
}

/// Passes connections on, and keeps what the client of the first one says.
struct Tap {
    address: SocketAddr,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Listens before a venue; its threads end with the process.
    fn before(venue: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let said = Arc::new(Mutex::new(Vec::new()));
        let mut first = Some(Arc::clone(&said));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(venue) else { return };
                let (to_client, from_server) = (clone(&client), clone(&server));
                let said = first.take();
                thread::spawn(move || pass_on(client, server, said.as_deref()));
                thread::spawn(move || pass_on(from_server, to_client, None));
            }
        });
        Self { address, said }
    }

    /// The first packets that were said; heartbeats do not count, they come with time.
    fn first_packets(&self, count: usize) -> Vec<Vec<u8>> {
        let said = self.said.lock().expect("nobody panics with it");
        let mut rest = &said[..];
        let mut packets = Vec::new();
        while packets.len() < count {
            let decoded = ClientPacket::decode(rest).expect("the first packets are sound");
            let (packet, length) = decoded.expect("so many were said");
            if packet != ClientPacket::Heartbeat {
                packets.push(rest[..length].to_vec());
            }
            rest = &rest[length..];
        }
        packets
    }
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a socket can have two owners")
}

/// Copies bytes until either side ends, and ends the other.
fn pass_on(mut from: TcpStream, mut to: TcpStream, said: Option<&Mutex<Vec<u8>>>) {
    let mut bytes = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if let Some(said) = said {
            said.lock().expect("nobody panics with it").extend_from_slice(&bytes[..length]);
        }
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    // Either may be closed already.
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
