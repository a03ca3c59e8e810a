//! What a port or a firm may do, and how much of it.
//!
//! Both answer for an order: the tighter of the two counts, save for gross exposure, which each has for itself.

use protocol::enums::Side;
use protocol::ouch::reason::RejectReason;

use crate::command::{FirmId, PortId};

/// Limits in ten-thousandths of a dollar (notional) or shares (quantity); `u64::MAX` / `u32::MAX`: none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    pub max_quantity: u32,
    pub single_order_notional: u64,
    pub gross_exposure: u64,
    pub permissions: Permissions,
}

impl Limits {
    pub const NONE: Self = Self {
        max_quantity: u32::MAX,
        single_order_notional: u64::MAX,
        gross_exposure: u64::MAX,
        permissions: Permissions::ALL,
    };

    /// What both allow to one order; gross exposure, a sum over orders, is judged for each of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            max_quantity: self.max_quantity.min(other.max_quantity),
            single_order_notional: self.single_order_notional.min(other.single_order_notional),
            gross_exposure: self.gross_exposure.min(other.gross_exposure),
            permissions: self.permissions.and(other.permissions),
        }
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
