//! From the bytes of an outbound message to its event.
//!
//! Total: a code that is not in the specification is told as such, with the message.

use bytes::Bytes;
use protocol::Price;
use protocol::enums::{Side, UnknownCode};
use protocol::ouch::outbound::{self, Outbound};
use protocol::ouch::reason::UnknownReason;
use protocol::ouch::{Appendage, AppendageError, Attributes, DecodeError};
use thiserror::Error;
use zerocopy::byteorder::big_endian::{U32, U64};

use super::event::{
    Accepted, AccountQueryResponse, AiqCanceled, BrokenTrade, CancelPending, CancelReject,
    Canceled, EntrySwitched, Event, Executed, MassCancelResponse, Modified, PriorityUpdate,
    Rejected, Replaced, Restated, Stamp, SystemEvent,
};
use super::number::UserRefNum;

/// Why a message of the venue cannot be read.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum MessageError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Appendage(#[from] AppendageError),
    #[error(transparent)]
    Code(#[from] UnknownCode),
    #[error(transparent)]
    Reason(#[from] UnknownReason),
    #[error("price {0} is not below 2^32")]
    Price(u64),
}

impl Event {
    /// Reads one OUCH message, the payload of a sequenced packet.
    pub fn decode(sequence_number: u64, message: &[u8]) -> Self {
        read(sequence_number, message).unwrap_or_else(|error| Self::Unreadable {
            sequence_number,
            message: Bytes::copy_from_slice(message),
            error,
        })
    }
}

/// What the translation of every message needs beside its fixed part.
#[derive(Clone, Copy)]
struct Context {
    stamp: Stamp,
    attributes: Attributes,
}

impl Context {
    fn order(&self, number: U32) -> UserRefNum {
        let channel = self.attributes.user_ref_idx.unwrap_or(0);
        UserRefNum { channel, number: number.get() }
    }
}

fn read(sequence_number: u64, bytes: &[u8]) -> Result<Event, MessageError> {
    let context = |time: U64, appendage: Appendage<'_>| {
        let message_type = bytes.first().copied().unwrap_or_default();
        let attributes = Attributes::parse_outbound(message_type, appendage)?;
        let stamp = Stamp { sequence_number, time_ns: time.get() };
        Ok::<_, AppendageError>(Context { stamp, attributes })
    };
    match Outbound::decode(bytes)? {
        Outbound::SystemEvent(wire) => {
            let stamp = Stamp { sequence_number, time_ns: wire.timestamp.get() };
            Ok(Event::SystemEvent(SystemEvent { stamp, code: wire.event_code.try_into()? }))
        }
        Outbound::OrderAccepted(wire, tags) => accepted(wire, &context(wire.timestamp, tags)?),
        Outbound::OrderReplaced(wire, tags) => replaced(wire, &context(wire.timestamp, tags)?),
        Outbound::OrderCanceled(wire, tags) => canceled(wire, &context(wire.timestamp, tags)?),
        Outbound::AiqCanceled(wire, tags) => aiq_canceled(wire, &context(wire.timestamp, tags)?),
        Outbound::OrderExecuted(wire, tags) => executed(wire, &context(wire.timestamp, tags)?),
        Outbound::BrokenTrade(wire, tags) => broken(wire, &context(wire.timestamp, tags)?),
        Outbound::Rejected(wire, tags) => rejected(wire, &context(wire.timestamp, tags)?),
        Outbound::CancelPending(wire, tags) => {
            let context = context(wire.timestamp, tags)?;
            let order = context.order(wire.user_ref_num);
            Ok(Event::CancelPending(CancelPending { stamp: context.stamp, order }))
        }
        Outbound::CancelReject(wire, tags) => {
            let context = context(wire.timestamp, tags)?;
            let order = context.order(wire.user_ref_num);
            Ok(Event::CancelReject(CancelReject { stamp: context.stamp, order }))
        }
        Outbound::OrderPriorityUpdate(wire, tags) => {
            priority_update(wire, &context(wire.timestamp, tags)?)
        }
        Outbound::OrderModified(wire, tags) => modified(wire, &context(wire.timestamp, tags)?),
        Outbound::OrderRestated(wire, tags) => restated(wire, &context(wire.timestamp, tags)?),
        Outbound::MassCancelResponse(wire, tags) => {
            mass_cancel(wire, &context(wire.timestamp, tags)?)
        }
        Outbound::DisableOrderEntryResponse(wire, tags) => {
            let context = context(wire.timestamp, tags)?;
            let request = context.order(wire.user_ref_num);
            let stamp = context.stamp;
            Ok(Event::EntryDisabled(EntrySwitched { stamp, request, firm: wire.firm }))
        }
        Outbound::EnableOrderEntryResponse(wire, tags) => {
            let context = context(wire.timestamp, tags)?;
            let request = context.order(wire.user_ref_num);
            let stamp = context.stamp;
            Ok(Event::EntryEnabled(EntrySwitched { stamp, request, firm: wire.firm }))
        }
        Outbound::AccountQueryResponse(wire, tags) => {
            let context = context(wire.timestamp, tags)?;
            let next = context.order(wire.next_user_ref_num);
            Ok(Event::AccountQueryResponse(AccountQueryResponse { stamp: context.stamp, next }))
        }
    }
}

