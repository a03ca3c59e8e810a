//! The flow of operations that every book is given: generated once from a seed, the same on every machine.
//!
//! 1,000 prices around a middle that never moves. Some operations take: each is sized to hit a few resting orders, the
//! last of them wholly or in part, so it never rests. The others add (half of them within ten steps of the best price)
//! or cancel a live order drawn by chance. The generator keeps a book of its own, so it knows what an engine has to
//! come to: see [`Tally`].

use std::collections::VecDeque;

use crate::ladder::{Fill, HIGHEST_PRICE, LOWEST_PRICE, Ladder, Order, Side};
use crate::random::Random;

/// The seed of all published figures.
pub const SEED: u64 = 42;
/// Timed operations of all published figures.
pub const OPERATIONS: u32 = 5_000_000;

const BEST_BID: u32 = 9_999;
const BEST_ASK: u32 = 10_000;
/// No place among the live orders.
const NOWHERE: u32 = u32::MAX;

/// How large the books are, and what is done to them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shape {
    pub name: &'static str,
    pub symbols: u16,
    /// Orders that rest before the time is taken, over all symbols.
    pub resting: u32,
    /// Operations that take, in percent.
    pub takes: u32,
    /// Resting orders that one of them hits, at least and at most.
    pub hits: (u32, u32),
    pub cancels: Cancels,
}

/// How many of the operations that do not take cancel an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cancels {
    /// As many as keep the number of resting orders.
    Balanced,
    Percent(u32),
}

/// The shape of most figures: one small book, 45% adds, 45% cancels, 10% takes.
pub const MIXED: Shape = Shape {
    name: "mixed-1",
    symbols: 1,
    resting: 50_000,
    takes: 10,
    hits: (1, 3),
    cancels: Cancels::Balanced,
};

/// The shapes of all published figures.
pub const SHAPES: [Shape; 3] = [
    MIXED,
    Shape { name: "mixed-1k", symbols: 1_000, resting: 1_000_000, ..MIXED },
    Shape { name: "deep", resting: 1_000_000, ..MIXED },
];

/// What an operation is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Kind {
    Add = 0,
    Cancel = 1,
    Take = 2,
}

/// One thing to do. A cancel names price, side and open quantity of the order as it is then.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// From 1 on, in the order in which orders come.
    pub id: u32,
    /// From 0 on.
    pub symbol: u16,
    /// In steps: [`LOWEST_PRICE`] to [`HIGHEST_PRICE`].
    pub price: u32,
    pub quantity: u32,
    pub kind: Kind,
    pub side: Side,
}

impl Operation {
    /// The operation as an order to enter; a cancel is none.
    #[inline]
    pub fn order(&self) -> Order {
        let &Self { id, symbol, price, quantity, side, .. } = self;
        Order { id, symbol: symbol.into(), side, price, quantity }
    }

    /// The operation as 24 bytes: id (8), price, quantity, symbol (4 each), kind, side, two zeros; little-endian.
    pub fn bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..4].copy_from_slice(&self.id.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.price.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.quantity.to_le_bytes());
        bytes[16..18].copy_from_slice(&self.symbol.to_le_bytes());
        bytes[20..22].copy_from_slice(&[self.kind as u8, self.side as u8]);
        bytes
    }
}

/// What all trades of a run came to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    pub trades: u64,
    pub volume: u64,
    /// Sum of price times quantity.
    pub notional: u64,
}

impl Tally {
    /// Counts a trade.
    #[inline]
    pub fn trade(&mut self, price: u32, quantity: u32) {
        self.trades += 1;
        self.volume += u64::from(quantity);
        self.notional += u64::from(price) * u64::from(quantity);
    }
}

/// Operations and what they come to.
#[derive(Clone, Debug)]
pub struct Workload {
    pub shape: Shape,
    /// Adds that fill the books, before the time is taken.
    pub fill: Vec<Operation>,
    pub operations: Vec<Operation>,
    /// Ids are below this.
    pub ids: u32,
    pub tally: Tally,
    /// Orders that rest at the end.
    pub open: usize,
}

