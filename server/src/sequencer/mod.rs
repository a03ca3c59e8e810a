//! The sequencer: the only writer of order.
//!
//! Each round it brings home what the shards have applied, takes the operator's acts first, then every port's
//! messages in turn, and hands over a block as soon as the journal is free. What admission cannot decide yet
//! stays in its port's queue; the other ports go on.

mod acts;
mod graces;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use engine::admission::{Admission, Conditions, Decision};
use engine::command::{Command, DisconnectCause, KillScope, PortId};
use engine::pace::Bucket;
use engine::record::{self, MAX_RECORD};
use protocol::ouch::Inbound;
use tokio::sync::{mpsc, oneshot};

use crate::accounts;
use crate::admin::{Act, Answer, Instruction, Published};
use crate::batch::{CommandBlock, Pool};
use crate::clock::Clock;
use crate::config::Config;
use crate::gateway::GatewayHandle;
use crate::inbox::{Inbox, Item, Taken};
use crate::link::{Position, Sender};
use crate::metrics::Metrics;
use crate::sharing::Load;
use crate::stages::Stage;
use crate::timetable::Timetable;

use graces::Graces;

/// Acts whose commands are not applied yet; more wait in their queue.
const MAX_UNANSWERED: usize = 64;

/// An act is logged as no more bytes than so many of the longest records: who and why, up to three commands, or one and the
/// hundred instruments that it names.
const RECORDS_OF_AN_ACT: usize = 4;

/// Beyond so many times its message rate a port is read more slowly: its queue fills, and its socket waits.
const PATIENCE: u32 = 10;

/// A port's queue as the sequencer sees it.
struct Lane {
    port: PortId,
    inbox: Arc<Inbox>,
    taken: Taken,
    /// How fast messages are taken of a port that has a message rate.
    pace: Bucket,
}

/// What the outside may tell the sequencer while it runs, and it the outside.
pub struct Signals {
    pub acts: mpsc::Receiver<Instruction>,
    /// Where it is told whose kill switches are engaged.
    pub published: Arc<Published>,
    /// The sessions, once the gateway has opened.
    pub gateway: Arc<OnceLock<GatewayHandle>>,
    /// Set while the disk runs full.
    pub out_of_space: Arc<AtomicBool>,
    /// Set when the venue is to stop.
    pub stop: Arc<AtomicBool>,
    /// What the schedule of the day makes the venue log.
    pub timetable: Timetable,
    /// Told when everything logged was applied, once at the start and once after a stop.
    pub settled: mpsc::Sender<()>,
}

/// Where the sequencer stands between start and stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// The start commands are under way; no port is read.
    Starting,
    Running,
    /// The last commands are under way.
    Stopping,
    Stopped,
}

/// Gives every command its place in the log.
pub struct Sequencer {
    admission: Admission,
    log: Log,
    lanes: Vec<Lane>,
    /// Who is first in the next round.
    first_lane: usize,
    /// Lanes whose first message waits for what their group of firms has in flight, in the order in which they came to it.
    /// The other lanes of such a group rest, else they could go ahead for ever.
    waiting: Vec<usize>,
    signals: Signals,
    unanswered: VecDeque<(u64, oneshot::Sender<Answer>)>,
    graces: Graces,
    phase: Phase,
    tick_ns: u64,
    next_tick_ns: u64,
    metrics: Arc<Metrics>,
}

impl Sequencer {
    /// Builds the stage at the end of a replayed log, with the commands that this start begins with.
    pub fn new(
        admission: Admission,
        log: Log,
        ports: Vec<(PortId, Arc<Inbox>)>,
        signals: Signals,
        tick_ms: u64,
        metrics: Arc<Metrics>,
    ) -> Self {
        let lanes = ports
            .into_iter()
            .map(|(port, inbox)| Lane {
                port,
                inbox,
                taken: Taken::default(),
                pace: Bucket::default(),
            })
            .collect();
        let sequencer = Self {
            admission,
            log,
            lanes,
            first_lane: 0,
            waiting: Vec::new(),
            signals,
            unanswered: VecDeque::with_capacity(MAX_UNANSWERED),
            graces: Graces::default(),
            phase: Phase::Starting,
            tick_ns: tick_ms * 1_000_000,
            next_tick_ns: 0,
            metrics,
        };
        sequencer.tell_killed();
        sequencer
    }

