//! Quotes both sides of one symbol around the middle of its book, until interrupted.
//!
//! ```text
//! cargo run --example market_maker -- \
//!     127.0.0.1:26400 USERNAME PASSWORD FIRM AAPL 10.25 239.255.64.1:26410 127.0.0.1:26401
//! ```
//!
//! The price given is the middle to begin with, while the book is empty. After a restart the replay
//! tells the position. Quotes are post only, so that they never take. A lost connection is made
//! again by the client; its orders stay or go as the port's disconnect policy says.

use std::error::Error;

use openbell_client::book::{Book, Books};
use openbell_client::market_data::{JoinOptions, MarketData};
use openbell_client::order_entry::{
    CancelFilter, ConnectOptions, Event, Events, NewOrder, OrderEntry, Replacement, UserRefNum,
};
use openbell_client::protocol::enums::Side;
use openbell_client::protocol::{Price, Symbol};

const USAGE: &str =
    "usage: market_maker ADDRESS USERNAME PASSWORD FIRM SYMBOL PRICE GROUP RETRANSMIT";

/// Shares on each side.
const SHARES: u32 = 100;
/// From the middle to each quote, in ten-thousandths of a dollar.
const HALF_SPREAD: u32 = 200;
/// How far the middle moves before quotes follow.
const PATIENCE: u32 = 100;
const CENT: u32 = 100;

/// One side of the market that is made.
struct Quote {
    side: Side,
    /// The live order and the shares it may still trade.
    order: Option<(UserRefNum, u32)>,
    /// A request has no answer yet.
    asked: bool,
    middle: u32,
}

struct Maker {
    venue: OrderEntry,
    symbol: String,
    quotes: [Quote; 2],
    position: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, username, password, firm, symbol, price, group, retransmit] = &arguments[..]
    else {
        return Err(USAGE.into());
    };
    let first_middle = price.parse::<Price>()?.ten_thousandths();
    let options = ConnectOptions::new(address.parse()?, username, password);
    let (venue, mut events) = OrderEntry::connect(options).await?;
    let feed =
        JoinOptions { retransmit: Some(retransmit.parse()?), ..JoinOptions::new(group.parse()?) };
    let mut feed = MarketData::join(feed).await?;

    let quote = |side| Quote { side, order: None, asked: false, middle: 0 };
    let quotes = [quote(Side::Buy), quote(Side::Sell)];
    let mut maker = Maker { venue, symbol: symbol.clone(), quotes, position: 0 };
    maker.remember(&mut events).await;
    // What an earlier run left open is canceled: this one begins with no order.
    maker.venue.mass_cancel(CancelFilter::firm(firm).symbol(symbol)).await?;

    let mut books = Books::new();
    let symbol = Symbol::new(symbol)?;
    loop {
        let middle = books.book(symbol).and_then(middle).unwrap_or(first_middle);
        maker.requote(middle).await?;
        tokio::select! {
            event = events.next() => match event {
                Some(event) => maker.take(&event),
                None => break,
            },
            message = feed.next() => match message? {
                Some(message) => books.apply(&message.itch()?)?,
                None => break,
            },
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                break;
            }
        }
    }
    maker.venue.mass_cancel(CancelFilter::firm(firm)).await?;
    maker.venue.logout().await;
    println!("position {}", maker.position);
    Ok(())
}

impl Maker {
    /// Adds up the fills of earlier runs.
    async fn remember(&mut self, events: &mut Events) {
        let mut buys = std::collections::HashMap::new();
        while let Some(event) = events.next().await {
            match event {
                Event::Accepted(accepted) => drop(buys.insert(accepted.order, accepted.side)),
                Event::Replaced(replaced) => drop(buys.insert(replaced.order, replaced.side)),
                Event::Executed(fill) => {
                    let bought = buys.get(&fill.order).is_some_and(|side| side.is_buy());
                    self.add(bought, fill.quantity);
                }
                Event::CaughtUp => break,
                _ => {}
            }
        }
    }

    /// Puts quotes where they belong; asks for one thing at a time on each side.
    async fn requote(&mut self, middle: u32) -> openbell_client::Result<()> {
        for quote in &mut self.quotes {
            if quote.asked || (quote.order.is_some() && quote.middle.abs_diff(middle) < PATIENCE) {
                continue;
            }
            let price = match quote.side {
                Side::Buy => middle.saturating_sub(HALF_SPREAD),
                _ => middle.saturating_add(HALF_SPREAD),
            };
            let price = Price::new(price.next_multiple_of(CENT));
            match quote.order {
                Some((order, _)) => {
                    let replacement = Replacement::new(SHARES).limit(price).post_only();
                    self.venue.replace(order, replacement).await?;
                }
                None => {
                    let order = NewOrder::new(quote.side, &self.symbol, SHARES);
                    self.venue.enter(order.limit(price).post_only()).await?;
                }
            }
            quote.asked = true;
            quote.middle = middle;
        }
        Ok(())
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::Accepted(accepted) => {
                self.live(accepted.side, accepted.order, accepted.quantity);
            }
            Event::Replaced(replaced) => {
                self.live(replaced.side, replaced.order, replaced.quantity);
            }
            Event::Executed(fill) => {
                let buys = self.quotes[0].order.is_some_and(|(order, _)| order == fill.order);
                self.add(buys, fill.quantity);
                self.less(fill.order, fill.quantity);
                println!("{} at {}, position {}", fill.quantity, fill.price, self.position);
            }
            Event::Canceled(canceled) => self.less(canceled.order, canceled.quantity),
            Event::Rejected(refusal) => println!("rejected: {}", refusal.reason.text()),
            Event::Disconnected { error, .. } => println!("connection lost: {error}"),
            _ => {}
        }
    }

    fn live(&mut self, side: Side, order: UserRefNum, shares: u32) {
        let quote = &mut self.quotes[usize::from(!side.is_buy())];
        quote.order = (0 < shares).then_some((order, shares));
        quote.asked = false;
    }

    /// Takes shares off a quote; one without shares is entered anew.
    fn less(&mut self, order: UserRefNum, shares: u32) {
        for quote in &mut self.quotes {
            if let Some((name, left)) = quote.order.filter(|(name, _)| *name == order) {
                let left = left.saturating_sub(shares);
                quote.order = (0 < left).then_some((name, left));
                // A replacement of an order that is gone is never answered.
                quote.asked &= 0 < left;
            }
        }
    }

    fn add(&mut self, bought: bool, shares: u32) {
        let shares = i64::from(shares);
        self.position += if bought { shares } else { -shares };
    }
}

/// The middle between best bid and best offer, in ten-thousandths of a dollar.
fn middle(book: &Book) -> Option<u32> {
    let bbo = book.bbo();
    let (bid, ask) = (bbo.bid?.price.ten_thousandths(), bbo.ask?.price.ten_thousandths());
    Some(bid.midpoint(ask))
}
