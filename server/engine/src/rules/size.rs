//! Cancel and Modify: a new intended size, counted over the whole chain; the order keeps its place.

use super::{check, check_feed};

#[test]
fn a_cancel_names_the_new_intended_size() {
    check(
        "A enter sell 500 @ 10.00   -> A rests
         B enter buy  100 @ 10.00   -> A fills 100 @ 10.00; B done
         A cancel to 300            -> A loses 200 (user)
         C enter buy  300 @ 10.00   -> A fills 200 @ 10.00; C rests 100",
    );
}

#[test]
fn a_cancel_to_the_executed_size_takes_all() {
    for size in [100, 99, 0] {
        check(&format!(
            "A enter sell 500 @ 10.00   -> A rests
             B enter buy  100 @ 10.00   -> A fills 100 @ 10.00; B done
             A cancel to {size}         -> A loses 400 (user)
             A cancel to 0              -> nothing",
        ));
    }
}

#[test]
fn a_superfluous_cancel_is_silent() {
    check(
        "A enter sell 500 @ 10.00   -> A rests
         A cancel to 500            -> nothing
         A cancel to 600            -> nothing
         A cancel to 400            -> A loses 100 (user)
         A cancel to 400            -> nothing",
    );
}

#[test]
fn a_cancel_counts_executions_of_the_whole_chain() {
    check(
        "A enter sell 500 @ 10.00   -> A rests
         B enter buy  100 @ 10.00   -> A fills 100 @ 10.00; B done
         C replace A 500 @ 10.00    -> C replaces A with 400; C rests 400
         C cancel to 300            -> C loses 200 (user)",
    );
}

#[test]
fn a_decrease_keeps_the_place_in_the_queue() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         B enter sell 100 @ 10.00   -> B rests
         A cancel to 60             -> A loses 40 (user)
         A modify short to 50       -> A is short 50
         C enter buy  100 @ 10.00   -> A fills 50 @ 10.00; B fills 50 @ 10.00; C done",
    );
}

#[test]
fn a_modify_changes_the_sell_side_both_ways() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         A modify short to 100      -> A is short 100
         A modify exempt to 100     -> A is exempt 100
         A modify sell to 100       -> A is sell 100
         A modify sell to 100       -> nothing",
    );
}

#[test]
fn a_modify_never_turns_a_buy_into_a_sale_or_back() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         A modify buy to 50         -> nothing
         B enter buy 100 @ 9.00     -> B rests
         B modify sell to 50        -> nothing
         B modify buy to 50         -> B is buy 50",
    );
}

#[test]
fn a_modify_does_not_increase() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         A modify short to 101      -> nothing
         B enter buy 40 @ 10.00     -> A fills 40 @ 10.00; B done
         A modify sell to 100       -> nothing
         A modify sell to 101       -> nothing
         A modify sell to 90        -> A is sell 50",
    );
}

#[test]
fn a_modify_to_what_has_executed_cancels() {
    for size in [40, 0] {
        check(&format!(
            "A enter sell 100 @ 10.00   -> A rests
             B enter buy 40 @ 10.00     -> A fills 40 @ 10.00; B done
             A modify sell to {size}    -> A loses 60 (user)
             A modify sell to 0         -> nothing",
        ));
    }
}

#[test]
fn a_modify_leaves_no_index_behind() {
    check(
        "A enter sell 100 @ 10.00   -> A rests
         A modify short to 60       -> A is short 60
         mass cancel only sell      -> nothing
         mass cancel only short     -> A loses 60 (user)
         A cancel to 0              -> nothing
         B enter buy 100 @ 10.00    -> B rests",
    );
}

#[test]
fn the_feed_shows_how_many_shares_went() {
    check_feed(
        "A enter sell 100 @ 10.00   -> add A sell 100 @ 10.00
         A cancel to 70             -> reduce A by 30
         A modify short to 70       -> nothing
         A modify sell to 50        -> reduce A by 20
         A cancel to 0              -> delete A
         B enter sell 100 @ 10.00   -> add B sell 100 @ 10.00
         B modify sell to 0         -> delete B",
    );
}
