//! Writes the feed of the day to a file, from its first message to the end of the session.
//!
//! ```text
//! cargo run --example record_feed -- 239.255.64.1:26410 127.0.0.1:26401 today.itch
//! ```
//!
//! The file is BinaryFILE, as exchanges publish it: each message behind its length in two bytes, a
//! length of zero at the end of the session.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

use openbell_client::market_data::{JoinOptions, MarketData};
use openbell_client::protocol::itch::{END_OF_SESSION, write_framed};

const USAGE: &str = "usage: record_feed GROUP RETRANSMIT FILE";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [group, retransmit, path] = &arguments[..] else { return Err(USAGE.into()) };
    let options =
        JoinOptions { retransmit: Some(retransmit.parse()?), ..JoinOptions::new(group.parse()?) };
    let mut feed = MarketData::join(options).await?;
    // Never over a recording that is there.
    let mut file = BufWriter::new(File::create_new(path)?);
    let mut framed = Vec::new();
    let mut count = 0_u64;
    loop {
        tokio::select! {
            message = feed.next() => match message? {
                Some(message) => {
                    framed.clear();
                    write_framed(&message.bytes, &mut framed)?;
                    file.write_all(&framed)?;
                    count += 1;
                }
                None => {
                    file.write_all(&END_OF_SESSION)?;
                    break;
                }
            },
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                break;
            }
        }
    }
    file.into_inner()?.sync_all()?;
    println!("{count} messages in {path}; {:?}", feed.statistics());
    Ok(())
}
