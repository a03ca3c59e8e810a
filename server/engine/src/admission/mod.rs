//! Admission: the stage before the log.
//!
//! It turns a participant's message into the command that is logged, with its verdict. Its state is a fold
//! over the log and over the outcomes of shards; a decision never depends on when an outcome arrives: where
//! that could matter the port, or all ports of firms of its owner, wait.

mod directory;
mod exposure;
mod fields;
mod fold;
mod grace;
mod group;
mod orders;
mod port;
mod risk;

use std::collections::{BTreeMap, BTreeSet};

use protocol::ouch::inbound::{self, EnterOrder, ReplaceOrder};
use protocol::ouch::{Appendage, Inbound, RejectReason};
use protocol::{ClOrdId, Mpid, Symbol};

use self::directory::Directory;
use self::exposure::Exposure;
use self::grace::Grace;
use self::port::{Channels, Number};
use self::risk::{Accounts, Asked, Reservation};
use crate::command::{
    Cancel, Command, Enter, FirmDefined, FirmId, KillScope, Limits, Locate, MassCancel, Member,
    Modify, OrderKey, PortDefined, PortId, Replace, Verdict,
};
use crate::pace::Bucket;
use protocol::enums::Side;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision<'a> {
    /// The command to log.
    Log(Command<'a>),
    /// A resend or superfluous: no answer, nothing logged.
    Ignored,
    /// Ask again when what this port has in flight was applied; its later messages wait too.
    PortWaits,
    /// Ask again when what the group of this port's firm has in flight was applied; all its ports wait.
    GroupWaits,
}

/// All that admission knows.
#[derive(Debug, Default)]
pub struct Admission {
    directory: Directory,
    firms: Vec<Firm>,
    ports: Vec<Port>,
    /// After the end of market hours no order is taken.
    closed: bool,
    /// The operator's kill switch of the whole venue is engaged.
    killed: bool,
    /// Match numbers of the trades that the operator broke.
    broken: BTreeSet<u64>,
    /// Ports that were lost and may still be back in time, by the sequence of their loss.
    graces: BTreeMap<u64, Grace>,
    /// The last sequence whose outcomes were all folded in.
    applied: u64,
    /// An order with self-match prevention was logged.
    self_matching: bool,
}

#[derive(Debug)]
struct Firm {
    mpid: Mpid,
    limits: Limits,
    exposure: Exposure,
    /// Instruments that it may not enter orders in, rising.
    restricted: Vec<Locate>,
    /// The operator's kill switch of the firm is engaged.
    killed: bool,
    /// Names of owners that it shares with other firms; blank: none.
    organization: Mpid,
    affiliate: Mpid,
    /// The first of the firms that it shares owners with, directly or through others.
    group: FirmId,
    /// Of the first of a group: the last command in the log that may release something of other ports of the group.
    released_from_outside: u64,
}

#[derive(Debug)]
struct Port {
    defined: PortDefined,
    connected: bool,
    /// Disable Order Entry is in force.
    entry_disabled: bool,
    /// The operator's kill switch of the port is engaged.
    killed: bool,
    /// Entry is disabled, or a kill switch of port, firm or venue is engaged.
    entry_barred: bool,
    /// The sequence at which the session was lost, while the grace runs.
    lost_at: Option<u64>,
    channels: Channels,
    exposure: Exposure,
    /// What the port and its firm both allow to one order.
    allowed: Limits,
    /// Instruments that it may not enter orders in, rising.
    restricted: Vec<Locate>,
    messages: Bucket,
}

/// Conditions of the venue that are no part of the log; what they decide is logged as a refusal.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Conditions {
    /// The disk runs full: entry is refused, cancels work.
    pub out_of_space: bool,
}

impl Admission {
    /// Tells whether a command of a recorded log may be logged now.
    ///
    /// Where it was recorded, its port had waited for every Replace in flight that might take its number.
    pub fn may_follow(&self, command: &Command<'_>) -> bool {
        let key = match command {
            Command::Enter(enter) => &enter.key,
            Command::Replace(replace) => &replace.key,
            Command::MassCancel(mass_cancel) => &mass_cancel.key,
            Command::Refused { key, .. }
            | Command::DisableEntry { key, .. }
            | Command::EnableEntry { key, .. } => key,
            _ => return true,
        };
        self.port(key.port).channels.judge(key, self.applied) != Number::Undecided
    }

