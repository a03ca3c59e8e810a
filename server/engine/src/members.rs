//! Firms and ports, as far as a shard must know them.

use protocol::Mpid;
use protocol::enums::Display;

use crate::book::Order;
use crate::command::{DisconnectPolicy, FirmDefined, FirmId, PortDefined, PortId};

/// Every firm and port of the log, each by its id.
#[derive(Debug, Default)]
pub(crate) struct Members {
    firms: Vec<Mpid>,
    ports: Vec<Port>,
}

#[derive(Clone, Copy, Debug)]
struct Port {
    firm: FirmId,
    on_disconnect: DisconnectPolicy,
}

impl Members {
    pub(crate) fn define_firm(&mut self, firm: &FirmDefined) {
        put(&mut self.firms, firm.id.0, firm.mpid);
    }

    pub(crate) fn define_port(&mut self, port: &PortDefined) {
        let PortDefined { id, firm, on_disconnect, .. } = *port;
        put(&mut self.ports, id.0, Port { firm, on_disconnect });
    }

    pub(crate) fn on_disconnect(&self, port: PortId) -> DisconnectPolicy {
        self.ports[usize::from(port.0)].on_disconnect
    }

    /// The firm to name on the feed, if the order is shown with its firm's name.
    pub(crate) fn attribution(&self, order: &Order) -> Option<Mpid> {
        let port = usize::from(order.key.port.0);
        (order.display == Display::Attributable)
            .then(|| self.firms[usize::from(self.ports[port].firm.0)])
    }
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
