//! Graces: which ports were lost and may still be back in time.
//!
//! A grace begins when the loss of a session is logged and ends with a login or with a command of its own.

use super::Admission;
use crate::command::{DisconnectCause, DisconnectPolicy, PortDefined, PortId};

/// A lost port that may still be back in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grace {
    pub port: PortId,
    pub grace_ms: u32,
}

impl Admission {
    /// The ports that were lost after `sequence` and may still be back in time, each with the sequence of its loss.
    pub fn graces_after(&self, sequence: u64) -> impl Iterator<Item = (u64, Grace)> + '_ {
        self.graces.range(sequence + 1..).map(|(since, grace)| (*since, *grace))
    }

    /// Tells whether a port lost at `since` is away still, and its grace has not ended.
    pub fn is_in_grace(&self, since: u64) -> bool {
        self.graces.contains_key(&since)
    }

    /// Notes that a port has no session any more; unless the venue stops, its grace begins.
    pub(super) fn lose(&mut self, port: PortId, cause: DisconnectCause, sequence: u64) {
        let state = self.port_mut(port);
        state.connected = false;
        let PortDefined { on_disconnect, disconnect_by_order, grace_ms, .. } = state.defined;
        let has_grace = disconnect_by_order || on_disconnect == DisconnectPolicy::CancelAfter;
        self.end_grace(port);
        if has_grace && cause != DisconnectCause::Stop {
            self.port_mut(port).lost_at = Some(sequence);
            self.graces.insert(sequence, Grace { port, grace_ms });
        }
        self.reserve(port, 0, sequence);
    }

    /// Ends the grace of a port, if one runs.
    pub(super) fn end_grace(&mut self, port: PortId) {
        if let Some(since) = self.port_mut(port).lost_at.take() {
            self.graces.remove(&since);
        }
    }
}
