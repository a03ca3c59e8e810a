//! The tables: for each message type the right values of each field, and the answer to each wrong one.
//!
//! Written by hand from `docs/protocols/ouch.md` and from the rulebook's "Order of checks", in that order. When a
//! value becomes right it moves from its row under `wrong` to the line of its field under `right`.

use super::message::{self, APPENDAGE, Field, at, tag};
use super::table::Told::{OriginalCanceled, Refused, Silent, Taken};
use super::table::Values::{Codes, Every, Longs, Near, Numbers, Rest, Shorts, Texts};
use super::table::{Row, Table, Told, Values};

const FIRM: Field = tag("Firm", 2);
const MIN_QTY: Field = tag("MinQty", 3);
const CUSTOMER_TYPE: Field = tag("CustomerType", 4);
const MAX_FLOOR: Field = tag("MaxFloor", 5);
const PRICE_TYPE: Field = tag("PriceType", 6);
const PEG_OFFSET: Field = tag("PegOffset", 7);
const DISCRETION_PRICE: Field = tag("DiscretionPrice", 9);
const DISCRETION_PRICE_TYPE: Field = tag("DiscretionPriceType", 10);
const DISCRETION_PEG_OFFSET: Field = tag("DiscretionPegOffset", 11);
const POST_ONLY: Field = tag("PostOnly", 12);
const RANDOM_RESERVES: Field = tag("RandomReserves", 13);
const EXPIRE_TIME: Field = tag("ExpireTime", 15);
const TRADE_NOW: Field = tag("TradeNow", 16);
const HANDLE_INST: Field = tag("HandleInst", 17);
const GROUP_ID: Field = tag("GroupID", 24);
const SHARES_LOCATED: Field = tag("SharesLocated", 25);
const LOCATE_BROKER: Field = tag("LocateBroker", 26);
const SIDE_TAG: Field = tag("Side", 27);
const USER_REF_IDX: Field = tag("UserRefIdx", 28);
const AIQ_STRATEGY: Field = tag("AIQStrategy", 29);
const AIQ_GROUP_ID: Field = tag("AIQGroupID", 30);

const SIDE: Field = at("side", 5);
const QUANTITY: Field = at("quantity", 6);
const SYMBOL: Field = at("symbol", 10);
const PRICE: Field = at("price", 18);
const TIME_IN_FORCE: Field = at("time_in_force", 26);
const DISPLAY: Field = at("display", 27);
const CAPACITY: Field = at("capacity", 28);
const SWEEP: Field = at("intermarket_sweep_eligibility", 29);
const CROSS_TYPE: Field = at("cross_type", 30);

const REPLACED_QUANTITY: Field = at("quantity", 9);
const REPLACED_PRICE: Field = at("price", 13);
const REPLACED_TIME_IN_FORCE: Field = at("time_in_force", 21);
const REPLACED_DISPLAY: Field = at("display", 22);
const REPLACED_SWEEP: Field = at("intermarket_sweep_eligibility", 23);

/// What a Rejected may say here: `docs/protocols/ouch.md`, "Reject reasons".
const INVALID_DISPLAY: u16 = 0x0003;
const INVALID_MAX_FLOOR: u16 = 0x0004;
const INVALID_PEG_TYPE: u16 = 0x0005;
const INVALID_SIDE: u16 = 0x0009;
const FIRM_NOT_AUTHORIZED: u16 = 0x000C;
const INVALID_MIN_QUANTITY: u16 = 0x000D;
const OTHER: u16 = 0x000F;
const PEGGING_NOT_ALLOWED: u16 = 0x0011;
const INVALID_QUANTITY: u16 = 0x0013;
const INVALID_CROSS_ORDER: u16 = 0x0014;
const INVALID_SYMBOL: u16 = 0x0017;
const RETAIL_NOT_ALLOWED: u16 = 0x001A;
const INVALID_PRICE: u16 = 0x001D;
const ISO_NOT_ALLOWED: u16 = 0x0024;
const MARKET_ORDER_NOT_ALLOWED: u16 = 0x002C;
const POST_MARKET_NOT_ALLOWED: u16 = 0x002E;
const INVALID_AIQ: u16 = 0x0040;

