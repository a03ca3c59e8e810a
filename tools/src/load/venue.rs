//! The venue under load: one that runs, or a private one in a process of its own.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};
use protocol::Symbol;
use serde_json::Value;
use tempfile::TempDir;

use super::{Args, machine};
use crate::exit::{Unreachable, UsageError};

/// The password of every port of a private venue, which only this machine reaches.
const PASSWORD: &str = "load";
/// Ports of one firm.
const PORTS_A_FIRM: usize = 8;

/// Who logs in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Account {
    pub(super) username: String,
    pub(super) password: String,
}

impl FromStr for Account {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (username, password) = text.split_once(':').ok_or("expected USER:PASS")?;
        Ok(Self { username: username.to_owned(), password: password.to_owned() })
    }
}

/// When the private venue counts an order as durable.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum DurabilityOption {
    /// On disk.
    #[default]
    Fsync,
    /// Given to the kernel.
    Os,
}

impl DurabilityOption {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fsync => "fsync",
            Self::Os => "os",
        }
    }
}

/// What is measured.
#[derive(Debug)]
pub(super) struct Target {
    address: SocketAddr,
    accounts: Vec<Account>,
    symbols: Vec<Symbol>,
    private: Option<Private>,
}

/// A venue that was started for the run; gone with it.
#[derive(Debug)]
struct Private {
    process: Child,
    // Held, so that the venue can go on writing.
    _output: BufReader<ChildStdout>,
    _folder: TempDir,
}

impl Target {
    /// Takes the venue that was named, or opens one.
    ///
    /// # Errors
    ///
    /// The address is not on this machine and that was not allowed; the private venue does not start.
    pub(super) fn open(args: &Args) -> Result<Self> {
        let Some(address) = args.address else { return Self::start(args) };
        if !address.ip().is_loopback() && !args.allow_remote {
            let text = format!("{address} is not on this machine: --allow-remote if it is yours");
            bail!(UsageError(text));
        }
        if args.symbol.is_empty() {
            bail!(UsageError("--symbol is needed: what the venue at the address lists".to_owned()));
        }
        let (accounts, symbols) = (args.account.clone(), args.symbol.clone());
        Ok(Self { address, accounts, symbols, private: None })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Processor time of the private venue so far, in seconds.
    pub(super) fn processor_seconds(&self) -> Option<f64> {
        machine::processor_seconds(self.private.as_ref()?.process.id())
    }

    fn start(args: &Args) -> Result<Self> {
        let server = server(args)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("openbell-load-");
        let folder = match &args.data_dir {
            Some(folder) => {
                fs::create_dir_all(folder)
                    .with_context(|| format!("creating {}", folder.display()))?;
                builder.tempdir_in(folder)
            }
            None => builder.tempdir(),
        };
        let folder = folder.context("creating a folder for the venue")?;
        let usernames: Vec<String> =
            (1..=args.connections).map(|number| format!("L{number:05}")).collect();
        let symbols: Vec<Symbol> = (0..args.symbols).map(symbol).collect();
        let config = folder.path().join("openbell.toml");
        fs::write(&config, configuration(args, &usernames, &symbols)?)
            .context("writing the venue's configuration")?;
        let mut process = Command::new(&server)
            .arg("--config")
            .arg(&config)
            .args(["--log-level", "warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", server.display()))?;
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).context("waiting for the venue")?;
        let private = Private { process, _output: output, _folder: folder };
        let addresses: Value = serde_json::from_str(&line)
            .map_err(|_| anyhow!(Unreachable("the private venue did not open".to_owned())))?;
        let address = addresses["order_entry"].as_str().and_then(|text| text.parse().ok());
        let address = address.context("the venue's first line names order_entry")?;
        let password = || PASSWORD.to_owned();
        let accounts = usernames
            .into_iter()
            .map(|username| Account { username, password: password() })
            .collect();
        Ok(Self { address, accounts, symbols, private: Some(private) })
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // It may have ended by itself; its folder goes either way.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program of the private venue.
fn server(args: &Args) -> Result<PathBuf> {
    if let Some(path) = &args.server {
        return Ok(path.clone());
    }
    let own = env::current_exe().context("finding this program")?;
    let beside = own.with_file_name("openbell-server");
    if beside.exists() {
        return Ok(beside);
    }
    let text =
        format!("no openbell-server beside {}: build it or name it by --server", own.display());
    bail!(UsageError(text))
}

fn configuration(args: &Args, usernames: &[String], symbols: &[Symbol]) -> Result<String> {
    let mut text = format!(
        "data_dir = \"data\"\nshards = {}\n[journal]\ndurability = \"{}\"\n",
        args.shards,
        args.durability.name()
    );
    text += "[order_entry]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n";
    let [a, b] = [0, 1].map(|line| group().map(|group| (line, group)));
    let (a, b) = (a?.1, b?.1);
    writeln!(text, "[market_data]\na = \"{a}\"\nb = \"{b}\"\nretransmit = \"127.0.0.1:0\"")?;
    if let Some(url) = &args.postgres {
        writeln!(text, "[postgres]\nurl = \"{url}\"")?;
    }
    for symbol in symbols {
        writeln!(text, "[[symbol]]\nname = \"{symbol}\"")?;
    }
    let firms = usernames.len().div_ceil(PORTS_A_FIRM);
    for firm in 0..firms {
        writeln!(text, "[[firm]]\nmpid = \"F{firm:03}\"")?;
    }
    let hash = server::passwords::hash_password(PASSWORD).context("hashing the password")?;
    for (place, username) in usernames.iter().enumerate() {
        let firm = place / PORTS_A_FIRM;
        writeln!(text, "[[port]]\nusername = \"{username}\"\npassword_hash = \"{hash}\"")?;
        writeln!(text, "firm = \"F{firm:03}\"")?;
    }
    Ok(text)
}

/// A multicast group and port of this run alone.
fn group() -> Result<SocketAddrV4> {
    let mut random = [0; 4];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut random))
        .context("drawing a multicast group")?;
    let port = 20_000 + u16::from_be_bytes([random[2], random[3]]) % 40_000;
    Ok(SocketAddrV4::new(Ipv4Addr::new(239, 255, random[0], random[1]), port))
}

/// The symbol with this number: four letters.
fn symbol(number: u16) -> Symbol {
    let mut rest = number;
    let mut name = *b"AAAA    ";
    for letter in name[..4].iter_mut().rev() {
        *letter = b'A' + u8::try_from(rest % 26).expect("a letter");
        rest /= 26;
    }
    Symbol(name)
}

/// Tells where a run's data would lie, for the report.
pub(super) fn data_folder(args: &Args) -> PathBuf {
    args.data_dir.as_deref().map_or_else(env::temp_dir, Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_letters_and_differ() {
        let names: std::collections::BTreeSet<String> =
            (0..10_000).map(|number| symbol(number).to_string()).collect();
        assert_eq!(names.len(), 10_000);
        assert_eq!(symbol(27).to_string(), "AABB");
    }

    #[test]
    fn an_account_is_a_name_and_a_password() {
        let account: Account = "ALICE:a:b".parse().expect("a colon may stand in a password");
        assert_eq!((account.username.as_str(), account.password.as_str()), ("ALICE", "a:b"));
        assert!("ALICE".parse::<Account>().is_err());
    }
}
