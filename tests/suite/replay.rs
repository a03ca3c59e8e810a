//! A recorded day played in as orders: the venue fills what was filled and keeps the book that was kept.

use std::fs;
use std::path::Path;
use std::process::Command;

use openbell_tests::evidence;
use openbell_tests::harness::{PASSWORD, Setup, Venue};
use openbell_tests::samples::real_day;
use protocol::itch::{
    AddOrder, AddOrderMpid, OrderCancel, OrderDelete, OrderExecuted, OrderExecutedWithPrice,
    OrderReplace, StockDirectory, Trade, write_framed,
};
use protocol::{Mpid, Price, Symbol};
use serde_json::Value;
use tempfile::TempDir;
use zerocopy::{FromZeros, Immutable, IntoBytes};

/// The stock of all other days.
const TEST: Symbol = Symbol(*b"TEST    ");

/// Every message that the book knows, and one it does not.
const DAY: &str = "
    A 1 B 100 10.00
    A 2 B 100 10.00
    A 3 S 300 10.05
    F 4 S 200 10.05
    A 5 B 500 9.99
    P 50 10.02
    E 1 40
    X 5 100
    A 6 B 70 10.00
    U 3 7 250 10.05
    E 4 200
    E 7 50
    U 7 8 100 10.04
    X 8 30
    E 8 20
    U 8 9 60 10.05
    E 1 60
    E 2 90
    C 2 4 9.95
    E 2 6
    E 6 70
    D 5
    A 10 B 1 10.04
";

#[test]
fn a_real_day_is_filled_as_it_was() {
    let path = match real_day() {
        Ok(path) => path,
        Err(skipped) => {
            eprintln!("{skipped}");
            evidence::write("REPLAY", &skipped);
            return;
        }
    };
    let replay = Replay::of_file(&path, &[]);
    replay.expect_equal();
    let (executions, books) = (&replay.report["executions"], &replay.report["books"]);
    assert_eq!(executions["equal"], 849);
    assert_eq!(books["comparisons"], 10);
    let line = format!(
        "849 executions equal, 0 different, books equal: {} levels with {} orders in {} comparisons",
        books["levels"], books["orders"], books["comparisons"]
    );
    evidence::write("REPLAY", &line);
}

#[test]
fn every_kind_of_message_becomes_its_order() {
    let replay = Replay::of(DAY, &["--compare-every", "1"]);
    replay.expect_equal();
    assert_eq!(replay.report["executions"]["equal"], 8);
    let messages = r#"{"A":6,"C":1,"D":1,"E":8,"F":1,"P":1,"R":1,"U":3,"X":2}"#;
    assert_eq!(replay.report["messages"].to_string(), messages);
}

#[test]
fn an_execution_moved_to_another_order_is_a_difference() {
    let moved = DAY.replace("E 1 40", "E 2 10").replace("E 1 60", "E 1 90");
    assert_ne!(moved, DAY);
    let replay = Replay::of(&moved.replace("E 2 90", "E 2 80"), &[]);
    replay.expect_different(&["message 8: the day traded 10 shares of order 2 at 10.0000, \
         the venue 10 shares of order 1 at 10.0000"]);
    assert_eq!(replay.report["executions"]["expected"], 8);
}

#[test]
fn another_place_in_the_queue_is_a_difference() {
    let replay = Replay::of("A 1 S 10 5.00\nA 2 S 10 5.00\nU 1 3 10 5.00\nE 3 10", &[]);
    replay.expect_different(&[
        "message 5: the day traded 10 shares of order 3 at 5.0000, \
         the venue 10 shares of order 2 at 5.0000",
        "after message 5: TEST offer 5.0000, place 1: the day has order 2 with 10 shares, \
         the venue order 3 with 10 shares",
    ]);
}

