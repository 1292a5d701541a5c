//! The keys that rules about the form of values look at, taken from the tables of fields.

use crate::model::field::{Field, Form, Need};
use crate::model::kind::Kind;

/// All keys that hold values.
pub const VALUES: &[&str] = &pick::<{ count(Pick::All) }>(Pick::All);

/// All keys, the trail of changes included.
pub const ALL: &[&str] = &pick::<{ count(Pick::All) + TRAIL.len() }>(Pick::All);

/// The keys that a record can't be without.
pub const REQUIRED: &[&str] = &pick::<{ count(Pick::Required) }>(Pick::Required);

/// The keys that name other records; `history` names operators.
pub const REFERENCES: &[&str] = &pick::<{ count(Pick::References) + 1 }>(Pick::References);

/// What a list ends in, where it is longer than the fields that were picked.
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
