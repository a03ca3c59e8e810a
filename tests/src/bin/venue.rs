//! `openbell-server`, for the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::main()
}
