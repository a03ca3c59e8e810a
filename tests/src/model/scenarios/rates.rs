//! The message rate of a port.

use super::*;

/// A day on which port A may send two orders a second.
fn two_a_second() -> Day {
    let mut day = Day::new();
    let limits = Limits { messages_per_second: 2, ..Limits::NONE };
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day
}

#[test]
fn orders_and_replacements_of_a_port_have_a_rate() {
    let mut day = two_a_second();
    day.send(A, &buy(1, 100, TEN));
    day.send(A, &replace(1, 2, 100, TEN));
    day.send(A, &EnterOrder { symbol: Symbol(*b"LOTS    "), ..buy(3, 100, TEN) });
    day.send(A, &replace(2, 4, 100, TEN));
    // Cancels, modifies, queries and the other ports of the firm go on.
    day.send(A, &modify(2, b'B', 60));
    day.send(A, &cancel(2, 50));
    day.send(C, &buy(1, 100, TEN));
    let told = day.answers(A);
    assert!(told[0].starts_with("A 1 ") && told[1].starts_with("U 1>2 "), "{told:?}");
    assert_eq!(told[2..4], [r#"J 3 0x0029 "from noon""#, r#"J 4 0x0029 "replaced""#]);
    assert_eq!(told[4..], ["M 2 B 60", "C 2 10 U"]);
    assert!(day.answers(C)[0].starts_with("A 1 "));
}

#[test]
fn what_is_refused_for_another_reason_counts_too() {
    let mut day = two_a_second();
    day.send(A, &buy(1, 0, TEN));
    day.send(A, &replace(77, 2, 100, TEN));
    day.send(A, &buy(3, 100, TEN));
    assert_eq!(day.answers(A), [r#"J 1 0x0013 "from noon""#, r#"J 3 0x0029 "from noon""#]);
}

#[test]
fn invalid_details_cancel_the_original_above_the_rate() {
    let mut day = two_a_second();
    day.send(A, &buy(1, 100, TEN));
    day.send(A, &buy(2, 0, TEN));
    day.skip();
    day.send(A, &replace(1, 3, 0, TEN));
    assert_eq!(day.answers(A), ["C 1 100 U"]);
}
