//! Events as ITCH 5.0 messages on the feed: exactly the displayed book, and every print.

use protocol::Price;
use protocol::enums::{EventCode, LiquidityFlag};
use protocol::itch;
use protocol::time::U48;
use zerocopy::IntoBytes;

use crate::command::{Command, Locate, Sequenced, SymbolDefined};
use crate::context::Context;
use crate::cross::price::Imbalance;
use crate::event::Event;
use crate::outbox::{Outbox, Target};

/// Puts what the venue itself announces: the opening of the day and its phases.
pub fn put_announcement(context: &Context, sequenced: &Sequenced<'_>, outbox: &mut Outbox) {
    let event_code = match sequenced.command {
        Command::DayOpened(_) => EventCode::StartOfMessages,
        Command::SystemEvent { code } => code,
        _ => return,
    };
    let message = itch::SystemEvent {
        message_type: itch::SystemEvent::TYPE,
        stock_locate: Locate::NONE.0.into(),
        tracking_number: 0.into(),
        timestamp: timestamp(context, sequenced),
        event_code: event_code.code(),
    };
    put(sequenced, Locate::NONE, outbox, &message);
}

/// Puts what an event shows of the book.
pub fn put_event(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let stock_locate = locate.0.into();
    let tracking_number = 0.into();
    let timestamp = timestamp(context, sequenced);
    match *event {
        Event::Added { .. } => put_added(context, sequenced, locate, event, outbox),
        Event::Executed { .. } => put_executed(context, sequenced, locate, event, outbox),
        Event::Reduced { order_reference, shares } => {
            let message = itch::OrderCancel {
                message_type: itch::OrderCancel::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                order_reference_number: order_reference.into(),
                canceled_shares: shares.into(),
            };
            put(sequenced, locate, outbox, &message);
        }
        Event::Deleted { order_reference } => {
            let message = itch::OrderDelete {
                message_type: itch::OrderDelete::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                order_reference_number: order_reference.into(),
            };
            put(sequenced, locate, outbox, &message);
        }
        Event::BookReplaced { original_order_reference, order_reference, shares, price } => {
            let message = itch::OrderReplace {
                message_type: itch::OrderReplace::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                original_order_reference_number: original_order_reference.into(),
                new_order_reference_number: order_reference.into(),
                shares: shares.into(),
                price: price.ten_thousandths().into(),
            };
            put(sequenced, locate, outbox, &message);
        }
        Event::Crossed { .. } | Event::CrossDone { .. } | Event::NetImbalance { .. } => {
            put_cross(context, sequenced, locate, event, outbox);
        }
        Event::Broken { .. }
        | Event::Directory(_)
        | Event::TradingAction { .. }
        | Event::ShortSaleTest { .. } => {
            put_instrument(context, sequenced, locate, event, outbox);
        }
        Event::Accepted { .. }
        | Event::Replaced(_)
        | Event::Modified { .. }
        | Event::AddedHidden { .. }
        | Event::Prevented(_)
        | Event::Restated { .. }
        | Event::Canceled { .. }
        | Event::Rejected { .. } => {}
    }
}

/// Puts an order that joins the displayed book, with the firm's name when the order shows it.
fn put_added(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let Event::Added { order_reference, side, shares, price, attribution } = *event else {
        unreachable!("the caller names the kind");
    };
    let plain = itch::AddOrder {
        message_type: itch::AddOrder::TYPE,
        stock_locate: locate.0.into(),
        tracking_number: 0.into(),
        timestamp: timestamp(context, sequenced),
        order_reference_number: order_reference.into(),
        buy_sell_indicator: if side.is_buy() { b'B' } else { b'S' },
        shares: shares.into(),
        stock: context.symbol(locate),
        price: price.ten_thousandths().into(),
    };
    let Some(attribution) = attribution else {
        return put(sequenced, locate, outbox, &plain);
    };
    let attributed = itch::AddOrderMpid {
        message_type: itch::AddOrderMpid::TYPE,
        stock_locate: plain.stock_locate,
        tracking_number: plain.tracking_number,
        timestamp: plain.timestamp,
        order_reference_number: plain.order_reference_number,
        buy_sell_indicator: plain.buy_sell_indicator,
        shares: plain.shares,
        stock: plain.stock,
        price: plain.price,
        attribution,
    };
    put(sequenced, locate, outbox, &attributed);
}

/// Puts an execution: of a displayed order by its reference, of a hidden one as a print.
fn put_executed(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let Event::Executed { resting, quantity, price, match_number, added, .. } = *event else {
        unreachable!("the caller names the kind");
    };
    if added == LiquidityFlag::Added {
        let message = itch::OrderExecuted {
            message_type: itch::OrderExecuted::TYPE,
            stock_locate: locate.0.into(),
            tracking_number: 0.into(),
            timestamp: timestamp(context, sequenced),
            order_reference_number: resting.order_reference.into(),
            executed_shares: quantity.into(),
            match_number: match_number.into(),
        };
        return put(sequenced, locate, outbox, &message);
    }
    let message = itch::Trade {
        message_type: itch::Trade::TYPE,
        stock_locate: locate.0.into(),
        tracking_number: 0.into(),
        timestamp: timestamp(context, sequenced),
        order_reference_number: 0.into(),
        buy_sell_indicator: b'B',
        shares: quantity.into(),
        stock: context.symbol(locate),
        price: price.ten_thousandths().into(),
        match_number: match_number.into(),
    };
    put(sequenced, locate, outbox, &message);
}

