//! Who may trade: `[[firm]]` and `[[port]]`.

use engine::command::{
    DisconnectPolicy, FirmDefined, FirmId, Limits, PortDefined, PortId, SelfMatch,
};
use protocol::Mpid;
use protocol::enums::AiqStrategy;
use serde::{Deserialize, Serialize};

use super::written;
use super::{Dollars, RiskConfig, Secret};

/// The place of a port in [`Config::ports`](super::Config::ports); its number in the log may be another.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PortIndex(pub u16);

/// A firm: those who answer for one or more ports.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FirmConfig {
    #[serde(deserialize_with = "written::mpid", serialize_with = "written::write_name")]
    pub mpid: Mpid,
    /// Shares of one order of any of its ports; none: what OUCH allows.
    pub max_quantity: Option<u32>,
    /// Notional of one order of any of its ports; none: no limit.
    pub single_order_notional: Option<Dollars>,
    /// Open and executed notional of all of the firm's ports together; none: no limit.
    pub gross_exposure: Option<Dollars>,
    /// What self-match prevention takes for one owner beyond the firm; none: the firm itself.
    #[serde(
        default,
        deserialize_with = "written::some_mpid",
        serialize_with = "written::write_some_name",
        skip_serializing_if = "Option::is_none"
    )]
    pub organization: Option<Mpid>,
    #[serde(
        default,
        deserialize_with = "written::some_mpid",
        serialize_with = "written::write_some_name",
        skip_serializing_if = "Option::is_none"
    )]
    pub affiliate: Option<Mpid>,
    #[serde(default)]
    pub risk: RiskConfig,
}

impl FirmConfig {
    /// A firm without limits.
    pub fn new(mpid: Mpid) -> Self {
        Self {
            mpid,
            max_quantity: None,
            single_order_notional: None,
            gross_exposure: None,
            risk: RiskConfig::default(),
            organization: None,
            affiliate: None,
        }
    }

    /// Gives the command that defines the firm under this number.
    pub fn defined(&self, id: FirmId) -> FirmDefined {
        let limits = Limits {
            max_quantity: self.max_quantity.unwrap_or(u32::MAX),
            single_order_notional: limit(self.single_order_notional),
            gross_exposure: limit(self.gross_exposure),
            ..self.risk.limits(true)
        };
        let [organization, affiliate] =
            [self.organization, self.affiliate].map(|name| name.unwrap_or(Mpid::BLANK));
        FirmDefined { id, mpid: self.mpid, limits, organization, affiliate }
    }
}

/// A port: an account that logs in for OUCH.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortConfig {
    /// In upper case, whatever the file says.
    #[serde(deserialize_with = "written::username")]
    pub username: String,
    pub password_hash: Secret,
    #[serde(deserialize_with = "written::mpid", serialize_with = "written::write_name")]
    pub firm: Mpid,
    /// Whether the port may send market orders.
    #[serde(default)]
    pub market_orders: bool,
    /// Shares of one order; none: what OUCH allows.
    pub max_quantity: Option<u32>,
    /// Notional of one order; none: no limit.
    pub single_order_notional: Option<Dollars>,
    /// Open and executed notional of the port; none: no limit.
    pub gross_exposure: Option<Dollars>,
    /// What becomes of open orders when the session is lost.
    #[serde(
        default = "PortConfig::keep",
        deserialize_with = "written::disconnect",
        serialize_with = "written::write_disconnect"
    )]
    pub disconnect: DisconnectPolicy,
    /// Self-match prevention of orders that name no strategy of their own, as on OUCH.
    #[serde(
        default = "PortConfig::no_self_match",
        deserialize_with = "written::self_match",
        serialize_with = "written::write_self_match"
    )]
    pub self_match: AiqStrategy,
    /// The group of orders that name none.
    #[serde(
        default = "PortConfig::no_group",
        deserialize_with = "written::group",
        serialize_with = "written::write_letters"
    )]
    pub self_match_group: [u8; 2],
    /// How long a lost port may be away before `cancel_after` cancels.
    #[serde(default = "PortConfig::grace_ms")]
    pub disconnect_grace_ms: u32,
    /// Whether the ClOrdID of an order may ask for another policy.
    #[serde(default)]
    pub disconnect_by_order: bool,
    #[serde(default)]
    pub risk: RiskConfig,
}

impl PortConfig {
    /// Gives the command that defines the port under this number, for the firm under that number.
    pub fn defined(&self, id: PortId, firm: FirmId) -> PortDefined {
        let mut username = [b' '; 6];
        username[..self.username.len()].copy_from_slice(self.username.as_bytes());
        let limits = Limits {
            max_quantity: self.max_quantity.unwrap_or(u32::MAX),
            single_order_notional: limit(self.single_order_notional),
            gross_exposure: limit(self.gross_exposure),
            ..self.risk.limits(false)
        };
        PortDefined {
            id,
            username,
            firm,
            limits,
            market_orders: self.market_orders,
            on_disconnect: self.disconnect,
            self_match: SelfMatch { strategy: self.self_match, group: self.self_match_group },
            disconnect_by_order: self.disconnect_by_order,
            grace_ms: self.disconnect_grace_ms,
        }
    }

    fn no_self_match() -> AiqStrategy {
        AiqStrategy::Disabled
    }

    fn no_group() -> [u8; 2] {
        *b"  "
    }

    /// Ten seconds.
    pub const GRACE_MS: u32 = 10_000;

    fn grace_ms() -> u32 {
        Self::GRACE_MS
    }

    fn keep() -> DisconnectPolicy {
        DisconnectPolicy::Keep
    }
}

