//! What the feed says when it has nothing to say: heartbeats, and the end of the session.

use std::net::UdpSocket;
use std::sync::Arc;

use protocol::moldudp64::{end_of_session, heartbeat};

use super::super::Publisher;
use super::super::line::Line;
use super::{SESSION, block, drain, session, wire};
use crate::config::MarketDataConfig;

/// A publisher on one wire; the next message is number 7.
fn publisher() -> (Publisher, UdpSocket) {
    let (sender, receiver) = wire();
    let line = Line::over('A', sender).expect("a line");
    let config = MarketDataConfig { end_of_session_s: 3, ..MarketDataConfig::default() };
    (Publisher::over(vec![line], &config, session(), 7, Arc::default()), receiver)
}

fn poll(publisher: &mut Publisher, receiver: &UdpSocket, now_ms: u64) -> Vec<Vec<u8>> {
    publisher.poll(now_ms);
    drain(receiver)
}

#[test]
fn the_first_poll_says_where_the_stream_stands() {
    let (mut publisher, receiver) = publisher();
    assert_eq!(poll(&mut publisher, &receiver, 50), [heartbeat(SESSION, 7)]);
    assert_eq!(publisher.next_deadline_ms(), 1_050);
}

#[test]
fn a_heartbeat_follows_a_second_of_silence() {
    let (mut publisher, receiver) = publisher();
    poll(&mut publisher, &receiver, 0);
    assert!(poll(&mut publisher, &receiver, 999).is_empty());
    assert_eq!(poll(&mut publisher, &receiver, 1_000), [heartbeat(SESSION, 7)]);
    assert!(poll(&mut publisher, &receiver, 1_999).is_empty());
    assert_eq!(poll(&mut publisher, &receiver, 2_000), [heartbeat(SESSION, 7)]);
}

#[test]
fn messages_break_the_silence() {
    let (mut publisher, receiver) = publisher();
    poll(&mut publisher, &receiver, 0);
    publisher.push(7, &block(b"seven"));
    publisher.flush();
    drain(&receiver);
    assert!(poll(&mut publisher, &receiver, 600).is_empty());
    assert_eq!(publisher.next_deadline_ms(), 1_600);
    assert!(poll(&mut publisher, &receiver, 1_599).is_empty());
    assert_eq!(poll(&mut publisher, &receiver, 1_600), [heartbeat(SESSION, 8)]);
}

#[test]
fn a_heartbeat_never_overtakes_a_message() {
    let (mut publisher, receiver) = publisher();
    publisher.push(7, &block(b"seven"));
    let packets = poll(&mut publisher, &receiver, 0);
    assert_eq!(packets, [b"2611220001\0\0\0\0\0\0\0\x07\0\x01\0\x05seven"]);
}

#[test]
fn the_end_of_the_session_is_repeated_once_a_second() {
    let (mut publisher, receiver) = publisher();
    poll(&mut publisher, &receiver, 0);
    publisher.push(7, &block(b"last"));
    publisher.flush();
    publisher.end_session();
    drain(&receiver);
    for now_ms in [500, 1_500, 2_500] {
        assert!(publisher.next_deadline_ms() <= now_ms);
        assert!(!publisher.end_of_session_is_over(now_ms));
        assert_eq!(poll(&mut publisher, &receiver, now_ms), [end_of_session(SESSION, 8)]);
        assert!(poll(&mut publisher, &receiver, now_ms + 999).is_empty());
    }
    assert!(!publisher.end_of_session_is_over(3_499));
    assert!(publisher.end_of_session_is_over(3_500));
    assert_eq!(publisher.next_deadline_ms(), 3_500);
    assert!(poll(&mut publisher, &receiver, 3_500).is_empty());
    assert_eq!(publisher.next_deadline_ms(), u64::MAX);
}

#[test]
fn the_end_follows_the_last_messages_at_once() {
    let (mut publisher, receiver) = publisher();
    publisher.push(7, &block(b"last"));
    publisher.end_session();
    let packets = poll(&mut publisher, &receiver, 10);
    assert_eq!(packets.len(), 2);
    assert_eq!(packets[1], end_of_session(SESSION, 8));
}

#[test]
fn an_end_of_no_length_is_still_said_once() {
    let (sender, receiver) = wire();
    let line = Line::over('A', sender).expect("a line");
    let config = MarketDataConfig { end_of_session_s: 0, ..MarketDataConfig::default() };
    let mut publisher = Publisher::over(vec![line], &config, session(), 1, Arc::default());
    publisher.end_session();
    assert!(!publisher.end_of_session_is_over(5));
    assert_eq!(poll(&mut publisher, &receiver, 5), [end_of_session(SESSION, 1)]);
    assert!(publisher.end_of_session_is_over(5));
}

#[test]
fn what_waits_is_tried_again_soon() {
    let (mut publisher, receiver) = publisher();
    poll(&mut publisher, &receiver, 0);
    for number in 7..1_007 {
        publisher.push(number, &block(&[0; 1_000]));
    }
    publisher.poll(10);
    assert!(!publisher.is_idle());
    assert_eq!(publisher.next_deadline_ms(), 11);
    drain(&receiver);
    let mut now_ms = 11;
    while !publisher.is_idle() {
        publisher.poll(now_ms);
        drain(&receiver);
        now_ms += 1;
    }
    assert_eq!(
        publisher.next_deadline_ms(),
        1_010,
        "the silence began when the last message was packed"
    );
}
