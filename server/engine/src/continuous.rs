//! The continuous market: what Enter, Replace, Cancel and Modify do to the book of one instrument.
//!
//! Price, then displayed before hidden, then time; an execution is at the resting order's price. Every path gives back exactly the notional
//! that no open share and no execution holds any more.

use protocol::enums::{CancelReason, LiquidityFlag, Side, TimeInForce};
use protocol::{DisconnectPolicy, Price};

use crate::asked::Asked;
use crate::book::{Floor, Order, Resting, notional};
use crate::collar::collar;
use crate::command::{Cancel, Enter, Modify, OrderKey, OrderPrice, Phase, Replace, Verdict};
use crate::event::{Event, Outcome, Party, Replaced};
use crate::instrument::Instrument;
use crate::matcher::Applied;
use crate::members::Members;
use crate::self_match::Act;

/// One instrument and all that its commands touch, for the time of one command.
pub(crate) struct Continuous<'a> {
    pub(crate) instrument: &'a mut Instrument,
    pub(crate) resting: &'a mut Resting,
    pub(crate) members: &'a Members,
    /// The time of the command.
    pub(crate) time_ns: u64,
    pub(crate) applied: &'a mut Applied,
}

/// How far an order goes, and whether what is left may rest.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) price: OrderPrice,
    pub(crate) time_in_force: TimeInForce,
    /// Shares that must trade at once, or none do.
    pub(crate) min_quantity: u32,
}

