//! Golden bytes of the outbound messages, from the tables of `docs/protocols/ouch.md`.

use zerocopy::IntoBytes;
use zerocopy::byteorder::big_endian::{U16, U32, U64};

use super::Golden;
use crate::ouch::outbound::{
    AccountQueryResponse, AiqCanceled, BrokenTrade, CancelPending, CancelReject,
    DisableOrderEntryResponse, EnableOrderEntryResponse, MassCancelResponse, OrderAccepted,
    OrderCanceled, OrderExecuted, OrderModified, OrderPriorityUpdate, OrderReplaced, OrderRestated,
    Rejected, SystemEvent,
};
use crate::ouch::{Outbound, Presence};
use crate::symbol::{ClOrdId, Mpid, Symbol};

#[test]
fn system_event() {
    let golden = Golden::new(
        "53               // message_type S
         00001F1ACED9F000 // timestamp 09:30:00
         53               // event_code S",
    );
    let message = SystemEvent {
        message_type: SystemEvent::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        event_code: b'S',
    };
    assert_eq!(Outbound::decode(&golden.bare), Ok(Outbound::SystemEvent(&message)));
    assert_eq!(message.as_bytes(), golden.bare);
}

#[test]
fn order_accepted() {
    let golden = Golden::new(
        "41                           // message_type A
         00001F1ACED9F000             // timestamp 09:30:00
         00000007                     // user_ref_num 7
         42                           // side B
         000001F4                     // quantity 500
         4141504C20202020             // symbol AAPL
         000000007FFFFFFF             // price 214,748.3647
         30                           // time_in_force 0
         59                           // display Y
         0000000100000001             // order_reference_number 4,294,967,297
         52                           // capacity R
         4E                           // intermarket_sweep_eligibility N
         4F                           // cross_type O
         4C                           // order_state L
         6F72646572203432202020202020 // cl_ord_id order 42",
    );
    let message = OrderAccepted {
        message_type: OrderAccepted::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        side: b'B',
        quantity: U32::new(500),
        symbol: Symbol(*b"AAPL    "),
        price: U64::new(2_147_483_647),
        time_in_force: b'0',
        display: b'Y',
        order_reference_number: U64::new(4_294_967_297),
        capacity: b'R',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'O',
        order_state: b'L',
        cl_ord_id: ClOrdId(*b"order 42      "),
    };
    golden.check(&message, Presence::Always, Outbound::OrderAccepted, Outbound::decode);
}

#[test]
fn order_replaced() {
    let golden = Golden::new(
        "55                           // message_type U
         00001F1ACED9F000             // timestamp 09:30:00
         00000006                     // orig_user_ref_num 6
         00000007                     // user_ref_num 7
         45                           // side E
         000001F4                     // quantity 500
         4141504C20202020             // symbol AAPL
         0000000000019064             // price 10.2500
         45                           // time_in_force E
         5A                           // display Z
         0000000100000001             // order_reference_number 4,294,967,297
         50                           // capacity P
         59                           // intermarket_sweep_eligibility Y
         41                           // cross_type A
         44                           // order_state D
         6F72646572203432202020202020 // cl_ord_id order 42",
    );
    let message = OrderReplaced {
        message_type: OrderReplaced::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        orig_user_ref_num: U32::new(6),
        user_ref_num: U32::new(7),
        side: b'E',
        quantity: U32::new(500),
        symbol: Symbol(*b"AAPL    "),
        price: U64::new(102_500),
        time_in_force: b'E',
        display: b'Z',
        order_reference_number: U64::new(4_294_967_297),
        capacity: b'P',
        intermarket_sweep_eligibility: b'Y',
        cross_type: b'A',
        order_state: b'D',
        cl_ord_id: ClOrdId(*b"order 42      "),
    };
    golden.check(&message, Presence::Always, Outbound::OrderReplaced, Outbound::decode);
}

#[test]
fn order_canceled() {
    let golden = Golden::new(
        "43               // message_type C
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         000001F4         // quantity 500
         65               // reason e",
    );
    let message = OrderCanceled {
        message_type: OrderCanceled::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        quantity: U32::new(500),
        reason: b'e',
    };
    golden.check(&message, Presence::WhenFilled, Outbound::OrderCanceled, Outbound::decode);
}

#[test]
fn aiq_canceled() {
    let golden = Golden::new(
        "44               // message_type D
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         000001F4         // decrement_shares 500
         51               // reason Q
         0000012C         // quantity_prevented_from_trading 300
         0000000000019064 // execution_price 10.2500
         52               // liquidity_flag R
         6F               // aiq_strategy o",
    );
    let message = AiqCanceled {
        message_type: AiqCanceled::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        decrement_shares: U32::new(500),
        reason: b'Q',
        quantity_prevented_from_trading: U32::new(300),
        execution_price: U64::new(102_500),
        liquidity_flag: b'R',
        aiq_strategy: b'o',
    };
    golden.check(&message, Presence::WhenFilled, Outbound::AiqCanceled, Outbound::decode);
}

#[test]
fn order_executed() {
    let golden = Golden::new(
        "45               // message_type E
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         000001F4         // quantity 500
         0000000000019064 // price 10.2500
         37               // liquidity_flag 7
         0100000000000001 // match_number 72,057,594,037,927,937",
    );
    let message = OrderExecuted {
        message_type: OrderExecuted::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        quantity: U32::new(500),
        price: U64::new(102_500),
        liquidity_flag: b'7',
        match_number: U64::new(72_057_594_037_927_937),
    };
    golden.check(&message, Presence::Always, Outbound::OrderExecuted, Outbound::decode);
}

