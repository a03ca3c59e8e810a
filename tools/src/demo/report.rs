//! The report: what the run came to, and whether everything that was told agrees.
//!
//! Three tellers are compared: the traders' own sessions (OUCH), the public feed (ITCH), and the
//! venue's records on disk; with a database, its rows too.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use engine::outbox::Target;
use protocol::moldudp64::Statistics;
use server::journal::LogId;
use server::store;

use super::live::{Answers, Open};
use super::trader::{Sent, Trader};
use crate::days::Day;
use crate::line::{Line, Printer};
use crate::market::Market;

/// What the traders know at the end.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) ran: Duration,
    pub(super) seed: u64,
    pub(super) session: String,
    pub(super) sent: Vec<Sent>,
    pub(super) answers: Vec<Answers>,
    pub(super) unanswered: usize,
}

/// How the books of the feed compare with the orders of the traders.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Books {
    /// Orders that both have, with the same side, price and shares.
    pub(super) equal: usize,
    /// What is different, in words.
    pub(super) different: Vec<String>,
    /// Orders of the feed that no simulated trader owns: the guest's.
    pub(super) of_others: usize,
}

impl Books {
    pub(super) fn is_equal(&self) -> bool {
        self.different.is_empty()
    }
}

/// What the venue has recorded of the day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Records {
    pub(super) log_id: LogId,
    /// Messages of the feed.
    pub(super) messages: u64,
    pub(super) trades: u64,
}

impl Records {
    /// Reads the outbound log of the latest day.
    pub(super) fn read(data_dir: &Path) -> Result<Self> {
        let day = Day::find(data_dir, None)?;
        let store = store::open_read_only(&day.folder).context("reading the venue's records")?;
        Ok(Self {
            log_id: LogId(store.log_id()),
            messages: store.count(Target::Feed),
            trades: store.count(Target::Trade),
        })
    }
}

/// Compares the books of the feed with the open orders of the traders.
pub(super) fn compare(market: &Market, traders: &[Trader]) -> Books {
    let mut books = Books::default();
    for (number, open) in traders.iter().flat_map(|trader| trader.live().iter()) {
        match difference(market, open) {
            None => books.equal += 1,
            Some(difference) => books.different.push(format!("order {number}: {difference}")),
        }
    }
    let on_the_feed: usize = market.books().iter().map(|(_, book)| book.len()).sum();
    books.of_others = on_the_feed.saturating_sub(books.equal);
    books
}

fn difference(market: &Market, open: &Open) -> Option<String> {
    let Open { symbol, price, shares, reference, .. } = open;
    let resting = market.books().book(*symbol).and_then(|book| book.order(*reference));
    let Some(resting) = resting else {
        return Some(format!(
            "{shares} {symbol} @ {price}, reference {reference}: not on the feed"
        ));
    };
    let equal = resting.side.is_buy() == open.side.is_buy()
        && resting.price == *price
        && resting.shares == *shares;
    (!equal).then(|| {
        format!(
            "{shares} @ {price} for its trader, {} @ {} on the feed",
            resting.shares, resting.price
        )
    })
}

/// Counts the trades of this log in the database.
pub(super) async fn rows_in_postgres(url: &str, log_id: LogId) -> Result<u64> {
    let url = url.to_owned();
    let count = tokio::task::spawn_blocking(move || -> Result<i64> {
        let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
        let counted = "SELECT count(*) FROM openbell_trades WHERE log_id::text = $1";
        Ok(client.query_one(counted, &[&uuid(log_id)])?.try_get(0)?)
    });
    let count =
        count.await.context("asking Postgres")?.context("counting the trades in Postgres")?;
    u64::try_from(count).context("a count of rows")
}

/// Writes a log id as Postgres does.
fn uuid(log_id: LogId) -> String {
    let digits = log_id.to_string();
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}

/// One thing that must be so.
struct Check {
    name: &'static str,
    good: bool,
    found: String,
}

