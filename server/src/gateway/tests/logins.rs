//! Who is let in, where the stream starts, and how many may try at a time.

use std::collections::VecDeque;

use protocol::SessionId;
use protocol::soupbintcp::{ClientPacket, LoginRejectReason, LoginRequest};
use tokio::task::JoinSet;

use super::client::{Client, PASSWORD, Seen, message, packet, packets};
use super::venue::{Setup, Venue, session};

fn login(username: &str, password: &str, session: SessionId, number: u64) -> LoginRequest {
    LoginRequest::new(username, password, session, number).expect("fits")
}

fn good(username: &str, number: u64) -> LoginRequest {
    login(username, PASSWORD, SessionId::BLANK, number)
}

const NOT_AUTHORIZED: Seen = Seen::Rejected(LoginRejectReason::NotAuthorized);
const NOT_AVAILABLE: Seen = Seen::Rejected(LoginRejectReason::SessionNotAvailable);

fn debug(text: &str) -> Seen {
    Seen::Debug(text.to_owned())
}

/// Logs in, returns the answer and the first message if there is one at once, and logs out.
async fn answer(venue: &Venue, login: &LoginRequest) -> Vec<Seen> {
    let mut client = Client::connect(venue.address).await;
    client.log_in(login).await;
    let mut seen = vec![client.next().await];
    client.write(&packet(ClientPacket::Logout)).await;
    seen.append(&mut client.rest().await);
    seen
}

#[test]
fn a_good_login_is_accepted_and_answered_from_message_1() {
    Setup::default().check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        client.send(0..100).await;
        client.expect_echo(1, 0..100).await;
        let heard = venue.heard(0, 101).await;
        assert_eq!(heard[..3], ["Connected", "0", "1"]);
        assert_eq!((venue.metrics.logins.value(), venue.metrics.sessions.value()), (1, 1));
    });
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_not_authorized() {
    Setup::default().check(async |venue| {
        for (username, password) in [("P0", "WRONG"), ("P9", PASSWORD), ("", ""), ("P0", "")] {
            let login = login(username, password, SessionId::BLANK, 1);
            assert_eq!(Client::refused(venue.address, &login).await, [NOT_AUTHORIZED]);
        }
        assert_eq!((venue.metrics.logins_refused.value(), venue.metrics.logins.value()), (4, 0));
        assert_eq!(venue.heard(0, 0).await, [""; 0]);
    });
}

#[test]
fn user_name_and_password_are_taken_in_any_case() {
    Setup::default().check(async |venue| {
        let mut client = Client::connect(venue.address).await;
        client.log_in(&login("p0", "secret", session(), 1)).await;
        assert_eq!(client.next().await, Seen::Accepted(1));
    });
}

#[test]
fn another_session_is_not_available() {
    Setup::default().check(async |venue| {
        let other = SessionId::new("2611210001").expect("a session");
        let seen = Client::refused(venue.address, &login("P0", PASSWORD, other, 1)).await;
        assert_eq!(seen, [NOT_AVAILABLE, debug("session 2611210001 is not available")]);
        // It left no trace: the port can log in.
        Client::logged_in(venue.address, "P0", 1).await;
    });
}

#[test]
fn a_live_port_cannot_log_in_again_and_stays_live() {
    Setup::default().check(async |venue| {
        let mut first = Client::logged_in(venue.address, "P0", 1).await;
        let seen = Client::refused(venue.address, &good("P0", 1)).await;
        assert_eq!(seen, [NOT_AVAILABLE, debug("P0 is logged in already")]);
        first.send([1]).await;
        first.expect_echo(1, [1]).await;
        assert_eq!(venue.heard(0, 2).await, ["Connected", "1"]);
    });
}

#[test]
fn a_port_logs_in_again_behind_its_disconnect() {
    Setup::default().check(async |venue| {
        for number in 1..=3 {
            let mut client = Client::logged_in(venue.address, "P0", number).await;
            client.send([7]).await;
            client.expect_echo(number, [7]).await;
            client.write(&packet(ClientPacket::Logout)).await;
            assert_eq!(client.next().await, Seen::Closed);
        }
        let heard = venue.heard(0, 9).await;
        assert_eq!(heard, ["Connected", "7", "Disconnected(Lost)"].repeat(3));
        assert_eq!(venue.metrics.sessions.value(), 0);
    });
}

#[test]
fn a_login_ahead_of_the_stream_is_refused_with_both_numbers() {
    Setup::default().check(async |venue| {
        venue.publish(0, (0..10).map(message));
        let seen = Client::refused(venue.address, &good("P0", 12)).await;
        let text = debug("requested message 12 is ahead of the next message 11");
        assert_eq!(seen, [NOT_AVAILABLE, text]);
        Client::logged_in(venue.address, "P0", 11).await;
    });
}

#[test]
fn number_0_starts_at_the_last_message() {
    Setup::default().check(async |venue| {
        assert_eq!(answer(&venue, &good("P0", 0)).await, [Seen::Accepted(1)]);
        venue.publish(1, (0..10).map(message));
        let mut client = Client::connect(venue.address).await;
        client.log_in(&good("P1", 0)).await;
        assert_eq!(client.next().await, Seen::Accepted(10));
        assert_eq!(client.next().await, Seen::Message(10, message(9)));
    });
}

