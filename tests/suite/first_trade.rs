//! The first trade: a venue as a process, clients over TCP, the feed over multicast.

use std::time::Instant;

use openbell_tests::harness::{Client, LoginFailure, PATIENCE, Setup, Venue};
use openbell_tests::order::{cancel, enter, query, take};
use protocol::ouch::Outbound;
use serde_json::Value;

use crate::VENUE;

/// The message types of a stream, in order.
fn kinds(client: &Client) -> String {
    client.messages.iter().map(|message| char::from(message[0])).collect()
}

#[test]
fn two_orders_trade_and_both_sides_hear_of_it() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL", "MSFT"], &["MAKER", "TAKER"]));
    let mut maker = venue.login("MAKER", 1);
    maker.send(&enter(1, b'S', 100, "AAPL", 1_000_000));
    assert!(maker.wait_for(2));
    let mut taker = venue.login("TAKER", 1);
    taker.send(&take(1, b'B', 60, "AAPL", 1_010_000));
    assert!(taker.wait_for(3));
    assert!(maker.wait_for(3));
    assert_eq!((kinds(&maker), kinds(&taker)), ("SAE".to_owned(), "SAE".to_owned()));
    let executed = |message: &[u8]| match Outbound::decode(message) {
        Ok(Outbound::OrderExecuted(executed, _)) => (
            executed.quantity.get(),
            executed.price.get(),
            executed.liquidity_flag,
            executed.match_number.get(),
        ),
        other => panic!("expected an execution, got {other:?}"),
    };
    let (made, taken) = (executed(&maker.messages[2]), executed(&taker.messages[2]));
    assert_eq!((made.0, made.1, made.2), (60, 1_000_000, b'A'), "a fill is at the resting price");
    assert_eq!((taken.0, taken.1, taken.2), (60, 1_000_000, b'R'));
    assert_eq!(made.3, taken.3, "both sides carry the match number");
    maker.send(&cancel(1, 0));
    assert!(maker.wait_for(4));
    assert_eq!(kinds(&maker), "SAEC");
}

#[test]
fn a_session_resumes_at_any_number_with_the_same_bytes() {
    let mut venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER"]));
    let mut first = venue.login("MAKER", 1);
    for number in 1..=20 {
        first.send(&enter(number, b'S', 100, "AAPL", 1_000_000 + u64::from(number)));
    }
    assert!(first.wait_for(21));
    let all = first.messages.clone();
    first.logout();
    for from in 1..=22_u64 {
        let mut again = venue.login("MAKER", from);
        assert_eq!(again.first, from);
        let left = 21 - usize::try_from(from - 1).expect("few messages").min(21);
        assert!(again.wait_for(left));
        assert_eq!(again.messages, all[21 - left..], "from number {from}");
        again.logout();
    }
    assert_eq!(venue.stop(), Some(0), "SIGTERM ends the venue in good order");
    venue.restart();
    let mut again = venue.login("MAKER", 1);
    assert!(again.wait_for(21));
    assert_eq!(again.messages, all, "a stop is not the end of the day");
    again.send(&query());
    assert!(again.wait_for(22));
    match Outbound::decode(&again.messages[21]) {
        Ok(Outbound::AccountQueryResponse(answer, _)) => {
            assert_eq!(answer.next_user_ref_num.get(), 21)
        }
        other => panic!("expected the next number, got {other:?}"),
    }
}

#[test]
fn logins_that_may_not_be_are_refused() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER"]));
    let address = venue.address("order_entry");
    let login =
        |user: &str, password: &str, from| Client::login(address, user, password, from).err();
    assert_eq!(login("MAKER", "wrong", 1), Some(LoginFailure::Rejected(b'A')));
    assert_eq!(login("NOBODY", "secret", 1), Some(LoginFailure::Rejected(b'A')));
    assert_eq!(
        login("MAKER", "secret", 3),
        Some(LoginFailure::Rejected(b'S')),
        "ahead of the stream"
    );
    let mut live = venue.login("maker", 1);
    assert_eq!(login("MAKER", "SECRET", 1), Some(LoginFailure::Rejected(b'S')), "the port is live");
    live.send(&query());
    assert!(live.wait_for(2), "the live session is untouched");
}

#[test]
fn garbage_is_answered_by_debug_and_a_close_and_disturbs_nobody() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["GOOD", "BAD"]));
    let mut good = venue.login("GOOD", 1);
    let mut bad = venue.login("BAD", 1);
    bad.send(&enter(1, b'S', 100, "AAPL", 1_000_000));
    bad.send(b"?this is no OUCH");
    bad.wait_for_close();
    assert_eq!(bad.debug.len(), 1, "the venue says what is wrong: {:?}", bad.debug);
    good.send(&take(1, b'B', 100, "AAPL", 1_000_000));
    assert!(good.wait_for(3));
    assert_eq!(kinds(&good), "SAE", "what came before the garbage is done");
    let mut back = venue.login("BAD", 1);
    assert!(back.wait_for(3));
    assert_eq!(kinds(&back), "SAE");
}

