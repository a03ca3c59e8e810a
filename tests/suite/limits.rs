//! Limits while the venue runs: the operator's, and those of a configuration that is read again.

use std::time::{Duration, Instant};

use openbell_tests::harness::{Client, PATIENCE, Setup, Venue};
use openbell_tests::order::{cancel, enter};
use protocol::ouch::Outbound;

use crate::VENUE;

/// Sends an order of so many shares and gives the reason of its refusal, none when it is accepted.
fn reason(client: &mut Client, number: u32, shares: u32) -> Option<u16> {
    let heard = client.messages.len();
    client.send(&enter(number, b'B', shares, "AAPL", 100_000));
    assert!(client.wait_for(heard + 1), "the order is answered");
    match Outbound::decode(&client.messages[heard]) {
        Ok(Outbound::OrderAccepted(..)) => None,
        Ok(Outbound::Rejected(rejected, _)) => Some(rejected.reason.get()),
        other => panic!("expected an answer to the order, got {other:?}"),
    }
}

/// Asks until the venue says so.
fn wait_until(says: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !says() {
        assert!(Instant::now() < deadline, "the venue does not say it");
    }
}

#[test]
fn an_operator_changes_limits_for_the_next_order() {
    let mut venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["ALICE"]));
    let mut client = venue.login("ALICE", 1);
    assert!(client.wait_for(1), "the day has begun");
    assert_eq!(reason(&mut client, 1, 100), None);
    let act = |more: &str| format!(r#"{{"act":"limits",{more},"who":"kim","why":"too large"}}"#);
    let answer = venue.act(&act(r#""port":"alice","set":{"max_quantity":"99"}"#));
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!(reason(&mut client, 2, 100), Some(0x0031));
    assert_eq!(reason(&mut client, 3, 99), None);
    let answer = venue.act(&act(r#""firm":"ALFA","restrict":["AAPL"]"#));
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!(reason(&mut client, 4, 99), Some(0x0022));
    let status = venue.act(r#"{"act":"status"}"#)["status"]["limits"].clone();
    assert_eq!(status["firm ALFA"], "restricted_symbols=AAPL", "{status}");
    assert_eq!(status["port ALICE"], "max_quantity=99 intermarket_sweeps=false", "{status}");
    let answer = venue.act(&act(r#""port":"ALICE","set":{"max_quantity":"none"}"#));
    assert_eq!(answer["ok"], true, "{answer}");
    let answer = venue.act(&act(r#""firm":"ALFA","free":["AAPL"]"#));
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!(reason(&mut client, 5, 999), None);
    // Lowered below what is reserved: what is open stays, new orders wait for room.
    let answer = venue.act(&act(r#""port":"ALICE","set":{"gross_exposure":"1"}"#));
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!(reason(&mut client, 6, 1), Some(0x0020));
    drop(client);
    // A start compares the log with the configuration, which holds again.
    venue.kill();
    venue.restart();
    let mut client = venue.login("ALICE", 0);
    assert!(client.wait_for(1), "the last message is repeated");
    assert_eq!(reason(&mut client, 7, 999), None);
}

#[test]
fn what_does_not_fit_is_refused_with_its_reason() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["ALICE"]));
    let many = format!(r#""port":"ALICE","restrict":[{}"AAPL"]"#, r#""AAPL","#.repeat(100));
    for (more, error) in [
        (many.as_str(), "expected at most 100 symbols to restrict or free at once, found 101"),
        (r#""port":"BOB","set":{}"#, "unknown port BOB"),
        (r#""firm":"BETA","set":{}"#, "unknown firm BETA"),
        (r#""set":{}"#, "expected exactly one of"),
        (r#""port":"ALICE","set":{"max_quantity":"0"}"#, "max_quantity: expected 1 to 999999"),
        (r#""port":"ALICE","restrict":["NOPE"]"#, "unknown symbol NOPE"),
        (r#""firm":"ALFA","set":{"market_orders":"true"}"#, "market_orders is a matter of a port"),
        (
            r#""port":"ALICE","set":{"market_orders":"true","gross_exposure":"5"}"#,
            "it needs single_order_notional",
        ),
    ] {
        let answer = venue.act(&format!(r#"{{"act":"limits",{more},"who":"kim","why":"test"}}"#));
        assert_eq!(answer["ok"], false, "{more}");
        let found = answer["error"].as_str().unwrap_or_default();
        assert!(found.contains(error), "{more}: {found}");
    }
}

#[test]
fn a_hangup_reads_the_accounts_again() {
    let mut venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["ALICE"]));
    let mut client = venue.login("ALICE", 1);
    assert!(client.wait_for(1), "the day has begun");
    assert_eq!(reason(&mut client, 1, 100), None);
    venue.setup_mut().ports[0].2 =
        "max_quantity = 50\n[port.risk]\nrestricted_symbols = []".to_owned();
    venue.reread();
    wait_until(|| venue.get("/status").1.contains("max_quantity=50"));
    assert_eq!(reason(&mut client, 2, 51), Some(0x0031));
    // A bad file changes nothing, and the venue goes on.
    venue.setup_mut().ports[0].2 = "max_quantity = 0".to_owned();
    venue.reread();
    wait_until(|| venue.log().contains("port[0].max_quantity: expected 1 to 999999, found 0"));
    venue.setup_mut().ports[0].2 = String::new();
    venue.setup_mut().ports.push(("BOB".to_owned(), "ALFA".to_owned(), String::new()));
    venue.reread();
    wait_until(|| venue.log().contains("port BOB is new: it needs a start"));
    assert_eq!(reason(&mut client, 3, 51), Some(0x0031));
    assert_eq!(reason(&mut client, 4, 50), None);
}

#[test]
fn a_flood_is_read_slowly_and_its_cancel_waits_behind_it_alone() {
    let mut setup = Setup::new(&["AAPL"], &["FLOOD", "CALM"]);
    setup.ports[0].2 = "[port.risk]\nmessages_per_second = 10".to_owned();
    let venue = Venue::start(VENUE, setup);
    let (mut flood, mut calm) = (venue.login("FLOOD", 1), venue.login("CALM", 1));
    assert!(flood.wait_for(1) && calm.wait_for(1), "the day has begun");
    let started = Instant::now();
    for number in 1..=400 {
        flood.send(&enter(number, b'B', 100, "AAPL", 100_000));
    }
    flood.send(&cancel(1, 0));
    assert_eq!(reason(&mut calm, 1, 100), None);
    assert!(flood.wait_for(1 + 400 + 1), "every message is answered");
    // A hundred at once, then a hundred a second; a little less, for the clock of the test is another one.
    assert!(Duration::from_millis(2_900) < started.elapsed(), "{:?}", started.elapsed());
    let canceled = Outbound::decode(&flood.messages[401]);
    assert!(matches!(canceled, Ok(Outbound::OrderCanceled(..))), "{canceled:?}");
    let is_refused = |message: &&Vec<u8>| match Outbound::decode(message) {
        Ok(Outbound::Rejected(rejected, _)) => rejected.reason.get() == 0x0029,
        _ => false,
    };
    let refused = flood.messages.iter().filter(is_refused).count();
    assert!((300..=390).contains(&refused), "{refused} of 400 were above the rate");
}
