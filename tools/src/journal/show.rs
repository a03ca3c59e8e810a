//! `openbell journal show`: every record of the log in words.
//!
//! Ports, firms and instruments are numbers in the log; the records that define them come first, so
//! they are shown by name.

use std::fmt;
use std::process::ExitCode;

use anyhow::{Context, Result};
use engine::command::{
    Bust, Cancel, Command, DisconnectCause, DisconnectPolicy, Enter, FirmDefined, FirmId,
    KillScope, Limits, Locate, MassCancel, Member, Modify, OrderKey, OrderPrice, Permissions,
    PortDefined, PortId, Replace, SelfMatch, SymbolDefined, Verdict,
};
use engine::record;
use protocol::Mpid;
use protocol::{ClOrdId, Price};
use server::journal::{Block, Reader};

use super::Place;
use crate::clock_time;
use crate::days;
use crate::line::{Line, Printer, ascii, letter};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    /// Sequence of the first record shown; they count from 1.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 1)]
    from: u64,
    /// Stops after so many.
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let mut reader = Reader::open(&days::journal_of(&args.place.dir)?)?;
    let mut printer = Printer::new(args.place.json);
    let shown = args.from..args.limit.map_or(u64::MAX, |limit| args.from.saturating_add(limit));
    let mut names = Names::default();
    let mut block = Block::new();
    while block.last_sequence() + 1 < shown.end && reader.next_block(&mut block)? {
        for (sequence, bytes) in (block.first_sequence()..).zip(block.records()) {
            let (delta_ns, command) =
                record::decode(bytes).with_context(|| format!("record {sequence}"))?;
            names.learn(&command);
            if shown.contains(&sequence) {
                let time = clock_time::utc(block.time_ns() + u64::from(delta_ns));
                let line = Line::new("sequence", sequence).with("time", time);
                printer.line(&line.and(names.line(&command)))?;
            }
        }
    }
    printer.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Who and what the log has defined so far.
#[derive(Debug, Default)]
struct Names {
    firms: Vec<FirmDefined>,
    ports: Vec<PortDefined>,
    /// By stock locate, which begins with 1.
    symbols: Vec<SymbolDefined>,
}

impl Names {
    fn learn(&mut self, command: &Command<'_>) {
        match command {
            Command::FirmDefined(firm) => set(&mut self.firms, firm.id.0, *firm),
            Command::PortDefined(port) => set(&mut self.ports, port.id.0, *port),
            Command::SymbolDefined(symbol) => {
                set(&mut self.symbols, symbol.locate.0.saturating_sub(1), *symbol);
            }
            _ => {}
        }
    }

    fn port(&self, id: PortId) -> String {
        let port = self.ports.get(usize::from(id.0));
        port.map_or_else(|| id.0.to_string(), |port| ascii(&port.username))
    }

    fn firm(&self, id: FirmId) -> String {
        let firm = self.firms.get(usize::from(id.0));
        firm.map_or_else(|| id.0.to_string(), |firm| firm.mpid.to_string())
    }

    fn symbol(&self, locate: Locate) -> String {
        let place = usize::from(locate.0).checked_sub(1);
        match place.and_then(|place| self.symbols.get(place)) {
            Some(symbol) => symbol.symbol.to_string(),
            None if locate == Locate::NONE => "*".to_owned(),
            None => locate.0.to_string(),
        }
    }

    fn key(&self, kind: &str, key: OrderKey) -> Line {
        Line::new("kind", kind)
            .with("port", self.port(key.port))
            .with("user_ref_idx", key.user_ref_idx)
            .with("user_ref_num", key.user_ref_num)
    }

