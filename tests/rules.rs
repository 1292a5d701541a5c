//! Every rule of `spec.md`, sections 4 and 5, by the command line: what may be done, what is
//! refused and what the refusal says. A refusal leaves every byte of the store as it was
//! (`Sandbox::refused` looks).
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

#[path = "rules/life.rs"]
mod life;
#[path = "rules/names.rs"]
mod names;
#[path = "rules/new.rs"]
mod new;
#[path = "rules/records.rs"]
mod records;
#[path = "rules/who.rs"]
mod who;