/// The market prices, for a port that may not send them.
const MARKET: Values = Longs(&[0x7FFF_FFFF, 2_000_000_000]);
const WRONG_PRICES: Values = Longs(&[
    0,
    1_999_999_901,
    1_999_999_999,
    2_000_000_001,
    0x7FFF_FFFE,
    0x8000_0000,
    0xFFFF_FFFF,
    1 << 32,
    (1 << 32) + 100_000,
    (1 << 32) + 0x7FFF_FFFF,
    u64::MAX,
]);
const WRONG_QUANTITIES: Values = Numbers(&[0, 1_000_000, 0x7FFF_FFFF, 0x8000_0000, u32::MAX]);
/// Numbers that no order has.
const NO_ORDER: Values = Numbers(&[0, 0x7FFF_FFFF, u32::MAX]);
/// Numbers that were used already.
const USED: Values = Numbers(&[0, 1]);
/// Strategies of self-match prevention.
const STRATEGIES: Values = Codes(b"*NYDOWRydowrZEPXS01245");

const ANY: fn(u8) -> bool = |_| true;
const PLAIN: fn(u8) -> bool = |byte| byte == b' ' || byte.is_ascii_alphanumeric();
const NOT_PLAIN: fn(u8) -> bool = |byte| !PLAIN(byte);

/// All eight inbound messages.
pub(super) fn all() -> [Table; 8] {
    [enter(), replace(), cancel(), modify(), mass_cancel(), disable(), enable(), query()]
}

/// The attributes of an order: right values that both Enter and Replace take, and the wrong ones by number.
///
/// `told` is what Enter says; a Replace with any of these has invalid details.
fn right_attributes() -> Vec<(Field, Values)> {
    vec![
        (MIN_QTY, Numbers(&[0])),
        (MAX_FLOOR, Numbers(&[0, 100, 200, 4_294_967_200])),
        (PRICE_TYPE, Codes(b"L")),
        (PEG_OFFSET, Numbers(&[0])),
        (DISCRETION_PRICE, Longs(&[0])),
        (DISCRETION_PRICE_TYPE, Codes(b"L")),
        (DISCRETION_PEG_OFFSET, Numbers(&[0])),
        (POST_ONLY, Codes(b"NP")),
        (RANDOM_RESERVES, Numbers(&[0])),
        (EXPIRE_TIME, Numbers(&[0])),
        (TRADE_NOW, Codes(b"N ")),
        (HANDLE_INST, Codes(b" ")),
        (SHARES_LOCATED, Codes(b"YN")),
        (LOCATE_BROKER, Texts(&[b"LOCB", b"    ", b"locb", &[0; 4], &[0xFF; 4]])),
        (AIQ_STRATEGY, STRATEGIES),
        (AIQ_GROUP_ID, Texts(&[b"**", b"  ", b"AA"])),
        (AIQ_GROUP_ID, Near(b"AA", PLAIN)),
    ]
}

fn wrong_attributes() -> Vec<(Field, Values, u16)> {
    vec![
        (MIN_QTY, Numbers(&[101, 1, 99, 100, 200, u32::MAX]), INVALID_MIN_QUANTITY),
        (CUSTOMER_TYPE, Rest, OTHER),
        (MAX_FLOOR, Numbers(&[1, 99, 101, u32::MAX]), INVALID_MAX_FLOOR),
        (PRICE_TYPE, Codes(b"PMRQm"), PEGGING_NOT_ALLOWED),
        (PRICE_TYPE, Rest, INVALID_PEG_TYPE),
        (PEG_OFFSET, Numbers(&[1, 0x7FFF_FFFF, 0x8000_0000, u32::MAX]), PEGGING_NOT_ALLOWED),
        (DISCRETION_PRICE, Longs(&[1, 100_000, u64::MAX]), PEGGING_NOT_ALLOWED),
        (DISCRETION_PRICE_TYPE, Codes(b"PMR"), PEGGING_NOT_ALLOWED),
        (DISCRETION_PRICE_TYPE, Rest, INVALID_PEG_TYPE),
        (
            DISCRETION_PEG_OFFSET,
            Numbers(&[1, 0x7FFF_FFFF, 0x8000_0000, u32::MAX]),
            PEGGING_NOT_ALLOWED,
        ),
        (POST_ONLY, Rest, OTHER),
        (RANDOM_RESERVES, Numbers(&[1, 99, 100, u32::MAX]), INVALID_MAX_FLOOR),
        (EXPIRE_TIME, Numbers(&[1, 86_399, 86_400, u32::MAX]), OTHER),
        (TRADE_NOW, Rest, OTHER),
        (HANDLE_INST, Codes(b"OTQ"), RETAIL_NOT_ALLOWED),
        (HANDLE_INST, Rest, INVALID_CROSS_ORDER),
        (SHARES_LOCATED, Rest, OTHER),
        (AIQ_STRATEGY, Rest, INVALID_AIQ),
        (AIQ_GROUP_ID, Texts(&[b"A*", b"*A", b"* ", b" *", &[0; 2], &[0xFF; 2]]), INVALID_AIQ),
        (AIQ_GROUP_ID, Near(b"AA", NOT_PLAIN), INVALID_AIQ),
    ]
}

