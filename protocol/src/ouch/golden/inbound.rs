//! Golden bytes of the inbound messages, from the tables of `docs/protocols/ouch.md`.

use zerocopy::byteorder::big_endian::{U32, U64};

use super::Golden;
use crate::ouch::inbound::{
    AccountQuery, CancelOrder, DisableOrderEntry, EnableOrderEntry, EnterOrder, MassCancel,
    ModifyOrder, ReplaceOrder,
};
use crate::ouch::{Inbound, Presence};
use crate::symbol::{ClOrdId, Mpid, Symbol};

#[test]
fn enter_order() {
    let golden = Golden::new(
        "4F                           // message_type O
         00000007                     // user_ref_num 7
         42                           // side B
         000001F4                     // quantity 500
         4141504C20202020             // symbol AAPL
         0000000000019064             // price 10.2500
         30                           // time_in_force 0
         59                           // display Y
         41                           // capacity A
         4E                           // intermarket_sweep_eligibility N
         4E                           // cross_type N
         6F72646572203432202020202020 // cl_ord_id order 42",
    );
    let message = EnterOrder {
        message_type: EnterOrder::TYPE,
        user_ref_num: U32::new(7),
        side: b'B',
        quantity: U32::new(500),
        symbol: Symbol(*b"AAPL    "),
        price: U64::new(102_500),
        time_in_force: b'0',
        display: b'Y',
        capacity: b'A',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        cl_ord_id: ClOrdId(*b"order 42      "),
    };
    golden.check(&message, Presence::Always, Inbound::EnterOrder, Inbound::decode);
}

#[test]
fn replace_order() {
    let golden = Golden::new(
        "55                           // message_type U
         00000006                     // orig_user_ref_num 6
         00000007                     // user_ref_num 7
         000F423F                     // quantity 999,999
         000000007735939C             // price 199,999.9900
         33                           // time_in_force 3
         4E                           // display N
         59                           // intermarket_sweep_eligibility Y
         6F72646572203432202020202020 // cl_ord_id order 42",
    );
    let message = ReplaceOrder {
        message_type: ReplaceOrder::TYPE,
        orig_user_ref_num: U32::new(6),
        user_ref_num: U32::new(7),
        quantity: U32::new(999_999),
        price: U64::new(1_999_999_900),
        time_in_force: b'3',
        display: b'N',
        intermarket_sweep_eligibility: b'Y',
        cl_ord_id: ClOrdId(*b"order 42      "),
    };
    golden.check(&message, Presence::Always, Inbound::ReplaceOrder, Inbound::decode);
}

#[test]
fn cancel_order() {
    let golden = Golden::new(
        "58       // message_type X
         00000007 // user_ref_num 7
         000000C8 // quantity 200",
    );
    let message = CancelOrder {
        message_type: CancelOrder::TYPE,
        user_ref_num: U32::new(7),
        quantity: U32::new(200),
    };
    golden.check(&message, Presence::WhenFilled, Inbound::CancelOrder, Inbound::decode);
}

#[test]
fn modify_order() {
    let golden = Golden::new(
        "4D       // message_type M
         00000007 // user_ref_num 7
         54       // side T
         0000012C // quantity 300",
    );
    let message = ModifyOrder {
        message_type: ModifyOrder::TYPE,
        user_ref_num: U32::new(7),
        side: b'T',
        quantity: U32::new(300),
    };
    golden.check(&message, Presence::WhenFilled, Inbound::ModifyOrder, Inbound::decode);
}

#[test]
fn mass_cancel() {
    let golden = Golden::new(
        "43               // message_type C
         00000007         // user_ref_num 7
         4F42454C         // firm OBEL
         2020202020202020 // symbol blank",
    );
    let message = MassCancel {
        message_type: MassCancel::TYPE,
        user_ref_num: U32::new(7),
        firm: Mpid(*b"OBEL"),
        symbol: Symbol::BLANK,
    };
    golden.check(&message, Presence::Always, Inbound::MassCancel, Inbound::decode);
}

#[test]
fn disable_order_entry() {
    let golden = Golden::new(
        "44       // message_type D
         00000007 // user_ref_num 7
         4F42454C // firm OBEL",
    );
    let message = DisableOrderEntry {
        message_type: DisableOrderEntry::TYPE,
        user_ref_num: U32::new(7),
        firm: Mpid(*b"OBEL"),
    };
    golden.check(&message, Presence::Always, Inbound::DisableOrderEntry, Inbound::decode);
}

#[test]
fn enable_order_entry() {
    let golden = Golden::new(
        "45       // message_type E
         00000007 // user_ref_num 7
         4F42454C // firm OBEL",
    );
    let message = EnableOrderEntry {
        message_type: EnableOrderEntry::TYPE,
        user_ref_num: U32::new(7),
        firm: Mpid(*b"OBEL"),
    };
    golden.check(&message, Presence::Always, Inbound::EnableOrderEntry, Inbound::decode);
}

#[test]
fn account_query() {
    let golden = Golden::new("51 // message_type Q");
    let message = AccountQuery { message_type: AccountQuery::TYPE };
    golden.check(&message, Presence::WhenFilled, Inbound::AccountQuery, Inbound::decode);
}
