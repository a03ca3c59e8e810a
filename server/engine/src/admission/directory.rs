//! Symbols by name.
//!
//! A table of open addressing with a fixed mixing function: the same for every run, and never iterated.

use protocol::Symbol;

use crate::command::{Locate, SymbolDefined};

/// What admission must know of an instrument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing {
    pub(super) locate: Locate,
    pub(super) round_lot_size: u32,
    pub(super) round_lots_only: bool,
    /// Shares, 0 where it is unknown.
    pub(super) average_daily_volume: u64,
    /// Removed symbols keep their locate and take no orders.
    pub(super) listed: bool,
}

impl Listing {
    /// Tells whether a quantity may be entered under the symbol's lot rule.
    pub(super) fn allows_quantity(&self, quantity: u32) -> bool {
        !self.round_lots_only || quantity.is_multiple_of(self.round_lot_size)
    }
}

/// All instruments of the day, found by symbol in a probe or two and by locate in one step.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// By locate - 1.
    listings: Vec<(Symbol, Listing)>,
    /// A power of two of slots, at most half full, each 0 or a locate.
    slots: Vec<u16>,
}

impl Directory {
    /// Adds an instrument, or changes the one of the same locate.
    pub(super) fn define(&mut self, symbol: &SymbolDefined) {
        let listing = Listing {
            locate: symbol.locate,
            round_lot_size: symbol.round_lot_size,
            round_lots_only: symbol.round_lots_only,
            average_daily_volume: symbol.average_daily_volume,
            listed: true,
        };
        assert!(0 < symbol.locate.0, "locate 0 names no instrument");
        assert!(0 < symbol.round_lot_size, "the configuration refuses a round lot of 0");
        let index = usize::from(symbol.locate.0) - 1;
        match self.listings.get_mut(index) {
            Some(known) => {
                assert_eq!(known.0, symbol.symbol, "a locate keeps its symbol for the day");
                known.1 = listing;
            }
            None => {
                assert_eq!(index, self.listings.len(), "locates are given without gaps");
                self.listings.push((symbol.symbol, listing));
                self.index_all();
            }
        }
    }

    /// Marks an instrument as removed.
    pub(super) fn remove(&mut self, locate: Locate) {
        let (_, listing) = self
            .listings
            .get_mut(usize::from(locate.0) - 1)
            .expect("only a defined symbol is removed");
        listing.listed = false;
    }

    /// Finds a listed instrument.
    pub(super) fn find(&self, symbol: &Symbol) -> Option<&Listing> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = slot_of(symbol, mask);
        loop {
            let (found, listing) = match self.slots[at] {
                0 => return None,
                locate => &self.listings[usize::from(locate) - 1],
            };
            if found == symbol {
                return listing.listed.then_some(listing);
            }
            at = (at + 1) & mask;
        }
    }

    /// Gives the instrument of a locate that admission itself recorded.
    pub(super) fn listing(&self, locate: Locate) -> &Listing {
        &self.listings[usize::from(locate.0) - 1].1
    }

    /// Gives the symbol of a locate that was defined.
    pub(super) fn symbol(&self, locate: Locate) -> Symbol {
        self.listings[usize::from(locate.0) - 1].0
    }

    fn index_all(&mut self) {
        let size = (self.listings.len() * 2).next_power_of_two();
        self.slots.clear();
        self.slots.resize(size, 0);
        for (symbol, listing) in &self.listings {
            let mut at = slot_of(symbol, size - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = listing.locate.0;
        }
    }
}

/// Mixes a symbol's bytes into a slot number (Fibonacci hashing: the high bits of a product).
fn slot_of(symbol: &Symbol, mask: usize) -> usize {
    let mixed = symbol.key().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    usize::try_from(mixed).expect("32 bits fit a usize") & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(locate: u16, name: &str) -> SymbolDefined {
        SymbolDefined::common_stock(
            Locate(locate),
            Symbol::new(name).expect("a test symbol is valid"),
        )
    }

    #[test]
    fn every_listed_symbol_is_found_and_no_other() {
        let mut directory = Directory::default();
        assert!(directory.find(&Symbol::BLANK).is_none());
        for locate in 1..=5_000_u16 {
            directory.define(&defined(locate, &format!("S{locate}")));
        }
        for locate in 1..=5_000_u16 {
            let symbol = Symbol::new(&format!("S{locate}")).expect("a test symbol is valid");
            assert_eq!(directory.find(&symbol).map(|listing| listing.locate), Some(Locate(locate)));
        }
        assert!(directory.find(&Symbol::new("S5001").expect("a test symbol is valid")).is_none());
    }

    #[test]
    fn a_removed_symbol_is_not_found() {
        let mut directory = Directory::default();
        directory.define(&defined(1, "AAPL"));
        directory.remove(Locate(1));
        assert!(directory.find(&Symbol::new("AAPL").expect("a test symbol is valid")).is_none());
    }
}
