//! What an account may be told: short stories, and the rule that each breaks.
//!
//! A line is a message, `>` from the account and `<` to it. Orders are of one symbol at prices in
//! ten-thousandths; `lost` is the end of a connection.

use protocol::ouch::encode;
use protocol::ouch::inbound::{
    AccountQuery, CancelOrder, DisableOrderEntry, EnableOrderEntry, EnterOrder, MassCancel,
    ModifyOrder, ReplaceOrder,
};
use protocol::ouch::outbound::{
    AccountQueryResponse, DisableOrderEntryResponse, EnableOrderEntryResponse, MassCancelResponse,
    OrderAccepted, OrderCanceled, OrderExecuted, OrderModified, OrderReplaced, Rejected,
};
use protocol::{ClOrdId, Mpid, Symbol};
use zerocopy::{Immutable, IntoBytes};

use super::{CHANNELS, Tracker};
use crate::fuzz::finding::Checked;
use crate::fuzz::market::Market;
use crate::fuzz::rules::Rule;

const SYMBOL: Symbol = Symbol(*b"ACME    ");
const NAME: ClOrdId = ClOrdId(*b"NAME          ");

/// An account of its own, and a clock that each answer moves on.
struct Story {
    tracker: Tracker,
    market: Market,
    now_ns: u64,
}

impl Story {
    fn begin(polite: bool) -> Self {
        let tracker = Tracker::new(polite);
        let mut story = Self { tracker, market: Market::new(false), now_ns: 10 };
        // The last message before this run.
        story.told(&account_query_response(9, 40, 0)).expect("it is not judged");
        for channel in CHANNELS {
            story.ask(&AccountQuery { message_type: b'Q' }, channel);
        }
        for channel in CHANNELS {
            story.told(&account_query_response(10, 1, channel)).expect("it is learnt");
        }
        assert!(story.tracker.is_settled());
        story.tracker.begin(1);
        story
    }

    fn ask<M: Immutable + IntoBytes>(&mut self, fixed: &M, channel: u8) {
        assert!(self.tracker.asked(&encoded(fixed, channel), false));
    }

    fn told(&mut self, message: &[u8]) -> Checked {
        self.tracker.told(message, &mut self.market)
    }

    /// Plays one line.
    fn play(&mut self, line: &str) -> Checked {
        let words = Words(line.split_whitespace().collect());
        self.now_ns += 1;
        match words.0[..] {
            ["lost"] => self.tracker.connection_lost(),
            [">", ..] => self.request(&words),
            _ => {
                let answer = answer(&words, self.now_ns);
                return self.told(&answer);
            }
        }
        Ok(())
    }

    fn request(&mut self, words: &Words<'_>) {
        let user_ref_num = words.0.get(2).map_or(0, |_| words.number(2)).into();
        let firm = Mpid::BLANK;
        match words.0[1] {
            "O" => self.ask(
                &EnterOrder {
                    message_type: b'O',
                    user_ref_num,
                    side: words.code(3),
                    quantity: words.number(4).into(),
                    symbol: SYMBOL,
                    price: words.price(5).into(),
                    time_in_force: words.time_in_force(),
                    display: b'Y',
                    capacity: b'P',
                    intermarket_sweep_eligibility: b'N',
                    cross_type: b'N',
                    cl_ord_id: NAME,
                },
                0,
            ),
            "U" => self.ask(
                &ReplaceOrder {
                    message_type: b'U',
                    orig_user_ref_num: user_ref_num,
                    user_ref_num: words.number(3).into(),
                    quantity: words.number(4).into(),
                    price: words.price(5).into(),
                    time_in_force: words.time_in_force(),
                    display: b'Y',
                    intermarket_sweep_eligibility: b'N',
                    cl_ord_id: NAME,
                },
                0,
            ),
            "X" => {
                let quantity = words.number(3).into();
                self.ask(&CancelOrder { message_type: b'X', user_ref_num, quantity }, 0);
            }
            "M" => {
                let (side, quantity) = (words.code(3), words.number(4).into());
                self.ask(&ModifyOrder { message_type: b'M', user_ref_num, side, quantity }, 0);
            }
            "C" => {
                let symbol = Symbol::BLANK;
                self.ask(&MassCancel { message_type: b'C', user_ref_num, firm, symbol }, 0);
            }
            "D" => self.ask(&DisableOrderEntry { message_type: b'D', user_ref_num, firm }, 0),
            "E" => self.ask(&EnableOrderEntry { message_type: b'E', user_ref_num, firm }, 0),
            "Q" => self.ask(&AccountQuery { message_type: b'Q' }, 0),
            other => panic!("no request: {other}"),
        }
    }
}

