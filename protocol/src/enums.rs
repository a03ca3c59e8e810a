//! One-byte codes and their meanings.
//!
//! A wire struct keeps the byte as it came; `try_from` gives it its meaning or says that it has none.
//! Sources: `docs/protocols/ouch.md`, "Codes", and `docs/protocols/itch.md` for trading states and events.

use thiserror::Error;

/// A byte that means nothing in its field.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("unknown {field} code {code:#04x}")]
pub struct UnknownCode {
    /// The name of the set of codes, for example `Side`.
    pub field: &'static str,
    pub code: u8,
}

/// Defines a set of codes: the enum, all its members, and both ways between member and byte.
macro_rules! codes {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $($(#[$member_doc:meta])* $member:ident = $code:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$member_doc])* $member = $code,)+
        }

        impl $name {
            /// Every member, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$member),+];

            /// Gives the byte on the wire.
            pub const fn code(self) -> u8 {
                self as u8
            }
        }

        impl TryFrom<u8> for $name {
            type Error = $crate::enums::UnknownCode;

            fn try_from(code: u8) -> Result<Self, Self::Error> {
                match code {
                    $($code => Ok(Self::$member),)+
                    _ => Err($crate::enums::UnknownCode { field: stringify!($name), code }),
                }
            }
        }
    };
}

pub(crate) use codes;

codes! {
    /// The side of an order.
    pub enum Side {
        Buy = b'B',
        Sell = b'S',
        SellShort = b'T',
        SellShortExempt = b'E',
    }
}

impl Side {
    /// Tells whether the order buys; the three others sell.
    pub const fn is_buy(self) -> bool {
        matches!(self, Self::Buy)
    }
}

codes! {
    /// How long an order lives.
    pub enum TimeInForce {
        /// Until the end of market hours.
        Day = b'0',
        ImmediateOrCancel = b'3',
        /// Until the end of system hours (GTX).
        ExtendedHours = b'5',
        /// For the seconds given in ExpireTime (GTT).
        GoodTillTime = b'6',
        /// Enter Order only.
        AfterHours = b'E',
    }
}

codes! {
    /// Whether and how an order is shown.
    pub enum Display {
        Visible = b'Y',
        Hidden = b'N',
        /// Shown with the firm's name.
        Attributable = b'A',
        /// Outbound only.
        Conformant = b'Z',
    }
}

codes! {
    /// For whom the firm trades.
    pub enum Capacity {
        Agency = b'A',
        Principal = b'P',
        Riskless = b'R',
        Other = b'O',
    }
}

codes! {
    /// The auction an order is meant for.
    pub enum CrossType {
        /// Continuous market.
        None = b'N',
        Opening = b'O',
        Closing = b'C',
        /// Halt or initial public offering.
        Halt = b'H',
        Supplemental = b'S',
        Retail = b'R',
        ExtendedLife = b'E',
        AfterHoursClose = b'A',
    }
}

codes! {
    /// What became of an accepted order.
    pub enum OrderState {
        Live = b'L',
        /// Accepted and canceled at once; nothing more follows.
        Dead = b'D',
    }
}

codes! {
    /// Events of the day on OUCH.
    pub enum SystemEventCode {
        /// The host accepts orders.
        StartOfDay = b'S',
        /// No new orders; breaks and cancels may still come.
        EndOfDay = b'E',
    }
}

codes! {
    /// Why shares left the book without trading.
    pub enum CancelReason {
        /// A regulatory restriction, for example a trade-through.
        Regulatory = b'D',
        /// A day order came after the closing cross of its symbol.
        Closed = b'E',
        /// A post only order would have been slid for the national market system.
        PostOnlyNms = b'F',
        /// A post only order would have been slid because of a displayed contra order.
        PostOnlyContra = b'G',
        /// An on-open order whose symbol was still halted after the opening cross.
        Halted = b'H',
        ImmediateOrCancel = b'I',
        MarketCollars = b'K',
        SelfMatch = b'Q',
        Supervisory = b'S',
        TimeInForce = b'T',
        UserRequested = b'U',
        /// The opening price protection threshold.
        OpenProtection = b'X',
        System = b'Z',
        /// A direct listing capital raise order above the shares offered.
        CapitalRaise = b'e',
    }
}

codes! {
    /// Why an executed trade was broken.
    pub enum BrokenTradeReason {
        ClearlyErroneous = b'E',
        /// Both parties agreed.
        Consent = b'C',
        Supervisory = b'S',
        /// An external third party.
        External = b'X',
    }
}

codes! {
    /// Why the display of an order was restated.
    pub enum RestateReason {
        /// A reserve order shows new shares.
        DisplayRefreshed = b'R',
        DisplayPriceUpdated = b'P',
    }
}

