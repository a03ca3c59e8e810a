//! Where the state of the venue and the limits of the port stand among the checks of an Enter Order.

use engine::command::{Command, KillScope, Locate, Member};
use openbell_tests::order::enter;
use protocol::enums::{EventCode, TradingState};

use super::floor::{ASKER, Floor, asker_with};
use super::judge::Judge;
use super::table::Told;
use super::{message, tables};

/// Something that refuses a right order, what it refuses it with, and the reason of the first wrong field that it
/// comes before; none: it is the last.
struct Condition {
    name: &'static str,
    reason: u16,
    before: Option<u16>,
    happen: fn(&mut Floor, u32),
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
        happen: |floor, _| {
            let (member, locate) = (Member::Port(ASKER), Locate(1));
            floor.command(&Command::SymbolRestricted { member, locate, restricted: true });
        },
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
        happen: |floor, _| {
            let (locate, state) = (Locate(1), TradingState::Halted);
            floor.command(&Command::TradingAction { locate, state, reason: *b"    " });
        },
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
