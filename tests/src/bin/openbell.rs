//! `openbell`, for the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    openbell_tools::main()
}
