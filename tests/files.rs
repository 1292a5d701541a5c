//! What the program does to files: how little it changes, what it keeps, whom it lets read.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;

use common::{PETR, Sandbox, WEDNESDAY};

/// A store in a repository with everything committed, and a request that Anna made.
fn committed() -> (Sandbox, String) {
    let (s, id) = Sandbox::with_request();
    s.git("init -q");
    s.git("config user.email anna@example.org");
    s.git("config user.name Anna");
    s.git("add -A");
    s.git("commit -qm start");
    (s, id)
}

#[test]
fn a_change_of_status_by_its_holder_is_one_changed_line_and_one_added_line() {
    let (s, id) = committed();
    let diff = || {
        let diff = s.git("diff -U0");
        let of = |sign: &str, head: &str| {
            let lines = diff.lines().filter(|l| l.starts_with(sign) && !l.starts_with(head));
            lines.map(|l| l[1..].trim().to_owned()).collect::<Vec<_>>()
        };
        (of("-", "---"), of("+", "+++"))
    };
    for (command, from, to) in [
        ("set-status ID in-progress", "created", "in-progress"),
        ("set-status ID created", "in-progress", "created"),
        ("refuse ID", "created", "patient-refused"),
    ] {
        s.ok(&format!("request {}", command.replace("ID", &id)));
        let (minus, plus) = diff();
        assert_eq!(minus, [format!("status = \"{from}\"")]);
        assert_eq!(plus.len(), 2, "{plus:?}");
        assert_eq!(plus[0], format!("status = \"{to}\""));
        assert!(plus[1].starts_with("{ at = ") && plus[1].ends_with("},"), "{plus:?}");
        s.git("commit -qam change");
    }
    assert_eq!(s.git("status --short"), "", "nothing local is in the way");
}

#[test]
fn a_list_item_is_a_line() {
    let (s, id) = committed();
    s.ok(&format!("request add-ranges {id} --patient 'чт 9-12'"));
    let stat = s.git("diff --numstat");
    assert!(stat.starts_with("2\t0\t"), "{stat}");
}

#[test]
fn comments_and_unknown_keys_stay_through_every_write() {
    let (s, id) = Sandbox::with_request();
    let file = s.file(&id);
    let dress =
        "# перезвонить после обеда\nstatus = \"created\" # пока\n\n\n\ncolour = \"синий\"\n";
    s.by_hand(&file, "status = \"created\"\n", dress);
    s.by_hand(&file, "    { start", "    # с утра\n    { start");
    for line in [
        "set-status ID in-progress",
        "set-ranges ID --patient 'ср 10-12'",
        "add-ranges ID --clinic 'ср 9-12'",
        "note ID текст",
        "set-appointment ID 'ср 11:30'",
        "set-status ID processed",
        "reschedule ID --range 'чт 9-12'",
    ] {
        s.ok(&format!("request {}", line.replace("ID", &id)));
        let text = fs::read_to_string(&file).unwrap();
        for kept in ["# перезвонить после обеда\nstatus = ", " # пока\n\n\n\ncolour = \"синий\"\n"]
        {
            assert!(text.contains(kept), "{line}: {kept:?} is not in\n{text}");
        }
    }
    assert_eq!(s.show(&id)["colour"], "синий");
    let found = s.run("check --json").exits(1).json();
    let rules: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|f| f["rule"].clone()).collect();
    assert!(rules.contains(&"unknown-key".into()), "{rules:?}");
}

#[test]
fn a_hand_edit_is_recorded_by_the_next_write_as_gits_user() {
    let (s, id) = committed();
    s.ok("operator edit boris --email boris@example.org");
    s.git("config user.email boris@example.org");
    s.by_hand(&s.patient_file(), "+79017892569", "+79161234567");
    s.by_hand(&s.file(&id), "clinic = \"poliklinika-1\"", "clinic = \"poliklinika-2\"");
    let found = s.ok("check --json").json();
    let rules: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|f| f["rule"].clone()).collect();
    assert_eq!(rules.iter().filter(|r| **r == "unrecorded-edit").count(), 2, "{rules:?}");
    s.ok("patient note 4511227265 текст");
    s.ok(&format!("request set-status {id} in-progress"));
    let patient = s.ok("patient show 4511227265 --json").json();
    let event = patient["history"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["key"] == "phone")
        .unwrap()
        .clone();
    assert_eq!(
        (&event["by"], &event["from"], &event["to"]),
        (&"boris".into(), &"+79017892569".into(), &"+79161234567".into())
    );
    let request = s.show(&id);
    let events = request["history"].as_array().unwrap();
    let edit = events.iter().find(|e| e["key"] == "clinic").unwrap();
    let step = events.iter().find(|e| e["key"] == "status").unwrap();
    assert_eq!((&edit["by"], &step["by"]), (&"boris".into(), &"anna".into()));
    assert_eq!(edit["tx"], step["tx"]);
    let found = s.ok("check --json").json();
    assert!(!found["findings"].to_string().contains("unrecorded-edit"));
}

