//! What is wrong with a venue.

use std::fmt;

use thiserror::Error;

use super::rules::Rule;

/// One rule that the venue broke; the hunt ends with it, because nothing after it can be judged.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(super) struct Finding {
    pub(super) rule: Rule,
    /// What came, or did not.
    pub(super) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule.name(), self.what)
    }
}

impl Finding {
    pub(super) fn new(rule: Rule, what: impl Into<String>) -> Self {
        Self { rule, what: what.into() }
    }

    /// Says which account saw it.
    pub(super) fn seen_by(self, account: &str) -> Self {
        Self { what: format!("{account}: {}", self.what), ..self }
    }
}

/// Something that holds, or the finding that it does not.
pub(super) type Checked<T = ()> = Result<T, Finding>;

/// Fails with a finding unless `holds`; the text is made only then.
pub(super) fn demand(holds: bool, rule: Rule, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Finding::new(rule, what())) }
}