/// Puts the trades of a cross and what is said of it as a whole.
fn put_cross(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let stock_locate = locate.0.into();
    let tracking_number = 0.into();
    let timestamp = timestamp(context, sequenced);
    match *event {
        Event::Crossed { buyer, seller, quantity, price, match_number } => {
            for party in [buyer, seller].iter().filter(|party| party.shown) {
                // The print of the cross counts them all.
                let message = itch::OrderExecutedWithPrice {
                    message_type: itch::OrderExecutedWithPrice::TYPE,
                    stock_locate,
                    tracking_number,
                    timestamp,
                    order_reference_number: party.order_reference.into(),
                    executed_shares: quantity.into(),
                    match_number: match_number.into(),
                    printable: b'N',
                    execution_price: price.ten_thousandths().into(),
                };
                put(sequenced, locate, outbox, &message);
            }
        }
        Event::CrossDone { cross_type, shares, price, match_number } => {
            let message = itch::CrossTrade {
                message_type: itch::CrossTrade::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                shares: shares.into(),
                stock: context.symbol(locate),
                cross_price: price.ten_thousandths().into(),
                match_number: match_number.into(),
                cross_type: cross_type.code(),
            };
            put(sequenced, locate, outbox, &message);
        }
        Event::NetImbalance { cross_type, paired, imbalance, far, near, reference } => {
            let message = itch::NetOrderImbalanceIndicator {
                message_type: itch::NetOrderImbalanceIndicator::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                paired_shares: paired.into(),
                imbalance_shares: imbalance.shares().into(),
                imbalance_direction: match imbalance {
                    _ if reference == Price::ZERO => b'O',
                    Imbalance::None => b'N',
                    Imbalance::Buy(_) => b'B',
                    Imbalance::Sell(_) => b'S',
                },
                stock: context.symbol(locate),
                far_price: far.ten_thousandths().into(),
                near_price: near.ten_thousandths().into(),
                current_reference_price: reference.ten_thousandths().into(),
                cross_type: cross_type.code(),
                price_variation_indicator: price_variation(near, reference),
            };
            put(sequenced, locate, outbox, &message);
        }
        _ => unreachable!("the caller names the kinds"),
    }
}

/// How far the near price is from the reference price.
fn price_variation(near: Price, reference: Price) -> u8 {
    let (near, reference) = (near.ten_thousandths(), reference.ten_thousandths());
    if near == 0 || reference == 0 {
        return b' ';
    }
    let percent = u64::from(near.abs_diff(reference)) * 100 / u64::from(reference);
    match percent {
        0 => b'L',
        1..10 => b'0' + u8::try_from(percent).expect("one digit"),
        10..20 => b'A',
        20..30 => b'B',
        _ => b'C',
    }
}

/// Puts what is said of an instrument as a whole, and that one of its trades is broken.
fn put_instrument(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let stock_locate = locate.0.into();
    let tracking_number = 0.into();
    let timestamp = timestamp(context, sequenced);
    match *event {
        Event::Broken { match_number } => {
            let message = itch::BrokenTrade {
                message_type: itch::BrokenTrade::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                match_number: match_number.into(),
            };
            put(sequenced, locate, outbox, &message);
        }
        Event::Directory(symbol) => put(sequenced, locate, outbox, &directory(timestamp, &symbol)),
        Event::TradingAction { state, reason } => {
            let message = itch::StockTradingAction {
                message_type: itch::StockTradingAction::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                stock: context.symbol(locate),
                trading_state: state.code(),
                reserved: b' ',
                reason,
            };
            put(sequenced, locate, outbox, &message);
        }
        Event::ShortSaleTest { action } => {
            let message = itch::RegShoRestriction {
                message_type: itch::RegShoRestriction::TYPE,
                stock_locate,
                tracking_number,
                timestamp,
                stock: context.symbol(locate),
                reg_sho_action: action,
            };
            put(sequenced, locate, outbox, &message);
        }
        _ => unreachable!("the caller names the kinds"),
    }
}

fn directory(timestamp: U48, symbol: &SymbolDefined) -> itch::StockDirectory {
    itch::StockDirectory {
        message_type: itch::StockDirectory::TYPE,
        stock_locate: symbol.locate.0.into(),
        tracking_number: 0.into(),
        timestamp,
        stock: symbol.symbol,
        market_category: symbol.market_category,
        financial_status_indicator: symbol.financial_status_indicator,
        round_lot_size: symbol.round_lot_size.into(),
        round_lots_only: if symbol.round_lots_only { b'Y' } else { b'N' },
        issue_classification: symbol.issue_classification,
        issue_sub_type: symbol.issue_sub_type,
        authenticity: symbol.authenticity,
        short_sale_threshold_indicator: symbol.short_sale_threshold_indicator,
        ipo_flag: symbol.ipo_flag,
        luld_reference_price_tier: symbol.luld_reference_price_tier,
        etp_flag: symbol.etp_flag,
        etp_leverage_factor: symbol.etp_leverage_factor.into(),
        inverse_indicator: symbol.inverse_indicator,
    }
}

/// Wire time in 48 bits; a day left open for 78 hours stays at the largest.
fn timestamp(context: &Context, sequenced: &Sequenced<'_>) -> U48 {
    U48::new(context.wire_time(sequenced.time_ns).min(U48::MAX))
}

fn put(
    sequenced: &Sequenced<'_>,
    locate: Locate,
    outbox: &mut Outbox,
    message: &(impl IntoBytes + zerocopy::Immutable),
) {
    outbox.put(sequenced.sequence, locate, Target::Feed, |out| {
        out.extend_from_slice(message.as_bytes())
    });
}
