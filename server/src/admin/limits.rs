//! Limits as an operator writes them: the keys of the configuration, each with a value or `none`.

use engine::command::Limits;

use crate::config::{Dollars, Percent};

/// One change, understood; made on whatever holds when its turn comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    MaxQuantity(u32),
    SingleOrderNotional(u64),
    GrossExposure(u64),
    FatFinger(u32),
    FatFingerBp(u32),
    MarketImpactBp(u32),
    DailyVolumeBp(u32),
    MessagesPerSecond(u32),
    SymbolMessagesPerSecond(u32),
    DuplicateWindowMs(u32),
    ShortSales(bool),
    ShortSalesExempt(bool),
    LocateRequired(bool),
    IntermarketSweeps(bool),
    /// Of a port alone.
    MarketOrders(bool),
}

impl Change {
    /// Reads a key and its value.
    ///
    /// # Errors
    ///
    /// What was expected, when there is no such key or the value does not fit.
    pub(super) fn parse(key: &str, value: &str) -> Result<Self, String> {
        let expected = |what: &str| format!("{key}: expected {what}, found {value:?}");
        let number = |least: u32, most: u32, none: u32| match value {
            "none" => Ok(none),
            text => text
                .parse()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| expected(&format!("{least} to {most}, or none"))),
        };
        let dollars = || match value {
            "none" => Ok(u64::MAX),
            text => text
                .parse()
                .map(Dollars::ten_thousandths)
                .map_err(|()| expected("dollars with up to 4 decimals, or none")),
        };
        let percent = || match value {
            "none" => Ok(u32::MAX),
            text => text
                .parse()
                .map(Percent::basis_points)
                .map_err(|()| expected("0 to 10000 percent with up to 2 decimals, or none")),
        };
        let flag = || value.parse().map_err(|_| expected("true or false"));
        Ok(match key {
            "max_quantity" => Self::MaxQuantity(number(1, 999_999, u32::MAX)?),
            "single_order_notional" => Self::SingleOrderNotional(dollars()?),
            "gross_exposure" => Self::GrossExposure(dollars()?),
            "fat_finger_dollars" => Self::FatFinger(u32::try_from(dollars()?).unwrap_or(u32::MAX)),
            "fat_finger_percent" => Self::FatFingerBp(percent()?),
            "market_impact_percent" => Self::MarketImpactBp(percent()?),
            "daily_volume_percent" => Self::DailyVolumeBp(percent()?),
            "messages_per_second" => Self::MessagesPerSecond(number(1, 10_000_000, u32::MAX)?),
            "symbol_messages_per_second" => {
                Self::SymbolMessagesPerSecond(number(1, 10_000_000, u32::MAX)?)
            }
            "duplicate_window_ms" => Self::DuplicateWindowMs(number(0, 3_600_000, 0)?),
            "short_sales" => Self::ShortSales(flag()?),
            "short_sales_exempt" => Self::ShortSalesExempt(flag()?),
            "locate_required" => Self::LocateRequired(flag()?),
            "intermarket_sweeps" => Self::IntermarketSweeps(flag()?),
            "market_orders" => Self::MarketOrders(flag()?),
            _ => return Err(format!("{key}: there is no such limit")),
        })
    }

    /// Makes the change; market orders are no matter of limits.
    pub(crate) fn make(self, limits: &mut Limits) {
        match self {
            Self::MaxQuantity(limit) => limits.max_quantity = limit,
            Self::SingleOrderNotional(limit) => limits.single_order_notional = limit,
            Self::GrossExposure(limit) => limits.gross_exposure = limit,
            Self::FatFinger(limit) => limits.fat_finger = limit,
            Self::FatFingerBp(limit) => limits.fat_finger_bp = limit,
            Self::MarketImpactBp(limit) => limits.market_impact_bp = limit,
            Self::DailyVolumeBp(limit) => limits.daily_volume_bp = limit,
            Self::MessagesPerSecond(rate) => limits.messages_per_second = rate,
            Self::SymbolMessagesPerSecond(rate) => limits.symbol_messages_per_second = rate,
            Self::DuplicateWindowMs(window_ms) => limits.duplicate_window_ms = window_ms,
            Self::ShortSales(allowed) => limits.permissions.short_sales = allowed,
            Self::ShortSalesExempt(allowed) => limits.permissions.short_sales_exempt = allowed,
            Self::LocateRequired(required) => limits.permissions.short_sales_unlocated = !required,
            Self::IntermarketSweeps(allowed) => limits.permissions.intermarket_sweeps = allowed,
            Self::MarketOrders(_) => {}
        }
    }
}

