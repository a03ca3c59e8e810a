//! A cross in one instrument: who takes part, at what price, and who trades how much.
//!
//! Market orders come first, then the better price, displayed before hidden, then time. An order for the imbalance only
//! never sets the price: it trades with what the others leave over. Two orders of one owner that would meet and have
//! self-match prevention lose shares before anything trades, and price and meetings are found anew. Afterwards no order
//! of the book could trade with another, and what was for this cross alone is canceled.

use protocol::Price;
use protocol::enums::{CancelReason, CrossType, Display, LiquidityFlag, Side};

use super::price::{self, CrossPrice, Imbalance, Interest};
use super::queues::{Meeting, Queues};
use crate::book::{Order, notional};
use crate::command::Phase;
use crate::continuous::Continuous;
use crate::event::{CrossParty, CrossRecord, Event, Outcome};
use crate::prevention::Entrant;

/// The orders that take part in a cross, by side, the first to trade first.
struct Entrants {
    buys: Lane,
    sells: Lane,
}

/// The orders of one side.
struct Lane {
    /// Slots of the orders that set the price.
    setting: Vec<u32>,
    /// Slots of the orders for the imbalance only.
    imbalance_only: Vec<u32>,
}

impl Continuous<'_> {
    /// Holds a cross; in an instrument that does not trade, the orders for it are canceled.
    pub(crate) fn cross(&mut self, cross_type: CrossType) {
        if !self.instrument.is_trading() {
            return self.cancel_waiting(cross_type, CancelReason::Halted);
        }
        let mut entrants = self.entrants(cross_type);
        let mut found = self.price_of(&entrants);
        while let Some(at) = found
            && self.part_owners(self.queues(&entrants, at), at.price, cross_type)
        {
            entrants = self.entrants(cross_type);
            found = self.price_of(&entrants);
        }
        let (mut shares, mut imbalance) = (0, self.imbalance_without_price(&entrants));
        if let Some(at) = found {
            shares = self.trade(self.queues(&entrants, at), at.price, cross_type);
            imbalance = lessened(at.imbalance, shares - at.paired);
            self.instrument.last_sale = at.price;
        }
        let match_number = self.instrument.next_match_number();
        let price = found.map(|found| found.price);
        self.emit(Event::CrossDone {
            cross_type,
            shares,
            price: price.unwrap_or(Price::ZERO),
            match_number,
        });
        let record = CrossRecord {
            symbol: self.instrument.definition.symbol,
            cross_type,
            price,
            paired: shares,
            imbalance,
            criterion: found.map(|found| found.criterion),
        };
        self.applied.crosses.push(record);
        self.cancel_waiting(cross_type, CancelReason::TimeInForce);
        if self.resting.is_refresh_noted() {
            self.refresh_displays();
        }
    }

    /// Tells what a cross would come to now.
    pub(crate) fn tell_imbalance(&mut self, cross_type: CrossType) {
        let due = self.instrument.phase == Phase::PreOpen && cross_type == CrossType::Opening;
        if !due || !self.instrument.is_trading() {
            return;
        }
        let entrants = self.entrants(cross_type);
        let near = self.price_of(&entrants).map_or(Price::ZERO, |found| found.price);
        let (demand, supply) = self.interests(&entrants, |order| order.auction.waits());
        let far = price::find(&demand, &supply, self.reference_price());
        let reference = self.reference_price().unwrap_or(Price::ZERO);
        let (demand, supply) = self.interests(&entrants, |_| true);
        let (paired, imbalance) = price::at(&demand, &supply, reference);
        let (paired, imbalance) =
            if reference == Price::ZERO { (0, Imbalance::None) } else { (paired, imbalance) };
        self.emit(Event::NetImbalance {
            cross_type,
            paired,
            imbalance,
            far: far.map_or(Price::ZERO, |found| found.price),
            near,
            reference,
        });
    }

    /// The last sale of the day, else the close of the day before, else the middle of the best bid and offer (from a
    /// dollar on in whole cents), else the one there is.
    pub(crate) fn reference_price(&self) -> Option<Price> {
        let book = &self.instrument.book;
        let best = |side| book.best_against(side).map(Price::ten_thousandths);
        let middle = match (best(Side::Sell), best(Side::Buy)) {
            (Some(bid), Some(ask)) => Some(Price::new(whole_cents(bid.midpoint(ask)))),
            (one, other) => one.or(other).map(Price::new),
        };
        self.instrument.reference().or(middle)
    }

    fn entrants(&self, cross_type: CrossType) -> Entrants {
        let (book, resting) = (&self.instrument.book, &*self.resting);
        let lane = |side: Side| {
            let is_own = |slot: &u32| resting.order(*slot).side.is_buy() == side.is_buy();
            let is_for_it = |slot: &u32| resting.order(*slot).auction.cross_type == cross_type;
            let waiting = book.waiting_orders(resting).into_iter().filter(is_own);
            let mut slots = book.resting_orders(side, resting);
            slots.extend(waiting.filter(is_for_it));
            slots.sort_by_key(|slot| rank(resting.order(*slot)));
            let (imbalance_only, setting) = slots
                .into_iter()
                .partition(|slot: &u32| resting.order(*slot).auction.imbalance_only);
            Lane { setting, imbalance_only }
        };
        Entrants { buys: lane(Side::Buy), sells: lane(Side::Sell) }
    }

    fn interests(
        &self,
        entrants: &Entrants,
        takes_part: impl Fn(&Order) -> bool,
    ) -> (Vec<Interest>, Vec<Interest>) {
        let side = |lane: &Lane| {
            let orders = lane.setting.iter().map(|slot| self.resting.order(*slot));
            let interest = |order: &Order| Interest {
                limit: order.limit_in_cross(),
                shares: u64::from(order.open),
                entered: !order.at_market,
            };
            orders.filter(|order| takes_part(order)).map(interest).collect()
        };
        (side(&entrants.buys), side(&entrants.sells))
    }

    fn price_of(&self, entrants: &Entrants) -> Option<CrossPrice> {
        let (demand, supply) = self.interests(entrants, |_| true);
        price::find(&demand, &supply, self.reference_price())
    }

    /// What would be left over at the reference price, where nothing trades.
    fn imbalance_without_price(&self, entrants: &Entrants) -> Imbalance {
        let Some(reference) = self.reference_price() else { return Imbalance::None };
        let (demand, supply) = self.interests(entrants, |_| true);
        price::at(&demand, &supply, reference).1
    }

    /// Who trades at the price of a cross: behind the orders that set it, on the side with fewer shares, those for the
    /// imbalance only.
    fn queues(&self, entrants: &Entrants, at: CrossPrice) -> Queues {
        let fits = |slot: &u32| match self.resting.order(*slot) {
            order if order.side.is_buy() => at.price <= order.price,
            order => order.limit_in_cross() <= at.price,
        };
        let queue = |lane: &Lane, is_short_side: bool| {
            let behind = if is_short_side { &lane.imbalance_only[..] } else { &[] };
            let slots = lane.setting.iter().chain(behind).copied().filter(fits);
            slots.map(|slot| (slot, self.resting.order(slot).open)).collect()
        };
        Queues {
            buys: queue(&entrants.buys, matches!(at.imbalance, Imbalance::Sell(_))),
            sells: queue(&entrants.sells, matches!(at.imbalance, Imbalance::Buy(_))),
        }
    }

    /// Deals with the orders of one owner that would meet; tells whether there were any, so that all is to be found
    /// anew.
    fn part_owners(&mut self, mut queues: Queues, price: Price, cross_type: CrossType) -> bool {
        let mut parted = false;
        while let Some(meeting) = queues.first() {
            let Meeting { buy, sell, quantity } = meeting;
            let (buyer, seller) = (self.resting.order(buy), self.resting.order(sell));
            let buy_is_later = seller.reference < buyer.reference;
            let (earlier, later) = if buy_is_later { (seller, buyer) } else { (buyer, seller) };
            if !self.is_prevented(later, earlier) {
                queues.take(quantity, quantity);
                continue;
            }
            parted = true;
            let (buy_left, sell_left) = queues.left();
            let entrant = |slot, order: &Order, left| Entrant {
                slot,
                left,
                flag: flag(cross_type, order.auction.imbalance_only),
            };
            let (buyer, seller) = (entrant(buy, buyer, buy_left), entrant(sell, seller, sell_left));
            let (lost_by_buy, lost_by_sell) = if buy_is_later {
                let (by_sell, by_buy) = self.prevent_in_cross(seller, buyer, price);
                (by_buy, by_sell)
            } else {
                self.prevent_in_cross(buyer, seller, price)
            };
            queues.take(lost_by_buy, lost_by_sell);
        }
        parted
    }

    /// Lets the buys trade with the sells in their order; gives the shares.
    fn trade(&mut self, mut queues: Queues, price: Price, cross_type: CrossType) -> u64 {
        let mut shares = 0;
        while let Some(Meeting { buy, sell, quantity }) = queues.first() {
            let match_number = self.instrument.next_match_number();
            let buyer = self.execute_in_cross(buy, quantity, price, cross_type);
            let &Order { price: held, at_market, .. } = self.resting.order(sell);
            let seller = self.execute_in_cross(sell, quantity, price, cross_type);
            if held < price && at_market {
                self.instrument.note_charge(match_number, held);
            }
            self.emit(Event::Crossed { buyer, seller, quantity, price, match_number });
            queues.take(quantity, quantity);
            shares += u64::from(quantity);
        }
        shares
    }

    /// Executes shares of one order; what they hold less than was reserved comes free.
    fn execute_in_cross(
        &mut self,
        slot: u32,
        quantity: u32,
        price: Price,
        cross_type: CrossType,
    ) -> CrossParty {
        let order = *self.resting.order(slot);
        self.instrument.book.execute(slot, quantity, self.resting);
        if !self.resting.is_open(order.key) {
            self.applied.outcomes.push(Outcome::OrderGone { key: order.key });
        }
        let spared = notional(quantity, order.price) - notional(quantity, order.price.min(price));
        self.applied.release(order.key.port, u128::from(spared));
        CrossParty {
            key: order.key,
            order_reference: order.reference,
            side: order.side,
            flag: flag(cross_type, order.auction.imbalance_only),
            shown: order.is_on_feed(),
        }
    }

    /// Cancels every order that waits for a cross of this type.
    fn cancel_waiting(&mut self, cross_type: CrossType, reason: CancelReason) {
        for slot in self.instrument.book.waiting_orders(self.resting) {
            let order = *self.resting.order(slot);
            if order.auction.cross_type == cross_type {
                self.instrument.book.remove(slot, self.resting);
                self.emit(Event::Canceled { key: order.key, quantity: order.open, reason });
                self.applied.release(order.key.port, u128::from(order.notional()));
            }
        }
    }
}

