//! The whole way: two lossy lines, a receiver, and a server that fills its gaps.

use std::net::UdpSocket;

use protocol::moldudp64::{Downstream, Kind, Receiver};

use super::super::Publisher;
use super::server::Server;
use super::{Random, SESSION, block, config, listen, receive, session};

/// Takes the messages that are in order.
fn take(receiver: &mut Receiver, into: &mut Vec<Vec<u8>>) {
    while let Some((number, message)) = receiver.next_message() {
        into.push(message.to_vec());
        assert_eq!(usize::try_from(number), Ok(into.len()));
    }
}

/// Gives the receiver what one line brings until the end of the session, with losses.
fn listen_to(
    line: &UdpSocket,
    receiver: &mut Receiver,
    random: &mut Random,
    into: &mut Vec<Vec<u8>>,
) {
    loop {
        let packet = receive(line);
        let kind = Downstream::decode(&packet).expect("well formed").kind();
        if kind == Kind::EndOfSession || random.below(10) < 6 {
            receiver.on_packet(&packet, 0).expect("of this session");
            take(receiver, into);
        }
        if kind == Kind::EndOfSession {
            return;
        }
    }
}

#[tokio::test]
async fn whatever_the_lines_lose_comes_by_request_while_the_session_ends() {
    let seed = 31;
    println!("seed {seed}");
    let mut random = Random(seed);
    let (a, b) = (listen(0), listen(1));
    let mut server = Server::start(4_096, config(&a, Some(&b))).await;
    server.publish(random.messages(800));
    let mut publisher =
        Publisher::bind(&server.config, session(), 1, server.metrics.clone()).expect("two groups");
    for (number, message) in (1..).zip(&server.sent) {
        publisher.push(number, &block(message));
        if random.below(8) == 0 {
            publisher.flush();
        }
    }
    publisher.end_session();
    publisher.poll(0);
    assert!(publisher.is_idle());

    let mut receiver = Receiver::new(Some(SESSION), 1, 300);
    let mut received = Vec::new();
    listen_to(&a, &mut receiver, &mut random, &mut received);
    listen_to(&b, &mut receiver, &mut random, &mut received);
    assert!(received.len() < server.sent.len(), "both lines lost something");
    while let Some(now_ms) = receiver.next_deadline_ms() {
        let request = receiver.request_due(now_ms).expect("due at its deadline");
        server.send(&request.encode()).await;
        let answer = server.answer().await;
        if random.below(10) < 6 {
            receiver.on_packet(&answer, now_ms).expect("of this session");
            take(&mut receiver, &mut received);
        }
    }
    assert!(receiver.is_end_of_session());
    assert_eq!(received, server.sent);
    server.stop().await;
}
