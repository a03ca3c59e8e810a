//! What each OUCH request does, from its number to its answers.

use engine::command::{Locate, Phase};
use protocol::enums::{CancelReason, Side, TradingState};
use protocol::ouch::inbound::{
    CancelOrder, DisableOrderEntry, EnableOrderEntry, EnterOrder, MassCancel, ModifyOrder,
    ReplaceOrder,
};
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, Mpid, Symbol};

use super::appendage::{
    AIQ_GROUP_ID, AIQ_STRATEGY, Element, Elements, FIRM, GROUP_ID, MAX_FLOOR, MIN_QTY, POST_ONLY,
    RANDOM_RESERVES, SHARES_LOCATED, SIDE,
};
use super::checks::{self, Frame, MAX_LIMIT, is_market, limit, refuse_if};
use super::cross::CONTINUOUS;
use super::{Model, Order};

const IMMEDIATE_OR_CANCEL: u8 = b'3';

impl Model {
    pub(super) fn enter(&mut self, port: usize, request: &EnterOrder, elements: &Elements) {
        let (idx, number) = (elements.user_ref_idx(), request.user_ref_num.get());
        if !self.is_new(port, idx, number) {
            return;
        }
        self.consume(port, idx, number);
        let in_time = self.count(port);
        let order = match self.admit(port, request, elements, in_time) {
            Ok(order) => order,
            Err(reason) => {
                return self.answer_rejected(port, idx, number, reason, request.cl_ord_id);
            }
        };
        let reference = self.next_reference(order.locate);
        let order = Order { reference, entered: reference, ..order };
        self.answer_accepted(&order, request, elements);
        if order.waits() {
            let reserved = self.reserved(port, order.open, request.price.get());
            self.orders.push(Order { bound: bound(order.open, reserved), ..order });
            return;
        }
        let immediate = is_immediate(request.time_in_force, request.price.get());
        self.arrive(order, immediate, at_least(elements));
    }

    pub(super) fn replace(&mut self, port: usize, request: &ReplaceOrder, elements: &Elements) {
        let (idx, number) = (elements.user_ref_idx(), request.user_ref_num.get());
        if !self.is_new(port, idx, number) {
            return;
        }
        // One that names no open order is silent, and counts all the same.
        let in_time = self.count(port);
        let Some(index) = self.find_order(port, idx, request.orig_user_ref_num.get()) else {
            return;
        };
        let original = self.orders[index];
        if checks::replace_is_invalid(request, elements, self.symbol(original.locate)) {
            return self.take_off(index, original.open, CancelReason::UserRequested);
        }
        let permitted = self.check_replace_permissions(port, original.locate, request, in_time);
        let side = side_tag(elements).unwrap_or(original.side);
        // The side is looked at only once nothing else stands against the request.
        let imbalance_only = checks::imbalance_only(elements).unwrap_or(original.imbalance_only);
        let impossible = side.is_buy() != original.side.is_buy()
            || (imbalance_only && (!original.waits() || is_market(request.price.get())))
            || (original.waits() && 0 < at_least(elements))
            || (original.waits() && shares_of(elements, MAX_FLOOR).is_some_and(|floor| 0 < floor));
        if permitted.is_ok() && impossible {
            return self.take_off(index, original.open, CancelReason::UserRequested);
        }
        self.consume(port, idx, number);
        let price = request.price.get();
        let replacement = Order {
            user_ref_num: number,
            side,
            limit: limit(price),
            open: request.quantity.get().saturating_sub(original.executed),
            display: request.display,
            post_only: post_only(elements).unwrap_or(original.post_only),
            strategy: self.strategy(port, elements, original.strategy),
            group: self.group(port, elements, original.group),
            cl_ord_id: request.cl_ord_id,
            reserve: 0,
            floor: shares_of(elements, MAX_FLOOR).unwrap_or(original.floor),
            random: shares_of(elements, RANDOM_RESERVES).unwrap_or(original.random),
            imbalance_only,
            ..original
        };
        let reserved = self.reserved_for_replacement(&original, request);
        let verdict = permitted.and_then(|()| {
            self.check_replacement(&original, &replacement, reserved, (request, elements))
        });
        if let Err(reason) = verdict {
            return self.answer_rejected(port, idx, number, reason, request.cl_ord_id);
        }
        self.orders.remove(index);
        let reference = self.next_reference(original.locate);
        let replacement = Order { reference, entered: reference, ..replacement };
        self.answer_replaced(&original, &replacement, request, elements);
        if replacement.waits() {
            if 0 < replacement.open {
                let bound = bound(replacement.open, reserved);
                self.orders.push(Order { bound, ..replacement });
            }
            return;
        }
        let immediate = is_immediate(request.time_in_force, price);
        self.put_in_place(&original, replacement, immediate, at_least(elements));
    }

