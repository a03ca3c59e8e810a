//! The table as text, and its place in a page.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Result, bail};

use super::rows::{Row, Spread};
use super::runs::{Lengths, Round};

const BEGIN: &str = "<!-- figures begin -->";
const END: &str = "<!-- figures end -->";

/// Where and when a table was made.
pub(super) struct Conditions {
    processor: String,
    cores: String,
    kernel: String,
    date: String,
    commit: String,
    rounds: u16,
    lengths: Lengths,
}

impl Conditions {
    /// Takes from the runs what they tell of the machine, and asks for the rest.
    pub(super) fn of(rounds: &[Round], count: u16, lengths: Lengths) -> Self {
        let word = |key: &str| {
            let told = rounds.iter().find_map(|round| round.word("venue 64x64 fsync", key));
            told.unwrap_or_else(|| "unknown".to_owned())
        };
        let changed = said("git", &["status", "--porcelain", "--untracked-files=no"]);
        let commit = said("git", &["rev-parse", "--short", "HEAD"]);
        Self {
            processor: word("processor"),
            cores: word("cores"),
            kernel: word("kernel"),
            date: said("date", &["-u", "+%F"]).unwrap_or_default(),
            commit: match (commit, changed) {
                (Some(commit), Some(_)) => format!("{commit} with changes"),
                (Some(commit), None) => commit,
                (None, _) => "unknown".to_owned(),
            },
            rounds: count,
            lengths,
        }
    }
}

/// What a program says, if it says anything.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The table with its conditions.
pub(super) fn text(rows: &[Row], conditions: &Conditions) -> String {
    let Conditions { processor, cores, kernel, date, commit, rounds, lengths } = conditions;
    let mut text = format!(
        "{processor}, {cores} cores, Linux {kernel}; {date}, commit {commit}. Made by `./bench.sh`, rounds: {rounds}, \
         each run {}; median (least..most) of the rounds,\nratios taken inside a round. Venue: `openbell load`, \
         limits: `openbell-rulers`, each with `--help`.\n\n",
        lengths.run
    );
    text +=
        "| what : limit | unit | venue | limit | ratio | goal | |\n|---|---|---|---|---|---|---|\n";
    for row in rows {
        let goal = row.goal.map(|goal| goal.to_string()).unwrap_or_default();
        let met = row.is_met().map_or("", |met| if met { "met" } else { "not met" });
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {goal} | {met} |",
            row.what,
            row.unit,
            spread(row.ours.iter().flatten().copied().collect()),
            spread(row.limit.iter().flatten().copied().collect()),
            spread(row.ratios()),
        )
        .expect("a text takes all");
    }
    text
}

fn spread(numbers: Vec<f64>) -> String {
    let Some(Spread { median, least, most }) = Spread::of(numbers) else { return "-".to_owned() };
    if least == most {
        return number(median);
    }
    format!("{} ({}..{})", number(median), number(least), number(most))
}

/// Three digits, with commas between thousands.
fn number(number: f64) -> String {
    if number < 10.0 {
        return format!("{number:.2}");
    }
    if number < 1_000.0 {
        return format!("{number:.0}");
    }
    let unit = 10_f64.powf(number.log10().floor() - 2.0);
    let digits = format!("{:.0}", (number / unit).round() * unit);
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if 0 < place && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Tells whether a page has a place for the table.
///
/// # Errors
///
/// It has not.
pub(super) fn check(page: &str) -> Result<()> {
    fill(page, "").map(drop)
}

/// Puts the table in its place.
///
/// # Errors
///
/// The page has no place for it.
pub(super) fn fill(page: &str, table: &str) -> Result<String> {
    let Some((before, (_, after))) =
        page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?)))
    else {
        bail!("there is no place for the table: a line {BEGIN} and behind it a line {END}");
    };
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::super::rows::Goal;
    use super::super::runs::sample;
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_the_last_one() {
        let page = format!("# Page\n\n{BEGIN}\nold\n{END}\n\nmore\n");
        let filled = fill(&page, "new\n").expect("there is a place");
        assert_eq!(filled, format!("# Page\n\n{BEGIN}\nnew\n{END}\n\nmore\n"));
        assert_eq!(fill(&filled, "old\n").expect("there still is"), page);
        for page in ["# Page\n".to_owned(), format!("{END}\n{BEGIN}\n")] {
            assert!(fill(&page, "new\n").is_err(), "{page:?}");
        }
    }

    #[test]
    fn numbers_have_three_digits() {
        let numbers = [0.349, 2.0, 55.06, 999.4, 1_042_345.0, 4_972.0, 1_716_000.0];
        let told = numbers.map(number);
        assert_eq!(told, ["0.35", "2.00", "55", "999", "1,040,000", "4,970", "1,720,000"]);
    }

    #[test]
    fn a_row_tells_medians_ranges_and_whether_it_is_met() {
        let row = Row {
            what: "orders".to_owned(),
            unit: "orders/s".to_owned(),
            goal: Some(Goal::AtLeast(0.8)),
            ours: vec![Some(800.0), Some(900.0), Some(1_000.0)],
            limit: vec![Some(1_000.0); 3],
        };
        let rounds = [sample(1.0)];
        let text = text(&[row], &Conditions::of(&rounds, 3, Lengths::FULL));
        assert!(text.starts_with("a processor, 2 cores, Linux unknown; "), "{text}");
        let expected =
            "| orders | orders/s | 900 (800..1,000) | 1,000 | 0.90 (0.80..1.00) | >= 0.8 | met |\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
