//! Order books against a naive one, and against a real morning.

use std::path::PathBuf;

use openbell_client::book::{Book, BookError, Books, Order, Quote};
use openbell_client::protocol::enums::Side;
use openbell_client::protocol::itch::{
    AddOrder, AddOrderMpid, BinaryFile, Message, OrderCancel, OrderDelete, OrderExecuted,
    OrderExecutedWithPrice, OrderReplace,
};
use openbell_client::protocol::time::U48;
use openbell_client::protocol::{Mpid, Price, Symbol};
use zerocopy::byteorder::big_endian::{U16, U32, U64};

const LOCATE: u16 = 13;
const SYMBOL: Symbol = Symbol(*b"AAPL    ");

fn add(reference: u64, side: Side, shares: u32, price: u32) -> AddOrder {
    AddOrder {
        message_type: AddOrder::TYPE,
        stock_locate: U16::new(LOCATE),
        tracking_number: U16::new(0),
        timestamp: U48::new(1),
        order_reference_number: U64::new(reference),
        buy_sell_indicator: side.code(),
        shares: U32::new(shares),
        stock: SYMBOL,
        price: U32::new(price),
    }
}

fn executed(reference: u64, shares: u32) -> OrderExecuted {
    OrderExecuted {
        message_type: OrderExecuted::TYPE,
        stock_locate: U16::new(LOCATE),
        tracking_number: U16::new(0),
        timestamp: U48::new(1),
        order_reference_number: U64::new(reference),
        executed_shares: U32::new(shares),
        match_number: U64::new(1),
    }
}

fn executed_with_price(reference: u64, shares: u32) -> OrderExecutedWithPrice {
    OrderExecutedWithPrice {
        message_type: OrderExecutedWithPrice::TYPE,
        stock_locate: U16::new(LOCATE),
        tracking_number: U16::new(0),
        timestamp: U48::new(1),
        order_reference_number: U64::new(reference),
        executed_shares: U32::new(shares),
        match_number: U64::new(1),
        printable: b'Y',
        execution_price: U32::new(1),
    }
}

fn canceled(reference: u64, shares: u32) -> OrderCancel {
    OrderCancel {
        message_type: OrderCancel::TYPE,
        stock_locate: U16::new(LOCATE),
        tracking_number: U16::new(0),
        timestamp: U48::new(1),
        order_reference_number: U64::new(reference),
        canceled_shares: U32::new(shares),
    }
}

fn deleted(reference: u64) -> OrderDelete {
    OrderDelete {
        message_type: OrderDelete::TYPE,
        stock_locate: U16::new(LOCATE),
        tracking_number: U16::new(0),
        timestamp: U48::new(1),
        order_reference_number: U64::new(reference),
    }
}

fn replaced(original: u64, reference: u64, shares: u32, price: u32) -> OrderReplace {
    OrderReplace {
        message_type: OrderReplace::TYPE,
        stock_locate: U16::new(LOCATE),
        tracking_number: U16::new(0),
        timestamp: U48::new(1),
        original_order_reference_number: U64::new(original),
        new_order_reference_number: U64::new(reference),
        shares: U32::new(shares),
        price: U32::new(price),
    }
}

