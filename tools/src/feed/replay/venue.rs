//! A venue of our own, in this process and a temporary folder, gone at the end.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use anyhow::{Context, Result};
use protocol::{Mpid, Symbol};
use server::config::{Config, FirmConfig, PortConfig, RiskConfig, Secret, SymbolConfig};
use server::journal::Durability;
use server::passwords::hash_password;
use server::venue::Addresses;
use tempfile::TempDir;

use super::account::Credentials;
use crate::own_venue::OwnVenue;

/// Accounts of the venue, each with a firm of its own: the last one is the aggressor.
const ACCOUNTS: [(&str, &str); 2] = [("REST", "REST"), ("TAKE", "TAKE")];

/// For nobody else: the ports are chosen by the kernel and listen on this machine only.
const PASSWORD: &str = "REPLAY";

/// A running venue, until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Venue {
    own: OwnVenue,
    /// Where line A goes.
    pub(super) line_a: SocketAddrV4,
    /// Deleted with everything in it when the venue has ended.
    _folder: TempDir,
}

impl Venue {
    /// Opens a venue for these instruments.
    pub(super) fn start(symbols: &BTreeSet<Symbol>) -> Result<Self> {
        let folder = TempDir::new().context("making a folder for the venue")?;
        let config = config(&folder, symbols)?;
        let line_a = config.market_data.a;
        let own = OwnVenue::start(config).context("running a venue")?;
        Ok(Self { own, line_a, _folder: folder })
    }

    /// Says who may log in.
    pub(super) fn credentials() -> Vec<Credentials> {
        ACCOUNTS.iter().map(|(username, _)| Credentials::new(username, PASSWORD)).collect()
    }

    pub(super) fn addresses(&self) -> &Addresses {
        self.own.addresses()
    }

    /// Stops the venue and waits until it has ended.
    pub(super) fn stop(self) -> Result<()> {
        self.own.end().context("running a venue")
    }
}

/// Configures a venue that holds its day in memory as far as the kernel likes: it ends with us.
fn config(folder: &TempDir, symbols: &BTreeSet<Symbol>) -> Result<Config> {
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut config = Config { data_dir: folder.path().join("data"), ..Config::default() };
    config.journal.durability = Durability::Os;
    config.order_entry.listen = any_port;
    config.market_data.a = line();
    config.market_data.retransmit = any_port;
    config.admin.listen = any_port;
    config.symbols = symbols.iter().copied().map(SymbolConfig::new).collect();
    let password_hash = Secret::new(hash_password(PASSWORD).context("hashing a password")?);
    for (username, firm) in ACCOUNTS {
        let mpid = Mpid::new(firm).context("naming a firm")?;
        config.firms.push(FirmConfig::new(mpid));
        config.ports.push(PortConfig {
            username: username.to_owned(),
            password_hash: password_hash.clone(),
            firm: mpid,
            market_orders: false,
            max_quantity: None,
            single_order_notional: None,
            gross_exposure: None,
            disconnect: engine::command::DisconnectPolicy::Keep,
            disconnect_grace_ms: PortConfig::GRACE_MS,
            disconnect_by_order: false,
            risk: RiskConfig::default(),
            self_match: protocol::enums::AiqStrategy::Disabled,
            self_match_group: *b"  ",
        });
    }
    Ok(config)
}

/// Draws a multicast group of this machine that no other venue has.
fn line() -> SocketAddrV4 {
    let [a, b, c, d, ..] = RandomState::new().hash_one(()).to_be_bytes();
    let group = Ipv4Addr::new(239, 255, a, b);
    SocketAddrV4::new(group, 20_000 + u16::from_be_bytes([c, d]) % 12_000)
}