codes! {
    /// How an order took part in a trade; fees depend on it.
    pub enum LiquidityFlag {
        Added = b'A',
        Removed = b'R',
        ClosingCross = b'C',
        ClosingCrossImbalanceOnly = b'L',
        OpeningCross = b'O',
        OpeningCrossImbalanceOnly = b'M',
        HaltIpoCross = b'H',
        HaltCross = b'K',
        AfterHoursClosingCross = b'i',
        Supplemental = b'0',
        AddedNonDisplayed = b'J',
        AddedNonDisplayedReserve = b'u',
        AddedMidpoint = b'k',
        RemovedMidpoint = b'm',
        PassiveMidpoint = b'N',
        MidpointExtendedLife = b'n',
        /// Retail designated, added displayed.
        AddedRetail = b'e',
        /// Added displayed, improves the national best.
        AddedImprovesNbbo = b'7',
        /// Added displayed, sets the venue's best while joining the national best.
        AddedSetsQbbo = b'8',
        /// A retail price improving order provides, without retail interest shown.
        RpiProvidesUnannounced = b'1',
        /// A retail price improving order provides.
        RpiProvides = b'j',
        RemovedPriceImproving = b'p',
        RetailRemovedMidpoint = b'q',
        RetailRemovedRpi = b'r',
        /// A retail order takes price improving non-displayed shares other than RPI.
        RetailRemovedPriceImproving = b't',
        AddedPreMarket = b'2',
        RemovedPreMarket = b'3',
        ImprovesNbboPreMarket = b'5',
        AddedNonDisplayedPreMarket = b'9',
    }
}

codes! {
    /// Self-match prevention: at which level two orders are the same owner's, and what happens then.
    pub enum AiqStrategy {
        PortDefault = b'*',
        Disabled = b'N',
        FirmDecrementNoDetails = b'Y',
        FirmDecrement = b'D',
        FirmCancelOldest = b'O',
        FirmCancelNewest = b'W',
        FirmUseRemover = b'R',
        OrganizationDecrementNoDetails = b'y',
        OrganizationDecrement = b'd',
        OrganizationCancelOldest = b'o',
        OrganizationCancelNewest = b'w',
        OrganizationUseRemover = b'r',
        AffiliateDecrementNoDetails = b'Z',
        AffiliateDecrement = b'E',
        AffiliateCancelOldest = b'P',
        AffiliateCancelNewest = b'X',
        AffiliateUseRemover = b'S',
        AnyDecrementNoDetails = b'0',
        AnyDecrement = b'1',
        AnyCancelOldest = b'2',
        AnyCancelNewest = b'4',
        AnyUseRemover = b'5',
    }
}

codes! {
    /// Whether an instrument trades (ITCH `H`).
    pub enum TradingState {
        Halted = b'H',
        Paused = b'P',
        QuotationOnly = b'Q',
        Trading = b'T',
    }
}

codes! {
    /// Events of the day on ITCH (`S`).
    pub enum EventCode {
        StartOfMessages = b'O',
        StartOfSystemHours = b'S',
        StartOfMarketHours = b'Q',
        EndOfMarketHours = b'M',
        EndOfSystemHours = b'E',
        EndOfMessages = b'C',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that exactly the bytes of `codes`, in that order, have a meaning.
    fn check<E: Copy + TryFrom<u8, Error = UnknownCode>>(
        all: &[E],
        code: fn(E) -> u8,
        codes: &[u8],
    ) {
        assert_eq!(all.iter().map(|&member| code(member)).collect::<Vec<u8>>(), codes);
        for byte in 0..=u8::MAX {
            let meaning = E::try_from(byte).map(code);
            match meaning {
                Ok(found) => assert_eq!(found, byte),
                Err(error) => assert_eq!(error.code, byte),
            }
            assert_eq!(meaning.is_ok(), codes.contains(&byte), "{byte:#04x}");
        }
    }

    #[test]
    fn exactly_the_listed_codes_have_a_meaning() {
        check(Side::ALL, Side::code, b"BSTE");
        check(TimeInForce::ALL, TimeInForce::code, b"0356E");
        check(Display::ALL, Display::code, b"YNAZ");
        check(Capacity::ALL, Capacity::code, b"APRO");
        check(CrossType::ALL, CrossType::code, b"NOCHSREA");
        check(OrderState::ALL, OrderState::code, b"LD");
        check(SystemEventCode::ALL, SystemEventCode::code, b"SE");
        check(CancelReason::ALL, CancelReason::code, b"DEFGHIKQSTUXZe");
        check(BrokenTradeReason::ALL, BrokenTradeReason::code, b"ECSX");
        check(RestateReason::ALL, RestateReason::code, b"RP");
        check(LiquidityFlag::ALL, LiquidityFlag::code, b"ARCLOMHKi0JukmNne781jpqrt2359");
        check(AiqStrategy::ALL, AiqStrategy::code, b"*NYDOWRydowrZEPXS01245");
        check(TradingState::ALL, TradingState::code, b"HPQT");
        check(EventCode::ALL, EventCode::code, b"OSQMEC");
    }

    #[test]
    fn only_the_buy_side_buys() {
        assert_eq!(
            Side::ALL.iter().map(|side| side.is_buy()).collect::<Vec<_>>(),
            [true, false, false, false]
        );
    }

    #[test]
    fn an_unknown_code_names_its_field() {
        let error = Side::try_from(b'Q').expect_err("Q is not a side");
        assert_eq!(error.to_string(), "unknown Side code 0x51");
    }
}
