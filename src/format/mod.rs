//! A record as text: TOML ⇄ record, edits in place, and where in the store a record lies
//! (`spec.md`, sections 2 and 3).
//!
//! Reading points into the original text, never into re-rendered text; writing changes only what
//! it must.

pub mod canonical;
mod comments;
pub mod decode;
pub mod document;
pub mod edit;
pub mod encode;
pub mod layout;
pub mod migrate;
pub mod schema;
pub mod settings;
pub mod syntax;

#[cfg(test)]
mod canonical_tests;
#[cfg(test)]
mod tests;
