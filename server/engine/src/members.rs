//! Firms and ports, as far as a shard must know them.

use protocol::Mpid;
use protocol::enums::Display;

use crate::book::Order;
use crate::command::{DisconnectPolicy, FirmDefined, FirmId, Limits, PortDefined, PortId};

/// Every firm and port of the log, each by its id.
#[derive(Debug, Default)]
pub(crate) struct Members {
    firms: Vec<Firm>,
    ports: Vec<Port>,
    /// A firm or port has, or had today, a limit that is measured by the market's price.
    measures_prices: bool,
}

#[derive(Clone, Copy, Debug)]
struct Firm {
    mpid: Mpid,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Port {
    firm: FirmId,
    limits: Limits,
    on_disconnect: DisconnectPolicy,
}

impl Members {
    pub(crate) fn define_firm(&mut self, firm: &FirmDefined) {
        let FirmDefined { id, mpid, limits } = *firm;
        self.measures_prices |= measures_prices(&limits);
        put(&mut self.firms, id.0, Firm { mpid, limits });
    }

    pub(crate) fn define_port(&mut self, port: &PortDefined) {
        let PortDefined { id, firm, limits, on_disconnect, .. } = *port;
        self.measures_prices |= measures_prices(&limits);
        put(&mut self.ports, id.0, Port { firm, limits, on_disconnect });
    }

    /// The firm that answers for a port.
    pub(crate) fn firm_of(&self, port: PortId) -> FirmId {
        self.ports[usize::from(port.0)].firm
    }

    pub(crate) fn on_disconnect(&self, port: PortId) -> DisconnectPolicy {
        self.ports[usize::from(port.0)].on_disconnect
    }

    /// Tells whether any order need be measured by the market's price.
    pub(crate) fn measures_prices(&self) -> bool {
        self.measures_prices
    }

    /// What a port and its firm both allow to one order.
    pub(crate) fn allowed(&self, port: PortId) -> Limits {
        let port = &self.ports[usize::from(port.0)];
        let firm = &self.firms[usize::from(port.firm.0)];
        port.limits.and(firm.limits)
    }

    /// The firm to name on the feed, if the order is shown with its firm's name.
    pub(crate) fn attribution(&self, order: &Order) -> Option<Mpid> {
        let port = usize::from(order.key.port.0);
        (order.display == Display::Attributable)
            .then(|| self.firms[usize::from(self.ports[port].firm.0)].mpid)
    }
}

fn measures_prices(limits: &Limits) -> bool {
    [limits.fat_finger, limits.fat_finger_bp, limits.market_impact_bp]
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
