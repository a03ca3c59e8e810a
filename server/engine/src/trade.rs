//! Trades as records of the outbound log, for the drain and the trade store.

use protocol::{Mpid, Symbol};
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::command::{Locate, Sequenced};
use crate::context::Context;
use crate::event::{Event, Party};
use crate::outbox::{Outbox, Target};

/// One side of a trade.
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct TradeParty {
    pub username: [u8; 6],
    pub firm: Mpid,
    /// `B`, `S`, `T` or `E`.
    pub side: u8,
    pub user_ref_idx: u8,
    pub user_ref_num: U32,
    pub order_reference: U64,
}

/// One trade, 84 bytes, little-endian, no padding; its number is its place among the trades of the log.
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct TradeRecord {
    /// UTC nanoseconds.
    pub time_ns: U64,
    pub match_number: U64,
    pub stock_locate: U16,
    pub symbol: Symbol,
    /// Ten-thousandths of a dollar.
    pub price: U32,
    pub shares: U32,
    /// `B` when the buyer took the resting sell order, `S` when the seller took the resting buy order.
    pub aggressor_side: u8,
    pub reserved: u8,
    pub buyer: TradeParty,
    pub seller: TradeParty,
}

const _: () = assert!(size_of::<TradeRecord>() == 84);

/// Puts the trade of an execution; other events are none.
pub fn put_event(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let Event::Executed { resting, aggressor, quantity, price, match_number, .. } = event else {
        return;
    };
    let aggressor_buys = aggressor.side.is_buy();
    assert!(aggressor_buys != resting.side.is_buy(), "a trade has a buyer and a seller");
    let (buyer, seller) = if aggressor_buys { (aggressor, resting) } else { (resting, aggressor) };
    let record = TradeRecord {
        time_ns: sequenced.time_ns.into(),
        match_number: (*match_number).into(),
        stock_locate: locate.0.into(),
        symbol: context.symbol(locate),
        price: price.ten_thousandths().into(),
        shares: (*quantity).into(),
        aggressor_side: if aggressor_buys { b'B' } else { b'S' },
        reserved: 0,
        buyer: party(context, buyer),
        seller: party(context, seller),
    };
    outbox.put(sequenced.sequence, locate, Target::Trade, |out| {
        out.extend_from_slice(record.as_bytes())
    });
}

fn party(context: &Context, party: &Party) -> TradeParty {
    TradeParty {
        username: context.username(party.key.port),
        firm: context.mpid(party.key.port),
        side: party.side.code(),
        user_ref_idx: party.key.user_ref_idx,
        user_ref_num: party.key.user_ref_num.into(),
        order_reference: party.order_reference.into(),
    }
}
