//! How things look: a list or a record as a table, JSON, CSV or ids; ranges as a timeline; events.

pub mod cell;
pub mod chart;
pub mod event;
pub mod findings;
pub mod json;
pub mod line;
pub mod list;
pub mod man;
pub mod page;
pub mod rule;
pub mod show;
pub mod stats;
pub mod timeline;
pub mod times;
