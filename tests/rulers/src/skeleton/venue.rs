//! What a venue cannot leave out between a request and its replies: decode, match, record, encode.
//!
//! Bytes in and out are those of OUCH 5.0 and ITCH 5.0, of the lengths the venue sends. An order is found by its
//! port and number, matched on the reference ladder and told to its owner, the other side, and the market.

use protocol::Symbol;
use protocol::itch;
use protocol::ouch::inbound::{CancelOrder, EnterOrder};
use protocol::ouch::outbound::{OrderAccepted, OrderCanceled, OrderExecuted};
use protocol::time::U48;
use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::batch::Batch;
use crate::ladder::{Fill, HIGHEST_PRICE, LOWEST_PRICE, Ladder, Order, Side};

/// Ten-thousandths of a dollar in one step of the ladder.
pub(super) const STEP: u32 = 100;
/// The time in force of an order that does not rest.
pub(super) const IMMEDIATE: u8 = b'3';
/// Orders that can rest at once.
const MOST_RESTING: usize = 1 << 20;
/// Slots of the table of symbols, a power of two with room to spare.
const SLOTS: usize = 4_096;

/// The books and what belongs to their orders.
pub(super) struct Venue {
    ladder: Ladder,
    symbols: Symbols,
    /// The order with each id of the ladder.
    owners: Vec<Owner>,
    /// Ids of orders that are gone.
    free: Vec<u32>,
    /// For each connection, the id of each of its orders by number; 0 for those that never rested.
    orders: Vec<Vec<u32>>,
    fills: Vec<Fill>,
    now_ns: u64,
    sequence: u64,
    order_reference: u64,
    match_number: u64,
    feed_number: u64,
    pub(super) counts: Counts,
}

/// What a venue did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Counts {
    pub(super) requests: u64,
    pub(super) trades: u64,
    pub(super) feed_messages: u64,
    /// Requests that no trader should send.
    pub(super) refused: u64,
}

#[derive(Clone, Copy, Default)]
struct Owner {
    order_reference: u64,
    connection: u32,
    user_ref_num: u32,
    symbol: u16,
}

impl Venue {
    pub(super) fn new(symbols: u16, connections: usize) -> Self {
        Self {
            ladder: Ladder::new(usize::from(symbols), MOST_RESTING),
            symbols: Symbols::new(symbols),
            owners: vec![Owner::default()],
            free: Vec::new(),
            orders: vec![vec![0]; connections],
            fills: Vec::new(),
            now_ns: 0,
            sequence: 0,
            order_reference: 0,
            match_number: 0,
            feed_number: 0,
            counts: Counts::default(),
        }
    }

    /// Sets the time that messages carry; one reading of the clock a round.
    pub(super) fn set_time(&mut self, now_ns: u64) {
        self.now_ns = now_ns;
    }

    /// Carries out one request of a connection.
    #[inline]
    pub(super) fn apply(&mut self, connection: u32, message: &[u8], batch: &mut Batch) {
        self.sequence += 1;
        self.counts.requests += 1;
        batch.record(self.sequence, connection, message);
        let done = match message.first() {
            Some(&EnterOrder::TYPE) => match EnterOrder::ref_from_prefix(message) {
                Ok((order, [0, 0])) => self.enter(connection, order, batch),
                _ => None,
            },
            Some(&CancelOrder::TYPE) => match CancelOrder::ref_from_bytes(message) {
                Ok(cancel) => self.cancel(connection, cancel, batch),
                Err(_) => None,
            },
            _ => None,
        };
        self.counts.refused += u64::from(done.is_none());
    }

    #[inline]
    fn enter(&mut self, connection: u32, request: &EnterOrder, batch: &mut Batch) -> Option<()> {
        let symbol = self.symbols.find(request.symbol)?;
        let side = match request.side {
            b'B' => Side::Buy,
            b'S' => Side::Sell,
            _ => return None,
        };
        let steps = u32::try_from(request.price.get()).ok()? / STEP;
        let (user_ref_num, quantity) = (request.user_ref_num.get(), request.quantity.get());
        let numbers = &mut self.orders[connection as usize];
        let is_next = usize::try_from(user_ref_num).ok()? == numbers.len();
        if !is_next || quantity == 0 || !(LOWEST_PRICE..=HIGHEST_PRICE).contains(&steps) {
            return None;
        }
        numbers.push(0);
        self.order_reference += 1;
        let owner =
            Owner { order_reference: self.order_reference, connection, user_ref_num, symbol };
        batch.reply(connection, &self.accepted(request));
        let order = Order { id: 0, symbol: symbol.into(), side, price: steps, quantity };
        let mut fills = std::mem::take(&mut self.fills);
        let left = self.ladder.take(order, |fill| fills.push(fill));
        for fill in fills.drain(..) {
            self.trade(owner, fill, batch);
        }
        self.fills = fills;
        if 0 < left && request.time_in_force == IMMEDIATE {
            batch.reply(connection, &self.canceled(user_ref_num, left, b'I'));
        } else if 0 < left {
            self.rest(Order { quantity: left, ..order }, owner, request, batch);
        }
        Some(())
    }