/// A value that changes nothing, for every tag that an inbound message may carry.
fn neutral(numbers: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let value = |number: u8| match number {
        2 => b"ALFA".to_vec(),
        3 | 5 | 7 | 11 | 13 | 15 => vec![0; 4],
        4 | 12 | 16 | 25 | 29 => b"N".to_vec(),
        6 | 10 => b"L".to_vec(),
        9 => vec![0; 8],
        17 => b" ".to_vec(),
        24 => vec![0; 2],
        26 => b"LOCB".to_vec(),
        27 => b"S".to_vec(),
        28 => vec![0],
        30 => b"**".to_vec(),
        other => panic!("{other} is no tag of an inbound message"),
    };
    numbers.iter().map(|number| (*number, value(*number))).collect()
}

fn enter() -> Table {
    let mut right = vec![
        (FIRM, Texts(&[b"ALFA", b"    "])),
        (SIDE, Codes(b"BSTE")),
        (QUANTITY, Numbers(&[100, 1, 999_999])),
        (SYMBOL, Texts(&[b"TEST    ", b"LOTS    "])),
        (PRICE, Longs(&[100_000, 1_999_999_900, 2, 1])),
        (TIME_IN_FORCE, Codes(b"03")),
        (DISPLAY, Codes(b"YNA")),
        (CAPACITY, Codes(b"APRO")),
        (SWEEP, Codes(b"N")),
        (CROSS_TYPE, Codes(b"N")),
        (at("cl_ord_id", 31), Every),
        (at("cl_ord_id", 44), Every),
        (CUSTOMER_TYPE, Codes(b"RN ")),
        (GROUP_ID, Shorts(&[0, 1, u16::MAX])),
        (USER_REF_IDX, Every),
    ];
    right.extend(right_attributes());
    let mut wrong: Vec<Row> = vec![
        (at("user_ref_num", 1), USED, Silent),
        (APPENDAGE, Texts(&[&[0]]), Refused(OTHER)),
        (FIRM, Texts(&[b"BETA", b"alfa", b" ALF", &[0; 4]]), Refused(FIRM_NOT_AUTHORIZED)),
        (FIRM, Near(b"ALFA", ANY), Refused(FIRM_NOT_AUTHORIZED)),
        (SIDE, Rest, Refused(INVALID_SIDE)),
        (QUANTITY, WRONG_QUANTITIES, Refused(INVALID_QUANTITY)),
        (SYMBOL, WRONG_SYMBOLS, Refused(INVALID_SYMBOL)),
        (SYMBOL, Texts(&[b"        "]), Refused(INVALID_SYMBOL)),
        (SYMBOL, Near(b"TEST    ", ANY), Refused(INVALID_SYMBOL)),
        (PRICE, WRONG_PRICES, Refused(INVALID_PRICE)),
        (TIME_IN_FORCE, Codes(b"5E"), Refused(POST_MARKET_NOT_ALLOWED)),
        (TIME_IN_FORCE, Rest, Refused(OTHER)),
        (DISPLAY, Rest, Refused(INVALID_DISPLAY)),
        (CAPACITY, Rest, Refused(OTHER)),
        (SWEEP, Rest, Refused(OTHER)),
        (CROSS_TYPE, Codes(b"R"), Refused(RETAIL_NOT_ALLOWED)),
        (CROSS_TYPE, Rest, Refused(INVALID_CROSS_ORDER)),
    ];
    wrong
        .extend(wrong_attributes().into_iter().map(|(f, values, code)| (f, values, Refused(code))));
    wrong.push((SWEEP, Codes(b"Y"), Refused(ISO_NOT_ALLOWED)));
    wrong.push((PRICE, MARKET, Refused(MARKET_ORDER_NOT_ALLOWED)));
    Table {
        message: message::enter(),
        done: b"A",
        tags: neutral(&[2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 17, 24, 25, 26, 28, 29, 30]),
        right,
        wrong,
        together: ENTERED_TOGETHER.to_vec(),
    }
}

