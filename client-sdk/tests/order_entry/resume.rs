//! Lost connections: nothing entered is lost, nothing is told twice.

use openbell_client::Error;
use openbell_client::order_entry::{Event, NewOrder, OrderEntry, Reconnect, Request, UserRefNum};
use openbell_client::protocol::{ClOrdId, Symbol};

use super::tcp::{Host, caught_up, find, rest, run};
use super::venue::accepted;

fn order() -> NewOrder {
    NewOrder::buy("AAPL", 100).market()
}

/// The sequence numbers of all messages among `events`.
fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(Event::sequence_number).collect()
}

#[test]
fn a_cut_in_the_middle_of_a_message_loses_nothing() {
    run(async {
        // An Order Accepted is 67 bytes with its packet; -1: all but the first byte is missing.
        for less in [1, 30, 66] {
            let mut host = Host::bind().await;
            let options = host.options();
            let client = async {
                let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
                caught_up(&mut events).await;
                venue.enter(order()).await.expect("sent");
                let lost = find(&mut events, |event| match event {
                    Event::Disconnected { error, will_retry_in } => {
                        Some((error.clone(), will_retry_in.is_some()))
                    }
                    _ => None,
                });
                assert_eq!(lost.await, (Error::ClosedByVenue, true));
                let next = events.next().await.expect("connected again");
                assert!(matches!(next, Event::Connected { next: 6, .. }), "{next:?}");
                let next = events.next().await.expect("the message that was cut");
                assert!(matches!(&next, Event::Accepted(a) if a.stamp.sequence_number == 6));
                caught_up(&mut events).await;
                assert_eq!(venue.unanswered(), 0);
                venue.logout().await;
            };
            let server = async {
                let mut peer = host.accept().await;
                peer.serve_login().await;
                assert!(peer.step().await);
                peer.cut(less).await;
                host.accept().await.serve().await;
            };
            tokio::join!(client, server);
        }
    });
}

#[test]
fn an_order_the_venue_never_saw_is_sent_again() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            caught_up(&mut events).await;
            for _ in 0..5 {
                venue.enter(order()).await.expect("sent");
            }
            caught_up(&mut events).await;
            venue.logout().await;
            rest(&mut events).await
        };
        let server = async {
            let mut peer = host.accept().await;
            peer.serve_login().await;
            // Two orders arrive; the others are lost with the connection.
            assert!(peer.step().await && peer.step().await);
            peer.cut(0).await;
            host.accept().await.serve().await;
        };
        let (_, ()) = tokio::join!(client, server);
        let accepted = host.venue.stream.iter().filter(|message| message[0] == b'A').count();
        assert_eq!(accepted, 5);
    });
}

#[test]
fn an_order_whose_answer_was_lost_is_accepted_once() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            let mut told = Vec::new();
            venue.enter(order()).await.expect("sent");
            let cancel = venue.enter(order()).await.expect("sent");
            venue.cancel(cancel).await.expect("sent");
            // Twice: after each login.
            for _ in 0..2 {
                loop {
                    let event = events.next().await.expect("an event");
                    told.push(event.clone());
                    if event == Event::CaughtUp {
                        break;
                    }
                }
            }
            venue.logout().await;
            told.extend(rest(&mut events).await);
            told
        };
        let server = async {
            let mut peer = host.accept().await;
            peer.serve_login().await;
            assert!(peer.step().await && peer.step().await && peer.step().await);
            // Handled, and not one answer leaves: three packets of 67 and 23 bytes.
            peer.cut(67 + 67 + 23).await;
            host.accept().await.serve().await;
        };
        let (told, ()) = tokio::join!(client, server);
        let stream = &host.venue.stream;
        assert_eq!(stream.iter().filter(|message| message[0] == b'A').count(), 2);
        assert_eq!(stream.iter().filter(|message| message[0] == b'C').count(), 1);
        let length = u64::try_from(stream.len()).expect("small");
        let told = numbers(&told);
        assert!(told.iter().copied().eq(1..1 + u64::try_from(told.len()).expect("small")));
        assert!(told.len() <= stream.len() && 13 <= length);
    });
}

