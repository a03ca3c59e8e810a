//! What the operator does, the kill switch and the trade bust, and what a lost port leaves behind.

use engine::command::{DisconnectCause, FirmId, KillScope, PortId};
use protocol::enums::{BrokenTradeReason, TradingState};

use super::*;

const PORT_A: KillScope = KillScope::Port(PortId(0));
const FIRM_OBAA: KillScope = KillScope::Firm(FirmId(0));

/// A port of each firm and a second one of the first with an order each.
fn busy() -> Day {
    let mut day = Day::new();
    for port in [A, B, C] {
        day.send(port, &buy(1, 100, TEN));
    }
    day.skip();
    day
}

#[test]
fn a_kill_switch_cancels_everything_and_bars_entry_until_it_is_released() {
    let mut day = busy();
    day.send_with(A, &buy(2, 100, TEN), &[2, 28, 9]);
    day.skip();
    day.model.kill_switch(NOON_NS, PORT_A, true);
    assert_eq!(day.answers(A), ["C 1 100 S", "C 2 100 S [021c09]"]);
    assert_eq!(day.feed(), ["D 1.1", "D 1.4"]);
    day.send(A, &buy(3, 100, TEN));
    day.send(A, &replace(1, 4, 100, TEN));
    assert_eq!(day.answers(A), [r#"J 3 0x000c "from noon""#]);
    day.model.kill_switch(NOON_NS, PORT_A, false);
    day.send(A, &buy(4, 100, TEN));
    assert_eq!(day.answers(A)[0], "A 4 B 100 @ 10.0000 ref 1.5 L []");
    assert_eq!((day.answers(B), day.answers(C)), (vec![], vec![]), "others go on");
}

#[test]
fn cancels_mass_cancels_and_queries_work_while_a_kill_switch_is_engaged() {
    let mut day = busy();
    day.model.kill_switch(NOON_NS, FIRM_OBAA, true);
    day.skip();
    day.send(A, &cancel(1, 0));
    day.send(A, &mass_cancel(2, b"        "));
    day.send(A, &inbound::AccountQuery { message_type: inbound::AccountQuery::TYPE });
    assert_eq!(day.answers(A), ["X 2 OBAA  []", "Q 3"]);
}

#[test]
fn a_kill_switch_stops_a_port_a_firm_or_the_venue() {
    for (scope, stopped) in [
        (PORT_A, [true, false, false]),
        (FIRM_OBAA, [true, false, true]),
        (KillScope::Firm(FirmId(1)), [false, true, false]),
        (KillScope::Venue, [true, true, true]),
    ] {
        let mut day = busy();
        day.model.kill_switch(NOON_NS, scope, true);
        for (port, stopped) in [A, B, C].into_iter().zip(stopped) {
            let expected: &[&str] = if stopped { &["C 1 100 S"] } else { &[] };
            assert_eq!(day.answers(port), expected, "{scope:?}");
            day.send(port, &sell(2, 100, 2 * TEN));
            let first = day.answers(port).remove(0);
            assert_eq!(first == r#"J 2 0x000c "from noon""#, stopped, "{scope:?}: {first}");
        }
    }
}

#[test]
fn each_kill_switch_is_released_for_itself() {
    let mut day = busy();
    for scope in [PORT_A, FIRM_OBAA, KillScope::Venue] {
        day.model.kill_switch(NOON_NS, scope, true);
    }
    for (number, scope) in (2..).zip([KillScope::Venue, PORT_A]) {
        day.skip();
        day.model.kill_switch(NOON_NS, scope, false);
        day.send(A, &buy(number, 100, TEN));
        assert_eq!(day.answers(A), [format!(r#"J {number} 0x000c "from noon""#)]);
    }
    day.model.kill_switch(NOON_NS, FIRM_OBAA, false);
    day.send(A, &buy(4, 100, TEN));
    assert_eq!(day.answers(A).len(), 1, "accepted");
}

#[test]
fn enable_order_entry_does_not_release_a_kill_switch() {
    let mut day = busy();
    day.model.kill_switch(NOON_NS, PORT_A, true);
    day.skip();
    day.send(
        A,
        &inbound::EnableOrderEntry {
            message_type: inbound::EnableOrderEntry::TYPE,
            user_ref_num: 2.into(),
            firm: Mpid::BLANK,
        },
    );
    day.send(A, &buy(3, 100, TEN));
    assert_eq!(day.answers(A), ["K 2  []", r#"J 3 0x000c "from noon""#]);
}

#[test]
fn a_kill_switch_works_while_the_market_is_halted() {
    let mut day = busy();
    day.model.trading_action(NOON_NS, Locate::NONE, TradingState::Halted, *b"    ");
    day.model.kill_switch(NOON_NS, KillScope::Venue, true);
    assert_eq!(day.answers(B), ["C 1 100 S"]);
    assert_eq!(day.model.open_orders(), 0);
}

#[test]
fn a_bust_is_told_to_both_sides_and_the_feed_once() {
    let mut day = Day::new();
    day.send(A, &sell(1, 100, TEN));
    let named = EnterOrder { cl_ord_id: ClOrdId(*b"my ninth      "), ..buy(9, 100, TEN) };
    day.send_with(B, &named, &[2, 28, 5]);
    day.skip();
    let match_number = day.model.trades[0].match_number;
    for _ in 0..2 {
        day.model.bust(NOON_NS, match_number, BrokenTradeReason::Consent);
    }
    assert_eq!(day.answers(A), [r#"B 1 match 1.1 C "from noon""#]);
    assert_eq!(day.answers(B), [r#"B 9 match 1.1 C "my ninth" [021c05]"#]);
    assert_eq!(day.feed(), ["B 1.1"]);
    let broken: Vec<_> = day.model.trades.iter().map(|trade| trade.broken).collect();
    assert_eq!(broken, [None, Some(BrokenTradeReason::Consent)]);
    day.model.bust(NOON_NS, match_number + (1 << 16), BrokenTradeReason::Consent);
    assert_eq!(day.feed(), Vec::<String>::new(), "there is no such trade");
}

#[test]
fn a_broken_trade_holds_no_exposure() {
    let mut day = Day::new();
    let limits = Limits { gross_exposure: 1_000 * 10_000, ..Limits::NONE };
    for (id, firm) in [(0, 0), (1, 1)] {
        day.model.port_defined(port(id, firm, limits, DisconnectPolicy::Keep));
    }
    day.send(A, &buy(1, 100, TEN));
    day.send(B, &sell(1, 100, TEN - 100));
    day.send(A, &buy(2, 1, 1));
    day.send(B, &sell(2, 1, 99_999));
    assert_eq!(day.answers(A)[2], r#"J 2 0x0020 "from noon""#);
    let match_number = day.model.trades[0].match_number;
    day.model.bust(NOON_NS, match_number, BrokenTradeReason::ClearlyErroneous);
    day.skip();
    for port in [A, B] {
        day.send(port, &buy(3, 100, TEN - 200));
        let answer = day.answers(port).remove(0);
        assert!(answer.starts_with("A 3"), "{answer}");
    }
}

#[test]
fn orders_of_a_lost_port_go_by_their_policy() {
    let mut day = Day::new();
    let after = port(0, 0, Limits::NONE, DisconnectPolicy::CancelAfter);
    day.model.port_defined(PortDefined { disconnect_by_order: true, ..after });
    for (number, name) in (1..).zip([b"ODC1", b"ODK1", b"ODA1", b"1234"]) {
        let mut cl_ord_id = ClOrdId::BLANK.0;
        cl_ord_id[..4].copy_from_slice(name);
        day.send(A, &EnterOrder { cl_ord_id: ClOrdId(cl_ord_id), ..buy(number, 100, TEN) });
    }
    day.skip();
    day.model.disconnected(A, NOON_NS, DisconnectCause::Stop);
    assert_eq!(day.answers(A), Vec::<String>::new(), "a planned stop keeps all");
    day.model.disconnected(A, NOON_NS, DisconnectCause::Lost);
    assert_eq!(day.answers(A), ["C 1 100 Z"]);
    day.model.grace_ended(A, NOON_NS);
    assert_eq!(day.answers(A), ["C 3 100 Z", "C 4 100 Z"]);
    assert_eq!(day.feed(), ["D 1.1", "D 1.3", "D 1.4"]);
}
