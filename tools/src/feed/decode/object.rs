//! The fields of each message in words, in the order and by the names of the specification.
//!
//! Prices are decimal, codes are letters, names are without their padding; whole numbers are numbers.

use protocol::itch::{
    AddOrder, AddOrderMpid, BrokenTrade, CrossTrade, DirectListingPriceDiscovery,
    IpoQuotingPeriodUpdate, LuldAuctionCollar, MarketParticipantPosition, Message,
    MwcbDeclineLevel, MwcbStatus, NetOrderImbalanceIndicator, OperationalHalt, OrderCancel,
    OrderDelete, OrderExecuted, OrderExecutedWithPrice, OrderReplace, RegShoRestriction,
    RetailInterest, StockDirectory, StockTradingAction, SystemEvent, Trade,
};
use protocol::{Price, Symbol};
use serde_json::Value;
use zerocopy::big_endian::{U32, U64};
use zerocopy::{Immutable, IntoBytes};

use crate::clock_time;
use crate::line::{self, Line, ascii};

/// Puts a message into words.
pub(super) fn known(number: u64, message: &Message<'_>) -> Line {
    let header = message.header();
    let (body, time_ns) = (body(message), header.timestamp.get());
    let line = Line::new("number", number)
        .with("type", letter(header.message_type))
        .with("name", body.name())
        .with("stock_locate", header.stock_locate.get())
        .with("tracking_number", header.tracking_number.get())
        .with("timestamp", time_ns)
        .with("time", clock_time::of_day(time_ns));
    body.fields(line)
}

/// Shows a message of a type nobody knows.
pub(super) fn unknown(number: u64, bytes: &[u8]) -> Line {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Line::new("number", number)
        .with("type", "unknown")
        .maybe("code", bytes.first().map(|code| letter(*code)))
        .with("length", bytes.len())
        .with("hex", hex)
}

/// Returns the instrument that a message names; most that change the book name none.
pub(super) fn stock(message: &Message<'_>) -> Option<Symbol> {
    Some(match *message {
        Message::StockDirectory(m) => m.stock,
        Message::StockTradingAction(m) => m.stock,
        Message::RegShoRestriction(m) => m.stock,
        Message::MarketParticipantPosition(m) => m.stock,
        Message::OperationalHalt(m) => m.stock,
        Message::AddOrder(m) => m.stock,
        Message::AddOrderMpid(m) => m.stock,
        Message::Trade(m) => m.stock,
        Message::CrossTrade(m) => m.stock,
        Message::IpoQuotingPeriodUpdate(m) => m.stock,
        Message::LuldAuctionCollar(m) => m.stock,
        Message::NetOrderImbalanceIndicator(m) => m.stock,
        Message::RetailInterest(m) => m.stock,
        Message::DirectListingPriceDiscovery(m) => m.stock,
        Message::SystemEvent(_)
        | Message::MwcbDeclineLevel(_)
        | Message::MwcbStatus(_)
        | Message::OrderExecuted(_)
        | Message::OrderExecutedWithPrice(_)
        | Message::OrderCancel(_)
        | Message::OrderDelete(_)
        | Message::OrderReplace(_)
        | Message::BrokenTrade(_) => return None,
    })
}

fn body<'a>(message: &Message<'a>) -> &'a dyn Body {
    match *message {
        Message::SystemEvent(m) => m,
        Message::MwcbDeclineLevel(m) => m,
        Message::MwcbStatus(m) => m,
        Message::StockDirectory(m) => m,
        Message::StockTradingAction(m) => m,
        Message::RegShoRestriction(m) => m,
        Message::MarketParticipantPosition(m) => m,
        Message::OperationalHalt(m) => m,
        Message::AddOrder(m) => m,
        Message::AddOrderMpid(m) => m,
        Message::OrderExecuted(m) => m,
        Message::OrderExecutedWithPrice(m) => m,
        Message::OrderCancel(m) => m,
        Message::OrderDelete(m) => m,
        Message::OrderReplace(m) => m,
        Message::Trade(m) => m,
        Message::CrossTrade(m) => m,
        Message::BrokenTrade(m) => m,
        Message::IpoQuotingPeriodUpdate(m) => m,
        Message::LuldAuctionCollar(m) => m,
        Message::NetOrderImbalanceIndicator(m) => m,
        Message::RetailInterest(m) => m,
        Message::DirectListingPriceDiscovery(m) => m,
    }
}

/// What a message has behind its header.
trait Body {
    fn name(&self) -> &'static str;
    fn fields(&self, line: Line) -> Line;
}

