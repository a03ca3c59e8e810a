//! Logging in, trading, and the ways a connection ends.

use std::io;
use std::time::Duration;

use openbell_client::Error;
use openbell_client::order_entry::{
    CancelFilter, ConnectOptions, Event, Modification, NewOrder, OrderEntry, Reconnect,
    Replacement, UserRefNum,
};
use openbell_client::protocol::enums::Side;
use openbell_client::protocol::soupbintcp::LoginError;
use tokio::net::TcpListener;

use super::tcp::{Host, caught_up, find, rest, run};

fn order() -> NewOrder {
    NewOrder::buy("AAPL", 100).limit("10.25".parse().expect("a price"))
}

#[test]
fn an_order_is_entered_and_its_answers_come_with_their_numbers() {
    run(async {
        let mut host = Host::bind().await;
        let (options, session) = (host.options(), host.venue.session);
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            assert_eq!(events.next().await, Some(Event::Connected { session, next: 1 }));
            let first = venue.enter(order()).await.expect("sent");
            assert_eq!(first, UserRefNum::new(1));
            let number = find(&mut events, |event| match event {
                Event::Accepted(accepted) if accepted.order == first => event.sequence_number(),
                _ => None,
            });
            // Five queries were answered before.
            assert_eq!(number.await, 6);
            let second = venue.replace(first, Replacement::new(50).market()).await.expect("sent");
            venue.modify(second, Modification::new(Side::Sell, 10)).await.expect("sent");
            venue.cancel_to(second, 20).await.expect("sent");
            let third = venue.mass_cancel(CancelFilter::firm("OBEL")).await.expect("sent");
            let fourth = venue.disable_entry("OBEL").await.expect("sent");
            let fifth = venue.enable_entry("OBEL").await.expect("sent");
            venue.account_query(9).await.expect("sent");
            assert_eq!([second, third, fourth, fifth].map(|name| name.number), [2, 3, 4, 5]);
            find(&mut events, |event| match event {
                Event::AccountQueryResponse(answer) if answer.next.channel == 9 => Some(()),
                _ => None,
            })
            .await;
            assert_eq!(venue.unanswered(), 0);
            venue.logout().await;
        };
        let server = async { host.accept().await.serve().await };
        tokio::join!(client, server);
        let types: Vec<u8> = host.venue.received.iter().map(|message| message[0]).collect();
        assert_eq!(types, b"OUMXCDE");
        assert_eq!(host.venue.logouts, 1);
    });
}

#[test]
fn a_wrong_password_is_final() {
    run(async {
        let mut host = Host::bind().await;
        let options = ConnectOptions { password: "WRONG".to_owned(), ..host.options() };
        let server = async { host.accept().await.serve().await };
        let (error, ()) = tokio::join!(OrderEntry::connect(options), server);
        let error = error.expect_err("not the password");
        assert_eq!(error, Error::NotAuthorized);
        assert!(!error.is_retryable());
    });
}

#[test]
fn what_does_not_fit_the_login_is_told_before_connecting() {
    run(async {
        let host = Host::bind().await;
        let options = ConnectOptions { username: "ALICE12".to_owned(), ..host.options() };
        let error = OrderEntry::connect(options).await.expect_err("too long");
        assert_eq!(error, Error::Login(LoginError::Username));
    });
}

#[test]
fn a_venue_that_cannot_be_reached_may_be_later() {
    run(async {
        let host = Host::bind().await;
        let mut options = host.options();
        let gone = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        options.address = gone.local_addr().expect("bound");
        drop(gone);
        let error = OrderEntry::connect(options).await.expect_err("nobody listens");
        assert_eq!(error, Error::Io(io::ErrorKind::ConnectionRefused));
        assert!(error.is_retryable());
    });
}

#[test]
fn the_end_of_the_day_ends_the_session() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            caught_up(&mut events).await;
            assert_eq!(events.next().await, Some(Event::EndOfSession));
            assert_eq!(events.next().await, None);
            let error = venue.enter(order()).await.expect_err("over");
            assert_eq!(error, Error::EndOfSession);
        };
        let server = async {
            let mut peer = host.accept().await;
            peer.serve_login().await;
            peer.end().await;
        };
        tokio::join!(client, server);
    });
}

#[test]
fn what_was_taken_is_sent_before_the_logout() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            caught_up(&mut events).await;
            for _ in 0..100 {
                venue.enter(order()).await.expect("sent");
            }
            venue.logout().await;
            assert_eq!(venue.enter(order()).await, Err(Error::Closed));
        };
        let server = async { host.accept().await.serve().await };
        tokio::join!(client, server);
        assert_eq!(host.venue.received.len(), 100);
        assert_eq!(host.venue.logouts, 1);
    });
}

#[test]
fn who_drops_the_events_closes_the_connection() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, events) = OrderEntry::connect(options).await.expect("logged in");
            drop(events);
            venue
        };
        let server = async { host.accept().await.serve().await };
        let (venue, ()) = tokio::join!(client, server);
        assert_eq!(venue.enter(order()).await, Err(Error::Closed));
    });
}

#[test]
fn an_idle_client_sends_heartbeats() {
    run(async {
        let mut host = Host::bind().await;
        let mut options = host.options();
        options.heartbeat = Duration::from_millis(5);
        let client = OrderEntry::connect(options);
        let server = async { host.accept().await.serve_until(|venue| 3 <= venue.heartbeats).await };
        let (connected, ()) = tokio::join!(client, server);
        drop(connected);
        assert!(3 <= host.venue.heartbeats);
    });
}

#[test]
fn a_silent_venue_is_given_up() {
    run(async {
        let mut host = Host::bind().await;
        let mut options = host.options();
        options.silence = Duration::from_millis(30);
        options.reconnect = Reconnect::NEVER;
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            let silent = Error::Silent { silence_ms: 30 };
            let events = rest(&mut events).await;
            let expected = Event::Disconnected { error: silent.clone(), will_retry_in: None };
            assert_eq!(events.last(), Some(&expected));
            assert_eq!(venue.enter(order()).await, Err(silent));
        };
        let server = async {
            let mut peer = host.accept().await;
            peer.serve_login().await;
            // Heartbeats go unanswered until the client leaves.
            while peer.step().await {}
        };
        tokio::join!(client, server);
    });
}
