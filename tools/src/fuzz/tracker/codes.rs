//! Whether a message says only what its fields may say: the tables of `docs/protocols/ouch.md`, "Codes".

use protocol::enums::{
    AiqStrategy, BrokenTradeReason, CancelReason, Capacity, CrossType, Display, LiquidityFlag,
    OrderState, RestateReason, Side, SystemEventCode, TimeInForce, UnknownCode,
};
use protocol::ouch::{Appendage, Attributes, Outbound, RejectReason};
use protocol::price::{MARKET_PRICE, MARKET_PRICE_CROSS};
use protocol::{ClOrdId, Price};

use crate::fuzz::finding::{Checked, Finding, demand};
use crate::fuzz::rules::Rule;

/// Checks every code and tag of a message, and gives its attributes.
pub(super) fn check(message: &Outbound<'_>, message_type: u8) -> Checked<Attributes> {
    check_fields(message)?;
    Attributes::parse_outbound(message_type, appendage(message))
        .map_err(|error| Finding::new(Rule::Malformed, format!("appendage: {error}")))
}

/// Tells whether a price is a limit.
pub(super) fn is_limit(price: u64) -> bool {
    1 <= price && price <= u64::from(Price::MAX.ten_thousandths())
}

/// Nanoseconds since midnight at which a message was sent.
pub(super) fn timestamp(message: &Outbound<'_>) -> u64 {
    match message {
        Outbound::SystemEvent(m) => m.timestamp,
        Outbound::OrderAccepted(m, _) => m.timestamp,
        Outbound::OrderReplaced(m, _) => m.timestamp,
        Outbound::OrderCanceled(m, _) => m.timestamp,
        Outbound::AiqCanceled(m, _) => m.timestamp,
        Outbound::OrderExecuted(m, _) => m.timestamp,
        Outbound::BrokenTrade(m, _) => m.timestamp,
        Outbound::Rejected(m, _) => m.timestamp,
        Outbound::CancelPending(m, _) => m.timestamp,
        Outbound::CancelReject(m, _) => m.timestamp,
        Outbound::OrderPriorityUpdate(m, _) => m.timestamp,
        Outbound::OrderModified(m, _) => m.timestamp,
        Outbound::OrderRestated(m, _) => m.timestamp,
        Outbound::MassCancelResponse(m, _) => m.timestamp,
        Outbound::DisableOrderEntryResponse(m, _) => m.timestamp,
        Outbound::EnableOrderEntryResponse(m, _) => m.timestamp,
        Outbound::AccountQueryResponse(m, _) => m.timestamp,
    }
    .get()
}

fn check_fields(message: &Outbound<'_>) -> Checked {
    match message {
        Outbound::SystemEvent(m) => code::<SystemEventCode>(m.event_code),
        Outbound::OrderAccepted(m, _) => {
            code::<Side>(m.side)?;
            price(m.price.get())?;
            code::<TimeInForce>(m.time_in_force)?;
            code::<Display>(m.display)?;
            code::<Capacity>(m.capacity)?;
            flag(m.intermarket_sweep_eligibility)?;
            code::<CrossType>(m.cross_type)?;
            code::<OrderState>(m.order_state)?;
            shares(m.quantity.get())
        }
        Outbound::OrderReplaced(m, _) => {
            code::<Side>(m.side)?;
            price(m.price.get())?;
            code::<TimeInForce>(m.time_in_force)?;
            code::<Display>(m.display)?;
            code::<Capacity>(m.capacity)?;
            flag(m.intermarket_sweep_eligibility)?;
            code::<CrossType>(m.cross_type)?;
            code::<OrderState>(m.order_state)
        }
        Outbound::OrderCanceled(m, _) => {
            code::<CancelReason>(m.reason)?;
            shares(m.quantity.get())
        }
        Outbound::AiqCanceled(m, _) => {
            code::<AiqStrategy>(m.aiq_strategy)?;
            code::<LiquidityFlag>(m.liquidity_flag)?;
            let reason = m.reason;
            demand(reason == CancelReason::SelfMatch.code(), Rule::IllegalCode, || {
                format!("AIQ Canceled with reason {}", reason.escape_ascii())
            })
        }
        Outbound::OrderExecuted(m, _) => {
            code::<LiquidityFlag>(m.liquidity_flag)?;
            let price = m.price.get();
            demand(is_limit(price), Rule::IllegalPrice, || format!("executed at {price}"))?;
            shares(m.quantity.get())
        }
        Outbound::BrokenTrade(m, _) => code::<BrokenTradeReason>(m.reason),
        Outbound::Rejected(m, _) => RejectReason::try_from(m.reason.get())
            .map(drop)
            .map_err(|error| Finding::new(Rule::IllegalCode, error.to_string())),
        Outbound::OrderPriorityUpdate(m, _) => price(m.price.get()),
        Outbound::OrderModified(m, _) => {
            code::<Side>(m.side)?;
            shares(m.quantity.get())
        }
        Outbound::OrderRestated(m, _) => code::<RestateReason>(m.reason),
        Outbound::CancelPending(..)
        | Outbound::CancelReject(..)
        | Outbound::MassCancelResponse(..)
        | Outbound::DisableOrderEntryResponse(..)
        | Outbound::EnableOrderEntryResponse(..)
        | Outbound::AccountQueryResponse(..) => Ok(()),
    }
}

fn code<T: TryFrom<u8, Error = UnknownCode>>(code: u8) -> Checked {
    T::try_from(code).map(drop).map_err(|error| Finding::new(Rule::IllegalCode, error.to_string()))
}

fn flag(code: u8) -> Checked {
    demand(b"YN".contains(&code), Rule::IllegalCode, || {
        format!("flag {} is neither Y nor N", code.escape_ascii())
    })
}

fn price(price: u64) -> Checked {
    let legal = is_limit(price) || price == MARKET_PRICE || price == MARKET_PRICE_CROSS;
    demand(legal, Rule::IllegalPrice, || format!("{price} is no price"))
}

fn shares(quantity: u32) -> Checked {
    demand((1..=999_999).contains(&quantity), Rule::IllegalQuantity, || {
        format!("a message about {quantity} shares")
    })
}

fn appendage<'a>(message: &Outbound<'a>) -> Appendage<'a> {
    match *message {
        Outbound::SystemEvent(_) => Appendage::EMPTY,
        Outbound::OrderAccepted(_, appendage)
        | Outbound::OrderReplaced(_, appendage)
        | Outbound::OrderCanceled(_, appendage)
        | Outbound::AiqCanceled(_, appendage)
        | Outbound::OrderExecuted(_, appendage)
        | Outbound::BrokenTrade(_, appendage)
        | Outbound::Rejected(_, appendage)
        | Outbound::CancelPending(_, appendage)
        | Outbound::CancelReject(_, appendage)
        | Outbound::OrderPriorityUpdate(_, appendage)
        | Outbound::OrderModified(_, appendage)
        | Outbound::OrderRestated(_, appendage)
        | Outbound::MassCancelResponse(_, appendage)
        | Outbound::DisableOrderEntryResponse(_, appendage)
        | Outbound::EnableOrderEntryResponse(_, appendage)
        | Outbound::AccountQueryResponse(_, appendage) => appendage,
    }
}

/// Checks that a client's own name of an order came back.
pub(super) fn same_name(sent: ClOrdId, told: ClOrdId) -> Checked {
    demand(sent == told, Rule::WrongEcho, || format!("ClOrdID {sent:?} came back as {told:?}"))
}
