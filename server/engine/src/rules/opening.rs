//! Before the open nothing trades; the opening cross trades everything at one price.

use super::{check, check_exposure, check_feed};

#[test]
fn orders_rest_without_trading_before_the_open() {
    check(
        "pre-open                              -> nothing
         A enter sell 100 @ 10.00              -> A rests
         B enter buy  100 @ 10.05              -> B rests
         C enter buy  100 @ 10.05 ioc          -> C loses 100 (ioc)
         D enter buy  100 @ market             -> D loses 100 (collar)
         E replace A 100 @ 10.01               -> E replaces A with 100; E rests 100
         B cancel to 50                        -> B loses 50 (user)",
    );
}

#[test]
fn the_feed_shows_a_book_that_crosses_before_the_open() {
    check_feed(
        "pre-open                              -> quotationonly; quotationonly
         A enter sell 100 @ 10.00              -> add A sell 100 @ 10.00
         B enter buy  100 @ 10.05              -> add B buy 100 @ 10.05
         C enter buy  100 @ market on-open     -> nothing
         D replace A 100 @ 9.99                -> replace A by D 100 @ 9.99",
    );
}

#[test]
fn the_opening_cross_trades_at_one_price() {
    check(
        "pre-open
         A enter sell 100 @ 10.00
         B enter buy  100 @ 10.05
         open                                  -> B buys 100 @ 10.02 from A
         C enter buy  100 @ 10.10              -> C rests",
    );
}

#[test]
fn displayed_orders_leave_the_feed_by_prints_that_the_cross_counts() {
    check_feed(
        "pre-open
         A enter sell 100 @ 10.00
         B enter buy   60 @ market on-open
         open -> execute A 60 @ 10.00 in the cross; opening cross 60 @ 10.00; trading; opening cross 0 @ 0.00; trading
         C enter buy  100 @ 10.00              -> execute A 40; add C buy 60 @ 10.00",
    );
}

#[test]
fn a_cross_of_nothing_is_told_with_no_shares() {
    check_feed(
        "pre-open
         A enter sell 100 @ 10.00
         open -> opening cross 0 @ 0.00; trading; opening cross 0 @ 0.00; trading",
    );
}

#[test]
fn in_a_cross_market_orders_come_first_then_price_then_time() {
    check(
        "pre-open
         A enter buy 100 @ 10.00 on-open       -> A waits
         B enter buy 100 @ 10.00               -> B rests
         C enter buy 100 @ 10.01 on-open       -> C waits
         D enter buy 100 @ market on-open      -> D waits
         E enter sell 350 @ 10.00              -> E rests
         open -> D buys 100 @ 10.00 from E; C buys 100 @ 10.00 from E; A buys 100 @ 10.00 from E; B buys 50 @ 10.00 from E",
    );
}

#[test]
fn what_is_left_of_an_on_open_order_is_canceled_and_a_continuous_one_stays() {
    check(
        "pre-open
         A enter buy  300 @ 10.00 on-open      -> A waits
         B enter buy  100 @ 9.99               -> B rests
         C enter sell 100 @ 10.00              -> C rests
         open                                  -> A buys 100 @ 10.00 from C; A loses 200 (close)
         D enter sell 100 @ 9.99               -> B fills 100 @ 9.99; D done",
    );
}

#[test]
fn orders_for_the_imbalance_only_fill_what_is_left_and_set_no_price() {
    check(
        "pre-open
         A enter buy  300 @ 10.00 on-open                 -> A waits
         B enter sell 100 @ 10.00 on-open                 -> B waits
         C enter sell 100 @ 9.00 on-open imbalance-only   -> C waits
         D enter sell 100 @ 10.01 on-open imbalance-only  -> D waits
         E enter buy  100 @ 10.50 on-open imbalance-only  -> E waits
         open -> A buys 100 @ 10.00 from B; A buys 100 @ 10.00 from C; A loses 100 (close); D loses 100 (close); E loses 100 (close)",
    );
}

#[test]
fn an_on_open_order_is_taken_only_before_the_open() {
    check(
        "A enter buy 100 @ 10.00 on-open       -> A is rejected: Invalid Cross Order
         pre-open                              -> nothing
         B enter buy 100 @ 10.00 on-open       -> B waits
         open                                  -> B loses 100 (close)
         C enter buy 100 @ market on-open      -> C is rejected: Invalid Cross Order",
    );
}

