//! What the tests are made of: an oracle written from the rules, and what is fed to it and to the venue.

pub mod generator;
pub mod model;
pub mod postgres;
pub mod evidence;
pub mod samples;
pub mod simulator;
pub mod harness;
pub mod order;
