//! The crosses of the day as the operator sees them: price, shares, imbalance and what decided.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::cross::price::{Criterion, Imbalance};
use engine::event::CrossRecord;
use serde::Serialize;

/// How soon crosses are told in the venue's own log.
const CROSS_CHECK: Duration = Duration::from_secs(1);
/// Crosses that a status shows, the last ones.
const SHOWN: usize = 32;

/// Every cross of the day.
#[derive(Debug, Default)]
pub struct Crosses(Mutex<Vec<CrossRecord>>);

/// One cross, as it is shown.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ShownCross {
    pub symbol: String,
    /// `O` opening, `C` closing, `H` halt.
    pub cross: char,
    /// Dollars; none when nothing met.
    pub price: Option<String>,
    pub shares: u64,
    pub imbalance: u64,
    /// `B`, `S` or `N`.
    pub imbalance_side: char,
    /// The criterion that left one price: A to D, or L for the lowest.
    pub decided_by: Option<char>,
}

impl Crosses {
    /// Notes a cross.
    pub fn note(&self, record: CrossRecord) {
        self.held().push(record);
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.held().len()
    }

    /// The last crosses, the latest last.
    pub fn last(&self) -> Vec<ShownCross> {
        let held = self.held();
        held[held.len().saturating_sub(SHOWN)..].iter().map(ShownCross::from).collect()
    }

    /// Those behind the first `known`.
    pub fn since(&self, known: usize) -> Vec<ShownCross> {
        self.held()[known..].iter().map(ShownCross::from).collect()
    }

    fn held(&self) -> MutexGuard<'_, Vec<CrossRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells every cross behind the first `told` in the venue's own log, soon after it was held.
pub async fn tell(crosses: Arc<Crosses>, mut told: usize) {
    let mut every = tokio::time::interval(CROSS_CHECK);
    loop {
        every.tick().await;
        for cross in crosses.since(told) {
            told += 1;
            let price = cross.price.as_deref().unwrap_or("none");
            tracing::info!(
                symbol = cross.symbol,
                cross = %cross.cross,
                price,
                shares = cross.shares,
                imbalance = cross.imbalance,
                imbalance_side = %cross.imbalance_side,
                decided_by = cross.decided_by.map(String::from),
                "a cross was held"
            );
        }
    }
}

impl From<&CrossRecord> for ShownCross {
    fn from(record: &CrossRecord) -> Self {
        Self {
            symbol: record.symbol.to_string(),
            cross: char::from(record.cross_type.code()),
            price: record.price.map(|price| price.to_string()),
            shares: record.paired,
            imbalance: record.imbalance.shares(),
            imbalance_side: match record.imbalance {
                Imbalance::None => 'N',
                Imbalance::Buy(_) => 'B',
                Imbalance::Sell(_) => 'S',
            },
            decided_by: record.criterion.map(Criterion::letter),
        }
    }
}