#[test]
fn a_halted_instrument_has_no_opening_cross() {
    check(
        "pre-open
         A enter buy  100 @ 10.00 on-open      -> A waits
         B enter buy  100 @ 10.01              -> B rests
         C enter sell 100 @ 10.00              -> C rests
         halt                                  -> nothing
         D enter buy  100 @ 10.00 on-open      -> D is rejected: Halted
         open                                  -> A loses 100 (halted)
         resume                                -> B buys 100 @ 10.00 from C",
    );
}

#[test]
fn orders_for_a_cross_can_be_canceled_modified_and_replaced() {
    check(
        "pre-open
         A enter short 100 @ 10.00 on-open     -> A waits
         A cancel to 80                        -> A loses 20 (user)
         A modify sell to 60                   -> A is sell 60
         B replace A 70 @ 9.90                 -> B replaces A with 70
         C replace B 70 @ market               -> C replaces B with 70
         D enter buy 100 @ 10.00               -> D rests
         open                                  -> D buys 70 @ 10.00 from C
         C cancel to 0                         -> nothing",
    );
    check(
        "pre-open
         A enter buy 100 @ 10.00 on-open       -> A waits
         mass cancel                           -> A loses 100 (user)
         B enter buy 100 @ 10.00 on-open by 2  -> B waits
         disconnect 2 lost                     -> B loses 100 (system)
         C enter buy 100 @ 10.00 on-open       -> C waits
         close                                 -> C loses 100 (close)",
    );
}

#[test]
fn a_continuous_order_cannot_become_one_for_the_imbalance_only() {
    check(
        "pre-open
         A enter buy 100 @ 10.00               -> A rests
         B replace A 100 @ 10.00 imbalance-only -> A loses 100 (user); B is not taken
         C enter buy 100 @ 10.00 on-open       -> C waits
         D replace C 100 @ 10.00 imbalance-only -> D replaces C with 100
         E replace D 100 @ market              -> D loses 100 (user); E is not taken",
    );
}

#[test]
fn a_market_order_waits_as_a_limit_at_what_its_reservation_pays() {
    check(
        "pre-open
         A enter buy  100 @ market on-open granted 0.0099  -> A is rejected: Risk: Single Order Notional Exceeded
         B enter buy  100 @ market on-open granted 1000    -> B waits
         C enter sell 100 @ 10.01                          -> C rests
         open                                              -> B loses 100 (close)",
    );
    check_exposure(
        "pre-open
         A enter buy  100 @ market on-open granted 2000    -> nothing
         B enter sell 100 @ 10.00                          -> nothing
         open                                              -> port 0 gets back 1000.00",
    );
}

#[test]
fn a_cross_gives_back_what_buyers_saved() {
    check_exposure(
        "pre-open
         A enter buy  100 @ 10.10 by 1         -> nothing
         B enter sell 100 @ 10.00              -> nothing
         C enter buy  100 @ 10.00 on-open      -> nothing
         open                                  -> port 1 gets back 5.00; port 0 gets back 1000.00",
    );
}

#[test]
fn the_imbalance_is_told_at_the_reference_price() {
    check_feed(
        "pre-open
         A enter buy  300 @ 10.00              -> add A buy 300 @ 10.00
         imbalance -> paired 0, imbalance buy 300, far 0.00, near 0.00 at 10.00; paired 0, imbalance none, far 0.00, near 0.00 at 0.00
         B enter sell 100 @ 10.00 on-open      -> nothing
         C enter buy   50 @ 10.20 on-open      -> nothing
         imbalance -> paired 100, imbalance buy 250, far 10.00, near 10.00 at 10.00; paired 0, imbalance none, far 0.00, near 0.00 at 0.00
         open -> execute A 50 @ 10.00 in the cross; opening cross 100 @ 10.00; trading; opening cross 0 @ 0.00; trading
         imbalance                             -> nothing",
    );
}

#[test]
fn the_feed_says_that_an_instrument_trades_when_its_cross_is_done() {
    check_feed(
        "pre-open                              -> quotationonly; quotationonly
         A enter sell 100 @ 10.00              -> add A sell 100 @ 10.00
         B enter buy  100 @ 10.00              -> add B buy 100 @ 10.00
         halt                                  -> halted; halted
         resume                                -> quotationonly; quotationonly
         halt                                  -> halted; halted
         open                                  -> nothing
         resume                                -> execute B 100 @ 10.00 in the cross; execute A 100 @ 10.00 in the cross; halt cross 100 @ 10.00; trading; trading
         open                                  -> nothing",
    );
}

