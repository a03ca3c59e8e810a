//! What a trading program links to trade on Openbell: order entry, market data and order books.
//!
//! ```no_run
//! use openbell_client::order_entry::{ConnectOptions, Event, NewOrder, OrderEntry};
//!
//! # async fn trade() -> Result<(), Box<dyn std::error::Error>> {
//! let options = ConnectOptions::new("127.0.0.1:26400".parse()?, "ALICE", "PASSWORD");
//! let (venue, mut events) = OrderEntry::connect(options).await?;
//! let order = NewOrder::buy("AAPL", 100).limit("10.25".parse()?).cl_ord_id("first");
//! let order = venue.enter(order).await?;
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Executed(fill) if fill.order == order => {
//!             println!("bought {} at {}", fill.quantity, fill.price);
//!             venue.cancel(order).await?;
//!             venue.logout().await;
//!         }
//!         Event::Rejected(refusal) => println!("{}", refusal.reason.text()),
//!         Event::Disconnected { error, .. } => println!("{error}; it will be resumed"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - [`order_entry`]: OUCH 5.0. Keeps the numbers (UserRefNum) and, over lost connections, your
//!   orders and your place in the stream. Its core, [`order_entry::session`], needs no runtime.
//! - [`market_data`]: ITCH 5.0 over MoldUDP64. Both lines, gaps asked for, in order.
//! - [`book`]: every displayed order of every instrument, from the feed or from a file.
//!
//! Nothing here panics on what comes from outside, nothing is dropped in silence, every queue has a
//! limit, and every [`Error`] says whether trying again can help. The two protocols' own types come
//! with [`protocol`]. Programs that do each of these: the `examples` folder.

pub mod error;
pub mod order_entry;
pub mod market_data;
pub mod book;

pub use error::{Error, RequestError, Result};
pub use protocol;
