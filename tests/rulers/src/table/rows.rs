//! The rows of the table: what is compared with what, and how near it is to come.

use std::fmt;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::runs::Round;

/// A figure: the run and the key.
type Figure = (&'static str, &'static str);

/// A comparison that is made in each round.
pub(super) struct Comparison {
    what: &'static str,
    unit: &'static str,
    goal: Option<Goal>,
    ours: Figure,
    /// The limit: the sum of so many times these.
    limit: &'static [(f64, Figure)],
}

/// What a ratio is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// A row with the figures of all its rounds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) what: String,
    pub(super) unit: String,
    pub(super) goal: Option<Goal>,
    pub(super) ours: Vec<Option<f64>>,
    pub(super) limit: Vec<Option<f64>>,
}

const fn orders(
    what: &'static str,
    goal: f64,
    venue: &'static str,
    limit: &'static [(f64, Figure)],
) -> Comparison {
    let ours = (venue, "acknowledged_per_second");
    Comparison { what, unit: "orders/s", goal: Some(Goal::AtLeast(goal)), ours, limit }
}

const fn micros(
    what: &'static str,
    goal: f64,
    ours: Figure,
    limit: &'static [(f64, Figure)],
) -> Comparison {
    Comparison { what, unit: "us", goal: Some(Goal::AtMost(goal)), ours, limit }
}

/// What is compared in every table.
pub(super) const ROWS: [Comparison; 13] = [
    orders(
        "durable, 64 x 64 : skeleton",
        0.8,
        "venue 64x64 fsync",
        &[(1.0, ("skeleton 64x64", "acknowledged_per_s"))],
    ),
    orders(
        "durable, 64 x 1,000 : skeleton",
        0.8,
        "venue 64x1000 fsync",
        &[(1.0, ("skeleton 64x1000", "acknowledged_per_s"))],
    ),
    orders(
        "durable, 8 x 64 : skeleton",
        0.8,
        "venue 8x64 fsync",
        &[(1.0, ("skeleton 8x64", "acknowledged_per_s"))],
    ),
    orders(
        "`os`, 64 x 64 : skeleton `match`",
        0.7,
        "venue 64x64 os",
        &[(1.0, ("match 64x64", "acknowledged_per_s"))],
    ),
    orders(
        "`os`, 64 x 64 : raw echo",
        0.3,
        "venue 64x64 os",
        &[(1.0, ("echo 64x64", "frames_per_s"))],
    ),
    micros(
        "`os`, 1 outstanding, p50 : raw echo p50",
        1.3,
        ("venue 1x1 os", "p50_us"),
        &[(1.0, ("echo 1x1", "p50_us"))],
    ),
    micros(
        "`os`, 1 outstanding, p99 : raw echo p99",
        1.5,
        ("venue 1x1 os", "p99_us"),
        &[(1.0, ("echo 1x1", "p99_us"))],
    ),
    micros(
        "durable, 1 outstanding, p50 : 4 KiB on disk p50 + 2 echo p50",
        1.0,
        ("venue 1x1 fsync", "p50_us"),
        &[(1.0, ("disk 4 KiB", "p50_us")), (2.0, ("echo 1x1", "p50_us"))],
    ),
    micros(
        "durable, 64 x 64, p99 : its p50",
        2.5,
        ("venue 64x64 fsync", "p99_us"),
        &[(1.0, ("venue 64x64 fsync", "p50_us"))],
    ),
    micros(
        "durable, 64 x 64, p99.9 : its p50",
        5.0,
        ("venue 64x64 fsync", "p99_9_us"),
        &[(1.0, ("venue 64x64 fsync", "p50_us"))],
    ),
    micros(
        "durable, 1 outstanding, p99.9 : 4 KiB on disk p99.9",
        1.5,
        ("venue 1x1 fsync", "p99_9_us"),
        &[(1.0, ("disk 4 KiB", "p99_9_us"))],
    ),
    micros(
        "durable, open loop at half the 64 x 64 rate, p99.9 : its p50",
        5.0,
        ("venue open", "p99_9_us"),
        &[(1.0, ("venue open", "p50_us"))],
    ),
    orders(
        "durable, 64 x 64, trades drained to Postgres : not drained",
        0.7,
        "venue 64x64 drained",
        &[(1.0, ("venue 64x64 fsync", "acknowledged_per_second"))],
    ),
];

impl Comparison {
    /// Makes the comparison in each of some rounds.
    pub(super) fn over(&self, rounds: &[Round]) -> Row {
        let number = |round: &Round, (run, key): Figure| round.number(run, key);
        let ours = |round| number(round, self.ours);
        let limit = |round| {
            let parts = self.limit.iter();
            parts.map(|&(times, figure)| Some(times * number(round, figure)?)).sum()
        };
        Row {
            what: self.what.to_owned(),
            unit: self.unit.to_owned(),
            goal: self.goal,
            ours: rounds.iter().map(ours).collect(),
            limit: rounds.iter().map(limit).collect(),
        }
    }
}

