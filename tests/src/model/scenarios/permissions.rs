//! What a port and its firm may do: each permission, with the reason when it lacks.

use super::*;

fn without(change: fn(&mut Permissions)) -> Limits {
    let mut limits = Limits::NONE;
    change(&mut limits.permissions);
    limits
}

/// Sends the order from A, first under the limit on its port, then on its firm, then under none.
fn check(limits: Limits, order: EnterOrder, tags: &[u8], reason: u16) {
    let mut day = Day::new();
    let refused = |number: u32| format!(r#"J {number} {reason:#06x} "from noon""#);
    let numbered = |number: u32| EnterOrder { user_ref_num: number.into(), ..order };
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day.send_with(A, &numbered(1), tags);
    day.model.port_defined(port(0, 0, Limits::NONE, DisconnectPolicy::Keep));
    let firm = |limits| FirmDefined {
        id: FirmId(0),
        mpid: Mpid(*b"OBAA"),
        limits,
        organization: Mpid::BLANK,
        affiliate: Mpid::BLANK,
    };
    day.model.firm_defined(firm(limits));
    day.send_with(A, &numbered(2), tags);
    day.model.firm_defined(firm(Limits::NONE));
    day.send_with(A, &numbered(3), tags);
    let answers = day.answers(A);
    assert_eq!(answers[..2], [refused(1), refused(2)]);
    assert!(answers[2].starts_with("A 3 "), "{answers:?}");
}

#[test]
fn short_sales_need_the_permission() {
    let short = EnterOrder { side: b'T', ..sell(1, 100, TEN) };
    check(without(|may| may.short_sales = false), short, b"", 0x002b);
    let exempt = EnterOrder { side: b'E', ..short };
    check(without(|may| may.short_sales_exempt = false), exempt, b"", 0x002f);
}

#[test]
fn a_short_sale_needs_its_locate() {
    let limits = without(|may| may.short_sales_unlocated = false);
    let short = EnterOrder { side: b'T', ..sell(1, 100, TEN) };
    check(limits, short, b"", 0x0027);
    check(limits, short, b"\x02\x19N", 0x0027);
    let mut day = Day::new();
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day.send_with(A, &short, b"\x02\x19Y");
    // Neither a long nor an exempt sale borrows.
    day.send(A, &sell(2, 100, TEN));
    day.send(A, &EnterOrder { side: b'E', ..sell(3, 100, TEN) });
    assert!(day.answers(A).iter().all(|answer| answer.starts_with("A ")));
}

#[test]
fn an_intermarket_sweep_needs_the_permission_and_is_echoed() {
    let sweep = EnterOrder { intermarket_sweep_eligibility: b'Y', ..buy(1, 100, TEN) };
    check(without(|may| may.intermarket_sweeps = false), sweep, b"", 0x0024);
    let mut day = Day::new();
    day.send(A, &sweep);
    let accepted = day.model.port_streams[A].last().expect("an answer");
    // Order Accepted: the flag is its byte 45.
    assert_eq!((accepted[0], accepted[45]), (b'A', b'Y'));
}

#[test]
fn a_restricted_symbol_is_closed_to_the_port_or_the_firm() {
    let mut day = Day::new();
    day.send(A, &buy(1, 100, TEN));
    day.skip();
    day.model.symbol_restricted(Member::Port(PortId(0)), TEST, true);
    day.send(A, &buy(2, 100, TEN));
    day.send(A, &EnterOrder { symbol: Symbol(*b"LOTS    "), ..buy(3, 100, TEN) });
    // What is open stays, and may be canceled, not replaced.
    day.send(A, &replace(1, 4, 50, TEN));
    day.send(A, &cancel(1, 0));
    // The other port of the firm is free until the firm is not.
    day.send(C, &buy(1, 100, TEN));
    day.model.symbol_restricted(Member::Firm(FirmId(0)), TEST, true);
    day.model.symbol_restricted(Member::Port(PortId(0)), TEST, false);
    day.send(A, &buy(5, 100, TEN));
    day.send(C, &buy(2, 100, TEN));
    let told = day.answers(A);
    assert_eq!(told[0], r#"J 2 0x0022 "from noon""#);
    assert!(told[1].starts_with("A 3 "));
    assert_eq!(told[2..4], [r#"J 4 0x0022 "replaced""#.to_owned(), "C 1 100 U".to_owned()]);
    assert_eq!(told[4], r#"J 5 0x0022 "from noon""#);
    let told = day.answers(C);
    assert!(told[0].starts_with("A 1 "));
    assert_eq!(told[1], r#"J 2 0x0022 "from noon""#);
}

#[test]
fn one_order_is_only_so_much_of_a_day() {
    let mut day = Day::new();
    day.model.symbol_defined(SymbolDefined {
        average_daily_volume: 10_000,
        ..symbol(TEST, b"TEST    ")
    });
    let limits = Limits { daily_volume_bp: 250, ..Limits::NONE };
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day.skip();
    day.send(A, &buy(1, 251, TEN));
    day.send(A, &buy(2, 250, TEN));
    day.send(A, &replace(2, 3, 251, TEN));
    let told = day.answers(A);
    assert_eq!(told[0], r#"J 1 0x0025 "from noon""#);
    assert!(told[1].starts_with("A 2 "));
    assert_eq!(told[2], r#"J 3 0x0025 "replaced""#);
    // Where the volume is not known, nothing is measured by it.
    day.send(A, &EnterOrder { symbol: Symbol(*b"LOTS    "), ..buy(4, 90_000, TEN) });
    assert!(day.answers(A)[0].starts_with("A 4 "));
}
