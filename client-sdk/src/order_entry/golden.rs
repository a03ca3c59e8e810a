//! Golden bytes: each request and each attribute, written by hand from the tables.

use protocol::enums::{AiqStrategy, Capacity, CrossType, Display, Side, TimeInForce};
use protocol::ouch::Inbound;
use protocol::symbol::{AlphaError, Mpid};
use protocol::{DisconnectPolicy, Price};

use super::{
    CancelFilter, CustomerType, HandleInst, Modification, NewOrder, PriceType, Replacement,
    Request, UserRefNum,
};
use crate::error::RequestError;

const PRICE: Price = Price::new(102_500);

/// Checks that `request`, as number 7, is `golden`: text, and bytes as two hexadecimal digits each.
fn check(request: Request, golden: &[&[u8]]) {
    let mut bytes = Vec::new();
    request.encode(7, &mut bytes).expect("it can be written");
    assert_eq!(bytes, golden.concat(), "{request:?}");
    Inbound::decode(&bytes).expect("the venue can read it");
}

fn buy() -> NewOrder {
    NewOrder::buy("AAPL", 500).limit(PRICE)
}

fn check_entered(order: NewOrder, appendage: &[u8]) {
    let length = u16::try_from(appendage.len()).expect("short").to_be_bytes();
    check(
        Request::Enter(order),
        &[
            b"O\0\0\0\x07B\0\0\x01\xF4AAPL    \0\0\0\0\0\x01\x90\x640YPNN              ",
            &length,
            appendage,
        ],
    );
}

fn check_replaced(replacement: Replacement, appendage: &[u8]) {
    let length = u16::try_from(appendage.len()).expect("short").to_be_bytes();
    check(
        Request::Replace(UserRefNum::new(6), replacement.limit(PRICE)),
        &[
            b"U\0\0\0\x06\0\0\0\x07\0\0\x01\xF4\0\0\0\0\0\x01\x90\x640YN              ",
            &length,
            appendage,
        ],
    );
}

#[test]
fn an_order_with_every_fixed_field() {
    let order = NewOrder::sell_short("BRK.A", 999_999)
        .market()
        .immediate_or_cancel()
        .attributable()
        .capacity(Capacity::Agency)
        .intermarket_sweep()
        .cross(CrossType::Opening)
        .cl_ord_id("order 42");
    check(
        Request::Enter(order),
        &[
            b"O\0\0\0\x07T\0\x0F\x42\x3FBRK.A   \0\0\0\0\x7F\xFF\xFF\xFF3AAYOorder 42      ",
            b"\0\0",
        ],
    );
}

#[test]
fn what_an_order_asks_for_on_a_disconnect_stands_before_its_name() {
    let order = NewOrder::buy("A", 1).market().on_disconnect(DisconnectPolicy::CancelAfter);
    check(
        Request::Enter(order.cl_ord_id("order 42")),
        &[b"O\0\0\0\x07B\0\0\0\x01A       \0\0\0\0\x7F\xFF\xFF\xFF0YPNNODAorder 42   ", b"\0\0"],
    );
    let mut out = Vec::new();
    let too_long = Request::Enter(order.cl_ord_id("twelve chars"));
    assert_eq!(too_long.encode(7, &mut out), Err(RequestError::ClOrdIdTooLong));
    let kept = Replacement::new(1).market().on_disconnect(DisconnectPolicy::Keep);
    let original = UserRefNum { channel: 0, number: 6 };
    Request::Replace(original, kept).encode(7, &mut out).expect("whole");
    assert!(out.windows(14).any(|window| window == b"ODK           "));
}

#[test]
fn the_four_sides() {
    for (order, side) in [
        (NewOrder::buy("A", 1), b'B'),
        (NewOrder::sell("A", 1), b'S'),
        (NewOrder::sell_short("A", 1), b'T'),
        (NewOrder::sell_short_exempt("A", 1), b'E'),
    ] {
        let mut bytes = Vec::new();
        Request::Enter(order.market()).encode(7, &mut bytes).expect("it can be written");
        assert_eq!(bytes[5], side);
    }
}

#[test]
fn attributes_of_an_order_alone() {
    check_entered(buy(), b"");
    check_entered(buy().firm("ABCD"), b"\x05\x02ABCD");
    check_entered(buy().customer_type(CustomerType::Retail), b"\x02\x04R");
    check_entered(buy().group_id(0x0102), b"\x03\x18\x01\x02");
    check_entered(buy().channel(5), b"\x02\x1C\x05");
    check_entered(buy().channel(0), b"");
}

/// Checks one attribute that orders and replacements share, on both.
macro_rules! check_shared {
    ($($method:ident($($value:expr)?) => $appendage:expr;)+) => {
        $(
            check_entered(buy().$method($($value)?), $appendage);
            check_replaced(Replacement::new(500).$method($($value)?), $appendage);
        )+
    };
}

