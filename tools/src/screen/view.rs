//! What the screen shows: instruments, the depth of one of them, the tape, and rates.

use client::book::{Book, Quote};
use protocol::Price;
use protocol::enums::{Side, TradingState};
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Cell, Paragraph, Row, Sparkline, Table};

use crate::clock_time;
use crate::market::{Market, Print};
use crate::rates::Rate;

/// Characters of the bar beside the largest level.
const BAR: u64 = 16;

/// A rate and what it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauge<'a> {
    pub(crate) name: &'static str,
    pub(crate) rate: &'a Rate,
}

/// Everything on the screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) title: &'a str,
    /// Lines under the title.
    pub(crate) notes: &'a [String],
    pub(crate) market: &'a Market,
    pub(crate) gauges: &'a [Gauge<'a>],
}

impl View<'_> {
    /// Draws all of it; `selected` counts the instruments in the order of their stock locates.
    pub(crate) fn draw(&self, frame: &mut Frame<'_>, selected: usize, colored: bool) {
        let palette = Palette { colored };
        let notes = u16::try_from(self.notes.len()).unwrap_or(u16::MAX);
        let [head, body, rates, foot] = Layout::vertical([
            Constraint::Length(notes.saturating_add(1)),
            Constraint::Min(8),
            Constraint::Length(5),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(62), Constraint::Percentage(38)])
                .areas(body);
        let instruments = self.market.books().iter().count();
        let listed = u16::try_from(instruments).unwrap_or(u16::MAX).saturating_add(3).min(14);
        let [table, depth] =
            Layout::vertical([Constraint::Length(listed), Constraint::Min(4)]).areas(left);

        self.draw_head(frame, head);
        self.draw_instruments(frame, table, selected);
        if let Some((_, book)) = self.market.books().iter().nth(selected) {
            draw_depth(frame, depth, book, palette);
        }
        self.draw_tape(frame, right, palette);
        self.draw_gauges(frame, rates);
        let keys = " q quit   up/down instrument ".add_modifier(Modifier::DIM);
        frame.render_widget(Paragraph::new(Line::from(keys)), foot);
    }

    fn draw_head(&self, frame: &mut Frame<'_>, area: Rect) {
        let mut lines = vec![Line::from(format!(" {} ", self.title).bold().reversed())];
        lines.extend(self.notes.iter().map(|note| Line::from(format!(" {note}"))));
        frame.render_widget(Paragraph::new(lines), area);
    }

    fn draw_instruments(&self, frame: &mut Frame<'_>, area: Rect, selected: usize) {
        let rows = self.market.books().iter().enumerate().map(|(place, (locate, book))| {
            let bbo = book.bbo();
            let activity = self.market.activity(locate);
            let state = match activity.state {
                Some(TradingState::Trading) | None => "",
                Some(TradingState::Halted) => "halted",
                Some(TradingState::Paused) => "paused",
                Some(TradingState::QuotationOnly) => "quotes",
            };
            let cells = [
                right(shares(bbo.bid)),
                right(price(bbo.bid.map(|quote| quote.price))),
                right(price(bbo.ask.map(|quote| quote.price))),
                right(shares(bbo.ask)),
                right(price(activity.last)),
                right(activity.shares.to_string()),
                Cell::from(state),
            ];
            let name = Cell::from(book.symbol().to_string().bold());
            let row = Row::new([name].into_iter().chain(cells));
            if place == selected { row.style(Style::new().reversed()) } else { row }
        });
        let titles = ["", "shares", "bid", "offer", "shares", "last", "volume"].map(String::from);
        let [name, numbers @ ..] = titles;
        let header =
            [Cell::from(name)].into_iter().chain(numbers.map(right)).chain([Cell::from("")]);
        let widths = [9, 7, 12, 12, 7, 12, 10, 7].map(Constraint::Length);
        let table = Table::new(rows, widths)
            .header(Row::new(header).add_modifier(Modifier::DIM))
            .block(Block::bordered().title(" instruments "));
        frame.render_widget(table, area);
    }

    fn draw_tape(&self, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
        let room = usize::from(area.height.saturating_sub(2));
        let lines: Vec<_> =
            self.market.tape().take(room).map(|print| tape_line(print, palette)).collect();
        let tape = Paragraph::new(lines).block(Block::bordered().title(" tape "));
        frame.render_widget(tape, area);
    }

    fn draw_gauges(&self, frame: &mut Frame<'_>, area: Rect) {
        let count = u32::try_from(self.gauges.len()).unwrap_or(1).max(1);
        let areas = Layout::horizontal(self.gauges.iter().map(|_| Constraint::Ratio(1, count)));
        for (gauge, &area) in self.gauges.iter().zip(areas.split(area).iter()) {
            let title = format!(" {} {}/s ", gauge.name, gauge.rate.per_second());
            let width = usize::from(area.width.saturating_sub(2));
            let sparkline = Sparkline::default()
                .data(gauge.rate.newest(width))
                .block(Block::bordered().title(title));
            frame.render_widget(sparkline, area);
        }
    }
}

/// Green for buyers, red for sellers, or nothing.
#[derive(Clone, Copy, Debug)]
struct Palette {
    colored: bool,
}

impl Palette {
    fn of(self, side: Option<Side>) -> Style {
        match side {
            Some(side) if self.colored => {
                Style::new().fg(if side.is_buy() { Color::Green } else { Color::Red })
            }
            _ => Style::new(),
        }
    }
}

