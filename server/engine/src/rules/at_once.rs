//! Orders with a word on trading at once: a minimum quantity, all or nothing, or not at all (post-only).

use super::{check, check_exposure, check_feed};

#[test]
fn an_order_that_cannot_trade_its_minimum_does_not_trade() {
    check(
        "A enter sell 100 @ 10.00                 -> A rests
         B enter sell 100 @ 10.01                 -> B rests
         C enter buy 300 @ 10.01 ioc atleast 201  -> C loses 300 (ioc)
         D enter buy 300 @ 10.01 ioc atleast 200  -> A fills 100 @ 10.00; B fills 100 @ 10.01; D loses 100 (ioc)",
    );
}

#[test]
fn a_minimum_counts_only_what_is_within_the_limit_and_the_collar() {
    check(
        "A enter sell 100 @ 10.00                   -> A rests
         B enter sell 100 @ 10.51                   -> B rests
         C enter buy 200 @ 10.50 ioc atleast 200    -> C loses 200 (ioc)
         D enter buy 200 @ 20.00 ioc atleast 200    -> D loses 200 (ioc)
         E enter buy 200 @ market atleast 200       -> E loses 200 (ioc)
         F enter buy 200 @ market atleast 100       -> A fills 100 @ 10.00; F loses 100 (collar)",
    );
}

#[test]
fn fill_or_kill_is_a_minimum_of_the_whole_quantity() {
    check(
        "A enter sell 100 @ 10.00                 -> A rests
         B enter buy 150 @ 10.00 ioc atleast 150  -> B loses 150 (ioc)
         C enter sell 50 @ 10.00                  -> C rests
         D enter buy 150 @ 10.00 ioc atleast 150  -> A fills 100 @ 10.00; C fills 50 @ 10.00; D done",
    );
}

#[test]
fn a_minimum_counts_hidden_orders_too() {
    check(
        "A enter sell 100 @ 10.00                 -> A rests
         B enter sell 100 @ 9.99 hidden           -> B rests
         C enter buy 200 @ 10.00 ioc atleast 200  -> B fills 100 @ 9.99; A fills 100 @ 10.00; C done",
    );
}

#[test]
fn a_minimum_against_an_empty_book_cannot_be_met() {
    check(
        "A enter buy 100 @ 10.00 ioc atleast 100 -> A loses 100 (ioc)
         B enter buy 100 @ market atleast 100    -> B loses 100 (ioc)",
    );
}

#[test]
fn a_replacement_that_cannot_trade_its_minimum_takes_the_original_with_it() {
    check(
        "A enter buy 100 @ 9.00                       -> A rests
         B enter sell 50 @ 10.00                      -> B rests
         C replace A 100 @ 10.00 ioc atleast 100      -> C replaces A with 100; C loses 100 (ioc)
         A cancel to 0                                -> nothing",
    );
    check_feed(
        "A enter buy 100 @ 9.00                       -> add A buy 100 @ 9.00
         B enter sell 50 @ 10.00                      -> add B sell 50 @ 10.00
         C replace A 100 @ 10.00 ioc atleast 100      -> delete A",
    );
}

#[test]
fn post_only_rests_when_it_does_not_trade() {
    check(
        "A enter sell 100 @ 10.00      -> A rests
         B enter buy 100 @ 9.99 post   -> B rests
         C enter sell 40 @ 9.99        -> B fills 40 @ 9.99; C done",
    );
}

#[test]
fn post_only_that_would_trade_is_canceled() {
    check(
        "A enter sell 100 @ 10.00          -> A rests
         B enter buy 100 @ 10.00 post      -> B loses 100 (post-only)
         C enter buy 100 @ 11.00 ioc post  -> C loses 100 (post-only)
         D enter buy 100 @ 9.99 ioc post   -> D loses 100 (ioc)
         E enter buy 100 @ market post     -> E loses 100 (post-only)
         F enter buy 100 @ 10.00           -> A fills 100 @ 10.00; F done",
    );
}

#[test]
fn post_only_that_would_trade_with_a_hidden_order_is_canceled() {
    check(
        "A enter sell 100 @ 10.00 hidden   -> A rests
         B enter buy 100 @ 10.00 post      -> B loses 100 (post-only)
         C enter buy 100 @ 9.99 post       -> C rests",
    );
}

#[test]
fn a_replacement_stays_post_only_until_it_says_otherwise() {
    check(
        "A enter sell 100 @ 10.00          -> A rests
         B enter buy 100 @ 9.99 post       -> B rests
         C replace B 100 @ 9.98            -> C replaces B with 100; C rests 100
         D replace C 100 @ 10.00           -> D replaces C with 100; D loses 100 (post-only)
         E enter buy 100 @ 9.99 post       -> E rests
         F replace E 100 @ 10.00 unpost    -> F replaces E with 100; A fills 100 @ 10.00; F done",
    );
    check_feed(
        "A enter sell 100 @ 10.00          -> add A sell 100 @ 10.00
         B enter buy 100 @ 9.99            -> add B buy 100 @ 9.99
         C replace B 100 @ 10.00 post      -> delete B",
    );
}

#[test]
fn an_order_canceled_on_entry_holds_nothing() {
    check_exposure(
        "A enter sell 100 @ 10.00                       -> nothing
         B enter buy 100 @ 10.00 post by 1              -> port 1 gets back 1000.00
         C enter buy 200 @ 10.00 ioc atleast 200 by 1   -> port 1 gets back 2000.00
         D enter buy 100 @ 9.00 by 1                    -> nothing
         E replace D 100 @ 10.00 post granted 100.00    -> port 1 gets back 1000.00",
    );
}
