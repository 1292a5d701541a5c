//! The cache changes speed and never an answer: whatever is done to the files and to the cache
//! itself, what is answered with it is what is answered without it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod sized_store;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
#[cfg(unix)]
use std::{process::Command, sync::mpsc, thread};

use appt::check::survey::{self, Found};
use appt::format::settings::Sheet;
use appt::format::{encode, layout};
use appt::model::book::Book;
use appt::model::kind::Kind;
use appt::model::request::{Request, Status, Step};
use appt::model::sieve::Sieve;
use appt::query::filter::{self, Filter};
use appt::store::Store;
use appt::store::library::Library;
use chrono::{DateTime, Utc};
use sized_store as sized;

const REQUESTS: usize = 36;
const PATIENTS: usize = 14;
/// How many steps the attack has, unless `CACHE_STEPS` says; `.ci/run` asks for a thousand.
const STEPS: usize = 80;
/// How many of them lie between two moments in which what was changed grows old.
const AGE: usize = 60;

/// A sequence of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

fn open(root: &Path, cached: bool) -> Store {
    open_to_check(root, cached).0
}

fn open_to_check(root: &Path, cached: bool) -> (Store, Sheet) {
    let (mut store, sheet) = Store::open_to_check(root, Duration::from_secs(10)).unwrap();
    store.cached = cached;
    (store, sheet)
}

/// Everything that anybody may ask, as text. A look at all files comes first or last: an answer may
/// not depend on what was asked before it.
fn answers(root: &Path, cached: bool, all_first: bool, whole: bool) -> Vec<String> {
    let (store, sheet) = open_to_check(root, cached);
    let all = |book: &dyn Book| -> Vec<String> {
        let kinds = [Kind::Patient, Kind::Request].into_iter();
        kinds
            .flat_map(|kind| book.all(kind))
            .map(|r| format!("{}\n{}", r.id, encode::record(&r)))
            .collect()
    };
    let answers = store.read(|library| {
        let mut said = Vec::new();
        if all_first {
            said.extend(all(library));
        }
        for kind in [Kind::Patient, Kind::Request] {
            said.push(library.ids(kind).join(" "));
        }
        for kind in [Kind::Patient, Kind::Request] {
            said.push(format!("{:?}", library.parts(kind)));
        }
        for beginning in ["0", "k7", "00"] {
            said.push(library.requests_like(beginning).join(" "));
        }
        let sieves = [
            Sieve { queued: true, ..Sieve::default() },
            Sieve { statuses: vec![Status::InProgress], ..Sieve::default() },
            Sieve { patient: Some(sized::patient(3)), ..Sieve::default() },
            Sieve { clinic: Some("poliklinika-1".to_owned()), ..Sieve::default() },
            Sieve { holder: Some("nobody".to_owned()), ..Sieve::default() },
        ];
        for (at, sieve) in sieves.iter().enumerate() {
            library.each(Kind::Request, sieve, &mut |record| {
                let fits = match at {
                    0 => filter::is_queued(record),
                    1 => record.text("status") == Some("in-progress"),
                    2 => library
                        .patient(record.shown("patient"))
                        .is_some_and(|p| p.id == sized::patient(3)),
                    3 => record.text("clinic") == Some("poliklinika-1"),
                    _ => record.text("operator") == Some("nobody"),
                };
                if fits {
                    let next = Request::of(record).map(|request| request.next());
                    let patient = library.title(Kind::Patient, record.shown("patient"));
                    said.push(format!(
                        "{at} {} {next:?} {patient:?} {:?}",
                        record.id,
                        record.updated()
                    ));
                }
            });
        }
        for query in ["номер1", "изменён", "4500000003"] {
            let found = library.sift(Kind::Patient, &filter::sieve(Some(query)));
            let found = found.iter().filter(|record| filter::found(library, record, query));
            said.push(found.map(|record| record.title().to_owned()).collect::<Vec<_>>().join(", "));
        }
        for number in [1, 7] {
            let with = library.patients_with(&sized::passport(number));
            said.push(with.iter().map(|record| record.id.clone()).collect::<Vec<_>>().join(" "));
            let patient = sized::patient(number);
            let theirs = library.requests_of(&patient).into_iter().filter(|record| {
                library.patient(record.shown("patient")).is_some_and(|p| p.id == patient)
            });
            said.push(format!(
                "of {number}: {:?}",
                theirs.map(|r| r.id.clone()).collect::<Vec<_>>()
            ));
        }
        if whole {
            // Without the cache, every record is judged by every rule.
            said.extend(findings(library, &sheet, now(), !cached));
        }
        if !all_first {
            said.extend(all(library));
        }
        Ok(said)
    });
    // The order in which records come is no part of what `each` says.
    let mut answers = answers.unwrap();
    answers.sort();
    answers
}

