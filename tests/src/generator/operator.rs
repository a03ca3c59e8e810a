//! What the operator does in a generated day: kill switches, engaged and released, also needlessly; busts, also in vain.

use engine::command::KillScope;
use protocol::enums::BrokenTradeReason;

use super::{Act, Generator};

/// Trades remembered, to be broken.
const TRADES: usize = 64;

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

    /// Notes a trade that was told.
    pub(super) fn remember_trade(&mut self, match_number: u64) {
        if self.trades.len() == TRADES {
            self.trades.remove(0);
        }
        self.trades.push(match_number);
    }

    /// Breaks a trade, sometimes one that is broken already, rarely one that never was.
    pub(super) fn bust(&mut self) -> Act {
        let reason = self.random.pick(BrokenTradeReason::ALL);
        let match_number = if self.trades.is_empty() || self.random.per_mille(50) {
            self.random.below(1 << 20)
        } else {
            self.random.pick(&self.trades)
        };
        Act::Bust { match_number, reason }
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
