//! The drain against a real Postgres that is killed, cut off, stopped and shared.
//!
//! Whatever happens, each trade is in the table exactly once, and rows and cursor agree at any moment.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use openbell_tests::postgres::Cluster;
use protocol::{Mpid, Price, Symbol};
use server::drain::{
    Drain, DrainEnd, DrainError, DrainOptions, DrainStatus, Phase, SourceError, Trade, TradeKind,
    TradeParty, TradeSource, trade_from_row,
};
use tokio::sync::watch;

const LOG: [u8; 16] = *b"the log of a day";
const LOG_AS_UUID: &str = "74686520-6c6f-6720-6f66-206120646179";
const OTHER_LOG: [u8; 16] = *b"another days log";

/// How long a test waits for what must come.
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn fifty_thousand_trades_arrive_once_and_in_order() {
    let Some(cluster) = Cluster::start() else { return };
    let drain = Running::start(&cluster.url(), LOG, 50_000, DrainOptions::default());
    drain.wait_until(|status| status.lag() == Some(0));
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 50_001 });
    expect_copied(&cluster, 50_000);

    let in_order = "SELECT trade_number FROM openbell_trades ORDER BY ctid";
    let numbers = cluster.connect().query(in_order, &[]).expect("the table is there");
    assert!(numbers.iter().map(|row| row.get::<_, i64>(0)).eq(1..=50_000), "rows as they came");
}

#[test]
fn a_user_reads_dollars_microseconds_and_the_trades_that_stand() {
    let Some(cluster) = Cluster::start() else { return };
    let drain = Running::start(&cluster.url(), LOG, 1_000, DrainOptions::default());
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 1_001 });

    let mut client = cluster.connect();
    let row = client
        .query_one(
            "SELECT price::text, (time AT TIME ZONE 'UTC')::text, kind::text, session, log_id::text \
             FROM openbell_standing_trades WHERE trade_number = 7",
            &[],
        )
        .expect("trade 7 stands");
    let texts: Vec<String> = (0..5).map(|column| row.get(column)).collect();
    assert_eq!(texts, ["10.0007", "2026-11-22 00:00:00.000007", "E", "2026112201", LOG_AS_UUID]);

    // Trade 1,000 breaks trade 999.
    let standing = "SELECT count(*), max(trade_number) FROM openbell_standing_trades";
    let row = client.query_one(standing, &[]).expect("the view is there");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (998, 998));
}

#[test]
fn a_batch_may_end_anywhere() {
    let Some(cluster) = Cluster::start() else { return };
    for (batch_rows, last) in [(1, 5), (2, 12), (3, 100), (997, 3_000), (10_000, 3_001)] {
        let options = DrainOptions { batch_rows, ..DrainOptions::default() };
        let drain = Running::start(&cluster.url(), LOG, last, options);
        assert_eq!(drain.stop(), DrainEnd::Emptied { next: last + 1 });
        expect_copied(&cluster, last);
    }
}

#[test]
fn trades_that_come_later_are_copied_as_they_come() {
    let Some(cluster) = Cluster::start() else { return };
    let drain = Running::start(&cluster.url(), LOG, 0, DrainOptions::default());
    drain.wait_until(|status| status.phase == Phase::Draining);
    for last in [1, 2, 500] {
        drain.log_grows_to(last);
        drain.wait_until(|status| status.next == Some(last + 1));
        expect_copied(&cluster, last);
    }
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 501 });
}

#[test]
fn no_crash_of_postgres_loses_or_repeats_a_trade() {
    let Some(mut cluster) = Cluster::start() else { return };
    let mut random = 0x0BE1_1CAF_E000_0001_u64;
    println!("seed {random:#x}");
    let options = DrainOptions { batch_rows: 250, ..DrainOptions::default() };
    let drain = Running::start(&cluster.url(), LOG, 0, options);
    for round in 0..15 {
        // There is always more to copy than what is waited for.
        let start = round * 4_000;
        drain.log_grows_to(start + 4_000);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let target = start + 1 + (random >> 33) % 3_000;
        drain.wait_until(|status| status.next.is_some_and(|next| target <= next));
        match round % 3 {
            0 => cluster.kill(),
            1 => kill_drain_backend(&cluster),
            _ => cluster.stop(),
        }
        if round % 3 != 1 {
            drain.wait_until(|status| status.phase == Phase::Down);
            cluster.restart();
        }
    }
    drain.wait_until(|status| status.lag() == Some(0));
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 60_001 });
    expect_copied(&cluster, 60_000);
}

