//! Where the state of the venue and the limits of the port stand among the checks of Enter and Replace.

use engine::command::{Command, KillScope, Locate, Member};
use openbell_tests::order::enter;
use protocol::enums::{EventCode, TradingState};

use super::floor::{ASKER, Floor, asker_with};
use super::judge::{Happening, Judge};
use super::message::{Place, at};
use super::table::Told;
use super::{message, tables};

/// Something that refuses a right order, what it refuses it with, and the reason of the first wrong field that it
/// comes before; none: it is the last.
struct Condition {
    name: &'static str,
    reason: u16,
    before: Option<u16>,
    happen: Happening,
}

const FIRM: Option<u16> = Some(0x000C);
const SIDE: Option<u16> = Some(0x0009);
const SWEEP: Option<u16> = Some(0x0024);

const CONDITIONS: [Condition; 10] = [
    Condition {
        name: "market hours have ended",
        reason: 0x0002,
        before: FIRM,
        happen: |floor, _| {
            floor.command(&Command::SystemEvent { code: EventCode::EndOfMarketHours });
        },
    },
    Condition {
        name: "entry is disabled",
        reason: 0x000C,
        before: FIRM,
        happen: |floor, number| floor.send(&message::disable().bytes(number, 0)),
    },
    Condition {
        name: "a kill switch is engaged",
        reason: 0x000C,
        before: FIRM,
        happen: |floor, _| {
            floor.command(&Command::KillSwitch { scope: KillScope::Port(ASKER), engaged: true });
        },
    },
    Condition {
        name: "the message rate is used up",
        reason: 0x0029,
        before: SIDE,
        happen: |floor, number| {
            floor.command(&asker_with(|limits| limits.messages_per_second = 1));
            floor.send(&enter(number, b'B', 0, "TEST", 1));
        },
    },
    Condition {
        name: "the symbol is restricted",
        reason: 0x0022,
        before: SWEEP,
        happen: |floor, _| restrict(floor, true),
    },
    Condition {
        name: "above the largest quantity",
        reason: 0x0031,
        before: None,
        happen: |floor, _| floor.command(&asker_with(|limits| limits.max_quantity = 99)),
    },
    Condition {
        name: "above the notional of one order",
        reason: 0x0030,
        before: None,
        happen: |floor, _| {
            floor.command(&asker_with(|limits| limits.single_order_notional = 9_999_999));
        },
    },
    Condition {
        name: "above the gross exposure",
        reason: 0x0020,
        before: None,
        happen: |floor, _| floor.command(&asker_with(|limits| limits.gross_exposure = 9_999_999)),
    },
    Condition {
        name: "the instrument is halted",
        reason: 0x0007,
        before: None,
        happen: |floor, _| trade(floor, TradingState::Halted),
    },
    Condition {
        name: "the message rate in the symbol is used up",
        reason: 0x0028,
        before: None,
        happen: |floor, number| {
            floor.command(&asker_with(|limits| limits.symbol_messages_per_second = 1));
            floor.send(&enter(number, b'B', 1, "TEST", 1));
        },
    },
];

#[test]
fn the_state_of_the_venue_has_its_place_among_the_checks() {
    let table = tables::all().into_iter().next().expect("Enter Order is the first");
    for Condition { name, reason, before, happen } in CONDITIONS {
        let mut judge = Judge::new();
        judge.let_happen(happen);
        let rows = table.examples();
        let place = rows
            .iter()
            .position(|(.., told)| before.map(Told::Refused) == Some(*told))
            .unwrap_or(rows.len());
        let mut case = table.case(&[], Told::Refused(reason));
        case.what = format!("{name}: {}", case.what);
        judge.check(&case, table.done);
        for (row, (field, value, told)) in rows.into_iter().enumerate() {
            let told = if row < place { told } else { Told::Refused(reason) };
            let mut case = table.case(&[(field, value)], told);
            case.what = format!("{name}: {}", case.what);
            judge.check(&case, table.done);
        }
    }
}

/// Something that refuses a right Replace of an order that is in, and what undoes it.
struct Meanwhile {
    name: &'static str,
    reason: u16,
    /// How many of the last rows of the table stand behind it.
    rows_behind: usize,
    happen: [Happening; 2],
}

