//! `fmt`, `check --fix` and `schema` as they are used: what changes in files, what does not, and
//! what is said about it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use appt::format::{layout, schema};
use appt::i18n::Lang;
use appt::model::kind::Kind;
use appt::words::passport::Format;
use common::{APPT, DARYA, PETR, Sandbox, WEDNESDAY};
use serde_json::Value as Json;

/// A clinic as a tired hand writes it; nothing in it is wrong.
const CLINIC: &str = "specialties = ['terapevt'] # пока один\r
  name = 'Клиника' \r
# регистратура\r
phone=\"+74952377297\"\r
address = '''ул. Мира, 1'''\r
history=[\r
{by='anna',event='created',name='Клиника',address='ул. Мира, 1',phone='+74952377297',specialties=['terapevt'],at=2026-11-23T09:00:00+03:00}]\r
# конец";

/// The same, as `fmt` writes it.
const TIDY: &str = "name = \"Клиника\"

address = \"ул. Мира, 1\"

# регистратура
phone = \"+74952377297\"

specialties = [
    \"terapevt\",
] # пока один

history = [
    { at = 2026-11-23T09:00:00.000+03:00, by = \"anna\", event = \"created\", name = \"Клиника\", address = \"ул. Мира, 1\", phone = \"+74952377297\", specialties = [\"terapevt\"] },
]
# конец
";

fn messy() -> Sandbox {
    let s = Sandbox::new();
    fs::write(s.cwd.join("clinics/x.toml"), CLINIC).unwrap();
    s
}

fn text(s: &Sandbox, path: &str) -> String {
    fs::read_to_string(s.cwd.join(path)).unwrap()
}

#[test]
fn what_appt_writes_is_canonical() {
    let s = Sandbox::new();
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/django-dump.json");
    let ids = |line: &str| s.ok(&format!("{line} -o ids")).stdout.trim().to_owned();
    s.ok(&format!("import django-json {} --skip-invalid --rejects rejects.json", dump.display()));
    let id = ids(&format!("request new {PETR} {WEDNESDAY} --note 'Две\u{a0}строки'"));
    for line in [
        "set-status ID in-progress",
        "set-ranges ID --clinic 'чт 9-12, чт 14-16'",
        "set-ranges ID --patient 'чт 9-11'",
        "add-ranges ID --patient 'чт 14-16; ср 9-10'",
        "set-appointment ID 'чт 10:00'",
        "set-appointment ID --clear",
        "set-appointment ID 'чт 10:30'",
        "set-status ID processed",
        "note ID примечание",
        "reopen ID --reason 'Ошиблись временем'",
        "refuse ID --reason «Передумал»",
        "clinic-told ID",
    ] {
        s.ok(&format!("request {}", line.replace("ID", &id)));
        assert_eq!(s.ok("fmt --check").code, 0, "{line}");
    }
    let other = ids(&format!("request new {DARYA} {WEDNESDAY}"));
    s.ok(&format!("request edit {other} --clinic poliklinika-2 --specialty kardiolog"));
    s.ok(&format!("request reschedule {other} --range 'пт 9-12'"));
    s.ok("clinic edit poliklinika-1 --hours 09:00-18:00 --timezone Asia/Omsk --specialty khirurg --specialty terapevt");
    s.ok("specialty edit terapevt --alias врач --alias терапия");
    s.ok("operator edit boris --active false --email boris@example.org");
    s.ok("patient edit 4511227265 --phone 89017892570");
    s.ok("patient new --name 'Щукин Пётр' --passport 4511227266 --phone 89017892569");
    s.ok("patient merge 4511227265 4511227266");
    assert_eq!(s.ok("fmt --check").stdout, "Все файлы в каноническом виде.\n");
}

#[test]
fn a_write_leaves_a_person_s_comments_and_the_form() {
    let s = messy();
    s.ok("fmt");
    s.ok("clinic edit x --specialty kardiolog --hours 09:00-18:00");
    let after = text(&s, "clinics/x.toml");
    for comment in ["# пока один", "# регистратура", "# конец"] {
        assert_eq!(after.matches(comment).count(), 1, "{after}");
    }
    s.ok("fmt --check");
}

#[test]
fn fmt_brings_a_file_into_its_form_and_changes_nothing_else() {
    let s = messy();
    let before = s.bytes();
    let shown = s.ok("clinic show x --json").stdout;

    let checked = s.run("fmt --check").exits(1);
    assert_eq!(checked.stdout, "Изменился бы: clinics/x.toml\n");
    let tried = s.ok("fmt --dry-run");
    assert_eq!(tried.stdout, "Изменился бы: clinics/x.toml\n");
    assert_eq!(s.bytes(), before, "neither writes");

    assert_eq!(s.ok("fmt").stdout, "Изменён: clinics/x.toml\n");
    assert_eq!(text(&s, "clinics/x.toml"), TIDY);
    assert_eq!(s.ok("clinic show x --json").stdout, shown, "no value, no event");
    let mut after = s.bytes();
    let mut others = before;
    others.remove(Path::new("clinics/x.toml"));
    after.remove(Path::new("clinics/x.toml"));
    assert_eq!(after, others);

    assert_eq!(s.ok("--lang en fmt").stdout, "All files are in their canonical form.\n");
    assert_eq!(
        s.ok("fmt --check --json").json(),
        serde_json::json!({
            "changed": [], "unreadable": [], "dry_run": true,
        })
    );
}

#[test]
fn check_names_the_first_place_that_differs() {
    let s = messy();
    let found = s.ok("check --json").json();
    let found = &found["findings"].as_array().unwrap()[0];
    assert_eq!(
        (&found["rule"], &found["severity"], &found["file"], &found["record"]),
        (&"not-canonical".into(), &"warning".into(), &"clinics/x.toml".into(), &"clinic/x".into())
    );
    // The end of the first line is CRLF.
    assert_eq!((&found["line"], &found["column"]), (&1.into(), &39.into()));
    assert!(found["hint"].as_str().unwrap().contains("`appt fmt`"));
    fs::write(s.cwd.join("clinics/x.toml"), TIDY.replace("Мира, 1\"\n", "Мира, 1\"  \n")).unwrap();
    let found = s.ok("check --json").json();
    let found = &found["findings"][0];
    assert_eq!((&found["line"], &found["column"]), (&3.into(), &24.into()));
    s.run("check --strict").exits(1);
    s.ok("fmt");
    s.ok("check --strict");
}

#[test]
fn the_settings_get_the_ends_of_lines_that_check_asks_for() {
    for command in ["fmt", "check --fix"] {
        let s = Sandbox::new();
        let tidy = text(&s, "appt.toml");
        let path = s.cwd.join("appt.toml");
        fs::write(&path, format!("\u{feff}{}", tidy.replace('\n', "\r\n"))).unwrap();
        s.run("check --strict").exits(1);
        s.run("fmt --check").exits(1).prints("appt.toml");
        s.ok(command);
        assert_eq!(text(&s, "appt.toml"), tidy, "{command}");
        s.ok("check --strict");
    }
}

#[test]
fn it_needs_no_operator() {
    let mut s = messy();
    s.set("APPT_OPERATOR", "");
    s.fails("specialty new --title Окулист", 2, "usage", "no-operator");
    s.ok("fmt");
    assert_eq!(text(&s, "clinics/x.toml"), TIDY);
}

#[test]
fn what_can_t_be_read_is_named_and_left_alone() {
    let s = messy();
    let bad = "title = \"Тайна\"\n<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n";
    fs::write(s.cwd.join("specialties/bad.toml"), bad).unwrap();
    let huge = format!("title = \"a\" # {}\n", "x".repeat(300_000));
    fs::write(s.cwd.join("specialties/huge.toml"), &huge).unwrap();
    let ran = s.run("fmt").exits(1).says("specialties/bad.toml").says("specialties/huge.toml");
    assert!(!ran.stderr.contains("Тайна"));
    assert_eq!(ran.stdout, "Изменён: clinics/x.toml\n", "the rest is written");
    assert_eq!(text(&s, "specialties/bad.toml"), bad);
    assert_eq!(text(&s, "specialties/huge.toml"), huge);
    let again = s.run("fmt --json").exits(1).json();
    assert_eq!(again["unreadable"].as_array().unwrap().len(), 2);
    assert_eq!(s.ok("fmt clinics").stdout, "Все файлы в каноническом виде.\n");
}

#[test]
fn paths_name_files_folders_and_stores() {
    let mut s = messy();
    fs::write(s.cwd.join("clinics/y.toml"), CLINIC).unwrap();
    assert_eq!(s.ok("fmt clinics/y.toml specialties").stdout, "Изменён: clinics/y.toml\n");
    s.fails("fmt clinics/z.toml", 7, "store", "no-such-file");
    s.fails("fmt clinics ../elsewhere", 7, "store", "no-such-file");
    s.cwd = s.cwd.join("specialties");
    s.run("fmt --check ../clinics ../appt.toml").exits(1);
    s.ok("fmt --check .");
}

#[cfg(unix)]
#[test]
fn a_store_that_can_t_be_written_is_exit_7() {
    use std::os::unix::fs::PermissionsExt as _;
    let s = messy();
    let mode = |mode| {
        for folder in ["clinics", ".appt", ""] {
            let path = s.cwd.join(folder);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    mode(0o500);
    // Root may write anywhere.
    let is_held = fs::write(s.cwd.join("clinics/probe"), "").is_err();
    let ran = is_held.then(|| (s.run("fmt"), s.run("fmt --check")));
    mode(0o700);
    if let Some((written, checked)) = ran {
        assert_eq!(written.exits(7).stdout, "");
        checked.exits(1);
        assert_eq!(text(&s, "clinics/x.toml"), CLINIC);
    }
}

#[test]
fn a_folder_in_the_file_s_way_is_exit_7_and_nothing_is_written() {
    let s = messy();
    // The journal of several files can't be written where a folder lies.
    fs::write(s.cwd.join("clinics/y.toml"), CLINIC).unwrap();
    fs::create_dir(s.cwd.join(".appt/journal")).unwrap();
    s.run("fmt").exits(7);
    assert_eq!(text(&s, "clinics/x.toml"), CLINIC);
    assert_eq!(text(&s, "clinics/y.toml"), CLINIC);
}

#[test]
fn several_at_once_do_it_once() {
    let s = messy();
    let noted: Vec<_> = (0..3)
        .flat_map(|n| {
            [
                vec!["fmt".to_owned()],
                vec!["specialty".into(), "new".into(), "--title".into(), format!("Врач {n}")],
            ]
        })
        .map(|args| s.command(APPT).args(args).stdout(std::process::Stdio::null()).spawn().unwrap())
        .collect();
    for mut child in noted {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(text(&s, "clinics/x.toml"), TIDY);
    s.ok("fmt --check");
    assert_eq!(s.ok("specialty list -o ids").lines().len(), 6);
}

/// A store in which everything is wrong that `--fix` mends, and some things that it does not.
fn damaged() -> (Sandbox, String, String) {
    let (s, old) = Sandbox::with_request();
    let moved = s.ok(&format!("request reschedule {old} --range 'чт 9-12' -o ids"));
    let new = common::short(moved.stdout.trim()).to_owned();
    let text = |id: &str| fs::read_to_string(s.file(id)).unwrap();
    // One half of the link is gone, its event too; the other request lies in another day's folder.
    let half = text(&old);
    let half: Vec<&str> = half.split("\n\n").filter(|p| !p.starts_with("rescheduled_to")).collect();
    let half = half.join("\n\n");
    let half: Vec<&str> =
        half.lines().filter(|line| !line.contains("key = \"rescheduled_to\"")).collect();
    fs::write(s.file(&old), half.join("\n") + "\n").unwrap();
    let from = s.file(&new);
    fs::create_dir_all(s.cwd.join("requests/2026/11/24")).unwrap();
    fs::rename(&from, s.cwd.join("requests/2026/11/24").join(from.file_name().unwrap())).unwrap();
    // A change by hand, and a record made by hand.
    s.by_hand(&s.cwd.join("clinics/poliklinika-1.toml"), "Ленина", "Карла Маркса");
    fs::write(s.cwd.join("specialties/lor.toml"), "title='Отоларинголог' # лор\n").unwrap();
    fs::write(s.cwd.join("clinics/x.toml"), CLINIC).unwrap();
    (s, old, new)
}

#[test]
fn fix_takes_a_record_home_from_anywhere() {
    let (s, id) = Sandbox::with_request();
    let home = s.file(&id);
    let name = home.file_name().unwrap().to_str().unwrap().to_owned();
    for away in
        [name.clone(), name.replace(".toml", "").to_uppercase() + ".toml", format!("old/{name}")]
    {
        let away = s.cwd.join(away);
        fs::create_dir_all(away.parent().unwrap()).unwrap();
        fs::rename(&home, &away).unwrap();
        s.ok("check --fix");
        assert!(home.exists() && !away.exists(), "{}", away.display());
    }
}

/// A hint that is followed to the letter mends.
#[test]
fn an_empty_list_and_a_range_without_length_say_what_they_lack() {
    let (s, id) = Sandbox::with_request();
    let file = s.file(&id);
    let text = fs::read_to_string(&file).unwrap();
    let start = text.find("patient_ranges = [").unwrap();
    let end = start + text[start..].find("\n]").unwrap() + 2;
    fs::write(&file, format!("{}patient_ranges = []{}", &text[..start], &text[end..])).unwrap();
    let said = s.run("check").exits(1).stdout;
    assert!(said.contains("Впишите значение в список `patient_ranges`."), "{said}");
    fs::write(&file, text.replacen("end = 2026-11-25T12:00", "end = 2026-11-25T09:00", 1)).unwrap();
    let said = s.run("check").exits(1).stdout;
    assert!(said.contains("Впишите более поздний end."), "{said}");
}

#[test]
fn fix_mends_what_has_one_safe_answer() {
    let (s, old, new) = damaged();
    let before = s.bytes();
    let tried = s.run("check --fix --dry-run").exits(1);
    assert_eq!(s.bytes(), before, "a dry run writes nothing");
    insta::assert_snapshot!(s.screen(&tried), @r#"
    ошибка[misplaced-file]: Файл лежит не там, где велит его имя.
     ╭▸ requests/2026/11/24/20261123-AAAAAA.toml:1:1
     ╰ подсказка: Его место: requests/2026/11/23/20261123-AAAAAA.toml. Переместит `appt check --fix`.

    предупреждение[unrecorded-edit]: `address` изменили в файле: по истории другое значение.
      ╭▸ clinics/poliklinika-1.toml:3:11
      │
    3 │ address = "…"
      │           ━━━
      │
      ╰ подсказка: Внести её в историю может администратор: `appt check --fix`; ошибочную верните как было.

    предупреждение[not-canonical]: Строки кончаются на CRLF, а не на LF.
      ╭▸ clinics/x.toml:1:39
      │
    1 │ specialties = ['terapevt'] #…
      │                              ━
      │
      ╰ подсказка: Выполните `appt fmt` или сохраните файл в UTF-8 без BOM с концами строк LF.

    предупреждение[unrecorded-edit]: Запись сделана в файле: у неё нет истории.
     ╭▸ specialties/lor.toml:1:1
     ╰ подсказка: Внести её в историю может администратор: `appt check --fix`; ошибочную верните как было.

    предупреждение[not-canonical]: Файл записан не в каноническом виде.
      ╭▸ specialties/lor.toml:1:6
      │
    1 │ title='…' #…
      │      ━
      │
      ╰ подсказка: Выполните `appt fmt`.

    Ошибок: 1, предупреждений: 4. О правиле: `appt check --explain ПРАВИЛО`.
    --- stderr
    Исправилось бы: requests/2026/11/24/20261123-AAAAAA.toml → requests/2026/11/23/20261123-AAAAAA.toml
    Исправилось бы: specialties/lor.toml: правка внесена в историю.
    Исправилось бы: clinics/poliklinika-1.toml: правка внесена в историю.
    Исправилось бы: requests/2026/11/23/20261123-BBBBBB.toml: вторая половина ссылки.
    Исправилось бы: specialties/lor.toml: канонический вид.
    Исправилось бы: clinics/x.toml: канонический вид.
    "#);
    let mended = s.ok("check --fix --strict");
    insta::assert_snapshot!(s.screen(&mended), @"
    Данные в порядке.
    --- stderr
    Исправлено: requests/2026/11/24/20261123-AAAAAA.toml → requests/2026/11/23/20261123-AAAAAA.toml
    Исправлено: specialties/lor.toml: правка внесена в историю.
    Исправлено: clinics/poliklinika-1.toml: правка внесена в историю.
    Исправлено: requests/2026/11/23/20261123-BBBBBB.toml: вторая половина ссылки.
    Исправлено: specialties/lor.toml: канонический вид.
    Исправлено: clinics/x.toml: канонический вид.
    ");
    assert_eq!(s.show(&old)["rescheduled_to"], s.show(&new)["id"]);
    assert!(s.file(&new).starts_with(s.cwd.join("requests/2026/11/23")));
    let clinic = s.ok("clinic show poliklinika-1 --json").json();
    let last = clinic["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["event"], &last["key"]), (&"set".into(), &"address".into()));
    assert_eq!(text(&s, "clinics/x.toml"), TIDY);
    assert!(
        text(&s, "specialties/lor.toml").starts_with("title = \"Отоларинголог\" # лор\n\nhistory")
    );

    let after = s.bytes();
    let again = s.ok("check --fix");
    assert_eq!((again.stdout.as_str(), again.stderr.as_str()), ("Данные в порядке.\n", ""));
    assert_eq!(s.bytes(), after, "mended once, mended for good");
}

#[test]
fn fix_signs_a_hand_s_change_with_git_s_user() {
    let s = Sandbox::new();
    s.git("init -q");
    s.ok("operator edit boris --email boris@example.org");
    s.git("config user.email boris@example.org");
    s.by_hand(&s.cwd.join("clinics/poliklinika-1.toml"), "Ленина", "Карла Маркса");
    s.ok("check --fix");
    let clinic = s.ok("clinic show poliklinika-1 --json").json();
    assert_eq!(clinic["history"].as_array().unwrap().last().unwrap()["by"], "boris");
}

#[test]
fn fix_tells_a_program_what_it_mended() {
    let (s, id) = Sandbox::with_request();
    assert!(s.ok("check --json").json().get("mended").is_none());
    let clinic = "clinics/poliklinika-1.toml";
    s.by_hand(&s.cwd.join(clinic), "\n\nphone", "\n\n\n\nphone");
    let path = s.file(&id);
    let home = path.strip_prefix(&s.cwd).unwrap().to_str().unwrap().to_owned();
    let astray = format!("requests/{}", path.file_name().unwrap().to_str().unwrap());
    fs::rename(&path, s.cwd.join(&astray)).unwrap();
    for line in ["check --fix --json --dry-run", "check --fix --json"] {
        let mended = s.run(line).json()["mended"].clone();
        assert_eq!(
            (&mended[0]["file"], &mended[0]["to"]),
            (&astray.as_str().into(), &home.as_str().into())
        );
        assert_eq!(
            (&mended[1]["file"], &mended[1]["to"]),
            (&clinic.into(), &serde_json::Value::Null)
        );
        assert_eq!(mended[1]["message"], format!("{clinic}: канонический вид."));
        assert_eq!(mended.as_array().unwrap().len(), 2, "{mended}");
    }
    assert_eq!(s.ok("check --fix --json").json()["mended"].as_array().unwrap().len(), 0);
}

#[test]
fn fix_leaves_what_a_person_must_decide() {
    let (s, id) = Sandbox::with_request();
    // A status changed by hand is an error, and stays one.
    s.by_hand(&s.file(&id), "status = \"created\"", "status = \"patient-refused\"");
    // A place that is taken; two that want one place.
    fs::write(s.cwd.join("specialties/bad.toml"), "title = \n").unwrap();
    let patient = s.patient_file();
    let name = patient.file_name().unwrap();
    fs::create_dir_all(s.cwd.join("patients/zz")).unwrap();
    fs::copy(&patient, s.cwd.join("patients/zz").join(name)).unwrap();
    for folder in ["requests/2026/11/20", "requests/2026/11/21"] {
        fs::create_dir_all(s.cwd.join(folder)).unwrap();
        fs::copy(s.file(&id), s.cwd.join(folder).join("20261122-k7m2qx.toml")).unwrap();
    }
    let before = s.bytes();
    let ran = s.run("check --fix --json").exits(1);
    assert_eq!(s.bytes(), before);
    let found = ran.json();
    assert_eq!(found["mended"].as_array().unwrap().len(), 0);
    let rules: Vec<&str> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    let hint = &found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["file"].as_str().unwrap().starts_with("patients/zz"));
    let hint = hint.unwrap()["hint"].as_str().unwrap();
    assert!(hint.starts_with("Его место занято") && !hint.contains("--fix"), "{hint}");
    assert_eq!(
        rules,
        ["misplaced-file", "misplaced-file", "misplaced-file", "history-mismatch", "syntax"]
    );
}

#[test]
fn fix_adds_nothing_to_a_history_that_is_wrong() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    // A step that nobody can take, and a value that the history does not give.
    s.by_hand(&s.file(&id), "to = \"in-progress\"", "to = \"processed\"");
    s.by_hand(&s.file(&id), "clinic = \"poliklinika-1\"", "clinic = \"poliklinika-2\"");
    let before = s.bytes();
    let ran = s.run("check --fix").exits(1);
    assert!(ran.stdout.contains("illegal-transition"), "{}", ran.stdout);
    assert_eq!(s.bytes(), before);
}

#[test]
fn fix_does_not_choose_between_two_halves() {
    let (s, old, new) = damaged();
    let third = s.request(DARYA, WEDNESDAY);
    let whole = s.show(&old)["id"].as_str().unwrap().to_owned();
    let link = format!("rescheduled_from = \"{whole}\"\n\nhistory = [");
    s.by_hand(&s.file(&third), "history = [", &link);
    let ran = s.run("check --fix").exits(1);
    assert_eq!(s.show(&old)["rescheduled_to"], Json::Null, "{new} or {third}?");
    assert_eq!(ran.stdout.matches("broken-link").count(), 2);
    assert!(!ran.stderr.contains("Внимание"), "neither was tried: {}", ran.stderr);
    let after = s.bytes();
    s.run("check --fix").exits(1);
    assert_eq!(s.bytes(), after);
}

#[test]
fn fix_believes_no_link_that_its_history_or_another_patient_belies() {
    let (s, old) = Sandbox::with_request();
    let moved = s.ok(&format!("request reschedule {old} --range 'чт 9-12' -o ids"));
    let (new, third) = (moved.stdout.trim().to_owned(), s.request(DARYA, WEDNESDAY));
    let whole = |id: &str| s.show(id)["id"].as_str().unwrap().to_owned();
    // The history names another request.
    let link = |id: &str| format!("rescheduled_to = \"{id}\"\n\nhistory = [");
    s.by_hand(&s.file(&old), &link(&new), &link(&whole(&third)));
    // One patient's request names another's.
    let fourth = s.request(DARYA, WEDNESDAY);
    let foreign = format!("rescheduled_from = \"{}\"\n\nhistory = [", whole(&fourth));
    let stranger = s.request(PETR, WEDNESDAY);
    s.by_hand(&s.file(&stranger), "history = [", &foreign);
    let texts = || [&third, &fourth].map(|id| fs::read_to_string(s.file(id)).unwrap());
    let before = texts();
    let ran = s.run("check --fix").exits(1);
    assert_eq!(texts(), before);
    assert!(ran.stdout.contains(&format!("По истории здесь `{new}`")), "{}", ran.stdout);
    assert!(!ran.stdout.contains("сделает `appt check --fix`"), "{}", ran.stdout);
}

#[test]
fn fix_mends_what_a_path_names() {
    let (s, old, _) = damaged();
    s.run("check --fix clinics").exits(0);
    assert_eq!(text(&s, "clinics/x.toml"), TIDY);
    assert_eq!(text(&s, "specialties/lor.toml"), "title='Отоларинголог' # лор\n");
    assert_eq!(s.show(&old)["rescheduled_to"], Json::Null);
}

#[cfg(unix)]
#[test]
fn fix_follows_no_link() {
    let (s, id) = Sandbox::with_request();
    let outside = s.folder().join("outside");
    fs::create_dir(&outside).unwrap();
    let file = s.file(&id);
    let (day, name) = (file.parent().unwrap(), file.file_name().unwrap());
    fs::create_dir_all(s.cwd.join("requests/2026/11/24")).unwrap();
    fs::rename(&file, s.cwd.join("requests/2026/11/24").join(name)).unwrap();
    fs::remove_dir(day).unwrap();
    std::os::unix::fs::symlink(&outside, day).unwrap();
    s.run("check --fix").exits(1);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn fix_does_what_this_operator_may() {
    let s = Sandbox::with_request().0;
    s.by_hand(&s.cwd.join("clinics/poliklinika-1.toml"), "Ленина", "Карла Маркса");
    s.by_hand(&s.patient_file(), "Фёдорович", "Фомич");
    let ran = s.boris("check --fix").exits(0);
    assert!(ran.stderr.contains("clinics/poliklinika-1.toml: Нужны права администратора."));
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("Фомич"), "nothing personal");
    assert!(ran.stdout.contains("warning") || ran.stdout.contains("unrecorded-edit"));
    assert!(fs::read_to_string(s.patient_file()).unwrap().contains("by = \"boris\""));
}

#[test]
fn fix_without_an_operator_mends_the_form() {
    let mut s = messy();
    s.by_hand(&s.cwd.join("clinics/poliklinika-1.toml"), "Ленина", "Карла Маркса");
    s.set("APPT_OPERATOR", "");
    let ran = s.ok("check --fix").says("Неизвестно, кто работает.");
    assert!(ran.stdout.contains("unrecorded-edit"));
    assert_eq!(text(&s, "clinics/x.toml"), TIDY);
}

/// TOML as validators see it: a time is a string.
fn as_json(text: &str) -> Json {
    fn of(value: toml::Value) -> Json {
        match value {
            toml::Value::Datetime(at) => at.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(of).collect(),
            toml::Value::Table(table) => {
                table.into_iter().map(|(key, value)| (key, of(value))).collect()
            }
            other => serde_json::to_value(other).unwrap(),
        }
    }
    of(toml::Value::Table(text.parse().unwrap()))
}

fn records() -> Vec<(Kind, String, String)> {
    fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-example");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let read = |path: std::path::PathBuf| {
        let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let (kind, id) = layout::record_at(&relative)?;
        Some((kind, id.to_owned(), fs::read_to_string(&path).unwrap()))
    };
    files.into_iter().filter_map(read).collect()
}

#[test]
fn the_schema_takes_the_example_and_refuses_what_is_broken() {
    let records = records();
    assert!(records.len() > 20);
    let validators: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| jsonschema::validator_for(&schema::of(*kind, Format::Ru, Lang::En)).unwrap())
        .collect();
    let validator =
        |kind: Kind| &validators[Kind::ALL.iter().position(|other| *other == kind).unwrap()];
    for (kind, id, text) in &records {
        let value = as_json(text);
        let errors: Vec<String> =
            validator(*kind).iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{id}: {errors:?}");
        for field in kind.fields().iter().filter(|field| field.required()) {
            let mut lacking = value.clone();
            lacking.as_object_mut().unwrap().remove(field.key);
            assert!(!validator(*kind).is_valid(&lacking), "{id} without {}", field.key);
        }
        let breaks: [(&str, Json); 5] = [
            ("unknown", 1.into()),
            ("conflicts", serde_json::json!([{ "value": 1 }])),
            (
                "history",
                serde_json::json!([{ "at": "2026-11-23T10:00:00+03:00", "event": "note" }]),
            ),
            (
                "history",
                serde_json::json!([{ "at": "2026-11-23T10:00:00+03:00", "by": "anna", "event": "set", "key": "nothing" }]),
            ),
            (kind.fields()[0].key, serde_json::json!(["", 5])),
        ];
        for (key, value_of) in breaks {
            let mut broken = value.clone();
            broken[key] = value_of;
            assert!(!validator(*kind).is_valid(&broken), "{id}: {key}");
        }
    }
}

#[test]
fn the_schema_is_printed_without_a_store() {
    let s = Sandbox::empty();
    let printed = s.ok("schema request").json();
    assert_eq!(printed["title"], "заявка");
    assert_eq!(s.ok("--lang en schema patient").json()["title"], "patient");
    assert_eq!(s.ok("schema settings").json()["title"], "appt.toml");
    s.run("schema visit").exits(2);
    s.run("schema").exits(2).says("request");
}

#[test]
fn init_tells_editors_where_the_schemas_are() {
    let s = Sandbox::new();
    let config: toml::Table = text(&s, ".taplo.toml").parse().unwrap();
    let rules = config["rule"].as_array().unwrap();
    assert_eq!(rules.len(), Kind::ALL.len() + 1);
    for rule in rules {
        let schema = text(&s, rule["schema"]["path"].as_str().unwrap());
        let schema: Json = serde_json::from_str(&schema).unwrap();
        assert!(jsonschema::validator_for(&schema).is_ok());
    }
    assert!(text(&s, ".gitignore").contains("/.appt/"), "they are this machine's own");
}

/// What taplo makes of records is what `appt fmt` makes of them.
#[test]
fn taplo_leaves_the_form_alone() {
    if std::process::Command::new("taplo").arg("--version").output().is_err() {
        return; // An editor's tool: nobody needs it to work on the program.
    }
    let s = Sandbox::with_request().0;
    let before = s.bytes();
    for command in ["format", "lint"] {
        assert!(s.command("taplo").arg(command).output().unwrap().status.success(), "{command}");
    }
    assert_eq!(s.bytes(), before);
}
