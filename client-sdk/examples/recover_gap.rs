//! Joins late, from any number on, and shows how what was missed is got back.
//!
//! ```text
//! cargo run --example recover_gap -- 239.255.64.1:26410 127.0.0.1:26401 1
//! ```
//!
//! Everything before the first packet heard is one gap; the retransmission server fills it while the
//! feed goes on. Messages come in order all the same.

use std::error::Error;
use std::time::{Duration, Instant};

use openbell_client::Error as ClientError;
use openbell_client::market_data::{JoinOptions, MarketData};

const USAGE: &str = "usage: recover_gap GROUP RETRANSMIT FIRST_NUMBER";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [group, retransmit, first] = &arguments[..] else { return Err(USAGE.into()) };
    let mut options = JoinOptions {
        retransmit: Some(retransmit.parse()?),
        first: first.parse()?,
        ..JoinOptions::new(group.parse()?)
    };
    loop {
        match follow(options.clone()).await {
            // The retransmission server was away for too long: go on where it stopped.
            Err(ClientError::Missing { number }) => {
                println!("message {number} is missing; joining again");
                options.first = number;
            }
            ended => return Ok(ended?),
        }
    }
}

/// Follows the feed to its end and tells, once a second, how far it is.
async fn follow(options: JoinOptions) -> openbell_client::Result<()> {
    let mut feed = MarketData::join(options).await?;
    let mut told = Instant::now();
    while let Some(message) = feed.next().await? {
        if Duration::from_secs(1) <= told.elapsed() {
            let seen = feed.statistics();
            println!(
                "at {}: {} gaps, {} requests, {} duplicates",
                message.number, seen.gaps, seen.requests, seen.duplicates
            );
            told = Instant::now();
        }
    }
    println!("end of session: {:?}", feed.statistics());
    Ok(())
}
