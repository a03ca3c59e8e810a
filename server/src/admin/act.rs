//! What an operator may order: one JSON object a line.
//!
//! `{"act":"halt","symbol":"AAPL","reason":"T1","who":"kim","why":"news at 14:02"}`. An act, a field or a
//! code that does not exist is refused by its name.

use std::collections::BTreeMap;
use std::fmt;

use engine::command::Phase;
use protocol::enums::BrokenTradeReason;
use protocol::{Mpid, Symbol};
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::oneshot;

use super::limits::Change;
use crate::bust::FoundTrade;
use crate::config::Config;

/// Longest name of an operator and longest reason, in bytes.
const MAX_WHO: usize = 64;
const MAX_WHY: usize = 200;

/// Symbols of one act, at most: it is logged as a whole, in one block.
const MAX_SYMBOLS: usize = 100;

/// Codes of ITCH Stock Trading Action (`docs/protocols/itch.md`, "Trading action reasons").
const HALT_REASONS: [&str; 21] = [
    "T1", "T2", "T5", "T6", "T8", "T12", "H4", "H9", "H10", "H11", "O1", "LUDP", "LUDS", "MWC0",
    "MWC1", "MWC2", "MWC3", "IPO1", "M1", "M2", "",
];
const RESUME_REASONS: [&str; 14] =
    ["T3", "T7", "R4", "R9", "C3", "C4", "C9", "C11", "MWCQ", "R1", "R2", "IPOQ", "IPOE", ""];

/// An order of the operator.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Halts one instrument, or all when none is named; the reason is four characters of ITCH.
    Halt { symbol: Option<Symbol>, reason: [u8; 4] },
    /// Lets one instrument, or all, trade again.
    Resume { symbol: Option<Symbol>, reason: [u8; 4] },
    /// Takes one instrument, or all, to a phase of the day, through the cross that lies on the way.
    Phase { symbol: Option<Symbol>, phase: Phase },
    /// Ends the session of the port with this user name (in upper case).
    Disconnect { port: String },
    /// Cancels everything of a port, a firm or the venue and refuses its orders until it is released.
    Kill { whom: Whom },
    /// Lets it enter orders again.
    Release { whom: Whom },
    /// Changes limits of a firm or a port; the bool of a symbol: restricted from now on, or not any more.
    Limits { whom: Whom, changes: Vec<Change>, restrictions: Vec<(Symbol, bool)> },
    /// Takes what a configuration that was read again says of firms and ports.
    Accounts(Box<Config>),
    /// Breaks a trade of the day.
    Bust { trade: Box<FoundTrade>, reason: BrokenTradeReason },
    /// Ends the day: expires orders, ends all sessions, closes the log.
    EndOfDay,
}

/// Whom a kill switch stops.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Whom {
    Venue,
    Firm(Mpid),
    /// By user name, in upper case.
    Port(String),
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Venue => f.write_str("venue"),
            Self::Firm(mpid) => write!(f, "firm {mpid}"),
            Self::Port(name) => write!(f, "port {name}"),
        }
    }
}

/// What came of an act: the sequence of its command in the log, or why it was not done.
pub type Answer = Result<u64, String>;

/// An act on its way to the sequencer, which sends the answer once the command is committed.
#[derive(Debug)]
pub struct Instruction {
    pub act: Act,
    pub who: String,
    pub why: String,
    pub reply: oneshot::Sender<Answer>,
}

/// A line of the admin socket, understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Request {
    Order {
        act: Act,
        who: String,
        why: String,
    },
    /// An act on a trade that is to be found first.
    Bust {
        match_number: u64,
        reason: BrokenTradeReason,
        who: String,
        why: String,
    },
    /// Changes nothing, so it needs no name.
    Status,
}

