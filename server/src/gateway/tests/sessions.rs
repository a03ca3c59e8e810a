//! What a client says and how a session ends.

use engine::command::PortId;
use protocol::soupbintcp::{ClientPacket, ServerPacket};

use super::client::{Client, Seen, message, packet, packets};
use super::venue::Setup;

fn debug(text: &str) -> Seen {
    Seen::Debug(text.to_owned())
}

fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| number.to_string()).collect()
}

#[test]
fn packets_may_be_split_and_joined_anywhere() {
    Setup::default().check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        let bytes = packets(0..50);
        for byte in &bytes {
            client.write(&[*byte]).await;
        }
        client.expect_echo(1, 0..50).await;
        let bytes = packets(50..60);
        for cut in 1..bytes.len() {
            client.write(&bytes[..cut]).await;
            // The echo of what is whole shows that the first part has been read.
            let whole = cut / (message(0).len() + 3);
            let first = 51 + 10 * (u64::try_from(cut).expect("small") - 1);
            let whole = u32::try_from(whole).expect("small");
            client.expect_echo(first, 50..50 + whole).await;
            client.write(&bytes[cut..]).await;
            client.expect_echo(first + u64::from(whole), 50 + whole..60).await;
        }
    });
}

#[test]
fn what_stands_before_a_logout_is_heard_and_nothing_behind_it() {
    Setup::default().check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        let logout = packet(ClientPacket::Logout);
        client.write(&[packets(0..100), logout, packets(100..110)].concat()).await;
        let heard = venue.heard(0, 102).await;
        assert_eq!(heard[1..101], numbers(0..100));
        assert_eq!(heard[101], "Disconnected(Lost)");
    });
}

#[test]
fn a_message_that_is_none_ends_the_session_behind_the_good_ones() {
    Setup::default().check(async |venue| {
        for (bad, text) in [
            (&b"X\0\0\0\x01\0\0\0"[..], "message 'X' is 8 bytes, expected 9"),
            (
                b"X\0\0\0\x01\0\0\0\0\x20\0?",
                "message 'X' has 1 byte after its appendage length, which says 8192",
            ),
            (b"?", "unknown message type 0x3f"),
            (b"", "message is empty"),
        ] {
            let mut client = Client::logged_in(venue.address, "P0", 1).await;
            let bad = packet(ClientPacket::Unsequenced(bad));
            client.write(&[packets([1, 2]), bad, packets([3])].concat()).await;
            assert_eq!(client.rest().await.last(), Some(&debug(text)));
        }
        let heard = venue.heard(0, 16).await;
        assert_eq!(heard, ["Connected", "1", "2", "Disconnected(Lost)"].repeat(4));
    });
}

#[test]
fn garbage_on_one_session_leaves_the_others_alone() {
    Setup::default().check(async |venue| {
        let mut neighbour = Client::logged_in(venue.address, "P1", 1).await;
        let long = packet(ClientPacket::Unsequenced(&[b'O'; 1_025]));
        let login = [&b"\0\x2FL"[..], &[b' '; 46]].concat();
        let from_venue = {
            let mut bytes = Vec::new();
            ServerPacket::Sequenced(b"x").encode(&mut bytes);
            bytes
        };
        for (garbage, text) in [
            (&b"\0\0"[..], "packet length is 0: no packet type"),
            (b"\0\x01?", "unknown packet type 0x3f"),
            (&from_venue, "unknown packet type 0x53"),
            (&long, "packet length 1026 is over the limit of 1025"),
            (b"\0\x02Rx", "packet type R has packet length 2, expected 1"),
            (&login, "packet type L has a malformed requested sequence number"),
        ] {
            let mut client = Client::logged_in(venue.address, "P0", 1).await;
            client.write(garbage).await;
            assert_eq!(client.rest().await, [debug(text)]);
        }
        neighbour.send([1]).await;
        neighbour.expect_echo(1, [1]).await;
        assert_eq!(venue.heard(0, 12).await, ["Connected", "Disconnected(Lost)"].repeat(6));
        assert_eq!(venue.heard(1, 2).await, ["Connected", "1"]);
    });
}

#[test]
fn every_random_garbage_ends_in_a_close_or_in_silence() {
    let mut setup = Setup::default();
    setup.config.silence_ms = 50;
    setup.check(async |venue| {
        let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
        println!("seed {state:#x}");
        for round in 1..=40 {
            let mut client = Client::logged_in(venue.address, "P0", 1).await;
            let garbage: Vec<u8> = (0..64)
                .map(|_| {
                    // xorshift64
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    state.to_be_bytes()[0] % 64
                })
                .collect();
            client.write(&garbage).await;
            assert!(matches!(client.rest().await[..], [Seen::Debug(_)]));
            let heard = venue.heard(0, 2 * round).await;
            assert_eq!(heard.last().map(String::as_str), Some("Disconnected(Lost)"));
        }
    });
}

#[test]
fn both_sides_keep_the_connection_alive_with_heartbeats() {
    let mut setup = Setup::default();
    (setup.config.heartbeat_ms, setup.config.silence_ms) = (40, 500);
    setup.check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        for _ in 0..10 {
            assert_eq!(client.next().await, Seen::Heartbeat);
            client.write(&packet(ClientPacket::Heartbeat)).await;
        }
        client.send([1]).await;
        client.expect_echo(1, [1]).await;
    });
}

#[test]
fn a_silent_client_is_lost() {
    let mut setup = Setup::default();
    setup.config.silence_ms = 60;
    setup.check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        // A part of a packet is not a packet.
        client.write(&[0, 1]).await;
        assert_eq!(client.rest().await, [debug("nothing heard for too long")]);
        assert_eq!(venue.heard(0, 2).await, ["Connected", "Disconnected(Lost)"]);
    });
}

#[test]
fn the_operator_ends_a_session() {
    Setup::default().check(async |venue| {
        assert!(!venue.handle.disconnect(PortId(0)));
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        let mut neighbour = Client::logged_in(venue.address, "P1", 1).await;
        client.send([1]).await;
        client.expect_echo(1, [1]).await;
        assert!(venue.handle.disconnect(PortId(0)));
        assert_eq!(client.rest().await, [debug("disconnected by the operator")]);
        assert_eq!(venue.heard(0, 3).await, ["Connected", "1", "Disconnected(Operator)"]);
        assert!(!venue.handle.disconnect(PortId(0)));
        assert!(!venue.handle.disconnect(PortId(9)));
        // It may come back, and nobody else was concerned.
        let mut client = Client::logged_in(venue.address, "P0", 2).await;
        client.send([2]).await;
        client.expect_echo(2, [2]).await;
        neighbour.send([3]).await;
        neighbour.expect_echo(1, [3]).await;
    });
}