#[test]
fn a_connection_without_a_login_is_closed_in_time() {
    let mut setup = Setup::default();
    setup.config.login_timeout_ms = 200;
    setup.check(async |venue| {
        let mut idle = Client::connect(venue.address).await;
        let mut chatty = Client::connect(venue.address).await;
        chatty.write(&packet(ClientPacket::Debug(b"does not prolong"))).await;
        assert_eq!(idle.rest().await, [debug("the login took too long")]);
        assert_eq!(chatty.rest().await, [debug("the login took too long")]);
        // The limit is on the login alone.
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        assert_eq!(client.next().await, Seen::Heartbeat);
    });
}

#[test]
fn only_a_login_may_come_before_its_answer() {
    Setup::default().check(async |venue| {
        let mut login = Vec::new();
        ClientPacket::Login(good("P0", 1)).encode(&mut login);
        let early = [&login[..], &packets([1])].concat();
        let twice = [&login[..], &login].concat();
        for (bytes, text) in [
            (packets([1]), "packet type U before login"),
            (packet(ClientPacket::Heartbeat), "packet type R before login"),
            (early, "packet type U before login"),
            (twice, "second login on one connection"),
            (b"GET / HTTP/1.1\r\n".to_vec(), "packet length 18245 is over the limit of 1025"),
            (b"\x00\x2EL".to_vec(), "login request has packet length 46, expected 47 or 52"),
        ] {
            let mut client = Client::connect(venue.address).await;
            client.write(&bytes).await;
            // The login, where there is one, is the venue's to answer; the test sees the text only.
            let mut text_seen = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut client.reader, &mut text_seen)
                .await
                .expect("closed without a reset");
            assert_eq!(text_seen[2..], [b"+", text.as_bytes()].concat());
        }
        assert_eq!(venue.heard(0, 0).await, [""; 0]);
        Client::logged_in(venue.address, "P0", 1).await;
    });
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once_and_counted() {
    let mut setup = Setup::default();
    setup.config.max_connections = 2;
    setup.check(async |venue| {
        let mut first = Client::logged_in(venue.address, "P0", 1).await;
        let mut second = Client::logged_in(venue.address, "P1", 1).await;
        for refused in 1..=3 {
            assert_eq!(Client::connect(venue.address).await.rest().await, []);
            assert_eq!(venue.metrics.connections_refused.value(), refused);
        }
        first.send([1]).await;
        first.expect_echo(1, [1]).await;
        second.write(&packet(ClientPacket::Logout)).await;
        assert_eq!(second.next().await, Seen::Closed);
        drop(second);
        venue.heard(1, 2).await;
        Client::logged_in(venue.address, "P2", 1).await;
    });
}

#[test]
fn idle_connections_do_not_keep_others_from_logging_in() {
    let mut setup = Setup::default();
    setup.config.max_logins_under_way = 1;
    setup.check(async |venue| {
        let mut idle = Vec::new();
        for _ in 0..10 {
            idle.push(Client::connect(venue.address).await);
        }
        Client::logged_in(venue.address, "P0", 1).await;
        drop(idle);
    });
}

#[test]
fn the_oldest_connection_without_a_login_makes_place() {
    let mut setup = Setup::default();
    (setup.config.max_connections, setup.config.max_logins_under_way) = (20, 5);
    setup.check(async |venue| {
        let mut first = Client::logged_in(venue.address, "P0", 1).await;
        let mut idle = VecDeque::new();
        for _ in 0..30 {
            idle.push_back(Client::connect(venue.address).await);
        }
        // What is no login keeps no place.
        idle[0].write(&packet(ClientPacket::Debug(b"still here"))).await;
        let needed = "too many connections wait to log in";
        for _ in 0..25 {
            let mut oldest = idle.pop_front().expect("30 came");
            assert_eq!(oldest.rest().await, [debug(needed)]);
        }
        assert_eq!(venue.metrics.connections_refused.value(), 25);
        let mut second = Client::logged_in(venue.address, "P1", 1).await;
        let mut oldest = idle.pop_front().expect("5 were left");
        assert_eq!(oldest.rest().await, [debug(needed)]);
        for client in [&mut first, &mut second] {
            client.send([1]).await;
            client.expect_echo(1, [1]).await;
        }
        // Those that are left may still log in.
        idle[3].log_in(&good("P2", 1)).await;
        assert_eq!(idle[3].next().await, Seen::Accepted(1));
    });
}

#[test]
fn refused_logins_do_not_hold_their_places() {
    let mut setup = Setup::default();
    setup.config.max_logins_under_way = 1;
    setup.check(async |venue| {
        let mut refused = Vec::new();
        for _ in 0..5 {
            let mut client = Client::connect(venue.address).await;
            client.log_in(&login("P0", "WRONG", SessionId::BLANK, 1)).await;
            assert_eq!(client.next().await, NOT_AUTHORIZED);
            // It does not close its side.
            refused.push(client);
        }
        Client::logged_in(venue.address, "P0", 1).await;
        drop(refused);
    });
}

#[test]
fn two_hundred_clients_log_in_and_trade_at_once() {
    const CLIENTS: u16 = 200;
    let mut setup = Setup { ports: CLIENTS, ..Setup::default() };
    setup.config.max_logins_under_way = 8;
    setup.check(async |venue| {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let address = venue.address;
            clients.spawn_local(async move {
                let mut client = Client::logged_in(address, &format!("P{client}"), 1).await;
                for round in 0..5 {
                    client.send(round * 10..(round + 1) * 10).await;
                    client
                        .expect_echo(u64::from(round) * 10 + 1, round * 10..(round + 1) * 10)
                        .await;
                }
            });
        }
        assert_eq!(clients.join_all().await.len(), usize::from(CLIENTS));
        assert_eq!(venue.metrics.logins.value(), u64::from(CLIENTS));
        assert_eq!(venue.metrics.connections_refused.value(), 0);
    });
}
