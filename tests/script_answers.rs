//! The operator script from files of answers: the three calls of its description with exactly
//! their answers, and the ways that a call may take besides.
#![allow(clippy::unwrap_used)]

mod script_store;

use script_store::{Store, cost};

const MONDAY: &str = "2026-11-23T10:00";
const TUESDAY: &str = "2026-11-24T10:00";

const KNOWN: &str = "щук п\n1\nтер 1\nср 9-12\n\n11.30\n1\n";

#[test]
fn a_known_patient_and_a_clinic_that_agrees_at_once() {
    let store = Store::new();
    assert_eq!(cost(KNOWN), (7, 31));
    insta::assert_snapshot!("known_screens", store.play(&[], KNOWN, MONDAY, 0));
    insta::assert_snapshot!("known_files", store.files());
}
