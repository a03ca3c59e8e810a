//! Which request comes next from a port, with which number, on which channel.

use engine::command::Phase;
use protocol::ouch;
use protocol::ouch::inbound::{
    AccountQuery, CancelOrder, DisableOrderEntry, EnableOrderEntry, MassCancel, ModifyOrder,
};
use protocol::{Mpid, Symbol};
use zerocopy::{Immutable, IntoBytes};

use super::client::Live;
use super::tags::{self, Tag};
use super::{Act, Generator, orders};

/// Above this many open orders a port rather cancels.
const CROWD: usize = 100;

/// The channel that ends with the largest number there is, late in the day.
const LAST_CHANNEL: u8 = 7;

impl Generator {
    /// Makes a message of the port; some are followed by another one that must come next.
    pub(super) fn request(&mut self, port: usize) -> Vec<u8> {
        let client = &self.clients[port];
        if client.entry_disabled && self.random.per_mille(100) {
            return self.switch_entry(port, true);
        }
        if CROWD < client.live.len() && self.random.per_mille(500) {
            return self.cancel(port);
        }
        match self.random.below(1_000) {
            0..190 => self.replace(port),
            190..270 => self.cancel(port),
            270..340 => self.modify(port),
            340..356 if !self.is_evening() => self.twice_at_times(port, Self::mass_cancel),
            356..362 => self.twice_at_times(port, |day, port| day.switch_entry(port, false)),
            362..372 => self.twice_at_times(port, |day, port| day.switch_entry(port, true)),
            372..390 => self.account_query(),
            390..420 => self.resend(port),
            420..450 => self.race(port),
            _ => self.enter(port),
        }
    }

    fn enter(&mut self, port: usize) -> Vec<u8> {
        let idx = self.channel();
        let number = self.number(port, idx);
        self.enter_with(port, idx, number)
    }

    fn enter_with(&mut self, port: usize, idx: u8, number: u32) -> Vec<u8> {
        let before_its_open = self.phases.iter().position(|phase| *phase == Phase::PreOpen);
        let index = match before_its_open {
            // What waits for a cross is to be met by something.
            Some(index) if self.random.per_mille(400) => index,
            _ => self.random.index(self.setup.symbols.len()),
        };
        let symbol = self.setup.symbols[index];
        let definition = self.setup.ports[port];
        let (mut order, mut tags) = orders::enter(
            &mut self.random,
            number,
            symbol.locate,
            symbol.symbol,
            definition.market_orders,
        );
        let for_the_cross = match self.phases[index] {
            Phase::PreOpen => 600,
            Phase::Continuous => 10,
        };
        if self.random.per_mille(for_the_cross) {
            orders::on_open(&mut self.random, &mut order, &mut tags);
        }
        if self.random.per_mille(30) {
            tags.retain(|(tag, _)| *tag != 2);
            let firm = self.firm(port);
            tags.push((2, firm.0.to_vec()));
        }
        for _ in 0..self.mistakes() {
            orders::spoil_enter(&mut self.random, &mut order, &mut tags);
        }
        self.finish(&order, tags, idx, true)
    }

    fn replace(&mut self, port: usize) -> Vec<u8> {
        let original = self.target(port);
        let number = self.number(port, original.idx);
        let mistakes = self.mistakes();
        self.replace_with(port, &original, number, mistakes)
    }

    fn replace_with(
        &mut self,
        port: usize,
        original: &Live,
        number: u32,
        mistakes: usize,
    ) -> Vec<u8> {
        let market_orders = self.setup.ports[port].market_orders;
        let (mut order, mut tags) =
            orders::replace(&mut self.random, number, original, market_orders);
        for _ in 0..mistakes {
            orders::spoil_replace(&mut self.random, &mut order, &mut tags);
        }
        let idx = self.sometimes_another(original.idx);
        self.finish(&order, tags, idx, true)
    }