    pub(super) fn cancel(&mut self, port: usize, request: &CancelOrder, elements: &Elements) {
        let number = request.user_ref_num.get();
        let Some(index) = self.find_order(port, elements.user_ref_idx(), number) else { return };
        let order = self.orders[index];
        let open = request.quantity.get().saturating_sub(order.executed);
        if elements.well_formed && open < order.open {
            self.take_off(index, order.open - open, CancelReason::UserRequested);
        }
    }

    pub(super) fn modify(&mut self, port: usize, request: &ModifyOrder, elements: &Elements) {
        let (number, quantity) = (request.user_ref_num.get(), request.quantity.get());
        let Ok(side) = Side::try_from(request.side) else { return };
        let Some(index) = self.find_order(port, elements.user_ref_idx(), number) else { return };
        let order = self.orders[index];
        let is_increase = order.executed + order.open < quantity;
        let located = elements.find(SHARES_LOCATED).map_or(b'N', Element::code);
        if !elements.well_formed || !b"YN".contains(&located) {
            return;
        }
        if side.is_buy() != order.side.is_buy() || is_increase {
            return;
        }
        let open = quantity.saturating_sub(order.executed);
        if open == 0 {
            return self.take_off(index, order.open, CancelReason::UserRequested);
        }
        if (side, open) == (order.side, order.open) {
            return;
        }
        if side != order.side && self.check_side(port, side, elements).is_err() {
            return;
        }
        let mut modified = Order { side, ..order };
        let displayed = modified.decrease(order.open - open);
        self.orders[index] = modified;
        self.answer_modified(&modified, elements);
        self.show_less(&order, displayed);
    }

    pub(super) fn mass_cancel(&mut self, port: usize, request: &MassCancel, elements: &Elements) {
        let (idx, number) = (elements.user_ref_idx(), request.user_ref_num.get());
        if !self.is_new(port, idx, number) {
            return;
        }
        self.consume(port, idx, number);
        if let Err(reason) = self.check_mass_cancel(port, request, elements) {
            return self.answer_rejected(port, idx, number, reason, ClOrdId::BLANK);
        }
        self.answer_mass_cancel(port, request, elements);
        let locate = self.find_locate(request.symbol);
        let (side, group_id) = (side_tag(elements), group_id(elements));
        self.cancel_all(CancelReason::UserRequested, |order| {
            order.port == port
                && locate.is_none_or(|locate| order.locate == locate)
                && side.is_none_or(|side| order.side == side)
                && group_id.is_none_or(|group_id| order.group_id == group_id)
                && (idx == 0 || order.user_ref_idx == idx)
        });
    }

    pub(super) fn disable_entry(
        &mut self,
        port: usize,
        request: &DisableOrderEntry,
        elements: &Elements,
    ) {
        let number = request.user_ref_num.get();
        if self.may_switch_entry(port, number, request.firm, elements) {
            self.ports[port].entry_disabled = true;
            self.answer_disabled(port, request, elements);
        }
    }

