//! The operator script at a real terminal: whole calls, Ctrl-C at every question of them, what was
//! typed ahead, and changes that somebody else makes while a question waits.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod script_store;

use std::fs::File;
use std::io::{Read as _, Write};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fs2::FileExt;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use script_store::Store;

const MONDAY: &str = "2026-11-23T10:00";
const CTRL_C: &str = "\u{3}";

/// A question, by words of its screen, and its answer.
type Call = &'static [(&'static str, &'static str)];

/// The clinic offers other times, the patient takes some of them, and is told.
const OTHER_TIMES: Call = &[
    ("Кто звонит?", "щук п"),
    ("Найдено пациентов: 1", "1"),
    ("К какому врачу", "тер 1"),
    ("Когда пациенту удобно?", "ср 9-12"),
    ("Проверьте заявку", ""),
    ("Что ответила клиника?", "чт 15-17, пт 9-12"),
    ("Время не совпало", "пт 10-12"),
    ("На какое время записали?", "10.30"),
    ("Сообщите пациенту", "1"),
];

/// The clinic offers other times, and the patient refuses.
const REFUSAL: Call = &[
    ("Кто звонит?", "щук п"),
    ("Найдено пациентов: 1", "1"),
    ("К какому врачу", "тер 1"),
    ("Когда пациенту удобно?", "ср 9-12"),
    ("Проверьте заявку", ""),
    ("Что ответила клиника?", "чт 15-17"),
    ("Время не совпало", "отказ"),
    ("Причина", "далеко"),
];

/// The program at a terminal.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How much of what is shown was waited for.
    read: usize,
    /// What reads the screen, until it ends.
    reader: Option<JoinHandle<()>>,
    /// The terminal lives as long as this does.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn start(store: &Store, args: &[&str]) -> Terminal {
        let size = PtySize { rows: 40, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_appt"));
        command.args(["script"].iter().chain(args));
        command.cwd(store.home());
        command.env_clear();
        store.vars(MONDAY).into_iter().for_each(|(name, value)| command.env(name, value));
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        // So that the screen ends where the program does.
        drop(pair.slave);
        let keys = pair.master.take_writer().unwrap();
        let mut screen = pair.master.try_clone_reader().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let kept = shown.clone();
        let reader = thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut some) {
                kept.lock().unwrap().extend_from_slice(&some[..count]);
            }
        });
        Terminal { child, keys, shown, read: 0, reader: Some(reader), _master: pair.master }
    }

    /// All that was shown.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits for words after those that were waited for before.
    fn wait_for(&mut self, words: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let bytes = self.shown.lock().unwrap()[self.read..].to_vec();
            let found = bytes.windows(words.len()).position(|part| part == words.as_bytes());
            if let Some(at) = found {
                self.read += at + words.len();
                return;
            }
            assert!(Instant::now() < until, "«{words}» did not come:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Types at once what is given.
    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for a question and its prompt.
    fn asked(&mut self, question: &str) {
        self.wait_for(question);
        self.wait_for("› ");
    }

    /// Answers a question.
    fn answer(&mut self, question: &str, answer: &str) {
        self.asked(question);
        self.press(&format!("{answer}\r"));
    }

    /// Waits for the end; the exit code, and the whole screen.
    fn end(&mut self) -> (u32, String) {
        let until = Instant::now() + Duration::from_secs(20);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "it does not end:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.signal(), None, "{}", self.text());
        self.reader.take().unwrap().join().unwrap();
        let text = self.text();
        let (hidden, back) = (text.rfind("\u{1b}[?25l"), text.rfind("\u{1b}[?25h"));
        assert!(hidden <= back, "the cursor stays hidden:\n{text}");
        (status.exit_code(), text)
    }
}

/// Plays a whole call at a terminal; the files that it leaves.
fn play(call: Call) -> String {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    call.iter().for_each(|(question, answer)| terminal.answer(question, answer));
    let (exit, text) = terminal.end();
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("Сохранено здесь"), "{text}");
    assert!(!store.data().join(".appt/draft-anna.json").exists());
    store.files()
}

