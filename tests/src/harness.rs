//! The venue as a process, and a client of raw bytes: what the end-to-end tests drive.
//!
//! Every venue has a folder of its own, ports that the kernel chose and a multicast group of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use protocol::SessionId;
use protocol::soupbintcp::{ClientEvent, ClientSession, Limits, LoginRequest};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// How long a test waits for what must come; on a busy machine everything takes its time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The password of every account of the harness.
pub const PASSWORD: &str = "secret";

/// What a venue is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    pub symbols: Vec<String>,
    /// User name, firm, and further lines of TOML for the port.
    pub ports: Vec<(String, String, String)>,
    /// Further lines of TOML for a firm.
    pub firms: Vec<(String, String)>,
    /// Lines of TOML before the first table, for example `shards = 4`.
    pub top: String,
    /// Further lines of `[order_entry]`.
    pub order_entry: String,
    /// Further tables.
    pub tables: String,
    /// The feed's group, of this venue alone.
    pub group: SocketAddrV4,
    /// Seconds for which the end of the session is told: time for those who are late.
    pub end_of_session_s: u32,
    /// Of the password that every port has.
    pub password_hash: String,
    /// Variables of the venue's environment, besides those of the test.
    pub environment: Vec<(&'static str, String)>,
}

impl Setup {
    /// One firm's ports on these symbols.
    pub fn new(symbols: &[&str], ports: &[&str]) -> Self {
        Self {
            symbols: symbols.iter().map(|symbol| (*symbol).to_owned()).collect(),
            ports: ports
                .iter()
                .map(|port| ((*port).to_owned(), "ALFA".to_owned(), String::new()))
                .collect(),
            firms: vec![("ALFA".to_owned(), String::new())],
            top: String::new(),
            order_entry: String::new(),
            tables: String::new(),
            group: random_group(),
            end_of_session_s: 1,
            password_hash: password_hash().to_owned(),
            environment: Vec::new(),
        }
    }

    /// Writes the configuration into `folder` and returns its path.
    fn write(&self, folder: &Path) -> PathBuf {
        let mut text = format!("data_dir = \"data\"\n{}\n", self.top);
        let Self { order_entry, group, end_of_session_s, .. } = self;
        text += &format!("[order_entry]\nlisten = \"127.0.0.1:0\"\n{order_entry}");
        text += "[admin]\nlisten = \"127.0.0.1:0\"\n";
        text += &format!(
            "[market_data]\na = \"{group}\"\nretransmit = \"127.0.0.1:0\"\n\
             end_of_session_s = {end_of_session_s}\n"
        );
        text += &self.tables;
        for symbol in &self.symbols {
            text += &format!("[[symbol]]\nname = \"{symbol}\"\n");
        }
        for (firm, more) in &self.firms {
            text += &format!("[[firm]]\nmpid = \"{firm}\"\n{more}\n");
        }
        let hash = &self.password_hash;
        for (port, firm, more) in &self.ports {
            text += &format!(
                "[[port]]\nusername = \"{port}\"\npassword_hash = \"{hash}\"\nfirm = \"{firm}\"\n{more}\n"
            );
        }
        let path = folder.join("openbell.toml");
        std::fs::write(&path, text).expect("the test's folder can be written");
        path
    }
}

/// Hashed once a process: it is made to be slow.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        server::passwords::hash_password(PASSWORD).expect("a short password can be hashed")
    })
}

/// A multicast group and port that no other test has: drawn by the kernel's random numbers.
pub fn random_group() -> SocketAddrV4 {
    let mut random = [0; 4];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut random))
        .expect("the kernel gives random numbers");
    let port = 20_000 + u16::from_be_bytes([random[2], random[3]]) % 40_000;
    SocketAddrV4::new(Ipv4Addr::new(239, 255, random[0], random[1]), port)
}

/// A venue in a process of its own; killed when it goes out of scope.
pub struct Venue {
    binary: PathBuf,
    folder: TempDir,
    setup: Setup,
    process: Option<Child>,
    addresses: Value,
}

