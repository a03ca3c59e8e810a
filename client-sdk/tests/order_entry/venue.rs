//! A venue that accepts everything: enough to show what a client must do.
//!
//! It keeps the one rule that matters to a client, the rising numbers, and the whole stream.

use std::collections::{HashMap, HashSet};

use bytes::BytesMut;
use openbell_client::protocol::ouch::inbound::EnterOrder;
use openbell_client::protocol::ouch::outbound::{
    AccountQueryResponse, DisableOrderEntryResponse, EnableOrderEntryResponse, MassCancelResponse,
    OrderAccepted, OrderCanceled, OrderReplaced,
};
use openbell_client::protocol::ouch::{self, Appendage, Attributes, Inbound};
use openbell_client::protocol::soupbintcp::server::{Limits, ServerEvent, ServerSession};
use openbell_client::protocol::soupbintcp::{LoginRejectReason, ServerPacket};
use openbell_client::protocol::{ClOrdId, Mpid, SessionId, Symbol};
use zerocopy::byteorder::big_endian::{U32, U64};
use zerocopy::{Immutable, IntoBytes};

pub(crate) const USERNAME: &str = "ALICE";
pub(crate) const PASSWORD: &str = "SECRET";

pub(crate) const LIMITS: Limits = Limits {
    login_timeout_ms: 60_000,
    silence_ms: 60_000,
    heartbeat_ms: 60_000,
    ..Limits::ANY_PAYLOAD
};

/// What is left when connections go.
pub(crate) struct Venue {
    pub(crate) session: SessionId,
    /// Sequenced messages from number 1 on.
    pub(crate) stream: Vec<Vec<u8>>,
    /// Everything clients sent but Account Queries.
    pub(crate) received: Vec<Vec<u8>>,
    pub(crate) queries: usize,
    pub(crate) heartbeats: usize,
    pub(crate) logouts: usize,
    /// Logins to refuse because the session is not available.
    pub(crate) refuse: usize,
    highest: HashMap<u8, u32>,
    live: HashSet<(u8, u32)>,
}

impl Venue {
    pub(crate) fn new() -> Self {
        Self {
            session: SessionId::new("2611220001").expect("a session"),
            stream: Vec::new(),
            received: Vec::new(),
            queries: 0,
            heartbeats: 0,
            logouts: 0,
            refuse: 0,
            highest: HashMap::new(),
            live: HashSet::new(),
        }
    }

    /// Handles one inbound message as if a client had sent it.
    pub(crate) fn take(&mut self, message: &[u8]) {
        let inbound = Inbound::decode(message).expect("clients send good messages");
        if !matches!(inbound, Inbound::AccountQuery(..)) {
            self.received.push(message.to_vec());
        }
        match inbound {
            Inbound::EnterOrder(m, tags) => self.enter(m, channel(b'O', tags)),
            Inbound::ReplaceOrder(m, tags) => {
                let (original, number) = (m.orig_user_ref_num.get(), m.user_ref_num.get());
                self.replace(channel(b'U', tags), original, number);
            }
            Inbound::CancelOrder(m, tags) => {
                let channel = channel(b'X', tags);
                if self.live.remove(&(channel, m.user_ref_num.get())) {
                    let fixed = OrderCanceled {
                        message_type: OrderCanceled::TYPE,
                        timestamp: U64::new(1),
                        user_ref_num: m.user_ref_num,
                        quantity: U32::new(100),
                        reason: b'U',
                    };
                    self.say(&fixed, channel);
                }
            }
            Inbound::ModifyOrder(..) => {}
            Inbound::MassCancel(m, tags) => {
                let channel = channel(b'C', tags);
                if self.is_new(channel, m.user_ref_num.get()) {
                    let fixed = MassCancelResponse {
                        message_type: MassCancelResponse::TYPE,
                        timestamp: U64::new(1),
                        user_ref_num: m.user_ref_num,
                        firm: m.firm,
                        symbol: m.symbol,
                    };
                    self.say(&fixed, channel);
                }
            }
            Inbound::DisableOrderEntry(m, _) => {
                if self.is_new(0, m.user_ref_num.get()) {
                    self.say(&disabled(m.user_ref_num, m.firm), 0);
                }
            }
            Inbound::EnableOrderEntry(m, _) => {
                if self.is_new(0, m.user_ref_num.get()) {
                    self.say(&enabled(m.user_ref_num, m.firm), 0);
                }
            }
            Inbound::AccountQuery(_, tags) => self.query(channel(b'Q', tags)),
        }
    }

    /// Adds a message to the stream.
    pub(crate) fn say<M: Immutable + IntoBytes>(&mut self, fixed: &M, channel: u8) {
        let user_ref_idx = (channel != 0).then_some(channel);
        let mut appendage = Vec::new();
        Attributes { user_ref_idx, ..Attributes::default() }.encode(&mut appendage);
        let mut message = Vec::new();
        ouch::encode(fixed, Some(&appendage), &mut message);
        self.stream.push(message);
    }

    fn enter(&mut self, order: &EnterOrder, channel: u8) {
        let number = order.user_ref_num.get();
        if self.is_new(channel, number) {
            self.live.insert((channel, number));
            self.say(&accepted(number, order.symbol, order.cl_ord_id), channel);
        }
    }

