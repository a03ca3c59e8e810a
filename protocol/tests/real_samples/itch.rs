//! ITCH samples.

use openbell_protocol::itch::Message;

use crate::Reading;
use crate::field::{Fields, fields};

pub(crate) fn read(bytes: &[u8]) -> Reading {
    let message = Message::decode(bytes).expect("the sample is an ITCH message");
    let header = message.header();
    let mut shown = fields!(header, message_type, stock_locate, tracking_number, timestamp);
    let body =
        of_the_venue(&message).or_else(|| of_an_order(&message)).or_else(|| of_a_trade(&message));
    shown.append(&mut body.expect("every type of message is read"));
    (shown.into(), message.bytes().to_vec())
}

/// What the venue and its instruments say.
fn of_the_venue(message: &Message<'_>) -> Option<Fields> {
    Some(match message {
        Message::SystemEvent(m) => fields!(m, event_code),
        Message::MwcbDeclineLevel(m) => fields!(m, level_1, level_2, level_3),
        Message::MwcbStatus(m) => fields!(m, breached_level),
        Message::StockDirectory(m) => fields!(
            m,
            stock,
            market_category,
            financial_status_indicator,
            round_lot_size,
            round_lots_only,
            issue_classification,
            issue_sub_type,
            authenticity,
            short_sale_threshold_indicator,
            ipo_flag,
            luld_reference_price_tier,
            etp_flag,
            etp_leverage_factor,
            inverse_indicator
        ),
        Message::StockTradingAction(m) => fields!(m, stock, trading_state, reserved, reason),
        Message::RegShoRestriction(m) => fields!(m, stock, reg_sho_action),
        Message::MarketParticipantPosition(m) => fields!(
            m,
            mpid,
            stock,
            primary_market_maker,
            market_maker_mode,
            market_participant_state
        ),
        Message::OperationalHalt(m) => fields!(m, stock, market_code, operational_halt_action),
        Message::IpoQuotingPeriodUpdate(m) => fields!(
            m,
            stock,
            ipo_quotation_release_time,
            ipo_quotation_release_qualifier,
            ipo_price
        ),
        Message::LuldAuctionCollar(m) => fields!(
            m,
            stock,
            auction_collar_reference_price,
            upper_auction_collar_price,
            lower_auction_collar_price,
            auction_collar_extension
        ),
        _ => return None,
    })
}

/// What becomes of a displayed order.
fn of_an_order(message: &Message<'_>) -> Option<Fields> {
    Some(match message {
        Message::AddOrder(m) => {
            fields!(m, order_reference_number, buy_sell_indicator, shares, stock, price)
        }
        Message::AddOrderMpid(m) => fields!(
            m,
            order_reference_number,
            buy_sell_indicator,
            shares,
            stock,
            price,
            attribution
        ),
        Message::OrderExecuted(m) => {
            fields!(m, order_reference_number, executed_shares, match_number)
        }
        Message::OrderExecutedWithPrice(m) => fields!(
            m,
            order_reference_number,
            executed_shares,
            match_number,
            printable,
            execution_price
        ),
        Message::OrderCancel(m) => fields!(m, order_reference_number, canceled_shares),
        Message::OrderDelete(m) => fields!(m, order_reference_number),
        Message::OrderReplace(m) => {
            fields!(m, original_order_reference_number, new_order_reference_number, shares, price)
        }
        _ => return None,
    })
}

/// Trades, auctions and interest.
fn of_a_trade(message: &Message<'_>) -> Option<Fields> {
    Some(match message {
        Message::Trade(m) => fields!(
            m,
            order_reference_number,
            buy_sell_indicator,
            shares,
            stock,
            price,
            match_number
        ),
        Message::CrossTrade(m) => fields!(m, shares, stock, cross_price, match_number, cross_type),
        Message::BrokenTrade(m) => fields!(m, match_number),
        Message::NetOrderImbalanceIndicator(m) => fields!(
            m,
            paired_shares,
            imbalance_shares,
            imbalance_direction,
            stock,
            far_price,
            near_price,
            current_reference_price,
            cross_type,
            price_variation_indicator
        ),
        Message::RetailInterest(m) => fields!(m, stock, interest_flag),
        Message::DirectListingPriceDiscovery(m) => fields!(
            m,
            stock,
            open_eligibility_status,
            minimum_allowable_price,
            maximum_allowable_price,
            near_execution_price,
            near_execution_time,
            lower_price_range_collar,
            upper_price_range_collar
        ),
        _ => return None,
    })
}