impl Venue {
    /// Starts a venue on an empty folder and waits until its ports are open.
    pub fn start(binary: &str, setup: Setup) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let mut venue =
            Self { binary: binary.into(), folder, setup, process: None, addresses: Value::Null };
        venue.restart();
        venue
    }

    /// Starts the stopped or killed venue again on the same folder.
    pub fn restart(&mut self) {
        self.try_restart().expect("the venue opens its ports");
    }

    /// As [`Self::restart`]; when the venue ends instead, gives its exit code.
    pub fn try_restart(&mut self) -> Result<(), Option<i32>> {
        assert!(self.process.is_none(), "a venue is started once");
        let config = self.setup.write(self.folder.path());
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("venue.log"))
            .expect("the test's folder can be written");
        let mut process = Command::new(&self.binary)
            .arg("--config")
            .arg(config)
            .envs(self.setup.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the venue's program was built with the tests");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it was piped");
        BufReader::new(stdout).read_line(&mut line).expect("the venue's output is text");
        let Ok(addresses) = serde_json::from_str(&line) else {
            return Err(process.wait().expect("the venue was started here").code());
        };
        self.addresses = addresses;
        self.process = Some(process);
        Ok(())
    }

    /// Changes what the next start reads.
    pub fn setup_mut(&mut self) -> &mut Setup {
        &mut self.setup
    }

    /// Kills the venue as a power cut would, as far as a process can see.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("the venue runs");
        process.kill().expect("the venue was started here");
        process.wait().expect("the venue was started here");
    }

    /// Ends the venue by SIGTERM and gives its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let process = self.process.as_ref().expect("the venue runs");
        let pid = Pid::from_child(process);
        kill_process(pid, Signal::TERM).expect("the venue runs");
        self.wait()
    }

    /// Writes the configuration as it is now and has the venue read it again, by SIGHUP.
    pub fn reread(&self) {
        self.setup.write(self.folder.path());
        let process = self.process.as_ref().expect("the venue runs");
        kill_process(Pid::from_child(process), Signal::HUP).expect("the venue runs");
    }

    /// Waits until the venue has ended by itself and gives its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let mut process = self.process.take().expect("the venue runs");
        process.wait().expect("the venue was started here").code()
    }

    /// The venue's data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the venue logged so far, over all its starts.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("venue.log")).unwrap_or_default()
    }

    /// An address that the venue printed at its start.
    pub fn address(&self, name: &str) -> SocketAddr {
        let text = self.addresses[name].as_str().expect("the venue prints all its addresses");
        text.parse().expect("an address")
    }

    /// Group and port of the feed.
    pub fn group(&self) -> SocketAddrV4 {
        self.setup.group
    }

    /// The session of the day.
    pub fn session(&self) -> String {
        self.addresses["session"].as_str().expect("the venue prints its session").to_owned()
    }

    /// Gives the answer of the admin port: status code and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address("admin")).expect("the admin port is open");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: venue\r\nConnection: close\r\n\r\n")
            .expect("the admin port reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the admin port answers in text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer has a head");
        let code =
            head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status code");
        (code, body.to_owned())
    }

    /// Gives the answer of the admin socket to one line.
    pub fn act(&self, line: &str) -> Value {
        let path = self.data_dir().join("admin.sock");
        let mut stream =
            std::os::unix::net::UnixStream::connect(path).expect("the admin socket is open");
        writeln!(stream, "{line}").expect("the admin socket reads");
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).expect("the admin socket answers");
        serde_json::from_str(&answer).expect("the answer is JSON")
    }

    /// Logs in as `username` from message `sequence` on.
    pub fn login(&self, username: &str, sequence: u64) -> Client {
        Client::login(self.address("order_entry"), username, PASSWORD, sequence)
            .expect("the account may log in")
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            eprintln!("the venue's log:\n{}", self.log());
        }
    }
}

