//! The appendage: optional attributes after the fixed part of a message.
//!
//! A row of elements in any order, without padding. Each is one byte of length (of what follows it),
//! one byte of tag, and the value. An unknown, repeated or misplaced tag and a wrong value length are
//! errors: nothing a client wrote is passed over in silence. See `docs/protocols/ouch.md`, "Appendage".

use thiserror::Error;

mod attributes;
mod tag;

pub use attributes::Attributes;
pub use tag::Tag;

/// The bytes after `appendage_length`, not yet looked at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Appendage<'a>(&'a [u8]);

impl<'a> Appendage<'a> {
    /// No attributes.
    pub const EMPTY: Self = Self(&[]);

    /// Takes the elements, without the two bytes of `appendage_length`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Gives the elements as they came.
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Walks the elements in the order they came; the lengths of the values are not checked.
    ///
    /// An unknown tag is an error and the walk goes on; after an element that does not fit its
    /// appendage nothing follows.
    pub const fn elements(self) -> Elements<'a> {
        Elements { appendage: self.0, offset: 0 }
    }
}

/// One attribute as it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Element<'a> {
    pub tag: Tag,
    pub value: &'a [u8],
    /// Where the element begins, from the start of the appendage.
    pub offset: usize,
}

impl Element<'_> {
    /// Gives the value at the width its tag has.
    fn array<const WIDTH: usize>(&self) -> Result<[u8; WIDTH], AppendageError> {
        self.value.try_into().map_err(|_| AppendageError::ValueLength {
            tag: self.tag,
            offset: self.offset,
            expected: WIDTH,
            actual: self.value.len(),
        })
    }
}

/// Why an appendage is refused. Offsets count from its start to the first byte of the element.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum AppendageError {
    /// The length is 0 (no tag) or reaches past the end.
    #[error("element at {offset} claims {length} bytes, {left} are left")]
    ElementLength { offset: usize, length: u8, left: usize },
    #[error("element at {offset} has the unknown tag {tag}")]
    UnknownTag { tag: u8, offset: usize },
    #[error("element at {offset} gives {tag:?} {actual} bytes, expected {expected}")]
    ValueLength { tag: Tag, offset: usize, expected: usize, actual: usize },
    #[error("element at {offset} repeats {tag:?}")]
    Repeated { tag: Tag, offset: usize },
    #[error("element at {offset}: {tag:?} is not allowed on message {:?}", char::from(*.message_type))]
    NotAllowed { tag: Tag, offset: usize, message_type: u8 },
}

impl AppendageError {
    /// Gives where the element at fault begins.
    pub const fn offset(&self) -> usize {
        match self {
            Self::ElementLength { offset, .. }
            | Self::UnknownTag { offset, .. }
            | Self::ValueLength { offset, .. }
            | Self::Repeated { offset, .. }
            | Self::NotAllowed { offset, .. } => *offset,
        }
    }
}

/// The walk over an appendage, see [`Appendage::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    appendage: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, AppendageError>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.offset;
        let (&length, rest) = self.appendage.get(offset..)?.split_first()?;
        let Some((&tag, value)) = rest.get(..usize::from(length)).and_then(<[u8]>::split_first)
        else {
            self.offset = self.appendage.len();
            return Some(Err(AppendageError::ElementLength { offset, length, left: rest.len() }));
        };
        self.offset += 1 + usize::from(length);
        Some(match Tag::try_from(tag) {
            Ok(tag) => Ok(Element { tag, value, offset }),
            Err(_) => Err(AppendageError::UnknownTag { tag, offset }),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn elements_come_in_the_order_written() {
        // UserRefIdx 5, Firm ABCD.
        let appendage = Appendage::new(&[0x02, 0x1C, 0x05, 0x05, 0x02, 0x41, 0x42, 0x43, 0x44]);
        let elements: Vec<_> = appendage.elements().collect();
        assert_eq!(
            elements,
            [
                Ok(Element { tag: Tag::UserRefIdx, value: &[5], offset: 0 }),
                Ok(Element { tag: Tag::Firm, value: b"ABCD", offset: 3 }),
            ]
        );
    }

    #[test]
    fn an_empty_appendage_has_no_elements() {
        assert_eq!(Appendage::EMPTY.elements().next(), None);
        assert_eq!(Appendage::default(), Appendage::EMPTY);
    }

    #[test]
    fn an_element_without_tag_ends_the_walk() {
        let elements: Vec<_> = Appendage::new(&[0x00, 0x02, 0x1C, 0x05]).elements().collect();
        assert_eq!(
            elements,
            [Err(AppendageError::ElementLength { offset: 0, length: 0, left: 3 })]
        );
    }

    #[test]
    fn an_element_past_the_end_ends_the_walk() {
        let elements: Vec<_> =
            Appendage::new(&[0x02, 0x1C, 0x05, 0x05, 0x02, 0x41]).elements().collect();
        assert_eq!(elements.len(), 2);
        assert_eq!(
            elements[1],
            Err(AppendageError::ElementLength { offset: 3, length: 5, left: 2 })
        );
        let elements: Vec<_> = Appendage::new(&[0x02]).elements().collect();
        assert_eq!(
            elements,
            [Err(AppendageError::ElementLength { offset: 0, length: 2, left: 0 })]
        );
    }

    #[test]
    fn the_walk_goes_on_after_an_unknown_tag() {
        let elements: Vec<_> =
            Appendage::new(&[0x02, 0x08, 0x00, 0x02, 0x1C, 0x05]).elements().collect();
        assert_eq!(elements.len(), 2);
        assert_eq!(elements[0], Err(AppendageError::UnknownTag { tag: 8, offset: 0 }));
        assert_eq!(elements[1], Ok(Element { tag: Tag::UserRefIdx, value: &[5], offset: 3 }));
    }

    #[test]
    fn an_error_says_where_and_what() {
        let error = AppendageError::NotAllowed { tag: Tag::Route, offset: 3, message_type: b'O' };
        assert_eq!(error.to_string(), "element at 3: Route is not allowed on message 'O'");
        let error =
            AppendageError::ValueLength { tag: Tag::Firm, offset: 0, expected: 4, actual: 3 };
        assert_eq!(error.to_string(), "element at 0 gives Firm 3 bytes, expected 4");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(501),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_bytes_are_walked_to_the_end(bytes in vec(prop_oneof![0_u8..32, any::<u8>()], 0..200)) {
            let count = Appendage::new(&bytes).elements().count();
            prop_assert!(count <= bytes.len());
        }
    }
}
