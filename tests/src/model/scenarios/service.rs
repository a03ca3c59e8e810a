//! All but orders: the day, sessions, mass cancels, entry switched off and on, queries.

use engine::command::DisconnectCause;
use protocol::enums::EventCode;
use protocol::ouch::inbound::{AccountQuery, DisableOrderEntry, EnableOrderEntry, MassCancel};

use super::*;

const QUERY: AccountQuery = AccountQuery { message_type: AccountQuery::TYPE };

fn disable(number: u32, firm: &[u8; 4]) -> DisableOrderEntry {
    let message_type = DisableOrderEntry::TYPE;
    DisableOrderEntry { message_type, user_ref_num: number.into(), firm: Mpid(*firm) }
}

fn enable(number: u32, firm: &[u8; 4]) -> EnableOrderEntry {
    let message_type = EnableOrderEntry::TYPE;
    EnableOrderEntry { message_type, user_ref_num: number.into(), firm: Mpid(*firm) }
}

#[test]
fn the_day_opens_in_order() {
    let mut day = Day { model: Model::new(setup()), read: vec![0; 3], read_feed: 0 };
    assert_eq!(
        day.feed(),
        [
            "S O",
            "R 1 TEST",
            "R 2 LOTS",
            r#"H TEST T "    ""#,
            r#"H LOTS T "    ""#,
            "Y TEST 0",
            "Y LOTS 0",
            "S S",
            "S Q",
        ]
    );
    for port in [A, B, C] {
        assert_eq!(day.answers(port), ["S S"]);
    }
}

