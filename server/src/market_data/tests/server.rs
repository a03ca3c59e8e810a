//! A retransmission server over a log of its own, and one client.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use engine::outbox::Target;
use protocol::moldudp64::{Packer, Request};
use tempfile::TempDir;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::super::Retransmit;
use super::{SESSION, session};
use crate::config::MarketDataConfig;
use crate::metrics::Metrics;
use crate::store::{self, StoreOptions, StoreWriter};

/// Messages of one block.
const BLOCK: usize = 10;

/// A server that runs, and the stream it answers from.
pub(super) struct Server {
    folder: TempDir,
    log: StoreWriter,
    pub(super) sent: Vec<Vec<u8>>,
    pub(super) config: MarketDataConfig,
    pub(super) metrics: Arc<Metrics>,
    client: UdpSocket,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts with the newest `window_bytes` of the feed in memory.
    pub(super) async fn start(window_bytes: usize, config: MarketDataConfig) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = StoreOptions { window_bytes: 0, feed_window_bytes: window_bytes };
        let (log, store) = store::open(folder.path(), [1; 16], &options).expect("a new log");
        let metrics = Arc::new(Metrics::default());
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = MarketDataConfig { retransmit: local, ..config };
        let server = Retransmit::bind(&config, session(), store, Arc::clone(&metrics));
        let server = server.expect("a free port");
        let client = UdpSocket::bind(local).await.expect("a free port");
        client.connect(server.local_addr().expect("a bound socket")).await.expect("loopback");
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move { server.run(stopped).await.expect("a good socket") });
        Self { folder, log, sent: Vec::new(), config, metrics, client, stop, task }
    }

    /// Appends messages to the feed, in blocks.
    pub(super) fn publish(&mut self, messages: Vec<Vec<u8>>) {
        for block in messages.chunks(BLOCK) {
            let sequence = u64::try_from(self.sent.len()).expect("a short stream") + 1;
            self.log.commit_messages(sequence, block.iter().map(|m| (Target::Feed, &m[..])));
            self.sent.extend_from_slice(block);
        }
    }

    /// Sends a datagram to the server.
    pub(super) async fn send(&self, bytes: &[u8]) {
        self.client.send(bytes).await.expect("loopback takes it");
    }

    /// Waits for an answer.
    pub(super) async fn answer(&self) -> Vec<u8> {
        let mut packet = vec![0; 65_536];
        let received = timeout(Duration::from_secs(10), self.client.recv(&mut packet)).await;
        packet.truncate(received.expect("in time").expect("an answer"));
        packet
    }

    /// Asks for messages and waits for the answer.
    pub(super) async fn ask(&self, first: u64, count: u16) -> Vec<u8> {
        self.send(&Request::new(SESSION, first, count).encode()).await;
        self.answer().await
    }

    /// The answer that is right: what was asked for, exists and fits.
    pub(super) fn right_answer(&self, first: u64, count: u16) -> Vec<u8> {
        let mut packer = Packer::new(SESSION, self.config.max_payload);
        packer.start(first);
        let start = usize::try_from(first).expect("a short stream") - 1;
        for message in self.sent[start..].iter().take(usize::from(count)) {
            if !packer.push(message) {
                break;
            }
        }
        packer.finish().to_vec()
    }

    /// Waits until the server has seen so many datagrams.
    pub(super) async fn seen(&self, count: u64) {
        let seen = || {
            self.metrics.retransmissions_served.value()
                + self.metrics.retransmissions_dropped.value()
        };
        while seen() < count {
            tokio::task::yield_now().await;
        }
        assert_eq!(seen(), count);
    }

    /// Destroys the log on disk; what is in memory stays.
    pub(super) fn destroy_log(&self) {
        let path = self.folder.path().join("outbound.log");
        OpenOptions::new().write(true).truncate(true).open(path).expect("the log");
    }

    /// Tells the server to stop, and waits until it has.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        timeout(Duration::from_secs(10), self.task).await.expect("in time").expect("it ended well");
    }
}