    pub(super) fn enable_entry(
        &mut self,
        port: usize,
        request: &EnableOrderEntry,
        elements: &Elements,
    ) {
        let number = request.user_ref_num.get();
        if self.may_switch_entry(port, number, request.firm, elements) {
            self.ports[port].entry_disabled = false;
            self.answer_enabled(port, request, elements);
        }
    }

    pub(super) fn account_query(&mut self, port: usize, elements: &Elements) {
        if elements.well_formed {
            let idx = elements.user_ref_idx();
            let last = self.ports[port].last_numbers[usize::from(idx)];
            self.answer_account_query(port, idx, last.saturating_add(1));
        }
    }

    /// Tells whether the number is above the last one consumed on its channel; any other is a resend.
    fn is_new(&self, port: usize, idx: u8, number: u32) -> bool {
        self.ports[port].last_numbers[usize::from(idx)] < number
    }

    fn consume(&mut self, port: usize, idx: u8, number: u32) {
        self.ports[port].last_numbers[usize::from(idx)] = number;
    }

    fn find_locate(&self, symbol: Symbol) -> Option<Locate> {
        self.setup.symbols.iter().find(|known| known.symbol == symbol).map(|known| known.locate)
    }

    /// Asks everything of an Enter Order, and gives the order as it is before it has a reference.
    ///
    /// `in_time`: it is not above the message rate of its port.
    fn admit(
        &mut self,
        port: usize,
        request: &EnterOrder,
        elements: &Elements,
        in_time: bool,
    ) -> Result<Order, RejectReason> {
        let (quantity, price) = (request.quantity.get(), request.price.get());
        refuse_if(!elements.well_formed, RejectReason::Other)?;
        self.check_entry_open(port)?;
        let firm = elements.find(FIRM).map_or(&b"    "[..], |firm| &firm.value);
        refuse_if(!self.is_own_firm(port, firm), RejectReason::FirmNotAuthorized)?;
        refuse_if(!in_time, RejectReason::RiskPortMessageRateRestriction)?;
        let locate = self.find_locate(request.symbol);
        checks::enter_fields(request, locate.map(|locate| self.symbol(locate)))?;
        let locate = locate.expect("the symbol was checked");
        checks::tags(elements, &Frame::of_enter(request, elements, self.symbol(locate)))?;
        let waits = request.cross_type != CONTINUOUS;
        refuse_if(
            checks::imbalance_only(elements) == Some(true) && (!waits || is_market(price)),
            RejectReason::InvalidCrossOrder,
        )?;
        let side = Side::try_from(request.side).expect("the side was checked");
        self.check_side(port, side, elements)?;
        let sweep = request.intermarket_sweep_eligibility;
        self.check_order_limits(port, locate, sweep, quantity, price)?;
        let reserved = self.reserved(port, quantity, price);
        refuse_if(self.headroom(port) < reserved, RejectReason::RiskAggregateExposureExceeded)?;
        self.check_trading(locate)?;
        if waits {
            self.check_phase(locate)?;
        }
        let order = self.order_of(port, locate, request, elements);
        self.count_in(port, locate)?;
        self.check_repetition(&order, price)?;
        self.check_price(&order, is_immediate(request.time_in_force, price))?;
        if waits {
            refuse_if(
                is_market(price) && bound(quantity, reserved) == 0,
                RejectReason::RiskSingleOrderNotionalExceeded,
            )?;
            return Ok(order);
        }
        refuse_if(
            is_market(price) && reserved < self.worst_notional(locate, side, quantity),
            RejectReason::RiskSingleOrderNotionalExceeded,
        )?;
        Ok(order)
    }

