//! The exchange: threads, sockets, files and database around the engine.
//!
//! Modules stand in the order of the path of data; `pipeline` wires it, `venue` is everything around it.

mod command_line;
pub mod config;
pub mod passwords;
pub mod gateway;
pub mod inbox;
pub mod sequencer;
pub mod clock;
pub mod batch;
pub mod link;
pub mod sharing;
pub mod journal;
pub mod stages;
pub mod store;
pub mod market_data;
pub mod outbound;
pub mod drain;
pub mod trades;
pub mod bust;
pub mod day;
pub mod accounts;
pub mod timetable;
pub mod crosses;
pub mod recovery;
mod replay;
pub mod pipeline;
pub mod venue;
pub mod admin;
pub mod metrics;
pub mod logging;
pub mod disk;
pub mod lock;

pub use command_line::main;
