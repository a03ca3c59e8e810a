//! `openbell trades` and `openbell journal`: what a venue has recorded.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use openbell_tests::harness::{Setup, Venue};
use openbell_tests::order::{enter, take};
use serde_json::{Value, json};

use super::{Ran, command, ran};
use crate::VENUE;

/// Bytes of a page: a segment has its header on the first one, and blocks begin at the others.
const PAGE: u64 = 4_096;

/// A venue where 60 shares were sold by MAKER to TAKER at 25.0000.
fn traded() -> Venue {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["MAKER", "TAKER"]));
    let [mut maker, mut taker] = ["MAKER", "TAKER"].map(|name| venue.login(name, 1));
    maker.send(&enter(1, b'S', 100, "AAPL", 250_000));
    assert!(maker.wait_for(2));
    taker.send(&take(7, b'B', 60, "AAPL", 250_100));
    assert!(taker.wait_for(3));
    venue
}

/// Runs a command that takes a folder as its last word.
fn on(line: &str, folder: &Path) -> Ran {
    ran(command(line).arg(folder))
}

fn values(object: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| object[*name].clone()).collect()
}

#[test]
fn a_trade_is_printed_while_the_venue_runs() {
    let venue = traded();
    // The log is written behind the answers.
    let tries = (0..1_000).map(|_| on("trades --json --data-dir", &venue.data_dir()));
    let ran = tries.into_iter().find(|ran| !ran.expect_done().is_empty()).expect("a trade in time");
    let trades = ran.objects();
    assert_eq!(trades.len(), 1, "{ran:?}");
    let trade = values(&trades[0], &["number", "kind", "symbol", "price", "shares", "aggressor"]);
    assert_eq!(trade, json!([1, "executed", "AAPL", "25.0000", 60, "buy"]));
    let parties = values(
        &trades[0],
        &["buyer_port", "buyer_user_ref_num", "seller_port", "seller_user_ref_num"],
    );
    assert_eq!(parties, json!(["TAKER", 7, "MAKER", 1]));
    let text = on("trades --data-dir", &venue.data_dir());
    let lines: Vec<_> = text.expect_done().lines().collect();
    assert_eq!(lines.len(), 2, "a head and a trade: {lines:?}");
    assert!(lines[1].contains("TAKER/7") && lines[1].contains("MAKER/1"), "{lines:?}");
    let none = on("trades --json --from 2 --data-dir", &venue.data_dir());
    assert_eq!(none.expect_done(), "");
}

#[test]
fn the_log_shows_who_did_what_in_which_order() {
    let venue = traded();
    let ran = on("journal show --json", &venue.data_dir());
    ran.expect_done();
    let records = ran.objects();
    assert_eq!(records[0]["kind"], "DayOpened");
    let sequences = (1..).take(records.len()).map(Value::from);
    assert!(records.iter().map(|record| record["sequence"].clone()).eq(sequences));
    let entered = records.iter().filter(|record| record["kind"] == "Enter");
    let entered: Vec<_> = entered
        .map(|record| values(record, &["port", "user_ref_num", "side", "quantity", "price"]))
        .collect();
    let expected =
        [json!(["MAKER", 1, "S", 100, "25.0000"]), json!(["TAKER", 7, "B", 60, "25.0100"])];
    assert_eq!(entered, expected);
}

#[test]
fn a_log_that_was_written_is_whole_and_a_changed_byte_is_damage() {
    let mut venue = traded();
    assert_eq!(venue.stop(), Some(0));
    let whole = on("journal verify --json", &venue.data_dir());
    whole.expect_done();
    let report = values(&whole.objects()[0], &["whole", "stopped_cleanly", "first_sequence"]);
    assert_eq!(report, json!([true, true, 1]));

    change_a_byte(&segment(&venue), PAGE + 200);
    let damaged = on("journal verify --json", &venue.data_dir());
    assert_eq!(damaged.code, Some(5), "{damaged:?}");
    let report = &damaged.objects()[0];
    assert_eq!(report["whole"], false);
    assert!(report["damage"].is_string(), "{report}");
    let text = on("journal verify", &venue.data_dir());
    assert_eq!(text.code, Some(5));
    assert!(text.output.contains("result     DAMAGED: "), "{text:?}");
    let shown = on("journal show", &venue.data_dir());
    assert_eq!(shown.code, Some(5), "{shown:?}");
    assert_eq!(venue.try_restart(), Err(Some(5)), "the venue does not start on it");
}

#[test]
fn a_folder_without_a_log_is_no_data_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    on("trades --data-dir", folder.path()).expect_error(1, "not a data folder");
    assert_eq!(on("journal verify", folder.path()).code, Some(1));
}

/// The first segment of the day's log.
fn segment(venue: &Venue) -> PathBuf {
    let journal = venue.data_dir().join("days").join(venue.session()).join("journal");
    let files = fs::read_dir(&journal).expect("the day has a log");
    let names = files.map(|file| file.expect("the folder can be read").path());
    let segments = names.filter(|path| path.metadata().is_ok_and(|file| 2 * PAGE < file.len()));
    segments.min().expect("the log has a segment")
}

fn change_a_byte(path: &Path, offset: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("the segment is there");
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).expect("the segment is longer");
    file.write_all_at(&[!byte[0]], offset).expect("the segment can be written");
}
