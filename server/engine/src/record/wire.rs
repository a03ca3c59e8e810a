//! The fixed layouts of records, little-endian and without padding.
//!
//! A variable tail (appendage, text) follows some of them and runs to the end of the record.

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Declares record layouts with their sizes in bytes.
macro_rules! layouts {
    ($($(#[$doc:meta])* $name:ident ($size:literal) { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
            #[repr(C)]
            pub(super) struct $name { $($(#[$field_doc])* pub(super) $field: $kind,)* }
            const _: () = assert!(size_of::<$name>() == $size);
        )+
    };
}

layouts! {
    /// Stands before every record.
    Head (6) {
        kind: u8,
        format: u8,
        /// Nanoseconds after the time of the block.
        time_delta_ns: U32,
    }

    /// An order's name: port, channel, number.
    Key (7) {
        port: U16,
        user_ref_idx: u8,
        user_ref_num: U32,
    }

    /// Limits; all bits set means none.
    Limits (49) {
        max_quantity: U32,
        single_order_notional: U64,
        gross_exposure: U64,
        fat_finger: U32,
        fat_finger_bp: U32,
        market_impact_bp: U32,
        daily_volume_bp: U32,
        messages_per_second: U32,
        symbol_messages_per_second: U32,
        duplicate_window_ms: U32,
        /// Bits: 0 short sales, 1 short sales exempt, 2 short sales without locate, 3 intermarket sweeps.
        permissions: u8,
    }

    /// One side of a broken trade.
    BustParty (34) {
        key: Key,
        order_reference: U64,
        side: u8,
        cl_ord_id: [u8; 14],
        counted: U32,
    }

    DayOpened (38) {
        log_id: [u8; 16],
        session: [u8; 10],
        midnight_ns: U64,
        rule_version: U32,
    }

    FirmDefined (63) {
        id: U16,
        mpid: [u8; 4],
        limits: Limits,
        organization: [u8; 4],
        affiliate: [u8; 4],
    }

    PortDefined (69) {
        id: U16,
        username: [u8; 6],
        firm: U16,
        limits: Limits,
        market_orders: u8,
        on_disconnect: u8,
        self_match: u8,
        self_match_group: [u8; 2],
        disconnect_by_order: u8,
        grace_ms: U32,
    }

    SymbolDefined (42) {
        locate: U16,
        symbol: [u8; 8],
        market_category: u8,
        financial_status_indicator: u8,
        round_lot_size: U32,
        round_lots_only: u8,
        issue_classification: u8,
        issue_sub_type: [u8; 2],
        authenticity: u8,
        short_sale_threshold_indicator: u8,
        ipo_flag: u8,
        luld_reference_price_tier: u8,
        etp_flag: u8,
        etp_leverage_factor: U32,
        inverse_indicator: u8,
        previous_close: U32,
        average_daily_volume: U64,
    }

    SymbolRemoved (2) { locate: U16, }

    SymbolRestricted (6) {
        /// 0 firm, 1 port.
        member: u8,
        id: U16,
        locate: U16,
        restricted: u8,
    }

    SystemEvent (1) { code: u8, }

    TradingAction (7) {
        locate: U16,
        state: u8,
        reason: [u8; 4],
    }

    PhaseChanged (3) {
        locate: U16,
        phase: u8,
    }

    ImbalanceDue (3) {
        locate: U16,
        cross_type: u8,
    }

    ShortSaleTest (3) {
        locate: U16,
        action: u8,
    }

    /// `who_length` bytes of `who` follow, then `why` to the end.
    OperatorNote (2) { who_length: U16, }

    Connected (2) { port: U16, }

    GraceEnded (2) { port: U16, }

    Disconnected (3) {
        port: U16,
        cause: u8,
    }

    KillSwitch (4) {
        /// 0 venue, 1 firm, 2 port.
        scope: u8,
        /// The firm or port; 0 for the venue.
        id: U16,
        engaged: u8,
    }

    Bust (86) {
        match_number: U64,
        reason: u8,
        quantity: U32,
        price: U32,
        aggressor_side: u8,
        buyer: BustParty,
        seller: BustParty,
    }

    /// The appendage follows.
    Enter (49) {
        key: Key,
        locate: U16,
        side: u8,
        quantity: U32,
        price: U32,
        /// 0 limit, 1 market (`price` is the code on the wire).
        is_market: u8,
        time_in_force: u8,
        display: u8,
        capacity: u8,
        intermarket_sweep: u8,
        cl_ord_id: [u8; 14],
        group_id: U16,
        cross_type: u8,
        imbalance_only: u8,
        granted: U64,
    }

    /// The appendage follows.
    Replace (50) {
        key: Key,
        original_user_ref_num: U32,
        locate: U16,
        quantity: U32,
        price: U32,
        is_market: u8,
        time_in_force: u8,
        display: u8,
        intermarket_sweep: u8,
        /// 0: unchanged.
        side: u8,
        /// 0 no, 1 yes, 2 unchanged.
        imbalance_only: u8,
        cl_ord_id: [u8; 14],
        /// 0 granted, 1 invalid details, 2 refused.
        verdict: u8,
        /// The notional granted, or the reason of the refusal.
        verdict_value: U64,
    }

    Cancel (13) {
        key: Key,
        locate: U16,
        quantity: U32,
    }

    /// The appendage follows.
    Modify (14) {
        key: Key,
        locate: U16,
        side: u8,
        quantity: U32,
    }

    /// The appendage follows.
    MassCancel (25) {
        key: Key,
        firm: [u8; 4],
        symbol: [u8; 8],
        locate: U16,
        /// 0: all.
        side: u8,
        has_group_id: u8,
        group_id: U16,
    }

    /// Disable and Enable Order Entry.
    EntrySwitch (11) {
        key: Key,
        firm: [u8; 4],
    }

    AccountQuery (7) {
        port: U16,
        user_ref_idx: u8,
        next_user_ref_num: U32,
    }

    Refused (24) {
        key: Key,
        reason: U16,
        cl_ord_id: [u8; 14],
        is_order: u8,
    }

    Counted (2) { port: U16, }
}
