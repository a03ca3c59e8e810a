//! The end of the venue's run and the end of the day.

use tokio::net::TcpStream;

use super::client::{Client, Seen, message};
use super::venue::Setup;
use crate::gateway::Phase;

#[test]
fn a_stopping_venue_answers_and_takes_nothing_more() {
    Setup::default().check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        let mut waiting = Client::connect(venue.address).await;
        client.send([1]).await;
        client.expect_echo(1, [1]).await;
        venue.phase.send_replace(Phase::Stopping);
        let text = Seen::Debug("the venue takes no more logins".to_owned());
        assert_eq!(waiting.rest().await, [text]);
        client.send([2]).await;
        venue.publish(0, [message(10)]);
        assert_eq!(client.news().await, Seen::Message(2, message(10)));
        assert!(TcpStream::connect(venue.address).await.is_err(), "nobody listens");
        venue.publish(0, [message(11)]);
        venue.phase.send_replace(Phase::Stopped);
        assert_eq!(client.rest().await, [Seen::Message(3, message(11))]);
        drop((client, waiting));
        venue.gateway.await.expect("the gateway ends");
        let heard = venue.pipeline.borrow().heard(0);
        assert_eq!(heard, ["Connected", "1"], "how the session ended is the pipeline's to say");
    });
}

#[test]
fn the_day_ends_with_the_rest_of_the_stream_and_end_of_session() {
    let setup = Setup { window_bytes: 1_024, ..Setup::default() };
    setup.check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        let mut behind = Client::logged_in(venue.address, "P1", 1).await;
        for block in 0..100 {
            venue.publish(0, (block * 1_000..(block + 1) * 1_000).map(message));
            venue.publish(1, (block * 1_000..(block + 1) * 1_000).map(message));
        }
        venue.phase.send_replace(Phase::DayEnded);
        for client in [&mut client, &mut behind] {
            client.expect_echo(1, 0..100_000).await;
            assert_eq!(client.rest().await, [Seen::EndOfSession]);
        }
        drop((client, behind));
        venue.gateway.await.expect("the gateway ends");
    });
}

#[test]
fn a_venue_whose_pipeline_is_gone_stops() {
    Setup::default().check(async |venue| {
        let mut client = Client::logged_in(venue.address, "P0", 1).await;
        drop(venue.phase);
        assert_eq!(client.rest().await, []);
        drop(client);
        venue.gateway.await.expect("the gateway ends");
    });
}