/// Why a line is not a request.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(super) enum RequestError {
    #[error("{0}")]
    Json(String),
    #[error("symbol: expected a symbol, or \"*\" for all, found {0:?}")]
    Symbol(String),
    #[error("reason: expected one of {expected:?}, found {found:?}")]
    Reason { expected: &'static [&'static str], found: String },
    #[error("expected exactly one of `port`, `firm` and `venue`: true")]
    Whom,
    #[error("reason: expected E, C, S or X, found {0:?}")]
    Bust(String),
    #[error("firm: expected a firm of one to four letters and digits, found {0:?}")]
    Firm(String),
    /// Of limits: what was expected.
    #[error("{0}")]
    Limit(String),
    #[error("expected at most {MAX_SYMBOLS} symbols to restrict or free at once, found {found}")]
    TooManySymbols { found: usize },
    #[error("phase: expected one of {expected:?}, found {found:?}")]
    Phase { expected: [&'static str; 2], found: String },
    #[error("{field}: expected 1 to {most} bytes of printable text, found {found:?}")]
    Text { field: &'static str, most: usize, found: String },
}

/// The fields as they are written.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    Halt {
        symbol: String,
        #[serde(default)]
        reason: String,
        who: String,
        why: String,
    },
    Resume {
        symbol: String,
        #[serde(default)]
        reason: String,
        who: String,
        why: String,
    },
    Phase {
        symbol: String,
        phase: String,
        who: String,
        why: String,
    },
    Disconnect {
        port: String,
        who: String,
        why: String,
    },
    Kill {
        #[serde(default)]
        venue: bool,
        firm: Option<String>,
        port: Option<String>,
        who: String,
        why: String,
    },
    Release {
        #[serde(default)]
        venue: bool,
        firm: Option<String>,
        port: Option<String>,
        who: String,
        why: String,
    },
    Limits {
        firm: Option<String>,
        port: Option<String>,
        #[serde(default)]
        set: BTreeMap<String, String>,
        #[serde(default)]
        restrict: Vec<String>,
        #[serde(default)]
        free: Vec<String>,
        who: String,
        why: String,
    },
    Bust {
        #[serde(rename = "match")]
        match_number: u64,
        reason: String,
        who: String,
        why: String,
    },
    EndOfDay {
        who: String,
        why: String,
    },
    Status {},
}

impl Request {
    /// Reads one line.
    pub(super) fn parse(line: &str) -> Result<Self, RequestError> {
        let line: Line =
            serde_json::from_str(line).map_err(|error| RequestError::Json(error.to_string()))?;
        let (act, who, why) = match line {
            Line::Halt { symbol, reason, who, why } => {
                let reason = checked_reason(&reason, &HALT_REASONS)?;
                (Act::Halt { symbol: target(&symbol)?, reason }, who, why)
            }
            Line::Resume { symbol, reason, who, why } => {
                let reason = checked_reason(&reason, &RESUME_REASONS)?;
                (Act::Resume { symbol: target(&symbol)?, reason }, who, why)
            }
            Line::Phase { symbol, phase, who, why } => {
                (Act::Phase { symbol: target(&symbol)?, phase: checked_phase(&phase)? }, who, why)
            }
            Line::Disconnect { port, who, why } => {
                let port = checked_text("port", &port, 6)?.to_ascii_uppercase();
                (Act::Disconnect { port }, who, why)
            }
            Line::Kill { venue, firm, port, who, why } => {
                (Act::Kill { whom: whom(venue, firm.as_deref(), port.as_deref())? }, who, why)
            }
            Line::Release { venue, firm, port, who, why } => {
                (Act::Release { whom: whom(venue, firm.as_deref(), port.as_deref())? }, who, why)
            }
            Line::Limits { firm, port, set, restrict, free, who, why } => {
                let whom = whom(false, firm.as_deref(), port.as_deref())?;
                let changes = set.iter().map(|(key, value)| Change::parse(key, value));
                let changes = changes.collect::<Result<_, _>>().map_err(RequestError::Limit)?;
                let found = restrict.len() + free.len();
                if MAX_SYMBOLS < found {
                    return Err(RequestError::TooManySymbols { found });
                }
                let named = |names: Vec<String>, restricted| {
                    names.into_iter().map(move |name| Ok((symbol(&name)?, restricted)))
                };
                let restrictions = named(restrict, true).chain(named(free, false));
                let restrictions = restrictions.collect::<Result<_, _>>()?;
                (Act::Limits { whom, changes, restrictions }, who, why)
            }
            Line::Bust { match_number, reason, who, why } => {
                let unknown = || RequestError::Bust(reason.clone());
                let &[code] = reason.as_bytes() else { return Err(unknown()) };
                let reason = BrokenTradeReason::try_from(code).map_err(|_| unknown())?;
                let (who, why) = signed(&who, &why)?;
                return Ok(Self::Bust { match_number, reason, who, why });
            }
            Line::EndOfDay { who, why } => (Act::EndOfDay, who, why),
            Line::Status {} => return Ok(Self::Status),
        };
        let (who, why) = signed(&who, &why)?;
        Ok(Self::Order { act, who, why })
    }
}

