//! What the operator does to those who trade, over sockets and through a death of the venue.

use openbell_tests::harness::{Client, Setup, Venue};
use openbell_tests::order::{cancel, enter, named, query};
use openbell_tests::postgres::Cluster;
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
        Outbound::OrderExecuted(told, _) => {
            format!("executed {} match {}", told.user_ref_num, told.match_number)
        }
        Outbound::BrokenTrade(told, _) => {
            let (reason, id) = (char::from(told.reason), told.cl_ord_id);
            format!("broken {} match {} {reason} {id}", told.user_ref_num, told.match_number)
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

/// The first match number of the first instrument, and the second.
const FIRST: u64 = 1 << 16 | 1;
const SECOND: u64 = 2 << 16 | 1;

fn bust(match_number: u64, reason: char) -> String {
    format!(r#""act":"bust","match":{match_number},"reason":"{reason}""#)
}

#[test]
fn a_bust_reaches_both_sides_the_records_and_postgres_once_and_outlives_a_death_of_the_venue() {
    let cluster = Cluster::start();
    let mut setup = Setup::new(&["AAPL", "MSFT"], &["ALICE", "BOB"]);
    setup.top = "shards = 2\n".to_owned();
    setup.ports[1].2 = "gross_exposure = 1500\n".to_owned();
    if let Some(cluster) = &cluster {
        setup.tables = format!("[postgres]\nurl = \"{}\"\n", cluster.url());
    }
    let mut venue = Venue::start(VENUE, setup);
    let mut alice = venue.login("ALICE", 1);
    let mut bob = venue.login("BOB", 1);
    alice.send(&enter(1, b'S', 300, "AAPL", 100_000));
    assert!(alice.wait_for(2), "the order rests");
    bob.send(&named(enter(1, b'B', 100, "AAPL", 100_000), "monday 1"));
    bob.send(&enter(2, b'B', 100, "AAPL", 100_000));
    assert!(bob.wait_for(4), "{:?}", said(&bob, 0));
    assert_eq!(said(&bob, 3), ["rejected 2 RiskAggregateExposureExceeded"]);

    let unknown = act(&venue, &bust(SECOND, 'E'));
    assert_eq!(unknown["error"], format!("no trade of this day has match number {SECOND}"));
    assert_eq!(act(&venue, &bust(FIRST, 'C'))["ok"], true);
    let twice = act(&venue, &bust(FIRST, 'E'));
    assert_eq!(twice["error"], format!("match number {FIRST} is broken already"));
    bob.send(&enter(3, b'B', 100, "AAPL", 100_000));
    assert!(bob.wait_for(7) && alice.wait_for(5), "{:?} {:?}", said(&bob, 0), said(&alice, 0));
    let broken = format!("broken 1 match {FIRST} C monday 1");
    let executed = format!("executed 3 match {SECOND}");
    assert_eq!(said(&bob, 4), [broken.as_str(), "accepted 3", executed.as_str()]);
    assert_eq!(said(&alice, 3)[0], format!("broken 1 match {FIRST} C "));

    venue.kill();
    venue.restart();
    let mut again = venue.login("BOB", 1);
    assert!(again.wait_for(7), "the stream is there");
    assert_eq!(again.messages, bob.messages, "the same bytes as the first time");
    let twice = act(&venue, &bust(FIRST, 'E'));
    assert_eq!(twice["error"], format!("match number {FIRST} is broken already"));
    assert_eq!(act(&venue, &bust(SECOND, 'X'))["ok"], true);
    assert!(again.wait_for(8), "the second is told");
    assert_eq!(venue.stop(), Some(0));
    if let Some(cluster) = &cluster {
        let mut client = cluster.connect();
        let rows = client
            .query(
                "SELECT kind::text, match_number FROM openbell_trades ORDER BY trade_number",
                &[],
            )
            .expect("the table is there");
        let rows: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let (first, second) = (FIRST.cast_signed(), SECOND.cast_signed());
        let expected = [("E", first), ("B", first), ("E", second), ("B", second)];
        assert_eq!(rows, expected.map(|(kind, number)| (kind.to_owned(), number)));
        let standing = client.query("SELECT FROM openbell_standing_trades", &[]).expect("the view");
        assert_eq!(standing.len(), 0);
    }
}

#[test]
fn a_trade_of_another_day_is_not_broken() {
    let setup = Setup { end_of_session_s: 600, ..Setup::new(&["AAPL"], &["ALICE", "BOB"]) };
    let mut venue = Venue::start(VENUE, setup);
    let (mut alice, mut bob) = (venue.login("ALICE", 1), venue.login("BOB", 1));
    alice.send(&enter(1, b'S', 100, "AAPL", 100_000));
    assert!(alice.wait_for(2), "the order rests");
    bob.send(&enter(1, b'B', 100, "AAPL", 100_000));
    assert!(bob.wait_for(3), "it trades");
    assert_eq!(act(&venue, r#""act":"end-of-day""#)["ok"], true);
    let late = act(&venue, &bust(FIRST, 'E'));
    assert_eq!(late["error"], "the day has ended already");
    assert_eq!(venue.stop(), Some(0));
    venue.restart();
    let unknown = act(&venue, &bust(FIRST, 'E'));
    assert_eq!(unknown["error"], format!("no trade of this day has match number {FIRST}"));
}