    fn replace(&mut self, channel: u8, original: u32, number: u32) {
        if !self.live.contains(&(channel, original)) || !self.is_new(channel, number) {
            return;
        }
        self.live.remove(&(channel, original));
        self.live.insert((channel, number));
        let from = accepted(number, Symbol(*b"AAPL    "), ClOrdId::BLANK);
        let fixed = OrderReplaced {
            message_type: OrderReplaced::TYPE,
            timestamp: from.timestamp,
            orig_user_ref_num: U32::new(original),
            user_ref_num: from.user_ref_num,
            side: from.side,
            quantity: from.quantity,
            symbol: from.symbol,
            price: from.price,
            time_in_force: from.time_in_force,
            display: from.display,
            order_reference_number: from.order_reference_number,
            capacity: from.capacity,
            intermarket_sweep_eligibility: from.intermarket_sweep_eligibility,
            cross_type: from.cross_type,
            order_state: from.order_state,
            cl_ord_id: from.cl_ord_id,
        };
        self.say(&fixed, channel);
    }

    fn query(&mut self, channel: u8) {
        self.queries += 1;
        let next = self.highest.get(&channel).map_or(1, |highest| highest + 1);
        let fixed = AccountQueryResponse {
            message_type: AccountQueryResponse::TYPE,
            timestamp: U64::new(1),
            next_user_ref_num: U32::new(next),
        };
        self.say(&fixed, channel);
    }

    /// Takes a number; an old one is to be ignored.
    fn is_new(&mut self, channel: u8, number: u32) -> bool {
        let highest = self.highest.entry(channel).or_default();
        let is_new = *highest < number;
        *highest = number.max(*highest);
        is_new
    }
}

fn channel(message_type: u8, tags: Appendage<'_>) -> u8 {
    let attributes = Attributes::parse_inbound(message_type, tags).expect("good attributes");
    attributes.user_ref_idx.unwrap_or(0)
}

pub(crate) fn accepted(number: u32, symbol: Symbol, cl_ord_id: ClOrdId) -> OrderAccepted {
    OrderAccepted {
        message_type: OrderAccepted::TYPE,
        timestamp: U64::new(1),
        user_ref_num: U32::new(number),
        side: b'B',
        quantity: U32::new(100),
        symbol,
        price: U64::new(102_500),
        time_in_force: b'0',
        display: b'Y',
        order_reference_number: U64::new(u64::from(number)),
        capacity: b'P',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        order_state: b'L',
        cl_ord_id,
    }
}

fn disabled(user_ref_num: U32, firm: Mpid) -> DisableOrderEntryResponse {
    let message_type = DisableOrderEntryResponse::TYPE;
    DisableOrderEntryResponse { message_type, timestamp: U64::new(1), user_ref_num, firm }
}

fn enabled(user_ref_num: U32, firm: Mpid) -> EnableOrderEntryResponse {
    let message_type = EnableOrderEntryResponse::TYPE;
    EnableOrderEntryResponse { message_type, timestamp: U64::new(1), user_ref_num, firm }
}

/// The venue's side of one connection.
pub(crate) struct Line {
    session: ServerSession,
    /// Messages of the stream this connection has been sent.
    sent: usize,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self { session: ServerSession::new(0, LIMITS), sent: 0 }
    }

    /// Handles the packet at the start of `bytes` and returns its length; 0: there is none.
    pub(crate) fn take(&mut self, venue: &mut Venue, bytes: &[u8], out: &mut BytesMut) -> usize {
        let received = self.session.receive(bytes, 0).expect("clients keep to the protocol");
        let Some((event, consumed)) = received else { return 0 };
        match event {
            ServerEvent::Login(login) => {
                if login.username_text() != USERNAME || login.password_text() != PASSWORD {
                    self.session.reject(LoginRejectReason::NotAuthorized, out);
                } else if 0 < venue.refuse {
                    venue.refuse -= 1;
                    self.session.reject(LoginRejectReason::SessionNotAvailable, out);
                } else {
                    let last = u64::try_from(venue.stream.len()).expect("small");
                    let accepted = login.resume(venue.session, last).expect("a good login");
                    self.session.accept(&accepted, out, 0);
                    self.sent = usize::try_from(accepted.sequence_number - 1).expect("small");
                }
            }
            ServerEvent::Message(message) => venue.take(message),
            ServerEvent::Heartbeat => venue.heartbeats += 1,
            ServerEvent::Logout => venue.logouts += 1,
            ServerEvent::Debug(_) => {}
        }
        consumed
    }

    /// Appends what the stream has beyond what was sent.
    pub(crate) fn send(&mut self, venue: &Venue, out: &mut BytesMut) {
        if !self.session.is_logged_in() {
            return;
        }
        for message in &venue.stream[self.sent..] {
            ServerPacket::Sequenced(message).encode(out);
        }
        self.sent = venue.stream.len();
    }

    /// Appends the end of the session.
    pub(crate) fn end(&mut self, out: &mut BytesMut) {
        self.session.end(out);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.session.is_closed()
    }
}