/// Symbols that are not listed: unknown, in lower case, not on the left, not padded with spaces, removed today.
const WRONG_SYMBOLS: Values = Texts(&[
    b"NONE    ",
    b"test    ",
    b" TEST   ",
    b"TEST\0\0\0\0",
    b"TESTTEST",
    b"GONE    ",
    &[0; 8],
    &[0xFF; 8],
]);

/// Fields of an Enter Order that must fit each other.
const ENTERED_TOGETHER: &[(&[(Field, Values)], Told)] = &[
    // An instrument in round lots of 100.
    (&[(SYMBOL, LOTS), (QUANTITY, Numbers(&[1, 999_999]))], Refused(INVALID_QUANTITY)),
    (
        &[(SYMBOL, LOTS), (QUANTITY, Numbers(&[150])), (PRICE, Longs(&[0]))],
        Refused(INVALID_QUANTITY),
    ),
    (&[(SYMBOL, LOTS), (QUANTITY, Numbers(&[100, 999_900]))], Taken),
    // A minimum is of round lots or the whole of an order that does not rest.
    (&[(TIME_IN_FORCE, AT_ONCE), (MIN_QTY, Numbers(&[0, 100]))], Taken),
    (
        &[(TIME_IN_FORCE, AT_ONCE), (MIN_QTY, Numbers(&[1, 99, 101, 200]))],
        Refused(INVALID_MIN_QUANTITY),
    ),
    (
        &[(QUANTITY, QUANTITY_250), (TIME_IN_FORCE, AT_ONCE), (MIN_QTY, Numbers(&[100, 200, 250]))],
        Taken,
    ),
    (
        &[(QUANTITY, QUANTITY_250), (TIME_IN_FORCE, AT_ONCE), (MIN_QTY, Numbers(&[150, 249, 300]))],
        Refused(INVALID_MIN_QUANTITY),
    ),
    (&[(PRICE, MARKET), (MIN_QTY, Numbers(&[100]))], Refused(MARKET_ORDER_NOT_ALLOWED)),
    (&[(PRICE, MARKET), (MIN_QTY, Numbers(&[101]))], Refused(INVALID_MIN_QUANTITY)),
    // A display is of an order that may rest and is seen.
    (&[(TIME_IN_FORCE, AT_ONCE), (MAX_FLOOR, FLOORS)], Refused(INVALID_MAX_FLOOR)),
    (&[(DISPLAY, Codes(b"N")), (MAX_FLOOR, FLOORS)], Refused(INVALID_MAX_FLOOR)),
    (&[(PRICE, MARKET), (MAX_FLOOR, FLOORS)], Refused(INVALID_MAX_FLOOR)),
    (
        &[(DISPLAY, Codes(b"N")), (TIME_IN_FORCE, AT_ONCE), (MAX_FLOOR, FLOORS)],
        Refused(INVALID_MAX_FLOOR),
    ),
    // A random part is of round lots and below the display.
    (&[(MAX_FLOOR, Numbers(&[300])), (RANDOM_RESERVES, Numbers(&[0, 100, 200]))], Taken),
    (
        &[(MAX_FLOOR, Numbers(&[300])), (RANDOM_RESERVES, Numbers(&[1, 150, 300, 400]))],
        Refused(INVALID_MAX_FLOOR),
    ),
    (&[(MAX_FLOOR, Numbers(&[0])), (RANDOM_RESERVES, Numbers(&[100]))], Refused(INVALID_MAX_FLOOR)),
    // Whether it needs located shares is a matter of the port.
    (&[(SIDE, Codes(b"BSTE")), (SHARES_LOCATED, Codes(b"YN"))], Taken),
];

const LOTS: Values = Texts(&[b"LOTS    "]);
const AT_ONCE: Values = Codes(b"3");
const QUANTITY_250: Values = Numbers(&[250]);
/// Right on an order that may rest and is displayed.
const FLOORS: Values = Numbers(&[100, 200, 4_294_967_200]);

