//! The `openbell` command against a venue: what it prints, and what a script sees of it.

mod order;
mod session;
mod watch;
mod operator;
mod records;
mod demo;
mod load;
mod silent_venue;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use openbell_tests::harness::{PASSWORD, Venue};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The command's program, built with the tests.
const OPENBELL: &str = env!("CARGO_BIN_EXE_openbell-under-test");

/// What a run of the command left.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    output: String,
    errors: String,
}

impl Ran {
    /// Reads the output of `--json`.
    fn objects(&self) -> Vec<Value> {
        self.output.lines().map(object).collect()
    }

    /// Expects this exit code and a message with this in it.
    fn expect_error(&self, code: i32, text: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.errors.contains(text), "{self:?}");
    }

    /// Expects success and returns the output.
    fn expect_done(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.output
    }
}

/// The command with what one would type; no password of this shell gets in.
fn command(line: &str) -> Command {
    let mut command = Command::new(OPENBELL);
    command.args(line.split(' ')).env_remove("OPENBELL_PASSWORD").stdin(Stdio::null());
    command
}

/// Runs the command to its end.
fn openbell(line: &str) -> Ran {
    ran(&mut command(line))
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the tool was built with the tests");
    Ran {
        code: output.status.code(),
        output: String::from_utf8(output.stdout).expect("output is text"),
        errors: String::from_utf8(output.stderr).expect("messages are text"),
    }
}

/// `openbell order` as a port of the venue: what one would type after it.
fn order_command(venue: &Venue, username: &str, line: &str) -> Command {
    let address = venue.address("order_entry");
    let mut command = command(&format!("order {line} --address {address} --username {username}"));
    command.env("OPENBELL_PASSWORD", PASSWORD);
    command
}

/// `openbell admin` on the venue's data folder.
fn admin(venue: &Venue, line: &str) -> Ran {
    ran(command(&format!("admin {line}")).arg("--data-dir").arg(venue.data_dir()))
}

/// A command that runs beside the test; killed when it goes out of scope.
struct Running {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut process =
            command.stdout(Stdio::piped()).spawn().expect("the tool was built with the tests");
        let output = BufReader::new(process.stdout.take().expect("it was piped"));
        Self { process, output }
    }

    /// Reads objects up to the first that is wanted, and returns it.
    fn object_that(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        object(&self.line_that(|line| is_wanted(&object(line))))
    }

    /// Reads lines up to the first that is wanted, and returns it.
    fn line_that(&mut self, is_wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("output is text");
            assert_ne!(length, 0, "the command ended without it");
            if is_wanted(line.trim_end()) {
                line.truncate(line.trim_end().len());
                return line;
            }
        }
    }

    /// Presses Ctrl-C.
    fn interrupt(&self) {
        kill_process(Pid::from_child(&self.process), Signal::INT).expect("the command runs");
    }

    /// Reads to the end and returns the last object, if there is one more, with the exit code.
    fn end(mut self) -> (Option<Value>, Option<i32>) {
        let lines = (&mut self.output).lines().map(|line| line.expect("output is text"));
        let last = lines.last().map(|line| object(&line));
        (last, self.process.wait().expect("the command was started here").code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn object(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
