//! Cancel and Modify: new sizes over the whole chain, the place in the queue is kept.

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
fn cancel_to_300_of_500_with_100_executed_leaves_200() {
    let mut day = executed_100_of_500();
    day.send(A, &cancel(1, 300));
    assert_eq!(day.answers(A), ["C 1 200 U"]);
    assert_eq!(day.feed(), ["X 1.1 200"]);
    day.send(A, &cancel(1, 0));
    assert_eq!(day.answers(A), ["C 1 200 U"]);
    assert_eq!(day.feed(), ["D 1.1"]);
}

#[test]
fn cancel_to_what_is_executed_takes_all_that_is_open() {
    for quantity in [0, 1, 99, 100] {
        let mut day = executed_100_of_500();
        day.send(A, &cancel(1, quantity));
        assert_eq!(day.answers(A), ["C 1 400 U"]);
        assert_eq!(day.feed(), ["D 1.1"]);
    }
}

#[test]
fn superfluous_cancels_are_silent() {
    let mut day = executed_100_of_500();
    for request in [cancel(1, 500), cancel(1, u32::MAX), cancel(2, 0), cancel(0, 0)] {
        day.send(A, &request);
    }
    day.send(B, &cancel(1, 0));
    day.send(C, &cancel(1, 0));
    assert!(day.answers(A).is_empty() && day.answers(B).is_empty() && day.feed().is_empty());
}

#[test]
fn a_decrease_keeps_the_place_in_the_queue() {
    let mut day = Day::new();
    day.send(A, &buy(1, 300, TEN));
    day.send(C, &buy(1, 300, TEN));
    day.send(A, &cancel(1, 200));
    day.send(A, &modify(1, b'B', 100));
    day.skip();
    day.send(B, &sell(1, 150, TEN));
    assert_eq!(day.feed(), ["E 1.1 100 match 1.1", "E 1.2 50 match 1.2"]);
}

#[test]
fn modify_tells_what_is_outstanding() {
    let mut day = executed_100_of_500();
    day.send(A, &modify(1, b'B', 300));
    assert_eq!(day.answers(A), ["M 1 B 200"]);
    assert_eq!(day.feed(), ["X 1.1 200"]);
}

#[test]
fn modify_to_what_is_executed_cancels() {
    let mut day = executed_100_of_500();
    day.send(A, &modify(1, b'B', 100));
    assert_eq!(day.answers(A), ["C 1 400 U"]);
    assert_eq!(day.feed(), ["D 1.1"]);
}

#[test]
fn modify_goes_both_ways_among_the_sell_sides() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.skip();
    for side in [b'T', b'E', b'S', b'E', b'T', b'S'] {
        day.send(A, &modify(1, side, 100));
        assert_eq!(day.answers(A), [format!("M 1 {} 100", char::from(side))]);
    }
    assert!(day.feed().is_empty(), "the feed knows only buy and sell");
}

#[test]
fn modify_that_is_not_allowed_is_silent() {
    let mut day = executed_100_of_500();
    // An increase, no change, another side, no side, a tag that Modify cannot carry.
    day.send(A, &modify(1, b'B', 501));
    day.send(A, &modify(1, b'B', 500));
    day.send(A, &modify(1, b'S', 300));
    day.send(A, &modify(1, b'X', 300));
    day.send_with(A, &modify(1, b'B', 300), &[3, 24, 0, 0]);
    day.send(A, &modify(2, b'B', 300));
    assert!(day.answers(A).is_empty() && day.feed().is_empty());
}

#[test]
fn modify_echoes_the_locate() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    day.skip();
    let tags = *b"\x05\x1aLOCB\x02\x1c\x00\x02\x19Y";
    day.send_with(A, &modify(1, b'T', 100), &tags);
    assert_eq!(day.answers(A), ["M 1 T 100 [051a4c4f4342021959]"]);
}
