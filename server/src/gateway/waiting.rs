//! Waiting room: the connections that have not logged in, and which of them makes place for a new one.
//!
//! The room is small. When it is full, whoever has waited longest without a Login Request is sent away, so idle
//! sockets never keep participants out. Who has only just come gets a moment, because its login may be on the
//! way, and a login being checked is let alone: until then the new one waits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a connection is let alone at least, and how long it has to read why its login is refused.
const MOMENT: Duration = Duration::from_millis(50);

/// The connections without a login.
#[derive(Debug, Default)]
pub(super) struct WaitingRoom {
    guests: RefCell<BTreeMap<u64, Guest>>,
    next_number: Cell<u64>,
    changed: Notify,
}

#[derive(Debug)]
struct Guest {
    /// From when on it may be sent away; `None` while its login is checked.
    may_go_at: Option<Instant>,
    sent_away: bool,
    leave: Rc<Notify>,
}

impl WaitingRoom {
    /// Returns how many are in the room, those sent away included until their sockets are closed.
    pub(super) fn len(&self) -> usize {
        self.guests.borrow().len()
    }

    /// Takes a place in the room.
    pub(super) fn enter(self: &Rc<Self>) -> Place {
        let number = self.next_number.replace(self.next_number.get() + 1);
        let leave = Rc::new(Notify::new());
        let may_go_at = Some(Instant::now() + MOMENT);
        let guest = Guest { may_go_at, sent_away: false, leave: Rc::clone(&leave) };
        self.guests.borrow_mut().insert(number, guest);
        Place { room: Rc::clone(self), number, leave }
    }

    /// Sends away who has waited longest, or returns when that may be done.
    ///
    /// `None`: nothing to be done before [`Self::changed`].
    pub(super) fn make_place(&self) -> Option<Instant> {
        let mut guests = self.guests.borrow_mut();
        if guests.values().any(|guest| guest.sent_away) {
            return None;
        }
        let idle = guests.values_mut().filter_map(|guest| Some((guest.may_go_at?, guest)));
        let (may_go_at, guest) = idle.min_by_key(|(may_go_at, _)| *may_go_at)?;
        if Instant::now() < may_go_at {
            return Some(may_go_at);
        }
        guest.sent_away = true;
        guest.leave.notify_one();
        None
    }

    /// Waits until somebody has left, or may be sent away.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// One connection's place in the room; dropped, it is free.
#[derive(Debug)]
pub(super) struct Place {
    room: Rc<WaitingRoom>,
    number: u64,
    leave: Rc<Notify>,
}

impl Place {
    /// Keeps the place: the Login Request is here, even if the connection was just sent away.
    pub(super) fn keep(&self) {
        self.change(|guest| (guest.may_go_at, guest.sent_away) = (None, false));
    }

    /// Gives the place up to whoever needs it, after a moment.
    pub(super) fn give_up(&self) {
        self.change(|guest| guest.may_go_at = Some(Instant::now() + MOMENT));
    }

    /// Tells whether the place is needed for another connection.
    pub(super) fn is_sent_away(&self) -> bool {
        self.room.guests.borrow().get(&self.number).is_some_and(|guest| guest.sent_away)
    }

    /// Waits until the place is needed; may return early.
    pub(super) async fn sent_away(&self) {
        self.leave.notified().await;
    }

    fn change(&self, change: impl FnOnce(&mut Guest)) {
        let mut guests = self.room.guests.borrow_mut();
        change(guests.get_mut(&self.number).expect("a place is taken until it is dropped"));
        self.room.changed.notify_one();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.guests.borrow_mut().remove(&self.number);
        self.room.changed.notify_one();
    }
}