/// Translates an optional limit into the engine's number for it.
fn limit(dollars: Option<Dollars>) -> u64 {
    dollars.map_or(u64::MAX, Dollars::ten_thousandths)
}

#[cfg(test)]
mod tests {
    use engine::command::Permissions;
    use protocol::Symbol;

    use super::*;

    /// A port does without the intermarket sweep flag unless its configuration says otherwise.
    const PORT_PERMISSIONS: Permissions =
        Permissions { intermarket_sweeps: false, ..Permissions::ALL };

    const PORT: &str = "username = \"alice\"\npassword_hash = \"x\"\nfirm = \"ALFA\"\n";

    #[test]
    fn a_port_without_limits_has_none() {
        let port: PortConfig = toml::from_str(PORT).expect("a port of the test");
        let defined = port.defined(PortId(3), FirmId(1));
        assert_eq!(
            defined,
            PortDefined {
                id: PortId(3),
                username: *b"ALICE ",
                firm: FirmId(1),
                limits: Limits { permissions: PORT_PERMISSIONS, ..Limits::NONE },
                market_orders: false,
                on_disconnect: DisconnectPolicy::Keep,
                self_match: SelfMatch::OFF,
                disconnect_by_order: false,
                grace_ms: 10_000,
            }
        );
    }

    #[test]
    fn limits_are_ten_thousandths_of_a_dollar() {
        let text = format!(
            "{PORT}market_orders = true\nmax_quantity = 500\nsingle_order_notional = 1000\n\
             gross_exposure = \"1000000.50\"\ndisconnect = \"cancel\""
        );
        let port: PortConfig = toml::from_str(&text).expect("a port of the test");
        let defined = port.defined(PortId(0), FirmId(0));
        let limits = Limits {
            max_quantity: 500,
            single_order_notional: 10_000_000,
            gross_exposure: 10_000_005_000,
            permissions: PORT_PERMISSIONS,
            ..Limits::NONE
        };
        assert_eq!(defined.limits, limits);
        assert_eq!(
            (defined.market_orders, defined.on_disconnect),
            (true, DisconnectPolicy::Cancel)
        );
    }

    #[test]
    fn permissions_are_taken_and_given_in_a_section_of_their_own() {
        let text = format!(
            "{PORT}[risk]\nshort_sales = false\nshort_sales_exempt = false\nlocate_required = true\n\
             intermarket_sweeps = true\nrestricted_symbols = [\"AAPL\"]"
        );
        let port: PortConfig = toml::from_str(&text).expect("a port of the test");
        let permissions = Permissions {
            short_sales: false,
            short_sales_exempt: false,
            short_sales_unlocated: false,
            intermarket_sweeps: true,
        };
        assert_eq!(port.defined(PortId(0), FirmId(0)).limits.permissions, permissions);
        assert_eq!(port.risk.restricted_symbols, [Symbol(*b"AAPL    ")]);
        let unknown = toml::from_str::<PortConfig>(&format!("{PORT}[risk]\nshorts = false"));
        let error = unknown.expect_err("there is no such key").to_string();
        assert!(error.contains("unknown field `shorts`"), "{error}");
    }

    #[test]
    fn a_port_has_a_grace_and_may_leave_the_policy_to_its_orders() {
        let text = format!(
            "{PORT}disconnect = \"cancel_after\"\ndisconnect_grace_ms = 250\ndisconnect_by_order = true"
        );
        let port: PortConfig = toml::from_str(&text).expect("a port of the test");
        let PortDefined { on_disconnect, disconnect_by_order, grace_ms, .. } =
            port.defined(PortId(0), FirmId(0));
        let expected = (DisconnectPolicy::CancelAfter, true, 250);
        assert_eq!((on_disconnect, disconnect_by_order, grace_ms), expected);
    }

    #[test]
    fn a_firm_has_the_limits_of_a_port() {
        let text =
            "mpid = \"ALFA\"\ngross_exposure = 5\nmax_quantity = 7\nsingle_order_notional = 2";
        let firm: FirmConfig = toml::from_str(text).expect("a firm of the test");
        let limits = Limits {
            max_quantity: 7,
            single_order_notional: 20_000,
            gross_exposure: 50_000,
            ..Limits::NONE
        };
        let mpid = Mpid(*b"ALFA");
        let blank = Mpid::BLANK;
        assert_eq!(
            firm.defined(FirmId(2)),
            FirmDefined { id: FirmId(2), mpid, limits, organization: blank, affiliate: blank }
        );
    }

    #[test]
    fn self_match_prevention_is_named_by_firm_and_port() {
        let text = "mpid = \"ALFA\"\norganization = \"ORG\"\naffiliate = \"AFF\"";
        let firm: FirmConfig = toml::from_str(text).expect("a firm of the test");
        let defined = firm.defined(FirmId(0));
        assert_eq!((defined.organization, defined.affiliate), (Mpid(*b"ORG "), Mpid(*b"AFF ")));
        let text = format!("{PORT}self_match = \"o\"\nself_match_group = \"A\"");
        let port: PortConfig = toml::from_str(&text).expect("a port of the test");
        let strategy = AiqStrategy::OrganizationCancelOldest;
        assert_eq!(
            port.defined(PortId(0), FirmId(0)).self_match,
            SelfMatch { strategy, group: *b"A " }
        );
        for wrong in ["self_match = \"*\"", "self_match = \"DD\"", "self_match_group = \"**\""] {
            assert!(toml::from_str::<PortConfig>(&format!("{PORT}{wrong}")).is_err(), "{wrong}");
        }
    }
}
