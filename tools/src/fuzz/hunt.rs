//! The hunt: episodes of steps until something is found or the time is over.
//!
//! An episode begins with clean books and with every account logged in, and its steps are kept. So the script
//! of a finding is short, whatever came before, and memory stays bounded.

use std::time::{Duration, Instant};

use protocol::soupbintcp::ClientPacket;

use super::author::{Author, Terrain};
use super::feed::Feed;
use super::finding::{Checked, Finding};
use super::fleet::{Fleet, Rules};
use super::script::{Action, Bytes, Script, Step};
use super::tracker::{CHANNELS, Counts};
use super::visit::Account;

/// Rounds of an episode; a round ends when everybody has every answer.
const ROUNDS: u64 = 150;

/// How often a script is done, when nothing is found.
const REPLAYS: u64 = 5;

/// What is hunted with.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) rules: Rules,
    /// At least one; the last of several is the bystander.
    pub(super) accounts: Vec<Account>,
    pub(super) terrain: Terrain,
    pub(super) alone: bool,
    pub(super) seed: u64,
    pub(super) time: Duration,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub(super) finding: Option<Finding>,
    /// The steps of the episode that ended with the finding.
    pub(super) script: Script,
    pub(super) episodes: u64,
    pub(super) steps: u64,
    pub(super) logins: u64,
    pub(super) trades: u64,
    pub(super) counts: Counts,
    pub(super) feed_messages: Option<u64>,
    /// The longest that any account waited for the answer to a query.
    pub(super) slowest: Duration,
    pub(super) elapsed: Duration,
}

/// A fleet, and what it has done in this episode.
struct Hunt {
    fleet: Fleet,
    script: Script,
    /// Accounts that misbehave; those after them stand by.
    hunters: usize,
}

/// Hunts until something is found or the time is over.
///
/// # Errors
///
/// What is wrong before the first episode: the accounts cannot even log in.
pub(super) fn run(
    plan: &Plan,
    feed: Option<Feed>,
    mut episode_over: impl FnMut(u64),
) -> Checked<Report> {
    let started = Instant::now();
    let (mut hunt, bases) = Hunt::start(plan, feed)?;
    let mut author = Author::new(plan.seed, plan.terrain.clone(), &bases);
    let mut episodes = 0;
    let finding = loop {
        let outcome = hunt.episode(&mut author, || started.elapsed() < plan.time);
        if let Err(finding) = outcome {
            break Some(finding);
        }
        episodes += 1;
        episode_over(episodes);
        if plan.time <= started.elapsed() {
            break hunt.clean_up(&mut author).err();
        }
    };
    Ok(hunt.report(finding, episodes, started.elapsed()))
}

/// Does a script until something is found, some times at most.
///
/// The packets of several accounts can reach the venue in another order each time.
///
/// # Errors
///
/// As for [`run`].
pub(super) fn replay(plan: &Plan, feed: Option<Feed>, script: &Script) -> Checked<Report> {
    let started = Instant::now();
    let (mut hunt, _) = Hunt::start(plan, feed)?;
    let mut episodes = 0;
    let outcome = (0..REPLAYS).try_for_each(|_| {
        episodes += 1;
        hunt.again(script)
    });
    Ok(hunt.report(outcome.err(), episodes, started.elapsed()))
}

impl Hunt {
    /// Logs everybody in and learns which numbers are free.
    fn start(plan: &Plan, feed: Option<Feed>) -> Checked<(Self, Vec<u32>)> {
        let mut fleet = Fleet::new(plan.rules, plan.accounts.clone(), plan.alone, feed)?;
        let mut queries = Vec::new();
        for channel in CHANNELS {
            ClientPacket::Unsequenced(&[b'Q', 0, 3, 2, 28, channel]).encode(&mut queries);
        }
        for session in 0..fleet.sessions.len() {
            fleet.play(&Step { session, action: Action::Send(Bytes::whole(queries.clone())) })?;
        }
        fleet.play(&Step { session: 0, action: Action::Settle })?;
        let mut bases = Vec::new();
        for session in &mut fleet.sessions {
            let base = session.tracker.free_number();
            session.tracker.begin(base);
            bases.push(base);
        }
        let hunters = (fleet.sessions.len() - 1).max(1);
        Ok((Self { fleet, script: Script::default(), hunters }, bases))
    }

    fn play(&mut self, step: Step) -> Checked {
        let outcome = self.fleet.play(&step);
        self.script.steps.push(step);
        outcome
    }

    fn episode(&mut self, author: &mut Author, goes_on: impl Fn() -> bool) -> Checked {
        self.script = Script { bases: author.rebase(), steps: Vec::new() };
        self.clean_up(author)?;
        let mut rounds = 0;
        while rounds < ROUNDS && goes_on() {
            self.round(author)?;
            rounds += 1;
        }
        self.gather()
    }

    /// Opens the entry of every account and cancels all its orders.
    fn clean_up(&mut self, author: &mut Author) -> Checked {
        for session in 0..self.fleet.sessions.len() {
            self.play(author.clean_up(session))?;
        }
        self.settle()
    }

    /// Does the steps of a script, with numbers that are free now.
    fn again(&mut self, script: &Script) -> Checked {
        self.script.steps.clear();
        let bases: Vec<u32> =
            self.fleet.sessions.iter().map(|session| session.tracker.free_number()).collect();
        self.fleet.shift(script, &bases);
        script.steps.iter().try_for_each(|step| self.play(step.clone()))?;
        self.gather()
    }

    fn round(&mut self, author: &mut Author) -> Checked {
        for _ in 0..author.round() {
            let step = author.step(&self.fleet.sessions[..self.hunters]);
            self.play(step)?;
        }
        for session in self.hunters..self.fleet.sessions.len() {
            let step = author.stand_by(session, &self.fleet.sessions[session].tracker);
            self.play(step)?;
        }
        self.settle()
    }

    /// Brings everybody in again and hears all there is: then every trade has both its sides.
    fn gather(&mut self) -> Checked {
        // Whoever the venue may close is closed after this, or stays.
        self.settle()?;
        for session in 0..self.fleet.sessions.len() {
            let state = &self.fleet.sessions[session];
            if state.is_up() && (state.is_held() || !state.is_open()) {
                self.play(Step { session, action: Action::Close })?;
            }
            self.play(Step { session, action: Action::Login { back: 0 } })?;
        }
        // What one account did before its answer can still be on its way to another that had its own earlier.
        self.settle()?;
        self.settle()?;
        self.fleet.market.check_pairs()?;
        self.fleet.compare_feed()
    }

    fn settle(&mut self) -> Checked {
        self.play(Step { session: 0, action: Action::Settle })
    }

    fn report(self, finding: Option<Finding>, episodes: u64, elapsed: Duration) -> Report {
        let mut counts = Counts::default();
        for session in &self.fleet.sessions {
            counts.add(&session.tracker.counts);
        }
        Report {
            finding,
            script: self.script,
            episodes,
            steps: self.fleet.steps,
            logins: self.fleet.logins,
            trades: self.fleet.market.trades,
            counts,
            feed_messages: self.fleet.feed.as_ref().map(Feed::messages),
            slowest: self
                .fleet
                .sessions
                .iter()
                .map(|session| session.slowest)
                .max()
                .unwrap_or_default(),
            elapsed,
        }
    }
}
