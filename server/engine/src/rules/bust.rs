//! Trade bust: a broken trade counts no longer, and nothing else changes.

use super::{check, check_exposure, check_feed};

const TRADES: &str = "
    A enter sell 100 @ 10.00
    B enter buy  300 @ 10.50 by 1
    C enter sell 50  @ 10.00 by 2
";

#[test]
fn a_trade_is_broken_once_and_an_unknown_one_never() {
    check(&format!(
        "{TRADES}
         bust 2 -> trade 2 is broken
         bust 2 -> nothing
         bust 1 -> trade 1 is broken
         bust 1 -> nothing"
    ));
    check_feed(&format!(
        "{TRADES}
         bust 1 -> break 1
         bust 1 -> nothing"
    ));
}

#[test]
fn a_bust_leaves_the_orders_as_they_are() {
    check(&format!(
        "{TRADES}
         bust 1                         -> trade 1 is broken
         D enter sell 200 @ 10.00       -> B fills 150 @ 10.50; D rests 50
         B cancel to 0                  -> nothing"
    ));
}

#[test]
fn a_bust_works_while_the_market_is_halted_and_after_its_hours() {
    check(&format!("{TRADES}\n halt\n bust 1 -> trade 1 is broken"));
    check(&format!("{TRADES}\n close\n bust 2 -> trade 2 is broken"));
}

#[test]
fn a_bust_gives_both_parties_back_what_the_trade_holds() {
    check_exposure(
        "A enter sell 100 @ 10.00      -> nothing
         B enter buy 300 @ 10.50 by 1  -> port 1 gets back 50.00
         C enter sell 50 @ 10.00 by 2  -> nothing
         bust 1                        -> port 1 gets back 1000.00; port 0 gets back 1000.00
         bust 2                        -> port 1 gets back 525.00; port 2 gets back 500.00
         bust 2                        -> nothing",
    );
}

#[test]
fn a_bust_of_a_market_order_gives_back_what_it_paid() {
    check_exposure(
        "A enter buy 100 @ 10.50                          -> nothing
         B enter sell 100 @ market granted 2000.00 by 1   -> port 1 gets back 950.00
         bust 1                                           -> port 0 gets back 1050.00; port 1 gets back 1050.00",
    );
}

#[test]
fn a_trade_with_a_hidden_order_is_broken_on_the_feed_by_its_match_number() {
    check_feed(
        "A enter sell 100 @ 10.00 hidden   -> nothing
         B enter buy 100 @ 10.00 by 1      -> trade 100 @ 10.00
         bust 1                            -> break 1",
    );
}

#[test]
fn a_bust_of_a_replacement_s_trade_gives_back_what_its_own_limit_reserved() {
    check_exposure(
        "A enter sell 100 @ 11.00              -> nothing
         B enter buy 100 @ 10.00 by 1          -> nothing
         C replace A 100 @ 9.00 granted 0.00   -> port 0 gets back 200.00
         bust 1                                -> port 1 gets back 1000.00; port 0 gets back 900.00",
    );
}
