//! The session without I/O: a seeded bad network between it and the venue.

use bytes::BytesMut;
use openbell_client::Error;
use openbell_client::order_entry::session::{Session, Settings};
use openbell_client::order_entry::{Event, NewOrder, Request, UserRefNum};
use openbell_client::protocol::SessionId;
use openbell_client::protocol::soupbintcp::LoginRequest;

use super::venue::{Line, PASSWORD, USERNAME, Venue};

fn session(seed: u64) -> Session {
    let login = LoginRequest::new(USERNAME, PASSWORD, SessionId::BLANK, 1).expect("fits");
    Session::new(Settings {
        login,
        login_timeout_ms: 1_000,
        silence_ms: 500,
        heartbeat_ms: 100,
        window: 8,
        seed,
    })
}

/// A small generator (xorshift64*), so that a seed is all a failure needs.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).expect("31 bits") % limit
    }
}

/// A session, a venue, and bytes between them that arrive in pieces or not at all.
struct World {
    session: Session,
    venue: Venue,
    line: Line,
    to_venue: BytesMut,
    to_client: BytesMut,
    told: Vec<Event>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            session: session(seed),
            venue: Venue::new(),
            line: Line::new(),
            to_venue: BytesMut::new(),
            to_client: BytesMut::new(),
            told: Vec::new(),
        };
        world.session.connect(0);
        world
    }

    /// Both directions lose what is on its way.
    fn cut(&mut self) {
        self.session.disconnect();
        self.to_venue.clear();
        self.to_client.clear();
        self.line = Line::new();
        self.session.connect(0);
    }

    /// Moves at most `limit` bytes to the venue, which handles whole packets only.
    fn run_venue(&mut self, limit: usize, arrived: &mut BytesMut) {
        let output = self.session.take_output();
        self.to_venue.extend_from_slice(&output);
        let length = limit.min(self.to_venue.len());
        arrived.extend_from_slice(&self.to_venue.split_to(length));
        loop {
            let consumed = self.line.take(&mut self.venue, arrived, &mut self.to_client);
            if consumed == 0 {
                break;
            }
            let _ = arrived.split_to(consumed);
        }
        self.line.send(&self.venue, &mut self.to_client);
    }

    /// Moves at most `limit` bytes to the client.
    fn run_client(&mut self, limit: usize, arrived: &mut BytesMut) {
        let length = limit.min(self.to_client.len());
        arrived.extend_from_slice(&self.to_client.split_to(length));
        loop {
            let consumed = self.session.receive(arrived, 0).expect("a good venue");
            while let Some(event) = self.session.next_event() {
                self.told.push(event);
            }
            if consumed == 0 {
                break;
            }
            let _ = arrived.split_to(consumed);
        }
    }
}

#[test]
fn over_any_network_each_order_is_handled_once_and_each_message_told_once() {
    for seed in 1..=300 {
        let mut dice = Dice(seed);
        let mut world = World::new(seed);
        let (mut at_venue, mut at_client) = (BytesMut::new(), BytesMut::new());
        let mut entered = Vec::new();
        let mut canceled = Vec::new();
        println!("seed {seed}");
        for _ in 0..400 {
            match dice.below(20) {
                0 => {
                    world.cut();
                    at_venue.clear();
                    at_client.clear();
                }
                1..=6 => {
                    let channel = [0, 0, 5][dice.below(3)];
                    let order = NewOrder::buy("AAPL", 100).market().channel(channel);
                    match world.session.submit(&Request::Enter(order), 0) {
                        Ok(name) => entered.push(name),
                        Err(error) => assert_eq!(error, Error::NotReady),
                    }
                }
                7..=8 if !entered.is_empty() => {
                    let order = entered[dice.below(entered.len())];
                    if world.session.submit(&Request::Cancel(order, 0), 0).is_ok() {
                        canceled.push(order);
                    }
                }
                7..=13 => world.run_venue(1 + dice.below(200), &mut at_venue),
                _ => world.run_client(1 + dice.below(400), &mut at_client),
            }
        }
        loop {
            world.run_venue(usize::MAX, &mut at_venue);
            world.run_client(usize::MAX, &mut at_client);
            if world.session.unanswered() == 0 {
                break;
            }
            // Whatever has no answer of its own is cleared by this one.
            let _ = world.session.submit(&Request::AccountQuery(0), 0);
        }
        check(&world, &mut entered, &mut canceled, seed);
    }
}

