//! The end of the day, for those who are late: the rest of the stream, then End of Session.

use openbell_tests::harness::{Client, LoginFailure, PASSWORD, Setup, Venue};
use openbell_tests::order::enter;
use serde_json::Value;

use crate::VENUE;

/// A venue whose day has ended, which stays until it is stopped.
fn ended() -> (Venue, Vec<Vec<u8>>) {
    let setup = Setup { end_of_session_s: 600, ..Setup::new(&["AAPL"], &["LIVE", "LATE"]) };
    let venue = Venue::start(VENUE, setup);
    let mut live = venue.login("LIVE", 1);
    let mut late = venue.login("LATE", 1);
    for client in [&mut live, &mut late] {
        for number in 1..=20 {
            client.send(&enter(number, b'S', 100, "AAPL", 1_000_000));
        }
        assert!(client.wait_for(21));
    }
    late.logout();
    let end = venue.act(r#"{"act":"end-of-day","who":"ada","why":"enough"}"#);
    assert!(end.get("error").is_none_or(Value::is_null), "{end}");
    live.wait_for_close();
    assert!(live.ended);
    (venue, live.messages)
}

/// Reads to the end; gives the messages when End of Session came behind them.
fn rest(mut client: Client) -> Vec<Vec<u8>> {
    client.wait_for_close();
    assert!(client.ended, "the venue says that this was all");
    client.messages
}

#[test]
fn who_is_late_gets_the_rest_of_the_stream_from_any_number_and_end_of_session() {
    let (mut venue, all) = ended();
    assert_eq!(all.len(), 42, "20 accepted, 20 expired, and the system's events");
    for from in [1, 2, 21, 40, 42, 43] {
        let skipped = usize::try_from(from - 1).expect("few messages");
        assert_eq!(rest(venue.login("LIVE", from)), all[skipped..], "from number {from}");
    }
    let login = |from| Client::login(venue.address("order_entry"), "LATE", PASSWORD, from);
    assert_eq!(login(44).err(), Some(LoginFailure::Rejected(b'S')), "ahead of the stream");
    let late = rest(login(1).expect("the port may log in"));
    assert_eq!(late.len(), 42);
    assert_eq!(late.last(), all.last(), "the end of the day");
    assert_eq!(venue.get("/readyz").0, 503, "orders are no longer taken");
    assert_eq!(venue.stop(), Some(0));
}

#[test]
fn two_ports_may_be_late_at_once_and_the_next_day_knows_nothing_of_it() {
    let (mut venue, _) = ended();
    let mut both = [venue.login("LIVE", 1), venue.login("LATE", 1)];
    for client in &mut both {
        // It is not listened to.
        client.send(&enter(21, b'S', 100, "AAPL", 1_000_000));
    }
    for client in both {
        assert_eq!(rest(client).len(), 42);
    }
    assert_eq!(rest(venue.login("LATE", 1)).len(), 42, "no message came behind the end");
    let session = venue.session();
    assert_eq!(venue.stop(), Some(0), "the stages end in good order");
    venue.restart();
    assert_ne!(venue.session(), session);
    let mut next = venue.login("LATE", 1);
    next.send(&enter(1, b'S', 100, "AAPL", 1_000_000));
    assert!(next.wait_for(2));
    assert_eq!(next.messages[1][0], b'A');
}
