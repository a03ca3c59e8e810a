//! What the operator does to those who trade, over sockets and through a death of the venue.

use openbell_tests::harness::{Client, Setup, Venue};
use openbell_tests::order::{cancel, enter, query};
use protocol::ouch::{Outbound, RejectReason};

use crate::VENUE;

fn venue() -> Venue {
    let mut setup = Setup::new(&["AAPL", "MSFT"], &["ALICE", "BOB"]);
    setup.top = "shards = 2\n".to_owned();
    Venue::start(VENUE, setup)
}

/// Does what the operator says; gives what came of it.
fn act(venue: &Venue, act: &str) -> serde_json::Value {
    venue.act(&format!(r#"{{{act},"who":"kim","why":"a test"}}"#))
}

/// What the messages from place `from` on say, in short.
fn said(client: &Client, from: usize) -> Vec<String> {
    let words = |message: &Vec<u8>| match Outbound::decode(message).expect("whole messages") {
        Outbound::OrderAccepted(told, _) => format!("accepted {}", told.user_ref_num),
        Outbound::OrderCanceled(told, _) => {
            format!("canceled {} {}", told.user_ref_num, char::from(told.reason))
        }
        Outbound::Rejected(told, _) => {
            let reason = RejectReason::try_from(told.reason.get()).expect("a known reason");
            format!("rejected {} {reason:?}", told.user_ref_num)
        }
        Outbound::AccountQueryResponse(told, _) => format!("next {}", told.next_user_ref_num),
        other => format!("{other:?}"),
    };
    client.messages[from..].iter().map(words).collect()
}

#[test]
fn a_kill_switch_outlives_a_death_of_the_venue_and_is_released_by_the_operator_alone() {
    let mut venue = venue();
    let mut alice = venue.login("ALICE", 1);
    let mut bob = venue.login("BOB", 1);
    alice.send(&enter(1, b'B', 100, "MSFT", 100_000));
    alice.send(&enter(2, b'B', 100, "AAPL", 100_000));
    bob.send(&enter(1, b'S', 100, "AAPL", 200_000));
    assert!(alice.wait_for(3) && bob.wait_for(2), "the orders rest");
    assert_eq!(act(&venue, r#""act":"kill","port":"ALICE""#)["ok"], true);
    alice.send(&enter(3, b'B', 100, "AAPL", 100_000));
    alice.send(&cancel(1, 0));
    alice.send(&query());
    assert!(alice.wait_for(7), "{:?}", said(&alice, 0));
    let expected = ["canceled 2 S", "canceled 1 S", "rejected 3 FirmNotAuthorized", "next 4"];
    assert_eq!(said(&alice, 3), expected);
    assert!(venue.get("/status").1.contains(r#""killed":["port ALICE"]"#));

    venue.kill();
    venue.restart();
    assert!(venue.get("/status").1.contains(r#""killed":["port ALICE"]"#));
    let mut again = venue.login("ALICE", 1);
    again.send(&enter(4, b'B', 100, "AAPL", 100_000));
    assert!(again.wait_for(8), "the stream goes on");
    assert_eq!(again.messages[..7], alice.messages[..], "the same bytes as the first time");
    assert_eq!(said(&again, 7), ["rejected 4 FirmNotAuthorized"]);
    let mut bob = venue.login("BOB", 3);
    bob.send(&enter(2, b'S', 100, "AAPL", 200_000));
    assert!(bob.wait_for(1), "{:?}", said(&bob, 0));
    assert_eq!(said(&bob, 0), ["accepted 2"], "the other port goes on");

    assert_eq!(act(&venue, r#""act":"release","port":"ALICE""#)["ok"], true);
    again.send(&enter(5, b'B', 100, "AAPL", 100_000));
    assert!(again.wait_for(9), "the port trades again");
    assert_eq!(said(&again, 8), ["accepted 5"]);
}

#[test]
fn a_venue_that_is_killed_is_not_ready_and_takes_no_order_of_anybody() {
    let venue = venue();
    let mut alice = venue.login("ALICE", 1);
    let mut bob = venue.login("BOB", 1);
    alice.send(&enter(1, b'B', 100, "AAPL", 100_000));
    assert!(alice.wait_for(2), "the order rests");
    assert_eq!(act(&venue, r#""act":"kill","venue":true"#)["ok"], true);
    let (code, body) = venue.get("/readyz");
    assert_eq!(code, 503);
    assert!(body.contains("kill switch: the venue is killed"), "{body}");
    bob.send(&enter(1, b'S', 100, "AAPL", 100_000));
    assert!(alice.wait_for(3) && bob.wait_for(2), "both are told");
    assert_eq!(said(&alice, 2), ["canceled 1 S"]);
    assert_eq!(said(&bob, 1), ["rejected 1 FirmNotAuthorized"]);
    assert_eq!(act(&venue, r#""act":"release","venue":true"#)["ok"], true);
    assert_eq!(venue.get("/readyz").0, 200);
}
