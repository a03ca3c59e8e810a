//! Tests of the receiver: gap decisions one by one, then whole streams over a bad network.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use zerocopy::IntoBytes;

use super::receiver::{FIRST_REQUEST_MS, LONGEST_PAUSE_MS, REPEAT_MS};
use super::*;

const SESSION: [u8; 10] = *b"2611220001";

/// A packet whose messages, numbered from `first`, are one byte each.
fn data(first: u64, messages: &[u8]) -> Vec<u8> {
    let mut packer = Packer::new(SESSION, MAX_PAYLOAD);
    packer.start(first);
    for message in messages {
        assert!(packer.push(&[*message]), "the packet has room");
    }
    packer.finish().to_vec()
}

fn receiver() -> Receiver {
    Receiver::new(Some(SESSION), 1, 1_000)
}

/// Gives the packet to the receiver and returns what it hands out, one byte a message.
fn take(receiver: &mut Receiver, packet: &[u8], now_ms: u64) -> String {
    receiver.on_packet(packet, now_ms).expect("a good packet");
    drain(receiver).into_iter().map(|(_, message)| char::from(message[0])).collect()
}

fn drain(receiver: &mut Receiver) -> Vec<(u64, Vec<u8>)> {
    let mut messages = Vec::new();
    while let Some((number, message)) = receiver.next_message() {
        messages.push((number, message.to_vec()));
    }
    messages
}

fn request(first: u64, count: u16) -> Option<Request> {
    Some(Request::new(SESSION, first, count))
}

#[test]
fn messages_in_order_are_handed_out_with_their_numbers() {
    let mut receiver = receiver();
    receiver.on_packet(&data(1, b"ab"), 0).expect("a good packet");
    assert_eq!(drain(&mut receiver), [(1, b"a".to_vec()), (2, b"b".to_vec())]);
    assert_eq!(take(&mut receiver, &data(3, b"c"), 0), "c");
    assert_eq!(receiver.next_number(), 4);
    assert_eq!(receiver.next_deadline_ms(), None);
}

#[test]
fn the_first_line_wins_and_the_other_is_a_duplicate() {
    let mut receiver = receiver();
    assert_eq!(take(&mut receiver, &data(1, b"ab"), 0), "ab");
    // Line B cuts its packets elsewhere.
    assert_eq!(take(&mut receiver, &data(1, b"a"), 0), "");
    assert_eq!(take(&mut receiver, &data(2, b"bc"), 0), "c");
    assert_eq!(take(&mut receiver, &data(3, b"c"), 0), "");
    assert_eq!(receiver.statistics().duplicates, 3);
    assert_eq!(receiver.statistics().messages, 3);
}

#[test]
fn a_packet_out_of_order_waits_and_asks_for_nothing_if_the_other_comes_soon() {
    let mut receiver = receiver();
    assert_eq!(take(&mut receiver, &data(1, b"a"), 0), "a");
    assert_eq!(take(&mut receiver, &data(4, b"d"), 100), "");
    assert_eq!(receiver.next_deadline_ms(), Some(100 + FIRST_REQUEST_MS));
    assert_eq!(receiver.request_due(100 + FIRST_REQUEST_MS - 1), None);
    assert_eq!(take(&mut receiver, &data(2, b"bc"), 101), "bcd");
    assert_eq!(receiver.request_due(u64::MAX), None);
    assert_eq!(receiver.statistics().gaps, 1);
    assert_eq!(receiver.statistics().requests, 0);
}

#[test]
fn what_is_missing_is_asked_for_with_growing_pauses() {
    let mut receiver = receiver();
    take(&mut receiver, &data(1, b"a"), 0);
    take(&mut receiver, &data(5, b"e"), 0);
    let mut now_ms = FIRST_REQUEST_MS;
    let mut pause_ms = REPEAT_MS;
    for _ in 0..20 {
        assert_eq!(receiver.request_due(now_ms), request(2, 3));
        assert_eq!(receiver.request_due(now_ms + pause_ms - 1), None);
        assert_eq!(receiver.next_deadline_ms(), Some(now_ms + pause_ms));
        now_ms += pause_ms;
        pause_ms = LONGEST_PAUSE_MS.min(pause_ms * 2);
    }
    assert_eq!(pause_ms, LONGEST_PAUSE_MS);
    assert_eq!(take(&mut receiver, &data(2, b"bcd"), now_ms), "bcde");
    assert_eq!(receiver.next_deadline_ms(), None);
}

#[test]
fn the_rest_of_a_short_answer_is_asked_for_at_once() {
    let mut receiver = receiver();
    take(&mut receiver, &data(10, b"j"), 0);
    assert_eq!(receiver.request_due(5), request(1, 9));
    assert_eq!(take(&mut receiver, &data(1, b"abcd"), 6), "abcd");
    assert_eq!(receiver.request_due(6), request(5, 5));
}

