//! Requests and their answers, over a socket.

use std::time::Instant;

use protocol::moldudp64::{Downstream, Request};

use super::server::Server;
use super::{Random, SESSION};
use crate::config::MarketDataConfig;

/// A server with 3,000 messages, the newest few of them in memory.
async fn server(config: MarketDataConfig) -> Server {
    let mut server = Server::start(20_000, config).await;
    server.publish(Random(21).messages(3_000));
    server
}

#[tokio::test]
async fn any_range_comes_again_from_memory_or_from_disk() {
    let seed = 22;
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut server = server(MarketDataConfig::default()).await;
    for _ in 0..500 {
        let last = server.sent.len();
        let recent = random.below(2) * (last - 500);
        let first = u64::try_from(1 + recent + random.below(last - recent)).expect("a number");
        let count = [1, 2, 30, 40, 65_535][random.below(5)];
        assert_eq!(server.ask(first, count).await, server.right_answer(first, count));
        server.publish(random.messages(3));
    }
    assert_eq!(server.metrics.retransmissions_served.value(), 500);
    assert_eq!(server.metrics.retransmissions_dropped.value(), 0);
    server.stop().await;
}

#[tokio::test]
async fn recent_messages_need_no_disk_and_older_ones_are_not_made_up() {
    let server = server(MarketDataConfig::default()).await;
    server.destroy_log();
    server.send(&Request::new(SESSION, 1, 10).encode()).await;
    server.seen(1).await;
    assert_eq!(server.metrics.retransmissions_dropped.value(), 1);
    assert_eq!(server.ask(2_950, 10).await, server.right_answer(2_950, 10));
}

#[tokio::test]
async fn an_answer_is_one_full_packet_at_most() {
    let config = MarketDataConfig { max_payload: 500, ..MarketDataConfig::default() };
    let server = server(config).await;
    for first in [1, 2_900] {
        let answer = server.ask(first, 65_535).await;
        let packet = Downstream::decode(&answer).expect("well formed");
        let next = usize::try_from(packet.next_number()).expect("a number") - 1;
        assert_eq!(packet.sequence_number(), first);
        assert!(answer.len() <= 500);
        assert!(500 < answer.len() + 2 + server.sent[next].len(), "the next one does not fit");
    }
}

#[tokio::test]
async fn a_request_past_the_end_gets_what_there_is() {
    let server = server(MarketDataConfig::default()).await;
    let answer = server.ask(2_999, 100).await;
    let packet = Downstream::decode(&answer).expect("well formed");
    assert_eq!((packet.sequence_number(), packet.next_number()), (2_999, 3_001));
}

#[tokio::test]
async fn an_invalid_request_is_dropped_and_counted() {
    let server = server(MarketDataConfig::default()).await;
    let good = Request::new(SESSION, 1, 1).encode();
    let invalid: [&[u8]; 10] = [
        b"",
        &good[..19],
        &[&good[..], b"\0"].concat(),
        &[0xFF; 1_472],
        &Request::new(*b"2611220002", 1, 1).encode(),
        &Request::new(*b"          ", 1, 1).encode(),
        &Request::new(SESSION, 0, 1).encode(),
        &Request::new(SESSION, 1, 0).encode(),
        &Request::new(SESSION, 3_001, 1).encode(),
        &Request::new(SESSION, u64::MAX, 65_535).encode(),
    ];
    for bytes in invalid {
        server.send(bytes).await;
    }
    assert_eq!(server.ask(1, 1).await, server.right_answer(1, 1), "the first answer of all");
    assert_eq!(server.metrics.retransmissions_dropped.value(), 10);
    assert_eq!(server.metrics.retransmissions_served.value(), 1);
}

#[tokio::test]
async fn before_the_first_message_there_is_nothing_to_ask_for() {
    let mut server = Server::start(20_000, MarketDataConfig::default()).await;
    server.send(&Request::new(SESSION, 1, 1).encode()).await;
    server.seen(1).await;
    server.publish(vec![b"first".to_vec()]);
    assert_eq!(server.ask(1, 1).await, server.right_answer(1, 1));
    assert_eq!(server.metrics.retransmissions_dropped.value(), 1);
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let started = Instant::now();
    let server =
        server(MarketDataConfig { retransmit_per_second: 2, ..MarketDataConfig::default() }).await;
    for _ in 0..50 {
        server.send(&Request::new(SESSION, 1, 1).encode()).await;
    }
    server.seen(50).await;
    let served = server.metrics.retransmissions_served.value();
    let most = 2 + 2 * (started.elapsed().as_secs() + 1);
    assert!((2..=most).contains(&served), "{served} answers, {most} at most");
}

#[tokio::test]
async fn who_is_not_allowed_gets_nothing() {
    let elsewhere = vec!["10.0.0.0/8".parse().expect("a network")];
    let server =
        server(MarketDataConfig { retransmit_allow: elsewhere, ..MarketDataConfig::default() })
            .await;
    for _ in 0..3 {
        server.send(&Request::new(SESSION, 1, 1).encode()).await;
    }
    server.seen(3).await;
    assert_eq!(server.metrics.retransmissions_dropped.value(), 3);
}
