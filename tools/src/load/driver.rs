//! The driver: one thread that keeps every connection busy and measures.
//!
//! A round: read whoever has something, ask for what is due, write once a connection. The loader shares the
//! machine with the venue, so it does as little as it can and sleeps when nothing is due.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Args;
use super::connection::Connection;
use super::flow::{Flow, Mix};
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
    symbols: Vec<protocol::Symbol>,
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
    /// Requests that were never answered.
    pub(super) unanswered: u64,
}

impl Plan {
    pub(super) fn new(args: &Args, target: &Target) -> Self {
        Self {
            venue: target.address(),
            accounts: target.accounts().to_vec(),
            symbols: target.symbols().to_vec(),
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
    let mut driver = Driver::open(plan)?;
    driver.tally = Tally::new();
    driver.pace = Some(pace);
    if let Loop::Open(per_second) = pace {
        driver.schedule = Some(Schedule::new(driver.now_ns(), per_second));
    }
    driver.until(Instant::now() + plan.warm_up)?;
    let began = Instant::now();
    driver.tally.begin(driver.now_ns());
    driver.until(began + plan.length)?;
    let mut tally = driver.tally.clone();
    let measured = began.elapsed();
    driver.pace = None;
    driver.drain()?;
    // What was planned in time counts in the latencies, however late its answer.
    tally.latency = driver.tally.latency.clone();
    tally.wrong = driver.tally.wrong;
    let unanswered =
        driver.connections.iter().map(|connection| u64::from(connection.outstanding())).sum();
    driver.leave()?;
    Ok(Outcome { tally, measured, unanswered })
}

struct Driver {
    connections: Vec<Connection>,
    poller: Poller,
    tally: Tally,
    started: Instant,
    pace: Option<Loop>,
    schedule: Option<Schedule>,
    /// Who is asked for the next planned request.
    turn: usize,
    kept_alive: Instant,
}

impl Driver {
    fn open(plan: &Plan) -> Result<Self> {
        let poller = Poller::new().context("opening epoll")?;
        let mut connections = Vec::with_capacity(plan.accounts.len());
        for (seed, account) in (plan.seed..).zip(&plan.accounts) {
            let flow = Flow::new(seed, plan.mix, &plan.symbols, plan.resting);
            let connection = Connection::open(plan.venue, account, flow)?;
            poller.watch(connection.socket(), connections.len()).context("watching a socket")?;
            connections.push(connection);
        }
        let now = Instant::now();
        Ok(Self {
            connections,
            poller,
            tally: Tally::new(),
            started: now,
            pace: None,
            schedule: None,
            turn: 0,
            kept_alive: now,
        })
    }

    fn now_ns(&self) -> u64 {
        nanoseconds(self.started)
    }

    fn until(&mut self, end: Instant) -> Result<()> {
        if let Some(Loop::Closed(outstanding)) = self.pace {
            for index in 0..self.connections.len() {
                self.top_up(index, outstanding)?;
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
        let Some(schedule) = &mut self.schedule else { return Ok(IDLE) };
        if self.pace.is_none() {
            return Ok(IDLE);
        }
        let now_ns = nanoseconds(self.started);
        let first = self.turn;
        let mut asked = 0;
        while let Some(planned_ns) = schedule.due(now_ns) {
            self.connections[self.turn].request(planned_ns);
            self.tally.sent(planned_ns, now_ns);
            self.turn = (self.turn + 1) % self.connections.len();
            asked += 1;
        }
        let next_ns = schedule.next_ns();
        for step in 0..asked.min(self.connections.len()) {
            let index = (first + step) % self.connections.len();
            self.connections[index].flush().context("sending requests")?;
        }
        Ok(Duration::from_nanos(next_ns.saturating_sub(self.now_ns())).max(GRAIN).min(IDLE))
    }

    /// Waits for answers and takes them; in a closed loop asks again.
    fn answers(&mut self, limit: Duration) -> Result<()> {
        let ready: Vec<usize> = self.poller.wait(limit).context("waiting for answers")?.collect();
        let started = self.started;
        for index in ready {
            let connection = &mut self.connections[index];
            connection.receive(|| nanoseconds(started), &mut self.tally)?;
            if let Some(Loop::Closed(outstanding)) = self.pace {
                self.top_up(index, outstanding)?;
            } else if connection.has_output() {
                connection.flush().context("sending requests")?;
            }
        }
        self.keep_alive()
    }

    fn top_up(&mut self, index: usize, outstanding: u32) -> Result<()> {
        let now_ns = self.now_ns();
        let connection = &mut self.connections[index];
        while connection.outstanding() < outstanding {
            connection.request(now_ns);
        }
        connection.flush().context("sending requests")
    }

    /// Once a while: heartbeats, and whatever a full socket has left over.
    fn keep_alive(&mut self) -> Result<()> {
        let now = Instant::now();
        if now - self.kept_alive < IDLE {
            return Ok(());
        }
        self.kept_alive = now;
        for connection in &mut self.connections {
            connection.keep_alive(now);
            connection.flush().context("sending heartbeats")?;
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
        for connection in &mut self.connections {
            connection.cancel_all();
            connection.flush().context("canceling what is left")?;
        }
        // The cancels need not be read, but the venue has to have read the request.
        self.answers(IDLE)
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).expect("a run is shorter than 500 years")
}
