//! Prices measured by the market's own: fat fingers and market impact.

use super::{check, check_exposure};

#[test]
fn a_fat_finger_is_measured_from_the_last_sale() {
    check(
        "A enter sell 100 @ 10.00          -> A rests
         B enter buy 50 @ 10.00            -> A fills 50 @ 10.00; B done
         port 0 reaches 5 percent          -> nothing
         C enter buy 100 @ 10.51           -> C is rejected: Risk: Fat Finger
         D enter buy 10 @ 10.50            -> A fills 10 @ 10.00; D done
         E enter sell 100 @ 9.49           -> E is rejected: Risk: Fat Finger
         F enter short 100 @ 9.50          -> F rests",
    );
}

#[test]
fn an_order_far_on_its_own_side_is_no_fat_finger() {
    check(
        "close of 1 was 10.00              -> nothing
         port 0 reaches 1.00               -> nothing
         A enter buy 100 @ 1.00            -> A rests
         B enter sell 100 @ 100.00         -> B rests",
    );
}

#[test]
fn without_a_sale_the_close_of_the_day_before_is_the_reference() {
    check(
        "port 0 reaches 0.10               -> nothing
         A enter buy 100 @ 10.11           -> A rests
         A cancel to 0                     -> A loses 100 (user)
         close of 1 was 10.00              -> nothing
         B enter buy 100 @ 10.11           -> B is rejected: Risk: Fat Finger
         C enter buy 100 @ 10.10           -> C rests
         D enter sell 100 @ 10.10 by 1     -> C fills 100 @ 10.10; D done
         E enter buy 100 @ 10.20           -> E rests",
    );
}

#[test]
fn a_replacement_may_be_a_fat_finger_too() {
    check(
        "close of 1 was 10.00              -> nothing
         A enter buy 100 @ 9.00            -> A rests
         firm 0 reaches 0.10               -> nothing
         B replace A 100 @ 10.11           -> B is rejected: Risk: Fat Finger
         C replace A 100 @ 10.10           -> C replaces A with 100; C rests 100",
    );
}

#[test]
fn an_order_that_may_trade_beyond_the_last_sale_has_market_impact() {
    check(
        "A enter sell 100 @ 10.00          -> A rests
         B enter buy 50 @ 10.00            -> A fills 50 @ 10.00; B done
         port 0 trades 3 percent           -> nothing
         C enter buy 10 @ 10.31            -> C is rejected: Risk: Market Impact
         D enter buy 10 @ 10.30            -> A fills 10 @ 10.00; D done
         E enter sell 10 @ 20.00           -> E rests
         F enter sell 10 @ 1.00            -> F rests",
    );
}

#[test]
fn a_market_order_has_the_impact_of_its_collar() {
    check(
        "A enter sell 100 @ 10.00          -> A rests
         B enter buy 50 @ 10.00            -> A fills 50 @ 10.00; B done
         port 0 trades 4 percent           -> nothing
         C enter buy 10 @ market           -> C is rejected: Risk: Market Impact
         port 0 trades 5 percent           -> nothing
         D enter buy 10 @ market           -> A fills 10 @ 10.00; D done",
    );
}

#[test]
fn before_the_first_sale_nothing_has_market_impact() {
    check(
        "close of 1 was 10.00              -> nothing
         port 0 trades 1 percent           -> nothing
         A enter sell 100 @ 20.00          -> A rests
         B enter buy 100 @ 20.00           -> A fills 100 @ 20.00; B done",
    );
}

#[test]
fn what_is_refused_by_its_price_holds_nothing() {
    check_exposure(
        "close of 1 was 10.00              -> nothing
         port 0 reaches 0.10               -> nothing
         A enter buy 100 @ 20.00           -> port 0 gets back 2000.00",
    );
}
