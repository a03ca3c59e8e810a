//! The trading state and the phase of an instrument, and the crosses that lie between them.
//!
//! The feed hears of a change when its cross is done: an instrument said to trade never has a crossed book.

use protocol::enums::{CrossType, TradingState};

use crate::command::Phase;
use crate::continuous::Continuous;
use crate::event::Event;

/// A change of the phase needs no reason.
const NO_REASON: [u8; 4] = *b"    ";

impl Continuous<'_> {
    /// Takes the instrument to a phase, through the cross that lies on the way.
    pub(crate) fn set_phase(&mut self, phase: Phase) {
        let from = std::mem::replace(&mut self.instrument.phase, phase);
        if from == Phase::PreOpen && phase == Phase::Continuous {
            self.cross(CrossType::Opening);
        }
        if from != phase && self.instrument.is_trading() {
            self.tell_state(NO_REASON);
        }
    }

    /// Sets the trading state. Where orders met while nothing traded, a cross parts them.
    pub(crate) fn set_state(&mut self, state: TradingState, reason: [u8; 4]) {
        self.instrument.state = state;
        if self.instrument.is_continuous() && self.instrument.book.is_crossed() {
            self.cross(CrossType::Halt);
        }
        self.tell_state(reason);
    }

    /// Tells the feed whether the instrument trades, only takes orders, or does neither.
    pub(crate) fn tell_state(&mut self, reason: [u8; 4]) {
        let state = match self.instrument.state {
            TradingState::Trading if !self.instrument.is_continuous() => {
                TradingState::QuotationOnly
            }
            state => state,
        };
        self.emit(Event::TradingAction { state, reason });
    }
}