/// What a check finds among all records, or among those that may have a finding.
fn findings(library: &Library<'_>, sheet: &Sheet, now: DateTime<Utc>, all: bool) -> Vec<String> {
    let documents =
        if all { library.documents().collect() } else { library.suspects(now).collect() };
    let strangers = library.strangers();
    let found = Found { book: library, documents, strangers, sheet, is_open_to_others: false };
    survey::all(&found, now).iter().map(|finding| format!("{finding:?}")).collect()
}

/// Whether a check without the cache's file, which judges records while they are read, finds what a
/// look at all of them finds.
fn judge(root: &Path, what: &str) {
    let (store, sheet) = open_to_check(root, false);
    let found =
        |all: bool| store.read(|library| Ok(findings(library, &sheet, now(), all))).unwrap();
    let (judged, there) = (found(false), found(true));
    assert!(judged == there, "{what}\n{}", difference(&judged, &there));
}

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-12-10T10:00:00+03:00").unwrap().to_utc()
}

struct Attack {
    root: PathBuf,
    dice: Dice,
    next: usize,
}

impl Attack {
    fn any(&mut self) -> (Kind, String) {
        match self.dice.below(3) {
            0 => (Kind::Patient, sized::patient(self.dice.below(PATIENTS))),
            _ => (Kind::Request, sized::request(self.dice.below(REQUESTS))),
        }
    }

    fn path(&mut self) -> PathBuf {
        let (kind, id) = self.any();
        self.root.join(layout::path(kind, &id))
    }

