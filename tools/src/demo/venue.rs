//! The venue of the demo: the real one, on a thread of this process.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use engine::command::DisconnectPolicy;
use protocol::Mpid;
use server::config::{
    AdminConfig, Config, FirmConfig, JournalConfig, PortConfig, PostgresConfig, RiskConfig, Secret,
    SymbolConfig,
};
use server::journal::Durability;
use server::passwords::hash_password;
use server::venue::Addresses;
use tempfile::TempDir;

use super::Args;
use super::street::Instrument;
use crate::own_venue::OwnVenue;

/// The password of every port: the demo listens where its user says, this machine alone by default.
pub(super) const PASSWORD: &str = "demo";
/// The port that no simulated trader uses.
pub(super) const GUEST: &str = "guest";

pub(super) const MAKERS: [&str; 2] = ["MAKER1", "MAKER2"];
pub(super) const TAKERS: [&str; 2] = ["TAKER1", "TAKER2"];

/// Where the market data line stands in the usual block of ports, counted from order entry.
const RETRANSMIT: u16 = 1;
const ADMIN: u16 = 4;
const LINE_A: u16 = 10;

/// Where the data of a run is.
#[derive(Debug)]
enum Folder {
    /// Gone with the demo.
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// A venue that runs.
#[derive(Debug)]
pub(super) struct Venue {
    own: OwnVenue,
    folder: Folder,
}

impl Venue {
    /// Opens a venue for these instruments and waits until it takes orders.
    ///
    /// # Errors
    ///
    /// Whatever keeps a venue from starting.
    pub(super) fn start(args: &Args, street: &[Instrument]) -> Result<Self> {
        let folder = match &args.data_dir {
            Some(path) => Folder::Kept(path.clone()),
            None => Folder::Temporary(
                tempfile::Builder::new()
                    .prefix("openbell-demo-")
                    .tempdir()
                    .context("creating a temporary folder")?,
            ),
        };
        let config = config(args, &folder, street)?;
        Ok(Self { own: OwnVenue::start(config)?, folder })
    }

    pub(super) fn addresses(&self) -> &Addresses {
        self.own.addresses()
    }

    pub(super) fn line_a(&self) -> Result<SocketAddrV4> {
        match self.addresses().market_data_a {
            SocketAddr::V4(address) => Ok(address),
            SocketAddr::V6(address) => {
                Err(anyhow!("the feed is at {address}, not at an IPv4 group"))
            }
        }
    }

    /// Tells the venue to stop; [`Self::is_finished`] tells when it has.
    pub(super) fn tell_to_stop(&mut self) {
        self.own.tell_to_stop();
    }

    pub(super) fn is_finished(&self) -> bool {
        self.own.is_finished()
    }

    pub(super) fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Waits for the end; the data folder goes with it, unless it is the user's.
    ///
    /// # Errors
    ///
    /// The venue did not stop in good order.
    pub(super) fn end(self) -> Result<()> {
        self.own.end()
    }
}

fn config(args: &Args, folder: &Folder, street: &[Instrument]) -> Result<Config> {
    let hash = hash_password(PASSWORD)?;
    let mut config = Config {
        data_dir: folder.path().to_path_buf(),
        symbols: street.iter().map(|instrument| SymbolConfig::new(instrument.symbol)).collect(),
        firms: [ALFA, BETA, GUST].map(FirmConfig::new).to_vec(),
        ports: ports(&hash),
        postgres: args.postgres.as_deref().map(postgres),
        ..Config::default()
    };
    if matches!(folder, Folder::Temporary(_)) {
        // What is thrown away at the end need not survive a loss of power.
        config.journal = JournalConfig { durability: Durability::Os, ..config.journal };
    }
    match args.listen {
        Some(listen) => usual_addresses(&mut config, listen)?,
        None => free_addresses(&mut config)?,
    }
    Ok(config)
}

const ALFA: Mpid = Mpid(*b"ALFA");
const BETA: Mpid = Mpid(*b"BETA");
const GUST: Mpid = Mpid(*b"GUST");

fn ports(hash: &str) -> Vec<PortConfig> {
    let port = |username: &str, firm| PortConfig {
        username: username.to_ascii_uppercase(),
        password_hash: Secret::new(hash),
        firm,
        market_orders: true,
        max_quantity: None,
        single_order_notional: None,
        gross_exposure: None,
        disconnect: DisconnectPolicy::Keep,
        disconnect_grace_ms: PortConfig::GRACE_MS,
        disconnect_by_order: false,
        risk: RiskConfig::default(),
        self_match: protocol::enums::AiqStrategy::Disabled,
        self_match_group: *b"  ",
    };
    let makers = MAKERS.map(|username| port(username, ALFA));
    let takers = TAKERS.map(|username| port(username, BETA));
    [&makers[..], &takers[..], &[port(GUEST, GUST)]].concat()
}

fn postgres(url: &str) -> PostgresConfig {
    PostgresConfig { url: Secret::new(url) }
}

/// Every service at the place it has beside order entry by default.
fn usual_addresses(config: &mut Config, listen: SocketAddr) -> Result<()> {
    let beside = |offset: u16| {
        let port = listen.port().checked_add(offset).filter(|_| listen.port() != 0);
        port.with_context(|| format!("--listen {listen}: a port from 1 to 65525 is needed"))
    };
    config.order_entry.listen = listen;
    config.market_data.retransmit = SocketAddr::new(listen.ip(), beside(RETRANSMIT)?);
    config.admin = AdminConfig { listen: SocketAddr::new(listen.ip(), beside(ADMIN)?) };
    config.market_data.a.set_port(beside(LINE_A)?);
    Ok(())
}

/// Ports that are free, and a group of its own: it spells the port, which no other program here has.
fn free_addresses(config: &mut Config) -> Result<()> {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let socket = UdpSocket::bind(free).context("finding a free port for the feed")?;
    let port = socket.local_addr().context("finding a free port for the feed")?.port();
    let [high, low] = port.to_be_bytes();
    config.market_data.a = SocketAddrV4::new(Ipv4Addr::new(239, 255, high, low), port);
    config.order_entry.listen = free;
    config.market_data.retransmit = free;
    config.admin = AdminConfig { listen: free };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_address_brings_the_usual_block_of_ports() {
        let mut config = Config::default();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 26_400));
        usual_addresses(&mut config, listen).expect("the default port");
        assert_eq!(config, Config::default());
        let last = SocketAddr::from((Ipv4Addr::LOCALHOST, 65_530));
        assert!(usual_addresses(&mut config, last).is_err());
    }

    #[test]
    fn the_group_spells_the_port() {
        let mut config = Config::default();
        free_addresses(&mut config).expect("there is a free port");
        let [_, _, high, low] = config.market_data.a.ip().octets();
        assert_eq!(u16::from_be_bytes([high, low]), config.market_data.a.port());
    }
}
