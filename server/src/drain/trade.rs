//! What the drain copies: the trades of one log, and where it reads them.
//!
//! Trades are numbered from 1 in each log, without gaps. A broken trade is a row of its own that
//! repeats the trade it breaks, so nothing that was told is ever changed.

use protocol::{Mpid, Price, Symbol};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// What a row says about its match number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TradeKind {
    /// Two orders traded.
    Executed,
    /// The operator broke the trade with this match number.
    Broken,
}

impl TradeKind {
    /// Gives the letter that stands in the table.
    pub const fn code(self) -> u8 {
        match self {
            Self::Executed => b'E',
            Self::Broken => b'B',
        }
    }

    /// Reads the letter that stands in the table.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            b'E' => Some(Self::Executed),
            b'B' => Some(Self::Broken),
            _ => None,
        }
    }
}

/// One side of a trade: whose order it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TradeParty {
    /// The user name of the port, padded with spaces.
    pub port: [u8; 6],
    pub firm: Mpid,
    pub user_ref_idx: u8,
    pub user_ref_num: u32,
    pub order_reference: u64,
}

/// One row: a trade, or the breaking of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Trade {
    /// Counts from 1 in each log.
    pub number: u64,
    pub kind: TradeKind,
    /// Nanoseconds since 1970, UTC; of the breaking when the trade is broken.
    pub time_ns: u64,
    pub match_number: u64,
    pub symbol: Symbol,
    pub price: Price,
    pub shares: u32,
    /// `B` or `S`; a space where neither side was the aggressor, as in a cross.
    pub aggressor_side: u8,
    pub buyer: TradeParty,
    pub seller: TradeParty,
}

impl Trade {
    /// Gives the trade as a number that every field changes.
    ///
    /// The first eight bytes of the SHA-256 of all fields, big-endian, in the order of the struct.
    /// The sum of these (modulo 2^64) stands beside the cursor; `openbell db reconcile` compares it.
    pub fn digest(&self) -> u64 {
        let mut hasher = Sha256::new();
        hasher.update(self.number.to_be_bytes());
        hasher.update([self.kind.code()]);
        hasher.update(self.time_ns.to_be_bytes());
        hasher.update(self.match_number.to_be_bytes());
        hasher.update(self.symbol.0);
        hasher.update(self.price.ten_thousandths().to_be_bytes());
        hasher.update(self.shares.to_be_bytes());
        hasher.update([self.aggressor_side]);
        for party in [&self.buyer, &self.seller] {
            hasher.update(party.port);
            hasher.update(party.firm.0);
            hasher.update([party.user_ref_idx]);
            hasher.update(party.user_ref_num.to_be_bytes());
            hasher.update(party.order_reference.to_be_bytes());
        }
        let hash: [u8; 32] = hasher.finalize().into();
        hash.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
    }
}

/// Why trades could not be read.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SourceError {
    #[error("trade {first} is beyond the log, whose last trade is {last}")]
    Beyond { first: u64, last: u64 },
    #[error("trade {number} cannot be read: {reason}")]
    Unreadable { number: u64, reason: String },
}

/// Where the drain reads the trades of one log, as far as they are committed.
pub trait TradeSource: Send {
    /// The random name of the log, which its trades carry for ever.
    fn log_id(&self) -> [u8; 16];

    /// The session under which the log was traded.
    fn session(&self) -> [u8; 10];

    /// Puts the trades from number `first` on into `out`, at most `limit` of them.
    ///
    /// Leaves `out` empty when there is nothing new.
    ///
    /// # Errors
    ///
    /// When `first` is more than one beyond the last trade, or a trade cannot be read.
    fn read(&mut self, first: u64, limit: usize, out: &mut Vec<Trade>) -> Result<(), SourceError>;

    /// The number of the last trade, 0 before the first.
    fn last(&self) -> u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade() -> Trade {
        let party = |port: &[u8; 6], order_reference| TradeParty {
            port: *port,
            firm: Mpid(*b"OB  "),
            user_ref_idx: 0,
            user_ref_num: 7,
            order_reference,
        };
        Trade {
            number: 1,
            kind: TradeKind::Executed,
            time_ns: 1_795_340_000_123_456_789,
            match_number: 1 << 36 | 1,
            symbol: Symbol(*b"AAPL    "),
            price: Price::new(102_500),
            shares: 100,
            aggressor_side: b'B',
            buyer: party(b"ALGO01", 1 << 36 | 2),
            seller: party(b"ALGO02", 1 << 36 | 1),
        }
    }

    #[test]
    fn the_digest_never_changes_with_the_program() {
        assert_eq!(trade().digest(), 282_979_816_887_867_374);
    }

    #[test]
    fn every_field_changes_the_digest() {
        type Change = fn(&mut Trade);
        let changes: [Change; 13] = [
            |trade| trade.number += 1,
            |trade| trade.kind = TradeKind::Broken,
            |trade| trade.time_ns += 1,
            |trade| trade.match_number += 1,
            |trade| trade.symbol = Symbol(*b"AAPM    "),
            |trade| trade.price = Price::new(102_501),
            |trade| trade.shares += 1,
            |trade| trade.aggressor_side = b'S',
            |trade| trade.buyer.port = *b"ALGO03",
            |trade| trade.buyer.firm = Mpid(*b"OC  "),
            |trade| trade.buyer.user_ref_idx += 1,
            |trade| trade.seller.user_ref_num += 1,
            |trade| trade.seller.order_reference += 1,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut other = trade();
            change(&mut other);
            assert_ne!(other.digest(), trade().digest(), "change {index}");
        }
    }

    #[test]
    fn a_kind_reads_back_from_its_letter() {
        for kind in [TradeKind::Executed, TradeKind::Broken] {
            assert_eq!(TradeKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(TradeKind::from_code(b'T'), None);
    }
}
