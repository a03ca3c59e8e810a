//! The driver: one thread that keeps every connection busy and measures.
//!
//! A round: read whoever has something, ask for what is due, write once a connection. The loader shares the
//! machine with the venue, so it does as little as it can and sleeps when nothing is due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Args;
use super::connection::{Buffers, Connection};
use super::flow::{Flow, Mix};
use super::machine;
use super::poller::Poller;
use super::schedule::{Loop, Schedule};
use super::tally::Tally;
use super::venue::{Account, Target};

/// Requests planned closer together than this are sent together.
const GRAIN: Duration = Duration::from_micros(20);
/// How long answers may be missing at the end.
const PATIENCE: Duration = Duration::from_secs(10);
/// Without anything due, the round is over after this long.
const IDLE: Duration = Duration::from_millis(100);

/// What to run.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    venue: std::net::SocketAddr,
    accounts: Vec<Account>,
    symbols: Arc<[protocol::Symbol]>,
    mix: Mix,
    resting: u32,
    seed: u64,
    warm_up: Duration,
    length: Duration,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) tally: Tally,
    pub(super) measured: Duration,
    /// Processor time of this program meanwhile, in seconds.
    pub(super) own_seconds: f64,
    /// Requests that were never answered.
    pub(super) unanswered: u64,
}

impl Plan {
    pub(super) fn new(args: &Args, target: &Target) -> Self {
        Self {
            venue: target.address(),
            accounts: target.accounts().to_vec(),
            symbols: target.symbols().into(),
            mix: args.mix,
            resting: args.resting,
            seed: args.seed,
            warm_up: args.warm_up,
            length: args.length,
        }
    }

    /// The same for a shorter time.
    pub(super) fn lasting(&self, length: Duration) -> Self {
        Self { length, ..self.clone() }
    }
}

/// Logs in every connection, runs warm-up and measurement, and cancels what is left.
///
/// # Errors
///
/// A connection cannot be opened, breaks, or the venue breaks the protocol.
pub(super) fn run(plan: &Plan, pace: Loop) -> Result<Outcome> {
    let mut driver = Driver::open(plan, pace)?;
    driver.until(Instant::now() + plan.warm_up)?;
    let own_seconds = machine::own_processor_seconds();
    let began = Instant::now();
    driver.tally.begin(driver.now_ns());
    driver.until(began + plan.length)?;
    let mut tally = driver.tally.clone();
    let (measured, own_seconds) = (began.elapsed(), machine::own_processor_seconds() - own_seconds);
    driver.pace = None;
    driver.drain()?;
    // What was planned in time counts in the latencies, however late its answer.
    tally.latency = driver.tally.latency.clone();
    tally.wrong = driver.tally.wrong;
    let unanswered =
        driver.connections.iter().map(|connection| u64::from(connection.outstanding())).sum();
    driver.leave()?;
    Ok(Outcome { tally, measured, own_seconds, unanswered })
}

struct Driver {
    connections: Vec<Connection>,
    buffers: Buffers,
    poller: Poller,
    tally: Tally,
    started: Instant,
    /// `None` when nothing more is asked for.
    pace: Option<Loop>,
    schedule: Option<Schedule>,
    /// One connection alone in a closed loop waits in its read, which is the shortest way.
    is_alone: bool,
    kept_alive_ns: u64,
}

impl Driver {
    fn open(plan: &Plan, pace: Loop) -> Result<Self> {
        let poller = Poller::new().context("opening epoll")?;
        let mut connections = Vec::with_capacity(plan.accounts.len());
        let is_alone = plan.accounts.len() == 1 && matches!(pace, Loop::Closed(_));
        for (seed, account) in (plan.seed..).zip(&plan.accounts) {
            let flow = Flow::new(seed, plan.mix, &plan.symbols, plan.resting);
            let connection = Connection::open(plan.venue, account, flow)?;
            connection.socket().set_read_timeout(Some(IDLE)).context("preparing a socket")?;
            poller.watch(connection.socket(), connections.len()).context("watching a socket")?;
            connections.push(connection);
        }
        let schedule = match pace {
            Loop::Open(per_second) => Some(Schedule::new(0, per_second)),
            Loop::Closed(_) => None,
        };
        Ok(Self {
            connections,
            buffers: Buffers::new(),
            poller,
            tally: Tally::new(),
            started: Instant::now(),
            pace: Some(pace),
            schedule,
            is_alone,
            kept_alive_ns: 0,
        })
    }

