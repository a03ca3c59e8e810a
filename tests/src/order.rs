//! OUCH messages by hand, for tests that speak bytes.

use protocol::ouch::encode;
use protocol::ouch::inbound::{
    AccountQuery, CancelOrder, EnterOrder, MassCancel, ModifyOrder, ReplaceOrder,
};
use protocol::{ClOrdId, Mpid, Symbol};

/// A day limit order; price in ten-thousandths of a dollar.
pub fn enter(user_ref_num: u32, side: u8, quantity: u32, symbol: &str, price: u64) -> Vec<u8> {
    enter_with(user_ref_num, side, quantity, symbol, price, b'0', &[])
}

/// An immediate-or-cancel limit order.
pub fn take(user_ref_num: u32, side: u8, quantity: u32, symbol: &str, price: u64) -> Vec<u8> {
    enter_with(user_ref_num, side, quantity, symbol, price, b'3', &[])
}

/// An order with its time in force and appendage.
pub fn enter_with(
    user_ref_num: u32,
    side: u8,
    quantity: u32,
    symbol: &str,
    price: u64,
    time_in_force: u8,
    appendage: &[u8],
) -> Vec<u8> {
    let day = day_limit(user_ref_num, side, quantity, symbol, price);
    encoded(&EnterOrder { time_in_force, ..day }, Some(appendage))
}

/// A limit order for the opening cross.
pub fn on_open(user_ref_num: u32, side: u8, quantity: u32, symbol: &str, price: u64) -> Vec<u8> {
    let day = day_limit(user_ref_num, side, quantity, symbol, price);
    encoded(&EnterOrder { cross_type: b'O', ..day }, Some(&[]))
}

fn day_limit(user_ref_num: u32, side: u8, quantity: u32, symbol: &str, price: u64) -> EnterOrder {
    EnterOrder {
        message_type: EnterOrder::TYPE,
        user_ref_num: user_ref_num.into(),
        side,
        quantity: quantity.into(),
        symbol: Symbol::new(symbol).expect("a symbol of the test"),
        price: price.into(),
        time_in_force: b'0',
        display: b'Y',
        capacity: b'P',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        cl_ord_id: ClOrdId::BLANK,
    }
}

/// A replacement; `quantity` is the total liable for the chain.
pub fn replace(original: u32, user_ref_num: u32, quantity: u32, price: u64) -> Vec<u8> {
    let fixed = ReplaceOrder {
        message_type: ReplaceOrder::TYPE,
        orig_user_ref_num: original.into(),
        user_ref_num: user_ref_num.into(),
        quantity: quantity.into(),
        price: price.into(),
        time_in_force: b'0',
        display: b'Y',
        intermarket_sweep_eligibility: b'N',
        cl_ord_id: ClOrdId::BLANK,
    };
    encoded(&fixed, Some(&[]))
}

/// A change of side or size in place.
pub fn modify(user_ref_num: u32, side: u8, quantity: u32) -> Vec<u8> {
    let message_type = ModifyOrder::TYPE;
    let (user_ref_num, quantity) = (user_ref_num.into(), quantity.into());
    encoded(&ModifyOrder { message_type, user_ref_num, side, quantity }, None)
}

/// A cancel down to the new intended size.
pub fn cancel(user_ref_num: u32, quantity: u32) -> Vec<u8> {
    let fixed = CancelOrder {
        message_type: CancelOrder::TYPE,
        user_ref_num: user_ref_num.into(),
        quantity: quantity.into(),
    };
    encoded(&fixed, None)
}

/// A cancel of everything the port has open.
pub fn mass_cancel(user_ref_num: u32) -> Vec<u8> {
    let fixed = MassCancel {
        message_type: MassCancel::TYPE,
        user_ref_num: user_ref_num.into(),
        firm: Mpid::BLANK,
        symbol: Symbol::BLANK,
    };
    encoded(&fixed, Some(&[]))
}

/// A question for the next number.
pub fn query() -> Vec<u8> {
    encoded(&AccountQuery { message_type: AccountQuery::TYPE }, None)
}

fn encoded<M: zerocopy::IntoBytes + zerocopy::Immutable>(
    fixed: &M,
    appendage: Option<&[u8]>,
) -> Vec<u8> {
    let mut out = Vec::new();
    encode(fixed, appendage, &mut out);
    out
}

/// The same order with a ClOrdID: the last 14 bytes of the fixed part of Enter Order.
pub fn named(mut enter: Vec<u8>, cl_ord_id: &str) -> Vec<u8> {
    let end = size_of::<EnterOrder>();
    let cl_ord_id = ClOrdId::new(cl_ord_id).expect("a ClOrdID of the test");
    enter[end - cl_ord_id.0.len()..end].copy_from_slice(&cl_ord_id.0);
    enter
}
