//! Pre-trade risk: the limits of a port and of its firm.
//!
//! Exposure is the notional of all executions of the day and of all that is open. No order may lift it above
//! the limit of its port or of its firm.

use engine::command::{Limits, Locate, Member, Permissions};
use protocol::enums::Side;
use protocol::ouch::reason::RejectReason;

use super::appendage::{Elements, SHARES_LOCATED};
use super::checks::{MAX_LIMIT, is_market, refuse_if};
use super::{Model, Order};

impl Model {
    /// Checks the permissions and limits that concern one order alone.
    pub(super) fn check_order_limits(
        &self,
        port: usize,
        locate: Locate,
        sweep: u8,
        quantity: u32,
        price: u64,
    ) -> Result<(), RejectReason> {
        let market = is_market(price);
        let limits = self.limits(port);
        let firm = self.setup.ports[port].firm;
        let members = [Member::Port(self.setup.ports[port].id), Member::Firm(firm)];
        refuse_if(
            members.iter().any(|member| self.restricted.contains(&(*member, locate))),
            RejectReason::RiskRestrictedStock,
        )?;
        refuse_if(
            sweep == b'Y' && limits.iter().any(|limits| !limits.permissions.intermarket_sweeps),
            RejectReason::RiskIsoNotAllowed,
        )?;
        refuse_if(
            market && !self.setup.ports[port].market_orders,
            RejectReason::RiskMarketOrderNotAllowed,
        )?;
        refuse_if(
            limits.iter().any(|limits| limits.max_quantity < quantity),
            RejectReason::RiskMaxQuantityExceeded,
        )?;
        let daily = u128::from(self.symbol(locate).average_daily_volume);
        refuse_if(
            limits.iter().any(|limits| {
                let share = percent(limits.daily_volume_bp);
                0 < daily
                    && share.is_some_and(|share| daily * share < 10_000 * u128::from(quantity))
            }),
            RejectReason::RiskExceedsAdvLimit,
        )?;
        let notional = u64::from(quantity) * price;
        refuse_if(
            !market && limits.iter().any(|limits| limits.single_order_notional < notional),
            RejectReason::RiskSingleOrderNotionalExceeded,
        )
    }

    /// Checks whether the port and its firm may sell short as the order does; a buy and a long sale always pass.
    pub(super) fn check_side(
        &self,
        port: usize,
        side: Side,
        elements: &Elements,
    ) -> Result<(), RejectReason> {
        let located = elements.find(SHARES_LOCATED).is_some_and(|element| element.code() == b'Y');
        let lacks = |permission: fn(Permissions) -> bool| {
            self.limits(port).iter().any(|limits| !permission(limits.permissions))
        };
        match side {
            Side::Buy | Side::Sell => Ok(()),
            Side::SellShort => {
                refuse_if(lacks(|may| may.short_sales), RejectReason::RiskShortSellNotAllowed)?;
                refuse_if(
                    !located && lacks(|may| may.short_sales_unlocated),
                    RejectReason::RiskLocateRequired,
                )
            }
            Side::SellShortExempt => refuse_if(
                lacks(|may| may.short_sales_exempt),
                RejectReason::RiskShortSellExemptNotAllowed,
            ),
        }
    }

    /// Checks an order's price against the market's: how far it reaches beyond, and how far it may trade at once.
    pub(super) fn check_price(&self, order: &Order, immediate: bool) -> Result<(), RejectReason> {
        let last_sale = self.instrument(order.locate).last_sale;
        let close = u64::from(self.symbol(order.locate).previous_close.ten_thousandths());
        let reference = last_sale.or((0 < close).then_some(close));
        for limits in self.limits(order.port) {
            let dollars = (limits.fat_finger != u32::MAX).then_some(u128::from(limits.fat_finger));
            if let (Some(limit), Some(reference)) = (order.limit, reference) {
                let part = percent(limits.fat_finger_bp).map(|bp| part(reference, bp));
                let too_far = dollars.into_iter().chain(part);
                refuse_if(
                    too_far.into_iter().any(|width| width < beyond(order.side, reference, limit)),
                    RejectReason::RiskFatFinger,
                )?;
            }
        }
        // A fat finger of either is told before the impact of the other.
        for limits in self.limits(order.port) {
            if let (Some(bp), Some(last_sale)) = (percent(limits.market_impact_bp), last_sale)
                && let Some(worst) = self.bound(order, immediate)
                && self.crosses(order)
            {
                refuse_if(
                    part(last_sale, bp) < beyond(order.side, last_sale, worst.min(MAX_LIMIT)),
                    RejectReason::RiskMarketImpact,
                )?;
            }
        }
        Ok(())
    }

    /// The limits of the port and of its firm; an order must keep both.
    pub(super) fn limits(&self, port: usize) -> [Limits; 2] {
        [self.setup.ports[port].limits, self.firm_of(port).limits]
    }

    /// The notional reserved for an order when it enters: a market order may need all that one order may.
    pub(super) fn reserved(&self, port: usize, quantity: u32, price: u64) -> u128 {
        u128::from(if is_market(price) {
            self.limits(port)
                .map(|limits| limits.single_order_notional)
                .into_iter()
                .min()
                .unwrap_or(0)
        } else {
            u64::from(quantity) * price
        })
    }

    /// Notional by which the exposure of the port may still grow.
    pub(super) fn headroom(&self, port: usize) -> u128 {
        let firm = self.setup.ports[port].firm;
        let firm_exposure = (0..self.ports.len())
            .filter(|&other| self.setup.ports[other].firm == firm)
            .map(|other| self.exposure(other))
            .sum();
        left(self.setup.ports[port].limits, self.exposure(port))
            .min(left(self.firm_of(port).limits, firm_exposure))
    }

    /// The most that a market order may cost, nothing while there is nothing to trade against.
    pub(super) fn worst_notional(&self, locate: Locate, side: Side, quantity: u32) -> u128 {
        let (Some(best), Some(collar)) =
            (self.best_opposite(locate, side), self.collar(locate, side))
        else {
            return 0;
        };
        // A sell costs most at the best price, a buy at the worst.
        let price = if side.is_buy() { collar.min(MAX_LIMIT) } else { self.orders[best].price() };
        u128::from(quantity) * u128::from(price)
    }

    fn exposure(&self, port: usize) -> u128 {
        let open: u128 =
            self.orders.iter().filter(|order| order.port == port).map(Order::open_notional).sum();
        open + self.ports[port].executed_notional
    }
}

/// Hundredths of a percent, none where there is no limit.
fn percent(limit_bp: u32) -> Option<u128> {
    (limit_bp != u32::MAX).then_some(u128::from(limit_bp))
}

/// So many hundredths of a percent of a price.
fn part(price: u64, bp: u128) -> u128 {
    u128::from(price) * bp / 10_000
}

/// By how much a price is on the far side of another one, as an order of this side sees it.
fn beyond(side: Side, reference: u64, price: u64) -> u128 {
    u128::from(if side.is_buy() {
        price.saturating_sub(reference)
    } else {
        reference.saturating_sub(price)
    })
}

fn left(limits: Limits, exposure: u128) -> u128 {
    if limits.gross_exposure == u64::MAX {
        return u128::MAX;
    }
    u128::from(limits.gross_exposure).saturating_sub(exposure)
}
