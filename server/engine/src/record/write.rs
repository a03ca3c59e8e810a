//! Command to record.

use zerocopy::{Immutable, IntoBytes};

use super::{FORMAT, MAX_RECORD, kind, wire};
use crate::command::{
    Bust, BustParty, Command, Enter, FirmDefined, KillScope, Limits, MassCancel, Member, OrderKey,
    OrderPrice, Permissions, PortDefined, Replace, SymbolDefined, Verdict,
};
use protocol::Mpid;

/// Appends the record of `command` to `out`; `time_delta_ns` counts from the time of the block.
pub fn encode(command: &Command<'_>, time_delta_ns: u32, out: &mut Vec<u8>) {
    let start = out.len();
    let mut record = Record { time_delta_ns, out };
    match command {
        Command::DayOpened(day) => record.put(
            kind::DAY_OPENED,
            &wire::DayOpened {
                log_id: day.log_id,
                session: day.session,
                midnight_ns: day.midnight_ns.into(),
                rule_version: day.rule_version.into(),
            },
        ),
        Command::FirmDefined(firm) => record.put(kind::FIRM_DEFINED, &firm_defined(firm)),
        Command::PortDefined(port) => record.put(kind::PORT_DEFINED, &port_defined(port)),
        Command::SymbolDefined(symbol) => record.put(kind::SYMBOL_DEFINED, &symbol_defined(symbol)),
        Command::SymbolRemoved { locate } => {
            record.put(kind::SYMBOL_REMOVED, &wire::SymbolRemoved { locate: locate.0.into() });
        }
        Command::SymbolRestricted { member, locate, restricted } => {
            let (member, id) = match member {
                Member::Firm(id) => (0, id.0),
                Member::Port(id) => (1, id.0),
            };
            record.put(
                kind::SYMBOL_RESTRICTED,
                &wire::SymbolRestricted {
                    member,
                    id: id.into(),
                    locate: locate.0.into(),
                    restricted: u8::from(*restricted),
                },
            );
        }
        Command::SystemEvent { code } => {
            record.put(kind::SYSTEM_EVENT, &wire::SystemEvent { code: code.code() })
        }
        Command::TradingAction { locate, state, reason } => record.put(
            kind::TRADING_ACTION,
            &wire::TradingAction { locate: locate.0.into(), state: state.code(), reason: *reason },
        ),
        Command::PhaseChanged { locate, phase } => record.put(
            kind::PHASE_CHANGED,
            &wire::PhaseChanged { locate: locate.0.into(), phase: *phase as u8 },
        ),
        Command::ImbalanceDue { locate, cross_type } => record.put(
            kind::IMBALANCE_DUE,
            &wire::ImbalanceDue { locate: locate.0.into(), cross_type: cross_type.code() },
        ),
        Command::ShortSaleTest { locate, action } => record.put(
            kind::SHORT_SALE_TEST,
            &wire::ShortSaleTest { locate: locate.0.into(), action: *action },
        ),
        Command::OperatorNote { who, why } => record.operator_note(who, why),
        Command::Tick => record.put(kind::TICK, &[0_u8; 0]),
        Command::KillSwitch { scope, engaged } => {
            record.put(kind::KILL_SWITCH, &kill_switch(*scope, *engaged))
        }
        Command::GraceEnded { port } => {
            record.put(kind::GRACE_ENDED, &wire::GraceEnded { port: port.0.into() })
        }
        Command::Bust(broken) => record.put(kind::BUST, &bust(broken)),
        _ => participant(&mut record, command),
    }
    assert!(out.len() - start <= MAX_RECORD, "a record fits the longest one");
}

