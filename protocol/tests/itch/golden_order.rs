//! Golden bytes of the messages about one displayed order.

use openbell_protocol::itch::{
    AddOrder, AddOrderMpid, Message, OrderCancel, OrderDelete, OrderExecuted,
    OrderExecutedWithPrice, OrderReplace,
};
use openbell_protocol::time::U48;

use crate::{check, mpid, symbol};

#[test]
fn add_order() {
    let message = AddOrder {
        message_type: b'A',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        order_reference_number: 0x0102_0304_0506_0708.into(),
        buy_sell_indicator: b'S',
        shares: 1600.into(),
        stock: symbol("ZXZZT"),
        price: 873_900.into(),
    };
    check(
        Message::AddOrder(&message),
        "0   41               message_type A
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0102030405060708 order_reference_number 0x0102_0304_0506_0708
         19  53               buy_sell_indicator S
         20  00000640         shares 1600
         24  5A585A5A54202020 stock ZXZZT
         32  000D55AC         price 873900",
    );
}

#[test]
fn add_order_mpid() {
    let message = AddOrderMpid {
        message_type: b'F',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        order_reference_number: 0x0102_0304_0506_0708.into(),
        buy_sell_indicator: b'S',
        shares: 1600.into(),
        stock: symbol("ZXZZT"),
        price: 873_900.into(),
        attribution: mpid("FLTU"),
    };
    check(
        Message::AddOrderMpid(&message),
        "0   46               message_type F
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0102030405060708 order_reference_number 0x0102_0304_0506_0708
         19  53               buy_sell_indicator S
         20  00000640         shares 1600
         24  5A585A5A54202020 stock ZXZZT
         32  000D55AC         price 873900
         36  464C5455         attribution FLTU",
    );
}

#[test]
fn order_executed() {
    let message = OrderExecuted {
        message_type: b'E',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        order_reference_number: 0x0102_0304_0506_0708.into(),
        executed_shares: 25.into(),
        match_number: 0x1112_1314_1516_1718.into(),
    };
    check(
        Message::OrderExecuted(&message),
        "0   45               message_type E
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0102030405060708 order_reference_number 0x0102_0304_0506_0708
         19  00000019         executed_shares 25
         23  1112131415161718 match_number 0x1112_1314_1516_1718",
    );
}

#[test]
fn order_executed_with_price() {
    let message = OrderExecutedWithPrice {
        message_type: b'C',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        order_reference_number: 0x0102_0304_0506_0708.into(),
        executed_shares: 4926.into(),
        match_number: 0x1112_1314_1516_1718.into(),
        printable: b'N',
        execution_price: 224_800.into(),
    };
    check(
        Message::OrderExecutedWithPrice(&message),
        "0   43               message_type C
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0102030405060708 order_reference_number 0x0102_0304_0506_0708
         19  0000133E         executed_shares 4926
         23  1112131415161718 match_number 0x1112_1314_1516_1718
         31  4E               printable N
         32  00036E20         execution_price 224800",
    );
}

#[test]
fn order_cancel() {
    let message = OrderCancel {
        message_type: b'X',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        order_reference_number: 0x0102_0304_0506_0708.into(),
        canceled_shares: 100.into(),
    };
    check(
        Message::OrderCancel(&message),
        "0   58               message_type X
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0102030405060708 order_reference_number 0x0102_0304_0506_0708
         19  00000064         canceled_shares 100",
    );
}

#[test]
fn order_delete() {
    let message = OrderDelete {
        message_type: b'D',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        order_reference_number: 0x0102_0304_0506_0708.into(),
    };
    check(
        Message::OrderDelete(&message),
        "0   44               message_type D
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0102030405060708 order_reference_number 0x0102_0304_0506_0708",
    );
}

#[test]
fn order_replace() {
    let message = OrderReplace {
        message_type: b'U',
        stock_locate: 813.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        original_order_reference_number: 0x0102_0304_0506_0708.into(),
        new_order_reference_number: 0x2122_2324_2526_2728.into(),
        shares: 300.into(),
        price: 1_062_600.into(),
    };
    check(
        Message::OrderReplace(&message),
        "0   55               message_type U
         1   032D             stock_locate 813
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  0102030405060708 original_order_reference_number 0x0102_0304_0506_0708
         19  2122232425262728 new_order_reference_number 0x2122_2324_2526_2728
         27  0000012C         shares 300
         31  001036C8         price 1062600",
    );
}
