//! The `openbell-rulers` command; everything is in the library, so that benches have it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    openbell_rulers::main()
}
