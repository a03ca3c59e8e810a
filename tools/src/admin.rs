//! `openbell admin`: acts of an operator, through the socket in the venue's data folder.
//!
//! One JSON object a line each way; see `docs` of the venue's configuration for who may open the socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::exit::{Unreachable, UsageError};
use crate::line::{Line, Printer};

/// How long an answer may take: an act is answered once it is committed.
const PATIENCE: Duration = Duration::from_secs(30);

const EXAMPLES: &str = "\
Examples:
  openbell admin status --data-dir data
  openbell admin halt ACME --reason T1 --why 'news at 14:02' --data-dir data
  openbell admin resume '*' --why 'all clear' --data-dir data
  openbell admin phase ACME continuous --why 'opening now' --data-dir data
  openbell admin disconnect ALICE --who kim --why 'runaway program' --data-dir data
  openbell admin kill --port ALICE --why 'runaway program' --data-dir data
  openbell admin release --port ALICE --why 'program fixed' --data-dir data
  openbell admin limits --port ALICE max_quantity=500 --restrict ACME --why 'too fast' --data-dir data
  openbell admin bust 1507329 --reason E --why 'ten times the price' --data-dir data
  openbell admin end-of-day --why 'close' --data-dir data";

/// Looks at a running venue, or acts on it: halt, resume, phase, disconnect, kill, release, bust,
/// end of day.
///
/// Every act is written to the venue's log with who ordered it and why.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
    /// The data folder of the venue, where admin.sock is.
    #[arg(long, value_name = "DIR", default_value = "data", global = true)]
    data_dir: PathBuf,
    /// Who orders the act; the user of this shell without it.
    #[arg(long, value_name = "NAME", global = true)]
    who: Option<String>,
    /// Why; needed for everything but status.
    #[arg(long, value_name = "TEXT", global = true)]
    why: Option<String>,
    /// Prints the venue's answer as it came.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Prints counts, sequence numbers, and whether the venue is ready.
    Status,
    /// Stops trading in an instrument; open orders stay and can be canceled.
    Halt(Target),
    /// Lets an instrument trade again.
    Resume(Target),
    /// Takes an instrument to a phase of the day, through the cross that lies on the way.
    Phase {
        /// A symbol, or `*` for all.
        symbol: String,
        /// `pre-open`: orders rest and nothing trades; `continuous`: by the opening cross.
        phase: String,
    },
    /// Ends the session of a port.
    Disconnect {
        /// User name of the port.
        port: String,
    },
    /// Kill switch: cancels everything of a port, a firm or the venue, and refuses its orders until it is released.
    Kill(Whom),
    /// Releases a kill switch; the canceled orders do not come back.
    Release(Whom),
    /// Changes limits of a firm or a port for the next order; what is open stays.
    ///
    /// The keys are those of the configuration, each with a value or `none`: `max_quantity=500 gross_exposure=none`.
    Limits {
        /// The firm, by its mpid.
        #[arg(
            long,
            value_name = "MPID",
            conflicts_with = "port",
            required_unless_present = "port"
        )]
        firm: Option<String>,
        /// The port, by its user name.
        #[arg(long, value_name = "NAME")]
        port: Option<String>,
        /// Limits to set.
        #[arg(value_name = "KEY=VALUE")]
        set: Vec<String>,
        /// A symbol in which it may not enter orders from now on; may be given again.
        #[arg(long, value_name = "SYMBOL")]
        restrict: Vec<String>,
        /// A symbol in which it may enter orders again; may be given again.
        #[arg(long, value_name = "SYMBOL")]
        free: Vec<String>,
    },
    /// Breaks a trade of the day: both parties, the feed and the records are told, exposure comes back.
    Bust {
        /// The match number, as on the feed, in the parties' messages, and in `openbell trades`.
        #[arg(value_name = "MATCH")]
        match_number: u64,
        /// E clearly erroneous, C consent of both parties, S supervisory, X external third party.
        #[arg(long, value_name = "CODE", ignore_case = true, value_parser = ["E", "C", "S", "X"])]
        reason: String,
    },
    /// Ends the day: open orders expire, sessions end, the log is closed.
    EndOfDay,
}

/// Exactly one of them.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// User name of a port.
    #[arg(long, value_name = "NAME")]
    port: Option<String>,
    /// A firm, with all its ports.
    #[arg(long, value_name = "MPID")]
    firm: Option<String>,
    /// Every port there is.
    #[arg(long)]
    venue: bool,
}

impl Whom {
    fn request(&self, act: &str) -> Value {
        match self {
            Self { port: Some(port), .. } => json!({ "act": act, "port": port }),
            Self { firm: Some(firm), .. } => json!({ "act": act, "firm": firm }),
            _ => json!({ "act": act, "venue": true }),
        }
    }
}

#[derive(Debug, clap::Args)]
struct Target {
    /// A symbol, or `*` for all.
    symbol: String,
    /// Reason code of the market data feed, such as T1.
    #[arg(long, value_name = "CODE", default_value = "")]
    reason: String,
}

