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
}

/// Whether this build has a fault.
#[cfg(not(feature = "broken"))]
pub const fn is(_fault: Fault) -> bool {
    false
}

/// Reports success.
#[cfg(not(feature = "broken"))]
pub const fn acknowledge() {}

#[cfg(feature = "broken")]
pub use on::{acknowledge, is};

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
        };
        std::env::var("APPT_BROKEN").is_ok_and(|named| named == name)
    }

    /// Reports success.
    pub fn acknowledge() {
        let mut stdout = std::io::stdout();
        drop(writeln!(stdout, "✓"));
    }
}
