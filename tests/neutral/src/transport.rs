//! The queue of this library for the harness that asks for one, in place of its own.
//!
//! It is offered only when `OPENBELL_NEUTRAL_QUEUE` is `blocks`: with the harness's own queue engines are compared
//! on one and the same. There is one queue a process, so that its handle means nothing.
#![expect(unsafe_code, reason = "an exported name, and room for reports that comes as a pointer")]

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};

use crate::abi::{Report, Transport};
use crate::queue::{Consumer, Producer, queue};

/// What asks for this queue.
const VARIABLE: &str = "OPENBELL_NEUTRAL_QUEUE";

static BLOCKS: Transport = Transport { create, push, drain, flush, destroy };

static PRODUCER: Mutex<Option<Producer>> = Mutex::new(None);
static CONSUMER: Mutex<Option<Consumer>> = Mutex::new(None);

/// Takes the writing end of the queue, if the harness was given it.
pub(crate) fn producer_of(transport: &Transport) -> Option<Producer> {
    if !ptr::eq(transport, &BLOCKS) {
        return None;
    }
    PRODUCER.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Gives the harness this library's queue, or nothing: it then uses its own.
#[unsafe(no_mangle)]
pub extern "C" fn engine_get_transport() -> Option<&'static Transport> {
    std::env::var_os(VARIABLE).is_some_and(|value| value == "blocks").then_some(&BLOCKS)
}

extern "C" fn create(capacity: u32) -> *mut c_void {
    let (producer, consumer) = queue(capacity as usize);
    *PRODUCER.lock().unwrap_or_else(PoisonError::into_inner) = Some(producer);
    *CONSUMER.lock().unwrap_or_else(PoisonError::into_inner) = Some(consumer);
    NonNull::<c_void>::dangling().as_ptr()
}

/// Takes nothing: the engine writes into the queue by itself.
extern "C" fn push(_: *mut c_void, _: &Report) -> i32 {
    0
}

extern "C" fn drain(_: *mut c_void, out: *mut Report, room: u32) -> u32 {
    let mut consumer = CONSUMER.lock().unwrap_or_else(PoisonError::into_inner);
    let consumer = consumer.as_mut().expect("the harness drains between create and destroy");
    // SAFETY: the harness gives the beginning of an array of its own with room for as many reports, and does not
    // look at it before the return. Nothing is read from it here, so it need not be initialised.
    let out =
        unsafe { std::slice::from_raw_parts_mut(out.cast::<MaybeUninit<Report>>(), room as usize) };
    u32::try_from(consumer.drain(out)).expect("no more than there is room for")
}

extern "C" fn flush(_: *mut c_void) {}

extern "C" fn destroy(_: *mut c_void) {
    *CONSUMER.lock().unwrap_or_else(PoisonError::into_inner) = None;
}
