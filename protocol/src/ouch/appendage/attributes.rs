//! Attributes: the appendage read into fields, and written from them.
//!
//! Holds what was sent. The defaults of an Enter Order and what a Replace inherits are admission's
//! rule, and so is which values a field may have.

use super::{Appendage, AppendageError, Element, Tag};
use crate::symbol::Mpid;

/// The optional attributes of one message, `None` where the tag is absent.
///
/// Prices and peg offsets are in ten-thousandths of a dollar, the expire time in seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Attributes {
    pub secondary_ord_ref_num: Option<u64>,
    pub firm: Option<Mpid>,
    pub min_qty: Option<u32>,
    pub customer_type: Option<u8>,
    pub max_floor: Option<u32>,
    pub price_type: Option<u8>,
    pub peg_offset: Option<i32>,
    pub discretion_price: Option<u64>,
    pub discretion_price_type: Option<u8>,
    pub discretion_peg_offset: Option<i32>,
    pub post_only: Option<u8>,
    pub random_reserves: Option<u32>,
    pub route: Option<Mpid>,
    pub expire_time: Option<u32>,
    pub trade_now: Option<u8>,
    pub handle_inst: Option<u8>,
    pub bbo_weight_indicator: Option<u8>,
    pub display_quantity: Option<u32>,
    pub display_price: Option<u64>,
    pub group_id: Option<u16>,
    pub shares_located: Option<u8>,
    pub locate_broker: Option<Mpid>,
    pub side: Option<u8>,
    /// The order flow channel; 0 and `None` are both the port's own.
    pub user_ref_idx: Option<u8>,
    pub aiq_strategy: Option<u8>,
    pub aiq_group_id: Option<[u8; 2]>,
}

impl Attributes {
    /// Reads the appendage of an inbound message.
    ///
    /// # Errors
    ///
    /// The first element that is cut off, has an unknown tag, one not allowed on `message_type` or
    /// given before, or a value of another length than its tag's.
    pub fn parse_inbound(
        message_type: u8,
        appendage: Appendage<'_>,
    ) -> Result<Self, AppendageError> {
        Self::parse(message_type, appendage, Tag::allowed_inbound)
    }

    /// Reads the appendage of an outbound message.
    ///
    /// # Errors
    ///
    /// As [`Attributes::parse_inbound`], with the tags of the other direction.
    pub fn parse_outbound(
        message_type: u8,
        appendage: Appendage<'_>,
    ) -> Result<Self, AppendageError> {
        Self::parse(message_type, appendage, Tag::allowed_outbound)
    }

    fn parse(
        message_type: u8,
        appendage: Appendage<'_>,
        allowed: fn(Tag, u8) -> bool,
    ) -> Result<Self, AppendageError> {
        let mut attributes = Self::default();
        // One bit a tag.
        let mut seen = 0_u32;
        for element in appendage.elements() {
            let element = element?;
            let Element { tag, offset, .. } = element;
            if !allowed(tag, message_type) {
                return Err(AppendageError::NotAllowed { tag, offset, message_type });
            }
            let bit = 1 << tag.code();
            if seen & bit != 0 {
                return Err(AppendageError::Repeated { tag, offset });
            }
            seen |= bit;
            attributes.set(element)?;
        }
        Ok(attributes)
    }

    fn set(&mut self, element: Element<'_>) -> Result<(), AppendageError> {
        let byte = || element.array().map(|[byte]| Some(byte));
        let number = || element.array().map(|bytes| Some(u32::from_be_bytes(bytes)));
        let long = || element.array().map(|bytes| Some(u64::from_be_bytes(bytes)));
        let offset = || element.array().map(|bytes| Some(i32::from_be_bytes(bytes)));
        let name = || element.array().map(|bytes| Some(Mpid(bytes)));
        match element.tag {
            Tag::SecondaryOrdRefNum => self.secondary_ord_ref_num = long()?,
            Tag::Firm => self.firm = name()?,
            Tag::MinQty => self.min_qty = number()?,
            Tag::CustomerType => self.customer_type = byte()?,
            Tag::MaxFloor => self.max_floor = number()?,
            Tag::PriceType => self.price_type = byte()?,
            Tag::PegOffset => self.peg_offset = offset()?,
            Tag::DiscretionPrice => self.discretion_price = long()?,
            Tag::DiscretionPriceType => self.discretion_price_type = byte()?,
            Tag::DiscretionPegOffset => self.discretion_peg_offset = offset()?,
            Tag::PostOnly => self.post_only = byte()?,
            Tag::RandomReserves => self.random_reserves = number()?,
            Tag::Route => self.route = name()?,
            Tag::ExpireTime => self.expire_time = number()?,
            Tag::TradeNow => self.trade_now = byte()?,
            Tag::HandleInst => self.handle_inst = byte()?,
            Tag::BboWeightIndicator => self.bbo_weight_indicator = byte()?,
            Tag::DisplayQuantity => self.display_quantity = number()?,
            Tag::DisplayPrice => self.display_price = long()?,
            Tag::GroupId => self.group_id = Some(u16::from_be_bytes(element.array()?)),
            Tag::SharesLocated => self.shares_located = byte()?,
            Tag::LocateBroker => self.locate_broker = name()?,
            Tag::Side => self.side = byte()?,
            Tag::UserRefIdx => self.user_ref_idx = byte()?,
            Tag::AiqStrategy => self.aiq_strategy = byte()?,
            Tag::AiqGroupId => self.aiq_group_id = Some(element.array()?),
        }
        Ok(())
    }

