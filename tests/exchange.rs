//! `export`, `import csv|jsonl` and `batch`, by the built program: what goes out comes in again, and
//! nothing that stands in a record breaks out of its place.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use common::{APPT, DARYA, PETR, Ran, Sandbox, WEDNESDAY};
use serde_json::{Value as Json, json};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data-example");
const DUMP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/django-dump.json");
/// A patient who wants to be a formula, a calendar and a page.
const HOSTILE: &str = r"=cmd()|a;\nEND:VEVENT<script>";

/// A store with nothing but its first operator.
fn empty(operator: &str) -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.ok(&format!("init --operator {operator} --name 'Анна Смирнова' --no-git"));
    sandbox.set("APPT_OPERATOR", operator);
    sandbox
}

/// Writes a file beside the store; its path as an argument.
fn file(sandbox: &Sandbox, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = sandbox.folder().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn piped(sandbox: &Sandbox, args: &[&str], input: &str) -> Ran {
    let mut command = sandbox.command(APPT);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(&args.join(" "), child.wait_with_output().unwrap())
}

/// Windows-1251 of Russian text.
fn windows(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        'Ё' => 0xa8,
        'ё' => 0xb8,
        '№' => 0xb9,
        'А'..='я' => u8::try_from(u32::from(c) - 0x410 + 0xc0).unwrap(),
        c => u8::try_from(c).expect("Russian text"),
    };
    text.chars().map(byte).collect()
}

fn comes_in_again(out: &str, operator: &str) {
    let other = empty(operator);
    piped(&other, &["import", "jsonl", "-"], out).exits(0);
    assert_eq!(other.ok("export jsonl").stdout, out, "what comes out again is the same");
    let before = other.bytes();
    piped(&other, &["import", "jsonl", "-"], out).exits(0);
    assert_eq!(other.bytes(), before, "imported again it changes nothing");
    other.ok("check");
}

#[test]
fn the_example_store_goes_out_and_comes_in_again() {
    let out = Sandbox::empty().ok(&format!("-C {EXAMPLE} export jsonl")).stdout;
    // The first operator of the new store makes room for the one of that name.
    comes_in_again(&out, "olga");
    comes_in_again(&out, "anna");
}

#[test]
fn the_old_site_goes_out_and_comes_in_again() {
    let old = empty("maria");
    old.ok(&format!("import django-json {DUMP} --skip-invalid"));
    comes_in_again(&old.ok("export jsonl").stdout, "maria");
}

