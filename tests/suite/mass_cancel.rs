//! One command with a hundred thousand answers: every queue on the way is far too small for it, and none loses one.

use openbell_tests::harness::{Setup, Venue};
use openbell_tests::order::{enter, mass_cancel, query};
use protocol::ouch::Outbound;

use crate::VENUE;

const ORDERS: u32 = 100_000;
const SYMBOLS: [&str; 4] = ["AAAA", "BBBB", "CCCC", "DDDD"];

#[test]
fn a_mass_cancel_of_a_hundred_thousand_orders_is_answered_whole_on_one_thread() {
    check("shared", 1);
}

#[test]
fn a_mass_cancel_of_a_hundred_thousand_orders_is_answered_whole_over_shards_and_threads() {
    check("dedicated", 4);
}

fn check(threads: &str, shards: u16) {
    let mut setup = Setup::new(&SYMBOLS, &["MAKER"]);
    setup.top = format!("shards = {shards}\nthreads = \"{threads}\"\n");
    // Most of the answers are older than the window before they are sent.
    setup.order_entry = "window_bytes = 65536\n".to_owned();
    let venue = Venue::start(VENUE, setup);
    let mut maker = venue.login("MAKER", 1);
    for number in 1..=ORDERS {
        let symbol = SYMBOLS[number as usize % SYMBOLS.len()];
        maker.send(&enter(number, b'S', 100, symbol, 1_000_000 + u64::from(number % 500)));
    }
    maker.send(&mass_cancel(ORDERS + 1));
    maker.send(&query());
    let expected = 1 + 2 * ORDERS as usize + 2;
    assert!(maker.wait_for(expected), "{} of {expected} messages", maker.messages.len());
    let canceled: Vec<u32> = maker.messages[ORDERS as usize + 2..expected - 1]
        .iter()
        .map(|message| match Outbound::decode(message) {
            Ok(Outbound::OrderCanceled(canceled, _)) => canceled.user_ref_num.get(),
            other => panic!("expected a cancel, got {other:?}"),
        })
        .collect();
    // By instrument, then by entry: symbol k has the numbers that leave k when divided by four.
    let by_instrument = [0, 1, 2, 3]
        .map(|place| (1..=ORDERS).filter(move |number| *number as usize % SYMBOLS.len() == place));
    assert!(canceled.iter().copied().eq(by_instrument.into_iter().flatten()));
}