/// The same call from a file of answers.
fn from_file(call: Call) -> String {
    let store = Store::new();
    let answers: String = call.iter().map(|(_, answer)| format!("{answer}\n")).collect();
    store.play(&[], &answers, MONDAY, 0);
    store.files()
}

/// Breaks a call off at one question, and goes on with it in another run.
fn interrupt(call: Call, at: usize, whole: &str) {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    call[..at].iter().for_each(|(question, answer)| terminal.answer(question, answer));
    terminal.asked(call[at].0);
    terminal.press(CTRL_C);
    let (exit, text) = terminal.end();
    assert_eq!(exit, 130, "question {at}:\n{text}");
    assert!(text.contains("Прервано."), "question {at}:\n{text}");
    store.run(&["check"]);

    let draft = store.data().join(".appt/draft-anna.json").exists();
    let mut terminal = Terminal::start(&store, &[]);
    match (draft, store.ids().is_empty()) {
        (true, _) => terminal.answer_offer("1"),
        (false, true) => assert_eq!(at, 0, "answers are lost"),
        (false, false) => terminal.answer("Enter — самая срочная", ""),
    }
    // Nothing that was answered is asked again.
    call[at..].iter().for_each(|(question, answer)| terminal.answer(question, answer));
    let (exit, text) = terminal.end();
    assert_eq!(exit, 0, "question {at}:\n{text}");
    assert_eq!(store.files(), whole, "question {at}");
    assert!(!store.data().join(".appt/draft-anna.json").exists());
    store.run(&["check", "--strict"]);
}

impl Terminal {
    /// Answers whether the call that was broken off is gone on with.
    fn answer_offer(&mut self, answer: &str) {
        self.answer("Прошлый звонок прервался", answer);
    }
}

#[test]
fn a_whole_call_leaves_what_its_answers_leave() {
    assert_eq!(play(OTHER_TIMES), from_file(OTHER_TIMES));
    assert_eq!(play(REFUSAL), from_file(REFUSAL));
}

#[test]
fn ctrl_c_at_every_question_loses_nothing() {
    let whole = from_file(OTHER_TIMES);
    (0..OTHER_TIMES.len()).for_each(|at| interrupt(OTHER_TIMES, at, &whole));
}

#[test]
fn ctrl_c_at_every_question_of_a_refusal_loses_nothing() {
    let whole = from_file(REFUSAL);
    (0..REFUSAL.len()).for_each(|at| interrupt(REFUSAL, at, &whole));
}

#[test]
fn ctrl_c_in_the_middle_of_a_word_ends_it_too() {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.asked("Кто звонит?");
    terminal.press("щук");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().0, 130);
}

#[test]
fn a_draft_that_is_not_wanted_is_dropped() {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer("Кто звонит?", "щук п");
    terminal.asked("Найдено пациентов: 1");
    terminal.press(CTRL_C);
    let (_, text) = terminal.end();
    assert!(text.contains("Ответы сохранены, продолжить: `appt script`."), "{text}");
    // Ctrl-C at the offer keeps it.
    let mut terminal = Terminal::start(&store, &[]);
    terminal.asked("Прошлый звонок прервался");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().0, 130);
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer_offer("3");
    terminal.asked("Кто звонит?");
    terminal.press(CTRL_C);
    terminal.end();
    assert!(!store.data().join(".appt/draft-anna.json").exists());
}

/// Breaks a call off after its first answer.
fn broken_off(store: &Store, offered: Option<&str>, name: &str) {
    let mut terminal = Terminal::start(store, &[]);
    if let Some(answer) = offered {
        terminal.wait_for("рерва");
        terminal.asked("Забыть");
        terminal.press(&format!("{answer}\r"));
    }
    terminal.answer("Кто звонит?", name);
    terminal.asked("Найдено пациентов: 1");
    terminal.press(CTRL_C);
    let (_, text) = terminal.end();
    assert!(text.contains("Ответы сохранены, продолжить: `appt script`."), "{text}");
}