    /// Gives a record its words.
    fn line(&self, command: &Command<'_>) -> Line {
        match command {
            Command::Enter(enter) => self.enter(enter),
            Command::Replace(replace) => self.replace(replace),
            Command::Cancel(Cancel { key, locate, quantity }) => self
                .key("Cancel", *key)
                .with("symbol", self.symbol(*locate))
                .with("quantity", *quantity),
            Command::Modify(Modify { key, locate, side, quantity, appendage }) => self
                .key("Modify", *key)
                .with("symbol", self.symbol(*locate))
                .with("side", letter(side.code()))
                .with("quantity", *quantity)
                .maybe("appendage", hex(appendage)),
            Command::MassCancel(mass_cancel) => self.mass_cancel(mass_cancel),
            Command::DisableEntry { key, firm } => {
                self.key("DisableEntry", *key).text("firm", firm)
            }
            Command::EnableEntry { key, firm } => self.key("EnableEntry", *key).text("firm", firm),
            Command::AccountQuery { port, user_ref_idx, next_user_ref_num } => {
                Line::new("kind", "AccountQuery")
                    .with("port", self.port(*port))
                    .with("user_ref_idx", *user_ref_idx)
                    .with("next_user_ref_num", *next_user_ref_num)
            }
            Command::Counted { port } => {
                Line::new("kind", "Counted").with("port", self.port(*port))
            }
            Command::Refused { key, reason, cl_ord_id, .. } => self
                .key("Refused", *key)
                .with("reason", reason.text())
                .maybe("cl_ord_id", filled(*cl_ord_id)),
            Command::Connected { port } => {
                Line::new("kind", "Connected").with("port", self.port(*port))
            }
            Command::Disconnected { port, cause } => Line::new("kind", "Disconnected")
                .with("port", self.port(*port))
                .with("cause", cause_name(*cause)),
            other => self.venue(other),
        }
    }

    /// Gives a record that no participant caused its words.
    fn venue(&self, command: &Command<'_>) -> Line {
        match command {
            Command::DayOpened(day) => Line::new("kind", "DayOpened")
                .with("session", ascii(&day.session))
                .with("log_id", format!("{:032x}", u128::from_be_bytes(day.log_id)))
                .with("midnight", clock_time::utc(day.midnight_ns))
                .with("rule_version", day.rule_version),
            Command::FirmDefined(firm) => Line::new("kind", "FirmDefined")
                .with("id", firm.id.0)
                .text("mpid", firm.mpid)
                .maybe("organization", named(firm.organization))
                .maybe("affiliate", named(firm.affiliate))
                .and(limits(&firm.limits)),
            Command::PortDefined(port) => Line::new("kind", "PortDefined")
                .with("id", port.id.0)
                .with("username", ascii(&port.username))
                .with("firm", self.firm(port.firm))
                .with("market_orders", port.market_orders)
                .with("disconnect", policy_name(port.on_disconnect))
                .and(self_match(port.self_match))
                .maybe("disconnect_by_order", port.disconnect_by_order.then_some(true))
                .maybe("grace_ms", may_be_away(port).then_some(port.grace_ms))
                .and(limits(&port.limits)),
            Command::SymbolDefined(symbol) => Line::new("kind", "SymbolDefined")
                .with("locate", symbol.locate.0)
                .text("symbol", symbol.symbol)
                .with("round_lot_size", symbol.round_lot_size)
                .with("round_lots_only", symbol.round_lots_only)
                .maybe(
                    "previous_close",
                    (symbol.previous_close != Price::ZERO)
                        .then(|| symbol.previous_close.to_string()),
                )
                .maybe(
                    "average_daily_volume",
                    (0 < symbol.average_daily_volume).then_some(symbol.average_daily_volume),
                ),
            Command::SymbolRemoved { locate } => {
                Line::new("kind", "SymbolRemoved").with("symbol", self.symbol(*locate))
            }
            Command::SymbolRestricted { member, locate, restricted } => {
                Line::new("kind", "SymbolRestricted")
                    .and(self.member(*member))
                    .with("symbol", self.symbol(*locate))
                    .with("restricted", *restricted)
            }
            Command::SystemEvent { code } => {
                Line::new("kind", "SystemEvent").with("event", format!("{code:?}"))
            }
            Command::TradingAction { locate, state, reason } => Line::new("kind", "TradingAction")
                .with("symbol", self.symbol(*locate))
                .with("state", format!("{state:?}"))
                .with("reason", ascii(reason)),
            Command::ShortSaleTest { locate, action } => Line::new("kind", "ShortSaleTest")
                .with("symbol", self.symbol(*locate))
                .with("action", letter(*action)),
            Command::OperatorNote { who, why } => {
                Line::new("kind", "OperatorNote").with("who", *who).with("why", *why)
            }
            Command::Bust(bust) => self.bust(bust),
            Command::GraceEnded { port } => {
                Line::new("kind", "GraceEnded").with("port", self.port(*port))
            }
            Command::KillSwitch { scope, engaged } => self.kill_switch(*scope, *engaged),
            _ => Line::new("kind", "Tick"),
        }
    }

    fn member(&self, member: Member) -> Line {
        match member {
            Member::Firm(firm) => Line::default().with("firm", self.firm(firm)),
            Member::Port(port) => Line::default().with("port", self.port(port)),
        }
    }

