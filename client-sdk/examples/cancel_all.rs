//! Cancels every open order of the account, and counts them.
//!
//! ```text
//! cargo run --example cancel_all -- 127.0.0.1:26400 USERNAME PASSWORD FIRM [SYMBOL]
//! ```

use std::error::Error;

use openbell_client::order_entry::{CancelFilter, ConnectOptions, Event, OrderEntry};

const USAGE: &str = "usage: cancel_all ADDRESS USERNAME PASSWORD FIRM [SYMBOL]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ([address, username, password, firm], symbol) = (match &arguments[..] {
        [four @ .., symbol] if four.len() == 4 => (four, Some(symbol)),
        four => (four, None),
    }) else {
        return Err(USAGE.into());
    };
    let mut filter = CancelFilter::firm(firm);
    if let Some(symbol) = symbol {
        filter = filter.symbol(symbol);
    }

    // The past of the day does not matter here.
    let options =
        ConnectOptions { sequence: 0, ..ConnectOptions::new(address.parse()?, username, password) };
    let (venue, mut events) = OrderEntry::connect(options).await?;
    let request = venue.mass_cancel(filter).await?;
    let (mut orders, mut shares) = (0, 0_u64);
    let mut taken = false;
    while let Some(event) = events.next().await {
        match event {
            Event::MassCancelResponse(response) if response.request == request => {
                taken = true;
                // Its answer comes after the last cancel.
                venue.account_query(0).await?;
            }
            Event::Canceled(canceled) if taken => {
                orders += 1;
                shares += u64::from(canceled.quantity);
            }
            Event::AccountQueryResponse(_) if taken => break,
            _ => {}
        }
    }
    println!("{orders} orders canceled, {shares} shares");
    venue.logout().await;
    Ok(())
}
