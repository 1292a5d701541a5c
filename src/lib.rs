//! `appt` keeps the requests of patients who ask for an appointment at a clinic.

pub mod check;
pub mod error;
pub mod format;
pub mod history;
pub mod i18n;
pub mod model;
pub mod store;
pub mod when;
pub mod words;
