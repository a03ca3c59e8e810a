//! The gateway: sessions on real sockets, packets in and out, between real clients and ports that say yes.
//!
//! It waits for its clients between two rounds of requests, so what counts is the processor time of its thread, the
//! kernel's part included.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow};
use engine::command::PortId;
use engine::outbox::{Run, Target};
use openbell_benches::market;
use openbell_rulers::ladder::Side;
use openbell_rulers::workload::{Kind, Operation};
use protocol::SessionId;
use protocol::ouch::outbound::OrderAccepted;
use protocol::soupbintcp::{ClientPacket, LoginRequest, ServerPacket};
use server::config::Config;
use server::gateway::{Gateway, GatewayParts, Phase, PortEntry};
use server::inbox::{Inbox, Item, Taken};
use server::link::Bell;
use server::metrics::Metrics;
use server::passwords::{Verifier, hash_password};
use server::store::{self, Store, StoreOptions, StreamWriter};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::LocalSet;

const CONNECTIONS: u16 = 64;
/// Requests outstanding on a connection.
const OUTSTANDING: usize = 64;
/// Rounds of requests on all connections: some to warm up, and those that count.
const ROUNDS: [usize; 2] = [20, 120];
const PASSWORD: &str = "bench";
/// Bytes of a Login Accepted, from its length on.
const LOGIN_ACCEPTED: usize = 33;

/// Nanoseconds of processor time that the gateway's thread takes for a request and its answer.
pub(crate) fn alone() -> anyhow::Result<f64> {
    let folder = tempfile::tempdir().context("making a folder for the store")?;
    let options = StoreOptions { window_bytes: 1 << 20, feed_window_bytes: 0 };
    let (writer, store) = store::open(folder.path(), [7; 16], &options)?;
    let service = runtime()?;
    let (parts, inboxes) = parts(store, &service)?;
    let bell = Arc::clone(&parts.bell);
    let (phase, phases) = watch::channel(Phase::Open);
    let (opened, opening) = mpsc::channel();
    let gateway = thread::spawn(move || serve(parts, phases, &opened));
    let ends = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ends);
    let ports = thread::spawn(move || say_yes(&inboxes, writer.streams, &bell, &told));
    let (address, task) = opening.recv().context("the gateway has not opened")?;
    let took = trade(address, &task);
    // Whoever has gone already has said why.
    let _ = phase.send(Phase::Stopped);
    gateway.join().map_err(|_| anyhow!("the gateway panicked"))??;
    ends.store(true, Ordering::Release);
    ports.join().map_err(|_| anyhow!("the ports panicked"))??;
    let requests = ROUNDS[1] * OUTSTANDING * usize::from(CONNECTIONS);
    Ok(took?.as_secs_f64() * 1e9 / requests as f64)
}

fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("making a runtime")
}

fn username(port: u16) -> String {
    format!("L{port:05}")
}

/// What the gateway works with, and the queues of its ports.
fn parts(store: Store, service: &Runtime) -> anyhow::Result<(GatewayParts, Vec<Arc<Inbox>>)> {
    let hash = hash_password(PASSWORD).context("hashing the password")?;
    let mut text = "[order_entry]\nlisten = \"127.0.0.1:0\"\nheartbeat_ms = 59000\n\
                    silence_ms = 60000\n[[symbol]]\nname = \"S1\"\n[[firm]]\nmpid = \"BENC\"\n"
        .to_owned();
    for port in 0..CONNECTIONS {
        text += &format!("[[port]]\nusername = \"{}\"\n", username(port));
        text += &format!("password_hash = \"{hash}\"\nfirm = \"BENC\"\n");
    }
    let config = Config::from_toml(&text, "bench.toml")?;
    let inboxes: Vec<_> = (0..CONNECTIONS).map(|_| Arc::new(Inbox::new(256 << 10))).collect();
    let ports = (0..CONNECTIONS).zip(&inboxes).map(|(port, inbox)| PortEntry {
        id: PortId(port),
        username: username(port).into_bytes().try_into().expect("six characters"),
        inbox: Arc::clone(inbox),
        stream: store.port(PortId(port)),
    });
    let parts = GatewayParts {
        session: SessionId::new("2026112501").context("the session id")?,
        ports: ports.collect(),
        verifier: Arc::new(Verifier::start(&config.ports).context("starting the password worker")?),
        config: config.order_entry,
        store,
        bell: Bell::default(),
        service: service.handle().clone(),
        metrics: Arc::new(Metrics::default()),
    };
    Ok((parts, inboxes))
}

