//! Every message of the venue becomes its event, with every field.

use openbell_client::order_entry::{
    Accepted, AccountQueryResponse, AiqCanceled, BrokenTrade, CancelPending, CancelReject,
    Canceled, EntrySwitched, Event, Executed, MassCancelResponse, MessageError, Modified,
    PriorityUpdate, Rejected, Replaced, Restated, Stamp, SystemEvent, UserRefNum,
};
use openbell_client::protocol::enums::{
    AiqStrategy, BrokenTradeReason, CancelReason, Capacity, CrossType, Display, LiquidityFlag,
    OrderState, RestateReason, Side, SystemEventCode, TimeInForce,
};
use openbell_client::protocol::ouch::{Attributes, RejectReason};
use openbell_client::protocol::{ClOrdId, Mpid, Price, Symbol};

const STAMP: Stamp = Stamp { sequence_number: 9, time_ns: 0x0102_0304 };
const ORDER: UserRefNum = UserRefNum::new(7);
const PRICE: Price = Price::new(102_500);

/// Checks what a message is, given everything behind its type and time.
fn check(message_type: u8, rest: &[&[u8]], expected: Event) {
    let message = [&[message_type][..], b"\0\0\0\0\x01\x02\x03\x04", &rest.concat()].concat();
    let event = Event::decode(9, &message);
    assert_eq!(event, expected);
    assert_eq!(event.sequence_number(), Some(9));
}

fn cl_ord_id() -> ClOrdId {
    ClOrdId::new("order 42").expect("a name")
}

#[test]
fn orders_accepted_and_replaced() {
    let tags =
        Attributes { firm: Some(Mpid(*b"OBEL")), user_ref_idx: Some(3), ..Attributes::default() };
    let order = UserRefNum { channel: 3, number: 7 };
    let fields: [&[u8]; 7] = [
        b"T\0\0\x01\xF4AAPL    ",
        b"\0\0\0\0\0\x01\x90\x64",
        b"3Z",
        b"\0\0\0\0\0\0\x04\xD2",
        b"AYOD",
        b"order 42      ",
        b"\0\x09\x05\x02OBEL\x02\x1C\x03",
    ];
    let accepted = Accepted {
        stamp: STAMP,
        order,
        side: Side::SellShort,
        quantity: 500,
        symbol: Symbol(*b"AAPL    "),
        price: PRICE,
        time_in_force: TimeInForce::ImmediateOrCancel,
        display: Display::Conformant,
        order_reference_number: 1_234,
        capacity: Capacity::Agency,
        intermarket_sweep: true,
        cross_type: CrossType::Opening,
        order_state: OrderState::Dead,
        cl_ord_id: cl_ord_id(),
        attributes: tags,
    };
    let rest = [&[&b"\0\0\0\x07"[..]][..], &fields].concat();
    check(b'A', &rest, Event::Accepted(Box::new(accepted)));
    let replaced = Replaced {
        stamp: STAMP,
        original: UserRefNum { channel: 3, number: 6 },
        order,
        side: accepted.side,
        quantity: 500,
        symbol: accepted.symbol,
        price: PRICE,
        time_in_force: accepted.time_in_force,
        display: accepted.display,
        order_reference_number: 1_234,
        capacity: accepted.capacity,
        intermarket_sweep: true,
        cross_type: accepted.cross_type,
        order_state: accepted.order_state,
        cl_ord_id: accepted.cl_ord_id,
        attributes: tags,
    };
    let rest = [&[&b"\0\0\0\x06\0\0\0\x07"[..]][..], &fields].concat();
    check(b'U', &rest, Event::Replaced(Box::new(replaced)));
}

#[test]
fn shares_canceled_and_traded() {
    let canceled =
        Canceled { stamp: STAMP, order: ORDER, quantity: 200, reason: CancelReason::UserRequested };
    check(b'C', &[b"\0\0\0\x07\0\0\0\xC8U"], Event::Canceled(canceled));
    let aiq = AiqCanceled {
        stamp: STAMP,
        order: ORDER,
        decrement_shares: 500,
        reason: CancelReason::SelfMatch,
        quantity_prevented_from_trading: 300,
        execution_price: PRICE,
        liquidity_flag: LiquidityFlag::Added,
        aiq_strategy: AiqStrategy::FirmCancelOldest,
    };
    let rest: [&[u8]; 2] = [b"\0\0\0\x07\0\0\x01\xF4Q\0\0\x01\x2C", b"\0\0\0\0\0\x01\x90\x64AO"];
    check(b'D', &rest, Event::AiqCanceled(aiq));
    let executed = Executed {
        stamp: STAMP,
        order: ORDER,
        quantity: 100,
        price: PRICE,
        liquidity_flag: LiquidityFlag::Removed,
        match_number: 77,
    };
    let rest: [&[u8]; 2] =
        [b"\0\0\0\x07\0\0\0\x64\0\0\0\0\0\x01\x90\x64R", b"\0\0\0\0\0\0\0\x4D\0\0"];
    check(b'E', &rest, Event::Executed(executed));
    let broken = BrokenTrade {
        stamp: STAMP,
        order: ORDER,
        match_number: 77,
        reason: BrokenTradeReason::Consent,
        cl_ord_id: cl_ord_id(),
    };
    let rest: [&[u8]; 1] = [b"\0\0\0\x07\0\0\0\0\0\0\0\x4DCorder 42      "];
    check(b'B', &rest, Event::BrokenTrade(broken));
}

