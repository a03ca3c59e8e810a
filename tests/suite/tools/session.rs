//! `openbell order`: who may log in, and what cannot be asked at all.

use openbell_tests::harness::{PASSWORD, Setup, Venue};

use super::{openbell, order_command, ran};
use crate::VENUE;

#[test]
fn a_login_that_is_refused_is_a_failure() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["ALICE"]));
    let address = venue.address("order_entry");
    let wrong = openbell(&format!(
        "order enter buy 1 AAPL 25 --address {address} --username ALICE --password wrong"
    ));
    wrong.expect_error(1, "user name and password do not fit");
    assert!(!wrong.errors.contains("wrong"), "a password is not repeated: {wrong:?}");
    let live = venue.login("ALICE", 1);
    let second = ran(&mut order_command(&venue, "ALICE", "query"));
    second.expect_error(1, "the session is not available");
    live.logout();
    let ran = openbell(&format!(
        "order query --address {address} --username alice --password {PASSWORD} --json"
    ));
    assert_eq!(ran.objects()[0]["order"], "1", "{ran:?}");
    assert_eq!(ran.code, Some(0));
}

#[test]
fn a_venue_that_is_not_there_cannot_be_reached() {
    let ran = openbell(&format!(
        "order cancel 1 --address 127.0.0.1:1 --username ALICE --password {PASSWORD}"
    ));
    ran.expect_error(4, "connection refused");
    assert_eq!(ran.output, "");
}

#[test]
fn what_cannot_be_asked_is_a_question_of_usage() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["ALICE"]));
    for (line, text) in [
        ("enter hold 1 AAPL 25", "invalid value 'hold' for '<SIDE>'"),
        ("enter buy 1 AAPL", "<PRICE>"),
        ("enter buy 1 aapl 25", "name has 0x61 at 0"),
        ("enter buy 1 AAPL 25.00001", "at most 4 decimals"),
        ("enter buy 1 AAPL 214748.3647", "at most 199999.9900"),
        ("enter buy 1 AAPL 25 --cl-ord-id a,b", "ClOrdID: name has 0x2c at 1"),
        ("cancel 3/x", "7 or 3/7"),
    ] {
        ran(&mut order_command(&venue, "ALICE", line)).expect_error(2, text);
    }
    ran(&mut order_command(&venue, "ALICEALICE", "query")).expect_error(2, "at most 6");
    let no_password = openbell("order query --username ALICE");
    no_password.expect_error(2, "OPENBELL_PASSWORD or --password");
}
