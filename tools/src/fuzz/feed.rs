//! The venue's public feed: what it shows must be what the accounts were told.
//!
//! A thread listens; here the messages are taken when the accounts are heard too. Of executions long ago
//! nothing is kept.

use std::collections::HashMap;
use std::thread;

use anyhow::{Context, anyhow};
use client::market_data::{JoinOptions, MarketData, Message};
use protocol::Price;
use protocol::enums::{Side, TradingState};
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};

use super::finding::{Checked, Finding, demand};
use super::market::{Market, Side as Execution};
use super::rules::Rule;
use super::session::Session;
use super::tracker::Order;
use crate::market::{Market as Told, Print, Told as Said};

/// Messages that wait to be taken.
const WAITING: usize = 65_536;
/// The most that is taken before the accounts are heard again.
const PIECE: usize = 4_096;

type Item = Result<Option<Message>, client::Error>;

/// Everything the feed has told.
#[derive(Debug)]
pub(super) struct Feed {
    messages: mpsc::Receiver<Item>,
    told: Told,
    /// Executions by match number, since the comparison before the last one.
    prints: HashMap<u64, Print>,
    earlier: HashMap<u64, Print>,
}

impl Feed {
    /// Joins the feed, from the first message of the day on.
    ///
    /// # Errors
    ///
    /// Its group cannot be joined.
    pub(super) fn join(options: JoinOptions) -> anyhow::Result<Self> {
        let (sender, messages) = mpsc::channel(WAITING);
        let (joined, outcome) = oneshot::channel();
        let listen = move || -> anyhow::Result<()> {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(listen(options, sender, joined));
            Ok(())
        };
        thread::Builder::new()
            .name("feed".to_owned())
            .spawn(listen)
            .context("starting a thread")?;
        outcome
            .blocking_recv()
            .map_err(|_| anyhow!("the thread of the feed ended"))?
            .context("joining the feed")?;
        Ok(Self::new(messages))
    }

    fn new(messages: mpsc::Receiver<Item>) -> Self {
        Self { messages, told: Told::default(), prints: HashMap::new(), earlier: HashMap::new() }
    }

    /// Messages taken so far.
    pub(super) fn messages(&self) -> u64 {
        self.told.totals().messages
    }

    /// Takes what is there; false when that was nothing.
    pub(super) fn hear(&mut self) -> Checked<bool> {
        for taken in 0..PIECE {
            match self.messages.try_recv() {
                Ok(Ok(Some(message))) => self.take(&message)?,
                Ok(Ok(None)) => {
                    return Err(Finding::new(Rule::SessionEnded, "the feed ended its day"));
                }
                Ok(Err(error)) => return Err(Finding::new(Rule::FeedLost, error.to_string())),
                Err(_) => return Ok(0 < taken),
            }
        }
        Ok(true)
    }

    fn take(&mut self, message: &Message) -> Checked {
        let itch = message.itch().map_err(|error| {
            Finding::new(
                Rule::FeedMalformed,
                format!("message {} of the feed: {error}", message.number),
            )
        })?;
        let misfit =
            |error: crate::market::Misfit| Finding::new(Rule::FeedMalformed, error.to_string());
        if let Some(Said::Trade(print)) = self.told.take(message).map_err(misfit)? {
            self.prints.insert(print.match_number, print);
        }
        let locate = itch.stock_locate();
        if self.told.activity(locate).state != Some(TradingState::Trading) {
            return Ok(());
        }
        let Some(book) = self.told.books().by_locate(locate) else { return Ok(()) };
        let (bid, offer) = (best(book, Side::Buy), best(book, Side::Sell));
        let is_crossed = bid.zip(offer).is_some_and(|(bid, offer)| offer <= bid);
        demand(!is_crossed, Rule::FeedCrossed, || {
            format!(
                "after message {}: {} is bid at {bid:?}, offered at {offer:?}",
                message.number,
                book.symbol()
            )
        })
    }

    /// Compares with what the accounts were told, and gives the first difference.
    pub(super) fn difference(&self, sessions: &[Session], market: &Market) -> Option<String> {
        let orders = sessions.iter().flat_map(|session| session.tracker.live().values());
        let order = orders.filter_map(|order| self.order_differs(order)).next();
        order.or_else(|| {
            market.recent().iter().find_map(|(number, told)| self.print_differs(*number, told))
        })
    }

    /// Forgets the executions before the comparison that was before this one.
    pub(super) fn compared(&mut self) {
        self.earlier = std::mem::take(&mut self.prints);
    }

    fn order_differs(&self, order: &Order) -> Option<String> {
        let reference = order.shown()?;
        let shown = self
            .told
            .books()
            .iter()
            .find_map(|(_, book)| Some((book.symbol(), *book.order(reference)?)));
        let is_right = shown.is_some_and(|(symbol, shown)| {
            symbol.0 == order.symbol
                && shown.side.is_buy() == order.side.is_buy()
                && u64::from(shown.price.ten_thousandths()) == order.price
                && shown.shares == order.open
        });
        (!is_right).then(|| format!("reference {reference} is {order:?}, the feed shows {shown:?}"))
    }

    fn print_differs(&self, number: u64, told: &Execution) -> Option<String> {
        let print = self.prints.get(&number).or_else(|| self.earlier.get(&number));
        let is_right = print.is_some_and(|print| {
            print.symbol.0 == told.symbol
                && u64::from(print.price.ten_thousandths()) == told.price
                && print.shares == u64::from(told.quantity)
        });
        (!is_right).then(|| format!("match {number} is {told:?}, the feed tells {print:?}"))
    }
}

