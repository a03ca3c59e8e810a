//! The operator's socket: `data_dir/admin.sock`, one JSON object a line in, one out.
//!
//! Only the user the venue runs as may open it. An act is answered once its command is committed:
//! `{"ok":true,"sequence":17}` or `{"ok":false,"error":"..."}`.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use rustix::fs::Mode;
use serde_json::{Value, json};
use socket2::{Domain, SockAddr, Socket, Type};
use thiserror::Error;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::codec::{Framed, LinesCodec};

use super::act::{Act, Instruction, Request};
use super::status::Published;
use crate::bust::TradeFinder;

const NAME: &str = "admin.sock";

/// Operators connected at once; more wait in the listener's backlog.
const CONNECTIONS: usize = 16;
const BACKLOG: i32 = 16;

/// Longest line, in bytes.
const LINE: usize = 4_096;

/// Why there is no operator's socket.
#[derive(Debug, Error)]
pub enum SocketError {
    #[error("{}: stands in the way and is no socket", path.display())]
    Occupied { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// What an operator is served with.
#[derive(Clone, Debug)]
pub struct Counter {
    pub published: Arc<Published>,
    /// Finds what is to be broken.
    pub trades: TradeFinder,
    /// The sequencer's lane of acts.
    pub acts: mpsc::Sender<Instruction>,
}

/// The operator's socket, listening; its file goes when it is dropped.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminSocket {
    /// Listens in the data folder, in place of whatever a crash left there. The folder's lock must be held:
    /// it is what says that nobody else listens. Needs the tokio runtime it will be served on.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, its path is too long for a socket, or a file of another kind is
    /// in the way.
    pub fn bind(data_dir: &Path) -> Result<Self, SocketError> {
        let path = data_dir.join(NAME);
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.file_type().is_socket()) {
            return Err(SocketError::Occupied { path });
        }
        match listen(&path) {
            Ok(listener) => Ok(Self { listener, path }),
            Err(source) => Err(SocketError::Io { path, source }),
        }
    }

    /// Serves operators for as long as it is polled; to drop the future is to hang up on all of them.
    pub async fn serve(self, counter: Counter) {
        let mut operators = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if operators.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        operators.spawn(serve_operator(stream, counter.clone()));
                    }
                    // The client may have gone again; whatever else it is, the venue trades on without.
                    Err(error) => {
                        tracing::warn!(%error, "an operator could not connect");
                        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    }
                },
                Some(_) = operators.join_next() => {}
            }
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // Gone already, or left for the next start to replace.
        let _ = fs::remove_file(&self.path);
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Before it has a name, so that there is no moment in which others may open it.
    rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    UnixListener::from_std(StdUnixListener::from(OwnedFd::from(socket)))
}

/// Answers the lines of one connection until it closes or sends what is no line.
async fn serve_operator(stream: UnixStream, counter: Counter) {
    let user = stream.peer_cred().map(|peer| peer.uid()).ok();
    let mut lines = Framed::new(stream, LinesCodec::new_with_max_length(LINE));
    while let Some(line) = lines.next().await {
        let (answer, go_on) = match line {
            Ok(line) => (answer(&line, user, &counter).await, true),
            Err(error) => (refusal(&error.to_string()), false),
        };
        if lines.send(answer.to_string()).await.is_err() || !go_on {
            return;
        }
    }
}

async fn answer(line: &str, user: Option<u32>, counter: &Counter) -> Value {
    let (act, who, why) = match Request::parse(line) {
        Ok(Request::Status) => return json!({ "ok": true, "status": counter.published.status() }),
        Ok(Request::Order { act, who, why }) => (act, who, why),
        Ok(Request::Bust { match_number, reason, who, why }) => {
            let finder = counter.trades.clone();
            let found = tokio::task::spawn_blocking(move || finder.find(match_number)).await;
            match found {
                Ok(Ok(trade)) => (Act::Bust { trade: Box::new(trade), reason }, who, why),
                Ok(Err(error)) => return refusal(&error.to_string()),
                Err(error) => return refusal(&error.to_string()),
            }
        }
        Err(error) => return refusal(&error.to_string()),
    };
    tracing::info!(?act, who, why, user, "operator act");
    let (reply, outcome) = oneshot::channel();
    if counter.acts.send(Instruction { act, who, why, reply }).await.is_err() {
        return refusal("the venue is stopping");
    }
    match outcome.await {
        Ok(Ok(sequence)) => json!({ "ok": true, "sequence": sequence }),
        Ok(Err(why)) => refusal(&why),
        Err(_) => refusal("the venue is stopping; whether the act was done, its log says"),
    }
}

