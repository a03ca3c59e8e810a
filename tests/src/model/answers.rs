//! What a port is told: OUCH messages, stamped with the time of the act they answer.

use engine::command::OrderKey;
use protocol::enums::{BrokenTradeReason, CancelReason, LiquidityFlag, SystemEventCode};
use protocol::ouch::inbound::{
    DisableOrderEntry, EnableOrderEntry, EnterOrder, MassCancel, ReplaceOrder,
};
use protocol::ouch::outbound::{
    AccountQueryResponse, AiqCanceled, BrokenTrade, DisableOrderEntryResponse,
    EnableOrderEntryResponse, MassCancelResponse, OrderAccepted, OrderCanceled, OrderExecuted,
    OrderModified, OrderReplaced, OrderRestated, Rejected, SystemEvent,
};
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, ouch};
use zerocopy::{Immutable, IntoBytes};

use super::appendage::{Elements, USER_REF_IDX};
use super::self_match::Told;
use super::{Model, Order, Trade};

const LIVE: u8 = b'L';
const DEAD: u8 = b'D';

impl Model {
    pub(super) fn answer_accepted(
        &mut self,
        order: &Order,
        request: &EnterOrder,
        elements: &Elements,
    ) {
        let answer = OrderAccepted {
            message_type: OrderAccepted::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: request.user_ref_num,
            side: request.side,
            quantity: request.quantity,
            symbol: request.symbol,
            price: request.price,
            time_in_force: request.time_in_force,
            display: request.display,
            order_reference_number: order.reference.into(),
            capacity: request.capacity,
            intermarket_sweep_eligibility: request.intermarket_sweep_eligibility,
            cross_type: request.cross_type,
            order_state: LIVE,
            cl_ord_id: request.cl_ord_id,
        };
        let echo = elements.without_own_channel().echo(OrderAccepted::TYPE);
        self.tell(order.port, &answer, Some(&echo));
    }

    pub(super) fn answer_replaced(
        &mut self,
        original: &Order,
        replacement: &Order,
        request: &ReplaceOrder,
        elements: &Elements,
    ) {
        let answer = OrderReplaced {
            message_type: OrderReplaced::TYPE,
            timestamp: self.now_ns.into(),
            orig_user_ref_num: original.user_ref_num.into(),
            user_ref_num: replacement.user_ref_num.into(),
            side: replacement.side.code(),
            quantity: replacement.open.into(),
            symbol: self.symbol(original.locate).symbol,
            price: request.price,
            time_in_force: request.time_in_force,
            display: request.display,
            order_reference_number: replacement.reference.into(),
            capacity: original.capacity,
            intermarket_sweep_eligibility: request.intermarket_sweep_eligibility,
            cross_type: original.cross_type,
            order_state: if replacement.open == 0 { DEAD } else { LIVE },
            cl_ord_id: request.cl_ord_id,
        };
        let echo = elements.without_own_channel().echo(OrderReplaced::TYPE);
        self.tell(original.port, &answer, Some(&echo));
    }

    pub(super) fn answer_canceled(&mut self, order: &Order, shares: u32, reason: CancelReason) {
        let answer = OrderCanceled {
            message_type: OrderCanceled::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: order.user_ref_num.into(),
            quantity: shares.into(),
            reason: reason.code(),
        };
        self.tell(order.port, &answer, channel(order.user_ref_idx).as_deref());
    }

    pub(super) fn answer_restated(&mut self, order: &Order) {
        let answer = OrderRestated {
            message_type: OrderRestated::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: order.user_ref_num.into(),
            reason: b'R',
        };
        let mut appendage = vec![9, 1];
        appendage.extend_from_slice(&order.reference.to_be_bytes());
        appendage.extend_from_slice(&[5, 22]);
        appendage.extend_from_slice(&order.shown().to_be_bytes());
        appendage.extend(channel(order.user_ref_idx).unwrap_or_default());
        self.tell(order.port, &answer, Some(&appendage));
    }

    pub(super) fn answer_aiq_canceled(
        &mut self,
        order: &Order,
        lost: u32,
        told: &Told,
        flag: LiquidityFlag,
    ) {
        let answer = AiqCanceled {
            message_type: AiqCanceled::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: order.user_ref_num.into(),
            decrement_shares: lost.into(),
            reason: CancelReason::SelfMatch.code(),
            quantity_prevented_from_trading: told.prevented.into(),
            execution_price: told.price.into(),
            liquidity_flag: flag.code(),
            aiq_strategy: told.strategy,
        };
        self.tell(order.port, &answer, channel(order.user_ref_idx).as_deref());
    }

