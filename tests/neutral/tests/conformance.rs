//! What a neutral benchmark expects of any price-time book, through the exported functions alone.
//!
//! A line is a message and, behind `->`, its reports; behind `|` stand the best bid and the best offer after it.
//!
//! ```text
//! 1 buy 10 @ 100 [ioc] -> accepted; 2 gives 10 @ 99 | 100 -
//! 1 cancel             -> canceled | - -
//! 1 buy 5 @ 101 again  -> modified | 101 -
//! ```

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use openbell_neutral::abi::{Cancel, Modify, NewOrder, Report, ReportKind, Transport};
use openbell_neutral::{
    engine_flush, engine_init, engine_on_cancel, engine_on_modify, engine_on_new_order,
    engine_query_best_ask, engine_query_best_bid, engine_query_depth_at, engine_shutdown,
};

/// The library holds one engine a process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

thread_local! {
    static REPORTS: RefCell<Vec<Report>> = const { RefCell::new(Vec::new()) };
}

extern "C" fn push(_: *mut c_void, report: &Report) -> i32 {
    REPORTS.with_borrow_mut(|reports| reports.push(*report));
    1
}

extern "C" fn create(_: u32) -> *mut c_void {
    ptr::null_mut()
}

extern "C" fn drain(_: *mut c_void, _: *mut Report, _: u32) -> u32 {
    0
}

extern "C" fn nothing(_: *mut c_void) {}

/// Opens an empty book for the time of `work`.
fn with_engine(work: impl FnOnce()) {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let transport = Transport { create, push, drain, flush: nothing, destroy: nothing };
    engine_init(7, &transport, ptr::null_mut());
    work();
    engine_flush();
    engine_shutdown();
}

/// Runs a script on an empty book.
fn check(script: &str) {
    with_engine(|| {
        let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
        for (sequence_number, line) in (0..).zip(lines) {
            let (message, expected) = line.split_once("->").expect("a line has an answer");
            let answer = tell(sequence_number, message);
            let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(expected, answer, "{line}");
        }
    });
}

/// Sends one message and writes down what came of it.
fn tell(sequence_number: u64, message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    let number = |place: usize| words[place].parse::<u32>().expect("a number");
    let order_id = u64::from(number(0));
    let side = u8::from(words[1] == "sell");
    match words[..] {
        [_, "cancel"] => engine_on_cancel(&Cancel { order_id, sequence_number }),
        [.., "again"] => engine_on_modify(&Modify {
            order_id,
            sequence_number,
            price_ticks: i64::from(number(4)),
            quantity: number(2),
            side,
            ..Modify::default()
        }),
        _ => engine_on_new_order(&NewOrder {
            order_id,
            sequence_number,
            price_ticks: i64::from(number(4)),
            quantity: number(2),
            side,
            immediate_or_cancel: u8::from(words.last() == Some(&"ioc")),
            ..NewOrder::default()
        }),
    }
    let reports = REPORTS.take();
    let told: Vec<String> =
        reports.iter().map(|report| answer(report, sequence_number, order_id)).collect();
    format!("{} | {}", told.join("; "), quotes())
}

fn answer(report: &Report, sequence_number: u64, order_id: u64) -> String {
    assert_eq!(report.sequence_number, sequence_number, "{report:?}");
    if report.kind == ReportKind::Trade {
        assert_eq!(report.taker_order_id, order_id, "{report:?}");
        return format!(
            "{} gives {} @ {}",
            report.maker_order_id, report.quantity, report.price_ticks
        );
    }
    assert_eq!(report.order_id, order_id, "{report:?}");
    let word = match report.kind {
        ReportKind::OrderAccepted => "accepted",
        ReportKind::Canceled => "canceled",
        ReportKind::Modified => "modified",
        ReportKind::CancelRejected | ReportKind::ModifyRejected => "rejected",
        ReportKind::Trade => unreachable!("told above"),
    };
    word.to_owned()
}

fn quotes() -> String {
    let quote = |price: i64, side: u8| match price {
        i64::MIN | i64::MAX => "-".to_owned(),
        price => {
            assert!(0 < engine_query_depth_at(price, side), "shares stand at {price}");
            price.to_string()
        }
    };
    format!("{} {}", quote(engine_query_best_bid(), 0), quote(engine_query_best_ask(), 1))
}

#[test]
fn the_earliest_order_of_the_best_price_trades_first_and_at_its_own_price() {
    check(
        "1 sell 10 @ 102     -> accepted | - 102
         2 sell 10 @ 101     -> accepted | - 101
         3 sell 10 @ 101     -> accepted | - 101
         4 buy 25 @ 105 ioc  -> accepted; 2 gives 10 @ 101; 3 gives 10 @ 101; 1 gives 5 @ 102 | - 102
         5 buy 9 @ 103       -> accepted; 1 gives 5 @ 102 | 103 -
         6 sell 3 @ 99       -> accepted; 5 gives 3 @ 103 | 103 -
         7 sell 1 @ 103      -> accepted; 5 gives 1 @ 103 | - -",
    );
}

#[test]
fn orders_leave_a_queue_from_any_place_and_the_others_stay() {
    check(
        "1 buy 10 @ 50       -> accepted | 50 -
         2 buy 10 @ 50       -> accepted | 50 -
         3 buy 10 @ 50       -> accepted | 50 -
         4 buy 10 @ 50       -> accepted | 50 -
         2 cancel            -> canceled | 50 -
         1 cancel            -> canceled | 50 -
         4 cancel            -> canceled | 50 -
         5 sell 30 @ 50 ioc  -> accepted; 3 gives 10 @ 50; canceled | - -",
    );
}

