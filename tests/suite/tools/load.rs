//! `openbell load`: every request is answered, and a figure comes with its conditions.

use serde_json::Value;
use tempfile::TempDir;

use super::{openbell, silent_venue};
use crate::VENUE;

/// The report of a run, which must find nothing wrong.
fn report(options: &str) -> Value {
    let ran = openbell(&format!("load --json --server {VENUE} --connections 2 {options}"));
    let objects = ran.objects();
    let [report] = &objects[..] else { panic!("one object is printed: {ran:?}") };
    assert_eq!((&report["wrong"], &report["unanswered"]), (&0.into(), &0.into()), "{report}");
    assert!(report["acknowledged"].as_u64().is_some_and(|count| 100 < count), "{report}");
    report.clone()
}

#[test]
fn a_private_venue_answers_every_request() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let hgrm = folder.path().join("run.hgrm");
    let path = hgrm.display();
    let options = format!("--outstanding 8 --symbols 3 --warm-up 100ms --for 1s --hgrm {path}");
    let report = report(&options);
    assert_eq!((&report["loop"], &report["durability"]), (&"closed".into(), &"fsync".into()));
    assert!(report["executions"].as_u64().is_some_and(|count| 0 < count), "{report}");
    let percentiles = std::fs::read_to_string(&hgrm).expect("the file was written");
    assert!(percentiles.lines().last().is_some_and(|line| line.starts_with("#[Buckets")));
}

#[test]
fn an_open_loop_keeps_its_rate_and_says_how_late_it_was() {
    let report = report("--rate 500 --for 1s --durability os");
    assert_eq!((&report["loop"], &report["rate"]), (&"open".into(), &500.into()), "{report}");
    assert!(report["late_p99_us"].is_number() && report["valid"].is_boolean(), "{report}");
}

#[test]
fn a_venue_elsewhere_is_loaded_only_when_that_was_said() {
    let account = "--account A:B --symbol AAPL";
    openbell(&format!("load 192.0.2.1:26400 {account}")).expect_error(2, "--allow-remote");
    openbell(&format!("load 127.0.0.1:1 {account}")).expect_error(4, "127.0.0.1:1");
}

/// Why an open loop of 2,000 requests a second does not count, at a venue that answers the first 500 at once.
fn objection(warm_up: &str) -> String {
    let address = silent_venue::open(500);
    let options = format!("--mix quiet --rate 2000 --warm-up {warm_up} --for 1s");
    let ran = openbell(&format!("load --json {address} --account A:B --symbol AAPL {options}"));
    let objects = ran.objects();
    let [report] = &objects[..] else { panic!("one object is printed: {ran:?}") };
    assert_eq!((&report["wrong"], &report["unanswered"]), (&0.into(), &0.into()), "{report}");
    let objection = report["invalid_because"].as_str().unwrap_or_default().to_owned();
    assert_eq!(report["valid"].as_bool(), Some(objection.is_empty()), "{report}");
    assert_eq!(ran.code, Some(if objection.is_empty() { 0 } else { 1 }), "{report}");
    objection
}

#[test]
fn a_venue_that_falls_behind_in_the_first_second_is_not_measured_by_it() {
    let late_start = "in the first second";
    let cold = objection("0s");
    assert!(cold.contains(late_start), "{cold:?}");
    // The same is over when the measurement begins.
    let warm = objection("1s");
    assert!(!warm.contains(late_start), "{warm:?}");
}