    pub(super) fn answer_executed(&mut self, order: &Order, trade: &Trade, flag: LiquidityFlag) {
        let answer = OrderExecuted {
            message_type: OrderExecuted::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: order.user_ref_num.into(),
            quantity: trade.quantity.into(),
            price: trade.price.into(),
            liquidity_flag: flag.code(),
            match_number: trade.match_number.into(),
        };
        let appendage = channel(order.user_ref_idx).unwrap_or_default();
        self.tell(order.port, &answer, Some(&appendage));
    }

    pub(super) fn answer_broken(
        &mut self,
        key: &OrderKey,
        trade: &Trade,
        cl_ord_id: ClOrdId,
        reason: BrokenTradeReason,
    ) {
        let answer = BrokenTrade {
            message_type: BrokenTrade::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: key.user_ref_num.into(),
            match_number: trade.match_number.into(),
            reason: reason.code(),
            cl_ord_id,
        };
        let appendage = channel(key.user_ref_idx);
        self.tell(usize::from(key.port.0), &answer, appendage.as_deref());
    }

    pub(super) fn answer_modified(&mut self, order: &Order, elements: &Elements) {
        let answer = OrderModified {
            message_type: OrderModified::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: order.user_ref_num.into(),
            side: order.side.code(),
            quantity: order.open.into(),
        };
        let echo = elements.without_own_channel().echo(OrderModified::TYPE);
        self.tell(order.port, &answer, (!echo.is_empty()).then_some(&echo));
    }

    pub(super) fn answer_rejected(
        &mut self,
        port: usize,
        idx: u8,
        user_ref_num: u32,
        reason: RejectReason,
        cl_ord_id: ClOrdId,
    ) {
        let answer = Rejected {
            message_type: Rejected::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: user_ref_num.into(),
            reason: reason.code().into(),
            cl_ord_id,
        };
        self.tell(port, &answer, channel(idx).as_deref());
    }

    pub(super) fn answer_mass_cancel(
        &mut self,
        port: usize,
        request: &MassCancel,
        elements: &Elements,
    ) {
        let answer = MassCancelResponse {
            message_type: MassCancelResponse::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: request.user_ref_num,
            firm: request.firm,
            symbol: request.symbol,
        };
        let echo = elements.without_own_channel().echo(MassCancelResponse::TYPE);
        self.tell(port, &answer, Some(&echo));
    }

    pub(super) fn answer_disabled(
        &mut self,
        port: usize,
        request: &DisableOrderEntry,
        elements: &Elements,
    ) {
        let answer = DisableOrderEntryResponse {
            message_type: DisableOrderEntryResponse::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: request.user_ref_num,
            firm: request.firm,
        };
        let echo = elements.without_own_channel().echo(DisableOrderEntryResponse::TYPE);
        self.tell(port, &answer, Some(&echo));
    }

    pub(super) fn answer_enabled(
        &mut self,
        port: usize,
        request: &EnableOrderEntry,
        elements: &Elements,
    ) {
        let answer = EnableOrderEntryResponse {
            message_type: EnableOrderEntryResponse::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: request.user_ref_num,
            firm: request.firm,
        };
        let echo = elements.without_own_channel().echo(EnableOrderEntryResponse::TYPE);
        self.tell(port, &answer, Some(&echo));
    }

    pub(super) fn answer_account_query(&mut self, port: usize, idx: u8, next_user_ref_num: u32) {
        let answer = AccountQueryResponse {
            message_type: AccountQueryResponse::TYPE,
            timestamp: self.now_ns.into(),
            next_user_ref_num: next_user_ref_num.into(),
        };
        self.tell(port, &answer, channel(idx).as_deref());
    }

    pub(super) fn tell_every_port(&mut self, code: SystemEventCode) {
        for port in 0..self.port_streams.len() {
            let event = SystemEvent {
                message_type: SystemEvent::TYPE,
                timestamp: self.now_ns.into(),
                event_code: code.code(),
            };
            self.tell(port, &event, None);
        }
    }

    fn tell<M: Immutable + IntoBytes>(
        &mut self,
        port: usize,
        message: &M,
        appendage: Option<&[u8]>,
    ) {
        let mut bytes = Vec::new();
        ouch::encode(message, appendage, &mut bytes);
        self.port_streams[port].push(bytes);
    }
}

/// The element that names an order flow channel; the port's own has none.
fn channel(idx: u8) -> Option<Vec<u8>> {
    (idx != 0).then(|| vec![2, USER_REF_IDX, idx])
}
