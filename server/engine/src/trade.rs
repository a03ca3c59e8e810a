//! Trades as records of the outbound log, for the drain and the trade store.

use protocol::enums::{BrokenTradeReason, Side};
use protocol::ouch::{Attributes, Outbound};
use protocol::{ClOrdId, Mpid, Price, Symbol};
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::command::{Bust, BustParty, Command, Locate, OrderKey, PortId, Sequenced};
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

/// A trade, or the breaking of one: 84 bytes, little-endian, no padding; its number is its place among the trades of the log.
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct TradeRecord {
    /// UTC nanoseconds; of the breaking when the trade is broken.
    pub time_ns: U64,
    pub match_number: U64,
    pub stock_locate: U16,
    pub symbol: Symbol,
    /// Ten-thousandths of a dollar.
    pub price: U32,
    pub shares: U32,
    /// `B` when the buyer took the resting sell order, `S` when the seller took the resting buy order, a space in a
    /// cross.
    pub aggressor_side: u8,
    /// 0: the trade was made. Else it is broken, for this reason ([`BrokenTradeReason`]), and the rest repeats the record
    /// of the trade.
    pub broken: u8,
    pub buyer: TradeParty,
    pub seller: TradeParty,
}

const _: () = assert!(size_of::<TradeRecord>() == 84);

/// An order that traded, as its port was told when it was accepted: what the record of the trade does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Accepted {
    pub cl_ord_id: ClOrdId,
    /// Its limit; of a market order more than any price.
    limit: Price,
}

impl Accepted {
    /// Reads it from a `message` of the port's stream; `None` when that is not the one which accepted the order.
    pub fn from_message(message: &[u8], user_ref_idx: u8, user_ref_num: u32) -> Option<Self> {
        let (number, tags, price, cl_ord_id) = match Outbound::decode(message).ok()? {
            Outbound::OrderAccepted(order, tags) => {
                (order.user_ref_num, tags, order.price, order.cl_ord_id)
            }
            Outbound::OrderReplaced(order, tags) => {
                (order.user_ref_num, tags, order.price, order.cl_ord_id)
            }
            _ => return None,
        };
        if number.get() != user_ref_num {
            return None;
        }
        let attributes = Attributes::parse_outbound(message[0], tags).ok()?;
        let limit = Price::new(u32::try_from(price.get()).ok()?);
        (attributes.user_ref_idx.unwrap_or(0) == user_ref_idx).then_some(Self { cl_ord_id, limit })
    }
}

impl TradeRecord {
    /// Gives the command that breaks this trade of the day; ports and orders are the buyer's and the seller's.
    ///
    /// `None` when the record is of no trade.
    pub fn bust(
        &self,
        reason: BrokenTradeReason,
        ports: [PortId; 2],
        orders: [Accepted; 2],
    ) -> Option<Bust> {
        let price = Price::new(self.price.get());
        let party = |record: &TradeParty, place: usize| {
            let Accepted { cl_ord_id, limit } = orders[place];
            Some(BustParty {
                key: OrderKey {
                    port: ports[place],
                    user_ref_idx: record.user_ref_idx,
                    user_ref_num: record.user_ref_num.get(),
                },
                order_reference: record.order_reference.get(),
                side: Side::try_from(record.side).ok()?,
                cl_ord_id,
                // As when it traded: no more than its limit, which was reserved for it.
                counted: limit.min(price),
            })
        };
        Some(Bust {
            match_number: self.match_number.get(),
            reason,
            quantity: self.shares.get(),
            price,
            aggressor_side: self.aggressor_side,
            buyer: party(&self.buyer, 0)?,
            seller: party(&self.seller, 1)?,
        })
    }
}

/// Puts the trade of an execution, or its breaking; other events are none.
pub fn put_event(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    let record = match (event, &sequenced.command) {
        (Event::Executed { .. } | Event::Crossed { .. }, _) => {
            made(context, sequenced, locate, event)
        }
        (Event::Broken { .. }, Command::Bust(bust)) => broken(context, sequenced, locate, bust),
        _ => return,
    };
    outbox.put(sequenced.sequence, locate, Target::Trade, |out| {
        out.extend_from_slice(record.as_bytes())
    });
}

fn made(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
) -> TradeRecord {
    let (buyer, seller, aggressor_side) = match event {
        Event::Executed { resting, aggressor, .. } if aggressor.side.is_buy() => {
            (*aggressor, *resting, b'B')
        }
        Event::Executed { resting, aggressor, .. } => (*resting, *aggressor, b'S'),
        Event::Crossed { buyer, seller, .. } => (buyer.party(), seller.party(), b' '),
        _ => unreachable!("the caller names the kinds"),
    };
    let (Event::Executed { quantity, price, match_number, .. }
    | Event::Crossed { quantity, price, match_number, .. }) = event
    else {
        unreachable!("the caller names the kinds");
    };
    assert!(buyer.side.is_buy() && !seller.side.is_buy(), "a trade has a buyer and a seller");
    TradeRecord {
        time_ns: sequenced.time_ns.into(),
        match_number: (*match_number).into(),
        stock_locate: locate.0.into(),
        symbol: context.symbol(locate),
        price: price.ten_thousandths().into(),
        shares: (*quantity).into(),
        aggressor_side,
        broken: 0,
        buyer: party(context, &buyer),
        seller: party(context, &seller),
    }
}

/// Repeats the record of a trade, now broken.
fn broken(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    bust: &Bust,
) -> TradeRecord {
    let told = |party: &BustParty| Party {
        key: party.key,
        order_reference: party.order_reference,
        side: party.side,
    };
    TradeRecord {
        time_ns: sequenced.time_ns.into(),
        match_number: bust.match_number.into(),
        stock_locate: locate.0.into(),
        symbol: context.symbol(locate),
        price: bust.price.ten_thousandths().into(),
        shares: bust.quantity.into(),
        aggressor_side: bust.aggressor_side,
        broken: bust.reason.code(),
        buyer: party(context, &told(&bust.buyer)),
        seller: party(context, &told(&bust.seller)),
    }
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
