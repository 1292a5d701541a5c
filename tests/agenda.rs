//! `agenda`: the program as it is run, in a store of its own.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A store with two clinics, one of them four hours ahead; it is Monday, 23 November 2026.
struct Store {
    home: TempDir,
}

impl Store {
    fn new() -> Store {
        let store = Store { home: tempfile::tempdir().unwrap() };
        store.done("init data --operator anna --no-git");
        store.done("specialty new --title Терапевт");
        store.done("specialty new --title Кардиолог");
        for (name, phone, more) in [
            ("Поликлиника № 1", "+74952377297", &[][..]),
            ("Больница № 5", "+73912000000", &["--timezone", "Asia/Krasnoyarsk"]),
        ] {
            let mut args = vec!["clinic", "new", "--name", name, "--address", "ул. Ленина, д. 1"];
            args.extend(["--phone", phone, "--specialty", "terapevt", "--specialty", "kardiolog"]);
            args.extend(more);
            store.run(&args, "10:00", 0);
        }
        store
    }

    /// Runs a command line at an hour of the day; what it printed, and said beside it.
    fn run(&self, args: &[&str], clock: &str, exit: i32) -> (String, String) {
        let output = self.output(args, clock);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(exit), "{args:?}\n{out}{err}");
        (out, err)
    }

    fn output(&self, args: &[&str], clock: &str) -> Output {
        let home: &Path = self.home.path();
        Command::new(env!("CARGO_BIN_EXE_appt"))
            .args(args)
            .current_dir(home)
            .env_clear()
            .env("HOME", home)
            .env("APPT_DATA", "data")
            .env("APPT_LANG", "ru")
            .env("APPT_NOW", format!("2026-11-23T{clock}:00+03:00"))
            .output()
            .unwrap()
    }

    fn done(&self, line: &str) -> String {
        let args: Vec<&str> = line.split(' ').collect();
        self.run(&args, "10:00", 0).0
    }

    /// What is printed and said, with a request's random id as `#` and its place in the list.
    fn shown(&self, args: &[&str]) -> String {
        let (out, err) = self.run(args, "10:00", 0);
        let ids = self.ids(&["request", "list", "--all"]);
        // An id stands in a column of its own, two spaces after the one before it.
        let cell = |cell: &str| {
            let end = cell.find(' ').unwrap_or(cell.len());
            let (word, rest) = cell.split_at(end);
            let is = |id: &String| id[9..].starts_with(word);
            let at = if end > 2 { ids.iter().position(is) } else { None };
            at.map_or(cell.to_owned(), |at| format!("#{at}{rest}"))
        };
        let line = |line: &str| line.split("  ").map(cell).collect::<Vec<_>>().join("  ");
        let lines: Vec<String> = format!("{out}--\n{err}").lines().map(line).collect();
        // The shortest unique beginning may have a fourth character, and the column one more space.
        lines.join("\n").replace("   не сообщено", "  не сообщено")
    }

    fn ids(&self, args: &[&str]) -> Vec<String> {
        let args: Vec<&str> = args.iter().copied().chain(["-o", "ids"]).collect();
        self.run(&args, "10:00", 0).0.lines().map(str::to_owned).collect()
    }

    /// A request, made at this minute after ten; its id.
    fn request(
        &self,
        name: &str,
        passport: &str,
        clinic: &str,
        range: &str,
        minute: u32,
    ) -> String {
        let args = ["request", "new", "--name", name, "--passport", passport];
        let phone = format!("9{:09}", passport.bytes().map(u64::from).sum::<u64>() * 1_000_003);
        let more = ["--phone", &phone, "--clinic", clinic, "--specialty", "terapevt"];
        let range = ["--range", range, "-o", "ids"];
        let args: Vec<&str> = args.into_iter().chain(more).chain(range).collect();
        self.run(&args, &format!("10:{minute:02}"), 0).0.trim().to_owned()
    }

    fn visit(&self, id: &str, time: &str) {
        self.done(&format!("request set-status {id} in-progress"));
        self.run(&["request", "set-appointment", id, time], "10:00", 0);
    }
}

/// Two visits of Tuesday at one clinic, one at the other; one of Thursday; one that is off.
fn full() -> (Store, Vec<String>) {
    let store = Store::new();
    let day = "вт-чт весь день";
    let people = [
        ("Щукин Пётр Фёдорович", "4511223344", "poliklinika-1", "вт 11:30"),
        ("Орлов Иван", "4511223345", "poliklinika-1", "вт 9:00"),
        ("Ёлкин Сергей", "4511223346", "bolnitsa-5", "вт 16:15"),
        ("Лабанова Дарья Олеговна", "4511223347", "poliklinika-1", "чт 10:00"),
        ("Котов Борис", "4511223348", "poliklinika-1", "вт 8:30"),
        ("Без Времени", "4511223349", "poliklinika-1", ""),
    ];
    let mut ids = Vec::new();
    for (at, (name, passport, clinic, time)) in people.iter().enumerate() {
        let id = store.request(name, passport, clinic, day, at as u32);
        if !time.is_empty() {
            store.visit(&id, time);
        }
        ids.push(id);
    }
    store.done(&format!("request set-status {} processed", ids[0]));
    store.done(&format!("request refuse {}", ids[4]));
    (store, ids)
}

