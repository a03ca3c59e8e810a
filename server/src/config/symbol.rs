//! Instruments: `[[symbol]]`, and the symbols file for many of them.

use engine::command::{Locate, MAX_QUANTITY, SymbolDefined};
use protocol::{Price, Symbol};
use serde::de::value::MapDeserializer;
use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use super::Dollars;
use super::check::Fault;
use super::error::{ConfigError, Place};
use super::written::{self, Letter};

/// One instrument; the fields are those of ITCH Stock Directory (`docs/protocols/itch.md`).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolConfig {
    #[serde(deserialize_with = "written::symbol", serialize_with = "written::write_name")]
    pub name: Symbol,
    /// Shares in one round lot.
    #[serde(default = "SymbolConfig::hundred")]
    pub round_lot: u32,
    #[serde(default)]
    pub round_lots_only: bool,
    #[serde(default = "SymbolConfig::letter::<b'Q'>")]
    pub market_category: Letter,
    #[serde(default = "SymbolConfig::letter::<b'N'>")]
    pub financial_status_indicator: Letter,
    #[serde(default = "SymbolConfig::letter::<b'C'>")]
    pub issue_classification: Letter,
    #[serde(
        default = "SymbolConfig::not_applicable",
        deserialize_with = "written::issue_sub_type",
        serialize_with = "written::write_letters"
    )]
    pub issue_sub_type: [u8; 2],
    #[serde(default = "SymbolConfig::letter::<b'P'>")]
    pub authenticity: Letter,
    #[serde(default = "SymbolConfig::letter::<b'N'>")]
    pub short_sale_threshold_indicator: Letter,
    #[serde(default = "SymbolConfig::letter::<b'N'>")]
    pub ipo_flag: Letter,
    #[serde(default = "SymbolConfig::letter::<b'1'>")]
    pub luld_reference_price_tier: Letter,
    #[serde(default = "SymbolConfig::letter::<b'N'>")]
    pub etp_flag: Letter,
    #[serde(default)]
    pub etp_leverage_factor: u32,
    #[serde(default = "SymbolConfig::letter::<b'N'>")]
    pub inverse_indicator: Letter,
    /// The last price of the day before; risk measures by it until the first sale. None: it does not.
    pub previous_close: Option<Dollars>,
    /// Shares, for the limit on parts of it; 0: unknown.
    #[serde(default)]
    pub average_daily_volume: u32,
}

impl SymbolConfig {
    /// Names an instrument with the defaults of everything else.
    pub fn new(name: Symbol) -> Self {
        Self {
            name,
            round_lot: Self::hundred(),
            round_lots_only: false,
            market_category: Letter(b'Q'),
            financial_status_indicator: Letter(b'N'),
            issue_classification: Letter(b'C'),
            issue_sub_type: Self::not_applicable(),
            authenticity: Letter(b'P'),
            short_sale_threshold_indicator: Letter(b'N'),
            ipo_flag: Letter(b'N'),
            luld_reference_price_tier: Letter(b'1'),
            etp_flag: Letter(b'N'),
            etp_leverage_factor: 0,
            inverse_indicator: Letter(b'N'),
            previous_close: None,
            average_daily_volume: 0,
        }
    }

    /// Gives the command that defines the instrument under this locate.
    pub fn defined(&self, locate: Locate) -> SymbolDefined {
        SymbolDefined {
            locate,
            symbol: self.name,
            market_category: self.market_category.0,
            financial_status_indicator: self.financial_status_indicator.0,
            round_lot_size: self.round_lot,
            round_lots_only: self.round_lots_only,
            issue_classification: self.issue_classification.0,
            issue_sub_type: self.issue_sub_type,
            authenticity: self.authenticity.0,
            short_sale_threshold_indicator: self.short_sale_threshold_indicator.0,
            ipo_flag: self.ipo_flag.0,
            luld_reference_price_tier: self.luld_reference_price_tier.0,
            etp_flag: self.etp_flag.0,
            etp_leverage_factor: self.etp_leverage_factor,
            inverse_indicator: self.inverse_indicator.0,
            previous_close: self.previous_close.map_or(Price::ZERO, |dollars| {
                let steps = u32::try_from(dollars.ten_thousandths());
                Price::new(steps.expect("a checked close is a price"))
            }),
            average_daily_volume: self.average_daily_volume.into(),
        }
    }

