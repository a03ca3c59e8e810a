//! Self-match prevention: which two orders are kept from each other, and what happens to them instead.
//!
//! Both must have it on, with the same group; the incoming order says at which level two orders have one owner.

use protocol::enums::AiqStrategy;

use crate::command::SelfMatch;

/// What two orders must have in common.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Level {
    Firm,
    Organization,
    Affiliate,
    /// Any of these.
    Any,
}

/// What happens instead of a trade.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    /// Both orders lose the shares that would have traded.
    Decrement {
        /// Told as AIQ Canceled, else as Order Canceled.
        details: bool,
    },
    /// The resting order goes, the incoming one goes on.
    CancelOldest,
    /// The incoming order goes, the resting one stays.
    CancelNewest,
}

impl SelfMatch {
    /// Tells whether the order is kept from others at all.
    pub(crate) fn is_on(self) -> bool {
        self.strategy != AiqStrategy::Disabled
    }
}

/// The level of an incoming order's strategy; it is on.
pub(crate) fn level(strategy: AiqStrategy) -> Level {
    use AiqStrategy as Strategy;

    match strategy {
        Strategy::PortDefault | Strategy::Disabled => unreachable!("the strategy is on"),
        Strategy::FirmDecrementNoDetails
        | Strategy::FirmDecrement
        | Strategy::FirmCancelOldest
        | Strategy::FirmCancelNewest
        | Strategy::FirmUseRemover => Level::Firm,
        Strategy::OrganizationDecrementNoDetails
        | Strategy::OrganizationDecrement
        | Strategy::OrganizationCancelOldest
        | Strategy::OrganizationCancelNewest
        | Strategy::OrganizationUseRemover => Level::Organization,
        Strategy::AffiliateDecrementNoDetails
        | Strategy::AffiliateDecrement
        | Strategy::AffiliateCancelOldest
        | Strategy::AffiliateCancelNewest
        | Strategy::AffiliateUseRemover => Level::Affiliate,
        Strategy::AnyDecrementNoDetails
        | Strategy::AnyDecrement
        | Strategy::AnyCancelOldest
        | Strategy::AnyCancelNewest
        | Strategy::AnyUseRemover => Level::Any,
    }
}

/// What the incoming order's strategy does to a resting order with another one, and which of them says so.
///
/// An incoming order that leaves it to the remover is the remover itself: the resting order's strategy is used then,
/// and when that leaves it too, the incoming order goes.
pub(crate) fn decide(incoming: AiqStrategy, resting: AiqStrategy) -> (Act, AiqStrategy) {
    match (act(incoming), act(resting)) {
        (Some(act), _) => (act, incoming),
        (None, Some(act)) => (act, resting),
        (None, None) => (Act::CancelNewest, incoming),
    }
}

fn act(strategy: AiqStrategy) -> Option<Act> {
    use AiqStrategy as Strategy;

    match strategy {
        Strategy::FirmDecrementNoDetails
        | Strategy::OrganizationDecrementNoDetails
        | Strategy::AffiliateDecrementNoDetails
        | Strategy::AnyDecrementNoDetails => Some(Act::Decrement { details: false }),
        Strategy::FirmDecrement
        | Strategy::OrganizationDecrement
        | Strategy::AffiliateDecrement
        | Strategy::AnyDecrement => Some(Act::Decrement { details: true }),
        Strategy::FirmCancelOldest
        | Strategy::OrganizationCancelOldest
        | Strategy::AffiliateCancelOldest
        | Strategy::AnyCancelOldest => Some(Act::CancelOldest),
        Strategy::FirmCancelNewest
        | Strategy::OrganizationCancelNewest
        | Strategy::AffiliateCancelNewest
        | Strategy::AnyCancelNewest => Some(Act::CancelNewest),
        Strategy::FirmUseRemover
        | Strategy::OrganizationUseRemover
        | Strategy::AffiliateUseRemover
        | Strategy::AnyUseRemover => None,
        Strategy::PortDefault | Strategy::Disabled => unreachable!("the strategy is on"),
    }
}
