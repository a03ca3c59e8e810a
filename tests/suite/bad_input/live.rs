//! The same wrong messages in a running venue: what its client hears, and what the others and the feed do not.

use openbell_tests::harness::{Client, Setup, Venue};
use openbell_tests::order::{cancel, enter, query, take};
use protocol::ouch::Inbound;

use super::floor::FIRST_NUMBER;
use super::judge::{canceled, channel, in_channel, rejected};
use super::message::Place;
use super::table::{Case, Table, Told};
use super::{malformed, tables};
use crate::VENUE;
use crate::feed::sent;

#[test]
fn a_running_venue_answers_the_same_and_nobody_else_notices() {
    let mut venue = Venue::start(VENUE, setup());
    let mut other = venue.login("OTHER", 1);
    other.send(&enter(1, b'B', 100, "TEST", 1));
    assert!(other.wait_for(2), "an order of another firm rests");

    let mut asker = Asker::login(&venue);
    asker.send(&enter(1, b'B', 100, "CALM", 1), Answer::Accepted(1));
    asker.send(&cancel(1, 0), Answer::Bytes(canceled(1, 100, 0)));
    for table in tables::all() {
        asker.ask(&table);
    }
    let entered = asker.check();

    let mut taker = venue.login("TAKER", 1);
    taker.send(&take(1, b'S', 100, "TEST", 1));
    assert!(taker.wait_for(3) && other.wait_for(3), "the other firm trades");
    other.send(&query());
    assert!(other.wait_for(4), "and is answered");
    assert_eq!(kinds(&other.messages[1..]), b"AEQ", "it hears of its own order only");
    venue.kill();
    let feed = kinds(&sent(&venue));
    let first = feed.iter().position(|kind| *kind == b'A').expect("an order was shown");
    // Every order that was entered came and went; between them stood the one of the other firm.
    assert_eq!(feed[first..], [&b"A"[..], &b"AD".repeat(entered), b"E"].concat());
}

#[test]
fn what_is_no_message_ends_its_session_alone() {
    let venue = Venue::start(VENUE, setup());
    let mut other = venue.login("OTHER", 1);
    other.send(&enter(1, b'B', 100, "TEST", 1));
    assert!(other.wait_for(2), "an order of another firm rests");
    let mut asker = venue.login("ASKER", 1);
    asker.send(&enter(1, b'S', 100, "TEST", 1_000_000));
    assert!(asker.wait_for(2), "an order of the port rests");
    asker.logout();
    for (heard, bytes) in (1..).zip(no_messages()) {
        assert!(Inbound::decode(&bytes).is_err(), "{}", bytes.escape_ascii());
        let mut asker = venue.login("ASKER", 2 + heard);
        asker.send(&query());
        let what = bytes.escape_ascii();
        assert!(asker.wait_for(1), "{what}: what stands before it is answered");
        asker.send(&bytes);
        asker.send(&query());
        asker.wait_for_close();
        assert_eq!(kinds(&asker.messages), b"Q", "{what}: what stands behind it is not");
        assert!(
            asker.debug.iter().any(|text| text.contains("message")),
            "{what}: {:?}",
            asker.debug
        );
    }
    other.send(&query());
    assert!(other.wait_for(3), "the other session goes on");
    assert_eq!(kinds(&other.messages), b"SAQ");
    let mut asker = venue.login("ASKER", 0);
    asker.send(&cancel(1, 0));
    assert!(asker.wait_for(2), "the order of the port is still there");
    assert_eq!(asker.messages[1][0], b'C');
}

#[test]
fn every_other_length_and_letter_is_no_message() {
    for table in tables::all() {
        let (letter, fixed) = (table.message.letter(), table.message.fixed.len());
        let whole = [table.message.fixed.clone(), vec![0; 400]].concat();
        for length in 0..whole.len() {
            let may_be_left_out = b"XMQ".contains(&letter) && length == fixed;
            let is_message = length == fixed + 2 || may_be_left_out;
            let decoded = Inbound::decode(&whole[..length]);
            assert_eq!(decoded.is_ok(), is_message, "{:?} of {length} bytes", char::from(letter));
        }
    }
    for letter in (0..=u8::MAX).filter(|letter| !b"OUXMCDEQ".contains(letter)) {
        for length in [1, 3, 9, 11, 12, 19, 40, 47] {
            let mut bytes = vec![0; length];
            bytes[0] = letter;
            assert!(Inbound::decode(&bytes).is_err(), "{letter:#04x} of {length} bytes");
        }
    }
}

/// Two firms; ALFA has the port that asks.
fn setup() -> Setup {
    let mut setup = Setup::new(&["TEST", "CALM"], &["ASKER"]);
    setup.firms.push(("BETA".to_owned(), String::new()));
    for port in ["OTHER", "TAKER"] {
        setup.ports.push((port.to_owned(), "BETA".to_owned(), String::new()));
    }
    setup.tables = "[[symbol]]\nname = \"LOTS\"\nround_lots_only = true\n".to_owned();
    setup
}

