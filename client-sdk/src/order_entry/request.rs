//! Everything a client may ask of the venue, and its bytes.

use protocol::enums::Side;
use protocol::ouch::inbound::{
    AccountQuery, CancelOrder, DisableOrderEntry, EnableOrderEntry, MassCancel, ModifyOrder,
};
use protocol::ouch::{self, Attributes};
use protocol::{Mpid, Symbol};
use zerocopy::byteorder::big_endian::U32;
use zerocopy::{Immutable, IntoBytes};

use super::attribute::{firm, named, yes_or_no};
use super::number::UserRefNum;
use super::order::{NewOrder, Replacement};
use crate::error::RequestError;

/// One request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Request {
    Enter(NewOrder),
    /// Puts another order in the place of the first.
    Replace(UserRefNum, Replacement),
    /// Lets at most this many shares execute in total; 0 cancels all that is open.
    Cancel(UserRefNum, u32),
    Modify(UserRefNum, Modification),
    MassCancel(CancelFilter),
    DisableEntry(Mpid),
    EnableEntry(Mpid),
    /// Asks for the next number of this channel.
    AccountQuery(u8),
}

impl Request {
    /// Returns what the request is known by.
    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::Enter(order) => Subject::Number { channel: order.in_channel() },
            Self::Replace(original, _) => Subject::Number { channel: original.channel },
            Self::MassCancel(filter) => Subject::Number { channel: filter.channel },
            Self::DisableEntry(_) | Self::EnableEntry(_) => Subject::Number { channel: 0 },
            Self::Cancel(order, _) | Self::Modify(order, _) => Subject::Order(*order),
            Self::AccountQuery(channel) => Subject::Channel(*channel),
        }
    }

    /// Appends the OUCH message; one that takes a number takes `number`.
    ///
    /// # Errors
    ///
    /// The builder was given something that cannot be written; nothing is appended.
    pub fn encode(&self, number: u32, out: &mut Vec<u8>) -> Result<(), RequestError> {
        match self {
            Self::Enter(order) => order.encode(number, out),
            Self::Replace(original, replacement) => replacement.encode(*original, number, out),
            Self::Cancel(order, quantity) => {
                let fixed = CancelOrder {
                    message_type: CancelOrder::TYPE,
                    user_ref_num: U32::new(order.number),
                    quantity: U32::new(*quantity),
                };
                encode(&fixed, &Attributes::default(), order.channel, out);
                Ok(())
            }
            Self::Modify(order, modification) => modification.encode(*order, out),
            Self::MassCancel(filter) => filter.encode(number, out),
            Self::DisableEntry(firm) => {
                let user_ref_num = U32::new(number);
                let message_type = DisableOrderEntry::TYPE;
                let fixed = DisableOrderEntry { message_type, user_ref_num, firm: *firm };
                encode(&fixed, &Attributes::default(), 0, out);
                Ok(())
            }
            Self::EnableEntry(firm) => {
                let user_ref_num = U32::new(number);
                let message_type = EnableOrderEntry::TYPE;
                let fixed = EnableOrderEntry { message_type, user_ref_num, firm: *firm };
                encode(&fixed, &Attributes::default(), 0, out);
                Ok(())
            }
            Self::AccountQuery(channel) => {
                let fixed = AccountQuery { message_type: AccountQuery::TYPE };
                encode(&fixed, &Attributes::default(), *channel, out);
                Ok(())
            }
        }
    }
}

/// What a request is known by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    /// A new number of this channel.
    Number { channel: u8 },
    /// The order it names.
    Order(UserRefNum),
    /// The channel it asks for.
    Channel(u8),
}

/// Another sell side or fewer shares for a live order; priority is kept (Modify Order, `M`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Modification {
    side: Side,
    quantity: u32,
    attributes: Attributes,
    fault: Option<RequestError>,
}