fn draw_depth(frame: &mut Frame<'_>, area: Rect, book: &Book, palette: Palette) {
    let block = Block::bordered().title(format!(" {} ", book.symbol()));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let sides = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]);
    let [bids, offers] = sides.areas(inner);
    let room = usize::from(inner.height);
    let [buying, selling] =
        [Side::Buy, Side::Sell].map(|side| book.depth(side).take(room).collect::<Vec<_>>());
    let largest = buying.iter().chain(&selling).map(|quote| quote.shares).max().unwrap_or(1);
    let bid_lines = buying.iter().map(|quote| {
        let text = format!("{} {:>7} {} ", bar(quote, largest), quote.shares, quote.price);
        Line::styled(text, palette.of(Some(Side::Buy)))
    });
    let bid_side = Paragraph::new(bid_lines.collect::<Vec<_>>()).alignment(Alignment::Right);
    let offer_lines = selling.iter().map(|quote| {
        let text = format!(" {} {:<7} {}", quote.price, quote.shares, bar(quote, largest));
        Line::styled(text, palette.of(Some(Side::Sell)))
    });
    frame.render_widget(bid_side, bids);
    frame.render_widget(Paragraph::new(offer_lines.collect::<Vec<_>>()), offers);
}

fn tape_line(print: &Print, palette: Palette) -> Line<'static> {
    let time = clock_time::of_day_ms(print.time_ns);
    let trade = format!(" {:<8} {:>7} @ {}", print.symbol, print.shares, print.price);
    Line::from(vec![Span::raw(time).dim(), Span::styled(trade, palette.of(print.aggressor))])
}

fn bar(quote: &Quote, largest: u64) -> String {
    let length = (quote.shares * BAR).div_ceil(largest.max(1));
    "#".repeat(usize::try_from(length.min(BAR)).unwrap_or_default())
}

fn right(text: String) -> Cell<'static> {
    Cell::from(Line::from(text).alignment(Alignment::Right))
}

fn shares(quote: Option<Quote>) -> String {
    quote.map_or_else(String::new, |quote| quote.shares.to_string())
}

fn price(price: Option<Price>) -> String {
    price.map_or_else(|| "-".to_owned(), |price| price.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use protocol::Symbol;
    use protocol::itch::{AddOrder, OrderExecuted};
    use protocol::time::U48;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use zerocopy::IntoBytes;
    use zerocopy::big_endian::{U16, U32, U64};

    use super::*;

    fn market() -> Market {
        let mut market = Market::default();
        let mut number = 0;
        let mut take = |bytes: &[u8]| {
            number += 1;
            let bytes = Bytes::copy_from_slice(bytes);
            market.take(&client::market_data::Message { number, bytes }).expect("it fits");
        };
        for (reference, side, shares, price) in
            [(1, b'B', 300, 249_900), (2, b'S', 200, 250_100), (3, b'S', 500, 250_200)]
        {
            let order = AddOrder {
                message_type: AddOrder::TYPE,
                stock_locate: U16::new(1),
                tracking_number: U16::ZERO,
                timestamp: U48::new(1),
                order_reference_number: U64::new(reference),
                buy_sell_indicator: side,
                shares: U32::new(shares),
                stock: Symbol(*b"ACME    "),
                price: U32::new(price),
            };
            take(order.as_bytes());
        }
        let executed = OrderExecuted {
            message_type: OrderExecuted::TYPE,
            stock_locate: U16::new(1),
            tracking_number: U16::ZERO,
            timestamp: U48::new(50_523_017_000_000),
            order_reference_number: U64::new(2),
            executed_shares: U32::new(100),
            match_number: U64::new(1),
        };
        take(executed.as_bytes());
        market
    }

    /// Draws on a terminal of this size and returns its rows.
    fn drawn(width: u16, height: u16) -> Vec<String> {
        let mut rate = Rate::default();
        rate.look(512, Duration::from_secs(1));
        let market = market();
        let gauges = [Gauge { name: "messages", rate: &rate }];
        let notes = ["orders 127.0.0.1:26400".to_owned()];
        let view = View { title: "openbell demo", notes: &notes, market: &market, gauges: &gauges };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
        terminal.draw(|frame| view.draw(frame, 0, true)).expect("a test backend takes all");
        let buffer = terminal.backend().buffer();
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(row).collect()
    }

    #[test]
    fn best_prices_depth_tape_and_rates_are_shown() {
        let rows = drawn(120, 30);
        let shown = |parts: &[&str]| {
            let found = rows.iter().any(|row| parts.iter().all(|part| row.contains(part)));
            assert!(found, "{parts:?} in\n{}", rows.join("\n"));
        };
        shown(&["openbell demo"]);
        shown(&["orders 127.0.0.1:26400"]);
        shown(&["ACME", "300", "24.9900", "25.0100", "100"]);
        shown(&["25.0200 500", "################"]);
        shown(&["14:02:03.017", "ACME", "100 @ 25.0100"]);
        shown(&["messages 512/s"]);
    }

    #[test]
    fn a_terminal_too_small_for_anything_is_no_reason_to_fail() {
        for (width, height) in [(1, 1), (10, 3), (40, 10)] {
            drawn(width, height);
        }
    }
}