#[test]
fn an_order_that_trades_where_it_rested_is_a_difference() {
    let replay = Replay::of("A 1 S 10 5.00\nA 2 B 4 5.00", &[]);
    replay.expect_different(&[
        "the venue traded 4 shares of order 1 at 5.0000, the day did not",
        "after message 3: TEST bid 5.0000, place 1: the day has order 2 with 4 shares, \
         the venue nothing",
        "after message 3: TEST offer 5.0000, place 1: the day has order 1 with 10 shares, \
         the venue order 1 with 6 shares",
    ]);
    assert_eq!(replay.report["executions"]["unexpected"], 1);
}

#[test]
fn a_venue_that_runs_is_played_to_by_three_accounts() {
    let setup = Setup::new(&["TEST"], &["EVEN", "ODD", "TAKE"]);
    let line = setup.group.to_string();
    let venue = Venue::start(crate::VENUE, setup);
    let address = |name| venue.address(name).to_string();
    let (orders, retransmit) = (address("order_entry"), address("retransmit"));
    let accounts = ["EVEN", "ODD", "TAKE"].map(|name| format!("{name}:{PASSWORD}"));
    let mut options = vec!["--address", &orders, "--line-a", &line, "--retransmit", &retransmit];
    options.extend(accounts.iter().flat_map(|account| ["--account", account]));
    Replay::of(DAY, &options).expect_equal();

    let again = Replay::of(DAY, &options);
    assert_eq!(again.code, 1);
    assert!(again.errors.contains("a replay needs an empty book"), "{}", again.errors);
}

#[test]
fn a_venue_that_is_not_there_cannot_be_reached() {
    let accounts = ["--account", "A:A", "--account", "B:B"];
    let replay = Replay::of(DAY, &[["--address", "127.0.0.1:1"].as_slice(), &accounts].concat());
    assert_eq!(replay.code, 4, "{}", replay.errors);
}

#[test]
fn a_file_that_contradicts_itself_is_damaged() {
    let replay = Replay::of("A 1 B 10 5.00\nE 1 11", &[]);
    assert_eq!(replay.code, 5, "{}", replay.errors);
    let text = "message 3: order 1 has 10 shares and is to lose 11";
    assert!(replay.errors.contains(text), "{}", replay.errors);
}

/// What the tool made of a file.
struct Replay {
    code: i32,
    report: Value,
    errors: String,
}

impl Replay {
    /// Plays a day of lines, such as `A 1 B 100 10.00`: type, reference, then the fields as in ITCH.
    fn of(lines: &str, options: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let path = folder.path().join("day.itch");
        fs::write(&path, recorded(lines)).expect("the folder can be written");
        Self::of_file(&path, options)
    }

    fn of_file(path: &Path, options: &[&str]) -> Self {
        let output = Command::new(env!("CARGO_BIN_EXE_openbell-under-test"))
            .args(["feed", "replay", "--json", "--as-orders"])
            .arg(path)
            .args(options)
            .output()
            .expect("the tool was built with the tests");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Self { code: output.status.code().expect("the tool was not killed"), report, errors }
    }

    fn expect_equal(&self) {
        let Self { code, report, errors } = self;
        assert_eq!((*code, &report["equal"]), (0, &Value::Bool(true)), "{report:#}\n{errors}");
        assert_eq!(report["executions"]["different"], 0);
        assert_eq!(report["executions"]["unexpected"], 0);
        assert_eq!(report["books"]["different"], 0);
        assert_eq!(report["refused"], 0);
        assert_eq!(report["first_differences"], serde_json::json!([]));
    }

    /// Expects that the first differences are these, and that the others are the consequences.
    fn expect_different(&self, first: &[&str]) {
        let Self { code, report, errors } = self;
        assert_eq!((*code, &report["equal"]), (1, &Value::Bool(false)), "{report:#}\n{errors}");
        let differences = report["first_differences"].as_array().expect("a list");
        let differences = differences.iter().map(|text| text.as_str().expect("a text"));
        assert_eq!(differences.take(first.len()).collect::<Vec<_>>(), first);
    }
}

