//! Self-match prevention: orders of one owner do not trade with each other when both have it on.

use super::{check, check_exposure, check_feed};

#[test]
fn decrement_both_takes_the_smaller_size_off_both() {
    check(
        "A enter sell 100 @ 10.00 self D -> A rests
         B enter buy  300 @ 10.00 self D -> A loses 100 (self-match of 100 @ 10.00); B loses 100 (self-match of 100 @ 10.00); B rests 200
         C enter sell 150 @ 10.00 self D -> B loses 150 (self-match of 150 @ 10.00); C loses 150 (self-match of 150 @ 10.00)
         D enter sell  50 @ 10.00 self D -> B loses 50 (self-match of 50 @ 10.00); D loses 50 (self-match of 50 @ 10.00)
         B cancel to 0                   -> nothing",
    );
}

#[test]
fn decrement_without_details_is_an_ordinary_cancel() {
    check(
        "A enter sell 100 @ 10.00 self Y -> A rests
         B enter buy  300 @ 10.00 self Y -> A loses 100 (self-match); B loses 100 (self-match); B rests 200",
    );
}

#[test]
fn cancel_oldest_cancels_the_resting_order_and_goes_on() {
    check(
        "A enter sell 500 @ 10.00 self N      -> A rests
         A cancel to 0                        -> A loses 500 (user)
         B enter sell 500 @ 10.00 self D      -> B rests
         C enter sell 100 @ 10.00 by 1        -> C rests
         D enter buy 300 @ 10.00 ioc self O   -> B loses 500 (self-match of 300 @ 10.00); C fills 100 @ 10.00; D loses 200 (ioc)",
    );
}

#[test]
fn cancel_newest_stops_at_the_resting_order() {
    check(
        "A enter sell 100 @ 9.99 by 1      -> A rests
         B enter sell 100 @ 10.00 self O   -> B rests
         C enter sell 100 @ 10.00 by 1     -> C rests
         D enter buy 300 @ 10.00 self W    -> A fills 100 @ 9.99; D loses 200 (self-match of 100 @ 10.00)
         E enter buy 200 @ 10.00 by 1      -> B fills 100 @ 10.00; C fills 100 @ 10.00; E done",
    );
}

#[test]
fn both_orders_must_have_it_on() {
    check(
        "A enter sell 100 @ 10.00          -> A rests
         B enter buy  100 @ 10.00 self W   -> A fills 100 @ 10.00; B done
         C enter sell 100 @ 10.00 self W   -> C rests
         D enter buy  100 @ 10.00 self N   -> C fills 100 @ 10.00; D done",
    );
}

#[test]
fn the_incoming_order_s_strategy_decides() {
    check(
        "A enter sell 100 @ 10.00 self W   -> A rests
         B enter buy  100 @ 10.00 self O   -> A loses 100 (self-match of 100 @ 10.00); B rests
         C enter sell 100 @ 10.00 self W   -> C loses 100 (self-match of 100 @ 10.00)",
    );
}

#[test]
fn an_incoming_order_that_uses_the_remover_s_takes_that_of_the_resting_order() {
    check(
        "A enter sell 100 @ 10.00 self O   -> A rests
         B enter buy  100 @ 10.00 self R   -> A loses 100 (self-match of 100 @ 10.00); B rests
         C enter sell 100 @ 10.00 self O   -> B loses 100 (self-match of 100 @ 10.00); C rests
         D enter sell 100 @ 9.00 self R    -> D rests
         E enter buy  100 @ 9.00 self R    -> E loses 100 (self-match of 100 @ 9.00)",
    );
}

