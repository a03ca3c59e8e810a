//! The opening of a day, by the operator and by the schedule, over sockets and through a death of the venue.

use openbell_tests::harness::{Client, Setup, Venue};
use openbell_tests::order::{enter, on_open};
use protocol::ouch::{Outbound, RejectReason};
use serde_json::{Value, json};

use crate::VENUE;

/// Ten dollars, in ten-thousandths.
const TEN: u64 = 100_000;

fn venue(tables: &str) -> Venue {
    let mut setup = Setup::new(&["AAPL", "MSFT"], &["ALICE", "BOB"]);
    setup.top = "shards = 2\n".to_owned();
    setup.tables = tables.to_owned();
    Venue::start(VENUE, setup)
}

fn phase(venue: &Venue, symbol: &str, phase: &str) -> Value {
    venue.act(&format!(
        r#"{{"act":"phase","symbol":"{symbol}","phase":"{phase}","who":"kim","why":"a test"}}"#
    ))
}

/// The crosses of the day as the operator sees them, by symbol.
fn crosses(venue: &Venue) -> Vec<Value> {
    let status: Value = serde_json::from_str(&venue.get("/status").1).expect("status is JSON");
    let mut crosses = status["crosses"].as_array().expect("crosses are a list").clone();
    crosses.sort_by_key(|cross| cross["symbol"].to_string());
    crosses
}

/// What the messages behind the start of the day say, in short.
fn said(client: &Client) -> Vec<String> {
    let words = |message: &Vec<u8>| match Outbound::decode(message).expect("whole messages") {
        Outbound::OrderAccepted(told, _) => format!("accepted {}", told.user_ref_num),
        Outbound::OrderExecuted(told, _) => {
            let flag = char::from(told.liquidity_flag);
            format!("executed {} {} @ {} {flag}", told.user_ref_num, told.quantity, told.price)
        }
        Outbound::OrderCanceled(told, _) => {
            format!("canceled {} {}", told.user_ref_num, char::from(told.reason))
        }
        Outbound::Rejected(told, _) => {
            let reason = RejectReason::try_from(told.reason.get()).expect("a known reason");
            format!("rejected {} {reason:?}", told.user_ref_num)
        }
        other => format!("{other:?}"),
    };
    client.messages[1..].iter().map(words).collect()
}

#[test]
fn the_operator_opens_one_instrument_and_its_cross_is_recorded_through_a_death_of_the_venue() {
    let mut venue = venue("");
    assert_eq!(phase(&venue, "AAPL", "pre-open")["ok"], true);
    let (mut alice, mut bob) = (venue.login("ALICE", 1), venue.login("BOB", 1));
    alice.send(&on_open(1, b'B', 300, "AAPL", TEN));
    assert!(alice.wait_for(2), "the order waits");
    bob.send(&enter(1, b'S', 100, "AAPL", TEN - 500));
    bob.send(&on_open(2, b'S', 100, "MSFT", TEN));
    assert!(bob.wait_for(3), "{:?}", said(&bob));
    assert_eq!(said(&bob), ["accepted 1", "rejected 2 InvalidCrossOrder"]);

    venue.kill();
    venue.restart();
    assert_eq!(phase(&venue, "AAPL", "continuous")["ok"], true);
    let (mut alice, mut bob) = (venue.login("ALICE", 1), venue.login("BOB", 1));
    assert!(alice.wait_for(4) && bob.wait_for(4), "{:?} {:?}", said(&alice), said(&bob));
    assert_eq!(said(&alice), ["accepted 1", "executed 1 100 @ 100000 O", "canceled 1 T"]);
    assert_eq!(said(&bob)[2..], ["executed 1 100 @ 100000 O"]);
    let expected = [json!({
        "symbol": "AAPL", "cross": "O", "price": "10.0000", "shares": 100,
        "imbalance": 200, "imbalance_side": "B", "decided_by": "C",
    })];
    assert_eq!(crosses(&venue), expected);
    venue.kill();
    venue.restart();
    assert_eq!(crosses(&venue), expected, "what was before the death is known");
}

#[test]
fn an_opening_whose_time_has_passed_is_held_at_the_start_and_once_only() {
    let mut venue = venue("[schedule]\nopening_cross = \"00:00:00\"\n");
    let mut alice = venue.login("ALICE", 1);
    alice.send(&on_open(1, b'B', 100, "AAPL", TEN));
    alice.send(&enter(2, b'B', 100, "AAPL", TEN));
    assert!(alice.wait_for(3), "{:?}", said(&alice));
    assert_eq!(said(&alice), ["rejected 1 InvalidCrossOrder", "accepted 2"]);
    // An act is answered when all before it is applied.
    assert_eq!(phase(&venue, "MSFT", "continuous")["ok"], true);
    let empty = |symbol: &str| {
        json!({
            "symbol": symbol, "cross": "O", "price": null, "shares": 0,
            "imbalance": 0, "imbalance_side": "N", "decided_by": null,
        })
    };
    assert_eq!(crosses(&venue), [empty("AAPL"), empty("MSFT")]);
    venue.kill();
    venue.restart();
    assert_eq!(crosses(&venue).len(), 2, "the day has opened already");
}
