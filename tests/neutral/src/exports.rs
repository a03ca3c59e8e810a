//! The functions that the benchmark's harness looks up by name.
//!
//! They have no handle, so the one engine of a process stands in a static. The lock on it is never contended; a
//! harness that delivers in batches takes it once a batch.
#![expect(unsafe_code, reason = "exported names, and the harness's batches come as a pointer")]

use std::ffi::c_void;
use std::hint;
use std::sync::{Mutex, MutexGuard};

use crate::abi::{Cancel, Message, Modify, NewOrder, Report, Transport};
use crate::adapter::Adapter;
use crate::queue::Producer;
use crate::transport::producer_of;

static ENGINE: Mutex<Option<Engine>> = Mutex::new(None);

/// The engine and where its reports go.
struct Engine {
    adapter: Adapter,
    reports: Reports,
}

enum Reports {
    Harness(Harness),
    Blocks(Producer),
}

/// The harness's own queue.
struct Harness {
    push: extern "C" fn(*mut c_void, &Report) -> i32,
    queue: *mut c_void,
}

// SAFETY: the pointer is never followed here; it goes back to the harness, which gave it for use from the thread that
// delivers messages, and no report is pushed from any other.
unsafe impl Send for Harness {}

impl Reports {
    /// Pushes a report, as soon as the queue takes it.
    fn push(&mut self, report: &Report) {
        match self {
            Self::Harness(harness) => {
                while (harness.push)(harness.queue, report) == 0 {
                    hint::spin_loop();
                }
            }
            Self::Blocks(producer) => producer.push(report),
        }
    }

    fn publish(&mut self) {
        if let Self::Blocks(producer) = self {
            producer.publish();
        }
    }
}

fn with<T>(work: impl FnOnce(&mut Engine) -> T) -> T {
    let mut engine: MutexGuard<'_, Option<Engine>> =
        ENGINE.lock().expect("a panic inside ends the process");
    work(engine.as_mut().expect("the harness calls engine_init first"))
}

/// Opens an empty book whose reports go to `queue`.
#[unsafe(no_mangle)]
pub extern "C" fn engine_init(_seed: u64, transport: &Transport, queue: *mut c_void) {
    let reports = match producer_of(transport) {
        Some(producer) => Reports::Blocks(producer),
        None => Reports::Harness(Harness { push: transport.push, queue }),
    };
    let engine = Engine { adapter: Adapter::new(), reports };
    *ENGINE.lock().expect("a panic inside ends the process") = Some(engine);
}

/// Forgets the book.
#[unsafe(no_mangle)]
pub extern "C" fn engine_shutdown() {
    *ENGINE.lock().expect("a panic inside ends the process") = None;
}

/// Takes a new order.
#[unsafe(no_mangle)]
pub extern "C" fn engine_on_new_order(order: &NewOrder) {
    with(|engine| engine.adapter.enter(order, |report| engine.reports.push(report)));
}

/// Takes a cancel.
#[unsafe(no_mangle)]
pub extern "C" fn engine_on_cancel(cancel: &Cancel) {
    with(|engine| engine.adapter.cancel(cancel, |report| engine.reports.push(report)));
}

/// Takes a modification.
#[unsafe(no_mangle)]
pub extern "C" fn engine_on_modify(modify: &Modify) {
    with(|engine| engine.adapter.modify(modify, |report| engine.reports.push(report)));
}

/// Takes `count` messages, one after the other.
///
/// # Safety
///
/// `messages` points to as many, which stay as they are during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_on_batch(messages: *const Message, count: u32) {
    // SAFETY: the caller keeps the contract above.
    let messages = unsafe { std::slice::from_raw_parts(messages, count as usize) };
    with(|engine| {
        for message in messages {
            engine.adapter.take(message, |report| engine.reports.push(report));
        }
        engine.reports.publish();
    });
}

/// Hands over the last reports; every message was done when its call returned.
#[unsafe(no_mangle)]
pub extern "C" fn engine_flush() {
    with(|engine| engine.reports.publish());
}

/// The best bid in ticks, or the least number there is.
#[unsafe(no_mangle)]
pub extern "C" fn engine_query_best_bid() -> i64 {
    with(|engine| engine.adapter.best_bid().unwrap_or(i64::MIN))
}

/// The best offer in ticks, or the greatest number there is.
#[unsafe(no_mangle)]
pub extern "C" fn engine_query_best_ask() -> i64 {
    with(|engine| engine.adapter.best_ask().unwrap_or(i64::MAX))
}

/// Open shares at one price of a side.
#[unsafe(no_mangle)]
pub extern "C" fn engine_query_depth_at(price_ticks: i64, side: u8) -> u64 {
    with(|engine| engine.adapter.depth_at(price_ticks, side))
}
