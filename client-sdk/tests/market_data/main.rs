//! Market data against a small transmitter: two lossy lines and a retransmission server.

mod feed;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use feed::{Feed, run};
use openbell_client::Error;
use openbell_client::market_data::{JoinOptions, MarketData, Message};
use openbell_client::protocol::SessionId;

const ANY_PORT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);

/// Reads to the end of the session.
async fn read(data: &mut MarketData) -> Vec<Message> {
    let mut messages = Vec::new();
    while let Some(message) = data.next().await.expect("nothing stays missing") {
        messages.push(message);
    }
    messages
}

fn check_all(messages: &[Message], feed: &Feed, first: u64) {
    let skip = usize::try_from(first - 1).expect("small");
    assert_eq!(messages.len(), feed.messages.len() - skip);
    for (message, (number, sent)) in messages.iter().zip((first..).zip(&feed.messages[skip..])) {
        assert_eq!((message.number, &message.bytes[..]), (number, &sent[..]));
    }
}

#[test]
fn two_lines_that_lose_and_shuffle_give_every_message_once_and_in_order() {
    run(async {
        for seed in 1..=5 {
            let mut feed = Feed::new(5_000, seed).await;
            let options = JoinOptions {
                line_b: Some(ANY_PORT),
                retransmit: Some(feed.retransmit()),
                session: Some(feed.session()),
                ..JoinOptions::new(ANY_PORT)
            };
            let mut data = MarketData::join(options).await.expect("joined");
            let lines = [data.line_a(), data.line_b().expect("asked for")];
            let (messages, ()) = tokio::join!(read(&mut data), feed.send(&lines, 10));
            check_all(&messages, &feed, 1);
            let statistics = data.statistics();
            assert_eq!(statistics.messages, 5_000, "seed {seed}");
            assert!(
                0 < statistics.duplicates && 0 < statistics.gaps,
                "seed {seed}: {statistics:?}"
            );
            assert_eq!(data.session(), Some(feed.session().left_justified()));
        }
    });
}

#[test]
fn a_late_listener_gets_the_day_from_its_first_message() {
    run(async {
        let mut feed = Feed::new(3_000, 9).await;
        let options =
            JoinOptions { retransmit: Some(feed.retransmit()), ..JoinOptions::new(ANY_PORT) };
        let mut data = MarketData::join(options).await.expect("joined");
        // All is over but the end of session.
        let lines = [data.line_a()];
        let (messages, ()) = tokio::join!(read(&mut data), feed.send(&lines, 100));
        check_all(&messages, &feed, 1);
    });
}

#[test]
fn the_first_number_may_be_any() {
    run(async {
        let mut feed = Feed::new(1_000, 3).await;
        let options = JoinOptions {
            first: 901,
            retransmit: Some(feed.retransmit()),
            ..JoinOptions::new(ANY_PORT)
        };
        let mut data = MarketData::join(options).await.expect("joined");
        let lines = [data.line_a()];
        let (messages, ()) = tokio::join!(read(&mut data), feed.send(&lines, 10));
        check_all(&messages, &feed, 901);
    });
}

#[test]
fn a_reader_that_is_slow_loses_nothing() {
    run(async {
        let mut feed = Feed::new(3_000, 4).await;
        let options = JoinOptions {
            retransmit: Some(feed.retransmit()),
            window: 64,
            messages: 1,
            ..JoinOptions::new(ANY_PORT)
        };
        let mut data = MarketData::join(options).await.expect("joined");
        let lines = [data.line_a()];
        let reader = async {
            let mut messages = Vec::new();
            while let Some(message) = data.next().await.expect("nothing stays missing") {
                messages.push(message);
                tokio::task::yield_now().await;
            }
            messages
        };
        let (messages, ()) = tokio::join!(reader, feed.send(&lines, 0));
        check_all(&messages, &feed, 1);
        assert!(0 < data.statistics().beyond_window);
    });
}

#[test]
fn a_message_that_stays_missing_is_named() {
    run(async {
        let mut feed = Feed::new(10, 1).await;
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        for retransmit in [None, Some(nobody)] {
            let options = JoinOptions {
                retransmit,
                patience: Duration::from_millis(30),
                ..JoinOptions::new(ANY_PORT)
            };
            let mut data = MarketData::join(options).await.expect("joined");
            let lines = [data.line_a()];
            let reader = async {
                let error = data.next().await.expect_err("nothing comes");
                assert_eq!(error, Error::Missing { number: 1 });
                assert!(error.is_retryable());
                assert_eq!(data.next().await, Err(Error::Closed));
            };
            tokio::join!(reader, feed.send_ends(&lines, 1));
        }
    });
}

#[test]
fn another_session_is_not_mixed_in() {
    run(async {
        let mut feed = Feed::new(100, 6).await;
        let options = JoinOptions {
            session: Some(SessionId::new("YESTERDAY").expect("a session")),
            ..JoinOptions::new(ANY_PORT)
        };
        let data = MarketData::join(options).await.expect("joined");
        feed.send_ends(&[data.line_a()], 5).await;
        while data.statistics().other_session < 5 {
            tokio::task::yield_now().await;
        }
        assert_eq!(data.statistics().messages, 0);
    });
}

#[test]
fn groups_are_joined_on_the_named_interface() {
    run(async {
        let mut feed = Feed::new(500, 8).await;
        // The kernel gives the ports; the groups are of the range for private use.
        let group = |last| SocketAddrV4::new(Ipv4Addr::new(239, 255, 77, last), 0);
        let options = JoinOptions {
            line_b: Some(group(2)),
            retransmit: Some(feed.retransmit()),
            ..JoinOptions::new(group(1))
        };
        let mut data = MarketData::join(options).await.expect("joined");
        let lines = [data.line_a(), data.line_b().expect("asked for")];
        let (messages, ()) = tokio::join!(read(&mut data), feed.send(&lines, 10));
        check_all(&messages, &feed, 1);
        assert!(0 < data.statistics().duplicates, "both groups were received");
    });
}
