//! The requests that can be typed, one struct a verb.

use std::time::Duration;

use client::order_entry::{CancelFilter, Modification, NewOrder, Replacement, Request, UserRefNum};
use protocol::enums::Side;
use protocol::{Mpid, Symbol};

use super::attributes::{AskedPrice, Attributes, EntryAttributes, price};
use super::port::Login;
use super::words::{one_of, yes_or_no};
use crate::duration;

/// Orders and replacements can be waited for.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Waiting {
    /// Listens this long for what becomes of the order, or until nothing of it is open.
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
}

/// `openbell order enter`.
#[derive(Debug, clap::Args)]
pub(super) struct Enter {
    /// Whether it buys or sells; short sales say so.
    #[arg(value_parser = one_of(Side::ALL))]
    side: Side,
    /// Shares, 1 to 999,999.
    quantity: u32,
    /// The instrument, in capitals as the venue lists it.
    #[arg(value_parser = symbol)]
    symbol: Symbol,
    /// Dollars such as 25.00, or `market`.
    #[arg(value_parser = price)]
    price: AskedPrice,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    login: Login,
    #[command(flatten)]
    attributes: Attributes,
    #[command(flatten)]
    entry: EntryAttributes,
}

/// `openbell order replace`.
#[derive(Debug, clap::Args)]
pub(super) struct Replace {
    /// The order: what `enter` or the last `replace` printed.
    order: UserRefNum,
    /// The most shares that may execute in total, those before the replace included.
    quantity: u32,
    /// Dollars such as 25.00, or `market`.
    #[arg(value_parser = price)]
    price: AskedPrice,
    /// Another side, among the three that sell.
    #[arg(long, value_parser = one_of(Side::ALL))]
    side: Option<Side>,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    login: Login,
    #[command(flatten)]
    attributes: Attributes,
}

/// `openbell order cancel`.
#[derive(Debug, clap::Args)]
pub(super) struct Cancel {
    /// The order: what `enter` or the last `replace` printed.
    order: UserRefNum,
    /// Reduces it to this many shares in total; 0 cancels all that is open.
    #[arg(long, value_name = "QUANTITY", default_value_t = 0)]
    to: u32,
    #[command(flatten)]
    login: Login,
}

/// `openbell order modify`.
#[derive(Debug, clap::Args)]
pub(super) struct Modify {
    /// The order: what `enter` or the last `replace` printed.
    order: UserRefNum,
    /// The side from now on: that of the order, or another that sells.
    #[arg(value_parser = one_of(Side::ALL))]
    side: Side,
    /// The most shares that may execute in total.
    quantity: u32,
    /// Whether the shares of a short sale are located.
    #[arg(long, value_name = "YES-OR-NO", value_parser = yes_or_no())]
    shares_located: Option<bool>,
    /// The broker that located them.
    #[arg(long, value_name = "MPID")]
    locate_broker: Option<String>,
    #[command(flatten)]
    login: Login,
}

/// `openbell order mass-cancel`.
#[derive(Debug, clap::Args)]
pub(super) struct MassCancel {
    /// Orders of this firm; without it, of the account's own.
    #[arg(long, value_name = "MPID", value_parser = mpid)]
    firm: Option<Mpid>,
    /// Only those of this symbol.
    #[arg(long, value_parser = symbol)]
    symbol: Option<Symbol>,
    /// Only those of exactly this side.
    #[arg(long, value_parser = one_of(Side::ALL))]
    side: Option<Side>,
    /// Only those of this entity within the firm; 0: those without one.
    #[arg(long, value_name = "NUMBER")]
    group_id: Option<u16>,
    /// Only those of this order flow channel.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    channel: u8,
    #[command(flatten)]
    login: Login,
}

/// `openbell order disable-entry` and `enable-entry`.
#[derive(Debug, clap::Args)]
pub(super) struct Switch {
    /// Orders of this firm; without it, of the account's own.
    #[arg(long, value_name = "MPID", value_parser = mpid)]
    firm: Option<Mpid>,
    #[command(flatten)]
    login: Login,
}

/// `openbell order query`.
#[derive(Debug, clap::Args)]
pub(super) struct Query {
    /// The next number of this order flow channel.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    channel: u8,
    #[command(flatten)]
    login: Login,
}

/// What one run of the command asks, as whom, and how long it then listens.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) request: Request,
    pub(super) login: &'a Login,
    pub(super) wait: Option<Duration>,
}

impl<'a> Asked<'a> {
    fn new(request: Request, login: &'a Login) -> Self {
        Self { request, login, wait: None }
    }

    fn waiting(self, waiting: Waiting) -> Self {
        Self { wait: waiting.wait, ..self }
    }
}

impl Enter {
    pub(super) fn asked(&self) -> Asked<'_> {
        let order = NewOrder::new(self.side, self.symbol.as_str(), self.quantity);
        let order = self.entry.of_order(self.attributes.of_order(self.price, order));
        Asked::new(Request::Enter(order), &self.login).waiting(self.waiting)
    }
}

impl Replace {
    pub(super) fn asked(&self) -> Asked<'_> {
        let replacement = Replacement::new(self.quantity);
        let mut replacement = self.attributes.of_replacement(self.price, replacement);
        if let Some(side) = self.side {
            replacement = replacement.side(side);
        }
        let request = Request::Replace(self.order, replacement);
        Asked::new(request, &self.login).waiting(self.waiting)
    }
}

impl Cancel {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked::new(Request::Cancel(self.order, self.to), &self.login)
    }
}

impl Modify {
    pub(super) fn asked(&self) -> Asked<'_> {
        let mut modification = Modification::new(self.side, self.quantity);
        if let Some(located) = self.shares_located {
            modification = modification.shares_located(located);
        }
        if let Some(broker) = &self.locate_broker {
            modification = modification.locate_broker(broker);
        }
        Asked::new(Request::Modify(self.order, modification), &self.login)
    }
}

impl MassCancel {
    pub(super) fn asked(&self) -> Asked<'_> {
        let mut filter = match self.firm {
            Some(firm) => CancelFilter::firm(firm.as_str()),
            None => CancelFilter::own_firm(),
        };
        if let Some(symbol) = self.symbol {
            filter = filter.symbol(symbol.as_str());
        }
        if let Some(side) = self.side {
            filter = filter.side(side);
        }
        if let Some(group_id) = self.group_id {
            filter = filter.group_id(group_id);
        }
        Asked::new(Request::MassCancel(filter.channel(self.channel)), &self.login)
    }
}

impl Switch {
    pub(super) fn disabled(&self) -> Asked<'_> {
        Asked::new(Request::DisableEntry(self.firm.unwrap_or_default()), &self.login)
    }

    pub(super) fn enabled(&self) -> Asked<'_> {
        Asked::new(Request::EnableEntry(self.firm.unwrap_or_default()), &self.login)
    }
}

impl Query {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked::new(Request::AccountQuery(self.channel), &self.login)
    }
}

fn symbol(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}

fn mpid(text: &str) -> Result<Mpid, String> {
    Mpid::new(text).map_err(|error| error.to_string())
}