/// Writes what came from a participant's session.
fn participant(record: &mut Record<'_>, command: &Command<'_>) {
    match command {
        Command::Connected { port } => {
            record.put(kind::CONNECTED, &wire::Connected { port: port.0.into() })
        }
        Command::Disconnected { port, cause } => record.put(
            kind::DISCONNECTED,
            &wire::Disconnected { port: port.0.into(), cause: *cause as u8 },
        ),
        Command::Enter(enter) => record.enter(enter),
        Command::Replace(replace) => record.replace(replace),
        Command::Cancel(cancel) => record.put(
            kind::CANCEL,
            &wire::Cancel {
                key: key(&cancel.key),
                locate: cancel.locate.0.into(),
                quantity: cancel.quantity.into(),
            },
        ),
        Command::Modify(modify) => record.put_with_tail(
            kind::MODIFY,
            &wire::Modify {
                key: key(&modify.key),
                locate: modify.locate.0.into(),
                side: modify.side.code(),
                quantity: modify.quantity.into(),
            },
            modify.appendage,
        ),
        Command::MassCancel(mass_cancel) => record.mass_cancel(mass_cancel),
        Command::DisableEntry { key, firm } => {
            record.put(kind::DISABLE_ENTRY, &entry_switch(key, firm))
        }
        Command::EnableEntry { key, firm } => {
            record.put(kind::ENABLE_ENTRY, &entry_switch(key, firm))
        }
        Command::AccountQuery { port, user_ref_idx, next_user_ref_num } => record.put(
            kind::ACCOUNT_QUERY,
            &wire::AccountQuery {
                port: port.0.into(),
                user_ref_idx: *user_ref_idx,
                next_user_ref_num: (*next_user_ref_num).into(),
            },
        ),
        Command::Counted { port } => {
            record.put(kind::COUNTED, &wire::Counted { port: port.0.into() })
        }
        Command::Refused { key: refused, reason, cl_ord_id, is_order } => record.put(
            kind::REFUSED,
            &wire::Refused {
                key: key(refused),
                reason: reason.code().into(),
                cl_ord_id: cl_ord_id.0,
                is_order: u8::from(*is_order),
            },
        ),
        _ => unreachable!("the venue's own commands are written by the caller"),
    }
}

/// A record under way.
struct Record<'a> {
    time_delta_ns: u32,
    out: &'a mut Vec<u8>,
}

impl Record<'_> {
    fn put<T: IntoBytes + Immutable + ?Sized>(&mut self, kind: u8, body: &T) {
        let head = wire::Head { kind, format: FORMAT, time_delta_ns: self.time_delta_ns.into() };
        self.out.extend_from_slice(head.as_bytes());
        self.out.extend_from_slice(body.as_bytes());
    }

    fn put_with_tail<T: IntoBytes + Immutable>(&mut self, kind: u8, body: &T, tail: &[u8]) {
        self.put(kind, body);
        self.out.extend_from_slice(tail);
    }

    fn operator_note(&mut self, who: &str, why: &str) {
        let who_length =
            u16::try_from(who.len()).expect("the admin socket bounds the length of a name");
        self.put_with_tail(
            kind::OPERATOR_NOTE,
            &wire::OperatorNote { who_length: who_length.into() },
            who.as_bytes(),
        );
        self.out.extend_from_slice(why.as_bytes());
    }

    fn enter(&mut self, enter: &Enter<'_>) {
        let (price, is_market) = price(enter.price);
        let body = wire::Enter {
            key: key(&enter.key),
            locate: enter.locate.0.into(),
            side: enter.side.code(),
            quantity: enter.quantity.into(),
            price: price.into(),
            is_market,
            time_in_force: enter.time_in_force.code(),
            display: enter.display.code(),
            capacity: enter.capacity.code(),
            intermarket_sweep: u8::from(enter.intermarket_sweep),
            cl_ord_id: enter.cl_ord_id.0,
            group_id: enter.group_id.into(),
            cross_type: enter.auction.cross_type.code(),
            imbalance_only: u8::from(enter.auction.imbalance_only),
            granted: enter.granted.into(),
        };
        self.put_with_tail(kind::ENTER, &body, enter.appendage);
    }

    fn replace(&mut self, replace: &Replace<'_>) {
        let (price, is_market) = price(replace.price);
        let (verdict, verdict_value) = match replace.verdict {
            Verdict::Granted(notional) => (0, notional),
            Verdict::InvalidDetails => (1, 0),
            Verdict::Refused(reason) => (2, u64::from(reason.code())),
        };
        let body = wire::Replace {
            key: key(&replace.key),
            original_user_ref_num: replace.original_user_ref_num.into(),
            locate: replace.locate.0.into(),
            quantity: replace.quantity.into(),
            price: price.into(),
            is_market,
            time_in_force: replace.time_in_force.code(),
            display: replace.display.code(),
            intermarket_sweep: u8::from(replace.intermarket_sweep),
            side: replace.side.map_or(0, |side| side.code()),
            imbalance_only: replace.imbalance_only.map_or(2, u8::from),
            cl_ord_id: replace.cl_ord_id.0,
            verdict,
            verdict_value: verdict_value.into(),
        };
        self.put_with_tail(kind::REPLACE, &body, replace.appendage);
    }

    fn mass_cancel(&mut self, mass_cancel: &MassCancel<'_>) {
        let body = wire::MassCancel {
            key: key(&mass_cancel.key),
            firm: mass_cancel.firm.0,
            symbol: mass_cancel.symbol.0,
            locate: mass_cancel.locate.0.into(),
            side: mass_cancel.side.map_or(0, |side| side.code()),
            has_group_id: u8::from(mass_cancel.group_id.is_some()),
            group_id: mass_cancel.group_id.unwrap_or(0).into(),
        };
        self.put_with_tail(kind::MASS_CANCEL, &body, mass_cancel.appendage);
    }
}

