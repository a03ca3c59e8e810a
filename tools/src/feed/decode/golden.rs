//! Every message of ITCH 5.0 in JSON: the bytes by hand, the keys from the specification.

use protocol::itch::Message;

use super::object;

/// Stock locate 258, tracking number 3, and half past nine.
const HEADER: &[u8] = b"\x01\x02\0\x03\x1F\x1A\xCE\xD9\xF0\0";

/// The message type, what follows the header, the name, and the JSON that follows the time.
type Golden = (u8, &'static [u8], &'static str, &'static str);

const MARKET: [Golden; 3] = [
    (b'S', b"Q", "SystemEvent", r#""event_code":"Q""#),
    (
        b'V',
        b"\0\0\0\x45\xD9\x64\xB8\0\0\0\0\0\0\0\0\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        "MwcbDeclineLevel",
        r#""level_1":"3000.00000000","level_2":"0.00000001","level_3":"184467440737.09551615""#,
    ),
    (b'W', b"2", "MwcbStatus", r#""breached_level":"2""#),
];

const INSTRUMENTS: [Golden; 5] = [
    (
        b'R',
        b"AAPL    QN\0\0\0\x64NCZ PNN1N\0\0\0\x02Y",
        "StockDirectory",
        r#""stock":"AAPL","market_category":"Q","financial_status_indicator":"N","round_lot_size":100,"round_lots_only":"N","issue_classification":"C","issue_sub_type":"Z","authenticity":"P","short_sale_threshold_indicator":"N","ipo_flag":"N","luld_reference_price_tier":"1","etp_flag":"N","etp_leverage_factor":2,"inverse_indicator":"Y""#,
    ),
    (
        b'H',
        b"AAPL    T T3  ",
        "StockTradingAction",
        r#""stock":"AAPL","trading_state":"T","reserved":" ","reason":"T3""#,
    ),
    (b'Y', b"BRK.A   1", "RegShoRestriction", r#""stock":"BRK.A","reg_sho_action":"1""#),
    (
        b'L',
        b"OBMMAAPL    YNA",
        "MarketParticipantPosition",
        r#""mpid":"OBMM","stock":"AAPL","primary_market_maker":"Y","market_maker_mode":"N","market_participant_state":"A""#,
    ),
    (
        b'h',
        b"AAPL    QH",
        "OperationalHalt",
        r#""stock":"AAPL","market_code":"Q","operational_halt_action":"H""#,
    ),
];

const ORDERS: [Golden; 7] = [
    (
        b'A',
        b"\0\0\0\x10\0\0\0\x01B\0\0\x01\x2CAAPL    \0\x01\x90\x64",
        "AddOrder",
        r#""order_reference_number":68719476737,"buy_sell_indicator":"B","shares":300,"stock":"AAPL","price":"10.2500""#,
    ),
    (
        b'F',
        b"\0\0\0\x10\0\0\0\x02S\0\0\0\x64AAPL    \x77\x35\x93\x9COB  ",
        "AddOrderMpid",
        r#""order_reference_number":68719476738,"buy_sell_indicator":"S","shares":100,"stock":"AAPL","price":"199999.9900","attribution":"OB""#,
    ),
    (
        b'E',
        b"\0\0\0\x10\0\0\0\x01\0\0\0\x3C\0\0\0\x10\0\0\0\x09",
        "OrderExecuted",
        r#""order_reference_number":68719476737,"executed_shares":60,"match_number":68719476745"#,
    ),
    (
        b'C',
        b"\0\0\0\x10\0\0\0\x01\0\0\0\x3C\0\0\0\x10\0\0\0\x0AN\0\x01\x90\x64",
        "OrderExecutedWithPrice",
        r#""order_reference_number":68719476737,"executed_shares":60,"match_number":68719476746,"printable":"N","execution_price":"10.2500""#,
    ),
    (
        b'X',
        b"\0\0\0\x10\0\0\0\x01\0\0\0\x05",
        "OrderCancel",
        r#""order_reference_number":68719476737,"canceled_shares":5"#,
    ),
    (b'D', b"\0\0\0\x10\0\0\0\x01", "OrderDelete", r#""order_reference_number":68719476737"#),
    (
        b'U',
        b"\0\0\0\x10\0\0\0\x01\0\0\0\x10\0\0\0\x03\0\0\0\x07\0\x01\x90\x65",
        "OrderReplace",
        r#""original_order_reference_number":68719476737,"new_order_reference_number":68719476739,"shares":7,"price":"10.2501""#,
    ),
];

const TRADES: [Golden; 3] = [
    (
        b'P',
        b"\0\0\0\0\0\0\0\0B\0\0\0\x32AAPL    \0\x01\x90\x64\0\0\0\x10\0\0\0\x0B",
        "Trade",
        r#""order_reference_number":0,"buy_sell_indicator":"B","shares":50,"stock":"AAPL","price":"10.2500","match_number":68719476747"#,
    ),
    (
        b'Q',
        b"\0\0\0\x01\0\0\0\0AAPL    \0\x01\x90\x64\0\0\0\x10\0\0\0\x0CO",
        "CrossTrade",
        r#""shares":4294967296,"stock":"AAPL","cross_price":"10.2500","match_number":68719476748,"cross_type":"O""#,
    ),
    (b'B', b"\0\0\0\x10\0\0\0\x09", "BrokenTrade", r#""match_number":68719476745"#),
];

const AUCTIONS: [Golden; 5] = [
    (
        b'K',
        b"AAPL    \0\0\x8C\xA0A\0\x02\xE6\x30",
        "IpoQuotingPeriodUpdate",
        r#""stock":"AAPL","ipo_quotation_release_time":36000,"ipo_quotation_release_qualifier":"A","ipo_price":"19.0000""#,
    ),
    (
        b'J',
        b"AAPL    \0\x01\x90\x64\0\x01\xA4\xEC\0\x01\x7B\xDC\0\0\0\x01",
        "LuldAuctionCollar",
        r#""stock":"AAPL","auction_collar_reference_price":"10.2500","upper_auction_collar_price":"10.7756","lower_auction_collar_price":"9.7244","auction_collar_extension":1"#,
    ),
    (
        b'I',
        b"\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x07SAAPL    \0\x01\x90\x64\0\x01\x90\x65\0\x01\x90\x66OL",
        "NetOrderImbalanceIndicator",
        r#""paired_shares":256,"imbalance_shares":7,"imbalance_direction":"S","stock":"AAPL","far_price":"10.2500","near_price":"10.2501","current_reference_price":"10.2502","cross_type":"O","price_variation_indicator":"L""#,
    ),
    (b'N', b"BIZD    N", "RetailInterest", r#""stock":"BIZD","interest_flag":"N""#),
    (
        b'O',
        b"AAPL    Y\0\0\0\x01\0\0\0\x02\0\0\0\x03\x00\x00\x1F\x1A\xCE\xD9\xF0\0\0\0\0\x04\0\0\0\x05",
        "DirectListingPriceDiscovery",
        r#""stock":"AAPL","open_eligibility_status":"Y","minimum_allowable_price":"0.0001","maximum_allowable_price":"0.0002","near_execution_price":"0.0003","near_execution_time":34200000000000,"lower_price_range_collar":"0.0004","upper_price_range_collar":"0.0005""#,
    ),
];

fn all() -> Vec<Golden> {
    [MARKET.as_slice(), &INSTRUMENTS, &ORDERS, &TRADES, &AUCTIONS].concat()
}

#[test]
fn every_message_is_this_json() {
    for (message_type, body, name, fields) in all() {
        let bytes = [&[message_type], HEADER, body].concat();
        let message = Message::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let json = serde_json::to_string(&object::known(7, &message)).expect("it has a JSON form");
        let letter = char::from(message_type);
        let expected = format!(
            r#"{{"number":7,"type":"{letter}","name":"{name}","stock_locate":258,"tracking_number":3,"timestamp":34200000000000,"time":"09:30:00.000000000",{fields}}}"#
        );
        assert_eq!(json, expected);
    }
}

#[test]
fn every_type_of_the_specification_has_its_json() {
    let mut types: Vec<u8> = all().iter().map(|golden| golden.0).collect();
    types.sort_unstable();
    let known: Vec<u8> = (0..=u8::MAX)
        .filter(|&code| {
            use protocol::itch::DecodeError::UnknownType;
            !matches!(Message::decode(&[code]), Err(UnknownType(_)))
        })
        .collect();
    assert_eq!(types, known);
    assert_eq!(types.len(), 23);
}

#[test]
fn the_instrument_is_that_of_the_field() {
    for (message_type, body, name, fields) in all() {
        let bytes = [&[message_type], HEADER, body].concat();
        let message = Message::decode(&bytes).expect("as above");
        let stock = object::stock(&message).map(|stock| format!(r#""stock":"{stock}""#));
        assert_eq!(stock.is_some(), fields.contains(r#""stock":"#), "{name}");
        assert!(stock.is_none_or(|stock| fields.contains(&stock)), "{name}");
    }
}

#[test]
fn a_message_nobody_knows_is_shown_in_hex() {
    let json =
        |bytes| serde_json::to_string(&object::unknown(7, bytes)).expect("it has a JSON form");
    let expected = r#"{"number":7,"type":"unknown","code":"z","length":3,"hex":"7a00ff"}"#;
    assert_eq!(json(b"z\0\xFF"), expected);
    assert_eq!(json(b""), r#"{"number":7,"type":"unknown","length":0,"hex":""}"#);
}
