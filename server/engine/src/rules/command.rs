//! Reads a command in trader language.

use protocol::enums::{Capacity, CrossType, Display, EventCode, Side, TimeInForce, TradingState};
use protocol::ouch::Attributes;
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, Mpid, Price, Symbol};

use super::{Market, firm, port};
use crate::book::notional;
use crate::command::{
    Auction, Cancel, Command, DisconnectCause, Enter, FirmId, KillScope, Limits, Locate,
    MassCancel, Modify, OrderKey, OrderPrice, Permissions, Phase, PortId, Replace, SymbolDefined,
    Verdict,
};

/// What a market order may come to unless the line says otherwise: ten million dollars.
const MARKET_ORDER_GRANT: u64 = 100_000_000_000;

impl Market {
    pub(super) fn read(&mut self, words: &[&str]) -> Command<'static> {
        match *words {
            ["close", "of", locate, "was", price] => Command::SymbolDefined(SymbolDefined {
                previous_close: dollars(price),
                ..symbol(Locate(number(locate)))
            }),
            ["wait", time_ms] => {
                self.waited_ns += number::<u64>(time_ms) * 1_000_000;
                Command::Tick
            }
            ["halt"] => trading(TradingState::Halted),
            ["pause"] => trading(TradingState::Paused),
            ["resume"] => trading(TradingState::Trading),
            ["pre-open"] => phase(Phase::PreOpen),
            ["open"] => phase(Phase::Continuous),
            ["imbalance"] => {
                Command::ImbalanceDue { locate: Locate::NONE, cross_type: CrossType::Opening }
            }
            ["close"] => Command::SystemEvent { code: EventCode::EndOfMarketHours },
            ["disconnect", port, cause] => {
                Command::Disconnected { port: PortId(number(port)), cause: disconnect_cause(cause) }
            }
            ["port", id, ref rest @ ..] => {
                Command::PortDefined(port(PortId(number(id)), limits(rest)))
            }
            ["firm", id, ref rest @ ..] => {
                Command::FirmDefined(firm(FirmId(number(id)), limits(rest)))
            }
            ["bust", trade] => Command::Bust(self.trades[number::<usize>(trade) - 1]),
            ["grace", "of", port, "ends"] => Command::GraceEnded { port: PortId(number(port)) },
            ["kill", ref scope @ ..] => {
                Command::KillSwitch { scope: kill_scope(scope), engaged: true }
            }
            ["release", ref scope @ ..] => {
                Command::KillSwitch { scope: kill_scope(scope), engaged: false }
            }
            ["mass", "cancel", ref rest @ ..] => self.mass_cancel(rest),
            [name, "enter", side, quantity, "@", price, ref rest @ ..] => {
                self.enter(name, side, quantity, price, rest)
            }
            [name, "replace", original, quantity, "@", price, ref rest @ ..] => {
                self.replace(name, original, quantity, price, rest)
            }
            [name, "cancel", "to", quantity] => {
                let (key, locate) = self.known(name);
                Command::Cancel(Cancel { key, locate, quantity: number(quantity) })
            }
            [name, "modify", new_side, "to", quantity, ref rest @ ..] => {
                let (key, locate) = self.known(name);
                Command::Modify(Modify {
                    key,
                    locate,
                    side: side(new_side),
                    quantity: number(quantity),
                    appendage: appendage(rest),
                })
            }
            _ => panic!("not a command: {words:?}"),
        }
    }

    fn enter(
        &mut self,
        name: &str,
        its_side: &str,
        quantity: &str,
        its_price: &str,
        rest: &[&str],
    ) -> Command<'static> {
        let key = self.next_key(rest);
        let locate = Locate(value(rest, "in").map_or(1, number));
        self.keys.insert(name.to_owned(), key);
        self.locates.insert(key, locate);
        let (quantity, price) = (number(quantity), price(its_price));
        Command::Enter(Enter {
            key,
            locate,
            side: side(its_side),
            quantity,
            price,
            time_in_force: time_in_force(rest),
            display: display(rest),
            capacity: Capacity::Principal,
            intermarket_sweep: false,
            cl_ord_id: cl_ord_id(rest),
            group_id: value(rest, "group").map_or(0, number),
            auction: auction(rest),
            granted: granted(rest, quantity, price),
            appendage: appendage(rest),
        })
    }

    fn replace(
        &mut self,
        name: &str,
        original: &str,
        quantity: &str,
        its_price: &str,
        rest: &[&str],
    ) -> Command<'static> {
        let (original, locate) = self.known(original);
        let key = self.number(original.port, original.user_ref_idx);
        self.keys.insert(name.to_owned(), key);
        self.locates.insert(key, locate);
        let (quantity, price) = (number(quantity), price(its_price));
        let verdict = match rest {
            rest if rest.contains(&"invalid") => Verdict::InvalidDetails,
            rest if rest.contains(&"refused") => {
                Verdict::Refused(RejectReason::RiskMaxQuantityExceeded)
            }
            rest => Verdict::Granted(granted(rest, quantity, price)),
        };
        Command::Replace(Replace {
            key,
            original_user_ref_num: original.user_ref_num,
            locate,
            quantity,
            price,
            time_in_force: time_in_force(rest),
            display: display(rest),
            intermarket_sweep: false,
            side: value(rest, "as").map(side),
            imbalance_only: rest.contains(&"imbalance-only").then_some(true),
            cl_ord_id: cl_ord_id(rest),
            verdict,
            appendage: appendage(rest),
        })
    }

    fn mass_cancel(&mut self, rest: &[&str]) -> Command<'static> {
        Command::MassCancel(MassCancel {
            key: self.next_key(rest),
            firm: Mpid::BLANK,
            symbol: Symbol::BLANK,
            locate: Locate(value(rest, "in").map_or(0, number)),
            side: value(rest, "only").map(side),
            group_id: value(rest, "group").map(number),
            appendage: &[],
        })
    }

    fn next_key(&mut self, rest: &[&str]) -> OrderKey {
        let port = PortId(value(rest, "by").map_or(0, number));
        self.number(port, value(rest, "channel").map_or(0, number))
    }

    fn number(&mut self, port: PortId, user_ref_idx: u8) -> OrderKey {
        let last = self.numbers.entry((port, user_ref_idx)).or_default();
        *last += 1;
        OrderKey { port, user_ref_idx, user_ref_num: *last }
    }

    fn known(&self, name: &str) -> (OrderKey, Locate) {
        let key = *self.keys.get(name).unwrap_or_else(|| panic!("no order is called {name}"));
        (key, self.locates[&key])
    }
}

