//! What the world is told: ITCH messages, stamped with the time of the act they come from.

use engine::command::Locate;
use protocol::enums::{EventCode, Side, TradingState};
use protocol::itch::{
    AddOrder, AddOrderMpid, BrokenTrade, CrossTrade, NetOrderImbalanceIndicator, OrderCancel,
    OrderDelete, OrderExecuted, OrderExecutedWithPrice, OrderReplace, RegShoRestriction,
    StockDirectory, StockTradingAction, SystemEvent, Trade as TradeMessage,
};
use protocol::time::U48;
use zerocopy::big_endian::{U16, U32};
use zerocopy::{Immutable, IntoBytes};

use super::{Model, Order, Trade};

const ATTRIBUTABLE: u8 = b'A';
/// The venue tracks nothing internally.
const TRACKING_NUMBER: U16 = U16::ZERO;

impl Model {
    pub(super) fn print_system_event(&mut self, code: EventCode) {
        self.print(&SystemEvent {
            message_type: SystemEvent::TYPE,
            stock_locate: U16::ZERO,
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            event_code: code.code(),
        });
    }

    pub(super) fn print_directory(&mut self, locate: Locate) {
        let symbol = *self.symbol(locate);
        self.print(&StockDirectory {
            message_type: StockDirectory::TYPE,
            stock_locate: locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            stock: symbol.symbol,
            market_category: symbol.market_category,
            financial_status_indicator: symbol.financial_status_indicator,
            round_lot_size: symbol.round_lot_size.into(),
            round_lots_only: if symbol.round_lots_only { b'Y' } else { b'N' },
            issue_classification: symbol.issue_classification,
            issue_sub_type: symbol.issue_sub_type,
            authenticity: symbol.authenticity,
            short_sale_threshold_indicator: symbol.short_sale_threshold_indicator,
            ipo_flag: symbol.ipo_flag,
            luld_reference_price_tier: symbol.luld_reference_price_tier,
            etp_flag: symbol.etp_flag,
            etp_leverage_factor: symbol.etp_leverage_factor.into(),
            inverse_indicator: symbol.inverse_indicator,
        });
    }

    pub(super) fn print_trading_action(
        &mut self,
        locate: Locate,
        state: TradingState,
        reason: [u8; 4],
    ) {
        self.print(&StockTradingAction {
            message_type: StockTradingAction::TYPE,
            stock_locate: locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            stock: self.symbol(locate).symbol,
            trading_state: state.code(),
            reserved: b' ',
            reason,
        });
    }

    pub(super) fn print_executed_in_cross(&mut self, order: &Order, trade: &Trade) {
        self.print(&OrderExecutedWithPrice {
            message_type: OrderExecutedWithPrice::TYPE,
            stock_locate: order.locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            order_reference_number: order.reference.into(),
            executed_shares: trade.quantity.into(),
            match_number: trade.match_number.into(),
            printable: b'N',
            execution_price: price_field(trade.price),
        });
    }

    pub(super) fn print_cross(
        &mut self,
        locate: Locate,
        cross_type: u8,
        shares: u64,
        price: u64,
        match_number: u64,
    ) {
        self.print(&CrossTrade {
            message_type: CrossTrade::TYPE,
            stock_locate: locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            shares: shares.into(),
            stock: self.symbol(locate).symbol,
            cross_price: price_field(price),
            match_number: match_number.into(),
            cross_type,
        });
    }

    /// `shares` are those paired, those left over and the side of these; prices are far, near and reference.
    pub(super) fn print_imbalance(
        &mut self,
        locate: Locate,
        cross_type: u8,
        shares: (u64, u64, u8),
        [far, near, reference]: [u64; 3],
    ) {
        let distance = near.abs_diff(reference) * 100;
        let variation = match distance.checked_div(reference) {
            _ if near == 0 => b' ',
            None => b' ',
            Some(0) => b'L',
            Some(10..20) => b'A',
            Some(20..30) => b'B',
            Some(percent) => {
                u8::try_from(percent).ok().filter(|p| *p < 10).map_or(b'C', |p| b'0' + p)
            }
        };
        self.print(&NetOrderImbalanceIndicator {
            message_type: NetOrderImbalanceIndicator::TYPE,
            stock_locate: locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            paired_shares: shares.0.into(),
            imbalance_shares: shares.1.into(),
            imbalance_direction: shares.2,
            stock: self.symbol(locate).symbol,
            far_price: price_field(far),
            near_price: price_field(near),
            current_reference_price: price_field(reference),
            cross_type,
            price_variation_indicator: variation,
        });
    }

