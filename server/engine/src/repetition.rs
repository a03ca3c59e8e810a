//! What a port has lately done in one instrument: its message rate, and orders that repeat each other.

use std::collections::{BTreeMap, VecDeque};

use protocol::enums::Side;

use crate::command::{OrderPrice, PortId};
use crate::digest::Digest;
use crate::pace::Bucket;

/// Orders of one port that are remembered in one instrument, the latest ones.
const REMEMBERED: usize = 256;

/// By port; a port is noted when a limit first looks at it.
pub(crate) type Ports = BTreeMap<PortId, Lately>;

/// What one port has lately done.
#[derive(Debug, Default)]
pub(crate) struct Lately {
    pub(crate) messages: Bucket,
    /// Time and order, the oldest first.
    orders: VecDeque<(u64, Repeated)>,
}

/// What two orders have in common when one repeats the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Repeated {
    pub(crate) side: Side,
    pub(crate) price: OrderPrice,
    pub(crate) quantity: u32,
}

impl Lately {
    /// Notes an order unless it repeats one of the last `window_ms`; tells whether it does.
    pub(crate) fn repeats(&mut self, order: Repeated, window_ms: u32, time_ns: u64) -> bool {
        let window_ns = u64::from(window_ms) * 1_000_000;
        let is_old = |(noted_ns, _): &(u64, Repeated)| window_ns <= time_ns - noted_ns;
        while self.orders.front().is_some_and(is_old) {
            self.orders.pop_front();
        }
        if self.orders.iter().any(|(_, noted)| *noted == order) {
            return true;
        }
        if self.orders.len() == REMEMBERED {
            self.orders.pop_front();
        }
        self.orders.push_back((time_ns, order));
        false
    }
}

/// Mixes what the ports have lately done.
pub(crate) fn digest(ports: &Ports) -> u64 {
    let of = |(port, lately): (&PortId, &Lately)| {
        let (level, time_ns) = lately.messages.parts();
        let digest = Digest::of(b'L').mix(port.0).mix(level).mix(time_ns);
        let orders = lately.orders.iter().fold(digest, |digest, (time_ns, order)| {
            digest.mix(*time_ns).mix(order.side.code()).mix(order.price.wire()).mix(order.quantity)
        });
        orders.value()
    };
    ports.iter().map(of).fold(0, u64::wrapping_add)
}

#[cfg(test)]
mod tests {
    use protocol::Price;

    use super::*;

    fn order(quantity: u32) -> Repeated {
        Repeated { side: Side::Buy, price: OrderPrice::Limit(Price::new(10_000)), quantity }
    }

    #[test]
    fn an_order_repeats_until_the_window_has_passed() {
        let mut lately = Lately::default();
        assert!(!lately.repeats(order(1), 5, 0));
        assert!(lately.repeats(order(1), 5, 4_999_999));
        assert!(!lately.repeats(order(2), 5, 4_999_999));
        // A repetition that was refused does not begin a window of its own.
        assert!(!lately.repeats(order(1), 5, 5_000_000));
        assert!(lately.repeats(order(1), 5, 5_000_001));
    }

    #[test]
    fn memory_is_bounded() {
        let mut lately = Lately::default();
        for quantity in 1..=10_000 {
            assert!(!lately.repeats(order(quantity), u32::MAX, 1));
        }
        assert_eq!(lately.orders.len(), REMEMBERED);
        assert!(lately.repeats(order(10_000), u32::MAX, 1));
    }
}