    fn cancel(&mut self, port: usize) -> Vec<u8> {
        let order = self.target(port);
        let quantity = match self.random.below(10) {
            0..3 => 0,
            3..8 => order.executed + self.random.below_u32(order.open),
            8 => order.executed + order.open,
            _ => self.random.below_u32(1_000_000),
        };
        let request = CancelOrder {
            message_type: CancelOrder::TYPE,
            user_ref_num: order.number.into(),
            quantity: quantity.into(),
        };
        let idx = self.sometimes_another(order.idx);
        self.finish(&request, Vec::new(), idx, false)
    }

    fn modify(&mut self, port: usize) -> Vec<u8> {
        let order = self.target(port);
        let side = match order.side {
            _ if self.random.per_mille(50) => self.random.pick(b"BSTEX"),
            b'B' => b'B',
            _ => self.random.pick(b"STE"),
        };
        let quantity = match self.random.below(10) {
            0..5 => order.executed + self.random.below_u32(order.open),
            5..8 => order.executed + order.open,
            8 => order.executed + order.open + 1 + self.random.below_u32(100),
            _ => self.random.below_u32(order.executed + 1),
        };
        let request = ModifyOrder {
            message_type: ModifyOrder::TYPE,
            user_ref_num: order.number.into(),
            side,
            quantity: quantity.into(),
        };
        let mut tags = Vec::new();
        if self.random.per_mille(200) {
            tags.push((25, vec![self.random.pick(b"YYYNNNX")]));
        }
        if self.random.per_mille(100) {
            tags.push((26, b"LOCB".to_vec()));
        }
        let idx = self.sometimes_another(order.idx);
        self.finish(&request, tags, idx, false)
    }

    fn mass_cancel(&mut self, port: usize) -> Vec<u8> {
        let idx = self.channel();
        let number = self.number(port, idx);
        let index = self.random.index(self.setup.symbols.len());
        let symbol = self.setup.symbols[index].symbol;
        let unknown = Symbol(*b"NONE    ");
        let request = MassCancel {
            message_type: MassCancel::TYPE,
            user_ref_num: number.into(),
            firm: self.firm(port),
            symbol: self.random.pick(&[
                Symbol::BLANK,
                symbol,
                symbol,
                symbol,
                symbol,
                symbol,
                unknown,
            ]),
        };
        let mut tags = Vec::new();
        if self.random.per_mille(600) {
            tags.push((27, vec![self.random.pick(b"BBSSTTEEX")]));
        }
        if self.random.per_mille(300) {
            tags.push((24, vec![0, self.random.pick(&[0, 1, 2, 3])]));
        }
        self.finish(&request, tags, idx, true)
    }

    fn switch_entry(&mut self, port: usize, enable: bool) -> Vec<u8> {
        let idx = self.channel();
        let user_ref_num = self.number(port, idx).into();
        let firm = self.firm(port);
        if enable {
            let message_type = EnableOrderEntry::TYPE;
            let request = EnableOrderEntry { message_type, user_ref_num, firm };
            self.finish(&request, Vec::new(), idx, true)
        } else {
            let message_type = DisableOrderEntry::TYPE;
            let request = DisableOrderEntry { message_type, user_ref_num, firm };
            self.finish(&request, Vec::new(), idx, true)
        }
    }

    fn account_query(&mut self) -> Vec<u8> {
        let idx = self.random.pick(&[0, 1, 2, 33, 255, LAST_CHANNEL]);
        let tags = if self.random.per_mille(100) { vec![(24, vec![0, 0])] } else { Vec::new() };
        self.finish(&AccountQuery { message_type: AccountQuery::TYPE }, tags, idx, false)
    }

    /// Sends the last message once more.
    fn resend(&mut self, port: usize) -> Vec<u8> {
        if self.clients[port].last_sent.is_empty() {
            return self.enter(port);
        }
        self.clients[port].last_sent.clone()
    }

