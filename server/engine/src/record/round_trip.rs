//! Every kind of record comes back as the command it was, and no other bytes are taken for one.

use protocol::enums::{
    AiqStrategy, BrokenTradeReason, Capacity, CrossType, Display, EventCode, Side, TimeInForce,
    TradingState,
};
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, Mpid, Price, Symbol};

use super::{RecordError, decode, encode};
use crate::command::*;

const KEY: OrderKey = OrderKey { port: PortId(0x1234), user_ref_idx: 5, user_ref_num: 0xFFFF_FFFF };
const LIMITS: Limits = Limits {
    max_quantity: 7,
    single_order_notional: 8,
    gross_exposure: u64::MAX,
    fat_finger: 9,
    fat_finger_bp: 10,
    market_impact_bp: 11,
    daily_volume_bp: u32::MAX,
    messages_per_second: 12,
    symbol_messages_per_second: 13,
    duplicate_window_ms: 14,
    permissions: Permissions { short_sales_exempt: false, ..Permissions::ALL },
};
const CL_ORD_ID: ClOrdId = ClOrdId(*b"order 1       ");

fn enter() -> Enter<'static> {
    Enter {
        key: KEY,
        locate: Locate(513),
        side: Side::SellShort,
        quantity: 999_999,
        price: OrderPrice::Limit(Price::MAX),
        time_in_force: TimeInForce::ImmediateOrCancel,
        display: Display::Attributable,
        capacity: Capacity::Riskless,
        intermarket_sweep: true,
        cl_ord_id: CL_ORD_ID,
        group_id: 0xABCD,
        auction: Auction { cross_type: CrossType::Opening, imbalance_only: true },
        granted: u64::MAX - 1,
        appendage: &[2, 28, 5],
    }
}

fn replace(verdict: Verdict, side: Option<Side>) -> Command<'static> {
    Command::Replace(Replace {
        key: KEY,
        original_user_ref_num: 77,
        locate: Locate(9),
        quantity: 1,
        price: OrderPrice::Market { code: 0x7FFF_FFFF },
        time_in_force: TimeInForce::Day,
        display: Display::Visible,
        intermarket_sweep: true,
        side,
        imbalance_only: side.map(|side| side.is_buy()),
        cl_ord_id: CL_ORD_ID,
        verdict,
        appendage: &[],
    })
}

fn mass_cancel(side: Option<Side>, group_id: Option<u16>) -> Command<'static> {
    Command::MassCancel(MassCancel {
        key: KEY,
        firm: Mpid(*b"FIRM"),
        symbol: Symbol(*b"AAPL    "),
        locate: Locate(1),
        side,
        group_id,
        appendage: &[2, 27, b'S'],
    })
}

fn refused(is_order: bool) -> Command<'static> {
    let (reason, cl_ord_id) = (RejectReason::InvalidAiq, CL_ORD_ID);
    Command::Refused { key: KEY, reason, cl_ord_id, is_order }
}

fn modify() -> Command<'static> {
    Command::Modify(Modify {
        key: KEY,
        locate: Locate(2),
        side: Side::Sell,
        quantity: 5,
        appendage: &[2, 25, b'Y'],
    })
}

fn halted() -> Command<'static> {
    let (locate, state) = (Locate::NONE, TradingState::Halted);
    Command::TradingAction { locate, state, reason: *b"T1  " }
}

fn restricted(member: Member, restricted: bool) -> Command<'static> {
    Command::SymbolRestricted { member, locate: Locate(4), restricted }
}

fn port() -> PortDefined {
    PortDefined {
        id: PortId(3),
        username: *b"TRADER",
        firm: FirmId(2),
        limits: LIMITS,
        market_orders: true,
        on_disconnect: DisconnectPolicy::CancelAfter,
        self_match: SelfMatch { strategy: AiqStrategy::AnyUseRemover, group: *b"AB" },
        disconnect_by_order: true,
        grace_ms: u32::MAX,
    }
}