fn refusal(why: &str) -> Value {
    json!({ "ok": false, "error": why })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
    use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

    use super::*;
    use crate::store::{self, StoreOptions};

    const HALT: &str = r#"{"act":"halt","symbol":"AAPL","reason":"T1","who":"kim","why":"news"}"#;

    fn folder() -> TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    /// A venue that serves its socket, and what reaches its sequencer.
    fn start(data_dir: &Path) -> mpsc::Receiver<Instruction> {
        let (acts, sequencer) = mpsc::channel(4);
        let socket = AdminSocket::bind(data_dir).expect("a socket in the folder");
        let options = StoreOptions { window_bytes: 0, feed_window_bytes: 0 };
        let (_, store) = store::open(data_dir, [1; 16], &options).expect("a store of the test");
        let trades = TradeFinder::new(store, Vec::new());
        tokio::spawn(socket.serve(Counter { published: Arc::default(), trades, acts }));
        sequencer
    }

    struct Operator {
        answers: Lines<BufReader<OwnedReadHalf>>,
        line: OwnedWriteHalf,
    }

    impl Operator {
        async fn connect(data_dir: &Path) -> Self {
            let stream = UnixStream::connect(data_dir.join(NAME)).await.expect("the venue listens");
            let (answers, line) = stream.into_split();
            Self { answers: BufReader::new(answers).lines(), line }
        }

        async fn say(&mut self, text: &str) {
            self.line.write_all(format!("{text}\n").as_bytes()).await.expect("the venue reads");
        }

        async fn hear(&mut self) -> Option<String> {
            self.answers.next_line().await.expect("the venue answers or closes")
        }
    }

    #[tokio::test]
    async fn an_act_reaches_the_sequencer_and_its_answer_the_operator() {
        let folder = folder();
        let mut sequencer = start(folder.path());
        let mut operator = Operator::connect(folder.path()).await;
        for (answer, text) in [
            (Ok(17), r#"{"ok":true,"sequence":17}"#),
            (
                Err("AAPL is halted already".to_owned()),
                r#"{"error":"AAPL is halted already","ok":false}"#,
            ),
        ] {
            operator.say(HALT).await;
            let instruction = sequencer.recv().await.expect("an act");
            let symbol = protocol::Symbol::new("AAPL").ok();
            assert_eq!(instruction.act, Act::Halt { symbol, reason: *b"T1  " });
            assert_eq!((instruction.who.as_str(), instruction.why.as_str()), ("kim", "news"));
            instruction.reply.send(answer).expect("the operator waits");
            assert_eq!(operator.hear().await.as_deref(), Some(text));
        }
    }

    #[tokio::test]
    async fn a_line_that_is_no_act_is_refused_and_the_next_is_read() {
        let folder = folder();
        let _sequencer = start(folder.path());
        let mut operator = Operator::connect(folder.path()).await;
        operator.say(r#"{"act":"explode"}"#).await;
        let refused = operator.hear().await.expect("an answer");
        assert!(refused.contains("unknown variant `explode`"), "{refused}");
        operator.say(r#"{"act":"status"}"#).await;
        let status: Value =
            serde_json::from_str(&operator.hear().await.expect("an answer")).expect("JSON");
        assert_eq!(status["ok"], true);
        assert_eq!(status["status"]["ready"], false);
    }

    #[tokio::test]
    async fn a_bust_of_a_trade_that_never_was_is_refused_by_its_number() {
        let folder = folder();
        let _sequencer = start(folder.path());
        let mut operator = Operator::connect(folder.path()).await;
        operator.say(r#"{"act":"bust","match":65537,"reason":"E","who":"kim","why":"typo"}"#).await;
        let refused = operator.hear().await.expect("an answer");
        assert!(refused.contains("no trade of this day has match number 65537"), "{refused}");
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut_off() {
        let folder = folder();
        let _sequencer = start(folder.path());
        let mut operator = Operator::connect(folder.path()).await;
        operator.say(&"x".repeat(LINE + 1)).await;
        let refused = operator.hear().await.expect("an answer");
        assert!(refused.contains("max line length exceeded"), "{refused}");
        assert_eq!(operator.hear().await, None);
    }

    #[tokio::test]
    async fn an_operator_is_told_when_the_venue_stops() {
        let folder = folder();
        let mut sequencer = start(folder.path());
        let mut operator = Operator::connect(folder.path()).await;
        operator.say(HALT).await;
        drop(sequencer.recv().await);
        let refused = operator.hear().await.expect("an answer");
        assert!(refused.contains("whether the act was done"), "{refused}");
        drop(sequencer);
        operator.say(HALT).await;
        let refused = operator.hear().await.expect("an answer");
        assert!(refused.contains("the venue is stopping"), "{refused}");
    }

    #[tokio::test]
    async fn only_the_owner_may_open_the_socket_and_it_goes_with_the_venue() {
        let folder = folder();
        let socket = AdminSocket::bind(folder.path()).expect("a socket in the folder");
        let path = folder.path().join(NAME);
        let mode = fs::metadata(&path).expect("the socket is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_a_crash_left_is_replaced() {
        let folder = folder();
        let path = folder.path().join(NAME);
        drop(StdUnixListener::bind(&path).expect("a socket in the folder"));
        assert!(path.exists(), "a socket's file outlives its process");
        let _sequencer = start(folder.path());
        let mut operator = Operator::connect(folder.path()).await;
        operator.say(r#"{"act":"status"}"#).await;
        assert!(operator.hear().await.is_some());
    }

    #[tokio::test]
    async fn a_file_of_the_operator_is_not_replaced() {
        let folder = folder();
        fs::write(folder.path().join(NAME), "precious").expect("the folder can be written");
        let error = AdminSocket::bind(folder.path()).expect_err("a file is in the way");
        assert!(matches!(error, SocketError::Occupied { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_is_an_error() {
        let error = AdminSocket::bind(Path::new(&format!("/tmp/{}", "x".repeat(120))))
            .expect_err("a socket's path has at most 107 bytes");
        assert!(matches!(error, SocketError::Io { .. }), "{error}");
    }
}
