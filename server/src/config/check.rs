//! What the values of a configuration owe each other.
//!
//! Types and unknown keys are refused while reading; here stands what takes two values to see, and the
//! ranges of numbers. The first fault ends the check.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use engine::command::MAX_QUANTITY;
use protocol::Symbol;
use protocol::itch::NetOrderImbalanceIndicator;

use super::error::{ConfigError, Place};
use super::{Config, MarketDataConfig, PortConfig, PostgresConfig};
use crate::passwords;

/// Numbers of instruments, firms and ports are 16 bits wide; stock locate 0 means none.
pub(super) const MOST: usize = 65_535;

/// A day.
const LONGEST_GRACE_MS: u32 = 86_400_000;

/// A feed packet holds at least the longest message, with its length field, behind the header.
const SMALLEST_PAYLOAD: usize = 20 + 2 + size_of::<NetOrderImbalanceIndicator>();

/// A value that does not fit: its key, what was expected, what is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    pub(super) key: String,
    expected: String,
    found: String,
}

impl Fault {
    pub(super) fn new(
        key: impl Into<String>,
        expected: impl Into<String>,
        found: impl Display,
    ) -> Self {
        Self { key: key.into(), expected: expected.into(), found: found.to_string() }
    }

    /// Makes it the fault of a key further out: `name` of `symbol[2]` is `symbol[2].name`.
    fn inside(self, parent: &str) -> Self {
        Self { key: format!("{parent}.{}", self.key), ..self }
    }

    pub(super) fn at(self, at: Place) -> ConfigError {
        ConfigError::Refused { at, key: self.key, expected: self.expected, found: self.found }
    }
}

/// Checks a configuration as the TOML file says it.
pub(super) fn check(config: &Config) -> Result<(), Fault> {
    numbers(config)?;
    listeners(config)?;
    market_data(&config.market_data)?;
    if let Some(schedule) = &config.schedule {
        schedule.check()?;
    }
    if let Some(postgres) = &config.postgres {
        database(postgres)?;
    }
    symbols(config)?;
    firms(config)?;
    ports(config)
}

fn numbers(config: &Config) -> Result<(), Fault> {
    let orders = &config.order_entry;
    let feed = &config.market_data;
    let longest_ms = 3_600_000;
    within("shards", config.shards, 1..=64)?;
    within("tick_ms", config.tick_ms, 1..=10_000)?;
    within("journal.segment_mib", config.journal.segment_mib, 1..=4_096)?;
    within("order_entry.max_connections", orders.max_connections, 1..=65_535)?;
    let logins = orders.max_logins_under_way;
    within("order_entry.max_logins_under_way", logins, 1..=orders.max_connections)?;
    within("order_entry.bytes_per_round", orders.bytes_per_round, 1_024..=16_777_216)?;
    within("order_entry.window_bytes", orders.window_bytes, 65_536..=1_073_741_824)?;
    within("order_entry.login_timeout_ms", orders.login_timeout_ms, 1..=longest_ms)?;
    within("order_entry.silence_ms", orders.silence_ms, 2..=longest_ms)?;
    within("order_entry.heartbeat_ms", orders.heartbeat_ms, 1..=orders.silence_ms - 1)?;
    within("market_data.ttl", feed.ttl, 0..=255)?;
    within("market_data.heartbeat_ms", feed.heartbeat_ms, 1..=longest_ms)?;
    within("market_data.end_of_session_s", feed.end_of_session_s, 0..=3_600)?;
    within("market_data.max_payload", feed.max_payload, SMALLEST_PAYLOAD..=1_472)
}

pub(super) fn within<N: Display + PartialOrd>(
    key: &str,
    number: N,
    range: RangeInclusive<N>,
) -> Result<(), Fault> {
    if range.contains(&number) {
        return Ok(());
    }
    Err(Fault::new(key, format!("{} to {}", range.start(), range.end()), number))
}

fn listeners(config: &Config) -> Result<(), Fault> {
    let (orders, admin) = (config.order_entry.listen, config.admin.listen);
    if orders == admin && orders.port() != 0 {
        return Err(Fault::new("admin.listen", "another address than order_entry.listen", admin));
    }
    Ok(())
}