/// Everything that is known at the end.
pub(super) struct Report {
    pub(super) run: Run,
    pub(super) books: Books,
    pub(super) records: Records,
    /// Trades in the database.
    pub(super) rows: Option<u64>,
    pub(super) market: Market,
    pub(super) line: Statistics,
}

impl Report {
    /// Tells whether everything fitted.
    pub(super) fn is_good(&self) -> bool {
        self.checks().iter().all(|check| check.good)
    }

    fn checks(&self) -> Vec<Check> {
        let totals = self.market.totals();
        let counted = |name, found: u64, expected: u64| Check {
            name,
            good: found == expected,
            found: format!("{found} of {expected}"),
        };
        let mut checks = vec![
            Check {
                name: "every request of the traders was answered",
                good: self.run.unanswered == 0,
                found: format!("{} open", self.run.unanswered),
            },
            counted("the feed brought every message once", totals.messages, self.records.messages),
            counted("the tape has every recorded trade", totals.trades, self.records.trades),
            Check {
                name: "the book built from the feed is what the traders hold",
                good: self.books.is_equal(),
                found: format!(
                    "{} orders equal, {} different, {} of others",
                    self.books.equal,
                    self.books.different.len(),
                    self.books.of_others
                ),
            },
        ];
        checks.extend(
            self.rows.map(|rows| {
                counted("Postgres has every recorded trade", rows, self.records.trades)
            }),
        );
        checks
    }

    fn sum<T>(items: &[T], count: impl Fn(&T) -> u64) -> u64 {
        items.iter().map(count).sum()
    }

    fn numbers(&self) -> Line {
        let Run { ran, seed, session, sent, answers, .. } = &self.run;
        let totals = self.market.totals();
        Line::new("summary", session.as_str())
            .with("seed", *seed)
            .text("seconds", format_args!("{:.1}", ran.as_secs_f64()))
            .with("orders", Self::sum(sent, |sent| sent.orders))
            .with("replaces", Self::sum(sent, |sent| sent.replaces))
            .with("cancels", Self::sum(sent, |sent| sent.cancels))
            .with("accepted", Self::sum(answers, |answers| answers.accepted))
            .with("replaced", Self::sum(answers, |answers| answers.replaced))
            .with("canceled", Self::sum(answers, |answers| answers.canceled))
            .with("rejected", Self::sum(answers, |answers| answers.rejected))
            .with("executions", Self::sum(answers, |answers| answers.executions))
            .with("trades", totals.trades)
            .with("shares", totals.shares)
            .with("feed_messages", totals.messages)
            .with("feed_gaps", self.line.gaps)
            .with("good", self.is_good())
    }

    /// Prints numbers, last prices and checks.
    pub(super) fn print(&self, printer: &mut Printer) -> Result<()> {
        printer.line(&self.numbers())?;
        for (locate, book) in self.market.books().iter() {
            let (bbo, activity) = (book.bbo(), self.market.activity(locate));
            let price = |price: Option<protocol::Price>| price.map(|price| price.to_string());
            let line = Line::new("symbol", book.symbol().to_string())
                .maybe("bid", price(bbo.bid.map(|quote| quote.price)))
                .maybe("offer", price(bbo.ask.map(|quote| quote.price)))
                .maybe("last", price(activity.last))
                .with("trades", activity.trades)
                .with("shares", activity.shares)
                .with("orders", book.len());
            printer.line(&line)?;
        }
        for check in self.checks() {
            let verdict = if check.good { "ok" } else { "WRONG" };
            if printer.is_json() {
                let line = Line::new("check", check.name).with("good", check.good);
                printer.line(&line.with("found", check.found))?;
            } else {
                printer.text(format_args!("{verdict:<5} {}: {}", check.name, check.found))?;
            }
        }
        printer.flush()?;
        for difference in &self.books.different {
            eprintln!("openbell: {difference}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_id_is_written_as_postgres_writes_it() {
        let written = uuid(LogId(*b"the log of a day"));
        assert_eq!(written, "74686520-6c6f-6720-6f66-206120646179");
    }
}
