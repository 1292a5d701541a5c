//! `check --explain RULE`, and the table of rules in the documentation.

use std::fs;
use std::path::Path;

use appt::check::rules;
use appt::i18n::Lang;
use appt::render::rule;

use crate::common::Sandbox;

/// A line that begins the table in `examples/check.md`, and the one that ends it.
const MARKS: (&str, &str) = ("<!-- rules -->\n", "<!-- /rules -->\n");

#[test]
fn every_rule_is_explained_without_a_store() {
    let mut sandbox = Sandbox::empty();
    for lang in ["ru", "en"] {
        sandbox.set("APPT_LANG", lang);
        for rule in rules::ALL {
            let said = sandbox.ok(&format!("check --explain {}", rule.name)).stdout;
            let lang = Lang::parse(lang).unwrap();
            for (ru, en) in [rule.what, rule.why, rule.mend] {
                assert!(said.contains(lang.of(ru, en)), "{said}");
            }
            for line in rule.bad.lines().chain(rule.good.lines()) {
                assert!(said.contains(line), "{line:?} is not in\n{said}");
            }
        }
    }
}

#[test]
fn an_explanation_is_a_page() {
    let mut sandbox = Sandbox::empty();
    sandbox.set("APPT_LANG", "en");
    insta::assert_snapshot!(sandbox.ok("check --explain range-order").stdout, @"
    range-order (error)

    A range starts before it ends.

    Why: A reversed range holds no minute: there is nothing to offer the patient.
    How to mend it: Swap its start and end, or mend the one that is wrong.

    Wrong:

        patient_ranges = [
            { start = 2026-11-25T12:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },
        ]

    Right:

        patient_ranges = [
            { start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 },
        ]
    ");
    let json = sandbox.ok("check --explain overdue --json").json();
    assert_eq!((&json["rule"], &json["severity"]), (&"overdue".into(), &"warning".into()));
}

#[test]
fn a_rule_that_is_none_is_a_usage_error_with_a_guess() {
    let sandbox = Sandbox::empty();
    let near = sandbox.fails("check --explain dangling-referense", 2, "usage", "unknown-rule");
    assert_eq!(near["hint"], "Может быть, `dangling-reference`?");
    let far = sandbox.fails("check --explain 5", 2, "usage", "unknown-rule");
    assert!(far["hint"].as_str().unwrap().contains("syntax, unknown-key"), "{far}");
}

/// `UPDATE_DOCS=1` writes the table anew.
#[test]
fn the_table_in_the_documentation_is_the_table_of_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/check.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(MARKS.0).expect("the table has its beginning");
    let (table, tail) = rest.split_once(MARKS.1).expect("the table has its end");
    let now = format!("\n{}\n", rule::table(Lang::Ru));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{head}{}{now}{}{tail}", MARKS.0, MARKS.1)).unwrap();
    } else {
        assert_eq!(table, now, "UPDATE_DOCS=1 cargo test --test check writes it anew");
    }
}