/// The words of a line.
struct Words<'a>(Vec<&'a str>);

impl Words<'_> {
    fn number(&self, place: usize) -> u32 {
        self.0[place].parse().expect("a number")
    }

    fn price(&self, place: usize) -> u64 {
        self.number(place).into()
    }

    fn code(&self, place: usize) -> u8 {
        self.0[place].as_bytes()[0]
    }

    fn time_in_force(&self) -> u8 {
        if self.ends_with("ioc") { b'3' } else { b'0' }
    }

    fn ends_with(&self, word: &str) -> bool {
        self.0.last() == Some(&word)
    }
}

fn answer(words: &Words<'_>, now_ns: u64) -> Vec<u8> {
    let timestamp = now_ns.into();
    let user_ref_num = words.number(2).into();
    let (firm, symbol) = (Mpid::BLANK, Symbol::BLANK);
    match words.0[1] {
        "A" => accepted(words, now_ns),
        "U" => replaced(words, now_ns),
        "E" => {
            let executed = OrderExecuted {
                message_type: b'E',
                timestamp,
                user_ref_num,
                quantity: words.number(3).into(),
                price: words.price(4).into(),
                liquidity_flag: b'A',
                match_number: now_ns.into(),
            };
            encoded(&executed, 0)
        }
        "C" => {
            let (quantity, reason) = (words.number(3).into(), words.code(4));
            bare(&OrderCanceled { message_type: b'C', timestamp, user_ref_num, quantity, reason })
        }
        "M" => {
            let (side, quantity) = (words.code(3), words.number(4).into());
            bare(&OrderModified { message_type: b'M', timestamp, user_ref_num, side, quantity })
        }
        "J" => {
            let cl_ord_id = if words.ends_with("nameless") { ClOrdId::BLANK } else { NAME };
            let reason = 0x000F.into();
            bare(&Rejected { message_type: b'J', timestamp, user_ref_num, reason, cl_ord_id })
        }
        "X" => {
            let message_type = b'X';
            encoded(&MassCancelResponse { message_type, timestamp, user_ref_num, firm, symbol }, 0)
        }
        "G" => {
            let message_type = b'G';
            encoded(&DisableOrderEntryResponse { message_type, timestamp, user_ref_num, firm }, 0)
        }
        "K" => {
            let message_type = b'K';
            encoded(&EnableOrderEntryResponse { message_type, timestamp, user_ref_num, firm }, 0)
        }
        "Q" => account_query_response(now_ns, words.number(2), 0),
        other => panic!("no answer: {other}"),
    }
}

fn accepted(words: &Words<'_>, now_ns: u64) -> Vec<u8> {
    let accepted = OrderAccepted {
        message_type: b'A',
        timestamp: now_ns.into(),
        user_ref_num: words.number(2).into(),
        side: words.code(3),
        quantity: words.number(4).into(),
        symbol: SYMBOL,
        price: words.price(5).into(),
        time_in_force: words.time_in_force(),
        display: b'Y',
        order_reference_number: now_ns.into(),
        capacity: b'P',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        order_state: b'L',
        cl_ord_id: NAME,
    };
    encoded(&accepted, 0)
}

fn replaced(words: &Words<'_>, now_ns: u64) -> Vec<u8> {
    let quantity = words.number(5);
    let replaced = OrderReplaced {
        message_type: b'U',
        timestamp: now_ns.into(),
        orig_user_ref_num: words.number(2).into(),
        user_ref_num: words.number(3).into(),
        side: words.code(4),
        quantity: quantity.into(),
        symbol: SYMBOL,
        price: words.price(6).into(),
        time_in_force: words.time_in_force(),
        display: b'Y',
        order_reference_number: now_ns.into(),
        capacity: b'P',
        intermarket_sweep_eligibility: b'N',
        cross_type: b'N',
        order_state: if quantity == 0 { b'D' } else { b'L' },
        cl_ord_id: NAME,
    };
    encoded(&replaced, 0)
}

