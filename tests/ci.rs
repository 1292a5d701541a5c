//! The workflows of `examples/ci`, as far as a machine without a forge can run them: they are YAML,
//! and the steps that check do what they promise on a branch that is good and on one that is not.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{APPT, PETR, Ran, Sandbox, WEDNESDAY};
use saphyr::{LoadableYamlNode as _, Yaml};

/// A store in a repository: a good branch is checked out.
fn repository() -> Sandbox {
    let mut s = Sandbox::new();
    let path = format!(
        "{}:{}",
        Path::new(APPT).parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    s.set("PATH", &path);
    s.set("CI", "true");
    s.ok("operator edit anna --email anna@example.org");
    s.git("init -q -b main");
    s.git("config user.name Anna");
    s.git("config user.email anna@example.org");
    s.git("add -A");
    s.git("commit -qm start");
    s.git("checkout -qb work");
    let id = s.request(PETR, WEDNESDAY);
    s.ok(&format!("request note {id} перезвонить"));
    s.git("add -A");
    s.git("commit -qm good");
    s
}

/// What somebody must not do: the history of the request is changed.
fn rewrite(s: &Sandbox) {
    let all = s.bytes();
    let file = all.keys().find(|path| path.starts_with("requests")).unwrap();
    s.by_hand(&s.cwd.join(file), "перезвонить", "иное");
    s.git("commit -qam bad");
}

fn parsed<'y>(text: &'y str) -> Yaml<'y> {
    let mut documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn texts(list: &Yaml<'_>) -> Vec<String> {
    list.as_vec().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// A commit that no clone has.
const GONE: &str = "1234567890123456789012345678901234567890";

/// Runs a script as the forge's runner does.
fn script(s: &Sandbox, text: &str, vars: &[(&str, &str)]) -> Ran {
    let mut command = s.command("bash");
    command.args(["-e", "-o", "pipefail", "-c", text]).envs(vars.iter().copied());
    Ran::of(text, command.output().unwrap())
}

#[test]
fn githubs_workflow_judges_a_pull_request_commit_by_commit() {
    let text = example("examples/ci/github.yml");
    let yaml = parsed(&text);
    let job = &yaml["jobs"]["check"];
    let steps = job["steps"].as_vec().unwrap();
    let checkout = &steps[0];
    assert!(checkout["uses"].as_str().unwrap().starts_with("actions/checkout@"));
    assert_eq!(checkout["with"]["fetch-depth"].as_integer(), Some(0));
    assert!(job["env"]["BASE"].as_str().unwrap().contains("pull_request.base.sha"));
    let run = steps.last().unwrap()["run"].as_str().unwrap();
    let s = repository();
    let base = s.git("rev-parse main");
    let with_base = [("BASE", base.trim())];
    script(&s, run, &with_base).exits(0);
    rewrite(&s);
    let ran = script(&s, run, &with_base).exits(1);
    assert!(ran.stdout.contains("[history-rewritten]"), "{}", ran.stdout);
    // A branch's first push has nothing before it: the data as they are.
    script(&s, run, &[("BASE", "0000000000000000000000000000000000000000")]).exits(0);
    script(&s, run, &[("BASE", "")]).exits(0);
    // What a force-push left behind is in no fresh clone: nobody could say what it rewrote.
    let gone = script(&s, run, &[("BASE", GONE)]).exits(1);
    assert!(gone.stdout.contains("force-push"), "{}", gone.stdout);
}

#[test]
fn gitlabs_workflow_judges_a_merge_request_commit_by_commit() {
    let text = example("examples/ci/gitlab-ci.yml");
    let yaml = parsed(&text);
    let job = &yaml["check"];
    assert_eq!(job["variables"]["GIT_DEPTH"].as_str(), Some("0"));
    let run = texts(&job["script"]).join("\n");
    let s = repository();
    let base = s.git("rev-parse main");
    let (zeros, base) = ("0000000000000000000000000000000000000000", base.trim());
    let merge = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", base), ("CI_COMMIT_BEFORE_SHA", zeros)];
    script(&s, &run, &merge).exits(0);
    rewrite(&s);
    assert!(script(&s, &run, &merge).exits(1).stdout.contains("[history-rewritten]"));
    script(&s, &run, &[("CI_COMMIT_BEFORE_SHA", base)]).exits(1);
    script(&s, &run, &[("CI_COMMIT_BEFORE_SHA", zeros)]).exits(0);
    let gone = script(&s, &run, &[("CI_COMMIT_BEFORE_SHA", GONE)]).exits(1);
    assert!(gone.stdout.contains("force-push"), "{}", gone.stdout);
}

#[test]
fn pre_commit_runs_the_check_of_what_is_staged() {
    let (text, ours) =
        (example("examples/ci/pre-commit-config.yaml"), example(".pre-commit-hooks.yaml"));
    let (yaml, ours) = (parsed(&text), parsed(&ours));
    let hook = &yaml["repos"][0]["hooks"][0];
    for key in ["id", "entry", "pass_filenames", "always_run"] {
        assert_eq!(hook[key], ours[0][key], "{key}");
    }
    let entry = hook["entry"].as_str().unwrap();
    let s = repository();
    script(&s, entry, &[]).exits(0);
    let clinic = s.cwd.join("clinics/poliklinika-1.toml");
    s.by_hand(&clinic, "\"terapevt\",", "\"terapeft\",");
    script(&s, entry, &[]).exits(0);
    s.git("add -A");
    script(&s, entry, &[]).exits(1);
}