    pub(super) fn print_short_sale_test(&mut self, locate: Locate, action: u8) {
        self.print(&RegShoRestriction {
            message_type: RegShoRestriction::TYPE,
            stock_locate: locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            stock: self.symbol(locate).symbol,
            reg_sho_action: action,
        });
    }

    /// The order joins the book, under its firm's name if it is attributable.
    pub(super) fn print_added(&mut self, order: &Order) {
        let stock = self.symbol(order.locate).symbol;
        let buy_sell_indicator = buy_or_sell(order.side);
        if order.display == ATTRIBUTABLE {
            self.print(&AddOrderMpid {
                message_type: AddOrderMpid::TYPE,
                stock_locate: order.locate.0.into(),
                tracking_number: TRACKING_NUMBER,
                timestamp: self.timestamp(),
                order_reference_number: order.reference.into(),
                buy_sell_indicator,
                shares: order.shown().into(),
                stock,
                price: price_field(order.price()),
                attribution: self.firm_of(order.port).mpid,
            });
        } else {
            self.print(&AddOrder {
                message_type: AddOrder::TYPE,
                stock_locate: order.locate.0.into(),
                tracking_number: TRACKING_NUMBER,
                timestamp: self.timestamp(),
                order_reference_number: order.reference.into(),
                buy_sell_indicator,
                shares: order.shown().into(),
                stock,
                price: price_field(order.price()),
            });
        }
    }

    pub(super) fn print_executed(&mut self, resting: &Order, trade: &Trade) {
        self.print(&OrderExecuted {
            message_type: OrderExecuted::TYPE,
            stock_locate: resting.locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            order_reference_number: resting.reference.into(),
            executed_shares: trade.quantity.into(),
            match_number: trade.match_number.into(),
        });
    }

    /// A trade with an order that was not shown.
    pub(super) fn print_hidden_trade(&mut self, trade: &Trade) {
        self.print(&TradeMessage {
            message_type: TradeMessage::TYPE,
            stock_locate: trade.locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            order_reference_number: 0.into(),
            buy_sell_indicator: b'B',
            shares: trade.quantity.into(),
            stock: self.symbol(trade.locate).symbol,
            price: price_field(trade.price),
            match_number: trade.match_number.into(),
        });
    }

    pub(super) fn print_broken(&mut self, trade: &Trade) {
        self.print(&BrokenTrade {
            message_type: BrokenTrade::TYPE,
            stock_locate: trade.locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            match_number: trade.match_number.into(),
        });
    }

    /// The order loses shares and keeps its place.
    pub(super) fn print_reduced(&mut self, order: &Order, shares: u32) {
        self.print(&OrderCancel {
            message_type: OrderCancel::TYPE,
            stock_locate: order.locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            order_reference_number: order.reference.into(),
            canceled_shares: shares.into(),
        });
    }

    pub(super) fn print_deleted(&mut self, order: &Order) {
        self.print(&OrderDelete {
            message_type: OrderDelete::TYPE,
            stock_locate: order.locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            order_reference_number: order.reference.into(),
        });
    }

    pub(super) fn print_replaced(&mut self, original: &Order, replacement: &Order) {
        self.print(&OrderReplace {
            message_type: OrderReplace::TYPE,
            stock_locate: original.locate.0.into(),
            tracking_number: TRACKING_NUMBER,
            timestamp: self.timestamp(),
            original_order_reference_number: original.reference.into(),
            new_order_reference_number: replacement.reference.into(),
            shares: replacement.shown().into(),
            price: price_field(replacement.price()),
        });
    }

    fn timestamp(&self) -> U48 {
        U48::new(self.now_ns)
    }

    fn print<M: Immutable + IntoBytes>(&mut self, message: &M) {
        self.feed.push(message.as_bytes().to_vec());
    }
}

fn price_field(price: u64) -> U32 {
    u32::try_from(price).expect("a limit fits the 4 bytes of ITCH").into()
}

fn buy_or_sell(side: Side) -> u8 {
    if side.is_buy() { b'B' } else { b'S' }
}
