//! The end-to-end suite: one binary, a file for each promise.

mod bad_input;
mod day_end;
mod differential;
mod disconnect;
mod drain;
mod exposure;
mod feed;
mod first_trade;
mod fuzz;
mod kill;
mod limits;
mod mass_cancel;
mod opening;
mod operator;
mod readme;
mod replay;
mod shards;
mod tools;
mod tidy;

/// The venue's program, built with the tests.
const VENUE: &str = env!("CARGO_BIN_EXE_venue-under-test");
