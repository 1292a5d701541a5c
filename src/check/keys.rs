//! The keys that rules look at, and those that a write changes.

use crate::model::field::{Field, Form, Need};
use crate::model::kind::Kind;

/// Some of the keys of a kind, `history` and `conflicts` among them: those that a write changes, or
/// that a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    kind: Kind,
    /// A bit for each of the kind's fields, then for `history`, then for `conflicts`.
    bits: u32,
}

impl Keys {
    /// These keys; what is no key of the kind is passed over.
    pub fn of<'k>(kind: Kind, keys: impl IntoIterator<Item = &'k str>) -> Keys {
        let mut of = Keys { kind, bits: 0 };
        keys.into_iter().for_each(|key| of.bits |= of.bit(key));
        of
    }

    /// All that a new record brings: every key that holds a value, and `history`.
    pub fn all(kind: Kind) -> Keys {
        let count = kind.fields().len() + 1;
        Keys { kind, bits: (1 << count) - 1 }
    }

    /// The same without a key.
    pub fn without(self, key: &str) -> Keys {
        Keys { bits: self.bits & !self.bit(key), ..self }
    }

    /// Whether a key is among them.
    pub fn has(self, key: &str) -> bool {
        self.bits & self.bit(key) != 0
    }

    /// Whether a key is among them and among the others.
    pub(super) fn meet(self, other: Keys) -> bool {
        self.kind == other.kind && self.bits & other.bits != 0
    }

    fn bit(self, key: &str) -> u32 {
        let mut all = self.kind.fields().iter().map(|field| field.key).chain(TRAIL);
        all.position(|own| own == key).map_or(0, |at| 1 << at)
    }
}

/// All keys that hold values.
pub const VALUES: &[&str] = &pick::<{ count(Pick::All) }>(Pick::All);

/// All keys, the trail of changes included.
pub const ALL: &[&str] = &pick::<{ count(Pick::All) + TRAIL.len() }>(Pick::All);

/// The keys that a record can't be without.
pub const REQUIRED: &[&str] = &pick::<{ count(Pick::Required) }>(Pick::Required);

/// The keys that name other records; `history` names operators.
pub const REFERENCES: &[&str] = &pick::<{ count(Pick::References) + 1 }>(Pick::References);

/// What every record has at its end; a list ends in these where it is longer than the fields that
/// were picked.
const TRAIL: [&str; 2] = ["history", "conflicts"];

#[derive(Clone, Copy)]
enum Pick {
    All,
    Required,
    References,
}

const fn counts(pick: Pick, field: &Field) -> bool {
    match pick {
        Pick::All => true,
        Pick::Required => matches!(field.need, Need::Required),
        Pick::References => matches!(field.form, Form::Reference(_)),
    }
}

const fn count(pick: Pick) -> usize {
    let (mut found, mut kind) = (0, 0);
    while kind < Kind::ALL.len() {
        let fields = Kind::ALL[kind].fields();
        let mut at = 0;
        while at < fields.len() {
            found += counts(pick, &fields[at]) as usize;
            at += 1;
        }
        kind += 1;
    }
    found
}

/// A key that several kinds have stands here as often: what is searched is whether it is there.
const fn pick<const N: usize>(pick: Pick) -> [&'static str; N] {
    let mut keys = [""; N];
    let (mut found, mut kind) = (0, 0);
    while kind < Kind::ALL.len() {
        let fields = Kind::ALL[kind].fields();
        let mut at = 0;
        while at < fields.len() {
            if counts(pick, &fields[at]) {
                keys[found] = fields[at].key;
                found += 1;
            }
            at += 1;
        }
        kind += 1;
    }
    let mut rest = 0;
    while found + rest < N {
        keys[found + rest] = TRAIL[rest];
        rest += 1;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_record_brings_its_values_and_its_history_but_settles_nothing() {
        for kind in Kind::ALL {
            let all = Keys::all(kind);
            for key in kind.fields().iter().map(|field| field.key).chain(["history"]) {
                assert!(all.has(key), "{key}");
                assert!(!all.without(key).has(key), "{key}");
                assert!(Keys::of(kind, [key]).meet(all) && all.meet(Keys::of(kind, [key])));
                assert!(!Keys::of(kind, [key]).meet(all.without(key)), "{key}");
            }
            assert!(!all.has("conflicts") && Keys::of(kind, ["conflicts"]).has("conflicts"));
            assert!(!all.has("no-such-key"));
        }
    }
}
