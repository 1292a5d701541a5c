//! `appt` keeps the requests of patients who ask for an appointment at a clinic.

pub mod app;
pub mod check;
pub mod cmd;
pub mod environment;
pub mod error;
pub mod format;
pub mod git;
pub mod history;
pub mod i18n;
pub mod import;
pub mod life;
pub mod model;
pub mod output;
pub mod prompt;
pub mod query;
pub mod render;
pub mod store;
pub mod when;
pub mod words;
