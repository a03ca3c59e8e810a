//! Replace: a new order takes over the chain, without its place in the queue.

use super::{check, check_feed};

#[test]
fn a_replacement_loses_its_place() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter sell 100 @ 10.00   -> B rests
         C replace A 100 @ 10.00    -> C replaces A with 100; C rests 100
         D enter buy  150 @ 10.00   -> B fills 100 @ 10.00; C fills 50 @ 10.00; D done",
    );
}

#[test]
fn the_quantity_counts_for_the_whole_chain() {
    check(
        "A enter sell 500 @ 10.00   -> A rests
         B enter buy  100 @ 10.00   -> A fills 100 @ 10.00; B done
         C replace A 500 @ 10.00    -> C replaces A with 400; C rests 400
         D enter buy  100 @ 10.00   -> C fills 100 @ 10.00; D done
         E replace C 600 @ 10.01    -> E replaces C with 400; E rests 400",
    );
}

#[test]
fn a_replacement_with_nothing_left_is_dead() {
    for quantity in [100, 40] {
        check(&format!(
            "A enter sell 500 @ 10.00      -> A rests
             B enter buy  100 @ 10.00      -> A fills 100 @ 10.00; B done
             C replace A {quantity} @ 9.00 -> C replaces A with 0; C done
             C cancel to 0                 -> nothing
             A cancel to 0                 -> nothing
             D enter buy 100 @ 10.00       -> D rests",
        ));
    }
}

#[test]
fn a_crossing_replacement_trades() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter buy  150 @ 9.99    -> B rests
         C replace B 150 @ 10.00    -> C replaces B with 150; A fills 100 @ 10.00; C rests 50
         D enter sell 150 @ 9.99    -> C fills 50 @ 10.00; D rests 100",
    );
}

#[test]
fn a_replacement_that_trades_in_full_is_done() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter buy   80 @ 9.99    -> B rests
         C replace B 80 @ 10.05     -> C replaces B with 80; A fills 80 @ 10.00; C done
         D replace C 100 @ 10.05    -> D is not taken",
    );
}

#[test]
fn only_the_new_number_is_alive() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B replace A 100 @ 10.00    -> B replaces A with 100; B rests 100
         A cancel to 0              -> nothing
         C replace A 100 @ 10.00    -> C is not taken
         B cancel to 0              -> B loses 100 (user)",
    );
}

#[test]
fn an_immediate_replacement_does_not_rest() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter buy  150 @ 9.99    -> B rests
         C replace B 150 @ 10.00 ioc -> C replaces B with 150; A fills 100 @ 10.00; C loses 50 (ioc)
         D enter buy 100 @ 9.99     -> D rests
         E replace D 100 @ market   -> E replaces D with 100; E loses 100 (collar)
         E cancel to 0              -> nothing",
    );
}

#[test]
fn invalid_details_cancel_the_original() {
    check(
        "A enter sell 100 @ 10.00         -> A rests
         B replace A 100 @ 10.00 invalid  -> A loses 100 (user); B is not taken
         C replace A 100 @ 10.00 invalid  -> C is not taken",
    );
}

#[test]
fn a_side_changes_among_the_sell_sides_only() {
    check(
        "A enter sell 100 @ 10.00            -> A rests
         B replace A 100 @ 10.00 as short    -> B replaces A with 100; B rests 100
         C replace B 100 @ 10.00 as exempt   -> C replaces B with 100; C rests 100
         D replace C 100 @ 10.00 as buy      -> C loses 100 (user); D is not taken
         E enter buy 100 @ 10.00             -> E rests
         F replace E 100 @ 10.00 as buy      -> F replaces E with 100; F rests 100
         G replace F 100 @ 10.00 as sell     -> F loses 100 (user); G is not taken",
    );
}

#[test]
fn a_refused_replacement_leaves_the_original_in_its_place() {
    check(
        "A enter sell 100 @ 10.00         -> A rests
         B enter sell 100 @ 10.00         -> B rests
         C replace A 900 @ 10.00 refused  -> C is rejected: Risk: Max Quantity Exceeded
         D enter buy  100 @ 10.00         -> A fills 100 @ 10.00; D done",
    );
}

#[test]
fn a_replacement_beyond_its_reservation_is_refused() {
    check(
        "A enter buy 100 @ 10.00                   -> A rests
         B replace A 100 @ 10.01 granted 0.9999    -> B is rejected: Risk: Aggregate Exposure Exceeded
         C replace A 100 @ 10.01 granted 1.00      -> C replaces A with 100; C rests 100
         D replace C 50 @ 20.02 granted 0.00       -> D replaces C with 50; D rests 50
         E replace D 50 @ 20.03 granted 0.00       -> E is rejected: Risk: Aggregate Exposure Exceeded
         F enter sell 100 @ 30.00                  -> F rests
         G replace D 50 @ market granted 573.9999  -> G is rejected: Risk: Aggregate Exposure Exceeded
         H replace D 50 @ market granted 574.00    -> H replaces D with 50; F fills 50 @ 30.00; H done",
    );
}

#[test]
fn a_replacement_is_rejected_while_the_market_does_not_trade() {
    check(
        "A enter sell 100 @ 10.00         -> A rests
         halt                             -> nothing
         B replace A 100 @ 10.00          -> B is rejected: Halted
         C replace A 100 @ 10.00 refused  -> C is rejected: Risk: Max Quantity Exceeded
         D replace A 100 @ 10.00 invalid  -> A loses 100 (user); D is not taken",
    );
}

#[test]
fn a_replacement_that_rests_untouched_is_one_message_on_the_feed() {
    check_feed(
        "A enter sell 100 @ 10.00            -> add A sell 100 @ 10.00
         B replace A 50 @ 10.01              -> replace A by B 50 @ 10.01
         C replace B 50 @ 10.01 as short     -> replace B by C 50 @ 10.01
         D replace C 50 @ 10.01 attributed as sell -> delete C; add D sell 50 @ 10.01 by EVEN
         E replace D 50 @ 10.02 attributed   -> replace D by E 50 @ 10.02
         F replace E 50 @ 10.02              -> delete E; add F sell 50 @ 10.02",
    );
}

#[test]
fn any_other_replacement_deletes_the_original_on_the_feed() {
    check_feed(
        "A enter sell 100 @ 10.00            -> add A sell 100 @ 10.00
         B enter buy  150 @ 9.99             -> add B buy 150 @ 9.99
         C replace B 150 @ 10.00             -> delete B; execute A 100; add C buy 50 @ 10.00
         D replace C 150 @ 9.99 ioc          -> delete C
         E enter buy  150 @ 9.99             -> add E buy 150 @ 9.99
         F replace E 0 @ 9.99                -> delete E",
    );
}

#[test]
fn a_replacement_stays_in_its_channel() {
    check(
        "A enter sell 100 @ 10.00 channel 7 -> A rests
         B replace A 100 @ 10.00            -> B replaces A with 100; B rests 100
         mass cancel channel 7              -> B loses 100 (user)",
    );
}
