//! Field checks: what a message may say in this version, and the reason when it says otherwise.
//!
//! The order of the checks is part of the rules (`docs/rulebook.md`, "Order of checks"): the first that fails
//! gives the reason.

use protocol::enums::{AiqStrategy, Capacity, CrossType, Display, Side, TimeInForce};
use protocol::ouch::inbound::{EnterOrder, ReplaceOrder};
use protocol::ouch::{Appendage, Attributes, RejectReason, Tag};
use protocol::price::{MARKET_PRICE, MARKET_PRICE_CROSS};
use protocol::{Mpid, Price};

use super::directory::Listing;
use crate::command::{Auction, MAX_QUANTITY, OrderPrice};

/// Enter Order's fields with their meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct EnterFields {
    pub(super) side: Side,
    pub(super) price: OrderPrice,
    pub(super) time_in_force: TimeInForce,
    pub(super) display: Display,
    pub(super) capacity: Capacity,
    pub(super) intermarket_sweep: bool,
    pub(super) auction: Auction,
}

/// Checks every field of Enter Order but the symbol's existence, which the caller looked up between two of them.
pub(super) fn check_enter(
    message: &EnterOrder,
    attributes: &Attributes,
    listing: Option<&Listing>,
) -> Result<EnterFields, RejectReason> {
    let side = Side::try_from(message.side).map_err(|_| RejectReason::InvalidSide)?;
    check_quantity(message.quantity.get())?;
    let listing = listing.ok_or(RejectReason::InvalidSymbol)?;
    if !listing.allows_quantity(message.quantity.get()) {
        return Err(RejectReason::InvalidQuantity);
    }
    let price = check_price(message.price.get())?;
    let time_in_force = check_time_in_force(message.time_in_force)?;
    let display = check_display(message.display)?;
    let capacity = Capacity::try_from(message.capacity).map_err(|_| RejectReason::Other)?;
    let intermarket_sweep = check_intermarket_sweep(message.intermarket_sweep_eligibility)?;
    let cross_type = check_cross_type(message.cross_type)?;
    let waits = cross_type != CrossType::None;
    let fate = Fate { quantity: message.quantity.get(), price, time_in_force, display, waits };
    check_attributes(attributes, listing, fate)?;
    let imbalance_only = imbalance_only(attributes) == Some(true);
    let is_limit = matches!(price, OrderPrice::Limit(_));
    if imbalance_only && (!waits || !is_limit) {
        return Err(RejectReason::InvalidCrossOrder);
    }
    let auction = Auction { cross_type, imbalance_only };
    Ok(EnterFields { side, price, time_in_force, display, capacity, intermarket_sweep, auction })
}

/// Replace Order Request's fields with their meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplaceFields {
    pub(super) price: OrderPrice,
    pub(super) time_in_force: TimeInForce,
    pub(super) display: Display,
    pub(super) intermarket_sweep: bool,
    pub(super) side: Option<Side>,
    pub(super) imbalance_only: Option<bool>,
}

/// Checks every field of Replace Order Request; any reason means that the details are invalid.
pub(super) fn check_replace(
    message: &ReplaceOrder,
    attributes: &Attributes,
    listing: &Listing,
) -> Result<ReplaceFields, RejectReason> {
    check_quantity(message.quantity.get())?;
    if !listing.allows_quantity(message.quantity.get()) {
        return Err(RejectReason::InvalidQuantity);
    }
    let price = check_price(message.price.get())?;
    let time_in_force = check_time_in_force(message.time_in_force)?;
    let display = check_display(message.display)?;
    let intermarket_sweep = check_intermarket_sweep(message.intermarket_sweep_eligibility)?;
    let waits = false;
    let fate = Fate { quantity: message.quantity.get(), price, time_in_force, display, waits };
    check_attributes(attributes, listing, fate)?;
    let side =
        attributes.side.map(Side::try_from).transpose().map_err(|_| RejectReason::InvalidSide)?;
    let imbalance_only = imbalance_only(attributes);
    Ok(ReplaceFields { price, time_in_force, display, intermarket_sweep, side, imbalance_only })
}