#[test]
fn attributes_of_orders_and_replacements() {
    check_shared! {
        min_qty(500) => b"\x05\x03\0\0\x01\xF4";
        max_floor(100) => b"\x05\x05\0\0\0\x64";
        price_type(PriceType::Midpoint) => b"\x02\x06m";
        peg_offset(-100) => b"\x05\x07\xFF\xFF\xFF\x9C";
        discretion_price(PRICE) => b"\x09\x09\0\0\0\0\0\x01\x90\x64";
        discretion_price_type(PriceType::PrimaryPeg) => b"\x02\x0AR";
        discretion_peg_offset(100) => b"\x05\x0B\0\0\0\x64";
        post_only() => b"\x02\x0CP";
        random_reserves(200) => b"\x05\x0D\0\0\0\xC8";
        expire_time(86_399) => b"\x05\x0F\0\x01\x51\x7F";
        trade_now(true) => b"\x02\x10Y";
        handle_inst(HandleInst::ImbalanceOnly) => b"\x02\x11I";
        shares_located(false) => b"\x02\x19N";
        locate_broker("OB") => b"\x05\x1AOB  ";
        aiq_strategy(AiqStrategy::OrganizationCancelOldest) => b"\x02\x1Do";
        aiq_group_id("G1") => b"\x03\x1EG1";
    }
    check_replaced(Replacement::new(500).side(Side::SellShort), b"\x02\x1BT");
}

#[test]
fn several_attributes_come_by_rising_tag() {
    check_entered(buy().channel(5).post_only().firm("ABCD"), b"\x05\x02ABCD\x02\x0CP\x02\x1C\x05");
}

#[test]
fn a_replacement_stays_in_the_channel_of_its_order() {
    let replacement = Replacement::new(300)
        .limit(PRICE)
        .good_for(60)
        .display(Display::Hidden)
        .intermarket_sweep()
        .cl_ord_id("b");
    check(
        Request::Replace(UserRefNum { channel: 3, number: 6 }, replacement),
        &[
            b"U\0\0\0\x06\0\0\0\x07\0\0\x01\x2C\0\0\0\0\0\x01\x90\x646NYb             ",
            b"\0\x09\x05\x0F\0\0\0\x3C\x02\x1C\x03",
        ],
    );
}

#[test]
fn requests_on_an_order() {
    let (plain, channel) = (UserRefNum::new(6), UserRefNum { channel: 3, number: 6 });
    check(Request::Cancel(plain, 200), &[b"X\0\0\0\x06\0\0\0\xC8"]);
    check(Request::Cancel(channel, 0), &[b"X\0\0\0\x06\0\0\0\0\0\x03\x02\x1C\x03"]);
    let modification = Modification::new(Side::SellShort, 300);
    check(Request::Modify(plain, modification), &[b"M\0\0\0\x06T\0\0\x01\x2C"]);
    let modification = modification.shares_located(true).locate_broker("OB");
    check(
        Request::Modify(channel, modification),
        &[b"M\0\0\0\x06T\0\0\x01\x2C\0\x0C\x02\x19Y\x05\x1AOB  \x02\x1C\x03"],
    );
}

#[test]
fn requests_on_the_account() {
    let filter = CancelFilter::firm("OBEL");
    check(Request::MassCancel(filter), &[b"C\0\0\0\x07OBEL        \0\0"]);
    let own = Request::MassCancel(CancelFilter::own_firm());
    check(own, &[b"C\0\0\0\x07            \0\0"]);
    let filter = filter.symbol("AAPL").side(Side::Buy).group_id(0).channel(3);
    check(
        Request::MassCancel(filter),
        &[b"C\0\0\0\x07OBELAAPL    \0\x0A\x03\x18\0\0\x02\x1BB\x02\x1C\x03"],
    );
    let firm = Mpid(*b"OBEL");
    check(Request::DisableEntry(firm), &[b"D\0\0\0\x07OBEL\0\0"]);
    check(Request::EnableEntry(firm), &[b"E\0\0\0\x07OBEL\0\0"]);
    check(Request::AccountQuery(0), &[b"Q"]);
    check(Request::AccountQuery(9), &[b"Q\0\x03\x02\x1C\x09"]);
}

#[test]
fn the_first_fault_of_a_builder_is_told_and_nothing_is_written() {
    let too_long = AlphaError::TooLong { limit: 8, actual: 9 };
    let lower_case = AlphaError::Character { index: 0, byte: b'a' };
    let replace = |replacement| Request::Replace(UserRefNum::new(1), replacement);
    for (request, fault) in [
        (Request::Enter(NewOrder::buy("AAPL", 100)), RequestError::NoPrice),
        (replace(Replacement::new(100)), RequestError::NoPrice),
        (
            Request::Enter(NewOrder::buy("ABCDEFGHI", 100).market().firm("a")),
            RequestError::Name { field: "symbol", error: too_long },
        ),
        (Request::Enter(buy().firm("a")), RequestError::Name { field: "Firm", error: lower_case }),
        (Request::Enter(buy().aiq_group_id("G")), RequestError::AiqGroupId),
        (
            Request::MassCancel(CancelFilter::firm("")),
            RequestError::Name { field: "firm", error: AlphaError::Empty },
        ),
        (
            Request::Modify(
                UserRefNum::new(1),
                Modification::new(Side::Sell, 1).locate_broker("a"),
            ),
            RequestError::Name { field: "LocateBroker", error: lower_case },
        ),
    ] {
        let mut bytes = Vec::new();
        assert_eq!(request.encode(7, &mut bytes), Err(fault));
        assert!(bytes.is_empty());
    }
}

#[test]
fn a_good_till_time_order_says_for_how_long() {
    let order = buy().good_for(60);
    let same = buy().time_in_force(TimeInForce::GoodTillTime).expire_time(60);
    assert_eq!(order, same);
}