impl Workload {
    /// Generates the workload of a shape.
    pub fn generate(shape: Shape, operations: u32, seed: u64) -> Self {
        let mut generator = Generator::new(shape, operations, seed);
        let fill = (0..shape.resting).map(|_| generator.fill()).collect();
        let operations = (0..operations).map(|_| generator.operation()).collect();
        let Generator { next, tally, live, .. } = generator;
        Self { shape, fill, operations, ids: next, tally, open: live.len() }
    }

    /// A number that two workloads share only when all their operations are the same (FNV-1a).
    pub fn digest(&self) -> u64 {
        let bytes = self.fill.iter().chain(&self.operations).flat_map(Operation::bytes);
        bytes.fold(0xCBF2_9CE4_8422_2325, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        })
    }
}

struct Generator {
    random: Random,
    shape: Shape,
    ladder: Ladder,
    next: u32,
    /// Ids of the orders that rest, in no order.
    live: Vec<u32>,
    /// For each id its place in `live`.
    places: Vec<u32>,
    /// For each id its symbol and side.
    books: Vec<(u16, Side)>,
    tally: Tally,
    /// Orders that the last operation filled.
    filled: VecDeque<u32>,
}

impl Generator {
    fn new(shape: Shape, operations: u32, seed: u64) -> Self {
        let ids = (shape.resting + operations + 1) as usize;
        Self {
            random: Random::new(seed),
            shape,
            ladder: Ladder::new(shape.symbols.into(), ids),
            next: 1,
            live: Vec::with_capacity(shape.resting as usize * 2),
            places: vec![NOWHERE; ids],
            books: vec![(0, Side::Buy); ids],
            tally: Tally::default(),
            filled: VecDeque::new(),
        }
    }

    fn fill(&mut self) -> Operation {
        let (symbol, side) = self.book();
        self.add(symbol, side)
    }

    fn operation(&mut self) -> Operation {
        let takes = self.random.below(100) < self.shape.takes;
        let adds = takes || self.adds();
        let (symbol, side) = self.book();
        if takes && let Some(take) = self.take(symbol, side) {
            return take;
        }
        if adds { self.add(symbol, side) } else { self.cancel() }
    }

    /// Tosses a coin that is heavier on one side, where orders are balanced on that which brings the book back to its size.
    fn adds(&mut self) -> bool {
        let chance = match self.shape.cancels {
            Cancels::Percent(percent) => i64::from(100 - percent) * 10_000,
            Cancels::Balanced => {
                let missing = i64::from(self.shape.resting) - i64::from(self.live_count());
                (500_000 + missing * 500_000 / 200).clamp(0, 1_000_000)
            }
        };
        i64::from(self.random.below(1_000_000)) < chance || self.live.is_empty()
    }

    fn book(&mut self) -> (u16, Side) {
        let symbol = self.random.below(self.shape.symbols.into());
        let symbol = u16::try_from(symbol).expect("a symbol has 16 bits");
        (symbol, if self.random.coin() { Side::Buy } else { Side::Sell })
    }

    fn add(&mut self, symbol: u16, side: Side) -> Operation {
        let near = self.random.coin();
        let away = self.random.below(if near { 10 } else { 500 });
        let price = if side == Side::Buy { BEST_BID - away } else { BEST_ASK + away };
        let quantity = 100 * (1 + self.random.below(10));
        let id = self.new_id();
        self.places[id as usize] = self.live_count();
        self.books[id as usize] = (symbol, side);
        self.live.push(id);
        self.enter(Operation { id, symbol, price, quantity, kind: Kind::Add, side })
    }

