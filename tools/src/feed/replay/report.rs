//! What a replay found, for people and for machines.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::comparison::Findings;

/// Everything that is told at the end.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    pub(super) equal: bool,
    pub(super) file: String,
    /// Where orders went to.
    pub(super) venue: String,
    /// Messages of the file by type, those of other symbols not included.
    pub(super) messages: BTreeMap<char, u64>,
    #[serde(flatten)]
    pub(super) findings: Findings,
    pub(super) seconds: f64,
}

impl Report {
    /// Counts messages of these types.
    fn count(&self, types: &str) -> u64 {
        types.chars().filter_map(|kind| self.messages.get(&kind)).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Findings { executions, books, refused, first_differences } = &self.findings;
        writeln!(f, "{} as orders, {}", self.file, self.venue)?;
        let all: u64 = self.messages.values().sum();
        let types: Vec<_> =
            self.messages.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        writeln!(f, "messages    {all}: {}", types.join(", "))?;
        writeln!(
            f,
            "orders      {} entered (A F), {} replaced (U), {} reduced (X), {} canceled (D), {refused} refused",
            self.count("AF"),
            self.count("U"),
            self.count("X"),
            self.count("D"),
        )?;
        writeln!(
            f,
            "left out    {} hidden, cross or broken trades (P Q B); {} executions at another price (C), canceled instead",
            self.count("PQB"),
            self.count("C"),
        )?;
        writeln!(
            f,
            "executions  {} expected (E): {} equal, {} different; {} that the day did not have",
            executions.expected, executions.equal, executions.different, executions.unexpected,
        )?;
        writeln!(
            f,
            "books       compared {} times, {} levels with {} orders: {} levels different",
            books.comparisons, books.levels, books.orders, books.different,
        )?;
        writeln!(f, "time        {:.1} s", self.seconds)?;
        for difference in first_differences {
            writeln!(f, "difference  {difference}")?;
        }
        writeln!(f, "{}", if self.equal { "EQUAL" } else { "DIFFERENT" })
    }
}