    /// Appends the attributes that are there, by rising tag, without `appendage_length`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let bytes = |name: Mpid| name.0;
        put(out, Tag::SecondaryOrdRefNum, self.secondary_ord_ref_num.map(u64::to_be_bytes));
        put(out, Tag::Firm, self.firm.map(bytes));
        put(out, Tag::MinQty, self.min_qty.map(u32::to_be_bytes));
        put(out, Tag::CustomerType, self.customer_type.map(u8::to_be_bytes));
        put(out, Tag::MaxFloor, self.max_floor.map(u32::to_be_bytes));
        put(out, Tag::PriceType, self.price_type.map(u8::to_be_bytes));
        put(out, Tag::PegOffset, self.peg_offset.map(i32::to_be_bytes));
        put(out, Tag::DiscretionPrice, self.discretion_price.map(u64::to_be_bytes));
        put(out, Tag::DiscretionPriceType, self.discretion_price_type.map(u8::to_be_bytes));
        put(out, Tag::DiscretionPegOffset, self.discretion_peg_offset.map(i32::to_be_bytes));
        put(out, Tag::PostOnly, self.post_only.map(u8::to_be_bytes));
        put(out, Tag::RandomReserves, self.random_reserves.map(u32::to_be_bytes));
        put(out, Tag::Route, self.route.map(bytes));
        put(out, Tag::ExpireTime, self.expire_time.map(u32::to_be_bytes));
        put(out, Tag::TradeNow, self.trade_now.map(u8::to_be_bytes));
        put(out, Tag::HandleInst, self.handle_inst.map(u8::to_be_bytes));
        put(out, Tag::BboWeightIndicator, self.bbo_weight_indicator.map(u8::to_be_bytes));
        put(out, Tag::DisplayQuantity, self.display_quantity.map(u32::to_be_bytes));
        put(out, Tag::DisplayPrice, self.display_price.map(u64::to_be_bytes));
        put(out, Tag::GroupId, self.group_id.map(u16::to_be_bytes));
        put(out, Tag::SharesLocated, self.shares_located.map(u8::to_be_bytes));
        put(out, Tag::LocateBroker, self.locate_broker.map(bytes));
        put(out, Tag::Side, self.side.map(u8::to_be_bytes));
        put(out, Tag::UserRefIdx, self.user_ref_idx.map(u8::to_be_bytes));
        put(out, Tag::AiqStrategy, self.aiq_strategy.map(u8::to_be_bytes));
        put(out, Tag::AiqGroupId, self.aiq_group_id);
    }
}

