//! One connection under load: the mix of `openbell load`, written and read as OUCH.
//!
//! 10% of the requests take, the others add and cancel so that a steady number of orders rests; half of the adds
//! are within ten steps of the best price. A cancel that an execution overtakes is answered by that execution.

use std::collections::VecDeque;

use protocol::ClOrdId;
use protocol::ouch;
use protocol::ouch::inbound::{CancelOrder, EnterOrder};
use zerocopy::{Immutable, IntoBytes};

use super::venue::{IMMEDIATE, STEP, symbol};
use crate::closed_loop::{Client, Tally};
use crate::ladder::{HIGHEST_PRICE, LOWEST_PRICE};
use crate::random::Random;

/// The best price a sell order can rest at; buy orders rest below.
const MIDDLE: u32 = u32::midpoint(LOWEST_PRICE, HIGHEST_PRICE + 1);
/// Prices on each side.
const DEPTH: u32 = MIDDLE - LOWEST_PRICE;
/// Length and type before a message.
const PACKET_PREFIX: usize = 3;
/// An order that cannot be canceled.
const NOWHERE: u32 = u32::MAX;

/// What one connection has asked and heard.
pub(super) struct Trader {
    random: Random,
    symbols: u16,
    /// How many orders are to rest.
    target: u32,
    is_ready: bool,
    outstanding: u32,
    /// The number of the first order of the list.
    base: u32,
    orders: VecDeque<Order>,
    /// Numbers of the orders that can be canceled.
    resting: Vec<u32>,
    /// Executions that it was told of.
    pub(super) executions: u64,
}

#[derive(Clone, Copy, Debug)]
struct Order {
    asked_ns: u64,
    open: u32,
    /// Its place among those that can be canceled.
    place: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Entering { rests: bool },
    Live,
    Canceling,
    Dead,
}

impl Trader {
    pub(super) fn new(seed: u64, symbols: u16, target: u32) -> Self {
        Self {
            random: Random::new(seed),
            symbols,
            target,
            is_ready: target == 0,
            outstanding: 0,
            base: 1,
            orders: VecDeque::new(),
            resting: Vec::new(),
            executions: 0,
        }
    }

    fn resting(&self) -> u32 {
        u32::try_from(self.resting.len()).expect("orders are counted in 32 bits")
    }

    fn wants_cancel(&mut self) -> bool {
        let (resting, slack) = (self.resting(), self.target / 10);
        match resting {
            0 => false,
            _ if self.target + slack < resting => true,
            _ if resting < self.target - slack => self.random.below(8) == 0,
            _ => self.random.coin(),
        }
    }

    fn enter(&mut self, takes: bool, now_ns: u64, out: &mut Vec<u8>) {
        let near = self.random.coin();
        let away = if takes { DEPTH - 1 } else { self.random.below(if near { 10 } else { DEPTH }) };
        let is_buy = self.random.coin();
        let price = if is_buy == takes { MIDDLE + away } else { MIDDLE - 1 - away };
        let quantity = 100 * (1 + self.random.below(10));
        let place = self.random.below(self.symbols.into());
        let number = self.base + u32::try_from(self.orders.len()).expect("orders are few");
        let state = State::Entering { rests: !takes };
        self.orders.push_back(Order { asked_ns: now_ns, open: quantity, place: NOWHERE, state });
        let order = EnterOrder {
            message_type: EnterOrder::TYPE,
            user_ref_num: number.into(),
            side: if is_buy { b'B' } else { b'S' },
            quantity: quantity.into(),
            symbol: symbol(u16::try_from(place).expect("symbols are counted in 16 bits")),
            price: u64::from(price * STEP).into(),
            time_in_force: if takes { IMMEDIATE } else { b'0' },
            display: b'Y',
            capacity: b'P',
            intermarket_sweep_eligibility: b'N',
            cross_type: b'N',
            cl_ord_id: ClOrdId::BLANK,
        };
        put(&order, Some(&[]), out);
    }

    fn cancel(&mut self, now_ns: u64, out: &mut Vec<u8>) {
        let place = self.random.below(self.resting());
        let number = self.resting[place as usize];
        self.unrest(number);
        let order = self.order(number).expect("a resting order is in the list");
        order.state = State::Canceling;
        order.asked_ns = now_ns;
        let cancel = CancelOrder {
            message_type: CancelOrder::TYPE,
            user_ref_num: number.into(),
            quantity: 0.into(),
        };
        put(&cancel, None, out);
    }

