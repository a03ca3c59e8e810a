//! Readiness: whether the venue takes orders, and if not, what stands in the way.
//!
//! A venue begins not ready. Each stage names its own reason and takes it away again; ready means that no
//! reason is left.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What can stand between a venue and its participants.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Obstacle {
    /// The process has not come so far as to open the log.
    Starting,
    /// The log is being replayed.
    Recovering,
    /// The operator's kill switch of the whole venue is engaged.
    Killed,
    /// The data folder is nearly full.
    DiskLow,
    /// The day is over, or the operator stops the venue.
    Stopping,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Starting => "starting",
            Self::Recovering => "recovering",
            Self::Killed => "kill switch",
            Self::DiskLow => "disk low",
            Self::Stopping => "stopping",
        })
    }
}

/// The reasons why the venue is not ready, shared between the stages that set them and those who ask.
#[derive(Debug)]
pub struct Readiness(Mutex<Vec<(Obstacle, String)>>);

/// Starts with [`Obstacle::Starting`] in the way.
impl Default for Readiness {
    fn default() -> Self {
        Self(Mutex::new(vec![(Obstacle::Starting, "reading the configuration".to_owned())]))
    }
}

impl Readiness {
    /// Puts an obstacle in the way, or says anew why it is there.
    pub fn block(&self, obstacle: Obstacle, why: impl Into<String>) {
        let mut reasons = self.lock();
        reasons.retain(|(other, _)| *other != obstacle);
        reasons.push((obstacle, why.into()));
        reasons.sort_by_key(|(obstacle, _)| *obstacle);
    }

    /// Takes an obstacle away; it need not be there.
    pub fn clear(&self, obstacle: Obstacle) {
        self.lock().retain(|(other, _)| *other != obstacle);
    }

    /// Tells whether nothing stands in the way.
    pub fn is_ready(&self) -> bool {
        self.lock().is_empty()
    }

    /// Lists what stands in the way as text: `recovering: replayed 12,000 of 40,000 records`.
    pub fn reasons(&self) -> Vec<String> {
        self.lock().iter().map(|(obstacle, why)| format!("{obstacle}: {why}")).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Obstacle, String)>> {
        // The list is whole after every statement, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a number with a comma after every three digits: `12,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_venue_is_ready_when_every_obstacle_is_gone() {
        let readiness = Readiness::default();
        assert_eq!(readiness.reasons(), ["starting: reading the configuration"]);
        readiness.block(Obstacle::Recovering, "replayed 1 of 2 records");
        readiness.clear(Obstacle::Starting);
        assert!(!readiness.is_ready());
        readiness.clear(Obstacle::Recovering);
        assert!(readiness.is_ready());
        assert_eq!(readiness.reasons(), [""; 0]);
    }

    #[test]
    fn an_obstacle_has_its_latest_reason_only() {
        let readiness = Readiness::default();
        readiness.block(Obstacle::Starting, "opening the log");
        readiness.block(Obstacle::Starting, "opening the ports");
        assert_eq!(readiness.reasons(), ["starting: opening the ports"]);
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_000, "12,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