#[test]
fn numbers_go_on_where_an_earlier_run_of_the_day_stopped() {
    for sequence in [0, 1, 4] {
        run(async move {
            let mut host = Host::bind().await;
            earlier_run(&mut host);
            let mut options = host.options();
            options.sequence = sequence;
            let client = async {
                let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
                let own = venue.enter(order()).await.expect("sent");
                assert_eq!(own, UserRefNum::new(4));
                let channel = venue.enter(order().channel(7)).await.expect("sent");
                assert_eq!(channel, UserRefNum { channel: 7, number: 3 });
                let fresh = venue.enter(order().channel(8)).await.expect("sent");
                assert_eq!(fresh, UserRefNum { channel: 8, number: 1 });
                for name in [own, channel, fresh] {
                    find(&mut events, |event| (event.order() == Some(name)).then_some(())).await;
                }
                venue.logout().await;
            };
            let server = async { host.accept().await.serve().await };
            tokio::join!(client, server);
        });
    }
}

/// Fills the stream with a run that asked for its numbers, then traded on.
fn earlier_run(host: &mut Host) {
    let orders = [(0, 1), (7, 1), (7, 2), (0, 2), (0, 3)];
    for (index, (channel, number)) in orders.into_iter().enumerate() {
        if index == 2 {
            for query in [&b"Q"[..], b"Q\0\x03\x02\x1C\x07", b"Q"] {
                host.venue.take(query);
            }
        }
        let mut message = Vec::new();
        Request::Enter(order().channel(channel))
            .encode(number, &mut message)
            .expect("it can be written");
        host.venue.take(&message);
    }
    host.venue.received.clear();
    host.venue.queries = 0;
}

#[test]
fn a_venue_that_still_holds_the_lost_connection_is_asked_again() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            caught_up(&mut events).await;
            let mut errors = Vec::new();
            loop {
                match events.next().await.expect("an event") {
                    Event::Disconnected { error, .. } => errors.push(error),
                    Event::CaughtUp => break,
                    _ => {}
                }
            }
            venue.logout().await;
            errors
        };
        let server = async {
            let mut peer = host.accept().await;
            peer.serve_login().await;
            peer.venue.refuse = 2;
            peer.cut(0).await;
            for _ in 0..3 {
                host.accept().await.serve().await;
            }
        };
        let (errors, ()) = tokio::join!(client, server);
        let unavailable = Error::SessionNotAvailable;
        assert_eq!(errors, [Error::ClosedByVenue, unavailable.clone(), unavailable]);
    });
}

#[test]
fn after_the_last_attempt_the_session_is_closed() {
    run(async {
        let mut host = Host::bind().await;
        let mut options = host.options();
        options.reconnect = Reconnect { attempts: Some(2), ..options.reconnect };
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            caught_up(&mut events).await;
            let last = rest(&mut events).await.pop();
            let error = Error::SessionNotAvailable;
            let expected = Event::Disconnected { error: error.clone(), will_retry_in: None };
            assert_eq!(last, Some(expected));
            assert_eq!(venue.enter(order()).await, Err(error));
        };
        let server = async {
            let mut peer = host.accept().await;
            peer.serve_login().await;
            peer.venue.refuse = 2;
            peer.cut(0).await;
            for _ in 0..2 {
                host.accept().await.serve().await;
            }
        };
        tokio::join!(client, server);
    });
}

#[test]
fn a_request_made_while_the_connection_is_down_waits_for_the_next() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            find(&mut events, |event| matches!(event, Event::Disconnected { .. }).then_some(()))
                .await;
            assert_eq!(venue.enter(order()).await, Ok(UserRefNum::new(2)));
            venue.logout().await;
        };
        let server = async {
            // Another program of the day used number 1.
            let earlier = accepted(1, Symbol(*b"AAPL    "), ClOrdId::BLANK);
            host.venue.say(&earlier, 0);
            let mut peer = host.accept().await;
            peer.serve_login().await;
            peer.cut(0).await;
            host.accept().await.serve().await;
        };
        tokio::join!(client, server);
    });
}