    /// Checks every field for itself; the fault's key is the field's name.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if !(1..=MAX_QUANTITY).contains(&self.round_lot) {
            return Err(Fault::new("round_lot", "1 to 999999 shares", self.round_lot));
        }
        let largest = u64::from(Price::MAX.ten_thousandths());
        if let Some(close) = self.previous_close
            && !(1..=largest).contains(&close.ten_thousandths())
        {
            return Err(Fault::new("previous_close", "0.0001 to 199999.9900 dollars", close));
        }
        let codes: [(&str, Letter, &str); 8] = [
            ("market_category", self.market_category, "QGSNAPMZV "),
            ("financial_status_indicator", self.financial_status_indicator, "DEQSGHJKCN "),
            ("issue_classification", self.issue_classification, "ABCFILNOPQRSTUVW"),
            ("authenticity", self.authenticity, "PT"),
            ("short_sale_threshold_indicator", self.short_sale_threshold_indicator, "YN "),
            ("ipo_flag", self.ipo_flag, "YNZ "),
            ("luld_reference_price_tier", self.luld_reference_price_tier, "12 "),
            ("etp_flag", self.etp_flag, "YN "),
        ];
        let inverse = ("inverse_indicator", self.inverse_indicator, "YN");
        for (key, Letter(code), allowed) in codes.into_iter().chain([inverse]) {
            if !allowed.as_bytes().contains(&code) {
                let expected = format!("one of the characters {allowed:?}");
                return Err(Fault::new(key, expected, format_args!("{:?}", char::from(code))));
            }
        }
        Ok(())
    }

    fn hundred() -> u32 {
        100
    }

    fn not_applicable() -> [u8; 2] {
        *b"Z "
    }

    fn letter<const CODE: u8>() -> Letter {
        Letter(CODE)
    }
}

/// Reads a symbols file: comma-separated lines under a header of [`SymbolConfig`]'s field names, or, without
/// a header, one name a line. An empty cell takes the field's default; empty lines are passed over.
///
/// Gives each instrument with the place of its line.
pub(super) fn read_symbols_file(
    text: &str,
    file: &str,
) -> Result<Vec<(Place, SymbolConfig)>, ConfigError> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty());
    // No symbol has a small letter, so a line that names a field is a header.
    let header: Vec<&str> = match lines.clone().next() {
        Some((_, line)) if line.split(',').any(|cell| cell == "name") => {
            lines.next();
            line.split(',').collect()
        }
        _ => vec!["name"],
    };
    lines
        .map(|(line, cells)| {
            let at = Place { file: file.to_owned(), line, column: 1 };
            let symbol = read_line(&header, cells, &at)?;
            symbol.check().map_err(|fault| fault.at(at.clone()))?;
            Ok((at, symbol))
        })
        .collect()
}

fn read_line(header: &[&str], cells: &str, at: &Place) -> Result<SymbolConfig, ConfigError> {
    let cells: Vec<&str> = cells.split(',').collect();
    if cells.len() != header.len() {
        let expected = format!("{} cells, as the header has", header.len());
        return Err(Fault::new("line", expected, cells.len()).at(at.clone()));
    }
    let filled = header.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    let row = MapDeserializer::new(filled.map(|(key, cell)| (*key, Cell(cell))));
    SymbolConfig::deserialize(row).map_err(|error: de::value::Error| ConfigError::Malformed {
        at: at.clone(),
        key: String::new(),
        problem: error.to_string(),
    })
}

/// A cell of the symbols file, read as whatever its column wants.
struct Cell<'a>(&'a str);

