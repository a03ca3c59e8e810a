//! Where the feed is, and how much of it to hold.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use protocol::SessionId;

/// The lines to listen to and the server to ask for what was lost.
///
/// A line that is no multicast group is received as unicast at that address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JoinOptions {
    pub line_a: SocketAddrV4,
    pub line_b: Option<SocketAddrV4>,
    /// Address of the network interface on which to join the groups.
    pub interface: Ipv4Addr,
    /// Packets of other sessions are ignored; `None`: the session of the first packet.
    pub session: Option<SessionId>,
    /// The retransmission server.
    pub retransmit: Option<SocketAddr>,
    /// Number of the first message wanted; 1: all of the day.
    pub first: u64,
    /// Messages held while an earlier one is missing.
    pub window: usize,
    /// Messages nobody has taken.
    pub messages: usize,
    /// How long a message may be missing before the feed is given up.
    pub patience: Duration,
    /// Bytes the kernel is asked to hold for each line.
    pub receive_buffer: usize,
}

impl JoinOptions {
    /// Listens to one line on the loopback interface, from the first message of the day on.
    pub fn new(line_a: SocketAddrV4) -> Self {
        Self {
            line_a,
            line_b: None,
            interface: Ipv4Addr::LOCALHOST,
            session: None,
            retransmit: None,
            first: 1,
            window: 65_536,
            messages: 8_192,
            patience: Duration::from_secs(30),
            receive_buffer: 4 << 20,
        }
    }
}
