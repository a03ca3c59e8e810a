//! A market for the benches: its opening, and operations as the commands that admission would log.

use engine::command::{
    Auction, Cancel, Command, DayOpened, DisconnectPolicy, Enter, FirmDefined, FirmId, Limits,
    Locate, OrderKey, OrderPrice, PortDefined, PortId, RULE_VERSION, SelfMatch, Sequenced,
    SymbolDefined,
};
use openbell_rulers::ladder;
use openbell_rulers::workload::{Kind, Operation};
use protocol::enums::{Capacity, Display, EventCode, Side, TimeInForce, TradingState};
use protocol::ouch::{self, inbound};
use protocol::{ClOrdId, Mpid, Price, Symbol};

/// Ports among which the orders are dealt out in turn.
pub const PORTS: u16 = 16;

/// A step of the flow is a cent, in ten-thousandths of a dollar.
pub const STEP: u32 = 100;

/// What every order of the flow is called.
pub const CL_ORD_ID: ClOrdId = ClOrdId(*b"BENCH         ");

const FIRMS: u16 = 4;
const MIDNIGHT_NS: u64 = 1_795_478_400_000_000_000;
/// Nine thirty, in UTC nanoseconds.
pub const OPENING_NS: u64 = MIDNIGHT_NS + 34_200_000_000_000;

/// The commands before the first order: the day, its firms, ports and symbols, and trading in all of them.
pub fn opening(symbols: u16) -> Vec<Command<'static>> {
    let day = DayOpened {
        log_id: [7; 16],
        session: *b"2026112501",
        midnight_ns: MIDNIGHT_NS,
        rule_version: RULE_VERSION,
    };
    let mut commands = vec![Command::DayOpened(day)];
    let limits = Limits::NONE;
    commands.extend((0..FIRMS).map(|firm| {
        Command::FirmDefined(FirmDefined {
            id: FirmId(firm),
            mpid: Mpid(*b"BENC"),
            limits,
            organization: Mpid::BLANK,
            affiliate: Mpid::BLANK,
        })
    }));
    commands.extend((0..PORTS).map(|port| Command::PortDefined(port_defined(port))));
    commands.extend((1..=symbols).map(|locate| Command::SymbolDefined(symbol_defined(locate))));
    let phases = [EventCode::StartOfSystemHours, EventCode::StartOfMarketHours];
    commands.extend(phases.map(|code| Command::SystemEvent { code }));
    commands.push(Command::TradingAction {
        locate: Locate::NONE,
        state: TradingState::Trading,
        reason: *b"    ",
    });
    commands
}

/// Gives a command its place in the log.
#[inline]
pub fn sequenced(sequence: u64, command: Command<'_>) -> Sequenced<'_> {
    Sequenced { sequence, time_ns: OPENING_NS + sequence, command }
}

/// Gives an operation's command its place in the log.
#[inline]
pub fn sequenced_operation((sequence, operation): (u64, &Operation)) -> Sequenced<'static> {
    sequenced(sequence, command(operation))
}

/// The command that admission logs for an operation.
#[inline]
pub fn command(operation: &Operation) -> Command<'static> {
    let locate = locate(operation.symbol);
    match operation.kind {
        Kind::Cancel => Command::Cancel(Cancel { key: key(operation.id), locate, quantity: 0 }),
        Kind::Add | Kind::Take => Command::Enter(Enter {
            key: key(operation.id),
            locate,
            side: side(operation),
            quantity: operation.quantity,
            price: OrderPrice::Limit(Price::new(operation.price * STEP)),
            time_in_force: TimeInForce::Day,
            display: Display::Visible,
            capacity: Capacity::Agency,
            intermarket_sweep: false,
            cl_ord_id: CL_ORD_ID,
            group_id: 0,
            auction: Auction::NONE,
            granted: granted(operation),
            appendage: &[],
        }),
    }
}

/// Appends the OUCH message that an operation comes in as.
pub fn request(operation: &Operation, out: &mut Vec<u8>) {
    let user_ref_num = key(operation.id).user_ref_num.into();
    match operation.kind {
        Kind::Cancel => {
            let message_type = inbound::CancelOrder::TYPE;
            let fixed = inbound::CancelOrder { message_type, user_ref_num, quantity: 0.into() };
            ouch::encode(&fixed, None, out);
        }
        Kind::Add | Kind::Take => {
            let fixed = inbound::EnterOrder {
                message_type: inbound::EnterOrder::TYPE,
                user_ref_num,
                side: side(operation).code(),
                quantity: operation.quantity.into(),
                symbol: symbol(operation.symbol + 1),
                price: u64::from(operation.price * STEP).into(),
                time_in_force: b'0',
                display: b'Y',
                capacity: b'A',
                intermarket_sweep_eligibility: b'N',
                cross_type: b'N',
                cl_ord_id: CL_ORD_ID,
            };
            ouch::encode(&fixed, Some(&[]), out);
        }
    }
}

/// The stock locate of a symbol of the flow.
#[inline]
pub fn locate(symbol: u16) -> Locate {
    Locate(symbol + 1)
}

/// The side of an operation's order.
#[inline]
pub fn side(operation: &Operation) -> Side {
    match operation.side {
        ladder::Side::Buy => Side::Buy,
        ladder::Side::Sell => Side::Sell,
    }
}

/// The key under which an order of the flow travels: its port, and its number there.
#[inline]
pub fn key(id: u32) -> OrderKey {
    let port = u16::try_from(id % u32::from(PORTS)).expect("below 16");
    OrderKey { port: PortId(port), user_ref_idx: 0, user_ref_num: id / u32::from(PORTS) + 1 }
}

/// The name of a symbol of the flow.
pub fn symbol(locate: u16) -> Symbol {
    Symbol::new(&format!("S{locate}")).expect("a short name is valid")
}

fn granted(operation: &Operation) -> u64 {
    u64::from(operation.quantity) * u64::from(operation.price * STEP)
}

fn port_defined(port: u16) -> PortDefined {
    let mut username = *b"BENC00";
    username[4] += u8::try_from(port / 10).expect("a digit");
    username[5] += u8::try_from(port % 10).expect("a digit");
    PortDefined {
        id: PortId(port),
        username,
        firm: FirmId(port % FIRMS),
        limits: Limits::NONE,
        market_orders: true,
        on_disconnect: DisconnectPolicy::Keep,
        self_match: SelfMatch::OFF,
        disconnect_by_order: false,
        grace_ms: 10_000,
    }
}

fn symbol_defined(locate: u16) -> SymbolDefined {
    SymbolDefined::common_stock(Locate(locate), symbol(locate))
}