#[test]
fn a_call_that_was_broken_off_waits_while_another_is_taken() {
    let store = Store::new();
    broken_off(&store, None, "щук п");
    broken_off(&store, Some("2"), "пётр");
    let mut terminal = Terminal::start(&store, &[]);
    terminal.wait_for("Прерваны звонки: 2, ответы сохранены.");
    terminal.wait_for("1  Продолжить: щук п");
    terminal.wait_for("2  Продолжить: пётр");
    terminal.asked("4  Забыть");
    terminal.press("1\r");
    terminal.answer("Найдено пациентов: 1", "1");
    terminal.asked("К какому врачу");
    terminal.press(CTRL_C);
    terminal.end();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.wait_for("1  Продолжить: Щукин");
    terminal.asked("4  Забыть");
    terminal.press("4\r");
    terminal.wait_for("Какой звонок забыть?");
    terminal.wait_for("2  пётр");
    terminal.asked("3  Все");
    terminal.press("2\r");
    terminal.asked("Кто звонит?");
    terminal.press(CTRL_C);
    terminal.end();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.wait_for("Прошлый звонок прервался, ответы сохранены: Щукин");
    terminal.asked("3  Забыть его");
    terminal.press("3\r");
    terminal.asked("Кто звонит?");
    terminal.press(CTRL_C);
    let (_, text) = terminal.end();
    assert!(text.contains("Прервано.") && !text.contains("продолжить"), "{text}");
}

#[test]
fn a_call_that_can_not_be_gone_on_with_waits_where_somebody_else_calls() {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer("Кто звонит?", "Соловьёва Вера");
    terminal.answer("Пациенты не найдены", "1");
    terminal.answer("Паспорт", "4520 222222");
    terminal.asked("имя");
    terminal.press(CTRL_C);
    terminal.end();
    // Somebody of that name is added, and then somebody else calls.
    let (name, passport) = ("Соловьёва Вера Павловна", "4520333333");
    store.run(&[
        "patient",
        "new",
        "--name",
        name,
        "--passport",
        passport,
        "--phone",
        "89160000000",
    ]);
    let mut terminal = Terminal::start(&store, &[]);
    terminal.asked("3  Забыть его");
    terminal.press("1\r");
    terminal.answer("Кто звонит?", "щук п");
    terminal.answer("Найдено пациентов: 1", "1");
    terminal.asked("К какому врачу");
    terminal.press(CTRL_C);
    terminal.end();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.wait_for("Прерваны звонки: 2");
    terminal.press(CTRL_C);
    terminal.end();
}

#[test]
fn a_call_in_another_window_is_nobodys_to_take_up_and_loses_nothing() {
    let store = Store::new();
    let mut one = Terminal::start(&store, &[]);
    one.answer("Кто звонит?", "щук п");
    one.asked("Найдено пациентов: 1");
    let mut other = Terminal::start(&store, &[]);
    other.answer("Кто звонит?", "пётр");
    other.asked("Найдено пациентов: 1");
    other.press(CTRL_C);
    let (_, text) = other.end();
    assert!(!text.contains("прервался"), "{text}");
    one.press(CTRL_C);
    one.end();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.wait_for("1  Продолжить: щук п");
    terminal.asked("2  Продолжить: пётр");
    terminal.press(CTRL_C);
    terminal.end();
}

#[test]
fn ctrl_c_ends_the_wait_for_data_and_nothing_is_written() {
    let store = Store::new();
    let (mut terminal, id) = waiting(&store);
    let lock = File::open(store.data().join(".appt/lock")).unwrap();
    FileExt::lock_exclusive(&lock).unwrap();
    terminal.press("11.30\r");
    terminal.wait_for("ждём. Не ждать: Ctrl-C.");
    terminal.press(CTRL_C);
    let (exit, text) = terminal.end();
    assert_eq!(exit, 130, "{text}");
    let part = id.split_once('-').unwrap().1;
    let said = format!(
        "Прервано. Продолжить: `appt script {part}`. Последний ответ («11.30») не записан."
    );
    assert!(text.replace("\r\n", " ").contains(&said), "{text}");
    drop(lock);
    assert!(!store.files().contains("appointment"));
}

