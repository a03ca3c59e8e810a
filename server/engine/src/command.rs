//! Commands: everything that can change an outcome, as it stands in the log.
//!
//! A command is decided before it is written: it carries admission's verdict, so replay never decides again.

pub use protocol::DisconnectPolicy;
use protocol::enums::{
    AiqStrategy, BrokenTradeReason, Capacity, CrossType, Display, EventCode, Side, TimeInForce,
    TradingState,
};
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, Mpid, Price, Symbol};

pub use crate::limits::{Limits, Member, Permissions};

/// The version of the market's rules; a log written under another one is not continued.
pub const RULE_VERSION: u32 = 2;

/// The largest quantity of one order, in shares (OUCH 5.0, "Data types").
pub const MAX_QUANTITY: u32 = 999_999;

/// Where an instrument stands in its day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Phase {
    /// Orders rest and nothing trades; the opening cross ends it.
    PreOpen = 0,
    /// Orders trade as they come.
    Continuous = 1,
}

/// The cross an order is for, and how it takes part in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Auction {
    /// `CrossType::None`: the continuous market.
    pub cross_type: CrossType,
    /// Trades only with what the cross leaves over.
    pub imbalance_only: bool,
}

impl Auction {
    /// An order of the continuous market.
    pub const NONE: Self = Self { cross_type: CrossType::None, imbalance_only: false };

    /// Tells whether the order waits for a cross, out of the book.
    pub fn waits(self) -> bool {
        self.cross_type != CrossType::None
    }
}

/// Numbers a port (an OUCH account) in the order of its definition in the log, from 0.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PortId(pub u16);

/// Numbers a firm in the order of its definition in the log, from 0.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FirmId(pub u16);

/// The stock locate of an instrument, from 1; 0 names no instrument.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Locate(pub u16);

impl Locate {
    /// Where no instrument is meant: the port's own answers and the venue's own events.
    pub const NONE: Self = Self(0);

    /// Makes an order reference or match number: `n << 16 | stock locate`.
    ///
    /// Counters of a day have 36 bits, so that the number stays below 2^52, exact in any JSON.
    pub(crate) fn number(self, n: u64) -> u64 {
        assert!(n < 1 << 36, "a counter of a day has 36 bits");
        (n << u16::BITS) | u64::from(self.0)
    }

    /// The counter in an order reference or match number.
    pub(crate) fn counter_of(number: u64) -> u64 {
        number >> u16::BITS
    }

    /// The instrument that an order reference or match number names.
    pub(crate) fn of_number(number: u64) -> Self {
        Self(u16::try_from(number & u64::from(u16::MAX)).expect("sixteen bits"))
    }
}

/// Names an order within a port: its UserRefNum in its order flow channel (UserRefIdx).
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct OrderKey {
    pub port: PortId,
    pub user_ref_idx: u8,
    pub user_ref_num: u32,
}

/// The price of an order: a limit, or whatever the collar allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrderPrice {
    Limit(Price),
    /// A market order; the code on the wire (0x7FFFFFFF or 2,000,000,000) is echoed.
    Market {
        code: u32,
    },
}

impl OrderPrice {
    /// The price as the participant wrote it, for the echo on OUCH.
    pub fn wire(self) -> u64 {
        match self {
            Self::Limit(price) => u64::from(price.ten_thousandths()),
            Self::Market { code } => u64::from(code),
        }
    }
}

/// A command with its place in the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sequenced<'a> {
    /// From 1 in each log, without gaps.
    pub sequence: u64,
    /// UTC nanoseconds, never decreasing.
    pub time_ns: u64,
    pub command: Command<'a>,
}

