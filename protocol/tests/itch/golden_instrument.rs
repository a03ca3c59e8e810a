//! Golden bytes of the messages about one instrument.

use openbell_protocol::enums::TradingState;
use openbell_protocol::itch::{
    MarketParticipantPosition, Message, OperationalHalt, RegShoRestriction, StockDirectory,
    StockTradingAction,
};
use openbell_protocol::time::U48;

use crate::{check, mpid, symbol};

#[test]
fn stock_directory() {
    let message = StockDirectory {
        message_type: b'R',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        market_category: b'Q',
        financial_status_indicator: b'N',
        round_lot_size: 100.into(),
        round_lots_only: b'N',
        issue_classification: b'C',
        issue_sub_type: *b"Z ",
        authenticity: b'T',
        short_sale_threshold_indicator: b'Y',
        ipo_flag: b' ',
        luld_reference_price_tier: b'1',
        etp_flag: b'Y',
        etp_leverage_factor: 3.into(),
        inverse_indicator: b'N',
    };
    check(
        Message::StockDirectory(&message),
        "0   52               message_type R
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  51               market_category Q
         20  4E               financial_status_indicator N
         21  00000064         round_lot_size 100
         25  4E               round_lots_only N
         26  43               issue_classification C
         27  5A20             issue_sub_type Z
         29  54               authenticity T
         30  59               short_sale_threshold_indicator Y
         31  20               ipo_flag space
         32  31               luld_reference_price_tier 1
         33  59               etp_flag Y
         34  00000003         etp_leverage_factor 3
         38  4E               inverse_indicator N",
    );
}

#[test]
fn stock_trading_action() {
    let message = StockTradingAction {
        message_type: b'H',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        trading_state: TradingState::Paused.code(),
        reserved: b' ',
        reason: *b"T12 ",
    };
    check(
        Message::StockTradingAction(&message),
        "0   48               message_type H
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  50               trading_state P
         20  20               reserved space
         21  54313220         reason T12",
    );
}

#[test]
fn reg_sho_restriction() {
    let message = RegShoRestriction {
        message_type: b'Y',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        reg_sho_action: b'1',
    };
    check(
        Message::RegShoRestriction(&message),
        "0   59               message_type Y
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  31               reg_sho_action 1",
    );
}

#[test]
fn market_participant_position() {
    let message = MarketParticipantPosition {
        message_type: b'L',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        mpid: mpid("MAXM"),
        stock: symbol("ZXZZT"),
        primary_market_maker: b'Y',
        market_maker_mode: b'N',
        market_participant_state: b'A',
    };
    check(
        Message::MarketParticipantPosition(&message),
        "0   4C               message_type L
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  4D41584D         mpid MAXM
         15  5A585A5A54202020 stock ZXZZT
         23  59               primary_market_maker Y
         24  4E               market_maker_mode N
         25  41               market_participant_state A",
    );
}

#[test]
fn operational_halt() {
    let message = OperationalHalt {
        message_type: b'h',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        stock: symbol("ZXZZT"),
        market_code: b'X',
        operational_halt_action: b'H',
    };
    check(
        Message::OperationalHalt(&message),
        "0   68               message_type h
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  5A585A5A54202020 stock ZXZZT
         19  58               market_code X
         20  48               operational_halt_action H",
    );
}
