//! Why an order is refused: one wrong thing at a time, and which of two wrong things is told.

use protocol::ouch::inbound::EnterOrder;

use super::*;

/// Sends the order from A and checks the reason of the refusal, none for an accepted order.
fn check(order: EnterOrder, tags: &[u8], reason: Option<u16>) {
    let mut day = Day::new();
    day.send_with(A, &order, tags);
    let answers = day.answers(A);
    match reason {
        Some(reason) => {
            assert_eq!(
                answers,
                [format!(r#"J 1 {reason:#06x} "from noon""#)],
                "{order:?} {tags:?}"
            );
        }
        None => assert!(answers[0].starts_with("A 1 "), "{order:?} {tags:?}: {answers:?}"),
    }
}

fn good() -> EnterOrder {
    buy(1, 100, TEN)
}

#[test]
fn each_field_has_its_reason() {
    let lots = Symbol(*b"LOTS    ");
    let wrong = [
        (0x0009, EnterOrder { side: b'X', ..good() }),
        (0x0013, EnterOrder { quantity: 0.into(), ..good() }),
        (0x0013, EnterOrder { quantity: 1_000_000.into(), ..good() }),
        (0x0017, EnterOrder { symbol: Symbol(*b"NONE    "), ..good() }),
        (0x0017, EnterOrder { symbol: Symbol::BLANK, ..good() }),
        (0x0013, EnterOrder { symbol: lots, quantity: 150.into(), ..good() }),
        (0x001d, EnterOrder { price: 0.into(), ..good() }),
        (0x001d, EnterOrder { price: 1_999_999_901.into(), ..good() }),
        (0x001d, EnterOrder { price: (TEN + (1 << 32)).into(), ..good() }),
        (0x000f, EnterOrder { time_in_force: b'9', ..good() }),
        (0x002e, EnterOrder { time_in_force: b'5', ..good() }),
        (0x002e, EnterOrder { time_in_force: b'E', ..good() }),
        (0x000f, EnterOrder { time_in_force: b'6', ..good() }),
        (0x0003, EnterOrder { display: b'Z', ..good() }),
        (0x000f, EnterOrder { capacity: b'X', ..good() }),
        (0x000f, EnterOrder { intermarket_sweep_eligibility: b' ', ..good() }),
        (0x001a, EnterOrder { cross_type: b'R', ..good() }),
        (0x0014, EnterOrder { cross_type: b'O', ..good() }),
        (0x002c, EnterOrder { price: 0x7FFF_FFFF.into(), ..good() }),
        (0x002c, EnterOrder { price: 2_000_000_000.into(), ..good() }),
    ];
    for (reason, order) in wrong {
        check(order, b"", Some(reason));
    }
    check(EnterOrder { display: b'N', intermarket_sweep_eligibility: b'Y', ..good() }, b"", None);
    check(EnterOrder { symbol: lots, ..good() }, b"", None);
    check(EnterOrder { price: 1_999_999_900.into(), ..good() }, b"", None);
    check(EnterOrder { quantity: 999_999.into(), ..good() }, b"", None);
}

#[test]
fn each_tag_has_its_reason() {
    let wrong: [(u16, &[u8]); 30] = [
        (0x000c, b"\x05\x02OBBB"),
        (0x000d, b"\x05\x03\0\0\0\x01"),
        (0x000f, b"\x02\x04X"),
        (0x0004, b"\x05\x05\0\0\0\x63"),
        (0x0011, b"\x02\x06P"),
        (0x0011, b"\x02\x06m"),
        (0x0005, b"\x02\x06p"),
        (0x0011, b"\x05\x07\xff\xff\xff\xff"),
        (0x0011, b"\x09\x09\0\0\0\0\0\0\0\x01"),
        (0x0011, b"\x02\x0aR"),
        (0x0005, b"\x02\x0aQ"),
        (0x0011, b"\x05\x0b\0\0\0\x01"),
        (0x000f, b"\x02\x0cX"),
        (0x0004, b"\x05\x0d\0\0\0\x64"),
        (0x000f, b"\x05\x0f\0\0\0\x01"),
        (0x000f, b"\x02\x10Y"),
        (0x0014, b"\x02\x11I"),
        (0x001a, b"\x02\x11T"),
        (0x0014, b"\x02\x11R"),
        (0x000f, b"\x02\x19X"),
        (0x0040, b"\x02\x1d3"),
        (0x0040, b"\x02\x1d "),
        (0x0040, b"\x03\x1eA*"),
        // Unknown, not allowed, repeated, cut short, without a tag, too long.
        (0x000f, b"\x02\x08Y"),
        (0x000f, b"\x02\x1bB"),
        (0x000f, b"\x02\x19Y\x02\x19Y"),
        (0x000f, b"\x05\x02OB"),
        (0x000f, b"\x00"),
        (0x000f, b"\x03\x06LL"),
        (0x000f, b"\x01\x06"),
    ];
    for (reason, tags) in wrong {
        check(good(), tags, Some(reason));
    }
}

#[test]
fn tags_without_effect_are_fine() {
    let fine: [&[u8]; 14] = [
        b"\x05\x02OBAA",
        b"\x05\x02    ",
        b"\x05\x03\0\0\0\0\x02\x04R",
        b"\x02\x04 \x02\x06L\x02\x0aL",
        b"\x02\x0cN\x02\x10N",
        b"\x02\x0cP",
        b"\x02\x10 \x02\x11 ",
        b"\x03\x18\xff\xff",
        b"\x02\x19Y\x05\x1aLOCB",
        b"\x02\x19N",
        b"\x02\x1dN",
        b"\x02\x1d*\x03\x1e**",
        b"\x02\x1dY\x03\x1eA ",
        b"\x02\x1c\0",
    ];
    for tags in fine {
        check(good(), tags, None);
    }
}

#[test]
fn a_minimum_is_of_round_lots_or_the_whole_of_an_order_that_does_not_rest() {
    let at_once = EnterOrder { time_in_force: b'3', quantity: 250.into(), ..good() };
    let minima: [(u8, u8, Option<u16>); 6] = [
        (0, 0, None),
        (0, 100, None),
        (0, 200, None),
        (0, 250, None),
        (0, 150, Some(0x000d)),
        (1, 44, Some(0x000d)),
    ];
    for (high, low, reason) in minima {
        check(at_once, &[5, 3, 0, 0, high, low], reason);
    }
    check(good(), b"\x05\x03\0\0\0\x64", Some(0x000d));
}

#[test]
fn the_first_wrong_thing_decides() {
    let everything = EnterOrder {
        side: b'X',
        quantity: 0.into(),
        symbol: Symbol::BLANK,
        price: 0.into(),
        time_in_force: b'5',
        display: b'Z',
        ..good()
    };
    check(everything, b"\x02\x1d3\x02\x06P\0", Some(0x000f));
    check(everything, b"\x02\x1d3\x02\x06P\x05\x02NONE", Some(0x000c));
    check(everything, b"\x02\x1d3\x02\x06P", Some(0x0009));
    let everything = EnterOrder { side: b'B', ..everything };
    check(everything, b"", Some(0x0013));
    let everything = EnterOrder { quantity: 50.into(), ..everything };
    check(everything, b"", Some(0x0017));
    let everything = EnterOrder { symbol: Symbol(*b"LOTS    "), ..everything };
    check(everything, b"", Some(0x0013));
    let everything = EnterOrder { quantity: 100.into(), ..everything };
    check(everything, b"", Some(0x001d));
    let everything = EnterOrder { price: 0x7FFF_FFFF.into(), ..everything };
    check(everything, b"", Some(0x002e));
    let everything = EnterOrder { time_in_force: b'0', ..everything };
    check(everything, b"", Some(0x0003));
    // Tags are looked at by their numbers, after all fields and before the limits.
    let everything = EnterOrder { display: b'Y', ..everything };
    check(everything, b"\x02\x1d3\x02\x06P", Some(0x0011));
    check(everything, b"", Some(0x002c));
}

#[test]
fn the_limits_of_a_port() {
    let mut day = Day::new();
    let limits = Limits {
        max_quantity: 500,
        single_order_notional: 4_000 * 10_000,
        gross_exposure: 8_000 * 10_000,
        ..Limits::NONE
    };
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day.send(A, &buy(1, 501, TEN));
    day.send(A, &buy(2, 401, TEN));
    day.send(A, &buy(3, 400, TEN));
    day.send(A, &buy(4, 400, TEN));
    day.send(A, &buy(5, 1, CENT));
    let told = day.answers(A);
    assert_eq!(told[..2], [r#"J 1 0x0031 "from noon""#, r#"J 2 0x0030 "from noon""#]);
    assert_eq!(told[4], r#"J 5 0x0020 "from noon""#);
    // An executed sell counts at its limit, an executed buy at what it paid; a cancel gives back all.
    day.send(A, &cancel(3, 0));
    day.send(B, &sell(1, 400, TEN - CENT));
    day.skip();
    day.send(A, &buy(6, 400, TEN));
    assert_eq!(day.answers(A), ["A 6 B 400 @ 10.0000 ref 1.4 L []"]);
    day.send(A, &buy(7, 1, 1));
    assert_eq!(day.answers(A), [r#"J 7 0x0020 "from noon""#]);
}

#[test]
fn a_buy_counts_at_what_it_paid() {
    let mut day = Day::new();
    let limits = Limits { gross_exposure: 1_000 * 10_000, ..Limits::NONE };
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day.send(B, &sell(1, 100, TEN - CENT));
    day.send(A, &buy(1, 100, TEN));
    day.skip();
    // $999 are used.
    day.send(A, &buy(2, 1, 10_001));
    day.send(A, &buy(3, 1, 10_000));
    assert_eq!(day.answers(A), [r#"J 2 0x0020 "from noon""#, "A 3 B 1 @ 1.0000 ref 1.3 L []"]);
}

#[test]
fn the_limits_of_a_firm_hold_over_its_ports() {
    let mut day = Day::new();
    let limits = Limits { gross_exposure: 1_500 * 10_000, ..Limits::NONE };
    let definition = FirmDefined {
        id: FirmId(0),
        mpid: Mpid(*b"OBAA"),
        limits,
        organization: Mpid::BLANK,
        affiliate: Mpid::BLANK,
    };
    day.model.firm_defined(definition);
    day.send(A, &buy(1, 100, TEN));
    day.send(C, &buy(1, 100, TEN));
    day.send(C, &buy(2, 50, TEN));
    assert_eq!(day.answers(C), [r#"J 1 0x0020 "from noon""#, "A 2 B 50 @ 10.0000 ref 1.2 L []"]);
}

#[test]
fn a_replacement_takes_over_the_notional_of_the_original() {
    let mut day = Day::new();
    let limits = Limits { gross_exposure: 1_500 * 10_000, ..Limits::NONE };
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day.send(A, &buy(1, 100, TEN));
    day.send(A, &replace(1, 2, 151, TEN));
    day.send(A, &replace(1, 3, 150, TEN));
    assert_eq!(
        day.answers(A)[1..],
        [r#"J 2 0x0020 "replaced""#, "U 1>3 B 150 @ 10.0000 ref 1.2 L []"]
    );
    // Above a limit that was lowered meanwhile, an order may still shrink.
    let limits = Limits { gross_exposure: 0, ..Limits::NONE };
    day.model.port_defined(port(0, 0, limits, DisconnectPolicy::Keep));
    day.send(A, &replace(3, 4, 149, TEN));
    assert_eq!(day.answers(A), ["U 3>4 B 149 @ 10.0000 ref 1.3 L []"]);
}