fn account_query_response(now_ns: u64, next: u32, channel: u8) -> Vec<u8> {
    let next_user_ref_num = next.into();
    let fixed =
        AccountQueryResponse { message_type: b'Q', timestamp: now_ns.into(), next_user_ref_num };
    if channel == 0 { bare(&fixed) } else { encoded(&fixed, channel) }
}

fn bare<M: Immutable + IntoBytes>(fixed: &M) -> Vec<u8> {
    let mut message = Vec::new();
    encode(fixed, None, &mut message);
    message
}

fn encoded<M: Immutable + IntoBytes>(fixed: &M, channel: u8) -> Vec<u8> {
    let mut message = Vec::new();
    let row: &[u8] = if channel == 0 { &[] } else { &[2, 28, channel] };
    encode(fixed, Some(row), &mut message);
    message
}

/// Plays a story and gives the rule that its last line breaks; no other line may break one.
fn broken(polite: bool, text: &str) -> Option<Rule> {
    let mut story = Story::begin(polite);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        if let Err(finding) = story.play(line) {
            assert!(lines.peek().is_none(), "too early: {finding} at {line} of {text}");
            return Some(finding.rule);
        }
    }
    None
}

#[test]
fn legal_answers_are_legal() {
    let stories = [
        "> O 1 B 500 10
         < A 1 B 500 10
         < E 1 100 10
         > X 1 300
         < C 1 200 U
         > U 1 2 600 9
         < U 1 2 B 500 9
         < E 2 500 8
         > Q
         < Q 3",
        "> O 1 B 100 10 ioc
         < A 1 B 100 10 ioc
         < E 1 40 10
         < C 1 60 I
         > O 2 S 100 10
         < J 2
         > O 2 S 100 10
         > Q
         < Q 3",
        "> O 1 S 500 10
         < A 1 S 500 10
         < E 1 100 10
         > M 1 T 300
         < M 1 T 200
         > M 1 B 300
         > M 1 S 0
         < C 1 200 U",
        "> O 1 B 100 10
         > O 2 B 100 10
         < A 1 B 100 10
         < A 2 B 100 10
         > C 3
         < X 3
         < C 1 100 U
         < C 2 100 U
         > D 4
         < G 4
         > O 5 B 1 10
         < J 5
         > E 6
         < K 6
         > O 7 B 1 10
         < A 7 B 1 10",
        "> O 1 B 100 10
         < A 1 B 100 10
         > U 1 2 1000000 10
         < C 1 100 U
         > U 1 2 100 10
         > Q
         < Q 2",
        "> O 1 B 100 10
         < A 1 B 100 10
         < E 1 60 10
         > U 1 2 60 10
         < U 1 2 B 0 10",
        "> O 1 B 100 10
         lost
         > O 2 B 100 10
         < A 2 B 100 10",
    ];
    for story in stories {
        assert_eq!(broken(false, story), None, "{story}");
    }
}