/// Checks who orders an act, and why.
fn signed(who: &str, why: &str) -> Result<(String, String), RequestError> {
    let who = checked_text("who", who, MAX_WHO)?.to_owned();
    let why = checked_text("why", why, MAX_WHY)?.to_owned();
    Ok((who, why))
}

fn target(symbol: &str) -> Result<Option<Symbol>, RequestError> {
    match symbol {
        "*" => Ok(None),
        name => self::symbol(name).map(Some),
    }
}

fn symbol(name: &str) -> Result<Symbol, RequestError> {
    Symbol::new(name).map_err(|_| RequestError::Symbol(name.to_owned()))
}

fn whom(venue: bool, firm: Option<&str>, port: Option<&str>) -> Result<Whom, RequestError> {
    match (venue, firm, port) {
        (true, None, None) => Ok(Whom::Venue),
        (false, Some(firm), None) => {
            let mpid = Mpid::new(firm).map_err(|_| RequestError::Firm(firm.to_owned()))?;
            Ok(Whom::Firm(mpid))
        }
        (false, None, Some(port)) => {
            Ok(Whom::Port(checked_text("port", port, 6)?.to_ascii_uppercase()))
        }
        _ => Err(RequestError::Whom),
    }
}

fn checked_phase(phase: &str) -> Result<Phase, RequestError> {
    match phase {
        "pre-open" => Ok(Phase::PreOpen),
        "continuous" => Ok(Phase::Continuous),
        other => Err(RequestError::Phase {
            expected: ["pre-open", "continuous"],
            found: other.to_owned(),
        }),
    }
}

fn checked_reason(
    reason: &str,
    expected: &'static [&'static str],
) -> Result<[u8; 4], RequestError> {
    if !expected.contains(&reason) {
        return Err(RequestError::Reason { expected, found: reason.to_owned() });
    }
    let mut padded = [b' '; 4];
    padded[..reason.len()].copy_from_slice(reason.as_bytes());
    Ok(padded)
}

