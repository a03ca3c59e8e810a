//! Record to command.

use protocol::enums::{Display, Side, TimeInForce};
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, Mpid, Price, Symbol};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::{FORMAT, RecordError, kind, wire};
use crate::command::{
    Auction, Bust, BustParty, Cancel, Command, DayOpened, DisconnectCause, Enter, FirmDefined,
    FirmId, KillScope, Limits, Locate, MassCancel, Member, Modify, OrderKey, OrderPrice,
    Permissions, Phase, PortDefined, PortId, Replace, SelfMatch, SymbolDefined, Verdict,
};

/// Reads one record: nanoseconds after the time of its block, and the command, which borrows from `bytes`.
///
/// # Errors
///
/// Any length, kind, format or field that this version did not write.
pub fn decode(bytes: &[u8]) -> Result<(u32, Command<'_>), RecordError> {
    let first = bytes.first().copied().ok_or(RecordError::Empty)?;
    let (head, body) = wire::Head::ref_from_prefix(bytes).map_err(|_| RecordError::Length {
        kind: first,
        expected: size_of::<wire::Head>(),
        actual: bytes.len(),
    })?;
    if head.format != FORMAT {
        return Err(RecordError::UnknownFormat {
            kind: first,
            format: head.format,
            expected: FORMAT,
        });
    }
    let body = Body { kind: head.kind, bytes: body };
    let command = match head.kind {
        kind::ENTER => enter(&body)?,
        kind::CANCEL => cancel(&body)?,
        kind::REPLACE => replace(&body)?,
        kind::MODIFY => modify(&body)?,
        kind::CONNECTED
        | kind::DISCONNECTED
        | kind::COUNTED
        | kind::MASS_CANCEL..=kind::REFUSED => session(&body)?,
        _ => venue(&body)?,
    };
    Ok((head.time_delta_ns.get(), command))
}

/// The bytes after the head, with the kind for error messages.
struct Body<'a> {
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> Body<'a> {
    /// Reads a layout that fills the body.
    fn whole<T: FromBytes + Immutable + KnownLayout + Unaligned>(
        &self,
    ) -> Result<&'a T, RecordError> {
        T::ref_from_bytes(self.bytes).map_err(|_| self.length::<T>())
    }

    /// Reads a layout and gives what follows it.
    fn with_tail<T>(&self) -> Result<(&'a T, &'a [u8]), RecordError>
    where
        T: FromBytes + Immutable + KnownLayout + Unaligned,
    {
        T::ref_from_prefix(self.bytes).map_err(|_| self.length::<T>())
    }

    fn length<T>(&self) -> RecordError {
        RecordError::Length { kind: self.kind, expected: size_of::<T>(), actual: self.bytes.len() }
    }

    fn bad(&self, field: &'static str, value: impl Into<u64>) -> RecordError {
        RecordError::Field { kind: self.kind, field, value: value.into() }
    }

    /// Gives a code its meaning.
    fn code<T: TryFrom<u8>>(&self, field: &'static str, code: u8) -> Result<T, RecordError> {
        T::try_from(code).map_err(|_| self.bad(field, code))
    }

    fn flag(&self, field: &'static str, value: u8) -> Result<bool, RecordError> {
        match value {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.bad(field, other)),
        }
    }

    /// Reads a side where 0 stands for none.
    fn optional_side(&self, code: u8) -> Result<Option<Side>, RecordError> {
        if code == 0 { Ok(None) } else { self.code("side", code).map(Some) }
    }

    fn price(&self, price: u32, is_market: u8) -> Result<OrderPrice, RecordError> {
        Ok(if self.flag("is_market", is_market)? {
            OrderPrice::Market { code: price }
        } else {
            OrderPrice::Limit(Price::new(price))
        })
    }

    fn limits(&self, limits: &wire::Limits) -> Result<Limits, RecordError> {
        let bits = limits.permissions;
        if 0b1111 < bits {
            return Err(self.bad("permissions", bits));
        }
        Ok(Limits {
            max_quantity: limits.max_quantity.get(),
            single_order_notional: limits.single_order_notional.get(),
            gross_exposure: limits.gross_exposure.get(),
            fat_finger: limits.fat_finger.get(),
            fat_finger_bp: limits.fat_finger_bp.get(),
            market_impact_bp: limits.market_impact_bp.get(),
            daily_volume_bp: limits.daily_volume_bp.get(),
            messages_per_second: limits.messages_per_second.get(),
            symbol_messages_per_second: limits.symbol_messages_per_second.get(),
            duplicate_window_ms: limits.duplicate_window_ms.get(),
            permissions: Permissions {
                short_sales: bits & 1 != 0,
                short_sales_exempt: bits & 2 != 0,
                short_sales_unlocated: bits & 4 != 0,
                intermarket_sweeps: bits & 8 != 0,
            },
        })
    }

    fn reason(&self, code: u64) -> Result<RejectReason, RecordError> {
        u16::try_from(code)
            .ok()
            .and_then(|code| RejectReason::try_from(code).ok())
            .ok_or_else(|| self.bad("reason", code))
    }
}