impl Continuous<'_> {
    /// Enter Order: accepts the order, trades what it can, rests or cancels what is left.
    pub(crate) fn enter(&mut self, enter: &Enter<'_>) {
        let &Enter { key, side, quantity, cl_ord_id, granted, .. } = enter;
        if enter.auction.waits() {
            return self.enter_to_wait(enter);
        }
        if let Some(reason) = self.refusal_of_enter(enter) {
            self.emit(Event::Rejected { key, reason, cl_ord_id });
            self.applied.release(key.port, u128::from(granted));
            return;
        }
        let asked = Asked::of_enter(enter.appendage);
        let port_self_match = self.members.self_match(key.port);
        let terms = Terms {
            price: enter.price,
            time_in_force: enter.time_in_force,
            min_quantity: asked.min_quantity,
        };
        let reference = self.instrument.next_order_reference();
        self.emit(Event::Accepted { key, order_reference: reference });
        let order = Order {
            reference,
            key,
            side,
            open: quantity,
            display: enter.display,
            capacity: enter.capacity,
            group_id: enter.group_id,
            post_only: asked.post_only.unwrap_or(false),
            self_match: asked.self_match(port_self_match, port_self_match),
            on_disconnect: DisconnectPolicy::asked_by(cl_ord_id),
            reserve: asked.floor.map_or(Order::WHOLE, |floor| {
                self.resting.arrive_in_parts(enter.display, floor.over(Floor::NONE))
            }),
            ..Order::default()
        };
        self.work(order, terms, None, u128::from(granted));
    }

    /// Replace Order Request: the original leaves, and a new order takes over its chain without its place.
    pub(crate) fn replace(&mut self, replace: &Replace<'_>) {
        let &Replace { key, cl_ord_id, verdict, .. } = replace;
        let granted = if let Verdict::Granted(granted) = verdict { u128::from(granted) } else { 0 };
        let original_key = OrderKey { user_ref_num: replace.original_user_ref_num, ..key };
        let Some(slot) = self.find(original_key) else {
            self.not_taken(key);
            self.applied.release(key.port, granted);
            return;
        };
        if self.resting.order(slot).auction.waits() {
            return self.replace_waiting(slot, replace, granted);
        }
        let original = self.resting.whole(slot);
        let floor = self.resting.floor(&original);
        let reserved = u128::from(original.notional()) + granted;
        let side = replace.side.unwrap_or(original.side);
        let is_possible =
            side.is_buy() == original.side.is_buy() && replace.imbalance_only != Some(true);
        let refusal = match verdict {
            Verdict::Refused(reason) => Some(reason),
            Verdict::Granted(_) if is_possible => {
                self.refusal_of_replace(&original, replace, reserved)
            }
            Verdict::Granted(_) | Verdict::InvalidDetails => {
                self.not_taken(key);
                self.lessen(slot, 0, granted);
                return;
            }
        };
        if let Some(reason) = refusal {
            self.emit(Event::Rejected { key, reason, cl_ord_id });
            self.applied.release(key.port, granted);
        } else {
            self.instrument.book.remove(slot, self.resting);
            self.take_over(&original, floor, replace, reserved);
        }
    }

    /// Cancel Order Request: takes the order down to a new intended size; it keeps its place.
    pub(crate) fn cancel(&mut self, cancel: &Cancel) {
        let Some(slot) = self.find(cancel.key) else { return };
        let order = self.resting.order(slot);
        let left = cancel.quantity.saturating_sub(order.executed);
        if left < self.resting.open_shares(order) {
            self.lessen(slot, left, 0);
        }
    }

    /// Modify Order Request: another sell side, a smaller size, or both; the order keeps its place.
    pub(crate) fn modify(&mut self, modify: &Modify<'_>) {
        let &Modify { key, side, quantity, .. } = modify;
        let Some(slot) = self.find(key) else { return };
        let order = *self.resting.order(slot);
        let open = self.resting.open_shares(&order);
        if side.is_buy() != order.side.is_buy() || order.executed + open < quantity {
            return;
        }
        let left = quantity.saturating_sub(order.executed);
        if left == 0 {
            self.lessen(slot, 0, 0);
            return;
        }
        let taken = open - left;
        if taken == 0 && side == order.side {
            return;
        }
        if side != order.side && self.check_side(key, side, modify.appendage).is_err() {
            return;
        }
        if side != order.side {
            self.resting.set_side(slot, side);
        }
        self.emit(Event::Modified { key, side, quantity: left });
        if 0 < taken {
            if order.has_reserve() {
                self.reduce_reserve(slot, taken);
            } else {
                self.instrument.book.reduce(slot, taken, self.resting);
                self.show_less(&order, taken);
            }
            self.applied.release(key.port, u128::from(notional(taken, order.price)));
        }
    }

    /// Cancels an order down to `left` open shares; its port gets back what they held, and `granted` besides.
    pub(crate) fn lessen(&mut self, slot: u32, left: u32, granted: u128) {
        let order = *self.resting.order(slot);
        if order.has_reserve() {
            return self.lessen_reserve(slot, left, granted);
        }
        let (key, taken) = (order.key, order.open - left);
        self.instrument.book.reduce(slot, taken, self.resting);
        self.emit(Event::Canceled { key, quantity: taken, reason: CancelReason::UserRequested });
        self.show_less(&order, taken);
        self.applied.release(key.port, u128::from(notional(taken, order.price)) + granted);
    }

    /// Shows on the feed that an order loses shares without trading, or goes.
    pub(crate) fn show_less(&mut self, order: &Order, taken: u32) {
        let order_reference = order.reference;
        if order.is_on_feed() {
            self.emit(if taken == order.open {
                Event::Deleted { order_reference }
            } else {
                Event::Reduced { order_reference, shares: taken }
            });
        }
    }

    /// Puts the replacement to work under the new key, with what its chain has executed so far.
    fn take_over(&mut self, original: &Order, floor: Floor, replace: &Replace<'_>, reserved: u128) {
        let asked = Asked::of_replace(replace.appendage);
        let reference = self.instrument.next_order_reference();
        let in_parts = original.has_reserve() || asked.floor.is_some();
        let order = Order {
            reference,
            key: replace.key,
            side: replace.side.unwrap_or(original.side),
            open: exposed(original, replace),
            display: replace.display,
            post_only: asked.post_only.unwrap_or(original.post_only),
            self_match: asked
                .self_match(self.members.self_match(replace.key.port), original.self_match),
            on_disconnect: DisconnectPolicy::asked_by(replace.cl_ord_id),
            reserve: if in_parts {
                let floor = asked.floor.unwrap_or_default().over(floor);
                self.resting.arrive_in_parts(replace.display, floor)
            } else {
                Order::WHOLE
            },
            ..*original
        };
        self.emit(replaced(&order, replace));
        let terms = Terms {
            price: replace.price,
            time_in_force: replace.time_in_force,
            min_quantity: asked.min_quantity,
        };
        self.work(order, terms, Some(original), reserved);
    }

    /// Trades what can be traded, rests or cancels what is left, and gives back what is not held any more.
    ///
    /// `original` is the order that this one replaces, already out of the book; `reserved` is the notional
    /// that the order may use.
    fn work(&mut self, mut order: Order, terms: Terms, original: Option<&Order>, reserved: u128) {
        let bound = self.bound(order.side, terms);
        let trades = bound.is_some_and(|bound| self.first_against(&order, bound).is_some());
        let refusal = self.refusal_to_trade(&order, terms, bound, trades);
        let replaces = original.filter(|original| {
            refusal.is_none()
                && terms.limit_to_rest_at().is_some()
                && !trades
                && 0 < order.open
                && original.display == order.display
                && order.is_displayed()
        });
        if let (Some(original), None) = (original, replaces) {
            self.show_less(original, original.open);
        }
        if let Some(reason) = refusal {
            self.emit(Event::Canceled { key: order.key, quantity: order.open, reason });
            self.applied.release(order.key.port, reserved);
            return;
        }
        let within = bound.filter(|_| trades);
        let used = within.map_or(0, |bound| self.sweep(&mut order, terms.price, bound));
        let held = match terms.limit_to_rest_at() {
            _ if order.open == 0 => 0,
            Some(limit) => {
                order.price = limit;
                self.rest(&mut order, replaces)
            }
            None => {
                self.cancel_remainder(&order, terms.price);
                0
            }
        };
        assert!(used + held <= reserved, "an order holds no more than was reserved for it");
        self.applied.release(order.key.port, reserved - used - held);
        if trades && self.resting.is_refresh_noted() {
            self.refresh_displays();
        }
    }

    /// Why an order that arrives is canceled before anything of it trades, if it is.
    fn refusal_to_trade(
        &self,
        order: &Order,
        terms: Terms,
        bound: Option<Price>,
        trades: bool,
    ) -> Option<CancelReason> {
        if order.open == 0 {
            None
        } else if order.post_only && trades {
            Some(CancelReason::PostOnlyContra)
        } else if 0 < terms.min_quantity && !self.can_trade(order, bound, terms.min_quantity) {
            Some(CancelReason::ImmediateOrCancel)
        } else {
            None
        }
    }

    /// Tells whether at least `shares` of an order could trade at once, with all orders within its bound together.
    fn can_trade(&self, order: &Order, bound: Option<Price>, shares: u32) -> bool {
        let Some(bound) = bound else { return false };
        let mut left = order.open;
        let mut missing = shares;
        for slot in self.instrument.book.all_against(order.side, bound, self.resting) {
            if left == 0 || missing == 0 {
                break;
            }
            let resting = self.resting.order(slot);
            let quantity = left.min(resting.open);
            if self.is_prevented(order, resting) {
                match Self::act(order, resting) {
                    Act::Decrement { .. } => left -= quantity,
                    Act::CancelOldest => {}
                    Act::CancelNewest => break,
                }
                continue;
            }
            left -= quantity;
            missing = missing.saturating_sub(quantity);
        }
        missing == 0
    }

    /// Executes against resting orders, best price and earliest first, as far as `bound`.
    ///
    /// Gives the notional that the executions hold: what a buyer paid, but a sale at no more than its limit.
    fn sweep(&mut self, order: &mut Order, limit: OrderPrice, bound: Price) -> u128 {
        let mut used = 0;
        while 0 < order.open {
            let Some(slot) = self.first_against(order, bound) else { break };
            let resting = self.resting.order(slot);
            if self.is_prevented(order, resting) {
                self.prevent(order, slot);
                continue;
            }
            let added = added(resting);
            let &Order { key, reference, side, price, open, .. } = resting;
            let quantity = order.open.min(open);
            let match_number = self.instrument.next_match_number();
            self.instrument.book.execute(slot, quantity, self.resting);
            self.instrument.last_sale = price;
            order.open -= quantity;
            order.executed += quantity;
            used += u128::from(notional(quantity, counted(limit, price)));
            self.emit(Event::Executed {
                resting: Party { key, order_reference: reference, side },
                aggressor: Party {
                    key: order.key,
                    order_reference: order.reference,
                    side: order.side,
                },
                quantity,
                price,
                match_number,
                added,
            });
        }
        used
    }

    /// Rests an order, in place of another or new on the feed; gives the notional it holds.
    fn rest(&mut self, order: &mut Order, replaces: Option<&Order>) -> u128 {
        let held = u128::from(order.notional());
        if order.has_reserve() {
            self.divide(order);
        }
        let &mut Order { reference, side, open: shares, price, .. } = order;
        self.emit(match replaces {
            _ if !order.is_displayed() => Event::AddedHidden { order_reference: reference, shares },
            Some(original) => Event::BookReplaced {
                original_order_reference: original.reference,
                order_reference: reference,
                shares,
                price,
            },
            None => {
                let attribution = self.members.attribution(order);
                Event::Added { order_reference: reference, side, shares, price, attribution }
            }
        });
        self.instrument.book.rest(*order, self.resting);
        held
    }

    /// Cancels what an order that may not rest has left.
    fn cancel_remainder(&mut self, order: &Order, price: OrderPrice) {
        let best = self.instrument.book.best_against(order.side);
        let stopped_by_collar = match price {
            OrderPrice::Market { .. } => true,
            OrderPrice::Limit(_) if self.instrument.phase != Phase::Continuous => false,
            OrderPrice::Limit(limit) => {
                best.is_some_and(|best| best == stricter(order.side, best, limit))
            }
        };
        let reason = if stopped_by_collar {
            CancelReason::MarketCollars
        } else {
            CancelReason::ImmediateOrCancel
        };
        self.emit(Event::Canceled { key: order.key, quantity: order.open, reason });
    }

    /// The worst price an order may trade at now, its instrument not being halted; `None` when there is nothing to
    /// trade with.
    #[inline(always)]
    pub(crate) fn bound(&self, side: Side, terms: Terms) -> Option<Price> {
        if self.instrument.phase != Phase::Continuous {
            return None;
        }
        let best = self.instrument.book.best_against(side)?;
        Some(match (terms.price, terms.time_in_force) {
            (OrderPrice::Market { .. }, _) => collar(side, best),
            (OrderPrice::Limit(limit), TimeInForce::ImmediateOrCancel) => {
                stricter(side, limit, collar(side, best))
            }
            #[cfg(feature = "planted-bugs")]
            (OrderPrice::Limit(_), _) if crate::planted::bug(5) => collar(side, best),
            (OrderPrice::Limit(limit), _) => limit,
        })
    }

    /// Finds an open order, in this instrument only: what a command finds must not depend on the shards.
    fn find(&self, key: OrderKey) -> Option<u32> {
        let slot = self.resting.find(key)?;
        (self.resting.order(slot).locate() == self.instrument.locate()).then_some(slot)
    }

    fn first_against(&self, order: &Order, bound: Price) -> Option<u32> {
        self.instrument.book.first_against(order.side, bound, self.resting)
    }

    pub(crate) fn not_taken(&mut self, key: OrderKey) {
        let locate = self.instrument.locate();
        self.applied.outcomes.push(Outcome::NumberNotTaken { key, locate });
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.applied.events.push((self.instrument.locate(), event));
    }
}

