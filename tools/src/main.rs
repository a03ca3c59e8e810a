//! The `openbell` command; everything is in the library, so that the tests have it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    openbell_tools::main()
}
