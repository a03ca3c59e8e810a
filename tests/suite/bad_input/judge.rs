//! Sends one case after the other and holds every answer, and every thing that should not change, against the table.

use openbell_tests::order::cancel;

use super::floor::{FIRST_NUMBER, Floor, State};
use super::message::{Message, Place};
use super::table::{Case, Told};

/// A venue that hears wrong messages, and one beside it where the same is done in the right way.
pub(super) struct Judge {
    floor: Floor,
    /// Here the owner cancels what an invalid Replace would have canceled.
    beside: Floor,
    state: State,
    next: u32,
    /// What happens when an original is in, and what undoes it.
    pub(super) meanwhile: Option<[Happening; 2]>,
    pub(super) judged: usize,
}

/// Something that happens to a venue; it may use a number of the asker.
pub(super) type Happening = fn(&mut Floor, u32);

impl Judge {
    /// Begins with two venues in good order.
    pub(super) fn new() -> Self {
        let [floor, beside] = [0, 1].map(|_| Floor::open());
        let state = floor.state();
        Self { floor, beside, state, next: FIRST_NUMBER, meanwhile: None, judged: 0 }
    }

    /// Lets something happen in both.
    pub(super) fn let_happen(&mut self, happen: Happening) {
        let number = self.fresh();
        for floor in [&mut self.floor, &mut self.beside] {
            happen(floor, number);
            floor.news();
        }
        self.state = self.floor.state();
    }

    /// Sends a case to the venue in good order; `done` begins the answers to what is taken.
    pub(super) fn check(&mut self, case: &Case, done: &[u8]) {
        self.judged += 1;
        match case.message.letter() {
            b'U' | b'X' | b'M' => self.check_about_an_order(case, done),
            _ => self.check_alone(case, done),
        }
    }

    /// Ends the day's work: the others trade as if nothing had been.
    pub(super) fn finish(self) -> usize {
        self.floor.check_that_others_trade();
        self.beside.check_that_others_trade();
        self.judged
    }

    /// A message that is about no order.
    fn check_alone(&mut self, case: &Case, done: &[u8]) {
        let number = self.fresh();
        let channel = channel(case);
        let next = self.floor.next_number(channel);
        let logged = self.floor.logged();
        self.floor.send(&case.message.bytes(number, 0));
        match case.told {
            Told::Taken => {
                let (asker, _) = self.floor.news();
                check_done(case, &asker, done);
                self.put_in_order(case, number, channel);
                return;
            }
            Told::Refused(reason) => {
                self.expect(case, &[rejected(&case.message, number, reason, channel)]);
                assert_eq!(self.floor.next_number(channel), number + 1, "{}", case.what);
            }
            Told::Silent => {
                self.expect(case, &[]);
                assert_eq!(self.floor.logged(), logged, "{}: nothing is logged", case.what);
                assert_eq!(self.floor.next_number(channel), next, "{}", case.what);
            }
            Told::OriginalCanceled => panic!("{}: it has no original", case.what),
        }
        assert_eq!(self.floor.state(), self.state, "{}: nothing else changes", case.what);
    }

    /// Undoes what a right message did.
    fn put_in_order(&mut self, case: &Case, number: u32, channel: u8) {
        match case.message.letter() {
            b'O' => self.floor.send(&in_channel(cancel(number, 0), channel)),
            b'D' => {
                let number = self.fresh();
                self.floor.send(&super::message::enable().bytes(number, 0));
            }
            _ => {}
        }
        self.floor.news();
        self.state = self.floor.state();
    }

