//! All that is deterministic in the exchange.
//!
//! A pure function from one ordered log of commands to a stream of events: no clock, randomness, socket,
//! file, thread, float or hash order. Whatever changes an outcome is an argument; whatever is decided is
//! returned.

#![forbid(unsafe_code)]

pub mod command;
mod limits;
pub mod pace;
mod repetition;
pub mod event;
pub mod record;
mod digest;
mod members;
pub mod instrument;
pub mod admission;
pub mod book;
pub mod matcher;
mod collar;
mod asked;
mod self_match;
mod continuous;
mod refusals;
mod prevention;
mod bust;
mod trading_state;
pub mod cross;
mod reserve;
pub mod outbox;
pub mod context;
pub mod order_entry;
pub mod market_data;
pub mod trade;
pub mod shard;
#[cfg(feature = "planted-bugs")]
pub mod planted;
#[cfg(test)]
mod rules;
