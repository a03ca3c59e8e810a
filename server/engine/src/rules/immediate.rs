//! Immediate-or-cancel and market orders: nothing of them rests, and the collar bounds them.

use super::{check, check_feed};

#[test]
fn an_immediate_remainder_does_not_rest() {
    check(
        "A enter sell 100 @ 10.00     -> A rests
         B enter buy  150 @ 10.00 ioc -> A fills 100 @ 10.00; B loses 50 (ioc)
         B cancel to 0                -> nothing
         C enter sell 100 @ 10.00     -> C rests",
    );
}

#[test]
fn an_immediate_order_against_an_empty_book_is_canceled() {
    check(
        "A enter buy 100 @ 10.00 ioc  -> A loses 100 (ioc)
         B enter buy 100 @ market     -> B loses 100 (collar)",
    );
}

#[test]
fn an_immediate_order_that_trades_in_full_is_done() {
    check(
        "A enter buy  100 @ 10.00     -> A rests
         B enter sell  60 @ 9.90 ioc  -> A fills 60 @ 10.00; B done",
    );
}

#[test]
fn an_immediate_limit_stops_at_its_limit() {
    check(
        "A enter sell 100 @ 10.00     -> A rests
         B enter sell 100 @ 10.02     -> B rests
         C enter buy  200 @ 10.01 ioc -> A fills 100 @ 10.00; C loses 100 (ioc)",
    );
}

#[test]
fn an_immediate_limit_far_through_the_market_meets_the_collar() {
    check(
        "A enter sell 100 @ 10.00     -> A rests
         B enter sell 100 @ 10.50     -> B rests
         C enter sell 100 @ 10.51     -> C rests
         D enter buy  300 @ 20.00 ioc -> A fills 100 @ 10.00; B fills 100 @ 10.50; D loses 100 (collar)",
    );
    check(
        "A enter buy  100 @ 10.00     -> A rests
         B enter buy  100 @ 9.50      -> B rests
         C enter buy  100 @ 9.4999    -> C rests
         D enter sell 300 @ 0.01 ioc  -> A fills 100 @ 10.00; B fills 100 @ 9.50; D loses 100 (collar)",
    );
}

#[test]
fn an_immediate_limit_that_the_collar_did_not_stop_names_itself() {
    check(
        "A enter sell 100 @ 10.00     -> A rests
         B enter sell 100 @ 20.01     -> B rests
         C enter buy  300 @ 20.00 ioc -> A fills 100 @ 10.00; C loses 200 (ioc)",
    );
}

#[test]
fn a_market_order_trades_within_the_collar() {
    check(
        "A enter sell 100 @ 1.00      -> A rests
         B enter sell 100 @ 1.25      -> B rests
         C enter sell 100 @ 1.2501    -> C rests
         D enter buy  300 @ market    -> A fills 100 @ 1.00; B fills 100 @ 1.25; D loses 100 (collar)",
    );
    check(
        "A enter buy  100 @ 0.20      -> A rests
         B enter buy  100 @ 0.0001    -> B rests
         C enter sell 300 @ market    -> A fills 100 @ 0.20; B fills 100 @ 0.0001; C loses 100 (collar)",
    );
}

#[test]
fn the_collar_is_measured_at_arrival() {
    check(
        "A enter sell 100 @ 10.00     -> A rests
         B enter sell 100 @ 10.40     -> B rests
         C enter sell 100 @ 10.80     -> C rests
         D enter buy  300 @ market    -> A fills 100 @ 10.00; B fills 100 @ 10.40; D loses 100 (collar)",
    );
}

#[test]
fn a_day_limit_meets_no_collar() {
    check(
        "A enter sell 100 @ 10.00     -> A rests
         B enter sell 100 @ 15.00     -> B rests
         C enter buy  300 @ 20.00     -> A fills 100 @ 10.00; B fills 100 @ 15.00; C rests 100",
    );
}

#[test]
fn a_market_order_beyond_its_port_s_notional_is_rejected() {
    check(
        "A enter sell 100 @ 10.00                   -> A rests
         B enter buy 100 @ market granted 1049.9999 -> B is rejected: Risk: Single Order Notional Exceeded
         C enter buy 100 @ market granted 1050.00   -> A fills 100 @ 10.00; C done
         D enter buy 100 @ 10.00                    -> D rests
         E enter sell 200 @ market granted 1999.99  -> E is rejected: Risk: Single Order Notional Exceeded
         F enter sell 200 @ market granted 2000.00  -> D fills 100 @ 10.00; F loses 100 (collar)
         G enter buy 100 @ market granted 0.00      -> G loses 100 (collar)",
    );
}

#[test]
fn what_never_rests_is_not_added_to_the_feed() {
    check_feed(
        "A enter sell 100 @ 10.00     -> add A sell 100 @ 10.00
         B enter buy  150 @ 10.00 ioc -> execute A 100
         C enter buy  150 @ market    -> nothing",
    );
}