/// One command of the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command<'a> {
    DayOpened(DayOpened),
    FirmDefined(FirmDefined),
    PortDefined(PortDefined),
    SymbolDefined(SymbolDefined),
    /// The symbol takes no more orders; it had none open.
    SymbolRemoved {
        locate: Locate,
    },
    /// A firm or a port may not, or may again, enter orders in an instrument.
    SymbolRestricted {
        member: Member,
        locate: Locate,
        restricted: bool,
    },
    /// A phase of the day: an ITCH System Event; `M` expires all open orders, `S` and `E` also go to every port.
    SystemEvent {
        code: EventCode,
    },
    /// Halts or resumes one instrument, or all (`Locate::NONE`).
    TradingAction {
        locate: Locate,
        state: TradingState,
        reason: [u8; 4],
    },
    /// Takes one instrument, or all (`Locate::NONE`), to a phase; the cross that lies on the way is held.
    PhaseChanged {
        locate: Locate,
        phase: Phase,
    },
    /// Tells the imbalance before a cross of one instrument, or of all (`Locate::NONE`).
    ImbalanceDue {
        locate: Locate,
        cross_type: CrossType,
    },
    /// The Reg SHO state (`0`, `1`, `2`) of one instrument, or of all (`Locate::NONE`).
    ShortSaleTest {
        locate: Locate,
        action: u8,
    },
    /// Who ordered the next operator act, and why; changes nothing.
    OperatorNote {
        who: &'a str,
        why: &'a str,
    },
    Connected {
        port: PortId,
    },
    Disconnected {
        port: PortId,
        cause: DisconnectCause,
    },
    Enter(Enter<'a>),
    Replace(Replace<'a>),
    Cancel(Cancel),
    Modify(Modify<'a>),
    MassCancel(MassCancel<'a>),
    DisableEntry {
        key: OrderKey,
        firm: Mpid,
    },
    EnableEntry {
        key: OrderKey,
        firm: Mpid,
    },
    AccountQuery {
        port: PortId,
        user_ref_idx: u8,
        next_user_ref_num: u32,
    },
    /// A message that admission refused; its number is consumed.
    Refused {
        key: OrderKey,
        reason: RejectReason,
        cl_ord_id: ClOrdId,
        /// It was an order, which counts for the port's message rate.
        is_order: bool,
    },
    /// A Replace of an order that is not open: silent, but it counts for the port's message rate.
    Counted {
        port: PortId,
    },
    /// The operator's kill switch. Engaged, it cancels every open order in its scope, and entry is barred there until
    /// the operator releases it.
    KillSwitch {
        scope: KillScope,
        engaged: bool,
    },
    /// The operator breaks a trade of the day: it counts no longer.
    Bust(Bust),
    /// The port was not back in time: what it leaves to its grace is canceled.
    GraceEnded {
        port: PortId,
    },
    /// Time alone; deadlines are met by nothing else.
    Tick,
}

impl Command<'_> {
    /// Tells whether the command enters or names one order: then its instrument alone answers it.
    pub fn is_for_an_order(&self) -> bool {
        matches!(self, Self::Enter(_) | Self::Replace(_) | Self::Cancel(_) | Self::Modify(_))
    }
}

/// The first command of every log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DayOpened {
    pub log_id: [u8; 16],
    /// Ten ASCII characters: date and two-digit run, shared by SoupBinTCP and MoldUDP64.
    pub session: [u8; 10],
    /// Midnight in UTC nanoseconds; wire time is log time minus this.
    pub midnight_ns: u64,
    pub rule_version: u32,
}

/// Defines a firm, or changes its limits when the id is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FirmDefined {
    pub id: FirmId,
    pub mpid: Mpid,
    pub limits: Limits,
    /// What self-match prevention takes for one owner; blank: the firm itself.
    pub organization: Mpid,
    pub affiliate: Mpid,
}

/// Whether and how an order is kept from trading with another of its owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SelfMatch {
    /// Never [`AiqStrategy::PortDefault`], which names another one.
    pub strategy: AiqStrategy,
    /// Only orders of the same group are kept from each other.
    pub group: [u8; 2],
}

impl SelfMatch {
    pub const OFF: Self = Self { strategy: AiqStrategy::Disabled, group: *b"  " };
}

/// Defines a port, or changes its limits and permissions when the id is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PortDefined {
    pub id: PortId,
    pub username: [u8; 6],
    pub firm: FirmId,
    pub limits: Limits,
    pub market_orders: bool,
    pub on_disconnect: DisconnectPolicy,
    /// For orders that name no strategy or group of their own.
    pub self_match: SelfMatch,
    /// The ClOrdID of an order may ask for another policy.
    pub disconnect_by_order: bool,
    /// How long a lost port may be away before what is to be canceled after is canceled.
    pub grace_ms: u32,
}

/// Why a port's session ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum DisconnectCause {
    /// The client logged out, closed, fell silent, or broke the protocol.
    Lost = 0,
    /// The venue died with the session open; found at recovery.
    Crash = 1,
    /// A planned stop of the venue: orders are kept under every policy.
    Stop = 2,
    /// The operator ended the session.
    Operator = 3,
}

/// Whom a kill switch stops. Each has a switch of its own: to release one releases no other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KillScope {
    Venue,
    /// All ports of the firm.
    Firm(FirmId),
    Port(PortId),
}

/// A trade that is broken, with all that its parties and the records must be told of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bust {
    /// Names the instrument too.
    pub match_number: u64,
    pub reason: BrokenTradeReason,
    /// Shares of the trade.
    pub quantity: u32,
    pub price: Price,
    /// `B` or `S`; a space where neither side was the aggressor.
    pub aggressor_side: u8,
    pub buyer: BustParty,
    pub seller: BustParty,
}

impl Bust {
    /// The instrument of the trade.
    pub fn locate(&self) -> Locate {
        Locate::of_number(self.match_number)
    }
}

