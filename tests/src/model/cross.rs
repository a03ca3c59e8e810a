//! Crosses: everything that waits and rests meets at one price.
//!
//! Each candidate price is tried on every order; the criteria of the rulebook follow each other.

use engine::command::{Locate, Phase};
use protocol::enums::{CancelReason, LiquidityFlag, TradingState};

use super::checks::MAX_LIMIT;
use super::reserve::Offer;
use super::{Model, Order, Trade};

/// The cross types as they are written.
pub(super) const CONTINUOUS: u8 = b'N';
pub(super) const OPENING: u8 = b'O';
const HALT: u8 = b'H';

/// The places of one side that trade, the first first.
type Lane = Vec<Place>;

/// An order at one of its places in the queue: what it displays, or what it has hidden.
#[derive(Clone, Copy)]
struct Place {
    /// The reference with which the order entered.
    entered: u64,
    /// The feed shows it.
    displayed: bool,
    /// The reference under which it got its time.
    time: u64,
    /// Shares that have met nobody yet.
    left: u64,
}

/// What a cross comes to at one price.
#[derive(Clone, Copy)]
struct Outcome {
    price: u64,
    demand: u64,
    supply: u64,
}

impl Outcome {
    fn paired(&self) -> u64 {
        self.demand.min(self.supply)
    }

    fn imbalance(&self) -> u64 {
        self.demand.abs_diff(self.supply)
    }
}

impl Order {
    /// Tells whether the order is for a cross and out of the book until then.
    pub(super) fn waits(&self) -> bool {
        self.cross_type != CONTINUOUS
    }

    /// The worst price at which it trades in a cross.
    fn limit_in_cross(&self) -> u64 {
        match self.limit {
            Some(limit) => limit,
            None if self.side.is_buy() => self.bound,
            None => 1,
        }
    }

    fn trades_at(&self, price: u64) -> bool {
        if self.side.is_buy() {
            price <= self.limit_in_cross()
        } else {
            self.limit_in_cross() <= price
        }
    }
}

impl Model {
    /// Takes one instrument, or all, to a phase; from before the open to trading leads the opening cross.
    pub fn phase_changed(&mut self, time_ns: u64, locate: Locate, phase: Phase) {
        self.now_ns = time_ns;
        for locate in self.locates(locate) {
            let from = self.instrument(locate).phase;
            self.instrument_mut(locate).phase = phase;
            if (from, phase) == (Phase::PreOpen, Phase::Continuous) {
                self.cross(locate, OPENING);
            }
            if from != phase && self.instrument(locate).state == TradingState::Trading {
                self.print_state(locate, *b"    ");
            }
        }
    }

    /// Tells the state; an instrument before its open takes orders and does not trade.
    pub(super) fn print_state(&mut self, locate: Locate, reason: [u8; 4]) {
        let state = match self.instrument(locate).state {
            TradingState::Trading if !self.is_continuous(locate) => TradingState::QuotationOnly,
            state => state,
        };
        self.print_trading_action(locate, state, reason);
    }

    /// Tells the imbalance before the opening cross of one instrument, or of all.
    pub fn imbalance_due(&mut self, time_ns: u64, locate: Locate) {
        self.now_ns = time_ns;
        for locate in self.locates(locate) {
            let instrument = self.instrument(locate);
            if instrument.phase == Phase::PreOpen && instrument.state == TradingState::Trading {
                self.tell_imbalance(locate, OPENING);
            }
        }
    }

    /// Parts orders that met while nothing traded, once trading is allowed.
    pub(super) fn part_what_met(&mut self, locate: Locate) {
        let crossed = self.is_continuous(locate)
            && self.book(locate).any(|buy| {
                buy.side.is_buy()
                    && self
                        .book(locate)
                        .any(|sell| !sell.side.is_buy() && sell.price() <= buy.price())
            });
        if crossed {
            self.cross(locate, HALT);
        }
    }

    pub(super) fn is_continuous(&self, locate: Locate) -> bool {
        let instrument = self.instrument(locate);
        instrument.state == TradingState::Trading && instrument.phase == Phase::Continuous
    }

