//! The load of the TCP rulers: one thread, many connections, each with so many requests outstanding.
//!
//! One read and one write a connection and round; every answer lets one more request go. It counts answers, and
//! the time from the writing of a request to the reading of its answer.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use openbell_tools::line::Line;

use crate::figures::{histogram, percentiles};
use crate::socket::{Arrival, Incoming, Poller, prepare, write_all};

/// How long answers may be missing.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests outstanding over all connections while a book is filled.
const FILLING: u32 = 4_096;

/// What one connection asks and what it makes of the answers.
pub(crate) trait Client {
    /// Tells whether it has come to the state in which it is to be measured.
    fn is_ready(&self) -> bool;

    /// Counts the requests without an answer.
    fn outstanding(&self) -> u32;

    /// Appends `count` requests to `out`.
    fn ask(&mut self, count: u32, now_ns: u64, out: &mut Vec<u8>);

    /// Takes the whole answers at the front of `bytes`; gives their length.
    fn hear(&mut self, bytes: &[u8], now_ns: u64, tally: &mut Tally) -> usize;
}

/// How much is outstanding, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) outstanding: u32,
    /// How long the load runs before it is measured.
    pub(crate) warm_up: Duration,
    pub(crate) length: Duration,
}

/// What was counted.
pub(crate) struct Tally {
    /// Nothing counts before this time.
    from_ns: u64,
    pub(crate) acknowledged: u64,
    /// Answers that nobody asked for.
    pub(crate) wrong: u64,
    latency: Histogram<u64>,
    /// Answers in a row to requests that were written together.
    row: Row,
}

#[derive(Clone, Copy, Default)]
struct Row {
    asked_ns: u64,
    answered_ns: u64,
    count: u64,
}

/// What a run came to.
pub(crate) struct Outcome {
    pub(crate) acknowledged: u64,
    pub(crate) wrong: u64,
    pub(crate) measured: Duration,
    pub(crate) latency: Histogram<u64>,
}

impl Tally {
    fn new() -> Self {
        let row = Row::default();
        Self { from_ns: u64::MAX, acknowledged: 0, wrong: 0, latency: histogram(), row }
    }

    /// Notes the answers to `count` requests that were written at `asked_ns`.
    #[inline]
    pub(crate) fn answered(&mut self, asked_ns: u64, answered_ns: u64, count: u32) {
        if (self.row.asked_ns, self.row.answered_ns) != (asked_ns, answered_ns) {
            self.end_row();
            self.row = Row { asked_ns, answered_ns, count: 0 };
        }
        self.row.count += u64::from(count);
    }

    fn end_row(&mut self) {
        let Row { asked_ns, answered_ns, count } = std::mem::take(&mut self.row);
        if self.from_ns <= answered_ns {
            self.acknowledged += count;
        }
        if self.from_ns <= asked_ns {
            self.latency.saturating_record_n((answered_ns - asked_ns).max(1), count);
        }
    }
}

impl Outcome {
    pub(crate) fn per_second(&self) -> f64 {
        // A run counts far fewer than the 2^53 that a float holds exactly.
        self.acknowledged as f64 / self.measured.as_secs_f64()
    }

    /// The figures of a run, `rate` being the name of what is counted.
    pub(crate) fn line(&self, rate: &'static str) -> Line {
        percentiles(Line::new(rate, self.per_second().round()), &self.latency)
            .with("acknowledged", self.acknowledged)
            .with("wrong", self.wrong)
    }
}

/// Connects one socket for each client, loads them by `plan` and hangs up.
///
/// # Errors
///
/// A connection cannot be made or breaks, or answers are missing at the end.
pub(crate) fn run<C: Client>(server: SocketAddr, clients: Vec<C>, plan: Plan) -> Result<Outcome> {
    let mut load = Load::open(server, clients)?;
    let filling = plan.outstanding.max(FILLING / load.count());
    load.ask_all(filling)?;
    while !load.is_ready() {
        load.round(filling)?;
    }
    load.ask_all(plan.outstanding)?;
    load.until(Instant::now() + plan.warm_up, plan.outstanding)?;
    load.tally.end_row();
    load.tally.from_ns = load.now_ns();
    let began = Instant::now();
    load.until(began + plan.length, plan.outstanding)?;
    load.tally.end_row();
    let (acknowledged, measured) = (load.tally.acknowledged, began.elapsed());
    load.drain()?;
    // What was asked in time counts in the latencies, however late its answer.
    load.tally.end_row();
    let Tally { wrong, latency, .. } = load.tally;
    Ok(Outcome { acknowledged, wrong, measured, latency })
}

