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

    /// The limits of the port and of its firm; an order must keep both.
    fn limits(&self, port: usize) -> [Limits; 2] {
        [self.setup.ports[port].limits, self.firm_of(port).limits]
    }

    /// The notional reserved for an order when it enters: a market order may need all that one order may.
    pub(super) fn reserved(&self, port: usize, quantity: u32, price: u64) -> u128 {
        u128::from(if is_market(price) {
            self.setup.ports[port].limits.single_order_notional
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

fn left(limits: Limits, exposure: u128) -> u128 {
    if limits.gross_exposure == u64::MAX {
        return u128::MAX;
    }
    u128::from(limits.gross_exposure).saturating_sub(exposure)
}
