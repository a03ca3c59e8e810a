//! The matcher behind the C ABI of a public matching-engine benchmark.
//!
//! The benchmark's harness loads this crate as a shared library, hands it one order flow after another and compares
//! the reports that come back with those of unrelated engines (`docs/performance.md`, "The neutral benchmark").
//! What is measured is the venue's own [`engine::matcher::Matcher`]; the layers translate and remember ids.

pub mod abi;
mod adapter;
mod queue;
mod transport;
mod exports;

pub use adapter::Adapter;
pub use exports::{
    engine_flush, engine_init, engine_on_batch, engine_on_cancel, engine_on_modify,
    engine_on_new_order, engine_query_best_ask, engine_query_best_bid, engine_query_depth_at,
    engine_shutdown,
};
pub use transport::engine_get_transport;
