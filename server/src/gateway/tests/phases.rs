//! The end of the venue's run and the end of the day.

use protocol::soupbintcp::{LoginRejectReason, LoginRequest};
use tokio::net::TcpStream;

use super::client::{Client, PASSWORD, Seen, long_message, message};
use super::venue::{Setup, session};
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
        venue.phase.send_replace(Phase::DayClosed);
        venue.gateway.await.expect("the gateway ends");
    });
}

#[test]
fn who_logs_in_after_the_day_gets_the_rest_and_end_of_session_and_leaves_no_trace() {
    Setup { window_bytes: 1_024, ..Setup::default() }.check(async |venue| {
        let mut live = Client::logged_in(venue.address, "P2", 1).await;
        let mut waiting = Client::connect(venue.address).await;
        // More than two sockets hold.
        venue.publish(0, (0..20_000).map(long_message));
        venue.publish(1, (0..20_000).map(message));
        venue.phase.send_replace(Phase::DayEnded);
        assert_eq!(live.rest().await, [Seen::EndOfSession]);
        waiting.log_in(&LoginRequest::new("P0", PASSWORD, session(), 1).expect("fits")).await;
        assert_eq!(waiting.next().await, Seen::Accepted(1));
        let mut other = Client::logged_in(venue.address, "P1", 15_001).await;
        // The port is live until its stream is sent and the socket closed.
        let login = LoginRequest::new("P0", PASSWORD, session(), 1).expect("fits");
        let refused = Client::refused(venue.address, &login).await;
        assert_eq!(refused[0], Seen::Rejected(LoginRejectReason::SessionNotAvailable));
        other.send([7]).await;
        other.expect_echo(15_001, 15_000..20_000).await;
        for number in 0..20_000 {
            let expected = Seen::Message(u64::from(number) + 1, long_message(number));
            assert_eq!(waiting.news().await, expected);
        }
        assert_eq!(waiting.rest().await, [Seen::EndOfSession]);
        assert_eq!(other.rest().await, [Seen::EndOfSession]);
        drop((live, waiting, other));
        // Any number, again and again; one ahead of the stream is refused as ever.
        for number in [1, 20_000, 20_001] {
            let mut again = Client::logged_in(venue.address, "P1", number).await;
            again.expect_echo(number, u32::try_from(number - 1).expect("small")..20_000).await;
            assert_eq!(again.rest().await, [Seen::EndOfSession]);
            drop(again);
        }
        venue.phase.send_replace(Phase::DayClosed);
        venue.gateway.await.expect("the gateway ends");
        let pipeline = venue.pipeline.borrow();
        let heard: Vec<_> = (0..3).map(|port| pipeline.heard(port)).collect();
        assert_eq!(heard, [vec![], vec![], vec!["Connected".to_owned()]]);
    });
}

#[test]
fn nobody_logs_in_once_the_day_is_closed() {
    Setup::default().check(async |venue| {
        let mut waiting = Client::connect(venue.address).await;
        venue.phase.send_replace(Phase::DayEnded);
        let mut late = Client::logged_in(venue.address, "P0", 1).await;
        assert_eq!(late.rest().await, [Seen::EndOfSession]);
        venue.phase.send_replace(Phase::DayClosed);
        let text = Seen::Debug("the venue takes no more logins".to_owned());
        assert_eq!(waiting.rest().await, [text]);
        assert!(TcpStream::connect(venue.address).await.is_err(), "nobody listens");
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
