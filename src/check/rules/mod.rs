//! The table of rules. A new rule is a new file here and one line in each of the two lists; a
//! key's first error hides the later ones, so the order is from the form of a value to its meaning.

use crate::check::Rule;

mod processed_without_appointment;
mod range_order;
mod specialty_not_offered;

/// All rules.
pub const ALL: &[&Rule] =
    &[&range_order::RULE, &specialty_not_offered::RULE, &processed_without_appointment::RULE];

/// The rule of this name.
pub fn named(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}
