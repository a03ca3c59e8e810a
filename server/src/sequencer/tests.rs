//! The order in which the sequencer takes what has come to it.

use engine::admission::Admission;
use engine::command::{
    DisconnectPolicy, FirmDefined, FirmId, Limits, Locate, PortDefined, SelfMatch, SymbolDefined,
};
use protocol::ouch::RejectReason;
use protocol::ouch::inbound::EnterOrder;
use protocol::{ClOrdId, Mpid, Symbol, ouch};

use super::*;
use crate::admin::{Act, Whom};
use crate::link::{self, Bell, Receiver};

/// Far more than a round takes of them.
const QUEUED: u32 = 5_000;

/// A sequencer with two ports of one firm, ALICE and BOB, and what it hands over.
struct Bench {
    sequencer: Sequencer,
    blocks: Receiver<Arc<CommandBlock>>,
    acts: mpsc::Sender<Instruction>,
    inbox: Arc<Inbox>,
    bob: Arc<Inbox>,
    published: Arc<Published>,
}

impl Bench {
    fn new() -> Self {
        Self::with(u64::MAX, DisconnectPolicy::Keep)
    }

    /// The firm's gross exposure has this limit, in ten-thousandths of a dollar; the ports have this policy, and a grace of
    /// ten seconds.
    fn with(limit: u64, policy: DisconnectPolicy) -> Self {
        let mut admission = Admission::default();
        definitions(limit, policy).iter().for_each(|command| admission.logged(1, 0, command));
        let bell = Bell::default();
        let (to_journal, blocks) = link::link(1, &bell, &bell);
        let journal = JournalEnd {
            blocks: Pool::new(8, || CommandBlock::new(1)),
            sender: to_journal,
            load: Load::new(0, &bell),
            shards: Vec::new(),
            told: Position::new(0),
            filed: Position::new(0),
            pace: Pace::Overlapping,
        };
        let log = Log::new(Vec::new(), 1, Clock::still(1_000_000_000), journal);
        let (acts, acts_queue) = mpsc::channel(4);
        let (settled, _) = mpsc::channel(1);
        let published = Arc::new(Published::default());
        let signals = Signals {
            acts: acts_queue,
            published: Arc::clone(&published),
            gateway: Arc::default(),
            out_of_space: Arc::default(),
            stop: Arc::default(),
            timetable: Timetable::default(),
            settled,
        };
        let [inbox, bob] = [(); 2].map(|()| Arc::new(Inbox::new(16 << 20)));
        let lanes = vec![(PortId(0), Arc::clone(&inbox)), (PortId(1), Arc::clone(&bob))];
        let sequencer = Sequencer::new(admission, log, lanes, signals, 100, Arc::default());
        let mut bench = Self { sequencer, blocks, acts, inbox, bob, published };
        bench.round();
        bench
    }

    fn round(&mut self) {
        self.sequencer.do_work().expect("the stage works");
    }

    /// Works a round at a time after the beginning; gives how many graces ended.
    fn graces_ended_at(&mut self, milliseconds: u64) -> usize {
        self.sequencer.log.clock = Clock::still(1_000_000_000 + milliseconds * 1_000_000);
        self.round();
        self.blocks.take().map_or(0, |block| {
            let commands = commands(&block);
            let ended = |command: &&Command<'_>| matches!(command, Command::GraceEnded { .. });
            commands.iter().filter(ended).count()
        })
    }

    fn say(&self, item: Item<'_>) {
        assert!(self.inbox.push(item), "the inbox has room");
    }

    fn act(&mut self, act: Act) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let (who, why) = ("kim".to_owned(), "runaway".to_owned());
        let instruction = Instruction { act, who, why, reply };
        self.acts.try_send(instruction).expect("there is room for an act");
        answer
    }
}

