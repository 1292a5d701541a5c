//! What a command asks for on a terminal, in a real one; and what it says where there is none.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::io::{Read as _, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// A store with a doctor at two clinics; it is Monday, 23 November 2026.
struct Store {
    home: TempDir,
}

const LANG: &str = "ru";

impl Store {
    fn new() -> Store {
        let store = Store { home: tempfile::tempdir().unwrap() };
        store.run(&["init", "data", "--operator", "anna", "--no-git"], 0);
        store.run(&["specialty", "new", "--title", "Терапевт"], 0);
        store.run(&["specialty", "new", "--title", "Кардиолог"], 0);
        for name in ["Поликлиника № 1", "Поликлиника № 2"] {
            let mut args = vec!["clinic", "new", "--name", name, "--address", "ул. Ленина, д. 1"];
            args.extend(["--phone", "+74952377297", "--specialty", "terapevt"]);
            store.run(&args, 0);
        }
        store
    }

    fn patient(&self) {
        let args = ["patient", "new", "--name", "Щукин Пётр Фёдорович"];
        let more = ["--passport", "4511227265", "--phone", "89017892569"];
        self.run(&[&args[..], &more].concat(), 0);
    }

    /// A request of the patient; its id.
    fn request(&self) -> String {
        self.patient();
        let args = ["request", "new", "--passport", "4511227265", "--clinic", "poliklinika-1"];
        let more = ["--specialty", "terapevt", "--range", "ср 9-12", "-o", "ids"];
        self.run(&[&args[..], &more].concat(), 0).0.trim().to_owned()
    }

    /// Runs a command line where there is no terminal; what it printed, and said beside it.
    fn run(&self, args: &[&str], exit: i32) -> (String, String) {
        self.run_in(LANG, args, exit)
    }

