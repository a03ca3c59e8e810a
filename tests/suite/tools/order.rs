//! `openbell order`: every answer of the venue as a line, and the exit code that sums it up.

use openbell_tests::harness::{Setup, Venue};
use openbell_tests::order::{enter, take};
use serde_json::json;

use super::{Running, order_command, ran};
use crate::VENUE;

/// Values that differ from run to run, and that of the message, which differs with the login.
const CHANGING: [&str; 4] = ["order_reference=", "match_number=", "time=", "sequence_number="];

fn venue(ports: &[&str]) -> Venue {
    Venue::start(VENUE, Setup::new(&["AAPL", "MSFT"], ports))
}

/// Runs `openbell order` as ALICE and compares exit code and lines without what changes.
fn check(venue: &Venue, line: &str, code: i32, expected: &str) {
    let ran = ran(&mut order_command(venue, "ALICE", line));
    let is_lasting = |word: &&str| !CHANGING.iter().any(|name| word.starts_with(name));
    let lines = ran
        .output
        .lines()
        .map(|line| line.split(' ').filter(is_lasting).collect::<Vec<_>>().join(" "));
    let expected: Vec<_> = expected.lines().map(str::trim).collect();
    assert_eq!(lines.collect::<Vec<_>>(), expected, "{line}: {ran:?}");
    assert_eq!(ran.code, Some(code), "{line}: {ran:?}");
}

#[test]
fn an_order_is_replaced_and_canceled_by_the_number_it_printed() {
    let venue = venue(&["ALICE"]);
    check(
        &venue,
        "enter buy 100 AAPL 25.00 --cl-ord-id first",
        0,
        "accepted order=1 side=buy quantity=100 symbol=AAPL price=25.0000 time_in_force=day display=visible state=live cl_ord_id=first",
    );
    check(
        &venue,
        "replace 1 300 25.01 --display attributable",
        0,
        "replaced order=2 original=1 side=buy quantity=300 symbol=AAPL price=25.0100 time_in_force=day display=attributable state=live",
    );
    check(&venue, "cancel 2 --to 200", 0, "canceled order=2 quantity=100 reason=user-requested");
    check(&venue, "cancel 2", 0, "canceled order=2 quantity=200 reason=user-requested");
    let nothing = "reason=no such order is open, or nothing of it would change";
    check(&venue, "cancel 2", 1, &format!("ignored order=2 {nothing}"));
    check(&venue, "replace 9 300 25.01", 1, "ignored order=3 reason=no such order is open");
}

#[test]
fn what_trades_at_once_is_told_before_the_end() {
    let venue = venue(&["ALICE", "BOB"]);
    let mut bob = venue.login("BOB", 1);
    bob.send(&enter(1, b'S', 60, "AAPL", 249_900));
    bob.send(&enter(2, b'S', 10, "AAPL", 250_000));
    assert!(bob.wait_for(3));
    check(
        &venue,
        "enter buy 100 AAPL 25.00 --time-in-force ioc",
        0,
        "accepted order=1 side=buy quantity=100 symbol=AAPL price=25.0000 time_in_force=immediate-or-cancel display=visible state=live
         executed order=1 quantity=60 price=24.9900 liquidity=removed
         executed order=1 quantity=10 price=25.0000 liquidity=removed
         canceled order=1 quantity=30 reason=immediate-or-cancel",
    );
}

#[test]
fn waiting_tells_later_fills_and_ends_with_the_last_of_them() {
    let venue = venue(&["ALICE", "BOB"]);
    let line = "enter buy 100 AAPL 25.00 --wait 1m --json";
    let mut order = Running::start(order_command(&venue, "ALICE", line));
    assert_eq!(order.object_that(|_| true)["event"], "accepted");
    let mut bob = venue.login("BOB", 1);
    bob.send(&take(1, b'S', 40, "AAPL", 250_000));
    assert_eq!(order.object_that(|_| true)["quantity"], 40);
    bob.send(&take(2, b'S', 60, "AAPL", 250_000));
    let (last, code) = order.end();
    let last = last.expect("the last fill");
    let found = ["event", "order", "quantity", "price", "liquidity"].map(|name| last[name].clone());
    assert_eq!(json!(found), json!(["executed", "1", 60, "25.0000", "added"]));
    assert_eq!(code, Some(0));
}

