//! From the benchmark's messages to commands of one instrument, and from its events to reports.
//!
//! Ids of the benchmark come in any order and may be used again, UserRefNums only rise: each order gets the next
//! number, a modification is a Replace under the number after. An immediate-or-cancel order that the venue's collar
//! stops goes on as a new order, since the benchmark knows no collar.

use engine::command::{
    Auction, Cancel, Command, DisconnectPolicy, Enter, FirmDefined, FirmId, Limits, Locate,
    OrderKey, OrderPrice, PortDefined, PortId, Replace, SelfMatch, Sequenced, SymbolDefined,
    Verdict,
};
use engine::event::Event;
use engine::matcher::{Applied, Matcher};
use protocol::enums::{CancelReason, Capacity, Display, Side, TimeInForce, TradingState};
use protocol::{ClOrdId, Mpid, Price, Symbol};

use crate::abi::{self, Message, NewOrder, Report, ReportKind};

/// Half a cent in ten-thousandths of a dollar.
const TICK: i64 = 50;

/// Orders and ids that need no new memory while the clock runs.
const EXPECTED: usize = 1 << 21;

const LOCATE: Locate = Locate(1);
const PORT: PortId = PortId(0);

/// One instrument of the venue, with what it does not keep of the benchmark's orders.
#[derive(Debug)]
pub struct Adapter {
    matcher: Matcher,
    applied: Applied,
    sequence: u64,
    /// By UserRefNum, from 1.
    orders: Vec<Known>,
    /// The UserRefNum that an id stands for now, by id; 0: none ever.
    numbers: Vec<u32>,
}

/// What a report must say of an order and the venue's events do not.
#[derive(Clone, Copy, Debug)]
struct Known {
    order_id: u64,
    price_ticks: i64,
    /// Shares of its whole chain, which a Replace counts in.
    executed: u32,
    side: u8,
}

/// What is left of an order behind its trades.
enum Remainder {
    /// Nothing, or it rests.
    None,
    Canceled,
    /// This many shares were stopped by the collar.
    Stopped(u32),
}

impl Adapter {
    /// Opens the instrument for trading; memory for a usual run is taken now.
    pub fn new() -> Self {
        let vacant = Known { order_id: u64::MAX, price_ticks: 0, executed: 0, side: 0 };
        let mut adapter = Self {
            matcher: Matcher::new(0, 1),
            applied: Applied::default(),
            sequence: 0,
            orders: vec![vacant; EXPECTED],
            numbers: vec![u32::MAX; EXPECTED],
        };
        adapter.orders.truncate(1);
        adapter.numbers.fill(0);
        for command in opening() {
            adapter.apply(command);
        }
        adapter
    }

    /// Takes one message of a batch.
    pub fn take(&mut self, message: &Message, push: impl FnMut(&Report)) {
        match message.kind() {
            abi::Kind::NewOrder(order) => self.enter(order, push),
            abi::Kind::Cancel(cancel) => self.cancel(&cancel, push),
            abi::Kind::Modify(modify) => self.modify(modify, push),
        }
    }

    /// A new order: accepted, its trades, and the end of what may not rest.
    pub fn enter(&mut self, order: &NewOrder, mut push: impl FnMut(&Report)) {
        let &NewOrder { order_id, sequence_number, price_ticks, side, .. } = order;
        let accepted = Report {
            side,
            price_ticks,
            quantity: order.quantity,
            ..Report::new(ReportKind::OrderAccepted, sequence_number, order_id)
        };
        push(&accepted);
        let time_in_force = match order.immediate_or_cancel {
            0 => TimeInForce::Day,
            _ => TimeInForce::ImmediateOrCancel,
        };
        let mut quantity = order.quantity;
        loop {
            let key = self.assign(Known { order_id, price_ticks, executed: 0, side });
            self.apply(Command::Enter(Enter {
                key,
                locate: LOCATE,
                side: side_of(side),
                quantity,
                price: OrderPrice::Limit(price(price_ticks)),
                time_in_force,
                display: Display::Visible,
                capacity: Capacity::Agency,
                intermarket_sweep: false,
                cl_ord_id: ClOrdId::default(),
                group_id: 0,
                auction: Auction::NONE,
                granted: notional(quantity, price_ticks),
                appendage: &[],
            }));
            match self.report_trades(key.user_ref_num, sequence_number, &mut push) {
                Remainder::None => return,
                Remainder::Canceled => break,
                Remainder::Stopped(left) => quantity = left,
            }
        }
        push(&Report { kind: ReportKind::Canceled, quantity: 0, ..accepted });
    }