impl Modification {
    /// Changes to `side`, and lets at most `quantity` shares execute in total.
    pub fn new(side: Side, quantity: u32) -> Self {
        Self { side, quantity, attributes: Attributes::default(), fault: None }
    }

    /// Says whether the shares of a short sale are located (tag 25).
    pub const fn shares_located(mut self, located: bool) -> Self {
        self.attributes.shares_located = Some(yes_or_no(located));
        self
    }

    /// Names the broker that located the shares (tag 26).
    pub fn locate_broker(mut self, mpid: &str) -> Self {
        self.attributes.locate_broker = firm("LocateBroker", mpid, &mut self.fault);
        self
    }

    fn encode(&self, order: UserRefNum, out: &mut Vec<u8>) -> Result<(), RequestError> {
        self.fault.map_or(Ok(()), Err)?;
        let fixed = ModifyOrder {
            message_type: ModifyOrder::TYPE,
            user_ref_num: U32::new(order.number),
            side: self.side.code(),
            quantity: U32::new(self.quantity),
        };
        encode(&fixed, &self.attributes, order.channel, out);
        Ok(())
    }
}

/// Which orders a mass cancel takes: all of a firm, unless narrowed (Mass Cancel, `C`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CancelFilter {
    firm: Mpid,
    symbol: Symbol,
    channel: u8,
    attributes: Attributes,
    fault: Option<RequestError>,
}

impl CancelFilter {
    /// Takes every open order the account has for its own firm.
    pub fn own_firm() -> Self {
        Self {
            firm: Mpid::BLANK,
            symbol: Symbol::BLANK,
            channel: 0,
            attributes: Attributes::default(),
            fault: None,
        }
    }

    /// Takes every open order the account has for the firm.
    pub fn firm(mpid: &str) -> Self {
        let mut fault = None;
        let firm = named("firm", Mpid::new(mpid), &mut fault);
        Self { firm, fault, ..Self::own_firm() }
    }

    /// Only those of this symbol.
    pub fn symbol(mut self, symbol: &str) -> Self {
        self.symbol = named("symbol", Symbol::new(symbol), &mut self.fault);
        self
    }

    /// Only those of exactly this side (tag 27).
    pub const fn side(mut self, side: Side) -> Self {
        self.attributes.side = Some(side.code());
        self
    }

    /// Only those of this entity; 0: those without one (tag 24).
    pub const fn group_id(mut self, group: u16) -> Self {
        self.attributes.group_id = Some(group);
        self
    }

    /// Only those of this channel, in which the request itself counts too (tag 28).
    pub const fn channel(mut self, channel: u8) -> Self {
        self.channel = channel;
        self
    }

    fn encode(&self, number: u32, out: &mut Vec<u8>) -> Result<(), RequestError> {
        self.fault.map_or(Ok(()), Err)?;
        let fixed = MassCancel {
            message_type: MassCancel::TYPE,
            user_ref_num: U32::new(number),
            firm: self.firm,
            symbol: self.symbol,
        };
        encode(&fixed, &self.attributes, self.channel, out);
        Ok(())
    }
}

/// Appends a message with its attributes, and its channel when it is not the port's own.
///
/// Cancel, Modify and Account Query leave an empty appendage out, as live clients do.
pub(super) fn encode<M: Immutable + IntoBytes>(
    fixed: &M,
    attributes: &Attributes,
    channel: u8,
    out: &mut Vec<u8>,
) {
    let user_ref_idx = (channel != 0).then_some(channel);
    let mut appendage = Vec::new();
    Attributes { user_ref_idx, ..*attributes }.encode(&mut appendage);
    let may_leave_out = matches!(
        fixed.as_bytes().first(),
        Some(&(CancelOrder::TYPE | ModifyOrder::TYPE | AccountQuery::TYPE))
    );
    let leave_out = may_leave_out && appendage.is_empty();
    ouch::encode(fixed, (!leave_out).then_some(&appendage), out);
}
