//! The remote goes away, somebody is faster, the program is killed: what is here stays whole, and
//! the next sync completes what was begun.

use std::fs;
use std::process::Stdio;

use crate::common::APPT;
use crate::team::{Team, id, real_git, script_at};

/// Both have work that the other lacks.
fn apart() -> (Team, String) {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    t.at("anna", "10:10", &format!("request note {} раз", id(&request))).exits(0);
    t.at("boris", "10:20", &format!("request note {} два", id(&request))).exits(0);
    t.anna("specialty new --title Хирург").exits(0);
    t.boris("specialty new --title Окулист").exits(0);
    t.boris("sync").exits(0);
    (t, request)
}

fn whole(t: &Team, request: &str) {
    t.meet();
    let text = t.read("boris", &Team::path(request));
    assert!(text.contains("раз") && text.contains("два"), "{text}");
    assert!(t.read("boris", "specialties/khirurg.toml").contains("Хирург"));
    assert_eq!(t.rules("anna"), [""; 0]);
}

#[test]
fn offline_it_is_saved_here_and_the_next_sync_shares_it() {
    let (t, request) = apart();
    t.git("anna", "remote set-url origin ../nowhere.git");
    let ran = t.anna("sync").exits(7).says("Сохранено здесь, другим не отправлено.");
    assert!(ran.stderr.contains("appt sync --status"), "{}", ran.stderr);
    assert_eq!(t.git("anna", "status --porcelain"), "");
    let error = t.anna("sync --json").exits(7).error();
    assert_eq!((&error["code"], &error["rule"]), (&"store".into(), &"remote".into()));
    t.git("anna", "remote set-url origin ../hub.git");
    whole(&t, &request);
}

#[test]
fn the_transport_dies_in_the_middle() {
    let (t, request) = apart();
    let dying = t.s.folder().join("dying");
    // It says what it has, and is gone.
    for (key, program) in [("uploadpack", "upload-pack"), ("receivepack", "receive-pack")] {
        let git = real_git();
        script_at(&dying, &format!("{git} {program} --http-backend-info-refs \"$@\"; kill -9 $$"));
        t.git("anna", &format!("config remote.origin.{key} '{}'", dying.display()));
        t.anna("sync").exits(7).says("Сохранено здесь");
        assert_eq!(t.git("anna", "status --porcelain"), "");
        t.git("anna", "fsck --no-dangling");
        t.git("anna", &format!("config --unset remote.origin.{key}"));
    }
    whole(&t, &request);
}

#[test]
fn the_remote_has_no_room() {
    let (t, request) = apart();
    let hook = t.s.folder().join("hub.git/hooks/pre-receive");
    script_at(&hook, "echo 'No space left on device' >&2; exit 1");
    t.anna("sync").exits(7).says("No space left on device").says("Сохранено здесь");
    // What came is here, what is ours waits.
    assert!(t.read("anna", &Team::path(&request)).contains("два"));
    assert_eq!(t.git("anna", "status --porcelain"), "");
    fs::remove_file(hook).unwrap();
    whole(&t, &request);
}

#[test]
fn somebody_pushes_first() {
    let (mut t, request) = apart();
    // Before Anna's first push another commit stands there.
    let (git, folder) = (real_git(), t.s.folder().display().to_string());
    t.in_front_of(
        "git",
        &format!(
            "case \" $* \" in *\" push \"*) if [ ! -e {folder}/once ]; then touch {folder}/once\n\
             cd {folder}/boris && {git} commit -q --allow-empty -m faster && {git} push -q\n\
             cd \"$OLDPWD\"; fi;; esac\nexec {git} \"$@\""
        ),
    );
    let ran = t.anna("sync --json").exits(0).json();
    assert_eq!(ran["shared"], true);
    t.nothing_in_front();
    assert!(t.git("anna", "log --format=%s").contains("faster"));
    whole(&t, &request);
}

