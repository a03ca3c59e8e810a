//! The optional attributes of a request: their codes, and the methods that set them.
//!
//! What they mean: `docs/protocols/ouch.md`, "Appendage".

use protocol::symbol::{AlphaError, Mpid};

use crate::error::RequestError;

/// Retail designation (tag 4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum CustomerType {
    Retail = b'R',
    NotRetail = b'N',
    PortDefault = b' ',
}

/// What the price of an order follows (tags 6 and 10).
///
/// Market maker peg and midpoint are no discretion price types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum PriceType {
    Limit = b'L',
    MarketPeg = b'P',
    MidpointPeg = b'M',
    PrimaryPeg = b'R',
    MarketMakerPeg = b'Q',
    Midpoint = b'm',
}

/// Handling instruction (tag 17).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum HandleInst {
    ImbalanceOnly = b'I',
    RetailType1 = b'O',
    RetailType2 = b'T',
    RetailPriceImprovement = b'Q',
    ExtendedLifeAndContinuous = b'B',
    CapitalRaise = b'D',
    None = b' ',
}

/// The code of an answer to a yes-or-no attribute.
pub(super) const fn yes_or_no(yes: bool) -> u8 {
    if yes { b'Y' } else { b'N' }
}

/// Takes a name, or notes the first fault of the request.
pub(super) fn named<T: Default>(
    field: &'static str,
    name: Result<T, AlphaError>,
    fault: &mut Option<RequestError>,
) -> T {
    name.unwrap_or_else(|error| {
        fault.get_or_insert(RequestError::Name { field, error });
        T::default()
    })
}

/// Takes the name of a firm, for attributes that carry one.
pub(super) fn firm(
    field: &'static str,
    text: &str,
    fault: &mut Option<RequestError>,
) -> Option<Mpid> {
    Some(named(field, Mpid::new(text), fault))
}

/// Gives a request the methods for attributes that orders and replacements share.
macro_rules! order_attributes {
    ($request:ident) => {
        impl $request {
            /// Rests at `price`, or better.
            pub fn limit(mut self, price: Price) -> Self {
                self.price = Some(u64::from(price.ten_thousandths()));
                self
            }

            /// Trades at any price the venue's collar allows.
            pub const fn market(mut self) -> Self {
                self.price = Some(MARKET_PRICE);
                self
            }

            /// Lives this long; until the end of market hours when not given.
            pub const fn time_in_force(mut self, time_in_force: TimeInForce) -> Self {
                self.time_in_force = time_in_force;
                self
            }

            /// Trades at once what can, and cancels the rest.
            pub const fn immediate_or_cancel(self) -> Self {
                self.time_in_force(TimeInForce::ImmediateOrCancel)
            }

            /// Lives for this many seconds, 0 to 86,399 (tag 15).
            pub const fn good_for(self, seconds: u32) -> Self {
                self.time_in_force(TimeInForce::GoodTillTime).expire_time(seconds)
            }

            /// Is shown, hidden or shown with the firm's name.
            pub const fn display(mut self, display: Display) -> Self {
                self.display = display;
                self
            }

            /// Is shown with the firm's name.
            pub const fn attributable(self) -> Self {
                self.display(Display::Attributable)
            }

            /// Is not shown.
            pub const fn hidden(self) -> Self {
                self.display(Display::Hidden)
            }

            /// May trade through other markets' quotes (intermarket sweep).
            pub const fn intermarket_sweep(mut self) -> Self {
                self.intermarket_sweep = true;
                self
            }

            /// Asks what becomes of it when the session is lost, on a port that allows orders to ask: the venue's prefix is
            /// put before the client's own name, which then has at most 11 characters.
            pub const fn on_disconnect(mut self, policy: DisconnectPolicy) -> Self {
                self.on_disconnect = Some(policy);
                self
            }

            /// Carries the client's own name: up to 14 letters, digits and spaces.
            pub fn cl_ord_id(mut self, text: &str) -> Self {
                self.cl_ord_id = named("ClOrdID", ClOrdId::new(text), &mut self.fault);
                self
            }

            /// Trades only if this many shares can at once (tag 3).
            pub const fn min_qty(mut self, shares: u32) -> Self {
                self.attributes.min_qty = Some(shares);
                self
            }

            /// Shows at most this many shares at a time (tag 5).
            pub const fn max_floor(mut self, shares: u32) -> Self {
                self.attributes.max_floor = Some(shares);
                self
            }

            /// Follows a price (tag 6).
            pub const fn price_type(mut self, price_type: PriceType) -> Self {
                self.attributes.price_type = Some(price_type as u8);
                self
            }

            /// Stays this far from the pegged price, in ten-thousandths of a dollar (tag 7).
            pub const fn peg_offset(mut self, ten_thousandths: i32) -> Self {
                self.attributes.peg_offset = Some(ten_thousandths);
                self
            }

            /// Gives discretion up to this price (tag 9).
            pub fn discretion_price(mut self, price: Price) -> Self {
                self.attributes.discretion_price = Some(u64::from(price.ten_thousandths()));
                self
            }

            /// Says what the discretion price follows (tag 10).
            pub const fn discretion_price_type(mut self, price_type: PriceType) -> Self {
                self.attributes.discretion_price_type = Some(price_type as u8);
                self
            }

            /// Says how far discretion is from the peg, in ten-thousandths of a dollar (tag 11).
            pub const fn discretion_peg_offset(mut self, ten_thousandths: i32) -> Self {
                self.attributes.discretion_peg_offset = Some(ten_thousandths);
                self
            }

            /// Rests or is canceled, and never takes (tag 12).
            pub const fn post_only(mut self) -> Self {
                self.attributes.post_only = Some(b'P');
                self
            }

            /// Varies the shown shares of a reserve order by up to this many (tag 13).
            pub const fn random_reserves(mut self, shares: u32) -> Self {
                self.attributes.random_reserves = Some(shares);
                self
            }

            /// Expires after this many seconds, 0 to 86,399 (tag 15); see `good_for`.
            pub const fn expire_time(mut self, seconds: u32) -> Self {
                self.attributes.expire_time = Some(seconds);
                self
            }

            /// Says whether a resting order may become the aggressor (tag 16).
            pub const fn trade_now(mut self, trade_now: bool) -> Self {
                self.attributes.trade_now = Some(yes_or_no(trade_now));
                self
            }

            /// Asks for special handling (tag 17).
            pub const fn handle_inst(mut self, handle_inst: HandleInst) -> Self {
                self.attributes.handle_inst = Some(handle_inst as u8);
                self
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

            /// Prevents trades with the owner's other orders (tag 29).
            pub const fn aiq_strategy(mut self, strategy: AiqStrategy) -> Self {
                self.attributes.aiq_strategy = Some(strategy.code());
                self
            }

            /// Narrows self-match prevention to a group of two characters (tag 30).
            pub fn aiq_group_id(mut self, group: &str) -> Self {
                match <[u8; 2]>::try_from(group.as_bytes()) {
                    Ok(group) if group.is_ascii() => self.attributes.aiq_group_id = Some(group),
                    _ => {
                        self.fault.get_or_insert(RequestError::AiqGroupId);
                    }
                }
                self
            }
        }
    };
}

pub(super) use order_attributes;