fn enter<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let (wire, appendage) = body.with_tail::<wire::Enter>()?;
    Ok(Command::Enter(Enter {
        key: key(&wire.key),
        locate: Locate(wire.locate.get()),
        side: body.code("side", wire.side)?,
        quantity: wire.quantity.get(),
        price: body.price(wire.price.get(), wire.is_market)?,
        time_in_force: body.code::<TimeInForce>("time_in_force", wire.time_in_force)?,
        display: body.code::<Display>("display", wire.display)?,
        capacity: body.code("capacity", wire.capacity)?,
        intermarket_sweep: body.flag("intermarket_sweep", wire.intermarket_sweep)?,
        cl_ord_id: ClOrdId(wire.cl_ord_id),
        group_id: wire.group_id.get(),
        auction: Auction {
            cross_type: body.code("cross_type", wire.cross_type)?,
            imbalance_only: body.flag("imbalance_only", wire.imbalance_only)?,
        },
        granted: wire.granted.get(),
        appendage,
    }))
}

fn cancel<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let wire = body.whole::<wire::Cancel>()?;
    Ok(Command::Cancel(Cancel {
        key: key(&wire.key),
        locate: Locate(wire.locate.get()),
        quantity: wire.quantity.get(),
    }))
}

fn replace<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let (wire, appendage) = body.with_tail::<wire::Replace>()?;
    let value = wire.verdict_value.get();
    let verdict = match wire.verdict {
        0 => Verdict::Granted(value),
        1 => Verdict::InvalidDetails,
        2 => Verdict::Refused(body.reason(value)?),
        other => return Err(body.bad("verdict", other)),
    };
    Ok(Command::Replace(Replace {
        key: key(&wire.key),
        original_user_ref_num: wire.original_user_ref_num.get(),
        locate: Locate(wire.locate.get()),
        quantity: wire.quantity.get(),
        price: body.price(wire.price.get(), wire.is_market)?,
        time_in_force: body.code("time_in_force", wire.time_in_force)?,
        display: body.code("display", wire.display)?,
        intermarket_sweep: body.flag("intermarket_sweep", wire.intermarket_sweep)?,
        side: body.optional_side(wire.side)?,
        imbalance_only: match wire.imbalance_only {
            2 => None,
            said => Some(body.flag("imbalance_only", said)?),
        },
        cl_ord_id: ClOrdId(wire.cl_ord_id),
        verdict,
        appendage,
    }))
}

fn modify<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let (wire, appendage) = body.with_tail::<wire::Modify>()?;
    Ok(Command::Modify(Modify {
        key: key(&wire.key),
        locate: Locate(wire.locate.get()),
        side: body.code("side", wire.side)?,
        quantity: wire.quantity.get(),
        appendage,
    }))
}

/// Reads what came from a session, orders aside.
fn session<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    Ok(match body.kind {
        kind::CONNECTED => {
            Command::Connected { port: PortId(body.whole::<wire::Connected>()?.port.get()) }
        }
        kind::DISCONNECTED => {
            let wire = body.whole::<wire::Disconnected>()?;
            Command::Disconnected {
                port: PortId(wire.port.get()),
                cause: body.code("cause", wire.cause)?,
            }
        }
        kind::MASS_CANCEL => mass_cancel(body)?,
        kind::DISABLE_ENTRY => {
            let wire = body.whole::<wire::EntrySwitch>()?;
            Command::DisableEntry { key: key(&wire.key), firm: Mpid(wire.firm) }
        }
        kind::ENABLE_ENTRY => {
            let wire = body.whole::<wire::EntrySwitch>()?;
            Command::EnableEntry { key: key(&wire.key), firm: Mpid(wire.firm) }
        }
        kind::ACCOUNT_QUERY => {
            let wire = body.whole::<wire::AccountQuery>()?;
            Command::AccountQuery {
                port: PortId(wire.port.get()),
                user_ref_idx: wire.user_ref_idx,
                next_user_ref_num: wire.next_user_ref_num.get(),
            }
        }
        kind::REFUSED => {
            let wire = body.whole::<wire::Refused>()?;
            Command::Refused {
                key: key(&wire.key),
                reason: body.reason(u64::from(wire.reason.get()))?,
                cl_ord_id: ClOrdId(wire.cl_ord_id),
                is_order: body.flag("is_order", wire.is_order)?,
            }
        }
        kind::COUNTED => {
            Command::Counted { port: PortId(body.whole::<wire::Counted>()?.port.get()) }
        }
        unknown => return Err(RecordError::UnknownKind(unknown)),
    })
}