/// One command of every kind and of every branch inside a kind.
fn samples() -> Vec<Command<'static>> {
    let symbol = SymbolDefined {
        locate: Locate(1),
        symbol: Symbol(*b"AAPL    "),
        market_category: b'Q',
        financial_status_indicator: b'N',
        round_lot_size: 100,
        round_lots_only: true,
        issue_classification: b'C',
        issue_sub_type: *b"Z ",
        authenticity: b'P',
        short_sale_threshold_indicator: b'N',
        ipo_flag: b' ',
        luld_reference_price_tier: b'1',
        etp_flag: b'N',
        etp_leverage_factor: 3,
        inverse_indicator: b'Y',
        previous_close: Price::new(12),
        average_daily_volume: u64::MAX,
    };
    let day = DayOpened {
        log_id: [9; 16],
        session: *b"2026112201",
        midnight_ns: 1 << 60,
        rule_version: RULE_VERSION,
    };
    vec![
        Command::DayOpened(day),
        Command::FirmDefined(FirmDefined {
            id: FirmId(2),
            mpid: Mpid(*b"FIRM"),
            limits: LIMITS,
            organization: Mpid(*b"ORG "),
            affiliate: Mpid(*b"AFFI"),
        }),
        Command::PortDefined(port()),
        Command::SymbolDefined(symbol),
        Command::SymbolRemoved { locate: Locate(4) },
        restricted(Member::Firm(FirmId(2)), true),
        restricted(Member::Port(PortId(9)), false),
        Command::SystemEvent { code: EventCode::EndOfMarketHours },
        halted(),
        Command::ShortSaleTest { locate: Locate(2), action: b'1' },
        Command::Enter(enter()),
        replace(Verdict::Granted(u64::MAX), None),
        replace(Verdict::InvalidDetails, Some(Side::Sell)),
        replace(Verdict::Refused(RejectReason::FirmNotAuthorized), None),
        Command::Cancel(Cancel { key: KEY, locate: Locate(2), quantity: 0 }),
        modify(),
        mass_cancel(None, None),
        mass_cancel(Some(Side::Sell), Some(0)),
        Command::DisableEntry { key: KEY, firm: Mpid(*b"FIRM") },
        Command::EnableEntry { key: KEY, firm: Mpid::BLANK },
        Command::AccountQuery { port: PortId(1), user_ref_idx: 0, next_user_ref_num: 12 },
        refused(true),
        refused(false),
        Command::Counted { port: PortId(7) },
        Command::Tick,
    ]
}

/// One command of every operator act and of what befalls a session, and of every branch inside.
fn acts() -> [Command<'static>; 9] {
    let party = |side| BustParty {
        key: KEY,
        order_reference: 1 << 40,
        side,
        cl_ord_id: CL_ORD_ID,
        counted: Price::new(u32::MAX - 2),
    };
    let bust = Bust {
        match_number: 7 << 16 | 513,
        reason: BrokenTradeReason::Consent,
        quantity: 999_999,
        price: Price::MAX,
        aggressor_side: b' ',
        buyer: party(Side::Buy),
        seller: party(Side::SellShort),
    };
    [
        Command::OperatorNote { who: "ada", why: "news on the tape" },
        Command::KillSwitch { scope: KillScope::Venue, engaged: true },
        Command::KillSwitch { scope: KillScope::Firm(FirmId(0x1234)), engaged: false },
        Command::KillSwitch { scope: KillScope::Port(PortId(0xFFFF)), engaged: true },
        Command::Bust(bust),
        Command::GraceEnded { port: PortId(0x0102) },
        Command::Connected { port: PortId(1) },
        Command::Disconnected { port: PortId(1), cause: DisconnectCause::Crash },
        Command::Disconnected { port: PortId(1), cause: DisconnectCause::Operator },
    ]
}

#[test]
fn every_command_comes_back_as_it_was() {
    for command in samples().into_iter().chain(acts()) {
        let mut bytes = Vec::new();
        encode(&command, 0xDEAD_BEEF, &mut bytes);
        assert_eq!(decode(&bytes), Ok((0xDEAD_BEEF, command)));
    }
}

#[test]
fn a_cut_record_is_refused() {
    for command in samples().into_iter().chain(acts()) {
        let mut bytes = Vec::new();
        encode(&command, 1, &mut bytes);
        for length in 0..bytes.len() {
            // A shorter appendage or text is still a record; everything fixed is not.
            if let Ok((_, shorter)) = decode(&bytes[..length]) {
                assert_ne!(shorter, command);
            }
        }
    }
}

#[test]
fn an_unknown_kind_or_format_is_refused() {
    assert_eq!(decode(&[]), Err(RecordError::Empty));
    assert_eq!(decode(&[99, 1, 0, 0, 0, 0]), Err(RecordError::UnknownKind(99)));
    assert_eq!(
        decode(&[12, 2, 0, 0, 0, 0]),
        Err(RecordError::UnknownFormat { kind: 12, format: 2, expected: 1 })
    );
}

#[test]
fn an_enter_without_attributes_stays_small() {
    let mut bytes = Vec::new();
    encode(&Command::Enter(Enter { appendage: &[], ..enter() }), 0, &mut bytes);
    assert!(
        bytes.len() + 2 <= 64,
        "a command costs at most 64 bytes of the journal, length prefix included"
    );
}