/// Gives each field behind the header its form; a field that is forgotten does not compile.
macro_rules! bodies {
    ($($message:ident { $($field:ident: $form:ident),+ $(,)? })+) => {$(
        impl Body for $message {
            fn name(&self) -> &'static str {
                stringify!($message)
            }

            fn fields(&self, line: Line) -> Line {
                let Self {
                    message_type: _, stock_locate: _, tracking_number: _, timestamp: _, $($field),+
                } = self;
                line$(.with(stringify!($field), $form(*$field)))+
            }
        }
    )+};
}

bodies! {
    SystemEvent { event_code: letter }
    MwcbDeclineLevel { level_1: level, level_2: level, level_3: level }
    MwcbStatus { breached_level: letter }
    StockDirectory {
        stock: text,
        market_category: letter,
        financial_status_indicator: letter,
        round_lot_size: number,
        round_lots_only: letter,
        issue_classification: letter,
        issue_sub_type: text,
        authenticity: letter,
        short_sale_threshold_indicator: letter,
        ipo_flag: letter,
        luld_reference_price_tier: letter,
        etp_flag: letter,
        etp_leverage_factor: number,
        inverse_indicator: letter,
    }
    StockTradingAction { stock: text, trading_state: letter, reserved: letter, reason: text }
    RegShoRestriction { stock: text, reg_sho_action: letter }
    MarketParticipantPosition {
        mpid: text,
        stock: text,
        primary_market_maker: letter,
        market_maker_mode: letter,
        market_participant_state: letter,
    }
    OperationalHalt { stock: text, market_code: letter, operational_halt_action: letter }
    AddOrder {
        order_reference_number: number,
        buy_sell_indicator: letter,
        shares: number,
        stock: text,
        price: dollars,
    }
    AddOrderMpid {
        order_reference_number: number,
        buy_sell_indicator: letter,
        shares: number,
        stock: text,
        price: dollars,
        attribution: text,
    }
    OrderExecuted { order_reference_number: number, executed_shares: number, match_number: number }
    OrderExecutedWithPrice {
        order_reference_number: number,
        executed_shares: number,
        match_number: number,
        printable: letter,
        execution_price: dollars,
    }
    OrderCancel { order_reference_number: number, canceled_shares: number }
    OrderDelete { order_reference_number: number }
    OrderReplace {
        original_order_reference_number: number,
        new_order_reference_number: number,
        shares: number,
        price: dollars,
    }
    Trade {
        order_reference_number: number,
        buy_sell_indicator: letter,
        shares: number,
        stock: text,
        price: dollars,
        match_number: number,
    }
    CrossTrade {
        shares: number,
        stock: text,
        cross_price: dollars,
        match_number: number,
        cross_type: letter,
    }
    BrokenTrade { match_number: number }
    IpoQuotingPeriodUpdate {
        stock: text,
        ipo_quotation_release_time: number,
        ipo_quotation_release_qualifier: letter,
        ipo_price: dollars,
    }
    LuldAuctionCollar {
        stock: text,
        auction_collar_reference_price: dollars,
        upper_auction_collar_price: dollars,
        lower_auction_collar_price: dollars,
        auction_collar_extension: number,
    }
    NetOrderImbalanceIndicator {
        paired_shares: number,
        imbalance_shares: number,
        imbalance_direction: letter,
        stock: text,
        far_price: dollars,
        near_price: dollars,
        current_reference_price: dollars,
        cross_type: letter,
        price_variation_indicator: letter,
    }
    RetailInterest { stock: text, interest_flag: letter }
    DirectListingPriceDiscovery {
        stock: text,
        open_eligibility_status: letter,
        minimum_allowable_price: dollars,
        maximum_allowable_price: dollars,
        near_execution_price: dollars,
        near_execution_time: number,
        lower_price_range_collar: dollars,
        upper_price_range_collar: dollars,
    }
}

fn letter(code: u8) -> Value {
    line::letter(code).into()
}

fn text(padded: impl IntoBytes + Immutable) -> Value {
    ascii(padded.as_bytes()).into()
}

fn number(number: impl Into<u64>) -> Value {
    number.into().into()
}

fn dollars(ten_thousandths: U32) -> Value {
    Price::new(ten_thousandths.get()).to_string().into()
}

/// The level of an index, with eight decimals.
fn level(hundred_millionths: U64) -> Value {
    const ONE: u64 = 100_000_000;
    let level = hundred_millionths.get();
    format!("{}.{:08}", level / ONE, level % ONE).into()
}
