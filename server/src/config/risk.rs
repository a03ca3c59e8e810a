//! What a firm or a port may do, beyond its limits of size: `[firm.risk]` and `[port.risk]`.

use engine::command::Permissions;
use protocol::Symbol;
use serde::{Deserialize, Serialize};

use super::written;

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
            restricted_symbols: Vec::new(),
        }
    }
}

impl RiskConfig {
    /// Gives the permissions as the engine has them; `sweeps` is what holds for the flag where nothing is said.
    pub(super) fn permissions(&self, sweeps: bool) -> Permissions {
        Permissions {
            short_sales: self.short_sales,
            short_sales_exempt: self.short_sales_exempt,
            short_sales_unlocated: !self.locate_required,
            intermarket_sweeps: self.intermarket_sweeps.unwrap_or(sweeps),
        }
    }
}
