//! What admission asks of a message alone: the fields of an order and the tags of its appendage.
//!
//! The first check that fails decides, in the order written here.

use engine::command::SymbolDefined;
use protocol::ouch::inbound::{EnterOrder, ReplaceOrder};
use protocol::ouch::reason::RejectReason;

use super::appendage::{
    AIQ_GROUP_ID, AIQ_STRATEGY, CUSTOMER_TYPE, DISCRETION_PEG_OFFSET, DISCRETION_PRICE,
    DISCRETION_PRICE_TYPE, EXPIRE_TIME, Element, Elements, HANDLE_INST, MAX_FLOOR, MIN_QTY,
    PEG_OFFSET, POST_ONLY, PRICE_TYPE, RANDOM_RESERVES, SHARES_LOCATED, SIDE, TRADE_NOW,
};

/// Tag 29: none, the port's, and four levels of five each.
const STRATEGIES: &[u8] = b"N*YDOWRydowrZEPXS01245";

/// The largest limit price: 199,999.9900.
pub(super) const MAX_LIMIT: u64 = 1_999_999_900;

/// HandleInst of an order for the imbalance only.
const IMBALANCE_ONLY: u8 = b'I';

/// What HandleInst says of the imbalance; none when it is not given.
pub(super) fn imbalance_only(elements: &Elements) -> Option<bool> {
    elements.find(HANDLE_INST).map(|element| element.code() == IMBALANCE_ONLY)
}

/// Refuses with the reason if the condition holds.
pub(super) fn refuse_if(condition: bool, reason: RejectReason) -> Result<(), RejectReason> {
    if condition { Err(reason) } else { Ok(()) }
}

/// Tells whether the price means "at any price".
pub(super) fn is_market(price: u64) -> bool {
    price == 0x7FFF_FFFF || price == 2_000_000_000
}

/// Gives the limit, none for a market order.
pub(super) fn limit(price: u64) -> Option<u64> {
    (!is_market(price)).then_some(price)
}

/// Checks the fixed part of an Enter Order.
pub(super) fn enter_fields(
    order: &EnterOrder,
    symbol: Option<&SymbolDefined>,
) -> Result<(), RejectReason> {
    let quantity = order.quantity.get();
    refuse_if(!b"BSTE".contains(&order.side), RejectReason::InvalidSide)?;
    refuse_if(quantity_is_wrong(quantity), RejectReason::InvalidQuantity)?;
    let symbol = symbol.ok_or(RejectReason::InvalidSymbol)?;
    refuse_if(is_odd_lot(symbol, quantity), RejectReason::InvalidQuantity)?;
    refuse_if(price_is_wrong(order.price.get()), RejectReason::InvalidPrice)?;
    match order.time_in_force {
        b'0' | b'3' => {}
        b'5' | b'E' => return Err(RejectReason::RiskPostMarketNotAllowed),
        _ => return Err(RejectReason::Other),
    }
    refuse_if(!b"YAN".contains(&order.display), RejectReason::InvalidDisplay)?;
    refuse_if(!b"APRO".contains(&order.capacity), RejectReason::Other)?;
    let sweep = order.intermarket_sweep_eligibility;
    refuse_if(!b"YN".contains(&sweep), RejectReason::Other)?;
    match order.cross_type {
        b'N' | b'O' => Ok(()),
        b'R' => Err(RejectReason::RetailNotAllowed),
        _ => Err(RejectReason::InvalidCrossOrder),
    }
}

/// Tells whether a Replace asks for something no order may be; the original is then canceled.
pub(super) fn replace_is_invalid(
    order: &ReplaceOrder,
    elements: &Elements,
    symbol: &SymbolDefined,
) -> bool {
    let quantity = order.quantity.get();
    !elements.well_formed
        || quantity_is_wrong(quantity)
        || is_odd_lot(symbol, quantity)
        || price_is_wrong(order.price.get())
        || !b"03".contains(&order.time_in_force)
        || !b"YAN".contains(&order.display)
        || !b"YN".contains(&order.intermarket_sweep_eligibility)
        || tags(elements, &Frame::of_replace(order, elements, symbol)).is_err()
        || elements.find(SIDE).is_some_and(|side| !b"BSTE".contains(&side.code()))
}

/// Checks the tags by rising number; the firm is checked elsewhere.
pub(super) fn tags(elements: &Elements, frame: &Frame) -> Result<(), RejectReason> {
    elements.by_tag().into_iter().try_for_each(|element| tag(element, frame))
}

/// The fields of an order that its tags must go with.
pub(super) struct Frame {
    quantity: u64,
    round_lot: u64,
    /// Nothing of the order may rest.
    immediate: bool,
    hidden: bool,
    /// It is for a cross, out of the book until then.
    waits: bool,
    /// MaxFloor, 0 when it is not given.
    floor: u64,
}