#[test]
fn illegal_answers_break_their_rule() {
    let open = "> O 1 B 500 10
                < A 1 B 500 10
                ";
    let stories = [
        (Rule::Unasked, "< A 1 B 500 10"),
        (Rule::Unasked, "< J 7"),
        (Rule::Unasked, "< Q 1"),
        (Rule::DeadOrder, "< E 1 100 10"),
        (Rule::WrongEcho, "> O 1 B 500 10\n < A 1 S 500 10"),
        (Rule::WrongEcho, "> O 1 B 500 10\n < J 1 nameless"),
        (Rule::PriceWorse, "> O 1 B 500 10\n < A 1 B 500 11"),
        (Rule::IllegalQuantity, "> O 1 B 500 10\n < A 1 B 501 10"),
        (Rule::LivesLonger, "> O 1 B 500 10 ioc\n < A 1 B 500 10"),
        (Rule::Unanswered, "> O 1 B 500 10\n > Q\n < Q 1"),
        (Rule::ImmediateRests, "> O 1 B 5 10 ioc\n < A 1 B 5 10 ioc\n > Q\n < Q 2"),
        (Rule::EntryDisabled, "> D 1\n < G 1\n > O 2 B 1 10\n < A 2 B 1 10"),
    ];
    for (rule, story) in stories {
        assert_eq!(broken(false, story), Some(rule), "{story}");
    }
    let with_an_order = [
        (Rule::Overfilled, "< E 1 501 10"),
        (Rule::PriceWorse, "< E 1 100 11"),
        (Rule::DeadOrder, "< E 1 500 10\n < E 1 1 10"),
        (Rule::AnsweredTwice, "> O 1 B 500 10\n < A 1 B 500 10"),
        (Rule::AnsweredTwice, "> O 1 B 500 10\n < J 1"),
        (Rule::Unasked, "< C 1 500 U"),
        (Rule::WrongQuantity, "> X 1 300\n < C 1 300 U"),
        (Rule::WrongQuantity, "> X 1 300\n < C 1 500 U"),
        (Rule::Unanswered, "> X 1 0\n > Q\n < Q 2"),
        (Rule::WrongQuantity, "> X 1 500\n < C 1 500 U"),
        (Rule::WrongQuantity, "< E 1 100 10\n > U 1 2 500 10\n < U 1 2 B 500 10"),
        (Rule::IllegalQuantity, "> U 1 2 1000000 10\n < U 1 2 B 999999 10"),
        (Rule::WrongEcho, "> U 1 2 400 10\n < U 1 2 S 400 10"),
        (Rule::IllegalSide, "> M 1 S 500\n < M 1 S 500"),
        (Rule::Unanswered, "> U 1 2 400 10\n > O 3 B 1 10\n < A 3 B 1 10"),
        (Rule::WrongQuantity, "> C 2\n < X 2\n < C 1 499 U"),
        (Rule::MassCancelLeft, "> C 2\n < X 2\n > Q\n < Q 3"),
        (Rule::NextNumber, "> Q\n < Q 1"),
        (Rule::NextNumber, "> Q\n < Q 3"),
        (Rule::IllegalCode, "< C 1 1 ?"),
        (Rule::WrongQuantity, "< C 1 501 Z"),
    ];
    for (rule, story) in with_an_order {
        assert_eq!(broken(false, &format!("{open}{story}")), Some(rule), "{story}");
    }
}

#[test]
fn the_venue_cancels_nothing_of_a_bystander() {
    let story = "> O 1 B 500 10\n < A 1 B 500 10\n < C 1 500 Z";
    assert_eq!(broken(false, story), None);
    assert_eq!(broken(true, story), Some(Rule::BystanderCanceled));
}

#[test]
fn an_order_from_before_this_run_is_not_judged() {
    let mut story = Story::begin(false);
    story.tracker.begin(100);
    assert_eq!(story.play("< E 40 100 10"), Ok(()));
    assert_eq!(story.play("< E 100 1 10").map_err(|finding| finding.rule), Err(Rule::DeadOrder));
}

#[test]
fn a_malformed_replace_is_of_the_channel_that_the_venue_reads() {
    let mut story = Story::begin(false);
    story.play("> O 1 B 500 10").expect("a request");
    story.play("< A 1 B 500 10").expect("it was asked");
    let (orig_user_ref_num, user_ref_num) = (1.into(), 2.into());
    let replace = ReplaceOrder {
        message_type: b'U',
        orig_user_ref_num,
        user_ref_num,
        quantity: 100.into(),
        price: 10.into(),
        time_in_force: b'0',
        display: b'Y',
        intermarket_sweep_eligibility: b'N',
        cl_ord_id: NAME,
    };
    // A price type of two bytes, then the channel.
    let mut message = Vec::new();
    encode(&replace, Some(&[3, 6, b'L', b'L', 2, 28, 1]), &mut message);
    assert!(story.tracker.asked(&message, false));
    assert_eq!(story.play("< C 1 500 U"), Ok(()));
}

#[test]
fn time_does_not_go_back() {
    let mut story = Story::begin(false);
    story.now_ns = 900;
    story.play("> O 1 B 500 10").expect("a request");
    story.play("< A 1 B 500 10").expect("it was asked");
    story.now_ns = 500;
    let rule = story.play("< E 1 1 10").expect_err("500 comes before 900").rule;
    assert_eq!(rule, Rule::TimeGoesBack);
}
