//! `openbell-rulers echo`: what TCP over loopback gives a server that does nothing.
//!
//! One thread with epoll answers each frame of 50 bytes, the size of an order, by one of 66 bytes, the size of its
//! acknowledgement: one read and one write a connection and round.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use openbell_tools::duration;
use openbell_tools::line::Printer;

use crate::closed_loop::{self, Client, Outcome, Plan, Tally};
use crate::socket::{self, Arrival, Incoming, Poller};

const REQUEST: usize = 50;
const REPLY: usize = 66;
/// How long the load runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(300);

/// Measures a TCP server that does nothing.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=512))]
    connections: u16,
    /// Frames outstanding on each connection.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    outstanding: u32,
    /// How long the measurement takes.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, default_value = "2s")]
    length: Duration,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Measures and prints.
///
/// # Errors
///
/// A socket cannot be made or breaks.
pub fn run(args: Args) -> Result<ExitCode> {
    let plan = Plan { outstanding: args.outstanding, warm_up: WARM_UP, length: args.length };
    let (outcome, _) = measure(args.connections, plan)?;
    let mut printer = Printer::new(args.json);
    let line = outcome
        .line("frames_per_s")
        .with("connections", args.connections)
        .with("outstanding", args.outstanding);
    printer.line(&line)?;
    printer.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the server on a thread of its own and the load on this one; tells how many frames the server answered.
fn measure(connections: u16, plan: Plan) -> Result<(Outcome, u64)> {
    let (listener, address) = socket::listen()?;
    let thread = thread::spawn(move || serve(&listener, connections.into()));
    let clients = (0..connections).map(|_| Frames::default()).collect();
    let outcome = closed_loop::run(address, clients, plan);
    let answered = thread.join().expect("the server does not panic").context("in the server")?;
    Ok((outcome?, answered))
}

/// Answers frames until every connection has hung up.
fn serve(listener: &TcpListener, count: usize) -> Result<u64> {
    let mut poller = Poller::new().context("opening epoll")?;
    let mut connections: Vec<_> = socket::accept(listener, count)
        .context("accepting")?
        .into_iter()
        .map(|socket| (socket, Incoming::new()))
        .collect();
    for (mark, (socket, _)) in connections.iter().enumerate() {
        poller.watch(socket, mark).context("watching a socket")?;
    }
    let (mut open, mut answered) = (count, 0);
    let mut output = Vec::new();
    while 0 < open {
        for mark in poller.wait(None).context("waiting")? {
            let (socket, incoming) = &mut connections[mark];
            if incoming.read(socket).context("reading")? == Arrival::End {
                poller.forget(&*socket).context("leaving a socket")?;
                open -= 1;
            }
            output.clear();
            incoming.take(|bytes| {
                answer(bytes, &mut output);
                bytes.len() / REQUEST * REQUEST
            });
            answered += u64::try_from(output.len() / REPLY).expect("few at once");
            socket::write_all(socket, &output).context("writing")?;
        }
    }
    Ok(answered)
}

/// Appends a reply for each whole frame: its bytes and some more.
fn answer(frames: &[u8], output: &mut Vec<u8>) {
    output.resize(frames.len() / REQUEST * REPLY, 0);
    for (frame, reply) in frames.chunks_exact(REQUEST).zip(output.chunks_exact_mut(REPLY)) {
        reply[..REQUEST].copy_from_slice(frame);
    }
}

/// One connection: which frames are not answered yet.
#[derive(Default)]
struct Frames {
    outstanding: u32,
    /// When they were sent, and how many then.
    asked: VecDeque<(u64, u32)>,
}

impl Client for Frames {
    fn is_ready(&self) -> bool {
        true
    }

    fn outstanding(&self) -> u32 {
        self.outstanding
    }

    fn ask(&mut self, count: u32, now_ns: u64, out: &mut Vec<u8>) {
        if 0 < count {
            self.outstanding += count;
            self.asked.push_back((now_ns, count));
            out.resize(out.len() + count as usize * REQUEST, 0x55);
        }
    }

    fn hear(&mut self, bytes: &[u8], now_ns: u64, tally: &mut Tally) -> usize {
        let mut replies = u32::try_from(bytes.len() / REPLY).expect("few at once");
        let taken = replies as usize * REPLY;
        while 0 < replies {
            let Some((asked_ns, waiting)) = self.asked.front_mut() else {
                tally.wrong += u64::from(replies);
                break;
            };
            let count = replies.min(*waiting);
            tally.answered(*asked_ns, now_ns, count);
            self.outstanding -= count;
            replies -= count;
            *waiting -= count;
            if *waiting == 0 {
                self.asked.pop_front();
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_is_answered_once() {
        for connections in [1, 3] {
            let [warm_up, length] = [1, 20].map(Duration::from_millis);
            let plan = Plan { outstanding: 5, warm_up, length };
            let (outcome, answered) = measure(connections, plan).expect("a run");
            assert_eq!(outcome.wrong, 0);
            assert!(0 < outcome.acknowledged && outcome.acknowledged < answered);
        }
    }
}
