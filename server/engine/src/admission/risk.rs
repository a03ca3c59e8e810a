//! Pre-trade risk: limits of the port and of its firm, checked before the log.
//!
//! Quantity and notional are judged from the message alone; gross exposure also from what the port and the
//! firm have reserved.

use protocol::ouch::RejectReason;

use super::exposure::{Exposure, Fit};
use crate::command::{Limits, Locate, OrderPrice};

/// Limits and exposure of the two that answer for an order.
pub(super) struct Accounts<'a> {
    pub(super) market_orders: bool,
    /// What both allow to one order.
    pub(super) allowed: &'a Limits,
    /// Instruments that each may not enter orders in, rising.
    pub(super) restricted: [&'a [Locate]; 2],
    pub(super) port: (&'a Limits, &'a Exposure),
    pub(super) firm: (&'a Limits, &'a Exposure),
    /// The last sequence whose outcomes were folded in.
    pub(super) applied: u64,
}

/// What an order or a replacement asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) locate: Locate,
    /// Of the instrument, in shares; 0 where it is unknown.
    pub(super) average_daily_volume: u64,
    pub(super) intermarket_sweep: bool,
    pub(super) quantity: u32,
    pub(super) price: OrderPrice,
}

/// What risk says of a reservation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reservation {
    Granted(u64),
    Refused(RejectReason),
    /// It depends on what is in flight.
    Undecided,
}

impl Accounts<'_> {
    /// Checks what the message alone decides: symbol, permissions, quantity, single-order notional.
    pub(super) fn check_message(&self, asked: &Asked) -> Result<(), RejectReason> {
        let &Asked { locate, average_daily_volume, intermarket_sweep, quantity, price } = asked;
        let is_restricted = |list: &[Locate]| list.binary_search(&locate).is_ok();
        if self.restricted.into_iter().any(is_restricted) {
            return Err(RejectReason::RiskRestrictedStock);
        }
        if intermarket_sweep && !self.allowed.permissions.intermarket_sweeps {
            return Err(RejectReason::RiskIsoNotAllowed);
        }
        if matches!(price, OrderPrice::Market { .. }) && !self.market_orders {
            return Err(RejectReason::RiskMarketOrderNotAllowed);
        }
        if self.allowed.max_quantity < quantity {
            return Err(RejectReason::RiskMaxQuantityExceeded);
        }
        let daily = u128::from(average_daily_volume) * u128::from(self.allowed.daily_volume_bp);
        if self.allowed.daily_volume_bp != u32::MAX
            && 0 < average_daily_volume
            && daily < u128::from(quantity) * 10_000
        {
            return Err(RejectReason::RiskExceedsAdvLimit);
        }
        match price {
            OrderPrice::Limit(_)
                if self.allowed.single_order_notional < notional(quantity, price, u64::MAX) =>
            {
                Err(RejectReason::RiskSingleOrderNotionalExceeded)
            }
            _ => Ok(()),
        }
    }

    /// Judges the reservation for a new order: all of it or nothing.
    pub(super) fn reserve(&self, quantity: u32, price: OrderPrice) -> Reservation {
        // A market order reserves the most that one order may come to.
        let wanted = notional(quantity, price, self.allowed.single_order_notional);
        match self.judge(wanted) {
            Fit::Yes => Reservation::Granted(wanted),
            Fit::No => Reservation::Refused(RejectReason::RiskAggregateExposureExceeded),
            Fit::Undecided => Reservation::Undecided,
        }
    }

    /// Judges the reservation for a replacement: as much of it as there is room for.
    ///
    /// Only the shard knows what the original gives back; it refuses when both together are not enough.
    pub(super) fn reserve_for_replacement(&self, quantity: u32, price: OrderPrice) -> Reservation {
        let wanted = notional(quantity, price, self.allowed.single_order_notional);
        if self.judge(wanted) == Fit::Yes {
            return Reservation::Granted(wanted);
        }
        let settled = |(limits, exposure): (&Limits, &Exposure)| {
            exposure.judge(wanted, limits.gross_exposure, self.applied) == Fit::Yes
                || exposure.is_settled(self.applied)
        };
        if settled(self.port) && settled(self.firm) {
            let headroom =
                |(limits, exposure): (&Limits, &Exposure)| exposure.headroom(limits.gross_exposure);
            Reservation::Granted(wanted.min(headroom(self.port)).min(headroom(self.firm)))
        } else {
            Reservation::Undecided
        }
    }

    fn judge(&self, wanted: u64) -> Fit {
        let judge = |(limits, exposure): (&Limits, &Exposure)| {
            exposure.judge(wanted, limits.gross_exposure, self.applied)
        };
        match (judge(self.port), judge(self.firm)) {
            (Fit::Yes, Fit::Yes) => Fit::Yes,
            (Fit::No, _) | (_, Fit::No) => Fit::No,
            _ => Fit::Undecided,
        }
    }
}

/// Notional in ten-thousandths of a dollar; a market order counts as `market`.
fn notional(quantity: u32, price: OrderPrice, market: u64) -> u64 {
    match price {
        OrderPrice::Limit(limit) => u64::from(quantity) * u64::from(limit.ten_thousandths()),
        OrderPrice::Market { .. } => market,
    }
}