#[test]
fn the_admin_port_and_the_operator_are_heard() {
    let mut venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER"]));
    assert_eq!(venue.get("/healthz").0, 200);
    assert_eq!(venue.get("/readyz").0, 200);
    let mut maker = venue.login("MAKER", 1);
    let halt =
        venue.act(r#"{"act":"halt","symbol":"AAPL","reason":"T1","who":"ada","why":"news"}"#);
    assert!(halt.get("error").is_none_or(Value::is_null), "{halt}");
    maker.send(&enter(1, b'S', 100, "AAPL", 1_000_000));
    assert!(maker.wait_for(2));
    let resume =
        venue.act(r#"{"act":"resume","symbol":"AAPL","reason":"T3","who":"ada","why":"over"}"#);
    assert!(resume.get("error").is_none_or(Value::is_null), "{resume}");
    maker.send(&enter(2, b'S', 100, "AAPL", 1_000_000));
    assert!(maker.wait_for(3));
    assert_eq!(kinds(&maker), "SJA", "halted, then trading");
    let metrics = venue.get("/metrics").1;
    assert!(metrics.contains("openbell_orders_total 2"), "{metrics}");
    venue.act(r#"{"act":"end-of-day","who":"ada","why":"enough"}"#);
    maker.wait_for_close();
    assert_eq!(kinds(&maker), "SJACS", "the open order expires, then the day ends");
    assert_eq!(maker.messages[4][9], b'E', "end of day");
    assert!(maker.ended, "the session ends by End of Session");
    assert_eq!(venue.wait(), Some(0));
    let session = venue.session();
    venue.restart();
    assert_ne!(venue.session(), session, "the next start opens a new day");
}

#[test]
fn what_has_open_orders_cannot_be_taken_out_of_the_configuration() {
    let mut venue = Venue::start(VENUE, Setup::new(&["AAPL", "MSFT"], &["MAKER", "TAKER"]));
    let mut maker = venue.login("MAKER", 1);
    maker.send(&enter(1, b'S', 100, "AAPL", 1_000_000));
    assert!(maker.wait_for(2));
    maker.logout();
    assert_eq!(venue.stop(), Some(0));
    let whole = venue.setup_mut().clone();
    venue.setup_mut().symbols.remove(0);
    assert_eq!(venue.try_restart(), Err(Some(1)));
    assert!(venue.log().contains("symbol AAPL has 1 open orders"), "{}", venue.log());
    *venue.setup_mut() = whole.clone();
    venue.setup_mut().ports.remove(0);
    assert_eq!(venue.try_restart(), Err(Some(1)));
    assert!(venue.log().contains("port MAKER has 1 open orders"), "{}", venue.log());
    *venue.setup_mut() = whole;
    venue.restart();
    let mut maker = venue.login("MAKER", 1);
    maker.send(&cancel(1, 0));
    assert!(maker.wait_for(3));
    assert_eq!(kinds(&maker), "SAC", "the orders are still there");
    maker.logout();
    assert_eq!(venue.stop(), Some(0));
    venue.setup_mut().ports.remove(0);
    venue.restart();
}

#[test]
fn a_venue_whose_disk_is_nearly_full_takes_cancels_and_no_orders() {
    let mut venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER"]));
    let mut maker = venue.login("MAKER", 1);
    maker.send(&enter(1, b'S', 100, "AAPL", 1_000_000));
    assert!(maker.wait_for(2));
    maker.logout();
    assert_eq!(venue.stop(), Some(0));
    // A reserve that no disk has: a petabyte.
    venue.setup_mut().top = "reserve_disk_mib = 1000000000\n".to_owned();
    venue.restart();
    let limit = Instant::now() + PATIENCE;
    let reasons = loop {
        let (code, body) = venue.get("/readyz");
        if code == 503 {
            break body;
        }
        assert!(Instant::now() < limit, "the venue looks at its disk");
    };
    assert!(reasons.contains("orders are refused, cancels work"), "{reasons}");
    let mut maker = venue.login("MAKER", 3);
    maker.send(&enter(2, b'S', 100, "AAPL", 1_000_000));
    maker.send(&cancel(1, 0));
    assert!(maker.wait_for(2));
    assert_eq!(kinds(&maker), "JC");
    assert_eq!(maker.messages[0][13..15], [0, 0x0A], "Processing Error");
}

#[test]
fn a_packet_beyond_a_kibibyte_ends_its_session_alone() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["GOOD", "BAD"]));
    let mut good = venue.login("GOOD", 1);
    let mut bad = venue.login("BAD", 1);
    // The length alone is enough: nothing of so long a packet is waited for.
    bad.send_raw(&[0x04, 0x02, b'U']);
    bad.wait_for_close();
    assert_eq!(bad.debug.len(), 1, "the venue says what is wrong: {:?}", bad.debug);
    good.send(&query());
    assert!(good.wait_for(2), "the other session goes on");
}
