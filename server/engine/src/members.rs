//! Firms and ports, as far as a shard must know them.

use protocol::Mpid;
use protocol::enums::Display;

use crate::book::Order;
use crate::command::{
    DisconnectPolicy, FirmDefined, FirmId, Limits, PortDefined, PortId, SelfMatch,
};
use crate::self_match::Level;

/// Every firm and port of the log, each by its id.
#[derive(Debug, Default)]
pub(crate) struct Members {
    firms: Vec<Firm>,
    ports: Vec<Port>,
    /// A firm or port has, or had today, a limit that its instrument alone can judge.
    have_limits_of_instrument: bool,
}

#[derive(Clone, Copy, Debug)]
struct Firm {
    mpid: Mpid,
    limits: Limits,
    organization: Mpid,
    affiliate: Mpid,
}

#[derive(Clone, Copy, Debug)]
struct Port {
    firm: FirmId,
    limits: Limits,
    on_disconnect: DisconnectPolicy,
    self_match: SelfMatch,
    disconnect_by_order: bool,
}

impl Members {
    pub(crate) fn define_firm(&mut self, firm: &FirmDefined) {
        let FirmDefined { id, mpid, limits, organization, affiliate } = *firm;
        self.have_limits_of_instrument |= is_of_instrument(&limits);
        put(&mut self.firms, id.0, Firm { mpid, limits, organization, affiliate });
    }

    pub(crate) fn define_port(&mut self, port: &PortDefined) {
        let PortDefined {
            id, firm, limits, on_disconnect, self_match, disconnect_by_order, ..
        } = *port;
        self.have_limits_of_instrument |= is_of_instrument(&limits);
        let port = Port { firm, limits, on_disconnect, self_match, disconnect_by_order };
        put(&mut self.ports, id.0, port);
    }

    /// The firm that answers for a port.
    pub(crate) fn firm_of(&self, port: PortId) -> FirmId {
        self.ports[usize::from(port.0)].firm
    }

    /// What becomes of a port's orders when it is lost, and whether an order may ask for something else.
    pub(crate) fn on_disconnect(&self, port: PortId) -> (DisconnectPolicy, bool) {
        let port = &self.ports[usize::from(port.0)];
        (port.on_disconnect, port.disconnect_by_order)
    }

    /// Tells whether any order need be looked at for what its instrument alone knows: last sale, recent orders.
    pub(crate) fn have_limits_of_instrument(&self) -> bool {
        self.have_limits_of_instrument
    }

    /// What a port and its firm both allow to one order.
    pub(crate) fn allowed(&self, port: PortId) -> Limits {
        let port = &self.ports[usize::from(port.0)];
        let firm = &self.firms[usize::from(port.firm.0)];
        port.limits.and(firm.limits)
    }

    /// What holds for orders that name no self-match prevention of their own.
    pub(crate) fn self_match(&self, port: PortId) -> SelfMatch {
        self.ports[usize::from(port.0)].self_match
    }

    /// Tells whether two ports have one owner at this level.
    pub(crate) fn are_one(&self, level: Level, one: PortId, other: PortId) -> bool {
        let [one, other] = [one, other].map(|port| self.ports[usize::from(port.0)].firm);
        let named = |name: fn(&Firm) -> Mpid| {
            let [one, other] = [one, other].map(|firm| name(&self.firms[usize::from(firm.0)]));
            !one.is_blank() && one == other
        };
        one == other
            || match level {
                Level::Firm => false,
                Level::Organization => named(|firm| firm.organization),
                Level::Affiliate => named(|firm| firm.affiliate),
                Level::Any => named(|firm| firm.organization) || named(|firm| firm.affiliate),
            }
    }

    /// The firm to name on the feed, if the order is shown with its firm's name.
    pub(crate) fn attribution(&self, order: &Order) -> Option<Mpid> {
        let port = usize::from(order.key.port.0);
        (order.display == Display::Attributable)
            .then(|| self.firms[usize::from(self.ports[port].firm.0)].mpid)
    }
}

fn is_of_instrument(limits: &Limits) -> bool {
    let &Limits { fat_finger, fat_finger_bp, market_impact_bp, symbol_messages_per_second, .. } =
        limits;
    0 < limits.duplicate_window_ms
        || [fat_finger, fat_finger_bp, market_impact_bp, symbol_messages_per_second]
            .into_iter()
            .any(|limit| limit != u32::MAX)
}

/// Puts `value` at `id`; the log numbers ids from 0 in the order of their definition.
fn put<T>(values: &mut Vec<T>, id: u16, value: T) {
    match values.get_mut(usize::from(id)) {
        Some(place) => *place = value,
        None => {
            assert!(values.len() == usize::from(id), "ids are defined in their order");
            values.push(value);
        }
    }
}