    /// Takes from a few orders, or does nothing where none rests.
    fn take(&mut self, symbol: u16, side: Side) -> Option<Operation> {
        let (least, most) = self.shape.hits;
        let count = least + self.random.below(most - least + 1);
        let resting = self.ladder.quantities(symbol.into(), side.opposite());
        let mut hit: Vec<u32> = resting.take(count as usize).collect();
        let last = hit.pop()?;
        let of_last = if self.random.coin() { last } else { 1 + self.random.below(last) };
        let quantity = hit.iter().sum::<u32>() + of_last;
        let price = if side == Side::Buy { HIGHEST_PRICE } else { LOWEST_PRICE };
        let id = self.new_id();
        let take = self.enter(Operation { id, symbol, price, quantity, kind: Kind::Take, side });
        while let Some(id) = self.filled.pop_front() {
            self.forget(self.places[id as usize]);
        }
        Some(take)
    }

    fn cancel(&mut self) -> Operation {
        let place = self.random.below(self.live_count());
        let id = self.forget(place);
        let (symbol, side) = self.books[id as usize];
        let (price, quantity) = self.ladder.order(id).expect("a live order rests");
        self.ladder.cancel(id).expect("a live order rests");
        Operation { id, symbol, price, quantity, kind: Kind::Cancel, side }
    }

    fn enter(&mut self, operation: Operation) -> Operation {
        let Self { ladder, tally, filled, .. } = self;
        ladder.enter(operation.order(), |Fill { maker, price, quantity, left }| {
            tally.trade(price, quantity);
            if left == 0 {
                filled.push_back(maker);
            }
        });
        operation
    }

    /// Takes an order off the live ones.
    fn forget(&mut self, place: u32) -> u32 {
        let id = self.live.swap_remove(place as usize);
        if let Some(&moved) = self.live.get(place as usize) {
            self.places[moved as usize] = place;
        }
        id
    }

    fn new_id(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn live_count(&self) -> u32 {
        u32::try_from(self.live.len()).expect("orders are few")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Shape = Shape { name: "small", symbols: 3, resting: 200, ..MIXED };

    #[test]
    fn the_same_seed_is_the_same_flow_on_every_machine() {
        let workload = Workload::generate(SMALL, 5_000, SEED);
        assert_eq!(workload.digest(), 0x22E7_1B85_AFF7_F07A);
        let tally = Tally { trades: 952, volume: 383_778, notional: 3_837_538_655 };
        assert_eq!(workload.tally, tally);
        assert_ne!(Workload::generate(SMALL, 5_000, SEED + 1).digest(), workload.digest());
    }

    #[test]
    fn the_flow_has_its_shares_and_keeps_the_book_at_its_size() {
        let workload = Workload::generate(SMALL, 20_000, 7);
        let count = |kind| workload.operations.iter().filter(|each| each.kind == kind).count();
        assert!((1_800..2_200).contains(&count(Kind::Take)));
        assert!((10_000..11_000).contains(&count(Kind::Add)));
        let resting: i64 = i64::from(SMALL.resting) + i64::try_from(count(Kind::Add)).expect("few")
            - i64::try_from(count(Kind::Cancel)).expect("few");
        let filled = resting - i64::try_from(workload.open).expect("few");
        assert!(0 < filled && u64::try_from(filled).expect("positive") <= workload.tally.trades);
        assert!((150..=210).contains(&workload.open), "{} rest", workload.open);
    }

    #[test]
    fn a_flow_may_cancel_more_than_it_adds_and_take_more_at_once() {
        let shape = Shape { takes: 0, cancels: Cancels::Percent(95), ..SMALL };
        let workload = Workload::generate(shape, 2_000, 7);
        assert_eq!(workload.tally, Tally::default());
        assert!(workload.open < 10, "{} are left", workload.open);
        let shape = Shape { resting: 20_000, hits: (9, 29), ..SMALL };
        let Tally { trades, .. } = Workload::generate(shape, 2_000, 7).tally;
        assert!((180 * 18..220 * 20).contains(&trades), "{trades} trades");
    }
}
