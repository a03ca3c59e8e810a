//! `openbell-rulers udp`: what the machine lets out of a feed that costs nothing to make.
//!
//! Packets of exact length, cut from a fixed mix of ITCH messages in bursts as a market has them (1,400 bytes in the
//! mean, the last packet of a burst shorter), leave by `sendmmsg` to two multicast lines on loopback. Each packet and
//! message counts once, though it goes to both lines. Beside it the same messages in packets padded to one length, cut by the
//! kernel (segmentation offload): faster, but no lawful MoldUDP64, so that is a figure to know and not a limit.

use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use openbell_tools::duration;
use openbell_tools::line::{Line, Printer};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::feed::{Lines, Packets};
use crate::figures::tenths;
use crate::random::Random;
use crate::socket::Poller;

/// Bursts that are sent over and over.
const BURSTS: usize = 64;
/// The longest burst, in messages.
const LONGEST_BURST: u32 = 1_100;
/// The one length of padded packets.
const PADDED: usize = 1_400;
/// Padded packets in one call: as many as the kernel cuts from 64 KiB.
const PADDED_PER_CALL: usize = 44;
/// What the kernel is asked to hold for a reader, in bytes.
const RECEIVE_BUFFER: usize = 8 << 20;

/// Measures what two lines of a feed can carry.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// How long each way is measured.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, default_value = "2s")]
    length: Duration,
    /// A thread reads both lines meanwhile, and counts what arrives.
    #[arg(long)]
    read: bool,
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Measures and prints: exact lengths, and then segmentation offload where the kernel has it.
///
/// # Errors
///
/// A socket cannot be made or refuses packets.
pub fn run(args: Args) -> Result<ExitCode> {
    let mut printer = Printer::new(args.json);
    for way in [Way::Exact, Way::Padded] {
        if let Some(sent) = measure(way, args.length, args.read)? {
            printer.line(&sent.line(way))?;
            printer.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Exact,
    Padded,
}

/// What has left, each packet counted once.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    packets: u64,
    messages: u64,
    bytes: u64,
    took: Duration,
    /// Packets that arrived, on both lines together.
    received: Option<u64>,
}

impl Sent {
    fn line(&self, way: Way) -> Line {
        let per_second = |count: u64| (count as f64 / self.took.as_secs_f64()).round();
        Line::new("way", if way == Way::Exact { "exact" } else { "segmented" })
            .with("packets_per_s", per_second(self.packets))
            .with("messages_per_s", per_second(self.messages))
            .with("mean_bytes", tenths(self.bytes as f64 / self.packets as f64))
            .maybe("received_per_s", self.received.map(per_second))
    }
}

/// Sends bursts for a time; nothing where the kernel cannot do it.
fn measure(way: Way, length: Duration, reads: bool) -> Result<Option<Sent>> {
    let lines = Lines::open().context("opening the lines")?;
    if way == Way::Padded && !lines.sockets().iter().all(cuts_packets) {
        return Ok(None);
    }
    let reader = reads.then(|| Reader::start(lines.groups())).transpose().context("joining")?;
    let bursts = bursts(if way == Way::Exact { None } else { Some(PADDED) });
    let padded: Vec<Vec<u8>> = bursts.iter().map(pad).collect();
    let mut sent = Sent::default();
    let began = Instant::now();
    for (burst, padded) in bursts.iter().zip(&padded).cycle() {
        match way {
            Way::Exact => lines.send(burst).context("sending")?,
            Way::Padded => send_padded(&lines, padded).context("sending")?,
        }
        let bytes = if way == Way::Exact { burst.bytes() } else { padded };
        sent.packets += count(burst.len());
        sent.messages += burst.messages();
        sent.bytes += count(bytes.len());
        sent.took = began.elapsed();
        if length <= sent.took {
            break;
        }
    }
    sent.received = reader.map(Reader::stop).transpose().context("reading the lines")?;
    Ok(Some(sent))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).expect("a burst is short")
}

