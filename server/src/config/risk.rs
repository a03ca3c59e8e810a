//! What a firm or a port may do, beyond its limits of size: `[firm.risk]` and `[port.risk]`.

use engine::command::{Limits, Permissions};
use protocol::Symbol;
use serde::{Deserialize, Serialize};

use super::check::{Fault, within};
use super::{Dollars, Percent, written};

/// Permissions and symbols; what both the firm and the port allow is allowed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskConfig {
    /// Whether sales may be short (`T`).
    pub short_sales: bool,
    /// Whether sales may be short exempt (`E`).
    pub short_sales_exempt: bool,
    /// Whether a short sale (`T`) must say that shares are located.
    pub locate_required: bool,
    /// Whether the intermarket sweep flag is taken; left out: by the firm, not by the port.
    pub intermarket_sweeps: Option<bool>,
    /// How far an order's limit may be beyond the reference price, in dollars; none: no limit.
    pub fat_finger_dollars: Option<Dollars>,
    /// The same in percent of the reference price; of both, the smaller counts.
    pub fat_finger_percent: Option<Percent>,
    /// How far beyond the last sale an order may trade at once.
    pub market_impact_percent: Option<Percent>,
    /// How much of the symbol's average daily volume one order may be.
    pub daily_volume_percent: Option<Percent>,
    /// Orders and replacements of one port in a second; none: no limit.
    pub messages_per_second: Option<u32>,
    /// The same in one symbol.
    pub symbol_messages_per_second: Option<u32>,
    /// For so long the same order (symbol, side, price, quantity) is not taken again; 0: no limit.
    pub duplicate_window_ms: u32,
    /// Instruments in which no orders may be entered.
    #[serde(deserialize_with = "written::symbols", serialize_with = "written::write_names")]
    pub restricted_symbols: Vec<Symbol>,
}

impl Default for RiskConfig {
    fn default() -> Self {
        Self {
            short_sales: true,
            short_sales_exempt: true,
            locate_required: false,
            intermarket_sweeps: None,
            fat_finger_dollars: None,
            fat_finger_percent: None,
            market_impact_percent: None,
            daily_volume_percent: None,
            messages_per_second: None,
            symbol_messages_per_second: None,
            duplicate_window_ms: 0,
            restricted_symbols: Vec::new(),
        }
    }
}

impl RiskConfig {
    /// Gives the limits as the engine has them; `sweeps` is what holds for the sweep flag where nothing is said.
    pub(super) fn limits(&self, sweeps: bool) -> Limits {
        let permissions = Permissions {
            short_sales: self.short_sales,
            short_sales_exempt: self.short_sales_exempt,
            short_sales_unlocated: !self.locate_required,
            intermarket_sweeps: self.intermarket_sweeps.unwrap_or(sweeps),
        };
        let bp = |percent: Option<Percent>| percent.map_or(u32::MAX, Percent::basis_points);
        let dollars = self.fat_finger_dollars.map(Dollars::ten_thousandths);
        Limits {
            // No price is as far from another as 32 bits reach.
            fat_finger: dollars
                .map_or(u32::MAX, |dollars| u32::try_from(dollars).unwrap_or(u32::MAX)),
            fat_finger_bp: bp(self.fat_finger_percent),
            market_impact_bp: bp(self.market_impact_percent),
            daily_volume_bp: bp(self.daily_volume_percent),
            messages_per_second: self.messages_per_second.unwrap_or(u32::MAX),
            symbol_messages_per_second: self.symbol_messages_per_second.unwrap_or(u32::MAX),
            duplicate_window_ms: self.duplicate_window_ms,
            permissions,
            ..Limits::NONE
        }
    }
}

impl RiskConfig {
    /// Checks the ranges of numbers; the fault's key is the field's name.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let rates = [
            ("messages_per_second", self.messages_per_second),
            ("symbol_messages_per_second", self.symbol_messages_per_second),
        ];
        for (key, rate) in rates {
            if let Some(rate) = rate {
                within(key, rate, 1..=10_000_000)?;
            }
        }
        within("duplicate_window_ms", self.duplicate_window_ms, 0..=3_600_000)
    }
}
