//! Lengths of time on the command line: `500ms`, `30s`, `5m`, `2h`.

use std::time::Duration;

/// Reads a whole number with its unit.
pub fn parse(text: &str) -> Result<Duration, String> {
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| expected())?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(expected()),
    };
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(expected)
}

fn expected() -> String {
    "expected a number with ms, s, m or h, such as 30s".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_needs_its_unit() {
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse("2h"), Ok(Duration::from_secs(7_200)));
        for text in ["", "30", "s", "-1s", "1.5s", "1 s", "18446744073709551615h"] {
            assert_eq!(parse(text), Err(expected()), "{text:?}");
        }
    }
}
