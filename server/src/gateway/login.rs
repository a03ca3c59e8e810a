//! Login: from the Login Request to a claimed port and a place in its stream.
//!
//! Hashing is the verifier's; here a login only waits, and costs an unknown user as much as a known one. See
//! `docs/protocols/soupbintcp.md`, "Readings".

use protocol::soupbintcp::{LoginAccepted, LoginRejectReason, LoginRequest};

use super::connection::{Connection, Ending};
use super::directory::Claim;
use super::{Phase, Venue};
use crate::inbox::Item;

/// What an accepted login has: the port, and where the stream starts.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) claim: Claim,
    pub(super) accepted: LoginAccepted,
}

/// Waits for the login and decides on it; when it is good and the phase is `Open`, the inbox has `Connected`.
///
/// # Errors
///
/// How the connection ends without a login.
pub(super) async fn admit(connection: &mut Connection, venue: &Venue) -> Result<Admission, Ending> {
    let request = connection.login_request().await?;
    let admission = decide(connection, venue, &request).await;
    if let Err(ending @ Ending::Rejected(..)) = &admission {
        venue.metrics.logins_refused.add(1);
        tracing::info!(username = request.username_text(), ?ending, "login refused");
    }
    admission
}

async fn decide(
    connection: &mut Connection,
    venue: &Venue,
    request: &LoginRequest,
) -> Result<Admission, Ending> {
    let username = request.username_text();
    let password = request.password_text();
    let verified = venue.verifier.verify(&username, &password);
    let known = connection.meanwhile(verified).await?.is_some();
    let not_authorized = Ending::Rejected(LoginRejectReason::NotAuthorized, None);
    let Some(seat) = venue.directory.find(&username).filter(|_| known) else {
        return Err(not_authorized);
    };
    let unavailable = |text| Ending::Rejected(LoginRejectReason::SessionNotAvailable, Some(text));
    let claim = venue
        .directory
        .claim(seat)
        .ok_or_else(|| unavailable(format!("{username} is logged in already")))?;
    let last = claim.port().stream.next_number() - 1;
    let accepted =
        request.resume(venue.session, last).map_err(|error| unavailable(error.to_string()))?;
    // The sequencer runs on after the day: it would log the session behind the day's last message, and perhaps for a
    // port that is connected still, as sessions the day has ended are disconnected at the stop. Who comes for the
    // rest of its stream therefore leaves no trace in the log.
    while *connection.phase.borrow() == Phase::Open && !claim.port().inbox.push(Item::Connected) {
        connection.meanwhile(claim.port().inbox.room()).await?;
    }
    if !connection.phase.borrow().takes_logins() {
        return Err(Ending::no_more_logins());
    }
    venue.bell.notify_one();
    Ok(Admission { claim, accepted })
}