#[test]
fn refusals() {
    let rejected = Rejected {
        stamp: STAMP,
        order: ORDER,
        reason: RejectReason::RiskFatFinger,
        cl_ord_id: cl_ord_id(),
    };
    check(b'J', &[b"\0\0\0\x07\0\x26order 42      "], Event::Rejected(rejected));
    let pending = CancelPending { stamp: STAMP, order: ORDER };
    check(b'P', &[b"\0\0\0\x07"], Event::CancelPending(pending));
    let reject = CancelReject { stamp: STAMP, order: UserRefNum { channel: 3, number: 7 } };
    check(b'I', &[b"\0\0\0\x07\0\x03\x02\x1C\x03"], Event::CancelReject(reject));
}

#[test]
fn orders_changed() {
    let update = PriorityUpdate {
        stamp: STAMP,
        order: ORDER,
        price: PRICE,
        display: Display::Visible,
        order_reference_number: 1_234,
    };
    let rest: [&[u8]; 2] = [b"\0\0\0\x07\0\0\0\0\0\x01\x90\x64Y", b"\0\0\0\0\0\0\x04\xD2"];
    check(b'T', &rest, Event::PriorityUpdate(update));
    let modified = Modified {
        stamp: STAMP,
        order: ORDER,
        side: Side::Sell,
        quantity: 300,
        attributes: Attributes { shares_located: Some(b'Y'), ..Attributes::default() },
    };
    check(b'M', &[b"\0\0\0\x07S\0\0\x01\x2C\0\x03\x02\x19Y"], Event::Modified(modified));
    let restated = Restated {
        stamp: STAMP,
        order: ORDER,
        reason: RestateReason::DisplayRefreshed,
        secondary_ord_ref_num: Some(1_234),
        display_quantity: Some(300),
        display_price: Some(PRICE),
    };
    let rest: [&[u8]; 4] = [
        b"\0\0\0\x07R\0\x1A",
        b"\x09\x01\0\0\0\0\0\0\x04\xD2",
        b"\x05\x16\0\0\x01\x2C",
        b"\x09\x17\0\0\0\0\0\x01\x90\x64",
    ];
    check(b'R', &rest, Event::Restated(restated));
}

#[test]
fn the_account_and_the_day() {
    let event = SystemEvent { stamp: STAMP, code: SystemEventCode::StartOfDay };
    check(b'S', &[b"S"], Event::SystemEvent(event));
    let response = MassCancelResponse {
        stamp: STAMP,
        request: ORDER,
        firm: Mpid(*b"OBEL"),
        symbol: Symbol::BLANK,
        side: Some(Side::Buy),
        group_id: Some(0),
    };
    let rest: [&[u8]; 1] = [b"\0\0\0\x07OBEL        \0\x07\x03\x18\0\0\x02\x1BB"];
    check(b'X', &rest, Event::MassCancelResponse(response));
    let switched = EntrySwitched { stamp: STAMP, request: ORDER, firm: Mpid(*b"OBEL") };
    check(b'G', &[b"\0\0\0\x07OBEL\0\0"], Event::EntryDisabled(switched));
    check(b'K', &[b"\0\0\0\x07OBEL\0\0"], Event::EntryEnabled(switched));
    let next = AccountQueryResponse { stamp: STAMP, next: UserRefNum { channel: 3, number: 8 } };
    check(b'Q', &[b"\0\0\0\x08\0\x03\x02\x1C\x03"], Event::AccountQueryResponse(next));
}

#[test]
fn what_cannot_be_read_is_told_with_its_number_and_its_bytes() {
    let message = b"C\0\0\0\0\x01\x02\x03\x04\0\0\0\x07\0\0\0\xC8?";
    let Event::Unreadable { sequence_number, message: bytes, error } = Event::decode(9, message)
    else {
        panic!("? is no reason to cancel");
    };
    assert_eq!((sequence_number, &bytes[..]), (9, &message[..]));
    assert!(matches!(error, MessageError::Code(_)), "{error}");
    for message in [&b""[..], b"?", b"C"] {
        let event = Event::decode(9, message);
        assert!(matches!(event, Event::Unreadable { .. }));
        assert_eq!(event.sequence_number(), Some(9));
    }
}
