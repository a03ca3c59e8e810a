//! Events as OUCH 5.0 messages on the streams of their ports.
//!
//! A port's own answers (locate 0) come from the command itself, everything else from the shard's events.
//! Appendages follow `docs/protocols/ouch.md`: always present, or left out unless the order has a channel.

use protocol::enums::{CancelReason, EventCode, LiquidityFlag, OrderState, RestateReason};
use protocol::ouch::appendage::Element;
use protocol::ouch::{self, Appendage, Attributes, Tag, outbound};
use zerocopy::{Immutable, IntoBytes};

use crate::command::{Bust, BustParty, Command, Enter, Locate, OrderKey, PortId, Sequenced};
use crate::context::Context;
use crate::event::{Event, Party, Prevented, Replaced};
use crate::outbox::{Outbox, Target};

/// Puts the answers that need no instrument: refusals, echoes, the system events of every port.
pub fn put_answers(context: &Context, sequenced: &Sequenced<'_>, outbox: &mut Outbox) {
    let mut writer = Writer::new(context, sequenced, Locate::NONE, outbox);
    let timestamp = writer.timestamp.into();
    match sequenced.command {
        Command::Refused { key, reason, cl_ord_id, .. } => writer.rejected(&key, reason, cl_ord_id),
        Command::MassCancel(request) => {
            let fixed = outbound::MassCancelResponse {
                message_type: outbound::MassCancelResponse::TYPE,
                timestamp,
                user_ref_num: request.key.user_ref_num.into(),
                firm: request.firm,
                symbol: request.symbol,
            };
            writer.put_echo(request.key.port, &fixed, request.appendage);
        }
        Command::DisableEntry { key, firm } => {
            let fixed = outbound::DisableOrderEntryResponse {
                message_type: outbound::DisableOrderEntryResponse::TYPE,
                timestamp,
                user_ref_num: key.user_ref_num.into(),
                firm,
            };
            writer.put_always(&key, &fixed);
        }
        Command::EnableEntry { key, firm } => {
            let fixed = outbound::EnableOrderEntryResponse {
                message_type: outbound::EnableOrderEntryResponse::TYPE,
                timestamp,
                user_ref_num: key.user_ref_num.into(),
                firm,
            };
            writer.put_always(&key, &fixed);
        }
        Command::AccountQuery { port, user_ref_idx, next_user_ref_num } => {
            let key = OrderKey { port, user_ref_idx, user_ref_num: 0 };
            let fixed = outbound::AccountQueryResponse {
                message_type: outbound::AccountQueryResponse::TYPE,
                timestamp,
                next_user_ref_num: next_user_ref_num.into(),
            };
            writer.put_if_channel(&key, &fixed);
        }
        Command::SystemEvent { code: EventCode::StartOfSystemHours } => {
            writer.system_event_to_all(b'S')
        }
        Command::SystemEvent { code: EventCode::EndOfSystemHours } => {
            writer.system_event_to_all(b'E')
        }
        _ => {}
    }
}

/// Puts the start of day of a port that was defined after it.
pub fn put_late_start(
    context: &Context,
    sequenced: &Sequenced<'_>,
    port: PortId,
    outbox: &mut Outbox,
) {
    Writer::new(context, sequenced, Locate::NONE, outbox).system_event(port, b'S');
}

