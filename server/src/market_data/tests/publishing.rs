//! What is sent arrives: the same on both lines, in whole messages, and nothing twice.

use std::net::{ToSocketAddrs, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use protocol::moldudp64::{Downstream, Kind};
use socket2::Socket;

use super::super::Publisher;
use super::super::line::Line;
use super::{Random, SESSION, block, config, drain, listen, receive, session, wire};
use crate::config::MarketDataConfig;
use crate::metrics::Metrics;

type Numbered = Vec<(u64, Vec<u8>)>;

/// The messages of packets, which must be well formed and of this session.
fn messages(packets: &[Vec<u8>]) -> Numbered {
    let mut messages = Vec::new();
    for packet in packets {
        let packet = Downstream::decode(packet).expect("well formed");
        assert_eq!(packet.session(), SESSION);
        messages.extend(packet.messages().map(|(number, message)| (number, message.to_vec())));
    }
    messages
}

fn numbered(messages: &[Vec<u8>]) -> Numbered {
    (1..).zip(messages.iter().cloned()).collect()
}

fn push_all(publisher: &mut Publisher, messages: &[Vec<u8>]) {
    for (number, message) in (1..).zip(messages) {
        publisher.push(number, &block(message));
    }
}

/// A publisher whose lines are wires.
fn over(wires: Vec<Socket>, metrics: &Arc<Metrics>) -> Publisher {
    let lines = "AB".chars().zip(wires).map(|(name, wire)| Line::over(name, wire).expect("a line"));
    let config = MarketDataConfig::default();
    Publisher::over(lines.collect(), &config, session(), 1, Arc::clone(metrics))
}

/// Takes packets from a multicast group until the last message is there.
fn receive_until(socket: &UdpSocket, last: usize) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut next = 1;
    while next <= last {
        let packet = receive(socket);
        next += Downstream::decode(&packet).expect("well formed").messages().count();
        packets.push(packet);
    }
    packets
}

#[test]
fn lines_a_and_b_carry_the_same_packets() {
    let seed = 11;
    println!("seed {seed}");
    let mut random = Random(seed);
    let (a, b) = (listen(0), listen(1));
    let config = MarketDataConfig { max_payload: 700, ..config(&a, Some(&b)) };
    let mut publisher =
        Publisher::bind(&config, session(), 1, Arc::default()).expect("two groups on loopback");
    let sent = random.messages(600);
    for (number, message) in (1..).zip(&sent) {
        publisher.push(number, &block(message));
        if random.below(40) == 0 {
            publisher.flush();
        }
    }
    publisher.flush();
    assert!(publisher.is_idle());

    let (a, b) = (receive_until(&a, sent.len()), receive_until(&b, sent.len()));
    assert_eq!(a, b);
    assert_eq!(messages(&a), numbered(&sent));
    assert!(a.iter().all(|packet| packet.len() <= 700));
}

#[test]
fn a_packet_is_filled_to_the_last_byte_and_no_message_is_split() {
    let (sender, receiver) = wire();
    let mut publisher = over(vec![sender], &Arc::default());
    // 38 messages of 36 bytes and one of 6 make 1,472 bytes; one of 7 goes into the next packet.
    let mut sent = vec![vec![1; 36]; 38];
    sent.push(vec![2; 6]);
    sent.extend(vec![vec![3; 36]; 38]);
    sent.push(vec![4; 7]);
    push_all(&mut publisher, &sent);
    publisher.flush();
    let packets = drain(&receiver);
    assert_eq!(packets.iter().map(Vec::len).collect::<Vec<_>>(), [1_472, 20 + 38 * 38, 20 + 9]);
    assert_eq!(messages(&packets), numbered(&sent));
}

#[test]
fn nothing_is_sent_before_the_flush_but_nothing_waits_after_it() {
    let (sender, receiver) = wire();
    let mut publisher = over(vec![sender], &Arc::default());
    publisher.flush();
    publisher.push(1, &block(b"first"));
    assert!(!publisher.is_idle());
    assert!(drain(&receiver).is_empty());
    publisher.flush();
    assert!(publisher.is_idle());
    let packets = drain(&receiver);
    let packet = Downstream::decode(&packets[0]).expect("well formed");
    assert_eq!((packets.len(), packet.kind()), (1, Kind::Data(1)));
}