/// Writes a day as a recorder would have, with the stock's announcement before it.
fn recorded(lines: &str) -> Vec<u8> {
    let mut file = Vec::new();
    write(
        StockDirectory {
            message_type: StockDirectory::TYPE,
            stock: TEST,
            ..FromZeros::new_zeroed()
        },
        &mut file,
    );
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[0] {
            "A" => write(added(&words), &mut file),
            "F" => write(attributed(added(&words)), &mut file),
            "U" => write(replaced(&words), &mut file),
            "P" => write(traded(&words), &mut file),
            _ => write_change(&words, &mut file),
        }
    }
    file
}

fn added(words: &[&str]) -> AddOrder {
    AddOrder {
        message_type: AddOrder::TYPE,
        order_reference_number: number(words[1]).into(),
        buy_sell_indicator: words[2].as_bytes()[0],
        shares: shares(words[3]).into(),
        stock: TEST,
        price: price(words[4]).into(),
        ..FromZeros::new_zeroed()
    }
}

fn attributed(order: AddOrder) -> AddOrderMpid {
    AddOrderMpid {
        message_type: AddOrderMpid::TYPE,
        order_reference_number: order.order_reference_number,
        buy_sell_indicator: order.buy_sell_indicator,
        shares: order.shares,
        stock: order.stock,
        price: order.price,
        attribution: Mpid(*b"FIRM"),
        ..FromZeros::new_zeroed()
    }
}

fn replaced(words: &[&str]) -> OrderReplace {
    OrderReplace {
        message_type: OrderReplace::TYPE,
        original_order_reference_number: number(words[1]).into(),
        new_order_reference_number: number(words[2]).into(),
        shares: shares(words[3]).into(),
        price: price(words[4]).into(),
        ..FromZeros::new_zeroed()
    }
}

fn traded(words: &[&str]) -> Trade {
    Trade {
        message_type: Trade::TYPE,
        buy_sell_indicator: b'B',
        shares: shares(words[1]).into(),
        stock: TEST,
        price: price(words[2]).into(),
        ..FromZeros::new_zeroed()
    }
}

/// Appends what happens to a resting order.
fn write_change(words: &[&str], file: &mut Vec<u8>) {
    let order_reference_number = number(words[1]).into();
    match *words {
        ["E", _, executed] => write(
            OrderExecuted {
                message_type: OrderExecuted::TYPE,
                order_reference_number,
                executed_shares: shares(executed).into(),
                ..FromZeros::new_zeroed()
            },
            file,
        ),
        ["C", _, executed, at] => write(
            OrderExecutedWithPrice {
                message_type: OrderExecutedWithPrice::TYPE,
                order_reference_number,
                executed_shares: shares(executed).into(),
                printable: b'Y',
                execution_price: price(at).into(),
                ..FromZeros::new_zeroed()
            },
            file,
        ),
        ["X", _, canceled] => write(
            OrderCancel {
                message_type: OrderCancel::TYPE,
                order_reference_number,
                canceled_shares: shares(canceled).into(),
                ..FromZeros::new_zeroed()
            },
            file,
        ),
        ["D", _] => write(
            OrderDelete {
                message_type: OrderDelete::TYPE,
                order_reference_number,
                ..FromZeros::new_zeroed()
            },
            file,
        ),
        _ => panic!("no message: {words:?}"),
    }
}

/// Appends a message of stock locate 1.
fn write(message: impl IntoBytes + Immutable, file: &mut Vec<u8>) {
    let mut bytes = message.as_bytes().to_vec();
    bytes[2] = 1;
    write_framed(&bytes, file).expect("every message has a length");
}

fn number(word: &str) -> u64 {
    word.parse().expect("a number")
}

fn shares(word: &str) -> u32 {
    word.parse().expect("a number of shares")
}

fn price(word: &str) -> u32 {
    word.parse::<Price>().expect("a price").ten_thousandths()
}