#[test]
fn a_limit_is_not_passed_and_what_is_left_rests_there() {
    check(
        "1 sell 5 @ 100      -> accepted | - 100
         2 sell 5 @ 104      -> accepted | - 100
         3 buy 8 @ 102       -> accepted; 1 gives 5 @ 100 | 102 104
         4 sell 9 @ 102 ioc  -> accepted; 3 gives 3 @ 102; canceled | - 104",
    );
}

#[test]
fn an_immediate_order_goes_on_where_the_collar_of_the_venue_ends() {
    check(
        "1 sell 5 @ 100        -> accepted | - 100
         2 sell 5 @ 1000       -> accepted | - 100
         3 sell 5 @ 20000      -> accepted | - 100
         4 buy 20 @ 20000 ioc  -> accepted; 1 gives 5 @ 100; 2 gives 5 @ 1000; 3 gives 5 @ 20000; canceled | - -
         5 buy 7 @ 30000       -> accepted | 30000 -
         6 buy 7 @ 10          -> accepted | 30000 -
         7 sell 9 @ 5 ioc      -> accepted; 5 gives 7 @ 30000; 6 gives 2 @ 10 | 10 -",
    );
}

#[test]
fn what_does_not_rest_is_neither_canceled_nor_modified() {
    check(
        "9 cancel            -> rejected | - -
         9 buy 1 @ 10 again  -> rejected | - -
         4000000 cancel      -> rejected | - -
         1 sell 10 @ 10      -> accepted | - 10
         2 buy 10 @ 10       -> accepted; 1 gives 10 @ 10 | - -
         1 cancel            -> rejected | - -
         1 sell 3 @ 11 again -> rejected | - -
         2 cancel            -> rejected | - -
         3 buy 5 @ 9         -> accepted | 9 -
         3 cancel            -> canceled | - -
         3 cancel            -> rejected | - -
         3 buy 5 @ 8 again   -> rejected | - -",
    );
}

#[test]
fn a_modification_loses_its_place_and_trades_where_it_crosses() {
    check(
        "1 buy 10 @ 50        -> accepted | 50 -
         2 buy 10 @ 50        -> accepted | 50 -
         1 buy 11 @ 50 again  -> modified | 50 -
         3 sell 12 @ 50 ioc   -> accepted; 2 gives 10 @ 50; 1 gives 2 @ 50 | 50 -
         1 buy 20 @ 49 again  -> modified | 49 -
         4 sell 5 @ 55        -> accepted | 49 55
         5 sell 5 @ 54        -> accepted | 49 54
         1 buy 12 @ 60 again  -> 5 gives 5 @ 54; 4 gives 5 @ 55; modified | 60 -
         6 sell 9 @ 60 ioc    -> accepted; 1 gives 2 @ 60; canceled | - -
         1 buy 1 @ 60 again   -> rejected | - -",
    );
}

#[test]
fn an_id_names_another_order_once_the_first_has_gone() {
    check(
        "1 buy 10 @ 50       -> accepted | 50 -
         1 cancel            -> canceled | - -
         1 sell 10 @ 70      -> accepted | - 70
         2 buy 10 @ 70 ioc   -> accepted; 1 gives 10 @ 70 | - -
         1 buy 4 @ 30        -> accepted | 30 -
         1 buy 5 @ 31 again  -> modified | 31 -
         1 cancel            -> canceled | - -
         1 cancel            -> rejected | - -",
    );
}

#[test]
fn the_best_price_is_never_one_that_was_left() {
    check(
        "1 buy 10 @ 50       -> accepted | 50 -
         2 buy 10 @ 49       -> accepted | 50 -
         3 sell 10 @ 60      -> accepted | 50 60
         4 sell 10 @ 61      -> accepted | 50 60
         1 cancel            -> canceled | 49 60
         3 cancel            -> canceled | 49 61
         4 cancel            -> canceled | 49 -
         2 cancel            -> canceled | - -
         5 sell 1 @ 1 ioc    -> accepted; canceled | - -",
    );
}

#[test]
fn five_thousand_orders_are_swept_by_one() {
    with_engine(|| {
        for order_id in 1..=5_000 {
            let price_ticks = 1 + i64::try_from(order_id % 7).expect("small");
            engine_on_new_order(&NewOrder {
                order_id,
                price_ticks,
                quantity: 3,
                side: 1,
                ..NewOrder::default()
            });
        }
        let depth: u64 = (0..10).map(|price| engine_query_depth_at(price, 1)).sum();
        assert_eq!(depth, 15_000);
        REPORTS.take();
        let sweep =
            NewOrder { order_id: 5_001, price_ticks: 7, quantity: 15_001, ..NewOrder::default() };
        engine_on_new_order(&sweep);
        let reports = REPORTS.take();
        let makers: Vec<u64> = reports[1..].iter().map(|report| report.maker_order_id).collect();
        let mut expected: Vec<u64> = (1..=5_000).collect();
        expected.sort_by_key(|order_id| (order_id % 7, *order_id));
        assert_eq!(makers, expected);
        assert_eq!((engine_query_best_bid(), engine_query_depth_at(7, 0)), (7, 1));
    });
}
