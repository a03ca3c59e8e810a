//! Message rates in one instrument, and orders that repeat each other.

use super::{check, check_exposure};

#[test]
fn orders_and_replacements_in_one_symbol_have_a_rate() {
    check(
        "port 0 sends 2 a second in a symbol   -> nothing
         A enter buy 100 @ 9.00                -> A rests
         B replace A 100 @ 9.10                -> B replaces A with 100; B rests 100
         C enter buy 100 @ 9.20                -> C is rejected: Risk: Symbol Message Rate Restriction
         D replace B 100 @ 9.20                -> D is rejected: Risk: Symbol Message Rate Restriction
         E enter buy 100 @ 9.00 in 2           -> E rests
         F enter buy 100 @ 9.00 by 2           -> F rests
         wait 500                              -> nothing
         G enter buy 100 @ 9.20                -> G rests
         H enter buy 100 @ 9.20                -> H is rejected: Risk: Symbol Message Rate Restriction",
    );
}

#[test]
fn cancels_and_modifies_have_no_rate() {
    check(
        "port 0 sends 1 a second in a symbol   -> nothing
         A enter buy 100 @ 9.00                -> A rests
         A modify buy to 50                    -> A is buy 50
         A cancel to 40                        -> A loses 10 (user)
         mass cancel                           -> A loses 40 (user)
         B enter buy 100 @ 9.20                -> B is rejected: Risk: Symbol Message Rate Restriction",
    );
}

#[test]
fn the_tighter_rate_of_port_and_firm_counts_for_each_port() {
    check(
        "firm 0 sends 1 a second in a symbol   -> nothing
         port 0 sends 9 a second in a symbol   -> nothing
         A enter buy 100 @ 9.00                -> A rests
         B enter buy 100 @ 9.00 by 2           -> B rests
         C enter buy 100 @ 9.00                -> C is rejected: Risk: Symbol Message Rate Restriction",
    );
}

#[test]
fn the_same_order_is_not_taken_twice_within_the_window() {
    check(
        "port 0 repeats after 100              -> nothing
         A enter buy 100 @ 9.00                -> A rests
         B enter buy 100 @ 9.00                -> B is rejected: Risk: Duplicate Message Rate Restriction
         C enter buy 101 @ 9.00                -> C rests
         D enter buy 100 @ 9.01                -> D rests
         E enter sell 100 @ 9.90               -> E rests
         F enter short 100 @ 9.90              -> F rests
         G enter buy 100 @ 9.00 in 2           -> G rests
         H enter buy 100 @ 9.00 by 2           -> H rests
         A cancel to 0                         -> A loses 100 (user)
         I enter buy 100 @ 9.00                -> I is rejected: Risk: Duplicate Message Rate Restriction
         wait 100                              -> nothing
         J enter buy 100 @ 9.00                -> J rests",
    );
}

#[test]
fn a_replacement_repeats_nothing() {
    check(
        "port 0 repeats after 100              -> nothing
         A enter buy 100 @ 9.00                -> A rests
         B replace A 100 @ 9.00                -> B replaces A with 100; B rests 100
         C replace B 100 @ 9.00                -> C replaces B with 100; C rests 100",
    );
}

#[test]
fn what_is_refused_for_its_rate_holds_nothing() {
    check_exposure(
        "port 0 sends 1 a second in a symbol   -> nothing
         A enter buy 100 @ 9.00                -> nothing
         B enter buy 100 @ 10.00               -> port 0 gets back 1000.00
         C replace A 100 @ 10.00 granted 5.00  -> port 0 gets back 5.00",
    );
}
