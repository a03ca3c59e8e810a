//! The cross price against a search that tries every price and follows the rules word by word.
//!
//! `OPENBELL_CROSS_BOOKS` sets the number of random books (default 50,000).

use protocol::Price;

use super::price::{Criterion, CrossPrice, Imbalance, Interest, find};
use crate::rules::Random;

/// One price under trial.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Trial {
    price: u32,
    demand: u64,
    supply: u64,
}

impl Trial {
    fn paired(&self) -> u64 {
        if self.demand < self.supply { self.demand } else { self.supply }
    }

    fn imbalance(&self) -> u64 {
        self.supply.abs_diff(self.demand)
    }

    /// An order with exactly this price, on the side with more shares, is not executed whole.
    fn leaves_an_entered_order(&self, buys: &[Interest], sells: &[Interest]) -> bool {
        let side = if self.supply < self.demand {
            buys
        } else if self.demand < self.supply {
            sells
        } else {
            return false;
        };
        side.iter().any(|order| order.entered && order.limit.ten_thousandths() == self.price)
    }
}

/// Tries every price up to `highest`, one criterion after the other.
fn search(
    buys: &[Interest],
    sells: &[Interest],
    reference: Option<u32>,
    highest: u32,
) -> Option<CrossPrice> {
    let mut left = Vec::new();
    for price in 1..=highest {
        let mut trial = Trial { price, demand: 0, supply: 0 };
        for buy in buys {
            if price <= buy.limit.ten_thousandths() {
                trial.demand += buy.shares;
            }
        }
        for sell in sells {
            if sell.limit.ten_thousandths() <= price {
                trial.supply += sell.shares;
            }
        }
        left.push(trial);
    }
    let most = left.iter().map(Trial::paired).max().unwrap_or(0);
    if most == 0 {
        return None;
    }
    left.retain(|trial| trial.paired() == most);
    if left.len() == 1 {
        return Some(result(left[0], Criterion::Paired));
    }
    let least = left.iter().map(Trial::imbalance).min().unwrap_or(0);
    left.retain(|trial| trial.imbalance() == least);
    if left.len() == 1 {
        return Some(result(left[0], Criterion::Imbalance));
    }
    let leaving: Vec<Trial> =
        left.iter().copied().filter(|trial| trial.leaves_an_entered_order(buys, sells)).collect();
    if leaving.len() == 1 {
        return Some(result(leaving[0], Criterion::Unexecuted));
    }
    if !leaving.is_empty() {
        left = leaving;
    }
    let Some(reference) = reference else {
        return Some(result(left[0], Criterion::Lowest));
    };
    let distance = |trial: &Trial| i64::from(trial.price).abs_diff(i64::from(reference));
    let nearest = left.iter().map(distance).min().unwrap_or(0);
    left.retain(|trial| distance(trial) == nearest);
    let criterion = if left.len() == 1 { Criterion::Reference } else { Criterion::Lowest };
    Some(result(left[0], criterion))
}

fn result(trial: Trial, criterion: Criterion) -> CrossPrice {
    CrossPrice {
        price: Price::new(trial.price),
        paired: trial.paired(),
        imbalance: match (trial.demand, trial.supply) {
            (demand, supply) if supply < demand => Imbalance::Buy(demand - supply),
            (demand, supply) if demand < supply => Imbalance::Sell(supply - demand),
            _ => Imbalance::None,
        },
        criterion,
    }
}

/// A few orders around the middle of a few prices; one in five is a market order.
fn side(random: &mut Random, highest: u32, buys: bool) -> Vec<Interest> {
    let count = random.below(7);
    let order = |random: &mut Random| {
        let shares = u64::from(1 + random.below(5));
        if random.below(5) == 0 {
            let limit = if buys { Price::new(highest) } else { Price::new(1) };
            return Interest { limit, shares, entered: false };
        }
        Interest { limit: Price::new(1 + random.below(highest)), shares, entered: true }
    };
    (0..count).map(|_| order(random)).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the size of a test run is no part of the engine")]
fn the_cross_price_is_the_one_of_an_exhaustive_search() {
    let books = std::env::var("OPENBELL_CROSS_BOOKS")
        .map_or(50_000, |text| text.parse().expect("OPENBELL_CROSS_BOOKS is a number of books"));
    let seed = 20_261_125;
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let mut decided = [0_u64; 5];
    for book in 0..books {
        let highest = 4 + random.below(20);
        let buys = side(&mut random, highest, true);
        let sells = side(&mut random, highest, false);
        let reference = (0 < random.below(8)).then(|| 1 + random.below(highest + 4));
        let expected = search(&buys, &sells, reference, highest);
        let found = find(&buys, &sells, reference.map(Price::new));
        assert_eq!(found, expected, "book {book}: {buys:?} against {sells:?}, {reference:?}");
        if let Some(found) = found {
            decided[found.criterion as usize] += 1;
        }
    }
    println!("{books} books, decided by A, B, C, D and the lowest price: {decided:?}");
    assert!(decided.iter().all(|count| books / 1_000 <= *count), "{decided:?}");
}
