//! The first trade of the README: buys a hundred shares and tells the price.
//!
//! ```text
//! openbell demo --listen 127.0.0.1:26400
//! cargo run -p openbell-client --example first_trade -- 127.0.0.1:26400
//! ```

use openbell_client::order_entry::{ConnectOptions, Event, NewOrder, OrderEntry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:26400".to_owned());
    let options = ConnectOptions::new(address.parse()?, "guest", "demo");
    let (venue, mut events) = OrderEntry::connect(options).await?;
    let order = venue.enter(NewOrder::buy("ACME", 100).limit("30.00".parse()?)).await?;
    while let Some(event) = events.next().await {
        match event {
            Event::Executed(fill) if fill.order == order => {
                println!("bought {} ACME at {}", fill.quantity, fill.price);
                venue.logout().await;
            }
            Event::Rejected(refusal) => println!("rejected: {}", refusal.reason.text()),
            _ => {}
        }
    }
    Ok(())
}
