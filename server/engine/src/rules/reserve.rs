//! Reserve orders (MaxFloor): a part is displayed, the rest stands behind it, hidden.

use super::{check, check_exposure, check_feed};

#[test]
fn a_display_below_a_round_lot_is_refreshed_with_a_new_place() {
    check(
        "A enter sell 500 @ 10.00 floor 200 -> A rests 200
         B enter sell 100 @ 10.00           -> B rests
         C enter buy  100 @ 10.00           -> A fills 100 @ 10.00; C done
         D enter buy   50 @ 10.00           -> A fills 50 @ 10.00; A rests 200; A shows 200; D done
         E enter buy  150 @ 10.00           -> B fills 100 @ 10.00; A fills 50 @ 10.00; E done",
    );
}

#[test]
fn the_feed_shows_the_display_under_a_new_reference() {
    check_feed(
        "A enter sell 500 @ 10.00 floor 200 -> add A sell 200 @ 10.00
         B enter buy 150 @ 10.00            -> execute A 150; delete A; add A sell 200 @ 10.00
         C enter buy 200 @ 10.00            -> execute A 200; add A sell 150 @ 10.00
         D enter buy 100 @ 10.00            -> execute A 100
         E enter buy 100 @ 10.00            -> execute A 50; add E buy 50 @ 10.00",
    );
}

#[test]
fn the_hidden_part_trades_behind_the_display_of_others_at_its_own_time() {
    check_feed(
        "A enter sell 300 @ 10.00 floor 100 -> add A sell 100 @ 10.00
         B enter sell 100 @ 10.00 hidden    -> nothing
         C enter sell 100 @ 10.00           -> add C sell 100 @ 10.00
         D enter buy 350 @ 10.00            -> execute A 100; execute C 100; trade 150 @ 10.00; add A sell 50 @ 10.00",
    );
    check(
        "A enter sell 300 @ 10.00 floor 100 -> A rests 100
         B enter sell 100 @ 10.00 hidden    -> B rests
         C enter buy 500 @ 10.00            -> A fills 100 @ 10.00; A fills 200 @ 10.00; B fills 100 @ 10.00; C rests 100",
    );
}

#[test]
fn a_decrease_takes_the_hidden_shares_first() {
    check_feed(
        "A enter sell 500 @ 10.00 floor 200 -> add A sell 200 @ 10.00
         A cancel to 300                    -> nothing
         A modify short to 150              -> reduce A by 50
         A cancel to 0                      -> delete A
         B enter sell 500 @ 10.00 floor 200 -> add B sell 200 @ 10.00
         B cancel to 0                      -> delete B
         C enter buy 100 @ 10.00            -> add C buy 100 @ 10.00",
    );
}

#[test]
fn a_reserve_order_counts_with_all_its_shares() {
    check_exposure(
        "A enter sell 500 @ 10.00 floor 200 -> nothing
         A cancel to 400                    -> port 0 gets back 1000.00
         B enter sell 300 @ 10.00 floor 100 by 1 -> nothing
         close                              -> port 0 gets back 4000.00; port 1 gets back 3000.00",
    );
    check(
        "A enter sell 500 @ 10.00 floor 200       -> A rests 200
         B enter buy 500 @ 10.00 ioc atleast 500  -> A fills 200 @ 10.00; A fills 300 @ 10.00; B done
         A cancel to 0                            -> nothing",
    );
}

#[test]
fn a_replacement_keeps_the_display_size_unless_it_names_another() {
    check_feed(
        "A enter sell 500 @ 10.00 floor 200   -> add A sell 200 @ 10.00
         B replace A 600 @ 10.01              -> replace A by B 200 @ 10.01
         C replace B 600 @ 10.02 floor 100    -> replace B by C 100 @ 10.02
         D replace C 600 @ 10.02 floor 0      -> replace C by D 600 @ 10.02",
    );
}

#[test]
fn cancel_oldest_takes_the_whole_reserve() {
    check(
        "A enter sell 500 @ 10.00 floor 200 self D -> A rests 200
         B enter buy 300 @ 10.00 self O            -> A loses 500 (self-match of 300 @ 10.00); B rests
         C enter sell 500 @ 10.01 floor 200 self D -> C rests 200
         D enter buy 150 @ 10.01 self D            -> C loses 150 (self-match of 150 @ 10.01); D loses 150 (self-match of 150 @ 10.01); C rests 200; C shows 200",
    );
}

#[test]
fn a_mass_cancel_goes_by_entry_not_by_the_last_display() {
    check(
        "A enter sell 500 @ 10.00 floor 100 -> A rests 100
         B enter sell 100 @ 10.01           -> B rests
         C enter buy 100 @ 10.00            -> A fills 100 @ 10.00; A rests; A shows 100; C done
         mass cancel                        -> A loses 400 (user); B loses 100 (user)",
    );
}

#[test]
fn a_kill_switch_goes_by_entry_not_by_the_last_display() {
    check(
        "A enter sell 500 @ 10.00 floor 100 -> A rests 100
         B enter sell 100 @ 10.01           -> B rests
         C enter buy 100 @ 10.00            -> A fills 100 @ 10.00; A rests; A shows 100; C done
         kill port 0                        -> A loses 400 (supervisory); B loses 100 (supervisory)",
    );
}

#[test]
fn a_decrement_takes_from_the_part_it_meets() {
    check(
        "A enter sell 400 @ 10.00 floor 100 self D -> A rests 100
         B enter sell 100 @ 10.00 by 1             -> B rests
         C enter buy 250 @ 10.00 self D            -> A loses 100 (self-match of 100 @ 10.00); C loses 100 (self-match of 100 @ 10.00); B fills 100 @ 10.00; A loses 50 (self-match of 50 @ 10.00); C loses 50 (self-match of 50 @ 10.00); A rests 100; A shows 100
         A cancel to 300                           -> A loses 100 (user)",
    );
    check_exposure(
        "A enter sell 400 @ 10.00 floor 100 self D by 2 -> nothing
         B enter buy 150 @ 10.00 self D                 -> port 2 gets back 1000.00; port 2 gets back 500.00; port 0 gets back 1500.00
         A cancel to 0                                  -> port 2 gets back 2500.00",
    );
}

#[test]
fn own_shares_in_reserve_do_not_count_for_a_minimum() {
    check(
        "A enter sell 400 @ 10.00 floor 100 self D      -> A rests 100
         B enter sell 100 @ 10.00 by 1                  -> B rests
         C enter buy 200 @ 10.00 ioc self O atleast 200 -> C loses 200 (ioc)
         D enter buy 500 @ 10.00 ioc atleast 500        -> A fills 100 @ 10.00; B fills 100 @ 10.00; A fills 300 @ 10.00; D done",
    );
}

#[test]
fn a_replacement_stands_behind_with_both_parts() {
    check(
        "A enter sell 300 @ 10.00 floor 100 -> A rests 100
         B enter sell 300 @ 10.00 floor 100 -> B rests 100
         C replace A 300 @ 10.00            -> C replaces A with 300; C rests 100
         D enter buy 450 @ 10.00            -> B fills 100 @ 10.00; C fills 100 @ 10.00; B fills 200 @ 10.00; C fills 50 @ 10.00; C rests 100; C shows 100; D done",
    );
}
