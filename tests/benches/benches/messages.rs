//! What a message costs on its way: OUCH and ITCH, records of the log, admission.
//!
//! ```sh
//! cargo bench -p openbell-benches --bench messages
//! ```
//!
//! Messages lie one after another as in a read buffer, and are written one after another into a buffer that is
//! handed on when it is full; the flow is that of the engine's bench.

use std::hint::black_box;
use std::time::Instant;

use engine::admission::{Admission, Conditions, Decision};
use engine::record;
use openbell_benches::market::{self, OPENING_NS};
use openbell_benches::report::{Figure, median, publish};
use openbell_rulers::workload::{MIXED, Operation, SEED, Shape, Workload};
use protocol::itch;
use protocol::ouch::{self, Inbound, outbound};
use protocol::time::U48;
use zerocopy::IntoBytes;

const ROUNDS: usize = 9;

const SHAPE: Shape = Shape { name: "messages", symbols: 1_000, resting: 100_000, ..MIXED };
const OPERATIONS: u32 = 1_000_000;

fn main() -> anyhow::Result<()> {
    let flow = Workload::generate(SHAPE, OPERATIONS, SEED);
    let requests = Packed::of(&flow.operations, market::request);
    let records = Packed::of(&flow.operations, record);
    let figures = [
        figure("OUCH requests: decode", || decode_requests(&requests)),
        figure("OUCH Order Accepted: encode", || encode(&flow.operations, accepted)),
        figure("ITCH Add Order: encode", || encode(&flow.operations, added)),
        figure("records: encode", || encode(&flow.operations, record)),
        figure("records: decode", || decode_records(&records)),
        figure("admission: decode, decide and fold in", || admit(&flow, &requests)),
    ];
    publish("messages", &figures)
}

/// The median of the rounds of `work`, which does something to each operation and says how long one took.
fn figure(what: &str, work: impl FnMut() -> f64) -> Figure {
    let rounds: Vec<f64> = std::iter::repeat_with(work).take(ROUNDS).collect();
    Figure {
        what: what.to_owned(),
        ours: median(&rounds),
        limit: None,
        unit: "ns a message",
        goal: None,
    }
}

/// Messages one behind another, with their ends.
struct Packed {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Packed {
    fn of(operations: &[Operation], write: impl Fn(&Operation, &mut Vec<u8>)) -> Self {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for operation in operations {
            write(operation, &mut bytes);
            ends.push(bytes.len());
        }
        Self { bytes, ends }
    }

    fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }
}

/// Bytes of a buffer that is written and then handed on.
const BUFFER: usize = 1 << 16;

fn empty_when_full(out: &mut Vec<u8>) {
    if BUFFER - 2_048 < out.len() {
        black_box(&out);
        out.clear();
    }
}

fn encode(operations: &[Operation], write: impl Fn(&Operation, &mut Vec<u8>)) -> f64 {
    let mut out = Vec::with_capacity(BUFFER);
    each(operations.iter(), operations.len(), |operation| {
        write(operation, &mut out);
        empty_when_full(&mut out);
    })
}

fn decode_requests(requests: &Packed) -> f64 {
    each(requests.messages(), requests.ends.len(), |message| {
        black_box(Inbound::decode(message).expect("a request"));
    })
}

fn decode_records(records: &Packed) -> f64 {
    each(records.messages(), records.ends.len(), |message| {
        black_box(record::decode(message).expect("a record"));
    })
}

/// Decides every request after those of the fill, and folds in what was decided.
fn admit(flow: &Workload, requests: &Packed) -> f64 {
    let mut admission = Admission::default();
    let mut sequence = 0;
    let fill = flow.fill.iter().map(market::command);
    for command in market::opening(flow.shape.symbols).into_iter().chain(fill) {
        sequence += 1;
        admission.logged(sequence, sequence, &command);
    }
    let messages = requests.messages().zip(&flow.operations);
    each(messages, requests.ends.len(), |(message, operation)| {
        let port = market::key(operation.id).port;
        let message = Inbound::decode(message).expect("a request");
        let Decision::Log(command) =
            admission.decide(port, &message, sequence, Conditions::default())
        else {
            unreachable!("every request of the flow is logged");
        };
        sequence += 1;
        admission.logged(sequence, sequence, &command);
        if sequence.is_multiple_of(512) {
            admission.applied(sequence);
        }
    })
}

fn each<T>(items: impl Iterator<Item = T>, count: usize, work: impl FnMut(T)) -> f64 {
    let started = Instant::now();
    items.for_each(work);
    started.elapsed().as_secs_f64() * 1e9 / count as f64
}

fn record(operation: &Operation, out: &mut Vec<u8>) {
    record::encode(&market::command(operation), 1, out);
}

fn accepted(operation: &Operation, out: &mut Vec<u8>) {
    let fixed = outbound::OrderAccepted {
        message_type: outbound::OrderAccepted::TYPE,
        timestamp: OPENING_NS.into(),
        user_ref_num: operation.id.into(),
        side: market::side(operation).code(),
        quantity: operation.quantity.into(),
        symbol: protocol::Symbol(*b"AAPL    "),
        price: u64::from(operation.price * market::STEP).into(),
        time_in_force: b'0',
        display: b'Y',
        order_reference_number: u64::from(operation.id).into(),
        capacity: b'A',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        order_state: b'L',
        cl_ord_id: market::CL_ORD_ID,
    };
    ouch::encode(&fixed, Some(&[]), out);
}

fn added(operation: &Operation, out: &mut Vec<u8>) {
    let message = itch::AddOrder {
        message_type: itch::AddOrder::TYPE,
        stock_locate: operation.symbol.into(),
        tracking_number: 0.into(),
        timestamp: U48::new(u64::from(operation.id)),
        order_reference_number: u64::from(operation.id).into(),
        buy_sell_indicator: market::side(operation).code(),
        shares: operation.quantity.into(),
        stock: protocol::Symbol(*b"AAPL    "),
        price: (operation.price * market::STEP).into(),
    };
    out.extend_from_slice(message.as_bytes());
}
