//! The files at a store's root that are its own: a sync carries them as it carries the records.

use crate::git::setup;
use crate::model::settings::{self, Settings};

/// Their names.
pub const FILES: [&str; 4] = [settings::FILE, setup::ATTRIBUTES, setup::IGNORED, ".taplo.toml"];

/// Whether two versions of `appt.toml` are of one store: one that can't be read is of none.
pub fn is_one_store(ours: &str, theirs: &str) -> bool {
    let [ours, theirs] = [ours, theirs].map(Settings::parse);
    matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours.key == theirs.key)
}