/// Puts what an event says to the ports concerned.
pub fn put_event(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let mut writer = Writer::new(context, sequenced, locate, outbox);
    let timestamp = writer.timestamp.into();
    match event {
        Event::Accepted { order_reference, .. } => match &sequenced.command {
            Command::Enter(enter) => writer.accepted(enter, *order_reference),
            _ => unreachable!("only an Enter is accepted"),
        },
        Event::Replaced(replaced) => writer.replaced(replaced),
        Event::Modified { key, side, quantity } => {
            let fixed = outbound::OrderModified {
                message_type: outbound::OrderModified::TYPE,
                timestamp,
                user_ref_num: key.user_ref_num.into(),
                side: side.code(),
                quantity: (*quantity).into(),
            };
            let Command::Modify(modify) = &sequenced.command else {
                unreachable!("only a Modify modifies");
            };
            let says_more = Appendage::new(modify.appendage)
                .elements()
                .any(|element| element.is_ok_and(|element| !is_own_channel(&element)));
            if says_more {
                writer.put_echo(key.port, &fixed, modify.appendage);
            } else {
                // Of this message alone, an appendage that would say nothing is left out.
                writer.put_if_channel(key, &fixed);
            }
        }
        Event::Canceled { key, quantity, reason } => {
            let fixed = outbound::OrderCanceled {
                message_type: outbound::OrderCanceled::TYPE,
                timestamp,
                user_ref_num: key.user_ref_num.into(),
                quantity: (*quantity).into(),
                reason: reason.code(),
            };
            writer.put_if_channel(key, &fixed);
        }
        Event::Prevented(prevented) => writer.prevented(prevented),
        Event::Restated { key, order_reference, shares } => {
            writer.restated(key, *order_reference, *shares);
        }
        Event::Rejected { key, reason, cl_ord_id } => writer.rejected(key, *reason, *cl_ord_id),
        Event::Executed { .. } => writer.executed(event),
        Event::Broken { .. } => match &sequenced.command {
            Command::Bust(bust) => writer.broken(bust),
            _ => unreachable!("only a Bust breaks"),
        },
        Event::Crossed { .. } => writer.crossed(event),
        Event::CrossDone { .. }
        | Event::NetImbalance { .. }
        | Event::Added { .. }
        | Event::AddedHidden { .. }
        | Event::Reduced { .. }
        | Event::Deleted { .. }
        | Event::BookReplaced { .. }
        | Event::Directory(_)
        | Event::TradingAction { .. }
        | Event::ShortSaleTest { .. } => {}
    }
}

/// Writes messages of one command at one place of the order.
struct Writer<'a> {
    context: &'a Context,
    sequence: u64,
    locate: Locate,
    command: &'a Command<'a>,
    /// Nanoseconds since midnight.
    timestamp: u64,
    outbox: &'a mut Outbox,
}

impl<'a> Writer<'a> {
    fn new(
        context: &'a Context,
        sequenced: &'a Sequenced<'a>,
        locate: Locate,
        outbox: &'a mut Outbox,
    ) -> Self {
        Self {
            context,
            sequence: sequenced.sequence,
            locate,
            command: &sequenced.command,
            timestamp: context.wire_time(sequenced.time_ns),
            outbox,
        }
    }

    fn accepted(&mut self, enter: &Enter<'_>, order_reference: u64) {
        let fixed = outbound::OrderAccepted {
            message_type: outbound::OrderAccepted::TYPE,
            timestamp: self.timestamp.into(),
            user_ref_num: enter.key.user_ref_num.into(),
            side: enter.side.code(),
            quantity: enter.quantity.into(),
            symbol: self.context.symbol(self.locate),
            price: enter.price.wire().into(),
            time_in_force: enter.time_in_force.code(),
            display: enter.display.code(),
            order_reference_number: order_reference.into(),
            capacity: enter.capacity.code(),
            intermarket_sweep_eligibility: sweep(enter.intermarket_sweep),
            cross_type: enter.auction.cross_type.code(),
            order_state: OrderState::Live.code(),
            cl_ord_id: enter.cl_ord_id,
        };
        self.put_echo(enter.key.port, &fixed, enter.appendage);
    }