    /// Folds in the outcomes of every block that all shards have let go of.
    fn bring_home(&mut self) -> usize {
        let mut blocks = 0;
        let admission = &mut self.admission;
        while self.log.journal.blocks.bring_home(|home| {
            home.drain_outcomes(|outcome| admission.outcome(&outcome));
            let applied = home.block.last_sequence();
            admission.applied(applied);
            self.log.applied = applied;
            // A block at home is empty.
            home.block.open(applied + 1, 0);
        }) {
            blocks += 1;
        }
        while self.unanswered.front().is_some_and(|(sequence, _)| *sequence <= self.log.applied) {
            let (sequence, reply) =
                self.unanswered.pop_front().expect("the front was just looked at");
            // An operator who hung up wants no answer.
            let _ = reply.send(Ok(sequence));
        }
        blocks
    }

    fn take_venue_commands(&mut self) {
        while self.log.has_room() {
            let Some(command) =
                self.log.venue_commands.pop_front_if(|command| self.admission.may_follow(command))
            else {
                return;
            };
            self.log.append(&mut self.admission, &command);
            if self.log.venue_commands.is_empty() {
                self.signals.published.set_limits(accounts::shown(&self.admission));
            }
        }
    }

    /// Logs what is due by the schedule, unless the day has ended.
    fn take_timetable(&mut self) {
        while !self.admission.is_closed()
            && self.log.has_room()
            && let Some(command) = self.signals.timetable.take(self.log.now_ns)
        {
            self.log.append(&mut self.admission, &command);
        }
    }

    fn take_acts(&mut self) -> usize {
        let mut acts = 0;
        while self.unanswered.len() < MAX_UNANSWERED && self.log.has_room_for(RECORDS_OF_AN_ACT) {
            let Ok(instruction) = self.signals.acts.try_recv() else {
                break;
            };
            acts += 1;
            match self.act(&instruction) {
                Ok(sequence) => self.unanswered.push_back((sequence, instruction.reply)),
                Err(why) => {
                    let _ = instruction.reply.send(Err(why));
                }
            }
        }
        acts
    }

    /// Logs who ordered what and why, then the act itself; returns the act's sequence.
    fn act(&mut self, instruction: &Instruction) -> Answer {
        if let Act::Accounts(config) = &instruction.act {
            return self.reread(config);
        }
        let gateway = self.signals.gateway.get();
        let commands = acts::commands(&instruction.act, &self.admission, gateway)?;
        let note = Command::OperatorNote { who: &instruction.who, why: &instruction.why };
        let mut sequence = self.log.append(&mut self.admission, &note);
        for command in &commands {
            sequence = self.log.append(&mut self.admission, command);
        }
        if commands.iter().any(|command| matches!(command, Command::KillSwitch { .. })) {
            self.tell_killed();
        }
        if matches!(instruction.act, Act::Limits { .. }) {
            self.signals.published.set_limits(accounts::shown(&self.admission));
        }
        Ok(sequence)
    }

    /// Publishes whose kill switches are engaged.
    fn tell_killed(&self) {
        let (admission, published) = (&self.admission, &self.signals.published);
        published.set_killed(acts::killed(admission), admission.is_killed(KillScope::Venue));
    }

    /// Takes over what a configuration says of firms and ports; returns the sequence that the last change has or gets.
    fn reread(&mut self, config: &Config) -> Answer {
        let commands = accounts::reread(&self.admission, config)?;
        if !commands.is_empty() {
            let (who, why) = ("SIGHUP", "the configuration was read again");
            self.log.venue_commands.push_back(Command::OperatorNote { who, why });
            self.log.venue_commands.extend(commands);
        }
        self.take_venue_commands();
        // What has no room yet comes next: nothing else is logged before it.
        let behind = u64::try_from(self.log.venue_commands.len()).expect("a short list");
        Ok(self.log.next_sequence - 1 + behind)
    }

    /// Takes what the ports have sent, each in its turn: the first one another in each round, and after a round that ended
    /// without room the first that had no turn.
    fn take_ports(&mut self) -> usize {
        let conditions =
            Conditions { out_of_space: self.signals.out_of_space.load(Ordering::Relaxed) };
        let mut taken = 0;
        for turn in 0..self.lanes.len() {
            let index = (self.first_lane + turn) % self.lanes.len();
            if !self.log.has_room() {
                self.first_lane = index;
                return taken;
            }
            taken += self.take_lane(index, conditions);
        }
        self.first_lane = (self.first_lane + 1).checked_rem(self.lanes.len()).unwrap_or(0);
        taken
    }

    /// Tells whether a lane has to let another one of its group go first.
    fn rests(&self, index: usize) -> bool {
        let group = |lane: usize| self.admission.group_of(self.lanes[lane].port);
        let first = self.waiting.iter().find(|&&lane| group(lane) == group(index));
        first.is_some_and(|&lane| lane != index)
    }