#[test]
fn a_status_changed_by_hand_is_an_error() {
    let (s, id) = Sandbox::with_request();
    s.by_hand(&s.file(&id), "status = \"created\"", "status = \"patient-refused\"");
    s.run("check").exits(1);
    let found = s.run("check --json").json();
    assert!(found["findings"].to_string().contains("history-mismatch"), "{found}");
}

#[test]
#[cfg(unix)]
fn modes_are_the_owners_alone_whatever_the_umask() {
    // Both ways: of what is made first, and of what is written again.
    for (first, then) in [("000", "777"), ("777", "000")] {
        let s = Sandbox::empty();
        let files = files_of_their_owner(&s, first, then);
        assert!(files >= 7, "{first}: {files}");
    }
}

/// Makes a store under a umask, and writes it under another: how many files it has, all its owner's.
#[cfg(unix)]
fn files_of_their_owner(s: &Sandbox, first: &str, then: &str) -> usize {
    use std::os::unix::fs::PermissionsExt as _;
    let script = format!(
        "umask {first}; set -e; A={}; $A init inner/deep --operator anna --no-git; cd inner/deep; \
         $A specialty new --title Терапевт; \
         $A clinic new --name К --address А --phone 84952377297 --specialty terapevt; \
         $A request new {PETR} --clinic k --specialty terapevt --range 'ср 9-12'; \
         umask {then}; $A request set-status $($A request list -o ids) in-progress",
        common::APPT
    );
    let output = s.command("sh").args(["-c", &script]).output().unwrap();
    common::Ran::of("sh", output).exits(0);
    let mut folders = vec![s.cwd.join("inner")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let mode =
            |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                assert_eq!(mode(&entry.path()), 0o600, "{}", entry.path().display());
            }
        }
    }
    files
}