/// Applies messages that all fit.
fn books(messages: &[Message<'_>]) -> Books {
    let mut books = Books::new();
    for message in messages {
        assert_eq!(books.apply(message), Ok(()), "{message:?}");
    }
    books
}

fn queue(books: &Books, side: Side, price: u32) -> Vec<(u64, u32)> {
    let book = books.book(SYMBOL).expect("announced");
    book.queue(side, Price::new(price)).map(|order| (order.reference, order.shares)).collect()
}

#[test]
fn a_decrease_keeps_the_place_in_the_queue_and_a_replace_goes_to_its_end() {
    let books = books(&[
        Message::AddOrder(&add(1, Side::Buy, 100, 10)),
        Message::AddOrder(&add(2, Side::Buy, 200, 10)),
        Message::AddOrder(&add(3, Side::Buy, 300, 10)),
        Message::OrderExecuted(&executed(1, 40)),
        Message::OrderCancel(&canceled(2, 50)),
        Message::OrderReplace(&replaced(2, 4, 150, 10)),
    ]);
    assert_eq!(queue(&books, Side::Buy, 10), [(1, 60), (3, 300), (4, 150)]);
}

#[test]
fn the_best_prices_come_first_on_both_sides() {
    let books = books(&[
        Message::AddOrder(&add(1, Side::Buy, 100, 10)),
        Message::AddOrder(&add(2, Side::Buy, 200, 11)),
        Message::AddOrder(&add(3, Side::Buy, 50, 11)),
        Message::AddOrder(&add(4, Side::Sell, 300, 14)),
        Message::AddOrder(&add(5, Side::Sell, 400, 13)),
    ]);
    let book = books.book(SYMBOL).expect("announced");
    let quote = |price, shares, orders| Quote { price: Price::new(price), shares, orders };
    assert_eq!(book.bbo().bid, Some(quote(11, 250, 2)));
    assert_eq!(book.bbo().ask, Some(quote(13, 400, 1)));
    let bids: Vec<_> = book.depth(Side::Buy).collect();
    assert_eq!(bids, [quote(11, 250, 2), quote(10, 100, 1)]);
    let best: Vec<_> = book.depth(Side::Sell).take(1).collect();
    assert_eq!(best, [quote(13, 400, 1)]);
}

#[test]
fn a_replacement_keeps_side_and_attribution() {
    let add = add(1, Side::Sell, 100, 10);
    let attributed = AddOrderMpid {
        message_type: AddOrderMpid::TYPE,
        stock_locate: add.stock_locate,
        tracking_number: add.tracking_number,
        timestamp: add.timestamp,
        order_reference_number: add.order_reference_number,
        buy_sell_indicator: add.buy_sell_indicator,
        shares: add.shares,
        stock: add.stock,
        price: add.price,
        attribution: Mpid(*b"OBEL"),
    };
    let books = books(&[
        Message::AddOrderMpid(&attributed),
        Message::OrderReplace(&replaced(1, 2, 70, 12)),
    ]);
    let expected = Order {
        reference: 2,
        side: Side::Sell,
        price: Price::new(12),
        shares: 70,
        attribution: Some(Mpid(*b"OBEL")),
    };
    let book = books.by_locate(LOCATE).expect("announced");
    assert_eq!(book.order(2), Some(&expected));
    assert_eq!(book.order(1), None);
    assert_eq!(book.len(), 1);
}

#[test]
fn a_message_that_does_not_fit_says_what_is_wrong_and_changes_nothing() {
    let mut books = books(&[
        Message::AddOrder(&add(1, Side::Buy, 100, 10)),
        Message::AddOrder(&add(2, Side::Buy, 100, 10)),
    ]);
    let unknown = |reference| BookError::UnknownReference { reference };
    let no_shares = |reference| BookError::NoShares { reference };
    let too_many = BookError::TooManyShares { reference: 1, left: 100, taken: 101 };
    let repeated = BookError::RepeatedReference { reference: 2 };
    let other = AddOrder { stock: Symbol(*b"MSFT    "), ..add(3, Side::Buy, 1, 10) };
    let nowhere = OrderDelete { stock_locate: U16::new(14), ..deleted(1) };
    let no_side = AddOrder { buy_sell_indicator: b'T', ..add(3, Side::Buy, 1, 10) };
    for (message, error) in [
        (Message::OrderDelete(&deleted(3)), unknown(3)),
        (Message::OrderDelete(&nowhere), unknown(1)),
        (Message::OrderExecuted(&executed(3, 1)), unknown(3)),
        (Message::OrderExecuted(&executed(1, 101)), too_many),
        (Message::OrderExecutedWithPrice(&executed_with_price(1, 101)), too_many),
        (Message::OrderCancel(&canceled(1, 101)), too_many),
        (Message::OrderCancel(&canceled(1, 0)), no_shares(1)),
        (Message::OrderReplace(&replaced(3, 4, 1, 10)), unknown(3)),
        (Message::OrderReplace(&replaced(1, 2, 1, 10)), repeated),
        (Message::OrderReplace(&replaced(1, 4, 0, 10)), no_shares(4)),
        (Message::AddOrder(&add(2, Side::Sell, 1, 10)), repeated),
        (Message::AddOrder(&add(3, Side::Buy, 0, 10)), no_shares(3)),
        (Message::AddOrder(&no_side), BookError::UnknownSide { reference: 3, code: b'T' }),
        (
            Message::AddOrder(&other),
            BookError::OtherSymbol { locate: LOCATE, expected: SYMBOL, actual: other.stock },
        ),
    ] {
        assert_eq!(books.apply(&message), Err(error), "{message:?}");
        assert_eq!(queue(&books, Side::Buy, 10), [(1, 100), (2, 100)]);
        assert_eq!(books.iter().count(), 1);
    }
}

/// A book nobody could get wrong: all orders in the order they joined.
#[derive(Default)]
struct Naive(Vec<Order>);

impl Naive {
    fn depth(&self, side: Side) -> Vec<Quote> {
        let orders = || self.0.iter().filter(move |order| order.side == side);
        let mut prices: Vec<Price> = orders().map(|order| order.price).collect();
        prices.sort_unstable();
        prices.dedup();
        if side.is_buy() {
            prices.reverse();
        }
        let at = |price| orders().filter(move |order| order.price == price);
        let shares = |price| at(price).map(|order| u64::from(order.shares)).sum();
        let quote = |price| Quote { price, shares: shares(price), orders: at(price).count() };
        prices.into_iter().map(quote).collect()
    }

    fn take(&mut self, reference: u64, shares: u32) {
        let order = self.0.iter_mut().find(|order| order.reference == reference);
        order.expect("the generator knows it").shares -= shares;
        self.0.retain(|order| 0 < order.shares);
    }

    fn check(&self, book: &Book) {
        for side in [Side::Buy, Side::Sell] {
            let depth = self.depth(side);
            assert!(book.depth(side).eq(depth.iter().copied()));
            for quote in depth {
                let queue = self.0.iter().filter(|o| o.side == side && o.price == quote.price);
                assert!(book.queue(side, quote.price).eq(queue));
            }
        }
        assert_eq!(book.len(), self.0.len());
    }
}

/// A small generator (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    fn number(&mut self, limit: u64) -> u32 {
        u32::try_from(self.below(limit)).expect("small")
    }
}

