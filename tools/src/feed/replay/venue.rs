//! A venue of our own, in this process and a temporary folder, gone at the end.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, bail};
use protocol::{Mpid, Symbol};
use server::config::{Config, FirmConfig, PortConfig, RiskConfig, Secret, SymbolConfig};
use server::journal::Durability;
use server::passwords::hash_password;
use server::venue::{Addresses, Options, VenueError, run_until};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::account::Credentials;

/// Accounts of the venue, each with a firm of its own: the last one is the aggressor.
const ACCOUNTS: [(&str, &str); 2] = [("REST", "REST"), ("TAKE", "TAKE")];

/// For nobody else: the ports are chosen by the kernel and listen on this machine only.
const PASSWORD: &str = "REPLAY";

/// A running venue, until it is stopped or dropped: it has ended before its folder goes, whose loss would end the process.
#[derive(Debug)]
pub(super) struct Venue {
    pub(super) addresses: Addresses,
    /// Where line A goes.
    pub(super) line_a: SocketAddrV4,
    /// Nothing when it has ended.
    running: Option<Running>,
    /// Deleted with everything in it when the venue is dropped.
    _folder: TempDir,
}

/// The thread of a venue, and what ends it.
#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), VenueError>>,
}

impl Venue {
    /// Opens a venue for these instruments.
    pub(super) fn start(symbols: &BTreeSet<Symbol>) -> Result<Self> {
        let folder = TempDir::new().context("making a folder for the venue")?;
        let config = config(&folder, symbols)?;
        let line_a = config.market_data.a;
        let (stop, stopped) = oneshot::channel();
        let (started, addresses) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("venue".to_owned()).spawn(move || {
            // A caller that is gone wants the venue to stop, too.
            let stopped = async move { stopped.await.unwrap_or_default() };
            let started = move |addresses: &Addresses| {
                started.send(addresses.clone()).unwrap_or_default();
            };
            run_until(config, Options::default(), started, stopped)
        })?;
        match addresses.recv() {
            Ok(addresses) => Ok(Self {
                addresses,
                line_a,
                running: Some(Running { stop, thread }),
                _folder: folder,
            }),
            Err(_) => {
                joined(thread)?;
                bail!("the venue ended before it was open")
            }
        }
    }

    /// Says who may log in.
    pub(super) fn credentials() -> Vec<Credentials> {
        ACCOUNTS.iter().map(|(username, _)| Credentials::new(username, PASSWORD)).collect()
    }

    /// Stops the venue and waits until it has ended.
    pub(super) fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        let Some(Running { stop, thread }) = self.running.take() else {
            return Ok(());
        };
        // One that has ended already needs no word.
        stop.send(()).unwrap_or_default();
        joined(thread)
    }
}

impl Drop for Venue {
    /// Comes after an error, which says more than how the venue ended.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

fn joined(thread: JoinHandle<Result<(), VenueError>>) -> Result<()> {
    match thread.join() {
        Ok(end) => end.context("running a venue"),
        Err(_) => bail!("the venue broke down"),
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
