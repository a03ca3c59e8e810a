//! All accounts together: does the steps of a script, and hears everybody.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use protocol::SessionId;
use protocol::soupbintcp::LoginRequest;

use super::feed::Feed;
use super::finding::{Checked, Finding, demand};
use super::market::Market;
use super::rules::Rule;
use super::script::{Action, Bytes, Script, Step};
use super::session::Session;
use super::shift;
use super::visit::{Account, Answer, open, visit};
use super::wire::pause;

/// How far ahead of its stream an account asks to start.
const AHEAD: u64 = 1_000_000;

/// A process that dies closes its connections before its port.
const DYING: Duration = Duration::from_millis(500);

/// What a fleet has to know of the venue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) venue: SocketAddr,
    /// The longest that anything may take.
    pub(super) limit: Duration,
    /// The venue may pass over what breaks the session protocol.
    pub(super) lenient: bool,
}

impl Rules {
    /// Says that the venue is gone, when that is why a connection was closed.
    fn or_gone(&self, finding: Finding) -> Finding {
        if finding.rule != Rule::ClosedWithoutCause {
            return finding;
        }
        thread::sleep(DYING);
        open(self.venue, self.limit).err().unwrap_or(finding)
    }
}

#[derive(Debug)]
pub(super) struct Fleet {
    rules: Rules,
    pub(super) sessions: Vec<Session>,
    pub(super) market: Market,
    pub(super) feed: Option<Feed>,
    /// By account: what is added to the numbers of a script, modulo 2^32.
    shifts: Vec<u32>,
    pub(super) steps: u64,
    pub(super) logins: u64,
}

impl Fleet {
    /// Brings every account in; the last of several is the bystander.
    pub(super) fn new(
        rules: Rules,
        accounts: Vec<Account>,
        alone: bool,
        feed: Option<Feed>,
    ) -> Checked<Self> {
        let several = 1 < accounts.len();
        let last = accounts.len() - 1;
        let sessions = accounts
            .into_iter()
            .enumerate()
            .map(|(place, account)| Session::new(account, several && place == last))
            .collect();
        let shifts = vec![0; last + 1];
        let mut fleet =
            Self { rules, sessions, market: Market::new(alone), feed, shifts, steps: 0, logins: 0 };
        for session in 0..fleet.sessions.len() {
            fleet.play(&Step { session, action: Action::Login { back: 0 } })?;
        }
        Ok(fleet)
    }

    /// Moves the numbers of a script from where it was written to `bases`.
    pub(super) fn shift(&mut self, script: &Script, bases: &[u32]) {
        for ((shift, from), to) in self.shifts.iter_mut().zip(&script.bases).zip(bases) {
            *shift = to.wrapping_sub(*from);
        }
    }

    /// Does one step; what makes no sense in the present state is left out.
    pub(super) fn play(&mut self, step: &Step) -> Checked {
        self.steps += 1;
        match &step.action {
            Action::Settle => self.settle(),
            Action::Stranger(bytes) => self.stranger(bytes),
            _ => {
                let Some(session) = self.sessions.get_mut(step.session) else { return Ok(()) };
                let name = session.account.username.clone();
                self.play_one(step).map_err(|finding| finding.seen_by(&name))
            }
        }
    }

