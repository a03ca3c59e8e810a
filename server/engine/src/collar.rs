//! The collar: how far beyond the opposite best price an order may trade at once.
//!
//! It stops market orders and immediate-or-cancel limits, whose price may lie far through the market.

use protocol::Price;
use protocol::enums::Side;

/// The least width of the collar: a quarter of a dollar.
const LEAST_WIDTH: u32 = 2_500;

/// The collar is one part in so many of the price wide (5 percent).
const PART: u32 = 20;

/// The worst price at which an order of `side` may trade when `best` is the opposite best at its arrival.
///
/// Never below one ten-thousandth of a dollar, and never above the largest limit price.
pub(crate) fn collar(side: Side, best: Price) -> Price {
    let best = best.ten_thousandths();
    let width = (best / PART).max(LEAST_WIDTH);
    if side.is_buy() {
        Price::new(best + width).min(Price::MAX)
    } else {
        Price::new(best.saturating_sub(width).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(best: u32, buy: u32, sell: u32) {
        assert_eq!(collar(Side::Buy, Price::new(best)), Price::new(buy), "buy against {best}");
        for side in [Side::Sell, Side::SellShort, Side::SellShortExempt] {
            assert_eq!(collar(side, Price::new(best)), Price::new(sell), "{side:?} against {best}");
        }
    }

    #[test]
    fn the_width_is_the_greater_of_a_quarter_and_five_percent() {
        check(10_000, 12_500, 7_500);
        check(50_000, 52_500, 47_500);
        check(50_019, 52_519, 47_519);
        check(50_020, 52_521, 47_519);
        check(1_000_000, 1_050_000, 950_000);
    }

    #[test]
    fn the_collar_stays_within_the_limit_prices() {
        check(1, 2_501, 1);
        check(2_501, 5_001, 1);
        check(1_999_999_900, 1_999_999_900, 1_899_999_905);
    }
}
