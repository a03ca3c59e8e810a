//! Checks that a day of the generator leaves nothing untried, and that the model keeps its word in it.

use std::collections::BTreeMap;

use protocol::itch::Message;
use protocol::ouch::Outbound;

use super::{Act, Generator, REASONS};
use crate::model::Model;

const SEED: u64 = 20_261_122;
const ACTS: usize = 100_000;

/// Every answer of this version must come up at least so often in a day.
const ENOUGH: usize = 100;

/// Plays a day against the model; gives the model and how often each thing was done or said.
fn play(seed: u64, acts: usize) -> (Model, BTreeMap<String, usize>) {
    println!("seed {seed}");
    let mut generator = Generator::new(seed, acts);
    let mut model = Model::new(Generator::setup());
    let mut counts = BTreeMap::new();
    let mut heard: Vec<usize> = model.port_streams.iter().map(Vec::len).collect();
    while let Some((time_ns, act)) = generator.next_act() {
        act.apply(&mut model, time_ns);
        let mut silent = true;
        for (port, heard) in heard.iter_mut().enumerate() {
            for message in &model.port_streams[port][*heard..] {
                generator.hear(port, message);
                *counts.entry(spoken(message)).or_default() += 1;
                silent = false;
            }
            *heard = model.port_streams[port].len();
        }
        *counts.entry(done(&act, silent)).or_default() += 1;
    }
    for message in &model.feed {
        *counts.entry(format!("itch {}", char::from(message[0]))).or_default() += 1;
    }
    (model, counts)
}

fn done(act: &Act, silent: bool) -> String {
    match act {
        Act::Message { payload, .. } => {
            let silence = if silent { " unanswered" } else { "" };
            format!("request {}{silence}", char::from(payload[0]))
        }
        Act::Disconnected { cause, .. } => format!("disconnected {cause:?}"),
        Act::TradingAction { state, .. } => format!("trading action {state:?}"),
        Act::ShortSaleTest { .. } => "short sale test".to_owned(),
        Act::PortDefined(..) => "port limit".to_owned(),
        Act::FirmDefined(..) => "firm limit".to_owned(),
        Act::SymbolRestricted { .. } => "restriction".to_owned(),
        Act::GraceEnded { .. } => "grace ended".to_owned(),
        Act::Connected { .. } => "connected".to_owned(),
        Act::SystemEvent { .. } => "system event".to_owned(),
        Act::Bust { .. } => "bust".to_owned(),
        Act::KillSwitch { engaged, .. } => format!("kill switch {engaged}"),
        Act::PhaseChanged { phase, .. } => format!("phase {phase:?}"),
        Act::ImbalanceDue { .. } => "imbalance".to_owned(),
    }
}

fn spoken(message: &[u8]) -> String {
    let kind = char::from(message[0]);
    match Outbound::decode(message).expect("the model sends whole messages") {
        Outbound::Rejected(answer, _) => format!("ouch J {:#06x}", answer.reason.get()),
        Outbound::OrderCanceled(answer, _) => format!("ouch C {}", char::from(answer.reason)),
        Outbound::OrderReplaced(answer, _) => format!("ouch U {}", char::from(answer.order_state)),
        Outbound::OrderExecuted(answer, _) => {
            format!("ouch E {}", char::from(answer.liquidity_flag))
        }
        Outbound::AiqCanceled(answer, _) => {
            format!("ouch D {}", char::from(answer.liquidity_flag))
        }
        _ => format!("ouch {kind}"),
    }
}