fn checked_text<'a>(
    field: &'static str,
    text: &'a str,
    most: usize,
) -> Result<&'a str, RequestError> {
    if (1..=most).contains(&text.len()) && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    Err(RequestError::Text { field, most, found: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(act: Act) -> Result<Request, RequestError> {
        Ok(Request::Order { act, who: "kim".to_owned(), why: "news".to_owned() })
    }

    fn error(line: &str) -> String {
        Request::parse(line).expect_err("the line is wrong").to_string()
    }

    #[test]
    fn each_act_is_read() {
        let aapl = Some(Symbol(*b"AAPL    "));
        for (line, act) in [
            (
                r#"{"act":"halt","symbol":"AAPL","reason":"T1","who":"kim","why":"news"}"#,
                Act::Halt { symbol: aapl, reason: *b"T1  " },
            ),
            (
                r#"{"act":"halt","symbol":"*","who":"kim","why":"news"}"#,
                Act::Halt { symbol: None, reason: *b"    " },
            ),
            (
                r#"{"who":"kim","why":"news","act":"resume","symbol":"AAPL","reason":"MWCQ"}"#,
                Act::Resume { symbol: aapl, reason: *b"MWCQ" },
            ),
            (
                r#"{"act":"phase","symbol":"AAPL","phase":"pre-open","who":"kim","why":"news"}"#,
                Act::Phase { symbol: aapl, phase: Phase::PreOpen },
            ),
            (
                r#"{"act":"disconnect","port":"alice","who":"kim","why":"news"}"#,
                Act::Disconnect { port: "ALICE".to_owned() },
            ),
            (
                r#"{"act":"kill","port":"alice","who":"kim","why":"news"}"#,
                Act::Kill { whom: Whom::Port("ALICE".to_owned()) },
            ),
            (
                r#"{"act":"kill","firm":"ALFA","who":"kim","why":"news"}"#,
                Act::Kill { whom: Whom::Firm(Mpid(*b"ALFA")) },
            ),
            (
                r#"{"act":"release","venue":true,"who":"kim","why":"news"}"#,
                Act::Release { whom: Whom::Venue },
            ),
            (
                r#"{"act":"limits","port":"alice","set":{"max_quantity":"7"},"restrict":["AAPL"],"who":"kim","why":"news"}"#,
                Act::Limits {
                    whom: Whom::Port("ALICE".to_owned()),
                    changes: vec![Change::MaxQuantity(7)],
                    restrictions: vec![(Symbol(*b"AAPL    "), true)],
                },
            ),
            (r#"{"act":"end-of-day","who":"kim","why":"news"}"#, Act::EndOfDay),
        ] {
            assert_eq!(Request::parse(line), order(act), "{line}");
        }
        assert_eq!(Request::parse(r#"{"act":"status"}"#), Ok(Request::Status));
        let bust = r#"{"act":"bust","match":65537,"reason":"C","who":"kim","why":"news"}"#;
        let (who, why) = ("kim".to_owned(), "news".to_owned());
        let reason = BrokenTradeReason::Consent;
        let expected = Request::Bust { match_number: 65_537, reason, who, why };
        assert_eq!(Request::parse(bust), Ok(expected));
    }

    #[test]
    fn unknown_acts_and_fields_are_named() {
        let found = error(r#"{"act":"explode","who":"kim","why":"news"}"#);
        assert!(
            found.starts_with("unknown variant `explode`, expected one of `halt`, `resume`,"),
            "{found}"
        );
        let found = error(r#"{"act":"end-of-day","who":"kim","why":"news","when":"now"}"#);
        assert!(found.starts_with("unknown field `when`, expected `who` or `why`"), "{found}");
        assert!(error(r#"{"act":"status","who":"kim"}"#).starts_with("unknown field `who`"));
        assert!(error(r#"{"act":"end-of-day","why":"news"}"#).starts_with("missing field `who`"));
        assert!(error(r#"{"who":"kim","why":"news"}"#).starts_with("missing field `act`"));
        assert!(error("halt AAPL").starts_with("expected value at line 1 column 1"));
    }

    #[test]
    fn a_halt_needs_its_symbol() {
        assert!(
            error(r#"{"act":"halt","who":"kim","why":"news"}"#)
                .starts_with("missing field `symbol`")
        );
        let found = error(r#"{"act":"halt","symbol":"aapl","who":"kim","why":"news"}"#);
        assert_eq!(found, "symbol: expected a symbol, or \"*\" for all, found \"aapl\"");
    }

    #[test]
    fn a_kill_stops_exactly_one_port_firm_or_venue() {
        for whom in ["", r#""venue":false,"#, r#""venue":true,"port":"ALICE","#] {
            let found = error(&format!(r#"{{"act":"kill",{whom}"who":"kim","why":"news"}}"#));
            assert_eq!(found, "expected exactly one of `port`, `firm` and `venue`: true");
        }
        let found = error(r#"{"act":"release","firm":"ALFAS","who":"kim","why":"news"}"#);
        assert!(found.starts_with("firm: expected a firm of one to four"), "{found}");
    }

    #[test]
    fn a_bust_has_one_of_four_reasons() {
        for reason in ["", "T1", "e"] {
            let line = r#"{"act":"bust","match":1,"who":"kim","why":"news","reason":"#;
            let found = error(&format!("{line}{reason:?}}}"));
            assert_eq!(found, format!("reason: expected E, C, S or X, found {reason:?}"));
        }
    }

    #[test]
    fn halts_and_resumptions_have_their_own_reasons() {
        for line in [
            r#"{"act":"halt","symbol":"A","reason":"T3","who":"kim","why":"news"}"#,
            r#"{"act":"resume","symbol":"A","reason":"T1","who":"kim","why":"news"}"#,
            r#"{"act":"halt","symbol":"A","reason":"t1","who":"kim","why":"news"}"#,
        ] {
            let found = Request::parse(line).expect_err("the reason is of the other kind");
            assert!(matches!(found, RequestError::Reason { .. }), "{found}");
        }
    }

    #[test]
    fn a_phase_is_one_of_those_there_are() {
        let found =
            error(r#"{"act":"phase","symbol":"*","phase":"open","who":"kim","why":"news"}"#);
        assert!(found.starts_with("phase: expected one of [\"pre-open\", "), "{found}");
    }

    #[test]
    fn who_and_why_are_short_printable_text() {
        let long = "x".repeat(65);
        for who in ["", "kim\\n", &long] {
            let found = error(&format!(r#"{{"act":"end-of-day","who":"{who}","why":"news"}}"#));
            assert!(found.starts_with("who: expected 1 to 64 bytes of printable text"), "{found}");
        }
    }
}
