//! Trading: who trades with whom, at which price, and what becomes of the rest.

use protocol::enums::TradingState;
use protocol::ouch::inbound::EnterOrder;

use super::*;

const MARKET: u64 = 0x7FFF_FFFF;

#[test]
fn an_order_that_meets_nothing_rests() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    assert_eq!(day.answers(A), ["A 1 B 100 @ 10.0000 ref 1.1 L []"]);
    assert_eq!(day.feed(), ["A 1.1 B 100 TEST @ 10.0000"]);
}

#[test]
fn an_attributable_order_shows_the_firm() {
    let mut day = Day::new();
    day.send(C, &EnterOrder { display: b'A', ..sell(1, 100, TEN) });
    assert_eq!(day.feed(), ["F 1.1 S 100 TEST @ 10.0000 OBAA"]);
}

#[test]
fn earlier_order_trades_first_at_the_same_price() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(C, &sell(1, 100, TEN));
    day.skip();
    day.send(B, &buy(1, 150, TEN));
    assert_eq!(day.answers(A), ["E 1 100 @ 10.0000 A match 1.1 []"]);
    assert_eq!(day.answers(C), ["E 1 50 @ 10.0000 A match 1.2 []"]);
    assert_eq!(
        day.answers(B),
        [
            "A 1 B 150 @ 10.0000 ref 1.3 L []",
            "E 1 100 @ 10.0000 R match 1.1 []",
            "E 1 50 @ 10.0000 R match 1.2 []",
        ]
    );
    assert_eq!(day.feed(), ["E 1.1 100 match 1.1", "E 1.2 50 match 1.2"]);
}

#[test]
fn a_better_price_trades_before_an_earlier_order_and_at_the_resting_price() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN - CENT));
    day.send(A, &buy(2, 100, TEN));
    day.skip();
    day.send(B, &sell(1, 300, TEN - 2 * CENT));
    assert_eq!(
        day.answers(A),
        ["E 2 100 @ 10.0000 A match 1.1 []", "E 1 100 @ 9.9900 A match 1.2 []"]
    );
    assert_eq!(
        day.feed(),
        ["E 1.2 100 match 1.1", "E 1.1 100 match 1.2", "A 1.3 S 100 TEST @ 9.9800"]
    );
    let traded: Vec<_> =
        day.model.trades.iter().map(|trade| (trade.quantity, trade.price)).collect();
    assert_eq!(traded, [(100, TEN), (100, TEN - CENT)]);
}

#[test]
fn a_port_may_trade_with_itself_and_hears_the_resting_side_first() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(A, &buy(2, 100, TEN));
    assert_eq!(
        day.answers(A)[2..],
        ["E 1 100 @ 10.0000 A match 1.1 []", "E 2 100 @ 10.0000 R match 1.1 []"]
    );
    assert_eq!(day.model.open_orders(), 0);
}

#[test]
fn an_immediate_order_does_not_rest() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.skip();
    day.send(B, &immediate(buy(1, 300, TEN)));
    assert_eq!(day.answers(B)[1..], ["E 1 100 @ 10.0000 R match 1.1 []", "C 1 200 I"]);
    assert_eq!(day.feed(), ["E 1.1 100 match 1.1"]);
}

#[test]
fn an_immediate_order_stops_at_the_collar() {
    // From 10.0000 the collar is a twentieth: 10.5000 is in, 10.5001 is not.
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(A, &sell(2, 100, TEN + 5_000));
    day.send(A, &sell(3, 100, TEN + 5_001));
    day.skip();
    day.send(B, &immediate(buy(1, 300, TEN + 10_000)));
    assert_eq!(
        day.answers(B)[1..],
        ["E 1 100 @ 10.0000 R match 1.1 []", "E 1 100 @ 10.5000 R match 1.2 []", "C 1 100 K",]
    );
}

#[test]
fn an_immediate_order_whose_limit_stops_it_is_not_stopped_by_the_collar() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(A, &sell(2, 100, TEN + 5_001));
    day.skip();
    day.send(B, &immediate(buy(1, 300, TEN + 5_000)));
    assert_eq!(day.answers(B)[1..], ["E 1 100 @ 10.0000 R match 1.1 []", "C 1 200 I"]);
}

#[test]
fn the_collar_is_a_quarter_at_least_and_ends_above_zero() {
    let mut day = Day::new();
    for (number, price) in [(1, 2_600), (2, 100), (3, 1)] {
        day.send(A, &buy(number, 100, price));
    }
    day.skip();
    // From 0.2600 the collar goes down to 0.0100.
    day.send(B, &immediate(sell(1, 300, 1)));
    assert_eq!(day.answers(B)[3..], ["C 1 100 K"]);
    // From 0.0001 it cannot go down.
    day.send(B, &immediate(sell(2, 300, 1)));
    assert_eq!(day.answers(B)[1..], ["E 2 100 @ 0.0001 R match 1.3 []", "C 2 200 I"]);
}

#[test]
fn a_day_order_knows_no_collar() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(A, &sell(2, 100, 3 * TEN));
    day.skip();
    day.send(B, &buy(1, 200, 3 * TEN));
    assert_eq!(day.answers(A).len(), 2);
}

#[test]
fn a_market_order_trades_inside_the_collar_and_never_rests() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.send(A, &sell(2, 100, TEN + 5_001));
    day.skip();
    day.send(B, &buy(1, 300, MARKET));
    assert_eq!(
        day.answers(B),
        ["A 1 B 300 @ 214748.3647 ref 1.3 L []", "E 1 100 @ 10.0000 R match 1.1 []", "C 1 200 K",]
    );
    assert_eq!(day.feed(), ["E 1.1 100 match 1.1"]);
}

#[test]
fn a_market_order_against_an_empty_side_is_canceled_by_the_collar() {
    let mut day = Day::new();
    day.send(B, &sell(1, 300, 2_000_000_000));
    assert_eq!(day.answers(B), ["A 1 S 300 @ 200000.0000 ref 1.1 L []", "C 1 300 K"]);
    assert!(day.feed().is_empty());
}

#[test]
fn a_market_order_worth_too_much_is_refused() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.skip();
    // Up to 10.5000 a share: 9,523 shares are $99,991.50, one more is above $100,000.
    day.send(B, &buy(1, 9_524, MARKET));
    assert_eq!(day.answers(B), [r#"J 1 0x0030 "from noon""#]);
    day.send(B, &buy(2, 9_523, MARKET));
    assert_eq!(day.answers(B)[2..], ["C 2 9423 K"]);
}

#[test]
fn a_halted_instrument_refuses_orders_and_lets_cancels_through() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.skip();
    day.model.trading_action(NOON_NS, TEST, TradingState::Halted, *b"T1  ");
    assert_eq!(day.feed(), [r#"H TEST H "T1  ""#]);
    day.send(A, &buy(2, 100, TEN));
    day.send(A, &replace(1, 3, 100, TEN));
    day.send(A, &modify(1, b'B', 60));
    day.send(A, &cancel(1, 0));
    assert_eq!(
        day.answers(A),
        [r#"J 2 0x0007 "from noon""#, r#"J 3 0x0007 "replaced""#, "M 1 B 60", "C 1 60 U"]
    );
    assert_eq!(day.feed(), ["X 1.1 40", "D 1.1"]);
    // The refused order took no reference.
    day.model.trading_action(NOON_NS, Locate::NONE, TradingState::Trading, *b"    ");
    day.skip();
    day.send(A, &buy(4, 100, TEN));
    assert_eq!(day.answers(A), ["A 4 B 100 @ 10.0000 ref 1.2 L []"]);
}