#[test]
fn a_day_tries_everything_often() {
    let (model, counts) = play(SEED, ACTS);
    println!("{counts:#?}");
    let mut wanted: Vec<String> =
        REASONS.iter().map(|reason| format!("ouch J {:#06x}", reason.code())).collect();
    wanted.extend("AMXGKQB".chars().map(|kind| format!("ouch {kind}")));
    wanted.extend("UIKZTS".chars().map(|reason| format!("ouch C {reason}")));
    wanted.extend(
        ["ouch U L", "ouch U D", "ouch E A", "ouch E R", "ouch E O", "ouch E M"].map(String::from),
    );
    wanted.extend(["ouch D A", "ouch D R", "ouch D O"].map(String::from));
    wanted.extend("HYAFECPXDUQIB".chars().map(|kind| format!("itch {kind}")));
    wanted.extend("OUXMCDEQ".chars().map(|kind| format!("request {kind}")));
    wanted.extend("OUXMCDEQ".chars().map(|kind| format!("request {kind} unanswered")));
    let rare: Vec<_> = wanted
        .iter()
        .map(|wanted| (wanted, counts.get(wanted).copied().unwrap_or(0)))
        .filter(|(_, count)| *count < ENOUGH)
        .collect();
    assert!(rare.is_empty(), "too rare: {rare:?}");
    assert_eq!(model.open_orders(), 0);
}

#[test]
fn the_same_seed_gives_the_same_day() {
    let (first, second) = (play(SEED, 5_000).0, play(SEED, 5_000).0);
    assert_eq!(first.feed, second.feed);
    assert_eq!(first.port_streams, second.port_streams);
    assert_ne!(first.feed, play(SEED + 1, 5_000).0.feed);
}

/// A displayed order, as a reader of the feed knows it.
#[derive(Debug)]
struct Shown {
    reference: u64,
    locate: u16,
    buys: bool,
    shares: u32,
    price: u32,
}

/// Takes shares off a displayed order, which is gone when it has none.
fn reduce(book: &mut Vec<Shown>, reference: u64, shares: u32) {
    let index = find(book, reference);
    book[index].shares -= shares;
    if book[index].shares == 0 {
        book.remove(index);
    }
}

fn find(book: &[Shown], reference: u64) -> usize {
    book.iter().position(|order| order.reference == reference).expect("the order is shown")
}

fn is_crossed(book: &[Shown], locate: u16) -> bool {
    let own = || book.iter().filter(|order| order.locate == locate);
    own().filter(|bid| bid.buys).any(|bid| own().any(|ask| !ask.buys && ask.price <= bid.price))
}

#[test]
fn the_feed_shows_a_book_that_no_cross_and_no_trade_leaves_crossed() {
    let (model, _) = play(SEED, 20_000);
    let mut book: Vec<Shown> = Vec::new();
    let mut crosses = 0;
    for message in &model.feed {
        match Message::decode(message).expect("the model prints whole messages") {
            Message::AddOrder(m) => book.push(Shown {
                reference: m.order_reference_number.get(),
                locate: m.stock_locate.get(),
                buys: m.buy_sell_indicator == b'B',
                shares: m.shares.get(),
                price: m.price.get(),
            }),
            Message::AddOrderMpid(m) => book.push(Shown {
                reference: m.order_reference_number.get(),
                locate: m.stock_locate.get(),
                buys: m.buy_sell_indicator == b'B',
                shares: m.shares.get(),
                price: m.price.get(),
            }),
            Message::OrderExecuted(m) => {
                reduce(&mut book, m.order_reference_number.get(), m.executed_shares.get());
                assert!(!is_crossed(&book, m.stock_locate.get()), "{book:?}");
            }
            Message::OrderExecutedWithPrice(m) => {
                reduce(&mut book, m.order_reference_number.get(), m.executed_shares.get());
            }
            Message::CrossTrade(m) => {
                crosses += 1;
                assert!(!is_crossed(&book, m.stock_locate.get()), "{book:?}");
            }
            Message::OrderCancel(m) => {
                reduce(&mut book, m.order_reference_number.get(), m.canceled_shares.get());
            }
            Message::OrderDelete(m) => {
                let index = find(&book, m.order_reference_number.get());
                book.remove(index);
            }
            Message::OrderReplace(m) => {
                let index = find(&book, m.original_order_reference_number.get());
                let original = book.remove(index);
                book.push(Shown {
                    reference: m.new_order_reference_number.get(),
                    shares: m.shares.get(),
                    price: m.price.get(),
                    ..original
                });
            }
            _ => {}
        }
    }
    assert!(book.is_empty(), "{book:?}");
    assert!(0 < crosses);
}
