//! Outbound messages: what the host tells a client.
//!
//! Travels in SoupBinTCP sequenced data, one message a packet, so every one has its place in the
//! session. All carry their time, in nanoseconds since midnight, right after the type. A message on an
//! order in a channel of its own (UserRefIdx) carries that tag; without tags, most leave out the
//! appendage and its length.

use super::{Appendage, DecodeError, Presence, split, whole};

mod order;
mod cancel;
mod trade;
mod account;

pub use account::{
    AccountQueryResponse, DisableOrderEntryResponse, EnableOrderEntryResponse, SystemEvent,
};
pub use cancel::{AiqCanceled, CancelPending, CancelReject, MassCancelResponse, OrderCanceled};
pub use order::{
    OrderAccepted, OrderModified, OrderPriorityUpdate, OrderReplaced, OrderRestated, Rejected,
};
pub use trade::{BrokenTrade, OrderExecuted};

/// One outbound message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outbound<'a> {
    SystemEvent(&'a SystemEvent),
    OrderAccepted(&'a OrderAccepted, Appendage<'a>),
    OrderReplaced(&'a OrderReplaced, Appendage<'a>),
    OrderCanceled(&'a OrderCanceled, Appendage<'a>),
    AiqCanceled(&'a AiqCanceled, Appendage<'a>),
    OrderExecuted(&'a OrderExecuted, Appendage<'a>),
    BrokenTrade(&'a BrokenTrade, Appendage<'a>),
    Rejected(&'a Rejected, Appendage<'a>),
    CancelPending(&'a CancelPending, Appendage<'a>),
    CancelReject(&'a CancelReject, Appendage<'a>),
    OrderPriorityUpdate(&'a OrderPriorityUpdate, Appendage<'a>),
    OrderModified(&'a OrderModified, Appendage<'a>),
    OrderRestated(&'a OrderRestated, Appendage<'a>),
    MassCancelResponse(&'a MassCancelResponse, Appendage<'a>),
    DisableOrderEntryResponse(&'a DisableOrderEntryResponse, Appendage<'a>),
    EnableOrderEntryResponse(&'a EnableOrderEntryResponse, Appendage<'a>),
    AccountQueryResponse(&'a AccountQueryResponse, Appendage<'a>),
}

impl<'a> Outbound<'a> {
    /// Reads one message, which is all of `bytes`; costs no allocation and no copy.
    ///
    /// Checks the type and the lengths. What the fields and the appendage hold is not looked at.
    ///
    /// # Errors
    ///
    /// When there are no bytes, the type is unknown, or the length is not that of the type.
    #[inline]
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let &message_type = bytes.first().ok_or(DecodeError::Empty)?;
        match message_type {
            SystemEvent::TYPE => whole(bytes).map(Self::SystemEvent),
            OrderAccepted::TYPE => split(bytes, Presence::Always, Self::OrderAccepted),
            OrderReplaced::TYPE => split(bytes, Presence::Always, Self::OrderReplaced),
            OrderCanceled::TYPE => split(bytes, Presence::WhenFilled, Self::OrderCanceled),
            AiqCanceled::TYPE => split(bytes, Presence::WhenFilled, Self::AiqCanceled),
            OrderExecuted::TYPE => split(bytes, Presence::Always, Self::OrderExecuted),
            BrokenTrade::TYPE => split(bytes, Presence::WhenFilled, Self::BrokenTrade),
            Rejected::TYPE => split(bytes, Presence::WhenFilled, Self::Rejected),
            CancelPending::TYPE => split(bytes, Presence::WhenFilled, Self::CancelPending),
            CancelReject::TYPE => split(bytes, Presence::WhenFilled, Self::CancelReject),
            OrderPriorityUpdate::TYPE => {
                split(bytes, Presence::WhenFilled, Self::OrderPriorityUpdate)
            }
            OrderModified::TYPE => split(bytes, Presence::WhenFilled, Self::OrderModified),
            OrderRestated::TYPE => split(bytes, Presence::Always, Self::OrderRestated),
            MassCancelResponse::TYPE => split(bytes, Presence::Always, Self::MassCancelResponse),
            DisableOrderEntryResponse::TYPE => {
                split(bytes, Presence::Always, Self::DisableOrderEntryResponse)
            }
            EnableOrderEntryResponse::TYPE => {
                split(bytes, Presence::Always, Self::EnableOrderEntryResponse)
            }
            AccountQueryResponse::TYPE => {
                split(bytes, Presence::WhenFilled, Self::AccountQueryResponse)
            }
            _ => Err(DecodeError::UnknownType(message_type)),
        }
    }
}
