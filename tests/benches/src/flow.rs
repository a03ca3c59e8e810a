//! The flow of operations that every book is given: generated once from a seed, the same on every machine.
//!
//! The mid lies between ticks 9,999 and 10,000; bids rest at 9,500 to 9,999, asks at 10,000 to 10,499. An order
//! that rests lies within 10 ticks of the mid (half of them) or within 500, with 100 to 1,000 shares. A cancel
//! takes any open order with the same chance. An aggressive order reaches as far as the window and is sized to
//! hit some resting orders, the last one wholly or in part, so it never rests.

use crate::ladder::{Execution, Ladder};
use crate::random::Random;

const BEST_BID: u32 = 9_999;
const BEST_ASK: u32 = 10_000;
const LOWEST: u32 = 9_500;
const HIGHEST: u32 = 10_499;

/// What an operation does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// An order: it rests, or it was made to trade at once.
    Enter,
    Cancel,
}

/// One operation; of a cancel only the number and the symbol count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Operation {
    pub kind: Kind,
    pub is_buy: bool,
    /// From 0.
    pub symbol: u16,
    /// The order's, from 1 in the order of their entry.
    pub number: u32,
    pub tick: u32,
    pub shares: u32,
}

/// What is played.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub symbols: u32,
    /// Orders that rest before the first operation that is timed.
    pub resting: u32,
    pub operations: u32,
    /// Aggressive orders, in percent of the operations.
    pub aggressive: u32,
    /// Resting orders that an aggressive one hits, at least and at most.
    pub hits: (u32, u32),
    pub cancels: Cancels,
}

/// How many of the operations that are not aggressive cancel an order.
#[derive(Clone, Copy, Debug)]
pub enum Cancels {
    /// As many as keep the number of resting orders.
    Balanced,
    Percent(u32),
}

/// A scenario's operations, and what must come of them.
pub struct Flow {
    pub scenario: Scenario,
    /// The operations that fill the book.
    pub fill: Vec<Operation>,
    /// The operations that are timed.
    pub timed: Vec<Operation>,
    pub last_number: u32,
    pub tally: Tally,
    /// Orders that rest at the end.
    pub open: usize,
}

/// What traded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    pub trades: u64,
    pub shares: u64,
    /// In shares times ticks.
    pub notional: u64,
}

impl Tally {
    /// Counts one execution.
    #[inline]
    pub fn count(&mut self, shares: u32, tick: u32) {
        self.trades += 1;
        self.shares += u64::from(shares);
        self.notional += u64::from(shares) * u64::from(tick);
    }
}

impl Flow {
    /// Generates the operations of a scenario from a seed.
    pub fn generate(scenario: Scenario, seed: u64) -> Self {
        let mut generator = Generator::new(scenario, seed);
        let fill = (0..scenario.resting).map(|_| generator.fill()).collect();
        let timed = (0..scenario.operations).map(|_| generator.next()).collect();
        let Generator { next, tally, open, .. } = generator;
        Self { scenario, fill, timed, last_number: next - 1, tally, open: open.len() }
    }
}

struct Generator {
    scenario: Scenario,
    random: Random,
    ladder: Ladder,
    tally: Tally,
    /// Every open order, in no order; and where it stands there, by number.
    open: Vec<u32>,
    places: Vec<u32>,
    symbols: Vec<u16>,
    next: u32,
}

impl Generator {
    fn new(scenario: Scenario, seed: u64) -> Self {
        let numbers = scenario.resting + scenario.operations + 1;
        Self {
            scenario,
            random: Random::new(seed),
            ladder: Ladder::new(scenario.symbols, numbers),
            tally: Tally::default(),
            open: Vec::new(),
            places: vec![0; numbers as usize + 1],
            symbols: vec![0; numbers as usize + 1],
            next: 1,
        }
    }

    fn fill(&mut self) -> Operation {
        let (symbol, is_buy) = self.symbol_and_side();
        self.rest(symbol, is_buy)
    }

