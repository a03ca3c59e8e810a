//! What a client gets: its stream from any number on, byte for byte, however slowly it reads.

use protocol::SessionId;
use protocol::soupbintcp::LoginRequest;

use super::client::{Client, PASSWORD, Seen};
use super::venue::Setup;

/// A message of a length of its own that says its number.
fn numbered(number: u64) -> Vec<u8> {
    let padding = usize::try_from(number % 90).expect("small");
    [&number.to_be_bytes()[..], &vec![0xA5; padding]].concat()
}

async fn expect(client: &mut Client, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        assert_eq!(client.news().await, Seen::Message(number, numbered(number)));
    }
}

#[test]
fn a_stream_resumes_from_any_number_however_old() {
    // The window holds some 60 messages, one read of the store about 5,000.
    let setup = Setup { window_bytes: 4_096, ..Setup::default() };
    setup.check(async |venue| {
        for block in 0..200 {
            venue.publish(0, (block * 100 + 1..=block * 100 + 100).map(numbered));
        }
        for first in [1, 2, 99, 100, 101, 9_999, 19_900, 19_950, 19_990, 19_999, 20_000, 20_001] {
            let mut client = Client::logged_in(venue.address, "P0", first).await;
            expect(&mut client, first..=20_000).await;
            drop(client);
            // Connected and Disconnected of each login.
            while venue.metrics.sessions.value() != 0 {
                tokio::task::yield_now().await;
            }
        }
    });
}

#[test]
fn what_comes_while_old_messages_are_read_follows_without_a_gap() {
    let setup = Setup { window_bytes: 2_048, ..Setup::default() };
    setup.check(async |venue| {
        venue.publish(0, (1..=30_000).map(numbered));
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        for block in 0..300 {
            let first = 30_000 + block * 50 + 1;
            venue.publish(0, (first..first + 50).map(numbered));
            expect(&mut client, block * 100 + 1..=block * 100 + 100).await;
        }
        expect(&mut client, 30_001..=45_000).await;
    });
}

#[test]
fn a_reader_that_stalls_for_10_mb_costs_nobody_else_and_loses_nothing() {
    let setup = Setup { window_bytes: 65_536, ..Setup::default() };
    setup.check(async |venue| {
        let mut stalled = Client::logged_in(venue.address, "P0", 1).await;
        let mut neighbour = Client::logged_in(venue.address, "P1", 1).await;
        let (mut last, mut bytes) = (0, 0);
        while bytes < 10 << 20 {
            let block: Vec<Vec<u8>> = (last + 1..=last + 1_000).map(numbered).collect();
            last += 1_000;
            bytes += block.iter().map(Vec::len).sum::<usize>();
            venue.publish(0, block);
            neighbour.send([7]).await;
            neighbour.expect_echo(last / 1_000, [7]).await;
        }
        expect(&mut stalled, 1..=last).await;
        venue.publish(0, [numbered(last + 1)]);
        expect(&mut stalled, [last + 1]).await;
    });
}

#[test]
fn an_empty_window_serves_everything_from_the_store() {
    let setup = Setup { window_bytes: 0, ..Setup::default() };
    setup.check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        for number in 1..=200 {
            venue.publish(0, [numbered(number)]);
            expect(&mut client, [number]).await;
        }
    });
}

#[test]
fn a_login_that_asks_for_the_next_message_gets_the_next_message() {
    Setup::default().check(async |venue| {
        venue.publish(0, (1..=5).map(numbered));
        let mut client = Client::connect(venue.address).await;
        let login = LoginRequest::new("P0", PASSWORD, SessionId::BLANK, 6).expect("fits");
        client.log_in(&login).await;
        assert_eq!(client.next().await, Seen::Accepted(6));
        venue.publish(0, [numbered(6)]);
        expect(&mut client, [6]).await;
    });
}