/// Reads an appendage; when it is malformed, gives the channel named before the error (0: none was).
pub(super) fn read_appendage(message_type: u8, appendage: Appendage<'_>) -> Result<Attributes, u8> {
    if appendage.bytes().is_empty() {
        return Ok(Attributes::default());
    }
    Attributes::parse_inbound(message_type, appendage).map_err(|error| {
        let sound = appendage
            .elements()
            .map_while(Result::ok)
            .take_while(|element| element.offset < error.offset());
        let mut channels = sound.filter(|element| element.tag == Tag::UserRefIdx);
        channels.next().map_or(0, |element| element.value[0])
    })
}

/// Tells whether a firm named by a participant is the firm of the port; blank means the port's own.
pub(super) fn names_own_firm(named: Option<Mpid>, own: Mpid) -> bool {
    named.is_none_or(|named| named.is_blank() || named == own)
}

/// Tells whether SharesLocated, where it stands, is one of its two values.
pub(super) fn tells_located(attributes: &Attributes) -> bool {
    matches!(attributes.shares_located, None | Some(b'Y' | b'N'))
}

fn check_quantity(quantity: u32) -> Result<(), RejectReason> {
    if 0 < quantity && quantity <= MAX_QUANTITY {
        Ok(())
    } else {
        Err(RejectReason::InvalidQuantity)
    }
}

fn check_price(price: u64) -> Result<OrderPrice, RejectReason> {
    let narrow = u32::try_from(price).map_err(|_| RejectReason::InvalidPrice)?;
    if price == MARKET_PRICE || price == MARKET_PRICE_CROSS {
        return Ok(OrderPrice::Market { code: narrow });
    }
    let limit = Price::new(narrow);
    if Price::ZERO < limit && limit <= Price::MAX {
        Ok(OrderPrice::Limit(limit))
    } else {
        Err(RejectReason::InvalidPrice)
    }
}

/// Day and immediate-or-cancel trade; the venue has no extended hours and no expiry by time yet.
fn check_time_in_force(code: u8) -> Result<TimeInForce, RejectReason> {
    match TimeInForce::try_from(code) {
        Ok(known @ (TimeInForce::Day | TimeInForce::ImmediateOrCancel)) => Ok(known),
        Ok(TimeInForce::ExtendedHours | TimeInForce::AfterHours) => {
            Err(RejectReason::RiskPostMarketNotAllowed)
        }
        Ok(TimeInForce::GoodTillTime) | Err(_) => Err(RejectReason::Other),
    }
}

/// Shown, with or without the firm's name, or hidden; the venue itself shows no order as conformant.
fn check_display(code: u8) -> Result<Display, RejectReason> {
    match Display::try_from(code) {
        Ok(Display::Conformant) | Err(_) => Err(RejectReason::InvalidDisplay),
        Ok(display) => Ok(display),
    }
}

/// Whether the port may use the flag is a matter of its limits.
fn check_intermarket_sweep(code: u8) -> Result<bool, RejectReason> {
    match code {
        b'N' => Ok(false),
        b'Y' => Ok(true),
        _ => Err(RejectReason::Other),
    }
}

/// Continuous and on-open orders are taken; retail has its own reason.
fn check_cross_type(code: u8) -> Result<CrossType, RejectReason> {
    match CrossType::try_from(code) {
        Ok(known @ (CrossType::None | CrossType::Opening)) => Ok(known),
        Ok(CrossType::Retail) => Err(RejectReason::RetailNotAllowed),
        _ => Err(RejectReason::InvalidCrossOrder),
    }
}

/// What HandleInst says: for the imbalance only (`I`), or not; `None` when it is not given.
fn imbalance_only(attributes: &Attributes) -> Option<bool> {
    attributes.handle_inst.map(|code| code == b'I')
}

/// The size of an order and how long it may live: what its attributes must fit.
#[derive(Clone, Copy)]
struct Fate {
    quantity: u32,
    price: OrderPrice,
    time_in_force: TimeInForce,
    display: Display,
    /// The order waits for a cross; of one that is replaced only its instrument knows.
    waits: bool,
}

impl Fate {
    /// Tells whether nothing of the order may rest.
    fn is_immediate(self) -> bool {
        !self.waits
            && (self.time_in_force == TimeInForce::ImmediateOrCancel
                || matches!(self.price, OrderPrice::Market { .. }))
    }
}