#[test]
fn orders_of_one_owner_do_not_meet_in_a_cross() {
    // The later order decides.
    check(
        "pre-open
         A enter sell 100 @ 10.00 self W          -> A rests
         B enter buy  300 @ 10.00 on-open self D  -> B waits
         C enter sell 100 @ 10.00 by 1            -> C rests
         open -> A loses 100 (self-match of 100 @ 10.00); B loses 100 (self-match of 100 @ 10.00); B buys 100 @ 10.00 from C; B loses 100 (close)",
    );
    check(
        "pre-open
         A enter sell 100 @ 10.00 self D          -> A rests
         B enter buy  300 @ 10.00 on-open self O  -> B waits
         C enter sell 100 @ 10.00 by 1            -> C rests
         open -> A loses 100 (self-match of 100 @ 10.00); B buys 100 @ 10.00 from C; B loses 200 (close)",
    );
    check(
        "pre-open
         A enter sell 100 @ 10.00 self D          -> A rests
         B enter buy  300 @ 10.00 on-open self W  -> B waits
         C enter sell 100 @ 10.00 by 1            -> C rests
         open -> B loses 300 (self-match of 100 @ 10.00)
         D enter buy  200 @ 10.00 by 1            -> A fills 100 @ 10.00; C fills 100 @ 10.00; D done",
    );
}

#[test]
fn a_self_match_sets_no_price_in_a_cross() {
    check(
        "pre-open
         A enter buy  500 @ 10.50 self D          -> A rests
         B enter sell 500 @ 10.40 self D          -> B rests
         C enter buy  100 @ 10.10 by 1            -> C rests
         D enter sell 100 @ 10.10                 -> D rests
         open -> A loses 400 (self-match of 400 @ 10.40); B loses 400 (self-match of 400 @ 10.40); A buys 100 @ 10.30 from D",
    );
}

#[test]
fn a_self_match_in_a_cross_leaves_the_feed_and_frees_what_was_reserved() {
    check_feed(
        "pre-open
         A enter sell 100 @ 10.00 self D          -> add A sell 100 @ 10.00
         B enter buy  300 @ 10.00 self D          -> add B buy 300 @ 10.00
         open -> delete A; reduce B by 100; opening cross 0 @ 0.00; trading; opening cross 0 @ 0.00; trading",
    );
    check_exposure(
        "pre-open
         A enter sell 100 @ 10.00 self Y by 1     -> nothing
         B enter buy  300 @ 10.10 self Y by 1     -> nothing
         open                                     -> port 1 gets back 1000.00; port 1 gets back 1010.00",
    );
}

#[test]
fn a_self_match_in_a_cross_stops_only_what_met_nobody_before() {
    check(
        "pre-open
         A enter sell 100 @ 9.99 by 1             -> A rests
         B enter sell 100 @ 10.00 self D          -> B rests
         C enter buy  300 @ 10.00 self W          -> C rests
         open -> C loses 200 (self-match of 100 @ 10.00); C buys 100 @ 9.99 from A",
    );
}

#[test]
fn a_reserve_order_takes_part_with_both_parts_and_is_refreshed_after_the_cross() {
    check_feed(
        "pre-open
         A enter sell 300 @ 10.00 floor 100     -> add A sell 100 @ 10.00
         B enter sell 100 @ 10.00               -> add B sell 100 @ 10.00
         C enter buy  250 @ 10.00 on-open       -> nothing
         open -> execute A 100 @ 10.00 in the cross; execute B 100 @ 10.00 in the cross; opening cross 250 @ 10.00; add A sell 100 @ 10.00; trading; opening cross 0 @ 0.00; trading",
    );
}

#[test]
fn an_order_for_a_cross_has_no_reserve() {
    check(
        "pre-open
         A enter buy 300 @ 10.00 on-open        -> A waits
         B replace A 300 @ 10.00 floor 100      -> A loses 300 (user); B is not taken
         C enter buy 300 @ 10.00 on-open        -> C waits
         D replace C 300 @ 10.00 floor 0        -> D replaces C with 300",
    );
}

#[test]
fn a_bust_of_a_sale_at_market_in_a_cross_gives_back_what_it_was_charged() {
    check_exposure(
        "pre-open
         A enter sell 100 @ market on-open granted 600 by 1  -> nothing
         B enter buy  100 @ 10.00                            -> nothing
         open                                                -> nothing
         bust 1                                              -> port 0 gets back 1000.00; port 1 gets back 600.00",
    );
}