fn mass_cancel<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let (wire, appendage) = body.with_tail::<wire::MassCancel>()?;
    let has_group_id = body.flag("has_group_id", wire.has_group_id)?;
    Ok(Command::MassCancel(MassCancel {
        key: key(&wire.key),
        firm: Mpid(wire.firm),
        symbol: Symbol(wire.symbol),
        locate: Locate(wire.locate.get()),
        side: body.optional_side(wire.side)?,
        group_id: has_group_id.then_some(wire.group_id.get()),
        appendage,
    }))
}

fn phase<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    Ok(match body.kind {
        kind::TRADING_ACTION => {
            let wire = body.whole::<wire::TradingAction>()?;
            Command::TradingAction {
                locate: Locate(wire.locate.get()),
                state: body.code("state", wire.state)?,
                reason: wire.reason,
            }
        }
        kind::PHASE_CHANGED => {
            let wire = body.whole::<wire::PhaseChanged>()?;
            Command::PhaseChanged {
                locate: Locate(wire.locate.get()),
                phase: body.code("phase", wire.phase)?,
            }
        }
        kind::IMBALANCE_DUE => {
            let wire = body.whole::<wire::ImbalanceDue>()?;
            Command::ImbalanceDue {
                locate: Locate(wire.locate.get()),
                cross_type: body.code("cross_type", wire.cross_type)?,
            }
        }
        _ => unreachable!("the caller names the kinds"),
    })
}

/// Reads the venue's own commands.
fn venue<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    Ok(match body.kind {
        kind::DAY_OPENED => {
            let wire = body.whole::<wire::DayOpened>()?;
            Command::DayOpened(DayOpened {
                log_id: wire.log_id,
                session: wire.session,
                midnight_ns: wire.midnight_ns.get(),
                rule_version: wire.rule_version.get(),
            })
        }
        kind::FIRM_DEFINED => {
            let wire = body.whole::<wire::FirmDefined>()?;
            Command::FirmDefined(FirmDefined {
                id: FirmId(wire.id.get()),
                mpid: Mpid(wire.mpid),
                limits: body.limits(&wire.limits)?,
                organization: Mpid(wire.organization),
                affiliate: Mpid(wire.affiliate),
            })
        }
        kind::PORT_DEFINED => port_defined(body)?,
        kind::SYMBOL_DEFINED => symbol_defined(body)?,
        kind::SYMBOL_REMOVED => Command::SymbolRemoved {
            locate: Locate(body.whole::<wire::SymbolRemoved>()?.locate.get()),
        },
        kind::SYMBOL_RESTRICTED => symbol_restricted(body)?,
        kind::SYSTEM_EVENT => Command::SystemEvent {
            code: body.code("code", body.whole::<wire::SystemEvent>()?.code)?,
        },
        kind::TRADING_ACTION | kind::PHASE_CHANGED | kind::IMBALANCE_DUE => phase(body)?,
        kind::SHORT_SALE_TEST => {
            let wire = body.whole::<wire::ShortSaleTest>()?;
            Command::ShortSaleTest { locate: Locate(wire.locate.get()), action: wire.action }
        }
        kind::OPERATOR_NOTE => operator_note(body)?,
        kind::KILL_SWITCH => kill_switch(body)?,
        kind::BUST => bust(body)?,
        kind::GRACE_ENDED => {
            Command::GraceEnded { port: PortId(body.whole::<wire::GraceEnded>()?.port.get()) }
        }
        kind::TICK if body.bytes.is_empty() => Command::Tick,
        kind::TICK => {
            return Err(RecordError::Length {
                kind: body.kind,
                expected: 0,
                actual: body.bytes.len(),
            });
        }
        unknown => return Err(RecordError::UnknownKind(unknown)),
    })
}

fn kill_switch<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let wire = body.whole::<wire::KillSwitch>()?;
    let id = wire.id.get();
    let scope = match wire.scope {
        0 if id == 0 => KillScope::Venue,
        0 => return Err(body.bad("id", id)),
        1 => KillScope::Firm(FirmId(id)),
        2 => KillScope::Port(PortId(id)),
        other => return Err(body.bad("scope", other)),
    };
    Ok(Command::KillSwitch { scope, engaged: body.flag("engaged", wire.engaged)? })
}