fn replace() -> Table {
    let mut right = vec![
        (REPLACED_QUANTITY, Numbers(&[500, 1, 999_999])),
        (REPLACED_PRICE, Longs(&[100_000, 1_999_999_900, 2])),
        (REPLACED_TIME_IN_FORCE, Codes(b"03")),
        (REPLACED_DISPLAY, Codes(b"YNA")),
        (REPLACED_SWEEP, Codes(b"N")),
        (at("cl_ord_id", 24), Every),
        (SIDE_TAG, Codes(b"STE")),
        (USER_REF_IDX, Codes(&[0])),
    ];
    right.extend(right_attributes());
    let mut wrong: Vec<Row> = vec![
        (at("user_ref_num", 5), USED, Silent),
        (at("orig_user_ref_num", 1), NO_ORDER, Silent),
        (USER_REF_IDX, Rest, Silent),
        (APPENDAGE, Texts(&[&[0]]), OriginalCanceled),
        (REPLACED_QUANTITY, WRONG_QUANTITIES, OriginalCanceled),
        (REPLACED_PRICE, WRONG_PRICES, OriginalCanceled),
        (REPLACED_TIME_IN_FORCE, Rest, OriginalCanceled),
        (REPLACED_DISPLAY, Rest, OriginalCanceled),
        (REPLACED_SWEEP, Rest, OriginalCanceled),
    ];
    let attributes =
        wrong_attributes().into_iter().filter(|(field, ..)| field.name != "CustomerType");
    wrong.extend(attributes.map(|(field, values, _)| (field, values, OriginalCanceled)));
    wrong.extend([
        (SIDE_TAG, Rest, OriginalCanceled),
        (REPLACED_SWEEP, Codes(b"Y"), Refused(ISO_NOT_ALLOWED)),
        (REPLACED_PRICE, MARKET, Refused(MARKET_ORDER_NOT_ALLOWED)),
        // Only the instrument knows that the original sells.
        (SIDE_TAG, Codes(b"B"), OriginalCanceled),
    ]);
    Table {
        message: message::replace(),
        done: b"U",
        tags: neutral(&[3, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 17, 25, 26, 27, 28, 29, 30]),
        right,
        wrong,
        together: REPLACED_TOGETHER.to_vec(),
    }
}

/// Fields of a Replace that must fit each other.
const REPLACED_TOGETHER: &[(&[(Field, Values)], Told)] = &[
    (&[(REPLACED_TIME_IN_FORCE, AT_ONCE), (MIN_QTY, Numbers(&[0, 100, 500]))], Taken),
    (&[(REPLACED_TIME_IN_FORCE, AT_ONCE), (MIN_QTY, Numbers(&[1, 501, 600]))], OriginalCanceled),
    (&[(REPLACED_PRICE, MARKET), (MIN_QTY, Numbers(&[500]))], Refused(MARKET_ORDER_NOT_ALLOWED)),
    (&[(REPLACED_PRICE, MARKET), (MIN_QTY, Numbers(&[501]))], OriginalCanceled),
    (&[(REPLACED_TIME_IN_FORCE, AT_ONCE), (MAX_FLOOR, FLOORS)], OriginalCanceled),
    (&[(REPLACED_DISPLAY, Codes(b"N")), (MAX_FLOOR, FLOORS)], OriginalCanceled),
    (&[(REPLACED_PRICE, MARKET), (MAX_FLOOR, FLOORS)], OriginalCanceled),
    (&[(MAX_FLOOR, Numbers(&[300])), (RANDOM_RESERVES, Numbers(&[0, 100, 200]))], Taken),
    (&[(MAX_FLOOR, Numbers(&[300])), (RANDOM_RESERVES, Numbers(&[1, 300]))], OriginalCanceled),
];

fn cancel() -> Table {
    Table {
        message: message::cancel(),
        done: b"C",
        tags: neutral(&[28]),
        right: vec![(at("quantity", 5), Numbers(&[0, 1, 499])), (USER_REF_IDX, Codes(&[0]))],
        wrong: vec![
            (at("user_ref_num", 1), NO_ORDER, Silent),
            (USER_REF_IDX, Rest, Silent),
            (APPENDAGE, Texts(&[&[0]]), Silent),
            // Superfluous.
            (at("quantity", 5), Numbers(&[500, 501, 1_000_000, u32::MAX]), Silent),
        ],
        together: Vec::new(),
    }
}

