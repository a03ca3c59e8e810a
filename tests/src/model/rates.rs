//! Message rates and repeated orders.
//!
//! A bucket holds as many tokens as its rate gives in a second, begins full, and fills all the time.

use engine::command::Locate;
use protocol::ouch::reason::RejectReason;

use super::checks::refuse_if;
use super::{Model, Order};

/// Parts of a token: at one token a second, one comes in each nanosecond.
const PARTS: u128 = 1_000_000_000;

/// Orders that are remembered of a port in an instrument, at most.
const REMEMBERED: usize = 256;

/// A token bucket; full before it is first used, and left alone by what is refused.
#[derive(Clone, Debug, Default)]
pub(super) struct Bucket {
    /// Parts in it, and when the last token was taken.
    counted: Option<(u128, u64)>,
}

impl Bucket {
    /// Takes a token if there is one.
    fn take(&mut self, per_second: u32, now_ns: u64) -> bool {
        let full = u128::from(per_second) * PARTS;
        let parts = match self.counted {
            None => full,
            Some((parts, then_ns)) => {
                full.min(parts + u128::from(per_second) * u128::from(now_ns - then_ns))
            }
        };
        let taken = PARTS <= parts;
        if taken {
            self.counted = Some((parts - PARTS, now_ns));
        }
        taken
    }
}

/// An order that another one may repeat.
#[derive(Clone, Debug)]
pub(super) struct Entered {
    time_ns: u64,
    order: Order,
    /// As written: there are two ways to write "at any price".
    price: u64,
}

impl Model {
    /// Counts an order or a replacement for its port's rate; false when the port has sent too many.
    pub(super) fn count(&mut self, port: usize) -> bool {
        let rates = self.limits(port).map(|limits| limits.messages_per_second);
        let rate = rates[0].min(rates[1]);
        let now_ns = self.now_ns;
        rate == u32::MAX || self.ports[port].messages.take(rate, now_ns)
    }

    /// Counts one in its instrument; false when the port has sent too many there.
    pub(super) fn count_in(&mut self, port: usize, locate: Locate) -> Result<(), RejectReason> {
        let rates = self.limits(port).map(|limits| limits.symbol_messages_per_second);
        let rate = rates[0].min(rates[1]);
        let now_ns = self.now_ns;
        let bucket = self.ports[port].symbol_messages.entry(locate).or_default();
        let refused = rate != u32::MAX && !bucket.take(rate, now_ns);
        refuse_if(refused, RejectReason::RiskSymbolMessageRateRestriction)
    }

    /// Notes an order, unless it repeats one of its port and instrument.
    pub(super) fn check_repetition(
        &mut self,
        order: &Order,
        price: u64,
    ) -> Result<(), RejectReason> {
        let windows = self.limits(order.port).map(|limits| limits.duplicate_window_ms);
        let window_ns = u64::from(windows[0].max(windows[1])) * 1_000_000;
        if window_ns == 0 {
            return Ok(());
        }
        let now_ns = self.now_ns;
        let entered = &mut self.ports[order.port].entered;
        entered.retain(|entered| {
            entered.order.locate != order.locate || now_ns < entered.time_ns + window_ns
        });
        let alike = |entered: &&Entered| entered.order.locate == order.locate;
        let repeats = entered.iter().filter(alike).any(|other| {
            (other.order.side, other.price, other.order.open) == (order.side, price, order.open)
        });
        refuse_if(repeats, RejectReason::RiskDuplicateMessageRateRestriction)?;
        if entered.iter().filter(alike).count() == REMEMBERED {
            let oldest = entered.iter().position(|entered| entered.order.locate == order.locate);
            entered.remove(oldest.expect("it was counted"));
        }
        entered.push(Entered { time_ns: now_ns, order: *order, price });
        Ok(())
    }
}
