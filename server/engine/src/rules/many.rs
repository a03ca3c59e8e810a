//! What takes many orders at once: mass cancel, a lost session, the kill switch, the end of market hours.

use super::{check, check_feed};

const BOOK: &str = "
    A enter buy   100 @ 9.00  in 2
    B enter sell  100 @ 11.00 in 1 group 5
    C enter short 100 @ 11.00 in 1 channel 7
    D enter sell  100 @ 11.00 in 1 by 1
    E enter buy   100 @ 9.00  in 1 group 6 channel 7
";

fn check_after_book(line: &str) {
    check(&format!("{BOOK}\n{line}"));
}

#[test]
fn a_mass_cancel_takes_the_port_s_orders_by_instrument_then_by_entry() {
    check_after_book(
        "mass cancel -> B loses 100 (user); C loses 100 (user); E loses 100 (user); A loses 100 (user)
         mass cancel -> nothing
         mass cancel by 1 -> D loses 100 (user)",
    );
}

#[test]
fn every_filter_of_a_mass_cancel_narrows_it() {
    check_after_book("mass cancel in 2         -> A loses 100 (user)");
    check_after_book("mass cancel only buy     -> E loses 100 (user); A loses 100 (user)");
    check_after_book("mass cancel only sell    -> B loses 100 (user)");
    check_after_book("mass cancel only short   -> C loses 100 (user)");
    check_after_book("mass cancel only exempt  -> nothing");
    check_after_book("mass cancel group 5      -> B loses 100 (user)");
    check_after_book("mass cancel group 0      -> C loses 100 (user); A loses 100 (user)");
    check_after_book("mass cancel channel 7    -> C loses 100 (user); E loses 100 (user)");
    check_after_book("mass cancel channel 8    -> nothing");
    check_after_book("mass cancel in 1 channel 7 only buy group 6 -> E loses 100 (user)");
    check_after_book("mass cancel in 2 channel 7 -> nothing");
}

#[test]
fn a_mass_canceled_order_is_deleted_from_the_feed() {
    check_feed(&format!("{BOOK}\n mass cancel only sell -> delete B"));
}

#[test]
fn a_mass_cancel_works_while_the_market_does_not_trade() {
    check_after_book("halt -> nothing\n mass cancel in 2 -> A loses 100 (user)");
}

#[test]
fn a_lost_session_cancels_where_the_port_wants_it() {
    for cause in ["lost", "crash", "operator"] {
        check(&format!(
            "A enter sell 100 @ 10.00 by 2           -> A rests
             B enter sell 100 @ 10.00 by 2 channel 3 -> B rests
             C enter sell 100 @ 10.00 by 1           -> C rests
             disconnect 1 {cause}                    -> nothing
             disconnect 2 {cause}                    -> A loses 100 (system); B loses 100 (system)
             D enter buy 100 @ 10.00                 -> C fills 100 @ 10.00; D done",
        ));
    }
}

#[test]
fn a_lost_port_with_a_grace_keeps_its_orders_until_the_grace_ends() {
    for cause in ["lost", "crash", "operator"] {
        check(&format!(
            "A enter sell 100 @ 10.00 by 1           -> A rests
             B enter sell 100 @ 10.00 by 1 channel 3 -> B rests
             C enter sell 100 @ 10.00 by 2           -> C rests
             disconnect 1 {cause}                    -> nothing
             D enter buy 50 @ 10.00                  -> A fills 50 @ 10.00; D done
             grace of 1 ends                         -> A loses 50 (system); B loses 100 (system)
             grace of 1 ends                         -> nothing"
        ));
    }
}

#[test]
fn an_order_asks_for_a_policy_of_its_own_where_the_port_allows_it() {
    check(
        "A enter sell 100 @ 10.00 named ODC17       -> A rests
         B enter sell 100 @ 10.00 named ODA17       -> B rests
         C enter sell 100 @ 10.00 named ODK17       -> C rests
         D enter sell 100 @ 10.00 named seventeen   -> D rests
         E enter sell 100 @ 10.00 named ODK17 by 2  -> E rests
         disconnect 0 lost                          -> A loses 100 (system)
         grace of 0 ends                            -> B loses 100 (system)
         disconnect 2 lost                          -> E loses 100 (system)
         F enter buy 300 @ 10.00 by 1               -> C fills 100 @ 10.00; D fills 100 @ 10.00; F rests 100",
    );
}

#[test]
fn a_replacement_asks_anew() {
    check(
        "A enter sell 100 @ 10.00 named ODC1        -> A rests
         B replace A 100 @ 10.00 named ODK1         -> B replaces A with 100; B rests 100
         C enter sell 100 @ 10.00                   -> C rests
         D replace C 100 @ 10.00 named ODC1         -> D replaces C with 100; D rests 100
         disconnect 0 lost                          -> D loses 100 (system)",
    );
}

#[test]
fn a_planned_stop_keeps_orders_under_every_policy() {
    check(
        "A enter sell 100 @ 10.00 by 2  -> A rests
         disconnect 2 stop              -> nothing
         B enter buy 100 @ 10.00        -> A fills 100 @ 10.00; B done",
    );
}

#[test]
fn a_kill_switch_cancels_every_order_in_its_scope_by_instrument_then_by_entry() {
    check_after_book(
        "kill port 0 -> B loses 100 (supervisory); C loses 100 (supervisory); E loses 100 (supervisory); A loses 100 (supervisory)
         kill port 0 -> nothing
         F enter buy 100 @ 11.00 -> D fills 100 @ 11.00; F done",
    );
    check_after_book("kill firm 1 -> D loses 100 (supervisory)");
    check_after_book(
        "kill venue -> B loses 100 (supervisory); C loses 100 (supervisory); D loses 100 (supervisory); E loses 100 (supervisory); A loses 100 (supervisory)",
    );
    check_feed(&format!("{BOOK}\n kill firm 1 -> delete D"));
}

#[test]
fn a_kill_switch_works_while_the_market_does_not_trade_and_its_release_cancels_nothing() {
    check_after_book("release port 0 -> nothing\n halt\n kill port 1 -> D loses 100 (supervisory)");
}

#[test]
fn the_end_of_market_hours_expires_every_order() {
    check_after_book(
        "close -> B loses 100 (close); C loses 100 (close); D loses 100 (close); E loses 100 (close); A loses 100 (close)
         close -> nothing
         F enter sell 100 @ 8.00 -> F rests",
    );
}
