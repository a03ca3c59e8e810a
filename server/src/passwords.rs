//! Passwords of ports: how they are hashed, and who is let in.
//!
//! SoupBinTCP passwords are at most 10 characters and compared without regard to case
//! (`docs/protocols/soupbintcp.md`, "Login fields"), so they are hashed in upper case. Whoever is refused has
//! cost the same work, known or not. Whoever was let in once is let in again by a keyed hash, which takes
//! a microsecond: ten thousand clients may come back at once after a restart of the network.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::config::{PortConfig, PortIndex};

/// The longest password SoupBinTCP carries, in characters.
pub const MAX_PASSWORD_LENGTH: usize = 10;

/// Memory of one hash: 1 MiB, so that a verify stays within about 5 ms.
const MEMORY_KIB: u32 = 1_024;
const PASSES: u32 = 2;

/// The most memory a hash of the configuration may ask for, and passes over it.
const MOST_MEMORY_KIB: u32 = 65_536;
const MOST_PASSES: u32 = 16;

/// The worker's priority, below that of the stages.
const NICENESS: i32 = 10;

/// Logins that wait for the worker; more wait for a place.
const QUEUE: usize = 64;

/// Why a password or its hash is not taken.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PasswordError {
    #[error("a password is 1 to 10 printable characters without spaces")]
    Password,
    #[error("a text that is no password hash")]
    Malformed,
    #[error("a hash that is not argon2id version 19 with salt and digest")]
    Algorithm,
    #[error("a hash of {memory_kib} KiB and {passes} passes, above 65536 KiB or 16 passes")]
    Cost { memory_kib: u32, passes: u32 },
}

/// Hashes a password for the configuration, with a random salt.
///
/// # Errors
///
/// [`PasswordError::Password`] when no client could send it.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    let fits = (1..=MAX_PASSWORD_LENGTH).contains(&password.len());
    if !fits || !password.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(PasswordError::Password);
    }
    let hash = hasher().hash_password(folded(password).as_bytes());
    Ok(hash
        .expect("parameters and length are valid, and the kernel has random numbers")
        .to_string())
}

/// Tells whether a text is a hash that [`Verifier`] takes.
///
/// # Errors
///
/// Every variant but [`PasswordError::Password`].
pub fn check_hash(hash: &str) -> Result<(), PasswordError> {
    parse_hash(hash).map(drop)
}

fn parse_hash(hash: &str) -> Result<PasswordHash, PasswordError> {
    let hash = PasswordHash::new(hash).map_err(|_| PasswordError::Malformed)?;
    let complete = hash.salt.is_some() && hash.hash.is_some();
    if !complete || hash.algorithm != Algorithm::Argon2id.ident() || hash.version != Some(19) {
        return Err(PasswordError::Algorithm);
    }
    let params = Params::try_from(&hash).map_err(|_| PasswordError::Malformed)?;
    let (memory_kib, passes) = (params.m_cost(), params.t_cost());
    if MOST_MEMORY_KIB < memory_kib || MOST_PASSES < passes || params.p_cost() != 1 {
        return Err(PasswordError::Cost { memory_kib, passes });
    }
    Ok(hash)
}

fn hasher() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, PASSES, 1, None).expect("the cost is within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Gives the form in which names and passwords are compared.
fn folded(text: &str) -> String {
    text.trim_matches(' ').to_ascii_uppercase()
}

/// Checks logins, one at a time, on a thread of its own.
///
/// Dropping it ends the thread.
#[derive(Debug)]
pub struct Verifier {
    ports: BTreeMap<String, PortIndex>,
    verified: Verified,
    jobs: mpsc::Sender<Job>,
}

/// A login to check: for nobody when the user is unknown.
#[derive(Debug)]
struct Job {
    port: Option<PortIndex>,
    password: String,
    reply: oneshot::Sender<bool>,
}

impl Verifier {
    /// Starts the worker for the ports of a checked configuration.
    ///
    /// # Errors
    ///
    /// When the kernel gives no random numbers or no thread.
    pub fn start(ports: &[PortConfig]) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let worker = Worker::new(ports);
        thread::Builder::new().name("passwords".to_owned()).spawn(move || worker.run(queue))?;
        let indexes = (0..=u16::MAX).map(PortIndex);
        Ok(Self {
            ports: ports.iter().map(|port| port.username.clone()).zip(indexes).collect(),
            verified: Verified::new(ports.len())?,
            jobs,
        })
    }

    /// Finds the port that this user name and password open.
    ///
    /// Waits for its turn when many log in at once. To drop the future is to withdraw the login.
    pub async fn verify(&self, username: &str, password: &str) -> Option<PortIndex> {
        let port = self.ports.get(&folded(username)).copied();
        let password = folded(password);
        if let Some(port) = port
            && self.verified.contains(port, &password)
        {
            return Some(port);
        }
        let (reply, answer) = oneshot::channel();
        let job = Job { port, password: password.clone(), reply };
        self.jobs.send(job).await.expect("the worker lives as long as its queue");
        let right = answer.await.expect("the worker answers every login that waits");
        let port = port.filter(|_| right)?;
        self.verified.insert(port, &password);
        Some(port)
    }
}

