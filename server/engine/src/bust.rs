//! Trade bust: a trade that was made counts no longer.
//!
//! It changes no order and no book. The command says what the trade holds, so that nothing is kept for a bust that
//! hardly ever comes but the numbers of those that were broken.

use crate::book::notional;
use crate::command::Bust;
use crate::continuous::Continuous;
use crate::event::Event;

impl Continuous<'_> {
    /// Breaks a trade once: both parties get back what it holds of their exposure.
    pub(crate) fn bust(&mut self, bust: &Bust) {
        if self.instrument.break_trade(bust.match_number) {
            self.emit(Event::Broken { match_number: bust.match_number });
            for party in [&bust.buyer, &bust.seller] {
                let held = notional(bust.quantity, party.counted);
                self.applied.release(party.key.port, u128::from(held));
            }
        }
    }
}