fn modify() -> Table {
    const MODIFIED_QUANTITY: Field = at("quantity", 6);
    Table {
        message: message::modify(),
        // To nothing is a cancel.
        done: b"MC",
        tags: neutral(&[25, 26, 28]),
        right: vec![
            (SIDE, Codes(b"TSE")),
            (MODIFIED_QUANTITY, Numbers(&[400, 1, 500, 0])),
            (SHARES_LOCATED, Codes(b"YN")),
            (LOCATE_BROKER, Texts(&[b"LOCB", b"    ", &[0xFF; 4]])),
            (USER_REF_IDX, Codes(&[0])),
        ],
        wrong: vec![
            (at("user_ref_num", 1), NO_ORDER, Silent),
            (USER_REF_IDX, Rest, Silent),
            (APPENDAGE, Texts(&[&[0]]), Silent),
            (SHARES_LOCATED, Rest, Silent),
            // The order sells.
            (SIDE, Codes(b"B"), Silent),
            (SIDE, Rest, Silent),
            // An increase.
            (MODIFIED_QUANTITY, Numbers(&[501, 1_000_000, u32::MAX]), Silent),
        ],
        // No change at all.
        together: vec![(&[(SIDE, Codes(b"S")), (MODIFIED_QUANTITY, Numbers(&[500]))], Silent)],
    }
}

fn mass_cancel() -> Table {
    const NAMED_FIRM: Field = at("firm", 5);
    const NAMED_SYMBOL: Field = at("symbol", 9);
    Table {
        message: message::mass_cancel(),
        done: b"X",
        tags: neutral(&[24, 27, 28]),
        right: vec![
            (NAMED_FIRM, Texts(&[b"ALFA", b"    "])),
            (NAMED_SYMBOL, Texts(&[b"        ", b"TEST    ", b"LOTS    "])),
            (GROUP_ID, Shorts(&[0, 1, u16::MAX])),
            (SIDE_TAG, Codes(b"BSTE")),
            (USER_REF_IDX, Every),
        ],
        wrong: vec![
            (at("user_ref_num", 1), USED, Silent),
            (APPENDAGE, Texts(&[&[0]]), Refused(OTHER)),
            (
                NAMED_FIRM,
                Texts(&[b"BETA", b"alfa", b" ALF", &[0; 4]]),
                Refused(FIRM_NOT_AUTHORIZED),
            ),
            (NAMED_FIRM, Near(b"ALFA", ANY), Refused(FIRM_NOT_AUTHORIZED)),
            (NAMED_SYMBOL, WRONG_SYMBOLS, Refused(INVALID_SYMBOL)),
            (NAMED_SYMBOL, Near(b"TEST    ", ANY), Refused(INVALID_SYMBOL)),
            (SIDE_TAG, Rest, Refused(INVALID_SIDE)),
        ],
        together: Vec::new(),
    }
}

fn disable() -> Table {
    entry_switch(message::disable(), b"G")
}

fn enable() -> Table {
    entry_switch(message::enable(), b"K")
}

fn entry_switch(message: message::Message, done: &'static [u8]) -> Table {
    const NAMED_FIRM: Field = at("firm", 5);
    Table {
        message,
        done,
        tags: neutral(&[28]),
        right: vec![(NAMED_FIRM, Texts(&[b"ALFA", b"    "])), (USER_REF_IDX, Every)],
        wrong: vec![
            (at("user_ref_num", 1), USED, Silent),
            (APPENDAGE, Texts(&[&[0]]), Refused(OTHER)),
            (
                NAMED_FIRM,
                Texts(&[b"BETA", b"alfa", b" ALF", &[0; 4]]),
                Refused(FIRM_NOT_AUTHORIZED),
            ),
            (NAMED_FIRM, Near(b"ALFA", ANY), Refused(FIRM_NOT_AUTHORIZED)),
        ],
        together: Vec::new(),
    }
}

fn query() -> Table {
    Table {
        message: message::query(),
        done: b"Q",
        tags: neutral(&[28]),
        right: vec![(USER_REF_IDX, Every)],
        wrong: vec![(APPENDAGE, Texts(&[&[0]]), Silent)],
        together: Vec::new(),
    }
}
