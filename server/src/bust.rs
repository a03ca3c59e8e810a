//! What the venue's own records say of a trade that the operator wants broken.
//!
//! The day's trades and the streams of both parties are read from the outbound log, on a thread of its own: nothing of
//! it is kept in the engine for a bust that hardly ever comes.

use std::thread;
use std::time::{Duration, Instant};

use engine::command::PortId;
use engine::outbox::Target;
use engine::trade::{Accepted, TradeParty, TradeRecord};
use thiserror::Error;
use zerocopy::FromBytes;

use crate::store::{Messages, ReadLimits, Store, StoreError};

/// Bytes of messages read in one go.
const READ_BYTES: usize = 1 << 20;

/// How long a trade that was told may take to be in the file.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(2);

/// A trade of the day with what only its parties' streams say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FoundTrade {
    pub record: TradeRecord,
    /// The buyer's and the seller's.
    pub ports: [PortId; 2],
    pub orders: [Accepted; 2],
}

/// Why there is nothing to break.
#[derive(Debug, Error)]
pub enum FindError {
    #[error("no trade of this day has match number {0}")]
    Unknown(u64),
    #[error("match number {0} is broken already")]
    Broken(u64),
    #[error(
        "match number {match_number}: the venue's records do not say whose order {order} of port {port} was"
    )]
    Party { match_number: u64, port: String, order: u32 },
    #[error("reading the venue's records: {0}")]
    Store(#[from] StoreError),
    #[error("the venue's records lag behind; try again")]
    Behind,
}

/// Finds trades of the open day.
#[derive(Clone, Debug)]
pub struct TradeFinder {
    store: Store,
    /// By user name.
    ports: Vec<([u8; 6], PortId)>,
}

impl TradeFinder {
    /// Looks in this store; `ports` are all that the day's log has defined.
    pub fn new(store: Store, ports: Vec<([u8; 6], PortId)>) -> Self {
        Self { store, ports }
    }

    /// Finds the trade with this match number. Takes time with the length of the day: about a second for some million
    /// messages of its parties.
    ///
    /// # Errors
    ///
    /// There is no such trade, it is broken already, or the records cannot be read.
    pub fn find(&self, match_number: u64) -> Result<FoundTrade, FindError> {
        self.wait_for_the_file()?;
        let mut found = None;
        self.each(Target::Trade, |message| {
            let record = TradeRecord::read_from_bytes(message).ok()?;
            if record.match_number.get() != match_number {
                return None;
            }
            let is_broken = record.broken != 0;
            found = Some(record);
            is_broken.then_some(())
        })?;
        let record = found.ok_or(FindError::Unknown(match_number))?;
        if record.broken != 0 {
            return Err(FindError::Broken(match_number));
        }
        let (buyer, bought) = self.party(match_number, &record.buyer)?;
        let (seller, sold) = self.party(match_number, &record.seller)?;
        Ok(FoundTrade { record, ports: [buyer, seller], orders: [bought, sold] })
    }

    /// What was told is in the file a moment later.
    fn wait_for_the_file(&self) -> Result<(), FindError> {
        let last = self.store.published(Target::Trade);
        let deadline = Instant::now() + PATIENCE;
        while self.store.count(Target::Trade) < last {
            if deadline < Instant::now() {
                return Err(FindError::Behind);
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Finds the port of a party, and its order.
    fn party(
        &self,
        match_number: u64,
        party: &TradeParty,
    ) -> Result<(PortId, Accepted), FindError> {
        let number = party.user_ref_num.get();
        let known = self.ports.iter().find(|(username, _)| *username == party.username);
        let found = match known {
            Some((_, port)) => self
                .each(Target::Port(*port), |message| {
                    Accepted::from_message(message, party.user_ref_idx, number)
                })?
                .map(|order| (*port, order)),
            None => None,
        };
        found.ok_or_else(|| FindError::Party {
            match_number,
            port: String::from_utf8_lossy(party.username.trim_ascii_end()).into_owned(),
            order: number,
        })
    }

    /// Reads a stream from its first message on, until `look` has found what it wants.
    fn each<T>(
        &self,
        target: Target,
        mut look: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, FindError> {
        let limits = ReadLimits { messages: usize::MAX, bytes: READ_BYTES };
        let (mut messages, mut next) = (Messages::new(), 1);
        loop {
            let count = self.store.read(target, next, limits, &mut messages)?;
            if count == 0 {
                return Ok(None);
            }
            if let Some(found) = messages.iter().find_map(|(_, message)| look(message)) {
                return Ok(Some(found));
            }
            next = messages.next_number();
        }
    }
}
