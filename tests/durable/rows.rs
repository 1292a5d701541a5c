//! The table of the commands that write: what was there before, and the line that is tried. A
//! command without a row, that is not among those that only look, fails a test.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{self, APPT, Ran, Sandbox, words};

/// A command that writes.
pub struct Row {
    /// Its name, and in brackets which of its ways.
    pub name: &'static str,
    /// What was done before it.
    pub before: fn(&Stage<'_>),
    /// The line, with what [`Stage::line`] fills in.
    pub line: &'static str,
    /// What is on the screen once the change stands; any text where it is empty.
    pub says: &'static str,
    /// Whether it makes a store; others change one.
    pub makes: bool,
    /// Whether it starts git, which writes as well.
    pub git: bool,
    /// Whether it starts another program, which writes nothing of the store.
    pub starts: bool,
    /// Whether it is typed at a terminal.
    pub at_terminal: bool,
    /// Whether what it wrote must outlast a power cut: a file of git's own need not.
    pub lasts: bool,
    /// What it writes that is none of the store's.
    pub beside: Beside,
}

/// The files that a command writes beside the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// None.
    Nothing,
    /// One that follows once the records stand: where it is missing, the command says so, and
    /// repeated writes it.
    Then(&'static str),
    /// A folder of files, each of them whole: repeated, it writes all of them.
    Each(&'static str),
}

const fn row(name: &'static str, before: fn(&Stage<'_>), line: &'static str) -> Row {
    Row {
        name,
        before,
        line,
        says: "",
        makes: false,
        git: false,
        starts: false,
        at_terminal: false,
        lasts: true,
        beside: Beside::Nothing,
    }
}

/// Every command that writes.
pub const ROWS: &[Row] = &[
    Row {
        makes: true,
        starts: true,
        ..row("init", empty, "init --operator anna --name 'Анна Смирнова' --no-git")
    },
    Row { makes: true, git: true, ..row("init (git)", empty, "init --operator anna") },
    Row { git: true, ..row("init (git-setup)", cloned, "init --git-setup") },
    row("request new", nothing, NEW),
    row("request set-status", nothing, "request set-status ID in-progress"),
    row("request set-appointment", started, "request set-appointment ID 'ср 10:00'"),
    row("request set-ranges", nothing, "request set-ranges ID --patient 'чт 9-12'"),
    row("request add-ranges", nothing, "request add-ranges ID --patient 'чт 9-12'"),
    row("request refuse", nothing, "request refuse ID --reason 'передумал'"),
    row("request reschedule", nothing, "request reschedule ID --range 'чт 9-12'"),
    row("request clinic-told", refused, "request clinic-told ID"),
    row("request reopen", refused, "request reopen ID --reason 'перезвонил'"),
    row("request edit", nothing, "request edit ID --clinic poliklinika-2"),
    row("request note", nothing, "request note ID 'перезвонить'"),
    row("request remove", nothing, "request remove ID --yes"),
    row("patient new", nothing, PATIENT),
    row("patient edit", nothing, "patient edit 4511227265 --phone 89011234567"),
    Row {
        starts: true,
        at_terminal: true,
        ..row("patient edit (in an editor)", nothing, "patient edit 4511227265")
    },
    row("patient note", nothing, "patient note 4511227265 'плохо слышит'"),
    row("patient merge", nothing, "patient merge 4511227265 4511223344"),
    row("patient remove", |s| s.appt(PATIENT), "patient remove 4511000001 --yes"),
    row(
        "clinic new",
        nothing,
        "clinic new --name 'Заря' --address 'ул. Садовая, 5' --phone 84952377297 \
         --specialty terapevt",
    ),
    row("clinic edit", nothing, "clinic edit poliklinika-2 --address 'ул. Мира, д. 3'"),
    row("clinic remove", nothing, "clinic remove poliklinika-2 --yes"),
    row("specialty new", nothing, "specialty new --title Невролог"),
    row("specialty edit", nothing, "specialty edit khirurg --title 'Детский хирург'"),
    row("specialty remove", nothing, "specialty remove khirurg --yes"),
    row("operator new", nothing, "operator new --id vera --name 'Вера Белова'"),
    row("operator edit", nothing, "operator edit boris --name 'Борис Котов-Мышкин'"),
    row("operator remove", nothing, "operator remove boris --yes"),
    Row { says: "is saved", ..row("script", call, "script --answers FILE") },
    row("batch", batch, "batch FILE"),
    row("undo", moved, "undo"),
    row("resolve", conflict, "resolve --all --keep"),
    Row { git: true, ..row("resolve (from stages)", stages, "resolve") },
    Row {
        lasts: false,
        ..row("merge-driver", versions, "merge-driver .base .ours .theirs PATIENT")
    },
    Row { git: true, ..row("sync", apart, "sync") },
    row("import (csv)", sheet, "import csv FILE"),
    Row {
        beside: Beside::Then("rejects.json"),
        ..row("import (--rejects)", flawed, "import csv FILE --skip-invalid --rejects rejects.json")
    },
    row("import (jsonl)", lines, "import jsonl FILE"),
    row("import (django-json)", nothing, "import django-json DUMP --skip-invalid"),
    row("fmt", untidy, "fmt"),
    row("check (--fix)", misplaced, "check --fix"),
    row("report", nothing, "report report.html"),
    Row { beside: Beside::Each("pages/"), ..row("man", nothing, "man pages") },
];

/// The commands that only read, each with a line of it: a test sees that they change nothing.
/// `migrate` is one as long as there is no older format.
pub const LOOKS: &[(&str, &str)] = &[
    ("queue", "queue"),
    ("agenda", "agenda"),
    ("stats", "stats"),
    ("log", "log"),
    ("export", "export csv"),
    ("migrate", "migrate"),
    ("schema", "schema request"),
    ("completions", "completions bash"),
    ("request list", "request list"),
    ("request find", "request find щукин"),
    ("request show", "request show ID"),
    ("request next", "request next ID"),
    ("request match", "request match ID"),
    ("patient list", "patient list"),
    ("patient find", "patient find щукин"),
    ("patient show", "patient show 4511227265"),
    ("clinic list", "clinic list"),
    ("clinic find", "clinic find поликлиника"),
    ("clinic show", "clinic show poliklinika-1"),
    ("specialty list", "specialty list"),
    ("specialty show", "specialty show terapevt"),
    ("operator list", "operator list"),
    ("operator show", "operator show anna"),
];

const NEW: &str = "request new --name 'Новиков Илья' --passport 4511000001 --phone 89010000001 \
                   --clinic poliklinika-1 --specialty terapevt --range 'ср 9-12'";
const PATIENT: &str = "patient new --name 'Новиков Илья' --passport 4511000001 --phone 89010000001";
const DUMP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/django-dump.json");

/// The store of a row, while it is made ready.
pub struct Stage<'s> {
    pub sandbox: &'s Sandbox,
    pub store: &'s Path,
    /// The id of Пётр's request.
    pub id: &'s str,
    /// A folder beside it, for the file that the line names.
    pub outside: &'s Path,
}

