//! The order in which the sequencer takes what has come to it.

use engine::admission::Admission;
use engine::command::{
    DisconnectPolicy, FirmDefined, FirmId, Limits, Locate, PortDefined, SelfMatch, SymbolDefined,
};
use protocol::ouch::RejectReason;
use protocol::ouch::inbound::EnterOrder;
use protocol::{ClOrdId, Mpid, Price, Symbol, ouch};

use super::*;
use crate::admin::{Act, Whom};
use crate::link::{self, Bell, Receiver};

/// Far more than a round takes of them.
const QUEUED: u32 = 5_000;

/// A sequencer with one port, and what it hands over.
struct Bench {
    sequencer: Sequencer,
    blocks: Receiver<Arc<CommandBlock>>,
    acts: mpsc::Sender<Instruction>,
    inbox: Arc<Inbox>,
    published: Arc<Published>,
}

impl Bench {
    fn new() -> Self {
        let mut admission = Admission::default();
        definitions().iter().for_each(|command| admission.logged(1, 0, command));
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
            settled,
        };
        let inbox = Arc::new(Inbox::new(16 << 20));
        let lanes = vec![(PortId(0), Arc::clone(&inbox))];
        let sequencer = Sequencer::new(admission, log, lanes, signals, 100, Arc::default());
        let mut bench = Self { sequencer, blocks, acts, inbox, published };
        bench.round();
        bench
    }

    fn round(&mut self) {
        self.sequencer.do_work().expect("the stage works");
    }

    fn act(&mut self, act: Act) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let (who, why) = ("kim".to_owned(), "runaway".to_owned());
        let instruction = Instruction { act, who, why, reply };
        self.acts.try_send(instruction).expect("there is room for an act");
        answer
    }
}

fn definitions() -> [Command<'static>; 3] {
    let symbol = SymbolDefined {
        locate: Locate(1),
        symbol: Symbol(*b"AAPL    "),
        market_category: b'Q',
        financial_status_indicator: b'N',
        round_lot_size: 100,
        round_lots_only: false,
        issue_classification: b'C',
        issue_sub_type: *b"Z ",
        authenticity: b'P',
        short_sale_threshold_indicator: b'N',
        ipo_flag: b'N',
        luld_reference_price_tier: b'1',
        etp_flag: b'N',
        etp_leverage_factor: 0,
        inverse_indicator: b'N',
        previous_close: Price::ZERO,
        average_daily_volume: 0,
    };
    let port = PortDefined {
        id: PortId(0),
        username: *b"ALICE ",
        firm: FirmId(0),
        limits: Limits::NONE,
        market_orders: false,
        on_disconnect: DisconnectPolicy::Keep,
        self_match: SelfMatch::OFF,
    };
    [
        Command::FirmDefined(FirmDefined {
            id: FirmId(0),
            mpid: Mpid(*b"ALFA"),
            limits: Limits::NONE,
            organization: Mpid::BLANK,
            affiliate: Mpid::BLANK,
        }),
        Command::PortDefined(port),
        Command::SymbolDefined(symbol),
    ]
}

fn buy(number: u32) -> Vec<u8> {
    let order = EnterOrder {
        message_type: EnterOrder::TYPE,
        user_ref_num: number.into(),
        side: b'B',
        quantity: 100.into(),
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
