//! How names and codes of the protocols are written in the configuration.

use std::fmt::Display;
use std::net::Ipv4Addr;
use std::str::FromStr;

use engine::command::DisconnectPolicy;
use protocol::enums::AiqStrategy;
use protocol::{Mpid, Symbol};
use serde::de::{self, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::journal::Durability;

/// One character of ITCH as a string; an empty string is a space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Letter(pub u8);

impl Serialize for Letter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(char::from(self.0))
    }
}

impl<'de> Deserialize<'de> for Letter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, "one character", |text| match text.as_bytes() {
            [] => Some(Self(b' ')),
            [byte] if byte.is_ascii() => Some(Self(*byte)),
            _ => None,
        })
    }
}

/// The words for [`Durability`].
#[derive(Deserialize, Serialize)]
#[serde(remote = "Durability", rename_all = "lowercase")]
pub(super) enum DurabilityWord {
    Fsync,
    Os,
}

/// Reads a string that `parse` understands; what it does not understand is named with what was expected.
fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| de::Error::invalid_value(Unexpected::Str(&text), &expected))
}

/// Reads an address with its port, IPv4 alone or of both families, as the field has it.
pub(super) fn address<'de, D: Deserializer<'de>, A: FromStr>(
    deserializer: D,
) -> Result<A, D::Error> {
    read(deserializer, "an IP address and port such as \"127.0.0.1:26400\"", |text| {
        text.parse().ok()
    })
}

pub(super) fn some_address<'de, D: Deserializer<'de>, A: FromStr>(
    deserializer: D,
) -> Result<Option<A>, D::Error> {
    address(deserializer).map(Some)
}

pub(super) fn interface<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ipv4Addr, D::Error> {
    read(deserializer, "the IPv4 address of an interface", |text| text.parse().ok())
}

pub(super) fn symbol<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Symbol, D::Error> {
    read(deserializer, "1 to 8 upper case letters, digits or . - + = # $ ^", |text| {
        Symbol::new(text).ok()
    })
}

pub(super) fn symbols<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Symbol>, D::Error> {
    #[derive(Deserialize)]
    struct Name(#[serde(deserialize_with = "symbol")] Symbol);
    Ok(Vec::<Name>::deserialize(deserializer)?.into_iter().map(|Name(symbol)| symbol).collect())
}

pub(super) fn mpid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mpid, D::Error> {
    read(deserializer, "1 to 4 upper case letters, digits or . - + = # $ ^", |text| {
        Mpid::new(text).ok()
    })
}

/// Reads a user name into upper case: SoupBinTCP compares without regard to case.
pub(super) fn username<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    read(deserializer, "1 to 6 letters or digits", |text| {
        let fits = (1..=6).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (fits && plain).then(|| text.to_ascii_uppercase())
    })
}

/// Reads one or two capital letters, padded with a space.
pub(super) fn issue_sub_type<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[u8; 2], D::Error> {
    read(deserializer, "one or two capital letters", |text| match *text.as_bytes() {
        [one] if one.is_ascii_uppercase() => Some([one, b' ']),
        [one, two] if one.is_ascii_uppercase() && two.is_ascii_uppercase() => Some([one, two]),
        _ => None,
    })
}

/// Writes letters without the spaces that pad them.
pub(super) fn write_letters<S: Serializer>(
    letters: &[u8; 2],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(String::from_utf8_lossy(letters).trim_end())
}

/// Writes a name as its text.
pub(super) fn write_name<S: Serializer>(
    name: &impl Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(name)
}

/// Writes names as their texts.
pub(super) fn write_names<S: Serializer>(
    names: &[impl Display],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names.iter().map(ToString::to_string))
}

pub(super) fn some_mpid<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Mpid>, D::Error> {
    mpid(deserializer).map(Some)
}

pub(super) fn write_some_name<S: Serializer>(
    name: &Option<impl Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match name {
        Some(name) => serializer.collect_str(name),
        None => serializer.serialize_none(),
    }
}

/// Reads the code of a self-match strategy; a default cannot name the default.
pub(super) fn self_match<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<AiqStrategy, D::Error> {
    read(deserializer, "the code of an AIQ strategy such as \"D\", or \"N\"", |text| {
        let [code] = *text.as_bytes() else { return None };
        let strategy = AiqStrategy::try_from(code).ok();
        strategy.filter(|strategy| *strategy != AiqStrategy::PortDefault)
    })
}

pub(super) fn write_self_match<S: Serializer>(
    strategy: &AiqStrategy,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_char(char::from(strategy.code()))
}

/// Reads up to two letters or digits, padded with spaces.
pub(super) fn group<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 2], D::Error> {
    read(deserializer, "up to two letters or digits", |text| {
        let mut group = [b' '; 2];
        group.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        text.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(group)
    })
}

/// A time of day in seconds, written `09:30:00`.
pub(super) struct Time(pub(super) u32);

impl Display for Time {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0;
        write!(formatter, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }
}

/// Reads a time of day into seconds after midnight.
pub(super) fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    read(deserializer, "a time of day (UTC) such as \"09:30:00\"", |text| {
        let parts: Vec<&str> = text.split(':').collect();
        let [hours, minutes, seconds] = parts[..] else { return None };
        let number = |part: &str, below: u32| {
            let number: u32 = part.parse().ok()?;
            (part.len() == 2 && number < below).then_some(number)
        };
        Some(number(hours, 24)? * 3_600 + number(minutes, 60)? * 60 + number(seconds, 60)?)
    })
}

pub(super) fn write_time<S: Serializer>(seconds: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Time(*seconds))
}

pub(super) fn disconnect<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<DisconnectPolicy, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "keep" => Ok(DisconnectPolicy::Keep),
        "cancel" => Ok(DisconnectPolicy::Cancel),
        "cancel_after" => Ok(DisconnectPolicy::CancelAfter),
        other => Err(de::Error::custom(format_args!(
            "expected \"keep\", \"cancel\" or \"cancel_after\", found {other:?}"
        ))),
    }
}

pub(super) fn write_disconnect<S: Serializer>(
    policy: &DisconnectPolicy,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match policy {
        DisconnectPolicy::Keep => "keep",
        DisconnectPolicy::Cancel => "cancel",
        DisconnectPolicy::CancelAfter => "cancel_after",
    })
}
