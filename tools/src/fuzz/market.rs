//! What holds over all accounts: numbers of the venue are given once, and a trade has two sides.
//!
//! Memory is bounded: of numbers long ago nothing is known any more, and nothing is said about them.

use std::collections::{HashMap, HashSet};

use super::finding::{Checked, demand};
use super::rules::Rule;

/// Numbers remembered for certain; up to twice as many are.
const REMEMBERED: usize = 250_000;

/// One side of an execution.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Side {
    pub(super) buys: bool,
    pub(super) quantity: u32,
    pub(super) price: u64,
    pub(super) symbol: [u8; 8],
}

/// What the accounts have seen together.
#[derive(Debug)]
pub(super) struct Market {
    references: Recent,
    /// Executions of which both sides were seen.
    paired: Recent,
    single: HashMap<u64, Side>,
    /// Executions of which one side is an order of which nothing is known.
    foreign: Recent,
    /// Executions since the feed was compared, each by the side heard first.
    recent: Vec<(u64, Side)>,
    /// Nobody else trades: every execution has both its sides here.
    alone: bool,
    pub(super) trades: u64,
}

impl Market {
    pub(super) fn new(alone: bool) -> Self {
        Self {
            references: Recent::default(),
            paired: Recent::default(),
            single: HashMap::new(),
            foreign: Recent::default(),
            recent: Vec::new(),
            alone,
            trades: 0,
        }
    }

    /// Takes an order reference number that must be new.
    pub(super) fn reference(&mut self, reference: u64) -> Checked {
        demand(self.references.insert(reference), Rule::ReferenceTwice, || {
            format!("order reference number {reference} was given before")
        })
    }

    /// Takes one side of an execution.
    pub(super) fn executed(&mut self, match_number: u64, side: Side) -> Checked {
        demand(!self.paired.contains(match_number), Rule::MatchThrice, || {
            format!("match number {match_number} has both its sides already")
        })?;
        if self.foreign.contains(match_number) {
            self.paired.insert(match_number);
            return Ok(());
        }
        let Some(other) = self.single.remove(&match_number) else {
            if self.single.len() == REMEMBERED {
                self.single.clear();
            }
            self.single.insert(match_number, side);
            self.recent.push((match_number, side));
            self.trades += 1;
            return Ok(());
        };
        let opposite = Side { buys: !other.buys, ..other };
        self.paired.insert(match_number);
        demand(side == opposite, Rule::SidesDiffer, || {
            format!("match number {match_number}: one side is {other:?}, the other {side:?}")
        })
    }

    /// Takes the side of an execution that is an order from before this run.
    pub(super) fn executed_before(&mut self, match_number: u64) {
        if self.single.remove(&match_number).is_some() {
            self.paired.insert(match_number);
        } else {
            self.foreign.insert(match_number);
        }
    }

    pub(super) fn recent(&self) -> &[(u64, Side)] {
        &self.recent
    }

    pub(super) fn forget_recent(&mut self) {
        self.recent.clear();
    }

    /// Tells whether an execution was seen, as far as anyone remembers.
    pub(super) fn knows(&self, match_number: u64) -> bool {
        self.paired.contains(match_number)
            || self.single.contains_key(&match_number)
            || self.paired.has_forgotten()
    }

    /// Checks, when everything was heard, that no execution has one side only.
    pub(super) fn check_pairs(&self) -> Checked {
        let single = self.single.iter().next().filter(|_| self.alone);
        demand(single.is_none(), Rule::OneSided, || {
            format!("an execution has only one side: {single:?}")
        })
    }
}

/// A set that forgets its oldest half.
#[derive(Debug, Default)]
struct Recent {
    newer: HashSet<u64>,
    older: HashSet<u64>,
}

impl Recent {
    fn contains(&self, number: u64) -> bool {
        self.newer.contains(&number) || self.older.contains(&number)
    }

    /// Adds a number; false when it is there already.
    fn insert(&mut self, number: u64) -> bool {
        if self.contains(number) {
            return false;
        }
        if self.newer.len() == REMEMBERED {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(number)
    }

    fn has_forgotten(&self) -> bool {
        !self.older.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUY: Side = Side { buys: true, quantity: 100, price: 10, symbol: *b"OPEN    " };
    const SELL: Side = Side { buys: false, ..BUY };

    fn rule(checked: Checked) -> Rule {
        checked.expect_err("a finding").rule
    }

    #[test]
    fn both_sides_of_a_trade_say_the_same() {
        let mut market = Market::new(true);
        assert_eq!(market.executed(1, BUY), Ok(()));
        assert_eq!(rule(market.check_pairs()), Rule::OneSided);
        assert_eq!(market.executed(1, SELL), Ok(()));
        assert_eq!(market.check_pairs(), Ok(()));
        assert_eq!(rule(market.executed(1, SELL)), Rule::MatchThrice);
        assert_eq!(market.executed(2, BUY), Ok(()));
        assert_eq!(rule(market.executed(2, Side { price: 11, ..SELL })), Rule::SidesDiffer);
        assert_eq!(market.executed(3, BUY), Ok(()));
        assert_eq!(rule(market.executed(3, BUY)), Rule::SidesDiffer);
    }

    #[test]
    fn an_order_from_before_is_the_other_side_of_its_executions() {
        let mut market = Market::new(true);
        market.executed_before(1);
        assert_eq!(market.executed(1, BUY), Ok(()));
        assert_eq!(market.executed(2, BUY), Ok(()));
        market.executed_before(2);
        assert_eq!(market.check_pairs(), Ok(()));
        assert_eq!(rule(market.executed(1, SELL)), Rule::MatchThrice);
        assert_eq!(rule(market.executed(2, SELL)), Rule::MatchThrice);
    }

    #[test]
    fn among_others_a_trade_may_have_one_side_here() {
        let mut market = Market::new(false);
        assert_eq!(market.executed(1, BUY), Ok(()));
        assert_eq!(market.check_pairs(), Ok(()));
    }

    #[test]
    fn a_reference_is_given_once() {
        let mut market = Market::new(false);
        assert_eq!(market.reference(9), Ok(()));
        assert_eq!(rule(market.reference(9)), Rule::ReferenceTwice);
    }
}