#[test]
fn what_came_before_the_first_packet_is_no_gap_and_is_caught_up_with() {
    let mut receiver = receiver();
    assert!(!receiver.is_caught_up(), "nothing was heard");
    take(&mut receiver, &data(5, b"e"), 0);
    assert!(!receiver.is_caught_up());
    assert_eq!(receiver.request_due(5), request(1, 4));
    assert_eq!(take(&mut receiver, &data(1, b"ab"), 6), "ab");
    assert_eq!(take(&mut receiver, &data(3, b"cd"), 7), "cde");
    assert!(receiver.is_caught_up());
    assert_eq!(receiver.statistics().gaps, 0);
    take(&mut receiver, &data(7, b"g"), 8);
    assert_eq!(receiver.statistics().gaps, 1);
}

#[test]
fn a_second_gap_waits_its_own_time() {
    let mut receiver = receiver();
    take(&mut receiver, &data(3, b"c"), 0);
    take(&mut receiver, &data(6, b"f"), 0);
    assert_eq!(receiver.request_due(5), request(1, 2));
    assert_eq!(take(&mut receiver, &data(1, b"ab"), 6), "abc");
    assert_eq!(receiver.request_due(6 + FIRST_REQUEST_MS - 1), None);
    assert_eq!(receiver.request_due(6 + FIRST_REQUEST_MS), request(4, 2));
    assert_eq!(receiver.statistics().gaps, 1);
}

#[test]
fn heartbeat_and_end_of_session_show_what_is_missing() {
    for packet in [heartbeat(SESSION, 4), end_of_session(SESSION, 4)] {
        let mut receiver = receiver();
        assert_eq!(take(&mut receiver, &packet, 0), "");
        assert_eq!(receiver.request_due(5), request(1, 3));
    }
}

#[test]
fn a_request_asks_for_65535_messages_at_most() {
    let mut receiver = Receiver::new(Some(SESSION), 1, 1_000_000);
    take(&mut receiver, &heartbeat(SESSION, 1 + 70_000), 0);
    assert_eq!(receiver.request_due(5), request(1, 65_535));
}

#[test]
fn no_more_is_asked_for_than_the_window_holds() {
    let mut receiver = Receiver::new(Some(SESSION), 1, 4);
    take(&mut receiver, &heartbeat(SESSION, u64::MAX), 0);
    assert_eq!(receiver.request_due(5), request(1, 4));
}

#[test]
fn a_message_beyond_the_window_is_dropped_and_asked_for_later() {
    let mut receiver = Receiver::new(Some(SESSION), 1, 4);
    assert_eq!(take(&mut receiver, &data(3, b"cde"), 0), "");
    assert_eq!(receiver.statistics().beyond_window, 1);
    assert_eq!(take(&mut receiver, &data(1, b"ab"), 1), "abcd");
    assert_eq!(receiver.request_due(1 + FIRST_REQUEST_MS), request(5, 1));
    assert_eq!(take(&mut receiver, &data(5, b"e"), 9), "e");
}

#[test]
fn a_full_window_asks_for_nothing_until_it_is_emptied() {
    let mut receiver = Receiver::new(Some(SESSION), 1, 2);
    receiver.on_packet(&data(1, b"abc"), 0).expect("a good packet");
    assert_eq!(receiver.request_due(5), None);
    assert_eq!(drain(&mut receiver).len(), 2);
    assert_eq!(receiver.request_due(5), request(3, 1));
}

#[test]
fn the_session_ends_only_when_nothing_is_missing() {
    let mut receiver = receiver();
    take(&mut receiver, &end_of_session(SESSION, 3), 0);
    assert!(!receiver.is_end_of_session());
    receiver.on_packet(&data(1, b"ab"), 1).expect("a good packet");
    assert!(!receiver.is_end_of_session(), "two messages are not handed out yet");
    drain(&mut receiver);
    assert!(receiver.is_end_of_session());
}

#[test]
fn another_session_is_counted_and_ignored() {
    let mut receiver = receiver();
    let other = heartbeat(*b"2611220002", 9);
    let expected = Ignored::OtherSession { expected: SESSION, actual: *b"2611220002" };
    assert_eq!(receiver.on_packet(&other, 0), Err(expected));
    assert_eq!(expected.to_string(), "packet of session 2611220002, expected 2611220001");
    assert_eq!(receiver.statistics().other_session, 1);
    assert_eq!(receiver.next_deadline_ms(), None);
}

#[test]
fn without_a_session_the_first_good_packet_gives_it() {
    let mut receiver = Receiver::new(None, 1, 10);
    assert_eq!(receiver.session(), None);
    receiver.on_packet(b"2611220009", 0).expect_err("cut short");
    take(&mut receiver, &data(1, b"a"), 0);
    assert_eq!(receiver.session(), Some(SESSION));
    receiver.on_packet(&heartbeat(*b"2611220002", 9), 0).expect_err("another session");
}

