//! `openbell fuzz`: does to a venue what bad clients do, and checks everything that the venue says.
//!
//! Speaks OUCH 5.0 over SoupBinTCP and knows no more of the venue than any client. See `docs/fuzzing.md`.

mod rules;
mod finding;
mod random;
mod script;
mod shift;
mod wire;
mod stream;
mod tracker;
mod market;
mod feed;
mod visit;
mod session;
mod author;
mod fleet;
mod hunt;
mod output;

use std::fmt::Display;
use std::fs;
use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use client::market_data::JoinOptions;
use indicatif::{ProgressBar, ProgressStyle};
use protocol::{Price, Symbol};

use self::author::Terrain;
use self::feed::Feed;
use self::fleet::Rules;
use self::hunt::{Plan, Report};
use self::rules::Rule;
use self::script::{Script, ScriptError};
use self::visit::Account;
use crate::duration;
use crate::exit::{self, Unreachable, UsageError};

const EXAMPLES: &str = "\
Two accounts that misbehave and a third that must not notice:
  openbell fuzz 127.0.0.1:26400 --account ALFA01:one --account ALFA02:two \\
      --account BETA01:three --symbol AAPL --for 5m
The same again, from the script that a finding left behind:
  openbell fuzz 127.0.0.1:26400 ... --script finding-1-0.fuzz

Exit codes: 0 nothing found, 1 found, 2 usage, 4 cannot reach.";

/// Fuzzes an OUCH 5.0 venue: legal, illegal and malformed messages, and every answer checked.
///
/// Accounts enter, replace and cancel orders around one price, break messages and packets, leave and come
/// back, and resend. The first answer that breaks a rule ends the run; what led to it is left as a script.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The order entry port of the venue.
    #[arg(value_name = "HOST:PORT")]
    venue: String,
    /// An account; of several, the last is the bystander, which does nothing wrong.
    #[arg(long = "account", value_name = "USER:PASS", required = true)]
    accounts: Vec<Account>,
    /// An instrument to trade; can be given several times.
    #[arg(long = "symbol", value_name = "SYMBOL", required = true, value_parser = symbol)]
    symbols: Vec<Symbol>,
    /// The price around which orders are entered.
    #[arg(long, default_value = "10.00")]
    price: Price,
    /// The same seed asks the same questions, as far as the answers are the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long to look, when nothing is found.
    #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = duration::parse)]
    time: Duration,
    /// Does the steps of this file instead, some times.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// The folder in which a finding leaves its script.
    #[arg(long, value_name = "DIR", default_value = ".")]
    findings: PathBuf,
    /// The longest that the venue may take for anything.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration::parse)]
    answer_limit: Duration,
    /// Group and port of its feed, which is then checked too.
    #[arg(long, value_name = "GROUP:PORT")]
    line_a: Option<SocketAddrV4>,
    /// The feed's retransmission server.
    #[arg(long, value_name = "HOST:PORT", requires = "line_a")]
    retransmit: Option<SocketAddr>,
    /// Address of the network interface that the feed comes in by.
    #[arg(long, requires = "line_a", default_value = "127.0.0.1")]
    interface: Ipv4Addr,
    /// Nobody else trades these instruments: every execution has both its sides among the accounts.
    #[arg(long)]
    alone: bool,
    /// The venue may pass over what breaks the session protocol, instead of closing.
    #[arg(long)]
    lenient: bool,
    /// Fuzzes a venue on another machine. Only with the consent of whoever runs it.
    #[arg(long)]
    allow_remote: bool,
    /// The result as a JSON object.
    #[arg(long)]
    json: bool,
}

/// Looks for findings and reports the first.
///
/// # Errors
///
/// The arguments are unusable, the venue cannot be reached, or a file cannot be read or written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let script = args.script.as_deref().map(read).transpose()?;
    let plan = plan(&args)?;
    let feed = join_feed(&args)?;
    let outcome = match &script {
        Some(script) => hunt::replay(&plan, feed, script),
        None => {
            let progress = progress_bar();
            let progressed = |episodes| progress.set_message(format!("{episodes} episodes"));
            let outcome = hunt::run(&plan, feed, progressed);
            progress.finish_and_clear();
            outcome
        }
    };
    let report = match outcome {
        Ok(report) => report,
        Err(finding) if matches!(finding.rule, Rule::VenueGone | Rule::LoginRefused) => {
            return Err(Unreachable(format!("{}: {}", args.venue, finding.what)).into());
        }
        Err(finding) => Report { finding: Some(finding), ..Report::default() },
    };
    let saved = match &report.finding {
        Some(finding) if script.is_none() => {
            output::save(&args.findings, &plan, finding, &report).map(Some)
        }
        _ => Ok(args.script),
    };
    output::print(&report, saved.as_ref().ok().and_then(Option::as_deref), args.json)?;
    saved?;
    Ok(if report.finding.is_some() { ExitCode::from(exit::FAILED) } else { ExitCode::SUCCESS })
}

fn symbol(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}

fn read(path: &Path) -> anyhow::Result<Script> {
    let unusable = |error: &dyn Display| UsageError(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| unusable(&error))?;
    text.parse().map_err(|error: ScriptError| unusable(&error).into())
}

fn plan(args: &Args) -> anyhow::Result<Plan> {
    let rules = Rules { venue: address(args)?, limit: args.answer_limit, lenient: args.lenient };
    let middle = u64::from(args.price.ten_thousandths()).max(1);
    Ok(Plan {
        rules,
        accounts: args.accounts.clone(),
        terrain: Terrain { symbols: args.symbols.clone(), middle },
        alone: args.alone,
        seed: args.seed,
        time: args.time,
    })
}

fn join_feed(args: &Args) -> anyhow::Result<Option<Feed>> {
    let options = args.line_a.map(|line_a| JoinOptions {
        interface: args.interface,
        retransmit: args.retransmit,
        patience: args.answer_limit,
        ..JoinOptions::new(line_a)
    });
    options.map(Feed::join).transpose()
}

fn address(args: &Args) -> anyhow::Result<SocketAddr> {
    let venue = &args.venue;
    if !venue.contains(':') {
        return Err(UsageError(format!("{venue} has no port: expected HOST:PORT")).into());
    }
    let unreachable = || Unreachable(format!("{venue} is no address"));
    let address =
        venue.to_socket_addrs().map_err(|_| unreachable())?.next().ok_or_else(unreachable)?;
    if !address.ip().is_loopback() && !args.allow_remote {
        let text = format!("{venue} is not this machine: --allow-remote, if its operator agrees");
        return Err(UsageError(text).into());
    }
    Ok(address)
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}")
        .expect("a template of known words");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