fn definitions(gross_exposure: u64, on_disconnect: DisconnectPolicy) -> [Command<'static>; 4] {
    let symbol = SymbolDefined::common_stock(Locate(1), Symbol(*b"AAPL    "));
    let port = |id, username: &[u8; 6]| PortDefined {
        id: PortId(id),
        username: *username,
        firm: FirmId(0),
        limits: Limits::NONE,
        market_orders: false,
        on_disconnect,
        self_match: SelfMatch::OFF,
        disconnect_by_order: false,
        grace_ms: 10_000,
    };
    [
        Command::FirmDefined(FirmDefined {
            id: FirmId(0),
            mpid: Mpid(*b"ALFA"),
            limits: Limits { gross_exposure, ..Limits::NONE },
            organization: Mpid::BLANK,
            affiliate: Mpid::BLANK,
        }),
        Command::PortDefined(port(0, b"ALICE ")),
        Command::PortDefined(port(1, b"BOB   ")),
        Command::SymbolDefined(symbol),
    ]
}

fn buy(number: u32) -> Vec<u8> {
    buy_shares(number, 100)
}

/// A buy at 10 dollars.
fn buy_shares(number: u32, quantity: u32) -> Vec<u8> {
    let order = EnterOrder {
        message_type: EnterOrder::TYPE,
        user_ref_num: number.into(),
        side: b'B',
        quantity: quantity.into(),
        symbol: Symbol(*b"AAPL    "),
        price: 100_000.into(),
        time_in_force: b'0',
        display: b'Y',
        capacity: b'P',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        cl_ord_id: ClOrdId::BLANK,
    };
    let mut payload = Vec::new();
    ouch::encode(&order, Some(&[]), &mut payload);
    payload
}

/// The commands of a block.
fn commands(block: &CommandBlock) -> Vec<Command<'_>> {
    let records = block.block.records();
    records.map(|bytes| record::decode(bytes).expect("just written").1).collect()
}

#[test]
fn a_kill_never_waits_behind_the_thousands_of_orders_that_its_port_has_queued() {
    let mut bench = Bench::new();
    for number in 1..=QUEUED {
        assert!(bench.inbox.push(Item::Message(&buy(number))), "the inbox has room");
    }
    let _answer = bench.act(Act::Kill { whom: Whom::Port("ALICE".to_owned()) });
    bench.round();
    let block = bench.blocks.take().expect("a block goes to the journal");
    let commands = commands(&block);
    assert!(matches!(commands[0], Command::OperatorNote { who: "kim", why: "runaway" }));
    let scope = KillScope::Port(PortId(0));
    assert_eq!(commands[1], Command::KillSwitch { scope, engaged: true });
    let refused = |command: &Command<'_>| {
        matches!(command, Command::Refused { reason: RejectReason::FirmNotAuthorized, .. })
    };
    let behind = &commands[2..][..QUEUED as usize];
    assert!(behind.iter().all(refused), "no order that was queued goes ahead of the kill");
    assert_eq!(bench.published.status().killed, ["port ALICE"]);
}

#[test]
fn a_kill_is_in_the_next_block_while_the_journal_holds_the_line() {
    let mut bench = Bench::new();
    // One block is on its way to the journal, the next is being built and takes orders.
    for number in 1..=3 * QUEUED {
        assert!(bench.inbox.push(Item::Message(&buy(number))), "the inbox has room");
        if number.is_multiple_of(QUEUED) {
            bench.round();
        }
    }
    let _answer = bench.act(Act::Kill { whom: Whom::Venue });
    let mut kills = Vec::new();
    for _ in 0..2 {
        bench.round();
        let block = bench.blocks.take().expect("a block goes to the journal");
        let commands = commands(&block);
        kills.extend(
            commands.iter().position(|command| matches!(command, Command::KillSwitch { .. })),
        );
    }
    assert_eq!(kills.len(), 1, "the kill is behind no more than the block in building");
    assert!(!bench.published.readiness.reasons().iter().all(|why| !why.starts_with("kill switch")));
}

