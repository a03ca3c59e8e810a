//! A seeded day of commands: what participants send and operators do, right and wrong.
//!
//! The generator plays the participants of a small venue. It hears the answers, so most of what it sends is
//! about orders that are open, and enough is not. The same seed and the same answers give the same day.

mod client;
mod operator;
mod orders;
mod random;
mod requests;
mod tags;
#[cfg(test)]
mod tests;
mod venue;

use std::collections::VecDeque;

use engine::command::{
    DisconnectCause, FirmDefined, KillScope, Limits, Locate, Member, Phase, PortDefined,
};
use protocol::enums::{BrokenTradeReason, EventCode, TradingState};
use protocol::ouch::{Outbound, RejectReason};

use crate::model::{Model, Setup};
use client::Client;
use random::Random;

/// Reject reasons that this version can give.
pub const REASONS: [RejectReason; 32] = [
    RejectReason::DestinationClosed,
    RejectReason::InvalidDisplay,
    RejectReason::InvalidMaxFloor,
    RejectReason::InvalidPegType,
    RejectReason::Halted,
    RejectReason::InvalidSide,
    RejectReason::FirmNotAuthorized,
    RejectReason::InvalidMinQuantity,
    RejectReason::Other,
    RejectReason::PeggingNotAllowed,
    RejectReason::InvalidQuantity,
    RejectReason::InvalidCrossOrder,
    RejectReason::InvalidSymbol,
    RejectReason::RetailNotAllowed,
    RejectReason::InvalidPrice,
    RejectReason::RiskAggregateExposureExceeded,
    RejectReason::RiskRestrictedStock,
    RejectReason::RiskIsoNotAllowed,
    RejectReason::RiskMarketImpact,
    RejectReason::RiskExceedsAdvLimit,
    RejectReason::RiskFatFinger,
    RejectReason::RiskLocateRequired,
    RejectReason::RiskSymbolMessageRateRestriction,
    RejectReason::RiskPortMessageRateRestriction,
    RejectReason::RiskDuplicateMessageRateRestriction,
    RejectReason::RiskShortSellNotAllowed,
    RejectReason::RiskShortSellExemptNotAllowed,
    RejectReason::RiskMarketOrderNotAllowed,
    RejectReason::RiskPostMarketNotAllowed,
    RejectReason::RiskSingleOrderNotionalExceeded,
    RejectReason::RiskMaxQuantityExceeded,
    RejectReason::InvalidAiq,
];

/// Half past nine.
const FIRST_NS: u64 = 34_200_000_000_000;

/// What happens to the venue at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// One OUCH message of a connected port; it can be decoded.
    Message {
        port: usize,
        payload: Vec<u8>,
    },
    Connected {
        port: usize,
    },
    Disconnected {
        port: usize,
        cause: DisconnectCause,
    },
    /// A port that was lost is not back in time.
    GraceEnded {
        port: usize,
    },
    /// The limits of a port change.
    PortDefined(PortDefined),
    /// The limits of a firm change.
    FirmDefined(FirmDefined),
    /// A port or a firm may not, or may again, enter orders in an instrument.
    SymbolRestricted {
        member: Member,
        locate: Locate,
        restricted: bool,
    },
    /// `Locate::NONE`: all instruments.
    TradingAction {
        locate: Locate,
        state: TradingState,
        reason: [u8; 4],
    },
    /// `Locate::NONE`: all instruments.
    ShortSaleTest {
        locate: Locate,
        action: u8,
    },
    SystemEvent {
        code: EventCode,
    },
    KillSwitch {
        scope: KillScope,
        engaged: bool,
    },
    /// Of a trade, of one that is broken already, or of none.
    Bust {
        match_number: u64,
        reason: BrokenTradeReason,
    },
    /// `Locate::NONE`: all instruments.
    PhaseChanged {
        locate: Locate,
        phase: Phase,
    },
    /// Before an opening cross; `Locate::NONE`: all instruments.
    ImbalanceDue {
        locate: Locate,
    },
}