impl Stage<'_> {
    /// A line's words: `ID` is the request, `FILE` the file beside the store, `PATIENT` the path of
    /// the patient's file, `DUMP` the old site's.
    pub fn line(&self, line: &str) -> Vec<String> {
        let fill = |word: String| match word.as_str() {
            "ID" => self.id.to_owned(),
            "FILE" => self.file().to_str().unwrap().to_owned(),
            "PATIENT" => self.patient(),
            "DUMP" => DUMP.to_owned(),
            _ => word,
        };
        words(line).into_iter().map(fill).collect()
    }

    fn file(&self) -> PathBuf {
        self.outside.join("file")
    }

    fn patient(&self) -> String {
        let mut all = crate::case::state(self.store, None);
        all.retain(|path, text| {
            let text = String::from_utf8_lossy(text);
            path.starts_with("patients/") && text.contains("passport = \"4511227265\"")
        });
        all.into_keys().next().expect("a patient")
    }

    fn run(&self, program: &str, words: &[String]) -> String {
        let output = self.sandbox.command(program).args(words).current_dir(self.store).output();
        Ran::of(&words.join(" "), output.unwrap()).exits(0).stdout
    }

    fn appt(&self, line: &str) {
        self.run(APPT, &self.line(line));
    }

    fn git(&self, line: &str) {
        self.run("git", &words(line));
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.store.join(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.store.join(path), text).unwrap();
    }

    /// A repository with all that is there, as a clone that nobody set up.
    fn repository(&self) {
        self.git("init -q --template= -b main");
        for setting in ["user.name Anna", "user.email anna@example.org", "gc.auto 0"] {
            self.git(&format!("config {setting}"));
        }
        self.commit();
    }

    fn commit(&self) {
        self.git("add -A");
        self.git("commit -q -m change");
    }
}

