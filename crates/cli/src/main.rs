//! The headwater binary. Everything it does stands in the library beside it, so that tests can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    headwater_cli::main()
}
