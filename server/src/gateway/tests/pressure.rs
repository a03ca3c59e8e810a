//! A venue that does not keep up: clients wait, and nothing is lost.

use protocol::SessionId;
use protocol::soupbintcp::{ClientPacket, LoginRequest};
use tokio::io::AsyncWriteExt;
use tokio::task::{JoinSet, spawn_local};

use super::client::{Client, PASSWORD, Seen, long_message, message, packet, packets};
use super::venue::Setup;

const INBOX_BYTES: usize = 4_096;

#[test]
fn a_full_inbox_stops_the_reading_and_loses_nothing() {
    let mut setup = Setup { inbox_bytes: INBOX_BYTES, ..Setup::default() };
    (setup.config.heartbeat_ms, setup.config.silence_ms) = (50, 250);
    setup.check(async |venue| {
        // 20 MB: more than an inbox and the buffers of a socket hold.
        const MESSAGES: u32 = 20_000;
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        venue.heard(0, 1).await;
        venue.hold(true);
        let mut writer = client.give_writer();
        let sending = spawn_local(async move {
            for number in 0..MESSAGES {
                let bytes = packet(ClientPacket::Unsequenced(&long_message(number)));
                writer.write_all(&bytes).await.expect("the venue reads in the end");
            }
            writer
        });
        // Twice the limit on silence: a client that is not read is not silent.
        for _ in 0..10 {
            assert_eq!(client.next().await, Seen::Heartbeat);
        }
        assert!(!sending.is_finished(), "the client waits at its socket");
        // What the venue has to say still goes out.
        venue.publish(0, [message(77)]);
        assert_eq!(client.news().await, Seen::Message(1, message(77)));
        venue.hold(false);
        for number in 0..MESSAGES {
            let expected = Seen::Message(u64::from(number) + 2, long_message(number));
            assert_eq!(client.news().await, expected);
        }
        drop(sending.await.expect("all is sent"));
    });
}

#[test]
fn a_disconnect_never_overtakes_what_was_said_before() {
    let setup = Setup { inbox_bytes: 64, ..Setup::default() };
    setup.check(async |venue| {
        for (next, logout) in [(1, false), (1_001, true)] {
            let before = venue.pipeline.borrow().heard(0).len();
            let mut client = Client::logged_in(venue.address, "P0", next).await;
            venue.hold(true);
            client.send(0..1_000).await;
            if logout {
                client.write(&packet(ClientPacket::Logout)).await;
            }
            drop(client);
            venue.hold(false);
            let heard = venue.heard(0, before + 1_002).await.split_off(before);
            assert_eq!(heard[0], "Connected");
            assert!(
                heard[1..1_001]
                    .iter()
                    .eq((0..1_000).map(|number| number.to_string()).collect::<Vec<_>>().iter())
            );
            assert_eq!(heard[1_001], "Disconnected(Lost)");
        }
    });
}

#[test]
fn a_port_stays_taken_until_its_disconnect_is_queued() {
    let setup = Setup { inbox_bytes: 16, ..Setup::default() };
    setup.check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        venue.heard(0, 1).await;
        venue.hold(true);
        client.send(0..10).await;
        drop(client);
        let login = LoginRequest::new("P0", PASSWORD, SessionId::BLANK, 1).expect("fits");
        let again = Client::refused(venue.address, &login).await;
        assert_eq!(again[1], Seen::Debug("P0 is logged in already".to_owned()));
        venue.hold(false);
        venue.heard(0, 12).await;
        let mut client = Client::logged_in(venue.address, "P0", 11).await;
        client.send([10]).await;
        client.expect_echo(11, [10]).await;
    });
}

#[test]
fn a_flood_from_one_client_leaves_others_their_turn() {
    let mut setup = Setup::default();
    setup.config.bytes_per_round = 4_096;
    setup.check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        let mut writer = client.give_writer();
        let flood = packets(0..100_000);
        let flooding = spawn_local(async move {
            loop {
                writer.write_all(&flood).await.expect("the venue reads");
            }
        });
        let mut neighbour = Client::logged_in(venue.address, "P1", 1).await;
        for number in 0..100 {
            neighbour.send([number]).await;
            neighbour.expect_echo(u64::from(number) + 1, [number]).await;
        }
        flooding.abort();
    });
}

#[test]
fn the_pipeline_may_be_on_another_thread() {
    const CLIENTS: u16 = 8;
    const MESSAGES: u32 = 20_000;
    let setup =
        Setup { ports: CLIENTS, inbox_bytes: INBOX_BYTES, window_bytes: 8_192, ..Setup::default() };
    setup.check_apart(async |address| {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn_local(async move {
                let mut client = Client::logged_in(address, &format!("P{client}"), 1).await;
                let mut writer = client.give_writer();
                let sending = spawn_local(async move {
                    for first in (0..MESSAGES).step_by(97) {
                        let bytes = packets(first..MESSAGES.min(first + 97));
                        writer.write_all(&bytes).await.expect("the venue reads");
                    }
                    writer
                });
                client.expect_echo(1, 0..MESSAGES).await;
                drop(sending.await.expect("all is sent"));
            });
        }
        assert_eq!(clients.join_all().await.len(), usize::from(CLIENTS));
    });
}
