//! A day and its definitions: what the log says of firms, ports and symbols against what the configuration says.
//!
//! Replay never reads the configuration. At each start the two are compared, and the difference becomes
//! commands that are logged before the ports open.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use engine::command::{
    Command, DayOpened, DisconnectCause, FirmDefined, FirmId, Locate, Member, Phase, PortDefined,
    PortId, RULE_VERSION, SymbolDefined,
};
use protocol::enums::{EventCode, TradingState};
use protocol::{Mpid, Symbol};

use crate::clock;
use crate::config::{Config, PortConfig};

/// Reg SHO: no price test.
const NO_PRICE_TEST: u8 = b'0';

/// What the log has defined so far.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    pub day: Option<DayOpened>,
    firms: Vec<FirmDefined>,
    ports: Vec<PortDefined>,
    /// With whether the symbol is still listed.
    symbols: Vec<(SymbolDefined, bool)>,
    /// Who may not enter orders in which instrument.
    restricted: BTreeSet<(Member, Locate)>,
    /// System hours have begun.
    started: bool,
    /// Market hours have begun.
    pub open: bool,
    /// The day began before its open, by a schedule.
    scheduled: bool,
    /// All instruments were taken to continuous trading.
    continuous: bool,
    /// The end of messages was announced: the log is complete.
    pub ended: bool,
}

/// Counts the open orders at the end of the log.
pub struct OpenOrders<'a> {
    pub of_symbol: &'a dyn Fn(Locate) -> usize,
    pub of_port: &'a dyn Fn(PortId) -> usize,
}

impl Definitions {
    /// Takes in a command of the log.
    pub fn learn(&mut self, command: &Command<'_>) {
        match command {
            Command::DayOpened(day) => self.day = Some(*day),
            Command::FirmDefined(firm) => set(&mut self.firms, firm.id.0, *firm),
            Command::PortDefined(port) => set(&mut self.ports, port.id.0, *port),
            Command::SymbolDefined(symbol) => {
                set(&mut self.symbols, symbol.locate.0 - 1, (*symbol, true))
            }
            Command::SymbolRemoved { locate } => self.symbols[usize::from(locate.0) - 1].1 = false,
            Command::SymbolRestricted { member, locate, restricted: true } => {
                self.restricted.insert((*member, *locate));
            }
            Command::SymbolRestricted { member, locate, restricted: false } => {
                self.restricted.remove(&(*member, *locate));
            }
            Command::PhaseChanged { locate: Locate::NONE, phase } => match phase {
                Phase::PreOpen => self.scheduled |= !self.started,
                Phase::Continuous => self.continuous = true,
            },
            Command::SystemEvent { code: EventCode::StartOfSystemHours } => self.started = true,
            Command::SystemEvent { code: EventCode::StartOfMarketHours } => self.open = true,
            Command::SystemEvent { code: EventCode::EndOfMessages } => self.ended = true,
            _ => {}
        }
    }

    /// Tells whether the opening cross of a day with a schedule is still to come.
    pub fn is_before_cross(&self) -> bool {
        !self.continuous && (self.scheduled || !self.started)
    }

    /// The number that the log gave a port of the configuration.
    pub fn port_id(&self, port: &PortConfig) -> Option<PortId> {
        let username = port.defined(PortId(0), FirmId(0)).username;
        self.ports.iter().find(|known| known.username == username).map(|known| known.id)
    }

    /// Every port that the log has defined, by user name.
    pub fn port_ids(&self) -> Vec<([u8; 6], PortId)> {
        self.ports.iter().map(|port| (port.username, port.id)).collect()
    }

