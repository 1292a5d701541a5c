//! Faults on purpose, for the tests that must find them: a harness that can't fail proves nothing.
//!
//! Only a build with the feature `broken` has any; in every other [`is`] is `false` for ever, and
//! no variable changes it (`tests/durable.rs` looks into the program).

/// What a broken build does wrong, named by `APPT_BROKEN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `no-journal`: several files change one after the other.
    NoJournal,
    /// `overwrite-in-place`: a file is written over.
    OverwriteInPlace,
    /// `ack-before-commit`: success is reported before anything is written.
    AckBeforeCommit,
    /// `no-file-sync`: a text may be missing when its name is there.
    NoFileSync,
    /// `no-dir-sync`: a name may be missing after success was reported.
    NoDirSync,
    /// `journal-unlinked-early`: the journal goes before the files are on disk.
    JournalUnlinkedEarly,
    /// `failed-after-commit`: "nothing has changed" is said of a change that stands.
    FailedAfterCommit,
    /// `panic-before-commit`: an invariant breaks where a write is made ready.
    PanicBeforeCommit,
    /// `panic-after-commit`: one breaks where a write stands and is carried out.
    PanicAfterCommit,
    /// `panic-while-reading`: one breaks over a file that was read, in one of several threads.
    PanicWhileReading,
}

/// Whether this build has a fault.
#[cfg(not(feature = "broken"))]
pub const fn is(_fault: Fault) -> bool {
    false
}

/// Reports success.
#[cfg(not(feature = "broken"))]
pub const fn acknowledge() {}

/// Panics over these data, where this build has the fault.
#[cfg(not(feature = "broken"))]
pub fn panic_over(_fault: Fault, _data: impl FnOnce() -> String) {}

#[cfg(feature = "broken")]
pub use on::{acknowledge, is, panic_over};

#[cfg(feature = "broken")]
#[allow(clippy::disallowed_methods)]
mod on {
    use std::io::Write as _;

    use super::Fault;

    /// Whether this build has a fault.
    pub fn is(fault: Fault) -> bool {
        let name = match fault {
            Fault::NoJournal => "no-journal",
            Fault::OverwriteInPlace => "overwrite-in-place",
            Fault::AckBeforeCommit => "ack-before-commit",
            Fault::NoFileSync => "no-file-sync",
            Fault::NoDirSync => "no-dir-sync",
            Fault::JournalUnlinkedEarly => "journal-unlinked-early",
            Fault::FailedAfterCommit => "failed-after-commit",
            Fault::PanicBeforeCommit => "panic-before-commit",
            Fault::PanicAfterCommit => "panic-after-commit",
            Fault::PanicWhileReading => "panic-while-reading",
        };
        std::env::var("APPT_BROKEN").is_ok_and(|named| named == name)
    }

    /// Reports success.
    pub fn acknowledge() {
        let mut stdout = std::io::stdout();
        drop(writeln!(stdout, "✓"));
    }

    /// Panics over these data, where this build has the fault.
    pub fn panic_over(fault: Fault, data: impl FnOnce() -> String) {
        let is_second = || std::thread::current().name() != Some("main");
        let is_here = fault != Fault::PanicWhileReading || is_second();
        assert!(!is_here || !is(fault), "{}", data());
    }
}