/// Why a login failed.
#[derive(Debug, Eq, PartialEq)]
pub enum LoginFailure {
    Rejected(u8),
    Closed,
}

/// A client of raw SoupBinTCP; it keeps every sequenced message it was sent.
pub struct Client {
    stream: TcpStream,
    session: ClientSession,
    started: Instant,
    unread: Vec<u8>,
    /// The number of the first message kept.
    pub first: u64,
    pub messages: Vec<Vec<u8>>,
    /// What the venue said in Debug packets.
    pub debug: Vec<String>,
    pub ended: bool,
}

impl Client {
    /// Logs in with the current session.
    pub fn login(
        address: SocketAddr,
        username: &str,
        password: &str,
        sequence: u64,
    ) -> Result<Self, LoginFailure> {
        let stream = TcpStream::connect(address).map_err(|_| LoginFailure::Closed)?;
        stream.set_nodelay(true).expect("an option of every TCP socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        let mut client = Self {
            stream,
            session: ClientSession::new(0, Limits::ANY_PAYLOAD),
            started: Instant::now(),
            unread: Vec::new(),
            first: 0,
            messages: Vec::new(),
            debug: Vec::new(),
            ended: false,
        };
        let login = LoginRequest::new(username, password, SessionId::BLANK, sequence)
            .expect("the harness uses valid names");
        let mut out = Vec::new();
        client.session.connect(&login, &mut out, 0);
        client.stream.write_all(&out).map_err(|_| LoginFailure::Closed)?;
        while client.first == 0 {
            client.read().map_err(|()| LoginFailure::Closed)??;
        }
        Ok(client)
    }

    /// Sends one OUCH message.
    pub fn send(&mut self, message: &[u8]) {
        let mut out = Vec::new();
        let now_ms = self.now_ms();
        self.session.send(message, &mut out, now_ms);
        // A venue that was killed does not read; the test sees it by what is missing.
        let _ = self.stream.write_all(&out);
    }

    /// Sends bytes as they are, whatever they mean.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Reads until this many messages were kept; false when the connection ended before.
    pub fn wait_for(&mut self, messages: usize) -> bool {
        while self.messages.len() < messages {
            match self.read() {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(()) => return false,
            }
        }
        true
    }

    /// Reads until the venue closes the connection.
    pub fn wait_for_close(&mut self) {
        while let Ok(Ok(())) = self.read() {}
    }

    /// Logs out in good order.
    pub fn logout(mut self) {
        let mut out = Vec::new();
        self.session.logout(&mut out);
        let _ = self.stream.write_all(&out);
        self.wait_for_close();
    }

    /// Reads once; the error says that the connection has ended.
    fn read(&mut self) -> Result<Result<(), LoginFailure>, ()> {
        let mut bytes = [0; 65_536];
        let length = match self.stream.read(&mut bytes) {
            Ok(0) | Err(_) => return Err(()),
            Ok(length) => length,
        };
        self.unread.extend_from_slice(&bytes[..length]);
        let now_ms = self.now_ms();
        let mut read = 0;
        while let Some((event, length)) =
            self.session.receive(&self.unread[read..], now_ms).expect("the venue speaks SoupBinTCP")
        {
            read += length;
            match event {
                ClientEvent::Accepted { next, .. } => self.first = next,
                ClientEvent::Rejected(reason) => {
                    return Ok(Err(LoginFailure::Rejected(reason as u8)));
                }
                ClientEvent::Sequenced { message, .. } => self.messages.push(message.to_vec()),
                ClientEvent::Debug(text) => {
                    self.debug.push(String::from_utf8_lossy(text).into_owned())
                }
                ClientEvent::EndOfSession => self.ended = true,
                ClientEvent::Unsequenced(_) | ClientEvent::Heartbeat => {}
            }
        }
        self.unread.drain(..read);
        Ok(Ok(()))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).expect("a test is short")
    }
}
