//! The reference model: the whole venue at message level, slow and obvious.
//!
//! It is fed what the venue is fed and gives what the world sees, byte for byte: every port's stream, the
//! feed, the trades. It is written from the rules and knows nothing of the engine but its vocabulary.
//! One list of open orders, searched from end to end; a sum is taken anew each time it is needed.
//! It is never optimised.

mod answers;
mod appendage;
mod checks;
mod cross;
mod matching;
mod operator;
mod print;
mod rates;
mod requests;
mod reserve;
mod self_match;
mod risk;
#[cfg(test)]
mod scenarios;

use std::collections::BTreeMap;

use engine::command::{
    DisconnectCause, DisconnectPolicy, FirmDefined, KillScope, Locate, Member, Phase, PortDefined,
    SymbolDefined,
};
use engine::event::Party;
use protocol::ClOrdId;
use protocol::enums::{
    BrokenTradeReason, CancelReason, EventCode, Side, SystemEventCode, TradingState,
};
use protocol::ouch::{Appendage, Inbound};

use appendage::Elements;
use rates::{Bucket, Entered};

/// The day as it is defined to the venue before it opens.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Of the day's log; random displays follow from it.
    pub log_id: [u8; 16],
    /// When the day opens, in nanoseconds since midnight; all opening messages carry this time.
    pub opened_ns: u64,
    /// By locate, from 1 without gaps.
    pub symbols: Vec<SymbolDefined>,
    /// By id, from 0 without gaps.
    pub firms: Vec<FirmDefined>,
    /// By id, from 0 without gaps.
    pub ports: Vec<PortDefined>,
}

/// One trade, as it is recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Trade {
    /// Nanoseconds since midnight.
    pub time_ns: u64,
    pub locate: Locate,
    pub match_number: u64,
    /// Shares.
    pub quantity: u32,
    /// Ten-thousandths of a dollar.
    pub price: u64,
    /// The buyer in a cross, whose seller stands as the aggressor.
    pub resting: Party,
    pub aggressor: Party,
    /// Of the resting order and of the aggressor.
    pub cl_ord_ids: [ClOrdId; 2],
    /// What each of the two was charged in its exposure, ten-thousandths of a dollar.
    charged: [u128; 2],
    /// The operator broke the trade, for this reason; then this repeats what it was.
    pub broken: Option<BrokenTradeReason>,
}

/// The venue, as the rules describe it.
#[derive(Clone, Debug)]
pub struct Model {
    setup: Setup,
    now_ns: u64,
    /// Market hours have ended.
    closed: bool,
    /// Kill switches that are engaged.
    killed: Vec<KillScope>,
    ports: Vec<PortState>,
    instruments: Vec<Instrument>,
    /// Every open order, the one with the oldest time priority first.
    orders: Vec<Order>,
    /// Orders with a reserve that lost shares since the last order came, by port, channel and number.
    touched: Vec<(usize, u8, u32)>,
    /// Who may not enter orders in which instrument.
    restricted: Vec<(Member, Locate)>,
    /// What each port was sent, OUCH messages in order.
    pub port_streams: Vec<Vec<Vec<u8>>>,
    /// What the world was sent, ITCH messages in order.
    pub feed: Vec<Vec<u8>>,
    pub trades: Vec<Trade>,
}

#[derive(Clone, Debug)]
struct PortState {
    /// The last number consumed in each order flow channel (UserRefIdx).
    last_numbers: [u32; 256],
    entry_disabled: bool,
    /// Notional of all executions: what a limit order had reserved for them at most, what a market order paid.
    executed_notional: u128,
    /// For the message rate, of the port and in each instrument.
    messages: Bucket,
    symbol_messages: BTreeMap<Locate, Bucket>,
    /// Orders that another one may repeat, the oldest first.
    entered: Vec<Entered>,
}

#[derive(Clone, Debug)]
struct Instrument {
    state: TradingState,
    phase: Phase,
    /// Order references and match numbers given out so far.
    references: u64,
    matches: u64,
    /// Ten-thousandths of a dollar; none before the first sale of the day.
    last_sale: Option<u64>,
}

