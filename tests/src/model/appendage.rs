//! Appendages as the model reads them: a list of elements, kept as the participant wrote them.

pub(super) const FIRM: u8 = 2;
pub(super) const MIN_QTY: u8 = 3;
pub(super) const CUSTOMER_TYPE: u8 = 4;
pub(super) const MAX_FLOOR: u8 = 5;
pub(super) const PRICE_TYPE: u8 = 6;
pub(super) const PEG_OFFSET: u8 = 7;
pub(super) const DISCRETION_PRICE: u8 = 9;
pub(super) const DISCRETION_PRICE_TYPE: u8 = 10;
pub(super) const DISCRETION_PEG_OFFSET: u8 = 11;
pub(super) const POST_ONLY: u8 = 12;
pub(super) const RANDOM_RESERVES: u8 = 13;
pub(super) const EXPIRE_TIME: u8 = 15;
pub(super) const TRADE_NOW: u8 = 16;
pub(super) const HANDLE_INST: u8 = 17;
pub(super) const GROUP_ID: u8 = 24;
pub(super) const SHARES_LOCATED: u8 = 25;
pub(super) const LOCATE_BROKER: u8 = 26;
pub(super) const SIDE: u8 = 27;
pub(super) const USER_REF_IDX: u8 = 28;
pub(super) const AIQ_STRATEGY: u8 = 29;
pub(super) const AIQ_GROUP_ID: u8 = 30;

/// Tag, bytes of its value, inbound and outbound messages it may stand on: `docs/protocols/ouch.md`, "Appendage".
///
/// Tags that no inbound message may carry are left out: the venue sends none of them yet.
const TAGS: [(u8, usize, &[u8], &[u8]); 21] = [
    (FIRM, 4, b"O", b"AU"),
    (MIN_QTY, 4, b"OU", b"AU"),
    (CUSTOMER_TYPE, 1, b"O", b"A"),
    (MAX_FLOOR, 4, b"OU", b"AU"),
    (PRICE_TYPE, 1, b"OU", b"AU"),
    (PEG_OFFSET, 4, b"OU", b"A"),
    (DISCRETION_PRICE, 8, b"OU", b"A"),
    (DISCRETION_PRICE_TYPE, 1, b"OU", b"A"),
    (DISCRETION_PEG_OFFSET, 4, b"OU", b"A"),
    (POST_ONLY, 1, b"OU", b"AU"),
    (RANDOM_RESERVES, 4, b"OU", b"A"),
    (EXPIRE_TIME, 4, b"OU", b"AU"),
    (TRADE_NOW, 1, b"OU", b"AU"),
    (HANDLE_INST, 1, b"OU", b"AU"),
    (GROUP_ID, 2, b"OC", b"AX"),
    (SHARES_LOCATED, 1, b"OUM", b"AM"),
    (LOCATE_BROKER, 4, b"OUM", b"M"),
    (SIDE, 1, b"UC", b"X"),
    (USER_REF_IDX, 1, b"OUXMCDEQ", b"AUCDEBJPITMRXGKQ"),
    (AIQ_STRATEGY, 1, b"OU", b"AU"),
    (AIQ_GROUP_ID, 2, b"OU", b"AU"),
];

/// One element of an appendage.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) tag: u8,
    pub(super) value: Vec<u8>,
}

impl Element {
    /// The value as an unsigned number, whatever its width.
    pub(super) fn number(&self) -> u64 {
        self.value.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    /// The value of an element of one byte, and the first byte of any other.
    pub(super) fn code(&self) -> u8 {
        self.value[0]
    }
}

/// The elements of a request up to the first mistake.
#[derive(Clone, Debug)]
pub(super) struct Elements {
    elements: Vec<Element>,
    /// False: there is an unknown, repeated or not allowed tag, or a wrong length.
    pub(super) well_formed: bool,
}

impl Elements {
    /// Reads the appendage of an inbound message of this type.
    pub(super) fn read(message_type: u8, bytes: &[u8]) -> Self {
        let mut elements = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some((element, after)) = next_element(message_type, rest) else { break };
            if elements.iter().any(|earlier: &Element| earlier.tag == element.tag) {
                break;
            }
            elements.push(element);
            rest = after;
        }
        Self { elements, well_formed: rest.is_empty() }
    }

    pub(super) fn find(&self, tag: u8) -> Option<&Element> {
        self.elements.iter().find(|element| element.tag == tag)
    }

    /// The order flow channel of the request; 0 is the port's own.
    pub(super) fn user_ref_idx(&self) -> u8 {
        self.find(USER_REF_IDX).map_or(0, Element::code)
    }

    /// The elements without a channel that names the port's own.
    pub(super) fn without_own_channel(&self) -> Self {
        let mut elements = self.elements.clone();
        elements.retain(|element| element.tag != USER_REF_IDX || element.code() != 0);
        Self { elements, ..*self }
    }

    /// The elements by rising tag.
    pub(super) fn by_tag(&self) -> Vec<&Element> {
        let mut sorted: Vec<&Element> = self.elements.iter().collect();
        sorted.sort_by_key(|element| element.tag);
        sorted
    }

    /// The elements that an outbound message of this type may carry, as and in the order they came.
    pub(super) fn echo(&self, message_type: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        for element in &self.elements {
            let (_, width, _, outbound) = TAGS
                .into_iter()
                .find(|(tag, ..)| *tag == element.tag)
                .expect("only listed tags are read");
            if outbound.contains(&message_type) {
                bytes.push(u8::try_from(1 + width).expect("no value is wider than 8 bytes"));
                bytes.push(element.tag);
                bytes.extend_from_slice(&element.value);
            }
        }
        bytes
    }
}

/// Takes one element off the front, or finds that there is none this message may carry.
fn next_element(message_type: u8, bytes: &[u8]) -> Option<(Element, &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (body, rest) = rest.split_at_checked(usize::from(length))?;
    let (&tag, value) = body.split_first()?;
    TAGS.iter()
        .any(|&(listed, width, inbound, _)| {
            listed == tag && width == value.len() && inbound.contains(&message_type)
        })
        .then(|| (Element { tag, value: value.to_vec() }, rest))
}