impl Act {
    /// Does this to the model.
    pub fn apply(&self, model: &mut Model, time_ns: u64) {
        match self {
            Self::Message { port, payload } => model.message(*port, time_ns, payload),
            Self::Connected { port } => model.connected(*port, time_ns),
            Self::Disconnected { port, cause } => model.disconnected(*port, time_ns, *cause),
            Self::GraceEnded { port } => model.grace_ended(*port, time_ns),
            Self::PortDefined(definition) => model.port_defined(*definition),
            Self::FirmDefined(definition) => model.firm_defined(*definition),
            Self::SymbolRestricted { member, locate, restricted } => {
                model.symbol_restricted(*member, *locate, *restricted);
            }
            Self::TradingAction { locate, state, reason } => {
                model.trading_action(time_ns, *locate, *state, *reason);
            }
            Self::ShortSaleTest { locate, action } => {
                model.short_sale_test(time_ns, *locate, *action);
            }
            Self::SystemEvent { code } => model.system_event(time_ns, *code),
            Self::KillSwitch { scope, engaged } => model.kill_switch(time_ns, *scope, *engaged),
            Self::Bust { match_number, reason } => model.bust(time_ns, *match_number, *reason),
            Self::PhaseChanged { locate, phase } => model.phase_changed(time_ns, *locate, *phase),
            Self::ImbalanceDue { locate } => model.imbalance_due(time_ns, *locate),
        }
    }
}

/// Plays one day.
#[derive(Clone, Debug)]
pub struct Generator {
    random: Random,
    setup: Setup,
    clients: Vec<Client>,
    /// By locate - 1.
    states: Vec<TradingState>,
    /// Who may not enter orders in which instrument.
    restricted: Vec<(Member, Locate)>,
    /// Kill switches that are engaged.
    killed: Vec<KillScope>,
    /// Match numbers of the trades of late.
    trades: Vec<u64>,
    /// By locate - 1.
    phases: Vec<Phase>,
    /// Acts that must come next, in this order.
    pending: VecDeque<Act>,
    time_ns: u64,
    done: usize,
    total: usize,
}

impl Generator {
    /// Starts a day of `total` acts, the closing ones included; there are at least 100.
    pub fn new(seed: u64, total: usize) -> Self {
        assert!(100 <= total, "a day has room for all its phases");
        let setup = venue::setup();
        Self {
            random: Random::new(seed),
            clients: vec![Client::new(); setup.ports.len()],
            states: vec![TradingState::Trading; setup.symbols.len()],
            restricted: Vec::new(),
            killed: Vec::new(),
            trades: Vec::new(),
            phases: vec![Phase::Continuous; setup.symbols.len()],
            pending: setup
                .ports
                .iter()
                .map(|port| Act::Connected { port: port.id.0.into() })
                .collect(),
            time_ns: FIRST_NS,
            done: 0,
            total,
            setup,
        }
    }

    /// Gives the venue as it is before the first act.
    pub fn setup() -> Setup {
        venue::setup()
    }

    /// Takes in one message of a port's stream; each must be given, in order, before the next act.
    pub fn hear(&mut self, port: usize, message: &[u8]) {
        if let Ok(Outbound::OrderExecuted(executed, _)) = Outbound::decode(message) {
            self.remember_trade(executed.match_number.get());
        }
        let symbols = &self.setup.symbols;
        self.clients[port].hear(message, |name| {
            let known = symbols.iter().find(|known| known.symbol.0 == name);
            known.expect("the venue speaks of its own symbols").locate
        });
    }

    /// Gives the next act and its time in nanoseconds since midnight; none when the day is over.
    pub fn next_act(&mut self) -> Option<(u64, Act)> {
        if self.done == self.total {
            return None;
        }
        if self.random.per_mille(800) {
            self.time_ns += self.random.below(2_000_000);
        }
        let act = self.choose();
        self.done += 1;
        Some((self.time_ns, act))
    }

