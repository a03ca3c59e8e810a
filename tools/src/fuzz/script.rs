//! Scripts: what was done to a venue, in lines that can be done again.
//!
//! A line is a session and an action; see `docs/fuzzing.md`, "Scripts". Passwords never stand in a script.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One thing that is done to the venue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Step {
    /// The place of the account; 0 where the action concerns none or all.
    pub(super) session: usize,
    pub(super) action: Action,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Action {
    /// Logs in so many messages before the next one.
    Login {
        back: u64,
    },
    Send(Bytes),
    /// Sends what the last `send` held back.
    Rest,
    /// Closes the socket.
    Close,
    /// Asks every account for its next number and waits until all is answered.
    Settle,
    /// A connection without a login sends this, then nothing more.
    Stranger(Bytes),
    /// Logs in at number 0 and leaves.
    Zero,
    /// Logs in far ahead of the stream.
    Ahead,
    /// Logs in with a wrong password.
    Impostor,
    /// Logs in while the account has a session.
    Second,
}

/// Whole packets, and where they are cut.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Bytes {
    pub(super) bytes: Vec<u8>,
    /// Where a new write begins, rising.
    pub(super) cuts: Vec<usize>,
    /// From here on the bytes wait for `rest`, or for ever.
    pub(super) hold: Option<usize>,
}

impl Bytes {
    pub(super) fn whole(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// The pieces to write now.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let end = self.hold.unwrap_or(self.bytes.len());
        let starts =
            std::iter::once(0).chain(self.cuts.iter().copied()).filter(move |cut| *cut < end);
        let ends =
            self.cuts.iter().copied().filter(move |cut| *cut < end).chain(std::iter::once(end));
        starts.zip(ends).map(|(start, end)| &self.bytes[start..end])
    }

    /// What is held back.
    pub(super) fn held(&self) -> &[u8] {
        self.hold.map_or(&[], |hold| &self.bytes[hold..])
    }
}

/// A whole script.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Script {
    /// The first UserRefNum that each session could use; a replay moves all numbers by the difference.
    pub(super) bases: Vec<u32>,
    pub(super) steps: Vec<Step>,
}

/// Why a line is not part of a script.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("line {line}: {text:?} is no step")]
pub(super) struct ScriptError {
    line: usize,
    text: String,
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut script = Self::default();
        for (line, text) in (1..).zip(text.lines()) {
            let words: Vec<&str> = text.split_whitespace().collect();
            let error = || ScriptError { line, text: text.to_owned() };
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["base", number] => script.bases.push(number.parse().map_err(|_| error())?),
                words => script.steps.push(parse_step(words).ok_or_else(error)?),
            }
        }
        Ok(script)
    }
}

fn parse_step(words: &[&str]) -> Option<Step> {
    let (session, words) = words.split_first()?;
    let session = if *session == "-" { 0 } else { session.parse().ok()? };
    let action = match words {
        ["login", back] => Action::Login { back: back.parse().ok()? },
        ["send", bytes] => Action::Send(bytes.parse().ok()?),
        ["rest"] => Action::Rest,
        ["close"] => Action::Close,
        ["settle"] => Action::Settle,
        ["stranger"] => Action::Stranger(Bytes::default()),
        ["stranger", bytes] => Action::Stranger(bytes.parse().ok()?),
        ["zero"] => Action::Zero,
        ["ahead"] => Action::Ahead,
        ["impostor"] => Action::Impostor,
        ["second"] => Action::Second,
        _ => return None,
    };
    Some(Step { session, action })
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for base in &self.bases {
            writeln!(f, "base {base}")?;
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.action {
            Action::Settle | Action::Stranger(_) => write!(f, "- ")?,
            _ => write!(f, "{} ", self.session)?,
        }
        match &self.action {
            Action::Login { back } => write!(f, "login {back}"),
            Action::Send(bytes) => write!(f, "send {bytes}"),
            Action::Rest => f.write_str("rest"),
            Action::Close => f.write_str("close"),
            Action::Settle => f.write_str("settle"),
            Action::Stranger(bytes) if bytes.bytes.is_empty() => f.write_str("stranger"),
            Action::Stranger(bytes) => write!(f, "stranger {bytes}"),
            Action::Zero => f.write_str("zero"),
            Action::Ahead => f.write_str("ahead"),
            Action::Impostor => f.write_str("impostor"),
            Action::Second => f.write_str("second"),
        }
    }
}

/// Hexadecimal digits, `,` where a new write begins, `/` where the bytes are held back from.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.bytes.iter().enumerate() {
            if self.cuts.contains(&at) {
                f.write_str(",")?;
            }
            if self.hold == Some(at) {
                f.write_str("/")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Bytes {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parsed = Self::default();
        let mut rest = text.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            match first {
                b',' => parsed.cuts.push(parsed.bytes.len()),
                b'/' => parsed.hold = Some(parsed.bytes.len()),
                _ => {
                    let (pair, after) = rest.split_at_checked(2).ok_or(())?;
                    let pair = str::from_utf8(pair).map_err(|_| ())?;
                    parsed.bytes.push(u8::from_str_radix(pair, 16).map_err(|_| ())?);
                    rest = after;
                    continue;
                }
            }
            rest = after;
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_back_as_written() {
        let text = "base 1\nbase 17\n0 login 3\n0 send 0001,52/0001\n0 rest\n1 close\n- settle\n\
                    - stranger 0000\n- stranger\n1 zero\n1 ahead\n1 impostor\n0 second\n";
        let script: Script = text.parse().expect("every line is a step");
        assert_eq!(script.to_string(), text);
        assert_eq!(script.bases, [1, 17]);
        let with_comments = format!("# a script\n\n{text}");
        assert_eq!(with_comments.parse(), Ok(script));
    }

    #[test]
    fn what_is_held_back_is_not_sent() {
        let bytes: Bytes = "0102,0304,05/06,07".parse().expect("hexadecimal digits and marks");
        let pieces: Vec<&[u8]> = bytes.pieces().collect();
        assert_eq!(pieces, [&[1, 2][..], &[3, 4], &[5]]);
        assert_eq!(bytes.held(), [6, 7]);
        assert_eq!(Bytes::whole(vec![9, 9]).pieces().collect::<Vec<_>>(), [&[9, 9]]);
    }

    #[test]
    fn other_lines_are_refused() {
        for text in
            ["0", "0 send", "0 send 0", "0 send zz", "x close", "0 jump", "base x", "0 login -1"]
        {
            let error = text.parse::<Script>().expect_err("no step");
            assert_eq!(error, ScriptError { line: 1, text: text.to_owned() });
        }
    }
}
