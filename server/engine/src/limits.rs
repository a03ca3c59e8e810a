//! What a port or a firm may do, and how much of it.
//!
//! Both answer for an order: the tighter of the two counts, save for gross exposure, which each has for itself.

use protocol::Price;
use protocol::enums::Side;
use protocol::ouch::reason::RejectReason;

use crate::command::{FirmId, PortId};

/// Limits in ten-thousandths of a dollar, shares, or basis points (hundredths of a percent, `_bp`); the largest
/// number of their type: none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    pub max_quantity: u32,
    pub single_order_notional: u64,
    pub gross_exposure: u64,
    /// How far an order's limit may be beyond the reference price.
    pub fat_finger: u32,
    pub fat_finger_bp: u32,
    /// How far beyond the last sale an order may trade at once.
    pub market_impact_bp: u32,
    /// How much of the instrument's average daily volume one order may be.
    pub daily_volume_bp: u32,
    /// Orders and replacements of one port in a second, in a row as many.
    pub messages_per_second: u32,
    /// The same in one instrument.
    pub symbol_messages_per_second: u32,
    /// For so long the same order of a port is not taken again; 0: no limit.
    pub duplicate_window_ms: u32,
    pub permissions: Permissions,
}

impl Limits {
    pub const NONE: Self = Self {
        max_quantity: u32::MAX,
        single_order_notional: u64::MAX,
        gross_exposure: u64::MAX,
        fat_finger: u32::MAX,
        fat_finger_bp: u32::MAX,
        market_impact_bp: u32::MAX,
        daily_volume_bp: u32::MAX,
        messages_per_second: u32::MAX,
        symbol_messages_per_second: u32::MAX,
        duplicate_window_ms: 0,
        permissions: Permissions::ALL,
    };

    /// What both allow to one order; gross exposure, a sum over orders, is judged for each of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            max_quantity: self.max_quantity.min(other.max_quantity),
            single_order_notional: self.single_order_notional.min(other.single_order_notional),
            gross_exposure: self.gross_exposure.min(other.gross_exposure),
            fat_finger: self.fat_finger.min(other.fat_finger),
            fat_finger_bp: self.fat_finger_bp.min(other.fat_finger_bp),
            market_impact_bp: self.market_impact_bp.min(other.market_impact_bp),
            daily_volume_bp: self.daily_volume_bp.min(other.daily_volume_bp),
            messages_per_second: self.messages_per_second.min(other.messages_per_second),
            symbol_messages_per_second: self
                .symbol_messages_per_second
                .min(other.symbol_messages_per_second),
            duplicate_window_ms: self.duplicate_window_ms.max(other.duplicate_window_ms),
            permissions: self.permissions.and(other.permissions),
        }
    }
}

/// The prices that an order may reach: so far beyond a reference and no further.
///
/// Away from the reference on its own side an order may be as far as it likes: it harms nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    side: Side,
    furthest: Price,
}

impl Reach {
    /// Reaches the smaller of two widths beyond `reference`; a width in parts rounds down.
    pub(crate) fn beyond(reference: Price, side: Side, width: u32, width_bp: u32) -> Self {
        let part = u64::from(reference.ten_thousandths()) * u64::from(width_bp) / 10_000;
        let width = match u32::try_from(part) {
            Ok(part) if width_bp != u32::MAX => part.min(width),
            _ => width,
        };
        let reference = reference.ten_thousandths();
        let furthest = if side.is_buy() {
            reference.saturating_add(width)
        } else {
            reference.saturating_sub(width)
        };
        Self { side, furthest: Price::new(furthest) }
    }

    pub(crate) fn allows(self, price: Price) -> bool {
        if self.side.is_buy() { price <= self.furthest } else { self.furthest <= price }
    }
}

/// What may be done at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Permissions {
    /// Sell short (`T`).
    pub short_sales: bool,
    /// Sell short exempt (`E`).
    pub short_sales_exempt: bool,
    /// Sell short (`T`) without shares located.
    pub short_sales_unlocated: bool,
    /// The intermarket sweep flag.
    pub intermarket_sweeps: bool,
}

impl Permissions {
    pub const ALL: Self = Self {
        short_sales: true,
        short_sales_exempt: true,
        short_sales_unlocated: true,
        intermarket_sweeps: true,
    };

    /// Checks the side of an order; `located`: it says that shares are located.
    pub(crate) fn check_side(&self, side: Side, located: bool) -> Result<(), RejectReason> {
        match side {
            Side::Buy | Side::Sell => Ok(()),
            Side::SellShort if !self.short_sales => Err(RejectReason::RiskShortSellNotAllowed),
            Side::SellShort if !located && !self.short_sales_unlocated => {
                Err(RejectReason::RiskLocateRequired)
            }
            Side::SellShortExempt if !self.short_sales_exempt => {
                Err(RejectReason::RiskShortSellExemptNotAllowed)
            }
            Side::SellShort | Side::SellShortExempt => Ok(()),
        }
    }

    /// What both permit.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            short_sales: self.short_sales && other.short_sales,
            short_sales_exempt: self.short_sales_exempt && other.short_sales_exempt,
            short_sales_unlocated: self.short_sales_unlocated && other.short_sales_unlocated,
            intermarket_sweeps: self.intermarket_sweeps && other.intermarket_sweeps,
        }
    }
}

/// Whom a limit binds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Member {
    Firm(FirmId),
    Port(PortId),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(side: Side, reference: u32, width: u32, width_bp: u32) -> u32 {
        Reach::beyond(Price::new(reference), side, width, width_bp).furthest.ten_thousandths()
    }

    #[test]
    fn the_smaller_width_counts_and_parts_round_down() {
        assert_eq!(reach(Side::Buy, 100_000, 2_000, 100), 101_000);
        assert_eq!(reach(Side::Buy, 100_000, 500, 100), 100_500);
        assert_eq!(reach(Side::SellShort, 100_000, u32::MAX, 100), 99_000);
        assert_eq!(reach(Side::Buy, 99, u32::MAX, 100), 99);
    }

    #[test]
    fn no_width_reaches_everywhere() {
        assert_eq!(reach(Side::Buy, 1, u32::MAX, u32::MAX), u32::MAX);
        assert_eq!(reach(Side::Sell, 2_000_000, u32::MAX, u32::MAX), 0);
        assert_eq!(reach(Side::Sell, 2_000_000, u32::MAX, 20_000), 0);
    }
}
