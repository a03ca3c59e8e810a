//! The tags of the appendage: how long each value is and which messages may carry it.

use crate::enums::codes;

codes! {
    /// What an element of the appendage says. 8, 19, 20 and 21 are not assigned.
    pub enum Tag {
        SecondaryOrdRefNum = 1,
        Firm = 2,
        MinQty = 3,
        CustomerType = 4,
        MaxFloor = 5,
        PriceType = 6,
        PegOffset = 7,
        DiscretionPrice = 9,
        DiscretionPriceType = 10,
        DiscretionPegOffset = 11,
        PostOnly = 12,
        RandomReserves = 13,
        Route = 14,
        ExpireTime = 15,
        TradeNow = 16,
        HandleInst = 17,
        BboWeightIndicator = 18,
        DisplayQuantity = 22,
        DisplayPrice = 23,
        GroupId = 24,
        SharesLocated = 25,
        LocateBroker = 26,
        Side = 27,
        UserRefIdx = 28,
        AiqStrategy = 29,
        AiqGroupId = 30,
    }
}

impl Tag {
    /// Gives the length of the value in bytes; the element's length is one more, for the tag.
    pub const fn value_length(self) -> usize {
        match self {
            Self::CustomerType
            | Self::PriceType
            | Self::DiscretionPriceType
            | Self::PostOnly
            | Self::TradeNow
            | Self::HandleInst
            | Self::BboWeightIndicator
            | Self::SharesLocated
            | Self::Side
            | Self::UserRefIdx
            | Self::AiqStrategy => 1,
            Self::GroupId | Self::AiqGroupId => 2,
            Self::Firm
            | Self::MinQty
            | Self::MaxFloor
            | Self::PegOffset
            | Self::DiscretionPegOffset
            | Self::RandomReserves
            | Self::Route
            | Self::ExpireTime
            | Self::DisplayQuantity
            | Self::LocateBroker => 4,
            Self::SecondaryOrdRefNum | Self::DiscretionPrice | Self::DisplayPrice => 8,
        }
    }

    /// Tells whether a client may put the tag on a message of this type.
    pub fn allowed_inbound(self, message_type: u8) -> bool {
        self.inbound().contains(&message_type)
    }

    /// Tells whether the host may put the tag on a message of this type.
    pub fn allowed_outbound(self, message_type: u8) -> bool {
        self.outbound().contains(&message_type)
    }

    const fn inbound(self) -> &'static [u8] {
        match self {
            Self::SecondaryOrdRefNum
            | Self::Route
            | Self::BboWeightIndicator
            | Self::DisplayQuantity
            | Self::DisplayPrice => b"",
            Self::Firm | Self::CustomerType => b"O",
            Self::MinQty
            | Self::MaxFloor
            | Self::PriceType
            | Self::PegOffset
            | Self::DiscretionPrice
            | Self::DiscretionPriceType
            | Self::DiscretionPegOffset
            | Self::PostOnly
            | Self::RandomReserves
            | Self::ExpireTime
            | Self::TradeNow
            | Self::HandleInst
            | Self::AiqStrategy
            | Self::AiqGroupId => b"OU",
            Self::GroupId => b"OC",
            Self::SharesLocated | Self::LocateBroker => b"OUM",
            Self::Side => b"UC",
            Self::UserRefIdx => b"OUXMCDEQ",
        }
    }

    const fn outbound(self) -> &'static [u8] {
        match self {
            Self::CustomerType
            | Self::PegOffset
            | Self::DiscretionPrice
            | Self::DiscretionPriceType
            | Self::DiscretionPegOffset
            | Self::RandomReserves
            | Self::Route => b"A",
            Self::Firm
            | Self::MinQty
            | Self::MaxFloor
            | Self::PriceType
            | Self::PostOnly
            | Self::ExpireTime
            | Self::TradeNow
            | Self::HandleInst
            | Self::BboWeightIndicator
            | Self::AiqStrategy
            | Self::AiqGroupId => b"AU",
            Self::SecondaryOrdRefNum | Self::DisplayQuantity | Self::DisplayPrice => b"R",
            Self::GroupId => b"AX",
            Self::SharesLocated => b"AM",
            Self::LocateBroker => b"M",
            Self::Side => b"X",
            Self::UserRefIdx => b"AUCDEBJPITMRXGKQ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks which tags a message may carry, by number, against every other tag.
    fn check(allowed: fn(Tag, u8) -> bool, message_type: u8, numbers: &[u8]) {
        let found: Vec<u8> = Tag::ALL
            .iter()
            .filter(|&&tag| allowed(tag, message_type))
            .map(|tag| tag.code())
            .collect();
        assert_eq!(found, numbers, "message {:?}", char::from(message_type));
    }

    #[test]
    fn tags_are_1_to_30_without_8_19_20_and_21() {
        let numbers: Vec<u8> = Tag::ALL.iter().map(|tag| tag.code()).collect();
        let assigned: Vec<u8> =
            (1..=30).filter(|number| ![8, 19, 20, 21].contains(number)).collect();
        assert_eq!(numbers, assigned);
        for number in 0..=u8::MAX {
            assert_eq!(Tag::try_from(number).is_ok(), assigned.contains(&number), "{number}");
        }
    }

    // The specification gives these lists twice: by tag, as above, and by message, as below.

    #[test]
    fn inbound_messages_carry_their_tags_only() {
        for message_type in 0..=u8::MAX {
            let numbers: &[u8] = match message_type {
                b'O' => &[2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 17, 24, 25, 26, 28, 29, 30],
                b'U' => &[3, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 17, 25, 26, 27, 28, 29, 30],
                b'X' | b'D' | b'E' | b'Q' => &[28],
                b'M' => &[25, 26, 28],
                b'C' => &[24, 27, 28],
                _ => &[],
            };
            check(Tag::allowed_inbound, message_type, numbers);
        }
    }

    #[test]
    fn outbound_messages_carry_their_tags_only() {
        for message_type in 0..=u8::MAX {
            let numbers: &[u8] = match message_type {
                b'A' => {
                    &[2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 24, 25, 28, 29, 30]
                }
                b'U' => &[2, 3, 5, 6, 12, 15, 16, 17, 18, 28, 29, 30],
                b'C' | b'D' | b'E' | b'B' | b'J' | b'P' | b'I' | b'T' | b'G' | b'K' | b'Q' => &[28],
                b'M' => &[25, 26, 28],
                b'R' => &[1, 22, 23, 28],
                b'X' => &[24, 27, 28],
                _ => &[],
            };
            check(Tag::allowed_outbound, message_type, numbers);
        }
    }
}
