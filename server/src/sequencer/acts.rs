//! What becomes of an operator's act: the commands that it is logged as, or why it is not done.

use engine::admission::Admission;
use engine::command::{Command, KillScope, Locate, PortId};
use protocol::Symbol;
use protocol::enums::{BrokenTradeReason, EventCode, TradingState};

use crate::accounts;
use crate::admin::{Act, Whom};
use crate::bust::{FindError, FoundTrade};
use crate::gateway::GatewayHandle;

/// Gives the commands of an act, in their order. What needs none was done already.
///
/// # Errors
///
/// Whom or what the act names is not there, or it is done already.
pub(super) fn commands(
    act: &Act,
    admission: &Admission,
    gateway: Option<&GatewayHandle>,
) -> Result<Vec<Command<'static>>, String> {
    Ok(match act {
        Act::Halt { symbol, reason } => {
            trading_action(admission, *symbol, TradingState::Halted, *reason)?
        }
        Act::Resume { symbol, reason } => {
            trading_action(admission, *symbol, TradingState::Trading, *reason)?
        }
        Act::Phase { symbol, phase } => {
            vec![Command::PhaseChanged { locate: meant(admission, *symbol)?, phase: *phase }]
        }
        Act::Disconnect { port } => {
            let id = port_by_name(admission, port)?;
            if !gateway.is_some_and(|gateway| gateway.disconnect(id)) {
                return Err(format!("port {port} has no session"));
            }
            Vec::new()
        }
        Act::Kill { whom } => {
            vec![Command::KillSwitch { scope: scope_of(admission, whom)?, engaged: true }]
        }
        Act::Release { whom } => {
            let scope = scope_of(admission, whom)?;
            if !admission.is_killed(scope) {
                return Err(format!("{whom}: its kill switch is not engaged"));
            }
            vec![Command::KillSwitch { scope, engaged: false }]
        }
        Act::Limits { whom, changes, restrictions } => {
            accounts::changed(admission, whom, changes, restrictions)?
        }
        Act::Accounts(config) => accounts::reread(admission, config)?,
        Act::Bust { .. } | Act::EndOfDay if admission.is_closed() => {
            return Err("the day has ended already".to_owned());
        }
        Act::Bust { trade, reason } => vec![bust(admission, trade, *reason)?],
        Act::EndOfDay => {
            let codes = [
                EventCode::EndOfMarketHours,
                EventCode::EndOfSystemHours,
                EventCode::EndOfMessages,
            ];
            codes.map(|code| Command::SystemEvent { code }).to_vec()
        }
    })
}

/// Lists whose kill switches are engaged, in words.
pub(super) fn killed(admission: &Admission) -> Vec<String> {
    let (firms, ports) = admission.killed();
    let venue = admission.is_killed(KillScope::Venue).then_some(Whom::Venue);
    let firms = firms.map(Whom::Firm);
    let ports =
        ports.map(|port| Whom::Port(String::from_utf8_lossy(port.trim_ascii_end()).into_owned()));
    venue.into_iter().chain(firms).chain(ports).map(|whom| whom.to_string()).collect()
}

fn bust(
    admission: &Admission,
    trade: &FoundTrade,
    reason: BrokenTradeReason,
) -> Result<Command<'static>, String> {
    let match_number = trade.record.match_number.get();
    // The trade may have been broken since it was found.
    if admission.is_broken(match_number) {
        return Err(FindError::Broken(match_number).to_string());
    }
    let bust = trade.record.bust(reason, trade.ports, trade.orders);
    let unsound = || format!("match number {match_number}: its record has sides that are none");
    bust.map(Command::Bust).ok_or_else(unsound)
}

/// The instrument that an act names, or all of them.
fn meant(admission: &Admission, symbol: Option<Symbol>) -> Result<Locate, String> {
    symbol.map_or(Ok(Locate::NONE), |symbol| {
        admission.locate_of(&symbol).ok_or_else(|| format!("unknown symbol {symbol}"))
    })
}

fn trading_action(
    admission: &Admission,
    symbol: Option<Symbol>,
    state: TradingState,
    reason: [u8; 4],
) -> Result<Vec<Command<'static>>, String> {
    let locate = match symbol {
        None => Locate::NONE,
        Some(symbol) => {
            admission.locate_of(&symbol).ok_or_else(|| format!("unknown symbol {symbol}"))?
        }
    };
    Ok(vec![Command::TradingAction { locate, state, reason }])
}

fn scope_of(admission: &Admission, whom: &Whom) -> Result<KillScope, String> {
    Ok(match whom {
        Whom::Venue => KillScope::Venue,
        Whom::Firm(mpid) => KillScope::Firm(
            admission.firm_by_mpid(*mpid).ok_or_else(|| format!("unknown firm {mpid}"))?,
        ),
        Whom::Port(name) => KillScope::Port(port_by_name(admission, name)?),
    })
}

fn port_by_name(admission: &Admission, name: &str) -> Result<PortId, String> {
    let unknown = || format!("unknown port {name}");
    let mut username = [b' '; 6];
    username.get_mut(..name.len()).ok_or_else(unknown)?.copy_from_slice(name.as_bytes());
    Ok(admission.port_by_username(&username).ok_or_else(unknown)?.id)
}
