//! Prints best bid and offer of a symbol whenever they change.
//!
//! ```text
//! cargo run --example top_of_book -- 239.255.64.1:26410 127.0.0.1:26401 AAPL
//! ```

use std::error::Error;

use openbell_client::book::{Bbo, Books, Quote};
use openbell_client::market_data::{JoinOptions, MarketData};
use openbell_client::protocol::Symbol;

const USAGE: &str = "usage: top_of_book GROUP RETRANSMIT SYMBOL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [group, retransmit, symbol] = &arguments[..] else { return Err(USAGE.into()) };
    let symbol = Symbol::new(symbol)?;
    let options =
        JoinOptions { retransmit: Some(retransmit.parse()?), ..JoinOptions::new(group.parse()?) };
    let mut feed = MarketData::join(options).await?;
    let mut books = Books::new();
    let mut shown = Bbo::default();
    while let Some(message) = feed.next().await? {
        books.apply(&message.itch()?)?;
        let Some(bbo) = books.book(symbol).map(|book| book.bbo()) else { continue };
        if bbo != shown {
            println!("{:>10}  {} | {}", message.number, text(bbo.bid), text(bbo.ask));
            shown = bbo;
        }
    }
    Ok(())
}

fn text(quote: Option<Quote>) -> String {
    quote.map_or_else(
        || format!("{:>20}", "-"),
        |quote| format!("{:>8} x {}", quote.shares, quote.price),
    )
}