    /// Cancels what is open of an order.
    pub fn cancel(&mut self, cancel: &abi::Cancel, mut push: impl FnMut(&Report)) {
        let &abi::Cancel { order_id, sequence_number } = cancel;
        let number = self.number(order_id);
        self.apply(Command::Cancel(Cancel { key: key(number), locate: LOCATE, quantity: 0 }));
        if self.applied.events.is_empty() {
            push(&Report::new(ReportKind::CancelRejected, sequence_number, order_id));
            return;
        }
        let Known { price_ticks, side, .. } = self.orders[number as usize];
        let canceled = Report::new(ReportKind::Canceled, sequence_number, order_id);
        push(&Report { side, price_ticks, ..canceled });
    }

    /// Takes an order out and in again at another price, with another open quantity.
    pub fn modify(&mut self, modify: &abi::Modify, mut push: impl FnMut(&Report)) {
        let &abi::Modify { order_id, sequence_number, price_ticks, quantity, side, .. } = modify;
        let original = self.number(order_id);
        let Known { executed, .. } = self.orders[original as usize];
        let replacement = key(self.next_number());
        self.apply(Command::Replace(Replace {
            key: replacement,
            original_user_ref_num: original,
            locate: LOCATE,
            quantity: executed + quantity,
            price: OrderPrice::Limit(price(price_ticks)),
            time_in_force: TimeInForce::Day,
            display: Display::Visible,
            intermarket_sweep: false,
            side: None,
            imbalance_only: None,
            cl_ord_id: ClOrdId::default(),
            verdict: Verdict::Granted(notional(quantity, price_ticks)),
            appendage: &[],
        }));
        if self.applied.events.is_empty() {
            push(&Report::new(ReportKind::ModifyRejected, sequence_number, order_id));
            return;
        }
        self.assign(Known { order_id, price_ticks, executed, side });
        self.report_trades(replacement.user_ref_num, sequence_number, &mut push);
        let modified = Report::new(ReportKind::Modified, sequence_number, order_id);
        push(&Report { side, price_ticks, quantity, ..modified });
    }

    /// The best bid in ticks.
    pub fn best_bid(&self) -> Option<i64> {
        self.matcher.best_against(LOCATE, Side::Sell).map(ticks)
    }

    /// The best offer in ticks.
    pub fn best_ask(&self) -> Option<i64> {
        self.matcher.best_against(LOCATE, Side::Buy).map(ticks)
    }

    /// Open shares at one price of a side.
    pub fn depth_at(&self, price_ticks: i64, side: u8) -> u64 {
        match price_ticks.checked_mul(TICK).map(u32::try_from) {
            Some(Ok(price)) => self.matcher.shares_at(LOCATE, side_of(side), Price::new(price)),
            _ => 0,
        }
    }