fn price(wire: U64) -> Result<Price, MessageError> {
    let ten_thousandths = wire.get();
    u32::try_from(ten_thousandths).map(Price::new).map_err(|_| MessageError::Price(ten_thousandths))
}

fn accepted(wire: &outbound::OrderAccepted, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::Accepted(Box::new(Accepted {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        side: wire.side.try_into()?,
        quantity: wire.quantity.get(),
        symbol: wire.symbol,
        price: price(wire.price)?,
        time_in_force: wire.time_in_force.try_into()?,
        display: wire.display.try_into()?,
        order_reference_number: wire.order_reference_number.get(),
        capacity: wire.capacity.try_into()?,
        intermarket_sweep: wire.intermarket_sweep_eligibility == b'Y',
        cross_type: wire.cross_type.try_into()?,
        order_state: wire.order_state.try_into()?,
        cl_ord_id: wire.cl_ord_id,
        attributes: context.attributes,
    })))
}

fn replaced(wire: &outbound::OrderReplaced, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::Replaced(Box::new(Replaced {
        stamp: context.stamp,
        original: context.order(wire.orig_user_ref_num),
        order: context.order(wire.user_ref_num),
        side: wire.side.try_into()?,
        quantity: wire.quantity.get(),
        symbol: wire.symbol,
        price: price(wire.price)?,
        time_in_force: wire.time_in_force.try_into()?,
        display: wire.display.try_into()?,
        order_reference_number: wire.order_reference_number.get(),
        capacity: wire.capacity.try_into()?,
        intermarket_sweep: wire.intermarket_sweep_eligibility == b'Y',
        cross_type: wire.cross_type.try_into()?,
        order_state: wire.order_state.try_into()?,
        cl_ord_id: wire.cl_ord_id,
        attributes: context.attributes,
    })))
}

fn canceled(wire: &outbound::OrderCanceled, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::Canceled(Canceled {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        quantity: wire.quantity.get(),
        reason: wire.reason.try_into()?,
    }))
}

fn aiq_canceled(wire: &outbound::AiqCanceled, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::AiqCanceled(AiqCanceled {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        decrement_shares: wire.decrement_shares.get(),
        reason: wire.reason.try_into()?,
        quantity_prevented_from_trading: wire.quantity_prevented_from_trading.get(),
        execution_price: price(wire.execution_price)?,
        liquidity_flag: wire.liquidity_flag.try_into()?,
        aiq_strategy: wire.aiq_strategy.try_into()?,
    }))
}

fn executed(wire: &outbound::OrderExecuted, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::Executed(Executed {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        quantity: wire.quantity.get(),
        price: price(wire.price)?,
        liquidity_flag: wire.liquidity_flag.try_into()?,
        match_number: wire.match_number.get(),
    }))
}

fn broken(wire: &outbound::BrokenTrade, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::BrokenTrade(BrokenTrade {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        match_number: wire.match_number.get(),
        reason: wire.reason.try_into()?,
        cl_ord_id: wire.cl_ord_id,
    }))
}

fn rejected(wire: &outbound::Rejected, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::Rejected(Rejected {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        reason: wire.reason.get().try_into()?,
        cl_ord_id: wire.cl_ord_id,
    }))
}

fn priority_update(
    wire: &outbound::OrderPriorityUpdate,
    context: &Context,
) -> Result<Event, MessageError> {
    Ok(Event::PriorityUpdate(PriorityUpdate {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        price: price(wire.price)?,
        display: wire.display.try_into()?,
        order_reference_number: wire.order_reference_number.get(),
    }))
}

fn modified(wire: &outbound::OrderModified, context: &Context) -> Result<Event, MessageError> {
    Ok(Event::Modified(Modified {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        side: wire.side.try_into()?,
        quantity: wire.quantity.get(),
        attributes: context.attributes,
    }))
}

fn restated(wire: &outbound::OrderRestated, context: &Context) -> Result<Event, MessageError> {
    let tags = &context.attributes;
    Ok(Event::Restated(Restated {
        stamp: context.stamp,
        order: context.order(wire.user_ref_num),
        reason: wire.reason.try_into()?,
        secondary_ord_ref_num: tags.secondary_ord_ref_num,
        display_quantity: tags.display_quantity,
        display_price: tags.display_price.map(|value| price(U64::new(value))).transpose()?,
    }))
}

fn mass_cancel(
    wire: &outbound::MassCancelResponse,
    context: &Context,
) -> Result<Event, MessageError> {
    Ok(Event::MassCancelResponse(MassCancelResponse {
        stamp: context.stamp,
        request: context.order(wire.user_ref_num),
        firm: wire.firm,
        symbol: wire.symbol,
        side: context.attributes.side.map(Side::try_from).transpose()?,
        group_id: context.attributes.group_id,
    }))
}
