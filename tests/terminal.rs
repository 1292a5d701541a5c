//! What a person sees of completion in real shells, and of the pager, at a real terminal.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::io::{Read as _, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::{APPT, DARYA, PETR, Sandbox, WEDNESDAY, has};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const TAB: &str = "\t";
/// Erases the line that was typed.
const ERASE: &str = "\u{15}";

/// A program at a terminal.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How much of what is shown was waited for.
    read: usize,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts a program in the environment of a sandbox, with the program under test in its path.
    fn start(s: &Sandbox, line: &[&str], vars: &[(&str, &str)]) -> Terminal {
        let bin = s.folder().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let _ = std::os::unix::fs::symlink(APPT, bin.join("appt"));
        let size = PtySize { rows: 40, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(line[0]);
        command.args(&line[1..]);
        command.cwd(&s.cwd);
        command.env_clear();
        for (name, value) in s.command("true").get_envs() {
            command.env(name, value.unwrap());
        }
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let own =
            [("PATH", path.as_str()), ("TERM", "xterm"), ("LC_ALL", "C.UTF-8"), ("PS1", "$ ")];
        own.iter().chain(vars).for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let keys = pair.master.take_writer().unwrap();
        let mut screen = pair.master.try_clone_reader().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let kept = shown.clone();
        thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut some) {
                kept.lock().unwrap().extend_from_slice(&some[..count]);
            }
        });
        Terminal { child, keys, shown, read: 0, _master: pair.master }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits for words after those that were waited for before; what came before them.
    fn wait_for(&mut self, words: &str) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let bytes = self.shown.lock().unwrap()[self.read..].to_vec();
            let found = bytes.windows(words.len()).position(|part| part == words.as_bytes());
            if let Some(at) = found {
                self.read += at + words.len();
                return String::from_utf8_lossy(&bytes[..at]).into_owned();
            }
            assert!(Instant::now() < until, "«{words}» did not come:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Runs a command line of a shell, to its end.
    fn run(&mut self, line: &str) {
        self.press(&format!("{line}; echo do''ne\r"));
        self.wait_for("done");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A store with two open requests of two patients.
fn office() -> (Sandbox, String, String) {
    let (s, petr) = Sandbox::with_request();
    let darya = "--clinic poliklinika-2 --specialty kardiolog --range 'чт 9-11'";
    let darya = s.request(DARYA, darya);
    (s, petr, darya)
}

#[test]
fn bash_completes_what_the_store_knows() {
    if !has(&["bash"]) {
        return;
    }
    let (s, petr, darya) = office();
    let mut bash = Terminal::start(&s, &["bash", "--norc", "--noprofile", "-i"], &[]);
    bash.run("bind 'set bell-style none'; source <(appt completions bash)");
    // A beginning that all ids share is typed at once; the list comes after it.
    bash.press(&format!("appt request set-status {TAB}{TAB}{TAB}"));
    let first = bash.wait_for(&petr);
    bash.press(&format!("{ERASE}appt request set-status {petr} {TAB}{TAB}"));
    bash.wait_for("in-progress");
    let rest = bash.wait_for("patient-refused");
    assert!(!rest.contains("processed") && !rest.contains("created"), "{}", bash.text());
    assert!(!first.contains("take-over"), "{}", bash.text());
    assert!(bash.text().contains(&darya), "{}", bash.text());
    // Who is meant stands beside the id, and is not typed with it.
    let line = |id: &str, who: &str| format!("{id}  {who}");
    assert!(bash.text().contains(&line(&petr, "Щ. П. Ф. · Поликлиника № 1")), "{}", bash.text());
    assert!(bash.text().contains(&line(&darya, "Л. Д. О. · Поликлиника № 2")), "{}", bash.text());
    assert!(!bash.text().contains("Щукин"), "{}", bash.text());
    bash.press(&format!("{ERASE}appt request show {}{TAB} ''id\r", &petr[..petr.len() - 1]));
    bash.wait_for(&format!("show {petr} "));
    // The store that was named earlier on the line, and a clinic by its title.
    bash.press(&format!("{ERASE}cd /; appt -C {} clinic show Поликлиника{TAB}", s.cwd.display()));
    bash.wait_for("poliklinika-");
    bash.press(&format!("{ERASE}appt -C /nowhere request show {TAB}{TAB}"));
    bash.press(&format!("{ERASE}echo e''nd\r"));
    bash.wait_for("end");
    assert!(!bash.text().contains("Нет данных"), "{}", bash.text());
}

#[test]
fn zsh_completes_with_descriptions() {
    if !has(&["zsh"]) {
        return;
    }
    let (s, petr, _) = office();
    let mut zsh = Terminal::start(&s, &["zsh", "-f", "-i"], &[]);
    zsh.run("unsetopt beep; autoload -U compinit; compinit -u -D; source <(appt completions zsh)");
    // A beginning that the ids share is typed at once; the list comes after it.
    zsh.press(&format!("appt request set-status {TAB}{TAB}"));
    zsh.wait_for("Поликлиника № ");
    assert!(zsh.text().contains("Щ. П. Ф. · Поликлиника № 1"), "{}", zsh.text());
    assert!(!zsh.text().contains("Щукин"), "{}", zsh.text());
    zsh.press(&format!("{ERASE}appt request set-status {petr} {TAB}"));
    zsh.wait_for("in-progress");
    zsh.wait_for("patient-refused");
    assert!(!zsh.text().contains("processed"), "{}", zsh.text());
    zsh.press(&format!("{ERASE}appt clinic show 'Поликлиника № 1{TAB}"));
    zsh.wait_for("№ 1'");
}

#[test]
fn fish_completes_with_descriptions() {
    if !has(&["fish"]) {
        return;
    }
    let (s, petr, _) = office();
    let mut fish = Terminal::start(&s, &["fish", "--no-config", "-i"], &[]);
    fish.run("appt completions fish | source");
    fish.press(&format!("appt request set-status {TAB}"));
    fish.wait_for("Щ. П. Ф. ");
    fish.press(&format!("{ERASE}appt request set-status {petr} {TAB}"));
    fish.wait_for("patient-refused");
    assert!(!fish.text().contains("processed"), "{}", fish.text());
}

/// A sandbox with more requests than a terminal of ten lines shows.
fn full() -> Sandbox {
    let s = Sandbox::new();
    for n in 0..10 {
        let who = format!("--name 'Щукин Пётр' --passport 451122726{n} --phone 8901789256{n}");
        s.request(&who, WEDNESDAY);
    }
    s
}

#[test]
fn a_long_list_goes_through_the_pager_and_a_short_one_does_not() {
    if !has(&["sed"]) {
        return;
    }
    let s = full();
    let vars = [("PAGER", "sed s/^/paged:/"), ("LINES", "10")];
    let mut long = Terminal::start(&s, &[APPT, "request", "list"], &vars);
    long.wait_for("10 заявок");
    assert!(long.text().contains("paged:"), "{}", long.text());
    let mut short = Terminal::start(&s, &[APPT, "request", "list", "--limit", "3"], &vars);
    short.wait_for("10 заявок, показано: 3");
    assert!(!short.text().contains("paged:"), "{}", short.text());
    for pager in ["", "cat", "no-such-pager-here"] {
        let vars = [("PAGER", pager), ("LINES", "10")];
        let mut plain = Terminal::start(&s, &[APPT, "request", "list"], &vars);
        let text = plain.wait_for("10 заявок");
        assert_eq!(text.matches("Поликлиника № 1").count(), 10, "{pager}: {text}");
    }
}

#[test]
fn the_usual_pager_says_how_it_is_left() {
    if !has(&["less"]) {
        return;
    }
    let s = full();
    // It leaves at once what fits the terminal, whatever `LINES` says.
    for n in 10..45 {
        s.request(
            &format!("--name 'Щукин Пётр' --passport 45112272{n} --phone 890178925{n}"),
            WEDNESDAY,
        );
    }
    for (lang, words) in [("ru", "q — закрыть"), ("en", "q: close")] {
        let vars = [("LINES", "10"), ("TERM", "xterm"), ("APPT_LANG", lang)];
        let mut terminal = Terminal::start(&s, &[APPT, "request", "list"], &vars);
        terminal.wait_for(words);
        terminal.press("q");
        terminal.wait_for("45 ");
    }
}

#[test]
fn a_narrow_terminal_says_which_columns_it_has_no_room_for() {
    let s = full();
    for line in [vec![APPT, "queue"], vec![APPT, "request", "list", "--limit", "2"]] {
        let vars = [("PAGER", ""), ("COLUMNS", "70")];
        let mut narrow = Terminal::start(&s, &line, &vars);
        narrow.wait_for("Скрыты столбцы: ");
        narrow.wait_for("окно.");
        assert!(narrow.text().contains("`--columns …` или шире"), "{}", narrow.text());
        let wide = [("PAGER", ""), ("COLUMNS", "250")];
        let mut wide = Terminal::start(&s, &line, &wide);
        wide.wait_for("заяв");
        assert!(!wide.text().contains("Скрыты"), "{}", wide.text());
    }
}

#[test]
fn no_word_of_a_remark_is_broken_by_a_terminal() {
    let s = full();
    for id in s.ok("request list -o ids").stdout.lines() {
        s.ok(&format!("request set-status {id} in-progress"));
    }
    let vars = [("PAGER", ""), ("COLUMNS", "60")];
    let mut narrow = Terminal::start(&s, &[APPT, "queue"], &vars);
    narrow.wait_for("клинике время.");
    let text = narrow.text();
    let warning = text.split("Внимание: ").nth(1).unwrap();
    let lines: Vec<&str> = warning.lines().map(str::trim_end).collect();
    assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= 60), "{warning}");
    let whole = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    assert!(whole.contains("Запишите время приёма или удобное клинике время."), "{warning}");
    // Where nobody looks, a sentence is one line.
    let piped = s.ok("queue").stderr;
    assert!(piped.lines().any(|line| line.ends_with("удобное клинике время.")), "{piped}");
    assert!(!piped.lines().any(|line| line.starts_with("  ")), "{piped}");
}