    /// The last fiftieth of the day is after the close.
    fn choose(&mut self) -> Act {
        let left = self.total - self.done;
        match left {
            1 => return Act::SystemEvent { code: EventCode::EndOfMessages },
            2 => return Act::SystemEvent { code: EventCode::EndOfSystemHours },
            _ if left == self.total / 50 + 2 => {
                return Act::SystemEvent { code: EventCode::EndOfMarketHours };
            }
            _ => {}
        }
        if let Some(act) = self.pending.pop_front() {
            return act;
        }
        let halted = self.states.iter().any(|state| *state != TradingState::Trading);
        let before_the_open = self.phases.contains(&Phase::PreOpen);
        match self.random.below(1_000) {
            0..8 => self.trading_action(),
            8..50 if halted => self.trading_action(),
            50..53 => self.short_sale_test(),
            53..56 if !self.is_evening() => self.disconnect(),
            56..58 if !self.is_evening() => self.kill(),
            58..64 => self.change_port_limit(),
            64..68 => self.change_firm_limit(),
            68..77 => self.change_permissions(),
            77..82 => self.restrict_symbol(),
            82..110 if !self.killed.is_empty() => self.release(),
            110..115 => self.phase_changed(),
            115..121 if before_the_open => self.phase_changed(),
            121..124 => self.bust(),
            126..132 => {
                let index = self.random.index(self.setup.symbols.len());
                let locate = self.setup.symbols[index].locate;
                Act::ImbalanceDue { locate: self.random.pick(&[Locate::NONE, locate]) }
            }
            _ => self.message(),
        }
    }

    /// Opens what waits for its opening cross, or else takes something back before it.
    fn phase_changed(&mut self) -> Act {
        let waiting = self.phases.iter().position(|phase| *phase == Phase::PreOpen);
        let phase = if waiting.is_some() && self.random.per_mille(950) {
            Phase::Continuous
        } else {
            Phase::PreOpen
        };
        let all = self.random.per_mille(200);
        let index = waiting.unwrap_or_else(|| self.random.index(self.phases.len()));
        if all {
            self.phases.fill(phase);
        } else {
            self.phases[index] = phase;
        }
        let locate = if all { Locate::NONE } else { self.setup.symbols[index].locate };
        Act::PhaseChanged { locate, phase }
    }

    /// Before the close the book fills up: whole books are no longer canceled at once.
    fn is_evening(&self) -> bool {
        self.total / 100 * 90 < self.done
    }

    /// Resumes what is halted, or else halts something now and then.
    fn trading_action(&mut self) -> Act {
        let halted = self.states.iter().position(|state| *state != TradingState::Trading);
        let state = match halted {
            Some(_) => TradingState::Trading,
            None => self.random.pick(TradingState::ALL),
        };
        let all = self.random.per_mille(150);
        let index = halted.unwrap_or_else(|| self.random.index(self.states.len()));
        if all {
            self.states.fill(state);
        } else {
            self.states[index] = state;
        }
        let locate = if all { Locate::NONE } else { self.setup.symbols[index].locate };
        let reason = self.random.pick(&[*b"    ", *b"T1  ", *b"LUDP", *b"T3  "]);
        Act::TradingAction { locate, state, reason }
    }

    fn short_sale_test(&mut self) -> Act {
        let index = self.random.index(self.setup.symbols.len());
        let locate = self.random.pick(&[Locate::NONE, self.setup.symbols[index].locate]);
        Act::ShortSaleTest { locate, action: self.random.pick(b"012") }
    }

    /// Ends the session of a port, mostly for as long as it takes to log in again.
    fn disconnect(&mut self) -> Act {
        let port = self.random.index(self.clients.len());
        if !self.clients[port].connected {
            let is_over = self.random.per_mille(500);
            return if is_over { Act::GraceEnded { port } } else { self.connect(port) };
        }
        self.clients[port].connected = false;
        let cause = self.random.pick(&[
            DisconnectCause::Lost,
            DisconnectCause::Crash,
            DisconnectCause::Stop,
            DisconnectCause::Operator,
        ]);
        Act::Disconnected { port, cause }
    }

    fn connect(&mut self, port: usize) -> Act {
        self.clients[port].connected = true;
        Act::Connected { port }
    }

    /// Sets the exposure limit of a port just above what it has, or lifts it.
    fn change_port_limit(&mut self) -> Act {
        let index = self.random.index(self.setup.ports.len());
        let exposure = self.clients[index].exposure();
        let port = &mut self.setup.ports[index];
        port.limits.gross_exposure =
            next_limit(&mut self.random, port.limits.gross_exposure, exposure);
        Act::PortDefined(*port)
    }

