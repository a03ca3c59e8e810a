//! Crosses: one price for everything that meets at one moment.
//!
//! See `docs/rulebook.md`, "Cross price".

pub mod price;
mod queues;
mod auction;
mod waiting;
#[cfg(test)]
mod brute_force;
