//! Order entry: orders in, events out, over OUCH 5.0 on SoupBinTCP.
//!
//! [`OrderEntry::connect`] logs in and returns a handle, which may be cloned, and the stream of
//! [`Events`]. A lost connection is made again and resumed at the next message not yet seen; what
//! had no answer is sent again, which is safe: the venue ignores numbers it has handled. The gap
//! shows as [`Event::Disconnected`] and [`Event::Connected`].
//!
//! Both directions are bounded. A request waits while there is no connection, while the numbers
//! used before are not known, and while too many requests have no answer; dropping its future
//! before it is done takes it back. When nobody takes events, the socket is not read.

mod number;
mod attribute;
mod order;
mod request;
mod event;
mod decode;
mod options;
mod in_flight;
mod fence;
pub mod session;
mod driver;
#[cfg(test)]
mod golden;

use std::sync::Arc;

use protocol::soupbintcp::LoginRequest;
use protocol::symbol::Mpid;
use tokio::sync::mpsc;

pub use attribute::{CustomerType, HandleInst, PriceType};
pub use decode::MessageError;
pub use event::{
    Accepted, AccountQueryResponse, AiqCanceled, BrokenTrade, CancelPending, CancelReject,
    Canceled, EntrySwitched, Event, Executed, MassCancelResponse, Modified, PriorityUpdate,
    Rejected, Replaced, Restated, Stamp, SystemEvent,
};
pub use number::{UserRefNum, UserRefNumError};
pub use options::{ConnectOptions, Reconnect};
pub use order::{NewOrder, Replacement};
pub use request::{CancelFilter, Modification, Request};

use crate::error::{Error, RequestError, Result};
use driver::{Driver, Shared};

/// Sends requests; clones share one connection.
#[derive(Clone, Debug)]
pub struct OrderEntry {
    shared: Arc<Shared>,
}

/// What happens to the port, in order.
///
/// Dropping it ends the connection.
#[derive(Debug)]
pub struct Events {
    receiver: mpsc::Receiver<Event>,
}

impl Events {
    /// Waits for the next event; `None` once the session is closed and all has been told.
    pub async fn next(&mut self) -> Option<Event> {
        self.receiver.recv().await
    }

    /// Returns the next event if there is one already.
    pub fn try_next(&mut self) -> Option<Event> {
        self.receiver.try_recv().ok()
    }
}

impl OrderEntry {
    /// Connects and logs in; the first event is [`Event::Connected`].
    ///
    /// Must be called in a tokio runtime, where the connection then lives as a task.
    ///
    /// # Errors
    ///
    /// The venue cannot be reached or refuses the login. There is no second attempt here: see
    /// [`Error::is_retryable`].
    pub async fn connect(options: ConnectOptions) -> Result<(Self, Events)> {
        let login = LoginRequest::new(
            &options.username,
            &options.password,
            options.session,
            options.sequence,
        )?;
        let (sender, receiver) = mpsc::channel(options.events.max(1));
        let (driver, shared) = Driver::connect(options, login, sender).await?;
        tokio::spawn(driver.run());
        Ok((Self { shared }, Events { receiver }))
    }

    /// Enters an order and returns its number, by which everything else names it.
    ///
    /// # Errors
    ///
    /// The order cannot be written, or the session is over. Nothing was sent.
    pub async fn enter(&self, order: NewOrder) -> Result<UserRefNum> {
        self.submit(Request::Enter(order)).await
    }

    /// Replaces a live order and returns the number of the replacement.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`].
    pub async fn replace(&self, order: UserRefNum, replacement: Replacement) -> Result<UserRefNum> {
        self.submit(Request::Replace(order, replacement)).await
    }

    /// Cancels all that is open of an order.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub async fn cancel(&self, order: UserRefNum) -> Result<()> {
        self.cancel_to(order, 0).await
    }

    /// Lets at most `quantity` shares of an order execute in total, those before included.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub async fn cancel_to(&self, order: UserRefNum, quantity: u32) -> Result<()> {
        self.submit(Request::Cancel(order, quantity)).await.map(drop)
    }

    /// Changes the sell side of an order or reduces it, without loss of priority.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`].
    pub async fn modify(&self, order: UserRefNum, modification: Modification) -> Result<()> {
        self.submit(Request::Modify(order, modification)).await.map(drop)
    }

    /// Cancels every order the filter takes; returns the number of the request.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`].
    pub async fn mass_cancel(&self, filter: CancelFilter) -> Result<UserRefNum> {
        self.submit(Request::MassCancel(filter)).await
    }

    /// Has the venue refuse new orders of a firm on this account; open ones stay.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`].
    pub async fn disable_entry(&self, firm: &str) -> Result<UserRefNum> {
        self.submit(Request::DisableEntry(mpid(firm)?)).await
    }

    /// Has the venue take new orders of a firm again.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`].
    pub async fn enable_entry(&self, firm: &str) -> Result<UserRefNum> {
        self.submit(Request::EnableEntry(mpid(firm)?)).await
    }

    /// Asks for the next number of a channel; the answer is an event.
    ///
    /// Needed by those only who share the port with another program.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub async fn account_query(&self, channel: u8) -> Result<()> {
        self.submit(Request::AccountQuery(channel)).await.map(drop)
    }

    /// Sends what was taken, logs out, and waits until the connection is closed.
    ///
    /// Answers still on their way come with the next login. What the venue then does with open
    /// orders is the port's disconnect policy.
    pub async fn logout(&self) {
        self.shared.logout().await;
    }

    /// Sends any request as soon as it can be.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`].
    pub async fn submit(&self, request: Request) -> Result<UserRefNum> {
        self.shared.submit(&request).await
    }

    /// Sends a request now or not at all.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`]; [`Error::NotReady`] where `submit` would wait.
    pub fn try_submit(&self, request: Request) -> Result<UserRefNum> {
        self.shared.try_submit(&request)
    }

    /// Returns the number of requests without an answer.
    pub fn unanswered(&self) -> usize {
        self.shared.unanswered()
    }
}

fn mpid(text: &str) -> Result<Mpid> {
    let name = Mpid::new(text);
    name.map_err(|error| Error::Request(RequestError::Name { field: "firm", error }))
}
