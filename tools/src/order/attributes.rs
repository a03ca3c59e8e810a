//! What an order or a replacement may say beside side, quantity, symbol and price.
//!
//! An option has the name of its attribute in `docs/protocols/ouch.md`, "Appendage". The command does not
//! know which of them the venue takes: the venue's answer tells.

use client::order_entry::{CustomerType, HandleInst, NewOrder, PriceType, Replacement};
use protocol::enums::{AiqStrategy, Capacity, CrossType, Display, TimeInForce};
use protocol::{DisconnectPolicy, Price};

use super::words::{one_of, yes_or_no};

const DISPLAYS: &[Display] = &[Display::Visible, Display::Hidden, Display::Attributable];
const CUSTOMER_TYPES: &[CustomerType] =
    &[CustomerType::Retail, CustomerType::NotRetail, CustomerType::PortDefault];
const PRICE_TYPES: &[PriceType] = &[
    PriceType::Limit,
    PriceType::MarketPeg,
    PriceType::MidpointPeg,
    PriceType::PrimaryPeg,
    PriceType::MarketMakerPeg,
    PriceType::Midpoint,
];
const HANDLE_INSTS: &[HandleInst] = &[
    HandleInst::ImbalanceOnly,
    HandleInst::RetailType1,
    HandleInst::RetailType2,
    HandleInst::RetailPriceImprovement,
    HandleInst::ExtendedLifeAndContinuous,
    HandleInst::CapitalRaise,
    HandleInst::None,
];

/// The most seconds an order may live: a day less one.
const LONGEST_LIFE: i64 = 86_399;

/// A limit, or any price that the venue's collar allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum AskedPrice {
    Limit(Price),
    Market,
}

/// Reads `25.00` or `market`.
pub(super) fn price(text: &str) -> Result<AskedPrice, String> {
    if text == "market" {
        return Ok(AskedPrice::Market);
    }
    let price = text.parse::<Price>().map_err(|error| format!("{error}; or `market`"))?;
    // Some numbers above it would be taken for market orders.
    if Price::MAX < price {
        return Err(format!("a limit price is at most {}", Price::MAX));
    }
    Ok(AskedPrice::Limit(price))
}

/// Reads dollars with an optional minus as ten-thousandths.
fn offset(text: &str) -> Result<i32, String> {
    let (sign, dollars) = text.strip_prefix('-').map_or((1, text), |dollars| (-1, dollars));
    let price = dollars.parse::<Price>().map_err(|error| error.to_string())?;
    let steps = i32::try_from(price.ten_thousandths()).map_err(|_| "too far".to_owned())?;
    Ok(sign * steps)
}

/// Attributes of orders and replacements.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Attributes")]
pub(super) struct Attributes {
    /// How long it lives; ioc, gtx and gtt will do for the long words.
    #[arg(long, value_name = "TIME", default_value = "day",
        value_parser = one_of(TimeInForce::ALL))]
    time_in_force: TimeInForce,
    /// Whether it is shown, and with the firm's name.
    #[arg(long, value_name = "HOW", default_value = "visible", value_parser = one_of(DISPLAYS))]
    display: Display,
    /// Your own name for it: up to 14 letters, digits and spaces.
    #[arg(long, value_name = "NAME")]
    cl_ord_id: Option<String>,
    /// What becomes of it when the session is lost, on a port whose orders may ask; the name then has at most 11 characters.
    #[arg(long, value_name = "WHAT", value_parser = one_of(DisconnectPolicy::ALL))]
    on_disconnect: Option<DisconnectPolicy>,
    /// May trade through other markets' quotes.
    #[arg(long)]
    intermarket_sweep: bool,
    /// Rests or is canceled, and never takes.
    #[arg(long)]
    post_only: bool,
    /// Trades only if this many shares can at once.
    #[arg(long, value_name = "SHARES")]
    min_qty: Option<u32>,
    /// Shows at most this many shares at a time.
    #[arg(long, value_name = "SHARES")]
    max_floor: Option<u32>,
    /// Varies the shown shares by up to this many.
    #[arg(long, value_name = "SHARES")]
    random_reserves: Option<u32>,
    /// What the price follows.
    #[arg(long, value_name = "WHAT", value_parser = one_of(PRICE_TYPES))]
    price_type: Option<PriceType>,
    /// Stays this many dollars from the price it follows.
    #[arg(long, value_name = "DOLLARS", allow_hyphen_values = true, value_parser = offset)]
    peg_offset: Option<i32>,
    /// Gives discretion up to this price.
    #[arg(long, value_name = "PRICE")]
    discretion_price: Option<Price>,
    /// What the discretion price follows.
    #[arg(long, value_name = "WHAT", value_parser = one_of(PRICE_TYPES))]
    discretion_price_type: Option<PriceType>,
    /// How many dollars discretion is from the price it follows.
    #[arg(long, value_name = "DOLLARS", allow_hyphen_values = true, value_parser = offset)]
    discretion_peg_offset: Option<i32>,
    /// Seconds to live; needed with good-till-time.
    #[arg(long, value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(..=LONGEST_LIFE))]
    expire_time: Option<u32>,
    /// Whether a resting order may become the aggressor.
    #[arg(long, value_name = "YES-OR-NO", value_parser = yes_or_no())]
    trade_now: Option<bool>,
    /// Asks for special handling.
    #[arg(long, value_name = "HOW", value_parser = one_of(HANDLE_INSTS))]
    handle_inst: Option<HandleInst>,
    /// Whether the shares of a short sale are located.
    #[arg(long, value_name = "YES-OR-NO", value_parser = yes_or_no())]
    shares_located: Option<bool>,
    /// The broker that located them.
    #[arg(long, value_name = "MPID")]
    locate_broker: Option<String>,
    /// Prevents trades with the owner's other orders.
    #[arg(long, value_name = "HOW", value_parser = one_of(AiqStrategy::ALL))]
    aiq_strategy: Option<AiqStrategy>,
    /// Narrows that to a group of two characters.
    #[arg(long, value_name = "GROUP")]
    aiq_group_id: Option<String>,
}

