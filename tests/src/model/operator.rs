//! What the operator does to those who trade: the kill switch.

use engine::command::KillScope;
use protocol::enums::CancelReason;

use super::Model;

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
