//! The command line of `appt`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    quiet_panics();
    ExitCode::from(appt::cmd::run(appt::environment::Environment::of_process()))
}

/// A panic names its place in the code and nothing else: its message may hold a person's data.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        appt::output::last_words(&format!(
            "appt: внутренняя ошибка, сообщите разработчикам / internal error, please report it: {place}"
        ));
    }));
}
