//! A simulated trader: an ordinary client of the venue with a simple idea of what to do next.
//!
//! Makers keep bids and offers around the fair price and move those that it has left behind; takers
//! now and then hit them. Neither trades with itself.

use anyhow::{Context, Result, anyhow};
use client::Error;
use client::order_entry::{
    ConnectOptions, Event, Events, NewOrder, OrderEntry, Reconnect, Replacement, Request,
    UserRefNum,
};
use protocol::Price;
use protocol::enums::Side;

use super::live::{Live, Open};
use super::random::Random;
use super::street::Instrument;

/// Orders a maker keeps on each side of each instrument.
const QUOTES: usize = 6;
/// How far from fair a maker quotes, in cents.
const WIDTH: u32 = 8;
/// How far through fair a taker goes, in cents.
const REACH: u32 = 4;
/// Shares of a round lot, and round lots of an order.
const LOT: u32 = 100;
const LOTS: u32 = 5;

/// What a trader is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Maker,
    Taker,
}

/// Counts of the requests sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Sent {
    pub(super) orders: u64,
    pub(super) replaces: u64,
    pub(super) cancels: u64,
}

impl Sent {
    pub(super) fn total(self) -> u64 {
        self.orders + self.replaces + self.cancels
    }
}

/// A trader with its session.
pub(super) struct Trader {
    username: String,
    role: Role,
    orders: OrderEntry,
    events: Events,
    live: Live,
    sent: Sent,
    /// The venue has ended the day.
    day_is_over: bool,
}

impl Trader {
    /// Logs in.
    pub(super) async fn connect(role: Role, options: ConnectOptions) -> Result<Self> {
        let username = options.username.clone();
        let options = ConnectOptions { reconnect: Reconnect::NEVER, events: 8_192, ..options };
        let (orders, events) = OrderEntry::connect(options)
            .await
            .with_context(|| format!("trader {username} cannot log in"))?;
        let (live, sent) = (Live::default(), Sent::default());
        Ok(Self { username, role, orders, events, live, sent, day_is_over: false })
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    pub(super) fn live(&self) -> &Live {
        &self.live
    }

    pub(super) fn sent(&self) -> Sent {
        self.sent
    }

    pub(super) fn unanswered(&self) -> usize {
        self.orders.unanswered()
    }

    /// Follows what the venue has said since the last time; false once its day is over.
    ///
    /// # Errors
    ///
    /// The connection was lost, or the venue said what nobody can read.
    pub(super) fn listen(&mut self) -> Result<bool> {
        while let Some(event) = self.events.try_next() {
            match &event {
                Event::Disconnected { .. } if self.day_is_over => {}
                Event::Disconnected { error, .. } => {
                    return Err(anyhow!("trader {}: {error}", self.username));
                }
                Event::Unreadable { error, message, .. } => {
                    let bytes = message.escape_ascii();
                    return Err(anyhow!("trader {}: {error}: {bytes}", self.username));
                }
                Event::EndOfSession => self.day_is_over = true,
                other => self.live.follow(other),
            }
        }
        Ok(!self.day_is_over)
    }

    /// Sends the next request; false when the session has no room for one now.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub(super) fn act(&mut self, street: &mut [Instrument], random: &mut Random) -> Result<bool> {
        let place = random.place(street.len());
        let instrument = &mut street[place];
        let request = match self.role {
            Role::Maker => {
                instrument.step(random);
                self.quote(instrument, random)
            }
            Role::Taker => take(instrument, random),
        };
        self.send(request)
    }

    /// Asks what the venue answers after everything before it, so that nothing stays open.
    pub(super) fn ask_for_the_last_answer(&mut self) -> Result<bool> {
        self.send(Request::AccountQuery(0))
    }

    pub(super) async fn logout(self) {
        self.orders.logout().await;
    }

    fn send(&mut self, request: Request) -> Result<bool> {
        match self.orders.try_submit(request) {
            Ok(_) => {}
            Err(Error::NotReady) => return Ok(false),
            Err(error) => return Err(anyhow!("trader {}: {error}", self.username)),
        }
        match request {
            Request::Enter(_) => self.sent.orders += 1,
            Request::Replace(original, _) => {
                self.sent.replaces += 1;
                self.live.leaves(original);
            }
            Request::Cancel(number, _) => {
                self.sent.cancels += 1;
                self.live.leaves(number);
            }
            _ => {}
        }
        Ok(true)
    }

    /// Fills up a side that lacks quotes; else moves or cancels the quote that is farthest off.
    fn quote(&self, instrument: &Instrument, random: &mut Random) -> Request {
        let buys = random.chance(50);
        let fair = instrument.fair();
        let ours = || {
            self.live.iter().filter(|(_, open)| open.symbol == instrument.symbol && !open.leaving)
        };
        // A quote that fair has passed goes first: the next one could trade with it.
        if let Some((number, open)) = ours().find(|(_, open)| is_passed(open, fair)) {
            return moved(number, open, instrument, random);
        }
        let of_side = || ours().filter(|(_, open)| open.side.is_buy() == buys);
        let farthest = of_side().max_by_key(|(_, open)| distance(open.price, fair));
        match farthest {
            Some((number, _)) if QUOTES <= of_side().count() && random.chance(30) => {
                Request::Cancel(number, 0)
            }
            Some((number, open)) if QUOTES <= of_side().count() => {
                moved(number, open, instrument, random)
            }
            _ => {
                let price = instrument.worse(buys, 1 + random.below(WIDTH));
                let order = NewOrder::new(side(buys), instrument.name, lots(random)).limit(price);
                Request::Enter(if random.chance(20) { order.attributable() } else { order })
            }
        }
    }
}

/// Tells whether fair has reached an order, or gone through it.
fn is_passed(open: &Open, fair: Price) -> bool {
    if open.side.is_buy() { fair <= open.price } else { open.price <= fair }
}

fn distance(a: Price, b: Price) -> u32 {
    a.ten_thousandths().abs_diff(b.ten_thousandths())
}

fn side(buys: bool) -> Side {
    if buys { Side::Buy } else { Side::Sell }
}

fn lots(random: &mut Random) -> u32 {
    LOT * (1 + random.below(LOTS))
}

/// Puts a quote back beside the fair price.
fn moved(number: UserRefNum, open: &Open, instrument: &Instrument, random: &mut Random) -> Request {
    let price = instrument.worse(open.side.is_buy(), 1 + random.below(WIDTH));
    // The quantity of a replacement counts what the chain has traded.
    Request::Replace(number, Replacement::new(open.executed + lots(random)).limit(price))
}

/// Takes what stands within reach, and leaves nothing in the book.
fn take(instrument: &Instrument, random: &mut Random) -> Request {
    let buys = random.chance(50);
    let price = instrument.beyond(buys, random.below(REACH));
    let order = NewOrder::new(side(buys), instrument.name, lots(random));
    Request::Enter(order.limit(price).immediate_or_cancel())
}
