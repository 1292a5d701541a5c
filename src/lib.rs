//! `appt` keeps the record of patients who ask for an appointment at a clinic: every patient,
//! clinic and request is one TOML file in a folder that git can carry. This page is the
//! architecture of the program; the contract that it keeps is its specification, whose sections
//! the modules name.
//!
//! # The idea
//!
//! Everything the program says about its files is a pure function of what they hold: what is wrong
//! with them ([`check`]), what an operator should do next ([`model::request::Request::next`]), what
//! an operator may do ([`life`]), what a history adds up to ([`history`]), how two versions of a
//! record come together ([`merge`]), how they look ([`render`]). So the core is pure, and a thin
//! shell around it reads files, takes locks, starts git and asks questions.
//!
//! # Layers
//!
//! ```text
//! main → cmd → app ─┬→ sync    (clones)     git and store together
//!                   ├→ store   (files)      the only module that opens data files
//!                   ├→ git     (processes)  the only module that starts git
//!                   ├→ prompt  (terminal)   the only module that asks
//!                   ├→ output  (streams)    the only module that prints
//!                   └→ script  import  export  merge  query  render  check  life  format  history  when  words  model    pure
//! ```
//!
//! Below them all are `platform`, the one place that asks which system it is built for, `threads`,
//! which shares out much work, and `maps`, for maps of many records. The editor and the pager are the two other programs that
//! are started (`cmd::record::edit`, [`output::pager`]).
//!
//! A pure module knows no file, clock, variable or terminal: they reach it as values. What may use
//! what is kept by `.clippy.toml` (the functions of the standard library that only one module may
//! call) and by `tests/layers.rs` (which modules may name which: each those below it in one order).
//!
//! # How a write goes
//!
//! 1. A command reads its flags and calls [`app::App::write`] with a function that plans.
//! 2. [`store::Store::transact`] takes the exclusive lock, completes what an interrupted write left
//!    behind, and hands the function a [`store::library::Library`] of the records as they are.
//! 3. The function asks [`life`] what may be done; the answer is a list of [`history::What`], which
//!    it returns in a [`store::seal::Plan`].
//! 4. [`store::seal`] gives the events their times, folds the histories, compares the records, and
//!    lets the rules of [`check`] judge the result. A write is refused for the errors that it would
//!    bring in.
//! 5. [`format::edit`] changes the text of each file and nothing else of it; [`store::journal`]
//!    writes them durably, all or none.
//!
//! # How a record is read
//!
//! [`format::decode`] has two readers. A scanner goes through a text that is exactly as our own writer
//! lays it down, as nearly all are, and so knows at once that it is canonical; for everything else it
//! declines, and the parser reads the text by its syntax tree, finds all problems and their places.
//! Tests hold the two against each other. Where all files of a kind are wanted, several threads share
//! them (`store::bulk`, `threads`). A check lets the thread that read a record ask the rules that
//! look at nothing else; only the records that these, other records or the clock may find fault with
//! are kept and judged by all rules ([`store::library::Library::suspects`]).
//!
//! # How git is read
//!
//! `check --since` and the check before a commit look at data that are on no disk:
//! [`git::repository`] lists commits, [`git::snapshot`] is the book of the records that one of them
//! has, read object by object from one `git cat-file`. What is wrong with a commit is again a pure
//! function, of values ([`check::since`]). Nothing is checked out, and nothing that a repository's
//! configuration names is run ([`git::run`]).
//!
//! # How two clones meet
//!
//! Git calls `appt merge-driver` for a file that both changed; [`sync`] merges whole trees
//! ([`merge::trees`]): what differs from the last commit is committed by objects
//! ([`git::commits`]; of the files that git's index knows to be as they were nothing is read,
//! [`git::worktree::look`]), the two commits are united, and the result reaches the work tree through the
//! journal: files, index, branch, in this order. Either way two versions of a record become one by [`merge::texts`]: their
//! histories are united ([`history::unite`]) and folded again. What the fold can't settle stands
//! under `conflicts`, until an event settles it and names the alternatives that its author saw.
//!
//! That event is one way of [`life::settle`], chosen at `resolve`. What git merged without the driver
//! is merged again there from the index ([`git::unmerged`]). [`life::undo`] inverts an operator's
//! last events, by new ones.
//!
//! # Invariants
//!
//! * A record's keys are what its history adds up to. No command writes a key without an event.
//! * The fold depends on nothing but the events and their order.
//! * A value that somebody recorded is never lost: it is in the record, its history, or its
//!   conflicts.
//! * No lock on the data is held while a person thinks.
//! * A file is never half written, and a transaction of several files is all or nothing.
//! * No text from a record reaches a terminal raw; no personal data stand in a finding, a panic, a
//!   log line or a name.
//! * Every sentence stands in the source in both languages, side by side ([`say!`]).
//!
//! # Files on disk
//!
//! | Path | What |
//! | --- | --- |
//! | `appt.toml` | the store's settings ([`model::settings`]) |
//! | `specialties/ID.toml`, `clinics/ID.toml`, `operators/ID.toml` | one record each |
//! | `patients/XX/ID.toml` | in a folder named by the id's first two characters |
//! | `requests/YYYY/MM/DD/ID.toml` | in a folder named by the id's day |
//! | `.appt/lock`, `.appt/journal` | local: the lock, and a write that is under way |
//! | `.appt/staging` | local: the texts of a write of many files, before they take their places |
//! | `.appt/cache` | local: what the records say, for lists ([`store::cache`]); may be deleted at any time |
//! | `.appt/sync.lock` | local: the lock of a sync |
//! | `.appt/exchanged` | local: when the data were last exchanged with the others |
//! | `.appt/conflicts` | local, derived: the records in conflict of a commit ([`sync::status`]) |
//! | `.taplo.toml`, `.appt/schema/KIND.json` | for editors: which JSON Schema a file follows; the schemas are local |
//! | `.appt/last-OPERATOR` | local: what this operator did last in this clone, for `undo` ([`store::last`]) |
//! | `.appt/draft-OPERATOR.json`, `.2.json`, … | local: what was answered in a call since the last step that was saved; `.lock` beside it: that the call goes on |
//! | `.appt-*.tmp` | a file that is being written; left over, it means nothing |
//!
//! # How to add things
//!
//! * **A field of a record**: a row in the table of its kind (`model/request.rs`, …). Flags, files,
//!   JSON, columns and events follow from it; `request new` reads its flags one by one.
//! * **A subcommand**: a file under `cmd/`, its `mod` line and its row in the table. What completes its
//!   arguments follows from their names (`cmd/complete/wanted.rs`).
//! * **A command that writes**: its row in `tests/durable/rows.rs`, so that it is killed, failed and
//!   deprived of power like the others.
//! * **A format of the store**: a step in [`format::migrate`] and the number in [`model::settings`].
//! * **A rule of `check`**: a file under `check/rules/`, its `mod` line and its row; it judges a
//!   record in its book, and a folder under `tests/check/` shows it, or, for `--since`, a commit
//!   ([`check::since`]). Where other records or the clock may make it find fault ([`check::Reach`]),
//!   `store/cache/suspect.rs` says which records that may be.
//! * **A format of `check`**: a file under `render/findings/`, its `mod` line and its row.
//! * **A format of `import` or `export`**: a file under that folder, its `mod` line and its line in
//!   the list.
//! * **A kind of record**: a file under `model/`, a variant of [`model::kind::Kind`] and its row in
//!   each `match` that the compiler then names.

pub mod app;
pub mod check;
pub mod cmd;
pub mod environment;
pub mod error;
pub mod export;
pub mod format;
pub mod git;
pub mod history;
pub mod i18n;
pub mod import;
pub mod life;
mod maps;
pub mod merge;
pub mod model;
pub mod output;
mod platform;
pub mod prompt;
pub mod query;
pub mod render;
pub mod script;
pub mod store;
pub mod sync;
#[cfg(test)]
mod testing;
mod threads;
pub mod when;
pub mod words;