/// Wrong lengths of every type, unknown types, nothing at all.
fn no_messages() -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new(), vec![0], b"o".to_vec(), b"A".to_vec(), vec![0xFF; 47]];
    for table in tables::all() {
        let fixed = &table.message.fixed;
        if fixed.len() != 1 {
            all.push(fixed[..fixed.len() - 1].to_vec());
        }
        if !b"XMQ".contains(&table.message.letter()) {
            all.push(fixed.clone());
        }
        for behind in [&[0][..], &[0, 1], &[0, 0, 0], &[0, 2, 2, 28, 0], &[0xFF, 0xFF]] {
            all.push([fixed, behind].concat());
        }
    }
    all
}

/// What the client waits for.
enum Answer {
    /// This, at whatever time.
    Bytes(Vec<u8>),
    /// An order with this number is in.
    Accepted(u32),
    /// The next number.
    Query,
}

/// The client that sends all that is wrong, and what it has to hear for it.
struct Asker {
    client: Client,
    next: u32,
    expected: Vec<Answer>,
    /// The table's words for each answer.
    whats: Vec<String>,
    entered: usize,
}

impl Asker {
    fn login(venue: &Venue) -> Self {
        let client = venue.login("ASKER", 1);
        Self { client, next: FIRST_NUMBER, expected: Vec::new(), whats: Vec::new(), entered: 0 }
    }

    /// Sends what has this answer.
    fn send(&mut self, payload: &[u8], answer: Answer) {
        self.client.send(payload);
        self.expect("in good order", answer);
    }

    fn expect(&mut self, what: &str, answer: Answer) {
        self.entered += usize::from(matches!(answer, Answer::Accepted(_)));
        self.expected.push(answer);
        self.whats.push(what.to_owned());
    }

    /// Sends every wrong message of a table.
    fn ask(&mut self, table: &Table) {
        let one = table.wrong_values().into_iter();
        let mut cases: Vec<Case> =
            one.map(|(field, value, told)| table.case(&[(field, value)], told)).collect();
        cases.extend(super::pairs_of_wrong_fields(table));
        cases.extend(super::fields_that_must_fit(table));
        cases.extend(malformed::cases(table));
        let is_wrong = |case: &&Case| case.told != Told::Taken;
        for case in cases.iter().filter(is_wrong) {
            match table.message.letter() {
                b'U' | b'X' | b'M' => self.ask_about_an_order(case),
                _ => {
                    let number = self.fresh();
                    self.client.send(&case.message.bytes(number, 0));
                    if let Told::Refused(reason) = case.told {
                        let answer = rejected(&case.message, number, reason, channel(case));
                        self.expect(&case.what, Answer::Bytes(answer));
                    }
                }
            }
        }
    }

    /// Enters an order and sends what is wrong about it.
    fn ask_about_an_order(&mut self, case: &Case) {
        let (original, number) = (self.fresh(), self.fresh());
        let entered = case.original.with(Place::Tag(28), &[case.channel]);
        self.send(&entered.bytes(original, 0), Answer::Accepted(original));
        self.client.send(&case.message.bytes(number, original));
        if let Told::Refused(reason) = case.told {
            let answer = rejected(&case.message, number, reason, case.channel);
            self.expect(&case.what, Answer::Bytes(answer));
        }
        let answer = Answer::Bytes(canceled(original, 500, case.channel));
        if case.told == Told::OriginalCanceled {
            self.expect(&case.what, answer);
        } else {
            self.send(&in_channel(cancel(original, 0), case.channel), answer);
        }
    }

    /// Compares all that was heard; gives how many orders were entered.
    fn check(mut self) -> usize {
        self.send(&query(), Answer::Query);
        let heard = 1 + self.expected.len();
        assert!(self.client.wait_for(heard), "{} of {heard} answers", self.client.messages.len());
        let answers = self.client.messages[1..].iter().zip(&self.expected).zip(&self.whats);
        for ((message, expected), what) in answers {
            match expected {
                Answer::Bytes(bytes) => assert_eq!(still(message), still(bytes), "{what}"),
                Answer::Accepted(number) => {
                    let begins = (message[0], &message[9..13]);
                    assert_eq!(begins, (b'A', &number.to_be_bytes()[..]), "{what}");
                }
                Answer::Query => assert_eq!(message[0], b'Q', "{what}"),
            }
        }
        println!("{} messages, {} answers", self.next, heard);
        self.entered
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }
}

/// The message without its time.
fn still(message: &[u8]) -> Vec<u8> {
    [&message[..1], &message[9..]].concat()
}

fn kinds(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().map(|message| message[0]).collect()
}
