//! The other requests, and which comes next.

use protocol::ouch::encode;
use protocol::ouch::inbound::{
    AccountQuery, CancelOrder, DisableOrderEntry, EnableOrderEntry, MassCancel, ModifyOrder,
};
use protocol::{Mpid, Symbol};

use super::{Author, attribute};
use crate::fuzz::tracker::{CHANNELS, Tracker};

impl Author {
    /// A message whose type and lengths are right.
    pub(super) fn message(&mut self, session: usize, tracker: &Tracker) -> Vec<u8> {
        if self.memories[session].entry_disabled && self.random.per_mille(300) {
            return self.enable(session);
        }
        match self.random.below(1_000) {
            0..510 => self.enter(session),
            510..660 => self.replace(session, tracker),
            660..800 => self.cancel(session, tracker),
            800..860 => self.modify(session, tracker),
            860..870 => self.mass_cancel(session),
            870..873 => self.disable(session),
            873..920 => self.query(),
            920..970 => self.again(session),
            _ => self.spoiled(session, tracker),
        }
    }

    pub(super) fn plain_cancel(&mut self, channel: u8, number: u32) -> Vec<u8> {
        let message_type = CancelOrder::TYPE;
        let fixed = CancelOrder { message_type, user_ref_num: number.into(), quantity: 0.into() };
        let row: &[u8] = if channel == 0 { &[] } else { &[2, 28, channel] };
        let mut message = Vec::new();
        encode(&fixed, Some(row), &mut message);
        message
    }

    fn cancel(&mut self, session: usize, tracker: &Tracker) -> Vec<u8> {
        let (channel, number) = self.target(session, tracker);
        let fixed = CancelOrder {
            message_type: CancelOrder::TYPE,
            user_ref_num: number.into(),
            quantity: self.new_size((channel, number), tracker).into(),
        };
        let row = attribute::row(&mut self.random, CancelOrder::TYPE, channel, true);
        let bare = row.is_empty() && self.random.per_mille(500);
        let mut message = Vec::new();
        encode(&fixed, (!bare).then_some(&row), &mut message);
        message
    }

    fn modify(&mut self, session: usize, tracker: &Tracker) -> Vec<u8> {
        let (channel, number) = self.target(session, tracker);
        let fixed = ModifyOrder {
            message_type: ModifyOrder::TYPE,
            user_ref_num: number.into(),
            side: self.random.pick(b"BBBSSTTEEX"),
            quantity: self.new_size((channel, number), tracker).into(),
        };
        let row = attribute::row(&mut self.random, ModifyOrder::TYPE, channel, true);
        let mut message = Vec::new();
        encode(&fixed, Some(&row), &mut message);
        message
    }

    /// A size for an order to be cut to: nothing, what it has used, anything between, or more than it has.
    fn new_size(&mut self, key: (u8, u32), tracker: &Tracker) -> u32 {
        let (open, used) =
            tracker.live().get(&key).map_or((100, 0), |order| (order.open, order.used));
        match self.random.below(100) {
            0..30 => 0,
            30..35 => used,
            35..85 => used.saturating_add(self.random.below_u32(open.saturating_add(1))),
            85..95 => self.random.below_u32(used.saturating_add(open).saturating_add(50)),
            _ => self.random.pick(&[1, 999_999, 1_000_000, u32::MAX]),
        }
    }

    fn mass_cancel(&mut self, session: usize) -> Vec<u8> {
        let place = self.random.index(CHANNELS.len());
        let symbol = if self.random.per_mille(500) { Symbol::BLANK } else { self.symbol() };
        let firm = self.firm();
        let fixed = MassCancel {
            message_type: MassCancel::TYPE,
            user_ref_num: self.number(session, place).into(),
            firm,
            symbol,
        };
        let mut row = attribute::row(&mut self.random, MassCancel::TYPE, CHANNELS[place], false);
        if self.random.per_mille(500) {
            row.extend_from_slice(&[2, 27, self.random.pick(b"BSTE?")]);
        }
        let mut message = Vec::new();
        encode(&fixed, Some(&row), &mut message);
        message
    }

    /// Everything in one channel, whatever it is.
    pub(super) fn cancel_all(&mut self, session: usize, place: usize) -> Vec<u8> {
        let fixed = MassCancel {
            message_type: MassCancel::TYPE,
            user_ref_num: self.next_number(session, place).into(),
            firm: Mpid::BLANK,
            symbol: Symbol::BLANK,
        };
        let channel = CHANNELS[place];
        let row: &[u8] = if channel == 0 { &[] } else { &[2, 28, channel] };
        let mut message = Vec::new();
        encode(&fixed, Some(row), &mut message);
        message
    }

    fn disable(&mut self, session: usize) -> Vec<u8> {
        let fixed = DisableOrderEntry {
            message_type: DisableOrderEntry::TYPE,
            user_ref_num: self.next_number(session, 0).into(),
            firm: self.firm(),
        };
        self.memories[session].entry_disabled = true;
        let mut message = Vec::new();
        encode(&fixed, Some(&[]), &mut message);
        message
    }

    pub(super) fn enable(&mut self, session: usize) -> Vec<u8> {
        let fixed = EnableOrderEntry {
            message_type: EnableOrderEntry::TYPE,
            user_ref_num: self.next_number(session, 0).into(),
            firm: Mpid::BLANK,
        };
        self.memories[session].entry_disabled = false;
        let mut message = Vec::new();
        encode(&fixed, Some(&[]), &mut message);
        message
    }

    fn query(&mut self) -> Vec<u8> {
        let channel = self.random.pick(&CHANNELS);
        let row = attribute::row(&mut self.random, AccountQuery::TYPE, channel, true);
        let mut message = Vec::new();
        encode(&AccountQuery { message_type: AccountQuery::TYPE }, Some(&row), &mut message);
        message
    }

    /// A message that was sent before, byte by byte.
    fn again(&mut self, session: usize) -> Vec<u8> {
        let sent = &self.memories[session].sent;
        if sent.is_empty() {
            return self.enter(session);
        }
        let place = self.random.index(sent.len());
        self.memories[session].sent[place].clone()
    }

    /// An order with one byte changed, none of its numbers or lengths.
    fn spoiled(&mut self, session: usize, tracker: &Tracker) -> Vec<u8> {
        let (mut message, first, last) = if self.random.per_mille(600) {
            (self.enter(session), 5, 44)
        } else {
            (self.replace(session, tracker), 9, 37)
        };
        let place = first + self.random.index(last - first + 1);
        message[place] = self.random.byte();
        message
    }

    fn firm(&mut self) -> Mpid {
        if self.random.per_mille(200) { Mpid(*b"ZZZZ") } else { Mpid::BLANK }
    }
}