    fn play_one(&mut self, step: &Step) -> Checked {
        let Rules { venue, limit, lenient } = self.rules;
        let session = &mut self.sessions[step.session];
        let account = &session.account;
        match &step.action {
            Action::Login { back } if !session.is_up() => {
                self.logins += 1;
                session.log_in(venue, *back, limit)
            }
            Action::Send(bytes) if session.is_open() && !session.is_held() => {
                let bytes = shift::moved(bytes, self.shifts[step.session]);
                session.send(&bytes, limit)
            }
            Action::Rest if session.is_held() => session.send_rest(limit),
            Action::Close => {
                session.close();
                Ok(())
            }
            Action::Zero if !session.is_up() => {
                let last = session.stream.next().saturating_sub(1).max(1);
                let answer = visit(venue, &account.login(0), limit)?.1;
                // Refused while the last session lingers.
                let fits = !matches!(answer, Answer::Accepted(number) if number < last);
                demand(fits, Rule::WrongStart, || {
                    format!("number 0 starts at {answer:?}, {last} was heard")
                })
            }
            Action::Ahead if !session.is_up() => {
                let ahead = session.stream.next() + AHEAD;
                let answer = visit(venue, &account.login(ahead), limit)?.1;
                let fits = !matches!(answer, Answer::Accepted(number) if ahead <= number);
                demand(fits, Rule::WrongStart, || {
                    format!("the venue starts at {answer:?}, which was never sent")
                })
            }
            Action::Impostor => {
                let password =
                    if account.password.eq_ignore_ascii_case("WRONG") { "RIGHT" } else { "WRONG" };
                let login = LoginRequest::new(&account.username, password, SessionId::BLANK, 0)
                    .expect("accounts are checked when they are read");
                let answer = visit(venue, &login, limit)?.1;
                demand(!matches!(answer, Answer::Accepted(_)), Rule::Impostor, || {
                    "a wrong password is accepted".to_owned()
                })
            }
            Action::Second if session.is_fine() => {
                let answer = visit(venue, &account.login(0), limit)?.1;
                demand(
                    lenient || !matches!(answer, Answer::Accepted(_)),
                    Rule::SecondSession,
                    || "an account that is logged in is accepted again".to_owned(),
                )
            }
            _ => Ok(()),
        }
    }

    /// Asks every account for its next number, and hears until nothing is owed to anyone.
    fn settle(&mut self) -> Checked {
        let limit = self.rules.limit;
        for session in &mut self.sessions {
            session.ask(limit).map_err(|finding| finding.seen_by(&session.account.username))?;
        }
        let started = Instant::now();
        loop {
            let heard = self.hear()?;
            let Some(debtor) = self.sessions.iter_mut().find(|session| !session.is_settled())
            else {
                return Ok(());
            };
            if limit <= started.elapsed() {
                if self.rules.lenient && !debtor.is_open() {
                    debtor.close();
                    continue;
                }
                return Err(debtor.overdue().seen_by(&debtor.account.username));
            }
            if !heard {
                pause();
            }
        }
    }

    /// Takes what was said to anyone; false when that was nothing.
    fn hear(&mut self) -> Checked<bool> {
        let mut heard = false;
        if let Some(feed) = &mut self.feed {
            heard |= feed.hear()?;
        }
        for session in &mut self.sessions {
            let one =
                session.keep_alive(self.rules.limit).and_then(|()| session.hear(&mut self.market));
            heard |= one.map_err(|finding| {
                self.rules.or_gone(finding).seen_by(&session.account.username)
            })?;
        }
        Ok(heard)
    }

    /// Waits until the feed shows what the accounts were told.
    ///
    /// While it brings anything it is not late: it may have the whole day to tell.
    pub(super) fn compare_feed(&mut self) -> Checked {
        let mut last_heard = Instant::now();
        while let Some(feed) = &mut self.feed {
            let Some(difference) = feed.difference(&self.sessions, &self.market) else {
                feed.compared();
                break;
            };
            let messages = feed.messages();
            if !self.hear()? {
                pause();
            }
            if self.feed.as_ref().is_some_and(|feed| messages < feed.messages()) {
                last_heard = Instant::now();
            }
            demand(last_heard.elapsed() < self.rules.limit, Rule::FeedDiffers, || difference)?;
        }
        self.market.forget_recent();
        Ok(())
    }

    /// Sends bytes on a connection of nobody's, which must come to its end.
    fn stranger(&mut self, bytes: &Bytes) -> Checked {
        let mut wire = open(self.rules.venue, self.rules.limit)?;
        let started = Instant::now();
        for piece in bytes.pieces() {
            let read = wire.write(piece, self.rules.limit);
            demand(read, Rule::NotRead, || {
                "the venue does not read what a stranger sends".to_owned()
            })?;
        }
        wire.finish();
        while !wire.is_closed {
            wire.read();
            wire.incoming.clear();
            demand(started.elapsed() < self.rules.limit, Rule::NotClosed, || {
                "the connection of a stranger who left is still open".to_owned()
            })?;
            if !self.hear()? {
                pause();
            }
        }
        Ok(())
    }
}