/// An empty folder becomes the store's own; one with somebody's files in it is left as it is.
#[test]
#[cfg(unix)]
fn init_closes_a_folder_that_was_empty() {
    use std::os::unix::fs::PermissionsExt as _;
    let s = Sandbox::empty();
    for (name, mode) in [("empty", 0o700), ("used", 0o755)] {
        let folder = s.cwd.join(name);
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        if name == "used" {
            fs::write(folder.join("letter.txt"), "").unwrap();
        }
        s.ok(&format!("init {name} --operator anna"));
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
    assert_eq!(s.ok("-C empty check --json").json()["findings"].as_array().unwrap().len(), 0);
    assert!(s.ok("-C used check --json").stdout.contains("world-readable"));
}

#[test]
fn a_later_format_is_refused() {
    let (s, id) = Sandbox::with_request();
    s.by_hand(&s.cwd.join("appt.toml"), "format = 1", "format = 2");
    for line in ["request list", "check", "queue", &format!("request set-status {id} in-progress")]
    {
        let error = s.fails(line, 7, "store", "format");
        assert!(error["message"].as_str().unwrap().contains('2'), "{error}");
    }
}

#[test]
fn all_of_appts_own_folder_may_be_gone() {
    let (s, id) = Sandbox::with_request();
    let local = s.cwd.join(".appt");
    for line in [
        "request list",
        "check",
        "queue",
        &format!("request show {id}"),
        &format!("request set-status {id} in-progress"),
        &format!("request new {PETR} {WEDNESDAY}"),
    ] {
        fs::remove_dir_all(&local).ok();
        s.ok(line);
    }
}

#[test]
fn the_store_is_found_by_flag_by_variable_and_upwards() {
    let (mut s, _) = Sandbox::with_request();
    let store = s.cwd.clone();
    let count = |s: &Sandbox, line: &str| s.ok(line).lines().len();
    s.cwd = store.join("requests/2026");
    assert_eq!(count(&s, "request list -o ids"), 1, "upwards");
    s.cwd = s.folder().to_owned();
    s.run("request list").exits(7);
    assert_eq!(count(&s, "-C store request list -o ids"), 1);
    assert_eq!(count(&s, "request list --data=store -o ids"), 1);
    s.set("APPT_DATA", store.to_str().unwrap());
    assert_eq!(count(&s, "request list -o ids"), 1);
    s.run("-C home request list").exits(7).says("Нет данных appt");
    s.cwd = store.clone();
    s.set("APPT_DATA", s.folder().join("home").to_str().unwrap());
    s.run("request list").exits(7);
    assert_eq!(count(&s, "-C . request list -o ids"), 1, "the flag wins");
    // A folder inside the store is no store when it is named.
    s.run("-C requests request list").exits(7);
}

#[test]
#[cfg(unix)]
fn a_read_only_store_is_read_listed_and_checked() {
    use std::os::unix::fs::PermissionsExt as _;
    let (s, id) = Sandbox::with_request();
    // Root may write whatever the modes say; a store without a lock to open is read all the same.
    fs::remove_dir_all(s.cwd.join(".appt")).unwrap();
    let mode = |mode| fs::set_permissions(&s.cwd, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o500);
    for line in ["request list", "queue", "check", "log", &format!("request show {id}")] {
        s.ok(line);
    }
    assert!(!s.cwd.join(".appt").exists(), "reading makes nothing");
    let is_root = fs::write(s.cwd.join("probe"), "").is_ok();
    if !is_root {
        s.run(&format!("request set-status {id} in-progress")).exits(7);
    }
    mode(0o700);
}

#[test]
fn a_file_that_can_not_be_read_is_named_and_the_rest_goes_on() {
    let (s, id) = Sandbox::with_request();
    let second = s.request(PETR, WEDNESDAY);
    s.by_hand(&s.file(&second), "status = \"created\"", "<<<<<<< ours\nstatus = \"created\"");
    for line in ["show", "next"] {
        s.fails(&format!("request {line} {second}"), 7, "store", "syntax");
        s.ok(&format!("request {line} {id}"));
    }
    assert_eq!(s.ok("queue -o ids").lines().len(), 1);
    s.run("check").exits(1);
}

/// What lies at the place of a passport and can't be read may be that very patient.
#[test]
fn no_second_patient_is_made_beside_one_that_can_not_be_read() {
    let (s, _) = Sandbox::with_request();
    let path = s.patient_file();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.find("passport").unwrap() + 5]).unwrap();
    s.fails(&format!("patient new {PETR}"), 7, "store", "syntax");
    s.fails(&format!("request new {PETR} {WEDNESDAY}"), 7, "store", "syntax");
}

#[test]
#[cfg(unix)]
fn a_link_is_not_followed() {
    let (s, id) = Sandbox::with_request();
    let file = s.file(&id);
    let outside = s.folder().join("outside.toml");
    fs::rename(&file, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &file).unwrap();
    assert!(s.ok("request list -o ids").lines().is_empty());
    s.run(&format!("request set-status {id} in-progress")).exits(7);
    let found = s.run("check --json").exits(1).json();
    assert!(found["findings"].to_string().contains("symlink"), "{found}");
}

#[test]
fn left_over_temporary_files_are_no_finding() {
    let (s, id) = Sandbox::with_request();
    let folder = s.file(&id).parent().unwrap().to_owned();
    fs::write(folder.join(".appt-xyz.tmp"), "status = ").unwrap();
    assert!(s.ok("check --json").json()["findings"].as_array().unwrap().is_empty());
}