/// A plain instrument, called after its locate.
pub(super) fn symbol(locate: Locate) -> SymbolDefined {
    SymbolDefined::common_stock(
        locate,
        Symbol::new(&format!("SYM{}", locate.0)).expect("letters and digits"),
    )
}

/// One limit, or none.
fn limits(words: &[&str]) -> Limits {
    let permissions = match *words {
        ["reaches", width] => {
            return Limits { fat_finger: dollars(width).ten_thousandths(), ..Limits::NONE };
        }
        ["reaches", part, "percent"] => {
            return Limits { fat_finger_bp: 100 * number::<u32>(part), ..Limits::NONE };
        }
        ["sends", rate, "a", "second", "in", "a", "symbol"] => {
            return Limits { symbol_messages_per_second: number(rate), ..Limits::NONE };
        }
        ["repeats", "after", window_ms] => {
            return Limits { duplicate_window_ms: number(window_ms), ..Limits::NONE };
        }
        ["trades", part, "percent"] => {
            return Limits { market_impact_bp: 100 * number::<u32>(part), ..Limits::NONE };
        }
        ["may", "anything"] => Permissions::ALL,
        ["may", "not", "short"] => Permissions { short_sales: false, ..Permissions::ALL },
        ["may", "not", "exempt"] => Permissions { short_sales_exempt: false, ..Permissions::ALL },
        ["must", "locate"] => Permissions { short_sales_unlocated: false, ..Permissions::ALL },
        _ => panic!("not a limit: {words:?}"),
    };
    Limits { permissions, ..Limits::NONE }
}

