//! The store's settings, which `appt.toml` says (`spec.md`, section 2). Its text is read by
//! [`crate::format::settings`].

use chrono_tz::Tz;

use crate::i18n::Lang;
use crate::model::hours::Hours;
use crate::words::passport::Format;

/// The format that this version reads and writes.
pub const FORMAT: i64 = 1;
/// The file's name.
pub const FILE: &str = "appt.toml";

/// What `appt.toml` says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The store's time zone.
    pub timezone: Tz,
    /// The day that «весь день» means, where the clinic has no hours of its own.
    pub hours: Hours,
    /// The language, where somebody chose one.
    pub language: Option<Lang>,
    /// What a passport number looks like.
    pub passport: Format,
    /// The secret that patients' ids are hashed with.
    pub key: String,
}