    fn accepted(&mut self, number: u32, now_ns: u64, tally: &mut Tally) -> Option<()> {
        let place = self.resting();
        let order = self.order(number)?;
        let State::Entering { rests } = order.state else { return None };
        order.state = State::Live;
        tally.answered(order.asked_ns, now_ns, 1);
        if rests {
            order.place = place;
            self.resting.push(number);
        }
        self.outstanding -= 1;
        Some(())
    }

    fn executed(&mut self, number: u32, quantity: u32) -> Option<()> {
        self.executions += 1;
        let order = self.order(number)?;
        let is_live = matches!(order.state, State::Live | State::Canceling);
        if !is_live || order.open < quantity {
            return None;
        }
        order.open -= quantity;
        if order.open == 0 {
            // Its cancel came too late and gets no answer of its own.
            self.outstanding -= u32::from(order.state == State::Canceling);
            self.bury(number);
        }
        Some(())
    }

    fn canceled(
        &mut self,
        number: u32,
        quantity: u32,
        now_ns: u64,
        tally: &mut Tally,
    ) -> Option<()> {
        let order = self.order(number)?;
        if order.open != quantity {
            return None;
        }
        match order.state {
            State::Canceling => {
                tally.answered(order.asked_ns, now_ns, 1);
                self.outstanding -= 1;
            }
            State::Live => {}
            State::Entering { .. } | State::Dead => return None,
        }
        self.bury(number);
        Some(())
    }

    fn order(&mut self, number: u32) -> Option<&mut Order> {
        self.orders.get_mut(number.checked_sub(self.base)? as usize)
    }

    /// Takes an order off the list of those that can be canceled.
    fn unrest(&mut self, number: u32) {
        let order = self.order(number).expect("the order is in the list");
        let place = std::mem::replace(&mut order.place, NOWHERE);
        if place == NOWHERE {
            return;
        }
        self.resting.swap_remove(place as usize);
        if let Some(&moved) = self.resting.get(place as usize) {
            self.order(moved).expect("a resting order is in the list").place = place;
        }
    }

    fn bury(&mut self, number: u32) {
        self.unrest(number);
        self.order(number).expect("the order is in the list").state = State::Dead;
        while self.orders.front().is_some_and(|order| order.state == State::Dead) {
            self.orders.pop_front();
            self.base += 1;
        }
    }

    /// Takes one message.
    fn follow(&mut self, message: &[u8], now_ns: u64, tally: &mut Tally) -> Option<()> {
        // Every reply has its type, 8 bytes of time and the order's number; then, where there is one, the quantity.
        let (message_type, rest) = message.split_first()?;
        let (number, rest) = rest.get(8..)?.split_first_chunk()?;
        let number = u32::from_be_bytes(*number);
        let quantity = rest.first_chunk().map(|quantity| u32::from_be_bytes(*quantity));
        match message_type {
            b'A' => self.accepted(number, now_ns, tally),
            b'E' => self.executed(number, quantity?),
            b'C' => self.canceled(number, quantity?, now_ns, tally),
            _ => None,
        }
    }
}

impl Client for Trader {
    fn is_ready(&self) -> bool {
        self.is_ready
    }

    fn outstanding(&self) -> u32 {
        self.outstanding
    }

    fn ask(&mut self, count: u32, now_ns: u64, out: &mut Vec<u8>) {
        self.outstanding += count;
        for _ in 0..count {
            self.is_ready |= self.target <= self.resting();
            if self.is_ready && self.random.below(10) == 0 {
                self.enter(true, now_ns, out);
            } else if self.is_ready && self.wants_cancel() {
                self.cancel(now_ns, out);
            } else {
                self.enter(false, now_ns, out);
            }
        }
    }

    fn hear(&mut self, bytes: &[u8], now_ns: u64, tally: &mut Tally) -> usize {
        let mut rest = bytes;
        while let Some((length, _)) = rest.split_first_chunk() {
            let Some(packet) = rest.get(..2 + usize::from(u16::from_be_bytes(*length))) else {
                break;
            };
            let message = packet.get(PACKET_PREFIX..).unwrap_or_default();
            tally.wrong += u64::from(self.follow(message, now_ns, tally).is_none());
            rest = &rest[packet.len()..];
        }
        bytes.len() - rest.len()
    }
}

fn put<M: Immutable + IntoBytes>(message: &M, appendage: Option<&[u8]>, out: &mut Vec<u8>) {
    let length = 1 + size_of::<M>() + appendage.map_or(0, |appendage| 2 + appendage.len());
    out.extend_from_slice(&u16::try_from(length).expect("a request is short").to_be_bytes());
    out.push(b'U');
    ouch::encode(message, appendage, out);
}
