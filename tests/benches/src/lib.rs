//! What the benches share: one deterministic flow of operations, the ladder they are compared with, and the ruler.
//!
//! A figure of one machine is good to a factor of two; only a ratio of rounds played in turns says something.

pub mod flow;
pub mod instructions;
pub mod ladder;
pub mod market;
pub mod random;
pub mod report;
