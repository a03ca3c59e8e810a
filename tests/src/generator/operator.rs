//! What the operator does in a generated day: kill switches, engaged and released, also needlessly.

use engine::command::KillScope;

use super::{Act, Generator};

impl Generator {
    /// Stops a port, a firm, or now and then the whole venue; one that is stopped already once more.
    pub(super) fn kill(&mut self) -> Act {
        let scope = self.scope();
        if !self.killed.contains(&scope) {
            self.killed.push(scope);
        }
        Act::KillSwitch { scope, engaged: true }
    }

    /// Releases what is stopped, or rarely what is not.
    pub(super) fn release(&mut self) -> Act {
        let scope =
            if self.random.per_mille(50) { self.scope() } else { self.random.pick(&self.killed) };
        self.killed.retain(|killed| *killed != scope);
        Act::KillSwitch { scope, engaged: false }
    }

    fn scope(&mut self) -> KillScope {
        let port = self.random.index(self.setup.ports.len());
        let port = &self.setup.ports[port];
        match self.random.below(10) {
            0 => KillScope::Venue,
            1..3 => KillScope::Firm(port.firm),
            _ => KillScope::Port(port.id),
        }
    }
}
