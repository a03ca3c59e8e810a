//! The matcher of one shard: applies committed commands to the instruments that are its own.
//!
//! What a command does depends on the commands before it and on nothing else, and shards never know of each
//! other: any number of them gives the same events once these are merged by stock locate.

use protocol::Price;
use protocol::enums::{CancelReason, EventCode, Side, TradingState};

pub use crate::book::{AHEAD, Memory};
use crate::book::{Ahead, Book, Order, Resting};
use crate::command::{
    Command, DisconnectCause, DisconnectPolicy, KillScope, Locate, MassCancel, OrderKey, PortId,
    Sequenced, SymbolDefined,
};
use crate::continuous::Continuous;
use crate::digest::Digest;
use crate::event::{CrossRecord, Event, Outcome};
use crate::instrument::Instrument;
use crate::members::Members;

/// What commands did: cleared by the caller, reused for ever.
#[derive(Debug, Default)]
pub struct Applied {
    /// By stock locate, then in the order in which things happened.
    pub events: Vec<(Locate, Event)>,
    /// What admission must hear of.
    pub outcomes: Vec<Outcome>,
    /// The crosses that were held.
    pub crosses: Vec<CrossRecord>,
}

impl Applied {
    /// Gives notional back to a port and its firm, in one outcome unless 64 bits are too few.
    pub(crate) fn release(&mut self, port: PortId, mut notional: u128) {
        while u128::from(u64::MAX) < notional {
            self.outcomes.push(Outcome::Released { port, notional: u64::MAX });
            notional -= u128::from(u64::MAX);
        }
        if let Ok(notional @ 1..) = u64::try_from(notional) {
            self.outcomes.push(Outcome::Released { port, notional });
        }
    }
}

/// One shard: the instruments with `(locate - 1) % shards == shard`.
#[derive(Debug)]
pub struct Matcher {
    shard: u16,
    shards: u16,
    /// By locate; those of other shards stay `None`.
    instruments: Vec<Option<Box<Instrument>>>,
    resting: Resting,
    members: Members,
    /// The orders that a mass cancel takes, by reference; kept to be used again.
    chosen: Vec<(u64, u32)>,
    /// Notional released by a mass cancel, by port; kept to be used again.
    released: Vec<u128>,
}

impl Matcher {
    /// Makes shard number `shard` (from 0) of `shards`, without an instrument.
    pub fn new(shard: u16, shards: u16) -> Self {
        assert!(shard < shards, "shards are numbered from 0");
        Self {
            shard,
            shards,
            instruments: Vec::new(),
            resting: Resting::new(),
            members: Members::default(),
            chosen: Vec::new(),
            released: Vec::new(),
        }
    }