/// Runs the gateway; says where it listens, and where the kernel tells of its thread.
fn serve(
    parts: GatewayParts,
    phases: watch::Receiver<Phase>,
    opened: &mpsc::Sender<(SocketAddr, PathBuf)>,
) -> anyhow::Result<()> {
    LocalSet::new().block_on(&runtime()?, async {
        let gateway = Gateway::bind(parts).await.context("opening the gateway")?;
        let thread = fs::read_link("/proc/thread-self").context("finding this thread")?;
        opened.send((gateway.local_addr(), Path::new("/proc").join(thread)))?;
        gateway.run(phases).await;
        Ok(())
    })
}

/// Answers every message of every port, as egress would, until told to end.
fn say_yes(
    inboxes: &[Arc<Inbox>],
    mut streams: StreamWriter,
    bell: &Bell,
    ends: &AtomicBool,
) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let answers = answer().repeat(OUTSTANDING);
    let mut taken = Taken::default();
    while !ends.load(Ordering::Acquire) {
        let mut runs = Vec::new();
        for (port, inbox) in (0..).zip(inboxes) {
            let mut count = 0;
            inbox.take(&mut taken);
            while let Some(item) = taken.peek() {
                count += usize::from(matches!(item, Item::Message(_)));
                taken.advance();
            }
            if 0 < count {
                let frames = &answers[..count * answers.len() / OUTSTANDING];
                let count = u32::try_from(count).context("more than was asked")?;
                runs.push(Run { target: Target::Port(PortId(port)), count, frames });
            }
        }
        streams.publish(&runs);
        if runs.is_empty() {
            let wait =
                async { tokio::time::timeout(Duration::from_millis(20), bell.notified()).await };
            // Rung or not, the queues are looked at.
            let _ = runtime.block_on(wait);
        }
    }
    Ok(())
}

/// An answer as long as an Order Accepted, framed as a port's stream has it.
fn answer() -> Vec<u8> {
    let mut frame = Vec::new();
    let mut message = [0; size_of::<OrderAccepted>() + 2];
    message[0] = OrderAccepted::TYPE;
    ServerPacket::Sequenced(&message).encode(&mut frame);
    frame
}

/// Logs in on every connection and trades; gives what the thread took meanwhile.
fn trade(address: SocketAddr, task: &Path) -> anyhow::Result<Duration> {
    let mut sockets = (0..CONNECTIONS)
        .map(|port| log_in(address, &username(port)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let requests = requests();
    let mut answers = answer().repeat(OUTSTANDING);
    let mut round = || -> anyhow::Result<()> {
        for socket in &mut sockets {
            socket.write_all(&requests).context("asking")?;
        }
        for socket in &mut sockets {
            socket.read_exact(&mut answers).context("reading answers")?;
        }
        Ok(())
    };
    (0..ROUNDS[0]).try_for_each(|_| round())?;
    let before = processor_time(task)?;
    (0..ROUNDS[1]).try_for_each(|_| round())?;
    Ok(processor_time(task)? - before)
}

fn log_in(address: SocketAddr, username: &str) -> anyhow::Result<TcpStream> {
    let mut socket = TcpStream::connect(address).context("connecting")?;
    socket.set_nodelay(true).context("preparing a socket")?;
    let login = LoginRequest::new(username, PASSWORD, SessionId::BLANK, 1)?;
    let mut packet = Vec::new();
    ClientPacket::Login(login).encode(&mut packet);
    socket.write_all(&packet).context("logging in")?;
    let mut accepted = [0; LOGIN_ACCEPTED];
    socket.read_exact(&mut accepted).context("logging in")?;
    anyhow::ensure!(accepted[2] == b'A', "{username} was not let in");
    Ok(socket)
}

/// One connection's requests of a round: orders and cancels in turn.
fn requests() -> Vec<u8> {
    let mut packets = Vec::new();
    let mut message = Vec::new();
    for number in (0..).take(OUTSTANDING) {
        let kind = if number % 2 == 0 { Kind::Add } else { Kind::Cancel };
        let operation =
            Operation { id: number, symbol: 0, price: 9_999, quantity: 100, kind, side: Side::Buy };
        message.clear();
        market::request(&operation, &mut message);
        ClientPacket::Unsequenced(&message).encode(&mut packets);
    }
    packets
}

/// How long the kernel has run a thread.
fn processor_time(task: &Path) -> anyhow::Result<Duration> {
    let told = fs::read_to_string(task.join("schedstat")).context("asking for processor time")?;
    let ns = told.split_whitespace().next().context("the kernel counts no processor time")?;
    Ok(Duration::from_nanos(ns.parse().context("processor time is a number")?))
}