#[test]
fn a_malformed_packet_is_counted_and_ignored_whole() {
    let mut receiver = receiver();
    let packet = data(1, b"abc");
    let cut_short = &packet[..packet.len() - 1];
    let ignored = receiver.on_packet(cut_short, 0);
    assert_eq!(ignored, Err(Ignored::Malformed(PacketError::BlockCutShort { index: 2 })));
    assert_eq!(receiver.next_message(), None);
    assert_eq!(receiver.statistics(), Statistics { malformed: 1, ..Statistics::default() });
}

/// What the network does to one packet.
#[derive(Clone, Copy, Debug)]
struct Fate {
    lost: bool,
    doubled: bool,
    delay_ms: u64,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = (prop::bool::weighted(0.3), prop::bool::weighted(0.2), 0_u64..40);
    vec(fate.prop_map(|(lost, doubled, delay_ms)| Fate { lost, doubled, delay_ms }), 1..100)
}

/// Packs all messages into packets of at most `limit` bytes.
fn line(messages: &[Vec<u8>], limit: usize) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut next = 1;
    while let Some(packet) = answer(messages, next, u16::MAX, limit) {
        let count = Downstream::decode(&packet).expect("well formed").messages().count();
        next += u64::try_from(count).expect("small");
        packets.push(packet);
    }
    packets
}

/// Answers a request as a retransmission server does: the messages that fit one packet.
fn answer(messages: &[Vec<u8>], first: u64, count: u16, limit: usize) -> Option<Vec<u8>> {
    let start = usize::try_from(first - 1).expect("small");
    let mut packer = Packer::new(SESSION, limit);
    packer.start(first);
    for message in messages.get(start..)?.iter().take(usize::from(count)) {
        if !packer.push(message) {
            break;
        }
    }
    (packer.count() > 0).then(|| packer.finish().to_vec())
}

/// Packets and the times they arrive, in the order of arrival.
fn arrivals(lines: &[Vec<Vec<u8>>], fates: &[Fate]) -> Vec<(u64, Vec<u8>)> {
    let mut arrivals = Vec::new();
    let mut fate = fates.iter().cycle();
    for line in lines {
        for (sent_ms, packet) in (0_u64..).zip(line) {
            let fate = fate.next().expect("the cycle has no end");
            let copies = usize::from(!fate.lost) * (1 + usize::from(fate.doubled));
            arrivals
                .extend((1..).take(copies).map(|n| (sent_ms + n * fate.delay_ms, packet.clone())));
        }
    }
    arrivals.sort_by_key(|(at_ms, _)| *at_ms);
    arrivals
}

/// A header of this session and bytes that may be blocks.
fn odd_packet() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![0_u64..20, any::<u64>()];
    let count = prop_oneof![0_u16..4, any::<u16>()];
    (number, count, vec(0_u8..3, 0..16)).prop_map(|(number, count, blocks)| {
        let header = Header::new(SESSION, number, count);
        [header.as_bytes(), &blocks].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(413),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_message_comes_once_and_in_order_over_a_bad_network(
        messages in vec(vec(any::<u8>(), 0..12), 0..150),
        limits in (34_usize..120, 34_usize..120, 34_usize..120),
        window in 1_usize..200,
        fates in fates(),
        answers_lost in vec(any::<bool>(), 0..20),
    ) {
        let lines = [line(&messages, limits.0), line(&messages, limits.1)];
        let mut receiver = Receiver::new(Some(SESSION), 1, window);
        let mut read = Vec::new();
        for (at_ms, packet) in arrivals(&lines, &fates) {
            receiver.on_packet(&packet, at_ms).expect("a good packet");
            read.extend(drain(&mut receiver));
        }
        let end = end_of_session(SESSION, 1 + u64::try_from(messages.len()).expect("small"));
        receiver.on_packet(&end, 1_000).expect("a good packet");
        let mut answers_lost = answers_lost.into_iter();
        while let Some(at_ms) = receiver.next_deadline_ms() {
            prop_assert!(!receiver.is_end_of_session());
            let request = receiver.request_due(at_ms).expect("due at its deadline");
            let count = request.requested_message_count.get();
            let answer = answer(&messages, request.sequence_number.get(), count, limits.2);
            if !answers_lost.next().unwrap_or(false) {
                receiver.on_packet(&answer.expect("it was sent once"), at_ms).expect("good");
                read.extend(drain(&mut receiver));
            }
        }
        prop_assert!(receiver.is_end_of_session());
        prop_assert!(read.into_iter().eq((1..).zip(messages)));
    }

    #[test]
    fn any_packets_are_taken_or_ignored(
        packets in vec(odd_packet(), 0..40),
        window in 1_usize..10,
        first: u64,
    ) {
        let mut receiver = Receiver::new(None, first, window);
        for (packet, now_ms) in packets.iter().zip(0..) {
            // Refusing is right; only a panic would be wrong.
            let _ = receiver.on_packet(packet, now_ms);
            if now_ms % 3 == 0 {
                drain(&mut receiver);
            }
            receiver.request_due(now_ms);
        }
    }
}