fn key(key: &OrderKey) -> wire::Key {
    wire::Key {
        port: key.port.0.into(),
        user_ref_idx: key.user_ref_idx,
        user_ref_num: key.user_ref_num.into(),
    }
}

fn limits(limits: &Limits) -> wire::Limits {
    let Permissions { short_sales, short_sales_exempt, short_sales_unlocated, intermarket_sweeps } =
        limits.permissions;
    let permissions = u8::from(short_sales)
        | u8::from(short_sales_exempt) << 1
        | u8::from(short_sales_unlocated) << 2
        | u8::from(intermarket_sweeps) << 3;
    wire::Limits {
        max_quantity: limits.max_quantity.into(),
        single_order_notional: limits.single_order_notional.into(),
        gross_exposure: limits.gross_exposure.into(),
        fat_finger: limits.fat_finger.into(),
        fat_finger_bp: limits.fat_finger_bp.into(),
        market_impact_bp: limits.market_impact_bp.into(),
        daily_volume_bp: limits.daily_volume_bp.into(),
        messages_per_second: limits.messages_per_second.into(),
        symbol_messages_per_second: limits.symbol_messages_per_second.into(),
        duplicate_window_ms: limits.duplicate_window_ms.into(),
        permissions,
    }
}

fn price(price: OrderPrice) -> (u32, u8) {
    match price {
        OrderPrice::Limit(price) => (price.ten_thousandths(), 0),
        OrderPrice::Market { code } => (code, 1),
    }
}

fn entry_switch(switched: &OrderKey, firm: &Mpid) -> wire::EntrySwitch {
    wire::EntrySwitch { key: key(switched), firm: firm.0 }
}

fn kill_switch(scope: KillScope, engaged: bool) -> wire::KillSwitch {
    let (scope, id) = match scope {
        KillScope::Venue => (0, 0),
        KillScope::Firm(firm) => (1, firm.0),
        KillScope::Port(port) => (2, port.0),
    };
    wire::KillSwitch { scope, id: id.into(), engaged: u8::from(engaged) }
}

fn firm_defined(firm: &FirmDefined) -> wire::FirmDefined {
    wire::FirmDefined {
        id: firm.id.0.into(),
        mpid: firm.mpid.0,
        limits: limits(&firm.limits),
        organization: firm.organization.0,
        affiliate: firm.affiliate.0,
    }
}

fn port_defined(port: &PortDefined) -> wire::PortDefined {
    wire::PortDefined {
        id: port.id.0.into(),
        username: port.username,
        firm: port.firm.0.into(),
        limits: limits(&port.limits),
        market_orders: u8::from(port.market_orders),
        on_disconnect: port.on_disconnect as u8,
        self_match: port.self_match.strategy.code(),
        self_match_group: port.self_match.group,
        disconnect_by_order: u8::from(port.disconnect_by_order),
        grace_ms: port.grace_ms.into(),
    }
}

fn bust(broken: &Bust) -> wire::Bust {
    let party = |party: &BustParty| wire::BustParty {
        key: key(&party.key),
        order_reference: party.order_reference.into(),
        side: party.side.code(),
        cl_ord_id: party.cl_ord_id.0,
        counted: party.counted.ten_thousandths().into(),
    };
    wire::Bust {
        match_number: broken.match_number.into(),
        reason: broken.reason.code(),
        quantity: broken.quantity.into(),
        price: broken.price.ten_thousandths().into(),
        aggressor_side: broken.aggressor_side,
        buyer: party(&broken.buyer),
        seller: party(&broken.seller),
    }
}

fn symbol_defined(symbol: &SymbolDefined) -> wire::SymbolDefined {
    wire::SymbolDefined {
        locate: symbol.locate.0.into(),
        symbol: symbol.symbol.0,
        market_category: symbol.market_category,
        financial_status_indicator: symbol.financial_status_indicator,
        round_lot_size: symbol.round_lot_size.into(),
        round_lots_only: u8::from(symbol.round_lots_only),
        issue_classification: symbol.issue_classification,
        issue_sub_type: symbol.issue_sub_type,
        authenticity: symbol.authenticity,
        short_sale_threshold_indicator: symbol.short_sale_threshold_indicator,
        ipo_flag: symbol.ipo_flag,
        luld_reference_price_tier: symbol.luld_reference_price_tier,
        etp_flag: symbol.etp_flag,
        etp_leverage_factor: symbol.etp_leverage_factor.into(),
        inverse_indicator: symbol.inverse_indicator,
        previous_close: symbol.previous_close.ten_thousandths().into(),
        average_daily_volume: symbol.average_daily_volume.into(),
    }
}
