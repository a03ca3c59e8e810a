//! The venue's own feed: the book it makes and the executions it tells.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use client::book::Books;
use client::market_data::{JoinOptions, MarketData};
use protocol::Price;
use protocol::itch::{Message, OrderExecuted};
use tokio::time::timeout;

use crate::exit::Unreachable;

/// How long the feed may say nothing when there is something to say.
const PATIENCE: Duration = Duration::from_secs(30);

/// An execution as the feed tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    /// The resting order, by the venue's reference.
    pub(super) reference: u64,
    /// Where it rested.
    pub(super) price: Price,
    pub(super) shares: u32,
    pub(super) match_number: u64,
}

/// Follows the feed as far as it is told to.
#[derive(Debug)]
pub(super) struct Follower {
    feed: MarketData,
    books: Books,
    /// Since the last comparison, in the order of the feed.
    pub(super) prints: Vec<Print>,
}

impl Follower {
    /// Joins the lines, from the first message of the venue's day on.
    pub(super) async fn join(options: JoinOptions) -> Result<Self> {
        let line = options.line_a;
        let feed = MarketData::join(options).await;
        let feed = feed.with_context(|| format!("joining the feed at {line}"))?;
        Ok(Self { feed, books: Books::new(), prints: Vec::new() })
    }

    /// Reads until an order leaves the book by a Delete.
    pub(super) async fn follow_until_deleted(&mut self, reference: u64) -> Result<()> {
        loop {
            let next = timeout(PATIENCE, self.feed.next()).await;
            let silent = |_| Unreachable(format!("no market data at {}", self.feed.line_a()));
            let Some(message) = next.map_err(silent)?.context("following the feed")? else {
                bail!("the venue's day has ended");
            };
            let place = || format!("message {} of the feed", message.number);
            let message = message.itch().with_context(place)?;
            if let Message::OrderExecuted(execution) = message {
                self.prints.extend(self.print(execution));
            }
            self.books.apply(&message).with_context(place)?;
            match message {
                Message::OrderDelete(m) if m.order_reference_number.get() == reference => {
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// Reads an execution, before its order changes; `None` if there is no such order.
    fn print(&self, execution: &OrderExecuted) -> Option<Print> {
        let reference = execution.order_reference_number.get();
        let book = self.books.by_locate(execution.stock_locate.get())?;
        Some(Print {
            reference,
            price: book.order(reference)?.price,
            shares: execution.executed_shares.get(),
            match_number: execution.match_number.get(),
        })
    }

    /// Returns the book of what was read so far.
    pub(super) fn books(&self) -> &Books {
        &self.books
    }
}