/// A price without fractions of a cent, where a cent is no more than a hundredth of it.
fn whole_cents(price: u32) -> u32 {
    if price < 10_000 { price } else { price - price % 100 }
}

/// Where an order stands in a cross among those of its side: the least first.
fn rank(order: &Order) -> (u32, bool, bool, u64) {
    let limit = order.limit_in_cross().ten_thousandths();
    let worse = if order.side.is_buy() { u32::MAX - limit } else { limit };
    (worse, !order.at_market, order.display == Display::Hidden, order.reference)
}

fn flag(cross_type: CrossType, imbalance_only: bool) -> LiquidityFlag {
    match (cross_type, imbalance_only) {
        (CrossType::Opening, false) => LiquidityFlag::OpeningCross,
        (CrossType::Opening, true) => LiquidityFlag::OpeningCrossImbalanceOnly,
        (CrossType::Closing, false) => LiquidityFlag::ClosingCross,
        (CrossType::Closing, true) => LiquidityFlag::ClosingCrossImbalanceOnly,
        _ => LiquidityFlag::HaltCross,
    }
}

/// An imbalance of which some shares were filled.
fn lessened(imbalance: Imbalance, filled: u64) -> Imbalance {
    match imbalance {
        Imbalance::Buy(shares) if filled < shares => Imbalance::Buy(shares - filled),
        Imbalance::Sell(shares) if filled < shares => Imbalance::Sell(shares - filled),
        _ => Imbalance::None,
    }
}
