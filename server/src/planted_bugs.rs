//! The exchange with a bug, for the test that the fuzzer finds it: see `docs/fuzzing.md`, "Planted bugs".

use std::process::ExitCode;

/// Names the bug, 1 to 5.
const VARIABLE: &str = "OPENBELL_PLANTED_BUG";

fn main() -> ExitCode {
    match std::env::var(VARIABLE).unwrap_or_default().parse() {
        Ok(bug @ 1..=5) => engine::planted::activate(bug),
        _ => {
            eprintln!("openbell-server-with-planted-bugs: {VARIABLE} is not one of 1 to 5");
            return ExitCode::from(2);
        }
    }
    openbell_server::main()
}