#[test]
fn the_level_says_who_is_one_owner() {
    // Ports 0 and 2 are of one firm, port 1 of another firm of the same organization.
    for (codes, firm, organization) in [
        (["D", "O", "W"], true, false),
        (["d", "o", "w"], true, true),
        (["E", "P", "X"], true, false),
        (["1", "2", "4"], true, true),
    ] {
        for code in codes {
            for (port, prevented) in [(2, firm), (1, organization)] {
                let outcome = match (prevented, code) {
                    (false, _) => "A fills 100 @ 10.00; B done",
                    (_, "D" | "d" | "E" | "1") => {
                        "A loses 100 (self-match of 100 @ 10.00); B loses 100 (self-match of 100 @ 10.00)"
                    }
                    (_, "O" | "o" | "P" | "2") => {
                        "A loses 100 (self-match of 100 @ 10.00); B rests"
                    }
                    _ => "B loses 100 (self-match of 100 @ 10.00)",
                };
                check(&format!(
                    "A enter sell 100 @ 10.00 self N by {port}     -> A rests
                     A cancel to 0                                 -> A loses 100 (user)
                     A enter sell 100 @ 10.00 self D by {port}     -> A rests
                     B enter buy 100 @ 10.00 self {code}           -> {outcome}"
                ));
            }
        }
    }
}

#[test]
fn only_orders_of_one_group_are_kept_from_each_other() {
    check(
        "A enter sell 100 @ 10.00 self D pair AA -> A rests
         B enter buy  100 @ 10.00 self D         -> A fills 100 @ 10.00; B done
         C enter sell 100 @ 10.00 self D pair AA -> C rests
         D enter buy  100 @ 10.00 self O pair AA -> C loses 100 (self-match of 100 @ 10.00); D rests",
    );
}

#[test]
fn a_self_match_is_no_trade_on_the_feed() {
    check_feed(
        "A enter sell 100 @ 10.00 self D        -> add A sell 100 @ 10.00
         B enter buy 30 @ 10.00 self D          -> reduce A by 30
         C enter buy 90 @ 10.00 self O          -> delete A; add C buy 90 @ 10.00
         D enter sell 50 @ 10.00 self D hidden  -> reduce C by 50
         E enter sell 50 @ 10.01 self D hidden  -> nothing
         F enter buy 50 @ 10.01 self D          -> nothing
         G enter sell 50 @ 10.00 self W         -> nothing",
    );
}

#[test]
fn what_is_decremented_counts_for_the_chain() {
    check(
        "A enter sell 500 @ 10.00 self D -> A rests
         B enter buy 100 @ 10.00 self D  -> A loses 100 (self-match of 100 @ 10.00); B loses 100 (self-match of 100 @ 10.00)
         C replace A 500 @ 10.01         -> C replaces A with 400; C rests 400
         C cancel to 300                 -> C loses 200 (user)
         D enter buy 50 @ 10.01 self D   -> C loses 50 (self-match of 50 @ 10.01); D loses 50 (self-match of 50 @ 10.01)",
    );
}

#[test]
fn a_replacement_keeps_its_strategy_until_it_names_another() {
    check(
        "A enter sell 100 @ 10.00 self D pair AA -> A rests
         B replace A 100 @ 10.01                 -> B replaces A with 100; B rests 100
         C enter buy 10 @ 10.01 self D pair AA   -> B loses 10 (self-match of 10 @ 10.01); C loses 10 (self-match of 10 @ 10.01)
         D replace B 100 @ 10.01 self N          -> D replaces B with 90; D rests 90
         E enter buy 10 @ 10.01 self D pair AA   -> D fills 10 @ 10.01; E done",
    );
}

#[test]
fn a_minimum_does_not_count_own_orders() {
    check(
        "A enter sell 100 @ 10.00 self D                        -> A rests
         B enter sell 100 @ 10.00 by 1                          -> B rests
         C enter buy 200 @ 10.00 ioc self D atleast 200         -> C loses 200 (ioc)
         D enter buy 200 @ 10.00 ioc self W atleast 100         -> D loses 200 (ioc)
         E enter buy 200 @ 10.00 ioc self O atleast 100         -> A loses 100 (self-match of 100 @ 10.00); B fills 100 @ 10.00; E loses 100 (ioc)",
    );
}

#[test]
fn what_a_self_match_takes_off_comes_free() {
    check_exposure(
        "A enter sell 100 @ 10.00 self D by 2  -> nothing
         B enter buy 30 @ 10.50 self D         -> port 2 gets back 300.00; port 0 gets back 315.00
         C enter buy 100 @ 10.50 self O        -> port 2 gets back 700.00
         D enter sell 40 @ 10.00 self W by 2   -> port 2 gets back 400.00",
    );
}
