//! Attributes: hidden orders, orders with a minimum, orders that never trade on entry, self-match prevention.

use engine::command::SelfMatch;
use protocol::enums::AiqStrategy;
use protocol::ouch::inbound::EnterOrder;

use super::*;

const POST_ONLY: &[u8] = b"\x02\x0cP";

fn hidden(order: EnterOrder) -> EnterOrder {
    EnterOrder { display: b'N', ..order }
}

#[test]
fn a_hidden_order_is_heard_of_only_by_its_trades() {
    let mut day = Day::new();
    day.send(A, &hidden(sell(1, 200, TEN)));
    day.send(C, &sell(1, 100, TEN));
    assert_eq!(day.feed(), ["A 1.2 S 100 TEST @ 10.0000"]);
    day.skip();
    day.send(B, &buy(1, 150, TEN));
    assert_eq!(day.answers(C), ["E 1 100 @ 10.0000 A match 1.1 []"]);
    assert_eq!(day.answers(A), ["E 1 50 @ 10.0000 J match 1.2 []"]);
    assert_eq!(day.feed(), ["E 1.2 100 match 1.1", "P 50 TEST @ 10.0000 match 1.2"]);
    day.send(A, &cancel(1, 100));
    day.send(A, &replace(1, 2, 100, TEN));
    assert_eq!(day.answers(A), ["C 1 100 U", "U 1>2 S 50 @ 10.0000 ref 1.4 L []"]);
    assert_eq!(day.feed(), ["A 1.4 S 50 TEST @ 10.0000"]);
}

#[test]
fn an_order_that_cannot_trade_its_minimum_is_canceled() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(A, &hidden(sell(2, 100, TEN + CENT)));
    day.skip();
    let order = |number| EnterOrder { quantity: 200.into(), ..immediate(buy(number, 200, TEN)) };
    day.send_with(B, &order(1), b"\x05\x03\0\0\0\xc8");
    assert_eq!(day.answers(B), ["A 1 B 200 @ 10.0000 ref 1.3 L [0503000000c8]", "C 1 200 I"]);
    let order = EnterOrder { price: (TEN + CENT).into(), ..order(2) };
    day.send_with(B, &order, b"\x05\x03\0\0\0\xc8");
    assert_eq!(
        day.answers(B),
        [
            "A 2 B 200 @ 10.0100 ref 1.4 L [0503000000c8]",
            "E 2 100 @ 10.0000 R match 1.1 []",
            "E 2 100 @ 10.0100 R match 1.2 []",
        ]
    );
}

#[test]
fn a_post_only_order_that_would_trade_is_canceled() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send_with(B, &buy(1, 100, TEN), POST_ONLY);
    assert_eq!(day.answers(B), ["A 1 B 100 @ 10.0000 ref 1.2 L [020c50]", "C 1 100 G"]);
    day.send_with(B, &buy(2, 100, TEN - CENT), POST_ONLY);
    day.send(B, &replace(2, 3, 100, TEN));
    assert_eq!(
        day.answers(B)[1..],
        ["U 2>3 B 100 @ 10.0000 ref 1.4 L []", "C 3 100 G"],
        "it stays post-only"
    );
    assert_eq!(day.feed().last().map(String::as_str), Some("D 1.3"));
}

#[test]
fn an_intermarket_sweep_is_echoed() {
    let mut day = Day::new();
    let sweep = EnterOrder { intermarket_sweep_eligibility: b'Y', ..buy(1, 100, TEN) };
    day.send(A, &sweep);
    assert_eq!(day.model.port_streams[A].last().expect("it was accepted")[45], b'Y');
}

#[test]
fn a_self_match_is_told_to_both_and_to_nobody_else() {
    let mut day = Day::new();
    day.send_with(A, &sell(1, 500, TEN), b"\x02\x1dO");
    day.skip();
    day.send_with(C, &buy(1, 300, TEN), b"\x02\x1dD\x02\x1c\x07");
    assert_eq!(day.answers(A), ["D 1 300 of 300 @ 10.0000 A D"]);
    assert_eq!(
        day.answers(C),
        ["A 1 B 300 @ 10.0000 ref 1.2 L [021d44021c07]", "D 1 300 of 300 @ 10.0000 R D [021c07]",]
    );
    assert_eq!(day.feed(), ["X 1.1 300"]);
    assert!(day.model.trades.is_empty());
    day.send_with(C, &buy(2, 100, TEN), b"\x02\x1dO");
    assert_eq!(day.answers(A), ["D 1 200 of 100 @ 10.0000 A O"]);
    assert_eq!(day.answers(C), ["A 2 B 100 @ 10.0000 ref 1.3 L [021d4f]"]);
    assert_eq!(day.feed(), ["D 1.1", "A 1.3 B 100 TEST @ 10.0000"]);
}

#[test]
fn a_port_has_a_strategy_for_orders_that_name_none() {
    let mut day = Day::new();
    let own = SelfMatch { strategy: AiqStrategy::FirmDecrementNoDetails, group: *b"AB" };
    let definition = port(0, 0, Limits::NONE, DisconnectPolicy::Keep);
    day.model.port_defined(PortDefined { self_match: own, ..definition });
    day.send(A, &sell(1, 100, TEN));
    day.send_with(A, &buy(2, 40, TEN), b"\x02\x1d*");
    day.send_with(A, &buy(3, 10, TEN), b"\x03\x1eCD");
    day.send_with(A, &buy(4, 10, TEN), b"\x02\x1dN");
    let told = day.answers(A);
    assert_eq!(told[2..4], ["C 1 40 Q", "C 2 40 Q"]);
    assert!(told[5].starts_with("E 1 10"), "another group: {told:?}");
    assert!(told[8].starts_with("E 1 10"), "switched off: {told:?}");
}

#[test]
fn a_reserve_order_tells_of_its_new_display() {
    let mut day = Day::new();
    day.send_with(A, &sell(1, 500, TEN), b"\x05\x05\0\0\0\xc8");
    day.send(C, &sell(1, 100, TEN));
    day.skip();
    day.send(B, &buy(1, 150, TEN));
    assert_eq!(
        day.answers(A),
        [
            "E 1 150 @ 10.0000 A match 1.1 []",
            "R 1 R [0901000000000004000105160000\
             00c8]",
        ]
    );
    assert_eq!(day.feed(), ["E 1.1 150 match 1.1", "D 1.1", "A 1.4 S 200 TEST @ 10.0000"]);
    day.send(B, &buy(2, 400, TEN));
    assert_eq!(
        day.answers(A),
        [
            "E 1 200 @ 10.0000 A match 1.3 []",
            "E 1 100 @ 10.0000 u match 1.4 []",
            "R 1 R [0901000000000006000105160000\
          0032]"
        ]
    );
    assert_eq!(
        day.feed(),
        [
            "E 1.2 100 match 1.2",
            "E 1.4 200 match 1.3",
            "P 100 TEST @ 10.0000 match 1.4",
            "A 1.6 S 50 TEST @ 10.0000",
        ]
    );
}