    /// Reports the trades of the command just applied and says what became of the rest of its order.
    fn report_trades(
        &mut self,
        number: u32,
        sequence_number: u64,
        push: &mut impl FnMut(&Report),
    ) -> Remainder {
        let taker_order_id = self.orders[number as usize].order_id;
        let mut remainder = Remainder::None;
        let mut taken = 0;
        for (_, event) in &self.applied.events {
            match *event {
                Event::Executed { resting, quantity, price, .. } => {
                    let maker = &mut self.orders[resting.key.user_ref_num as usize];
                    maker.executed += quantity;
                    taken += quantity;
                    push(&Report {
                        price_ticks: ticks(price),
                        quantity,
                        maker_order_id: maker.order_id,
                        taker_order_id,
                        ..Report::new(ReportKind::Trade, sequence_number, 0)
                    });
                }
                Event::Canceled { quantity, reason: CancelReason::MarketCollars, .. } => {
                    remainder = Remainder::Stopped(quantity);
                }
                Event::Canceled { .. } => remainder = Remainder::Canceled,
                _ => {}
            }
        }
        self.orders[number as usize].executed += taken;
        remainder
    }

    fn apply(&mut self, command: Command<'_>) {
        self.applied.events.clear();
        self.applied.outcomes.clear();
        self.sequence += 1;
        let sequenced = Sequenced { sequence: self.sequence, time_ns: self.sequence, command };
        self.matcher.apply(&sequenced, &mut self.applied);
    }

    /// Gives an order the next number, for which its id stands from now on.
    fn assign(&mut self, known: Known) -> OrderKey {
        let number = self.next_number();
        let id = usize::try_from(known.order_id).expect("ids of the benchmark are dense");
        if self.numbers.len() <= id {
            self.numbers.resize((id + 1).next_power_of_two(), 0);
        }
        self.numbers[id] = number;
        self.orders.push(known);
        key(number)
    }

    fn next_number(&self) -> u32 {
        u32::try_from(self.orders.len()).expect("a day of a channel has fewer than 2^32 orders")
    }

    /// The number an id stands for; 0, which no order has, when it stands for none.
    fn number(&self, order_id: u64) -> u32 {
        let place = usize::try_from(order_id).ok().and_then(|id| self.numbers.get(id));
        place.copied().unwrap_or(0)
    }
}

impl Default for Adapter {
    fn default() -> Self {
        Self::new()
    }
}

/// A firm with one port, and one symbol that trades.
fn opening() -> [Command<'static>; 4] {
    let symbol = SymbolDefined::common_stock(
        LOCATE,
        Symbol::new("BENCH").expect("five capital letters are a symbol"),
    );
    let mpid = Mpid::new("FIRM").expect("four capital letters are a firm");
    let port = PortDefined {
        id: PORT,
        username: *b"BENCH ",
        firm: FirmId(0),
        limits: Limits::NONE,
        market_orders: false,
        on_disconnect: DisconnectPolicy::Keep,
        self_match: SelfMatch::OFF,
        disconnect_by_order: false,
        grace_ms: 10_000,
    };
    [
        Command::FirmDefined(FirmDefined {
            id: FirmId(0),
            mpid,
            limits: Limits::NONE,
            organization: Mpid::BLANK,
            affiliate: Mpid::BLANK,
        }),
        Command::PortDefined(port),
        Command::SymbolDefined(symbol),
        Command::TradingAction { locate: LOCATE, state: TradingState::Trading, reason: *b"    " },
    ]
}

fn key(user_ref_num: u32) -> OrderKey {
    OrderKey { port: PORT, user_ref_idx: 0, user_ref_num }
}

fn side_of(side: u8) -> Side {
    if side == 0 { Side::Buy } else { Side::Sell }
}

fn price(ticks: i64) -> Price {
    let ten_thousandths = u32::try_from(ticks * TICK);
    Price::new(ten_thousandths.expect("the benchmark's prices are prices of the venue"))
}

fn ticks(price: Price) -> i64 {
    i64::from(price.ten_thousandths()) / TICK
}

/// What an order can come to at most, in ten-thousandths of a dollar.
fn notional(quantity: u32, price_ticks: i64) -> u64 {
    u64::from(quantity) * u64::from(price(price_ticks).ten_thousandths())
}