    /// The order as it was entered, without a reference yet.
    fn order_of(
        &self,
        port: usize,
        locate: Locate,
        request: &EnterOrder,
        elements: &Elements,
    ) -> Order {
        Order {
            port,
            user_ref_idx: elements.user_ref_idx(),
            user_ref_num: request.user_ref_num.get(),
            locate,
            reference: 0,
            side: Side::try_from(request.side).expect("the side was checked"),
            limit: limit(request.price.get()),
            open: request.quantity.get(),
            executed: 0,
            display: request.display,
            capacity: request.capacity,
            group_id: group_id(elements).unwrap_or(0),
            post_only: post_only(elements).unwrap_or(false),
            strategy: self.strategy(port, elements, b'*'),
            group: self.group(port, elements, *b"**"),
            cl_ord_id: request.cl_ord_id,
            reserve: 0,
            floor: shares_of(elements, MAX_FLOOR).unwrap_or(0),
            random: shares_of(elements, RANDOM_RESERVES).unwrap_or(0),
            entered: 0,
            refreshes: 0,
            bound: 0,
            cross_type: request.cross_type,
            imbalance_only: checks::imbalance_only(elements).unwrap_or(false),
        }
    }

    /// Asks whether the port may ask for such a Replace at all.
    fn check_replace_permissions(
        &self,
        port: usize,
        locate: Locate,
        request: &ReplaceOrder,
        in_time: bool,
    ) -> Result<(), RejectReason> {
        self.check_entry_open(port)?;
        refuse_if(!in_time, RejectReason::RiskPortMessageRateRestriction)?;
        let (quantity, price) = (request.quantity.get(), request.price.get());
        let sweep = request.intermarket_sweep_eligibility;
        self.check_order_limits(port, locate, sweep, quantity, price)
    }

    /// Asks whether the replacement may stand in the place of the original, whose notional it takes over.
    fn check_replacement(
        &mut self,
        original: &Order,
        replacement: &Order,
        reserved: u128,
        (request, elements): (&ReplaceOrder, &Elements),
    ) -> Result<(), RejectReason> {
        self.check_trading(original.locate)?;
        let (locate, exposed) = (original.locate, replacement.open);
        if original.waits() {
            self.check_phase(locate)?;
        }
        self.count_in(original.port, original.locate)?;
        self.check_side(original.port, replacement.side, elements)?;
        let immediate = is_immediate(request.time_in_force, request.price.get());
        self.check_price(replacement, immediate)?;
        let notional = match replacement.limit {
            Some(limit) => u128::from(exposed) * u128::from(limit),
            // The least there is for each share.
            None if original.waits() => u128::from(exposed),
            None => self.worst_notional(locate, replacement.side, exposed),
        };
        refuse_if(reserved < notional, RejectReason::RiskAggregateExposureExceeded)
    }

    /// What the original gives back and what there is room for besides.
    fn reserved_for_replacement(&self, original: &Order, request: &ReplaceOrder) -> u128 {
        let granted = self
            .reserved(original.port, request.quantity.get(), request.price.get())
            .min(self.headroom(original.port));
        original.open_notional() + granted
    }

    /// Only before the open may an order wait for the opening cross.
    fn check_phase(&self, locate: Locate) -> Result<(), RejectReason> {
        let before_the_open = self.instrument(locate).phase == Phase::PreOpen;
        refuse_if(!before_the_open, RejectReason::InvalidCrossOrder)
    }

    /// Shows the replacement to the world: as a change of the original if it rests untouched, else anew.
    fn put_in_place(
        &mut self,
        original: &Order,
        mut replacement: Order,
        immediate: bool,
        at_least: u32,
    ) {
        let dead = replacement.open == 0;
        let untouched = !immediate && !dead && !self.crosses(&replacement);
        let shown_alike = replacement.display == original.display && !original.is_hidden();
        if untouched && shown_alike {
            self.put_in_reserve(&mut replacement);
            self.print_replaced(original, &replacement);
            self.orders.push(replacement);
            return;
        }
        self.show_gone(original);
        self.arrive(replacement, immediate, at_least);
    }