struct Load<C> {
    connections: Vec<Connection<C>>,
    poller: Poller,
    started: Instant,
    tally: Tally,
    output: Vec<u8>,
}

struct Connection<C> {
    socket: TcpStream,
    incoming: Incoming,
    client: C,
}

impl<C: Client> Load<C> {
    fn open(server: SocketAddr, clients: Vec<C>) -> Result<Self> {
        let poller = Poller::new().context("opening epoll")?;
        let waits = clients.len() == 1;
        let mut connections = Vec::with_capacity(clients.len());
        for (mark, client) in clients.into_iter().enumerate() {
            let socket = TcpStream::connect(server).context("connecting to the ruler")?;
            prepare(&socket).context("preparing a socket")?;
            // One alone waits in its read, which is the shortest way.
            socket.set_nonblocking(!waits).context("preparing a socket")?;
            poller.watch(&socket, mark).context("watching a socket")?;
            connections.push(Connection { socket, incoming: Incoming::new(), client });
        }
        let output = Vec::with_capacity(1 << 20);
        Ok(Self { connections, poller, started: Instant::now(), tally: Tally::new(), output })
    }

    fn count(&self) -> u32 {
        u32::try_from(self.connections.len()).expect("connections are few")
    }

    fn now_ns(&self) -> u64 {
        nanoseconds(self.started)
    }

    fn is_ready(&self) -> bool {
        self.connections.iter().all(|connection| connection.client.is_ready())
    }

    fn until(&mut self, end: Instant, outstanding: u32) -> Result<()> {
        while Instant::now() < end {
            self.round(outstanding)?;
        }
        Ok(())
    }

    /// Takes what has come in, and asks again where fewer than `outstanding` wait.
    fn round(&mut self, outstanding: u32) -> Result<()> {
        if self.connections.len() == 1 {
            return self.turn(0, outstanding);
        }
        let ready = self.poller.wait(Some(PATIENCE)).context("waiting for answers")?;
        if ready.is_empty() {
            bail!("no answer came within {PATIENCE:?}");
        }
        for index in ready {
            self.turn(index, outstanding)?;
        }
        Ok(())
    }

    fn turn(&mut self, index: usize, outstanding: u32) -> Result<()> {
        let Self { connections, tally, started, .. } = self;
        let Connection { socket, incoming, client } = &mut connections[index];
        match incoming.read(socket).context("reading answers")? {
            Arrival::Bytes => {}
            Arrival::Nothing => return Ok(()),
            Arrival::End => bail!("the ruler hung up"),
        }
        let now_ns = nanoseconds(*started);
        incoming.take(|bytes| client.hear(bytes, now_ns, tally));
        self.ask(index, outstanding)
    }

    fn ask_all(&mut self, outstanding: u32) -> Result<()> {
        (0..self.connections.len()).try_for_each(|index| self.ask(index, outstanding))
    }

    fn ask(&mut self, index: usize, outstanding: u32) -> Result<()> {
        let now_ns = self.now_ns();
        let Connection { socket, client, .. } = &mut self.connections[index];
        self.output.clear();
        let missing = outstanding.saturating_sub(client.outstanding());
        client.ask(missing, now_ns, &mut self.output);
        write_all(socket, &self.output).context("sending requests")
    }

    /// Waits until everything is answered.
    fn drain(&mut self) -> Result<()> {
        while self.connections.iter().any(|connection| 0 < connection.client.outstanding()) {
            self.round(0)?;
        }
        Ok(())
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).expect("a run is shorter than 500 years")
}
