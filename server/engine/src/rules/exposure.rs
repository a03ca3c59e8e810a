//! Exposure: what an order reserved comes free as soon as no open share and no execution holds it.

use super::check_exposure;

#[test]
fn a_resting_order_holds_its_notional() {
    check_exposure(
        "A enter buy 100 @ 10.00   -> nothing
         A cancel to 40            -> port 0 gets back 600.00
         A modify buy to 30        -> port 0 gets back 100.00
         A cancel to 0             -> port 0 gets back 300.00",
    );
}

#[test]
fn an_executed_buy_counts_at_what_it_paid() {
    check_exposure(
        "A enter sell 100 @ 10.00      -> nothing
         B enter buy 100 @ 10.50 by 1  -> port 1 gets back 50.00",
    );
}

#[test]
fn an_executed_sale_counts_at_its_limit() {
    check_exposure(
        "A enter buy 100 @ 10.50       -> nothing
         B enter sell 100 @ 10.00 by 1 -> nothing",
    );
}

#[test]
fn an_immediate_order_holds_only_its_executions() {
    check_exposure(
        "A enter sell 100 @ 10.00          -> nothing
         B enter buy 150 @ 10.50 ioc by 1  -> port 1 gets back 575.00",
    );
}

#[test]
fn a_market_order_gives_back_all_but_its_executions() {
    check_exposure(
        "A enter sell 100 @ 10.00                          -> nothing
         B enter buy 150 @ market granted 20000.00 by 1    -> port 1 gets back 19000.00
         C enter buy 150 @ market granted 20000.00 by 1    -> port 1 gets back 20000.00
         D enter buy 100 @ 10.00                           -> nothing
         E enter sell 60 @ market granted 20000.00 by 1    -> port 1 gets back 19400.00",
    );
}

#[test]
fn a_rejected_order_holds_nothing() {
    check_exposure(
        "A enter sell 100 @ 10.00                      -> nothing
         B enter buy 100 @ market granted 5.00 by 1    -> port 1 gets back 5.00
         halt                                          -> nothing
         C enter buy 100 @ 10.00 by 1                  -> port 1 gets back 1000.00
         D replace A 100 @ 10.00 granted 7.00          -> port 0 gets back 7.00",
    );
}

#[test]
fn a_replacement_takes_over_what_the_original_held() {
    check_exposure(
        "A enter buy 100 @ 10.00                 -> nothing
         B replace A 100 @ 11.00 granted 150.00  -> port 0 gets back 50.00
         C replace B 50 @ 11.00 granted 0.00     -> port 0 gets back 550.00
         D replace C 60 @ 11.00 granted 100.00   -> port 0 gets back 100.00
         C cancel to 0                           -> port 0 gets back 550.00",
    );
}

#[test]
fn a_replacement_that_is_not_done_gives_its_grant_back() {
    check_exposure(
        "A enter buy 100 @ 10.00                         -> nothing
         B replace A 100 @ 11.00 refused                 -> nothing
         C replace A 100 @ 11.00 as sell granted 100.00  -> port 0 gets back 1100.00
         D replace A 100 @ 11.00 granted 100.00          -> port 0 gets back 100.00
         E enter buy 100 @ 10.00                         -> nothing
         F replace E 100 @ 11.00 invalid                 -> port 0 gets back 1000.00",
    );
}

#[test]
fn a_trading_replacement_holds_what_it_paid_and_what_rests() {
    check_exposure(
        "A enter sell 100 @ 10.00                        -> nothing
         B enter buy 150 @ 9.00 by 1                     -> nothing
         C replace B 150 @ 10.50 granted 225.00          -> port 1 gets back 50.00
         C cancel to 0                                   -> port 1 gets back 525.00
         D enter buy 150 @ 9.00 by 1                     -> nothing
         E replace D 150 @ market granted 225.00         -> port 1 gets back 1575.00",
    );
}

#[test]
fn a_mass_cancel_gives_each_port_its_sum() {
    check_exposure(
        "A enter buy 100 @ 9.00         -> nothing
         B enter buy 100 @ 9.00 by 1    -> nothing
         C enter buy 100 @ 8.00 in 2    -> nothing
         D enter sell 100 @ 9.50 by 1   -> nothing
         mass cancel only buy           -> port 0 gets back 1700.00
         close                          -> port 1 gets back 1850.00",
    );
}

#[test]
fn a_kill_switch_gives_each_port_its_sum() {
    check_exposure(
        "A enter buy 100 @ 9.00         -> nothing
         B enter buy 100 @ 9.00 by 1    -> nothing
         C enter buy 100 @ 8.00 in 2    -> nothing
         kill venue                     -> port 0 gets back 1700.00; port 1 gets back 900.00",
    );
}
