//! `openbell admin` and `openbell passwd`: what an operator types.

use std::io::Write;
use std::process::Stdio;

use openbell_tests::harness::{Client, LoginFailure, PASSWORD, Setup, Venue};
use tempfile::TempDir;

use super::{Ran, admin, command, openbell, order_command, ran};
use crate::VENUE;

fn venue() -> Venue {
    Venue::start(VENUE, Setup::new(&["AAPL", "MSFT"], &["ALICE"]))
}

fn enter(venue: &Venue, symbol: &str) -> Ran {
    ran(&mut order_command(venue, "ALICE", &format!("enter buy 1 {symbol} 25 --json")))
}

#[test]
fn a_halted_instrument_trades_again_when_it_is_resumed() {
    let venue = venue();
    admin(&venue, "halt AAPL --reason T1 --who kim --why news").expect_done();
    let refused = enter(&venue, "AAPL");
    assert_eq!(refused.objects()[0]["reason"], "Halted");
    assert_eq!(refused.code, Some(1));
    enter(&venue, "MSFT").expect_done();
    admin(&venue, "resume AAPL --who kim --why over").expect_done();
    enter(&venue, "AAPL").expect_done();
}

#[test]
fn a_port_that_is_disconnected_may_log_in_again() {
    let venue = venue();
    let mut client = venue.login("ALICE", 1);
    admin(&venue, "disconnect ALICE --who kim --why runaway").expect_done();
    client.wait_for_close();
    assert!(!client.ended, "the day goes on");
    venue.login("ALICE", 1);
}