fn bust<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let wire = body.whole::<wire::Bust>()?;
    let party = |party: &wire::BustParty| {
        Ok(BustParty {
            key: key(&party.key),
            order_reference: party.order_reference.get(),
            side: body.code("side", party.side)?,
            cl_ord_id: ClOrdId(party.cl_ord_id),
            counted: Price::new(party.counted.get()),
        })
    };
    Ok(Command::Bust(Bust {
        match_number: wire.match_number.get(),
        reason: body.code("reason", wire.reason)?,
        quantity: wire.quantity.get(),
        price: Price::new(wire.price.get()),
        aggressor_side: wire.aggressor_side,
        buyer: party(&wire.buyer)?,
        seller: party(&wire.seller)?,
    }))
}

fn port_defined<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let wire = body.whole::<wire::PortDefined>()?;
    Ok(Command::PortDefined(PortDefined {
        id: PortId(wire.id.get()),
        username: wire.username,
        firm: FirmId(wire.firm.get()),
        limits: body.limits(&wire.limits)?,
        market_orders: body.flag("market_orders", wire.market_orders)?,
        on_disconnect: body.code("on_disconnect", wire.on_disconnect)?,
        self_match: SelfMatch {
            strategy: body.code("self_match", wire.self_match)?,
            group: wire.self_match_group,
        },
        disconnect_by_order: body.flag("disconnect_by_order", wire.disconnect_by_order)?,
        grace_ms: wire.grace_ms.get(),
    }))
}

fn symbol_defined<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let wire = body.whole::<wire::SymbolDefined>()?;
    Ok(Command::SymbolDefined(SymbolDefined {
        locate: Locate(wire.locate.get()),
        symbol: Symbol(wire.symbol),
        market_category: wire.market_category,
        financial_status_indicator: wire.financial_status_indicator,
        round_lot_size: wire.round_lot_size.get(),
        round_lots_only: body.flag("round_lots_only", wire.round_lots_only)?,
        issue_classification: wire.issue_classification,
        issue_sub_type: wire.issue_sub_type,
        authenticity: wire.authenticity,
        short_sale_threshold_indicator: wire.short_sale_threshold_indicator,
        ipo_flag: wire.ipo_flag,
        luld_reference_price_tier: wire.luld_reference_price_tier,
        etp_flag: wire.etp_flag,
        etp_leverage_factor: wire.etp_leverage_factor.get(),
        inverse_indicator: wire.inverse_indicator,
        previous_close: Price::new(wire.previous_close.get()),
        average_daily_volume: wire.average_daily_volume.get(),
    }))
}

fn symbol_restricted<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let wire = body.whole::<wire::SymbolRestricted>()?;
    let member = match wire.member {
        0 => Member::Firm(FirmId(wire.id.get())),
        1 => Member::Port(PortId(wire.id.get())),
        other => return Err(body.bad("member", other)),
    };
    Ok(Command::SymbolRestricted {
        member,
        locate: Locate(wire.locate.get()),
        restricted: body.flag("restricted", wire.restricted)?,
    })
}

fn operator_note<'a>(body: &Body<'a>) -> Result<Command<'a>, RecordError> {
    let (wire, text) = body.with_tail::<wire::OperatorNote>()?;
    let who_length = usize::from(wire.who_length.get());
    let text = std::str::from_utf8(text).map_err(|_| body.bad("text", wire.who_length.get()))?;
    let (who, why) = text
        .split_at_checked(who_length)
        .ok_or_else(|| body.bad("who_length", wire.who_length.get()))?;
    Ok(Command::OperatorNote { who, why })
}

fn key(key: &wire::Key) -> OrderKey {
    OrderKey {
        port: PortId(key.port.get()),
        user_ref_idx: key.user_ref_idx,
        user_ref_num: key.user_ref_num.get(),
    }
}

impl TryFrom<u8> for DisconnectCause {
    type Error = u8;

    fn try_from(code: u8) -> Result<Self, u8> {
        [Self::Lost, Self::Crash, Self::Stop, Self::Operator]
            .into_iter()
            .find(|cause| *cause as u8 == code)
            .ok_or(code)
    }
}

impl TryFrom<u8> for Phase {
    type Error = u8;

    fn try_from(code: u8) -> Result<Self, u8> {
        [Self::PreOpen, Self::Continuous].into_iter().find(|phase| *phase as u8 == code).ok_or(code)
    }
}
