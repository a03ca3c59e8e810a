//! Plays a day in: the owners' orders rest, the aggressor takes what traded.
//!
//! The order of the file is kept across the sessions: a session speaks only when everything said on the one
//! before has been handled. On one session the requests follow one another without waiting, up to a bound.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use client::book::Order;
use client::order_entry::{NewOrder, Replacement, Request, UserRefNum};
use protocol::enums::{Display, Side};
use protocol::{Price, Symbol};

use super::account::Account;
use super::comparison::Findings;
use super::day::{Action, Day, Step};
use super::follower::Follower;
use super::ledger::{Asked, Ledger, Take};

/// Requests on one session before their answers are awaited: fewer than the session holds.
const RUN: usize = 512;

/// Where the marker rests for a moment: nothing of the day trades with it there.
const LOWEST: Price = Price::new(1);

/// Everything between the file and the venue.
#[derive(Debug)]
pub(super) struct Player {
    /// The last one is the aggressor.
    accounts: Vec<Account>,
    /// Who spoke last.
    speaker: usize,
    /// Requests since the speaker's answers were awaited.
    unsettled: usize,
    /// Orders entered so far: the owners take turns.
    entered: usize,
    /// Whose the orders of the file are and what the venue knows them by, by reference in the file.
    names: HashMap<u64, (usize, UserRefNum)>,
    ledger: Ledger,
    follower: Follower,
    findings: Findings,
}

impl Player {
    /// Stands ready with at least two accounts, the last one the aggressor.
    pub(super) fn new(accounts: Vec<Account>, follower: Follower) -> Self {
        assert!(2 <= accounts.len(), "somebody owns the book and another takes from it");
        Self {
            accounts,
            speaker: 0,
            unsettled: 0,
            entered: 0,
            names: HashMap::new(),
            ledger: Ledger::default(),
            follower,
            findings: Findings::default(),
        }
    }

    /// Sees that the feed can be followed and that nobody has orders in these books.
    ///
    /// # Errors
    ///
    /// There are orders already: the comparison would be of no use.
    pub(super) async fn expect_empty_books(&mut self, symbols: &[Symbol]) -> Result<()> {
        let Some(&symbol) = symbols.first() else { return Ok(()) };
        self.follow(symbol).await?;
        for &symbol in symbols {
            let orders = self.follower.books().book(symbol).map_or(0, |book| book.len());
            if orders != 0 {
                bail!("{symbol} has {orders} orders; a replay needs an empty book");
            }
        }
        Ok(())
    }

    /// Asks for what one message of the day wants.
    pub(super) async fn play(&mut self, step: &Step) -> Result<()> {
        let message = step.message;
        match step.action {
            Action::Enter { symbol, order } => {
                let owner = self.entered % self.aggressor();
                self.entered += 1;
                let request = Request::Enter(resting(symbol, &order));
                let asked = Asked::Order { reference: order.reference };
                let number = self.ask(owner, request, message, Some(asked)).await?;
                self.names.insert(order.reference, (owner, number));
            }
            Action::Cancel { reference, total } => {
                let (owner, number) = self.name(reference);
                self.ask(owner, Request::Cancel(number, total), message, None).await?;
            }
            Action::Replace { original, total, order } => {
                let (owner, number) = self.name(original);
                let request = Request::Replace(number, replacement(total, &order));
                let asked = Asked::Order { reference: order.reference };
                let number = self.ask(owner, request, message, Some(asked)).await?;
                self.names.insert(order.reference, (owner, number));
            }
            Action::Take { symbol, side, fill } => {
                let request = aggressor(symbol, side, fill.shares).limit(fill.price);
                let asked = Asked::Take { place: self.ledger.takes.len() };
                self.ledger.takes.push(Take { message, expected: fill });
                self.ask(self.aggressor(), Request::Enter(request), message, Some(asked)).await?;
            }
        }
        Ok(())
    }

    /// Waits until all is handled and told, and compares the venue with the day so far.
    pub(super) async fn compare(&mut self, day: &Day<'_>, symbol: Symbol) -> Result<()> {
        self.follow(symbol).await?;
        let prints = std::mem::take(&mut self.follower.prints);
        self.findings.take_refusals(&mut self.ledger);
        self.findings.compare_executions(&mut self.ledger, prints);
        let books = self.follower.books();
        self.findings.compare_books(day.messages(), day.books(), books, &self.ledger);
        Ok(())
    }

    /// Logs out and says what was found.
    pub(super) async fn finish(self) -> Findings {
        for account in &self.accounts {
            account.leave().await;
        }
        self.findings
    }

    /// Brings the feed up to everything that was asked so far.
    ///
    /// The aggressor enters an order far from the market and cancels it: its Delete is the sign.
    async fn follow(&mut self, symbol: Symbol) -> Result<()> {
        let account = self.aggressor();
        let marker = Request::Enter(NewOrder::buy(symbol.as_str(), 1).limit(LOWEST));
        let number = self.ask(account, marker, 0, Some(Asked::Marker)).await?;
        self.ask(account, Request::Cancel(number, 0), 0, None).await?;
        self.settle().await?;
        let refused = "the venue refused an order of one share, needed to follow its feed";
        let reference = self.ledger.marker.take().context(refused)?;
        self.follower.follow_until_deleted(reference).await
    }

    /// Sends a request when everything said by others has been handled.
    async fn ask(
        &mut self,
        account: usize,
        request: Request,
        message: u64,
        asked: Option<Asked>,
    ) -> Result<UserRefNum> {
        if account != self.speaker || RUN <= self.unsettled {
            self.settle().await?;
            self.speaker = account;
        }
        self.unsettled += 1;
        let number = self.accounts[account].submit(request).await?;
        if let Some(asked) = asked {
            self.ledger.asks(account, number, message, asked);
        }
        Ok(number)
    }

    /// Waits until the speaker's requests are handled; takes whatever the others were told.
    async fn settle(&mut self) -> Result<()> {
        if self.unsettled != 0 {
            self.accounts[self.speaker].settle(&mut self.ledger).await?;
            self.unsettled = 0;
            for account in &mut self.accounts {
                account.drain(&mut self.ledger);
            }
        }
        Ok(())
    }

    fn aggressor(&self) -> usize {
        self.accounts.len() - 1
    }

    /// Returns who owns an order of the day, and its number.
    fn name(&self, reference: u64) -> (usize, UserRefNum) {
        *self.names.get(&reference).expect("every order of the day's book was entered")
    }
}

/// The order that joins the book.
fn resting(symbol: Symbol, order: &Order) -> NewOrder {
    let entered = NewOrder::new(order.side, symbol.as_str(), order.shares).limit(order.price);
    entered.display(display(order))
}

/// The order that joins the book in place of another.
fn replacement(total: u32, order: &Order) -> Replacement {
    Replacement::new(total).limit(order.price).display(display(order))
}

fn display(order: &Order) -> Display {
    if order.attribution.is_some() { Display::Attributable } else { Display::Visible }
}

/// The order that takes from one resting on `side`, without a price yet.
fn aggressor(symbol: Symbol, side: Side, shares: u32) -> NewOrder {
    let side = if side.is_buy() { Side::Sell } else { Side::Buy };
    NewOrder::new(side, symbol.as_str(), shares).immediate_or_cancel()
}