/// Compares what the client was told with what it did and with the venue's stream.
fn check(world: &World, entered: &mut [UserRefNum], canceled: &mut Vec<UserRefNum>, seed: u64) {
    let messages: Vec<&Event> =
        world.told.iter().filter(|event| event.sequence_number().is_some()).collect();
    let numbers = messages.iter().filter_map(|event| event.sequence_number());
    assert!(numbers.eq(1..=u64::try_from(messages.len()).expect("small")), "seed {seed}");
    for (message, event) in world.venue.stream.iter().zip(&messages) {
        let number = event.sequence_number().expect("filtered");
        assert_eq!(Event::decode(number, message), **event, "seed {seed}");
    }
    let mut accepted: Vec<UserRefNum> = messages
        .iter()
        .filter(|event| matches!(event, Event::Accepted(_)))
        .filter_map(|event| event.order())
        .collect();
    let mut gone: Vec<UserRefNum> = messages
        .iter()
        .filter(|event| matches!(event, Event::Canceled(_)))
        .filter_map(|event| event.order())
        .collect();
    accepted.sort_unstable();
    gone.sort_unstable();
    entered.sort_unstable();
    canceled.sort_unstable();
    canceled.dedup();
    assert_eq!(accepted, *entered, "seed {seed}");
    assert_eq!(gone, *canceled, "seed {seed}");
}

#[test]
fn time_asks_for_heartbeats_and_ends_a_silent_connection() {
    let mut world = World::new(1);
    let (mut at_venue, mut at_client) = (BytesMut::new(), BytesMut::new());
    assert_eq!(world.session.next_deadline_ms(), 1_000);
    assert_eq!(world.session.poll(999), Ok(()));
    assert_eq!(world.session.poll(1_000), Err(Error::LoginTimedOut));
    world.run_venue(usize::MAX, &mut at_venue);
    world.run_client(usize::MAX, &mut at_client);
    assert!(world.session.is_up());
    drop(world.session.take_output());
    assert_eq!(world.session.next_deadline_ms(), 100);
    assert_eq!(world.session.poll(100), Ok(()));
    assert_eq!(&world.session.take_output()[..], b"\0\x01R");
    assert_eq!(world.session.next_deadline_ms(), 200);
    assert_eq!(world.session.poll(500), Err(Error::Silent { silence_ms: 500 }));
    world.session.not_reading(500);
    assert_eq!(world.session.poll(999), Ok(()));
}

#[test]
fn no_request_is_taken_before_the_login() {
    let mut world = World::new(1);
    let order = Request::Enter(NewOrder::buy("AAPL", 100).market());
    assert_eq!(world.session.submit(&order, 0), Err(Error::NotReady));
    world.session.logout();
    assert_eq!(world.session.submit(&order, 0), Err(Error::Closed));
    world.session.close(Error::EndOfSession);
    assert_eq!(world.session.submit(&order, 0), Err(Error::EndOfSession));
}

#[test]
fn any_bytes_from_a_venue_are_refused_or_taken() {
    let mut dice = Dice(7);
    for _ in 0..2_000 {
        let mut world = World::new(1);
        let (mut at_venue, mut at_client) = (BytesMut::new(), BytesMut::new());
        world.run_venue(usize::MAX, &mut at_venue);
        world.run_client(usize::MAX, &mut at_client);
        let length = 1 + dice.below(90);
        let kind = b"SSSSSUHZ+AJ"[dice.below(11)];
        let mut bytes = vec![0, u8::try_from(length).expect("small"), kind];
        bytes.push(b"AUCDEBJPITMRXGKQS"[dice.below(17)]);
        bytes.extend((2..length).map(|_| u8::try_from(dice.below(256)).expect("a byte")));
        // Refusing is right; only a panic would be wrong.
        let _ = world.session.receive(&bytes, 0);
        while world.session.next_event().is_some() {}
    }
}