/// Checks the tags in their order: neutral values pass, what this version lacks has its own reason.
fn check_attributes(
    attributes: &Attributes,
    listing: &Listing,
    fate: Fate,
) -> Result<(), RejectReason> {
    use RejectReason as Reason;

    let zero =
        |value: Option<u32>, reason| if value.unwrap_or(0) == 0 { Ok(()) } else { Err(reason) };
    let one_of = |value: Option<u8>, allowed: &[u8], reason| match value {
        Some(code) if !allowed.contains(&code) => Err(reason),
        _ => Ok(()),
    };
    check_min_quantity(attributes.min_qty.unwrap_or(0), listing, fate)?;
    one_of(attributes.customer_type, b"RN ", Reason::Other)?;
    check_max_floor(attributes, listing, fate)?;
    check_price_type(attributes.price_type, b"PMRQm")?;
    not_pegged(attributes.peg_offset.unwrap_or(0) == 0)?;
    not_pegged(attributes.discretion_price.unwrap_or(0) == 0)?;
    check_price_type(attributes.discretion_price_type, b"PMR")?;
    not_pegged(attributes.discretion_peg_offset.unwrap_or(0) == 0)?;
    one_of(attributes.post_only, b"PN", Reason::Other)?;
    check_random_reserves(attributes, listing)?;
    zero(attributes.expire_time, Reason::Other)?;
    one_of(attributes.trade_now, b"N ", Reason::Other)?;
    match attributes.handle_inst {
        None | Some(b' ' | b'I') => {}
        Some(b'O' | b'T' | b'Q') => return Err(Reason::RetailNotAllowed),
        Some(_) => return Err(Reason::InvalidCrossOrder),
    }
    if !tells_located(attributes) {
        return Err(Reason::Other);
    }
    if attributes.aiq_strategy.is_some_and(|code| AiqStrategy::try_from(code).is_err()) {
        return Err(Reason::InvalidAiq);
    }
    let names_group = |group: [u8; 2]| {
        group == *b"**" || group.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ')
    };
    if attributes.aiq_group_id.is_some_and(|group| !names_group(group)) {
        return Err(Reason::InvalidAiq);
    }
    Ok(())
}

/// Round lots or all of the order, at once: what rests may trade with any size.
fn check_min_quantity(
    min_quantity: u32,
    listing: &Listing,
    fate: Fate,
) -> Result<(), RejectReason> {
    let fits = min_quantity.is_multiple_of(listing.round_lot_size) || min_quantity == fate.quantity;
    if min_quantity == 0 || (fits && min_quantity <= fate.quantity && fate.is_immediate()) {
        Ok(())
    } else {
        Err(RejectReason::InvalidMinQuantity)
    }
}

/// Round lots, of an order that may rest and is displayed.
fn check_max_floor(
    attributes: &Attributes,
    listing: &Listing,
    fate: Fate,
) -> Result<(), RejectReason> {
    let max_floor = attributes.max_floor.unwrap_or(0);
    let fits = max_floor.is_multiple_of(listing.round_lot_size);
    let rests = !fate.waits && !fate.is_immediate();
    if max_floor == 0 || (fits && rests && fate.display != Display::Hidden) {
        Ok(())
    } else {
        Err(RejectReason::InvalidMaxFloor)
    }
}

/// Round lots, fewer than the MaxFloor beside them.
fn check_random_reserves(attributes: &Attributes, listing: &Listing) -> Result<(), RejectReason> {
    let random = attributes.random_reserves.unwrap_or(0);
    let fits = random.is_multiple_of(listing.round_lot_size);
    if random == 0 || (fits && random < attributes.max_floor.unwrap_or(0)) {
        Ok(())
    } else {
        Err(RejectReason::InvalidMaxFloor)
    }
}

fn check_price_type(code: Option<u8>, pegs: &[u8]) -> Result<(), RejectReason> {
    match code {
        None | Some(b'L') => Ok(()),
        Some(peg) if pegs.contains(&peg) => Err(RejectReason::PeggingNotAllowed),
        Some(_) => Err(RejectReason::InvalidPegType),
    }
}

fn not_pegged(holds: bool) -> Result<(), RejectReason> {
    if holds { Ok(()) } else { Err(RejectReason::PeggingNotAllowed) }
}
