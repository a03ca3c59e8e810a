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
            let charged = self.instrument.charged(bust.match_number);
            let sold = charged.unwrap_or(bust.seller.counted);
            for (party, counted) in [(&bust.buyer, bust.buyer.counted), (&bust.seller, sold)] {
                let held = notional(bust.quantity, counted);
                self.applied.release(party.key.port, u128::from(held));
            }
        }
    }
}
