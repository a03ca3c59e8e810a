//! Admission's state as a fold over the log and over the outcomes of shards.
//!
//! Live and in replay the same calls in the same order: a command when it is logged, the outcomes when the
//! shards have applied it.

use protocol::enums::{AiqStrategy, EventCode};
use protocol::ouch::{Appendage, Tag};

use super::exposure::Exposure;
use super::port::Channels;
use super::{Admission, Firm, Port};
use crate::command::{
    Command, FirmDefined, KillScope, Locate, Member, OrderKey, PortDefined, PortId, Replace,
    Verdict,
};
use crate::event::Outcome;
use crate::pace::Bucket;

impl Admission {
    /// Folds in a command that was given its place in the log.
    pub fn logged(&mut self, sequence: u64, time_ns: u64, command: &Command<'_>) {
        match command {
            Command::Enter(enter) => {
                self.count(enter.key.port, time_ns);
                self.consume(&enter.key);
                self.note_order(&enter.key, enter.locate);
                self.reserve(enter.key.port, enter.granted, sequence);
                if self.asks_for_self_match(enter.key.port, enter.appendage) {
                    self.self_matching = true;
                    self.note_owner(enter.key.port, sequence);
                }
            }
            Command::Replace(replace) => {
                self.count(replace.key.port, time_ns);
                self.replace_logged(sequence, replace);
            }
            Command::Counted { port } => self.count(*port, time_ns),
            Command::Cancel(cancel) => self.reserve(cancel.key.port, 0, sequence),
            Command::Modify(modify) => self.reserve(modify.key.port, 0, sequence),
            Command::MassCancel(mass_cancel) => {
                self.consume(&mass_cancel.key);
                self.reserve(mass_cancel.key.port, 0, sequence);
            }
            Command::Refused { key, is_order, .. } => {
                if *is_order {
                    self.count(key.port, time_ns);
                }
                self.consume(key);
            }
            Command::DisableEntry { key, .. } => self.switch_entry(key, true),
            Command::EnableEntry { key, .. } => self.switch_entry(key, false),
            Command::Connected { port } => {
                self.port_mut(*port).connected = true;
                self.end_grace(*port);
            }
            Command::Disconnected { port, cause } => self.lose(*port, *cause, sequence),
            Command::GraceEnded { port } => {
                self.end_grace(*port);
                self.reserve(*port, 0, sequence);
            }
            Command::KillSwitch { scope, engaged } => {
                self.switch_killed(*scope, *engaged, sequence);
            }
            Command::Bust(bust) => {
                self.broken.insert(bust.match_number);
                self.reserve(bust.buyer.key.port, 0, sequence);
                self.reserve(bust.seller.key.port, 0, sequence);
            }
            Command::FirmDefined(firm) => self.define_firm(firm),
            Command::PortDefined(port) => self.define_port(port),
            Command::SymbolDefined(symbol) => self.directory.define(symbol),
            Command::SymbolRemoved { locate } => self.directory.remove(*locate),
            Command::SymbolRestricted { member, locate, restricted } => {
                self.restrict(*member, *locate, *restricted);
            }
            // A cross may give back notional of every port.
            Command::PhaseChanged { .. } | Command::TradingAction { .. } => {
                self.note_for_all(sequence)
            }
            Command::SystemEvent { code } => self.closed |= *code == EventCode::EndOfMarketHours,
            Command::DayOpened(_)
            | Command::ImbalanceDue { .. }
            | Command::ShortSaleTest { .. }
            | Command::OperatorNote { .. }
            | Command::AccountQuery { .. }
            | Command::Tick => {}
        }
    }

