//! The form of the tables: which values of a field are right, and what each wrong one is answered with.

use super::message::{Field, Message, Place};

/// What the venue answers, and all that it does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Told {
    /// The request is done: nothing is wrong with it.
    Taken,
    /// Rejected with this reason and the same number, which is consumed.
    Refused(u16),
    /// Nothing: no answer, no number consumed.
    Silent,
    /// The original of a Replace goes as if its owner had canceled it; no number is consumed.
    OriginalCanceled,
}

/// Some values of a field.
#[derive(Clone, Copy)]
pub(super) enum Values {
    /// One-byte codes.
    Codes(&'static [u8]),
    /// Every one-byte code.
    Every,
    /// Every one-byte code that the table does not name.
    Rest,
    /// Two bytes.
    Shorts(&'static [u16]),
    /// Four bytes.
    Numbers(&'static [u32]),
    /// Eight bytes.
    Longs(&'static [u64]),
    Texts(&'static [&'static [u8]]),
    /// Every text that differs from this one in a single byte, of those for which the function holds.
    Near(&'static [u8], fn(u8) -> bool),
}

impl Values {
    /// Every one of them.
    pub(super) fn list(self) -> Vec<Vec<u8>> {
        match self {
            Self::Codes(codes) => codes.iter().map(|code| vec![*code]).collect(),
            Self::Every => (0..=u8::MAX).map(|code| vec![code]).collect(),
            Self::Rest => panic!("only a table knows what it leaves"),
            Self::Shorts(numbers) => numbers.iter().map(|n| n.to_be_bytes().to_vec()).collect(),
            Self::Numbers(numbers) => numbers.iter().map(|n| n.to_be_bytes().to_vec()).collect(),
            Self::Longs(numbers) => numbers.iter().map(|n| n.to_be_bytes().to_vec()).collect(),
            Self::Texts(texts) => texts.iter().map(|text| text.to_vec()).collect(),
            Self::Near(text, holds) => {
                let places =
                    (0..text.len()).flat_map(|place| (0..=u8::MAX).map(move |b| (place, b)));
                let other = places.filter(|(place, byte)| text[*place] != *byte && holds(*byte));
                let changed = other.map(|(place, byte)| {
                    let mut changed = text.to_vec();
                    changed[place] = byte;
                    changed
                });
                changed.collect()
            }
        }
    }
}

/// Some wrong values of a field and their answer.
pub(super) type Row = (Field, Values, Told);

/// One message type.
pub(super) struct Table {
    /// Right in every field.
    pub(super) message: Message,
    /// What the answers to a right message begin with.
    pub(super) done: &'static [u8],
    /// Tags that the message may carry, each with a value that changes nothing.
    pub(super) tags: Vec<(u8, Vec<u8>)>,
    /// The right values of each field.
    pub(super) right: Vec<(Field, Values)>,
    /// The wrong values in the order of the checks: of two, the earlier decides. The first value of a row is wrong
    /// whatever stands in the other fields.
    pub(super) wrong: Vec<Row>,
    /// Values that are right or wrong only together.
    pub(super) together: Vec<(&'static [(Field, Values)], Told)>,
}

/// One message and its answer.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The fields that were set, for people.
    pub(super) what: String,
    pub(super) message: Message,
    pub(super) told: Told,
    /// The channel in which the original stands and in which the answer comes.
    pub(super) channel: u8,
    /// The order that it is about, if it is about one.
    pub(super) original: Message,
}

impl Table {
    /// The message with these values set.
    pub(super) fn case(&self, set: &[(Field, Vec<u8>)], told: Told) -> Case {
        let mut message = self.message.clone();
        let mut what = format!("{:?}:", char::from(message.letter()));
        for (field, value) in set {
            message = message.with(field.place, value);
            what += &format!(" {} {}", field.name, value.escape_ascii());
        }
        Case { what, message, told, channel: 0, original: super::message::original() }
    }

    /// Every right value of every field, one at a time.
    pub(super) fn right_values(&self) -> Vec<(Field, Vec<u8>)> {
        let values = |(field, values): &(Field, Values)| {
            let field = *field;
            values.list().into_iter().map(move |value| (field, value))
        };
        self.right.iter().flat_map(values).collect()
    }

    /// Every wrong value of every field, one at a time.
    pub(super) fn wrong_values(&self) -> Vec<(Field, Vec<u8>, Told)> {
        let mut all = Vec::new();
        for (field, values, told) in &self.wrong {
            let list = match values {
                Values::Rest => self.rest(*field),
                values => values.list(),
            };
            all.extend(list.into_iter().map(|value| (*field, value, *told)));
        }
        all
    }

    /// The first value of each wrong row: what is wrong in company too.
    pub(super) fn examples(&self) -> Vec<(Field, Vec<u8>, Told)> {
        let first = |(field, values, told): &Row| {
            let list = match values {
                Values::Rest => self.rest(*field),
                values => values.list(),
            };
            (*field, list[0].clone(), *told)
        };
        self.wrong.iter().map(first).collect()
    }

    /// The one-byte codes that neither the right values of a field nor another row of it names.
    fn rest(&self, field: Field) -> Vec<Vec<u8>> {
        let right = self.right.iter().map(|(known, values)| (known, values));
        let wrong = self.wrong.iter().map(|(known, values, _)| (known, values));
        let named: Vec<Vec<u8>> = right
            .chain(wrong)
            .filter(|(known, values)| known.place == field.place && !matches!(values, Values::Rest))
            .flat_map(|(_, values)| values.list())
            .collect();
        let mut codes: Vec<Vec<u8>> = (0..=u8::MAX).map(|code| vec![code]).collect();
        codes.retain(|code| !named.contains(code));
        assert_eq!(
            codes.len() + named.len(),
            256,
            "{}: a value stands in the table once",
            field.name
        );
        codes
    }

    /// Tells whether the message may carry this tag.
    pub(super) fn allows(&self, number: u8) -> bool {
        self.tags.iter().any(|(known, _)| *known == number)
    }

    /// Tells what a malformed appendage is answered with.
    pub(super) fn malformed(&self) -> Told {
        let row = self.wrong.iter().find(|(field, ..)| field.place == Place::Behind);
        row.expect("every message may have an appendage").2
    }
}
