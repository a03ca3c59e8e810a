//! UserRefNum: what consumes a number, what is taken for a resend, and the channels.

use super::*;

#[test]
fn an_old_number_is_ignored() {
    let mut day = Day::new();
    day.send(A, &buy(5, 100, TEN));
    day.skip();
    for number in [0, 1, 4, 5] {
        day.send(A, &buy(number, 100, TEN));
        day.send(A, &replace(5, number, 100, TEN));
        day.send(A, &mass_cancel(number, b"        "));
    }
    assert!(day.answers(A).is_empty() && day.feed().is_empty());
    assert_eq!(day.model.open_orders(), 1);
}

#[test]
fn gaps_are_allowed() {
    let mut day = Day::new();
    day.send(A, &buy(u32::MAX, 100, TEN));
    assert_eq!(day.answers(A), ["A 4294967295 B 100 @ 10.0000 ref 1.1 L []"]);
    day.send(A, &buy(1, 100, TEN));
    assert!(day.answers(A).is_empty());
}

#[test]
fn a_refused_order_consumes_its_number() {
    let mut day = Day::new();
    day.send(A, &buy(1, 0, TEN));
    day.send(A, &buy(1, 100, TEN));
    assert_eq!(day.answers(A), [r#"J 1 0x0013 "from noon""#]);
}

#[test]
fn a_replace_of_a_dead_order_consumes_nothing() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.send(A, &cancel(1, 0));
    day.skip();
    day.send(A, &replace(1, 2, 100, TEN));
    assert!(day.answers(A).is_empty());
    day.send(A, &buy(2, 100, TEN));
    assert_eq!(day.answers(A), ["A 2 B 100 @ 10.0000 ref 1.2 L []"]);
}

#[test]
fn the_replaced_number_is_dead() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.send(A, &replace(1, 2, 100, TEN));
    day.skip();
    day.send(A, &cancel(1, 0));
    day.send(A, &replace(1, 3, 100, TEN));
    assert!(day.answers(A).is_empty());
    day.send(A, &cancel(2, 0));
    assert_eq!(day.answers(A), ["C 2 100 U"]);
}

#[test]
fn a_number_is_dead_after_the_last_fill() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.send(B, &sell(1, 100, TEN));
    day.skip();
    day.send(A, &cancel(1, 0));
    day.send(A, &modify(1, b'B', 50));
    day.send(A, &replace(1, 2, 200, TEN));
    assert!(day.answers(A).is_empty() && day.feed().is_empty());
}

#[test]
fn each_port_and_each_channel_counts_for_itself() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.send(C, &buy(1, 100, TEN));
    day.send_with(A, &buy(1, 100, TEN), &[2, 28, 5]);
    day.send_with(A, &buy(2, 100, TEN), &[2, 28, 0]);
    assert_eq!(
        day.answers(A),
        [
            "A 1 B 100 @ 10.0000 ref 1.1 L []",
            "A 1 B 100 @ 10.0000 ref 1.3 L [021c05]",
            "A 2 B 100 @ 10.0000 ref 1.4 L []",
        ]
    );
    // A request about an order must name its channel.
    day.send(A, &replace(1, 3, 100, TEN));
    day.send_with(A, &cancel(1, 0), &[2, 28, 5]);
    day.send_with(A, &cancel(3, 0), &[2, 28, 0]);
    assert_eq!(
        day.answers(A),
        ["U 1>3 B 100 @ 10.0000 ref 1.5 L []", "C 1 100 U [021c05]", "C 3 100 U"]
    );
}

#[test]
fn a_broken_appendage_counts_on_the_channel_named_before_the_mistake() {
    let mut day = Day::new();
    day.send_with(A, &buy(1, 100, TEN), &[2, 28, 5, 2, 28, 6]);
    assert_eq!(day.answers(A), [r#"J 1 0x000f "from noon" [021c05]"#]);
    day.send_with(A, &buy(1, 100, TEN), &[2, 99, 0, 2, 28, 5]);
    assert_eq!(day.answers(A), [r#"J 1 0x000f "from noon""#]);
    day.send_with(A, &buy(1, 100, TEN), &[2, 99, 0, 2, 28, 5]);
    day.send_with(A, &buy(1, 100, TEN), &[2, 28, 5]);
    assert!(day.answers(A).is_empty());
}
