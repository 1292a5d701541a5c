//! The table of rules. A new rule is a new file here and one line in each of the two lists (one that
//! looks beyond its record is also heeded in `store/cache/suspect.rs`); a
//! key's first error hides the later ones, so the order is from the form of a value to its meaning,
//! and from errors to warnings.

use crate::check::Rule;

mod appointment_outside_ranges;
mod bad_value;
pub mod broken_link;
mod control_character;
mod dangling_reference;
mod double_booking;
mod duplicate_passport;
pub mod future_event;
mod history_mismatch;
pub(super) mod history_rewritten;
pub(super) mod illegal_transition;
mod misplaced_file;
mod missing_key;
pub(super) mod not_canonical;
mod not_permitted;
mod outcome_missing;
mod overdue;
mod oversized_file;
mod premature_outcome;
mod processed_without_appointment;
mod range_order;
mod record_removed;
mod specialty_not_offered;
mod symlink;
mod syntax;
mod unknown_key;
mod unrecorded_edit;
mod unresolved_conflict;
pub(super) mod world_readable;

/// All rules.
pub const ALL: &[&Rule] = &[
    &symlink::RULE,
    &misplaced_file::RULE,
    &oversized_file::RULE,
    &syntax::RULE,
    &unknown_key::RULE,
    &missing_key::RULE,
    &control_character::RULE,
    &bad_value::RULE,
    &dangling_reference::RULE,
    &range_order::RULE,
    &specialty_not_offered::RULE,
    &duplicate_passport::RULE,
    &premature_outcome::RULE,
    &processed_without_appointment::RULE,
    &illegal_transition::RULE,
    &history_mismatch::RULE,
    &broken_link::RULE,
    &unresolved_conflict::RULE,
    &history_rewritten::RULE,
    &not_permitted::RULE,
    &unrecorded_edit::RULE,
    &outcome_missing::RULE,
    &appointment_outside_ranges::RULE,
    &double_booking::RULE,
    &overdue::RULE,
    &future_event::RULE,
    &not_canonical::RULE,
    &world_readable::RULE,
    &record_removed::RULE,
];

/// The rule of this name.
pub fn named(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}
