//! What an order asks for in its appendage, as far as the market acts on it.
//!
//! Admission has checked every value; the other tags are echoed and change nothing here.

use protocol::enums::AiqStrategy;
use protocol::ouch::inbound::{EnterOrder, ReplaceOrder};
use protocol::ouch::{Appendage, Attributes};

use crate::book::Floor;
use crate::command::SelfMatch;

/// The group that means the port's own.
const PORT_GROUP: [u8; 2] = *b"**";

/// The attributes of one Enter or Replace.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// Shares that must trade at once, or none do; 0: any number.
    pub(crate) min_quantity: u32,
    /// `None`: as the order that is replaced, or not.
    pub(crate) post_only: Option<bool>,
    /// `None`: as the order that is replaced, or as the port has it.
    strategy: Option<AiqStrategy>,
    group: Option<[u8; 2]>,
    pub(crate) floor: Option<AskedFloor>,
}

/// How much of an order is asked to be displayed at a time, as far as it is named.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AskedFloor {
    shares: Option<u32>,
    random: Option<u32>,
}

impl AskedFloor {
    /// How much is displayed, where `kept` holds if nothing is said.
    pub(crate) fn over(self, kept: Floor) -> Floor {
        Floor {
            shares: self.shares.unwrap_or(kept.shares),
            random: self.random.unwrap_or(kept.random),
        }
    }
}

impl Asked {
    /// Reads the appendage of an Enter.
    pub(crate) fn of_enter(appendage: &[u8]) -> Self {
        Self::read(EnterOrder::TYPE, appendage)
    }

    /// Reads the appendage of a Replace; what it does not name stays as it was.
    pub(crate) fn of_replace(appendage: &[u8]) -> Self {
        Self::read(ReplaceOrder::TYPE, appendage)
    }

    /// The self-match prevention asked for, where `port` is the port's own and `kept` holds if nothing is said.
    pub(crate) fn self_match(&self, port: SelfMatch, kept: SelfMatch) -> SelfMatch {
        SelfMatch {
            strategy: match self.strategy {
                None => kept.strategy,
                Some(AiqStrategy::PortDefault) => port.strategy,
                Some(strategy) => strategy,
            },
            group: match self.group {
                None => kept.group,
                Some(PORT_GROUP) => port.group,
                Some(group) => group,
            },
        }
    }

    #[inline]
    fn read(message_type: u8, appendage: &[u8]) -> Self {
        if appendage.is_empty() { Self::default() } else { Self::parse(message_type, appendage) }
    }

    #[cold]
    fn parse(message_type: u8, appendage: &[u8]) -> Self {
        let attributes = Attributes::parse_inbound(message_type, Appendage::new(appendage))
            .expect("admission checked the appendage");
        Self {
            min_quantity: attributes.min_qty.unwrap_or(0),
            post_only: attributes.post_only.map(|code| code == b'P'),
            strategy: attributes
                .aiq_strategy
                .map(|code| code.try_into().expect("admission checked the strategy")),
            group: attributes.aiq_group_id,
            floor: (attributes.max_floor.is_some() || attributes.random_reserves.is_some())
                .then_some(AskedFloor {
                    shares: attributes.max_floor,
                    random: attributes.random_reserves,
                }),
        }
    }
}