    fn next(&mut self) -> Operation {
        let is_aggressive = self.random.below(100) < self.scenario.aggressive;
        let cancels = !is_aggressive && self.cancels();
        let (symbol, is_buy) = self.symbol_and_side();
        if cancels {
            return self.cancel();
        }
        let hit = if is_aggressive { self.hit(symbol, is_buy) } else { None };
        match hit {
            Some(shares) => self.aggress(symbol, is_buy, shares),
            None => self.rest(symbol, is_buy),
        }
    }

    fn cancels(&mut self) -> bool {
        let enters = match self.scenario.cancels {
            Cancels::Percent(percent) => (100 - percent) * 10_000,
            Cancels::Balanced => {
                // A noisy coin, drawn towards the number of orders that shall rest.
                let missing = i64::from(self.scenario.resting)
                    - i64::try_from(self.open.len()).expect("fewer than 2^63 orders");
                let enters = (500_000 + missing * 500_000 / 200).clamp(0, 1_000_000);
                u32::try_from(enters).expect("at most a million")
            }
        };
        enters <= self.random.below(1_000_000) && !self.open.is_empty()
    }

    fn symbol_and_side(&mut self) -> (u16, bool) {
        let symbol = self.random.below(self.scenario.symbols);
        let is_buy = self.random.below(2) == 0;
        (u16::try_from(symbol).expect("a symbol has 16 bits"), is_buy)
    }

    /// Gives the shares that hit some resting orders; `None` when there is none.
    fn hit(&mut self, symbol: u16, is_buy: bool) -> Option<u32> {
        let (least, most) = self.scenario.hits;
        let count = least + self.random.below(most - least + 1);
        let shares = self.ladder.first_shares(u32::from(symbol), !is_buy, count as usize);
        let (last, wholly) = shares.split_last()?;
        let last = if self.random.below(2) == 0 { *last } else { 1 + self.random.below(*last) };
        Some(wholly.iter().sum::<u32>() + last)
    }

    fn aggress(&mut self, symbol: u16, is_buy: bool, shares: u32) -> Operation {
        let tick = if is_buy { HIGHEST } else { LOWEST };
        let (operation, gone) = self.enter(symbol, is_buy, tick, shares);
        for number in gone {
            let place = self.places[usize::try_from(number).expect("64 bits")];
            self.forget(place);
        }
        operation
    }

    fn rest(&mut self, symbol: u16, is_buy: bool) -> Operation {
        let reach = if self.random.below(2) == 0 { 10 } else { 500 };
        let distance = self.random.below(reach);
        let tick = if is_buy { BEST_BID - distance } else { BEST_ASK + distance };
        let shares = 100 * (1 + self.random.below(10));
        let (operation, _) = self.enter(symbol, is_buy, tick, shares);
        self.places[operation.number as usize] =
            u32::try_from(self.open.len()).expect("fewer than 2^32 orders");
        self.symbols[operation.number as usize] = symbol;
        self.open.push(operation.number);
        operation
    }

    /// Plays an order, and gives the numbers of the orders that are gone with it.
    fn enter(
        &mut self,
        symbol: u16,
        is_buy: bool,
        tick: u32,
        shares: u32,
    ) -> (Operation, Vec<u64>) {
        let number = self.next;
        self.next += 1;
        let (tally, mut gone) = (&mut self.tally, Vec::new());
        let executed = |execution: Execution| {
            tally.count(execution.shares, execution.tick);
            if execution.left == 0 {
                gone.push(execution.resting);
            }
        };
        self.ladder.enter(u32::from(symbol), u64::from(number), is_buy, tick, shares, executed);
        (Operation { kind: Kind::Enter, is_buy, symbol, number, tick, shares }, gone)
    }

    fn cancel(&mut self) -> Operation {
        let open = u32::try_from(self.open.len()).expect("fewer than 2^32 orders");
        let place = self.random.below(open);
        let number = self.open[place as usize];
        self.forget(place);
        assert!(self.ladder.cancel(u64::from(number)), "an open order is in the ladder");
        let symbol = self.symbols[number as usize];
        Operation { kind: Kind::Cancel, is_buy: false, symbol, number, tick: 0, shares: 0 }
    }

    fn forget(&mut self, place: u32) {
        self.open.swap_remove(place as usize);
        if let Some(moved) = self.open.get(place as usize) {
            self.places[*moved as usize] = place;
        }
    }
}
