//! Digests of state: the same fields give the same number in every build, on every machine.
//!
//! Digests of single things are summed up, so that neither their order nor the number of shards shows.

/// Mixes the fields of one thing, in the order given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digest(u64);

impl Digest {
    /// Begins a thing of some `kind`.
    pub(crate) fn of(kind: u8) -> Self {
        Self(0).mix(kind)
    }

    /// Mixes one field in: an odd multiplication and a folded shift, both of which lose nothing.
    #[must_use]
    pub(crate) fn mix(self, field: impl Into<u64>) -> Self {
        let mixed = (self.0 ^ field.into()).wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        Self(mixed ^ (mixed >> 27))
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_every_field_and_on_their_order() {
        let digest = |fields: [u8; 3]| {
            fields.iter().fold(Digest::of(b'T'), |digest, &field| digest.mix(field)).value()
        };
        let all = [[1, 2, 3], [1, 2, 4], [0, 2, 3], [3, 2, 1], [1, 2, 0]].map(digest);
        for (index, value) in all.iter().enumerate() {
            assert!(!all[..index].contains(value));
        }
    }

    #[test]
    fn a_digest_is_the_same_in_every_build() {
        assert_eq!(Digest::of(b'T').mix(1u8).mix(u64::MAX).value(), 0x8F94_6579_6BB4_481D);
    }
}