    /// One thing that a person, a tool or an accident does; what it was.
    fn step(&mut self) -> String {
        let cache = self.root.join(".appt/cache");
        let kind = self.dice.below(23);
        match kind {
            // In place, to a text of the same size.
            0..4 => {
                let path = self.path();
                if let Ok(text) = fs::read_to_string(&path) {
                    let digit = self.dice.below(10).to_string();
                    let text = match text.find("Номер") {
                        Some(at) => {
                            let mut changed = text.clone();
                            changed.replace_range(at + 10..at + 11, &digit);
                            changed
                        }
                        None => text.replace("T12:00:00", "T13:00:00"),
                    };
                    File::options()
                        .write(true)
                        .open(&path)
                        .unwrap()
                        .write_all(text.as_bytes())
                        .unwrap();
                }
            }
            // The same, and the time of the change taken back.
            4..7 => {
                let path = self.path();
                if let Ok(text) = fs::read_to_string(&path) {
                    let before = fs::metadata(&path).unwrap().modified().unwrap();
                    let text =
                        text.replace("+7900", "+7901").replace("T09:00:00.000", "T09:00:01.000");
                    let mut file = File::options().write(true).open(&path).unwrap();
                    file.write_all(text.as_bytes()).unwrap();
                    file.set_modified(before).unwrap();
                }
            }
            // Another file takes its place, older than it.
            7..9 => {
                let number = self.dice.below(REQUESTS);
                let text = sized::request_text(number, self.dice.below(PATIENTS));
                sized::put(&self.root, Kind::Request, &sized::request(number), &text);
                let path = self.root.join(layout::path(Kind::Request, &sized::request(number)));
                let old =
                    SystemTime::now() - Duration::from_secs(3600 * self.dice.below(100) as u64);
                File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
            }
            9 => {
                let path = self.path();
                drop(fs::remove_file(path));
            }
            10..12 => {
                self.next += 1;
                let number = REQUESTS + self.next;
                let text = sized::request_text(number, self.dice.below(PATIENTS));
                sized::put(&self.root, Kind::Request, &sized::request(number), &text);
            }
            // A patient with a passport that another may have, or one merged into another.
            12 => {
                let (number, other) = (self.dice.below(PATIENTS), self.dice.below(PATIENTS));
                let text = sized::patient_text(other, "Пациент Изменён");
                let text = match self.dice.below(2) {
                    0 => text,
                    _ => text.replace(
                        "\n\nhistory",
                        &format!("\n\nmerged_into = \"{}\"\n\nhistory", sized::patient(other)),
                    ),
                };
                sized::put(&self.root, Kind::Patient, &sized::patient(number), &text);
            }
            // What is no record, or none that can be read.
            13 => {
                let path = self.path();
                let bad = ["", "status = ", "name = \"x\"\ncolour = 1\n"];
                drop(fs::write(path, bad[self.dice.below(bad.len())]));
            }
            14 => {
                let path = self.root.join(format!("requests/2026/stray{}.txt", self.dice.below(5)));
                if path.exists() { drop(fs::remove_file(path)) } else { drop(fs::write(path, "")) }
            }
            // In place, to another patient's.
            20 => {
                let path = self.path();
                if let Ok(text) = fs::read_to_string(&path) {
                    let (from, to) = (self.dice.below(PATIENTS), self.dice.below(PATIENTS));
                    let text = text.replace(&sized::patient(from), &sized::patient(to));
                    fs::write(&path, text).unwrap();
                }
            }
            // A link to another request, another form, a history that lacks its beginning.
            21 => {
                let path = self.path();
                if let Ok(text) = fs::read_to_string(&path) {
                    let other = sized::request(self.dice.below(REQUESTS));
                    let keys = ["rescheduled_from", "rescheduled_to"];
                    let link = format!("\n\n{} = \"{other}\"", keys[self.dice.below(2)]);
                    let text = match self.dice.below(4) {
                        0 => text + "# form\n",
                        1 => text.replace("\n", "\r\n"),
                        2 => text.replacen("\n\nhistory", &format!("{link}\n\nhistory"), 1),
                        _ => text
                            .lines()
                            .filter(|l| !l.contains("event = \"created\""))
                            .collect::<Vec<_>>()
                            .join("\n"),
                    };
                    fs::write(&path, text).unwrap();
                }
            }
            // To where its name does not say.
            22 => {
                let path = self.path();
                let away = self.root.join("patients").join(path.file_name().unwrap());
                let away = match path.starts_with(self.root.join("patients")) {
                    true => away,
                    false => self.root.join("requests").join(path.file_name().unwrap()),
                };
                let (from, to) = if path.exists() { (path, away) } else { (away, path) };
                drop(fs::rename(from, to));
            }
            // The cache itself.
            15 => drop(fs::remove_file(&cache)),
            16 => {
                if let Ok(bytes) = fs::read(&cache) {
                    let end = self.dice.below(bytes.len().max(1));
                    fs::write(&cache, &bytes[..end]).unwrap();
                }
            }
            17 => {
                if let Ok(mut bytes) = fs::read(&cache)
                    && !bytes.is_empty()
                {
                    for _ in 0..self.dice.below(20) {
                        let at = self.dice.below(bytes.len());
                        bytes[at] = self.dice.below(256) as u8;
                    }
                    fs::write(&cache, bytes).unwrap();
                }
            }
            18 => {
                if let Ok(mut bytes) = fs::read(&cache)
                    && bytes.len() > 16
                {
                    bytes[14] = b'0' + self.dice.below(10) as u8;
                    fs::write(&cache, bytes).unwrap();
                }
            }
            // Two readers make it at once.
            _ => {
                drop(fs::remove_file(&cache));
                std::thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| answers(&self.root, true, true, false));
                    }
                });
            }
        }
        format!("step of kind {kind}")
    }
}

#[test]
fn whatever_is_done_the_answers_are_those_without_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_path_buf();
    sized::make(&root, REQUESTS, PATIENTS);
    answers(&root, true, true, false);
    let mut attack = Attack { root: root.clone(), dice: Dice(0x5eed), next: 0 };
    let steps = std::env::var("CACHE_STEPS").map_or(STEPS, |steps| steps.parse().unwrap());
    for step in 1..steps {
        let what = attack.step();
        if step % AGE == 0 {
            // Now and then what was changed is old enough to be believed, and is believed.
            sized::grow_old();
            answers(&root, true, true, true);
        }
        let (all_first, whole) = (step % 2 == 0, step % 5 == 0);
        let with = answers(&root, true, all_first, whole);
        let without = answers(&root, false, all_first, whole);
        assert!(with == without, "{step}: {what}\n{}", difference(&with, &without));
        peek(&root, &what);
        if whole {
            judge(&root, &what);
        }
    }
}