fn market_data(feed: &MarketDataConfig) -> Result<(), Fault> {
    for (key, group) in [("market_data.a", Some(feed.a)), ("market_data.b", feed.b)] {
        let Some(group) = group else { continue };
        if !group.ip().is_multicast() {
            return Err(Fault::new(key, "a multicast group (224.0.0.0 to 239.255.255.255)", group));
        }
        if group.port() == 0 {
            return Err(Fault::new(key, "a port, because receivers must know it", group));
        }
    }
    if feed.b == Some(feed.a) {
        return Err(Fault::new(
            "market_data.b",
            "another group or port than market_data.a",
            feed.a,
        ));
    }
    if feed.interface.is_multicast() || feed.interface.is_broadcast() {
        let expected = "the address of an interface of this machine";
        return Err(Fault::new("market_data.interface", expected, feed.interface));
    }
    Ok(())
}

/// Checks the database's address without ever showing it.
fn database(postgres: &PostgresConfig) -> Result<(), Fault> {
    if postgres.url.expose().parse::<tokio_postgres::Config>().is_err() {
        let expected = "postgres://user:password@host:port/database";
        return Err(Fault::new("postgres.url", expected, "a text that is not one (not shown)"));
    }
    Ok(())
}

fn symbols(config: &Config) -> Result<(), Fault> {
    at_most("symbol", config.symbols.len())?;
    let mut names = BTreeSet::new();
    for (index, symbol) in config.symbols.iter().enumerate() {
        let key = format!("symbol[{index}]");
        symbol.check().map_err(|fault| fault.inside(&key))?;
        if !names.insert(symbol.name) {
            return Err(Fault::new(format!("{key}.name"), "a name not used before", symbol.name));
        }
    }
    Ok(())
}

fn firms(config: &Config) -> Result<(), Fault> {
    at_most("firm", config.firms.len())?;
    let mut names = BTreeSet::new();
    for (index, firm) in config.firms.iter().enumerate() {
        if !names.insert(firm.mpid) {
            let key = format!("firm[{index}].mpid");
            return Err(Fault::new(key, "an mpid not used before", firm.mpid));
        }
        firm.risk.check().map_err(|fault| fault.inside(&format!("firm[{index}].risk")))?;
    }
    Ok(())
}

fn ports(config: &Config) -> Result<(), Fault> {
    at_most("port", config.ports.len())?;
    let mut names = BTreeSet::new();
    for (index, port) in config.ports.iter().enumerate() {
        let key = format!("port[{index}]");
        if !names.insert(port.username.as_str()) {
            let key = format!("{key}.username");
            return Err(Fault::new(key, "a user name not used before", &port.username));
        }
        check_port(config, port).map_err(|fault| fault.inside(&key))?;
    }
    Ok(())
}

fn check_port(config: &Config, port: &PortConfig) -> Result<(), Fault> {
    if let Err(error) = passwords::check_hash(port.password_hash.expose()) {
        let expected = "an argon2id hash as `openbell passwd` writes it";
        return Err(Fault::new("password_hash", expected, error));
    }
    let Some(firm) = config.firms.iter().find(|firm| firm.mpid == port.firm) else {
        return Err(Fault::new("firm", "the mpid of a [[firm]]", port.firm));
    };
    port.risk.check().map_err(|fault| fault.inside("risk"))?;
    if let Some(quantity) = port.max_quantity {
        within("max_quantity", quantity, 1..=MAX_QUANTITY)?;
    }
    within("disconnect_grace_ms", port.disconnect_grace_ms, 1..=LONGEST_GRACE_MS)?;
    // A market order has no price to reserve exposure by, so it reserves the most one order may cost.
    let exposure = port.gross_exposure.or(firm.gross_exposure);
    let most = port.single_order_notional.or(firm.single_order_notional);
    if port.market_orders && exposure.is_some() && most.is_none() {
        let expected =
            "a limit, because the port may send market orders and its exposure is limited";
        return Err(Fault::new("single_order_notional", expected, "none"));
    }
    Ok(())
}

/// Checks that what is restricted is listed; the symbols file is read by then.
pub(super) fn restricted(config: &Config) -> Result<(), Fault> {
    let listed: BTreeSet<Symbol> = config.symbols.iter().map(|symbol| symbol.name).collect();
    let firms = config.firms.iter().enumerate().map(|(index, firm)| ("firm", index, &firm.risk));
    let ports = config.ports.iter().enumerate().map(|(index, port)| ("port", index, &port.risk));
    for (section, index, risk) in firms.chain(ports) {
        if let Some(symbol) = risk.restricted_symbols.iter().find(|name| !listed.contains(name)) {
            let key = format!("{section}[{index}].risk.restricted_symbols");
            return Err(Fault::new(key, "names of listed symbols", symbol));
        }
    }
    Ok(())
}

fn at_most(key: &str, count: usize) -> Result<(), Fault> {
    if MOST < count {
        return Err(Fault::new(key, format!("at most {MOST}"), count));
    }
    Ok(())
}
