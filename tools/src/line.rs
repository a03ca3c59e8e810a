//! One line of output: named values in their order, as text for people or as JSON for machines.

use std::fmt;
use std::io::{self, Stdout, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// Named values in the order they were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    fields: Vec<(&'static str, Value)>,
}

impl Line {
    /// Starts with one value.
    pub fn new(name: &'static str, value: impl Into<Value>) -> Self {
        Self::default().with(name, value)
    }

    /// Adds a value.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// Adds a value in its written form, as prices are.
    pub fn text(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.with(name, value.to_string())
    }

    /// Adds a value if there is one.
    pub fn maybe(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds all values of another line.
    pub fn and(mut self, other: Self) -> Self {
        self.fields.extend(other.fields);
        self
    }
}

/// A JSON object whose keys keep their order.
impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, value) in &self.fields {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

/// `name=value` after `name=value`; the first value stands alone, it says what the line is.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.fields.iter().enumerate() {
            if place != 0 {
                write!(f, " {name}=")?;
            }
            match value {
                Value::String(text) => f.write_str(text)?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// Writes lines to standard output, all in one of the two forms.
pub struct Printer {
    output: io::BufWriter<Stdout>,
    json: bool,
}

impl Printer {
    /// Writes JSON objects if `json`, else text.
    pub fn new(json: bool) -> Self {
        Self { output: io::BufWriter::new(io::stdout()), json }
    }

    /// Tells whether lines are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Writes one line; it may wait in a buffer until [`Self::flush`] or the end.
    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        if self.json { self.json(line) } else { writeln!(self.output, "{line}") }
    }

    /// Writes a line of text that is no data, such as the head of a table; in JSON there is none.
    pub fn text(&mut self, text: impl fmt::Display) -> io::Result<()> {
        if self.json { Ok(()) } else { writeln!(self.output, "{text}") }
    }

    /// Writes a line in JSON in any case.
    fn json(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.output, line)?;
        self.output.write_all(b"\n")
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Gives a byte that stands for a letter as text; what cannot be printed is escaped.
pub fn letter(code: u8) -> String {
    code.escape_ascii().to_string()
}

/// Gives padded ASCII without the padding; what cannot be printed is escaped.
pub fn ascii(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line::new("message", "AddOrder")
            .with("shares", 100_u32)
            .text("price", "10.2500")
            .maybe("attribution", None::<u8>)
            .and(Line::new("time_ns", 7))
    }

    #[test]
    fn json_keeps_the_order_of_the_fields() {
        let json = serde_json::to_string(&line()).expect("a line is an object");
        let expected = r#"{"message":"AddOrder","shares":100,"price":"10.2500","time_ns":7}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn text_names_every_value_but_the_first() {
        assert_eq!(line().to_string(), "AddOrder shares=100 price=10.2500 time_ns=7");
    }

    #[test]
    fn bytes_that_are_no_text_are_escaped() {
        assert_eq!(ascii(b"AAPL    "), "AAPL");
        assert_eq!(ascii(b"A\xffB\0"), r"A\xffB\x00");
        assert_eq!((letter(b'B'), letter(b' ')), ("B".to_owned(), " ".to_owned()));
    }
}