#[test]
fn somebody_is_always_faster() {
    let (mut t, request) = apart();
    let (git, folder) = (real_git(), t.s.folder().display().to_string());
    t.in_front_of(
        "git",
        &format!(
            "case \" $* \" in *\" push \"*)\n\
             (cd {folder}/boris && {git} commit -q --allow-empty -m faster && {git} push -q);; esac\n\
             exec {git} \"$@\""
        ),
    );
    let error = t.anna("sync --json").exits(5).error();
    assert_eq!(error["rule"], "outrun");
    assert!(error["message"].as_str().unwrap().starts_with("Сохранено здесь"), "{error}");
    t.nothing_in_front();
    whole(&t, &request);
}

#[test]
fn the_files_change_while_others_are_waited_for() {
    let (mut t, request) = apart();
    // While Anna fetches, another window of hers writes.
    let (git, folder) = (real_git(), t.s.folder().display().to_string());
    let (program, short) = (APPT, id(&request));
    t.in_front_of(
        "git",
        &format!(
            "case \" $* \" in *\" fetch \"*) if [ ! -e {folder}/once ]; then touch {folder}/once\n\
             {program} -C {folder}/anna --operator anna request note {short} три >&2; fi;; esac\n\
             exec {git} \"$@\""
        ),
    );
    t.anna("sync").exits(0);
    t.nothing_in_front();
    assert!(t.read("anna", &Team::path(&request)).contains("три"));
    whole(&t, &request);
    assert!(t.read("boris", &Team::path(&request)).contains("три"));
}

/// A git that was killed leaves its lock: it is named, whichever it is.
#[test]
fn a_lock_that_git_left_is_named() {
    let (t, request) = apart();
    for lock in
        ["refs/remotes/origin/main.lock", "refs/appt/work.lock", "config.lock", "index.lock"]
    {
        let path = t.clone("anna").join(".git").join(lock);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        let error = t.anna("sync --json").exits(5).error();
        assert_eq!(error["rule"], "git-lock", "{error}");
        assert!(error["hint"].as_str().unwrap().contains(lock), "{error}");
        fs::remove_file(path).unwrap();
    }
    whole(&t, &request);
}

/// A git that kills the program at its call of this number: before it does anything, or after.
fn killer(git: &str, folder: &str, at: usize, after: bool) -> String {
    let count =
        format!("n=$(($(cat {folder}/count 2>/dev/null || echo 0) + 1)); echo $n > {folder}/count");
    if after {
        format!("{count}\n{git} \"$@\"; code=$?; [ $n = {at} ] && kill -9 $PPID\nexit $code")
    } else {
        format!("{count}\n[ $n = {at} ] && kill -9 $PPID && exit 1\nexec {git} \"$@\"")
    }
}

#[test]
fn killed_at_any_call_of_git_the_next_sync_completes() {
    let (start, request) = apart();
    // Some of the points are enough here; `SYNC_KILLS=1` takes all of them.
    let step = std::env::var("SYNC_KILLS").ok().and_then(|step| step.parse().ok());
    for (git, few) in gits().into_iter().zip([13, 29]) {
        let step = step.unwrap_or(few);
        for after in [false, true] {
            for at in (1 + usize::from(after)..).step_by(step) {
                let mut t = start.copy();
                let folder = t.s.folder().display().to_string();
                t.in_front_of("git", &killer(&git, &folder, at, after));
                let mut command = t.s.command(APPT);
                command.current_dir(t.clone("anna")).env("APPT_OPERATOR", "anna").arg("sync");
                let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
                t.in_front_of("git", &format!("exec {git} \"$@\""));
                // A git that was left alone may still be at work, or have left its lock.
                whole(&t, &request);
                if status.code().is_some() {
                    assert!(at > 15, "{at}: the program starts git more often than that");
                    break;
                }
            }
        }
    }
}

/// The gits that are here.
fn gits() -> Vec<String> {
    let mut gits = vec![real_git()];
    gits.extend(std::path::Path::new("/usr/bin/git").exists().then(|| "/usr/bin/git".to_owned()));
    gits.dedup();
    gits
}
