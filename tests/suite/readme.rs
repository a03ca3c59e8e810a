//! The README's first trade: the program that stands there is the one that is run here.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = include_str!("../../client-sdk/examples/first_trade.rs");

/// A demo market, killed when it goes out of scope.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_program_in_the_readme_is_the_example() {
    let shown = README.split("```rust\n").nth(1).expect("the README shows a program");
    let shown = shown.split("```").next().expect("the program ends");
    assert!(PROGRAM.ends_with(&format!("\n\n{shown}")), "README.md and first_trade.rs differ");
    assert!(shown.lines().count() <= 22, "twenty lines and their imports");
}

#[test]
fn the_program_of_the_readme_trades_in_the_demo() {
    let mut demo = Demo(
        Command::new(env!("CARGO_BIN_EXE_openbell-under-test"))
            .args(["demo", "--json", "--for", "60s"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the tool was built with the tests"),
    );
    let mut lines = BufReader::new(demo.0.stdout.take().expect("it is piped")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("the demo goes on").expect("the demo writes text");
        serde_json::from_str(&line).expect("the demo writes JSON")
    };
    let addresses = next();
    let address = addresses["order_entry"].as_str().expect("the demo says where it listens");
    // The simulated traders have quoted once the first second is told.
    next();
    let output = Command::new(env!("CARGO_BIN_EXE_first-trade-under-test"))
        .arg(address)
        .output()
        .expect("the example was built with the tests");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("bought ") && told.contains(" ACME at "), "{told}");
}
