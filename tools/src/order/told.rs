//! What the venue tells, as lines.

use client::order_entry::{
    Accepted, AiqCanceled, Canceled, Event, Executed, Modified, Rejected, Replaced, Restated,
    Stamp, UserRefNum,
};
use protocol::enums::{Display, OrderState, Side, TimeInForce};
use protocol::price::MARKET_PRICE;
use protocol::{ClOrdId, Price, Symbol};

use super::words::word;
use crate::clock_time;
use crate::line::Line;

/// Gives an event its words; `None` for the connection's own events.
pub(super) fn line(event: &Event) -> Option<Line> {
    let line = match event {
        Event::Accepted(accepted) => self::accepted(accepted),
        Event::Replaced(replaced) => self::replaced(replaced),
        Event::Canceled(Canceled { order, quantity, reason, .. }) => {
            about("canceled", *order).with("quantity", *quantity).with("reason", word(reason))
        }
        Event::AiqCanceled(canceled) => aiq_canceled(canceled),
        Event::Executed(Executed {
            order, quantity, price, liquidity_flag, match_number, ..
        }) => about("executed", *order)
            .with("quantity", *quantity)
            .text("price", price)
            .with("liquidity", word(liquidity_flag))
            .with("match_number", *match_number),
        Event::BrokenTrade(broken) => about("broken", broken.order)
            .with("match_number", broken.match_number)
            .with("reason", word(broken.reason)),
        Event::Rejected(Rejected { order, reason, .. }) => about("rejected", *order)
            .with("reason", reason.text())
            .with("code", format!("{:#06x}", reason.code())),
        Event::CancelPending(pending) => about("cancel_pending", pending.order),
        Event::CancelReject(reject) => about("cancel_rejected", reject.order),
        Event::PriorityUpdate(update) => about("priority_updated", update.order)
            .text("price", update.price)
            .with("display", word(update.display))
            .with("order_reference", update.order_reference_number),
        Event::Modified(Modified { order, side, quantity, .. }) => {
            about("modified", *order).with("side", word(side)).with("quantity", *quantity)
        }
        Event::Restated(restated) => self::restated(restated),
        Event::MassCancelResponse(response) => about("mass_cancel", response.request)
            .maybe("firm", filled(response.firm.as_str()))
            .maybe("symbol", filled(response.symbol.as_str()))
            .maybe("side", response.side.map(word))
            .maybe("group_id", response.group_id),
        Event::EntryDisabled(switched) => {
            about("entry_disabled", switched.request).maybe("firm", filled(switched.firm.as_str()))
        }
        Event::EntryEnabled(switched) => {
            about("entry_enabled", switched.request).maybe("firm", filled(switched.firm.as_str()))
        }
        Event::AccountQueryResponse(response) => about("next", response.next),
        Event::SystemEvent(event) => Line::new("event", "system").with("code", word(event.code)),
        Event::Connected { .. }
        | Event::CaughtUp
        | Event::Disconnected { .. }
        | Event::EndOfSession
        | Event::Unreadable { .. } => return None,
    };
    Some(line.and(event.stamp().map(stamp).unwrap_or_default()))
}

/// Says that the venue had nothing to say.
pub(super) fn ignored(order: UserRefNum, why: &str) -> Line {
    about("ignored", order).with("reason", why)
}

fn about(event: &str, order: UserRefNum) -> Line {
    Line::new("event", event).text("order", order)
}

fn stamp(stamp: Stamp) -> Line {
    Line::new("time", clock_time::of_day(stamp.time_ns))
        .with("sequence_number", stamp.sequence_number)
}

/// What an order is, as the venue took it.
#[derive(Clone, Copy)]
struct Terms {
    side: Side,
    quantity: u32,
    symbol: Symbol,
    price: Price,
    time_in_force: TimeInForce,
    display: Display,
    order_reference_number: u64,
    order_state: OrderState,
    cl_ord_id: ClOrdId,
}

impl Terms {
    fn line(self) -> Line {
        let market = u64::from(self.price.ten_thousandths()) == MARKET_PRICE;
        let price = if market { "market".to_owned() } else { self.price.to_string() };
        Line::new("side", word(self.side))
            .with("quantity", self.quantity)
            .text("symbol", self.symbol)
            .with("price", price)
            .with("time_in_force", word(self.time_in_force))
            .with("display", word(self.display))
            .with("state", word(self.order_state))
            .with("order_reference", self.order_reference_number)
            .maybe("cl_ord_id", filled(self.cl_ord_id.as_str()))
    }
}

fn accepted(accepted: &Accepted) -> Line {
    let terms = Terms {
        side: accepted.side,
        quantity: accepted.quantity,
        symbol: accepted.symbol,
        price: accepted.price,
        time_in_force: accepted.time_in_force,
        display: accepted.display,
        order_reference_number: accepted.order_reference_number,
        order_state: accepted.order_state,
        cl_ord_id: accepted.cl_ord_id,
    };
    about("accepted", accepted.order).and(terms.line())
}

fn replaced(replaced: &Replaced) -> Line {
    let terms = Terms {
        side: replaced.side,
        quantity: replaced.quantity,
        symbol: replaced.symbol,
        price: replaced.price,
        time_in_force: replaced.time_in_force,
        display: replaced.display,
        order_reference_number: replaced.order_reference_number,
        order_state: replaced.order_state,
        cl_ord_id: replaced.cl_ord_id,
    };
    about("replaced", replaced.order).text("original", replaced.original).and(terms.line())
}

fn aiq_canceled(canceled: &AiqCanceled) -> Line {
    about("aiq_canceled", canceled.order)
        .with("decrement_shares", canceled.decrement_shares)
        .with("reason", word(canceled.reason))
        .with("prevented", canceled.quantity_prevented_from_trading)
        .text("price", canceled.execution_price)
        .with("liquidity", word(canceled.liquidity_flag))
        .with("aiq_strategy", word(canceled.aiq_strategy))
}

fn restated(restated: &Restated) -> Line {
    about("restated", restated.order)
        .with("reason", word(restated.reason))
        .maybe("display_quantity", restated.display_quantity)
        .maybe("display_price", restated.display_price.map(|price| price.to_string()))
        .maybe("order_reference", restated.secondary_ord_ref_num)
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