#[test]
fn a_call_waits_for_data_that_another_process_holds() {
    let store = Store::new();
    let (mut terminal, _) = waiting(&store);
    let lock = File::open(store.data().join(".appt/lock")).unwrap();
    FileExt::lock_exclusive(&lock).unwrap();
    terminal.press("11.30\r");
    terminal.wait_for("Данные занял другой процесс, ждём.");
    drop(lock);
    terminal.wait_for("✓ Время приёма: среда, 25 ноября, 11:30");
    terminal.answer("Сообщите пациенту", "1");
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn a_draft_offers_again_what_was_gone_back_behind() {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer("Кто звонит?", "щук п");
    terminal.answer("Найдено пациентов: 1", "1");
    terminal.answer("К какому врачу", "тер 1");
    terminal.answer("Когда пациенту удобно?", "ср 9-12");
    terminal.answer("Проверьте заявку", "..");
    terminal.answer("Когда пациенту удобно?", "..");
    terminal.asked("К какому врачу");
    terminal.press(CTRL_C);
    terminal.end();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer_offer("1");
    // Enter takes both as they were.
    terminal.answer("[тер 1]", "");
    terminal.answer("[ср 9-12]", "");
    terminal.wait_for("среда, 25 ноября, 9:00–12:00");
    terminal.asked("Проверьте заявку");
    terminal.press(CTRL_C);
    terminal.end();
}

#[test]
fn a_draft_is_kept_when_everything_was_gone_back_behind() {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer("Кто звонит?", "щук п");
    terminal.answer("Найдено пациентов: 1", "1");
    terminal.answer("К какому врачу", "тер 1");
    terminal.answer("Когда пациенту удобно?", "..");
    terminal.answer("К какому врачу", "..");
    terminal.answer("Найдено пациентов: 1", "..");
    terminal.asked("[щук п]");
    terminal.press(CTRL_C);
    let (_, text) = terminal.end();
    assert!(text.contains("Ответы сохранены, продолжить: `appt script`."), "{text}");
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer_offer("1");
    terminal.answer("[щук п]", "");
    terminal.answer("Найдено пациентов: 1", "1");
    terminal.answer("[тер 1]", "");
    terminal.asked("Когда пациенту удобно?");
    terminal.press(CTRL_C);
    terminal.end();
}

#[test]
fn a_draft_whose_request_was_seen_through_is_not_offered() {
    let store = Store::new();
    let (mut terminal, id) = waiting(&store);
    terminal.press("нет\r");
    terminal.asked("У клиники нет свободного времени.");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().0, 130);
    // What was answered is offered, and said to be no part of the request yet.
    let mut terminal = Terminal::start(&store, &[]);
    terminal.wait_for("ответы после этого в неё ещё не записаны.");
    terminal.press(CTRL_C);
    terminal.end();
    assert!(store.data().join(".appt/draft-anna.json").exists());
    store.run(&["request", "set-appointment", &id, "ср 11:30"]);
    let mut terminal = Terminal::start(&store, &[]);
    terminal.asked("Кто звонит?");
    terminal.press(CTRL_C);
    let (_, text) = terminal.end();
    assert!(!text.contains("Начать новый"), "{text}");
    // It is not lost without a word.
    assert!(text.contains("прервался после ответа «нет», он не записан."), "{text}");
    assert!(!store.data().join(".appt/draft-anna.json").exists());
}

#[test]
fn a_draft_of_tomorrow_is_asked_again_where_it_means_another_day() {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.answer("Кто звонит?", "щук п");
    terminal.answer("Найдено пациентов: 1", "1");
    terminal.answer("К какому врачу", "тер 1");
    terminal.answer("Когда пациенту удобно?", "завтра 9-12");
    terminal.asked("Проверьте заявку");
    terminal.press(CTRL_C);
    terminal.end();
    let path = store.data().join(".appt/draft-anna.json");
    let draft = script_store::read(&path).replace("завтра", "послезавтра");
    script_store::write(&path, &draft);
    let mut terminal = Terminal::start(&store, &[]);
    terminal.wait_for("Прошлый звонок прервался");
    terminal.answer("ответы сохранены: Щукин Пётр Фёдорович.", "1");
    terminal.asked("Когда пациенту удобно?");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().0, 130);
}