    fn check_mass_cancel(
        &self,
        port: usize,
        request: &MassCancel,
        elements: &Elements,
    ) -> Result<(), RejectReason> {
        refuse_if(!elements.well_formed, RejectReason::Other)?;
        refuse_if(!self.is_own_firm(port, &request.firm.0), RejectReason::FirmNotAuthorized)?;
        refuse_if(
            !request.symbol.is_blank() && self.find_locate(request.symbol).is_none(),
            RejectReason::InvalidSymbol,
        )?;
        let side = elements.find(SIDE);
        refuse_if(
            side.is_some_and(|side| !b"BSTE".contains(&side.code())),
            RejectReason::InvalidSide,
        )
    }

    /// Consumes the number of a Disable or Enable, and refuses the request if it is not for the port's firm.
    fn may_switch_entry(
        &mut self,
        port: usize,
        number: u32,
        firm: Mpid,
        elements: &Elements,
    ) -> bool {
        let idx = elements.user_ref_idx();
        if !self.is_new(port, idx, number) {
            return false;
        }
        self.consume(port, idx, number);
        let allowed = refuse_if(!elements.well_formed, RejectReason::Other).and_then(|()| {
            refuse_if(!self.is_own_firm(port, &firm.0), RejectReason::FirmNotAuthorized)
        });
        if let Err(reason) = allowed {
            self.answer_rejected(port, idx, number, reason, ClOrdId::BLANK);
        }
        allowed.is_ok()
    }

    fn check_entry_open(&self, port: usize) -> Result<(), RejectReason> {
        refuse_if(self.closed, RejectReason::DestinationClosed)?;
        refuse_if(
            self.ports[port].entry_disabled || self.is_killed(port),
            RejectReason::FirmNotAuthorized,
        )
    }

    fn check_trading(&self, locate: Locate) -> Result<(), RejectReason> {
        refuse_if(self.instrument(locate).state != TradingState::Trading, RejectReason::Halted)
    }

    /// The strategy named, or else this one; `*` is the port's.
    fn strategy(&self, port: usize, elements: &Elements, otherwise: u8) -> u8 {
        let code = elements.find(AIQ_STRATEGY).map_or(otherwise, Element::code);
        if code == b'*' { self.setup.ports[port].self_match.strategy.code() } else { code }
    }

    /// The group named, or else this one; `**` is the port's.
    fn group(&self, port: usize, elements: &Elements, otherwise: [u8; 2]) -> [u8; 2] {
        let group = elements.find(AIQ_GROUP_ID).map_or(otherwise, |element| {
            element.value[..].try_into().expect("AIQGroupID is two bytes")
        });
        if group == *b"**" { self.setup.ports[port].self_match.group } else { group }
    }

    /// Tells whether the firm written is blank or the port's own.
    fn is_own_firm(&self, port: usize, firm: &[u8]) -> bool {
        firm == b"    " || firm == self.firm_of(port).mpid.0
    }
}

/// The most that a reservation pays for each share.
fn bound(shares: u32, reserved: u128) -> u64 {
    let pays = reserved / u128::from(shares);
    u64::try_from(pays).unwrap_or(u64::MAX).min(MAX_LIMIT)
}

fn is_immediate(time_in_force: u8, price: u64) -> bool {
    time_in_force == IMMEDIATE_OR_CANCEL || is_market(price)
}

/// Shares of which all must trade at once, or none.
fn at_least(elements: &Elements) -> u32 {
    shares_of(elements, MIN_QTY).unwrap_or(0)
}

/// The value of a tag that counts shares.
fn shares_of(elements: &Elements, tag: u8) -> Option<u32> {
    let number = elements.find(tag)?.number();
    Some(u32::try_from(number).expect("the value is four bytes"))
}

fn post_only(elements: &Elements) -> Option<bool> {
    elements.find(POST_ONLY).map(|element| element.code() == b'P')
}

fn group_id(elements: &Elements) -> Option<u16> {
    let number = elements.find(GROUP_ID).map(Element::number)?;
    Some(u16::try_from(number).expect("GroupID is two bytes"))
}

fn side_tag(elements: &Elements) -> Option<Side> {
    let code = elements.find(SIDE).map(Element::code)?;
    Some(Side::try_from(code).expect("the side was checked"))
}
