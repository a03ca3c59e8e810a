//! What a bad client does: mostly what is right, on purpose what is wrong, and both at a bad moment.
//!
//! Everything comes from the seed and from what the venue has answered so far.

mod attribute;
mod garbage;
mod order;
mod request;

use std::collections::VecDeque;

use protocol::Symbol;
use protocol::soupbintcp::ClientPacket;

use super::random::Random;
use super::script::{Action, Bytes, Step};
use super::session::Session;
use super::tracker::{CHANNELS, Tracker};
use super::visit::packet;

/// Messages remembered for a resend.
const REMEMBERED: usize = 64;
/// How far back a login goes at most in most cases.
const COMMON_DEPTH: u64 = 200;

/// Where the orders are.
#[derive(Clone, Debug)]
pub(super) struct Terrain {
    /// At least one.
    pub(super) symbols: Vec<Symbol>,
    /// Orders gather around this price; ten-thousandths of a dollar.
    pub(super) middle: u64,
}

/// What the author remembers of one account.
#[derive(Clone, Debug, Default)]
struct Memory {
    /// The highest number sent on each of [`CHANNELS`].
    numbers: [u32; CHANNELS.len()],
    sent: VecDeque<Vec<u8>>,
    entry_disabled: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Author {
    random: Random,
    terrain: Terrain,
    memories: Vec<Memory>,
}

impl Author {
    /// `bases` are the first numbers that the accounts can use.
    pub(super) fn new(seed: u64, terrain: Terrain, bases: &[u32]) -> Self {
        let memory =
            |base: &u32| Memory { numbers: [base - 1; CHANNELS.len()], ..Memory::default() };
        Self { random: Random::new(seed), terrain, memories: bases.iter().map(memory).collect() }
    }

    /// The numbers from which on nothing was used, by account; from here on all channels start there.
    pub(super) fn rebase(&mut self) -> Vec<u32> {
        let memories = self.memories.iter_mut();
        memories
            .map(|memory| {
                let highest = memory.numbers.into_iter().max().unwrap_or_default();
                memory.numbers = [highest; CHANNELS.len()];
                memory.sent.clear();
                highest.saturating_add(1)
            })
            .collect()
    }

    /// How many steps come before everybody is waited for.
    pub(super) fn round(&mut self) -> u64 {
        1 + self.random.below(12)
    }

    /// Opens the entry of an account and cancels what it has, in every channel.
    pub(super) fn clean_up(&mut self, session: usize) -> Step {
        let enable = self.enable(session);
        let mut bytes = packet(&ClientPacket::Unsequenced(&enable));
        for place in 0..CHANNELS.len() {
            let cancel = self.cancel_all(session, place);
            ClientPacket::Unsequenced(&cancel).encode(&mut bytes);
        }
        self.memories[session].entry_disabled = false;
        Step { session, action: Action::Send(Bytes::whole(bytes)) }
    }

    /// What the bystander does: one order far from the market, or its cancel.
    pub(super) fn stand_by(&mut self, session: usize, tracker: &Tracker) -> Step {
        let message = match tracker.live().keys().next() {
            Some(&(channel, number)) => self.plain_cancel(channel, number),
            None => self.far_order(session),
        };
        let bytes = Bytes::whole(packet(&ClientPacket::Unsequenced(&message)));
        Step { session, action: Action::Send(bytes) }
    }

    /// The next step on one of `sessions`, which the bystander is not among.
    pub(super) fn step(&mut self, sessions: &[Session]) -> Step {
        let session = self.random.index(sessions.len());
        let action = self.action(session, &sessions[session]);
        Step { session, action }
    }

    fn action(&mut self, session: usize, state: &Session) -> Action {
        if !state.is_up() {
            return self.come_back(state);
        }
        if state.is_held() {
            return if self.random.per_mille(800) { Action::Rest } else { Action::Close };
        }
        if !state.is_open() {
            return Action::Stranger(self.stranger());
        }
        match self.random.below(1_000) {
            0..15 => Action::Close,
            15..25 => Action::Send(Bytes::whole(packet(&ClientPacket::Logout))),
            25..45 => Action::Send(self.violation()),
            45..65 => Action::Send(self.broken_message(session, &state.tracker)),
            65..75 => Action::Second,
            75..85 => Action::Impostor,
            85..115 => Action::Stranger(self.stranger()),
            _ => Action::Send(self.talk(session, &state.tracker)),
        }
    }

    /// Logs in again, mostly where the stream ended.
    fn come_back(&mut self, state: &Session) -> Action {
        let depth = state.stream.depth();
        match self.random.below(100) {
            0..5 => Action::Zero,
            5..10 => Action::Ahead,
            10..14 => Action::Impostor,
            14..50 => Action::Login { back: 0 },
            50..98 => Action::Login { back: self.random.below(1 + depth.min(COMMON_DEPTH)) },
            _ => Action::Login { back: self.random.below(1 + depth) },
        }
    }

    /// Some messages, joined, cut and held back as it comes.
    fn talk(&mut self, session: usize, tracker: &Tracker) -> Bytes {
        let mut bytes = Vec::new();
        for _ in 0..1 + self.random.below(6) {
            match self.random.below(100) {
                0..3 => ClientPacket::Heartbeat.encode(&mut bytes),
                3..5 => ClientPacket::Debug(b"nobody reads this\n").encode(&mut bytes),
                _ => {}
            }
            let message = self.message(session, tracker);
            ClientPacket::Unsequenced(&message).encode(&mut bytes);
            self.remember(session, message);
        }
        self.cut(bytes)
    }

    fn remember(&mut self, session: usize, message: Vec<u8>) {
        let sent = &mut self.memories[session].sent;
        if sent.len() == REMEMBERED {
            sent.pop_front();
        }
        sent.push_back(message);
    }

    /// Cuts bytes into writes, and rarely holds some back.
    fn cut(&mut self, bytes: Vec<u8>) -> Bytes {
        let length = bytes.len();
        let cuts = if self.random.per_mille(200) { 1 + self.random.below(4) } else { 0 };
        let mut cuts: Vec<usize> =
            (0..cuts).map(|_| self.random.index(length)).filter(|cut| 0 < *cut).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let hold = self.random.per_mille(15).then(|| 1 + self.random.index(length));
        Bytes { bytes, cuts, hold: hold.filter(|hold| *hold < length) }
    }
}
