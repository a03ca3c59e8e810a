//! Firms and ports while the venue runs: what an operator changes, and what a configuration read again says.
//!
//! Both become the same definitions in the log as at the start. What is open stays; the next order meets them.

use engine::admission::Admission;
use engine::command::{Command, FirmDefined, Limits, Locate, Member, PortDefined};
use protocol::{Mpid, Symbol};

use crate::admin::{Change, Whom, written};
use crate::config::Config;

/// The changes of limits and restrictions that an operator orders, as commands.
///
/// # Errors
///
/// Which firm, port, symbol or combination there is not.
pub fn changed(
    admission: &Admission,
    whom: &Whom,
    changes: &[Change],
    restrictions: &[(Symbol, bool)],
) -> Result<Vec<Command<'static>>, String> {
    let (member, definition) = match whom {
        Whom::Venue => return Err("limits are those of a firm or a port".to_owned()),
        Whom::Firm(mpid) => firm_changed(admission, *mpid, changes)?,
        Whom::Port(name) => port_changed(admission, name, changes)?,
    };
    let mut commands: Vec<_> = definition.filter(|_| !changes.is_empty()).into_iter().collect();
    for (symbol, restricted) in restrictions {
        let locate = admission.locate_of(symbol);
        let locate = locate.ok_or_else(|| format!("unknown symbol {symbol}"))?;
        commands.push(Command::SymbolRestricted { member, locate, restricted: *restricted });
    }
    Ok(commands)
}

fn firm_changed(
    admission: &Admission,
    mpid: Mpid,
    changes: &[Change],
) -> Result<(Member, Option<Command<'static>>), String> {
    let known = admission.firms().find(|firm| firm.mpid == mpid);
    let mut firm = known.ok_or_else(|| format!("unknown firm {mpid}"))?;
    if changes.iter().any(|change| matches!(change, Change::MarketOrders(_))) {
        return Err("market_orders is a matter of a port".to_owned());
    }
    changes.iter().for_each(|change| change.make(&mut firm.limits));
    for port in admission.ports().filter(|port| port.firm == firm.id) {
        check_market_orders(port, &firm.limits)?;
    }
    Ok((Member::Firm(firm.id), Some(Command::FirmDefined(firm))))
}

fn port_changed(
    admission: &Admission,
    name: &str,
    changes: &[Change],
) -> Result<(Member, Option<Command<'static>>), String> {
    let known = admission.ports().find(|port| name_of(port) == name);
    let mut port = *known.ok_or_else(|| format!("unknown port {name}"))?;
    for change in changes {
        if let Change::MarketOrders(allowed) = change {
            port.market_orders = *allowed;
        }
        change.make(&mut port.limits);
    }
    let firm = admission.firms().find(|firm| firm.id == port.firm);
    check_market_orders(&port, &firm.expect("a port's firm is defined before it").limits)?;
    Ok((Member::Port(port.id), Some(Command::PortDefined(port))))
}

/// A market order has no price to reserve exposure by, so it reserves the most one order may cost.
fn check_market_orders(port: &PortDefined, firm: &Limits) -> Result<(), String> {
    let both = port.limits.and(*firm);
    if port.market_orders
        && both.gross_exposure != u64::MAX
        && both.single_order_notional == u64::MAX
    {
        return Err(format!(
            "port {} may send market orders and its exposure is limited: it needs single_order_notional",
            name_of(port)
        ));
    }
    Ok(())
}

/// What a configuration read again says of firms and ports, against what holds, as commands.
///
/// # Errors
///
/// What needs a start: a firm or port that is new, gone, or moved, or a symbol that is not listed.
pub fn reread(admission: &Admission, config: &Config) -> Result<Vec<Command<'static>>, String> {
    let mut commands = Vec::new();
    let mut wanted = Vec::new();
    for firm in &config.firms {
        let known = admission.firms().find(|known| known.mpid == firm.mpid);
        let known = known.ok_or_else(|| format!("firm {} is new: it needs a start", firm.mpid))?;
        let defined = firm.defined(known.id);
        if defined != known {
            commands.push(Command::FirmDefined(defined));
        }
        wanted.push((Member::Firm(known.id), &firm.risk.restricted_symbols));
    }
    for port in &config.ports {
        let known = admission.ports().find(|known| name_of(known) == port.username);
        let known =
            known.ok_or_else(|| format!("port {} is new: it needs a start", port.username))?;
        let firm = admission.firms().find(|firm| firm.mpid == port.firm);
        if firm.is_none_or(|firm| firm.id != known.firm) {
            return Err(format!("port {} changes its firm: that needs a new day", port.username));
        }
        let defined = port.defined(known.id, known.firm);
        if defined != *known {
            commands.push(Command::PortDefined(defined));
        }
        wanted.push((Member::Port(known.id), &port.risk.restricted_symbols));
    }
    let gone = |port: &&PortDefined| {
        config.ports.iter().all(|configured| configured.username != name_of(port))
    };
    if let Some(port) = admission.ports().find(gone) {
        return Err(format!("port {} is gone: that needs a start", name_of(port)));
    }
    for (member, symbols) in wanted {
        restrict(admission, member, symbols, &mut commands)?;
    }
    Ok(commands)
}

fn restrict(
    admission: &Admission,
    member: Member,
    symbols: &[Symbol],
    commands: &mut Vec<Command<'static>>,
) -> Result<(), String> {
    let listed = |symbol: &Symbol| {
        admission.locate_of(symbol).ok_or_else(|| format!("symbol {symbol} is not listed"))
    };
    let wanted: Vec<Locate> = symbols.iter().map(listed).collect::<Result<_, _>>()?;
    let known = admission.restricted(member);
    let freed = known.iter().filter(|locate| !wanted.contains(locate)).map(|it| (*it, false));
    let added = wanted.iter().filter(|locate| !known.contains(locate)).map(|it| (*it, true));
    commands.extend(freed.chain(added).map(|(locate, restricted)| Command::SymbolRestricted {
        member,
        locate,
        restricted,
    }));
    Ok(())
}

/// The limits of all firms and ports that have any, as they are written: `port ALICE` and what is set.
pub fn shown(admission: &Admission) -> Vec<(String, String)> {
    let restricted = |member| {
        let names = admission.restricted(member).iter().map(|locate| admission.symbol(*locate));
        let names: Vec<String> = names.map(|symbol| symbol.to_string()).collect();
        (!names.is_empty()).then(|| format!("restricted_symbols={}", names.join(",")))
    };
    let firms = admission.firms().map(|FirmDefined { id, mpid, limits, .. }| {
        (format!("firm {mpid}"), written(&limits), restricted(Member::Firm(id)))
    });
    let ports = admission.ports().map(|port| {
        let mut limits = written(&port.limits);
        if port.market_orders {
            limits.push("market_orders=true".to_owned());
        }
        (format!("port {}", name_of(port)), limits, restricted(Member::Port(port.id)))
    });
    firms
        .chain(ports)
        .map(|(name, limits, restricted)| {
            (name, limits.into_iter().chain(restricted).collect::<Vec<_>>().join(" "))
        })
        .filter(|(_, limits)| !limits.is_empty())
        .collect()
}

/// The user name of a port without its padding.
fn name_of(port: &PortDefined) -> &str {
    std::str::from_utf8(&port.username).expect("user names are letters and digits").trim_end()
}