#[test]
fn a_day_by_clinic_and_time() {
    let (store, _) = full();
    insta::assert_snapshot!(store.shown(&["agenda", "завтра"]), @r"
    Расписание приёмов: вторник, 24 ноября

    Больница № 5 · +7 391 200-00-00 · по времени клиники (МСК+4)
      16:15  Ёлкин Сергей          +7 951 100-15-33  Терапевт  #2  не сообщено

    Поликлиника № 1 · +7 495 237-72-97
       9:00  Орлов Иван            +7 951 000-15-30  Терапевт  #1  не сообщено
      11:30  Щукин Пётр Фёдорович  +7 950 900-15-27  Терапевт  #0

    Отменить в клинике

    Поликлиника № 1 · +7 495 237-72-97
       8:30  Котов Борис           +7 951 300-15-39  Терапевт  #4
    --
    Приёмов: 3. Пациенту не сообщено: 2.
    ");
    insta::assert_snapshot!(store.shown(&["--lang", "en", "agenda", "24.11"]), @r"
    Agenda: Tuesday, 24 November

    Больница № 5 · +7 391 200-00-00 · clinic time (MSK+4)
      16:15  Ёлкин Сергей          +7 951 100-15-33  Терапевт  #2  not told

    Поликлиника № 1 · +7 495 237-72-97
       9:00  Орлов Иван            +7 951 000-15-30  Терапевт  #1  not told
      11:30  Щукин Пётр Фёдорович  +7 950 900-15-27  Терапевт  #0

    To be cancelled at the clinic

    Поликлиника № 1 · +7 495 237-72-97
       8:30  Котов Борис           +7 951 300-15-39  Терапевт  #4
    --
    Visits: 3. Patients not told yet: 2.
    ");
    let quiet = store.shown(&["agenda", "завтра", "--quiet", "--clinic", "Больница № 5"]);
    insta::assert_snapshot!(quiet, @r"
    Расписание приёмов: вторник, 24 ноября

    Больница № 5 · +7 391 200-00-00 · по времени клиники (МСК+4)
      16:15  Ёлкин Сергей  +7 951 100-15-33  Терапевт  #2  не сообщено
    --
    ");
}

#[test]
fn colour_is_only_on_the_headings() {
    let (store, _) = full();
    let plain = store.shown(&["agenda", "завтра"]);
    let coloured = store.shown(&["agenda", "завтра", "--color", "always"]);
    let bold: Vec<&str> = coloured.split("\u{1b}[1m").skip(1).collect();
    let bold: Vec<&str> = bold.iter().filter_map(|text| text.split('\u{1b}').next()).collect();
    assert_eq!(bold, ["Расписание приёмов: вторник, 24 ноября", "Отменить в клинике"]);
    assert_eq!(coloured.replace("\u{1b}[1m", "").replace("\u{1b}[0m", ""), plain);
}

#[test]
fn a_week_by_clinic_day_and_time() {
    let (store, _) = full();
    insta::assert_snapshot!(store.shown(&["agenda", "--week"]), @r"
    Расписание приёмов: 23–29 ноября

    Больница № 5 · +7 391 200-00-00 · по времени клиники (МСК+4)
      вт, 24 ноября
        16:15  Ёлкин Сергей             +7 951 100-15-33  Терапевт  #2  не сообщено

    Поликлиника № 1 · +7 495 237-72-97
      вт, 24 ноября
         9:00  Орлов Иван               +7 951 000-15-30  Терапевт  #1  не сообщено
        11:30  Щукин Пётр Фёдорович     +7 950 900-15-27  Терапевт  #0
      чт, 26 ноября
        10:00  Лабанова Дарья Олеговна  +7 951 200-15-36  Терапевт  #3  не сообщено

    Отменить в клинике

    Поликлиника № 1 · +7 495 237-72-97
      вт, 24 ноября
         8:30  Котов Борис              +7 951 300-15-39  Терапевт  #4
    --
    Приёмов: 4. Пациенту не сообщено: 3.
    ");
    insta::assert_snapshot!(store.shown(&["agenda", "--week", "сб", "--clinic", "bolnitsa-5"]), @r"
    Расписание приёмов: 23–29 ноября

    Больница № 5 · +7 391 200-00-00 · по времени клиники (МСК+4)
      вт, 24 ноября
        16:15  Ёлкин Сергей  +7 951 100-15-33  Терапевт  #2  не сообщено
    --
    Приёмов: 1. Пациенту не сообщено: 1.
    ");
    insta::assert_snapshot!(store.shown(&["agenda", "30.11", "--week"]), @r"
    --
    Приёмов нет: 30 ноября – 6 декабря.
    ");
}

#[test]
fn a_day_without_visits() {
    let (store, ids) = full();
    insta::assert_snapshot!(store.shown(&["agenda"]), @r"
    --
    Приёмов нет: понедельник, 23 ноября.
    ");
    insta::assert_snapshot!(store.shown(&["agenda", "вт", "--lang", "en"]).lines().count(), @"15");
    store.done(&format!("request clinic-told {}", ids[4]));
    let told = store.shown(&["agenda", "вт"]);
    assert!(!told.contains("Отменить") && !told.contains("Котов"), "{told}");
}

#[test]
fn for_programs_the_visits_as_request_list_has_them() {
    let (store, ids) = full();
    let wanted = [&ids[2], &ids[1], &ids[0]];
    assert_eq!(store.ids(&["agenda", "завтра"]).iter().collect::<Vec<_>>(), wanted);
    let (json, remarks) = store.run(&["agenda", "завтра", "--json"], "10:00", 0);
    assert_eq!(remarks, "");
    let agenda: serde_json::Value = serde_json::from_str(&json).unwrap();
    let listed = store.done("request list --all --json");
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let same = |id: &&String| listed.iter().find(|request| request["id"] == ***id).unwrap().clone();
    assert_eq!(agenda, wanted.iter().map(same).collect::<serde_json::Value>());
    let columns = ["agenda", "завтра", "--columns", "appointment,patient_name"];
    let csv: Vec<&str> = columns.iter().copied().chain(["-o", "csv"]).collect();
    insta::assert_snapshot!(store.run(&csv, "10:00", 0).0, @r"
    appointment,patient_name
    2026-11-24T16:15:00+07:00,Ёлкин Сергей
    2026-11-24T09:00:00+03:00,Орлов Иван
    2026-11-24T11:30:00+03:00,Щукин Пётр Фёдорович
    ");
    insta::assert_snapshot!(store.run(&columns, "10:00", 0).0, @"
    Время приёма          Пациент
    вт 24.11 16:15 МСК+4  Ёлкин Сергей
    вт 24.11 9:00         Орлов Иван
    вт 24.11 11:30        Щукин Пётр Фёдорович
    ");
    assert_eq!(store.run(&["agenda", "--json"], "10:00", 0).0, "[]\n");
}

#[test]
fn what_is_typed_wrong() {
    let store = Store::new();
    store.run(&["agenda", "когда-нибудь"], "10:00", 2);
    store.run(&["agenda", "--clinic", "нет такой"], "10:00", 4);
    store.run(&["agenda", "--columns", "wrong"], "10:00", 2);
}

#[test]
fn times_are_drawn_where_a_request_is_shown() {
    let (store, ids) = full();
    store.done(&format!("request set-appointment {} --clear", ids[2]));
    store.run(&["request", "set-ranges", &ids[2], "--clinic", "ср 9-12"], "10:00", 0);
    insta::assert_snapshot!(store.shown(&["request", "match", &ids[2]]), @r"
                                8   10  12  14  16  18  20
      вт, 24 ноября пациенту  ··░░░░░░░░░░░░░░░░░░░░░░░░··
      ср, 25 ноября пациенту  ··░░░░░░░░░░░░░░░░░░░░░░░░··
                    клинике   ····▒▒▒▒▒▒··················
                    обоим     ····██████··················
      чт, 26 ноября пациенту  ··░░░░░░░░░░░░░░░░░░░░░░░░··
      Удобно:  ░ пациенту  ▒ клинике  █ обоим
      по времени клиники (МСК+4)

    Удобно пациенту  вторник, 24 ноября, 8:00–20:00
                     среда, 25 ноября, 8:00–20:00
                     четверг, 26 ноября, 8:00–20:00
    Удобно клинике   среда, 25 ноября, 9:00–12:00
    Подходит обоим   среда, 25 ноября, 9:00–12:00
    --
    ");
    // A table's columns are the keys of its JSON, each with what it holds.
    let said = |format: &str| store.run(&["request", "match", &ids[2], "-o", format], "10:00", 0).0;
    let csv = said("csv");
    let (head, row) = csv.split_once('\n').unwrap();
    let object: serde_json::Value = serde_json::from_str(&said("json")).unwrap();
    let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(head.split(',').collect::<Vec<_>>(), keys);
    let common = "2026-11-25T09:00:00+07:00/2026-11-25T12:00:00+07:00";
    assert!(row.contains(&format!(",{common},false,")), "{row}");
    let shown = store.shown(&["request", "show", &ids[2], "--ascii"]);
    let drawn: String = shown.lines().skip(8).take(13).map(|line| format!("|{line}\n")).collect();
    insta::assert_snapshot!(drawn, @"
    |                 ср 25.11 8:00–20:00 МСК+4
    |                 чт 26.11 8:00–20:00 МСК+4
    |Удобно клинике   ср 25.11 9:00–12:00 МСК+4
    |
    |                            8   10  12  14  16  18  20
    |  вт, 24 ноября пациенту  ..------------------------..
    |  ср, 25 ноября пациенту  ..------------------------..
    |                клинике   ....======..................
    |                обоим     ....######..................
    |  чт, 26 ноября пациенту  ..------------------------..
    |  Удобно:  - пациенту  = клинике  # обоим
    |  по времени клиники (МСК+4)
    |
    ");
}
