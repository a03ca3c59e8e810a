//! Golden bytes of every attribute, alone and together.

use super::hex;
use crate::ouch::{Appendage, Attributes, Tag};
use crate::symbol::Mpid;

/// Checks that element and attribute are the same thing on every message that may have it.
fn check(tag: Tag, golden: &str, set: fn(&mut Attributes)) {
    let mut attributes = Attributes::default();
    set(&mut attributes);
    let bytes = hex(golden);
    let mut encoded = Vec::new();
    attributes.encode(&mut encoded);
    assert_eq!(encoded, bytes, "{tag:?}");
    for letter in b'A'..=b'Z' {
        if tag.allowed_inbound(letter) {
            assert_eq!(Attributes::parse_inbound(letter, Appendage::new(&bytes)), Ok(attributes));
        }
        if tag.allowed_outbound(letter) {
            assert_eq!(Attributes::parse_outbound(letter, Appendage::new(&bytes)), Ok(attributes));
        }
    }
}

#[test]
fn numbers() {
    check(Tag::SecondaryOrdRefNum, "09 01 0102030405060708", |a| {
        a.secondary_ord_ref_num = Some(0x0102_0304_0506_0708);
    });
    check(Tag::MinQty, "05 03 000001F4 // 500", |a| a.min_qty = Some(500));
    check(Tag::MaxFloor, "05 05 00000064 // 100", |a| a.max_floor = Some(100));
    check(Tag::RandomReserves, "05 0D 000000C8 // 200", |a| a.random_reserves = Some(200));
    check(Tag::ExpireTime, "05 0F 0001517F // 86,399 s", |a| a.expire_time = Some(86_399));
    check(Tag::DisplayQuantity, "05 16 0000012C // 300", |a| a.display_quantity = Some(300));
    check(Tag::GroupId, "03 18 0102", |a| a.group_id = Some(0x0102));
    check(Tag::UserRefIdx, "02 1C 05", |a| a.user_ref_idx = Some(5));
}

#[test]
fn prices() {
    check(Tag::DiscretionPrice, "09 09 0000000000019064 // 10.2500", |a| {
        a.discretion_price = Some(102_500);
    });
    check(Tag::DisplayPrice, "09 17 000000007735939C // 199,999.9900", |a| {
        a.display_price = Some(1_999_999_900);
    });
    check(Tag::PegOffset, "05 07 FFFFFF9C // -0.0100", |a| a.peg_offset = Some(-100));
    check(Tag::DiscretionPegOffset, "05 0B 00000064 // 0.0100", |a| {
        a.discretion_peg_offset = Some(100);
    });
}

#[test]
fn names() {
    check(Tag::Firm, "05 02 41424344 // ABCD", |a| a.firm = Some(Mpid(*b"ABCD")));
    check(Tag::Route, "05 0E 53434E20 // SCN", |a| a.route = Some(Mpid(*b"SCN ")));
    check(Tag::LocateBroker, "05 1A 4F422020 // OB", |a| a.locate_broker = Some(Mpid(*b"OB  ")));
    check(Tag::AiqGroupId, "03 1E 4731 // G1", |a| a.aiq_group_id = Some(*b"G1"));
}

#[test]
fn characters() {
    check(Tag::CustomerType, "02 04 52 // R", |a| a.customer_type = Some(b'R'));
    check(Tag::PriceType, "02 06 6D // m", |a| a.price_type = Some(b'm'));
    check(Tag::DiscretionPriceType, "02 0A 4C // L", |a| a.discretion_price_type = Some(b'L'));
    check(Tag::PostOnly, "02 0C 50 // P", |a| a.post_only = Some(b'P'));
    check(Tag::TradeNow, "02 10 59 // Y", |a| a.trade_now = Some(b'Y'));
    check(Tag::HandleInst, "02 11 49 // I", |a| a.handle_inst = Some(b'I'));
    check(Tag::BboWeightIndicator, "02 12 53 // S", |a| a.bbo_weight_indicator = Some(b'S'));
    check(Tag::SharesLocated, "02 19 59 // Y", |a| a.shares_located = Some(b'Y'));
    check(Tag::Side, "02 1B 54 // T", |a| a.side = Some(b'T'));
    check(Tag::AiqStrategy, "02 1D 6F // o", |a| a.aiq_strategy = Some(b'o'));
}

#[test]
fn elements_may_come_in_any_order_and_are_written_by_rising_tag() {
    let expected = Attributes {
        firm: Some(Mpid(*b"ABCD")),
        post_only: Some(b'P'),
        user_ref_idx: Some(5),
        ..Attributes::default()
    };
    let sorted = hex("05 02 41424344  02 0C 50  02 1C 05");
    let shuffled = hex("02 1C 05  05 02 41424344  02 0C 50");
    for bytes in [&sorted, &shuffled] {
        assert_eq!(Attributes::parse_inbound(b'O', Appendage::new(bytes)), Ok(expected));
    }
    let mut encoded = Vec::new();
    expected.encode(&mut encoded);
    assert_eq!(encoded, sorted);
}

#[test]
fn no_attributes_are_no_bytes() {
    let mut encoded = Vec::new();
    Attributes::default().encode(&mut encoded);
    assert!(encoded.is_empty());
    assert_eq!(Attributes::parse_inbound(b'O', Appendage::EMPTY), Ok(Attributes::default()));
}