#[test]
fn an_act_on_whom_nobody_knows_or_who_is_not_killed_is_refused_by_name() {
    let mut bench = Bench::new();
    for (act, expected) in [
        (Act::Kill { whom: Whom::Port("NOBODY".to_owned()) }, "unknown port NOBODY"),
        (Act::Kill { whom: Whom::Firm(Mpid(*b"BETA")) }, "unknown firm BETA"),
        (
            Act::Release { whom: Whom::Port("ALICE".to_owned()) },
            "port ALICE: its kill switch is not engaged",
        ),
        (Act::Release { whom: Whom::Venue }, "venue: its kill switch is not engaged"),
    ] {
        let mut answer = bench.act(act);
        bench.round();
        assert_eq!(answer.try_recv(), Ok(Err(expected.to_owned())));
    }
    assert!(bench.blocks.take().is_none(), "what is refused is not logged");
}

#[test]
fn a_port_that_waits_for_its_firm_is_not_overtaken_by_the_other_ports_of_the_firm() {
    // Room for two orders of 100 shares and one of 50.
    let mut bench = Bench::with(25_000_000, DisconnectPolicy::Keep);
    let give = |inbox: &Inbox, orders: u32, shares| {
        for number in 1..=orders {
            assert!(inbox.push(Item::Message(&buy_shares(number, shares))), "the inbox has room");
        }
    };
    give(&bench.inbox, 3, 100);
    bench.round();
    let first = bench.blocks.take().expect("a block goes to the journal");
    let entered = |command: &Command<'_>| matches!(command, Command::Enter(..));
    let orders = commands(&first).into_iter().filter(entered).count();
    assert_eq!(orders, 2, "the third order waits for what came of the others");
    give(&bench.bob, 5, 10);
    for _ in 0..5 {
        bench.round();
        assert!(bench.blocks.take().is_none(), "nothing of the firm is logged");
    }
    drop(first);
    bench.round();
    let second = bench.blocks.take().expect("a block goes to the journal");
    let second = commands(&second);
    assert!(
        matches!(second[0], Command::Refused { key, .. } if key.port == PortId(0)),
        "nothing came free, and who waited is first: {:?}",
        second[0]
    );
    assert_eq!(second.into_iter().filter(entered).count(), 5, "the other port goes on");
}

#[test]
fn a_grace_ends_in_log_time_once_unless_the_port_is_back() {
    let mut bench = Bench::with(u64::MAX, DisconnectPolicy::CancelAfter);
    bench.say(Item::Connected);
    bench.say(Item::Message(&buy(1)));
    bench.say(Item::Disconnected(DisconnectCause::Lost));
    assert_eq!(bench.graces_ended_at(0), 0);
    assert_eq!(bench.graces_ended_at(9_999), 0);
    assert_eq!(bench.graces_ended_at(10_000), 1);
    assert_eq!(bench.graces_ended_at(30_000), 0, "it ends once");

    bench.say(Item::Connected);
    bench.say(Item::Disconnected(DisconnectCause::Lost));
    assert_eq!(bench.graces_ended_at(40_000), 0);
    bench.say(Item::Connected);
    assert_eq!(bench.graces_ended_at(50_000), 0, "the port is back in the last moment");
    bench.say(Item::Disconnected(DisconnectCause::Lost));
    assert_eq!(bench.graces_ended_at(50_001), 0);
    assert_eq!(bench.graces_ended_at(60_000), 0, "each loss has a grace of its own");
    assert_eq!(bench.graces_ended_at(60_001), 1);
}

#[test]
fn a_planned_stop_and_a_port_that_keeps_begin_no_grace() {
    let mut bench = Bench::with(u64::MAX, DisconnectPolicy::CancelAfter);
    bench.say(Item::Connected);
    bench.say(Item::Disconnected(DisconnectCause::Stop));
    assert_eq!(bench.graces_ended_at(0) + bench.graces_ended_at(10_000), 0);
    let mut bench = Bench::new();
    bench.say(Item::Connected);
    bench.say(Item::Disconnected(DisconnectCause::Lost));
    assert_eq!(bench.graces_ended_at(0) + bench.graces_ended_at(10_000), 0);
}
