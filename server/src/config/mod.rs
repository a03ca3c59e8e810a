//! The configuration: one TOML file, read once at the start.
//!
//! Every key has its default here and its explanation in `openbell.example.toml`. What the file says is
//! taken whole or refused with the place of the first fault; unknown keys are faults.

mod dollars;
mod percent;
mod network;
mod secret;
mod written;
mod symbol;
mod account;
mod risk;
mod schedule;
mod error;
mod check;
mod load;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use account::{FirmConfig, PortConfig, PortIndex};
pub use dollars::Dollars;
pub use error::{ConfigError, Place};
pub use network::Network;
pub use percent::Percent;
pub use risk::RiskConfig;
pub use schedule::{ScheduleConfig, TimeOfDay};
pub use secret::Secret;
pub use symbol::SymbolConfig;
pub use written::Letter;

use crate::journal::Durability;

/// Everything the operator decides.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the journal, the outbound log and the admin socket stand.
    pub data_dir: PathBuf,
    /// Matchers the instruments are divided among, 1 to 64.
    pub shards: u16,
    pub threads: ThreadLayout,
    pub idle: Idle,
    /// How often time alone is a command.
    pub tick_ms: u64,
    /// With less free space than this in the data folder, no more orders are taken.
    pub reserve_disk_mib: u64,
    /// More instruments, one a line; once read, they stand in `symbols` after the others.
    #[serde(skip_serializing)]
    pub symbols_file: Option<PathBuf>,
    pub journal: JournalConfig,
    pub order_entry: OrderEntryConfig,
    pub market_data: MarketDataConfig,
    pub admin: AdminConfig,
    /// Without it, trading is continuous from the opening of the day.
    pub schedule: Option<ScheduleConfig>,
    /// Without it, trades stay in the venue's own records.
    pub postgres: Option<PostgresConfig>,
    #[serde(rename = "symbol")]
    pub symbols: Vec<SymbolConfig>,
    #[serde(rename = "firm")]
    pub firms: Vec<FirmConfig>,
    #[serde(rename = "port")]
    pub ports: Vec<PortConfig>,
}

/// Which threads run the stages.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ThreadLayout {
    /// By the number of cores.
    #[default]
    Auto,
    /// All stages but the journal on one thread.
    Shared,
    /// A thread for each stage.
    Dedicated,
}

/// What a thread of the dedicated layout does when there is no work.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Idle {
    /// Sleeps until woken.
    #[default]
    Park,
    /// Lets other threads run.
    Yield,
    /// Keeps its core busy.
    Spin,
}

/// `[journal]`
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// When a command counts as committed.
    #[serde(with = "written::DurabilityWord")]
    pub durability: Durability,
    /// Size of one file of the journal.
    pub segment_mib: u64,
}

/// `[order_entry]`: OUCH over SoupBinTCP.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderEntryConfig {
    #[serde(deserialize_with = "written::address")]
    pub listen: SocketAddr,
    pub max_connections: usize,
    /// Connections that have not logged in yet; a new one beyond them takes the place of the oldest idle one.
    pub max_logins_under_way: usize,
    /// Bytes read from one connection before the next one has its turn.
    pub bytes_per_round: usize,
    pub login_timeout_ms: u64,
    /// A client silent for this long has gone.
    pub silence_ms: u64,
    /// The venue's own silence, after which it sends a heartbeat.
    pub heartbeat_ms: u64,
    /// Recent messages of one port kept in memory, in bytes; older ones come from disk.
    pub window_bytes: usize,
}

/// `[market_data]`: ITCH over MoldUDP64.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarketDataConfig {
    /// Group and port of line A.
    #[serde(deserialize_with = "written::address")]
    pub a: SocketAddrV4,
    /// Group and port of line B; without it there is no line B.
    #[serde(deserialize_with = "written::some_address")]
    pub b: Option<SocketAddrV4>,
    /// The interface packets leave by.
    #[serde(deserialize_with = "written::interface")]
    pub interface: Ipv4Addr,
    /// Routers packets may pass; 0 keeps them on this machine.
    pub ttl: u32,
    /// Whether receivers on this machine get the packets.
    pub loopback: bool,
    #[serde(deserialize_with = "written::address")]
    pub retransmit: SocketAddr,
    /// Requests answered for one address in a second.
    pub retransmit_per_second: u32,
    /// Who may ask for retransmission.
    pub retransmit_allow: Vec<Network>,
    pub heartbeat_ms: u64,
    /// For how long the end of the session is repeated.
    pub end_of_session_s: u64,
    /// Largest packet in bytes, MoldUDP64 header included.
    pub max_payload: usize,
}

/// `[admin]`: health, status and metrics over HTTP.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    #[serde(deserialize_with = "written::address")]
    pub listen: SocketAddr,
}

/// `[postgres]`: where trades are copied to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresConfig {
    pub url: Secret,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            shards: 1,
            threads: ThreadLayout::default(),
            idle: Idle::default(),
            tick_ms: 100,
            reserve_disk_mib: 256,
            symbols_file: None,
            journal: JournalConfig::default(),
            order_entry: OrderEntryConfig::default(),
            market_data: MarketDataConfig::default(),
            admin: AdminConfig::default(),
            schedule: None,
            postgres: None,
            symbols: Vec::new(),
            firms: Vec::new(),
            ports: Vec::new(),
        }
    }
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { durability: Durability::Fsync, segment_mib: 64 }
    }
}

impl Default for OrderEntryConfig {
    fn default() -> Self {
        Self {
            listen: loopback(26_400),
            max_connections: 1_024,
            max_logins_under_way: 64,
            bytes_per_round: 65_536,
            login_timeout_ms: 30_000,
            silence_ms: 15_000,
            heartbeat_ms: 1_000,
            window_bytes: 1_048_576,
        }
    }
}

impl Default for MarketDataConfig {
    fn default() -> Self {
        Self {
            a: SocketAddrV4::new(Ipv4Addr::new(239, 255, 64, 1), 26_410),
            b: None,
            interface: Ipv4Addr::LOCALHOST,
            ttl: 0,
            loopback: true,
            retransmit: loopback(26_401),
            retransmit_per_second: 10_000,
            retransmit_allow: vec![Network::LOOPBACK],
            heartbeat_ms: 1_000,
            end_of_session_s: 30,
            max_payload: 1_472,
        }
    }
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self { listen: loopback(26_404) }
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests;