#[test]
fn what_no_version_knows_and_nobody_settled_comes_in_again() {
    let (sandbox, _) = Sandbox::with_request();
    let file = sandbox.patient_file();
    sandbox.by_hand(&file, "history = [", "seen = 1999-01-02\n\nconflicts = [\n    { key = \"phone\", value = \"+79990000000\", by = \"boris\", at = 2026-11-23T10:00:00.500+03:00 },\n]\n\nhistory = [");
    sandbox.by_hand(
        &file,
        "passport = \"4511227265\",",
        "passport = \"4511227265\", odd = [1, 2],",
    );
    let out = sandbox.ok("export jsonl").stdout;
    assert!(out.contains(r#""unknown":{"seen":"1999-01-02"}"#), "{out}");
    let other = empty("anna");
    piped(&other, &["import", "jsonl", "-"], &out).exits(0);
    assert_eq!(other.ok("export jsonl").stdout, out);
    let path = file.strip_prefix(&sandbox.cwd).unwrap();
    let text = fs::read_to_string(other.cwd.join(path)).unwrap();
    assert!(text.contains("\nseen = 1999-01-02\n") && text.contains("odd = [1, 2]"), "{text}");
}

#[test]
fn a_control_character_does_not_come_in_with_a_history() {
    let out = Sandbox::with_request().0.ok("export jsonl").stdout;
    assert!(out.contains("Терапевт"));
    // As it is, which is read without a tree of JSON, and as an escape, which is not.
    for hidden in ["Тера\u{202e}певт", "Тера\\u202eпевт"] {
        let other = empty("anna");
        let before = other.bytes();
        let ran = piped(&other, &["import", "jsonl", "-"], &out.replace("Терапевт", hidden));
        ran.exits(3).says("control-character");
        assert_eq!(other.bytes(), before);
    }
}

#[test]
fn records_that_are_there_are_united_with_their_history() {
    let (sandbox, id) = Sandbox::with_request();
    let out = sandbox.ok("export jsonl").stdout;
    sandbox.ok(&format!("request note {id} 'здесь'"));
    let other = empty("anna");
    piped(&other, &["import", "jsonl", "-"], &out).exits(0);
    other.ok(&format!("request note {id} 'там'"));
    let theirs = other.ok("export jsonl").stdout;
    let file = sandbox.file(&id);
    sandbox.by_hand(&file, "status = ", "# её помнят\nstatus = ");
    piped(&sandbox, &["import", "jsonl", "-"], &theirs).exits(0);
    let text = fs::read_to_string(&file).unwrap();
    for said in ["здесь", "там", "# её помнят"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    sandbox.ok("check");
    let before = sandbox.bytes();
    piped(&sandbox, &["import", "jsonl", "-"], &theirs).exits(0);
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_patient_of_another_store_with_a_known_passport_becomes_one_with_the_known() {
    let (sandbox, id) = Sandbox::with_request();
    let (other, theirs) = Sandbox::with_request();
    let out = other.ok("export jsonl").stdout;
    let ran = piped(&sandbox, &["import", "jsonl", "-", "--json"], &out).exits(0);
    assert_eq!(ran.json()["models"]["patient"]["merged"], 1, "{}", ran.stdout);
    assert_eq!(sandbox.show(&id)["patient_name"], sandbox.show(&theirs)["patient_name"]);
    assert_eq!(sandbox.ok("patient list -o ids").lines().len(), 1);
    sandbox.ok("check");
    let before = sandbox.bytes();
    piped(&sandbox, &["import", "jsonl", "-"], &out).exits(0);
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_record_that_breaks_a_rule_takes_with_it_what_refers_to_it() {
    let (sandbox, id) = Sandbox::with_request();
    let out = sandbox.ok("export jsonl").stdout.replace("4511227265", "451122");
    let other = empty("anna");
    let before = other.bytes();
    let ran = piped(&other, &["import", "jsonl", "-", "--json"], &out).exits(3);
    assert_eq!(ran.error()["rule"], "invalid-rows");
    assert_eq!(other.bytes(), before);
    let rows = ran.json();
    let why = |kind: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["model"] == kind).unwrap();
        row["reasons"].clone()
    };
    assert_eq!(why("patient"), json!(["bad-value"]));
    assert_eq!(why("request"), json!(["dangling-reference"]));
    let rejects = other.folder().join("rejects.json");
    let rejects = rejects.to_str().unwrap();
    piped(&other, &["import", "jsonl", "-", "--skip-invalid", "--rejects", rejects], &out).exits(0);
    assert_eq!(other.ok("request list --all -o ids").stdout, "");
    let mended = fs::read_to_string(rejects).unwrap().replace("451122", "4511227265");
    fs::write(rejects, mended).unwrap();
    other.ok(&format!("import jsonl {rejects}"));
    assert_eq!(other.show(&id)["status"], "created");
    assert_eq!(other.ok("export jsonl").stdout, sandbox.ok("export jsonl").stdout);
}

#[test]
fn plain_objects_make_records() {
    let sandbox = Sandbox::new();
    let objects = [
        json!({ "kind": "specialty", "title": "Окулист", "aliases": ["глазной"] }),
        json!({ "kind": "request", "name": "Щукин Пётр", "passport": "4511 227265",
            "phone": "8 901 789-25-69", "clinic": "Поликлиника № 1", "specialty": "терапевт",
            "patient_ranges": [{ "start": "2026-11-25T09:00:00+03:00", "end": "2026-11-25T12:00:00+03:00" }] }),
    ];
    let text: String = objects.iter().map(|object| format!("{object}\n")).collect();
    piped(&sandbox, &["import", "jsonl", "-"], &text).exits(0);
    sandbox.ok("specialty show глазной");
    let list = sandbox.ok("request list --json").json();
    assert_eq!(list[0]["patient_ranges"], objects[1]["patient_ranges"]);
    // What any list prints can be read, and is known here.
    let listed = piped(&sandbox, &["import", "jsonl", "-", "--json"], &list.to_string()).exits(0);
    assert_eq!(listed.json()["models"]["request"]["known"], 1);
}

#[test]
fn a_row_with_a_history_that_is_refused_goes_back_as_it_came() {
    let sandbox = Sandbox::new();
    let out = Sandbox::empty().ok(&format!("-C {EXAMPLE} export jsonl")).stdout;
    let row = out.lines().find(|line| line.contains("\"kind\":\"patient\"")).unwrap();
    let mut bad: serde_json::Value = serde_json::from_str(row).unwrap();
    bad["phone"] = json!("12");
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let deep = row.replacen('{', &format!("{{\"deep\":{deep},"), 1);
    let args = ["import", "jsonl", "-", "--skip-invalid", "--rejects", "back.json", "--operator"];
    let args: Vec<&str> = args.into_iter().chain(["anna"]).collect();
    let before = sandbox.bytes().len();
    piped(&sandbox, &args, &format!("{bad}\n{deep}\n")).exits(0);
    let back: serde_json::Value =
        serde_json::from_slice(&fs::read(sandbox.cwd.join("back.json")).unwrap()).unwrap();
    assert_eq!(back[0]["reasons"], json!(["bad-value"]));
    assert_eq!(back[1]["reasons"], json!(["syntax"]));
    let mut first = back[0].clone();
    first.as_object_mut().unwrap().remove("reasons");
    assert_eq!(first, bad);
    assert_eq!(sandbox.bytes().len(), before + 1, "nothing but the rows that go back");
}

#[test]
fn a_row_of_no_kind_is_refused_and_the_kinds_are_named() {
    let sandbox = Sandbox::new();
    let kinds = "бывают: specialty, clinic, operator, patient, request";
    for (row, said) in [
        (json!({ "kind": "foo", "title": "Окулист" }), "Строка 1: вида «foo» нет; "),
        (json!({ "kind": 5, "title": "Окулист" }), "Строка 1: такого вида в `kind` нет; "),
        (json!({ "kind": "4511 227265", "title": "x" }), "Строка 1: такого вида в `kind` нет; "),
        (json!({ "title": "Окулист" }), "Строка 1: нет ключа `kind`, "),
    ] {
        let before = sandbox.bytes();
        let ran = piped(&sandbox, &["import", "jsonl", "-"], &format!("{row}\n")).exits(3);
        ran.says(said).says(kinds);
        assert_eq!(sandbox.bytes(), before);
    }
    // What a list prints says enough.
    let list = sandbox.ok("specialty list --json").stdout;
    piped(&sandbox, &["import", "jsonl", "-"], &list).exits(0);
}

#[test]
fn what_is_no_json_is_refused_with_its_line() {
    let sandbox = Sandbox::new();
    let path = file(&sandbox, "broken.jsonl", "{\"kind\":\"patient\"}\n{broken\n");
    let error = sandbox.refused(&format!("import jsonl {path}"), "syntax");
    assert_eq!((&error["line"], &error["column"]), (&json!(2), &json!(2)));
}

const SHEET: &str = "№;ФИО;Паспорт;Телефон;Клиника;Врач;Удобное время;Статус;Примечание\r\n\
    1;ЛАБАНОВА ДАРЬЯ ОЛЕГОВНА;4511 223344;8 (916) 123-45-67;Поликлиника № 1;терапевт;ср 9-12;Создана;\"просила; утром\"\r\n\
    2;Щукин Пётр;4511 227265;89017892569;поликлиника № 2;Кардиолог;\"чт 9-12; пт после 15\";;\r\n\
    3;Щукин Пётр;4511 227265;89017892569;Поликлиника № 2;участковый врач;\"27.11.2026 10-13\";;\r\n";

#[test]
fn a_russian_spreadsheet_comes_in_as_excel_writes_it() {
    let mut all = Vec::new();
    let bom = [&[0xef, 0xbb, 0xbf], SHEET.as_bytes()].concat();
    let tabs = SHEET
        .replace("\"просила; утром\"", "просила; утром")
        .replace("\"чт 9-12; пт после 15\"", "чт 9-12@ пт после 15");
    let tabs = tabs.replace(';', "\t").replace('@', ";").replace("просила\t", "просила;");
    for bytes in [windows(SHEET), SHEET.as_bytes().to_vec(), bom, tabs.into_bytes()] {
        let sandbox = Sandbox::new();
        let path = file(&sandbox, "sheet.csv", bytes);
        let before = sandbox.bytes();
        sandbox.ok(&format!("import csv {path} --dry-run"));
        assert_eq!(sandbox.bytes(), before);
        let ran = sandbox.ok(&format!("import csv {path} --json"));
        assert_eq!(ran.json()["models"]["request"]["imported"], 3, "{}", ran.stdout);
        let columns = "patient_name,clinic,specialty,patient_ranges,status";
        let list = sandbox.ok(&format!("request list --columns {columns} -o csv")).stdout;
        let mut lines: Vec<&str> = list.lines().skip(1).collect();
        lines.sort_unstable();
        all.push(lines.join("\n"));
        sandbox.ok("check");
        let after = sandbox.bytes();
        let again = sandbox.ok(&format!("import csv {path} --json"));
        assert_eq!(again.json()["models"]["request"]["known"], 3);
        assert_eq!(sandbox.bytes(), after);
    }
    assert!(all.iter().all(|list| *list == all[0]), "{all:?}");
    insta::assert_snapshot!(all[0], @"
    Лабанова Дарья Олеговна,poliklinika-1,terapevt,2026-11-25T09:00:00+03:00/2026-11-25T12:00:00+03:00,created
    Щукин Пётр,poliklinika-2,kardiolog,2026-11-26T09:00:00+03:00/2026-11-26T12:00:00+03:00; 2026-11-27T15:00:00+03:00/2026-11-27T20:00:00+03:00,created
    Щукин Пётр,poliklinika-2,terapevt,2026-11-27T10:00:00+03:00/2026-11-27T13:00:00+03:00,created
    ");
}

#[test]
fn bad_rows_of_a_spreadsheet_are_named_and_nothing_comes_in() {
    let sandbox = Sandbox::new();
    let sheet = "ФИО,Паспорт,Телефон,Клиника,Специальность,Удобное время\n\
        Щукин Пётр,1,89017892569,Поликлиника № 1,Терапевт,ср 9-12\n\
        Котова Анна,4511000001,89017892569,Нет такой,Терапевт,ср 9-12\n\
        Лосев Иван,4511000002,89017892569,Поликлиника № 1,Терапевт,ср 12-9\n\
        Зимин Олег,4511000003,89017892569,Поликлиника № 1,Терапевт,ср 9-12\n";
    let path = file(&sandbox, "sheet.csv", sheet);
    let before = sandbox.bytes();
    let ran = sandbox.run(&format!("import csv {path}")).exits(3);
    assert_eq!(sandbox.bytes(), before);
    insta::assert_snapshot!(ran.stderr, @"
    Строка 2, столбец «Паспорт»: не читается; нужно: 10 цифр, например 4511 223344 (bad-value)
    Строка 3, столбец «Клиника»: такой записи нет; нужно: название или код из `appt clinic list` (dangling-reference)
    Строка 4, столбец «Удобное время»: Конец раньше начала: среда, 25 ноября, 12:00–9:00. Возможно, `ср 9-12`. (range-order)
    Строк с ошибками: 3 из 4. Ничего не записано.
    Исправьте их или перенесите остальные: `--skip-invalid --rejects ФАЙЛ`.
    ");
    let rejects = sandbox.folder().join("rejects.json");
    let rejects = rejects.to_str().unwrap();
    let tried = format!("import csv {path} --skip-invalid --rejects {rejects} --dry-run");
    assert!(sandbox.ok(&tried).stderr.contains("Без `--dry-run` пропущенные строки будут здесь"));
    assert!(!Path::new(rejects).exists());
    sandbox.ok(&format!("import csv {path} --skip-invalid --rejects {rejects}"));
    assert_eq!(sandbox.ok("request list -o ids").lines().len(), 1);
    let text = fs::read_to_string(rejects).unwrap();
    let rows: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(rows[1]["Клиника"], "Нет такой");
    let mended = text.replace("\"1\"", "\"4511 000009\"").replace("Нет такой", "Поликлиника № 1");
    fs::write(rejects, mended.replace("12-9", "9-12")).unwrap();
    sandbox.ok(&format!("import csv {rejects}"));
    assert_eq!(sandbox.ok("request list -o ids").lines().len(), 4);
    sandbox.ok("check");
}

#[test]
fn a_table_that_asks_for_the_same_doctor_once_more_says_so() {
    let sandbox = Sandbox::new();
    let sheet = "ФИО,Паспорт,Телефон,Клиника,Специальность,Удобное время\n\
        Котова Анна,4511000001,89017892569,Поликлиника № 1,Терапевт,ср 9-12\n";
    let import = |text: &str| {
        let path = file(&sandbox, "sheet.csv", text);
        sandbox.ok(&format!("import csv {path}")).stderr
    };
    assert!(!import(sheet).contains("уже была"));
    let id = sandbox.ok("request list -o ids").stdout;
    let number = id.trim().split_once('-').unwrap().1;
    let said = import(&sheet.replace("ср", "чт"));
    let same =
        format!("Открытая заявка того же пациента к тому же врачу уже была, таких: 1 (#{number}).");
    assert!(said.contains(&same), "{said}");
}

#[test]
fn a_table_with_past_times_comes_in_and_says_whom_to_call() {
    let sandbox = Sandbox::new();
    let sheet = "ФИО,Паспорт,Телефон,Клиника,Специальность,Удобное время\n\
        Котова Анна,4511000001,89017892569,Поликлиника № 1,Терапевт,02.11.2026 9-12\n\
        Зимин Олег,4511000003,89017892569,Поликлиника № 1,Терапевт,ср 9-12\n";
    let path = file(&sandbox, "sheet.csv", sheet);
    let ran = sandbox.ok(&format!("import csv {path}"));
    let late = sandbox.ok("request list --json").json();
    let is_late = |request: &&Json| request["patient_name"] == "Котова Анна";
    let late = late.as_array().unwrap().iter().find(is_late).unwrap();
    let number = late["id"].as_str().unwrap().split_once('-').unwrap().1;
    assert!(
        ran.stderr.contains(&format!("Время уже прошло, заявок: 1 (#{number}).")),
        "{}",
        ran.stderr
    );
    assert!(!sandbox.ok(&format!("import csv {path}")).stderr.contains("Время уже прошло"));
}

/// A row without a name is rejected; once it came in mended its patient is known, and the row as it was
/// would do. It asks for what is asked for already.
#[test]
fn a_row_that_came_in_mended_does_not_come_in_again_as_it_was() {
    let sandbox = Sandbox::new();
    let sheet = "ФИО,Паспорт,Телефон,Клиника,Специальность,Удобное время,Комментарий\n\
        ,4511000001,89017892569,Поликлиника № 1,Терапевт,ср 9-12,\n\
        Зимин Олег,4511000003,89017892569,Поликлиника № 1,Терапевт,ср 9-12,\n";
    let path = file(&sandbox, "sheet.csv", sheet);
    let rejects = sandbox.folder().join("rejects.json");
    let rejects = rejects.to_str().unwrap();
    sandbox.ok(&format!("import csv {path} --skip-invalid --rejects {rejects}"));
    let mended = fs::read_to_string(rejects).unwrap().replace("\"\"", "\"Котова Анна\"");
    fs::write(rejects, mended).unwrap();
    sandbox.ok(&format!("import csv {rejects}"));
    let again = sandbox.ok(&format!("import csv {path} --json")).json();
    assert_eq!(again["models"]["request"]["known"], 2, "{again}");
    assert_eq!(sandbox.ok("request list -o ids").lines().len(), 2);
    // What says more, or asks for another time, is another request.
    let more = sheet.replace(",ср 9-12,\nЗимин", ",ср 9-12,с ребёнком\nЗимин");
    for (sheet, count) in [(more, 3), (sheet.replace("ср 9-12", "чт 9-12"), 5)] {
        sandbox.ok(&format!("import csv {}", file(&sandbox, "other.csv", sheet)));
        assert_eq!(sandbox.ok("request list -o ids").lines().len(), count);
    }
}

#[test]
fn a_bad_row_takes_nothing_from_a_good_one() {
    let sandbox = Sandbox::new();
    let sheet = "name,passport,phone,clinic,specialty,range\n\
        Щукин Пётр,4511227265,89017892569,poliklinika-1,kardiolog,wed 9-12\n\
        Щукин Пётр,4511227265,89017892569,poliklinika-1,terapevt,wed 9-12\n";
    let path = file(&sandbox, "sheet.csv", sheet);
    let ran = sandbox.ok(&format!("import csv {path} --skip-invalid --json"));
    assert_eq!(
        ran.json()["rejected"],
        json!([{ "key": "#2", "reasons": ["specialty-not-offered"] }])
    );
    assert_eq!(sandbox.ok("request list -o ids").lines().len(), 1);
    sandbox.ok("check");
}

#[test]
fn a_spreadsheet_of_each_kind_comes_in() {
    let sandbox = Sandbox::new();
    for (sheet, look) in [
        ("Специальность;Как говорят\nНевролог;невропатолог, нервы\n", "specialty show нервы"),
        (
            "Клиника;Адрес;Телефон;Специальности\nЗаря;\"Садовая, 5\";84952377297;\"терапевт, невролог\"\n",
            "clinic show заря",
        ),
        ("Оператор;Роль;Почта\nНина;администратор;nina@example.org\n", "operator show нина"),
        (
            "ФИО\tНомер паспорта\tКонтактный телефон\nЩукин Пётр\t4511227265\t89017892569\n",
            "patient show 4511227265",
        ),
    ] {
        let path = file(&sandbox, "sheet.csv", sheet);
        sandbox.ok(&format!("import csv {path}"));
        sandbox.ok(look);
    }
    sandbox.ok("check");
}

#[test]
fn a_table_that_is_none_is_refused() {
    let sandbox = Sandbox::new();
    for (text, rule) in [
        ("a,b\n1,2\n", "columns"),
        ("", "columns"),
        ("ФИО;Паспорт;passport;Телефон\n", "columns"),
        ("ФИО;Паспорт\nЩукин Пётр;4511227265\n", "missing-key"),
        // A mark that nothing closes would swallow the next patients.
        ("ФИО;Паспорт;Телефон\n\"А \"\"Б;4511227265;1\nВ Г;4511227266;2\n", "syntax"),
        ("ФИО;Паспорт;Телефон\nА Б;4511227265;\"89017892569\nВ Г;4511227266;2\n", "syntax"),
    ] {
        let path = file(&sandbox, "sheet.csv", text);
        sandbox.refused(&format!("import csv {path}"), rule);
    }
    let wide =
        format!("ФИО;Паспорт;Телефон\nЩукин Пётр;4511227265;89017892569{}\n", ";5".repeat(50_000));
    let path = file(&sandbox, "sheet.csv", wide);
    let ran = sandbox.run(&format!("import csv {path} --json")).exits(3);
    assert_eq!(ran.error()["rule"], "invalid-rows");
    let path = file(&sandbox, "sheet.csv", b"\xff\x98\x00\x01");
    sandbox.refused(&format!("import csv {path}"), "syntax");
}

#[test]
fn columns_without_a_key_are_named() {
    let sandbox = Sandbox::new();
    let sheet = "ФИО;Паспорт;Телефон;Любимый цвет\nЩукин Пётр;4511227265;89017892569;синий\n";
    let path = file(&sandbox, "sheet.csv", sheet);
    sandbox.ok(&format!("import csv {path}")).says("Любимый цвет");
}

#[test]
fn every_kind_goes_out_as_a_table_and_comes_in_again() {
    let (sandbox, id) = Sandbox::with_request();
    sandbox.request(DARYA, WEDNESDAY);
    sandbox.ok(&format!("request reschedule {id} --range 'чт 9-12'"));
    let tables = ["operator", "specialty", "clinic", "patient", "request"]
        .map(|kind| (kind, sandbox.ok(&format!("export csv --kind {kind}")).stdout));
    let other = empty("anna");
    for (kind, table) in &tables {
        piped(&other, &["import", "csv", "-"], table).exits(0);
        let (old, new) =
            (parsed(table), parsed(&other.ok(&format!("export csv --kind {kind}")).stdout));
        assert_eq!(old, new, "{kind}");
    }
    other.ok("check");
}

/// A table without the times of the last change.
fn parsed(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    let rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let updated = rows[0].iter().position(|key| key == "updated").unwrap();
    rows.into_iter()
        .map(|mut row| {
            row.remove(updated);
            row
        })
        .collect()
}

/// A store whose patient has a hostile name, with a visit.
fn hostile() -> Sandbox {
    let (sandbox, id) = Sandbox::with_request();
    for step in
        ["set-status ID in-progress", "set-appointment ID 'ср 11:30'", "set-status ID processed"]
    {
        sandbox.ok(&format!("request {}", step.replace("ID", &id)));
    }
    // No command takes such a name; another clone may hold it.
    let name = toml_string(HOSTILE);
    let file = sandbox.patient_file();
    sandbox.by_hand(&file, "\"Щукин Пётр Фёдорович\"", &name);
    sandbox.by_hand(&file, "\"Щукин Пётр Фёдорович\"", &name);
    sandbox
}

/// With the `\n` of the name as a line break, which is worse than the two characters.
fn toml_string(text: &str) -> String {
    format!("\"{text}\"")
}

#[test]
fn a_hostile_name_does_no_harm() {
    let sandbox = hostile();
    let name = "=cmd()|a;\nEND:VEVENT<script>";
    let table = sandbox.ok("export csv --kind patient").stdout;
    let cell = &parsed(&table)[1][1];
    assert_eq!(*cell, format!("'{name}"));
    let raw = sandbox.ok("export csv --kind patient --raw").stdout;
    assert_eq!(parsed(&raw)[1][1], name);
    for flags in ["", "--with-names"] {
        let calendar = sandbox.ok(&format!("export ics {flags}")).stdout;
        let ends = calendar.split("\r\n").filter(|line| *line == "END:VEVENT").count();
        assert_eq!(ends, 1, "{calendar}");
        assert!(calendar.replace("\r\n", "").chars().all(|c| !c.is_control()), "{calendar}");
    }
    let bundle = sandbox.ok("export fhir").json();
    let patient = &bundle["entry"][0]["resource"];
    assert_eq!(patient["name"][0]["text"], name);
    let out = sandbox.ok("export jsonl").stdout;
    assert_eq!(out.lines().count(), 2 + 3 + 2 + 1 + 1);
}

#[test]
fn a_calendar_holds_the_visits_that_stand() {
    let sandbox = Sandbox::new();
    let visit = |who: &str, to: &str| {
        let id = sandbox.request(who, WEDNESDAY);
        sandbox.ok(&format!("request set-status {id} in-progress"));
        sandbox.ok(&format!("request set-appointment {id} 'ср 11:30'"));
        sandbox.ok(&format!("request {}", to.replace("ID", &id)));
        id
    };
    let confirmed = visit(PETR, "set-status ID processed");
    visit(DARYA, "note ID 'ждёт'");
    visit(DARYA, "refuse ID");
    sandbox.request(DARYA, WEDNESDAY);
    let calendar = sandbox.ok("export ics").stdout;
    let calendar = calendar.replace("\r\n ", "");
    let of = |key: &str| {
        let mut lines: Vec<&str> =
            calendar.split("\r\n").filter(|line| line.starts_with(key)).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(of("STATUS"), ["STATUS:CONFIRMED", "STATUS:TENTATIVE"]);
    assert_eq!(of("DTSTART;"), ["DTSTART;TZID=Europe/Moscow:20261125T113000"; 2]);
    assert_eq!(of("SUMMARY"), ["SUMMARY:Терапевт: Л. Д. О.", "SUMMARY:Терапевт: Щ. П. Ф."]);
    assert!(of("UID").iter().any(|uid| uid.contains(&confirmed)));
    assert!(!calendar.contains("Щукин"));
    assert!(sandbox.ok("export ics --with-names").stdout.contains("Щукин"));
    assert_eq!(sandbox.ok("export ics").stdout, sandbox.ok("export ics").stdout);
}

#[test]
fn a_bundle_says_where_each_request_stands() {
    let sandbox = Sandbox::empty();
    let bundle = sandbox.ok(&format!("-C {EXAMPLE} export fhir")).json();
    let resources: Vec<&Json> =
        bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect();
    let urls: Vec<&Json> =
        bundle["entry"].as_array().unwrap().iter().map(|e| &e["fullUrl"]).collect();
    for appointment in resources.iter().filter(|r| r["resourceType"] == "Appointment") {
        let status = appointment["status"].as_str().unwrap();
        let timed = appointment.get("start").is_some() && appointment.get("end").is_some();
        assert!(timed || matches!(status, "proposed" | "cancelled"), "app-3: {appointment}");
        for part in appointment["participant"].as_array().unwrap() {
            assert!(urls.contains(&&part["actor"]["reference"]), "{appointment}");
        }
    }
    let statuses = |wanted: &str| resources.iter().filter(|r| r["status"] == wanted).count();
    let counts = ["proposed", "pending", "booked", "cancelled"].map(statuses);
    assert_eq!(counts, [7, 2, 3, 4]);
}

#[test]
fn flags_that_mean_nothing_for_a_format_are_usage() {
    let sandbox = Sandbox::new();
    for line in [
        "export",
        "export xml",
        "export ics --kind patient",
        "export csv --with-names",
        "export jsonl --raw",
        "export csv --kind patient --kind clinic",
        "batch",
    ] {
        sandbox.run(line).exits(2);
    }
    let some = sandbox.ok("export jsonl --kind clinic --kind specialty").stdout;
    assert_eq!(some.lines().count(), 5);
}

/// Lines of a batch, each written as for a shell.
fn batch(lines: &[impl AsRef<str>]) -> String {
    let line = |line: &str| format!("{}\n", json!({ "args": common::words(line) }));
    lines.iter().map(|words| line(words.as_ref())).collect()
}

fn answers(ran: &Ran) -> Vec<Json> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_commands_of_a_batch_see_each_other_and_are_one_write() {
    let sandbox = Sandbox::new();
    let lines = batch(&[
        "specialty new --title Невролог",
        "clinic edit poliklinika-1 --specialty терапевт --specialty невролог",
        &format!(
            "request new {PETR} --clinic poliklinika-1 --specialty невролог --range 'ср 9-12'"
        ),
        "patient edit 4511227265 --phone 89990000001",
        "patient edit 4511227265 --phone 89990000002",
        "request list",
        "--operator boris patient note 4511227265 'глухой'",
    ]);
    let before = sandbox.bytes();
    let dry = piped(&sandbox, &["batch", "-", "--dry-run"], &lines).exits(0);
    assert_eq!(sandbox.bytes(), before);
    assert_eq!(answers(&dry).len(), 7);
    let ran = piped(&sandbox, &["batch", "-"], &lines).exits(0);
    let answers = answers(&ran);
    assert!(answers.iter().all(|answer| answer["ok"] == true), "{}", ran.stdout);
    assert_eq!(answers[5]["result"][0]["specialty_title"], "Невролог");
    assert_eq!(answers[4]["result"]["phone"], "+79990000002");
    let patient = sandbox.ok("patient show 4511227265 --json").json();
    let events = patient["history"].as_array().unwrap();
    assert_eq!(events.len(), 4);
    assert_eq!((&events[1]["to"], &events[2]["from"]), (&events[2]["from"], &events[1]["to"]));
    assert_eq!(events[3]["by"], "boris");
    sandbox.ok("check");
}

#[test]
fn a_line_of_a_batch_may_be_a_bare_list_and_plain_words_are_shown_how() {
    let sandbox = Sandbox::new();
    let lines = "[\"specialty\", \"new\", \"--title\", \"Невролог\"]\n{\"args\": [\"queue\"]}\n";
    let ran = piped(&sandbox, &["batch", "-"], lines).exits(0);
    assert_eq!(answers(&ran)[0]["result"]["id"], "nevrolog");
    let ran = piped(&sandbox, &["batch", "-"], "specialty list\n").exits(2);
    insta::assert_snapshot!(ran.stderr, @r#"
    Ничего не записано, команд с ошибкой: 1 из 1. Первая — строка 1: Это не JSON: столбец 1. Нужен список слов.
    Нужно так: ["request", "set-status", "k7m", "in-progress"]
    "#);
    for line in ["[]", "[1]", "{\"args\": \"queue\"}", "{\"words\": [\"queue\"]}", "\"queue\"", "7"]
    {
        let ran = piped(&sandbox, &["batch", "-", "--json"], line).exits(2);
        assert_eq!(ran.error()["rule"], "batch-line", "{line}");
    }
}

#[test]
fn a_line_of_a_batch_that_is_no_command_hears_what_is_wrong_with_it() {
    let sandbox = Sandbox::new();
    for (line, said) in [
        (r#"["queue",]"#, "Это не JSON: столбец 10."),
        (r#"{"args": ["queue"], "arg": 1}"#, "Неизвестный ключ: «arg»."),
        (r#"["request", "list", "--limit", 3]"#, "Слово 4 — не текст"),
        (r#"["appt", "queue"]"#, "Слово `appt` лишнее."),
    ] {
        let text = format!("[\"queue\"]\n{line}\n");
        let ran = piped(&sandbox, &["batch", "-", "--json"], &text).exits(2);
        let error = ran.error();
        assert_eq!(error["rule"], "batch-line", "{line}");
        assert!(error["message"].as_str().unwrap().contains(said), "{line}: {error}");
        assert_eq!((&error["file"], &error["line"]), (&json!("-"), &json!(2)), "{line}");
        let is_json = said.starts_with("Это не JSON");
        assert_eq!(error["column"], if is_json { json!(10) } else { json!(null) }, "{line}");
        assert_eq!(answers(&ran)[1]["error"]["line"], 2, "{line}");
    }
    let ran = piped(&sandbox, &["batch", "-"], r#"["appt", "queue"]"#).exits(2);
    ran.says("Нужно так: [\"queue\"]\n");
}

#[test]
fn a_command_of_a_batch_sees_the_requests_in_the_files_and_those_made_before_it() {
    let sandbox = Sandbox::new();
    sandbox.request(PETR, WEDNESDAY);
    sandbox.ok("request list");
    let lines = batch(&[PETR, DARYA, DARYA].map(|who| format!("request new {who} {WEDNESDAY}")));
    for args in [["batch", "-", "--dry-run"].as_slice(), &["batch", "-", "--no-cache"]] {
        let ran = piped(&sandbox, args, &lines).exits(0);
        let warned: Vec<bool> =
            answers(&ran).iter().map(|answer| answer["warnings"].is_array()).collect();
        assert_eq!(warned, [true, false, true], "{}", ran.stdout);
    }
}

#[test]
fn a_record_that_came_from_a_table_says_so_in_its_history() {
    let sandbox = Sandbox::new();
    let sheet = "ФИО;Паспорт;Телефон\nЩукин Пётр;4511227265;89017892569\n";
    let path = file(&sandbox, "sheet.csv", sheet);
    let ran = sandbox.ok(&format!("import csv {path}"));
    assert!(ran.stdout.contains("пациенты"), "{}", ran.stdout);
    sandbox.ok("patient show 4511227265").prints("Анна Смирнова: перенос из таблицы\n");
}

#[test]
fn one_command_that_fails_keeps_all_from_being_written() {
    let sandbox = Sandbox::new();
    let text = batch(&[
        "specialty new --title Невролог",
        "clinic show zarya",
        "init",
        "patient list -C x",
    ]);
    let text = format!("{text}{{\"args\":[]}}\nnonsense\n");
    let before = sandbox.bytes();
    let ran = piped(&sandbox, &["batch", "-", "--json"], &text).exits(4);
    assert_eq!(sandbox.bytes(), before);
    let (answers, error) = (answers(&ran), ran.error());
    let rules: Vec<&Json> = answers.iter().map(|answer| &answer["error"]["rule"]).collect();
    let rule = |name: &str| Json::from(name);
    assert_eq!(
        rules,
        [
            &Json::Null,
            &rule("no-such-record"),
            &rule("not-in-batch"),
            &rule("arguments"),
            &rule("batch-line"),
            &rule("batch-line")
        ]
    );
    assert_eq!((&error["code"], &error["line"]), (&json!("not-found"), &json!(2)));
}

#[test]
fn each_command_of_a_batch_has_a_tx_of_its_own() {
    let (sandbox, id) = Sandbox::with_request();
    let other = sandbox.request(DARYA, WEDNESDAY);
    let lines = batch(&[
        &format!("request reschedule {id} --range 'чт 9-12'"),
        &format!("request reschedule {other} --range 'чт 9-12'"),
    ]);
    piped(&sandbox, &["batch", "-"], &lines).exits(0);
    let tx =
        |id: &str| sandbox.show(id)["history"].as_array().unwrap().last().unwrap()["tx"].clone();
    assert_ne!(tx(&id), tx(&other));
    assert_ne!(tx(&id), Json::Null);
}

#[test]
fn nothing_of_an_export_is_left_behind() {
    let (sandbox, _) = Sandbox::with_request();
    let before = sandbox.bytes();
    for format in ["csv", "jsonl", "ics", "fhir"] {
        sandbox.ok(&format!("export {format}"));
    }
    assert_eq!(sandbox.bytes(), before);
    assert!(Path::new(EXAMPLE).exists());
}

#[test]
fn a_table_of_requests_is_known_by_what_people_call_its_columns() {
    let s = Sandbox::new();
    let row = "Щукин Пётр;4511 227265;8 901 789-25-69;Поликлиника № 1;Терапевт;25.11.2026 9-12";
    for times in ["Когда удобно", "Время", "Когда", "Удобное время"]
    {
        let head = format!("ФИО;Паспорт;Телефон;Поликлиника;Врач;{times}");
        let table = file(&s, "requests.csv", format!("{head}\n{row}\n"));
        let ran = piped(&s, &["import", "csv", &table, "--dry-run", "--json"], "").exits(0);
        assert!(ran.stdout.contains("\"request\""), "{times}: {}", ran.stdout);
    }
    // Some columns of a request, and not all: nothing is taken for a list of patients.
    for (head, unknown, missing) in [
        ("Поликлиника;Врач;Часы", "«Часы»", "Не хватает: Удобно пациенту"),
        ("Клиника;Кто;Часы", "«Кто», «Часы»", "Не хватает: Специальность, Удобно пациенту"),
        ("Куда;Врач;Когда", "«Куда»", "не хватает столбцов: Клиника"),
    ] {
        let head = format!("ФИО;Паспорт;Телефон;{head}");
        let table = file(&s, "requests.csv", format!("{head}\n{row}\n"));
        let ran = piped(&s, &["import", "csv", &table], "").exits(3);
        for word in ["когда удобно", "поликлиника", "Ничего не записано"]
        {
            assert!(ran.stderr.contains(word), "{head}: {}", ran.stderr);
        }
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = [format!("Неизвестные заголовки: {unknown}. "), format!("{missing}. ")];
        let at = told.map(|told| said.find(&told));
        assert!(at.iter().all(|at| *at < said.find("Известные") && at.is_some()), "{said}");
        assert_eq!(s.ok("patient list -o ids").stdout, "");
    }
    // A list of patients is still one.
    let table = file(
        &s,
        "patients.csv",
        "ФИО;Паспорт;Телефон;Район\nЩукин Пётр;4511 227265;89017892569;север\n",
    );
    piped(&s, &["import", "csv", &table], "").exits(0);
    let help = s.ok("import csv --help").stdout;
    assert!(help.contains("когда удобно") && help.contains("примечание"), "{help}");
}

#[test]
fn a_bad_time_in_a_table_is_told_as_on_the_command_line() {
    let s = Sandbox::new();
    let head = "ФИО;Паспорт;Телефон;Клиника;Врач;Удобное время";
    let rows = ["22.11 9-12", "ср 26.11 9-12", "25.11.2026", "ср 12-9", "паспорт 4511 227265"]
        .map(|time| format!("Щукин Пётр;4511 227265;89017892569;Поликлиника № 1;Терапевт;{time}"));
    let table = file(&s, "requests.csv", format!("{head}\n{}\n", rows.join("\n")));
    let ran = piped(&s, &["import", "csv", &table], "").exits(3);
    for (row, time) in [(2, "22.11 9-12"), (3, "ср 26.11 9-12"), (4, "25.11.2026"), (5, "ср 12-9")]
    {
        let line = format!(
            "request new {PETR} --clinic poliklinika-1 --specialty terapevt --range '{time}'"
        );
        let said = s.run(&line).stderr;
        let said = said.lines().take(2).collect::<Vec<_>>().join(" ");
        let told = format!("Строка {row}, столбец «Удобное время»: {said} (");
        assert!(ran.stderr.contains(&told), "{told}\n{}", ran.stderr);
    }
    // What is no time at all may be anybody's secret.
    assert!(
        ran.stderr.contains("Строка 6, столбец «Удобное время»: не читается; нужно"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("227265"), "{}", ran.stderr);
}

#[test]
fn a_table_that_says_otherwise_than_the_store_changes_nothing_and_says_so() {
    let s = Sandbox::new();
    s.ok("patient new --name 'Щукин Пётр' --passport 4511227265 --phone 89017892569");
    let table = s.ok("export csv --kind patient").stdout.replace("7892569", "7892570");
    let path = file(&s, "p.csv", table);
    s.ok(&format!("import csv {path}")).says("Перенос не меняет записанного раньше");
    assert_eq!(s.ok("patient show 4511227265 --json").json()["phone"], "+79017892569");
    s.ok("patient edit 4511227265 --phone 89017892570");
    let again = s.ok(&format!("import csv {path}"));
    assert!(!again.stderr.contains("не меняет"), "{}", again.stderr);
}

#[test]
fn an_export_that_lacks_something_is_no_success() {
    let s = Sandbox::new();
    let path = s.cwd.join("specialties/terapevt.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text + "x").unwrap();
    for format in ["jsonl", "csv --kind specialty"] {
        let ran = s.run(&format!("-q export {format}")).exits(7).says("Выгружено не всё");
        assert!(!ran.stdout.is_empty(), "what can be read is there");
    }
    s.ok("export csv --kind operator");
}

/// Row numbers are those of the spreadsheet, whatever lies between the rows.
#[test]
fn rows_are_counted_as_the_spreadsheet_counts_them() {
    let sandbox = Sandbox::new();
    let table = "ФИО;Паспорт;Телефон;Примечание\r\n\r\n;;;\r\n\
        Тестова Анна;0045 000201;8 900 555-02-01;\"звонить\r\nвечером\"\r\n\r\n\
        Тестова Инна;0045;8 900 555-02-02;\r\n";
    let ran = piped(&sandbox, &["import", "csv", "-"], table).exits(3);
    let said = sandbox.screen(&ran);
    assert!(said.contains("Строка 6, столбец «Паспорт»"), "{said}");
}

#[test]
fn operators_that_came_out_are_no_others_when_they_come_in() {
    let sandbox = Sandbox::new();
    let out = sandbox.ok("export csv --kind operator").stdout;
    let ran = piped(&sandbox, &["import", "csv", "-"], &out).exits(0);
    assert!(!sandbox.screen(&ran).contains("чем отличается"), "{}", sandbox.screen(&ran));
}

/// What is said of a row is what is wrong with it, and not what should be.
#[test]
fn a_rule_that_a_row_breaks_is_not_said_as_if_it_held() {
    let sandbox = Sandbox::new();
    let table = "passport,name,phone,clinic,specialty,status,patient_ranges\r\n\
        4511227299,Тестова Анна,89005550201,poliklinika-1,terapevt,processed,25.11.2026 9-12\r\n";
    let ran = piped(&sandbox, &["import", "csv", "-"], table).exits(3);
    let said = sandbox.screen(&ran);
    assert!(said.contains("заявка обработана, а времени приёма нет"), "{said}");
}