    /// Loads what the next commands will need, at most [`AHEAD`] of them; changes nothing.
    pub fn look_ahead(&self, commands: &[Sequenced<'_>]) {
        let mut ahead = Ahead::new();
        for sequenced in commands {
            match &sequenced.command {
                Command::Enter(enter) => {
                    if let Some(Some(instrument)) =
                        self.instruments.get(usize::from(enter.locate.0))
                    {
                        ahead.level(enter.side, enter.price, &instrument.book);
                    }
                }
                Command::Cancel(cancel) => ahead.order(cancel.key, &self.resting),
                Command::Modify(modify) => ahead.order(modify.key, &self.resting),
                Command::Replace(replace) => {
                    let user_ref_num = replace.original_user_ref_num;
                    ahead.order(OrderKey { user_ref_num, ..replace.key }, &self.resting);
                }
                _ => {}
            }
        }
        ahead.load(&self.resting);
    }

    /// Applies one committed command.
    ///
    /// Appends to `applied` by stock locate, then in the order in which things happened.
    pub fn apply(&mut self, sequenced: &Sequenced<'_>, applied: &mut Applied) {
        let before = applied.events.len();
        self.execute(sequenced, applied);
        self.tell_gone(before, applied);
    }

    fn execute(&mut self, sequenced: &Sequenced<'_>, applied: &mut Applied) {
        let time_ns = sequenced.time_ns;
        match &sequenced.command {
            Command::Enter(enter) => {
                self.at(enter.locate, time_ns, applied, |market| market.enter(enter))
            }
            Command::Cancel(cancel) => {
                self.at(cancel.locate, time_ns, applied, |market| market.cancel(cancel))
            }
            Command::Replace(replace) => {
                self.at(replace.locate, time_ns, applied, |market| market.replace(replace))
            }
            Command::Modify(modify) => {
                self.at(modify.locate, time_ns, applied, |market| market.modify(modify))
            }
            Command::MassCancel(mass_cancel) => self.mass_cancel(mass_cancel, applied),
            // A planned stop of the venue keeps orders under every policy.
            Command::Disconnected { cause: DisconnectCause::Stop, .. } => {}
            Command::Disconnected { port, .. } => {
                self.lost(*port, DisconnectPolicy::Cancel, applied);
            }
            Command::GraceEnded { port } => {
                self.lost(*port, DisconnectPolicy::CancelAfter, applied);
            }
            Command::KillSwitch { scope, engaged: true } => self.kill(*scope, applied),
            Command::Bust(bust) => {
                self.at(bust.locate(), time_ns, applied, |market| market.bust(bust))
            }
            Command::SystemEvent { code: EventCode::EndOfMarketHours } => self.expire(applied),
            Command::TradingAction { locate, state, reason } => {
                self.each(*locate, time_ns, applied, |market| market.set_state(*state, *reason))
            }
            Command::PhaseChanged { locate, phase } => {
                self.each(*locate, time_ns, applied, |market| market.set_phase(*phase))
            }
            Command::ImbalanceDue { locate, cross_type } => {
                self.each(*locate, time_ns, applied, |market| market.tell_imbalance(*cross_type))
            }
            Command::ShortSaleTest { locate, action } => {
                self.each(*locate, time_ns, applied, |market| {
                    market.instrument.short_sale_action = *action;
                    market.emit(Event::ShortSaleTest { action: *action });
                })
            }
            Command::SymbolDefined(definition) => self.define(definition, applied),
            Command::SymbolRemoved { locate } => self.remove(*locate),
            Command::FirmDefined(firm) => self.members.define_firm(firm),
            Command::PortDefined(port) => self.members.define_port(port),
            Command::DayOpened(day) => self.resting.seed = seed(&day.log_id),
            Command::SystemEvent { .. }
            | Command::OperatorNote { .. }
            | Command::KillSwitch { .. }
            | Command::Connected { .. }
            | Command::DisableEntry { .. }
            | Command::EnableEntry { .. }
            | Command::AccountQuery { .. }
            | Command::Refused { .. }
            | Command::Counted { .. }
            | Command::SymbolRestricted { .. }
            | Command::Tick => {}
        }
    }

    /// How many orders are open in an instrument; none in one of another shard.
    pub fn open_orders(&self, locate: Locate) -> usize {
        self.book(locate).map_or(0, Book::open)
    }

    /// The best price an order of `side` could trade at in an instrument.
    pub fn best_against(&self, locate: Locate, side: Side) -> Option<Price> {
        self.book(locate)?.best_against(side)
    }

    /// The shares that orders of `side` have open at one price of an instrument.
    pub fn shares_at(&self, locate: Locate, side: Side, price: Price) -> u64 {
        self.book(locate).map_or(0, |book| book.shares_at(side, price, &self.resting))
    }

    /// How many orders a port has open in the instruments of this shard.
    pub fn open_orders_of(&self, port: PortId) -> usize {
        self.resting.of_port(port, 0).count()
    }

    /// Bytes that the orders of this shard take.
    pub fn memory(&self) -> Memory {
        self.resting.memory()
    }

    /// Sums up a mix of every instrument and every open order.
    ///
    /// Added up over all shards (wrapping) it is the same for any number of shards.
    pub fn digest(&self) -> u64 {
        let instruments = self.instruments.iter().flatten().map(|instrument| instrument.digest());
        let orders = self.resting.digests();
        instruments.chain(orders).fold(0, u64::wrapping_add)
    }

    /// Tells admission which of the orders that the events behind the first `before` name are not open now. A cross tells
    /// of those that traded in it.
    fn tell_gone(&self, before: usize, applied: &mut Applied) {
        let Applied { events, outcomes, .. } = applied;
        let mut gone = |key: OrderKey| outcomes.push(Outcome::OrderGone { key });
        let mut aggressor_key = None;
        let mut events = events[before..].iter().map(|(_, event)| event).peekable();
        while let Some(event) = events.next() {
            match event {
                Event::Executed { resting, aggressor, .. } => {
                    if !self.resting.is_open(resting.key) {
                        gone(resting.key);
                    }
                    aggressor_key = Some(aggressor.key);
                }
                Event::Replaced(replaced) => {
                    let original = replaced.original_user_ref_num;
                    gone(OrderKey { user_ref_num: original, ..replaced.key });
                    aggressor_key = Some(replaced.key);
                }
                // What the feed shows of the order is told right behind, if it shows it. A self-match may take the
                // display alone.
                Event::Canceled { key, reason, .. } => match events.peek() {
                    Some(Event::Reduced { .. }) => {}
                    Some(Event::Deleted { .. }) if *reason != CancelReason::SelfMatch => gone(*key),
                    _ if self.resting.is_open(*key) => {}
                    _ => gone(*key),
                },
                Event::Prevented(prevented) if !self.resting.is_open(prevented.key) => {
                    gone(prevented.key);
                }
                Event::Rejected { key, .. } => gone(*key),
                _ => {}
            }
        }
        if let Some(key) = aggressor_key.filter(|key| !self.resting.is_open(*key)) {
            gone(key);
        }
    }

    fn book(&self, locate: Locate) -> Option<&Book> {
        let instrument = self.instruments.get(usize::from(locate.0))?.as_deref()?;
        Some(&instrument.book)
    }

    /// Lets a command work in the instrument it names, if that is one of this shard.
    fn at(
        &mut self,
        locate: Locate,
        time_ns: u64,
        applied: &mut Applied,
        work: impl FnOnce(&mut Continuous<'_>),
    ) {
        let Some(Some(instrument)) = self.instruments.get_mut(usize::from(locate.0)) else {
            return;
        };
        work(&mut Continuous {
            instrument,
            resting: &mut self.resting,
            members: &self.members,
            time_ns,
            applied,
        });
    }

    /// Does the same to one listed instrument, or to all of them.
    fn each(
        &mut self,
        locate: Locate,
        time_ns: u64,
        applied: &mut Applied,
        mut act: impl FnMut(&mut Continuous<'_>),
    ) {
        for instrument in self.instruments.iter_mut().flatten() {
            if instrument.listed && (locate == Locate::NONE || locate == instrument.locate()) {
                let (resting, members) = (&mut self.resting, &self.members);
                act(&mut Continuous { instrument, resting, members, time_ns, applied });
            }
        }
    }

    fn define(&mut self, definition: &SymbolDefined, applied: &mut Applied) {
        let locate = definition.locate;
        assert!(locate != Locate::NONE, "a symbol has a stock locate");
        if (locate.0 - 1) % self.shards != self.shard {
            return;
        }
        let index = usize::from(locate.0);
        if self.instruments.len() <= index {
            self.instruments.resize_with(index + 1, || None);
        }
        match &mut self.instruments[index] {
            Some(instrument) => {
                instrument.definition = *definition;
                instrument.listed = true;
            }
            vacant => *vacant = Some(Box::new(Instrument::new(*definition))),
        }
        applied.events.push((locate, Event::Directory(*definition)));
    }

    fn remove(&mut self, locate: Locate) {
        let Some(Some(instrument)) = self.instruments.get_mut(usize::from(locate.0)) else {
            return;
        };
        assert!(instrument.book.open() == 0, "a symbol with open orders is not removed");
        instrument.listed = false;
        instrument.state = TradingState::Halted;
    }

    fn mass_cancel(&mut self, request: &MassCancel<'_>, applied: &mut Applied) {
        let MassCancel { key, locate, side, group_id, .. } = *request;
        self.choose_of_port(key.port, key.user_ref_idx, |order| {
            (locate == Locate::NONE || locate == order.locate())
                && side.is_none_or(|side| side == order.side)
                && group_id.is_none_or(|group_id| group_id == order.group_id)
        });
        self.cancel_chosen(CancelReason::UserRequested, applied);
    }

    /// Cancels the orders of a lost port for which this policy holds.
    fn lost(&mut self, port: PortId, policy: DisconnectPolicy, applied: &mut Applied) {
        let (of_port, by_order) = self.members.on_disconnect(port);
        if !by_order && of_port != policy {
            return;
        }
        self.choose_of_port(port, 0, |order| {
            order.on_disconnect.filter(|_| by_order).unwrap_or(of_port) == policy
        });
        self.cancel_chosen(CancelReason::System, applied);
    }

    /// Cancels every open order that the operator's kill switch stops.
    fn kill(&mut self, scope: KillScope, applied: &mut Applied) {
        let Self { resting, members, chosen, .. } = self;
        let stopped = resting.iter().filter(|(_, order)| match scope {
            KillScope::Venue => true,
            KillScope::Firm(firm) => members.firm_of(order.key.port) == firm,
            KillScope::Port(port) => order.key.port == port,
        });
        chosen.extend(stopped.map(|(slot, order)| (resting.entered(order), slot)));
        self.cancel_chosen(CancelReason::Supervisory, applied);
    }

    /// Cancels every open order at the end of market hours.
    fn expire(&mut self, applied: &mut Applied) {
        let orders = self.resting.iter();
        self.chosen.extend(orders.map(|(slot, order)| (self.resting.entered(order), slot)));
        self.cancel_chosen(CancelReason::TimeInForce, applied);
    }

    fn choose_of_port(&mut self, port: PortId, user_ref_idx: u8, passes: impl Fn(&Order) -> bool) {
        let orders =
            self.resting.of_port(port, user_ref_idx).map(|slot| (slot, self.resting.order(slot)));
        let chosen = orders
            .filter(|(_, order)| passes(order))
            .map(|(slot, order)| (self.resting.entered(order), slot));
        self.chosen.extend(chosen);
    }

    /// Cancels the chosen orders by stock locate, then by entry.
    fn cancel_chosen(&mut self, reason: CancelReason, applied: &mut Applied) {
        // The references of one instrument rise with time.
        self.chosen
            .sort_unstable_by_key(|(reference, _)| (Locate::of_number(*reference), *reference));
        for (_, slot) in self.chosen.drain(..) {
            let order = self.resting.whole(slot);
            let (locate, key, quantity) = (order.locate(), order.key, order.open);
            let port = usize::from(key.port.0);
            if self.released.len() <= port {
                self.released.resize(port + 1, 0);
            }
            self.released[port] += u128::from(order.notional());
            let (is_on_feed, order_reference) = (order.is_on_feed(), order.reference);
            let instrument = self.instruments[usize::from(locate.0)].as_mut();
            let instrument = instrument.expect("an order rests in an instrument of its shard");
            instrument.book.remove(slot, &mut self.resting);
            applied.events.push((locate, Event::Canceled { key, quantity, reason }));
            if is_on_feed {
                applied.events.push((locate, Event::Deleted { order_reference }));
            }
        }
        for (port, notional) in (0..).map(PortId).zip(&mut self.released) {
            applied.release(port, std::mem::take(notional));
        }
    }

    /// Asserts what must hold after every command.
    #[cfg(test)]
    pub(crate) fn assert_sound(&self) {
        let instruments = self.instruments.iter().flatten();
        let mut open = 0;
        for instrument in instruments {
            let may_be_crossed = !instrument.is_continuous();
            instrument.book.assert_sound(may_be_crossed, &self.resting);
            open += instrument.book.open();
        }
        assert_eq!(self.resting.iter().count(), open, "every order rests in one book");
    }

    /// What an order holds with what it has in reserve.
    #[cfg(test)]
    pub(crate) fn notional(&self, order: &Order) -> u64 {
        let slot = self.resting.find(order.key).expect("the order is open");
        self.resting.whole(slot).notional()
    }

    /// Every open order, for tests that compare them with what was told.
    #[cfg(test)]
    pub(crate) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.resting.iter().map(|(_, order)| order)
    }
}

/// The number from which random displays follow, from the log's own.
fn seed(log_id: &[u8; 16]) -> u64 {
    log_id.iter().fold(Digest::of(b'L'), |digest, &byte| digest.mix(byte)).value()
}
