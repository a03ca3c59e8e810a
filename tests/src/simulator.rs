//! A whole exchange without a socket, a file or a thread: bytes in, bytes out.
//!
//! Admission, log and shards as the server wires them, with blocks that are applied as late as the driver
//! likes. Whatever is in flight, the answers are the same.

use std::collections::VecDeque;

use engine::admission::{Admission, Conditions, Decision};
use engine::command::{Command, PortId, Sequenced};
use engine::event::Outcome;
use engine::outbox::{Outbox, Target, merge};
use engine::record;
use engine::shard::Shard;
use engine::trade::{Accepted, TradeParty, TradeRecord};
use protocol::ouch::Inbound;
use zerocopy::FromBytes;

/// What the world sees, message by message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Streams {
    /// By port.
    pub ports: Vec<Vec<Vec<u8>>>,
    pub feed: Vec<Vec<u8>>,
    pub trades: Vec<Vec<u8>>,
}

impl Streams {
    fn push(&mut self, target: Target, message: &[u8]) {
        let stream = match target {
            Target::Port(PortId(port)) => {
                let port = usize::from(port);
                if self.ports.len() <= port {
                    self.ports.resize(port + 1, Vec::new());
                }
                &mut self.ports[port]
            }
            Target::Feed => &mut self.feed,
            Target::Trade => &mut self.trades,
        };
        stream.push(message.to_vec());
    }
}

/// One record of the log, as bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Logged {
    pub time_ns: u64,
    pub record: Vec<u8>,
}

/// The exchange.
pub struct Exchange {
    admission: Admission,
    shards: Vec<Shard>,
    outboxes: Vec<Outbox>,
    scratch: Vec<u8>,
    /// Logged and not yet applied.
    in_flight: VecDeque<(u64, Logged)>,
    next_sequence: u64,
    pub log: Vec<Logged>,
    pub streams: Streams,
    outcomes: Vec<Outcome>,
}

impl Exchange {
    /// Builds an exchange with this many shards and an empty log.
    pub fn new(shards: u16) -> Self {
        Self {
            admission: Admission::default(),
            shards: (0..shards).map(|number| Shard::new(number, shards)).collect(),
            outboxes: (0..shards).map(|_| Outbox::default()).collect(),
            scratch: Vec::new(),
            in_flight: VecDeque::new(),
            next_sequence: 1,
            log: Vec::new(),
            streams: Streams::default(),
            outcomes: Vec::new(),
        }
    }

    /// Applies a recorded log from its beginning.
    pub fn replay(log: &[Logged], shards: u16) -> Self {
        let mut exchange = Self::new(shards);
        for logged in log {
            let (_, command) = record::decode(&logged.record).expect("a recorded log is whole");
            exchange.command(logged.time_ns, &command);
            exchange.apply(usize::MAX);
        }
        exchange
    }

    /// Logs a command of the venue itself.
    pub fn command(&mut self, time_ns: u64, command: &Command<'_>) {
        let mut bytes = Vec::new();
        record::encode(command, 0, &mut bytes);
        let logged = Logged { time_ns, record: bytes };
        self.admission.logged(self.next_sequence, time_ns, command);
        self.in_flight.push_back((self.next_sequence, logged.clone()));
        self.log.push(logged);
        self.next_sequence += 1;
    }

    /// Takes a message of a port. When admission must wait, everything in flight is applied first.
    pub fn message(&mut self, time_ns: u64, port: PortId, payload: &[u8]) {
        let message = Inbound::decode(payload).expect("the gateway refuses what is no message");
        loop {
            match self.admission.decide(port, &message, time_ns, Conditions::default()) {
                Decision::Log(command) => return self.command(time_ns, &command),
                Decision::Ignored => return,
                Decision::PortWaits | Decision::GroupWaits => {
                    assert!(
                        !self.in_flight.is_empty(),
                        "admission waits only for what is in flight"
                    );
                    self.apply(usize::MAX);
                }
            }
        }
    }

    /// Applies at most this many of the commands in flight.
    pub fn apply(&mut self, commands: usize) {
        for _ in 0..commands.min(self.in_flight.len()) {
            let (sequence, logged) = self.in_flight.pop_front().expect("it was counted");
            let (_, command) = record::decode(&logged.record).expect("it was just written");
            let sequenced = Sequenced { sequence, time_ns: logged.time_ns, command };
            for (shard, outbox) in self.shards.iter_mut().zip(&mut self.outboxes) {
                outbox.clear();
                shard.apply(&sequenced, outbox, &mut self.outcomes);
            }
            let outboxes: Vec<_> = self.outboxes.iter().collect();
            for run in merge(&outboxes, &mut self.scratch) {
                run.messages().for_each(|message| self.streams.push(run.target, message));
            }
            self.outcomes.drain(..).for_each(|outcome| self.admission.outcome(&outcome));
            self.admission.applied(sequence);
        }
    }

    /// Finds what the streams say of a trade: its record, the ports and the orders of buyer and seller.
    pub fn find_trade(
        &self,
        match_number: u64,
    ) -> Option<(TradeRecord, [PortId; 2], [Accepted; 2])> {
        let mut records = self.streams.trades.iter().map(|bytes| {
            TradeRecord::read_from_bytes(bytes).expect("the stream holds records of trades")
        });
        let record = records.find(|record| record.match_number.get() == match_number)?;
        let party = |party: &TradeParty| {
            let port = self.admission.port_by_username(&party.username).expect("a port").id;
            let (idx, number) = (party.user_ref_idx, party.user_ref_num.get());
            let stream = &self.streams.ports[usize::from(port.0)];
            // From the newest: a trade that is broken is mostly of late, and a day is long.
            let order = stream
                .iter()
                .rev()
                .find_map(|message| Accepted::from_message(message, idx, number));
            (port, order.expect("an order that traded was accepted"))
        };
        let [(buyer, bought), (seller, sold)] = [&record.buyer, &record.seller].map(party);
        Some((record, [buyer, seller], [bought, sold]))
    }

    /// What admission knows.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// Sums over all shards' states.
    pub fn digest(&self) -> u64 {
        self.shards.iter().fold(0, |sum, shard| sum.wrapping_add(shard.digest()))
    }
}
