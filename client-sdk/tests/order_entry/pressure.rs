//! Bounds: a full one waits, and nothing else does.

use std::time::Duration;

use openbell_client::Error;
use openbell_client::order_entry::{Event, NewOrder, OrderEntry, Request, UserRefNum};
use openbell_client::protocol::{ClOrdId, Symbol};

use super::tcp::{Host, caught_up, rest, run};
use super::venue::accepted;

fn order() -> NewOrder {
    NewOrder::buy("AAPL", 100).market()
}

#[test]
fn events_nobody_takes_stop_the_reading_and_not_the_heartbeats() {
    const MESSAGES: u32 = 100_000;
    run(async {
        let mut host = Host::bind().await;
        let mut options = host.options();
        options.events = 1;
        options.heartbeat = Duration::from_millis(5);
        options.silence = Duration::from_millis(20);
        for number in 1..=MESSAGES {
            host.venue.say(&accepted(number, Symbol(*b"AAPL    "), ClOrdId::BLANK), 0);
        }
        // The test takes no event before the venue has heard ten heartbeats: far longer than the
        // silence a client would allow a venue.
        let (start, started) = tokio::sync::oneshot::channel();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            started.await.expect("the venue goes on");
            let mut expected = 1;
            while let Some(event) = events.next().await {
                if let Some(number) = event.sequence_number() {
                    assert_eq!(number, expected);
                    expected += 1;
                }
                if event == Event::CaughtUp {
                    break;
                }
                assert!(!matches!(event, Event::Disconnected { .. }), "{event:?}");
            }
            assert!(u64::from(MESSAGES) < expected);
            drop((venue, events));
        };
        let server = async {
            let mut peer = host.accept().await;
            // The login; its answer and the stream do not fit the sockets of a client that stops.
            assert!(peer.step().await);
            peer.answer_while_reading(|venue| 10 <= venue.heartbeats).await;
            start.send(()).expect("the client waits");
            peer.serve().await;
        };
        tokio::join!(client, server);
    });
}

#[test]
fn one_request_too_many_waits_for_an_answer() {
    run(async {
        let mut host = Host::bind().await;
        let mut options = host.options();
        options.window = 2;
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            caught_up(&mut events).await;
            for number in 1..=2 {
                let sent = venue.try_submit(Request::Enter(order()));
                assert_eq!(sent, Ok(UserRefNum::new(number)));
            }
            assert_eq!(venue.try_submit(Request::Enter(order())), Err(Error::NotReady));
            for number in 3..=50 {
                assert_eq!(venue.enter(order()).await, Ok(UserRefNum::new(number)));
                assert!(venue.unanswered() <= 3, "the window and a query");
            }
            venue.logout().await;
        };
        let server = async { host.accept().await.serve().await };
        tokio::join!(client, server);
        assert_eq!(host.venue.received.len(), 50);
    });
}

#[test]
fn requests_that_get_no_answer_do_not_fill_the_window_for_ever() {
    run(async {
        let mut host = Host::bind().await;
        let mut options = host.options();
        options.window = 4;
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            caught_up(&mut events).await;
            for number in 1..=100 {
                venue.cancel(UserRefNum::new(number)).await.expect("sent");
            }
            venue.logout().await;
            rest(&mut events).await
        };
        let server = async { host.accept().await.serve().await };
        tokio::join!(client, server);
        assert_eq!(host.venue.received.len(), 100);
    });
}

#[test]
fn a_request_whose_future_is_dropped_while_it_waits_is_not_sent() {
    run(async {
        let mut host = Host::bind().await;
        let options = host.options();
        let client = async {
            let (venue, mut events) = OrderEntry::connect(options).await.expect("logged in");
            // The numbers are not known yet: the first must wait.
            let mut waiting = Box::pin(venue.enter(order()));
            let first_look = std::future::poll_fn(|context| {
                std::task::Poll::Ready(waiting.as_mut().poll(context).is_pending())
            });
            assert!(first_look.await);
            drop(waiting);
            caught_up(&mut events).await;
            assert_eq!(venue.enter(order()).await, Ok(UserRefNum::new(1)));
            venue.logout().await;
        };
        let server = async { host.accept().await.serve().await };
        tokio::join!(client, server);
        assert_eq!(host.venue.received.len(), 1);
    });
}
