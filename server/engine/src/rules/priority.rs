//! Price, then time; executions at the resting price; what rests keeps its place.

use super::{check, check_feed};

#[test]
fn earlier_order_trades_first_at_the_same_price() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter sell 100 @ 10.00   -> B rests
         C enter buy  150 @ 10.00   -> A fills 100 @ 10.00; B fills 50 @ 10.00; C done",
    );
}

#[test]
fn the_better_price_trades_first() {
    check(
        "A enter sell 100 @ 10.02   -> A rests
         B enter sell 100 @ 10.01   -> B rests
         C enter sell 100 @ 10.03   -> C rests
         D enter buy  250 @ 10.03   -> B fills 100 @ 10.01; A fills 100 @ 10.02; C fills 50 @ 10.03; D done",
    );
    check(
        "A enter buy  100 @ 10.02   -> A rests
         B enter buy  100 @ 10.03   -> B rests
         C enter sell 200 @ 10.00   -> B fills 100 @ 10.03; A fills 100 @ 10.02; C done",
    );
}

#[test]
fn a_fill_is_priced_by_the_resting_order_not_by_the_taker() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter buy  100 @ 10.50   -> A fills 100 @ 10.00; B done
         C enter buy  100 @ 9.50    -> C rests
         D enter sell 100 @ 9.00    -> C fills 100 @ 9.50; D done",
    );
}

#[test]
fn a_partial_fill_keeps_the_place_in_the_queue() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter sell 100 @ 10.00   -> B rests
         C enter buy   30 @ 10.00   -> A fills 30 @ 10.00; C done
         D enter buy  100 @ 10.00   -> A fills 70 @ 10.00; B fills 30 @ 10.00; D done",
    );
}

#[test]
fn a_marketable_limit_does_not_sweep_past_its_limit() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter sell 100 @ 10.02   -> B rests
         C enter buy  300 @ 10.01   -> A fills 100 @ 10.00; C rests 200
         D enter sell 50  @ 10.01   -> C fills 50 @ 10.01; D done
         E enter buy  10  @ 10.02   -> B fills 10 @ 10.02; E done",
    );
    check(
        "A enter buy  100 @ 10.00   -> A rests
         B enter buy  100 @ 9.98    -> B rests
         C enter sell 300 @ 9.99    -> A fills 100 @ 10.00; C rests 200",
    );
}

#[test]
fn a_price_one_step_away_does_not_trade() {
    check(
        "A enter sell 100 @ 10.0001 -> A rests
         B enter buy  100 @ 10.00   -> B rests
         C enter buy  100 @ 10.0001 -> A fills 100 @ 10.0001; C done",
    );
}

#[test]
fn the_best_price_is_not_stale_after_a_cancel() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter sell 100 @ 10.01   -> B rests
         A cancel to 0              -> A loses 100 (user)
         C enter buy  100 @ 10.00   -> C rests
         D enter buy  100 @ 10.01   -> B fills 100 @ 10.01; D done",
    );
}

#[test]
fn an_order_in_the_middle_of_a_queue_leaves_the_others_in_their_order() {
    check(
        "A enter buy 100 @ 10.00    -> A rests
         B enter buy 100 @ 10.00    -> B rests
         C enter buy 100 @ 10.00    -> C rests
         B cancel to 0              -> B loses 100 (user)
         D enter buy 100 @ 10.00    -> D rests
         E enter sell 250 @ 10.00   -> A fills 100 @ 10.00; C fills 100 @ 10.00; D fills 50 @ 10.00; E done",
    );
}

#[test]
fn a_number_is_dead_after_its_last_fill() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter buy  100 @ 10.00   -> A fills 100 @ 10.00; B done
         A cancel to 0              -> nothing
         A modify short to 50       -> nothing
         C replace A 100 @ 10.00    -> C is not taken
         B cancel to 0              -> nothing
         D enter buy  100 @ 10.00   -> D rests",
    );
}

#[test]
fn an_empty_price_level_matches_nothing() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter sell 100 @ 10.01   -> B rests
         A cancel to 0              -> A loses 100 (user)
         C enter buy  200 @ 10.01   -> B fills 100 @ 10.01; C rests 100",
    );
}

#[test]
fn all_three_sell_sides_share_one_queue() {
    check(
        "A enter short  100 @ 10.00 -> A rests
         B enter sell   100 @ 10.00 -> B rests
         C enter exempt 100 @ 10.00 -> C rests
         D enter buy    300 @ 10.00 -> A fills 100 @ 10.00; B fills 100 @ 10.00; C fills 100 @ 10.00; D done",
    );
}

#[test]
fn instruments_do_not_trade_with_each_other() {
    check(
        "A enter sell 100 @ 10.00 in 1 -> A rests
         B enter buy  100 @ 10.00 in 2 -> B rests
         C enter sell 100 @ 10.00 in 2 -> B fills 100 @ 10.00; C done",
    );
}

#[test]
fn an_order_of_the_same_port_trades_like_any_other() {
    check(
        "A enter sell 100 @ 10.00 by 1 -> A rests
         B enter buy  100 @ 10.00 by 1 -> A fills 100 @ 10.00; B done",
    );
}

#[test]
fn the_feed_shows_what_rests_and_what_trades() {
    check_feed(
        "A enter sell 100 @ 10.00              -> add A sell 100 @ 10.00
         B enter sell 100 @ 10.01 by 1 attributed -> add B sell 100 @ 10.01 by ODD1
         C enter buy  250 @ 10.01              -> execute A 100; execute B 100; add C buy 50 @ 10.01
         D enter sell 50 @ 10.00               -> execute C 50",
    );
}

#[test]
fn nothing_is_entered_while_the_market_does_not_trade() {
    for command in ["halt", "pause"] {
        check(&format!(
            "A enter sell 100 @ 10.00   -> A rests
             {command}                  -> nothing
             B enter buy 100 @ 10.00    -> B is rejected: Halted
             C enter buy 100 @ market   -> C is rejected: Halted
             A modify short to 80       -> A is short 80
             A cancel to 50             -> A loses 30 (user)
             resume                     -> nothing
             D enter buy 100 @ 10.00    -> A fills 50 @ 10.00; D rests 50",
        ));
    }
}
