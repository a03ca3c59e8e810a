//! What encoding needs to know besides the event: the day, the names, the ports.
//!
//! Built from the log's own definitions, so every shard has the same.

use protocol::enums::EventCode;
use protocol::{Mpid, Symbol};

use crate::command::{Command, DayOpened, FirmId, Locate, PortDefined, PortId};

/// Names by number, and where the day stands.
#[derive(Clone, Debug, Default)]
pub struct Context {
    day: Option<DayOpened>,
    symbols: Vec<Symbol>,
    firms: Vec<Mpid>,
    ports: Vec<PortDefined>,
    started: bool,
}

impl Context {
    /// Takes in a definition; every other command changes nothing.
    pub fn learn(&mut self, command: &Command<'_>) {
        match command {
            Command::DayOpened(day) => self.day = Some(*day),
            Command::SymbolDefined(symbol) => {
                set(&mut self.symbols, usize::from(symbol.locate.0) - 1, symbol.symbol);
            }
            Command::FirmDefined(firm) => set(&mut self.firms, usize::from(firm.id.0), firm.mpid),
            Command::PortDefined(port) => set(&mut self.ports, usize::from(port.id.0), *port),
            Command::SystemEvent { code: EventCode::StartOfSystemHours } => self.started = true,
            _ => {}
        }
    }

    /// The day's opening, the first command of the log.
    pub fn day(&self) -> &DayOpened {
        self.day.as_ref().expect("a log begins with the opening of its day")
    }

    /// Nanoseconds since midnight, the time on the wire.
    pub fn wire_time(&self, time_ns: u64) -> u64 {
        time_ns.saturating_sub(self.day().midnight_ns)
    }

    /// The symbol of a locate that the log defined.
    pub fn symbol(&self, locate: Locate) -> Symbol {
        self.symbols[usize::from(locate.0) - 1]
    }

    /// The ports of the day, by number.
    pub fn ports(&self) -> &[PortDefined] {
        &self.ports
    }

    /// The port's user name.
    pub fn username(&self, port: PortId) -> [u8; 6] {
        self.ports[usize::from(port.0)].username
    }

    /// The port's firm.
    pub fn mpid(&self, port: PortId) -> Mpid {
        let FirmId(firm) = self.ports[usize::from(port.0)].firm;
        self.firms[usize::from(firm)]
    }

    /// Tells whether system hours have begun, so that a port defined now is told at once.
    pub fn started(&self) -> bool {
        self.started
    }
}

/// Appends, or changes what stands there.
fn set<T>(list: &mut Vec<T>, index: usize, value: T) {
    match list.get_mut(index) {
        Some(known) => *known = value,
        None => {
            assert_eq!(index, list.len(), "definitions are numbered without gaps");
            list.push(value);
        }
    }
}