    fn book(&self, locate: Locate) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(move |order| order.locate == locate && !order.waits())
    }

    fn cross(&mut self, locate: Locate, cross_type: u8) {
        if self.instrument(locate).state != TradingState::Trading {
            return self.cancel_waiting(locate, cross_type, CancelReason::Halted);
        }
        let (mut shares, mut price) = (0, 0);
        while let Some(found) = self.outcome_now(locate, cross_type) {
            price = found.price;
            let lanes = self.lanes(locate, cross_type, found);
            if self.part_owners(lanes.clone(), price, cross_type) {
                price = 0;
                continue;
            }
            shares = self.trade_in_cross(lanes, price, cross_type);
            self.instrument_mut(locate).last_sale = Some(price);
            break;
        }
        let match_number = self.next_match_number(locate);
        self.print_cross(locate, cross_type, shares, price, match_number);
        self.cancel_waiting(locate, cross_type, CancelReason::TimeInForce);
        self.refresh_touched();
    }

    fn outcome_now(&self, locate: Locate, cross_type: u8) -> Option<Outcome> {
        best_outcome(&self.setting(locate, cross_type), self.reference_price(locate))
    }

    /// The orders that set the price of a cross.
    fn setting(&self, locate: Locate, cross_type: u8) -> Vec<Order> {
        let takes_part = |order: &&Order| {
            order.locate == locate
                && (!order.waits() || order.cross_type == cross_type)
                && !order.imbalance_only
        };
        self.orders.iter().filter(takes_part).copied().collect()
    }

    /// The last sale of the day, else the close of the day before, else the middle of the book in whole cents from a dollar on, else its one side.
    fn reference_price(&self, locate: Locate) -> Option<u64> {
        let close = u64::from(self.symbol(locate).previous_close.ten_thousandths());
        let known = self.instrument(locate).last_sale.or((0 < close).then_some(close));
        if known.is_some() {
            return known;
        }
        let bid = self.book(locate).filter(|order| order.side.is_buy()).map(Order::price).max();
        let ask = self.book(locate).filter(|order| !order.side.is_buy()).map(Order::price).min();
        match (bid, ask) {
            (Some(bid), Some(ask)) => {
                let middle = (bid + ask) / 2;
                Some(if middle < 10_000 { middle } else { middle / 100 * 100 })
            }
            (one, other) => one.or(other),
        }
    }

    /// Who trades at the price, buyers and sellers, each the first first, with all their open shares.
    fn lanes(&self, locate: Locate, cross_type: u8, at: Outcome) -> [Lane; 2] {
        [true, false].map(|buys| {
            let fits = |order: &Order| order.side.is_buy() == buys && order.trades_at(at.price);
            let mut setting: Vec<Order> = self.setting(locate, cross_type);
            setting.retain(fits);
            let mut queue = ranked(&setting);
            let short_side = if buys { at.demand < at.supply } else { at.supply < at.demand };
            if short_side {
                let mut behind: Vec<Order> = self.orders.clone();
                behind.retain(|order| {
                    order.locate == locate
                        && order.cross_type == cross_type
                        && order.imbalance_only
                        && fits(order)
                });
                queue.extend(ranked(&behind));
            }
            queue
        })
    }

    /// Deals with each two that would meet and must not; tells whether there were any.
    fn part_owners(&mut self, mut lanes: [Lane; 2], price: u64, cross_type: u8) -> bool {
        let mut parted = false;
        while let [Some(buy), Some(sell)] = lanes.each_ref().map(|lane| lane.first().copied()) {
            let buy_is_earlier = buy.time < sell.time;
            let pair = if buy_is_earlier { [buy, sell] } else { [sell, buy] };
            let [earlier, later] = pair.map(|place| self.orders[self.index_of(&place)]);
            let mut lost = [buy.left.min(sell.left); 2];
            if self.is_self_match(&later, &earlier) {
                parted = true;
                let flags = [earlier, later].map(|order| flag(cross_type, order.imbalance_only));
                let offers = pair.map(|place| self.offer(&place));
                lost = self.prevent_in_cross(offers, price, flags);
            }
            if !buy_is_earlier {
                lost.reverse();
            }
            pass(&mut lanes, lost);
        }
        parted
    }

    fn trade_in_cross(&mut self, mut lanes: [Lane; 2], price: u64, cross_type: u8) -> u64 {
        let mut total = 0;
        while let [Some(buy), Some(sell)] = lanes.each_ref().map(|lane| lane.first().copied()) {
            let shares = buy.left.min(sell.left);
            self.trade_one([buy, sell], shares, price, cross_type);
            pass(&mut lanes, [shares; 2]);
            total += shares;
        }
        total
    }

    fn index_of(&self, place: &Place) -> usize {
        let found = self.orders.iter().position(|order| order.entered == place.entered);
        found.expect("what meets is open")
    }

    fn offer(&self, place: &Place) -> Offer {
        Offer {
            index: self.index_of(place),
            displayed: place.displayed,
            shares: u32::try_from(place.left).expect("no more than an order has"),
            time: place.time,
        }
    }

    fn trade_one(&mut self, places: [Place; 2], shares: u64, price: u64, cross_type: u8) {
        let quantity = u32::try_from(shares).expect("no more than an order has");
        let parties = places.map(|place| {
            let offer = self.offer(&place);
            let order = &mut self.orders[offer.index];
            order.take(&offer, quantity);
            order.executed += quantity;
            let order = *order;
            self.touch(&order);
            order
        });
        let charged = parties.map(|order| {
            let charged = u128::from(quantity) * u128::from(order.held().min(price));
            self.ports[order.port].executed_notional += charged;
            charged
        });
        let [buyer, seller] = parties;
        let trade = Trade {
            time_ns: self.now_ns,
            locate: buyer.locate,
            match_number: self.next_match_number(buyer.locate),
            quantity,
            price,
            resting: buyer.party(places[0].time),
            aggressor: seller.party(places[1].time),
            cl_ord_ids: parties.map(|order| order.cl_ord_id),
            charged,
            broken: None,
        };
        for order in &parties {
            self.answer_executed(order, &trade, flag(cross_type, order.imbalance_only));
        }
        for (order, _) in parties.iter().zip(places).filter(|(_, place)| place.displayed) {
            self.print_executed_in_cross(order, &trade);
        }
        self.trades.push(trade);
        self.orders.retain(|order| 0 < order.open);
    }

    fn cancel_waiting(&mut self, locate: Locate, cross_type: u8, reason: CancelReason) {
        while let Some(index) = self
            .orders
            .iter()
            .position(|order| order.locate == locate && order.cross_type == cross_type)
        {
            self.take_off(index, self.orders[index].open, reason);
        }
    }

    fn tell_imbalance(&mut self, locate: Locate, cross_type: u8) {
        let reference = self.reference_price(locate);
        let setting = self.setting(locate, cross_type);
        let waiting: Vec<Order> = setting.iter().filter(|order| order.waits()).copied().collect();
        let price_of = |orders: &[Order]| best_outcome(orders, reference).map_or(0, |o| o.price);
        let (near, far) = (price_of(&setting), price_of(&waiting));
        let (paired, imbalance, direction) = match reference.map(|price| outcome(&setting, price)) {
            None => (0, 0, b'O'),
            Some(at) if at.supply < at.demand => (at.paired(), at.imbalance(), b'B'),
            Some(at) if at.demand < at.supply => (at.paired(), at.imbalance(), b'S'),
            Some(at) => (at.paired(), 0, b'N'),
        };
        let prices = [far, near, reference.unwrap_or(0)];
        self.print_imbalance(locate, cross_type, (paired, imbalance, direction), prices);
    }
}