/// Looks as a Tab does: what is there is seen, and the cache stays as it was.
fn peek(root: &Path, what: &str) {
    let cache = || fs::read(root.join(".appt/cache")).ok();
    let before = cache();
    let look = |book: &dyn Book| -> Vec<String> {
        let ids = [Kind::Patient, Kind::Request].map(|kind| (kind, book.ids(kind)));
        let all = ids.iter().flat_map(|(kind, ids)| ids.iter().map(|id| (*kind, id.as_str())));
        let shown = all.map(|(kind, id)| {
            let title = book.get(kind, id).map(|record| record.title().to_owned());
            format!("{kind:?} {id} {title:?}")
        });
        let sifted = book.sift(Kind::Request, &Sieve::default());
        shown.chain(sifted.iter().map(|record| record.id.clone())).collect()
    };
    let seen = open(root, true).peek(|library| look(library));
    let there = open(root, false).read(|library| Ok(look(library))).unwrap();
    assert!(seen == there, "{what}\n{}", difference(&seen, &there));
    assert!(before == cache(), "{what}: a look wrote the cache");
}

fn difference(with: &[String], without: &[String]) -> String {
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|line| !b.contains(line)).cloned().collect()
    };
    format!("only with it: {:#?}\nonly without: {:#?}", only(with, without), only(without, with))
}

#[test]
fn the_cache_is_believed_where_nothing_changed_and_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    sized::make(root, REQUESTS, PATIENTS);
    answers(root, true, true, false);
    let store = open(root, true);
    store.read(|library| Ok(library.all(Kind::Request).len())).unwrap();
    let report = store.reports.take()[0];
    assert_eq!((report.taken, report.read, report.written), (REQUESTS, 0, false));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(root.join(".appt/cache")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// Every status with every next step, with and without the closed ones, and the other filters.
fn filters() -> Vec<Filter> {
    let statuses = || [None].into_iter().chain(Status::ALL.map(Some));
    let steps = || [None].into_iter().chain(Step::ALL.map(Some));
    let mut filters = Vec::new();
    for (status, next, all) in statuses()
        .flat_map(|status| steps().map(move |next| (status, next)))
        .flat_map(|(status, next)| [false, true].map(|all| (status, next, all)))
    {
        filters.push(Filter { statuses: Vec::from_iter(status), next, all, ..Filter::default() });
    }
    let named = |name: &str| Some(name.to_owned());
    let all = |filter: Filter| Filter { all: true, ..filter };
    filters.push(all(Filter { clinic: named("irtysh"), ..Filter::default() }));
    filters.push(all(Filter { specialty: named("kardiolog"), ..Filter::default() }));
    filters.push(all(Filter { holder: named("anna"), ..Filter::default() }));
    filters.push(all(Filter { created_by: named("boris"), ..Filter::default() }));
    filters.push(all(Filter { search: named("кардиолог"), ..Filter::default() }));
    filters
}

#[test]
fn a_cache_holds_back_nothing_that_a_list_wants() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for entry in walkdir::WalkDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data-example")) {
        let entry = entry.unwrap();
        let at = root.join(entry.path().strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap());
        match entry.file_type().is_dir() {
            true => fs::create_dir_all(&at).unwrap(),
            false => drop(fs::copy(entry.path(), &at).unwrap()),
        }
    }
    sized::grow_old();
    let root = root.join("data-example");
    answers(&root, true, true, false);
    let zone = chrono_tz::Europe::Moscow;
    let wanted = |cached: bool, filter: &Filter| -> Vec<String> {
        let store = open(&root, cached);
        let fitting = |library: &Library<'_>| {
            let some = library.sift(Kind::Request, &filter.sieve());
            let fits = |record: &&std::rc::Rc<_>| filter.fits(library, zone, record);
            Ok(some.iter().filter(fits).map(|record| record.id.clone()).collect())
        };
        store.read(fitting).unwrap()
    };
    let mut some = 0;
    for filter in filters() {
        let (with, without) = (wanted(true, &filter), wanted(false, &filter));
        assert_eq!(with, without, "{filter:?}");
        some += with.len();
    }
    assert!(some > 100, "{some}");
}