    fn take_lane(&mut self, index: usize, conditions: Conditions) -> usize {
        if self.rests(index) {
            return 0;
        }
        let Self { admission, log, lanes, waiting, metrics, .. } = self;
        waiting.retain(|&lane| lane != index);
        let lane = &mut lanes[index];
        let pace =
            admission.messages_per_second(lane.port).map(|rate| rate.saturating_mul(PATIENCE));
        lane.inbox.take(&mut lane.taken);
        let (mut items, mut orders) = (0, 0);
        while log.has_room() {
            let Some(item) = lane.taken.peek() else {
                break;
            };
            match item {
                Item::Connected => {
                    log.append(admission, &Command::Connected { port: lane.port });
                }
                Item::Disconnected(cause) => {
                    log.append(admission, &Command::Disconnected { port: lane.port, cause });
                }
                Item::Message(bytes) => {
                    if pace.is_some_and(|pace| !lane.pace.has_token(pace, log.now_ns)) {
                        break;
                    }
                    let message =
                        Inbound::decode(bytes).expect("the gateway refused what is no message");
                    match admission.decide(lane.port, &message, log.now_ns, conditions) {
                        Decision::Log(command) => {
                            log.append(admission, &command);
                        }
                        Decision::Ignored => {}
                        Decision::PortWaits => break,
                        Decision::GroupWaits => {
                            waiting.push(index);
                            break;
                        }
                    }
                    let is_order =
                        matches!(message, Inbound::EnterOrder(..) | Inbound::ReplaceOrder(..));
                    orders += u64::from(is_order);
                }
            }
            if let (Item::Message(_), Some(pace)) = (item, pace) {
                lane.pace.take(pace, log.now_ns);
            }
            lane.taken.advance();
            items += 1;
        }
        metrics.inbound_messages.add(items);
        metrics.orders.add(orders);
        usize::try_from(items).expect("an inbox holds less than a usize counts")
    }

    /// Cancels what ports have left to a grace that is over. Behind the ports' messages: who is back already, and waits
    /// in a queue, was in time.
    fn end_graces(&mut self) {
        let now_ns = self.log.now_ns;
        while let Some(port) = self.graces.due(&self.admission, now_ns) {
            let mut lanes = self.lanes.iter().filter(|lane| lane.port == port);
            let is_back = lanes.any(|lane| !lane.taken.is_empty() || !lane.inbox.is_empty());
            if is_back || !self.log.has_room() {
                return;
            }
            self.log.append(&mut self.admission, &Command::GraceEnded { port });
        }
    }

    /// Logs a tick when one is due; a venue where nothing happens writes nothing.
    fn tick(&mut self) {
        let now_ns = self.log.now_ns;
        if self.log.commands_since_tick && self.next_tick_ns <= now_ns && self.log.has_room() {
            self.log.append(&mut self.admission, &Command::Tick);
            self.log.commands_since_tick = false;
            self.next_tick_ns = now_ns + self.tick_ns;
        }
    }

    /// Goes from phase to phase; says so when everything logged is applied.
    fn advance_phase(&mut self) {
        let settled = self.log.is_settled();
        match self.phase {
            Phase::Starting if settled && self.log.venue_commands.is_empty() => {
                self.phase = Phase::Running;
                // A closed channel means that nobody waits any more.
                let _ = self.signals.settled.try_send(());
            }
            Phase::Running if self.signals.stop.load(Ordering::Acquire) && self.log.has_room() => {
                let connected: Vec<PortId> = self.admission.connected_ports().collect();
                let commands = connected
                    .into_iter()
                    .map(|port| Command::Disconnected { port, cause: DisconnectCause::Stop });
                self.log.venue_commands.extend(commands);
                self.phase = Phase::Stopping;
            }
            Phase::Stopping if settled && self.log.venue_commands.is_empty() => {
                self.phase = Phase::Stopped;
                let _ = self.signals.settled.try_send(());
            }
            _ => {}
        }
    }
}

impl Stage for Sequencer {
    fn do_work(&mut self) -> io::Result<usize> {
        let mut work = self.bring_home();
        self.log.read_clock();
        self.take_venue_commands();
        if self.phase == Phase::Running {
            self.take_timetable();
            work += self.take_acts();
            work += self.take_ports();
            self.end_graces();
            self.tick();
        }
        work += usize::from(self.log.submit());
        self.advance_phase();
        Ok(work)
    }
}