#[test]
fn what_was_typed_ahead_asserts_nothing() {
    let store = Store::new();
    let mut terminal = Terminal::start(&store, &[]);
    terminal.asked("Кто звонит?");
    terminal.press("щук п\r1\r1\r1\r");
    terminal.asked("Найдено пациентов: 1");
    thread::sleep(Duration::from_millis(300));
    assert!(!terminal.text().contains("К какому врачу"), "{}", terminal.text());
    terminal.press("1\r");
    terminal.asked("К какому врачу");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end().0, 130);
}

/// A call that waits for the clinic's answer, and its request.
fn waiting(store: &Store) -> (Terminal, String) {
    let mut terminal = Terminal::start(store, &[]);
    OTHER_TIMES[..5].iter().for_each(|(question, answer)| terminal.answer(question, answer));
    terminal.asked("Что ответила клиника?");
    let id = store.ids().remove(0);
    (terminal, id)
}

/// What the other operator does meanwhile.
fn meanwhile(store: &Store, args: &[&str]) {
    let args: Vec<&str> = ["--operator", "boris"].iter().chain(args).copied().collect();
    let (out, err, exit) = store.output(&args, "2026-11-23T10:03");
    assert_eq!(exit, 0, "{out}{err}");
}

#[test]
fn somebody_takes_the_request_over_meanwhile() {
    let store = Store::new();
    let (mut terminal, id) = waiting(&store);
    meanwhile(&store, &["request", "set-status", &id, "in-progress", "--take-over"]);
    terminal.press("11.30\r");
    terminal.wait_for("Пока вы отвечали, заявка изменилась (Борис Котов, 10:03): ");
    terminal.wait_for("Ваш ответ не записан.");
    terminal.answer("другой оператор: Борис Котов.", "1");
    terminal.answer("Что ответила клиника?", "11");
    terminal.answer("Сообщите пациенту", "1");
    assert_eq!(terminal.end().0, 0);
    let files = store.files();
    assert!(files.contains("\nappointment = 2026-11-25T11:00"), "{files}");
    assert!(!files.contains("11:30"), "{files}");
    assert!(files.contains("\noperator = \"anna\""), "{files}");
    assert_eq!(files.matches("event = \"taken-over\"").count(), 2, "{files}");
}

#[test]
fn somebody_writes_down_a_refusal_meanwhile() {
    let store = Store::new();
    let (mut terminal, id) = waiting(&store);
    meanwhile(&store, &["request", "refuse", &id, "--reason", "передумал"]);
    terminal.press("11.30\r");
    terminal.wait_for("Пока вы отвечали, заявка изменилась (Борис Котов, 10:03): статус: ");
    terminal.wait_for("передумал");
    let (exit, text) = terminal.end();
    assert_eq!(exit, 0, "{text}");
    let files = store.files();
    assert!(files.contains("\nstatus = \"patient-refused\""), "{files}");
    assert!(!files.contains("appointment"), "{files}");
}

#[test]
fn somebody_records_an_appointment_meanwhile() {
    let store = Store::new();
    let (mut terminal, id) = waiting(&store);
    let args = ["request", "set-appointment", &id, "25.11 10:00", "--take-over"];
    meanwhile(&store, &args);
    terminal.press("11.30\r");
    terminal.wait_for("Пока вы отвечали, заявка изменилась (Борис Котов, 10:03): ");
    terminal.wait_for("время приёма: ср 25.11 10:00");
    terminal.answer("другой оператор: Борис Котов.", "1");
    terminal.wait_for("✓ Время приёма: среда, 25 ноября, 10:00");
    terminal.answer("Сообщите пациенту", "1");
    assert_eq!(terminal.end().0, 0);
    let files = store.files();
    assert!(files.contains("\nappointment = 2026-11-25T10:00"), "{files}");
    assert!(!files.contains("11:30"), "{files}");
    assert!(files.contains("\nstatus = \"processed\""), "{files}");
}
