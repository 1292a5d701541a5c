//! The command line of `appt`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(appt::cmd::run(appt::environment::Environment::of_process()))
}