    fn replaced(&mut self, replaced: &Replaced) {
        let Command::Replace(request) = self.command else {
            unreachable!("only a Replace is done");
        };
        let state = if replaced.quantity == 0 { OrderState::Dead } else { OrderState::Live };
        let fixed = outbound::OrderReplaced {
            message_type: outbound::OrderReplaced::TYPE,
            timestamp: self.timestamp.into(),
            orig_user_ref_num: replaced.original_user_ref_num.into(),
            user_ref_num: replaced.key.user_ref_num.into(),
            side: replaced.side.code(),
            quantity: replaced.quantity.into(),
            symbol: self.context.symbol(self.locate),
            price: replaced.price.wire().into(),
            time_in_force: replaced.time_in_force.code(),
            display: replaced.display.code(),
            order_reference_number: replaced.order_reference.into(),
            capacity: replaced.capacity.code(),
            intermarket_sweep_eligibility: sweep(request.intermarket_sweep),
            cross_type: replaced.cross_type.code(),
            order_state: state.code(),
            cl_ord_id: replaced.cl_ord_id,
        };
        self.put_echo(replaced.key.port, &fixed, request.appendage);
    }

    /// Tells both sides of an execution, the resting one first.
    fn executed(&mut self, event: &Event) {
        let Event::Executed { resting, aggressor, quantity, price, match_number, added } = event
        else {
            unreachable!("the caller names the kind");
        };
        let timestamp = self.timestamp.into();
        let executed = |party: &Party, liquidity_flag: LiquidityFlag| outbound::OrderExecuted {
            message_type: outbound::OrderExecuted::TYPE,
            timestamp,
            user_ref_num: party.key.user_ref_num.into(),
            quantity: (*quantity).into(),
            price: u64::from(price.ten_thousandths()).into(),
            liquidity_flag: liquidity_flag.code(),
            match_number: (*match_number).into(),
        };
        self.put_always(&resting.key, &executed(resting, *added));
        self.put_always(&aggressor.key, &executed(aggressor, LiquidityFlag::Removed));
    }

    /// Tells both parties, the resting side first, that their trade is broken.
    fn broken(&mut self, bust: &Bust) {
        let parties = if bust.aggressor_side == b'B' {
            [&bust.seller, &bust.buyer]
        } else {
            [&bust.buyer, &bust.seller]
        };
        for BustParty { key, cl_ord_id, .. } in parties {
            let fixed = outbound::BrokenTrade {
                message_type: outbound::BrokenTrade::TYPE,
                timestamp: self.timestamp.into(),
                user_ref_num: key.user_ref_num.into(),
                match_number: bust.match_number.into(),
                reason: bust.reason.code(),
                cl_ord_id: *cl_ord_id,
            };
            self.put_if_channel(key, &fixed);
        }
    }

    fn restated(&mut self, key: &OrderKey, order_reference: u64, shares: u32) {
        let fixed = outbound::OrderRestated {
            message_type: outbound::OrderRestated::TYPE,
            timestamp: self.timestamp.into(),
            user_ref_num: key.user_ref_num.into(),
            reason: RestateReason::DisplayRefreshed.code(),
        };
        let attributes = Attributes {
            secondary_ord_ref_num: Some(order_reference),
            display_quantity: Some(shares),
            user_ref_idx: (key.user_ref_idx != 0).then_some(key.user_ref_idx),
            ..Attributes::default()
        };
        let mut appendage = Vec::new();
        attributes.encode(&mut appendage);
        self.put(key.port, |out| ouch::encode(&fixed, Some(&appendage), out));
    }

    /// Both hear the same, each with its own flag, the buyer first.
    fn crossed(&mut self, event: &Event) {
        let Event::Crossed { buyer, seller, quantity, price, match_number } = event else {
            unreachable!("the caller names the kind");
        };
        for party in [buyer, seller] {
            let executed = outbound::OrderExecuted {
                message_type: outbound::OrderExecuted::TYPE,
                timestamp: self.timestamp.into(),
                user_ref_num: party.key.user_ref_num.into(),
                quantity: (*quantity).into(),
                price: u64::from(price.ten_thousandths()).into(),
                liquidity_flag: party.flag.code(),
                match_number: (*match_number).into(),
            };
            self.put_always(&party.key, &executed);
        }
    }

