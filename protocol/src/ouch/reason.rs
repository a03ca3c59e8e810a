//! Reject reasons: why a request was refused, two bytes on the wire.
//!
//! Codes 0x0020 to 0x0033 are answers of the pre-trade risk checks, except 0x0032.
//! Source: `docs/protocols/ouch.md`, "Reject reasons".

use thiserror::Error;

/// A number that is not a reject reason.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("unknown reject reason {0:#06x}")]
pub struct UnknownReason(pub u16);

/// Defines the reasons from the table: code, name, wording.
macro_rules! reject_reasons {
    ($($code:literal $name:ident $text:literal)+) => {
        /// Why a request was refused (Rejected, `J`).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u16)]
        pub enum RejectReason {
            $(#[doc = $text] $name = $code,)+
        }

        impl RejectReason {
            /// Every reason, by rising code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Gives the number on the wire.
            pub const fn code(self) -> u16 {
                self as u16
            }

            /// Gives the wording of the specification.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }

        impl TryFrom<u16> for RejectReason {
            type Error = UnknownReason;

            fn try_from(code: u16) -> Result<Self, UnknownReason> {
                match code {
                    $($code => Ok(Self::$name),)+
                    _ => Err(UnknownReason(code)),
                }
            }
        }
    };
}

reject_reasons! {
    0x0001 QuoteUnavailable "Quote Unavailable"
    0x0002 DestinationClosed "Destination Closed"
    0x0003 InvalidDisplay "Invalid Display"
    0x0004 InvalidMaxFloor "Invalid Max Floor"
    0x0005 InvalidPegType "Invalid Peg Type"
    0x0006 FatFinger "Fat Finger"
    0x0007 Halted "Halted"
    0x0008 IsoNotAllowed "ISO Not Allowed"
    0x0009 InvalidSide "Invalid Side"
    0x000A ProcessingError "Processing Error"
    0x000B CancelPending "Cancel Pending"
    0x000C FirmNotAuthorized "Firm Not Authorized"
    0x000D InvalidMinQuantity "Invalid Min Quantity"
    0x000E NoClosingReferencePrice "No Closing Reference Price"
    0x000F Other "Other"
    0x0010 CancelNotAllowed "Cancel Not Allowed"
    0x0011 PeggingNotAllowed "Pegging Not Allowed"
    0x0012 CrossedMarket "Crossed Market"
    0x0013 InvalidQuantity "Invalid Quantity"
    0x0014 InvalidCrossOrder "Invalid Cross Order"
    0x0015 ReplaceNotAllowed "Replace Not Allowed"
    0x0016 RoutingNotAllowed "Routing Not Allowed"
    0x0017 InvalidSymbol "Invalid Symbol"
    0x0018 Test "Test"
    0x0019 LateLocTooAggressive "Late LOC Too Aggressive"
    0x001A RetailNotAllowed "Retail Not Allowed"
    0x001B InvalidMidpointPostOnlyPrice "Invalid Midpoint Post Only Price"
    0x001C InvalidDestination "Invalid Destination"
    0x001D InvalidPrice "Invalid Price"
    0x001E SharesExceedThreshold "Shares Exceed Threshold"
    0x001F ExceedsMaximumAllowedNotionalValue "Exceeds Maximum Allowed Notional Value"
    0x0020 RiskAggregateExposureExceeded "Risk: Aggregate Exposure Exceeded"
    0x0021 RiskMarketImpact "Risk: Market Impact"
    0x0022 RiskRestrictedStock "Risk: Restricted Stock"
    0x0023 RiskShortSellRestricted "Risk: Short Sell Restricted"
    0x0024 RiskIsoNotAllowed "Risk: ISO Not Allowed"
    0x0025 RiskExceedsAdvLimit "Risk: Exceeds ADV Limit"
    0x0026 RiskFatFinger "Risk: Fat Finger"
    0x0027 RiskLocateRequired "Risk: Locate Required"
    0x0028 RiskSymbolMessageRateRestriction "Risk: Symbol Message Rate Restriction"
    0x0029 RiskPortMessageRateRestriction "Risk: Port Message Rate Restriction"
    0x002A RiskDuplicateMessageRateRestriction "Risk: Duplicate Message Rate Restriction"
    0x002B RiskShortSellNotAllowed "Risk: Short Sell Not Allowed"
    0x002C RiskMarketOrderNotAllowed "Risk: Market Order Not Allowed"
    0x002D RiskPreMarketNotAllowed "Risk: Pre-Market Not Allowed"
    0x002E RiskPostMarketNotAllowed "Risk: Post-Market Not Allowed"
    0x002F RiskShortSellExemptNotAllowed "Risk: Short Sell Exempt Not Allowed"
    0x0030 RiskSingleOrderNotionalExceeded "Risk: Single Order Notional Exceeded"
    0x0031 RiskMaxQuantityExceeded "Risk: Max Quantity Exceeded"
    0x0032 RegShoStateNotAvailable "Reg SHO State Not Available"
    0x0033 RiskIpoMarketBuyNotAllowed "Risk: IPO Market Buy Not Allowed"
    0x0040 InvalidAiq "Invalid AIQ"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_listed_numbers_are_reasons() {
        for code in 0..=u16::MAX {
            let listed = (0x0001..=0x0033).contains(&code) || code == 0x0040;
            match RejectReason::try_from(code) {
                Ok(reason) => assert_eq!((reason.code(), listed), (code, true)),
                Err(error) => assert_eq!((error, listed), (UnknownReason(code), false)),
            }
        }
    }

    #[test]
    fn all_lists_every_reason_once_by_rising_code() {
        assert_eq!(RejectReason::ALL.len(), 52);
        assert!(RejectReason::ALL.is_sorted_by(|a, b| a.code() < b.code()));
    }

    #[test]
    fn risk_reasons_say_so() {
        for reason in RejectReason::ALL {
            let risk = (0x0020..=0x0033).contains(&reason.code())
                && *reason != RejectReason::RegShoStateNotAvailable;
            assert_eq!(reason.text().starts_with("Risk: "), risk, "{reason:?}");
        }
    }

    #[test]
    fn an_unknown_number_is_shown_in_full() {
        assert_eq!(UnknownReason(0x0034).to_string(), "unknown reject reason 0x0034");
    }
}