/// One side of a broken trade.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BustParty {
    pub key: OrderKey,
    pub order_reference: u64,
    /// As in the trade's record.
    pub side: Side,
    /// Of the order, as it was when it traded.
    pub cl_ord_id: ClOrdId,
    /// What a share of the trade counts for in the port's exposure.
    pub counted: Price,
}

/// Defines an instrument: the fields of ITCH Stock Directory (`R`), and what risk must know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SymbolDefined {
    pub locate: Locate,
    pub symbol: Symbol,
    pub market_category: u8,
    pub financial_status_indicator: u8,
    pub round_lot_size: u32,
    pub round_lots_only: bool,
    pub issue_classification: u8,
    pub issue_sub_type: [u8; 2],
    pub authenticity: u8,
    pub short_sale_threshold_indicator: u8,
    pub ipo_flag: u8,
    pub luld_reference_price_tier: u8,
    pub etp_flag: u8,
    pub etp_leverage_factor: u32,
    pub inverse_indicator: u8,
    /// The last price of the day before, [`Price::ZERO`] where there is none.
    pub previous_close: Price,
    /// Shares, 0 where it is unknown.
    pub average_daily_volume: u64,
}

impl SymbolDefined {
    /// A common stock in round lots of 100, nothing of which is known but its name.
    pub const fn common_stock(locate: Locate, symbol: Symbol) -> Self {
        Self {
            locate,
            symbol,
            market_category: b'Q',
            financial_status_indicator: b'N',
            round_lot_size: 100,
            round_lots_only: false,
            issue_classification: b'C',
            issue_sub_type: *b"Z ",
            authenticity: b'P',
            short_sale_threshold_indicator: b'N',
            ipo_flag: b'N',
            luld_reference_price_tier: b'1',
            etp_flag: b'N',
            etp_leverage_factor: 0,
            inverse_indicator: b'N',
            previous_close: Price::ZERO,
            average_daily_volume: 0,
        }
    }
}

/// Enter Order, admitted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Enter<'a> {
    pub key: OrderKey,
    pub locate: Locate,
    pub side: Side,
    /// 1 ..= [`MAX_QUANTITY`] shares.
    pub quantity: u32,
    pub price: OrderPrice,
    pub time_in_force: TimeInForce,
    pub display: Display,
    pub capacity: Capacity,
    /// The intermarket sweep flag; it is echoed and changes nothing else.
    pub intermarket_sweep: bool,
    pub cl_ord_id: ClOrdId,
    /// Entity within the firm; 0: none.
    pub group_id: u16,
    pub auction: Auction,
    /// Notional reserved for the order on its port and firm, in ten-thousandths of a dollar.
    pub granted: u64,
    /// The participant's appendage, checked, echoed on Order Accepted.
    pub appendage: &'a [u8],
}

/// What admission says of a Replace; the shard obeys it only if the original lives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Go on; the shard may use up to this much new notional (ten-thousandths of a dollar) and releases the rest.
    Granted(u64),
    /// The details are invalid: the original is canceled and the new number is not consumed.
    InvalidDetails,
    /// Refused with this reason: the original stays and the new number is consumed.
    Refused(RejectReason),
}

/// Replace Order Request. `key` is the new number, `original` the order to replace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replace<'a> {
    pub key: OrderKey,
    pub original_user_ref_num: u32,
    pub locate: Locate,
    /// Total liable for the whole chain, in shares; meaningful unless the details are invalid.
    pub quantity: u32,
    pub price: OrderPrice,
    pub time_in_force: TimeInForce,
    pub display: Display,
    /// As on [`Enter`].
    pub intermarket_sweep: bool,
    /// A new side, among the sell sides only (tag 27).
    pub side: Option<Side>,
    /// Whether the order is for the imbalance only, where the participant said so again (tag 17).
    pub imbalance_only: Option<bool>,
    pub cl_ord_id: ClOrdId,
    pub verdict: Verdict,
    pub appendage: &'a [u8],
}

/// Cancel Order Request: `quantity` is the new intended size, 0 cancels all that is open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cancel {
    pub key: OrderKey,
    pub locate: Locate,
    pub quantity: u32,
}

/// Modify Order Request: a new side among the sell sides, and a new intended size.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Modify<'a> {
    pub key: OrderKey,
    pub locate: Locate,
    pub side: Side,
    pub quantity: u32,
    pub appendage: &'a [u8],
}

/// Mass Cancel Request with its filters resolved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MassCancel<'a> {
    pub key: OrderKey,
    /// As written by the participant, for the echo.
    pub firm: Mpid,
    pub symbol: Symbol,
    /// `Locate::NONE`: all instruments.
    pub locate: Locate,
    pub side: Option<Side>,
    /// `Some(0)`: only orders without a group.
    pub group_id: Option<u16>,
    pub appendage: &'a [u8],
}