/// Attributes that only an order that is entered may have.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Attributes")]
pub(super) struct EntryAttributes {
    /// For whom the firm trades.
    #[arg(long, value_name = "WHOM", default_value = "principal",
        value_parser = one_of(Capacity::ALL))]
    capacity: Capacity,
    /// The auction it is meant for.
    #[arg(long, value_name = "AUCTION", default_value = "none",
        value_parser = one_of(CrossType::ALL))]
    cross: CrossType,
    /// Trades for this firm instead of the account's own.
    #[arg(long, value_name = "MPID")]
    firm: Option<String>,
    /// Whether it is a retail order.
    #[arg(long, value_name = "WHAT", value_parser = one_of(CUSTOMER_TYPES))]
    customer_type: Option<CustomerType>,
    /// The entity within the firm.
    #[arg(long, value_name = "NUMBER")]
    group_id: Option<u16>,
    /// Counts in this order flow channel of the port (UserRefIdx).
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(super) channel: u8,
}

/// Gives a request every attribute that was given, by the method of the same name.
macro_rules! give {
    ($request:ident, $attributes:ident: $($name:ident)+) => {
        $(if let Some(value) = $attributes.$name {
            $request = $request.$name(value);
        })+
    };
    (texts $request:ident, $attributes:ident: $($name:ident)+) => {
        $(if let Some(text) = &$attributes.$name {
            $request = $request.$name(text);
        })+
    };
    (flags $request:ident, $attributes:ident: $($name:ident)+) => {
        $(if $attributes.$name {
            $request = $request.$name();
        })+
    };
}

macro_rules! give_attributes {
    ($name:ident, $request:ty) => {
        /// Gives the request its price and what was asked for beside it.
        pub(super) fn $name(&self, price: AskedPrice, request: $request) -> $request {
            let mut request = match price {
                AskedPrice::Limit(price) => request.limit(price),
                AskedPrice::Market => request.market(),
            };
            request = request.time_in_force(self.time_in_force).display(self.display);
            give!(flags request, self: intermarket_sweep post_only);
            give!(texts request, self: cl_ord_id locate_broker aiq_group_id);
            give!(request, self:
                on_disconnect min_qty max_floor random_reserves price_type peg_offset discretion_price
                discretion_price_type discretion_peg_offset expire_time trade_now handle_inst
                shares_located aiq_strategy);
            request
        }
    };
}

impl Attributes {
    give_attributes!(of_order, NewOrder);
    give_attributes!(of_replacement, Replacement);
}

impl EntryAttributes {
    /// Gives an order what only orders have.
    pub(super) fn of_order(&self, order: NewOrder) -> NewOrder {
        let mut order = order.capacity(self.capacity).cross(self.cross).channel(self.channel);
        give!(texts order, self: firm);
        give!(order, self: customer_type group_id);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_a_limit_or_market() {
        assert_eq!(price("market"), Ok(AskedPrice::Market));
        assert_eq!(price("25.1"), Ok(AskedPrice::Limit(Price::new(251_000))));
        assert_eq!(price("199999.99"), Ok(AskedPrice::Limit(Price::MAX)));
        // The number that stands for a market order on the wire.
        let error = price("214748.3647").expect_err("no limit");
        assert_eq!(error, "a limit price is at most 199999.9900");
        assert!(price("-1").is_err());
    }

    #[test]
    fn an_offset_has_a_sign() {
        assert_eq!((offset("0.05"), offset("-0.05")), (Ok(500), Ok(-500)));
        assert!(offset("--1").is_err());
        assert!(offset("214748.3648").is_err());
    }
}