/// An order in the book, or on its way there.
#[derive(Clone, Copy, Debug)]
struct Order {
    port: usize,
    user_ref_idx: u8,
    user_ref_num: u32,
    locate: Locate,
    reference: u64,
    side: Side,
    /// None: a market order; none of them rests, but it may wait for a cross.
    limit: Option<u64>,
    /// What a waiting market order has reserved for a share, ten-thousandths of a dollar.
    bound: u64,
    /// Shares.
    open: u32,
    /// Shares executed in the whole chain of replacements.
    executed: u32,
    display: u8,
    capacity: u8,
    group_id: u16,
    /// Never trades on entry.
    post_only: bool,
    /// Self-match prevention: the code of the strategy, `N` for none, and the group.
    strategy: u8,
    group: [u8; 2],
    cl_ord_id: ClOrdId,
    /// Shares of `open` in reserve: behind the display, which is the rest.
    reserve: u32,
    /// MaxFloor and RandomReserves.
    floor: u32,
    random: u32,
    /// The reference with which it entered, and how often its display was refreshed since.
    entered: u64,
    refreshes: u32,
    /// As written: `N` continuous.
    cross_type: u8,
    /// Trades only with what a cross leaves over.
    imbalance_only: bool,
}

impl Model {
    /// Opens the day: ITCH `S O`, all `R`, all `H`, all `Y`, `S S`, `S Q`; OUCH `S S` on every port.
    pub fn new(setup: Setup) -> Self {
        let port = PortState {
            last_numbers: [0; 256],
            entry_disabled: false,
            executed_notional: 0,
            messages: Bucket::default(),
            symbol_messages: BTreeMap::new(),
            entered: Vec::new(),
        };
        let instrument = Instrument {
            state: TradingState::Halted,
            phase: Phase::Continuous,
            last_sale: None,
            references: 0,
            matches: 0,
        };
        let mut model = Self {
            now_ns: setup.opened_ns,
            closed: false,
            killed: Vec::new(),
            ports: vec![port; setup.ports.len()],
            instruments: vec![instrument; setup.symbols.len()],
            orders: Vec::new(),
            touched: Vec::new(),
            restricted: Vec::new(),
            port_streams: vec![Vec::new(); setup.ports.len()],
            feed: Vec::new(),
            trades: Vec::new(),
            setup,
        };
        let opened_ns = model.now_ns;
        model.system_event(opened_ns, EventCode::StartOfMessages);
        for locate in model.locates(Locate::NONE) {
            model.print_directory(locate);
        }
        model.trading_action(opened_ns, Locate::NONE, TradingState::Trading, *b"    ");
        model.short_sale_test(opened_ns, Locate::NONE, b'0');
        model.system_event(opened_ns, EventCode::StartOfSystemHours);
        model.system_event(opened_ns, EventCode::StartOfMarketHours);
        model
    }

    /// Takes one OUCH message of a port.
    ///
    /// # Panics
    ///
    /// When the bytes are no OUCH message: the gateway ends such a session, and the venue never sees them.
    pub fn message(&mut self, port: usize, time_ns: u64, payload: &[u8]) {
        self.now_ns = time_ns;
        let message = Inbound::decode(payload).expect("the gateway lets only messages through");
        let elements = |tags: Appendage<'_>| Elements::read(payload[0], tags.bytes());
        match message {
            Inbound::EnterOrder(order, tags) => self.enter(port, order, &elements(tags)),
            Inbound::ReplaceOrder(order, tags) => self.replace(port, order, &elements(tags)),
            Inbound::CancelOrder(request, tags) => self.cancel(port, request, &elements(tags)),
            Inbound::ModifyOrder(request, tags) => self.modify(port, request, &elements(tags)),
            Inbound::MassCancel(request, tags) => self.mass_cancel(port, request, &elements(tags)),
            Inbound::DisableOrderEntry(request, tags) => {
                self.disable_entry(port, request, &elements(tags));
            }
            Inbound::EnableOrderEntry(request, tags) => {
                self.enable_entry(port, request, &elements(tags));
            }
            Inbound::AccountQuery(_, tags) => self.account_query(port, &elements(tags)),
        }
    }

    /// A session of the port begins; nothing follows from it.
    pub fn connected(&mut self, _port: usize, time_ns: u64) {
        self.now_ns = time_ns;
    }

    /// A session of the port ends; orders under the policy `cancel` go, unless the venue itself stops.
    pub fn disconnected(&mut self, port: usize, time_ns: u64, cause: DisconnectCause) {
        self.now_ns = time_ns;
        if cause != DisconnectCause::Stop {
            self.cancel_lost(port, DisconnectPolicy::Cancel);
        }
    }