/// Bursts of messages as a market makes them: of ten, four are adds, three deletes and three executions.
fn bursts(limit: Option<usize>) -> Vec<Packets> {
    let mut random = Random::new(1);
    let mut number = 1;
    let mut burst = || {
        let mut packets = limit.map_or_else(Packets::default, Packets::up_to);
        for _ in 0..=random.below(LONGEST_BURST) {
            let length = match random.below(10) {
                0..4 => 36,
                4..7 => 19,
                _ => 31,
            };
            packets.push(number, &[0x55; 36][..length]);
            number += 1;
        }
        packets
    };
    (0..BURSTS).map(|_| burst()).collect()
}

fn pad(burst: &Packets) -> Vec<u8> {
    let mut padded = Vec::with_capacity(burst.len() * PADDED);
    for (packet, end) in burst.from(0).zip((PADDED..).step_by(PADDED)) {
        padded.extend_from_slice(packet);
        padded.resize(end, 0);
    }
    padded
}

fn send_padded(lines: &Lines, padded: &[u8]) -> io::Result<()> {
    for packets in padded.chunks(PADDED * PADDED_PER_CALL) {
        for socket in lines.sockets() {
            socket.send(packets)?;
        }
    }
    Ok(())
}

/// Asks the kernel to cut what is sent into packets of one length (`UDP_SEGMENT`); tells whether it will.
///
/// No crate at hand sets this option, so perl does it, on the same socket.
fn cuts_packets(socket: &Socket) -> bool {
    let Ok(socket) = socket.try_clone() else { return false };
    let script = format!("exit !setsockopt(STDIN, 17, 103, pack('i', {PADDED}))");
    let perl = Command::new("perl")
        .args(["-e", &script])
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stderr(Stdio::null())
        .status();
    perl.is_ok_and(|status| status.success())
}

/// A thread that reads both lines.
struct Reader {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<u64>>,
}

impl Reader {
    fn start(groups: [SocketAddrV4; 2]) -> io::Result<Self> {
        let [a, b] = groups.map(joined);
        let sockets = [a?, b?];
        let ends = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ends);
        let thread = thread::spawn(move || read(&sockets, &told));
        Ok(Self { ends, thread })
    }

    /// Gives the number of packets that have arrived.
    fn stop(self) -> io::Result<u64> {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.join().expect("the reader does not panic")
    }
}

/// Opens a socket that gets what is sent to the group on this machine.
fn joined(group: SocketAddrV4) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.bind(&SockAddr::from(group))?;
    socket.join_multicast_v4(group.ip(), &Ipv4Addr::LOCALHOST)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Counts packets until it is told to end and has read what is there.
fn read(sockets: &[Socket; 2], ends: &AtomicBool) -> io::Result<u64> {
    let mut poller = Poller::new()?;
    for (mark, socket) in sockets.iter().enumerate() {
        poller.watch(socket, mark)?;
    }
    let mut buffer = [MaybeUninit::uninit(); 2_048];
    let mut received = 0;
    loop {
        let is_last = ends.load(Ordering::Relaxed);
        let ready = poller.wait(Some(Duration::from_millis(10)))?;
        if is_last && ready.is_empty() {
            return Ok(received);
        }
        for mark in ready {
            loop {
                match sockets[mark].recv(&mut buffer) {
                    Ok(_) => received += 1,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packet_arrives_on_both_lines_and_counts_once() {
        // Short enough to fit the buffers of the readers.
        let sent = measure(Way::Exact, Duration::ZERO, true).expect("a run").expect("no option");
        assert!(0 < sent.packets && sent.packets < sent.messages);
        assert_eq!(sent.received, Some(2 * sent.packets));
        if let Some(padded) = measure(Way::Padded, Duration::ZERO, true).expect("a run") {
            assert_eq!(padded.messages, sent.messages, "the same burst");
            assert_eq!(padded.received, Some(2 * padded.packets), "cut by the kernel");
            assert!(sent.packets <= padded.packets && sent.bytes < padded.bytes);
        }
    }

    #[test]
    fn packets_are_as_long_as_a_feed_makes_them() {
        let bursts = bursts(None);
        let (packets, bytes) = bursts.iter().fold((0, 0), |(packets, bytes), burst| {
            (packets + burst.len(), bytes + burst.bytes().len())
        });
        assert!((1_380..1_420).contains(&(bytes / packets)), "{} in the mean", bytes / packets);
    }
}
