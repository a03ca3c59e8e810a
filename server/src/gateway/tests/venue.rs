//! The rest of a venue, as little as the gateway needs: a pipeline that echoes every message to its port.

use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use argon2::{Argon2, Params, PasswordHasher};
use engine::command::{DisconnectPolicy, PortId};
use engine::outbox::Target;
use protocol::{Mpid, SessionId};
use tempfile::TempDir;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};
use tokio::time::timeout;

use super::client::PASSWORD;
use crate::config::{OrderEntryConfig, PortConfig, RiskConfig, Secret};
use crate::gateway::{Gateway, GatewayHandle, GatewayParts, Phase, PortEntry};
use crate::inbox::{Inbox, Item, Taken};
use crate::metrics::Metrics;
use crate::passwords::Verifier;
use crate::store::{self, StoreOptions, StoreWriter};

/// No test takes this long.
const TEST_LIMIT: Duration = Duration::from_secs(60);

pub(super) fn session() -> SessionId {
    SessionId::new("2611220001").expect("a session")
}

/// What a test may choose.
pub(super) struct Setup {
    pub(super) config: OrderEntryConfig,
    /// Ports `P0`, `P1` and so on.
    pub(super) ports: u16,
    pub(super) inbox_bytes: usize,
    pub(super) window_bytes: usize,
}

impl Default for Setup {
    fn default() -> Self {
        let config = OrderEntryConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ..OrderEntryConfig::default()
        };
        Self { config, ports: 3, inbox_bytes: 1 << 20, window_bytes: 1 << 20 }
    }
}

/// A running gateway and its pipeline.
pub(super) struct Venue {
    pub(super) address: SocketAddr,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) handle: GatewayHandle,
    pub(super) metrics: Arc<Metrics>,
    pub(super) gateway: JoinHandle<()>,
    pub(super) pipeline: Rc<RefCell<Pipeline>>,
    /// Whether the pipeline rests and lets the inboxes fill.
    held: Rc<Cell<bool>>,
    bell: Arc<Notify>,
}

impl Setup {
    /// Runs a test against a venue; the pipeline shares the gateway's thread.
    pub(super) fn check(self, test: impl AsyncFnOnce(Venue)) {
        run(async move |service, dir| {
            let (parts, pipeline) = self.parts(service, &dir);
            let (bell, metrics) = (Arc::clone(&parts.bell), Arc::clone(&parts.metrics));
            let (phase, watched) = watch::channel(Phase::Open);
            let gateway = Gateway::bind(parts).await.expect("a free port");
            let (address, handle) = (gateway.local_addr(), gateway.handle());
            let gateway = spawn_local(gateway.run(watched));
            let pipeline = Rc::new(RefCell::new(pipeline));
            let held = Rc::new(Cell::new(false));
            let venue = Venue { address, phase, handle, metrics, gateway, pipeline, held, bell };
            spawn_local(venue.pipeline_task());
            test(venue).await;
        });
    }

    /// Runs a test against a venue whose pipeline has a thread of its own.
    pub(super) fn check_apart(self, test: impl AsyncFnOnce(SocketAddr)) {
        run(async move |service, dir| {
            let (parts, mut pipeline) = self.parts(service, &dir);
            let bell = Arc::clone(&parts.bell);
            let (phase, watched) = watch::channel(Phase::Open);
            let ended = phase.subscribe();
            let apart = thread::spawn(move || {
                let runtime = Builder::new_current_thread().build().expect("a runtime");
                while *ended.borrow() == Phase::Open {
                    runtime.block_on(bell.notified());
                    pipeline.round();
                }
            });
            let bell = Arc::clone(&parts.bell);
            let gateway = Gateway::bind(parts).await.expect("a free port");
            let address = gateway.local_addr();
            let gateway = spawn_local(gateway.run(watched));
            test(address).await;
            phase.send_replace(Phase::Stopped);
            bell.notify_one();
            gateway.await.expect("the gateway ends");
            apart.join().expect("the pipeline ends");
        });
    }

    fn parts(&self, service: Handle, dir: &TempDir) -> (GatewayParts, Pipeline) {
        let options = StoreOptions { window_bytes: self.window_bytes, feed_window_bytes: 0 };
        let (mut writer, store) =
            store::open(dir.path(), [7; 16], &options).expect("an empty folder");
        writer.log.replayed().expect("there is nothing to replay");
        let entry = |id: u16| {
            let mut username = [b' '; 6];
            let name = format!("P{id}");
            username[..name.len()].copy_from_slice(name.as_bytes());
            let inbox = Arc::new(Inbox::new(self.inbox_bytes));
            PortEntry { id: PortId(id), username, inbox, stream: store.port(PortId(id)) }
        };
        let ports: Vec<PortEntry> = (0..self.ports).map(entry).collect();
        let lanes = ports.iter().map(|port| Lane::new(Arc::clone(&port.inbox))).collect();
        let parts = GatewayParts {
            config: self.config.clone(),
            session: session(),
            ports,
            verifier: Arc::new(Verifier::start(&accounts(self.ports)).expect("a thread")),
            store,
            bell: Arc::new(Notify::new()),
            service,
            metrics: Arc::new(Metrics::default()),
        };
        (parts, Pipeline { writer, lanes, sequence: 0 })
    }
}

