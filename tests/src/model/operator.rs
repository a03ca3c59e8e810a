//! What the operator does to those who trade: the kill switch and the trade bust.

use engine::command::KillScope;
use protocol::enums::{BrokenTradeReason, CancelReason};

use super::{Model, Trade};

impl Model {
    /// Engages or releases a kill switch: engaged it cancels every open order in its scope and bars entry there.
    pub fn kill_switch(&mut self, time_ns: u64, scope: KillScope, engaged: bool) {
        self.now_ns = time_ns;
        self.killed.retain(|killed| *killed != scope);
        if engaged {
            self.killed.push(scope);
            let ports: Vec<bool> =
                (0..self.ports.len()).map(|port| self.is_within(port, scope)).collect();
            self.cancel_all(CancelReason::Supervisory, |order| ports[order.port]);
        }
    }

    /// Breaks a trade of the day, once: both parties and the feed are told, the exposure of both comes back.
    pub fn bust(&mut self, time_ns: u64, match_number: u64, reason: BrokenTradeReason) {
        self.now_ns = time_ns;
        let mut records = self.trades.iter().filter(|trade| trade.match_number == match_number);
        let (Some(&trade), None) = (records.next(), records.next()) else { return };
        self.trades.push(Trade { time_ns, broken: Some(reason), ..trade });
        for (place, party) in [trade.resting, trade.aggressor].iter().enumerate() {
            self.answer_broken(&party.key, &trade, trade.cl_ord_ids[place], reason);
            let port = usize::from(party.key.port.0);
            self.ports[port].executed_notional -= trade.charged[place];
        }
        self.print_broken(&trade);
    }

    /// Tells whether any kill switch that is engaged stops the port.
    pub(super) fn is_killed(&self, port: usize) -> bool {
        self.killed.iter().any(|scope| self.is_within(port, *scope))
    }

    fn is_within(&self, port: usize, scope: KillScope) -> bool {
        let definition = &self.setup.ports[port];
        match scope {
            KillScope::Venue => true,
            KillScope::Firm(firm) => definition.firm == firm,
            KillScope::Port(id) => definition.id == id,
        }
    }
}