#[test]
fn a_store_in_which_nothing_can_be_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    sized::make(root, REQUESTS, PATIENTS);
    // Whoever runs the tests may be allowed to write anywhere: but not over a folder.
    fs::create_dir(root.join(".appt/cache")).unwrap();
    fs::write(root.join(".appt/cache/full"), "").unwrap();
    assert_eq!(answers(root, true, true, true), answers(root, false, true, true));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_the_cache_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_path_buf();
    sized::make(&root, REQUESTS, PATIENTS);
    let wanted = answers(&root, false, true, true);
    fs::create_dir_all(root.join(".appt")).unwrap();
    let made = Command::new("mkfifo").arg(root.join(".appt/cache")).status().unwrap();
    assert!(made.success());
    let (say, said) = mpsc::channel();
    thread::spawn(move || say.send(answers(&root, true, true, true)));
    assert_eq!(said.recv_timeout(Duration::from_secs(60)).expect("it waits"), wanted);
}

/// The requests that a patient has: as the cache knows them without looking at all, and as they are.
fn known_and_true(root: &Path, number: usize) -> (Vec<String>, Vec<String>) {
    let patient = sized::patient(number);
    let theirs = |cached: bool| {
        let store = open(root, cached);
        let found = store.read(|library| {
            let mut records = library.requests_known_of(&patient);
            records.retain(|record| {
                library.patient(record.shown("patient")).is_some_and(|p| p.id == patient)
            });
            Ok(records.iter().map(|record| record.id.clone()).collect())
        });
        found.unwrap()
    };
    (theirs(true), theirs(false))
}

#[test]
fn whose_requests_are_is_known_without_a_look_at_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    sized::make(root, REQUESTS, PATIENTS);
    answers(root, true, true, false);
    let same = |count: usize, what: &str| {
        let (known, are) = known_and_true(root, 3);
        assert_eq!(known, are, "{what}");
        assert_eq!(known.len(), count, "{what}");
    };
    let (_, are) = known_and_true(root, 3);
    let count = are.len();
    assert!(count >= 2);
    same(count, "nothing changed");
    let store = open(root, true);
    store.read(|library| Ok(library.requests_known_of(&sized::patient(3)).len())).unwrap();
    // The folders of ten days, and those above them.
    assert_eq!(store.reports.take()[0].looked, 13);
    // Noise changes nothing, wherever it falls.
    let whole = fs::read(root.join(".appt/cache")).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(root.join(".appt/cache"), bytes).unwrap();
        same(count, "noise");
    }
    fs::write(root.join(".appt/cache"), whole).unwrap();
    let put = |number: usize, of: usize| {
        let text = sized::request_text(number, of);
        sized::put(root, Kind::Request, &sized::request(number), &text);
    };
    put(REQUESTS, 3);
    same(count + 1, "a new one");
    let other = (0..REQUESTS).find(|number| !are.contains(&sized::request(*number))).unwrap();
    put(other, 3);
    same(count + 2, "one that was another's");
    put(other, 4);
    put(REQUESTS, 4);
    same(count, "they are another's");
    fs::remove_file(root.join(layout::path(Kind::Request, &are[0]))).unwrap();
    same(count - 1, "one is gone");
    // What was written in place is known when all have been looked at, and so is a patient who was
    // merged into this one.
    let path = root.join(layout::path(Kind::Request, &sized::request(other)));
    fs::write(path, sized::request_text(other, 3)).unwrap();
    let text = sized::patient_text(4, "Пациент Номер4");
    let link = format!("\n\nmerged_into = \"{}\"\n\nhistory", sized::patient(3));
    let text = text.replace("\n\nhistory", &link);
    sized::put(root, Kind::Patient, &sized::patient(4), &text);
    drop(fs::remove_file(root.join(".appt/cache")));
    sized::grow_old();
    answers(root, true, true, false);
    let (known, are) = known_and_true(root, 3);
    assert!(known == are && are.len() > count + 1, "{known:?} {are:?}");
}