/// The best of all prices at which something may change.
fn best_outcome(orders: &[Order], reference: Option<u64>) -> Option<Outcome> {
    let limits = orders.iter().map(Order::limit_in_cross);
    let mut prices: Vec<u64> =
        limits.flat_map(|limit| [limit - 1, limit, limit + 1]).chain(reference).collect();
    prices.retain(|price| (1..=MAX_LIMIT).contains(price));
    prices.sort_unstable();
    prices.dedup();
    let mut left: Vec<Outcome> = prices.iter().map(|price| outcome(orders, *price)).collect();
    let most = left.iter().map(Outcome::paired).max().filter(|most| 0 < *most)?;
    left.retain(|outcome| outcome.paired() == most);
    let least = left.iter().map(Outcome::imbalance).min()?;
    left.retain(|outcome| outcome.imbalance() == least);
    if left.iter().any(|outcome| leaves_an_entered_order(outcome, orders)) {
        left.retain(|outcome| leaves_an_entered_order(outcome, orders));
    }
    let reference = reference.unwrap_or(0);
    left.into_iter().min_by_key(|outcome| (outcome.price.abs_diff(reference), outcome.price))
}

fn outcome(orders: &[Order], price: u64) -> Outcome {
    let shares = |buys: bool| -> u64 {
        let side = orders.iter().filter(|order| order.side.is_buy() == buys);
        side.filter(|order| order.trades_at(price)).map(|order| u64::from(order.open)).sum()
    };
    Outcome { price, demand: shares(true), supply: shares(false) }
}

/// An order of the larger side names this price as its limit.
fn leaves_an_entered_order(at: &Outcome, orders: &[Order]) -> bool {
    at.imbalance() != 0
        && orders.iter().any(|order| {
            order.limit == Some(at.price) && order.side.is_buy() == (at.supply < at.demand)
        })
}

/// The places of orders: better limits first, of these market orders, then displayed before hidden, then time.
fn ranked(orders: &[Order]) -> Lane {
    let mut places = Vec::new();
    for order in orders {
        let limit = order.limit_in_cross();
        let worse = if order.side.is_buy() { u64::MAX - limit } else { limit };
        for offer in order.offers(0) {
            let stands_behind =
                if order.waits() { order.stands_behind() } else { !offer.displayed };
            let place = Place {
                entered: order.entered,
                displayed: offer.displayed,
                time: offer.time,
                left: offer.shares.into(),
            };
            places.push(((worse, order.limit.is_some(), stands_behind, offer.time), place));
        }
    }
    places.sort_by_key(|(rank, _)| *rank);
    places.into_iter().map(|(_, place)| place).collect()
}

/// Takes shares off the first of each lane; who has none left is passed.
fn pass(lanes: &mut [Lane; 2], shares: [u64; 2]) {
    for (lane, shares) in lanes.iter_mut().zip(shares) {
        lane[0].left -= shares;
        lane.retain(|place| 0 < place.left);
    }
}

fn flag(cross_type: u8, imbalance_only: bool) -> LiquidityFlag {
    match (cross_type, imbalance_only) {
        (OPENING, false) => LiquidityFlag::OpeningCross,
        (OPENING, true) => LiquidityFlag::OpeningCrossImbalanceOnly,
        _ => LiquidityFlag::HaltCross,
    }
}