    /// Rests what is left of an order and tells the market.
    #[inline]
    fn rest(&mut self, order: Order, owner: Owner, request: &EnterOrder, batch: &mut Batch) {
        let id = self.free.pop().unwrap_or_else(|| {
            self.owners.push(owner);
            u32::try_from(self.owners.len() - 1).expect("resting orders are counted in 32 bits")
        });
        self.owners[id as usize] = owner;
        self.orders[owner.connection as usize][owner.user_ref_num as usize] = id;
        self.ladder.rest(Order { id, ..order });
        let add = itch::AddOrder {
            message_type: itch::AddOrder::TYPE,
            stock_locate: owner.symbol.into(),
            tracking_number: 0.into(),
            timestamp: self.time_of_day(),
            order_reference_number: owner.order_reference.into(),
            buy_sell_indicator: request.side,
            shares: order.quantity.into(),
            stock: request.symbol,
            price: (order.price * STEP).into(),
        };
        self.publish(&add, batch);
    }

    /// Tells both sides and the market of a trade.
    #[inline]
    fn trade(&mut self, aggressor: Owner, fill: Fill, batch: &mut Batch) {
        let maker = self.owners[fill.maker as usize];
        if fill.left == 0 {
            self.free.push(fill.maker);
        }
        self.match_number += 1;
        self.counts.trades += 1;
        for (owner, liquidity_flag) in [(aggressor, b'R'), (maker, b'A')] {
            let executed = OrderExecuted {
                message_type: OrderExecuted::TYPE,
                timestamp: self.now_ns.into(),
                user_ref_num: owner.user_ref_num.into(),
                quantity: fill.quantity.into(),
                price: u64::from(fill.price * STEP).into(),
                liquidity_flag,
                match_number: self.match_number.into(),
            };
            batch.reply(owner.connection, &executed);
        }
        let executed = itch::OrderExecuted {
            message_type: itch::OrderExecuted::TYPE,
            stock_locate: maker.symbol.into(),
            tracking_number: 0.into(),
            timestamp: self.time_of_day(),
            order_reference_number: maker.order_reference.into(),
            executed_shares: fill.quantity.into(),
            match_number: self.match_number.into(),
        };
        self.publish(&executed, batch);
    }

    /// Cancels an order; one that is gone already gets no answer, as OUCH has it.
    #[inline]
    fn cancel(&mut self, connection: u32, request: &CancelOrder, batch: &mut Batch) -> Option<()> {
        let user_ref_num = request.user_ref_num.get();
        let &id = self.orders[connection as usize].get(user_ref_num as usize)?;
        let owner = self.owners[id as usize];
        if id == 0 || (owner.connection, owner.user_ref_num) != (connection, user_ref_num) {
            return Some(());
        }
        let Some(quantity) = self.ladder.cancel(id) else { return Some(()) };
        self.free.push(id);
        batch.reply(connection, &self.canceled(user_ref_num, quantity, b'U'));
        let delete = itch::OrderDelete {
            message_type: itch::OrderDelete::TYPE,
            stock_locate: owner.symbol.into(),
            tracking_number: 0.into(),
            timestamp: self.time_of_day(),
            order_reference_number: owner.order_reference.into(),
        };
        self.publish(&delete, batch);
        Some(())
    }

    fn accepted(&self, request: &EnterOrder) -> OrderAccepted {
        OrderAccepted {
            message_type: OrderAccepted::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: request.user_ref_num,
            side: request.side,
            quantity: request.quantity,
            symbol: request.symbol,
            price: request.price,
            time_in_force: request.time_in_force,
            display: request.display,
            order_reference_number: self.order_reference.into(),
            capacity: request.capacity,
            intermarket_sweep_eligibility: request.intermarket_sweep_eligibility,
            cross_type: request.cross_type,
            order_state: b'L',
            cl_ord_id: request.cl_ord_id,
        }
    }

    fn canceled(&self, user_ref_num: u32, quantity: u32, reason: u8) -> OrderCanceled {
        OrderCanceled {
            message_type: OrderCanceled::TYPE,
            timestamp: self.now_ns.into(),
            user_ref_num: user_ref_num.into(),
            quantity: quantity.into(),
            reason,
        }
    }

    #[inline]
    fn publish<M: Immutable + IntoBytes>(&mut self, message: &M, batch: &mut Batch) {
        self.feed_number += 1;
        self.counts.feed_messages += 1;
        batch.publish(self.feed_number, message.as_bytes());
    }

    fn time_of_day(&self) -> U48 {
        U48::new(self.now_ns % protocol::time::NANOS_PER_DAY)
    }
}

/// The number of a symbol by its name: one multiplication and as a rule one look.
struct Symbols {
    slots: Vec<(u64, u16)>,
}

impl Symbols {
    fn new(count: u16) -> Self {
        assert!(usize::from(count) <= SLOTS / 2, "the table has room to spare");
        let mut symbols = Self { slots: vec![(0, 0); SLOTS] };
        for number in 0..count {
            let key = symbol(number).key();
            let mut slot = Self::slot(key);
            while symbols.slots[slot].0 != 0 {
                slot = (slot + 1) % SLOTS;
            }
            symbols.slots[slot] = (key, number);
        }
        symbols
    }

    #[inline]
    fn find(&self, name: Symbol) -> Option<u16> {
        let key = name.key();
        let mut slot = Self::slot(key);
        while self.slots[slot].0 != key {
            if self.slots[slot].0 == 0 {
                return None;
            }
            slot = (slot + 1) % SLOTS;
        }
        Some(self.slots[slot].1)
    }

    fn slot(key: u64) -> usize {
        let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        usize::try_from(mixed).expect("32 bits") % SLOTS
    }
}

/// The symbol with this number: four letters.
pub(super) fn symbol(number: u16) -> Symbol {
    let mut rest = number;
    let mut name = *b"AAAA    ";
    for letter in name[..4].iter_mut().rev() {
        *letter = b'A' + u8::try_from(rest % 26).expect("a letter");
        rest /= 26;
    }
    Symbol(name)
}