fn best(book: &client::book::Book, side: Side) -> Option<Price> {
    book.depth(side).next().map(|quote| quote.price)
}

/// Hands on what the feed brings, until nobody takes it.
async fn listen(
    options: JoinOptions,
    sender: mpsc::Sender<Item>,
    joined: oneshot::Sender<client::error::Result<()>>,
) {
    let feed = MarketData::join(options).await;
    let (outcome, feed) = match feed {
        Ok(feed) => (Ok(()), Some(feed)),
        Err(error) => (Err(error), None),
    };
    // Whoever does not wait for it has no use for the feed either.
    let _ = joined.send(outcome);
    let Some(mut feed) = feed else { return };
    loop {
        let next = feed.next().await;
        let is_last = !matches!(next, Ok(Some(_)));
        if sender.send(next).await.is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use protocol::Symbol;
    use protocol::itch::{AddOrder, OrderExecuted, StockTradingAction};
    use protocol::time::U48;
    use zerocopy::IntoBytes;
    use zerocopy::big_endian::{U16, U32, U64};

    use super::*;

    const SYMBOL: Symbol = Symbol(*b"ACME    ");

    fn add(reference: u64, side: u8, shares: u32, price: u32) -> Vec<u8> {
        let message = AddOrder {
            message_type: AddOrder::TYPE,
            stock_locate: U16::new(1),
            tracking_number: U16::ZERO,
            timestamp: U48::new(5),
            order_reference_number: U64::new(reference),
            buy_sell_indicator: side,
            shares: U32::new(shares),
            stock: SYMBOL,
            price: U32::new(price),
        };
        message.as_bytes().to_vec()
    }

    fn executed(reference: u64, shares: u32) -> Vec<u8> {
        let message = OrderExecuted {
            message_type: OrderExecuted::TYPE,
            stock_locate: U16::new(1),
            tracking_number: U16::ZERO,
            timestamp: U48::new(6),
            order_reference_number: U64::new(reference),
            executed_shares: U32::new(shares),
            match_number: U64::new(9),
        };
        message.as_bytes().to_vec()
    }

    fn state(state: TradingState) -> Vec<u8> {
        let message = StockTradingAction {
            message_type: StockTradingAction::TYPE,
            stock_locate: U16::new(1),
            tracking_number: U16::ZERO,
            timestamp: U48::new(4),
            stock: SYMBOL,
            trading_state: state.code(),
            reserved: b' ',
            reason: *b"    ",
        };
        message.as_bytes().to_vec()
    }

    /// Hears a feed of these messages.
    fn heard(messages: &[Vec<u8>]) -> (Feed, Checked<bool>) {
        let (sender, receiver) = mpsc::channel(messages.len());
        for (number, message) in (1..).zip(messages) {
            let bytes = Bytes::copy_from_slice(message);
            sender.try_send(Ok(Some(Message { number, bytes }))).expect("it has room for all");
        }
        let mut feed = Feed::new(receiver);
        let outcome = feed.hear();
        (feed, outcome)
    }

    fn rule(messages: &[Vec<u8>]) -> Option<Rule> {
        heard(messages).1.err().map(|finding| finding.rule)
    }

    #[test]
    fn an_instrument_that_trades_is_not_crossed() {
        let (bid, offer) = (add(1, b'B', 100, 250_000), add(2, b'S', 100, 250_000));
        let trading = state(TradingState::Trading);
        assert_eq!(rule(&[trading.clone(), bid.clone(), offer.clone()]), Some(Rule::FeedCrossed));
        assert_eq!(rule(&[state(TradingState::Halted), bid.clone(), offer]), None);
        assert_eq!(rule(&[trading, bid, add(2, b'S', 100, 250_100)]), None);
    }

    #[test]
    fn what_does_not_fit_the_book_or_is_no_message_is_malformed() {
        assert_eq!(rule(&[executed(7, 100)]), Some(Rule::FeedMalformed));
        assert_eq!(rule(&[b"?".to_vec()]), Some(Rule::FeedMalformed));
    }

    #[test]
    fn a_displayed_order_is_shown_as_its_account_has_it() {
        let (feed, _) = heard(&[add(7, b'S', 100, 250_000)]);
        let order = Order {
            side: Side::SellShort,
            symbol: SYMBOL.0,
            price: 250_000,
            open: 100,
            used: 0,
            group: 0,
            reference: 7,
            plain: true,
        };
        assert_eq!(feed.order_differs(&order), None);
        let others = [
            Order { side: Side::Buy, ..order },
            Order { price: 250_100, ..order },
            Order { open: 99, ..order },
            Order { reference: 8, ..order },
            Order { symbol: *b"OTHER   ", ..order },
        ];
        assert!(others.iter().all(|other| feed.order_differs(other).is_some()));
        assert_eq!(feed.order_differs(&Order { open: 99, plain: false, ..order }), None);
    }

    #[test]
    fn an_execution_is_told_as_the_accounts_heard_it() {
        let side = Execution { buys: true, quantity: 60, price: 250_000, symbol: SYMBOL.0 };
        let told = |quantity| {
            let (mut feed, outcome) = heard(&[add(7, b'S', 100, 250_000), executed(7, 60)]);
            assert_eq!(outcome, Ok(true));
            // It may come before the accounts hear of it.
            feed.compared();
            let mut market = Market::new(false);
            market.executed(9, Execution { quantity, ..side }).expect("the first side");
            feed.difference(&[], &market)
        };
        assert_eq!(told(60), None);
        assert!(told(61).is_some());
    }
}
