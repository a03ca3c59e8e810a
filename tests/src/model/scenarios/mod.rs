//! Short stories with their outcome written by hand: what the model is trusted for.
//!
//! What the venue says is compared in words: message type, order number, then what matters of the message.
//! `[..]` is the appendage in hexadecimal, nothing where the message has none. References and match numbers
//! are written locate.n.

mod attributes;
mod matching;
mod numbers;
mod permissions;
mod operator;
mod rates;
mod refusals;
mod replacing;
mod service;
mod sizing;
mod words;

use engine::command::{
    DisconnectPolicy, FirmDefined, FirmId, Limits, Locate, Member, Permissions, PortDefined,
    PortId, SelfMatch, SymbolDefined,
};
use protocol::ouch::inbound::{
    self, CancelOrder, EnterOrder, MassCancel, ModifyOrder, ReplaceOrder,
};
use protocol::{ClOrdId, Mpid, Price, Symbol, ouch};
use zerocopy::{Immutable, IntoBytes};

use super::{Model, Setup};

/// A port of firm OBAA; its orders stay when it is lost.
const A: usize = 0;
/// A port of firm OBBB; it may send market orders, worth up to $100,000 each.
const B: usize = 1;
/// A second port of firm OBAA; its orders go when it is lost.
const C: usize = 2;

const TEST: Locate = Locate(1);
/// Round lots only.
const LOTS: Locate = Locate(2);

/// Ten dollars.
const TEN: u64 = 100_000;
/// One cent.
const CENT: u64 = 100;

const OPENED_NS: u64 = 14_400_000_000_000;
const NOON_NS: u64 = 43_200_000_000_000;

/// A venue at work, and how much of what it said was looked at.
struct Day {
    model: Model,
    read: Vec<usize>,
    read_feed: usize,
}

impl Day {
    /// Opens the venue; the opening messages count as read.
    fn new() -> Self {
        let mut day = Self { model: Model::new(setup()), read: vec![0; 3], read_feed: 0 };
        for port in [A, B, C] {
            day.answers(port);
        }
        day.feed();
        day
    }

    fn send<M: Immutable + IntoBytes>(&mut self, port: usize, message: &M) {
        self.send_with(port, message, &[]);
    }

    /// Sends a message with an appendage, at noon.
    fn send_with<M: Immutable + IntoBytes>(&mut self, port: usize, message: &M, tags: &[u8]) {
        let mut payload = Vec::new();
        ouch::encode(message, Some(tags), &mut payload);
        self.model.message(port, NOON_NS, &payload);
    }

    /// Gives in words what the port was told since the last time.
    fn answers(&mut self, port: usize) -> Vec<String> {
        let stream = &self.model.port_streams[port];
        let new = stream[self.read[port]..].iter().map(|message| words::answer(message)).collect();
        self.read[port] = stream.len();
        new
    }

    /// Gives in words what the world was told since the last time.
    fn feed(&mut self) -> Vec<String> {
        let feed = &self.model.feed;
        let new = feed[self.read_feed..].iter().map(|message| words::print(message)).collect();
        self.read_feed = feed.len();
        new
    }

    /// Forgets what was said so far.
    fn skip(&mut self) {
        for port in [A, B, C] {
            self.answers(port);
        }
        self.feed();
    }
}

/// A day order to buy TEST.
fn buy(number: u32, quantity: u32, price: u64) -> EnterOrder {
    EnterOrder {
        message_type: EnterOrder::TYPE,
        user_ref_num: number.into(),
        side: b'B',
        quantity: quantity.into(),
        symbol: Symbol(*b"TEST    "),
        price: price.into(),
        time_in_force: b'0',
        display: b'Y',
        capacity: b'P',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        cl_ord_id: ClOrdId(*b"from noon     "),
    }
}

/// A day order to sell TEST.
fn sell(number: u32, quantity: u32, price: u64) -> EnterOrder {
    EnterOrder { side: b'S', ..buy(number, quantity, price) }
}

fn immediate(order: EnterOrder) -> EnterOrder {
    EnterOrder { time_in_force: b'3', ..order }
}

fn replace(original: u32, number: u32, quantity: u32, price: u64) -> ReplaceOrder {
    ReplaceOrder {
        message_type: ReplaceOrder::TYPE,
        orig_user_ref_num: original.into(),
        user_ref_num: number.into(),
        quantity: quantity.into(),
        price: price.into(),
        time_in_force: b'0',
        display: b'Y',
        intermarket_sweep_eligibility: b'N',
        cl_ord_id: ClOrdId(*b"replaced      "),
    }
}

fn cancel(number: u32, quantity: u32) -> CancelOrder {
    CancelOrder {
        message_type: CancelOrder::TYPE,
        user_ref_num: number.into(),
        quantity: quantity.into(),
    }
}

fn modify(number: u32, side: u8, quantity: u32) -> ModifyOrder {
    ModifyOrder {
        message_type: ModifyOrder::TYPE,
        user_ref_num: number.into(),
        side,
        quantity: quantity.into(),
    }
}

fn mass_cancel(number: u32, symbol: &[u8; 8]) -> MassCancel {
    MassCancel {
        message_type: MassCancel::TYPE,
        user_ref_num: number.into(),
        firm: Mpid(*b"OBAA"),
        symbol: Symbol(*symbol),
    }
}

fn setup() -> Setup {
    let dollars = 10_000;
    let market = Limits { single_order_notional: 100_000 * dollars, ..Limits::NONE };
    Setup {
        log_id: [1; 16],
        opened_ns: OPENED_NS,
        symbols: vec![symbol(TEST, b"TEST    "), symbol(LOTS, b"LOTS    ")],
        firms: vec![
            FirmDefined {
                id: FirmId(0),
                mpid: Mpid(*b"OBAA"),
                limits: Limits::NONE,
                organization: Mpid::BLANK,
                affiliate: Mpid::BLANK,
            },
            FirmDefined {
                id: FirmId(1),
                mpid: Mpid(*b"OBBB"),
                limits: Limits::NONE,
                organization: Mpid::BLANK,
                affiliate: Mpid::BLANK,
            },
        ],
        ports: vec![
            port(0, 0, Limits::NONE, DisconnectPolicy::Keep),
            PortDefined { market_orders: true, ..port(1, 1, market, DisconnectPolicy::Keep) },
            port(2, 0, Limits::NONE, DisconnectPolicy::Cancel),
        ],
    }
}

fn symbol(locate: Locate, name: &[u8; 8]) -> SymbolDefined {
    SymbolDefined {
        locate,
        symbol: Symbol(*name),
        market_category: b'Q',
        financial_status_indicator: b'N',
        round_lot_size: 100,
        round_lots_only: locate == LOTS,
        issue_classification: b'C',
        issue_sub_type: *b"Z ",
        authenticity: b'T',
        short_sale_threshold_indicator: b' ',
        ipo_flag: b'N',
        luld_reference_price_tier: b'2',
        etp_flag: b'N',
        etp_leverage_factor: 0,
        inverse_indicator: b'N',
        previous_close: Price::ZERO,
        average_daily_volume: 0,
    }
}

fn port(id: u16, firm: u16, limits: Limits, on_disconnect: DisconnectPolicy) -> PortDefined {
    PortDefined {
        id: PortId(id),
        username: *b"PORT  ",
        firm: FirmId(firm),
        limits,
        market_orders: false,
        on_disconnect,
        self_match: SelfMatch::OFF,
        disconnect_by_order: false,
        grace_ms: 10_000,
    }
}