impl Frame {
    pub(super) fn of_enter(
        order: &EnterOrder,
        elements: &Elements,
        symbol: &SymbolDefined,
    ) -> Self {
        Self {
            quantity: order.quantity.get().into(),
            round_lot: symbol.round_lot_size.into(),
            immediate: order.cross_type == b'N'
                && (order.time_in_force == b'3' || is_market(order.price.get())),
            hidden: order.display == b'N',
            waits: order.cross_type != b'N',
            floor: elements.find(MAX_FLOOR).map_or(0, Element::number),
        }
    }

    fn of_replace(order: &ReplaceOrder, elements: &Elements, symbol: &SymbolDefined) -> Self {
        Self {
            quantity: order.quantity.get().into(),
            round_lot: symbol.round_lot_size.into(),
            immediate: order.time_in_force == b'3' || is_market(order.price.get()),
            hidden: order.display == b'N',
            waits: false,
            floor: elements.find(MAX_FLOOR).map_or(0, Element::number),
        }
    }

    /// A display is of round lots, and for an order that may rest and be seen.
    fn allows_floor(&self, floor: u64) -> bool {
        !self.immediate && !self.hidden && !self.waits && floor.is_multiple_of(self.round_lot)
    }

    /// A display may differ by round lots, and there is always one.
    fn allows_random(&self, random: u64) -> bool {
        random < self.floor && random.is_multiple_of(self.round_lot)
    }

    /// A minimum is of round lots or of the whole order, and for an order that does not rest.
    fn allows_minimum(&self, minimum: u64) -> bool {
        self.immediate
            && minimum <= self.quantity
            && (minimum == self.quantity || minimum.is_multiple_of(self.round_lot))
    }
}

fn tag(element: &Element, frame: &Frame) -> Result<(), RejectReason> {
    let given = 0 < element.number();
    let code = element.code();
    match element.tag {
        MIN_QTY => refuse_if(
            given && !frame.allows_minimum(element.number()),
            RejectReason::InvalidMinQuantity,
        ),
        CUSTOMER_TYPE => refuse_if(!b"RN ".contains(&code), RejectReason::Other),
        MAX_FLOOR => {
            refuse_if(given && !frame.allows_floor(element.number()), RejectReason::InvalidMaxFloor)
        }
        RANDOM_RESERVES => refuse_if(
            given && !frame.allows_random(element.number()),
            RejectReason::InvalidMaxFloor,
        ),
        PRICE_TYPE => peg_type(code, b"PMRQm"),
        PEG_OFFSET | DISCRETION_PRICE | DISCRETION_PEG_OFFSET => {
            refuse_if(given, RejectReason::PeggingNotAllowed)
        }
        DISCRETION_PRICE_TYPE => peg_type(code, b"PMR"),
        POST_ONLY => refuse_if(!b"PN".contains(&code), RejectReason::Other),
        EXPIRE_TIME => refuse_if(given, RejectReason::Other),
        TRADE_NOW => refuse_if(!b"N ".contains(&code), RejectReason::Other),
        HANDLE_INST => match code {
            b' ' | IMBALANCE_ONLY => Ok(()),
            b'O' | b'T' | b'Q' => Err(RejectReason::RetailNotAllowed),
            _ => Err(RejectReason::InvalidCrossOrder),
        },
        SHARES_LOCATED => refuse_if(!b"YN".contains(&code), RejectReason::Other),
        AIQ_STRATEGY => refuse_if(!STRATEGIES.contains(&code), RejectReason::InvalidAiq),
        AIQ_GROUP_ID => {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b' ';
            let is_group = element.value == *b"**" || element.value.iter().all(plain);
            refuse_if(!is_group, RejectReason::InvalidAiq)
        }
        _ => Ok(()),
    }
}

/// Only limit orders are taken: a peg is refused as such, anything else as unknown.
fn peg_type(code: u8, pegs: &[u8]) -> Result<(), RejectReason> {
    refuse_if(pegs.contains(&code), RejectReason::PeggingNotAllowed)?;
    refuse_if(code != b'L', RejectReason::InvalidPegType)
}

fn quantity_is_wrong(quantity: u32) -> bool {
    quantity == 0 || 999_999 < quantity
}

fn is_odd_lot(symbol: &SymbolDefined, quantity: u32) -> bool {
    symbol.round_lots_only && !quantity.is_multiple_of(symbol.round_lot_size)
}

fn price_is_wrong(price: u64) -> bool {
    !is_market(price) && (price == 0 || MAX_LIMIT < price)
}