    /// A Replace, Cancel or Modify of an order that was entered for it.
    fn check_about_an_order(&mut self, case: &Case, done: &[u8]) {
        let original = self.fresh();
        let mut entered = case.original.clone();
        if case.channel != 0 {
            entered = entered.with(Place::Tag(28), &[case.channel]);
        }
        for floor in [&mut self.floor, &mut self.beside] {
            floor.send(&entered.bytes(original, 0));
            assert_eq!(kinds(&floor.news().0), b"A", "{}", case.what);
        }
        self.state = self.floor.state();
        assert_eq!(self.state, self.beside.state(), "{}: both begin alike", case.what);
        if let Some([begin, _]) = self.meanwhile {
            self.let_happen(begin);
        }
        let number = self.fresh();
        let mut next = self.floor.next_number(case.channel);
        self.floor.send(&case.message.bytes(number, original));
        let quantity = u32::from_be_bytes(entered.fixed[6..10].try_into().expect("four bytes"));
        match case.told {
            Told::Taken => {
                let (asker, _) = self.floor.news();
                check_done(case, &asker, done);
                self.beside.send(&case.message.bytes(number, original));
                for floor in [&mut self.floor, &mut self.beside] {
                    floor.send(&in_channel(cancel(number, 0), case.channel));
                }
                next = if case.message.letter() == b'U' { number + 1 } else { next };
            }
            Told::Refused(reason) => {
                self.expect(case, &[rejected(&case.message, number, reason, case.channel)]);
                assert_eq!(self.floor.state(), self.state, "{}: nothing changes", case.what);
                next = number + 1;
            }
            Told::Silent => {
                self.expect(case, &[]);
                assert_eq!(self.floor.state(), self.state, "{}: nothing changes", case.what);
            }
            Told::OriginalCanceled => {
                self.beside.send(&in_channel(cancel(original, 0), case.channel));
                let (asker, news) = self.floor.news();
                assert_eq!(asker, [canceled(original, quantity, case.channel)], "{}", case.what);
                assert_eq!((asker, news), self.beside.news(), "{}: as by its owner", case.what);
                assert_eq!(self.floor.state(), self.beside.state(), "{}", case.what);
            }
        }
        assert_eq!(self.floor.next_number(case.channel), next, "{}: the next number", case.what);
        if let Some([_, end]) = self.meanwhile {
            self.let_happen(end);
        }
        for floor in [&mut self.floor, &mut self.beside] {
            floor.send(&in_channel(cancel(original, 0), case.channel));
            floor.news();
        }
        self.state = self.floor.state();
    }

    /// The asker heard exactly this, nobody else anything.
    fn expect(&mut self, case: &Case, answers: &[Vec<u8>]) {
        let (asker, news) = self.floor.news();
        assert_eq!(asker, answers, "{}: the answer to {:?}", case.what, case.told);
        let silent = news.ports.iter().all(Vec::is_empty) && news.feed.is_empty();
        assert!(silent && news.trades.is_empty(), "{}: others hear {news:?}", case.what);
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }
}

fn check_done(case: &Case, answers: &[Vec<u8>], done: &[u8]) {
    let first = answers.first().map(|message| message[0]);
    let is_done = first.is_some_and(|first| done.contains(&first));
    assert!(is_done, "{}: expected it to be taken, heard {answers:02x?}", case.what);
}

fn kinds(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().map(|message| message[0]).collect()
}

/// The channel in which the answer comes: the one that a whole element names, else that of the case.
pub(super) fn channel(case: &Case) -> u8 {
    let named = case.message.tags.iter().find(|(tag, value)| *tag == 28 && value.len() == 1);
    named.map_or(case.channel, |(_, value)| value[0])
}

/// Rejected as the specification has it, at one nanosecond past midnight.
pub(super) fn rejected(message: &Message, number: u32, reason: u16, channel: u8) -> Vec<u8> {
    let mut bytes = [b"J".as_slice(), &1_u64.to_be_bytes(), &number.to_be_bytes()].concat();
    bytes.extend(reason.to_be_bytes());
    bytes.extend(message.cl_ord_id());
    with_channel(bytes, channel)
}

/// Order Canceled on the user's request, at the same time.
pub(super) fn canceled(number: u32, quantity: u32, channel: u8) -> Vec<u8> {
    let mut bytes = [b"C".as_slice(), &1_u64.to_be_bytes(), &number.to_be_bytes()].concat();
    bytes.extend(quantity.to_be_bytes());
    bytes.push(b'U');
    with_channel(bytes, channel)
}

/// An appendage with the channel, where there is one.
fn with_channel(mut bytes: Vec<u8>, channel: u8) -> Vec<u8> {
    if channel != 0 {
        bytes.extend([0, 3, 2, 28, channel]);
    }
    bytes
}

/// The same Cancel in a channel.
pub(super) fn in_channel(bytes: Vec<u8>, channel: u8) -> Vec<u8> {
    with_channel(bytes, channel)
}