/// Appends one element: its length, its tag, its value.
fn put<const WIDTH: usize>(out: &mut Vec<u8>, tag: Tag, value: Option<[u8; WIDTH]>) {
    assert!(WIDTH == tag.value_length());
    if let Some(value) = value {
        out.push(u8::try_from(1 + WIDTH).expect("a value is at most 8 bytes"));
        out.push(tag.code());
        out.extend_from_slice(&value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::subsequence;
    use proptest::test_runner::RngSeed;

    use super::*;

    fn element(tag: Tag, value: &[u8]) -> Vec<u8> {
        let length = u8::try_from(1 + value.len()).expect("test values are short");
        [&[length, tag.code()], value].concat()
    }

    /// The messages on which a tag is allowed, with the way to read them.
    type Parse = fn(u8, Appendage<'_>) -> Result<Attributes, AppendageError>;

    fn carriers(tag: Tag) -> Vec<(u8, Parse)> {
        let inbound = (0..=u8::MAX).filter(|&letter| tag.allowed_inbound(letter));
        let outbound = (0..=u8::MAX).filter(|&letter| tag.allowed_outbound(letter));
        let mut carriers: Vec<(u8, Parse)> =
            inbound.map(|letter| (letter, Attributes::parse_inbound as Parse)).collect();
        carriers.extend(outbound.map(|letter| (letter, Attributes::parse_outbound as Parse)));
        carriers
    }

    #[test]
    fn a_value_of_another_length_is_refused() {
        for &tag in Tag::ALL {
            let expected = tag.value_length();
            for actual in (0..=16).filter(|&actual| actual != expected) {
                let bytes = element(tag, &[b'Y'; 16][..actual]);
                for (letter, parse) in carriers(tag) {
                    assert_eq!(
                        parse(letter, Appendage::new(&bytes)),
                        Err(AppendageError::ValueLength { tag, offset: 0, expected, actual })
                    );
                }
            }
        }
    }

    #[test]
    fn a_repeated_tag_is_refused_even_with_the_same_value() {
        for &tag in Tag::ALL {
            let once = element(tag, &[b'Y'; 8][..tag.value_length()]);
            let twice = once.repeat(2);
            for (letter, parse) in carriers(tag) {
                assert!(parse(letter, Appendage::new(&once)).is_ok());
                assert_eq!(
                    parse(letter, Appendage::new(&twice)),
                    Err(AppendageError::Repeated { tag, offset: once.len() })
                );
            }
        }
    }

    #[test]
    fn a_tag_on_a_message_that_may_not_carry_it_is_refused() {
        for &tag in Tag::ALL {
            let bytes = element(tag, &[b'Y'; 8][..tag.value_length()]);
            for message_type in 0..=u8::MAX {
                let refusal = Err(AppendageError::NotAllowed { tag, offset: 0, message_type });
                let inbound = Attributes::parse_inbound(message_type, Appendage::new(&bytes));
                assert_eq!(inbound == refusal, !tag.allowed_inbound(message_type));
                assert_eq!(inbound.is_ok(), tag.allowed_inbound(message_type));
                let outbound = Attributes::parse_outbound(message_type, Appendage::new(&bytes));
                assert_eq!(outbound == refusal, !tag.allowed_outbound(message_type));
                assert_eq!(outbound.is_ok(), tag.allowed_outbound(message_type));
            }
        }
    }

    #[test]
    fn an_unassigned_tag_is_refused() {
        for number in [0, 8, 19, 20, 21, 31, 32, 33, 60, 255] {
            let bytes = [0x02, 0x1C, 0x05, 0x02, number, 0x00];
            assert_eq!(
                Attributes::parse_inbound(b'O', Appendage::new(&bytes)),
                Err(AppendageError::UnknownTag { tag: number, offset: 3 })
            );
        }
    }

    #[test]
    fn an_element_cut_off_is_refused() {
        let bytes = [0x05, 0x02, b'A', b'B', b'C'];
        assert_eq!(
            Attributes::parse_inbound(b'O', Appendage::new(&bytes)),
            Err(AppendageError::ElementLength { offset: 0, length: 5, left: 4 })
        );
    }

    /// Elements a message of type `letter` may carry: any of them, in any order, with any values.
    fn elements(
        letter: u8,
        allowed: fn(Tag, u8) -> bool,
    ) -> impl Strategy<Value = Vec<(Tag, [u8; 8])>> {
        let tags: Vec<Tag> = Tag::ALL.iter().copied().filter(|&tag| allowed(tag, letter)).collect();
        let count = tags.len();
        let chosen = subsequence(tags, 0..=count).prop_shuffle();
        (chosen, vec(any::<[u8; 8]>(), count))
            .prop_map(|(tags, values)| tags.into_iter().zip(values).collect())
    }

    fn written(elements: &[(Tag, [u8; 8])]) -> Vec<u8> {
        elements
            .iter()
            .flat_map(|&(tag, value)| element(tag, &value[..tag.value_length()]))
            .collect()
    }

    /// Reads `elements`, and expects to write them sorted and to read those the same.
    fn check_round_trip(mut elements: Vec<(Tag, [u8; 8])>, letter: u8, parse: Parse) {
        let attributes =
            parse(letter, Appendage::new(&written(&elements))).expect("all are allowed");
        elements.sort();
        let mut encoded = Vec::new();
        attributes.encode(&mut encoded);
        assert_eq!(encoded, written(&elements));
        assert_eq!(parse(letter, Appendage::new(&encoded)), Ok(attributes));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(502),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn inbound_attributes_read_back_as_written(
            (letter, elements) in (0..8_usize).prop_map(|index| b"OUXMCDEQ"[index])
                .prop_flat_map(|letter| (Just(letter), elements(letter, Tag::allowed_inbound)))
        ) {
            check_round_trip(elements, letter, Attributes::parse_inbound);
        }

        #[test]
        fn outbound_attributes_read_back_as_written(
            (letter, elements) in (0..16_usize).prop_map(|index| b"AUCDEBJPITMRXGKQ"[index])
                .prop_flat_map(|letter| (Just(letter), elements(letter, Tag::allowed_outbound)))
        ) {
            check_round_trip(elements, letter, Attributes::parse_outbound);
        }

        #[test]
        fn any_bytes_are_read_without_panic(
            letter: u8,
            bytes in vec(prop_oneof![0_u8..32, any::<u8>()], 0..200),
        ) {
            let _ = Attributes::parse_inbound(letter, Appendage::new(&bytes));
            let _ = Attributes::parse_outbound(letter, Appendage::new(&bytes));
        }
    }
}