#[test]
fn a_full_socket_loses_nothing() {
    let (sender, receiver) = wire();
    sender.set_send_buffer_size(1).expect("the kernel raises it to its least");
    let metrics = Arc::new(Metrics::default());
    let mut publisher = over(vec![sender], &metrics);
    let sent = Random(12).messages(5_000);
    push_all(&mut publisher, &sent);
    let mut packets = Vec::new();
    let mut flushes = 0;
    while !publisher.is_idle() {
        publisher.flush();
        packets.extend(drain(&receiver));
        flushes += 1;
    }
    assert_eq!(messages(&packets), numbered(&sent));
    assert!(10 < flushes);
    assert_eq!(metrics.feed_send_retries.value(), flushes - 1);
}

#[test]
fn a_full_line_does_not_hold_up_the_other() {
    let ((sender_a, a), (sender_b, b)) = (wire(), wire());
    sender_b.set_send_buffer_size(1).expect("the kernel raises it to its least");
    let mut publisher = over(vec![sender_a, sender_b], &Arc::default());
    let sent = Random(13).messages(2_000);
    let (mut from_a, mut from_b) = (Vec::new(), Vec::new());
    for (number, message) in (1..).zip(&sent) {
        publisher.push(number, &block(message));
        publisher.flush();
        from_a.extend(drain(&a));
    }
    assert_eq!(messages(&from_a), numbered(&sent), "line A has everything");
    while !publisher.is_idle() {
        from_b.extend(drain(&b));
        publisher.flush();
    }
    from_b.extend(drain(&b));
    assert_eq!(from_b, from_a, "line B has it later");
}

#[test]
fn when_too_much_waits_there_is_no_room_but_a_block_may_overshoot() {
    let (sender, receiver) = wire();
    let mut publisher = over(vec![sender], &Arc::default());
    let sent = vec![vec![7; 1_450]; 3_000];
    push_all(&mut publisher, &sent[..1_000]);
    assert!(publisher.has_room());
    for (number, message) in (1_001..).zip(&sent[1_000..]) {
        publisher.push(number, &block(message));
    }
    publisher.flush();
    assert!(!publisher.has_room());
    let mut packets = Vec::new();
    while !publisher.has_room() {
        packets.extend(drain(&receiver));
        publisher.flush();
    }
    assert!(!publisher.is_idle());
    while !publisher.is_idle() {
        packets.extend(drain(&receiver));
        publisher.flush();
    }
    packets.extend(drain(&receiver));
    assert_eq!(messages(&packets), numbered(&sent));
}

#[test]
fn a_line_that_fails_loses_packets_and_goes_on_and_the_other_has_them_all() {
    let (a, b) = (one_receiver("127.0.0.1:0"), one_receiver("127.0.0.1:0"));
    let config = config(&a, Some(&b));
    let mut publisher = Publisher::bind(&config, session(), 1, Arc::default()).expect("two lines");
    let mut send = |number: u64| {
        publisher.push(number, &block(&number.to_be_bytes()));
        publisher.flush();
        assert!(publisher.is_idle(), "nothing waits for a receiver that is not there");
    };
    drop(b);
    (1..=10).for_each(&mut send);
    let b = one_receiver(config.b.expect("line B"));
    (11..=20).for_each(&mut send);

    let from_a = messages(&receive_until(&a, 20));
    assert!(from_a.into_iter().map(|(number, _)| number).eq(1..=20));
    let last = [(20, 20_u64.to_be_bytes().to_vec())];
    while messages(&[receive(&b)]) != last {}
}

/// A socket that packets can be sent to without a group.
fn one_receiver(address: impl ToSocketAddrs) -> UdpSocket {
    let socket = UdpSocket::bind(address).expect("a free port");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("an option");
    socket
}

#[test]
#[should_panic(expected = "in order and without gaps")]
fn a_message_out_of_order_is_not_published() {
    let mut publisher = over(vec![wire().0], &Arc::default());
    publisher.push(2, &block(b"second"));
}
