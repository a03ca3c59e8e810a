//! The flow: what a connection asks for next.
//!
//! Prices stand around a middle that never moves, so any number of connections makes a book of steady depth.
//! Half of the passive orders are within ten steps of the best price; an aggressive one takes one to three of them.

use std::sync::Arc;

use protocol::Symbol;

use super::random::Random;

/// Ten-thousandths of a dollar: one step of price.
const STEP: u32 = 100;
/// The price nobody rests at.
const MIDDLE: u32 = 1_000_000;
/// How far a passive order is from the middle at most, in steps.
const DEPTH: u32 = 200;

/// What is sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Mix {
    /// 45% add, 45% cancel, 10% aggressive.
    #[default]
    Mixed,
    /// 5% aggressive, the others adds that are canceled at once.
    Cancels,
    /// Nothing but adds and cancels of one symbol, and 10% aggressive: a single hot book.
    Hot,
    /// Adds and cancels only: nothing trades.
    Quiet,
}

impl Mix {
    /// Aggressive orders in a hundred requests.
    fn aggressive(self) -> u32 {
        match self {
            Self::Mixed | Self::Hot => 10,
            Self::Cancels => 5,
            Self::Quiet => 0,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Cancels => "cancels",
            Self::Hot => "hot",
            Self::Quiet => "quiet",
        }
    }
}

/// What to ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Intent {
    /// An order that rests.
    Add(Terms),
    /// An order that takes what is there and does not rest.
    Take(Terms),
    /// The cancel of one of the connection's resting orders.
    Cancel,
}

/// What an order says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Terms {
    pub(super) is_buy: bool,
    pub(super) quantity: u16,
    pub(super) symbol: Symbol,
    pub(super) price: u32,
}

/// The intentions of one connection.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    random: Random,
    mix: Mix,
    symbols: Arc<[Symbol]>,
    /// How many orders are to rest.
    resting: u32,
}

impl Flow {
    pub(super) fn new(seed: u64, mix: Mix, symbols: &Arc<[Symbol]>, resting: u32) -> Self {
        let symbols = if mix == Mix::Hot { symbols[..1].into() } else { Arc::clone(symbols) };
        Self { random: Random::new(seed), mix, symbols, resting }
    }

    /// Draws what comes next; `resting` orders of the connection can be canceled now.
    pub(super) fn next(&mut self, resting: u32) -> Intent {
        if self.random.below(100) < self.mix.aggressive() && 0 < resting {
            return Intent::Take(self.take());
        }
        let wanted = if self.mix == Mix::Cancels { 1 } else { self.resting };
        let cancels = match resting {
            0 => false,
            resting if wanted + wanted / 10 < resting => true,
            resting if resting < wanted - wanted / 10 => self.random.below(8) == 0,
            _ => self.random.below(2) == 0,
        };
        if cancels { Intent::Cancel } else { Intent::Add(self.add()) }
    }

    /// Draws one of `count` things.
    pub(super) fn choose(&mut self, count: u32) -> u32 {
        self.random.below(count)
    }

    fn add(&mut self) -> Terms {
        let near = self.random.below(2) == 0;
        let steps = 1 + self.random.below(if near { 10 } else { DEPTH });
        let terms = self.terms();
        let away = steps * STEP;
        let price = if terms.is_buy { MIDDLE - away } else { MIDDLE + away };
        Terms { price, ..terms }
    }

    fn take(&mut self) -> Terms {
        let terms = self.terms();
        let through = DEPTH * STEP;
        let price = if terms.is_buy { MIDDLE + through } else { MIDDLE - through };
        Terms { price, ..terms }
    }

    fn terms(&mut self) -> Terms {
        let count = u32::try_from(self.symbols.len()).expect("symbols are counted in 16 bits");
        let symbol = self.symbols[self.random.below(count) as usize];
        let is_buy = self.random.below(2) == 0;
        let quantity = 100 * (1 + u16::try_from(self.random.below(10)).expect("below ten"));
        Terms { is_buy, quantity, symbol, price: MIDDLE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(mix: Mix) -> (usize, usize, usize) {
        let symbols: Arc<[Symbol]> = Arc::new([Symbol(*b"AAPL    ")]);
        let mut flow = Flow::new(7, mix, &symbols, 100);
        let (mut resting, mut adds, mut takes, mut cancels) = (100, 0, 0, 0);
        for _ in 0..10_000 {
            match flow.next(resting) {
                Intent::Add(terms) => {
                    assert_ne!(terms.price < MIDDLE, !terms.is_buy, "a passive price: {terms:?}");
                    resting += 1;
                    adds += 1;
                }
                Intent::Take(_) => takes += 1,
                Intent::Cancel => {
                    resting -= 1;
                    cancels += 1;
                }
            }
        }
        assert!(resting <= 112, "{resting} rest");
        (adds, takes, cancels)
    }

    #[test]
    fn each_mix_has_its_shares() {
        let (adds, takes, cancels) = drawn(Mix::Mixed);
        assert!((4_200..4_800).contains(&adds) && (4_200..4_800).contains(&cancels));
        assert!((900..1_100).contains(&takes));
        assert_eq!(drawn(Mix::Quiet).1, 0);
        assert!((400..600).contains(&drawn(Mix::Cancels).1));
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let symbols: Arc<[Symbol]> = Arc::new([Symbol(*b"A       ")]);
        let mut flows = [0, 1].map(|_| Flow::new(3, Mix::Mixed, &symbols, 10));
        for _ in 0..100 {
            assert_eq!(flows[0].next(5), flows[1].next(5));
        }
    }
}