#[test]
fn rows_and_cursor_agree_at_any_moment() {
    let Some(cluster) = Cluster::start() else { return };
    let options = DrainOptions { batch_rows: 100, ..DrainOptions::default() };
    let drain = Running::start(&cluster.url(), LOG, 20_000, options);
    drain.wait_until(|status| status.next.is_some());
    let mut client = cluster.connect();
    let mut looks = 0;
    loop {
        let row = client
            .query_one(
                "SELECT count(*), coalesce(max(trade_number), 0), \
                 (SELECT next_trade_number - 1 FROM openbell_drain_cursor) FROM openbell_trades",
                &[],
            )
            .expect("the tables are there");
        let seen: [i64; 3] = [row.get(0), row.get(1), row.get(2)];
        assert!(seen[0] == seen[1] && seen[1] == seen[2], "rows, last row, cursor: {seen:?}");
        looks += 1;
        if seen[2] == 20_000 {
            break;
        }
    }
    println!("{looks} looks");
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 20_001 });
}

#[test]
fn a_trade_is_not_stored_twice_after_a_commit_whose_answer_was_lost() {
    let Some(cluster) = Cluster::start() else { return };
    // The first commit of a connection is the schema's.
    let cuts = vec![
        Cut { commit: 1, reaches: true },
        Cut { commit: 2, reaches: true },
        Cut { commit: 2, reaches: false },
        Cut { commit: 3, reaches: true },
        Cut { commit: 3, reaches: false },
        Cut { commit: 9, reaches: true },
    ];
    let proxy = cut_connections(cluster.socket(), cuts);
    let options = DrainOptions { batch_rows: 100, ..DrainOptions::default() };
    let url = format!("postgresql://postgres@{proxy}/postgres");
    let drain = Running::start(&url, LOG, 5_000, options);
    drain.wait_until(|status| status.lag() == Some(0));
    assert_eq!(drain.status().failures, 6, "every cut was felt");
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 5_001 });
    expect_copied(&cluster, 5_000);

    let batches = "SELECT batches FROM openbell_drain_cursor";
    let row = cluster.connect().query_one(batches, &[]).expect("one log");
    assert_eq!(row.get::<_, i64>(0), 50, "5,000 trades are 50 batches of 100, each committed once");
}

#[test]
fn a_cursor_beyond_the_log_stops_the_drain_and_names_both() {
    let Some(cluster) = Cluster::start() else { return };
    let drain = Running::start(&cluster.url(), LOG, 100, DrainOptions::default());
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 101 });

    let shorter = Running::start(&cluster.url(), LOG, 60, DrainOptions::default());
    let error = DrainError::CursorAhead { cursor: 101, last: 60 };
    assert_eq!(
        error.to_string(),
        "the cursor in Postgres is at trade 101, the log ends with trade 60"
    );
    assert_eq!(shorter.end(), DrainEnd::Failed(error));
    expect_copied(&cluster, 100);
}

#[test]
fn a_drain_waits_for_postgres_to_come_up() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.stop();
    let drain = Running::start(&cluster.url(), LOG, 300, DrainOptions::default());
    drain.wait_until(|status| 3 <= status.failures);
    let DrainStatus { phase, next, last, .. } = drain.status();
    assert_eq!((phase, next, last), (Phase::Down, None, 300));
    cluster.restart();
    drain.wait_until(|status| status.lag() == Some(0));
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 301 });
    expect_copied(&cluster, 300);
}

#[test]
fn a_stop_without_postgres_ends_within_its_limit() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.stop();
    let options =
        DrainOptions { stop_limit: Duration::from_millis(200), ..DrainOptions::default() };
    let drain = Running::start(&cluster.url(), LOG, 300, options);
    assert_eq!(drain.stop(), DrainEnd::Behind { next: None, last: 300 });
}

#[test]
fn two_drains_of_a_log_take_turns() {
    let Some(cluster) = Cluster::start() else { return };
    let first = Running::start(&cluster.url(), LOG, 100, DrainOptions::default());
    first.wait_until(|status| status.lag() == Some(0));

    let second = Running::start(&cluster.url(), LOG, 200, DrainOptions::default());
    second.wait_until(|status| status.phase == Phase::Locked && 3 <= status.failures);
    assert_eq!(second.status().rows, 0);
    let other = Running::start(&cluster.url(), OTHER_LOG, 50, DrainOptions::default());
    assert_eq!(other.stop(), DrainEnd::Emptied { next: 51 }, "another log has another lock");

    assert_eq!(first.stop(), DrainEnd::Emptied { next: 101 });
    second.wait_until(|status| status.lag() == Some(0));
    assert_eq!(second.status().rows, 100);
    assert_eq!(second.stop(), DrainEnd::Emptied { next: 201 });
    expect_copied(&cluster, 200);
}

