//! How things look: a list or a record as a table, JSON, CSV or ids; events; findings.

pub mod cell;
pub mod event;
pub mod json;
pub mod list;
pub mod show;