/// The sweep, the market price and the side that only the instrument can judge.
const ALL_BUT_DETAILS: usize = 3;
/// The side that only the instrument can judge.
const SIDE_ALONE: usize = 1;

const MEANWHILE: [Meanwhile; 6] = [
    Meanwhile {
        name: "entry is disabled",
        reason: 0x000C,
        rows_behind: ALL_BUT_DETAILS,
        happen: [
            |floor, number| floor.send(&message::disable().bytes(number, 0)),
            |floor, number| floor.send(&message::enable().bytes(number, 0)),
        ],
    },
    Meanwhile {
        name: "the message rate is used up",
        reason: 0x0029,
        rows_behind: ALL_BUT_DETAILS,
        happen: [
            |floor, number| {
                floor.command(&asker_with(|limits| limits.messages_per_second = 1));
                floor.send(&enter(number, b'B', 0, "TEST", 1));
            },
            unlimited,
        ],
    },
    Meanwhile {
        name: "the symbol is restricted",
        reason: 0x0022,
        rows_behind: ALL_BUT_DETAILS,
        happen: [|floor, _| restrict(floor, true), |floor, _| restrict(floor, false)],
    },
    Meanwhile {
        name: "above the largest quantity",
        reason: 0x0031,
        rows_behind: SIDE_ALONE,
        happen: [
            |floor, _| floor.command(&asker_with(|limits| limits.max_quantity = 499)),
            unlimited,
        ],
    },
    Meanwhile {
        name: "above the notional of one order",
        reason: 0x0030,
        rows_behind: SIDE_ALONE,
        happen: [
            |floor, _| {
                floor.command(&asker_with(|limits| limits.single_order_notional = 49_999_999));
            },
            unlimited,
        ],
    },
    Meanwhile {
        name: "the instrument is halted",
        reason: 0x0007,
        rows_behind: 0,
        happen: [
            |floor, _| trade(floor, TradingState::Halted),
            |floor, _| trade(floor, TradingState::Trading),
        ],
    },
];

fn unlimited(floor: &mut Floor, _: u32) {
    floor.command(&asker_with(|_| {}));
}

fn restrict(floor: &mut Floor, restricted: bool) {
    let (member, locate) = (Member::Port(ASKER), Locate(1));
    floor.command(&Command::SymbolRestricted { member, locate, restricted });
}

fn trade(floor: &mut Floor, state: TradingState) {
    floor.command(&Command::TradingAction { locate: Locate(1), state, reason: *b"    " });
}

#[test]
fn the_state_of_the_venue_has_its_place_among_the_checks_of_a_replacement() {
    let [_, table, ..] = tables::all();
    for Meanwhile { name, reason, rows_behind, happen } in MEANWHILE {
        let mut judge = Judge::new();
        judge.meanwhile = Some(happen);
        let mut case = table.case(&[], Told::Refused(reason));
        case.what = format!("{name}: {}", case.what);
        judge.check(&case, table.done);
        let rows = table.examples();
        let place = rows.len() - rows_behind;
        for (row, (field, value, told)) in rows.into_iter().enumerate() {
            let told = if row < place { told } else { Told::Refused(reason) };
            let mut case = table.case(&[(field, value)], told);
            case.what = format!("{name}: {}", case.what);
            judge.check(&case, table.done);
        }
        judge.finish();
    }
}

#[test]
fn a_replacement_of_an_instrument_in_round_lots_is_of_round_lots() {
    let [_, table, ..] = tables::all();
    let mut judge = Judge::new();
    for (quantity, told) in [
        (1_u32, Told::OriginalCanceled),
        (150, Told::OriginalCanceled),
        (999_999, Told::OriginalCanceled),
        (100, Told::Taken),
        (999_900, Told::Taken),
    ] {
        let mut case = table.case(&[(at("quantity", 9), quantity.to_be_bytes().to_vec())], told);
        case.original = case.original.with(Place::At(10), b"LOTS    ");
        judge.check(&case, table.done);
    }
    judge.finish();
}