#[test]
fn a_user_who_stops_waiting_is_logged_out() {
    let venue = venue(&["ALICE"]);
    let line = "enter buy 100 AAPL 25.00 --wait 1m --json";
    let mut order = Running::start(order_command(&venue, "ALICE", line));
    assert_eq!(order.object_that(|_| true)["event"], "accepted");
    order.interrupt();
    assert_eq!(order.end(), (None, Some(0)));
    // The session was left in good order: the port may log in at once, and the order is still open.
    check(&venue, "cancel 1", 0, "canceled order=1 quantity=100 reason=user-requested");
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let venue = venue(&["ALICE"]);
    for (number, line, reason) in [
        (1, "enter buy 100 NOPE 25.00", "Invalid Symbol code=0x0017"),
        (2, "enter buy 0 AAPL 25.00", "Invalid Quantity code=0x0013"),
        (3, "enter buy 100 AAPL market", "Risk: Market Order Not Allowed code=0x002c"),
        (4, "enter buy 100 AAPL 25.00 --max-floor 10", "Invalid Max Floor code=0x0004"),
        (5, "enter buy 100 AAPL 25.00 --firm BETA", "Firm Not Authorized code=0x000c"),
    ] {
        check(&venue, line, 1, &format!("rejected order={number} reason={reason}"));
    }
    check(
        &venue,
        "enter buy 100 AAPL 25.00",
        0,
        "accepted order=6 side=buy quantity=100 symbol=AAPL price=25.0000 time_in_force=day display=visible state=live",
    );
    // The rules: a replace with bad details cancels the original.
    let canceled = "canceled order=6 quantity=100 reason=user-requested";
    check(&venue, "replace 6 1000000 25.00", 1, canceled);
}

#[test]
fn a_channel_counts_for_itself() {
    let venue = venue(&["ALICE"]);
    let accepted = |order| {
        format!(
            "accepted order={order} side=sell quantity=10 symbol=MSFT price=9.0000 time_in_force=day display=visible state=live"
        )
    };
    check(&venue, "enter sell 10 MSFT 9 --channel 3", 0, &accepted("3/1"));
    check(&venue, "enter sell 10 MSFT 9", 0, &accepted("1"));
    check(&venue, "query --channel 3", 0, "next order=3/2");
    check(&venue, "query", 0, "next order=2");
    check(&venue, "cancel 3/1", 0, "canceled order=3/1 quantity=10 reason=user-requested");
}

#[test]
fn every_verb_of_the_protocol_can_be_typed() {
    let venue = venue(&["ALICE"]);
    let live = "time_in_force=day display=visible state=live";
    for (number, side, symbol) in
        [(1, "sell-short", "AAPL"), (2, "sell", "AAPL"), (3, "sell", "MSFT")]
    {
        check(
            &venue,
            &format!("enter {side} 100 {symbol} 30"),
            0,
            &format!(
                "accepted order={number} side={side} quantity=100 symbol={symbol} price=30.0000 {live}"
            ),
        );
    }
    check(&venue, "modify 1 sell 80", 0, "modified order=1 side=sell quantity=80");
    check(
        &venue,
        "mass-cancel --symbol AAPL",
        0,
        "mass_cancel order=4 symbol=AAPL
         canceled order=1 quantity=80 reason=user-requested
         canceled order=2 quantity=100 reason=user-requested",
    );
    check(&venue, "disable-entry", 0, "entry_disabled order=5");
    let refused = "rejected order=6 reason=Firm Not Authorized code=0x000c";
    check(&venue, "enter sell 100 AAPL 30", 1, refused);
    check(&venue, "enable-entry --firm ALFA", 0, "entry_enabled order=7 firm=ALFA");
    check(
        &venue,
        "mass-cancel --firm ALFA --side sell",
        0,
        "mass_cancel order=8 firm=ALFA side=sell
         canceled order=3 quantity=100 reason=user-requested",
    );
}
