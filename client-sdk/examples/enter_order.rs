//! Enters one order, tells what becomes of it, and leaves.
//!
//! ```text
//! cargo run --example enter_order -- 127.0.0.1:26400 USERNAME PASSWORD buy AAPL 100 10.25
//! ```
//!
//! Ends when the order is dead, or after the first fill of a part; what is open is canceled then.

use std::error::Error;

use openbell_client::order_entry::{ConnectOptions, Event, NewOrder, OrderEntry};
use openbell_client::protocol::enums::Side;

const USAGE: &str = "usage: enter_order ADDRESS USERNAME PASSWORD buy|sell SYMBOL QUANTITY PRICE";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, username, password, side, symbol, quantity, price] = &arguments[..] else {
        return Err(USAGE.into());
    };
    let side = if side == "buy" { Side::Buy } else { Side::Sell };
    let order = NewOrder::new(side, symbol, quantity.parse()?).limit(price.parse()?);

    let options = ConnectOptions::new(address.parse()?, username, password);
    let (venue, mut events) = OrderEntry::connect(options).await?;
    let order = venue.enter(order).await?;
    println!("order {order} entered");
    while let Some(event) = events.next().await {
        if let Event::Disconnected { error, will_retry_in } = &event {
            println!("connection lost: {error}; next attempt in {will_retry_in:?}");
        }
        if event.order() != Some(order) {
            continue;
        }
        match event {
            Event::Accepted(accepted) => {
                println!("accepted as {}", accepted.order_reference_number);
            }
            Event::Rejected(refusal) => {
                println!("rejected: {}", refusal.reason.text());
                break;
            }
            Event::Executed(fill) => {
                println!("{} shares at {}", fill.quantity, fill.price);
                venue.cancel(order).await?;
                break;
            }
            Event::Canceled(canceled) => {
                println!("{} shares canceled: {:?}", canceled.quantity, canceled.reason);
                break;
            }
            _ => {}
        }
    }
    venue.logout().await;
    Ok(())
}
