//! Replace: a new place in the queue, the same chain of executions.

use protocol::enums::CancelReason;
use protocol::ouch::inbound::ReplaceOrder;

use super::*;

/// A buys 500 at 10.00, of which 100 are executed.
fn executed_100_of_500() -> Day {
    let mut day = Day::new();
    day.send(A, &buy(1, 500, TEN));
    day.send(B, &sell(1, 100, TEN));
    day.skip();
    day
}

#[test]
fn replace_500_with_100_executed_leaves_400() {
    let mut day = executed_100_of_500();
    day.send(A, &replace(1, 2, 500, TEN));
    assert_eq!(day.answers(A), ["U 1>2 B 400 @ 10.0000 ref 1.3 L []"]);
    assert_eq!(day.feed(), ["U 1.1>1.3 400 @ 10.0000"]);
}

#[test]
fn replace_600_with_100_executed_leaves_500() {
    let mut day = executed_100_of_500();
    day.send(A, &replace(1, 2, 600, TEN - CENT));
    assert_eq!(day.answers(A), ["U 1>2 B 500 @ 9.9900 ref 1.3 L []"]);
    assert_eq!(day.feed(), ["U 1.1>1.3 500 @ 9.9900"]);
}

#[test]
fn executions_count_over_a_chain_of_any_length() {
    let mut day = executed_100_of_500();
    day.send(A, &replace(1, 2, 500, TEN));
    day.send(B, &sell(2, 100, TEN));
    day.send(A, &replace(2, 3, 500, TEN));
    day.skip();
    day.send(A, &replace(3, 4, 450, TEN));
    assert_eq!(day.answers(A), ["U 3>4 B 250 @ 10.0000 ref 1.6 L []"]);
    day.send(A, &cancel(4, 300));
    assert_eq!(day.answers(A), ["C 4 150 U"]);
}

#[test]
fn replace_with_nothing_left_ends_the_order() {
    let mut day = executed_100_of_500();
    day.send(A, &replace(1, 2, 100, TEN));
    assert_eq!(day.answers(A), ["U 1>2 B 0 @ 10.0000 ref 1.3 D []"]);
    assert_eq!(day.feed(), ["D 1.1"]);
    day.send(A, &cancel(2, 0));
    assert!(day.answers(A).is_empty());
}

#[test]
fn replace_loses_the_place_in_the_queue() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.send(C, &buy(1, 100, TEN));
    day.send(A, &replace(1, 2, 100, TEN));
    day.skip();
    day.send(B, &sell(1, 100, TEN));
    assert_eq!(day.feed(), ["E 1.2 100 match 1.1"]);
}

#[test]
fn a_crossing_replace_trades_like_a_new_order() {
    let mut day = Day::new();
    day.send(B, &sell(1, 100, TEN));
    day.send(A, &buy(1, 300, TEN - CENT));
    day.skip();
    day.send(A, &replace(1, 2, 300, TEN));
    assert_eq!(
        day.answers(A),
        ["U 1>2 B 300 @ 10.0000 ref 1.3 L []", "E 2 100 @ 10.0000 R match 1.1 []"]
    );
    assert_eq!(day.feed(), ["D 1.2", "E 1.1 100 match 1.1", "A 1.3 B 200 TEST @ 10.0000"]);
}

#[test]
fn an_immediate_replacement_leaves_the_book() {
    let mut day = executed_100_of_500();
    day.send(A, &ReplaceOrder { time_in_force: b'3', ..replace(1, 2, 500, TEN) });
    assert_eq!(day.answers(A), ["U 1>2 B 400 @ 10.0000 ref 1.3 L []", "C 2 400 I"]);
    assert_eq!(day.feed(), ["D 1.1"]);
}

#[test]
fn a_replacement_shown_otherwise_is_a_new_order_on_the_feed() {
    let mut day = executed_100_of_500();
    day.send(A, &ReplaceOrder { display: b'A', ..replace(1, 2, 500, TEN) });
    assert_eq!(day.feed(), ["D 1.1", "F 1.3 B 400 TEST @ 10.0000 OBAA"]);
    // Both are attributed: the attribution stays as it was.
    day.send(A, &ReplaceOrder { display: b'A', ..replace(2, 3, 500, TEN) });
    assert_eq!(day.feed(), ["U 1.3>1.4 400 @ 10.0000"]);
}

