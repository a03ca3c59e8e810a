//! How to reach the venue, and what to do when it cannot be reached.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use protocol::SessionId;

/// Where and as whom to log in.
///
/// The defaults are those of a venue on this machine; change what differs.
#[derive(Clone, Eq, PartialEq)]
pub struct ConnectOptions {
    pub address: SocketAddr,
    /// At most 6 characters; case does not count.
    pub username: String,
    /// At most 10 characters; case does not count.
    pub password: String,
    /// Blank: the session that is active now.
    pub session: SessionId,
    /// First message wanted; 1: all of the day; 0: from the most recent one.
    pub sequence: u64,
    /// From the last packet sent to the next heartbeat.
    pub heartbeat: Duration,
    /// From the last packet heard to giving the connection up.
    pub silence: Duration,
    /// For the connection and the answer to the login.
    pub login_timeout: Duration,
    pub reconnect: Reconnect,
    /// Requests without an answer; one more waits.
    pub window: usize,
    /// Events nobody has taken; when full, the socket is not read.
    pub events: usize,
}

impl ConnectOptions {
    /// Logs in to the current session and reads it from its first message on.
    pub fn new(address: SocketAddr, username: &str, password: &str) -> Self {
        Self {
            address,
            username: username.to_owned(),
            password: password.to_owned(),
            session: SessionId::BLANK,
            sequence: 1,
            heartbeat: Duration::from_secs(1),
            silence: Duration::from_secs(15),
            login_timeout: Duration::from_secs(30),
            reconnect: Reconnect::default(),
            window: 1_024,
            events: 1_024,
        }
    }
}

/// Shows everything but the password.
impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("address", &self.address)
            .field("username", &self.username)
            .field("session", &self.session)
            .field("sequence", &self.sequence)
            .field("reconnect", &self.reconnect)
            .finish_non_exhaustive()
    }
}

/// When to try again after a connection was lost; each pause is twice the one before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reconnect {
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// Failures in a row after which to give up; `None`: never, 0: at once.
    pub attempts: Option<u32>,
}

impl Reconnect {
    /// Never tries again.
    pub const NEVER: Self =
        Self { first_pause: Duration::ZERO, longest_pause: Duration::ZERO, attempts: Some(0) };

    /// Returns the pause before the next attempt after this many in vain; `None`: give up.
    pub(super) fn pause(&self, failures: u32) -> Option<Duration> {
        if self.attempts.is_some_and(|attempts| attempts <= failures) {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(2_u32.saturating_pow(failures));
        Some(doubled.min(self.longest_pause))
    }
}

/// Tries for ever, from 100 ms up to 5 s apart.
impl Default for Reconnect {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            attempts: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = Reconnect { attempts: Some(7), ..Reconnect::default() };
        let pauses: Vec<_> =
            (0..8).map(|failures| policy.pause(failures).map(|pause| pause.as_millis())).collect();
        let expected = [100, 200, 400, 800, 1_600, 3_200, 5_000].map(Some);
        assert_eq!(pauses[..7], expected);
        assert_eq!(pauses[7], None);
        assert_eq!(Reconnect::default().pause(u32::MAX), Some(Duration::from_secs(5)));
        assert_eq!(Reconnect::NEVER.pause(0), None);
    }

    #[test]
    fn the_password_is_not_shown() {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let options = ConnectOptions::new(address, "alice", "secret");
        assert!(!format!("{options:?}").contains("secret"));
    }
}