impl Row {
    /// Reads a row that another bench has left: `what`, `ours`, `limit`, `unit`, `goal`.
    ///
    /// A figure is a number, or a list of them, one for each round. A goal is a number the ratio is to reach, or a text
    /// such as `<= 1.5` or `>= 0.8`.
    ///
    /// # Errors
    ///
    /// One of the five is missing or of another kind.
    pub(super) fn from_json(object: &Value) -> Result<Self> {
        let text = |key: &str| {
            let text = object.get(key).and_then(Value::as_str);
            text.map(str::to_owned).with_context(|| format!("`{key}` is not a text"))
        };
        let figures = |key: &str| match object.get(key) {
            Some(Value::Number(number)) => Ok(vec![number.as_f64()]),
            Some(Value::Null) => Ok(vec![None]),
            Some(Value::Array(numbers)) => Ok(numbers.iter().map(Value::as_f64).collect()),
            _ => bail!("`{key}` is neither a number nor a list of numbers"),
        };
        Ok(Self {
            what: text("what")?,
            unit: text("unit")?,
            goal: goal(object.get("goal").unwrap_or(&Value::Null))?,
            ours: figures("ours")?,
            limit: figures("limit")?,
        })
    }

    /// The ratio of each round that has both figures.
    pub(super) fn ratios(&self) -> Vec<f64> {
        let pairs = self.ours.iter().zip(&self.limit);
        pairs.filter_map(|(ours, limit)| Some((*ours)? / (*limit)?)).collect()
    }

    /// Tells whether the median of the ratios is what it is to be.
    pub(super) fn is_met(&self) -> Option<bool> {
        let middle = Spread::of(self.ratios())?.median;
        Some(match self.goal? {
            Goal::AtLeast(least) => least <= middle,
            Goal::AtMost(most) => middle <= most,
        })
    }
}

fn goal(value: &Value) -> Result<Option<Goal>> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => format!(">={number}"),
        Value::String(text) => text.clone(),
        _ => bail!("`goal` is neither a number nor a text"),
    };
    let (make, number): (fn(f64) -> Goal, _) =
        match (text.strip_prefix(">="), text.strip_prefix("<=")) {
            (Some(number), _) => (Goal::AtLeast, number),
            (_, Some(number)) => (Goal::AtMost, number),
            _ => bail!("`goal` is {text:?}, expected >= or <= and a number"),
        };
    let number = number.trim().parse();
    Ok(Some(make(number.with_context(|| format!("`goal` is {text:?}, which has no number"))?)))
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(number) => write!(f, ">= {number}"),
            Self::AtMost(number) => write!(f, "<= {number}"),
        }
    }
}

/// Median and range of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Nothing when there are no numbers.
    pub(super) fn of(mut numbers: Vec<f64>) -> Option<Self> {
        numbers.sort_by(f64::total_cmp);
        let (&least, &most) = (numbers.first()?, numbers.last()?);
        let middle = numbers.len() / 2;
        let median = match numbers.len() % 2 {
            0 => f64::midpoint(numbers[middle - 1], numbers[middle]),
            _ => numbers[middle],
        };
        Some(Self { median, least, most })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::runs::sample;
    use super::*;

    #[test]
    fn a_ratio_is_taken_inside_its_round() {
        let rounds = [1.0, 2.0, 4.0].map(sample);
        let row = ROWS[0].over(&rounds);
        assert_eq!(row.ours, [400_000.0, 800_000.0, 1_600_000.0].map(Some));
        assert_eq!(row.limit, [Some(2_000_000.0); 3]);
        let spread = Spread::of(row.ratios()).expect("three ratios");
        assert_eq!(spread, Spread { median: 0.4, least: 0.2, most: 0.8 });
        assert_eq!(row.is_met(), Some(false));
        assert_eq!(ROWS[8].over(&rounds).is_met(), Some(true), "60 over 30 is at most 2.5");
    }

    #[test]
    fn a_round_without_a_figure_gives_no_ratio() {
        let row = ROWS[1].over(&[sample(1.0)]);
        assert_eq!((row.ratios(), row.is_met()), (vec![], None));
        let row = Row { ours: vec![Some(1.0), None, Some(3.0)], limit: vec![Some(2.0); 3], ..row };
        assert_eq!(row.ratios(), [0.5, 1.5]);
        assert_eq!(Spread::of(row.ratios()).expect("two ratios").median, 1.0);
    }

    #[test]
    fn rows_of_other_benches_are_read() {
        let object =
            json!({"what": "book", "ours": 40, "limit": [20.5, 21], "unit": "ns", "goal": "<= 2"});
        let row = Row::from_json(&object).expect("a row");
        assert_eq!((row.goal, row.ours.len(), row.limit.len()), (Some(Goal::AtMost(2.0)), 1, 2));
        let object =
            json!({"what": "feed", "ours": 4.0, "limit": 5.0, "unit": "messages/s", "goal": 0.5});
        assert_eq!(Row::from_json(&object).expect("a row").is_met(), Some(true));
        for (wrong, told) in [
            (json!({"what": "book"}), "`unit` is not a text"),
            (
                json!({"what": "book", "unit": "ns", "goal": "== 2"}),
                "`goal` is \"== 2\", expected >= or <= and a number",
            ),
            (
                json!({"what": "book", "unit": "ns", "ours": "2"}),
                "`ours` is neither a number nor a list of numbers",
            ),
        ] {
            let error = Row::from_json(&wrong).expect_err("not a row");
            assert_eq!(error.to_string(), told);
        }
    }
}
