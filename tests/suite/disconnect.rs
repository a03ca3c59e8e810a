//! What becomes of open orders when a session is lost, over sockets and through a death of the venue.

use std::time::Instant;

use openbell_tests::harness::{Client, LoginFailure, PASSWORD, PATIENCE, Setup, Venue};
use openbell_tests::order::{cancel, enter, named};
use protocol::ouch::Outbound;

use crate::VENUE;

fn venue(port: &str) -> Venue {
    let mut setup = Setup::new(&["AAPL", "MSFT"], &["ALICE"]);
    setup.top = "shards = 2\n".to_owned();
    port.clone_into(&mut setup.ports[0].2);
    Venue::start(VENUE, setup)
}

/// Messages of the feed before the first order: the phases, and `R`, `H` and `Y` of two symbols.
const OPENING: u64 = 9;

/// How many messages the feed has.
fn feed(venue: &Venue) -> u64 {
    let (_, body) = venue.get("/status");
    let status: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    status["feed_sequence"].as_u64().expect("a count")
}

/// Waits until so many messages are on the feed.
fn wait_for_feed(venue: &Venue, messages: u64) {
    let deadline = Instant::now() + PATIENCE;
    while feed(venue) < messages {
        assert!(Instant::now() < deadline, "{} of {messages} messages", feed(venue));
    }
}

/// Logs in as soon as the venue has noticed that the last session is over.
fn log_in_again(venue: &Venue) -> Client {
    loop {
        match Client::login(venue.address("order_entry"), "ALICE", PASSWORD, 1) {
            Ok(client) => return client,
            Err(LoginFailure::Rejected(b'S')) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// The cancels that a port was told of, in short.
fn canceled(client: &Client) -> Vec<String> {
    let words = |message: &Vec<u8>| match Outbound::decode(message).expect("whole messages") {
        Outbound::OrderCanceled(told, _) => {
            Some(format!("{} {}", told.user_ref_num, char::from(told.reason)))
        }
        _ => None,
    };
    client.messages.iter().filter_map(words).collect()
}

#[test]
fn a_port_that_is_not_back_in_time_finds_its_orders_canceled() {
    let venue = venue("disconnect = \"cancel_after\"\ndisconnect_grace_ms = 100\n");
    let mut alice = venue.login("ALICE", 1);
    alice.send(&enter(1, b'B', 100, "MSFT", 100_000));
    alice.send(&enter(2, b'B', 100, "AAPL", 100_000));
    assert!(alice.wait_for(3), "the orders rest");
    drop(alice);
    wait_for_feed(&venue, OPENING + 2 + 2);
    let mut again = log_in_again(&venue);
    assert!(again.wait_for(5), "the cancels are on the stream");
    assert_eq!(canceled(&again), ["2 Z", "1 Z"]);
}

#[test]
fn a_port_that_is_back_in_time_keeps_all() {
    let venue = venue("disconnect = \"cancel_after\"\ndisconnect_grace_ms = 3600000\n");
    let mut alice = venue.login("ALICE", 1);
    alice.send(&enter(1, b'B', 100, "AAPL", 100_000));
    assert!(alice.wait_for(2), "the order rests");
    drop(alice);
    let mut again = log_in_again(&venue);
    again.send(&cancel(1, 0));
    assert!(again.wait_for(3), "the order is there to be canceled");
    assert_eq!(canceled(&again), ["1 U"]);
}

#[test]
fn a_grace_outlives_a_death_of_the_venue_and_orders_ask_for_what_they_want() {
    let mut venue = venue(
        "disconnect = \"cancel_after\"\ndisconnect_grace_ms = 100\ndisconnect_by_order = true\n",
    );
    let mut alice = venue.login("ALICE", 1);
    for (number, name) in (1..).zip(["ODC1", "ODA2", "ODK3", "4"]) {
        alice.send(&named(enter(number, b'B', 100, "AAPL", 100_000), name));
    }
    assert!(alice.wait_for(5), "the orders rest");
    // The session dies with the venue.
    venue.kill();
    venue.restart();
    wait_for_feed(&venue, OPENING + 4 + 3);
    let mut again = log_in_again(&venue);
    again.send(&cancel(3, 0));
    assert!(again.wait_for(9), "{:?}", canceled(&again));
    assert_eq!(canceled(&again), ["1 Z", "2 Z", "4 Z", "3 U"]);
    assert_eq!(again.messages[..5], alice.messages[..], "the same bytes as the first time");
}

#[test]
fn a_planned_stop_keeps_orders_whatever_they_ask_for() {
    let mut venue = venue("disconnect = \"cancel\"\ndisconnect_by_order = true\n");
    let mut alice = venue.login("ALICE", 1);
    alice.send(&named(enter(1, b'B', 100, "AAPL", 100_000), "ODC1"));
    alice.send(&enter(2, b'B', 100, "AAPL", 100_000));
    assert!(alice.wait_for(3), "the orders rest");
    assert_eq!(venue.stop(), Some(0));
    venue.restart();
    let mut again = log_in_again(&venue);
    again.send(&cancel(1, 0));
    again.send(&cancel(2, 0));
    assert!(again.wait_for(5), "{:?}", canceled(&again));
    assert_eq!(canceled(&again), ["1 U", "2 U"]);
}
