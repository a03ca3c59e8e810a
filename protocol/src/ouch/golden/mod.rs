//! Golden bytes: each message written by hand from the tables, decoded and encoded.

use zerocopy::{Immutable, IntoBytes};

use super::{Appendage, Attributes, DecodeError, Presence, encode};

mod appendage;
mod inbound;
mod outbound;

/// One message in the three forms it may have on the wire.
struct Golden {
    /// The fixed part alone.
    bare: Vec<u8>,
    /// With an appendage that says nothing.
    empty: Vec<u8>,
    /// With an appendage that says UserRefIdx 5.
    filled: Vec<u8>,
}

impl Golden {
    /// Takes the fixed part, written as [`hex`].
    fn new(fixed: &str) -> Self {
        let bare = hex(fixed);
        let empty = [bare.clone(), hex("0000 // appendage_length 0")].concat();
        let appendage = hex("0003 // appendage_length 3
             02   // length 2
             1C   // option_tag 28, UserRefIdx
             05   // 5");
        Self { filled: [bare.clone(), appendage].concat(), empty, bare }
    }

    /// Checks that `message` and the golden bytes are the same thing, whatever the appendage.
    fn check<'a, M, T>(
        &'a self,
        message: &'a M,
        presence: Presence,
        wrap: fn(&'a M, Appendage<'a>) -> T,
        decode: fn(&'a [u8]) -> Result<T, DecodeError>,
    ) where
        M: Immutable + IntoBytes,
        T: PartialEq + std::fmt::Debug,
    {
        let mut attributes = Vec::new();
        Attributes { user_ref_idx: Some(5), ..Attributes::default() }.encode(&mut attributes);
        assert_eq!(encoded(message, Some(&attributes)), self.filled);
        assert_eq!(decode(&self.filled), Ok(wrap(message, Appendage::new(&[0x02, 0x1C, 0x05]))));

        assert_eq!(encoded(message, Some(&[])), self.empty);
        assert_eq!(decode(&self.empty), Ok(wrap(message, Appendage::EMPTY)));

        assert_eq!(encoded(message, None), self.bare);
        match presence {
            Presence::WhenFilled => {
                assert_eq!(decode(&self.bare), Ok(wrap(message, Appendage::EMPTY)));
            }
            Presence::Always => {
                let message_type = self.bare[0];
                let expected = self.empty.len();
                let actual = self.bare.len();
                assert_eq!(
                    decode(&self.bare),
                    Err(DecodeError::Length { message_type, expected, actual })
                );
            }
        }
    }
}

fn encoded<M: Immutable + IntoBytes>(message: &M, appendage: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(message, appendage, &mut bytes);
    bytes
}

/// Reads hexadecimal digits; spaces do not count, and nothing after `//` in a line.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text
        .lines()
        .filter_map(|line| line.split("//").next())
        .flat_map(str::chars)
        .filter(|digit| *digit != ' ')
        .map(|digit| digit.to_digit(16).expect("golden bytes are hexadecimal"))
        .collect();
    assert!(digits.len().is_multiple_of(2));
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("two digits are a byte"))
        .collect()
}
