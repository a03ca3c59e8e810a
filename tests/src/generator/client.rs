//! What a participant knows of its own orders: what it sent, and what its port was told.

use std::collections::BTreeMap;

use engine::command::Locate;
use protocol::enums::CancelReason;
use protocol::ouch::{Appendage, Attributes, Outbound};

/// Dead orders remembered, to be asked for again.
const GRAVES: usize = 64;

/// An order the venue has accepted and not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub(super) idx: u8,
    pub(super) number: u32,
    pub(super) locate: Locate,
    pub(super) side: u8,
    /// As written; a market order's code for a market order.
    pub(super) price: u64,
    pub(super) display: u8,
    pub(super) open: u32,
    pub(super) executed: u32,
}

/// One port from outside.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// The highest number sent on each channel.
    pub(super) last_numbers: [u32; 256],
    pub(super) live: Vec<Live>,
    /// Channel and number of orders that have ended, the latest last.
    pub(super) dead: Vec<(u8, u32)>,
    pub(super) connected: bool,
    pub(super) entry_disabled: bool,
    pub(super) last_sent: Vec<u8>,
    /// What executions count for in the exposure, about; ten-thousandths of a dollar.
    executed_notional: u64,
    /// The share of each trade in it, by match number, channel and number.
    charged: BTreeMap<(u64, u8, u32), u64>,
}

impl Client {
    pub(super) fn new() -> Self {
        Self {
            last_numbers: [0; 256],
            live: Vec::new(),
            dead: Vec::new(),
            connected: true,
            entry_disabled: false,
            last_sent: Vec::new(),
            executed_notional: 0,
            charged: BTreeMap::new(),
        }
    }

    /// About the exposure of the port, in ten-thousandths of a dollar.
    pub(super) fn exposure(&self) -> u64 {
        let open: u64 = self.live.iter().map(|order| u64::from(order.open) * order.price).sum();
        self.executed_notional + open
    }

    /// Takes in one message of the port's stream; `locate` tells the instrument of a symbol.
    pub(super) fn hear(&mut self, message: &[u8], locate: impl Fn([u8; 8]) -> Locate) {
        let message = Outbound::decode(message).expect("the venue sends whole messages");
        match message {
            Outbound::OrderAccepted(order, tags) => self.live.push(Live {
                idx: channel(b'A', tags),
                number: order.user_ref_num.get(),
                locate: locate(order.symbol.0),
                side: order.side,
                price: order.price.get(),
                display: order.display,
                open: order.quantity.get(),
                executed: 0,
            }),
            Outbound::OrderReplaced(order, tags) => {
                let idx = channel(b'U', tags);
                let (original, number) = (order.orig_user_ref_num.get(), order.user_ref_num.get());
                self.change(idx, original, |live| {
                    live.number = number;
                    live.side = order.side;
                    live.price = order.price.get();
                    live.display = order.display;
                    live.open = order.quantity.get();
                });
                self.bury(idx, original);
            }
            Outbound::OrderExecuted(trade, tags) => {
                let (quantity, price) = (trade.quantity.get(), trade.price.get());
                let (idx, number) = (channel(b'E', tags), trade.user_ref_num.get());
                let mut charged = 0;
                self.change(idx, number, |live| {
                    live.open -= quantity;
                    live.executed += quantity;
                    charged = u64::from(quantity) * price.min(live.price);
                });
                self.executed_notional += charged;
                self.charged.insert((trade.match_number.get(), idx, number), charged);
            }
            Outbound::BrokenTrade(broken, tags) => {
                let (idx, number) = (channel(b'B', tags), broken.user_ref_num.get());
                let charged = self.charged.remove(&(broken.match_number.get(), idx, number));
                self.executed_notional -= charged.expect("a trade is broken once");
            }
            Outbound::AiqCanceled(cancel, tags) => {
                let lost = cancel.decrement_shares.get();
                self.change(channel(b'D', tags), cancel.user_ref_num.get(), |live| {
                    live.open -= lost;
                    live.executed += lost;
                });
            }
            Outbound::OrderCanceled(cancel, tags) => {
                self.change(channel(b'C', tags), cancel.user_ref_num.get(), |live| {
                    live.open -= cancel.quantity.get();
                    if cancel.reason == CancelReason::SelfMatch.code() {
                        live.executed += cancel.quantity.get();
                    }
                });
            }
            Outbound::OrderModified(order, tags) => {
                self.change(channel(b'M', tags), order.user_ref_num.get(), |live| {
                    live.side = order.side;
                    live.open = order.quantity.get();
                });
            }
            Outbound::DisableOrderEntryResponse(..) => self.entry_disabled = true,
            Outbound::EnableOrderEntryResponse(..) => self.entry_disabled = false,
            _ => {}
        }
    }

    /// Changes an open order, and buries it when nothing is left of it.
    fn change(&mut self, idx: u8, number: u32, change: impl FnOnce(&mut Live)) {
        let index = self
            .live
            .iter()
            .position(|live| (live.idx, live.number) == (idx, number))
            .expect("the venue speaks of open orders only");
        change(&mut self.live[index]);
        if self.live[index].open == 0 {
            let gone = self.live.swap_remove(index);
            self.bury(gone.idx, gone.number);
        }
    }

    fn bury(&mut self, idx: u8, number: u32) {
        if self.dead.len() == GRAVES {
            self.dead.remove(0);
        }
        self.dead.push((idx, number));
    }
}

fn channel(message_type: u8, tags: Appendage<'_>) -> u8 {
    Attributes::parse_outbound(message_type, tags)
        .expect("the venue sends only allowed tags")
        .user_ref_idx
        .unwrap_or(0)
}