impl<'de> IntoDeserializer<'de> for Cell<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Cell<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0.parse() {
            Ok(number) => visitor.visit_u32(number),
            Err(_) => Err(de::Error::invalid_value(Unexpected::Str(self.0), &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => Err(de::Error::invalid_value(Unexpected::Str(other), &"true or false")),
        }
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<SymbolConfig>, String> {
        let rows = read_symbols_file(text, "symbols.csv").map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(|(_, symbol)| symbol).collect())
    }

    fn named(name: &str) -> SymbolConfig {
        SymbolConfig::new(Symbol::new(name).expect("a name of the test"))
    }

    #[test]
    fn a_name_alone_takes_every_default() {
        assert_eq!(toml::from_str::<SymbolConfig>("name = \"AAPL\""), Ok(named("AAPL")));
        assert_eq!(read("AAPL\r\n\nMSFT\n"), Ok(vec![named("AAPL"), named("MSFT")]));
        named("AAPL").check().expect("the defaults are valid");
    }

    #[test]
    fn a_header_names_the_cells() {
        let text = "name,round_lot,round_lots_only,etp_flag,previous_close,average_daily_volume\nAAPL,10,true,,12.5,7\nSPY,,false,Y,,\n";
        let expected = [
            SymbolConfig {
                round_lot: 10,
                round_lots_only: true,
                previous_close: Some("12.5".parse().expect("dollars")),
                average_daily_volume: 7,
                ..named("AAPL")
            },
            SymbolConfig { etp_flag: Letter(b'Y'), ..named("SPY") },
        ];
        assert_eq!(read(text), Ok(expected.to_vec()));
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line() {
        for (text, error) in [
            (
                "name,lot\nAAPL,1\n",
                "symbols.csv:2:1: unknown field `lot`, expected one of `name`, `round_lot`,",
            ),
            (
                "name,round_lot\nAAPL,ten\n",
                "symbols.csv:2:1: invalid value: string \"ten\", expected u32",
            ),
            (
                "name\n\naapl\n",
                "symbols.csv:3:1: invalid value: string \"aapl\", expected 1 to 8 upper",
            ),
            (
                "name,round_lot\nAAPL\n",
                "symbols.csv:2:1: line: expected 2 cells, as the header has, found 1",
            ),
            (
                "AAPL\nMSFT,100\n",
                "symbols.csv:2:1: line: expected 1 cells, as the header has, found 2",
            ),
            (
                "name,round_lot\nAAPL,0\n",
                "symbols.csv:2:1: round_lot: expected 1 to 999999 shares, found 0",
            ),
            ("round_lot,name\n100,\n", "symbols.csv:2:1: missing field `name`"),
        ] {
            let found = read(text).expect_err("the file is wrong");
            assert!(found.starts_with(error), "{found}");
        }
    }

    #[test]
    fn a_code_outside_its_table_is_refused() {
        let symbol = SymbolConfig { market_category: Letter(b'X'), ..named("AAPL") };
        let fault = symbol.check().expect_err("X is no market category");
        assert_eq!(
            fault,
            Fault::new("market_category", "one of the characters \"QGSNAPMZV \"", "'X'")
        );
    }

    #[test]
    fn the_command_carries_every_field() {
        let defined = named("BRK.A").defined(Locate(7));
        assert_eq!((defined.locate, defined.symbol.as_str()), (Locate(7), "BRK.A"));
        assert_eq!((defined.round_lot_size, defined.round_lots_only), (100, false));
        assert_eq!(&defined.issue_sub_type, b"Z ");
        let codes = [
            defined.market_category,
            defined.financial_status_indicator,
            defined.issue_classification,
            defined.authenticity,
            defined.short_sale_threshold_indicator,
            defined.ipo_flag,
            defined.luld_reference_price_tier,
            defined.etp_flag,
            defined.inverse_indicator,
        ];
        assert_eq!(&codes, b"QNCPNN1NN");
    }
}
