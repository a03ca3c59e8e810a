//! Inbound messages that are right in every field, and the places where another value can be set.
//!
//! Written from the tables of `docs/protocols/ouch.md`, byte by byte: nothing here comes from the decoder.

/// Where a value stands in a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// In the fixed part, from this offset on.
    At(usize),
    /// In the element of this tag.
    Tag(u8),
    /// Bytes behind the last element of the appendage.
    Behind,
}

/// A field by its name in the specification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) place: Place,
}

/// A field of the fixed part.
pub(super) const fn at(name: &'static str, offset: usize) -> Field {
    Field { name, place: Place::At(offset) }
}

/// An attribute of the appendage.
pub(super) const fn tag(name: &'static str, number: u8) -> Field {
    Field { name, place: Place::Tag(number) }
}

/// What stands behind the last whole element.
pub(super) const APPENDAGE: Field = Field { name: "appendage", place: Place::Behind };

/// One inbound message in the making.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) fixed: Vec<u8>,
    pub(super) tags: Vec<(u8, Vec<u8>)>,
    /// What stands behind the last element.
    pub(super) behind: Vec<u8>,
    /// The values of this place in the fixed part were set and stay.
    kept: Vec<usize>,
}

impl Message {
    fn new(parts: &[&[u8]]) -> Self {
        Self { fixed: parts.concat(), tags: Vec::new(), behind: Vec::new(), kept: Vec::new() }
    }

    /// The message type.
    pub(super) fn letter(&self) -> u8 {
        self.fixed[0]
    }

    /// The same message with another value in one place.
    pub(super) fn with(&self, place: Place, value: &[u8]) -> Self {
        let mut message = self.clone();
        match place {
            Place::At(offset) => {
                message.fixed[offset..offset + value.len()].copy_from_slice(value);
                message.kept.push(offset);
            }
            Place::Tag(number) => {
                message.tags.retain(|(known, _)| *known != number);
                message.tags.push((number, value.to_vec()));
            }
            Place::Behind => message.behind = value.to_vec(),
        }
        message
    }

    /// Writes the numbers that were not set, and gives all bytes with the length of the appendage.
    ///
    /// `number` is the new number, or that of the order that a Cancel or Modify names; a Replace names `original`.
    pub(super) fn bytes(&self, number: u32, original: u32) -> Vec<u8> {
        let mut fixed = self.fixed.clone();
        let places: &[(usize, u32)] = match self.letter() {
            b'O' | b'C' | b'D' | b'E' => &[(1, number)],
            b'X' | b'M' => &[(1, original)],
            b'U' => &[(1, original), (5, number)],
            _ => &[],
        };
        for (offset, number) in places.iter().filter(|(offset, _)| !self.kept.contains(offset)) {
            fixed[*offset..*offset + 4].copy_from_slice(&number.to_be_bytes());
        }
        let appendage = [encode(&self.tags), self.behind.clone()].concat();
        let length = u16::try_from(appendage.len()).expect("an appendage has a length");
        [fixed, length.to_be_bytes().to_vec(), appendage].concat()
    }

    /// The ClOrdID that a refusal repeats: only orders have one.
    pub(super) fn cl_ord_id(&self) -> [u8; 14] {
        let place = match self.letter() {
            b'O' => 31..45,
            b'U' => 24..38,
            _ => return [b' '; 14],
        };
        self.fixed[place].try_into().expect("a ClOrdID is 14 bytes")
    }
}

/// Writes elements: length, tag, value.
pub(super) fn encode(tags: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let element = |(number, value): &(u8, Vec<u8>)| {
        let length = u8::try_from(1 + value.len()).expect("a value is at most 254 bytes");
        [&[length, *number], value.as_slice()].concat()
    };
    tags.iter().flat_map(element).collect()
}

const NUMBER: &[u8] = &[0; 4];
/// Ten dollars.
const PRICE: &[u8] = &100_000_u64.to_be_bytes();

/// Buys 100 TEST at 10.00 for the day.
pub(super) fn enter() -> Message {
    let quantity = &100_u32.to_be_bytes();
    Message::new(&[
        b"O",
        NUMBER,
        b"B",
        quantity,
        b"TEST    ",
        PRICE,
        b"0",
        b"Y",
        b"P",
        b"N",
        b"N",
        b"the order     ",
    ])
}

/// The order that Replace, Cancel and Modify are about: it sells 500 TEST at 10.00.
pub(super) fn original() -> Message {
    enter().with(Place::At(5), b"S").with(Place::At(6), &500_u32.to_be_bytes())
}

/// Sells the same again.
pub(super) fn replace() -> Message {
    let quantity = &500_u32.to_be_bytes();
    Message::new(&[b"U", NUMBER, NUMBER, quantity, PRICE, b"0", b"Y", b"N", b"the other     "])
}

/// Cancels all that is open.
pub(super) fn cancel() -> Message {
    Message::new(&[b"X", NUMBER, &[0; 4]])
}

/// Makes it a short sale of 400.
pub(super) fn modify() -> Message {
    Message::new(&[b"M", NUMBER, b"T", &400_u32.to_be_bytes()])
}

/// Cancels all orders of the port.
pub(super) fn mass_cancel() -> Message {
    Message::new(&[b"C", NUMBER, b"ALFA", b"        "])
}

/// Switches entry off.
pub(super) fn disable() -> Message {
    Message::new(&[b"D", NUMBER, b"ALFA"])
}

/// Switches entry on.
pub(super) fn enable() -> Message {
    Message::new(&[b"E", NUMBER, b"ALFA"])
}

/// Asks for the next number.
pub(super) fn query() -> Message {
    Message::new(&[b"Q"])
}