#[test]
fn a_program_reads_no_pager() {
    let mut s = full();
    s.set("PAGER", "sed s/^/paged:/");
    s.set("LINES", "10");
    assert!(!s.ok("request list").stdout.contains("paged:"));
    let vars = [("PAGER", "sed s/^/paged:/"), ("LINES", "10")];
    let mut csv = Terminal::start(&s, &[APPT, "request", "list", "-o", "csv"], &vars);
    csv.wait_for("Щукин");
    assert!(!csv.text().contains("paged:"), "{}", csv.text());
}

#[test]
fn an_answer_to_a_shell_is_a_list_whatever_is_wrong() {
    let mut s = Sandbox::with_request().0;
    s.request(
        &PETR.replace("4511227265", "4511227266").replace("Щукин Пётр Фёдорович", "Щукина Анна"),
        WEDNESDAY,
    );
    s.set("APPT_COMPLETE", "bash");
    s.set("_CLAP_IFS", "\n");
    let lines = |s: &Sandbox, words: &str| {
        let count = common::words(words).len() - 1;
        let mut command = s.command(APPT);
        command.env("_CLAP_COMPLETE_INDEX", count.to_string());
        let output = command.arg("--").args(common::words(words)).output().unwrap();
        assert_eq!(
            (output.status.code(), output.stderr.as_slice()),
            (Some(0), &b""[..]),
            "{words}"
        );
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&s, "appt request set-status ''").len(), 2);
    // Where the store has nothing to offer, there are the flags.
    for empty in ["reopen ''", "clinic-told ''", "set-status zzz ''"] {
        let all = lines(&s, &format!("appt request {empty}"));
        assert!(all.iter().all(|line| line.starts_with("--")), "{empty}: {all:?}");
    }
    let ids = |lines: Vec<String>| lines.len();
    assert_eq!(ids(lines(&s, "appt script ''")), 2);
    s.set("APPT_COMPLETE", "");
    let petr = s.ok("request list -o ids --limit 1").stdout;
    let petr = common::short(petr.trim()).to_owned();
    s.ok(&format!("request set-status {petr} in-progress"));
    s.ok(&format!("request set-appointment {petr} 'ср 11:30'"));
    s.ok(&format!("request refuse {petr}"));
    s.set("APPT_COMPLETE", "bash");
    assert_eq!(lines(&s, "appt request show ''").len(), 1);
    assert_eq!(ids(lines(&s, "appt script ''")), 2, "the clinic must hear of it");
    assert!(lines(&s, "appt resolve ''").iter().all(|line| line.starts_with("--")));
    let path = s.cwd.join("clinics/poliklinika-1.toml");
    let conflict = "conflicts = [\n    { key = \"phone\", value = \"+79990000001\", by = \"anna\", at = 2026-11-23T09:00:00.000+03:00 },\n]\n\nhistory = [";
    s.by_hand(&path, "history = [", conflict);
    assert_eq!(lines(&s, "appt resolve ''"), ["clinic/poliklinika-1"]);
    assert_eq!(lines(&s, "appt request list --columns id,patient_n"), ["id,patient_name"]);
    assert_eq!(lines(&s, "appt request list --next call-c"), ["call-clinic"]);
    assert_eq!(lines(&s, "appt request list --status обр"), ["in-progress", "processed"]);
    assert_eq!(lines(&s, "appt clinic show поли"), ["poliklinika-1", "poliklinika-2"]);
    assert_eq!(lines(&s, "appt queue --operator b"), ["boris"]);
    assert_eq!(lines(&s, "appt que"), ["queue"]);
    assert_eq!(lines(&s, "appt check --explain uns"), [] as [&str; 0]);
    assert_eq!(
        lines(&s, "appt check --explain un"),
        ["unknown-key", "unresolved-conflict", "unrecorded-edit"]
    );
    assert_eq!(lines(&s, "appt check --format gi"), ["github", "gitlab"]);
    assert_eq!(lines(&s, "appt check --s"), ["--since", "--strict"]);
    assert_eq!(lines(&s, "appt fmt cl"), ["clinics/"]);
    assert_eq!(lines(&s, "appt schema set"), ["settings"]);
    assert_eq!(lines(&s, "appt init --g"), ["--git-setup"]);
    // What only git calls is not offered.
    assert_eq!(lines(&s, "appt merge"), [] as [&str; 0]);
    lines(&s, "appt no such command ''");
    s.set("APPT_COMPLETE", "tcsh");
    assert!(lines(&s, "appt que").is_empty());
    s.set("APPT_COMPLETE", "bash");
    std::fs::write(s.cwd.join("appt.toml"), "format = ").unwrap();
    assert!(lines(&s, "appt request set-status k").is_empty());
}

#[test]
fn what_an_undo_would_remove_for_good_is_asked_about() {
    let (s, petr, darya) = office();
    let before = s.bytes();
    for answer in ["нет\r", "\r"] {
        let mut undo = Terminal::start(&s, &[APPT, "undo"], &[]);
        let asked = undo.wait_for("Удалить? (да/нет)");
        assert!(asked.contains(&format!("  заявка {darya}: удалится")), "{asked}");
        assert!(asked.contains("  пациент Лабанова Дарья"), "{asked}");
        assert!(!asked.contains(&petr), "{asked}");
        undo.press(answer);
        undo.wait_for("Ничего не изменено.");
    }
    assert_eq!(s.bytes(), before);
    let mut undo = Terminal::start(&s, &[APPT, "undo"], &[]);
    undo.wait_for("Удалить? (да/нет)");
    undo.press("да\r");
    undo.wait_for("Возвращено как было. Удалено: ");
    assert_eq!(s.ok("request list -o ids").lines().len(), 1);
    // What can be done again is taken back at once.
    s.ok(&format!("request note {petr} перезвонить"));
    Terminal::start(&s, &[APPT, "undo"], &[]).wait_for("Сделать снова: `appt undo`.");
}
