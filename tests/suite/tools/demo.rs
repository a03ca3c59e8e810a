//! `openbell demo`: a market that checks itself, and an order from outside in it.

use serde_json::Value;

use super::{Running, command, openbell};

#[test]
fn a_market_of_three_seconds_finds_everything_in_order() {
    let ran = openbell("demo --for 3s --plain --json");
    ran.expect_done();
    let lines = ran.objects();
    let summary = lines.iter().find(|line| line["summary"].is_string());
    let summary = summary.expect("there is a summary");
    assert_eq!(summary["good"], true, "{ran:?}");
    for count in ["orders", "accepted", "trades", "feed_messages"] {
        assert!(0 < summary[count].as_u64().expect("a count"), "{count}: {summary}");
    }
    let checks: Vec<_> = lines.iter().filter(|line| line["check"].is_string()).collect();
    assert_eq!(checks.len(), 4, "{checks:?}");
    assert!(checks.iter().all(|check| check["good"] == true), "{checks:?}");
}

#[test]
fn a_market_that_closes_at_once_finds_everything_in_order() {
    let ran = openbell("demo --for 0s --plain --json");
    ran.expect_done();
    let lines = ran.objects();
    let summary = lines.iter().find(|line| line["summary"].is_string());
    let summary = summary.expect("there is a summary");
    assert_eq!((&summary["good"], &summary["feed_gaps"]), (&true.into(), &0.into()), "{ran:?}");
    assert!(0 < summary["feed_messages"].as_u64().expect("a count"), "{summary}");
}

#[test]
fn what_the_demo_prints_is_where_to_trade_and_watch() {
    let mut demo = Running::start(command("demo --for 1m --plain --json"));
    let place = demo.object_that(|_| true);
    let at = |name: &str| place[name].as_str().expect("the demo prints all of it").to_owned();
    let [address, username, password] = ["order_entry", "username", "password"].map(at);
    let line = "order enter sell 100 ACME 1.00 --time-in-force ioc --json";
    let ran = openbell(&format!(
        "{line} --address {address} --username {username} --password {password}"
    ));
    ran.expect_done();
    assert_eq!(ran.objects()[0]["event"], "accepted", "{ran:?}");
    let [feed, retransmit] = ["market_data_a", "retransmit"].map(at);
    let watch =
        command(&format!("watch --line-a {feed} --retransmit {retransmit} --json --for 1m"));
    let mut watch = Running::start(watch);
    watch.object_that(|object| object["event"] == "trade");
    demo.interrupt();
    let summary = demo.object_that(|object| object["summary"].is_string());
    assert_eq!(summary["good"], Value::Bool(true), "{summary}");
    let (_, code) = demo.end();
    assert_eq!(code, Some(0));
}
