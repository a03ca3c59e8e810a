//! Words for codes, the same on the command line and in the output: `SellShort` is `sell-short`.

use std::fmt::Debug;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Short forms that traders use, beside the word.
const SHORT: &[(&str, &str)] =
    &[("immediate-or-cancel", "ioc"), ("extended-hours", "gtx"), ("good-till-time", "gtt")];

/// Gives the name of a code as a word.
pub(super) fn word(code: impl Debug) -> String {
    let name = format!("{code:?}");
    let mut word = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(character.to_ascii_lowercase());
    }
    word
}

/// Reads one of these codes by its word.
pub(super) fn one_of<T>(codes: &'static [T]) -> impl TypedValueParser<Value = T>
where
    T: Clone + Debug + Send + Sync + 'static,
{
    let words = codes.iter().map(|code| {
        let word = word(code);
        let short = SHORT.iter().filter(|(long, _)| *long == word).map(|(_, short)| *short);
        PossibleValue::new(word.clone()).aliases(short)
    });
    PossibleValuesParser::new(words).map(move |given: String| {
        let code = codes.iter().find(|code| means(&given, code));
        code.cloned().expect("clap lets only these words through")
    })
}

/// Reads `yes` or `no`.
pub(super) fn yes_or_no() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["yes", "no"]).map(|given: String| given == "yes")
}

fn means(given: &str, code: impl Debug) -> bool {
    let word = word(code);
    given == word || SHORT.contains(&(&word, given))
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use protocol::enums::{AiqStrategy, CancelReason, Side, TimeInForce};

    use super::*;

    fn read<T: Clone + Send + Sync + 'static>(
        parser: impl TypedValueParser<Value = T>,
        text: &str,
    ) -> Result<T, ErrorKind> {
        let command = clap::Command::new("test");
        parser.parse_ref(&command, None, text.as_ref()).map_err(|error| error.kind())
    }

    #[test]
    fn every_code_is_read_by_its_word() {
        for &strategy in AiqStrategy::ALL {
            assert_eq!(read(one_of(AiqStrategy::ALL), &word(strategy)), Ok(strategy));
        }
        assert_eq!(read(one_of(Side::ALL), "sell-short-exempt"), Ok(Side::SellShortExempt));
        assert_eq!(read(one_of(Side::ALL), "SELL"), Err(ErrorKind::InvalidValue));
        assert_eq!(word(CancelReason::UserRequested), "user-requested");
    }

    #[test]
    fn traders_words_are_known_too() {
        for text in ["ioc", "immediate-or-cancel"] {
            assert_eq!(read(one_of(TimeInForce::ALL), text), Ok(TimeInForce::ImmediateOrCancel));
        }
        assert_eq!(read(one_of(TimeInForce::ALL), "gtt"), Ok(TimeInForce::GoodTillTime));
        assert_eq!(read(yes_or_no(), "no"), Ok(false));
    }
}
