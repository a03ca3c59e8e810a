//! When lost ports' graces end: in log time, by a command of the log.
//!
//! A grace begins when the loss of the session is logged. One that the log had under way when the venue started begins
//! anew with the start: a client cannot be back while the venue is away.

use std::collections::BTreeMap;

use engine::admission::Admission;
use engine::command::PortId;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// The ends of the graces that run, the next one first.
#[derive(Debug, Default)]
pub(super) struct Graces {
    /// The last loss that was given its end.
    seen: u64,
    /// By time in UTC nanoseconds, then by the sequence of the loss. Who was back in time is still in here.
    ends: BTreeMap<(u64, u64), PortId>,
}

impl Graces {
    /// Gives a port whose grace is over and has not been ended; asked in every round, so that each grace gets the end that
    /// the time of its loss gives it.
    pub(super) fn due(&mut self, admission: &Admission, now_ns: u64) -> Option<PortId> {
        for (since, grace) in admission.graces_after(self.seen) {
            let end_ns = now_ns + u64::from(grace.grace_ms) * NANOS_PER_MILLI;
            self.ends.insert((end_ns, since), grace.port);
            self.seen = since;
        }
        loop {
            let (&(end_ns, since), &port) = self.ends.first_key_value()?;
            if admission.is_in_grace(since) {
                return (end_ns <= now_ns).then_some(port);
            }
            self.ends.pop_first();
        }
    }
}