    /// The port is not back in time; orders under the policy `cancel_after` go.
    pub fn grace_ended(&mut self, port: usize, time_ns: u64) {
        self.now_ns = time_ns;
        self.cancel_lost(port, DisconnectPolicy::CancelAfter);
    }

    /// Cancels the port's orders under this policy: the port's, unless an order may ask for another and does.
    fn cancel_lost(&mut self, port: usize, policy: DisconnectPolicy) {
        let definition = self.setup.ports[port];
        self.cancel_all(CancelReason::System, |order| {
            let asked = match &order.cl_ord_id.0[..3] {
                _ if !definition.disconnect_by_order => None,
                b"ODK" => Some(DisconnectPolicy::Keep),
                b"ODC" => Some(DisconnectPolicy::Cancel),
                b"ODA" => Some(DisconnectPolicy::CancelAfter),
                _ => None,
            };
            order.port == port && asked.unwrap_or(definition.on_disconnect) == policy
        });
    }

    /// Halts or resumes one instrument, or all (`Locate::NONE`).
    pub fn trading_action(
        &mut self,
        time_ns: u64,
        locate: Locate,
        state: TradingState,
        reason: [u8; 4],
    ) {
        self.now_ns = time_ns;
        for locate in self.locates(locate) {
            self.instrument_mut(locate).state = state;
            self.part_what_met(locate);
            self.print_state(locate, reason);
        }
    }

    /// Tells the Reg SHO state of one instrument, or of all (`Locate::NONE`); it restricts nothing yet.
    pub fn short_sale_test(&mut self, time_ns: u64, locate: Locate, action: u8) {
        self.now_ns = time_ns;
        for locate in self.locates(locate) {
            self.print_short_sale_test(locate, action);
        }
    }

    /// A phase of the day: `M` closes the market and expires all open orders; `S` and `E` also go to every port.
    pub fn system_event(&mut self, time_ns: u64, code: EventCode) {
        self.now_ns = time_ns;
        self.print_system_event(code);
        match code {
            EventCode::StartOfSystemHours => self.tell_every_port(SystemEventCode::StartOfDay),
            EventCode::EndOfMarketHours => {
                self.closed = true;
                self.cancel_all(CancelReason::TimeInForce, |_| true);
            }
            EventCode::EndOfSystemHours => self.tell_every_port(SystemEventCode::EndOfDay),
            _ => {}
        }
    }

    /// Changes the limits and permissions of a port; open orders stay.
    pub fn port_defined(&mut self, definition: PortDefined) {
        self.setup.ports[usize::from(definition.id.0)] = definition;
    }

    /// Changes the limits of a firm; open orders stay.
    pub fn firm_defined(&mut self, definition: FirmDefined) {
        self.setup.firms[usize::from(definition.id.0)] = definition;
    }

    /// Changes the definition of an instrument; the feed says it again.
    pub fn symbol_defined(&mut self, definition: SymbolDefined) {
        self.setup.symbols[usize::from(definition.locate.0) - 1] = definition;
        self.print_directory(definition.locate);
    }

    /// Takes an instrument away from a port or a firm, or gives it back; open orders stay.
    pub fn symbol_restricted(&mut self, member: Member, locate: Locate, restricted: bool) {
        self.restricted.retain(|known| *known != (member, locate));
        if restricted {
            self.restricted.push((member, locate));
        }
    }

    /// Counts the open orders.
    pub fn open_orders(&self) -> usize {
        self.orders.len()
    }

    /// Lists the locates meant: the one, or all by rising number.
    fn locates(&self, locate: Locate) -> Vec<Locate> {
        if locate == Locate::NONE {
            self.setup.symbols.iter().map(|symbol| symbol.locate).collect()
        } else {
            vec![locate]
        }
    }

    fn symbol(&self, locate: Locate) -> &SymbolDefined {
        &self.setup.symbols[usize::from(locate.0) - 1]
    }

    fn instrument(&self, locate: Locate) -> &Instrument {
        &self.instruments[usize::from(locate.0) - 1]
    }

    fn instrument_mut(&mut self, locate: Locate) -> &mut Instrument {
        &mut self.instruments[usize::from(locate.0) - 1]
    }

    fn firm_of(&self, port: usize) -> &FirmDefined {
        &self.setup.firms[usize::from(self.setup.ports[port].firm.0)]
    }
}
