//! The benchmark's C structures: layouts and codes, nothing else.
//!
//! Prices are ticks of half a cent; a side is 0 for buy and 1 for sell.

use std::ffi::c_void;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, transmute_ref};

/// A new order.
#[derive(Clone, Copy, Debug, Default, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct NewOrder {
    pub order_id: u64,
    pub sequence_number: u64,
    pub price_ticks: i64,
    pub quantity: u32,
    pub side: u8,
    /// 1: what does not trade at once is cancelled.
    pub immediate_or_cancel: u8,
    pub reserved: [u8; 2],
}

const _: () = assert!(size_of::<NewOrder>() == 32);

/// The end of an order.
#[derive(Clone, Copy, Debug, Default, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Cancel {
    pub order_id: u64,
    pub sequence_number: u64,
}

const _: () = assert!(size_of::<Cancel>() == 16);

/// A new price and open quantity for an order, which loses its place.
#[derive(Clone, Copy, Debug, Default, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Modify {
    pub order_id: u64,
    pub sequence_number: u64,
    pub price_ticks: i64,
    pub quantity: u32,
    /// The side the order has.
    pub side: u8,
    pub reserved: [u8; 3],
}

const _: () = assert!(size_of::<Modify>() == 32);

/// One message of a batch: its kind, and the words of the structure it stands for.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Message {
    /// 0: [`NewOrder`], 1: [`Cancel`], 2: [`Modify`].
    pub kind: u8,
    pub reserved: [u8; 7],
    pub words: [u64; 4],
}

const _: () = assert!(size_of::<Message>() == 40);

/// A message by its kind.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    NewOrder(&'a NewOrder),
    Cancel(Cancel),
    Modify(&'a Modify),
}

impl Message {
    /// Reads the words as what the kind says they are.
    pub fn kind(&self) -> Kind<'_> {
        match self.kind {
            0 => Kind::NewOrder(transmute_ref!(&self.words)),
            1 => {
                let [order_id, sequence_number, ..] = self.words;
                Kind::Cancel(Cancel { order_id, sequence_number })
            }
            2 => Kind::Modify(transmute_ref!(&self.words)),
            kind => panic!("the benchmark has no message of kind {kind}"),
        }
    }
}

/// What a report says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum ReportKind {
    OrderAccepted = 0,
    Trade = 1,
    Canceled = 2,
    Modified = 3,
    CancelRejected = 4,
    ModifyRejected = 5,
}

/// What came of a message; fields that a kind does not use are zero.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Report {
    pub kind: ReportKind,
    pub side: u8,
    pub reserved: [u8; 6],
    /// That of the message.
    pub sequence_number: u64,
    pub order_id: u64,
    /// Of a trade: the resting order's price.
    pub price_ticks: i64,
    pub quantity: u32,
    pub reserved_2: u32,
    pub maker_order_id: u64,
    pub taker_order_id: u64,
    pub reserved_3: u64,
}

const _: () = assert!(size_of::<Report>() == 64);

impl Report {
    /// A report that says no more than whose and what it is.
    pub fn new(kind: ReportKind, sequence_number: u64, order_id: u64) -> Self {
        Self {
            kind,
            side: 0,
            reserved: [0; 6],
            sequence_number,
            order_id,
            price_ticks: 0,
            quantity: 0,
            reserved_2: 0,
            maker_order_id: 0,
            taker_order_id: 0,
            reserved_3: 0,
        }
    }
}

/// A queue through which reports go from one thread to another; each function has the handle that `create` gave.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Transport {
    pub create: extern "C" fn(capacity: u32) -> *mut c_void,
    /// Takes a report; 0 says that there is no room.
    pub push: extern "C" fn(queue: *mut c_void, report: &Report) -> i32,
    /// Gives reports to the reading thread, as many as there are and as there is room for.
    pub drain: extern "C" fn(queue: *mut c_void, out: *mut Report, room: u32) -> u32,
    pub flush: extern "C" fn(queue: *mut c_void),
    pub destroy: extern "C" fn(queue: *mut c_void),
}