/// Limits that are set, as they are written; nothing where there is none.
pub(crate) fn written(limits: &Limits) -> Vec<String> {
    let number = |key, limit: u32| (limit != u32::MAX).then(|| format!("{key}={limit}"));
    let dollars = |key, limit: u64| {
        (limit != u64::MAX).then(|| format!("{key}={}.{:04}", limit / 10_000, limit % 10_000))
    };
    let price = |key, limit: u32| {
        (limit != u32::MAX).then(|| format!("{key}={}.{:04}", limit / 10_000, limit % 10_000))
    };
    let percent = |key, limit: u32| {
        (limit != u32::MAX).then(|| format!("{key}={}.{:02}", limit / 100, limit % 100))
    };
    let flag = |key, says: bool, unless: bool| (says != unless).then(|| format!("{key}={says}"));
    let window_ms = limits.duplicate_window_ms;
    let may = limits.permissions;
    let all = [
        number("max_quantity", limits.max_quantity),
        dollars("single_order_notional", limits.single_order_notional),
        dollars("gross_exposure", limits.gross_exposure),
        price("fat_finger_dollars", limits.fat_finger),
        percent("fat_finger_percent", limits.fat_finger_bp),
        percent("market_impact_percent", limits.market_impact_bp),
        percent("daily_volume_percent", limits.daily_volume_bp),
        number("messages_per_second", limits.messages_per_second),
        number("symbol_messages_per_second", limits.symbol_messages_per_second),
        (0 < window_ms).then(|| format!("duplicate_window_ms={window_ms}")),
        flag("short_sales", may.short_sales, true),
        flag("short_sales_exempt", may.short_sales_exempt, true),
        flag("locate_required", !may.short_sales_unlocated, false),
        flag("intermarket_sweeps", may.intermarket_sweeps, true),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_written_as_it_was_said_and_none_lifts_it() {
        let said = [
            ("max_quantity", "500", "none"),
            ("single_order_notional", "1000.5000", "none"),
            ("gross_exposure", "0.0000", "none"),
            ("fat_finger_dollars", "0.2500", "none"),
            ("fat_finger_percent", "2.50", "none"),
            ("market_impact_percent", "5.00", "none"),
            ("daily_volume_percent", "0.01", "none"),
            ("messages_per_second", "100", "none"),
            ("symbol_messages_per_second", "1", "none"),
            ("duplicate_window_ms", "250", "none"),
            ("short_sales", "false", "true"),
            ("short_sales_exempt", "false", "true"),
            ("locate_required", "true", "false"),
            ("intermarket_sweeps", "false", "true"),
        ];
        let mut limits = Limits::NONE;
        for (key, value, _) in said {
            Change::parse(key, value).expect("a limit").make(&mut limits);
        }
        let expected: Vec<_> =
            said.iter().map(|(key, value, _)| format!("{key}={value}")).collect();
        assert_eq!(written(&limits), expected);
        for (key, _, lifted) in said {
            Change::parse(key, lifted).expect("a limit").make(&mut limits);
        }
        assert_eq!(limits, Limits::NONE);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (key, value, error) in [
            ("max_quantity", "0", "max_quantity: expected 1 to 999999, or none, found \"0\""),
            ("gross_exposure", "1e6", "gross_exposure: expected dollars with up to 4 decimals"),
            ("fat_finger_percent", "-1", "fat_finger_percent: expected 0 to 10000 percent"),
            ("short_sales", "yes", "short_sales: expected true or false, found \"yes\""),
            ("shorts", "true", "shorts: there is no such limit"),
        ] {
            let found = Change::parse(key, value).expect_err("it does not fit");
            assert!(found.starts_with(error), "{found}");
        }
    }
}
