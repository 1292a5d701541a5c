//! `appt` keeps the requests of patients who ask for an appointment at a clinic.

pub mod i18n;
pub mod model;
pub mod when;
