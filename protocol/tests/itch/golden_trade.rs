//! Golden bytes of the trade messages.

use openbell_protocol::itch::{BrokenTrade, CrossTrade, Message, Trade};
use openbell_protocol::time::U48;

use crate::{check, symbol};

#[test]
fn trade() {
    let message = Trade {
        message_type: b'P',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        order_reference_number: 0.into(),
        buy_sell_indicator: b'B',
        shares: 100.into(),
        stock: symbol("ZXZZT"),
        price: 1_284_600.into(),
        match_number: 0x1112_1314_1516_1718.into(),
    };
    check(
        Message::Trade(&message),
        "0   50               message_type P
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0000000000000000 order_reference_number 0
         19  42               buy_sell_indicator B
         20  00000064         shares 100
         24  5A585A5A54202020 stock ZXZZT
         32  001399F8         price 1284600
         36  1112131415161718 match_number 0x1112_1314_1516_1718",
    );
}

#[test]
fn cross_trade() {
    let message = CrossTrade {
        message_type: b'Q',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        shares: 0x0000_0001_0000_0002.into(),
        stock: symbol("ZXZZT"),
        cross_price: 1_999_999_900.into(),
        match_number: 0x1112_1314_1516_1718.into(),
        cross_type: b'O',
    };
    check(
        Message::CrossTrade(&message),
        "0   51               message_type Q
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0000000100000002 shares 0x0000_0001_0000_0002
         19  5A585A5A54202020 stock ZXZZT
         27  7735939C         cross_price 1999999900
         31  1112131415161718 match_number 0x1112_1314_1516_1718
         39  4F               cross_type O",
    );
}

#[test]
fn broken_trade() {
    let message = BrokenTrade {
        message_type: b'B',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        match_number: 0x1112_1314_1516_1718.into(),
    };
    check(
        Message::BrokenTrade(&message),
        "0   42               message_type B
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  1112131415161718 match_number 0x1112_1314_1516_1718",
    );
}
