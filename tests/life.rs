//! The operator's instruction as a shell script: `tests/life.sh`, which anyone can run.

mod common;

use common::{APPT, Ran, Sandbox};

#[test]
fn the_operators_instruction_holds() {
    let s = Sandbox::empty();
    for program in ["bash", "jq"] {
        let found = s.command(program).arg("--version").output();
        assert!(found.is_ok(), "this test needs {program}, which is not installed");
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/life.sh");
    let output = s.command("bash").args([script, APPT]).output().unwrap();
    Ran::of("tests/life.sh", output).exits(0);
}
