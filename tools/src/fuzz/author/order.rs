//! Orders: most around one price, so that they meet; some at the edges of what may be written.

use protocol::ouch::encode;
use protocol::ouch::inbound::{EnterOrder, ReplaceOrder};
use protocol::price::{MARKET_PRICE, MARKET_PRICE_CROSS};
use protocol::{ClOrdId, Price, Symbol};

use super::{Author, attribute};
use crate::fuzz::tracker::{CHANNELS, Key, Tracker};

/// Ten-thousandths of a dollar between two prices.
const TICK: u64 = 100;

impl Author {
    pub(super) fn enter(&mut self, session: usize) -> Vec<u8> {
        let place = self.random.pick(&[0, 0, 0, 0, 1, 2, 3]);
        let number = self.number(session, place);
        let random = &mut self.random;
        let fixed = EnterOrder {
            message_type: EnterOrder::TYPE,
            user_ref_num: number.into(),
            side: random.pick(b"BBBBBBBBBSSSSSSTE"),
            quantity: self.quantity().into(),
            symbol: self.symbol(),
            price: self.price().into(),
            time_in_force: self.mostly(b"000333", b"56E1 \0"),
            display: self.mostly(b"YYYYYYYN", b"AZ?"),
            capacity: self.mostly(b"AP", b"RO?"),
            intermarket_sweep_eligibility: self.mostly(b"N", b"Y?"),
            cross_type: self.mostly(b"N", b"OCHSREA?"),
            cl_ord_id: self.name(),
        };
        let fixed = EnterOrder { side: self.mostly(&[fixed.side], b"X\0b"), ..fixed };
        let row = attribute::row(&mut self.random, EnterOrder::TYPE, CHANNELS[place], true);
        let mut message = Vec::new();
        encode(&fixed, Some(&row), &mut message);
        message
    }

    pub(super) fn replace(&mut self, session: usize, tracker: &Tracker) -> Vec<u8> {
        let (channel, original) = self.target(session, tracker);
        let place = CHANNELS.iter().position(|known| *known == channel).unwrap_or(0);
        let order = tracker.live().get(&(channel, original));
        let size = order.map_or(100, |order| order.open.saturating_add(order.used));
        let quantity = match self.random.below(100) {
            0..45 => 1 + self.random.below_u32(size.saturating_add(200)),
            45..60 => order.map_or(1, |order| order.used),
            _ => self.quantity(),
        };
        let fixed = ReplaceOrder {
            message_type: ReplaceOrder::TYPE,
            orig_user_ref_num: original.into(),
            user_ref_num: self.number(session, place).into(),
            quantity: quantity.into(),
            price: self.price().into(),
            time_in_force: self.mostly(b"00003", b"56E?"),
            display: self.mostly(b"YYYYYYYN", b"AZ?"),
            intermarket_sweep_eligibility: self.mostly(b"N", b"Y?"),
            cl_ord_id: self.name(),
        };
        let mut row = attribute::row(&mut self.random, ReplaceOrder::TYPE, channel, true);
        if self.random.per_mille(80) {
            row.extend_from_slice(&[2, 27, self.random.pick(b"STEB")]);
        }
        let mut message = Vec::new();
        encode(&fixed, Some(&row), &mut message);
        message
    }

    /// One share, to be bought at the lowest price there is.
    pub(super) fn far_order(&mut self, session: usize) -> Vec<u8> {
        let fixed = EnterOrder {
            message_type: EnterOrder::TYPE,
            user_ref_num: self.next_number(session, 0).into(),
            side: b'B',
            quantity: 1.into(),
            symbol: self.terrain.symbols[0],
            price: 1.into(),
            time_in_force: b'0',
            display: b'Y',
            capacity: b'P',
            intermarket_sweep_eligibility: b'N',
            cross_type: b'N',
            cl_ord_id: ClOrdId::BLANK,
        };
        let mut message = Vec::new();
        encode(&fixed, Some(&[]), &mut message);
        message
    }

    /// An open order in most cases, else one that has ended or never was.
    pub(super) fn target(&mut self, session: usize, tracker: &Tracker) -> Key {
        let live = tracker.live();
        if live.is_empty() || self.random.per_mille(70) {
            let place = self.random.index(CHANNELS.len());
            let highest = self.memories[session].numbers[place];
            return (CHANNELS[place], highest.saturating_sub(self.random.below_u32(20)));
        }
        let place = self.random.index(live.len());
        *live.keys().nth(place).expect("a place among them")
    }

    /// A number for a new transaction, rarely one that was used.
    pub(super) fn number(&mut self, session: usize, place: usize) -> u32 {
        if self.random.per_mille(30) {
            let highest = self.memories[session].numbers[place];
            return highest.saturating_sub(self.random.below_u32(4));
        }
        if self.random.per_mille(30) {
            let gap = self.random.below_u32(10);
            let highest = &mut self.memories[session].numbers[place];
            *highest = highest.saturating_add(gap);
        }
        self.next_number(session, place)
    }

    pub(super) fn next_number(&mut self, session: usize, place: usize) -> u32 {
        let highest = &mut self.memories[session].numbers[place];
        *highest = highest.saturating_add(1);
        *highest
    }

    fn quantity(&mut self) -> u32 {
        match self.random.below(100) {
            0..60 => 1 + self.random.below_u32(500),
            60..95 => 100 * (1 + self.random.below_u32(9)),
            _ => self.random.pick(&[0, 1, 999_999, 1_000_000, u32::MAX]),
        }
    }

    fn price(&mut self) -> u64 {
        let middle = self.terrain.middle;
        match self.random.below(100) {
            0..92 => (middle + TICK * self.random.below(9)).saturating_sub(4 * TICK).max(1),
            92..95 => self.random.pick(&[MARKET_PRICE, MARKET_PRICE_CROSS]),
            95..97 => 1 + self.random.below(2 * middle),
            _ => {
                let highest = u64::from(Price::MAX.ten_thousandths());
                self.random.pick(&[0, 1, highest, highest + 1, u64::MAX, 1 << 32, MARKET_PRICE - 1])
            }
        }
    }

    pub(super) fn symbol(&mut self) -> Symbol {
        if self.random.per_mille(10) {
            return self.random.pick(&[
                Symbol::BLANK,
                Symbol(*b"ZZFUZZZZ"),
                Symbol(*b"\0\xFF\0\xFF\0\xFF\0\xFF"),
            ]);
        }
        self.random.pick(&self.terrain.symbols)
    }

    fn name(&mut self) -> ClOrdId {
        let mut name = [b' '; 14];
        let length = self.random.index(name.len() + 1);
        for letter in &mut name[..length] {
            *letter = self.random.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abc ");
        }
        ClOrdId(name)
    }

    /// One of the common codes, now and then one of the others.
    fn mostly(&mut self, common: &[u8], others: &[u8]) -> u8 {
        if self.random.per_mille(15) { self.random.pick(others) } else { self.random.pick(common) }
    }
}