/// The accounts of the ports, with the cheapest hash there is.
fn accounts(ports: u16) -> Vec<PortConfig> {
    let params = Params::new(8, 1, 1, None).expect("argon2's own minimum");
    let hash = Argon2::from(params).hash_password(PASSWORD.as_bytes()).expect("a hash").to_string();
    let account = |id: u16| PortConfig {
        username: format!("P{id}"),
        password_hash: Secret::new(hash.clone()),
        firm: Mpid(*b"ALFA"),
        market_orders: false,
        max_quantity: None,
        single_order_notional: None,
        gross_exposure: None,
        disconnect: DisconnectPolicy::Keep,
        disconnect_grace_ms: PortConfig::GRACE_MS,
        disconnect_by_order: false,
        risk: RiskConfig::default(),
        self_match: protocol::enums::AiqStrategy::Disabled,
        self_match_group: *b"  ",
    };
    (0..ports).map(account).collect()
}

/// Gives the test a runtime as the hot thread has it, a service runtime, and an empty folder.
fn run(test: impl AsyncFnOnce(Handle, TempDir)) {
    let service = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let handle = service.handle().clone();
    let (end, ended) = oneshot::channel::<()>();
    let service = thread::spawn(move || service.block_on(ended));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let dir = tempfile::tempdir().expect("a folder for the test");
    LocalSet::new().block_on(&runtime, async {
        timeout(TEST_LIMIT, test(handle, dir)).await.expect("the test ends");
    });
    drop(end);
    let _ = service.join().expect("the service thread ends");
}

impl Venue {
    /// Lets the pipeline rest, or work again.
    pub(super) fn hold(&self, held: bool) {
        self.held.set(held);
        self.bell.notify_one();
    }

    /// Publishes messages to a port as a command from elsewhere would.
    pub(super) fn publish(&self, port: u16, messages: impl IntoIterator<Item = Vec<u8>>) {
        self.pipeline.borrow_mut().publish(port, messages);
    }

    /// Waits until the pipeline has heard so many items from a port, and returns them.
    pub(super) async fn heard(&self, port: u16, items: usize) -> Vec<String> {
        loop {
            if items <= self.pipeline.borrow().lanes[usize::from(port)].heard.len() {
                return self.pipeline.borrow().heard(port);
            }
            yield_now().await;
        }
    }

    fn pipeline_task(&self) -> impl Future<Output = ()> + use<> {
        let (bell, held) = (Arc::clone(&self.bell), Rc::clone(&self.held));
        let pipeline = Rc::clone(&self.pipeline);
        async move {
            loop {
                bell.notified().await;
                if !held.get() {
                    pipeline.borrow_mut().round();
                }
            }
        }
    }
}

/// Takes what the inboxes have, and gives every message back to its port.
pub(super) struct Pipeline {
    writer: StoreWriter,
    lanes: Vec<Lane>,
    sequence: u64,
}

struct Lane {
    inbox: Arc<Inbox>,
    taken: Taken,
    /// Messages by their number, events by their name.
    heard: Vec<String>,
}

impl Lane {
    fn new(inbox: Arc<Inbox>) -> Self {
        Self { inbox, taken: Taken::default(), heard: Vec::new() }
    }
}

impl Pipeline {
    /// Returns what was heard from a port so far.
    pub(super) fn heard(&self, port: u16) -> Vec<String> {
        self.lanes[usize::from(port)].heard.clone()
    }

    fn round(&mut self) {
        self.sequence += 1;
        let mut echoes = Vec::new();
        for (port, lane) in (0..).map(PortId).zip(&mut self.lanes) {
            lane.inbox.take(&mut lane.taken);
            while let Some(item) = lane.taken.peek() {
                lane.heard.push(match item {
                    Item::Message(message) => {
                        echoes.push((Target::Port(port), message.to_vec()));
                        let number = message[1..5].try_into().expect("a cancel has a number");
                        u32::from_be_bytes(number).to_string()
                    }
                    event => format!("{event:?}"),
                });
                lane.taken.advance();
            }
        }
        let echoes = echoes.iter().map(|(target, message)| (*target, &message[..]));
        self.writer.commit_messages(self.sequence, echoes);
    }

    fn publish(&mut self, port: u16, messages: impl IntoIterator<Item = Vec<u8>>) {
        self.sequence += 1;
        let messages: Vec<_> = messages.into_iter().collect();
        let target = Target::Port(PortId(port));
        self.writer.commit_messages(self.sequence, messages.iter().map(|m| (target, &m[..])));
    }
}
