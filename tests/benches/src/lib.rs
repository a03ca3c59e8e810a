//! What the benches share: the flow of `openbell-rulers` as commands and requests, and how figures are told.
//!
//! A figure of one machine is good to a factor of two; only a ratio of rounds played in turns says something.

pub mod instructions;
pub mod market;
pub mod log;
pub mod playing;
pub mod options;
pub mod report;
