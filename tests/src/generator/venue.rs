//! The venue the generator plays on: two firms with two ports each, and five unlike instruments.

use engine::command::{
    DisconnectPolicy, FirmDefined, FirmId, Limits, Locate, PortDefined, PortId, SelfMatch,
    SymbolDefined,
};
use protocol::enums::AiqStrategy;
use protocol::{Mpid, Price, Symbol};

use crate::model::Setup;

/// Four in the morning.
const OPENED_NS: u64 = 4 * 60 * 60 * 1_000_000_000;

/// Where an instrument trades: orders gather within a few ticks of the middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terrain {
    /// Ten-thousandths of a dollar.
    pub(super) middle: u64,
    pub(super) tick: u64,
    /// The largest common order, in shares.
    pub(super) size: u32,
    pub(super) round_lots_only: bool,
}

/// By locate - 1. `LOW` has the collar's floor at every order, `HIGH` the largest price.
pub(super) const TERRAINS: [Terrain; 5] = [
    Terrain { middle: 100_000, tick: 100, size: 500, round_lots_only: false },
    Terrain { middle: 1_000_000, tick: 500, size: 300, round_lots_only: false },
    Terrain { middle: 50_000, tick: 100, size: 800, round_lots_only: true },
    Terrain { middle: 10, tick: 1, size: 2_000, round_lots_only: false },
    Terrain { middle: 1_999_900_000, tick: 20_000, size: 14, round_lots_only: false },
];

const SYMBOLS: [&str; 5] = ["OPEN", "BELL", "LOTS", "LOW", "HIGH"];

/// What orders of the last port have that name no self-match prevention of their own.
const THIRD: SelfMatch = SelfMatch { strategy: AiqStrategy::AnyCancelNewest, group: *b"  " };

/// Defines the venue.
pub(super) fn setup() -> Setup {
    Setup {
        log_id: [1; 16],
        opened_ns: OPENED_NS,
        symbols: (1..).zip(SYMBOLS).zip(TERRAINS).map(symbol).collect(),
        firms: vec![firm(0, "OBAA", u64::MAX), firm(1, "OBBB", 40_000_000_000)],
        ports: vec![
            port(0, 0, 20_000, 50_000_000_000, true, DisconnectPolicy::Keep),
            port(1, 0, 50_000, 50_000_000_000, false, DisconnectPolicy::Cancel),
            port(2, 1, 50_000, 45_000_000_000, true, DisconnectPolicy::Cancel),
            port(3, 1, u32::MAX, 60_000_000_000, false, DisconnectPolicy::CancelAfter),
        ],
    }
}

fn symbol(((locate, name), terrain): ((u16, &str), Terrain)) -> SymbolDefined {
    SymbolDefined {
        round_lots_only: terrain.round_lots_only,
        previous_close: Price::new(u32::try_from(terrain.middle).expect("a price")),
        average_daily_volume: u64::from(terrain.size) * 20,
        ..SymbolDefined::common_stock(
            Locate(locate),
            Symbol::new(name).expect("a symbol of capital letters"),
        )
    }
}

fn firm(id: u16, mpid: &str, single_order_notional: u64) -> FirmDefined {
    FirmDefined {
        id: FirmId(id),
        mpid: Mpid::new(mpid).expect("a firm of four letters"),
        limits: Limits { single_order_notional, ..Limits::NONE },
        organization: Mpid::BLANK,
        affiliate: Mpid(*b"AFF1"),
    }
}

fn port(
    id: u16,
    firm: u16,
    max_quantity: u32,
    single_order_notional: u64,
    market_orders: bool,
    on_disconnect: DisconnectPolicy,
) -> PortDefined {
    let digit = b'0' + u8::try_from(id).expect("the ports are few");
    PortDefined {
        id: PortId(id),
        username: [b'P', b'O', b'R', b'T', b'0', digit],
        firm: FirmId(firm),
        limits: Limits { max_quantity, single_order_notional, ..Limits::NONE },
        market_orders,
        on_disconnect,
        self_match: if id == 3 { THIRD } else { SelfMatch::OFF },
        // Every second port.
        disconnect_by_order: id.is_multiple_of(2),
        grace_ms: 10_000,
    }
}