fn trading(state: TradingState) -> Command<'static> {
    Command::TradingAction { locate: Locate::NONE, state, reason: *b"    " }
}

fn phase(phase: Phase) -> Command<'static> {
    Command::PhaseChanged { locate: Locate::NONE, phase }
}

fn auction(rest: &[&str]) -> Auction {
    let cross_type = if rest.contains(&"on-open") { CrossType::Opening } else { CrossType::None };
    Auction { cross_type, imbalance_only: rest.contains(&"imbalance-only") }
}

fn disconnect_cause(word: &str) -> DisconnectCause {
    match word {
        "lost" => DisconnectCause::Lost,
        "crash" => DisconnectCause::Crash,
        "stop" => DisconnectCause::Stop,
        "operator" => DisconnectCause::Operator,
        _ => panic!("not a cause: {word}"),
    }
}

fn cl_ord_id(rest: &[&str]) -> ClOrdId {
    value(rest, "named").map_or(ClOrdId::BLANK, |id| ClOrdId::new(id).expect("a ClOrdID"))
}

fn kill_scope(words: &[&str]) -> KillScope {
    match *words {
        ["venue"] => KillScope::Venue,
        ["firm", id] => KillScope::Firm(FirmId(number(id))),
        ["port", id] => KillScope::Port(PortId(number(id))),
        _ => panic!("nobody to stop: {words:?}"),
    }
}

fn side(word: &str) -> Side {
    match word {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        "short" => Side::SellShort,
        "exempt" => Side::SellShortExempt,
        _ => panic!("not a side: {word}"),
    }
}

fn price(word: &str) -> OrderPrice {
    match word {
        "market" => OrderPrice::Market { code: 0x7FFF_FFFF },
        word => OrderPrice::Limit(dollars(word)),
    }
}

fn dollars(word: &str) -> Price {
    word.parse().unwrap_or_else(|error| panic!("{word}: {error}"))
}

fn time_in_force(rest: &[&str]) -> TimeInForce {
    if rest.contains(&"ioc") { TimeInForce::ImmediateOrCancel } else { TimeInForce::Day }
}

fn display(rest: &[&str]) -> Display {
    if rest.contains(&"attributed") {
        Display::Attributable
    } else if rest.contains(&"hidden") {
        Display::Hidden
    } else {
        Display::Visible
    }
}

/// The tags that the words ask for; a test's few bytes may live as long as it does.
fn appendage(rest: &[&str]) -> &'static [u8] {
    let attributes = Attributes {
        min_qty: value(rest, "atleast").map(number),
        post_only: [("post", b'P'), ("unpost", b'N')]
            .into_iter()
            .find_map(|(word, code)| rest.contains(&word).then_some(code)),
        shares_located: rest.contains(&"located").then_some(b'Y'),
        max_floor: value(rest, "floor").map(number),
        random_reserves: value(rest, "random").map(number),
        aiq_strategy: value(rest, "self").map(|word| word.as_bytes()[0]),
        aiq_group_id: value(rest, "pair").map(|word| word.as_bytes().try_into().expect("two")),
        ..Attributes::default()
    };
    let mut bytes = Vec::new();
    attributes.encode(&mut bytes);
    bytes.leak()
}

/// What admission grants: the order's own notional unless the line says otherwise.
fn granted(rest: &[&str], quantity: u32, price: OrderPrice) -> u64 {
    match (value(rest, "granted"), price) {
        (Some(word), _) => u64::from(dollars(word).ten_thousandths()),
        (None, OrderPrice::Limit(limit)) => notional(quantity, limit),
        (None, OrderPrice::Market { .. }) => MARKET_ORDER_GRANT,
    }
}

/// The word behind `name`.
fn value<'a>(rest: &[&'a str], name: &str) -> Option<&'a str> {
    let at = rest.iter().position(|word| *word == name)?;
    rest.get(at + 1).copied()
}

fn number<N: std::str::FromStr>(word: &str) -> N {
    word.parse().unwrap_or_else(|_| panic!("not a number here: {word}"))
}