#[test]
fn tables_of_a_later_version_are_left_alone() {
    let Some(cluster) = Cluster::start() else { return };
    let drain = Running::start(&cluster.url(), LOG, 10, DrainOptions::default());
    assert_eq!(drain.stop(), DrainEnd::Emptied { next: 11 });
    let raise = "UPDATE openbell_schema SET version = 99";
    cluster.connect().batch_execute(raise).expect("the table is there");

    let drain = Running::start(&cluster.url(), LOG, 20, DrainOptions::default());
    let said = "the tables have schema version 99, this program knows versions up to 1";
    assert_eq!(drain.end(), DrainEnd::Failed(DrainError::Schema(said.to_owned())));
    expect_copied(&cluster, 10);
}

#[test]
fn a_url_that_cannot_work_is_refused_at_once() {
    let drain = |url: &str| {
        let source = Box::new(Ledger { log_id: LOG, last: Arc::default() });
        Drain::new(url, source, DrainOptions::default()).map(|_| ())
    };
    assert!(matches!(drain("host=localhost port=door"), Err(DrainError::Url(_))));
    assert_eq!(drain("postgresql://localhost/db?sslmode=require"), Err(DrainError::Tls));
    assert_eq!(drain("postgresql://localhost/db"), Ok(()));
}

/// A log in memory whose trades follow from their numbers.
struct Ledger {
    log_id: [u8; 16],
    last: Arc<AtomicU64>,
}

impl TradeSource for Ledger {
    fn log_id(&self) -> [u8; 16] {
        self.log_id
    }

    fn session(&self) -> [u8; 10] {
        *b"2026112201"
    }

    fn read(&mut self, first: u64, limit: usize, out: &mut Vec<Trade>) -> Result<(), SourceError> {
        let last = self.last();
        if last + 1 < first {
            return Err(SourceError::Beyond { first, last });
        }
        out.extend((first..=last).take(limit).map(trade));
        Ok(())
    }

    fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }
}

/// Makes up a trade in which every field depends on the number; each thousandth breaks the one before.
fn trade(number: u64) -> Trade {
    const MIDNIGHT_NS: u64 = 1_795_305_600_000_000_000;
    let low = |modulus: u64| u32::try_from(number % modulus).expect("the modulus is small");
    let party = |port: &[u8; 6], firm: &[u8; 4], order: u64| TradeParty {
        port: *port,
        firm: Mpid(*firm),
        user_ref_idx: u8::try_from(number % 256).expect("below 256"),
        user_ref_num: u32::MAX - low(1 << 31),
        order_reference: 3 << 36 | order,
    };
    let broken = number.is_multiple_of(1_000);
    Trade {
        number,
        kind: if broken { TradeKind::Broken } else { TradeKind::Executed },
        time_ns: MIDNIGHT_NS + number * 1_000 + number % 1_000,
        match_number: 3 << 36 | if broken { number - 1 } else { number },
        symbol: Symbol(if number.is_multiple_of(2) { *b"OPEN    " } else { *b"BRK.A   " }),
        price: Price::new(100_000 + low(1_000_000_000)),
        shares: 1 + low(1_000_000),
        aggressor_side: if number.is_multiple_of(3) { b'B' } else { b'S' },
        buyer: party(b"ALGO01", b"OBA ", number * 2),
        seller: party(b"MM    ", b"OBMM", number * 2 + 1),
    }
}

/// Checks that the table holds exactly the trades 1 to `last` of the log, and the cursor their digest.
fn expect_copied(cluster: &Cluster, last: u64) {
    let mut client = cluster.connect();
    let rows = client
        .query(
            "SELECT * FROM openbell_trades WHERE log_id = $1::text::uuid ORDER BY trade_number",
            &[&LOG_AS_UUID],
        )
        .expect("the table is there");
    assert_eq!(rows.len(), usize::try_from(last).expect("few"), "number of rows");
    for (number, row) in (1..=last).zip(&rows) {
        assert_eq!(trade_from_row(row).expect("a row of the drain"), trade(number));
    }
    let cursor = client
        .query_one(
            "SELECT next_trade_number, digest FROM openbell_drain_cursor WHERE log_id = $1::text::uuid",
            &[&LOG_AS_UUID],
        )
        .expect("the log has a cursor");
    assert_eq!(cursor.get::<_, i64>(0).cast_unsigned(), last + 1);
    let digest = (1..=last).map(|number| trade(number).digest()).fold(0, u64::wrapping_add);
    assert_eq!(cursor.get::<_, i64>(1).cast_unsigned(), digest);
}