/// The thread that computes hashes.
struct Worker {
    hashes: Vec<PasswordHash>,
    /// For unknown users: of the highest cost any port has, so that they wait no less.
    nobody: PasswordHash,
}

impl Worker {
    fn new(ports: &[PortConfig]) -> Self {
        let hashes: Vec<PasswordHash> = ports
            .iter()
            .map(|port| {
                parse_hash(port.password_hash.expose()).expect("the configuration is checked")
            })
            .collect();
        let cost = |hash: &&PasswordHash| {
            let params = Params::try_from(*hash).expect("the hash is checked");
            u64::from(params.m_cost()) * u64::from(params.t_cost())
        };
        let nobody = hashes.iter().max_by_key(cost).cloned().unwrap_or_else(|| {
            hasher().hash_password_with_salt(b"", &[0; 16]).expect("parameters and salt are valid")
        });
        Self { hashes, nobody }
    }

    fn run(self, mut queue: mpsc::Receiver<Job>) {
        // Logins wait for orders, not orders for logins; where the kernel forbids it, they share.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        let start = Instant::now();
        self.check(None, "");
        tracing::info!(verify_ms = start.elapsed().as_millis(), "password hashing is ready");
        while let Some(job) = queue.blocking_recv() {
            // A client that left while it waited is not worth the work.
            if !job.reply.is_closed() {
                // It may leave just now; then nobody waits for the answer.
                let _ = job.reply.send(self.check(job.port, &job.password));
            }
        }
    }

    fn check(&self, port: Option<PortIndex>, password: &str) -> bool {
        let hash = port.map_or(&self.nobody, |PortIndex(index)| &self.hashes[usize::from(index)]);
        let right = Argon2::default().verify_password(password.as_bytes(), hash).is_ok();
        right && port.is_some()
    }
}

/// Passwords that were right before, as hashes under a key that only this process knows.
struct Verified {
    key: [u8; 32],
    /// By port; a port has one password.
    digests: Mutex<Vec<Option<[u8; 32]>>>,
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Verified")
    }
}

impl Verified {
    fn new(ports: usize) -> io::Result<Self> {
        let mut key = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        Ok(Self { key, digests: Mutex::new(vec![None; ports]) })
    }

    fn contains(&self, port: PortIndex, password: &str) -> bool {
        let digest = self.digest(port, password);
        let digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        digests[usize::from(port.0)] == Some(digest)
    }

    fn insert(&self, port: PortIndex, password: &str) {
        let digest = self.digest(port, password);
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        digests[usize::from(port.0)] = Some(digest);
    }

