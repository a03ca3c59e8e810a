//! What a block brought, counted once all its messages are on their way.

use engine::outbox::{Run, Target};
use protocol::ouch::{RejectReason, outbound as outbound_message};

use super::Metrics;

/// What one block brought.
#[derive(Default)]
pub struct Tally {
    messages: u64,
    acknowledgements: u64,
    rejects: Vec<RejectReason>,
    trades: u64,
}

impl Tally {
    /// Counts the messages of one run.
    pub fn run(&mut self, run: &Run<'_>) {
        match run.target {
            Target::Port(_) => {
                self.messages += u64::from(run.count);
                run.messages().for_each(|message| self.message(message));
            }
            Target::Feed => {}
            Target::Trade => self.trades += u64::from(run.count),
        }
    }

    fn message(&mut self, message: &[u8]) {
        match message[0] {
            outbound_message::OrderAccepted::TYPE | outbound_message::OrderReplaced::TYPE => {
                self.acknowledgements += 1
            }
            outbound_message::Rejected::TYPE => {
                let reason = u16::from_be_bytes([message[13], message[14]]);
                self.rejects
                    .push(RejectReason::try_from(reason).expect("the engine knows its reasons"));
            }
            _ => {}
        }
    }

    /// Adds what was counted to the metrics; `feed_sequence` is the last number of the feed.
    pub fn publish(&self, metrics: &Metrics, feed_sequence: u64) {
        metrics.outbound_messages.add(self.messages);
        metrics.acknowledgements.add(self.acknowledgements);
        metrics.trades.add(self.trades);
        for reason in &self.rejects {
            metrics.rejects.add(*reason, 1);
        }
        metrics.feed_sequence.set(feed_sequence);
    }
}
