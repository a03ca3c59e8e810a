//! Tests of both sides' sessions: every row of `docs/protocols/soupbintcp.md`, "Readings", that
//! concerns one connection, and any bytes in any pieces.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

const LIMITS: Limits = Limits::ORDER_ENTRY;

fn day_one() -> SessionId {
    SessionId::new("DAY1").expect("a session")
}

fn login() -> LoginRequest {
    LoginRequest::new("alice", "pass", SessionId::BLANK, 1).expect("fits")
}

fn client_bytes(packets: &[ClientPacket<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    packets.iter().for_each(|packet| packet.encode(&mut bytes));
    bytes
}

fn server_bytes(packets: &[ServerPacket<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    packets.iter().for_each(|packet| packet.encode(&mut bytes));
    bytes
}

/// A server's session at time 0 that accepted `login`.
fn logged_in_with(login: LoginRequest) -> ServerSession {
    let mut session = ServerSession::new(0, LIMITS);
    let bytes = client_bytes(&[ClientPacket::Login(login)]);
    let event = session.receive(&bytes, 0);
    assert_eq!(event, Ok(Some((ServerEvent::Login(login), bytes.len()))));
    let mut out = Vec::new();
    session.accept(&LoginAccepted { session: day_one(), sequence_number: 1 }, &mut out, 0);
    assert_eq!(out, b"\x00\x1fA      DAY1                   1");
    session
}

fn logged_in() -> ServerSession {
    logged_in_with(login())
}

/// A client's session at time 0 whose login was accepted with next number 5.
fn accepted() -> ClientSession {
    let mut session = ClientSession::new(0, LIMITS);
    session.connect(&login(), &mut Vec::new(), 0);
    let accepted = LoginAccepted { session: day_one(), sequence_number: 5 };
    let bytes = server_bytes(&[ServerPacket::LoginAccepted(accepted)]);
    let event = ClientEvent::Accepted { session: day_one(), next: 5 };
    assert_eq!(session.receive(&bytes, 0), Ok(Some((event, bytes.len()))));
    session
}

/// Expects a violation with this text, and that nothing is taken after it.
fn check_violation(mut session: ServerSession, bytes: &[u8], text: &str) {
    let violation = session.receive(bytes, 0).expect_err("a violation");
    assert_eq!(violation.to_string(), text);
    assert!(session.is_closed());
    assert_eq!(session.receive(b"\x00\x01R", 0), Ok(None));
    assert_eq!(session.poll(u64::MAX), Due::Nothing);
}

#[test]
fn data_before_login_is_a_violation() {
    let session = ServerSession::new(0, LIMITS);
    check_violation(session, b"\x00\x02Ux", "packet type U before login");
}

#[test]
fn data_before_the_login_is_answered_is_a_violation() {
    let mut session = ServerSession::new(0, LIMITS);
    let bytes = client_bytes(&[ClientPacket::Login(login())]);
    session.receive(&bytes, 0).expect("well formed");
    check_violation(session, b"\x00\x02Ux", "packet type U before login");
}

#[test]
fn a_heartbeat_before_login_is_a_violation() {
    let session = ServerSession::new(0, LIMITS);
    check_violation(session, b"\x00\x01R", "packet type R before login");
}

#[test]
fn a_heartbeat_may_overtake_the_answer_to_the_login() {
    let mut session = ServerSession::new(0, LIMITS);
    let bytes = client_bytes(&[ClientPacket::Login(login())]);
    session.receive(&bytes, 0).expect("well formed");
    assert_eq!(session.receive(b"\x00\x01R", 0), Ok(Some((ServerEvent::Heartbeat, 3))));
}

#[test]
fn a_debug_packet_may_come_at_any_time() {
    for mut session in [ServerSession::new(0, LIMITS), logged_in()] {
        let event = session.receive(b"\x00\x03+hi", 0);
        assert_eq!(event, Ok(Some((ServerEvent::Debug(b"hi"), 5))));
    }
}

#[test]
fn a_second_login_is_a_violation() {
    let again = client_bytes(&[ClientPacket::Login(login())]);
    let mut session = ServerSession::new(0, LIMITS);
    session.receive(&again, 0).expect("well formed");
    check_violation(session, &again, "second login on one connection");
    check_violation(logged_in(), &again, "second login on one connection");
}

#[test]
fn an_unknown_packet_type_is_a_violation() {
    check_violation(logged_in(), b"\x00\x01H", "unknown packet type 0x48");
    check_violation(logged_in(), b"\x00\x01\x00", "unknown packet type 0x00");
}

#[test]
fn a_payload_where_none_belongs_is_a_violation() {
    check_violation(logged_in(), b"\x00\x02Rx", "packet type R has packet length 2, expected 1");
    check_violation(logged_in(), b"\x00\x02Ox", "packet type O has packet length 2, expected 1");
    let mut client = accepted();
    let violation = client.receive(b"\x00\x02Hx", 0).expect_err("a violation");
    assert_eq!(violation.to_string(), "packet type H has packet length 2, expected 1");
    assert!(client.is_closed());
    let violation = accepted().receive(b"\x00\x02Zx", 0).expect_err("a violation");
    assert_eq!(violation.to_string(), "packet type Z has packet length 2, expected 1");
}

#[test]
fn a_packet_without_a_type_is_a_violation() {
    check_violation(logged_in(), b"\x00\x00", "packet length is 0: no packet type");
}

#[test]
fn a_blank_or_odd_sequence_number_is_a_violation() {
    for number in [b"                    ", b"                 1x0"] {
        let fields: [&[u8]; 3] = [b"\x00\x2fLalice pass      ", b"          ", number];
        let text = "packet type L has a malformed requested sequence number";
        check_violation(ServerSession::new(0, LIMITS), &fields.concat(), text);
    }
}

#[test]
fn a_login_of_another_length_is_a_violation() {
    let text = "login request has packet length 48, expected 47 or 52";
    check_violation(ServerSession::new(0, LIMITS), b"\x00\x30L", text);
}

#[test]
fn too_long_a_packet_is_refused_by_its_length_field_alone() {
    let longest = [0; 1_024];
    let bytes = client_bytes(&[ClientPacket::Unsequenced(&longest)]);
    let event = logged_in().receive(&bytes, 0);
    assert_eq!(event, Ok(Some((ServerEvent::Message(&longest), 1_027))));
    check_violation(logged_in(), &[0x04, 0x02], "packet length 1026 is over the limit of 1025");
}

#[test]
fn a_login_fits_whatever_the_limit_on_payloads() {
    let mut session = ServerSession::new(0, Limits { max_payload: 0, ..LIMITS });
    let timed = login().with_heartbeat_timeout(1).expect("fits");
    let bytes = client_bytes(&[ClientPacket::Login(timed)]);
    assert_eq!(session.receive(&bytes, 0), Ok(Some((ServerEvent::Login(timed), 54))));
}

#[test]
fn a_logout_ends_everything_at_once() {
    for mut session in [ServerSession::new(0, LIMITS), logged_in()] {
        let bytes = client_bytes(&[ClientPacket::Logout, ClientPacket::Unsequenced(b"late")]);
        assert_eq!(session.receive(&bytes, 0), Ok(Some((ServerEvent::Logout, 3))));
        assert_eq!(session.receive(&bytes[3..], 0), Ok(None));
        assert!(session.is_closed());
    }
}

#[test]
fn the_answer_to_a_login_that_left_is_not_sent() {
    let mut session = ServerSession::new(0, LIMITS);
    let bytes = client_bytes(&[ClientPacket::Login(login()), ClientPacket::Logout]);
    session.receive(&bytes, 0).expect("well formed");
    session.receive(&bytes[49..], 0).expect("well formed");
    let mut out = Vec::new();
    session.accept(&LoginAccepted { session: day_one(), sequence_number: 1 }, &mut out, 0);
    session.reject(LoginRejectReason::NotAuthorized, &mut out);
    assert!(out.is_empty());
    assert!(session.is_closed());
}

#[test]
fn a_rejected_login_closes_both_sides() {
    let mut server = ServerSession::new(0, LIMITS);
    let mut client = ClientSession::new(0, LIMITS);
    let (mut up, mut down) = (Vec::new(), Vec::new());
    client.connect(&login(), &mut up, 0);
    server.receive(&up, 0).expect("well formed");
    server.reject(LoginRejectReason::SessionNotAvailable, &mut down);
    assert_eq!(down, b"\x00\x02JS");
    let rejected = ClientEvent::Rejected(LoginRejectReason::SessionNotAvailable);
    assert_eq!(client.receive(&down, 0), Ok(Some((rejected, 4))));
    assert!(server.is_closed());
    assert!(client.is_closed());
    // Behind the answer only a text for people is taken.
    let text = b"\x00\x04+why";
    assert_eq!(client.receive(text, 0), Ok(Some((ClientEvent::Debug(b"why"), 6))));
    assert_eq!(client.receive(b"\x00\x01Z", 0), Ok(None));
}

#[test]
fn the_end_of_the_session_closes_both_sides() {
    let (mut server, mut client) = (logged_in(), accepted());
    let mut down = Vec::new();
    server.end(&mut down);
    assert_eq!(down, b"\x00\x01Z");
    assert_eq!(client.receive(&down, 0), Ok(Some((ClientEvent::EndOfSession, 3))));
    assert!(server.is_closed());
    assert!(client.is_closed());
    let mut never = Vec::new();
    ServerSession::new(0, LIMITS).end(&mut never);
    assert!(never.is_empty(), "only a logged-in client is told");
}

#[test]
fn a_login_must_come_and_be_answered_in_time() {
    let mut session = ServerSession::new(100, LIMITS);
    assert_eq!(session.next_deadline_ms(), 30_100);
    // A Debug packet buys no time.
    session.receive(b"\x00\x01+", 20_000).expect("well formed");
    assert_eq!(session.poll(30_099), Due::Nothing);
    assert_eq!(session.poll(30_100), Due::LoginTimedOut);
    session.receive(&client_bytes(&[ClientPacket::Login(login())]), 30_000).expect("well formed");
    assert_eq!(session.poll(30_099), Due::Nothing);
    assert_eq!(session.poll(30_100), Due::LoginTimedOut);
}

#[test]
fn a_heartbeat_is_due_a_second_after_the_last_packet_sent() {
    let mut session = logged_in();
    assert_eq!(session.poll(999), Due::Nothing);
    assert_eq!(session.next_deadline_ms(), 1_000);
    assert_eq!(session.poll(1_000), Due::Heartbeat);
    session.sent(1_000);
    assert_eq!(session.poll(1_999), Due::Nothing);
    assert_eq!(session.next_deadline_ms(), 2_000);
}

#[test]
fn a_client_is_silent_fifteen_seconds_after_its_last_packet() {
    let mut session = logged_in();
    session.receive(b"\x00\x01R", 10_000).expect("well formed");
    // Half a packet is not yet heard.
    assert_eq!(session.receive(b"\x00\x01", 20_000), Ok(None));
    session.sent(24_999);
    assert_eq!(session.poll(24_999), Due::Nothing);
    assert_eq!(session.next_deadline_ms(), 25_000);
    assert_eq!(session.poll(25_000), Due::Silent);
}

#[test]
fn a_heartbeat_timeout_replaces_the_servers_silence_limit() {
    for (timeout_ms, silent_at_ms) in [(0, 15_000), (2_500, 2_500), (99_999, 99_999)] {
        let timed = login().with_heartbeat_timeout(timeout_ms).expect("fits");
        let mut session = logged_in_with(timed);
        session.sent(silent_at_ms - 1);
        assert_eq!(session.poll(silent_at_ms - 1), Due::Nothing);
        assert_eq!(session.poll(silent_at_ms), Due::Silent);
    }
}

#[test]
fn only_sequenced_packets_count() {
    let mut session = accepted();
    let bytes = server_bytes(&[
        ServerPacket::Sequenced(b"five"),
        ServerPacket::Unsequenced(b"u"),
        ServerPacket::Heartbeat,
        ServerPacket::Debug(b"d"),
        ServerPacket::Sequenced(b""),
    ]);
    let events = client_events(&mut session, &bytes);
    assert_eq!(
        events,
        [
            "Sequenced { number: 5, message: [102, 105, 118, 101] }",
            "Unsequenced([117])",
            "Heartbeat",
            "Debug([100])",
            "Sequenced { number: 6, message: [] }",
        ]
    );
    assert_eq!(session.next_number(), 7);
}

#[test]
fn a_server_answers_the_login_first_and_once() {
    let accepted_bytes = server_bytes(&[ServerPacket::LoginAccepted(LoginAccepted {
        session: day_one(),
        sequence_number: 1,
    })]);
    for early in [b"\x00\x02Sx".as_slice(), b"\x00\x02Ux", b"\x00\x01Z"] {
        let mut session = ClientSession::new(0, LIMITS);
        session.connect(&login(), &mut Vec::new(), 0);
        let packet_type = char::from(early[2]);
        assert_eq!(session.receive(early, 0), Err(Violation::BeforeLogin { packet_type }));
    }
    assert_eq!(accepted().receive(&accepted_bytes, 0), Err(Violation::SecondLogin));
    assert_eq!(accepted().receive(b"\x00\x02JA", 0), Err(Violation::SecondLogin));
    let unasked = ClientSession::new(0, LIMITS).receive(&accepted_bytes, 0);
    assert_eq!(unasked, Err(Violation::BeforeLogin { packet_type: 'A' }));
}

#[test]
fn a_client_keeps_the_same_clock() {
    let mut waiting = ClientSession::new(0, LIMITS);
    waiting.connect(&login(), &mut Vec::new(), 0);
    assert_eq!(waiting.poll(29_999), Due::Nothing);
    assert_eq!(waiting.poll(30_000), Due::LoginTimedOut);

    let mut session = accepted();
    assert_eq!(session.poll(1_000), Due::Heartbeat);
    let mut out = Vec::new();
    session.send(b"order", &mut out, 1_000);
    assert_eq!(out, b"\x00\x06Uorder");
    assert_eq!(session.poll(1_999), Due::Nothing);
    session.receive(b"\x00\x01H", 5_000).expect("well formed");
    assert_eq!(session.poll(20_000), Due::Silent);
    session.logout(&mut out);
    assert_eq!(out, b"\x00\x06Uorder\x00\x01O");
    assert!(session.is_closed());
}

#[test]
fn a_stream_past_the_last_number_is_a_violation() {
    let mut session = ClientSession::new(0, LIMITS);
    session.connect(&login(), &mut Vec::new(), 0);
    let accepted = LoginAccepted { session: day_one(), sequence_number: u64::MAX };
    let bytes = server_bytes(&[ServerPacket::LoginAccepted(accepted)]);
    session.receive(&bytes, 0).expect("well formed");
    assert_eq!(session.receive(b"\x00\x01S", 0), Err(Violation::NumbersExhausted));
}

/// Takes what it can from `bytes`, as a gateway does with its read buffer; returns the events, the
/// violation if there was one, and the number of bytes taken.
fn server_loop(session: &mut ServerSession, bytes: &[u8]) -> (Vec<String>, usize) {
    let (mut events, mut taken) = (Vec::new(), 0);
    loop {
        match session.receive(&bytes[taken..], 0) {
            Ok(Some((event, consumed))) => {
                events.push(format!("{event:?}"));
                taken += consumed;
                if let ServerEvent::Login(_) = event {
                    let answer = LoginAccepted { session: day_one(), sequence_number: 1 };
                    session.accept(&answer, &mut Vec::new(), 0);
                }
            }
            Ok(None) => return (events, taken),
            Err(violation) => events.push(violation.to_string()),
        }
    }
}

fn client_events(session: &mut ClientSession, bytes: &[u8]) -> Vec<String> {
    let (mut events, mut taken) = (Vec::new(), 0);
    loop {
        match session.receive(&bytes[taken..], 0) {
            Ok(Some((event, consumed))) => {
                events.push(format!("{event:?}"));
                taken += consumed;
            }
            Ok(None) => return events,
            Err(violation) => events.push(violation.to_string()),
        }
    }
}

/// Feeds the pieces one after the other, keeping what was not taken.
fn server_events(pieces: &[&[u8]]) -> Vec<String> {
    let mut session = ServerSession::new(0, LIMITS);
    let (mut events, mut buffer) = (Vec::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let (more, taken) = server_loop(&mut session, &buffer);
        events.extend(more);
        buffer.drain(..taken);
    }
    events
}

#[test]
fn a_stream_means_the_same_however_it_is_cut() {
    let stream = client_bytes(&[
        ClientPacket::Debug(b"hello"),
        ClientPacket::Login(login().with_heartbeat_timeout(7).expect("fits")),
        ClientPacket::Unsequenced(b"first"),
        ClientPacket::Unsequenced(b""),
        ClientPacket::Heartbeat,
        ClientPacket::Unsequenced(b"\x00\x01O"),
        ClientPacket::Logout,
    ]);
    let whole = server_events(&[&stream]);
    assert_eq!(whole.len(), 7);
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(server_events(&bytes), whole);
    for first in 0..stream.len() {
        for second in first..stream.len() {
            let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
            assert_eq!(server_events(&pieces), whole, "cut at {first} and {second}");
        }
    }
}

fn config(seed: u64) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn text(longest: usize) -> impl Strategy<Value = String> {
    vec(prop::char::range('!', '~'), 0..=longest).prop_map(String::from_iter)
}

fn any_login() -> impl Strategy<Value = LoginRequest> {
    let timeout = prop::option::of(0..=packet::MAX_HEARTBEAT_TIMEOUT_MS);
    (text(6), text(10), text(10), any::<u64>(), timeout).prop_map(
        |(username, password, session, number, timeout_ms)| {
            let session = SessionId::new(&session).expect("printable");
            let login = LoginRequest::new(&username, &password, session, number).expect("fits");
            match timeout_ms {
                Some(timeout_ms) => login.with_heartbeat_timeout(timeout_ms).expect("fits"),
                None => login,
            }
        },
    )
}

/// Bytes that often look like the start of a packet.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let packet = (0_u8..60, prop::sample::select(b"+LUROAJSHZ?".to_vec()), vec(any::<u8>(), 0..60));
    let packet = packet.prop_map(|(length, packet_type, rest)| {
        [&[0, length, packet_type], rest.as_slice()].concat()
    });
    vec(prop_oneof![packet, vec(any::<u8>(), 0..60)], 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config(401))]

    #[test]
    fn client_packets_survive_the_wire(login in any_login(), message in vec(any::<u8>(), 0..2_000)) {
        for packet in [
            ClientPacket::Login(login),
            ClientPacket::Unsequenced(&message),
            ClientPacket::Debug(&message),
        ] {
            let bytes = client_bytes(&[packet]);
            prop_assert_eq!(ClientPacket::decode(&bytes), Ok(Some((packet, bytes.len()))));
        }
    }

    #[test]
    fn server_packets_survive_the_wire(
        session in text(10), sequence_number: u64, message in vec(any::<u8>(), 0..2_000),
    ) {
        let session = SessionId::new(&session).expect("printable");
        for packet in [
            ServerPacket::LoginAccepted(LoginAccepted { session, sequence_number }),
            ServerPacket::Sequenced(&message),
            ServerPacket::Unsequenced(&message),
            ServerPacket::Debug(&message),
        ] {
            let bytes = server_bytes(&[packet]);
            prop_assert_eq!(ServerPacket::decode(&bytes), Ok(Some((packet, bytes.len()))));
        }
    }

    #[test]
    fn any_bytes_mean_the_same_however_they_are_cut(
        bytes in noise(), cut: prop::sample::Index, in_session: bool,
    ) {
        let login = in_session.then(|| ClientPacket::Login(login()));
        let mut stream = client_bytes(login.as_slice());
        stream.extend_from_slice(&bytes);
        let (left, right) = stream.split_at(cut.index(stream.len() + 1));
        prop_assert_eq!(server_events(&[left, right]), server_events(&[&stream]));
    }

    #[test]
    fn any_bytes_are_taken_or_refused_by_a_client(bytes in noise(), in_session: bool) {
        let mut session = if in_session { accepted() } else { ClientSession::new(0, LIMITS) };
        client_events(&mut session, &bytes);
    }
}
