//! What the demo trades, and what its traders think it is worth.

use protocol::{Price, Symbol};

use super::random::Random;

/// One cent, in ten-thousandths of a dollar: the price step of everything here.
pub(super) const CENT: u32 = 100;

/// Invented names, so that nobody takes the demo for a real market, and where each begins, in cents.
const LISTED: [(&str, u32); 8] = [
    ("ACME", 2_500),
    ("BELL", 10_000),
    ("COAL", 1_850),
    ("DUSK", 31_000),
    ("ECHO", 7_425),
    ("FERN", 4_910),
    ("GOLD", 18_240),
    ("HAZE", 990),
];

/// How many instruments there may be.
pub(super) const FEWEST: usize = 4;
pub(super) const MOST: usize = LISTED.len();

/// An instrument and its fair price, which walks at random.
#[derive(Clone, Debug)]
pub(super) struct Instrument {
    pub(super) name: &'static str,
    pub(super) symbol: Symbol,
    begin_cents: u32,
    fair_cents: u32,
}

impl Instrument {
    /// Moves the fair price by a cent or not at all, and keeps it near where it began.
    pub(super) fn step(&mut self, random: &mut Random) {
        let moved = match random.below(4) {
            0 => self.fair_cents + 1,
            1 => self.fair_cents - 1,
            _ => self.fair_cents,
        };
        self.fair_cents = moved.clamp(self.begin_cents / 2, self.begin_cents * 2);
    }

    pub(super) fn fair(&self) -> Price {
        Price::new(self.fair_cents * CENT)
    }

    /// The price this many cents worse for a buyer (`buys`) or a seller than fair; never below a cent.
    pub(super) fn worse(&self, buys: bool, cents: u32) -> Price {
        self.beside(!buys, cents)
    }

    /// The price this many cents better for the other side than fair.
    pub(super) fn beyond(&self, buys: bool, cents: u32) -> Price {
        self.beside(buys, cents)
    }

    fn beside(&self, above: bool, cents: u32) -> Price {
        let cents = if above { self.fair_cents + cents } else { self.fair_cents - cents };
        Price::new(cents * CENT)
    }
}

/// Lists the first `count` instruments.
pub(super) fn listed(count: usize) -> Vec<Instrument> {
    let first = LISTED.iter().take(count);
    first
        .map(|&(name, cents)| Instrument {
            name,
            symbol: Symbol::new(name).expect("the names above are symbols"),
            begin_cents: cents,
            fair_cents: cents,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fair_price_walks_and_stays_near_its_beginning() {
        let mut random = Random::new(3);
        let mut haze = listed(MOST).pop().expect("there are eight");
        let mut seen = Vec::new();
        for _ in 0..200_000 {
            haze.step(&mut random);
            seen.push(haze.fair());
        }
        let [low, high] = [495, 1_980].map(|cents| Price::new(cents * CENT));
        assert!(seen.iter().all(|&fair| low <= fair && fair <= high));
        seen.sort();
        seen.dedup();
        assert!(100 < seen.len(), "{} prices", seen.len());
    }

    #[test]
    fn bids_stand_below_fair_and_offers_above() {
        let acme = &listed(FEWEST)[0];
        assert_eq!(acme.worse(true, 2).to_string(), "24.9800");
        assert_eq!(acme.worse(false, 2).to_string(), "25.0200");
        assert_eq!(acme.beyond(true, 2).to_string(), "25.0200");
        assert_eq!(acme.beyond(false, 2).to_string(), "24.9800");
    }
}