    fn bust(&self, bust: &Bust) -> Line {
        Line::new("kind", "Bust")
            .with("match_number", bust.match_number)
            .with("reason", letter(bust.reason.code()))
            .with("symbol", self.symbol(bust.locate()))
            .with("shares", bust.quantity)
            .text("price", bust.price)
            .with("buyer_port", self.port(bust.buyer.key.port))
            .with("buyer_user_ref_num", bust.buyer.key.user_ref_num)
            .with("seller_port", self.port(bust.seller.key.port))
            .with("seller_user_ref_num", bust.seller.key.user_ref_num)
    }

    fn kill_switch(&self, scope: KillScope, engaged: bool) -> Line {
        let line = Line::new("kind", "KillSwitch");
        let line = match scope {
            KillScope::Venue => line.with("venue", true),
            KillScope::Firm(firm) => line.with("firm", self.firm(firm)),
            KillScope::Port(port) => line.with("port", self.port(port)),
        };
        line.with("engaged", engaged)
    }

    fn enter(&self, enter: &Enter<'_>) -> Line {
        self.key("Enter", enter.key)
            .with("symbol", self.symbol(enter.locate))
            .with("side", letter(enter.side.code()))
            .with("quantity", enter.quantity)
            .text("price", Written(enter.price))
            .with("time_in_force", letter(enter.time_in_force.code()))
            .with("display", letter(enter.display.code()))
            .with("capacity", letter(enter.capacity.code()))
            .maybe("intermarket_sweep", enter.intermarket_sweep.then_some("Y"))
            .maybe("cl_ord_id", filled(enter.cl_ord_id))
            .maybe("group_id", Some(enter.group_id).filter(|&group| group != 0))
            .maybe("appendage", hex(enter.appendage))
    }

    fn replace(&self, replace: &Replace<'_>) -> Line {
        let verdict = match replace.verdict {
            Verdict::Granted(_) => "granted",
            Verdict::InvalidDetails => "invalid details",
            Verdict::Refused(reason) => reason.text(),
        };
        self.key("Replace", replace.key)
            .with("original_user_ref_num", replace.original_user_ref_num)
            .with("symbol", self.symbol(replace.locate))
            .with("quantity", replace.quantity)
            .text("price", Written(replace.price))
            .with("time_in_force", letter(replace.time_in_force.code()))
            .with("display", letter(replace.display.code()))
            .maybe("intermarket_sweep", replace.intermarket_sweep.then_some("Y"))
            .maybe("side", replace.side.map(|side| letter(side.code())))
            .maybe("cl_ord_id", filled(replace.cl_ord_id))
            .with("verdict", verdict)
            .maybe("appendage", hex(replace.appendage))
    }

    fn mass_cancel(&self, mass_cancel: &MassCancel<'_>) -> Line {
        self.key("MassCancel", mass_cancel.key)
            .text("firm", mass_cancel.firm)
            .with("symbol", self.symbol(mass_cancel.locate))
            .maybe("side", mass_cancel.side.map(|side| letter(side.code())))
            .maybe("group_id", mass_cancel.group_id)
            .maybe("appendage", hex(mass_cancel.appendage))
    }
}

/// A port's self-match prevention, where it has any.
fn self_match(default: SelfMatch) -> Line {
    if default == SelfMatch::OFF {
        return Line::default();
    }
    Line::default()
        .with("self_match", letter(default.strategy.code()))
        .with("self_match_group", ascii(&default.group))
}

fn set<T>(list: &mut Vec<T>, place: u16, value: T) {
    match list.get_mut(usize::from(place)) {
        Some(known) => *known = value,
        None => list.push(value),
    }
}

/// Limits that are set, in shares and dollars.
fn limits(limits: &Limits) -> Line {
    let dollars = |limit: u64| {
        (limit != u64::MAX).then(|| format!("{}.{:04}", limit / 10_000, limit % 10_000))
    };
    let max_quantity = Some(limits.max_quantity).filter(|&limit| limit != u32::MAX);
    Line::default()
        .maybe("max_quantity", max_quantity)
        .maybe("single_order_notional", dollars(limits.single_order_notional))
        .maybe("gross_exposure", dollars(limits.gross_exposure))
        .maybe("fat_finger_dollars", dollars_of(limits.fat_finger))
        .maybe("fat_finger_percent", percent(limits.fat_finger_bp))
        .maybe("market_impact_percent", percent(limits.market_impact_bp))
        .maybe("daily_volume_percent", percent(limits.daily_volume_bp))
        .maybe("messages_per_second", rate(limits.messages_per_second))
        .maybe("symbol_messages_per_second", rate(limits.symbol_messages_per_second))
        .maybe("duplicate_window_ms", Some(limits.duplicate_window_ms).filter(|&window| 0 < window))
        .maybe("without", lacks(limits.permissions))
}