/// Kills the process that works for the drain, when there is one at this moment.
fn kill_drain_backend(cluster: &Cluster) {
    let pids = "SELECT pid FROM pg_stat_activity WHERE application_name = 'openbell-drain'";
    for row in cluster.connect().query(pids, &[]).expect("a view of every Postgres") {
        cluster.kill_backend(row.get(0));
    }
}

/// A drain on a thread of its own.
struct Running {
    last: Arc<AtomicU64>,
    stop: watch::Sender<bool>,
    board: Arc<Board>,
    thread: JoinHandle<DrainEnd>,
}

/// The status as published.
#[derive(Default)]
struct Board {
    status: Mutex<Option<DrainStatus>>,
    changed: Condvar,
}

impl Running {
    fn start(url: &str, log_id: [u8; 16], last: u64, options: DrainOptions) -> Self {
        let last = Arc::new(AtomicU64::new(last));
        let source = Box::new(Ledger { log_id, last: Arc::clone(&last) });
        let drain = Drain::new(url, source, options).expect("the URL of a test is good");
        let (stop, stopped) = watch::channel(false);
        let board = Arc::new(Board::default());
        let publish = {
            let board = Arc::clone(&board);
            move |status| {
                *board.status.lock().expect("nobody panics with the lock") = Some(status);
                board.changed.notify_all();
            }
        };
        let thread = thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("the system has an epoll")
                .block_on(drain.run(publish, stopped))
        });
        Self { last, stop, board, thread }
    }

    fn log_grows_to(&self, last: u64) {
        self.last.store(last, Ordering::Release);
    }

    fn wait_until(&self, reached: impl Fn(&DrainStatus) -> bool) {
        let status = self.board.status.lock().expect("nobody panics with the lock");
        let waiting = |status: &mut Option<DrainStatus>| !status.as_ref().is_some_and(&reached);
        let waited = self.board.changed.wait_timeout_while(status, LIMIT, waiting);
        let (status, timed_out) = waited.expect("nobody panics with the lock");
        assert!(!timed_out.timed_out(), "waited in vain, status is {:?}", *status);
    }

    fn status(&self) -> DrainStatus {
        self.board.status.lock().expect("nobody panics with the lock").expect("published before")
    }

    fn stop(self) -> DrainEnd {
        self.stop.send(true).expect("the drain listens until it ends");
        self.end()
    }

    fn end(self) -> DrainEnd {
        self.thread.join().expect("a drain does not panic")
    }
}

/// Cuts a connection at its `commit`th COMMIT: after Postgres has answered it, or before it gets there.
#[derive(Clone, Copy)]
struct Cut {
    commit: usize,
    reaches: bool,
}

/// Forwards connections to the server's socket and cuts each as told; later ones are left whole.
fn cut_connections(socket: PathBuf, cuts: Vec<Cut>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let address = listener.local_addr().expect("the listener is bound");
    let mut cuts = cuts.into_iter();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("loopback connects");
            forward(client, &socket, cuts.next());
        }
    });
    address
}

fn forward(client: TcpStream, socket: &Path, cut: Option<Cut>) {
    let server = UnixStream::connect(socket).expect("the cluster runs");
    let swallow = Arc::new(AtomicBool::new(false));
    let (mut from_client, mut to_client) = (client.try_clone().expect("a handle"), client);
    let (mut from_server, mut to_server) = (server.try_clone().expect("a handle"), server);
    let swallowing = Arc::clone(&swallow);
    thread::spawn(move || {
        let mut bytes = [0; 65_536];
        let mut commits = 0;
        while let Ok(length @ 1..) = from_client.read(&mut bytes) {
            // The drain waits for each COMMIT, so it comes in a read of its own.
            commits += usize::from(bytes[..length].windows(7).any(|seven| seven == b"COMMIT\0"));
            if let Some(Cut { reaches, .. }) = cut.filter(|cut| cut.commit == commits) {
                if !reaches {
                    break;
                }
                swallowing.store(true, Ordering::Release);
            }
            if to_server.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        // Either end may have gone first.
        let _ = to_server.shutdown(Shutdown::Both);
        let _ = from_client.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(length @ 1..) = from_server.read(&mut bytes) {
            if swallow.load(Ordering::Acquire) || to_client.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        let _ = from_server.shutdown(Shutdown::Both);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}
