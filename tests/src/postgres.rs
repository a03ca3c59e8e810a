//! A private Postgres for a test: made in a temporary folder, reached by its socket, gone at the end.
//!
//! Postgres refuses to run as root, so a test that does gives the server another account. Nothing
//! waits by the clock: the server says in its log when it is ready.

use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

/// Set to 1 to leave out every test that needs Postgres.
const WITHOUT: &str = "OPENBELL_TESTS_WITHOUT_POSTGRES";

/// The longest path of a socket that every system takes, with `.s.PGSQL.5432` at its end.
const LONGEST_SOCKET_PATH: usize = 100;

/// How long a crashed server's orphans may hold its memory.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A Postgres server of this test alone.
pub struct Cluster {
    folder: TempDir,
    binaries: PathBuf,
    account: Option<Account>,
    /// Settings beyond those of a test, `name=value` each.
    settings: &'static [&'static str],
    server: Option<Child>,
}

/// Who runs the server when the test is root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Cluster {
    /// Makes a cluster and starts it; nothing when the tests run without Postgres, by request.
    ///
    /// # Panics
    ///
    /// When the server's binaries are missing or do not start.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Does the same with settings of one's own, `name=value` each.
    ///
    /// # Panics
    ///
    /// When the server's binaries are missing or do not start.
    pub fn start_with(settings: &'static [&'static str]) -> Option<Self> {
        if env::var(WITHOUT).is_ok_and(|value| value == "1") {
            println!("skipped: {WITHOUT} is 1, so tests that need Postgres do nothing");
            return None;
        }
        let binaries = find_binaries().unwrap_or_else(|| {
            panic!(
                "initdb and postgres are in none of PATH, `pg_config --bindir` and \
                 /usr/lib/postgresql/*/bin: run ./test.sh, which installs PostgreSQL, or set {WITHOUT}=1"
            )
        });
        let account = geteuid().is_root().then(unprivileged_account);
        let folder = temporary_folder();
        if let Some(Account { user, group }) = account {
            chown(folder.path(), Some(user), Some(group)).expect("root gives folders away");
        }
        let mut cluster = Self { folder, binaries, account, settings, server: None };
        cluster.initialize();
        cluster.restart();
        Some(cluster)
    }

    /// The URL of the database, through the socket.
    pub fn url(&self) -> String {
        let folder = self.folder.path().display().to_string();
        format!("postgresql://postgres@{}/postgres", folder.replace('%', "%25").replace('/', "%2F"))
    }

    /// The server's socket, for a test that stands in between.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    /// Connects to the database.
    pub fn connect(&self) -> postgres::Client {
        postgres::Client::connect(&self.url(), postgres::NoTls).expect("the cluster runs")
    }

    /// Stops the server in order, as an operator would.
    pub fn stop(&mut self) {
        self.end(Signal::INT);
    }

    /// Kills the server's first process (SIGKILL): no farewell, no last write.
    pub fn kill(&mut self) {
        self.end(Signal::KILL);
    }

    /// Kills one process of a running server (SIGKILL): the server throws all clients out and recovers.
    pub fn kill_backend(&self, pid: i32) {
        // A process that has ended meanwhile is as dead as asked for.
        let _ = kill_process(Pid::from_raw(pid).expect("Postgres numbers from 1"), Signal::KILL);
    }

    /// Starts the server again; returns when it takes connections.
    pub fn restart(&mut self) {
        assert!(self.server.is_none(), "the server is not running");
        let deadline = Instant::now() + START_LIMIT;
        loop {
            match self.launch() {
                Ok(server) => {
                    self.server = Some(server);
                    return;
                }
                // Orphans of a killed server leave when they notice.
                Err(log) if log.contains("still in use") && Instant::now() < deadline => {}
                Err(log) => panic!("Postgres does not start:\n{log}"),
            }
        }
    }

    fn initialize(&self) {
        let output = self
            .command("initdb")
            .args(["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust"])
            .arg("--username=postgres")
            .arg("--pgdata")
            .arg(self.data())
            .output()
            .expect("initdb was found");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "initdb failed:\n{said}");
    }

    /// Starts the server once, or gives what it said before it ended.
    fn launch(&self) -> Result<Child, String> {
        let mut server = self
            .command("postgres")
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            // What the kernel was given survives the death of the process; more is not tested here.
            .args(["-p", "5432", "-c", "listen_addresses=", "-c", "fsync=off"])
            .args(["-c", "shared_buffers=16MB", "-c", "max_connections=20"])
            // Of two the later counts.
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("postgres was found");
        let mut lines = BufReader::new(server.stderr.take().expect("piped above")).lines();
        let mut log = String::new();
        for line in lines.by_ref().map_while(Result::ok) {
            log.push_str(&line);
            log.push('\n');
            if line.contains("database system is ready to accept connections") {
                read_to_end(lines);
                return Ok(server);
            }
        }
        server.wait().expect("a child can be waited for");
        Err(log)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.env("LC_ALL", "C").current_dir("/");
        if let Some(Account { user, group }) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn end(&mut self, signal: Signal) {
        let mut server = self.server.take().expect("the server runs");
        kill_process(Pid::from_child(&server), signal).expect("the server is a child of the test");
        server.wait().expect("a child can be waited for");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.server.is_some() {
            // Immediate shutdown: the server waits for its processes, so none writes to a folder that goes.
            self.end(Signal::QUIT);
        }
    }
}

/// Takes in what a server says, so that it never waits for a reader.
fn read_to_end(lines: Lines<BufReader<ChildStderr>>) {
    thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
}

/// Makes the folder of a cluster; the path of a socket inside it stays within the limit.
fn temporary_folder() -> TempDir {
    let usual = env::temp_dir();
    let short =
        usual.as_os_str().len() + "/openbell-123456/.s.PGSQL.5432".len() <= LONGEST_SOCKET_PATH;
    tempfile::Builder::new()
        .prefix("openbell-")
        .tempdir_in(if short { &usual } else { Path::new("/tmp") })
        .expect("the temporary folder can be written")
}

/// Finds the folder with the server's binaries.
fn find_binaries() -> Option<PathBuf> {
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>());
    on_path
        .unwrap_or_default()
        .into_iter()
        .chain(folder_of_pg_config())
        .chain(folders_of_debian())
        .find(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file()))
}

fn folder_of_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// Lists `/usr/lib/postgresql/*/bin`, the highest version first.
fn folders_of_debian() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    folders.sort_unstable_by(|a, b| b.cmp(a));
    folders.into_iter().map(|(_, folder)| folder).collect()
}

/// Finds the account `postgres`, or else `nobody`.
fn unprivileged_account() -> Account {
    let accounts = fs::read_to_string("/etc/passwd").expect("a system with root has accounts");
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| account_in(&accounts, name))
        .expect("Postgres does not run as root, and there is neither postgres nor nobody")
}

/// Reads an account out of `name:password:user:group:...` lines.
fn account_in(accounts: &str, name: &str) -> Option<Account> {
    let mut fields = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(fields)
    })?;
    let user = fields.nth(1)?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Account { user, group })
}