    /// Hashes under the key, inside and outside as HMAC does; without the key, digests say nothing, so how
    /// long comparing two of them takes says nothing either.
    fn digest(&self, port: PortIndex, password: &str) -> [u8; 32] {
        let pad = |byte: u8| self.key.map(|key| key ^ byte);
        let inner = Sha256::new()
            .chain_update(pad(0x36))
            .chain_update(port.0.to_be_bytes())
            .chain_update(password)
            .finalize();
        Sha256::new().chain_update(pad(0x5C)).chain_update(inner).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use protocol::Mpid;

    use super::*;
    use crate::config::Secret;

    fn port(username: &str, password: &str) -> PortConfig {
        // The cheapest hash: a test must not wait for the cost of the real one.
        let params = Params::new(8, 1, 1, None).expect("argon2's own minimum");
        let hash = Argon2::from(params)
            .hash_password(folded(password).as_bytes())
            .expect("parameters are valid");
        PortConfig {
            username: username.to_owned(),
            password_hash: Secret::new(hash.to_string()),
            firm: Mpid(*b"ALFA"),
            market_orders: false,
            max_quantity: None,
            single_order_notional: None,
            gross_exposure: None,
            disconnect: engine::command::DisconnectPolicy::Keep,
            disconnect_grace_ms: PortConfig::GRACE_MS,
            disconnect_by_order: false,
            risk: crate::config::RiskConfig::default(),
            self_match: protocol::enums::AiqStrategy::Disabled,
            self_match_group: *b"  ",
        }
    }

    fn verifier() -> Verifier {
        Verifier::start(&[port("ALICE", "Secret1"), port("BOB", "other")])
            .expect("a thread and a key")
    }

    #[test]
    fn a_hash_is_salted_and_fits_the_password_in_any_case() {
        let hash = hash_password("Secret1").expect("a password of the test");
        assert_eq!(check_hash(&hash), Ok(()));
        assert!(hash.starts_with("$argon2id$v=19$m=1024,t=2,p=1$"), "{hash}");
        assert_ne!(Ok(&hash), hash_password("Secret1").as_ref());
        let parsed = parse_hash(&hash).expect("checked above");
        assert!(Argon2::default().verify_password(b"SECRET1", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"SECRET2", &parsed).is_err());
    }

    #[test]
    fn a_password_no_client_can_send_is_refused() {
        for password in ["", "12345678901", "two words", "\u{e9}", "tab\t"] {
            assert_eq!(hash_password(password), Err(PasswordError::Password), "{password:?}");
        }
        assert!(hash_password("1234567890").is_ok());
    }

    #[test]
    fn a_hash_of_another_kind_or_cost_is_refused() {
        let digest = "c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObG";
        for (hash, error) in [
            (String::new(), PasswordError::Malformed),
            ("secret".to_owned(), PasswordError::Malformed),
            (format!("$argon2i$v=19$m=1024,t=2,p=1${digest}"), PasswordError::Algorithm),
            (format!("$argon2id$v=16$m=1024,t=2,p=1${digest}"), PasswordError::Algorithm),
            ("$argon2id$v=19$m=1024,t=2,p=1".to_owned(), PasswordError::Algorithm),
            (
                format!("$argon2id$v=19$m=4194304,t=2,p=1${digest}"),
                PasswordError::Cost { memory_kib: 4_194_304, passes: 2 },
            ),
            (
                format!("$argon2id$v=19$m=1024,t=17,p=1${digest}"),
                PasswordError::Cost { memory_kib: 1_024, passes: 17 },
            ),
        ] {
            assert_eq!(check_hash(&hash), Err(error), "{hash}");
        }
        assert_eq!(check_hash(&format!("$argon2id$v=19$m=1024,t=2,p=1${digest}")), Ok(()));
    }

    #[tokio::test]
    async fn name_and_password_open_a_port_in_any_case() {
        let verifier = verifier();
        assert_eq!(verifier.verify("alice", "SECRET1").await, Some(PortIndex(0)));
        assert_eq!(verifier.verify("BOB   ", " Other").await, Some(PortIndex(1)));
    }

    #[tokio::test]
    async fn the_wrong_password_and_the_unknown_user_are_refused() {
        let verifier = verifier();
        for (username, password) in
            [("ALICE", "other"), ("ALICE", ""), ("BOB", "Secret1"), ("CAROL", "other"), ("", "")]
        {
            assert_eq!(verifier.verify(username, password).await, None, "{username} {password}");
        }
    }

    #[tokio::test]
    async fn a_verified_password_needs_no_second_hash() {
        let verifier = verifier();
        assert!(!verifier.verified.contains(PortIndex(0), "SECRET1"));
        assert_eq!(verifier.verify("ALICE", "Secret1").await, Some(PortIndex(0)));
        assert!(verifier.verified.contains(PortIndex(0), "SECRET1"));
        assert!(!verifier.verified.contains(PortIndex(1), "SECRET1"));
        assert_eq!(verifier.verify("ALICE", "wrong").await, None);
        assert!(verifier.verified.contains(PortIndex(0), "SECRET1"));
        for _ in 0..10_000 {
            assert_eq!(verifier.verify("ALICE", "secret1").await, Some(PortIndex(0)));
        }
    }

    #[tokio::test]
    async fn more_logins_than_the_queue_holds_are_all_answered() {
        let verifier = verifier();
        let logins = (0..3 * QUEUE).map(|login| {
            let (username, password) = if login % 3 == 0 { ("BOB", "OTHER") } else { ("EVE", "X") };
            verifier.verify(username, password)
        });
        let answers = futures::future::join_all(logins).await;
        let expected = (0..3 * QUEUE).map(|login| (login % 3 == 0).then_some(PortIndex(1)));
        assert_eq!(answers, expected.collect::<Vec<_>>());
    }

    #[test]
    fn digests_depend_on_the_key() {
        let [one, other] = [(); 2].map(|()| Verified::new(1).expect("random numbers"));
        assert_ne!(one.digest(PortIndex(0), "X"), other.digest(PortIndex(0), "X"));
        assert_eq!(one.digest(PortIndex(0), "X"), one.digest(PortIndex(0), "X"));
    }
}