    /// Sets the exposure limit of a firm just above what it has, or lifts it.
    fn change_firm_limit(&mut self) -> Act {
        let index = self.random.index(self.setup.firms.len());
        let firm = &mut self.setup.firms[index];
        let ports = self.setup.ports.iter().zip(&self.clients);
        let exposure = ports
            .filter(|(port, _)| port.firm == firm.id)
            .map(|(_, client)| client.exposure())
            .sum();
        firm.limits.gross_exposure =
            next_limit(&mut self.random, firm.limits.gross_exposure, exposure);
        Act::FirmDefined(*firm)
    }

    /// Takes one permission from a port or a firm, or sets one measure; or gives back what was taken.
    fn change_permissions(&mut self) -> Act {
        if self.random.per_mille(700) {
            let index = self.random.index(self.setup.ports.len());
            let port = &mut self.setup.ports[index];
            next_permissions(&mut self.random, &mut port.limits);
            Act::PortDefined(*port)
        } else {
            let index = self.random.index(self.setup.firms.len());
            let firm = &mut self.setup.firms[index];
            next_permissions(&mut self.random, &mut firm.limits);
            Act::FirmDefined(*firm)
        }
    }

    /// Restricts a port or a firm in an instrument, or lifts what is restricted.
    fn restrict_symbol(&mut self) -> Act {
        if let Some((member, locate)) = self.restricted.pop() {
            return Act::SymbolRestricted { member, locate, restricted: false };
        }
        let port = self.setup.ports[self.random.index(self.setup.ports.len())];
        let member = if self.random.per_mille(800) {
            Member::Port(port.id)
        } else {
            Member::Firm(port.firm)
        };
        let locate = self.setup.symbols[self.random.index(self.setup.symbols.len())].locate;
        self.restricted.push((member, locate));
        Act::SymbolRestricted { member, locate, restricted: true }
    }

    fn message(&mut self) -> Act {
        let port = self.random.index(self.clients.len());
        if !self.clients[port].connected {
            return self.connect(port);
        }
        let limit = self.setup.ports[port].limits.gross_exposure;
        if limit != u64::MAX && self.random.per_mille(30) {
            self.setup.ports[port].limits.gross_exposure = u64::MAX;
            return Act::PortDefined(self.setup.ports[port]);
        }
        let firm = usize::from(self.setup.ports[port].firm.0);
        let limit = self.setup.firms[firm].limits.gross_exposure;
        if limit != u64::MAX && self.random.per_mille(30) {
            self.setup.firms[firm].limits.gross_exposure = u64::MAX;
            return Act::FirmDefined(self.setup.firms[firm]);
        }
        let payload = self.request(port);
        self.clients[port].last_sent.clone_from(&payload);
        Act::Message { port, payload }
    }
}

/// Lifts a limit that is set; sets one that leaves room for no order, or for a few.
fn next_limit(random: &mut Random, limit: u64, exposure: u64) -> u64 {
    if limit == u64::MAX { exposure + random.below(1_000_000_000) } else { u64::MAX }
}

/// Takes one permission or sets one measure, or gives back what was taken.
fn next_permissions(random: &mut Random, limits: &mut Limits) {
    let Limits { max_quantity, single_order_notional, gross_exposure, .. } = *limits;
    let none = Limits { max_quantity, single_order_notional, gross_exposure, ..Limits::NONE };
    if *limits != none {
        *limits = none;
        return;
    }
    let may = &mut limits.permissions;
    match random.below(12) {
        0 => may.short_sales = false,
        1 => may.short_sales_exempt = false,
        2 => may.short_sales_unlocated = false,
        3 => may.intermarket_sweeps = false,
        4 => limits.fat_finger = random.below_u32(1_000),
        5 => limits.fat_finger_bp = random.below_u32(300),
        6 => limits.market_impact_bp = random.below_u32(600),
        7 => limits.daily_volume_bp = 50 + random.below_u32(400),
        8 => limits.messages_per_second = 1 + random.below_u32(400),
        9 => limits.symbol_messages_per_second = 1 + random.below_u32(30),
        _ => limits.duplicate_window_ms = 1 + random.below_u32(30_000),
    }
}