#[test]
fn any_stream_gives_the_naive_book() {
    for seed in 1..=100 {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let mut books = Books::new();
        let mut naive = Naive::default();
        for reference in 1..=400 {
            step(&mut dice, &mut books, &mut naive, reference);
            if let Some(book) = books.book(SYMBOL) {
                naive.check(book);
            }
        }
    }
}

/// Does one thing to both books.
fn step(dice: &mut Dice, books: &mut Books, naive: &mut Naive, reference: u64) {
    let count = u64::try_from(naive.0.len()).expect("small");
    let (shares, price) = (1 + dice.number(500), 10 + dice.number(8));
    if count == 0 || dice.below(2) == 0 {
        let side = [Side::Buy, Side::Sell][usize::try_from(dice.below(2)).expect("small")];
        naive.0.push(Order {
            reference,
            side,
            price: Price::new(price),
            shares,
            attribution: None,
        });
        let message = add(reference, side, shares, price);
        assert_eq!(books.apply(&Message::AddOrder(&message)), Ok(()));
        return;
    }
    let order = naive.0[usize::try_from(dice.below(count)).expect("small")];
    let taken = 1 + dice.number(u64::from(order.shares));
    let applied = match dice.below(5) {
        0 => {
            naive.take(order.reference, order.shares);
            books.apply(&Message::OrderDelete(&deleted(order.reference)))
        }
        1 => {
            naive.take(order.reference, taken);
            books.apply(&Message::OrderCancel(&canceled(order.reference, taken)))
        }
        2 => {
            naive.take(order.reference, taken);
            let message = executed_with_price(order.reference, taken);
            books.apply(&Message::OrderExecutedWithPrice(&message))
        }
        3 => {
            naive.take(order.reference, order.shares);
            naive.0.push(Order { reference, shares, price: Price::new(price), ..order });
            let message = replaced(order.reference, reference, shares, price);
            books.apply(&Message::OrderReplace(&message))
        }
        _ => {
            naive.take(order.reference, taken);
            books.apply(&Message::OrderExecuted(&executed(order.reference, taken)))
        }
    };
    assert_eq!(applied, Ok(()));
}

#[test]
fn ten_thousand_real_messages_fit() {
    let folder = std::env::var_os("OPENBELL_SAMPLES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples"),
        PathBuf::from,
    );
    let path = folder.join("aapl-20200130-10k.itch");
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("SKIPPED: no {}; OPENBELL_SAMPLES names another folder", path.display());
        return;
    };
    let mut books = Books::new();
    let mut count = 0;
    for message in BinaryFile::new(&bytes) {
        let message = Message::decode(message.expect("a whole file")).expect("ITCH 5.0");
        assert_eq!(books.apply(&message), Ok(()), "message {count}: {message:?}");
        count += 1;
    }
    assert_eq!(count, 10_000);
    let book = books.book(SYMBOL).expect("AAPL is announced");
    let bbo = book.bbo();
    let (bid, ask) = (bbo.bid.expect("a bid"), bbo.ask.expect("an offer"));
    assert!(bid.price < ask.price, "{bid:?} {ask:?}");
    assert!(!book.is_empty());
}
