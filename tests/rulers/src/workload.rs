//! The order flow of the matching rulers: the same operations from the same seed, for every engine.
//!
//! 1,000 prices around a middle that never moves. 10% of the operations take: each is sized to hit one to three
//! resting orders, the last of them wholly or in part, so it never rests. The others add (half of them within ten steps
//! of the best price) or cancel a live order drawn by chance, balanced so that the book keeps its size. The
//! generator keeps a book of its own, so it knows what an engine has to come to: see [`Tally`].

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

/// How large the books are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shape {
    pub name: &'static str,
    pub symbols: u32,
    /// Orders that rest, over all symbols.
    pub resting: u32,
}

/// The shapes of all published figures.
pub const SHAPES: [Shape; 3] = [
    Shape { name: "mixed-1", symbols: 1, resting: 50_000 },
    Shape { name: "mixed-1k", symbols: 1_000, resting: 1_000_000 },
    Shape { name: "deep", symbols: 1, resting: 1_000_000 },
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
    pub symbol: u32,
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
        Order { id, symbol, side, price, quantity }
    }

    /// The operation as 24 bytes: id (8), price, quantity, symbol (4 each), kind, side, two zeros; little-endian.
    pub fn bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..4].copy_from_slice(&self.id.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.price.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.quantity.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.symbol.to_le_bytes());
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
    pub symbols: u32,
    /// Adds that fill the books, before the time is taken.
    pub fill: Vec<Operation>,
    pub operations: Vec<Operation>,
    /// Ids are below this.
    pub ids: u32,
    pub tally: Tally,
}

impl Workload {
    /// Generates the workload of a shape.
    pub fn generate(shape: Shape, operations: u32, seed: u64) -> Self {
        let mut generator = Generator::new(shape, operations, seed);
        let fill = (0..shape.resting).map(|_| generator.fill()).collect();
        let operations = (0..operations).map(|_| generator.operation()).collect();
        let Generator { next, tally, .. } = generator;
        Self { symbols: shape.symbols, fill, operations, ids: next, tally }
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
    books: Vec<(u32, Side)>,
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
            ladder: Ladder::new(shape.symbols as usize, ids),
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
        let takes = self.random.below(100) < 10;
        let adds = takes || self.adds();
        let (symbol, side) = self.book();
        if takes && let Some(take) = self.take(symbol, side) {
            return take;
        }
        if adds { self.add(symbol, side) } else { self.cancel() }
    }

    /// Tosses a coin that is heavier on the side that brings the book back to its size.
    fn adds(&mut self) -> bool {
        let live = i64::try_from(self.live.len()).expect("orders are few");
        let missing = i64::from(self.shape.resting) - live;
        let chance = (500_000 + missing * 500_000 / 200).clamp(0, 1_000_000);
        i64::from(self.random.below(1_000_000)) < chance || self.live.is_empty()
    }

    fn book(&mut self) -> (u32, Side) {
        let symbol = self.random.below(self.shape.symbols);
        (symbol, if self.random.coin() { Side::Buy } else { Side::Sell })
    }

    fn add(&mut self, symbol: u32, side: Side) -> Operation {
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

    /// Takes from one to three orders, or does nothing where none rests.
    fn take(&mut self, symbol: u32, side: Side) -> Option<Operation> {
        let count = 1 + self.random.below(3) as usize;
        let mut hit: Vec<u32> =
            self.ladder.quantities(symbol, side.opposite()).take(count).collect();
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

    const SMALL: Shape = Shape { name: "small", symbols: 3, resting: 200 };

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
        let filled = resting - 200;
        assert!(0 < filled && u64::try_from(filled).expect("positive") <= workload.tally.trades);
    }
}