fn nothing(_: &Stage<'_>) {}

fn empty(s: &Stage<'_>) {
    for entry in fs::read_dir(s.store).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => fs::remove_dir_all(entry.path()).unwrap(),
            false => fs::remove_file(entry.path()).unwrap(),
        }
    }
}

fn cloned(s: &Stage<'_>) {
    fs::remove_file(s.store.join(".gitattributes")).unwrap();
    s.repository();
    fs::remove_dir_all(s.store.join(".appt/schema")).unwrap();
}

fn started(s: &Stage<'_>) {
    s.appt("request set-status ID in-progress");
}

fn refused(s: &Stage<'_>) {
    started(s);
    s.appt("request set-appointment ID 'ср 10:00'");
    s.appt("request refuse ID --reason 'передумал'");
}

/// Later than all else: what was done last is told by the clock.
fn moved(s: &Stage<'_>) {
    let mut command = s.sandbox.command(APPT);
    command.env("APPT_NOW", "2026-11-23T10:05:00+03:00").current_dir(s.store);
    let output = command.args(s.line("request reschedule ID --range 'чт 9-12'")).output().unwrap();
    Ran::of("reschedule", output).exits(0);
}

/// A call of a new patient, to be gone on with later.
fn call(s: &Stage<'_>) {
    let answers = "новиков\n4511000001\nНовиков Илья\n89010000001\nтер 1\nср 9-12\n2\n";
    fs::write(s.file(), answers).unwrap();
}

fn batch(s: &Stage<'_>) {
    let of = |line: &str| format!("{}\n", serde_json::json!({ "args": s.line(line) }));
    let lines = [NEW, "request set-status ID in-progress", "request note ID 'перезвонить'"];
    fs::write(s.file(), lines.map(of).concat()).unwrap();
}

/// A phone that two operators changed, as a merge records it.
fn conflict(s: &Stage<'_>) {
    let path = s.patient();
    let there =
        "conflicts = [\n    { key = \"phone\", value = \"+79990000002\" },\n]\n\nhistory = [";
    s.write(&path, &s.text(&path).replacen("history = [", there, 1));
}

/// Two branches that git merged without the driver.
fn stages(s: &Stage<'_>) {
    s.write(".gitattributes", "*.toml text eol=lf\n");
    s.repository();
    s.git("branch theirs");
    s.appt("patient edit 4511227265 --phone 89990000001");
    s.appt("request note ID 'раз'");
    s.commit();
    s.git("checkout -q theirs");
    s.appt("--operator boris patient edit 4511227265 --phone 89990000002");
    s.appt("--operator boris request note ID 'два'");
    s.commit();
    s.git("checkout -q main");
    let mut merge = s.sandbox.command("git");
    let merged = merge.args(["merge", "-q", "theirs"]).current_dir(s.store).output().unwrap();
    assert!(!merged.status.success(), "git leaves stages");
}

/// Three versions of a patient, as git hands them to the driver.
fn versions(s: &Stage<'_>) {
    let path = s.patient();
    let base = s.text(&path);
    s.write(".base", &base);
    s.appt("patient edit 4511227265 --phone 89990000001");
    s.write(".ours", &s.text(&path));
    s.write(&path, &base);
    s.appt("--operator boris patient note 4511227265 'плохо слышит'");
    s.write(".theirs", &s.text(&path));
    s.write(&path, &base);
}