#[test]
fn events_of_one_record_never_share_a_moment() {
    let (s, id) = Sandbox::with_request();
    for n in 0..5 {
        s.ok(&format!("request note {id} 'раз {n}'"));
    }
    let request = s.show(&id);
    let times: Vec<_> = request["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["at"].as_str().unwrap().to_owned())
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert_eq!(request["updated"], times[5].as_str());
}

#[test]
fn init_makes_a_repository_unless_told_not_to() {
    let s = Sandbox::empty();
    fs::write(s.folder().join("home/gitconfig"), "[user]\n\temail = anna@example.org\n").unwrap();
    let made = s.ok("init a --operator anna --timezone Asia/Omsk --json").json();
    assert_eq!((&made["operator"], &made["git"]), (&"anna".into(), &true.into()));
    assert!(s.cwd.join("a/.git").is_dir());
    let operator = s.ok("-C a operator show anna --json").json();
    assert_eq!(operator["emails"][0], "anna@example.org");
    assert_eq!((&operator["name"], &operator["role"]), (&"anna".into(), &"admin".into()));
    assert!(
        fs::read_to_string(s.cwd.join("a/appt.toml")).unwrap().contains("timezone = \"Asia/Omsk\"")
    );
    let attributes = fs::read_to_string(s.cwd.join("a/.gitattributes")).unwrap();
    assert!(attributes.contains("*.toml text eol=lf merge=appt"), "{attributes}");
    assert!(!fs::read_to_string(s.cwd.join("a/appt.toml")).unwrap().contains("language"));
    s.ok("-C a check");
    s.ok("init b --operator anna --no-git");
    assert!(!s.cwd.join("b/.git").exists());
    s.run("init b --operator anna --no-git").exits(3);
    s.run("init c").exits(2);
    s.run("init c --operator Анна").exits(3);
    s.run("init c --operator anna --timezone Mars").exits(3);
    assert!(!s.cwd.join("c").exists());
}

/// A folder that is a link is one finding, is not followed, and ends no command in a loop.
#[test]
#[cfg(unix)]
fn a_folder_that_is_a_link_is_one_finding() {
    let s = Sandbox::new();
    let store = s.folder().join("store");
    fs::rename(store.join("specialties"), s.folder().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(s.folder().join("elsewhere"), store.join("specialties")).unwrap();
    s.run("specialty new --title Уролог").exits(3);
    s.run("specialty new --id urolog --title Уролог").exits(7).says("specialties: это ссылка");
    assert!(!s.folder().join("elsewhere/urolog.toml").exists());
    let findings = s.run("check --format json").exits(1).json();
    let links = findings["findings"].as_array().unwrap();
    let of_links: Vec<_> = links.iter().filter(|f| f["rule"] == "symlink").collect();
    assert_eq!(of_links.len(), 1, "{findings}");
    assert_eq!(of_links[0]["file"], "specialties");
}

/// A link where the program keeps what is local would lead what it writes elsewhere.
#[test]
#[cfg(unix)]
fn nothing_local_is_written_through_a_link() {
    use std::os::unix::fs::symlink;
    let (s, id) = Sandbox::with_request();
    let local = s.cwd.join(".appt");
    let outside = s.folder().join("outside");
    fs::write(&outside, "mine").unwrap();
    for (name, exit) in [("last-anna", 0), ("lock", 7)] {
        fs::remove_file(local.join(name)).unwrap();
        symlink(&outside, local.join(name)).unwrap();
        s.run(&format!("request note {id} перезвонить")).exits(exit);
        assert_eq!(fs::read_to_string(&outside).unwrap(), "mine", "{name}");
    }
    fs::remove_dir_all(&local).unwrap();
    fs::create_dir(s.folder().join("elsewhere")).unwrap();
    symlink(s.folder().join("elsewhere"), &local).unwrap();
    for line in ["request list", "check", "specialty new --title Уролог"] {
        s.run(line).exits(7).says("rm .appt");
    }
    assert_eq!(fs::read_dir(s.folder().join("elsewhere")).unwrap().count(), 0);
}

/// A command that fails over a file says how to mend it, as `check` does.
#[test]
fn a_file_in_the_way_is_mended_as_check_says() {
    let (s, id) = Sandbox::with_request();
    let file = s.file(&id);
    let text = fs::read_to_string(&file).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    let both = format!("<<<<<<< ours\n{head}\n=======\npatient = \"x\"\n>>>>>>> theirs\n{rest}");
    fs::write(&file, both).unwrap();
    s.run(&format!("request show {id}")).exits(7).says("Слейте обе стороны: `appt resolve`");
    fs::write(&file, format!("x = \n{text}")).unwrap();
    s.run(&format!("request refuse {id}")).exits(7).says("верните файл из git");
}

/// Where a file can't be read, a search that finds nothing does not advise a second record.
#[test]
fn nothing_found_beside_a_damaged_file_is_no_advice_to_add_one() {
    let (s, _) = Sandbox::with_request();
    s.run("patient find нетакого").exits(1).says("appt patient new");
    fs::write(s.patient_file(), "name = ").unwrap();
    let ran = s.run("patient find нетакого").exits(1).says("не заводите");
    assert!(!ran.stderr.contains("appt patient new"), "{}", ran.stderr);
}

/// A record in the folder of another day is in no list: whoever asks hears of it.
#[test]
fn a_record_in_a_wrong_folder_is_missed_by_nobody_unheard() {
    let (s, id) = Sandbox::with_request();
    let (from, to) = (s.file(&id), s.cwd.join("requests/2026/11/01"));
    fs::create_dir_all(&to).unwrap();
    let name = from.file_name().unwrap().to_str().unwrap();
    fs::rename(&from, to.join(name)).unwrap();
    let path = format!("requests/2026/11/01/{name}");
    for cached in ["", " --no-cache"] {
        for line in ["request list", "queue", "export csv"] {
            let ran = s.run(&format!("{line}{cached}"));
            assert!(ran.stderr.contains(&path), "{line}{cached}: {}", ran.stderr);
        }
        let whole = name.strip_suffix(".toml").unwrap();
        for typed in [whole, common::short(whole)] {
            s.run(&format!("request show {typed}{cached}")).exits(4).says(&path);
        }
    }
    s.run("export jsonl").exits(7).says("Выгружено не всё");
    // Of what was not asked for nobody speaks.
    assert_eq!(s.ok("patient list").stderr.matches(&path).count(), 0);
    s.ok("check --fix");
    assert_eq!(s.ok("request list").stderr.matches(&path).count(), 0);
    s.ok(&format!("request show {id}"));
}

/// Root may write in a store of somebody else's, who must be able to read it afterwards.
#[test]
#[cfg(unix)]
fn what_root_makes_in_anothers_store_is_its_owners() {
    use std::os::unix::fs::{MetadataExt as _, lchown};
    const NOBODY: u32 = 65534;
    let (s, id) = Sandbox::with_request();
    if fs::metadata(&s.cwd).unwrap().uid() != 0 {
        return; // Nobody else may give files away.
    }
    let all = || {
        let entries = walkdir::WalkDir::new(&s.cwd).into_iter();
        entries.map(|entry| entry.unwrap().into_path()).collect::<Vec<_>>()
    };
    fs::remove_dir_all(s.cwd.join(".appt")).unwrap();
    let before = all();
    before.iter().for_each(|path| lchown(path, Some(NOBODY), Some(NOBODY)).unwrap());
    s.request(common::DARYA, "--clinic poliklinika-1 --specialty terapevt --range 'чт 9-12'");
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok("request list --all");
    s.ok("specialty new --title Окулист");
    assert!(all().len() > before.len() + 4, "a lock, a patient, a request, a specialty");
    for path in all() {
        let found = fs::symlink_metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid()), (NOBODY, NOBODY), "{}", path.display());
        let mode = if found.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(found.mode() & 0o777, mode, "{}", path.display());
    }
}

