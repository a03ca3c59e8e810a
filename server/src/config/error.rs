//! What is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A place in a file; lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Why a configuration is not taken.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ConfigError {
    #[error("{file}: cannot be read: {problem}")]
    Unreadable { file: String, problem: String },
    /// Not TOML, an unknown or missing key, or a value of another kind; `key` is empty where there is none.
    #[error("{at}: {key}{separator}{problem}", separator = if key.is_empty() { "" } else { ": " })]
    Malformed { at: Place, key: String, problem: String },
    /// A value that its key, or another key, does not allow.
    #[error("{at}: {key}: expected {expected}, found {found}")]
    Refused { at: Place, key: String, expected: String, found: String },
    #[error("{at}: {key} is not available in this version")]
    NotAvailable { at: Place, key: String },
}

/// A TOML document that can say where its keys stand.
pub(super) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    table: Spanned<DeTable<'a>>,
}

impl<'a> Source<'a> {
    /// Reads the text as TOML.
    pub(super) fn parse(text: &'a str, file: &'a str) -> Result<Self, ConfigError> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { file, text, table }),
            Err(error) => Err(ConfigError::Malformed {
                at: place(file, text, error.span()),
                key: String::new(),
                problem: error.message().to_owned(),
            }),
        }
    }

    /// Tells where a key such as `port[2].firm` stands; where it is left out, the table it belongs to.
    pub(super) fn place_of(&self, key: &str) -> Place {
        place(self.file, self.text, self.find(key).map(|found| found.span))
    }

    /// Tells whether a key is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.find(key).is_some_and(|found| found.whole)
    }

    /// Turns an error of the deserializer into one that names the key and the place.
    pub(super) fn explain(&self, error: &toml::de::Error) -> ConfigError {
        let start = error.span().unwrap_or_default().start;
        ConfigError::Malformed {
            at: place(self.file, self.text, error.span()),
            key: key_at(self.table.get_ref(), start, "").unwrap_or_default(),
            problem: error.message().to_owned(),
        }
    }
}

impl Source<'_> {
    /// Follows a key as far as it is written; `None` when not even its first part is.
    fn find(&self, key: &str) -> Option<Found> {
        let mut table = self.table.get_ref();
        let mut found = None;
        for part in key.split('.') {
            let (name, index) = match part.trim_end_matches(']').split_once('[') {
                Some((name, index)) => (name, index.parse::<usize>().ok()),
                None => (part, None),
            };
            let Some((written, value)) =
                table.iter().find(|(written, _)| written.get_ref() == name)
            else {
                return found.map(|found: Found| Found { whole: false, ..found });
            };
            let element = match (value.get_ref(), index) {
                (DeValue::Array(array), Some(index)) => array.get(index),
                _ => None,
            };
            let span = element.map_or(written.span(), Spanned::span);
            found = Some(Found { span, whole: true });
            match element.unwrap_or(value).get_ref() {
                DeValue::Table(inner) => table = inner,
                _ => break,
            }
        }
        found
    }
}

/// Where a key, or as much of it as is written, stands.
struct Found {
    span: Range<usize>,
    whole: bool,
}

/// Names the key whose own text or value covers the byte at `offset`.
fn key_at(table: &DeTable<'_>, offset: usize, prefix: &str) -> Option<String> {
    table.iter().find_map(|(written, value)| {
        let name = format!("{prefix}{}", written.get_ref());
        let inside = match value.get_ref() {
            DeValue::Table(inner) => key_at(inner, offset, &format!("{name}.")),
            DeValue::Array(array) => array.iter().enumerate().find_map(|(index, element)| {
                let inner = element.get_ref().as_table()?;
                key_at(inner, offset, &format!("{name}[{index}]."))
            }),
            _ => None,
        };
        let here = || written.span().contains(&offset) || value.span().contains(&offset);
        inside.or_else(|| here().then_some(name))
    })
}

/// Counts lines and columns up to the start of a span; without one, the start of the file.
fn place(file: &str, text: &str, span: Option<Range<usize>>) -> Place {
    let start = span.unwrap_or_default().start;
    let before = text.get(..start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place {
        file: file.to_owned(),
        line: 1 + before.matches('\n').count(),
        column: 1 + before[line_start..].chars().count(),
    }
}