#[test]
fn a_port_that_is_killed_enters_nothing_until_it_is_released() {
    let venue = venue();
    enter(&venue, "AAPL").expect_done();
    admin(&venue, "kill --port alice --who kim --why runaway").expect_done();
    let refused = enter(&venue, "AAPL");
    let refusal = refused.objects().last().cloned().expect("an answer");
    assert_eq!(refusal["reason"], "Firm Not Authorized", "{refused:?}");
    let text = admin(&venue, "status");
    assert!(text.output.contains(r#"killed               ["port ALICE"]"#), "{text:?}");
    admin(&venue, "release --firm ALFA --who kim --why fixed")
        .expect_error(1, "firm ALFA: its kill switch is not engaged");
    admin(&venue, "release --port ALICE --who kim --why fixed").expect_done();
    enter(&venue, "AAPL").expect_done();
    admin(&venue, "kill --port ALICE --venue --who kim --why all").expect_error(2, "--venue");
}

#[test]
fn limits_are_changed_by_the_keys_of_the_configuration() {
    let venue = venue();
    let limits = |line: &str| admin(&venue, &format!("limits {line} --who kim --why test"));
    limits("--port ALICE max_quantity=5 --restrict MSFT").expect_done();
    assert_eq!(enter(&venue, "MSFT").objects()[0]["reason"], "Risk: Restricted Stock");
    limits("--port ALICE --free MSFT").expect_done();
    enter(&venue, "MSFT").expect_done();
    limits("--port ALICE max_quantity").expect_error(2, "expected KEY=VALUE");
    limits("--port ALICE size=5").expect_error(1, "size: there is no such limit");
    limits("max_quantity=5").expect_error(2, "--firm");
}

#[test]
fn a_trade_is_broken_once_and_listed_as_broken() {
    let venue = Venue::start(VENUE, Setup::new(&["AAPL"], &["ALICE", "BOB"]));
    enter(&venue, "AAPL").expect_done();
    ran(&mut order_command(&venue, "BOB", "enter sell 1 AAPL 25 --json")).expect_done();
    let list = format!("trades --json --data-dir {}", venue.data_dir().display());
    let match_number = openbell(&list).objects()[0]["match_number"].clone();
    let bust = format!("bust {match_number} --reason E --who kim --why price");
    admin(&venue, &bust).expect_done();
    let listed = openbell(&list).objects();
    let kinds: Vec<_> = listed.iter().map(|trade| trade["kind"].clone()).collect();
    assert_eq!(kinds, ["executed", "broken"]);
    assert_eq!(listed[1]["match_number"], match_number);
    assert_eq!(listed[1]["buyer_port"], "ALICE");
    admin(&venue, &bust).expect_error(1, &format!("match number {match_number} is broken already"));
    admin(&venue, "bust 7 --reason C --who kim --why price")
        .expect_error(1, "no trade of this day has match number 7");
    admin(&venue, "bust 7 --reason Q --who kim --why price").expect_error(2, "--reason");
}

#[test]
fn the_end_of_the_day_ends_the_venue() {
    let mut venue = venue();
    let mut client = venue.login("ALICE", 1);
    let ran = admin(&venue, "end-of-day --who kim --why close --json");
    assert_eq!(ran.objects()[0]["ok"], true, "{ran:?}");
    client.wait_for_close();
    assert!(client.ended);
    assert_eq!(venue.wait(), Some(0));
    admin(&venue, "status").expect_error(4, "is a venue running on this folder?");
}

#[test]
fn the_status_says_that_the_venue_is_ready() {
    let venue = venue();
    let ran = admin(&venue, "status --json");
    let status = &ran.objects()[0]["status"];
    assert_eq!(status["ready"], true, "{ran:?}");
    let text = admin(&venue, "status");
    let session = venue.session();
    assert!(text.expect_done().lines().any(|line| line.ends_with(&session)), "{text:?}");
}

#[test]
fn an_act_without_a_name_is_by_the_user_of_the_process() {
    let venue = venue();
    for user in [None, Some("")] {
        let mut act = command("admin halt AAPL --why news --data-dir");
        act.arg(venue.data_dir()).env_remove("USER").envs(user.map(|user| ("USER", user)));
        ran(&mut act).expect_done();
    }
}

#[test]
fn an_act_without_a_reason_or_a_target_is_not_done() {
    let venue = venue();
    admin(&venue, "halt AAPL --who kim").expect_error(2, "--why is needed: the log keeps it");
    admin(&venue, "halt NOPE --who kim --why news").expect_error(1, "the venue refuses");
    admin(&venue, "disconnect BOB --who kim --why news").expect_error(1, "the venue refuses");
    let nowhere = TempDir::new().expect("a temporary folder can be made");
    let ran = ran(command("admin status --data-dir").arg(nowhere.path()));
    ran.expect_error(4, "admin.sock");
}

/// Runs `openbell passwd` with this on its standard input.
fn passwd(input: &str) -> Ran {
    let mut process = command("passwd")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool was built with the tests");
    let mut stdin = process.stdin.take().expect("it was piped");
    stdin.write_all(input.as_bytes()).expect("the tool reads a line");
    drop(stdin);
    let output = process.wait_with_output().expect("the tool was started here");
    Ran {
        code: output.status.code(),
        output: String::from_utf8(output.stdout).expect("output is text"),
        errors: String::from_utf8(output.stderr).expect("messages are text"),
    }
}

#[test]
fn the_hash_of_a_password_lets_it_in() {
    let ran = passwd("TopSecret\n");
    let hash = ran.expect_done().trim_end().to_owned();
    assert!(hash.starts_with("$argon2id$") && !hash.contains("TopSecret"), "{hash}");
    let setup = Setup { password_hash: hash, ..Setup::new(&["AAPL"], &["ALICE"]) };
    let venue = Venue::start(VENUE, setup);
    let login = |password| Client::login(venue.address("order_entry"), "ALICE", password, 1);
    assert_eq!(login(PASSWORD).err(), Some(LoginFailure::Rejected(b'A')));
    login("TopSecret").expect("the password that was hashed").logout();
    login("TOPSECRET").expect("case does not count").logout();
}

#[test]
fn a_password_that_no_client_could_send_is_refused() {
    for password in ["", "eleven char", "elevenchars", "a b"] {
        assert_eq!(passwd(password).code, Some(2), "{password:?}");
    }
}

#[test]
fn the_command_explains_itself() {
    assert!(openbell("completions bash").expect_done().contains("mass-cancel"));
    assert_eq!(openbell("no-such-command").code, Some(2));
    // Every command that the first steps name is one.
    let help = openbell("--help");
    let named = help.expect_done().lines().filter_map(|line| line.trim().strip_prefix("openbell "));
    let commands: Vec<_> = named.filter_map(|line| line.split(' ').next()).collect();
    assert!(3 < commands.len(), "{commands:?}");
    for name in commands {
        openbell(&format!("{name} --help")).expect_done();
    }
}