/// A status that is none keeps a request out of every list that goes by it: nobody must take that for
/// the whole.
#[test]
fn a_request_whose_status_is_none_is_told_of_wherever_it_is_left_out() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request set-appointment {id} 9:30"));
    s.by_hand(&s.file(&id), "\nstatus = \"in-progress\"", "\nstatus = \"in-progres\"");
    let path = s.file(&id);
    let path = path.strip_prefix(&s.cwd).unwrap().to_str().unwrap();
    let told = format!("Файл не читается целиком, ответ может быть неполным: {path}");
    for line in [
        "queue",
        "agenda 25.11",
        "stats",
        "export ics",
        "report page.html",
        &format!("request show {id}"),
    ] {
        // From the file, from the cache, and without one.
        for line in [line, line, &format!("{line} --no-cache")] {
            let exit = if line.starts_with("export") { 7 } else { 0 };
            s.run(line).exits(exit).says(&told);
        }
    }
}

#[test]
fn a_store_of_another_format_is_left_alone() {
    let s = Sandbox::with_request().0;
    assert!(s.ok("migrate").stdout.contains("Обновлять нечего"));
    let settings = s.cwd.join("appt.toml");
    for (format, hint) in [("0", "appt migrate"), ("2", "Обновите appt")] {
        s.by_hand(&settings, "format = 1", &format!("format = {format}"));
        for line in ["queue", "request list", "check", "stats", "patient new --name Щукин"] {
            let error = s.fails(line, 7, "store", "format");
            assert!(error["hint"].as_str().unwrap().contains(hint), "{line}: {error}");
        }
        s.fails("migrate", 7, "store", "format");
        s.by_hand(&settings, &format!("format = {format}"), "format = 1");
    }
    s.ok("queue");
}