impl Terms {
    /// What a check by price looks at: no attributes.
    pub(crate) fn plain(price: OrderPrice, time_in_force: TimeInForce) -> Self {
        Self { price, time_in_force, min_quantity: 0 }
    }

    /// The limit at which what is left rests; `None` when nothing may rest.
    fn limit_to_rest_at(self) -> Option<Price> {
        match (self.price, self.time_in_force) {
            (OrderPrice::Market { .. }, _) | (_, TimeInForce::ImmediateOrCancel) => None,
            (OrderPrice::Limit(limit), _) => Some(limit),
        }
    }
}

/// The one of two bounds that lets an order of `side` trade with less.
fn stricter(side: Side, one: Price, other: Price) -> Price {
    if side.is_buy() { one.min(other) } else { one.max(other) }
}

/// How a resting order takes part in a trade.
pub(crate) fn added(resting: &Order) -> LiquidityFlag {
    if resting.is_part {
        LiquidityFlag::AddedNonDisplayedReserve
    } else if resting.is_displayed() {
        LiquidityFlag::Added
    } else {
        LiquidityFlag::AddedNonDisplayed
    }
}

/// What a share executed at `price` counts for: a sale no more than its limit, which was reserved for it.
fn counted(limit: OrderPrice, price: Price) -> Price {
    match limit {
        OrderPrice::Limit(limit) => limit.min(price),
        OrderPrice::Market { .. } => price,
    }
}

/// Tells that an order is the replacement that was asked for.
#[inline]
pub(crate) fn replaced(order: &Order, replace: &Replace<'_>) -> Event {
    Event::Replaced(Replaced {
        key: order.key,
        original_user_ref_num: replace.original_user_ref_num,
        side: order.side,
        quantity: order.open,
        price: replace.price,
        time_in_force: replace.time_in_force,
        display: order.display,
        capacity: order.capacity,
        cross_type: order.auction.cross_type,
        order_reference: order.reference,
        cl_ord_id: replace.cl_ord_id,
    })
}

/// Shares a replacement leaves to trade: its quantity counts for the whole chain.
pub(crate) fn exposed(original: &Order, replace: &Replace<'_>) -> u32 {
    #[cfg(feature = "planted-bugs")]
    let original = if crate::planted::bug(4) { &Order::default() } else { original };
    replace.quantity.saturating_sub(original.executed)
}
