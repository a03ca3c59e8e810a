//! Which boot of the machine this is.
//!
//! What was written without syncing is still there as long as the machine was not started anew.

use std::fs;

const BOOT_ID_PATH: &str = "/proc/sys/kernel/random/boot_id";

/// The kernel's boot id; none where the system does not tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct BootId(Option<[u8; 16]>);

impl BootId {
    /// Asks the kernel.
    pub(super) fn of_this_boot() -> Self {
        Self(fs::read_to_string(BOOT_ID_PATH).ok().and_then(|text| parse(&text)))
    }

    /// As it stands in a segment header: all zero for none.
    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.unwrap_or_default()
    }

    /// Tells whether a segment with this boot id in its header was written since the machine
    /// started.
    ///
    /// Never true without a boot id: then every start counts as another boot.
    pub(super) fn is(self, bytes: [u8; 16]) -> bool {
        self.0 == Some(bytes)
    }

    #[cfg(test)]
    pub(super) const fn for_test(byte: u8) -> Self {
        Self(Some([byte; 16]))
    }
}

/// Reads 32 hexadecimal digits with dashes between them.
fn parse(text: &str) -> Option<[u8; 16]> {
    let digits = text.trim().replace('-', "");
    u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32).map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_id_is_sixteen_bytes_or_nothing() {
        let bytes = parse("00112233-4455-6677-8899-aabbccddeeff\n").expect("a boot id");
        assert_eq!(bytes[..3], [0x00, 0x11, 0x22]);
        for text in [
            "",
            "00112233",
            "00112233-4455-6677-8899-aabbccddeefg",
            "+0112233445566778899aabbccddeef",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn without_a_boot_id_every_start_is_another_boot() {
        let none = BootId(None);
        assert!(!none.is(none.to_bytes()));
        assert!(BootId::for_test(1).is([1; 16]));
        assert!(!BootId::for_test(1).is([2; 16]));
    }
}
