//! The trades of a day as the outbound log has them: for the drain, and for `openbell trades`.

use engine::outbox::Target;
use engine::trade::{TradeParty as PartyRecord, TradeRecord};
use protocol::Price;
use zerocopy::FromBytes;

use crate::drain::{SourceError, Trade, TradeKind, TradeParty, TradeSource};
use crate::store::{Messages, ReadLimits, Store};

/// Bytes of trades read in one go.
const READ_BYTES: usize = 1 << 20;

/// Reads the trades of a store.
pub struct StoredTrades {
    store: Store,
    session: [u8; 10],
    messages: Messages,
}

impl StoredTrades {
    /// Reads from this store, whose day has this session.
    pub fn new(store: Store, session: [u8; 10]) -> Self {
        Self { store, session, messages: Messages::new() }
    }
}

impl TradeSource for StoredTrades {
    fn log_id(&self) -> [u8; 16] {
        self.store.log_id()
    }

    fn session(&self) -> [u8; 10] {
        self.session
    }

    fn read(&mut self, first: u64, limit: usize, out: &mut Vec<Trade>) -> Result<(), SourceError> {
        let last = self.last();
        if last + 1 < first {
            return Err(SourceError::Beyond { first, last });
        }
        let unreadable = |reason: String| SourceError::Unreadable { number: first, reason };
        let limits = ReadLimits { messages: limit, bytes: READ_BYTES };
        self.store
            .read(Target::Trade, first, limits, &mut self.messages)
            .map_err(|error| unreadable(error.to_string()))?;
        for (number, bytes) in self.messages.iter() {
            let record = TradeRecord::ref_from_bytes(bytes)
                .map_err(|_| unreadable(format!("trade {number} is {} bytes long", bytes.len())))?;
            out.push(trade(number, record));
        }
        Ok(())
    }

    fn last(&self) -> u64 {
        self.store.count(Target::Trade)
    }
}

fn trade(number: u64, record: &TradeRecord) -> Trade {
    Trade {
        number,
        kind: if record.broken == 0 { TradeKind::Executed } else { TradeKind::Broken },
        time_ns: record.time_ns.get(),
        match_number: record.match_number.get(),
        symbol: record.symbol,
        price: Price::new(record.price.get()),
        shares: record.shares.get(),
        aggressor_side: record.aggressor_side,
        buyer: party(&record.buyer),
        seller: party(&record.seller),
    }
}

fn party(record: &PartyRecord) -> TradeParty {
    TradeParty {
        port: record.username,
        firm: record.firm,
        user_ref_idx: record.user_ref_idx,
        user_ref_num: record.user_ref_num.get(),
        order_reference: record.order_reference.get(),
    }
}