    /// Decides what becomes of a message of `port`, a defined port, at this time of the log. Changes nothing.
    pub fn decide<'a>(
        &self,
        port: PortId,
        message: &Inbound<'a>,
        time_ns: u64,
        conditions: Conditions,
    ) -> Decision<'a> {
        let state = self.port(port);
        let request = Request { admission: self, port, state, time_ns, conditions };
        match *message {
            Inbound::EnterOrder(message, appendage) => request.enter(message, appendage),
            Inbound::ReplaceOrder(message, appendage) => request.replace(message, appendage),
            Inbound::CancelOrder(message, appendage) => request.cancel(message, appendage),
            Inbound::ModifyOrder(message, appendage) => request.modify(message, appendage),
            Inbound::MassCancel(message, appendage) => request.mass_cancel(message, appendage),
            Inbound::DisableOrderEntry(message, appendage) => {
                request.entry_switch(message.user_ref_num.get(), message.firm, b'D', appendage)
            }
            Inbound::EnableOrderEntry(message, appendage) => {
                request.entry_switch(message.user_ref_num.get(), message.firm, b'E', appendage)
            }
            Inbound::AccountQuery(_, appendage) => request.account_query(appendage),
        }
    }

    /// The ports that the log leaves connected, in their order.
    pub fn connected_ports(&self) -> impl Iterator<Item = PortId> + '_ {
        self.ports.iter().filter(|port| port.connected).map(|port| port.defined.id)
    }

    /// The definition of a port as the log has it.
    pub fn port_by_username(&self, username: &[u8; 6]) -> Option<&PortDefined> {
        self.ports.iter().map(|port| &port.defined).find(|port| port.username == *username)
    }

    /// The locate of a listed symbol.
    pub fn locate_of(&self, symbol: &Symbol) -> Option<Locate> {
        self.directory.find(symbol).map(|listing| listing.locate)
    }

    /// The firm of this name.
    pub fn firm_by_mpid(&self, mpid: Mpid) -> Option<FirmId> {
        let place = self.firms.iter().position(|firm| firm.mpid == mpid)?;
        Some(FirmId(u16::try_from(place).expect("firms are numbered in 16 bits")))
    }

    /// Tells whether the operator's kill switch of this scope is engaged.
    pub fn is_killed(&self, scope: KillScope) -> bool {
        match scope {
            KillScope::Venue => self.killed,
            KillScope::Firm(firm) => self.firms[usize::from(firm.0)].killed,
            KillScope::Port(port) => self.port(port).killed,
        }
    }

    /// Tells whether the operator broke the trade with this match number already.
    pub fn is_broken(&self, match_number: u64) -> bool {
        self.broken.contains(&match_number)
    }

    /// The firms and the ports whose own kill switch is engaged.
    pub fn killed(&self) -> (impl Iterator<Item = Mpid>, impl Iterator<Item = [u8; 6]>) {
        let firms = self.firms.iter().filter(|firm| firm.killed).map(|firm| firm.mpid);
        let ports = self.ports.iter().filter(|port| port.killed);
        (firms, ports.map(|port| port.defined.username))
    }

    /// Tells whether market hours have ended.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The firms as the log has them.
    pub fn firms(&self) -> impl Iterator<Item = FirmDefined> + '_ {
        (0..).zip(&self.firms).map(|(id, firm)| {
            let &Firm { mpid, limits, organization, affiliate, .. } = firm;
            FirmDefined { id: FirmId(id), mpid, limits, organization, affiliate }
        })
    }

    /// The ports as the log has them.
    pub fn ports(&self) -> impl Iterator<Item = &PortDefined> + '_ {
        self.ports.iter().map(|port| &port.defined)
    }

    /// The instruments in which a firm or port may not enter orders, rising.
    pub fn restricted(&self, member: Member) -> &[Locate] {
        match member {
            Member::Firm(firm) => &self.firms[usize::from(firm.0)].restricted,
            Member::Port(port) => &self.port(port).restricted,
        }
    }

    /// The symbol of a locate that the log defined.
    pub fn symbol(&self, locate: Locate) -> Symbol {
        self.directory.symbol(locate)
    }

    /// The message rate of a port, if it has one.
    pub fn messages_per_second(&self, port: PortId) -> Option<u32> {
        Some(self.port(port).allowed.messages_per_second).filter(|&rate| rate != u32::MAX)
    }

    /// Gross exposure of a port and of its firm, in ten-thousandths of a dollar.
    pub fn exposure(&self, port: PortId) -> (u128, u128) {
        let state = self.port(port);
        (
            state.exposure.reserved(),
            self.firms[usize::from(state.defined.firm.0)].exposure.reserved(),
        )
    }

    /// Bytes taken by what is remembered of a port's orders: it follows how many are open, not how many were sent.
    pub fn memory_bytes(&self, port: PortId) -> usize {
        self.port(port).channels.memory_bytes()
    }

    fn port(&self, port: PortId) -> &Port {
        &self.ports[usize::from(port.0)]
    }
}

