//! Permissions: what a port and its firm may do, looked at again when an order is replaced or modified.

use super::check;

#[test]
fn a_replacement_needs_the_permission_of_its_side() {
    check(
        "A enter sell 100 @ 10.00              -> A rests
         port 0 may not short                  -> nothing
         B replace A 100 @ 10.10 as short      -> B is rejected: Risk: Short Sell Not Allowed
         C replace A 100 @ 10.10 as exempt     -> C replaces A with 100; C rests 100
         port 0 may not exempt                 -> nothing
         D replace C 100 @ 10.20               -> D is rejected: Risk: Short Sell Exempt Not Allowed
         E replace C 100 @ 10.20 as sell       -> E replaces C with 100; E rests 100",
    );
}

#[test]
fn the_firm_forbids_for_all_its_ports() {
    check(
        "A enter sell 100 @ 10.00 by 2         -> A rests
         firm 0 may not short                  -> nothing
         B replace A 100 @ 10.10 as short      -> B is rejected: Risk: Short Sell Not Allowed
         firm 0 may anything                   -> nothing
         C replace A 100 @ 10.10 as short      -> C replaces A with 100; C rests 100",
    );
}

#[test]
fn each_replacement_of_a_short_sale_tells_its_locate_again() {
    check(
        "port 0 must locate                         -> nothing
         A enter short 100 @ 10.00                  -> A rests
         B replace A 100 @ 10.10                    -> B is rejected: Risk: Locate Required
         C replace A 100 @ 10.10 located            -> C replaces A with 100; C rests 100
         D replace C 100 @ 10.20                    -> D is rejected: Risk: Locate Required
         E replace C 100 @ 10.20 as exempt          -> E replaces C with 100; E rests 100",
    );
}

#[test]
fn a_modify_to_a_side_that_is_not_allowed_is_silent() {
    check(
        "A enter sell 100 @ 10.00       -> A rests
         port 0 may not short           -> nothing
         A modify short to 50           -> nothing
         A modify exempt to 50          -> A is exempt 50
         port 0 must locate             -> nothing
         A modify short to 40           -> nothing
         A modify short to 40 located   -> A is short 40",
    );
}

#[test]
fn a_short_sale_may_shrink_after_the_permission_has_gone() {
    check(
        "A enter short 100 @ 10.00   -> A rests
         port 0 may not short        -> nothing
         A modify short to 50        -> A is short 50
         A cancel to 0               -> A loses 50 (user)",
    );
}
