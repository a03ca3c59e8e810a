//! `openbell watch`: the market as the public feed tells it, from the first trade to the end of the day.

use std::io::Read;
use std::process::{Command, Stdio};

use openbell_tests::harness::{Client, Setup, Venue, random_group};
use openbell_tests::order::{enter, take};
use serde_json::{Value, json};

use super::{Running, admin, command, openbell};
use crate::VENUE;

/// A venue, where two trade, and what watches it.
struct Market {
    venue: Venue,
    setup: Setup,
    maker: Client,
    taker: Client,
    /// Shares the taker has bought, one at a time.
    bought: u32,
}

impl Market {
    /// Ten shares of AAPL at 25.0000 and one at 25.01 on offer, five bid at 24.99.
    fn open() -> Self {
        let setup = Setup::new(&["AAPL", "MSFT"], &["MAKER", "TAKER"]);
        let venue = Venue::start(VENUE, setup.clone());
        let [mut maker, taker] = ["MAKER", "TAKER"].map(|name| venue.login(name, 1));
        maker.send(&enter(1, b'S', 10, "AAPL", 250_000));
        maker.send(&enter(2, b'S', 1, "AAPL", 250_100));
        maker.send(&enter(3, b'B', 5, "AAPL", 249_900));
        assert!(maker.wait_for(4));
        Self { venue, setup, maker, taker, bought: 0 }
    }

    /// One share of AAPL changes hands at 25.0000.
    fn trade(&mut self) {
        self.bought += 1;
        self.taker.send(&take(self.bought, b'B', 1, "AAPL", 250_000));
        let told = usize::try_from(self.bought).expect("a few");
        assert!(self.maker.wait_for(4 + told));
    }

    /// `openbell watch` on this venue; it ends by itself, should the test fail.
    fn watch(&self, options: &str) -> Command {
        let (group, retransmit) = (self.setup.group, self.venue.address("retransmit"));
        let line = format!("watch --line-a {group} --retransmit {retransmit} {options}");
        command(line.trim_end())
    }
}

fn is(event: &'static str) -> impl Fn(&Value) -> bool {
    move |object| object["event"] == event
}

#[test]
fn trades_and_book_are_seen_until_the_day_ends() {
    let mut market = Market::open();
    market.trade();
    let options = "--book AAPL --depth 2 --json --for 1m";
    let mut watch = Running::start(market.watch(options));
    let session = watch.object_that(|_| true);
    assert_eq!(session, json!({"event": "session", "session": market.venue.session()}));
    let past = watch.object_that(is("trade"));
    market.trade();
    let present = watch.object_that(is("trade"));
    for trade in [&past, &present] {
        let found = ["symbol", "shares", "price", "aggressor"].map(|name| trade[name].clone());
        assert_eq!(json!(found), json!(["AAPL", 1, "25.0000", "buy"]));
    }
    assert_ne!(past["match_number"], present["match_number"]);
    let book = watch.object_that(|object| object["offers"][0]["shares"] == 8);
    let level = |price, shares| json!({"price": price, "shares": shares, "orders": 1});
    assert_eq!(book["symbol"], "AAPL");
    assert_eq!(book["bids"], json!([level("24.9900", 5)]));
    assert_eq!(book["offers"], json!([level("25.0000", 8), level("25.0100", 1)]));
    let bust = format!("bust {} --reason E --who kim --why price", present["match_number"]);
    admin(&market.venue, &bust).expect_done();
    let broken = watch.object_that(is("broken"));
    assert_eq!(broken["match_number"], present["match_number"]);
    assert_eq!(broken["symbol"], "AAPL");
    admin(&market.venue, "end-of-day --who kim --why close").expect_done();
    watch.object_that(|book| book["bids"] == json!([]) && book["offers"] == json!([]));
    let (end, code) = watch.end();
    let end = end.expect("the last line");
    let found = ["event", "reason", "trades", "shares"].map(|name| end[name].clone());
    assert_eq!(json!(found), json!(["end", "end of session", 2, 2]));
    assert_eq!(code, Some(0));
}

#[test]
fn people_read_one_line_a_trade() {
    let mut market = Market::open();
    market.trade();
    let mut watch = Running::start(market.watch("--plain --book AAPL --for 1m"));
    let session = watch.line_that(|_| true);
    assert_eq!(session, format!("session session={}", market.venue.session()));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let trade = watch.line_that(|line| line.contains('@'));
    let (time, trade) = trade.split_once(' ').expect("a time and a trade");
    assert_eq!(time.len(), "hh:mm:ss.nnnnnnnnn".len(), "{time}");
    assert_eq!(words(trade), "AAPL 1 @ 25.0000 buy");
    let book = "book AAPL 5 x 24.9900 | 25.0000 x 9 25.0100 x 1";
    watch.line_that(|line| words(line) == book);
    watch.interrupt();
    let end = watch.line_that(|_| true);
    assert!(end.starts_with("end messages="), "{end}");
    let counted = "trades=1 shares=1 gaps=0 unreadable=0 reason=stopped by the user";
    assert!(end.ends_with(counted), "{end}");
    assert_eq!(watch.end(), (None, Some(0)));
}

#[test]
fn a_user_who_leaves_has_not_failed() {
    let market = Market::open();
    let mut watch = Running::start(market.watch("--json --for 1m"));
    watch.object_that(is("session"));
    watch.interrupt();
    let (end, code) = watch.end();
    let end = end.expect("the last line");
    assert_eq!((&end["reason"], code), (&json!("stopped by the user"), Some(0)));
}

#[test]
fn an_instrument_that_is_not_listed_is_named() {
    let mut market = Market::open();
    market.trade();
    let mut command = market.watch("--book NOPE --json --for 1m");
    command.stderr(Stdio::piped());
    let mut watch = Running::start(command);
    watch.object_that(is("trade"));
    watch.interrupt();
    let mut errors = String::new();
    let mut stderr = watch.process.stderr.take().expect("it was piped");
    stderr.read_to_string(&mut errors).expect("messages are text");
    assert_eq!(errors, "openbell: the feed told of no instrument NOPE\n");
    assert_eq!(watch.end().1, Some(0));
}

#[test]
fn a_feed_that_is_not_heard_cannot_be_reached() {
    let group = random_group();
    let ran = openbell(&format!("watch --line-a {group} --for 200ms"));
    ran.expect_error(4, &format!("no feed at {group} on 127.0.0.1"));
    assert_eq!(ran.output, "");
}

#[test]
fn a_day_that_is_not_retransmitted_cannot_be_reached() {
    let market = Market::open();
    let group = market.setup.group;
    // Retransmission is UDP, and nobody listens there.
    let nobody = market.venue.address("admin");
    let ran = openbell(&format!("watch --line-a {group} --retransmit {nobody} --for 5s"));
    let text =
        format!("message 1 of the feed is missing, and the retransmission server at {nobody}");
    ran.expect_error(4, &text);
}