/// One message under decision.
struct Request<'s> {
    admission: &'s Admission,
    port: PortId,
    state: &'s Port,
    /// The time of the log.
    time_ns: u64,
    conditions: Conditions,
}

impl Request<'_> {
    fn enter<'a>(&self, message: &EnterOrder, appendage: Appendage<'a>) -> Decision<'a> {
        let attributes = fields::read_appendage(EnterOrder::TYPE, appendage);
        let key = self.key(message.user_ref_num.get(), channel_of(&attributes));
        if let Some(early) = self.judge_number(&key) {
            return early;
        }
        let refuse = |reason| Decision::Log(refused(key, reason, message.cl_ord_id, true));
        let Ok(attributes) = attributes else {
            return refuse(RejectReason::Other);
        };
        let open = self.check_open(attributes.firm);
        if let Err(reason) = open.and_then(|()| self.check_rate()) {
            return refuse(reason);
        }
        let listing = self.admission.directory.find(&message.symbol);
        let fields = match fields::check_enter(message, &attributes, listing) {
            Ok(fields) => fields,
            Err(reason) => return refuse(reason),
        };
        let listing = listing.expect("an order without a listing was refused");
        let locate = listing.locate;
        let accounts = self.accounts();
        let quantity = message.quantity.get();
        let asked = Asked {
            locate,
            average_daily_volume: listing.average_daily_volume,
            intermarket_sweep: fields.intermarket_sweep,
            quantity,
            price: fields.price,
        };
        let located = attributes.shares_located == Some(b'Y');
        let permitted = self.state.allowed.permissions.check_side(fields.side, located);
        if let Err(reason) = permitted.and_then(|()| accounts.check_message(&asked)) {
            return refuse(reason);
        }
        match accounts.reserve(quantity, fields.price) {
            Reservation::Refused(reason) => refuse(reason),
            Reservation::Undecided => Decision::GroupWaits,
            Reservation::Granted(granted) => Decision::Log(Command::Enter(Enter {
                key,
                locate,
                side: fields.side,
                quantity,
                price: fields.price,
                time_in_force: fields.time_in_force,
                display: fields.display,
                capacity: fields.capacity,
                intermarket_sweep: fields.intermarket_sweep,
                cl_ord_id: message.cl_ord_id,
                group_id: attributes.group_id.unwrap_or(0),
                auction: fields.auction,
                granted,
                appendage: appendage.bytes(),
            })),
        }
    }

    fn replace<'a>(&self, message: &ReplaceOrder, appendage: Appendage<'a>) -> Decision<'a> {
        let attributes = fields::read_appendage(ReplaceOrder::TYPE, appendage);
        let key = self.key(message.user_ref_num.get(), channel_of(&attributes));
        if let Some(early) = self.judge_number(&key) {
            return early;
        }
        let original_user_ref_num = message.orig_user_ref_num.get();
        let Some(locate) = self.locate(key.user_ref_idx, original_user_ref_num) else {
            return self.count();
        };
        let replace = Replace {
            key,
            original_user_ref_num,
            locate,
            quantity: message.quantity.get(),
            price: crate::command::OrderPrice::Limit(protocol::Price::ZERO),
            time_in_force: protocol::enums::TimeInForce::Day,
            display: protocol::enums::Display::Visible,
            intermarket_sweep: false,
            side: None,
            imbalance_only: None,
            cl_ord_id: message.cl_ord_id,
            verdict: Verdict::InvalidDetails,
            appendage: &[],
        };
        let listing = self.admission.directory.listing(locate);
        let checked = attributes
            .ok()
            .and_then(|attributes| fields::check_replace(message, &attributes, listing).ok());
        let Some(fields) = checked else {
            return Decision::Log(Command::Replace(replace));
        };
        let accounts = self.accounts();
        let asked = Asked {
            locate,
            average_daily_volume: listing.average_daily_volume,
            intermarket_sweep: fields.intermarket_sweep,
            quantity: replace.quantity,
            price: fields.price,
        };
        let open = self.check_open(None).and_then(|()| self.check_rate());
        let verdict = match open.and_then(|()| accounts.check_message(&asked)) {
            Err(reason) => Verdict::Refused(reason),
            Ok(()) => match accounts.reserve_for_replacement(replace.quantity, fields.price) {
                Reservation::Granted(granted) => Verdict::Granted(granted),
                Reservation::Refused(reason) => Verdict::Refused(reason),
                Reservation::Undecided => return Decision::GroupWaits,
            },
        };
        Decision::Log(Command::Replace(Replace {
            price: fields.price,
            time_in_force: fields.time_in_force,
            display: fields.display,
            intermarket_sweep: fields.intermarket_sweep,
            side: fields.side,
            imbalance_only: fields.imbalance_only,
            verdict,
            appendage: appendage.bytes(),
            ..replace
        }))
    }

    fn cancel<'a>(&self, message: &inbound::CancelOrder, appendage: Appendage<'a>) -> Decision<'a> {
        let Ok(attributes) = fields::read_appendage(inbound::CancelOrder::TYPE, appendage) else {
            return Decision::Ignored;
        };
        let key = self.key(message.user_ref_num.get(), attributes.user_ref_idx.unwrap_or(0));
        match self.locate(key.user_ref_idx, key.user_ref_num) {
            None => Decision::Ignored,
            Some(locate) => Decision::Log(Command::Cancel(Cancel {
                key,
                locate,
                quantity: message.quantity.get(),
            })),
        }
    }

    fn modify<'a>(&self, message: &inbound::ModifyOrder, appendage: Appendage<'a>) -> Decision<'a> {
        let Ok(attributes) = fields::read_appendage(inbound::ModifyOrder::TYPE, appendage) else {
            return Decision::Ignored;
        };
        if !fields::tells_located(&attributes) {
            return Decision::Ignored;
        }
        let key = self.key(message.user_ref_num.get(), attributes.user_ref_idx.unwrap_or(0));
        match (self.locate(key.user_ref_idx, key.user_ref_num), Side::try_from(message.side)) {
            (Some(locate), Ok(side)) => Decision::Log(Command::Modify(Modify {
                key,
                locate,
                side,
                quantity: message.quantity.get(),
                appendage: appendage.bytes(),
            })),
            _ => Decision::Ignored,
        }
    }

    fn mass_cancel<'a>(
        &self,
        message: &inbound::MassCancel,
        appendage: Appendage<'a>,
    ) -> Decision<'a> {
        let attributes = fields::read_appendage(inbound::MassCancel::TYPE, appendage);
        let key = self.key(message.user_ref_num.get(), channel_of(&attributes));
        if let Some(early) = self.judge_number(&key) {
            return early;
        }
        let refuse = |reason| Decision::Log(refused(key, reason, ClOrdId::BLANK, false));
        let Ok(attributes) = attributes else {
            return refuse(RejectReason::Other);
        };
        if !fields::names_own_firm(Some(message.firm), self.firm().mpid) {
            return refuse(RejectReason::FirmNotAuthorized);
        }
        let locate = if message.symbol.is_blank() {
            Locate::NONE
        } else {
            match self.admission.directory.find(&message.symbol) {
                Some(listing) => listing.locate,
                None => return refuse(RejectReason::InvalidSymbol),
            }
        };
        let Ok(side) = attributes.side.map(Side::try_from).transpose() else {
            return refuse(RejectReason::InvalidSide);
        };
        Decision::Log(Command::MassCancel(MassCancel {
            key,
            firm: message.firm,
            symbol: message.symbol,
            locate,
            side,
            group_id: attributes.group_id,
            appendage: appendage.bytes(),
        }))
    }

    fn entry_switch<'a>(
        &self,
        number: u32,
        firm: Mpid,
        message_type: u8,
        appendage: Appendage<'a>,
    ) -> Decision<'a> {
        let attributes = fields::read_appendage(message_type, appendage);
        let key = self.key(number, channel_of(&attributes));
        if let Some(early) = self.judge_number(&key) {
            return early;
        }
        let refuse = |reason| Decision::Log(refused(key, reason, ClOrdId::BLANK, false));
        if attributes.is_err() {
            return refuse(RejectReason::Other);
        }
        if !fields::names_own_firm(Some(firm), self.firm().mpid) {
            return refuse(RejectReason::FirmNotAuthorized);
        }
        Decision::Log(if message_type == inbound::DisableOrderEntry::TYPE {
            Command::DisableEntry { key, firm }
        } else {
            Command::EnableEntry { key, firm }
        })
    }

    fn account_query<'a>(&self, appendage: Appendage<'a>) -> Decision<'a> {
        let Ok(attributes) = fields::read_appendage(inbound::AccountQuery::TYPE, appendage) else {
            return Decision::Ignored;
        };
        let user_ref_idx = attributes.user_ref_idx.unwrap_or(0);
        let next = match self.state.channels.get(user_ref_idx) {
            Some(channel) => channel.next(self.admission.applied),
            None => Some(1),
        };
        match next {
            None => Decision::PortWaits,
            Some(next_user_ref_num) => Decision::Log(Command::AccountQuery {
                port: self.port,
                user_ref_idx,
                next_user_ref_num,
            }),
        }
    }

    /// Decides what the number alone decides.
    fn judge_number<'a>(&self, key: &OrderKey) -> Option<Decision<'a>> {
        match self.state.channels.judge(key, self.admission.applied) {
            Number::New => None,
            Number::Old => Some(Decision::Ignored),
            Number::Undecided => Some(Decision::PortWaits),
        }
    }

    /// Checks whether the venue and the port take orders for the firm named.
    fn check_open(&self, firm: Option<Mpid>) -> Result<(), RejectReason> {
        if self.admission.closed {
            Err(RejectReason::DestinationClosed)
        } else if self.conditions.out_of_space {
            Err(RejectReason::ProcessingError)
        } else if self.state.entry_barred || !fields::names_own_firm(firm, self.firm().mpid) {
            Err(RejectReason::FirmNotAuthorized)
        } else {
            Ok(())
        }
    }

    /// Checks the port's message rate; what passes takes its token when it is logged.
    fn check_rate(&self) -> Result<(), RejectReason> {
        let rate = self.state.allowed.messages_per_second;
        if rate == u32::MAX || self.state.messages.has_token(rate, self.time_ns) {
            Ok(())
        } else {
            Err(RejectReason::RiskPortMessageRateRestriction)
        }
    }

    /// Counts a Replace of an order that is not open, if there is anything to count.
    ///
    /// Whether admission knows that the order has gone depends on when an outcome came home; the rate must not.
    fn count<'a>(&self) -> Decision<'a> {
        if self.state.allowed.messages_per_second == u32::MAX || self.check_rate().is_err() {
            return Decision::Ignored;
        }
        Decision::Log(Command::Counted { port: self.port })
    }

    fn accounts(&self) -> Accounts<'_> {
        let firm = self.firm();
        Accounts {
            market_orders: self.state.defined.market_orders,
            allowed: &self.state.allowed,
            restricted: [&self.state.restricted, &firm.restricted],
            port: (&self.state.defined.limits, &self.state.exposure),
            firm: (&firm.limits, &firm.exposure),
            // Nothing is settled while an order of another port may give back what one of these holds.
            applied: if self.group().released_from_outside <= self.admission.applied {
                self.admission.applied
            } else {
                0
            },
        }
    }

    fn firm(&self) -> &Firm {
        &self.admission.firms[usize::from(self.state.defined.firm.0)]
    }

    /// The first firm of the group.
    fn group(&self) -> &Firm {
        &self.admission.firms[usize::from(self.firm().group.0)]
    }

    fn key(&self, user_ref_num: u32, user_ref_idx: u8) -> OrderKey {
        OrderKey { port: self.port, user_ref_idx, user_ref_num }
    }

    fn locate(&self, user_ref_idx: u8, user_ref_num: u32) -> Option<Locate> {
        self.state.channels.get(user_ref_idx)?.locate(user_ref_num)
    }
}

fn refused(
    key: OrderKey,
    reason: RejectReason,
    cl_ord_id: ClOrdId,
    is_order: bool,
) -> Command<'static> {
    Command::Refused { key, reason, cl_ord_id, is_order }
}

/// The channel that an appendage names, well-formed or not.
fn channel_of(attributes: &Result<protocol::ouch::Attributes, u8>) -> u8 {
    match attributes {
        Ok(attributes) => attributes.user_ref_idx.unwrap_or(0),
        Err(channel) => *channel,
    }
}
