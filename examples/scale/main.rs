//! How fast `appt` is, and how that grows: makes a store of any size, and times the program's jobs
//! beside other tools that do the same on the same data.
//!
//! ```text
//! cargo run --release --example scale -- make DIR 100000
//! cargo run --release --example scale -- bench DIR
//! ```
//!
//! The data are invented, and the same for the same number: names are drawn from short lists by a
//! seeded generator. Nothing of a run depends on the machine but its times.

#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod chart;
mod jobs;
mod make;
mod rivals;

use std::path::Path;
use std::process::ExitCode;

/// What the program is asked for, where it is not understood.
const USAGE: &str = "usage: scale make DIR REQUESTS [--imported]\n       scale bench DIR... [--runs N] [--appt PROGRAM] [--svg FILE] [--only JOB]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["make", folder, count] | ["make", folder, count, "--imported"] => match count.parse() {
            Ok(count) => make::store(Path::new(folder), count, words.len() > 3),
            Err(_) => Err(USAGE.into()),
        },
        // A rival of the benchmark, which starts it as a process of its own.
        ["floor", root, list, depth @ ("state" | "text")] => {
            rivals::floor(Path::new(root), Path::new(list), *depth == "text")
        }
        ["bench", rest @ ..] => bench::Plan::parse(rest).and_then(|plan| bench::run(&plan)),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