/// A clone and what it shares with others, who were at work as well. The shared repository lies
/// where no command looks for records, so that a copy has its own.
fn apart(s: &Stage<'_>) {
    s.repository();
    s.git("init -q --template= --bare -b main .appt/hub.git");
    // What the others' repository syncs is its own affair; this one lies on the disk that is tried.
    s.git("--git-dir=.appt/hub.git config core.fsync all");
    s.git("remote add origin .appt/hub.git");
    s.git("push -q -u origin main");
    s.git("checkout -q -b theirs");
    s.appt("--operator boris request note ID 'два'");
    s.appt(
        "--operator boris request new --passport 4511223344 --clinic poliklinika-2 \
            --specialty kardiolog --range 'чт 9-12'",
    );
    s.commit();
    s.git("push -q .appt/hub.git theirs:main");
    s.git("checkout -q main");
    s.git("branch -q -D theirs");
    s.appt("request note ID 'раз'");
    s.appt("specialty new --title Невролог");
}

fn sheet(s: &Stage<'_>) {
    let sheet = "№;ФИО;Паспорт;Телефон;Клиника;Врач;Удобное время\n\
                 1;Новиков Илья;4511 000001;89010000001;Поликлиника № 1;терапевт;ср 9-12\n\
                 2;Щукин Пётр;4511 227265;89017892569;поликлиника № 2;Кардиолог;чт 9-12\n";
    fs::write(s.file(), sheet).unwrap();
}

/// A row with a passport that is none, and what an earlier import left out.
fn flawed(s: &Stage<'_>) {
    sheet(s);
    let sheet = fs::read_to_string(s.file()).unwrap();
    let bad = "3;Лабанова Дарья;45;89161234567;Поликлиника № 1;терапевт;ср 9-12\n";
    fs::write(s.file(), sheet + bad).unwrap();
    s.write("rejects.json", "[]\n");
}

/// What another store has, which began as this one.
fn lines(s: &Stage<'_>) {
    let other = tempfile::tempdir().unwrap();
    common::copy(s.store, other.path());
    let there = Stage { store: other.path(), ..*s };
    there.appt(NEW);
    there.appt("specialty new --title Невролог");
    fs::write(s.file(), there.run(APPT, &words("export jsonl"))).unwrap();
}

fn untidy(s: &Stage<'_>) {
    for (path, bytes) in &crate::case::state(s.store, None) {
        if path.starts_with("clinics") || path.starts_with("specialties") {
            let text = String::from_utf8(bytes.clone()).unwrap();
            s.write(path, &text.replace(" = ", "   =  "));
        }
    }
}

fn misplaced(s: &Stage<'_>) {
    let all = crate::case::state(s.store, None);
    let path = all.keys().find(|path| path.ends_with(&format!("{}.toml", s.id))).unwrap();
    let wrong = s.store.join("requests/2026/11/22");
    fs::create_dir_all(&wrong).unwrap();
    fs::rename(s.store.join(path), wrong.join(Path::new(path).file_name().unwrap())).unwrap();
}

/// The command of a name, without its way.
fn command(name: &str) -> &str {
    name.split_once(" (").map_or(name, |(command, _)| command)
}

#[test]
fn no_command_that_writes_is_forgotten() {
    let tree = appt::cmd::tree(appt::i18n::Lang::En);
    let mut all = Vec::new();
    for top in tree.get_subcommands() {
        let name = top.get_name();
        match top.has_subcommands() {
            true => {
                all.extend(top.get_subcommands().map(|sub| format!("{name} {}", sub.get_name())))
            }
            false => all.push(name.to_owned()),
        }
    }
    let writes = |name: &str| ROWS.iter().any(|row| command(row.name) == name);
    let looks = |name: &str| LOOKS.iter().any(|(look, _)| *look == name);
    for name in &all {
        assert!(writes(name) != looks(name), "{name}: neither in one table nor in the other");
    }
    for name in ROWS.iter().map(|row| command(row.name)).chain(LOOKS.iter().map(|(name, _)| *name))
    {
        assert!(all.iter().any(|known| known == name), "{name} is no command");
    }
    assert!(appt::format::migrate::STEPS.is_empty(), "`migrate` writes: it needs a row");
}

#[test]
fn a_command_that_only_looks_changes_nothing() {
    let (s, id) = Sandbox::with_request();
    let before = s.bytes();
    for (name, line) in LOOKS {
        assert!(line.starts_with(name));
        s.ok(&line.replace("ID", &id));
        assert_eq!(s.bytes(), before, "{name}");
    }
}