#[test]
fn broken_trade() {
    let golden = Golden::new(
        "42                           // message_type B
         00001F1ACED9F000             // timestamp 09:30:00
         00000007                     // user_ref_num 7
         0100000000000001             // match_number 72,057,594,037,927,937
         58                           // reason X
         6F72646572203432202020202020 // cl_ord_id order 42",
    );
    let message = BrokenTrade {
        message_type: BrokenTrade::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        match_number: U64::new(72_057_594_037_927_937),
        reason: b'X',
        cl_ord_id: ClOrdId(*b"order 42      "),
    };
    golden.check(&message, Presence::WhenFilled, Outbound::BrokenTrade, Outbound::decode);
}

#[test]
fn rejected() {
    let golden = Golden::new(
        "4A                           // message_type J
         00001F1ACED9F000             // timestamp 09:30:00
         00000007                     // user_ref_num 7
         0040                         // reason 0x0040
         6F72646572203432202020202020 // cl_ord_id order 42",
    );
    let message = Rejected {
        message_type: Rejected::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        reason: U16::new(0x0040),
        cl_ord_id: ClOrdId(*b"order 42      "),
    };
    golden.check(&message, Presence::WhenFilled, Outbound::Rejected, Outbound::decode);
}

#[test]
fn cancel_pending() {
    let golden = Golden::new(
        "50               // message_type P
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7",
    );
    let message = CancelPending {
        message_type: CancelPending::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
    };
    golden.check(&message, Presence::WhenFilled, Outbound::CancelPending, Outbound::decode);
}

#[test]
fn cancel_reject() {
    let golden = Golden::new(
        "49               // message_type I
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7",
    );
    let message = CancelReject {
        message_type: CancelReject::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
    };
    golden.check(&message, Presence::WhenFilled, Outbound::CancelReject, Outbound::decode);
}

#[test]
fn order_priority_update() {
    let golden = Golden::new(
        "54               // message_type T
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         0000000000019064 // price 10.2500
         59               // display Y
         0000000100000001 // order_reference_number 4,294,967,297",
    );
    let message = OrderPriorityUpdate {
        message_type: OrderPriorityUpdate::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        price: U64::new(102_500),
        display: b'Y',
        order_reference_number: U64::new(4_294_967_297),
    };
    golden.check(&message, Presence::WhenFilled, Outbound::OrderPriorityUpdate, Outbound::decode);
}

#[test]
fn order_modified() {
    let golden = Golden::new(
        "4D               // message_type M
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         54               // side T
         000001F4         // quantity 500",
    );
    let message = OrderModified {
        message_type: OrderModified::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        side: b'T',
        quantity: U32::new(500),
    };
    golden.check(&message, Presence::WhenFilled, Outbound::OrderModified, Outbound::decode);
}

#[test]
fn order_restated() {
    let golden = Golden::new(
        "52               // message_type R
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         50               // reason P",
    );
    let message = OrderRestated {
        message_type: OrderRestated::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        reason: b'P',
    };
    golden.check(&message, Presence::Always, Outbound::OrderRestated, Outbound::decode);
}

#[test]
fn mass_cancel_response() {
    let golden = Golden::new(
        "58               // message_type X
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         4F42454C         // firm OBEL
         4141504C20202020 // symbol AAPL",
    );
    let message = MassCancelResponse {
        message_type: MassCancelResponse::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        firm: Mpid(*b"OBEL"),
        symbol: Symbol(*b"AAPL    "),
    };
    golden.check(&message, Presence::Always, Outbound::MassCancelResponse, Outbound::decode);
}

#[test]
fn disable_order_entry_response() {
    let golden = Golden::new(
        "47               // message_type G
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         4F42454C         // firm OBEL",
    );
    let message = DisableOrderEntryResponse {
        message_type: DisableOrderEntryResponse::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        firm: Mpid(*b"OBEL"),
    };
    golden.check(&message, Presence::Always, Outbound::DisableOrderEntryResponse, Outbound::decode);
}

#[test]
fn enable_order_entry_response() {
    let golden = Golden::new(
        "4B               // message_type K
         00001F1ACED9F000 // timestamp 09:30:00
         00000007         // user_ref_num 7
         4F42454C         // firm OBEL",
    );
    let message = EnableOrderEntryResponse {
        message_type: EnableOrderEntryResponse::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        user_ref_num: U32::new(7),
        firm: Mpid(*b"OBEL"),
    };
    golden.check(&message, Presence::Always, Outbound::EnableOrderEntryResponse, Outbound::decode);
}

#[test]
fn account_query_response() {
    let golden = Golden::new(
        "51               // message_type Q
         00001F1ACED9F000 // timestamp 09:30:00
         00000008         // next_user_ref_num 8",
    );
    let message = AccountQueryResponse {
        message_type: AccountQueryResponse::TYPE,
        timestamp: U64::new(34_200_000_000_000),
        next_user_ref_num: U32::new(8),
    };
    golden.check(&message, Presence::WhenFilled, Outbound::AccountQueryResponse, Outbound::decode);
}