fn rate(per_second: u32) -> Option<u32> {
    Some(per_second).filter(|&rate| rate != u32::MAX)
}

fn dollars_of(limit: u32) -> Option<String> {
    (limit != u32::MAX).then(|| Price::new(limit).to_string())
}

fn percent(limit_bp: u32) -> Option<String> {
    (limit_bp != u32::MAX).then(|| format!("{}.{:02}", limit_bp / 100, limit_bp % 100))
}

/// The permissions that are not given.
fn lacks(permissions: Permissions) -> Option<String> {
    let Permissions { short_sales, short_sales_exempt, short_sales_unlocated, intermarket_sweeps } =
        permissions;
    let lacking: Vec<&str> = [
        ("short_sales", short_sales),
        ("short_sales_exempt", short_sales_exempt),
        ("short_sales_unlocated", short_sales_unlocated),
        ("intermarket_sweeps", intermarket_sweeps),
    ]
    .into_iter()
    .filter_map(|(name, given)| (!given).then_some(name))
    .collect();
    (!lacking.is_empty()).then(|| lacking.join(","))
}

/// A price of an order in words.
struct Written(OrderPrice);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            OrderPrice::Limit(price) => Price::fmt(&price, f),
            OrderPrice::Market { .. } => f.write_str("market"),
        }
    }
}

fn cause_name(cause: DisconnectCause) -> &'static str {
    match cause {
        DisconnectCause::Lost => "lost",
        DisconnectCause::Crash => "crash",
        DisconnectCause::Stop => "stop",
        DisconnectCause::Operator => "operator",
    }
}

/// Tells whether a port's orders may be canceled after a grace.
fn may_be_away(port: &PortDefined) -> bool {
    port.disconnect_by_order || port.on_disconnect == DisconnectPolicy::CancelAfter
}

fn policy_name(policy: DisconnectPolicy) -> &'static str {
    match policy {
        DisconnectPolicy::Keep => "keep",
        DisconnectPolicy::Cancel => "cancel",
        DisconnectPolicy::CancelAfter => "cancel_after",
    }
}

fn filled(cl_ord_id: ClOrdId) -> Option<String> {
    (!cl_ord_id.is_blank()).then(|| cl_ord_id.to_string())
}

fn hex(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A name that may be left out.
fn named(name: Mpid) -> Option<String> {
    (!name.is_blank()).then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use protocol::{Mpid, Symbol};

    use super::*;

    #[test]
    fn numbers_of_the_log_are_shown_by_name() {
        let mut names = Names::default();
        let firm = FirmDefined {
            id: FirmId(0),
            mpid: Mpid(*b"ALFA"),
            limits: Limits::NONE,
            organization: Mpid::BLANK,
            affiliate: Mpid::BLANK,
        };
        let port = PortDefined {
            id: PortId(0),
            username: *b"ALICE ",
            firm: FirmId(0),
            limits: Limits { single_order_notional: 10_000_500, ..Limits::NONE },
            market_orders: false,
            on_disconnect: DisconnectPolicy::Keep,
            self_match: SelfMatch::OFF,
            disconnect_by_order: false,
            grace_ms: 10_000,
        };
        for command in [Command::FirmDefined(firm), Command::PortDefined(port)] {
            names.learn(&command);
        }
        let defined = names.line(&Command::PortDefined(port)).to_string();
        assert_eq!(
            defined,
            "PortDefined id=0 username=ALICE firm=ALFA market_orders=false disconnect=keep \
             single_order_notional=1000.0500"
        );
        let key = OrderKey { port: PortId(0), user_ref_idx: 0, user_ref_num: 7 };
        let cancel = Command::Cancel(Cancel { key, locate: Locate(3), quantity: 0 });
        assert_eq!(
            names.line(&cancel).to_string(),
            "Cancel port=ALICE user_ref_idx=0 user_ref_num=7 symbol=3 quantity=0"
        );
        assert_eq!(names.symbol(Locate::NONE), "*");
        assert_eq!(Symbol::BLANK.to_string(), "");
    }
}
