//! A shard: the instruments of one matcher, from commands to encoded messages.
//!
//! Shards do not show: their outboxes merge into the same streams for any number of them. The first shard also
//! speaks for the venue and the ports themselves (locate 0).

use crate::command::{Command, Locate, PortId, Sequenced};
use crate::context::Context;
use crate::event::{CrossRecord, Event, Outcome};
use crate::matcher::{AHEAD, Applied, Matcher};
use crate::outbox::Outbox;
use crate::{market_data, order_entry, trade};

/// One of the venue's matching shards.
pub struct Shard {
    /// The first shard makes the messages of locate 0.
    first: bool,
    context: Context,
    matcher: Matcher,
    applied: Applied,
}

impl Shard {
    /// Builds shard `number` of `shards`, from 0.
    pub fn new(number: u16, shards: u16) -> Self {
        assert!(number < shards, "a shard is one of them");
        Self {
            first: number == 0,
            context: Context::default(),
            matcher: Matcher::new(number, shards),
            applied: Applied::default(),
        }
    }

    /// Applies committed commands that follow each other, as [`Self::apply`] does one.
    pub fn apply_all(
        &mut self,
        commands: &[Sequenced<'_>],
        outbox: &mut Outbox,
        outcomes: &mut Vec<Outcome>,
    ) {
        for group in commands.chunks(AHEAD) {
            self.matcher.look_ahead(group);
            for sequenced in group {
                self.apply(sequenced, outbox, outcomes);
            }
        }
    }

    /// Applies a committed command: messages to `outbox`, news for admission to `outcomes`.
    pub fn apply(
        &mut self,
        sequenced: &Sequenced<'_>,
        outbox: &mut Outbox,
        outcomes: &mut Vec<Outcome>,
    ) {
        if !sequenced.command.is_for_an_order() {
            self.learn(sequenced, outbox);
            if self.first {
                market_data::put_announcement(&self.context, sequenced, outbox);
                order_entry::put_answers(&self.context, sequenced, outbox);
            }
        }
        self.matcher.apply(sequenced, &mut self.applied);
        for (locate, event) in &self.applied.events {
            put_event(&self.context, sequenced, *locate, event, outbox);
        }
        outcomes.extend_from_slice(&self.applied.outcomes);
        self.applied.events.clear();
        self.applied.outcomes.clear();
    }

    /// Takes the records of the crosses held since they were last taken.
    pub fn take_crosses(&mut self) -> impl Iterator<Item = CrossRecord> {
        self.applied.crosses.drain(..)
    }

    /// Open orders of an instrument of this shard.
    pub fn open_orders(&self, locate: Locate) -> usize {
        self.matcher.open_orders(locate)
    }

    /// Open orders of a port in this shard.
    pub fn open_orders_of(&self, port: PortId) -> usize {
        self.matcher.open_orders_of(port)
    }

    /// A sum over the shard's state; the sums of all shards add up to the same for any number of them.
    pub fn digest(&self) -> u64 {
        self.matcher.digest()
    }

    fn learn(&mut self, sequenced: &Sequenced<'_>, outbox: &mut Outbox) {
        let command = &sequenced.command;
        let late_port = match command {
            Command::PortDefined(port) if self.first && self.context.started() => {
                (self.context.ports().len() == usize::from(port.id.0)).then_some(port.id)
            }
            _ => None,
        };
        self.context.learn(command);
        if let Some(port) = late_port {
            order_entry::put_late_start(&self.context, sequenced, port, outbox);
        }
    }
}

/// Puts what an event says, to its ports first, then to the feed, then to the trades of the day.
fn put_event(
    context: &Context,
    sequenced: &Sequenced<'_>,
    locate: Locate,
    event: &Event,
    outbox: &mut Outbox,
) {
    match event {
        Event::Accepted { .. }
        | Event::Replaced(_)
        | Event::Modified { .. }
        | Event::Canceled { .. }
        | Event::Prevented(_)
        | Event::Restated { .. }
        | Event::Rejected { .. } => {
            order_entry::put_event(context, sequenced, locate, event, outbox);
        }
        Event::Executed { .. } | Event::Crossed { .. } | Event::Broken { .. } => {
            order_entry::put_event(context, sequenced, locate, event, outbox);
            market_data::put_event(context, sequenced, locate, event, outbox);
            trade::put_event(context, sequenced, locate, event, outbox);
        }
        Event::AddedHidden { .. } => {}
        Event::CrossDone { .. }
        | Event::NetImbalance { .. }
        | Event::Added { .. }
        | Event::Reduced { .. }
        | Event::Deleted { .. }
        | Event::BookReplaced { .. }
        | Event::Directory(_)
        | Event::TradingAction { .. }
        | Event::ShortSaleTest { .. } => {
            market_data::put_event(context, sequenced, locate, event, outbox);
        }
    }
}
