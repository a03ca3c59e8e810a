//! The venue behind a real socket, driven step by step by the test.

use std::future::Future;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use openbell_client::order_entry::{ConnectOptions, Event, Events, Reconnect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::venue::{Line, PASSWORD, USERNAME, Venue};

/// Runs a test on a runtime of its own; a test that hangs fails.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        tokio::time::timeout(Duration::from_secs(60), test).await.expect("the test ends in time");
    });
}

/// A listening socket and the venue behind it.
pub(crate) struct Host {
    listener: TcpListener,
    pub(crate) venue: Venue,
}

impl Host {
    pub(crate) async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self { listener, venue: Venue::new() }
    }

    /// Options that fit, with pauses as short as a test likes them.
    pub(crate) fn options(&self) -> ConnectOptions {
        let address = self.listener.local_addr().expect("bound");
        ConnectOptions {
            reconnect: Reconnect {
                first_pause: Duration::from_millis(1),
                longest_pause: Duration::from_millis(5),
                attempts: None,
            },
            ..ConnectOptions::new(address, USERNAME, PASSWORD)
        }
    }

    /// Takes a connection; nothing is read yet.
    pub(crate) async fn accept(&mut self) -> Peer<'_> {
        let (stream, _) = self.listener.accept().await.expect("a client");
        stream.set_nodelay(true).expect("a TCP socket");
        let (input, output) = (BytesMut::new(), BytesMut::new());
        Peer { stream, line: Line::new(), input, output, venue: &mut self.venue }
    }
}

/// One connection to a client.
pub(crate) struct Peer<'a> {
    stream: TcpStream,
    line: Line,
    input: BytesMut,
    output: BytesMut,
    pub(crate) venue: &'a mut Venue,
}

impl Peer<'_> {
    /// Handles what the client sends, and answers, until `done` or until the client closes.
    pub(crate) async fn serve_until(&mut self, done: impl Fn(&Venue) -> bool) {
        while self.step().await && !done(self.venue) {
            self.answer().await;
        }
        self.answer().await;
    }

    /// Serves until the client closes.
    pub(crate) async fn serve(&mut self) {
        self.serve_until(|_| false).await;
    }

    /// Serves until the queries of the fence are answered: the client knows its numbers.
    pub(crate) async fn serve_login(&mut self) {
        let queries = self.venue.queries + 5;
        self.serve_until(|venue| queries <= venue.queries).await;
    }

    /// Handles one packet, and does not answer; `false`: the client has closed.
    pub(crate) async fn step(&mut self) -> bool {
        loop {
            let consumed = self.line.take(self.venue, &self.input, &mut self.output);
            if 0 < consumed {
                self.input.advance(consumed);
                return true;
            }
            if self.line.is_closed() {
                self.write().await;
                return false;
            }
            if !matches!(self.stream.read_buf(&mut self.input).await, Ok(1..)) {
                return false;
            }
        }
    }

    /// Sends all the stream has.
    pub(crate) async fn answer(&mut self) {
        self.line.send(self.venue, &mut self.output);
        self.write().await;
    }

    /// Sends all the stream has, as far as the client takes it, and handles packets until `done`.
    pub(crate) async fn answer_while_reading(&mut self, done: impl Fn(&Venue) -> bool) {
        self.line.send(self.venue, &mut self.output);
        while !done(self.venue) {
            let consumed = self.line.take(self.venue, &self.input, &mut self.output);
            self.input.advance(consumed);
            if 0 < consumed {
                continue;
            }
            let (mut reader, mut writer) = self.stream.split();
            tokio::select! {
                read = reader.read_buf(&mut self.input) => {
                    assert!(matches!(read, Ok(1..)), "the client stays");
                }
                written = writer.write_buf(&mut self.output), if !self.output.is_empty() => {
                    assert!(matches!(written, Ok(1..)), "the client stays");
                }
            }
        }
    }

    /// Sends all the stream has but the last `less` bytes, and closes.
    pub(crate) async fn cut(mut self, less: usize) {
        self.line.send(self.venue, &mut self.output);
        self.output.truncate(self.output.len() - less);
        self.write().await;
        self.stream.shutdown().await.expect("still open");
    }

    /// Ends the session.
    pub(crate) async fn end(mut self) {
        self.line.send(self.venue, &mut self.output);
        self.line.end(&mut self.output);
        self.write().await;
        self.stream.shutdown().await.expect("still open");
    }

    async fn write(&mut self) {
        // The client may have gone.
        let _ = self.stream.write_all_buf(&mut self.output).await;
        self.output.clear();
    }
}

/// Waits for the first event that `wanted` turns into something; the session must not end before.
pub(crate) async fn find<T>(events: &mut Events, wanted: impl Fn(&Event) -> Option<T>) -> T {
    loop {
        let event = events.next().await.expect("an event to come");
        if let Some(found) = wanted(&event) {
            return found;
        }
    }
}

/// Waits until the past has been told.
pub(crate) async fn caught_up(events: &mut Events) {
    find(events, |event| (*event == Event::CaughtUp).then_some(())).await;
}

/// Reads all events until the connection is done with, for good.
pub(crate) async fn rest(events: &mut Events) -> Vec<Event> {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        all.push(event);
    }
    all
}