#[test]
fn the_close_expires_all_orders_and_takes_no_more() {
    let mut day = Day::new();
    day.send(A, &EnterOrder { symbol: Symbol(*b"LOTS    "), ..buy(1, 100, TEN) });
    day.send(A, &buy(2, 100, TEN));
    day.send(C, &sell(1, 100, 2 * TEN));
    day.skip();
    day.model.system_event(NOON_NS, EventCode::EndOfMarketHours);
    assert_eq!(day.answers(A), ["C 2 100 T", "C 1 100 T"]);
    assert_eq!(day.answers(C), ["C 1 100 T"]);
    assert_eq!(day.feed(), ["S M", "D 1.1", "D 1.2", "D 2.1"]);
    day.send(A, &buy(3, 100, TEN));
    day.send(A, &replace(2, 4, 100, TEN));
    day.send(A, &mass_cancel(4, b"        "));
    assert_eq!(day.answers(A), [r#"J 3 0x0002 "from noon""#, "X 4 OBAA  []"]);
    day.model.system_event(NOON_NS, EventCode::EndOfSystemHours);
    day.model.system_event(NOON_NS, EventCode::EndOfMessages);
    assert_eq!(day.answers(B), ["S E"]);
    assert_eq!(day.feed(), ["S E", "S C"]);
}

#[test]
fn a_lost_session_cancels_under_its_policy() {
    let mut day = Day::new();
    for (port, side) in [(A, b'B'), (C, b'B')] {
        day.send(port, &EnterOrder { side, ..buy(1, 100, TEN) });
        day.send(port, &EnterOrder { side, ..buy(2, 100, TEN) });
    }
    day.skip();
    for port in [A, C] {
        day.model.disconnected(port, NOON_NS, DisconnectCause::Stop);
    }
    assert!(day.feed().is_empty(), "the venue stops: all orders stay");
    for port in [A, C] {
        day.model.disconnected(port, NOON_NS, DisconnectCause::Lost);
    }
    assert!(day.answers(A).is_empty());
    assert_eq!(day.answers(C), ["C 1 100 Z", "C 2 100 Z"]);
    assert_eq!(day.feed(), ["D 1.3", "D 1.4"]);
}

#[test]
fn mass_cancel_answers_first_and_goes_by_locate_then_reference() {
    let mut day = Day::new();
    day.send(A, &EnterOrder { symbol: Symbol(*b"LOTS    "), ..buy(1, 100, TEN) });
    day.send(A, &buy(2, 100, TEN - CENT));
    day.send(A, &buy(3, 100, TEN));
    day.send(A, &replace(2, 4, 100, TEN));
    day.send(C, &buy(1, 100, TEN));
    day.skip();
    day.send(A, &mass_cancel(5, b"        "));
    assert_eq!(day.answers(A), ["X 5 OBAA  []", "C 3 100 U", "C 4 100 U", "C 1 100 U"]);
    assert_eq!(day.feed(), ["D 1.2", "D 1.3", "D 2.1"]);
    assert_eq!(day.model.open_orders(), 1, "another port's orders stay");
}

#[test]
fn mass_cancel_narrows() {
    // Each order differs from the first in one respect.
    let orders: [(u8, &[u8; 8], &[u8]); 5] = [
        (b'S', b"TEST    ", b""),
        (b'T', b"TEST    ", b""),
        (b'S', b"LOTS    ", b""),
        (b'S', b"TEST    ", b"\x03\x18\0\x07"),
        (b'S', b"TEST    ", b"\x02\x1c\x05"),
    ];
    let cases: [(&[u8; 8], &[u8], &[&str]); 6] = [
        (b"LOTS    ", b"", &["C 3 100 U"]),
        (b"        ", b"\x02\x1bT", &["C 2 100 U"]),
        (b"        ", b"\x03\x18\0\x07", &["C 4 100 U"]),
        (
            b"        ",
            b"\x03\x18\0\0",
            &["C 1 100 U", "C 2 100 U", "C 5 100 U [021c05]", "C 3 100 U"],
        ),
        (b"        ", b"\x02\x1c\x05", &["C 5 100 U [021c05]"]),
        (b"LOTS    ", b"\x02\x1bT", &[]),
    ];
    for (symbol, tags, canceled) in cases {
        let mut day = Day::new();
        for (number, (side, symbol, tags)) in (1..).zip(orders) {
            let order = EnterOrder { side, symbol: Symbol(*symbol), ..buy(number, 100, TEN) };
            day.send_with(A, &order, tags);
        }
        day.skip();
        day.send_with(A, &mass_cancel(6, symbol), tags);
        assert_eq!(day.answers(A)[1..], *canceled, "{tags:?}");
    }
}

#[test]
fn mass_cancel_echoes_its_filters_as_given_but_not_the_ports_own_channel() {
    let mut day = Day::new();
    let tags = b"\x02\x1c\0\x02\x1bB\x03\x18\0\x01";
    day.send_with(A, &mass_cancel(1, b"TEST    "), tags);
    assert_eq!(day.answers(A), ["X 1 OBAA TEST [021b4203180001]"]);
}

#[test]
fn a_wrong_mass_cancel_is_refused() {
    let mut day = Day::new();
    let blank = || mass_cancel(1, b"        ");
    day.send_with(A, &blank(), b"\x02\x19Y");
    day.send(A, &MassCancel { user_ref_num: 2.into(), firm: Mpid(*b"OBBB"), ..blank() });
    day.send(A, &mass_cancel(3, b"NONE    "));
    day.send_with(A, &mass_cancel(4, b"        "), b"\x02\x1bX\x02\x1c\0");
    day.send(A, &MassCancel { user_ref_num: 5.into(), firm: Mpid::BLANK, ..blank() });
    assert_eq!(
        day.answers(A),
        [
            r#"J 1 0x000f """#,
            r#"J 2 0x000c """#,
            r#"J 3 0x0017 """#,
            r#"J 4 0x0009 """#,
            "X 5   []",
        ]
    );
}

#[test]
fn entry_is_switched_off_and_on() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.skip();
    day.send_with(A, &disable(2, b"OBAA"), &[2, 28, 0]);
    day.send(A, &buy(3, 100, TEN));
    day.send(A, &replace(1, 4, 100, TEN));
    day.send(C, &buy(1, 100, TEN));
    day.send(A, &cancel(1, 50));
    day.send(A, &enable(5, b"    "));
    day.send(A, &replace(1, 6, 100, TEN));
    assert_eq!(
        day.answers(A),
        [
            "G 2 OBAA []",
            r#"J 3 0x000c "from noon""#,
            r#"J 4 0x000c "replaced""#,
            "C 1 50 U",
            "K 5  []",
            "U 1>6 B 100 @ 10.0000 ref 1.3 L []",
        ]
    );
    assert_eq!(day.answers(C).len(), 1, "the firm's other port goes on");
}

#[test]
fn only_the_own_firm_is_switched() {
    let mut day = Day::new();
    day.send(A, &disable(1, b"OBBB"));
    day.send_with(A, &enable(2, b"OBAA"), &[9]);
    day.send(A, &disable(2, b"OBAA"));
    assert_eq!(day.answers(A), [r#"J 1 0x000c """#, r#"J 2 0x000f """#]);
}

#[test]
fn a_query_tells_the_next_number_of_its_channel() {
    let mut day = Day::new();
    day.send(A, &buy(41, 0, TEN));
    day.send_with(A, &buy(u32::MAX, 100, TEN), &[2, 28, 9]);
    day.skip();
    day.send(A, &QUERY);
    day.send_with(A, &QUERY, &[2, 28, 0]);
    day.send_with(A, &QUERY, &[2, 28, 1]);
    day.send_with(A, &QUERY, &[2, 28, 9]);
    day.send_with(A, &QUERY, &[2, 29, b'N']);
    day.model.message(A, NOON_NS, b"Q");
    assert_eq!(day.answers(A), ["Q 42", "Q 42", "Q 1 [021c01]", "Q 4294967295 [021c09]", "Q 42"]);
}

#[test]
fn answers_are_whole_messages() {
    let mut day = Day::new();
    let tags = b"\x05\x1aLOCB\x02\x1c\x05\x05\x02OBAA";
    day.send_with(A, &EnterOrder { display: b'A', ..buy(258, 500, TEN) }, tags);
    // Noon is 0x274a48a78000 ns; LOCB cannot be echoed on Order Accepted.
    let accepted = b"A\0\0\x27\x4a\x48\xa7\x80\x00\0\0\x01\x02B\0\0\x01\xf4TEST    \
        \0\0\0\0\0\x01\x86\xa00A\0\0\0\0\0\x01\0\x01PNNLfrom noon     \
        \0\x09\x02\x1c\x05\x05\x02OBAA";
    assert_eq!(day.model.port_streams[A].last().map(Vec::as_slice), Some(&accepted[..]));
    let added = b"F\0\x01\0\0\x27\x4a\x48\xa7\x80\x00\0\0\0\0\0\x01\0\x01B\0\0\x01\xf4\
        TEST    \0\x01\x86\xa0OBAA";
    assert_eq!(day.model.feed.last().map(Vec::as_slice), Some(&added[..]));
}
