//! Hidden orders (display `N`): they trade behind displayed ones of their price, and the feed shows only that they did.

use super::{check, check_exposure, check_feed};

#[test]
fn a_displayed_order_trades_before_a_hidden_one_of_its_price() {
    check(
        "A enter sell 100 @ 10.00 hidden -> A rests
         B enter sell 100 @ 10.00        -> B rests
         C enter buy  150 @ 10.00        -> B fills 100 @ 10.00; A fills 50 @ 10.00; C done",
    );
}

#[test]
fn a_better_price_trades_first_even_if_it_is_hidden() {
    check(
        "A enter sell 100 @ 10.01        -> A rests
         B enter sell 100 @ 10.00 hidden -> B rests
         C enter sell 100 @ 10.02 hidden -> C rests
         D enter buy  250 @ 10.02        -> B fills 100 @ 10.00; A fills 100 @ 10.01; C fills 50 @ 10.02; D done",
    );
}

#[test]
fn hidden_orders_of_one_price_trade_in_the_order_of_time() {
    check(
        "A enter buy 100 @ 10.00 hidden -> A rests
         B enter buy 100 @ 10.00 hidden -> B rests
         A cancel to 50                 -> A loses 50 (user)
         C enter sell 60 @ 10.00        -> A fills 50 @ 10.00; B fills 10 @ 10.00; C done
         A cancel to 0                  -> nothing
         B modify buy to 40             -> B is buy 30
         B cancel to 0                  -> B loses 30 (user)",
    );
}

#[test]
fn the_feed_shows_only_the_trades_of_a_hidden_order() {
    check_feed(
        "A enter sell 100 @ 10.00 hidden -> nothing
         A modify short to 90            -> nothing
         A cancel to 80                  -> nothing
         B enter buy 50 @ 10.00          -> trade 50 @ 10.00
         C replace A 100 @ 10.01 hidden  -> nothing
         C cancel to 0                   -> nothing
         D enter sell 10 @ 10.00 hidden  -> nothing
         close                           -> nothing",
    );
}

#[test]
fn a_replacement_may_hide_an_order_and_show_it() {
    check_feed(
        "A enter sell 100 @ 10.00        -> add A sell 100 @ 10.00
         B replace A 100 @ 10.00 hidden  -> delete A
         C replace B 100 @ 10.01         -> add C sell 100 @ 10.01",
    );
    check(
        "A enter sell 100 @ 10.00        -> A rests
         B replace A 100 @ 10.00 hidden  -> B replaces A with 100; B rests 100
         C enter sell 100 @ 10.00        -> C rests
         D enter buy  100 @ 10.00        -> C fills 100 @ 10.00; D done",
    );
}

#[test]
fn a_hidden_aggressor_trades_with_the_displayed_book_as_any_other() {
    check_feed(
        "A enter sell 100 @ 10.00        -> add A sell 100 @ 10.00
         B enter buy 150 @ 10.00 hidden  -> execute A 100
         C enter sell 30 @ 10.00         -> trade 30 @ 10.00",
    );
}

#[test]
fn a_hidden_order_counts_for_the_collar_and_for_a_market_order() {
    check(
        "A enter sell 100 @ 1.00 hidden  -> A rests
         B enter sell 100 @ 1.30         -> B rests
         C enter buy  200 @ market       -> A fills 100 @ 1.00; C loses 100 (collar)",
    );
}

#[test]
fn a_hidden_order_holds_its_notional() {
    check_exposure(
        "A enter sell 100 @ 10.00 hidden -> nothing
         A cancel to 40                  -> port 0 gets back 600.00
         close                           -> port 0 gets back 400.00",
    );
}