#[test]
fn a_replacement_may_change_among_the_sell_sides() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.skip();
    day.send_with(A, &replace(1, 2, 100, TEN), b"\x02\x1bT");
    assert_eq!(day.answers(A), ["U 1>2 T 100 @ 10.0000 ref 1.2 L []"]);
    assert_eq!(day.feed(), ["U 1.1>1.2 100 @ 10.0000"]);
    // An absent tag keeps the side.
    day.send(A, &replace(2, 3, 100, TEN));
    assert_eq!(day.answers(A), ["U 2>3 T 100 @ 10.0000 ref 1.3 L []"]);
}

#[test]
fn a_replacement_may_not_change_from_sell_to_buy() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.skip();
    day.send_with(A, &replace(1, 2, 100, TEN), b"\x02\x1bB");
    assert_eq!(day.answers(A), ["C 1 100 U"]);
    // The number was not consumed.
    day.send(A, &buy(2, 100, TEN));
    assert_eq!(day.answers(A), ["A 2 B 100 @ 10.0000 ref 1.2 L []"]);
}

#[test]
fn bad_details_cancel_the_original() {
    let good = || replace(1, 2, 500, TEN);
    let bad = [
        ReplaceOrder { quantity: 0.into(), ..good() },
        ReplaceOrder { quantity: 1_000_000.into(), ..good() },
        ReplaceOrder { price: 0.into(), ..good() },
        ReplaceOrder { price: 1_999_999_901.into(), ..good() },
        ReplaceOrder { time_in_force: b'6', ..good() },
        ReplaceOrder { time_in_force: b'5', ..good() },
        ReplaceOrder { display: b'Z', ..good() },
        ReplaceOrder { intermarket_sweep_eligibility: b'X', ..good() },
    ];
    let bad_tags: [&[u8]; 7] = [
        b"\x05\x03\0\0\0\x64",
        b"\x02\x1d3",
        b"\x02\x1bX",
        b"\x02\x1bS",
        b"\x05\x02OBAA",
        b"\x02",
        b"\x02\x19Y\x02\x19Y",
    ];
    let requests = bad.into_iter().map(|request| (request, &b""[..]));
    for (request, tags) in requests.chain(bad_tags.map(|tags| (good(), tags))) {
        let mut day = executed_100_of_500();
        day.send_with(A, &request, tags);
        assert_eq!(day.answers(A), ["C 1 400 U"], "{request:?} {tags:?}");
        assert_eq!(day.feed(), ["D 1.1"]);
        day.send(A, &buy(2, 100, TEN));
        assert_eq!(day.answers(A).len(), 1, "the number was not consumed");
    }
}

#[test]
fn a_refused_replace_leaves_the_original() {
    let mut day = executed_100_of_500();
    let market = ReplaceOrder { price: 0x7FFF_FFFF.into(), ..replace(1, 2, 500, TEN) };
    // The side would be wrong as well, but nobody looks at it then.
    day.send_with(A, &market, b"\x02\x1bS");
    assert_eq!(day.answers(A), [r#"J 2 0x002c "replaced""#]);
    day.send(A, &buy(2, 100, TEN));
    assert!(day.answers(A).is_empty(), "the number was consumed");
    day.send(A, &replace(1, 3, 500, TEN));
    assert_eq!(day.answers(A), ["U 1>3 B 400 @ 10.0000 ref 1.3 L []"]);
}

#[test]
fn a_market_replacement_is_immediate() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(B, &buy(1, 300, TEN - CENT));
    day.skip();
    day.send(B, &ReplaceOrder { price: 0x7FFF_FFFF.into(), ..replace(1, 2, 300, TEN) });
    assert_eq!(
        day.answers(B),
        ["U 1>2 B 300 @ 214748.3647 ref 1.3 L []", "E 2 100 @ 10.0000 R match 1.1 []", "C 2 200 K",]
    );
    assert_eq!(day.feed(), ["D 1.2", "E 1.1 100 match 1.1"]);
}

#[test]
fn what_the_original_was_stays() {
    let mut day = Day::new();
    // Group 7 on channel 5.
    let tags = [3, 24, 0, 7, 2, 28, 5];
    day.send_with(C, &buy(1, 100, TEN), &tags);
    day.send_with(C, &replace(1, 2, 100, TEN), &[2, 28, 5]);
    assert_eq!(
        day.answers(C),
        [
            "A 1 B 100 @ 10.0000 ref 1.1 L [03180007021c05]",
            "U 1>2 B 100 @ 10.0000 ref 1.2 L [021c05]"
        ]
    );
    let order = day.model.orders[0];
    assert_eq!((order.group_id, order.user_ref_idx, order.capacity), (7, 5, b'P'));
    day.model.cancel_all(CancelReason::System, |_| true);
    assert_eq!(day.answers(C), ["C 2 100 Z [021c05]"]);
}