/// Sends the act and prints the answer.
///
/// # Errors
///
/// The venue is not there, or refuses.
pub fn run(args: Args) -> Result<ExitCode> {
    let request = request(&args)?;
    let answer = ask(&args.data_dir, &request)?;
    let mut printer = Printer::new(args.json);
    if args.json {
        writeln!(std::io::stdout(), "{answer}")?;
    }
    if answer["ok"] != Value::Bool(true) {
        bail!("the venue refuses: {}", answer["error"].as_str().unwrap_or("no reason given"));
    }
    match answer["status"].as_object() {
        Some(status) => {
            for (name, value) in status {
                printer.text(format_args!("{name:<20} {}", shown(value)))?;
            }
        }
        None => {
            printer.text(Line::new("done", "done").with("sequence", answer["sequence"].clone()))?
        }
    }
    printer.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn request(args: &Args) -> Result<Value> {
    let mut request = match &args.act {
        Act::Status => return Ok(json!({ "act": "status" })),
        Act::Halt(Target { symbol, reason }) => {
            json!({ "act": "halt", "symbol": symbol, "reason": reason })
        }
        Act::Resume(Target { symbol, reason }) => {
            json!({ "act": "resume", "symbol": symbol, "reason": reason })
        }
        Act::Phase { symbol, phase } => {
            json!({ "act": "phase", "symbol": symbol, "phase": phase })
        }
        Act::Disconnect { port } => json!({ "act": "disconnect", "port": port }),
        Act::Kill(whom) => whom.request("kill"),
        Act::Release(whom) => whom.request("release"),
        Act::Limits { firm, port, set, restrict, free } => {
            let pairs = set.iter().map(|pair| {
                let problem = || UsageError(format!("expected KEY=VALUE, found {pair:?}"));
                let (key, value) = pair.split_once('=').ok_or_else(problem)?;
                Ok((key.to_owned(), Value::from(value)))
            });
            let set = pairs.collect::<Result<serde_json::Map<_, _>, UsageError>>()?;
            let (restrict, free) = (restrict.clone(), free.clone());
            let mut limits =
                json!({ "act": "limits", "set": set, "restrict": restrict, "free": free });
            if let Some(firm) = firm {
                limits["firm"] = firm.as_str().into();
            }
            if let Some(port) = port {
                limits["port"] = port.as_str().into();
            }
            limits
        }
        Act::Bust { match_number, reason } => {
            json!({ "act": "bust", "match": match_number, "reason": reason.to_ascii_uppercase() })
        }
        Act::EndOfDay => json!({ "act": "end-of-day" }),
    };
    let needed = |option: &str| UsageError(format!("{option} is needed: the log keeps it"));
    request["who"] = args.who.clone().unwrap_or_else(user).into();
    request["why"] = args.why.clone().ok_or_else(|| needed("--why"))?.into();
    Ok(request)
}

/// Returns the user of this shell: by $USER, which services and containers often lack, else by the user id.
fn user() -> String {
    let named = std::env::var("USER").ok().filter(|name| !name.is_empty());
    named.unwrap_or_else(|| {
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        name_of(rustix::process::getuid().as_raw(), &accounts)
    })
}

/// Finds the name of a user id among the lines of /etc/passwd: name, password, id, and more.
fn name_of(uid: u32, accounts: &str) -> String {
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid) && !name.is_empty()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}

/// Sends one line to the venue and returns its answer.
fn ask(data_dir: &Path, request: &Value) -> Result<Value> {
    let path = data_dir.join("admin.sock");
    let stream = UnixStream::connect(&path).map_err(|error| {
        Unreachable(format!("{}: {error}; is a venue running on this folder?", path.display()))
    })?;
    stream.set_read_timeout(Some(PATIENCE))?;
    (&stream).write_all(format!("{request}\n").as_bytes()).context("sending to the venue")?;
    let mut answer = String::new();
    BufReader::new(&stream).read_line(&mut answer).context("waiting for the venue")?;
    serde_json::from_str(&answer).with_context(|| format!("the venue answers {answer:?}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn written(command_line: &str) -> Result<Value> {
        let words = ["admin"].into_iter().chain(command_line.split(' '));
        request(&Cli::try_parse_from(words).expect("a command line of the test").args)
    }

    #[test]
    fn an_act_names_who_and_why() {
        let halt = written("halt ACME --reason T1 --who kim --why news").expect("complete");
        let expected =
            json!({"act": "halt", "symbol": "ACME", "reason": "T1", "who": "kim", "why": "news"});
        assert_eq!(halt, expected);
        let kill = written("kill --port ALICE --who kim --why news").expect("complete");
        assert_eq!(kill, json!({"act": "kill", "port": "ALICE", "who": "kim", "why": "news"}));
        let release = written("release --venue --who kim --why news").expect("complete");
        assert_eq!(release, json!({"act": "release", "venue": true, "who": "kim", "why": "news"}));
        let bust = written("bust 65537 --reason e --who kim --why typo").expect("complete");
        let expected =
            json!({"act": "bust", "match": 65_537, "reason": "E", "who": "kim", "why": "typo"});
        assert_eq!(bust, expected);
        let error = written("end-of-day --who kim").expect_err("no reason");
        assert_eq!(error.to_string(), "--why is needed: the log keeps it");
        assert_eq!(written("status").expect("needs nothing"), json!({ "act": "status" }));
    }

    #[test]
    fn a_user_id_has_the_name_that_the_accounts_give_it() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\n+\n:x:7::\nkim:x:1000:1000::/home/kim:/bin/sh\n";
        assert_eq!(name_of(1_000, accounts), "kim");
        for (uid, name) in [(0, "root"), (7, "uid 7"), (100, "uid 100")] {
            assert_eq!(name_of(uid, accounts), name);
        }
        assert_eq!(name_of(5, ""), "uid 5");
    }
}
