//! The operator's instruction as a shell script: `tests/life.sh`, which anyone can run.

mod common;

use common::{APPT, Ran, Sandbox, has};

#[test]
fn the_operators_instruction_holds() {
    let s = Sandbox::empty();
    if !has(&["bash", "jq"]) {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/life.sh");
    let output = s.command("bash").args([script, APPT]).output().unwrap();
    Ran::of("tests/life.sh", output).exits(0);
}