    fn now_ns(&self) -> u64 {
        nanoseconds(self.started)
    }

    fn until(&mut self, end: Instant) -> Result<()> {
        if let Some(Loop::Closed(outstanding)) = self.pace {
            let now_ns = self.now_ns();
            for index in 0..self.connections.len() {
                self.top_up(index, outstanding, now_ns)?;
            }
        }
        while Instant::now() < end {
            let limit = self.ask()?;
            self.answers(limit)?;
        }
        Ok(())
    }

    /// Sends what an open loop has planned until now; gives the time until the next.
    fn ask(&mut self) -> Result<Duration> {
        let (Some(schedule), Some(_)) = (&mut self.schedule, self.pace) else { return Ok(IDLE) };
        let mut now_ns = nanoseconds(self.started);
        let due = schedule.due(now_ns);
        let count = self.connections.len();
        let turns = u64::try_from(count).expect("few connections");
        // The connections take turns; what falls to one of them now goes in one write.
        for first in due.clone().take(count) {
            let index = usize::try_from(first % turns).expect("less than there are");
            let connection = &mut self.connections[index];
            let planned = (first..due.end).step_by(count);
            for number in planned.clone() {
                connection.request(schedule.planned_ns(number), &mut self.buffers);
            }
            connection.send(now_ns, &mut self.buffers).context("sending requests")?;
            now_ns = nanoseconds(self.started);
            for number in planned {
                self.tally.sent(schedule.planned_ns(number), now_ns);
            }
        }
        Ok(Duration::from_nanos(schedule.next_ns().saturating_sub(now_ns)).max(GRAIN).min(IDLE))
    }

    /// Waits for answers and takes them; in a closed loop asks again.
    fn answers(&mut self, limit: Duration) -> Result<()> {
        if self.is_alone {
            self.turn(0)?;
            return self.keep_alive();
        }
        for n in 0..self.poller.wait(limit).context("waiting for answers")? {
            self.turn(self.poller.ready(n))?;
        }
        self.keep_alive()
    }

    /// Takes the answers of a connection; in a closed loop asks again.
    fn turn(&mut self, index: usize) -> Result<()> {
        let connection = &mut self.connections[index];
        let (started, is_alone) = (self.started, self.is_alone);
        let received = connection.receive(is_alone, started, &mut self.buffers, &mut self.tally)?;
        let Some(now_ns) = received else { return Ok(()) };
        match self.pace {
            Some(Loop::Closed(outstanding)) => self.top_up(index, outstanding, now_ns),
            // What a full socket has left over.
            _ => connection.send(now_ns, &mut self.buffers).context("sending requests"),
        }
    }

    fn top_up(&mut self, index: usize, outstanding: u32, now_ns: u64) -> Result<()> {
        let connection = &mut self.connections[index];
        for _ in connection.outstanding()..outstanding {
            connection.request(now_ns, &mut self.buffers);
        }
        connection.send(now_ns, &mut self.buffers).context("sending requests")
    }

    /// Once a while: heartbeats, and whatever a full socket has left over.
    fn keep_alive(&mut self) -> Result<()> {
        let now_ns = self.now_ns();
        if Duration::from_nanos(now_ns - self.kept_alive_ns) < IDLE {
            return Ok(());
        }
        self.kept_alive_ns = now_ns;
        for connection in &mut self.connections {
            connection.keep_alive(now_ns, &mut self.buffers).context("sending heartbeats")?;
        }
        Ok(())
    }

    /// Waits until everything is answered.
    fn drain(&mut self) -> Result<()> {
        let limit = Instant::now() + PATIENCE;
        while self.connections.iter().any(|connection| 0 < connection.outstanding())
            && Instant::now() < limit
        {
            self.answers(IDLE)?;
        }
        Ok(())
    }

    /// Leaves no order behind.
    fn leave(&mut self) -> Result<()> {
        let now_ns = self.now_ns();
        for connection in &mut self.connections {
            connection.cancel_all(now_ns, &mut self.buffers).context("canceling what is left")?;
        }
        // The cancels need not be read, but the venue has to have read the request.
        self.answers(IDLE)
    }
}

/// Nanoseconds since then.
pub(super) fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).expect("a run is shorter than 500 years")
}
