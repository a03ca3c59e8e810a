//! Orders and replacements, built step by step.
//!
//! A builder never fails: the first thing that cannot be written is told by the call that sends it.

use protocol::enums::{AiqStrategy, Capacity, CrossType, Display, Side, TimeInForce};
use protocol::ouch::Attributes;
use protocol::ouch::inbound::{EnterOrder, ReplaceOrder};
use protocol::price::MARKET_PRICE;
use protocol::{ClOrdId, DisconnectPolicy, Price, Symbol};
use zerocopy::byteorder::big_endian::{U32, U64};

use super::attribute::{
    CustomerType, HandleInst, PriceType, firm, named, order_attributes, yes_or_no,
};
use super::number::UserRefNum;
use crate::error::RequestError;

/// An order to be entered (Enter Order, `O`).
///
/// Unless told otherwise: a day order, shown, principal, for the continuous market.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NewOrder {
    side: Side,
    quantity: u32,
    symbol: Symbol,
    price: Option<u64>,
    time_in_force: TimeInForce,
    display: Display,
    capacity: Capacity,
    intermarket_sweep: bool,
    cross_type: CrossType,
    cl_ord_id: ClOrdId,
    on_disconnect: Option<DisconnectPolicy>,
    channel: u8,
    attributes: Attributes,
    fault: Option<RequestError>,
}

impl NewOrder {
    /// Buys `quantity` shares, 1 to 999,999.
    pub fn buy(symbol: &str, quantity: u32) -> Self {
        Self::new(Side::Buy, symbol, quantity)
    }

    /// Sells shares that are owned.
    pub fn sell(symbol: &str, quantity: u32) -> Self {
        Self::new(Side::Sell, symbol, quantity)
    }

    /// Sells short.
    pub fn sell_short(symbol: &str, quantity: u32) -> Self {
        Self::new(Side::SellShort, symbol, quantity)
    }

    /// Sells short, exempt from the price test.
    pub fn sell_short_exempt(symbol: &str, quantity: u32) -> Self {
        Self::new(Side::SellShortExempt, symbol, quantity)
    }

    /// Begins an order of either side; a limit price or `market` must follow.
    pub fn new(side: Side, symbol: &str, quantity: u32) -> Self {
        let mut fault = None;
        let symbol = named("symbol", Symbol::new(symbol), &mut fault);
        Self {
            side,
            quantity,
            symbol,
            price: None,
            time_in_force: TimeInForce::Day,
            display: Display::Visible,
            capacity: Capacity::Principal,
            intermarket_sweep: false,
            cross_type: CrossType::None,
            cl_ord_id: ClOrdId::BLANK,
            on_disconnect: None,
            channel: 0,
            attributes: Attributes::default(),
            fault,
        }
    }

    /// Says for whom the firm trades; principal when not given.
    pub const fn capacity(mut self, capacity: Capacity) -> Self {
        self.capacity = capacity;
        self
    }

    /// Is meant for an auction.
    pub const fn cross(mut self, cross_type: CrossType) -> Self {
        self.cross_type = cross_type;
        self
    }

    /// Trades for this firm instead of the account's own (tag 2).
    pub fn firm(mut self, mpid: &str) -> Self {
        self.attributes.firm = firm("Firm", mpid, &mut self.fault);
        self
    }

    /// Says whether the order is retail (tag 4).
    pub const fn customer_type(mut self, customer_type: CustomerType) -> Self {
        self.attributes.customer_type = Some(customer_type as u8);
        self
    }

    /// Names the entity within the firm (tag 24).
    pub const fn group_id(mut self, group: u16) -> Self {
        self.attributes.group_id = Some(group);
        self
    }

    /// Counts and is kept apart in this order flow channel (UserRefIdx, tag 28); 0: the port's own.
    pub const fn channel(mut self, channel: u8) -> Self {
        self.channel = channel;
        self
    }

    pub(super) fn in_channel(&self) -> u8 {
        self.channel
    }

    /// Appends the message.
    pub(super) fn encode(&self, number: u32, out: &mut Vec<u8>) -> Result<(), RequestError> {
        let price = checked_price(self.price, self.fault)?;
        let fixed = EnterOrder {
            message_type: EnterOrder::TYPE,
            user_ref_num: U32::new(number),
            side: self.side.code(),
            quantity: U32::new(self.quantity),
            symbol: self.symbol,
            price: U64::new(price),
            time_in_force: self.time_in_force.code(),
            display: self.display.code(),
            capacity: self.capacity.code(),
            intermarket_sweep_eligibility: yes_or_no(self.intermarket_sweep),
            cross_type: self.cross_type.code(),
            cl_ord_id: asking(self.cl_ord_id, self.on_disconnect)?,
        };
        super::request::encode(&fixed, &self.attributes, self.channel, out);
        Ok(())
    }
}

/// What takes the place of a live order (Replace Order Request, `U`).
///
/// Loses priority and stays in the channel of its order. Attributes that are not given stay those of the order that was entered, except
/// `shares_located` and `locate_broker`; time in force, display and sweep are as given here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replacement {
    quantity: u32,
    price: Option<u64>,
    time_in_force: TimeInForce,
    display: Display,
    intermarket_sweep: bool,
    cl_ord_id: ClOrdId,
    on_disconnect: Option<DisconnectPolicy>,
    attributes: Attributes,
    fault: Option<RequestError>,
}

impl Replacement {
    /// Begins a replacement; a limit price or `market` must follow.
    ///
    /// `quantity` counts the whole chain of replaces: shares executed so far are part of it.
    pub fn new(quantity: u32) -> Self {
        Self {
            quantity,
            price: None,
            time_in_force: TimeInForce::Day,
            display: Display::Visible,
            intermarket_sweep: false,
            cl_ord_id: ClOrdId::BLANK,
            on_disconnect: None,
            attributes: Attributes::default(),
            fault: None,
        }
    }

    /// Changes the side among the three sell sides (tag 27).
    pub const fn side(mut self, side: Side) -> Self {
        self.attributes.side = Some(side.code());
        self
    }

    /// Appends the message, in the channel of the original order.
    pub(super) fn encode(
        &self,
        original: UserRefNum,
        number: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), RequestError> {
        let price = checked_price(self.price, self.fault)?;
        let fixed = ReplaceOrder {
            message_type: ReplaceOrder::TYPE,
            orig_user_ref_num: U32::new(original.number),
            user_ref_num: U32::new(number),
            quantity: U32::new(self.quantity),
            price: U64::new(price),
            time_in_force: self.time_in_force.code(),
            display: self.display.code(),
            intermarket_sweep_eligibility: yes_or_no(self.intermarket_sweep),
            cl_ord_id: asking(self.cl_ord_id, self.on_disconnect)?,
        };
        super::request::encode(&fixed, &self.attributes, original.channel, out);
        Ok(())
    }
}

/// The ClOrdID as it is sent: with what the order asks for before it.
fn asking(cl_ord_id: ClOrdId, policy: Option<DisconnectPolicy>) -> Result<ClOrdId, RequestError> {
    policy.map_or(Ok(cl_ord_id), |policy| {
        policy.ask_in(cl_ord_id).ok_or(RequestError::ClOrdIdTooLong)
    })
}

fn checked_price(price: Option<u64>, fault: Option<RequestError>) -> Result<u64, RequestError> {
    match fault {
        Some(fault) => Err(fault),
        None => price.ok_or(RequestError::NoPrice),
    }
}

order_attributes!(NewOrder);
order_attributes!(Replacement);