    /// Folds in one outcome of a shard.
    pub fn outcome(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Released { port, notional } => {
                let state = &mut self.ports[usize::from(port.0)];
                state.exposure.release(*notional);
                self.firms[usize::from(state.defined.firm.0)].exposure.release(*notional);
            }
            Outcome::OrderGone { key } => {
                let channels = &mut self.port_mut(key.port).channels;
                channels.get_mut(key.user_ref_idx).order_gone(key.user_ref_num);
            }
            Outcome::NumberNotTaken { key, .. } => {
                self.port_mut(key.port)
                    .channels
                    .get_mut(key.user_ref_idx)
                    .number_not_taken(key.user_ref_num);
            }
        }
    }

    /// Notes that the outcomes of every command up to `sequence` were folded in.
    pub fn applied(&mut self, sequence: u64) {
        assert!(self.applied <= sequence, "blocks come back in the order of the log");
        self.applied = sequence;
    }

    fn replace_logged(&mut self, sequence: u64, replace: &Replace<'_>) {
        let granted = match replace.verdict {
            Verdict::Granted(granted) => granted,
            Verdict::InvalidDetails | Verdict::Refused(_) => 0,
        };
        self.reserve(replace.key.port, granted, sequence);
        self.self_matching |= self.asks_for_self_match(replace.key.port, replace.appendage);
        if self.self_matching {
            self.note_owner(replace.key.port, sequence);
        }
        let applied = self.applied;
        self.port_mut(replace.key.port).channels.get_mut(replace.key.user_ref_idx).replace_sent(
            sequence,
            replace.key.user_ref_num,
            replace.locate,
            applied,
        );
    }

    /// Takes a token of the port's message rate; what was refused for the rate finds none.
    fn count(&mut self, port: PortId, time_ns: u64) {
        let port = &mut self.ports[usize::from(port.0)];
        let rate = port.allowed.messages_per_second;
        if rate != u32::MAX {
            port.messages.take(rate, time_ns);
        }
    }

    fn consume(&mut self, key: &OrderKey) {
        self.port_mut(key.port).channels.get_mut(key.user_ref_idx).consume(key.user_ref_num);
    }

    fn note_order(&mut self, key: &OrderKey, locate: Locate) {
        self.port_mut(key.port)
            .channels
            .get_mut(key.user_ref_idx)
            .note_order(key.user_ref_num, locate);
    }

    fn switch_entry(&mut self, key: &OrderKey, disabled: bool) {
        self.consume(key);
        self.port_mut(key.port).entry_disabled = disabled;
        self.bar_entry();
    }

    /// Engages or releases a kill switch; one that is engaged releases what the orders in its scope hold.
    fn switch_killed(&mut self, scope: KillScope, engaged: bool, sequence: u64) {
        match scope {
            KillScope::Venue => self.killed = engaged,
            KillScope::Firm(firm) => self.firms[usize::from(firm.0)].killed = engaged,
            KillScope::Port(port) => self.port_mut(port).killed = engaged,
        }
        self.bar_entry();
        for index in 0..self.ports.len() {
            let PortDefined { id, firm, .. } = self.ports[index].defined;
            let is_stopped = match scope {
                KillScope::Venue => true,
                KillScope::Firm(stopped) => stopped == firm,
                KillScope::Port(stopped) => stopped == id,
            };
            if is_stopped {
                self.reserve(id, 0, sequence);
            }
        }
    }

    /// Notes for every port whether it may enter orders, so that an order looks at one flag.
    fn bar_entry(&mut self) {
        let Self { ports, firms, killed, .. } = self;
        for port in ports {
            let firm = &firms[usize::from(port.defined.firm.0)];
            port.entry_barred = port.entry_disabled || port.killed || firm.killed || *killed;
        }
    }

    pub(super) fn reserve(&mut self, port: PortId, notional: u64, sequence: u64) {
        let state = &mut self.ports[usize::from(port.0)];
        state.exposure.reserve(notional, sequence);
        self.firms[usize::from(state.defined.firm.0)].exposure.reserve(notional, sequence);
    }

    /// Tells whether an order may have self-match prevention by its own words or those of its port.
    fn asks_for_self_match(&self, port: PortId, appendage: &[u8]) -> bool {
        let by_port = self.port(port).defined.self_match.strategy != AiqStrategy::Disabled;
        by_port || (!appendage.is_empty() && names_strategy(appendage))
    }

    /// Notes a command that may release something of every port.
    fn note_for_all(&mut self, sequence: u64) {
        self.ports.iter_mut().for_each(|port| port.exposure.reserve(0, sequence));
        self.firms.iter_mut().for_each(|firm| firm.exposure.reserve(0, sequence));
    }

    fn define_firm(&mut self, firm: &FirmDefined) {
        let index = usize::from(firm.id.0);
        match self.firms.get_mut(index) {
            Some(known) => {
                assert_eq!(known.mpid, firm.mpid, "a firm keeps its identifier for the day");
                known.limits = firm.limits;
                for port in self.ports.iter_mut().filter(|port| port.defined.firm == firm.id) {
                    port.allowed = port.defined.limits.and(firm.limits);
                }
                if (known.organization, known.affiliate) != (firm.organization, firm.affiliate) {
                    (known.organization, known.affiliate) = (firm.organization, firm.affiliate);
                    self.group_anew();
                }
            }
            None => {
                assert_eq!(index, self.firms.len(), "firms are numbered without gaps");
                self.firms.push(Firm {
                    mpid: firm.mpid,
                    limits: firm.limits,
                    exposure: Exposure::default(),
                    restricted: Vec::new(),
                    killed: false,
                    organization: firm.organization,
                    affiliate: firm.affiliate,
                    group: firm.id,
                    released_from_outside: 0,
                });
                self.join(index);
            }
        }
    }

    fn define_port(&mut self, port: &PortDefined) {
        let index = usize::from(port.id.0);
        let firm = self.firms.get(usize::from(port.firm.0));
        let firm = firm.expect("a port's firm is defined before it");
        let allowed = port.limits.and(firm.limits);
        match self.ports.get_mut(index) {
            Some(known) => {
                assert_eq!(
                    known.defined.username, port.username,
                    "a port keeps its name for the day"
                );
                assert_eq!(known.defined.firm, port.firm, "a port keeps its firm for the day");
                known.defined = *port;
                known.allowed = allowed;
            }
            None => {
                assert_eq!(index, self.ports.len(), "ports are numbered without gaps");
                self.ports.push(Port {
                    defined: *port,
                    connected: false,
                    entry_disabled: false,
                    killed: false,
                    entry_barred: false,
                    lost_at: None,
                    channels: Channels::default(),
                    exposure: Exposure::default(),
                    allowed,
                    restricted: Vec::new(),
                    messages: Bucket::default(),
                });
                self.bar_entry();
            }
        }
    }

    fn restrict(&mut self, member: Member, locate: Locate, restricted: bool) {
        let list = match member {
            Member::Firm(firm) => &mut self.firms[usize::from(firm.0)].restricted,
            Member::Port(port) => &mut self.port_mut(port).restricted,
        };
        match list.binary_search(&locate) {
            Err(place) if restricted => list.insert(place, locate),
            Ok(place) if !restricted => drop(list.remove(place)),
            _ => {}
        }
    }

    pub(super) fn port_mut(&mut self, port: PortId) -> &mut Port {
        &mut self.ports[usize::from(port.0)]
    }
}

/// Tells whether a checked appendage names a strategy other than none.
fn names_strategy(appendage: &[u8]) -> bool {
    Appendage::new(appendage).elements().any(|element| {
        element.is_ok_and(|element| {
            element.tag == Tag::AiqStrategy && element.value != [AiqStrategy::Disabled.code()]
        })
    })
}
