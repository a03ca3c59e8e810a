//! The exchange: takes orders, matches them, tells the market. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    openbell_server::main()
}