    /// The difference between the log and the configuration, as the commands that a start begins with.
    ///
    /// `connected` are the ports that the log leaves connected.
    ///
    /// # Errors
    ///
    /// A symbol or a port with open orders is missing from the configuration, or a port changed its firm.
    pub fn difference(
        &self,
        config: &Config,
        opening: &DayOpened,
        connected: &[PortId],
        open_orders: &OpenOrders<'_>,
    ) -> Result<Vec<Command<'static>>> {
        let crash = DisconnectCause::Crash;
        let mut commands: Vec<_> = connected
            .iter()
            .map(|port| Command::Disconnected { port: *port, cause: crash })
            .collect();
        if self.day.is_none() {
            commands.push(Command::DayOpened(*opening));
        }
        let firms = self.firms(config, &mut commands);
        self.removed_ports(config, open_orders)?;
        let ports = self.ports(config, &firms, &mut commands)?;
        let symbols = self.symbols(config, open_orders, &mut commands)?;
        self.restrictions(config, &firms, &ports, &symbols, &mut commands);
        if !self.started {
            let (locate, state) = (Locate::NONE, TradingState::Trading);
            if config.schedule.is_some() {
                commands.push(Command::PhaseChanged { locate, phase: Phase::PreOpen });
            }
            commands.push(Command::TradingAction { locate, state, reason: *b"    " });
            commands.push(Command::ShortSaleTest { locate, action: NO_PRICE_TEST });
            commands.push(Command::SystemEvent { code: EventCode::StartOfSystemHours });
        }
        if config.schedule.is_none() {
            if !self.open {
                commands.push(Command::SystemEvent { code: EventCode::StartOfMarketHours });
            }
            if self.started && self.is_before_cross() {
                // The schedule was taken away.
                let (locate, phase) = (Locate::NONE, Phase::Continuous);
                commands.push(Command::PhaseChanged { locate, phase });
            }
        }
        Ok(commands)
    }

    /// Defines new and changed firms; returns all of them with their numbers.
    fn firms(&self, config: &Config, commands: &mut Vec<Command<'static>>) -> Vec<(Mpid, FirmId)> {
        let mut firms: Vec<_> = self.firms.iter().map(|firm| (firm.mpid, firm.id)).collect();
        for firm in &config.firms {
            let known = self.firms.iter().find(|known| known.mpid == firm.mpid);
            let id = known.map_or_else(|| FirmId(next(&firms)), |known| known.id);
            let defined = firm.defined(id);
            if known != Some(&defined) {
                commands.push(Command::FirmDefined(defined));
            }
            if known.is_none() {
                firms.push((firm.mpid, id));
            }
        }
        firms
    }

    /// Refuses to leave orders behind that nobody can cancel any more.
    fn removed_ports(&self, config: &Config, open_orders: &OpenOrders<'_>) -> Result<()> {
        for known in &self.ports {
            let configured = config.ports.iter().any(|port| self.port_id(port) == Some(known.id));
            let open = if configured { 0 } else { (open_orders.of_port)(known.id) };
            if 0 < open {
                let username = String::from_utf8_lossy(&known.username);
                bail!("port {} has {open} open orders and cannot be removed", username.trim_end());
            }
        }
        Ok(())
    }

    /// Defines new and changed ports; returns the numbers of all that are configured.
    fn ports(
        &self,
        config: &Config,
        firms: &[(Mpid, FirmId)],
        commands: &mut Vec<Command<'static>>,
    ) -> Result<Vec<PortId>> {
        let mut new_ports = self.ports.clone();
        let mut ids = Vec::new();
        for port in &config.ports {
            let (_, firm) = firms
                .iter()
                .find(|(mpid, _)| *mpid == port.firm)
                .expect("a checked configuration names only firms it has");
            let id = self.port_id(port).unwrap_or_else(|| PortId(next(&new_ports)));
            let defined = port.defined(id, *firm);
            ids.push(id);
            match self.ports.get(usize::from(id.0)) {
                None => {
                    new_ports.push(defined);
                    commands.push(Command::PortDefined(defined));
                }
                Some(known) if known.firm != *firm => bail!(
                    "port {} belongs to firm {} today: its firm can change only after the end of the day",
                    port.username,
                    self.firms[usize::from(known.firm.0)].mpid
                ),
                Some(known) if *known != defined => commands.push(Command::PortDefined(defined)),
                Some(_) => {}
            }
        }
        Ok(ids)
    }

    /// Restricts and frees; what the log restricts a firm or port in that is no longer configured stays.
    fn restrictions(
        &self,
        config: &Config,
        firms: &[(Mpid, FirmId)],
        ports: &[PortId],
        symbols: &[(Symbol, Locate)],
        commands: &mut Vec<Command<'static>>,
    ) {
        let firm_id = |mpid| firms.iter().find(|(known, _)| *known == mpid).map(|(_, id)| *id);
        let firms = config.firms.iter().filter_map(|firm| {
            Some((Member::Firm(firm_id(firm.mpid)?), &firm.risk.restricted_symbols))
        });
        let ports = ports
            .iter()
            .zip(&config.ports)
            .map(|(id, port)| (Member::Port(*id), &port.risk.restricted_symbols));
        for (member, names) in firms.chain(ports) {
            let locates = symbols.iter().filter(|(name, _)| names.contains(name));
            let wanted: BTreeSet<_> = locates.map(|(_, locate)| (member, *locate)).collect();
            let known = self.restricted.iter().filter(|(known, _)| *known == member).copied();
            let known: BTreeSet<_> = known.collect();
            let changed = wanted.symmetric_difference(&known);
            commands.extend(changed.map(|&(member, locate)| {
                let restricted = wanted.contains(&(member, locate));
                Command::SymbolRestricted { member, locate, restricted }
            }));
        }
    }

    /// Defines new and changed symbols, removes those that are gone; returns all that are configured.
    fn symbols(
        &self,
        config: &Config,
        open_orders: &OpenOrders<'_>,
        commands: &mut Vec<Command<'static>>,
    ) -> Result<Vec<(Symbol, Locate)>> {
        let mut locates = Vec::new();
        for (known, listed) in &self.symbols {
            if !listed || config.symbols.iter().any(|symbol| symbol.name == known.symbol) {
                continue;
            }
            let open = (open_orders.of_symbol)(known.locate);
            if 0 < open {
                bail!("symbol {} has {open} open orders and cannot be removed", known.symbol);
            }
            commands.push(Command::SymbolRemoved { locate: known.locate });
        }
        let mut count = next(&self.symbols);
        for symbol in &config.symbols {
            let known = self.symbols.iter().find(|(known, _)| known.symbol == symbol.name);
            let locate = known.map_or(Locate(count + 1), |(known, _)| known.locate);
            let defined = symbol.defined(locate);
            locates.push((symbol.name, locate));
            if known == Some(&(defined, true)) {
                continue;
            }
            commands.push(Command::SymbolDefined(defined));
            if known.is_none() {
                count += 1;
                if self.started {
                    let state = TradingState::Trading;
                    if self.is_before_cross() && config.schedule.is_some() {
                        commands.push(Command::PhaseChanged { locate, phase: Phase::PreOpen });
                    }
                    commands.push(Command::TradingAction { locate, state, reason: *b"    " });
                    commands.push(Command::ShortSaleTest { locate, action: NO_PRICE_TEST });
                }
            }
        }
        Ok(locates)
    }
}

/// The opening of a new day under this session id, ten characters.
pub fn opening(session: &str, log_id: [u8; 16], now_ns: u64) -> DayOpened {
    let session = session.as_bytes().try_into().expect("a session id has ten characters");
    DayOpened { log_id, session, midnight_ns: clock::midnight(now_ns), rule_version: RULE_VERSION }
}

fn set<T>(list: &mut Vec<T>, index: u16, value: T) {
    match list.get_mut(usize::from(index)) {
        Some(known) => *known = value,
        None => list.push(value),
    }
}

/// The number of the next member of a list.
fn next<T>(list: &[T]) -> u16 {
    u16::try_from(list.len()).expect("the configuration holds less than 65,536 of anything")
}