/// When a block may follow the one before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pace {
    /// As soon as the journal is free: each stage works on a block of its own.
    Overlapping,
    /// When everything that came of the last one was told. Where one thread does all the work, overlap gains nothing,
    /// and waiting makes blocks larger: fewer syncs, and fewer and larger writes to the sockets.
    OneAtATime,
}

/// Where the log's blocks come from and go to.
pub struct JournalEnd {
    pub blocks: Pool<CommandBlock>,
    pub sender: Sender<Arc<CommandBlock>>,
    pub load: Load,
    /// Each takes all the blocks there are: it never lacks room.
    pub shards: Vec<Sender<Arc<CommandBlock>>>,
    /// The last sequence whose messages the sessions can send.
    pub told: Position,
    /// The last sequence whose messages are in the outbound log and on the feed.
    pub filed: Position,
    pub pace: Pace,
}

impl JournalEnd {
    /// Tells whether a block that begins with this sequence may go now.
    fn takes(&self, first_sequence: u64) -> bool {
        let is_its_turn = match self.pace {
            Pace::Overlapping => true,
            Pace::OneAtATime => self.told.sequence() + 1 == first_sequence,
        };
        is_its_turn && self.sender.has_room()
    }
}

/// The end of the log: the block that is being built and those under way.
pub struct Log {
    /// Commands of the venue itself that go before everything else.
    venue_commands: VecDeque<Command<'static>>,
    next_sequence: u64,
    /// The last sequence that every shard has applied.
    applied: u64,
    clock: Clock,
    now_ns: u64,
    building: Option<Arc<CommandBlock>>,
    journal: JournalEnd,
    commands_since_tick: bool,
}

impl Log {
    /// Goes on at `next_sequence`, beginning with the start commands.
    pub fn new(
        venue_commands: Vec<Command<'static>>,
        next_sequence: u64,
        clock: Clock,
        journal: JournalEnd,
    ) -> Self {
        Self {
            venue_commands: venue_commands.into(),
            next_sequence,
            applied: next_sequence - 1,
            clock,
            now_ns: 0,
            building: None,
            journal,
            commands_since_tick: false,
        }
    }

    /// Reads the clock, once a round.
    fn read_clock(&mut self) {
        self.now_ns = self.clock.read();
    }

    fn has_room(&mut self) -> bool {
        self.has_room_for(1)
    }

    /// Tells whether this many more commands can be appended now.
    fn has_room_for(&mut self, commands: usize) -> bool {
        if self.building.is_none() {
            self.building = self.journal.blocks.take();
        }
        let Some(building) = self.building.as_mut() else {
            return false;
        };
        if building.block.is_empty() {
            // Nothing counts from its time yet.
            let fresh = Arc::get_mut(building).expect("a block in building has one holder");
            fresh.block.open(self.next_sequence, self.now_ns);
        }
        let block = &building.block;
        // A record counts at most 4 s from the time of its block; a slower journal holds the line.
        let is_young = self.now_ns - block.time_ns() <= u64::from(u32::MAX);
        is_young && block.has_room(commands * (MAX_RECORD + crate::journal::RECORD_PREFIX))
    }

    /// Gives a command the next place in the log and folds it into admission's state.
    fn append(&mut self, admission: &mut Admission, command: &Command<'_>) -> u64 {
        let building = self.building.as_mut().expect("room was asked for");
        let block = &mut Arc::get_mut(building).expect("a block in building has one holder").block;
        let delta_ns = u32::try_from(self.now_ns - block.time_ns()).expect("room was asked for");
        block.push_with(|out| record::encode(command, delta_ns, out));
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.commands_since_tick = true;
        admission.logged(sequence, self.now_ns, command);
        sequence
    }

    /// Hands the block over when there is something in it and the journal takes it.
    fn submit(&mut self) -> bool {
        let journal = &mut self.journal;
        let goes = |building: &mut Arc<CommandBlock>| {
            !building.block.is_empty() && journal.takes(building.block.first_sequence())
        };
        let Some(block) = self.building.take_if(goes) else {
            return false;
        };
        let bytes = block.block.payload_len();
        journal.blocks.sent(&block);
        journal.sender.put(Arc::clone(&block));
        journal.load.add(bytes);
        journal.shards.iter().for_each(|shard| shard.put(Arc::clone(&block)));
        true
    }

    /// Tells whether everything that was logged was applied, and what came of it is filed.
    fn is_settled(&self) -> bool {
        self.applied + 1 == self.next_sequence && self.journal.filed.sequence() == self.applied
    }
}