    /// Makes a message that is rare enough to be resent on purpose.
    fn twice_at_times(&mut self, port: usize, make: fn(&mut Self, usize) -> Vec<u8>) -> Vec<u8> {
        let payload = make(self, port);
        if self.random.per_mille(300) {
            self.pending.push_back(Act::Message { port, payload: payload.clone() });
        }
        payload
    }

    /// Uses one number twice: for a Replace that cannot be done, then for an order.
    fn race(&mut self, port: usize) -> Vec<u8> {
        let target = self.target(port);
        let idx = target.idx;
        let number = self.number(port, idx);
        let grave = self.clients[port].dead.iter().rev().find(|(channel, _)| *channel == idx);
        let (original, mistakes) = match grave {
            Some(&(_, dead)) if self.random.per_mille(700) => (Live { number: dead, ..target }, 0),
            _ => (target, 1),
        };
        let follower = self.enter_with(port, idx, number);
        self.pending.push_back(Act::Message { port, payload: follower });
        self.replace_with(port, &original, number, mistakes)
    }

    /// Puts fixed part and appendage together; rarely breaks the appendage.
    fn finish<M: Immutable + IntoBytes>(
        &mut self,
        fixed: &M,
        mut tags: Vec<Tag>,
        idx: u8,
        always: bool,
    ) -> Vec<u8> {
        tags::add_channel(&mut self.random, &mut tags, idx);
        let mut appendage = tags::encode(&tags);
        if idx != LAST_CHANNEL && self.random.per_mille(25) {
            tags::break_up(&mut self.random, &mut appendage);
        }
        let present = always || !appendage.is_empty() || self.random.per_mille(500);
        let mut payload = Vec::new();
        ouch::encode(fixed, present.then_some(&appendage), &mut payload);
        payload
    }

    /// An open order of the port in most cases, else one that has ended or never was.
    fn target(&mut self, port: usize) -> Live {
        let client = &self.clients[port];
        if client.live.is_empty() || self.random.per_mille(60) {
            let locate = self.setup.symbols[0].locate;
            let (idx, number) = if client.dead.is_empty() || self.random.per_mille(200) {
                (0, self.random.below_u32(u32::MAX))
            } else {
                self.random.pick(&client.dead)
            };
            let order = Live {
                idx,
                number,
                locate,
                side: b'B',
                price: 100_000,
                display: b'Y',
                open: 100,
                executed: 0,
            };
            return order;
        }
        self.random.pick(&client.live)
    }

    /// The next number of the channel, with a gap now and then; rarely an old one.
    fn number(&mut self, port: usize, idx: u8) -> u32 {
        let last = &mut self.clients[port].last_numbers[usize::from(idx)];
        if idx == LAST_CHANNEL {
            *last = u32::MAX;
        } else if self.random.per_mille(40) {
            return last.saturating_sub(self.random.below_u32(5));
        } else if self.random.per_mille(50) {
            *last += 2 + self.random.below_u32(20);
        } else {
            *last += 1;
        }
        *last
    }

    fn channel(&mut self) -> u8 {
        if self.is_evening() && self.random.per_mille(2) {
            return LAST_CHANNEL;
        }
        self.random.pick(&[0, 0, 0, 0, 0, 0, 1, 1, 2, 255])
    }

    fn sometimes_another(&mut self, idx: u8) -> u8 {
        if self.random.per_mille(15) { self.random.pick(&[0, 1, 2, 255]) } else { idx }
    }

    /// The port's firm or blank, rarely the other firm.
    fn firm(&mut self, port: usize) -> Mpid {
        let own = usize::from(self.setup.ports[port].firm.0);
        let index = if self.random.per_mille(100) { 1 - own } else { own };
        self.random.pick(&[Mpid::BLANK, self.setup.firms[index].mpid])
    }

    /// How many things will be wrong with an order.
    fn mistakes(&mut self) -> usize {
        match self.random.below(100) {
            0..82 => 0,
            82..97 => 1,
            _ => 2 + self.random.index(3),
        }
    }
}