    fn prevented(&mut self, prevented: &Prevented) {
        let fixed = outbound::AiqCanceled {
            message_type: outbound::AiqCanceled::TYPE,
            timestamp: self.timestamp.into(),
            user_ref_num: prevented.key.user_ref_num.into(),
            decrement_shares: prevented.lost.into(),
            reason: CancelReason::SelfMatch.code(),
            quantity_prevented_from_trading: prevented.prevented.into(),
            execution_price: u64::from(prevented.price.ten_thousandths()).into(),
            liquidity_flag: prevented.liquidity_flag.code(),
            aiq_strategy: prevented.strategy.code(),
        };
        self.put_if_channel(&prevented.key, &fixed);
    }

    fn rejected(
        &mut self,
        key: &OrderKey,
        reason: ouch::RejectReason,
        cl_ord_id: protocol::ClOrdId,
    ) {
        #[cfg(feature = "planted-bugs")]
        let key = if crate::planted::bug(1) { &OrderKey { port: PortId(0), ..*key } } else { key };
        let fixed = outbound::Rejected {
            message_type: outbound::Rejected::TYPE,
            timestamp: self.timestamp.into(),
            user_ref_num: key.user_ref_num.into(),
            reason: reason.code().into(),
            cl_ord_id,
        };
        self.put_if_channel(key, &fixed);
    }

    fn system_event_to_all(&mut self, event_code: u8) {
        for port in self.context.ports() {
            self.system_event(port.id, event_code);
        }
    }

    fn system_event(&mut self, port: PortId, event_code: u8) {
        let fixed = outbound::SystemEvent {
            message_type: outbound::SystemEvent::TYPE,
            timestamp: self.timestamp.into(),
            event_code,
        };
        self.put(port, |out| ouch::encode(&fixed, None, out));
    }

    /// Puts a message whose appendage is left out unless the order has a channel.
    fn put_if_channel<M: Immutable + IntoBytes>(&mut self, key: &OrderKey, fixed: &M) {
        let channel = channel_element(key);
        let appendage = (key.user_ref_idx != 0).then_some(&channel[..]);
        self.put(key.port, |out| ouch::encode(fixed, appendage, out));
    }

    /// Puts a message whose appendage is always present.
    fn put_always<M: Immutable + IntoBytes>(&mut self, key: &OrderKey, fixed: &M) {
        let channel = channel_element(key);
        let appendage = if key.user_ref_idx == 0 { &[] } else { &channel[..] };
        self.put(key.port, |out| ouch::encode(fixed, Some(appendage), out));
    }

    /// Puts a message that echoes the elements of the request that may stand on it, as they were written.
    fn put_echo<M: Immutable + IntoBytes>(&mut self, port: PortId, fixed: &M, appendage: &[u8]) {
        let message_type = fixed.as_bytes()[0];
        self.put(port, |out| {
            ouch::encode(fixed, Some(&[]), out);
            let start = out.len();
            for element in Appendage::new(appendage).elements() {
                let element = element.expect("admission checked the appendage");
                if element.tag.allowed_outbound(message_type) && !is_own_channel(&element) {
                    let end = element.offset + 2 + element.value.len();
                    out.extend_from_slice(&appendage[element.offset..end]);
                }
            }
            let length =
                u16::try_from(out.len() - start).expect("an appendage's length is 16 bits");
            out[start - 2..start].copy_from_slice(&length.to_be_bytes());
        });
    }

    fn put(&mut self, port: PortId, write: impl FnOnce(&mut Vec<u8>)) {
        self.outbox.put(self.sequence, self.locate, Target::Port(port), write);
    }
}

/// The intermarket sweep flag as it is written.
fn sweep(intermarket_sweep: bool) -> u8 {
    if intermarket_sweep { b'Y' } else { b'N' }
}

/// Tells whether an element names the port's own channel, which says nothing.
fn is_own_channel(element: &Element<'_>) -> bool {
    element.tag == Tag::UserRefIdx && element.value == [0]
}

/// The UserRefIdx element of an order.
fn channel_element(key: &OrderKey) -> [u8; 3] {
    [2, Tag::UserRefIdx as u8, key.user_ref_idx]
}