    fn run_in(&self, lang: &str, args: &[&str], exit: i32) -> (String, String) {
        let home: &Path = self.home.path();
        let output = Command::new(env!("CARGO_BIN_EXE_appt"))
            .args(args)
            .current_dir(home)
            .env_clear()
            .envs(self.vars(lang))
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(exit), "{args:?}\n{out}{err}");
        (out, err)
    }

    fn vars(&self, lang: &str) -> Vec<(&'static str, String)> {
        let home = self.home.path().to_str().unwrap().to_owned();
        vec![
            ("HOME", home),
            ("APPT_DATA", "data".to_owned()),
            ("APPT_LANG", lang.to_owned()),
            ("APPT_NOW", "2026-11-23T10:00:00+03:00".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
        ]
    }

    /// Runs a command line in a terminal.
    fn terminal(&self, args: &[&str]) -> Terminal {
        let size = PtySize { rows: 50, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_appt"));
        command.args(args);
        command.cwd(self.home.path());
        command.env_clear();
        self.vars(LANG).into_iter().for_each(|(key, value)| command.env(key, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, sink) = (pair.master.try_clone_reader().unwrap(), seen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                sink.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Terminal { child, writer, seen, past: 0, _master: pair.master }
    }

    /// One key of the only record that a list has.
    fn cell(&self, kind: &str, key: &str) -> serde_json::Value {
        let (text, _) = self.run(&[kind, "list", "--all", "--json"], 0);
        let list: serde_json::Value = serde_json::from_str(&text).unwrap();
        let list = list.as_array().unwrap();
        assert_eq!(list.len(), 1, "{text}");
        list[0][key].clone()
    }

    fn count(&self, kind: &str) -> usize {
        self.run(&[kind, "list", "--all", "-o", "ids"], 0).0.lines().count()
    }
}

/// A program in a terminal, and what it has shown.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    seen: Arc<Mutex<Vec<u8>>>,
    past: usize,
    _master: Box<dyn MasterPty + Send>,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Terminal {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Waits until a text is shown, after what was waited for before.
    fn sees(&mut self, text: &str) -> &mut Terminal {
        let start = Instant::now();
        loop {
            let shown = self.text();
            if let Some(at) = shown[self.past..].find(text) {
                self.past += at + text.len();
                return self;
            }
            assert!(start.elapsed() < PATIENCE, "no “{text}” in:\n{shown}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a question, and answers it.
    fn asks(&mut self, question: &str, answer: &str) -> &mut Terminal {
        self.sees(question);
        self.answers(answer)
    }

    /// Answers the question that is asked next.
    fn answers(&mut self, answer: &str) -> &mut Terminal {
        self.sees("›");
        self.types(&format!("{answer}\r"))
    }

    fn types(&mut self, keys: &str) -> &mut Terminal {
        // The prompt is shown a moment before the keys are listened to.
        std::thread::sleep(Duration::from_millis(100));
        self.past = self.text().len();
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
        // The line is shown once more when it is taken, and is no new prompt.
        if keys.ends_with('\r') { self.sees("\n") } else { self }
    }

    /// Waits for the end.
    fn ends(&mut self, exit: u32) -> String {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                std::thread::sleep(Duration::from_millis(50));
                assert_eq!(status.exit_code(), exit, "{}", self.text());
                return self.text();
            }
            assert!(start.elapsed() < PATIENCE, "it goes on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_patient_is_made_from_answers_and_a_wrong_one_is_asked_again() {
    let store = Store::new();
    let mut terminal = store.terminal(&["patient", "new"]);
    terminal.asks("ФИО", "щукин пётр фёдорович").sees("✓ Щукин Пётр Фёдорович");
    terminal.asks("Паспорт", "4511 22726");
    terminal.sees("введено 9").answers("4511 227265");
    terminal.asks("Телефон", "8 (992) 029 67 2").sees("Не хватает").answers("?");
    terminal.sees("контактный телефон").answers("8 901 789-25-69");
    terminal.sees("Записано");
    terminal.ends(0);
    assert_eq!(store.cell("patient", "name"), "Щукин Пётр Фёдорович");
    assert_eq!(store.cell("patient", "phone"), "+79017892569");
}

#[test]
fn a_new_store_asks_who_works_with_it_first() {
    let store = Store::new();
    let mut terminal = store.terminal(&["init", "other", "--no-git"]);
    terminal.asks("Кто работает с данными первым?", "Анна Смирнова");
    terminal.sees("Не годится id оператора").answers("anna");
    terminal.sees("Администратор: anna");
    terminal.ends(0);
    store.run(&["-C", "other", "check"], 0);
    let (_, said) = store.run(&["init", "third", "--no-git"], 2);
    assert!(said.starts_with("Не указан первый оператор"), "{said}");
}

#[test]
fn what_was_typed_is_not_asked_and_two_dots_go_back() {
    let store = Store::new();
    let mut terminal = store.terminal(&["patient", "new", "--passport", "4511227265"]);
    terminal.asks("ФИО", "лобанова дарья олеговна");
    terminal.asks("Телефон", "..");
    terminal.asks("ФИО", "лабанова дарья олеговна");
    terminal.asks("Телефон", "9161234567");
    assert!(!terminal.ends(0).contains("Паспорт\r"));
    assert_eq!(store.cell("patient", "name"), "Лабанова Дарья Олеговна");
}

#[test]
fn a_passport_that_is_somebodys_is_asked_again() {
    let store = Store::new();
    store.patient();
    let mut terminal = store.terminal(&["patient", "new", "--name", "Орлова Анна"]);
    terminal.asks("Паспорт", "4511227265").sees("Этот паспорт уже есть: Щукин");
    terminal.answers("4511223344").sees("такого паспорта в базе нет");
    terminal.asks("Телефон", "9161234567").ends(0);
    assert_eq!(store.count("patient"), 2);
}

#[test]
fn a_request_by_the_passport_of_a_known_patient_asks_no_more_of_them() {
    let store = Store::new();
    store.patient();
    let args = ["request", "new", "--clinic", "poliklinika-1", "--specialty", "terapevt"];
    let mut terminal = store.terminal(&args);
    terminal.asks("Кто звонит?", "4511 227265").sees("Этот паспорт уже есть: Щукин");
    let said = terminal.asks("Когда пациенту удобно?", "ср 9-12").ends(0);
    assert_eq!(said.matches("среда, 25 ноября, 9:00–12:00").count(), 1, "{said}");
    assert_eq!(store.count("patient"), 1);
    assert_eq!(store.count("request"), 1);
}

#[test]
fn a_clinic_takes_several_specialties_in_one_answer() {
    let store = Store::new();
    let mut terminal = store.terminal(&["clinic", "new", "--id", "third"]);
    terminal.asks("Название", "Поликлиника № 3");
    terminal.asks("Адрес", "-");
    terminal.asks("Телефон", "84952377297");
    terminal.asks("Специальности", "тер, окулист").sees("Нет специальности");
    terminal.answers("терапевт, кардиолог").sees("✓ Терапевт, Кардиолог");
    terminal.ends(0);
    let (text, _) = store.run(&["clinic", "show", "third", "--json"], 0);
    let clinic: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(clinic["specialties"], serde_json::json!(["kardiolog", "terapevt"]));
    assert_eq!(clinic["address"], "-");
}

#[test]
fn specialties_and_operators_are_asked_for_a_name_alone() {
    let store = Store::new();
    store.terminal(&["specialty", "new"]).asks("Название", "Окулист").ends(0);
    store.run(&["specialty", "show", "okulist"], 0);
    store.terminal(&["operator", "new"]).asks("Имя", "Борис Котов").ends(0);
    let (text, _) = store.run(&["operator", "show", "boris-kotov", "--json"], 0);
    assert!(
        text.contains(r#""role":"operator""#) || text.contains(r#""role": "operator""#),
        "{text}"
    );
}

#[test]
fn a_request_of_a_known_patient() {
    let store = Store::new();
    store.patient();
    let mut terminal = store.terminal(&["request", "new"]);
    terminal.asks("Кто звонит?", "щук п").asks("Найдено пациентов: 1", "1");
    terminal.asks("К какому врачу", "кард 1").sees("Такого врача").answers("тер");
    terminal.asks("Уточните", "2").sees("✓ Терапевт · Поликлиника № 2");
    terminal.asks("Когда пациенту удобно?", "ср").sees("Указан только день");
    terminal.answers("ср 9-12, чт после 15");
    terminal.sees("✓ среда, 25 ноября, 9:00–12:00").sees("сохранена");
    terminal.ends(0);
    assert_eq!(store.cell("request", "clinic"), "poliklinika-2");
    assert_eq!(store.cell("request", "patient_ranges").as_array().unwrap().len(), 2);
    assert_eq!(store.count("patient"), 1);
}

#[test]
fn a_request_of_a_new_patient_and_a_day_that_can_be_two() {
    let store = Store::new();
    let mut terminal = store.terminal(&["request", "new", "--clinic", "poliklinika-1"]);
    terminal.asks("Кто звонит?", "лобан").sees("Пациенты не найдены").answers("1");
    terminal.asks("Паспорт", "4511223344").sees("такого паспорта в базе нет");
    terminal.asks("ФИО", "лобанова дарья олеговна");
    terminal.asks("Телефон", "9161234567");
    terminal.asks("К какому врачу?", "тер");
    terminal.asks("Когда пациенту удобно?", "пн 11-12").sees("Какие дни?").answers("1");
    terminal.sees("✓ понедельник, 23 ноября, 11:00–12:00");
    terminal.ends(0);
    assert_eq!(store.cell("patient", "name"), "Лобанова Дарья Олеговна");
    let ranges = store.cell("request", "patient_ranges");
    assert_eq!(ranges[0]["start"], "2026-11-23T11:00:00+03:00");
}

#[test]
fn a_name_that_nobody_has_is_the_new_patient_s() {
    let store = Store::new();
    let mut terminal = store.terminal(&["request", "new", "--clinic", "poliklinika-1"]);
    terminal.asks("Кто звонит?", "лобанова дарья").sees("Пациенты не найдены").answers("1");
    terminal.asks("Паспорт", "4511223344");
    terminal.asks("[Лобанова Дарья]", "");
    terminal.asks("Телефон", "9161234567").asks("К какому врачу?", "тер");
    terminal.asks("Когда пациенту удобно?", "ср 9-12").sees("сохранена");
    terminal.ends(0);
    assert_eq!(store.cell("patient", "name"), "Лобанова Дарья");
    let mut terminal = store.terminal(&["request", "new", "--clinic", "poliklinika-1"]);
    terminal.asks("Кто звонит?", "8 903 555-01-12").sees("Пациенты не найдены").answers("1");
    terminal.asks("Паспорт", "4511223355").asks("ФИО", "Ли Ян");
    terminal.asks("[+7 903 555-01-12]", "").asks("К какому врачу?", "тер");
    terminal.asks("Когда пациенту удобно?", "ср 9-12").sees("сохранена");
    terminal.ends(0);
}

#[test]
fn a_command_that_others_have_is_taken_back_only_if_said_so() {
    let store = Store::new();
    store.request();
    let git = |line: &str| {
        let mut git = Command::new("git");
        git.args(line.split(' ')).current_dir(store.home.path().join("data"));
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", store.home.path());
        assert!(git.output().unwrap().status.success(), "{line}");
    };
    git("init -q -b main");
    git("-c user.name=A -c user.email=a@b add patients requests clinics specialties operators");
    store.run(&["clinic", "edit", "poliklinika-2", "--phone", "84950000000"], 0);
    git("-c user.name=A -c user.email=a@b commit -q -a -m x");
    git("update-ref refs/remotes/origin/main HEAD");
    let mut terminal = store.terminal(&["undo"]);
    terminal.sees("Команду пн 23.11 10:00 уже получили другие").sees("клиника poliklinika-2");
    terminal.sees("(да/нет)").types("\r").sees("Ничего не изменено").ends(0);
    let mut terminal = store.terminal(&["undo"]);
    terminal.sees("(да/нет)").types("да\r").sees("Взята назад команда пн 23.11 10:00");
    terminal.ends(0);
    // What took it back is here alone.
    let mut terminal = store.terminal(&["undo"]);
    terminal.sees("Сделано снова").ends(0);
}

#[test]
fn the_steps_of_a_request_are_chosen_by_number() {
    let store = Store::new();
    store.request();
    let mut terminal = store.terminal(&["request", "set-status"]);
    terminal.asks("Какая заявка?", "1").sees("Сейчас: Создана");
    terminal.sees("1  Обрабатывается").sees("2  Пациент отказался");
    terminal.answers("обработана").sees("Сейчас можно").answers("1");
    terminal.ends(0);
    assert_eq!(store.cell("request", "status"), "in-progress");

    // Nothing is offered that would be refused: there is no appointment yet.
    let mut terminal = store.terminal(&["request", "set-status"]);
    terminal.asks("Какая заявка?", "1").sees("1  Создана").sees("2  Пациент отказался");
    terminal.answers("..").sees("Какая заявка?").types("\u{3}");
    terminal.ends(130);

    let mut terminal = store.terminal(&["request", "set-ranges"]);
    terminal.asks("Какая заявка?", "щук").asks("Кому удобно?", "2");
    let said = terminal.asks("Когда удобно клинике?", "ср 10-12, пт 9-12").ends(0);
    assert_eq!(said.matches("пятница, 27 ноября, 9:00–12:00").count(), 1, "{said}");
    assert_eq!(store.cell("request", "clinic_ranges").as_array().unwrap().len(), 2);

    let mut terminal = store.terminal(&["request", "set-appointment"]);
    terminal.asks("Какая заявка?", "1").asks("На какое время", "срд 11.30");
    terminal.sees("Возможно, `ср 11.30`").sees("[ср 11.30]");
    terminal.answers("").sees("✓ Время приёма: среда, 25 ноября, 11:30");
    let said = terminal.ends(0);
    assert!(!said.contains("Понято"), "{said}");
    assert_eq!(store.cell("request", "appointment"), "2026-11-25T11:30:00+03:00");

    let mut terminal = store.terminal(&["request", "note"]);
    terminal.asks("Какая заявка?", "1").asks("Примечание", "--перезвонить").ends(0);

    let mut terminal = store.terminal(&["request", "reschedule"]);
    terminal.asks("Какая заявка?", "1").asks("На когда перенести?", "чт 9-12");
    terminal.sees("закрыта: перенос");
    let said = terminal.ends(0);
    assert_eq!(said.matches("четверг, 26 ноября, 9:00–12:00").count(), 1, "{said}");
    assert_eq!(store.count("request"), 2);
}

#[test]
fn a_closed_request_is_reopened_for_a_reason() {
    let store = Store::new();
    let id = store.request();
    store.run(&["request", "refuse", &id], 0);
    let mut terminal = store.terminal(&["request", "reopen", &id]);
    terminal.asks("Причина", "передумал").ends(0);
    assert_eq!(store.cell("request", "status"), "in-progress");
}

#[test]
fn a_record_is_found_by_a_search() {
    let store = Store::new();
    store.patient();
    let mut terminal = store.terminal(&["patient", "show"]);
    terminal.asks("Какой пациент?", "иванов").sees("Нет пациента").answers("oerby g");
    terminal.sees("Прочитано как: щукин п").sees("Щукин Пётр Фёдорович");
    terminal.ends(0);
    let mut terminal = store.terminal(&["clinic", "show"]);
    terminal.asks("Какая клиника?", "2").sees("Поликлиника № 2");
    terminal.ends(0);
}

#[test]
fn two_patients_are_merged_by_name() {
    let store = Store::new();
    store.patient();
    let args = ["patient", "new", "--name", "Щукин Пётр", "--phone", "89017892569"];
    store.run(&[&args[..], &["--passport", "4511227266"]].concat(), 0);
    let mut terminal = store.terminal(&["patient", "merge"]);
    terminal.asks("Какой пациент?", "щук").asks("Найдено несколько", "1");
    terminal.asks("Какой пациент?", "..").asks("Какой пациент?", "щук");
    terminal.asks("Найдено несколько", "2");
    terminal.asks("Какой пациент?", "4511227266").ends(0);
}

#[test]
fn a_change_that_came_meanwhile_is_shown_and_nothing_is_overwritten() {
    let store = Store::new();
    let id = store.request();
    store.run(&["request", "set-status", &id, "in-progress"], 0);
    let mut terminal = store.terminal(&["request", "set-appointment", &id]);
    terminal.sees("На какое время").sees("›");
    store.run(&["request", "set-appointment", &id, "ср 10:00"], 0);
    terminal.types("11:30\r").sees("Пока вы отвечали, заявка изменилась").sees("›");
    assert_eq!(store.cell("request", "appointment"), "2026-11-25T10:00:00+03:00");
    terminal.types("\u{3}").ends(130);
    assert_eq!(store.cell("request", "appointment"), "2026-11-25T10:00:00+03:00");
}

#[test]
fn a_request_that_changed_while_it_was_chosen_is_not_closed_unseen() {
    let store = Store::new();
    let id = store.request();
    store.run(&["request", "set-status", &id, "in-progress"], 0);
    let mut terminal = store.terminal(&["request", "refuse"]);
    terminal.sees("1  ").sees("›");
    store.run(&["request", "set-appointment", &id, "ср 10:00"], 0);
    terminal.types("1\r").sees("Пока вы отвечали, заявка изменилась").sees("1  ").sees("›");
    assert_eq!(store.cell("request", "status"), "in-progress");
    terminal.types("1\r").ends(0);
    assert_eq!(store.cell("request", "status"), "patient-refused");
}

#[test]
fn no_time_is_asked_for_that_can_not_be_recorded() {
    let store = Store::new();
    let id = store.request();
    let said = store.terminal(&["request", "set-appointment", &id]).ends(3);
    assert!(said.contains("set-status") && !said.contains("На какое время"), "{said}");
    store.run(&["request", "refuse", &id], 0);
    let said = store.terminal(&["request", "set-appointment", &id]).ends(3);
    assert!(said.contains("закрыта") && !said.contains("На какое время"), "{said}");
}

/// The same wherever a question waits: before a request is taken up again, and before a removal.
#[test]
fn what_others_did_while_a_question_waits_is_shown_and_asked_about() {
    let store = Store::new();
    let id = store.request();
    store.run(&["request", "refuse", &id], 0);
    let mut terminal = store.terminal(&["request", "reopen", &id]);
    terminal.sees("Причина").sees("›");
    store.run(&["request", "note", &id, "умер"], 0);
    terminal.types("ошибка\r").sees("Пока вы отвечали, заявка изменилась").sees("›");
    terminal.types("\u{3}").ends(130);
    assert_eq!(store.cell("request", "status"), "patient-refused");

    let mut terminal = store.terminal(&["request", "remove", &id]);
    terminal.sees("да/нет");
    store.run(&["request", "note", &id, "нужна"], 0);
    terminal.types("да\r").sees("Пока вы отвечали, заявка изменилась").sees("да/нет");
    terminal.types("нет\r").ends(0);
    assert_eq!(store.count("request"), 1);
}

#[test]
fn ctrl_c_writes_nothing() {
    let store = Store::new();
    let mut terminal = store.terminal(&["patient", "new"]);
    terminal.asks("ФИО", "щукин пётр фёдорович").sees("Паспорт").sees("›").types("\u{3}");
    terminal.sees("Прервано");
    terminal.ends(130);
    assert_eq!(store.count("patient"), 0);
}

#[test]
fn ctrl_c_is_an_object_where_a_program_reads_errors() {
    let store = Store::new();
    let mut terminal = store.terminal(&["patient", "new", "--json"]);
    terminal.sees("ФИО").sees("›").types("\u{3}").sees("{\"error\":{\"code\":\"interrupted\"");
    terminal.ends(130);
}

#[test]
fn no_input_asks_nothing_on_a_terminal() {
    let store = Store::new();
    let text = store.terminal(&["patient", "new", "--no-input"]).ends(2);
    assert!(text.contains("--name") && !text.contains('›'), "{text}");
}

#[test]
fn without_a_terminal_what_is_missing_is_named_in_both_languages() {
    let store = Store::new();
    let id = store.request();
    let id = id.as_str();
    let name = ["--name", "Щукин Пётр"];
    let phone = ["--phone", "89017892569"];
    let clinic = ["--clinic", "poliklinika-1"];
    let known = ["--passport", "4511227265"];
    let address = ["--address", "ул. Ленина, д. 1"];
    let table: &[(&[&[&str]], &str)] = &[
        (&[&["patient", "new"]], "--name"),
        (&[&["patient", "new"], &name], "--passport"),
        (&[&["patient", "new", "--passport", "4511223344"], &name], "--phone"),
        (&[&["clinic", "new"]], "--name"),
        (&[&["clinic", "new"], &name], "--address"),
        (&[&["clinic", "new"], &name, &address], "--phone"),
        (&[&["clinic", "new"], &name, &address, &phone], "--specialty"),
        (&[&["specialty", "new"]], "--title"),
        (&[&["operator", "new"]], "--name"),
        (&[&["request", "new"]], "--clinic"),
        (&[&["request", "new"], &clinic], "--specialty"),
        (&[&["request", "new", "--specialty", "terapevt"], &clinic], "--range"),
        (
            &[&["request", "new", "--specialty", "terapevt", "--range", "ср 9-12"], &clinic],
            "--patient",
        ),
        (&[&["request", "new"], &known], "--clinic"),
        (&[&["request", "reschedule", id]], "--range"),
        (&[&["request", "set-ranges", id]], "--clinic"),
        (&[&["request", "add-ranges", id]], "--patient"),
        (&[&["request", "set-appointment", id]], "--clear"),
        (&[&["request", "reopen", id]], "--reason"),
        (&[&["request", "set-status", id]], ""),
        (&[&["request", "note", id]], ""),
        (&[&["request", "show"]], ""),
        (&[&["request", "next"]], ""),
        (&[&["request", "match"]], ""),
        (&[&["request", "refuse"]], ""),
        (&[&["request", "clinic-told"]], ""),
        (&[&["request", "edit"]], ""),
        (&[&["patient", "note"]], ""),
        (&[&["patient", "show"]], ""),
        (&[&["clinic", "edit"]], ""),
        (&[&["specialty", "remove"]], ""),
        (&[&["operator", "show"]], ""),
    ];
    for (parts, flag) in table {
        let args = parts.concat();
        for lang in ["ru", "en"] {
            let (out, err) = store.run_in(lang, &args, 2);
            assert_eq!(out, "", "{args:?}");
            assert!(err.contains(flag), "{args:?}: no {flag} in: {err}");
            let is_russian = err.chars().any(|c| ('а'..='я').contains(&c));
            assert_eq!(is_russian, lang == "ru", "{args:?}: {err}");
        }
    }
    assert_eq!(store.count("request"), 1);
}

/// A conflict is shown with both values; Enter settles nothing, a number does.
#[test]
fn a_conflict_is_settled_by_a_number() {
    let store = Store::new();
    store.patient();
    let id = store.cell("patient", "id").as_str().unwrap().to_owned();
    let path = store.home.path().join(format!("data/patients/{}/{id}.toml", &id[..2]));
    let text = std::fs::read_to_string(&path).unwrap();
    let conflict = "conflicts = [\n    { key = \"phone\", value = \"+79990000001\", by = \"anna\", at = 2026-11-23T09:00:00.000+03:00 },\n]\n\nhistory = [";
    std::fs::write(&path, text.replacen("history = [", conflict, 1)).unwrap();
    let mut terminal = store.terminal(&["resolve"]);
    terminal.sees("+7 901 789-25-69 (стоит сейчас)").asks("Решить позже", "3").ends(0);
    assert_eq!(store.cell("patient", "phone"), "+79017892569");
    let mut terminal = store.terminal(&["resolve", &id]);
    terminal.asks("Решить позже", "").sees("Введите цифру").answers("2");
    terminal.sees("расхождение разобрано").ends(0);
    assert_eq!(store.cell("patient", "phone"), "+79990000001");
}

/// What is written is neither asked again nor said to be lost.
#[test]
fn conflicts_are_gone_through_there_and_back() {
    let store = Store::new();
    store.patient();
    let id = store.cell("patient", "id").as_str().unwrap().to_owned();
    let path = store.home.path().join(format!("data/patients/{}/{id}.toml", &id[..2]));
    let text = std::fs::read_to_string(&path).unwrap();
    let at = "by = \"anna\", at = 2026-11-23T09:00:00.000+03:00 },\n";
    let conflict = format!(
        "conflicts = [\n    {{ key = \"name\", value = \"Щукин\", {at}    {{ key = \"phone\", value = \"+79990000001\", {at}]\n\nhistory = ["
    );
    std::fs::write(&path, text.replacen("history = [", &conflict, 1)).unwrap();
    let mut terminal = store.terminal(&["resolve"]);
    terminal.asks("Решить позже", "..").sees("Это первый вопрос");
    terminal.asks("Решить позже", "3").sees("Телефон: что верно?");
    terminal.asks("Решить позже", "..").sees("ФИО: что верно?");
    terminal.asks("Решить позже", "1").sees("разобрано").sees("Телефон: что верно?");
    terminal.asks("Решить позже", "..").sees("Прошлый ответ уже записан");
    terminal.sees("Решить позже").sees("›").types("\u{3}").sees("Разобрано и записано: 1.");
    terminal.ends(130);
}
