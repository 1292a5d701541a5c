//! All findings of a store: what reading its files showed, and what the rules say of its records.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range as Span;
use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::check::excerpt::{Excerpt, Mask};
use crate::check::{self, Fault, Scene, Severity, Spot, rules, text};
use crate::error::Error;
use crate::format::decode::{self, Problem};
use crate::format::document::{Document, Stranger};
use crate::format::layout;
use crate::format::settings::Sheet;
use crate::i18n::Text;
use crate::model::book::{Book, Nobody, Visit};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::{self, Settings};
use crate::model::sieve::Sieve;
use crate::say;

/// Something wrong, and its place in the original text.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file, relative to the store; `.` is the store itself.
    pub file: String,
    /// Where it begins.
    pub start: Place,
    /// Where it ends: the character after the last. The same as `start` where it is about the
    /// file as a whole.
    pub end: Place,
    /// The record: its kind and id.
    pub record: Option<String>,
    /// What is wrong.
    pub message: Text,
    /// How to mend it.
    pub hint: Option<Text>,
    /// The line, as it may be shown in public; none where it is about the file as a whole.
    pub excerpt: Option<Excerpt>,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A store as it was found.
pub struct Found<'a> {
    /// Its records.
    pub book: &'a dyn Book,
    /// Their files; those of which no rule has anything to say may be left out.
    pub documents: Vec<Rc<Document>>,
    /// What lies among them and is no record.
    pub strangers: Vec<Stranger>,
    /// Its `appt.toml`.
    pub sheet: &'a Sheet,
    /// Whether others than its owner can look into its folder, and nobody meant them to.
    pub is_open_to_others: bool,
}

/// Everything that is wrong with a store, worst first.
pub fn all(found: &Found<'_>, now: DateTime<Utc>) -> Vec<Finding> {
    let book = WithStrays::new(found.book, &found.strangers);
    let scene = Scene::new(&book, &found.sheet.settings, now);
    let mut findings = of_sheet(found.sheet);
    for document in &found.documents {
        findings.extend(of_document(&scene, document, check::faults));
    }
    let is_taken = |kind: Kind, id: &str| found.book.has(kind, id);
    findings.extend(found.strangers.iter().map(|stranger| of_stranger(stranger, is_taken)));
    if found.is_open_to_others {
        findings.push(rules::world_readable::finding());
    }
    worst_first(&mut findings);
    findings
}

/// What is wrong with some of a book's files, worst first.
pub fn of_files(
    book: &dyn Book,
    settings: &Settings,
    now: DateTime<Utc>,
    files: &[Rc<Document>],
) -> Vec<Finding> {
    let scene = Scene::new(book, settings, now);
    let mut findings: Vec<Finding> =
        files.iter().flat_map(|file| of_document(&scene, file, check::faults)).collect();
    worst_first(&mut findings);
    findings
}

/// Sorts findings: errors before warnings, then by their places.
pub fn worst_first(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.severity, &a.file, a.start, a.rule).cmp(&(b.severity, &b.file, b.start, b.rule))
    });
}

impl Finding {
    /// A finding about a file as a whole.
    pub fn of_file(rule: &'static str, file: &str, message: Text, hint: Text) -> Finding {
        let start = Place { line: 1, column: 1 };
        Finding {
            rule,
            severity: severity(rule),
            file: file.to_owned(),
            start,
            end: start,
            record: None,
            message,
            hint: Some(hint),
            excerpt: None,
        }
    }
}

/// Whether nothing is wrong with a document, whatever the other records and the clock say.
pub fn is_clean(settings: &Settings, document: &Document) -> bool {
    let scene = Scene::new(&Nobody, settings, DateTime::UNIX_EPOCH);
    document.record.is_some() && of_document(&scene, document, check::faults_alone).is_empty()
}

/// The same of a record whose text is in its canonical form and could all be read.
pub fn is_record_clean(settings: &Settings, record: &Record, text: &str) -> bool {
    let scene = Scene::new(&Nobody, settings, DateTime::UNIX_EPOCH);
    check::is_clean_alone(&scene, record, text)
}

/// What says which faults a record has.
type Judges = fn(&Scene<'_>, &Record, &dyn Fn(&str) -> bool) -> Vec<Fault>;

/// A finding about a part of a record's file, without its words.
pub fn of_span(rule: &'static str, document: &Document, span: Span<usize>) -> Finding {
    let (message, severity) = (Text::default(), severity(rule));
    let fault = Fault { rule, severity, spot: Spot::File, message, hint: None };
    File::of(document).finding(fault, Some(span))
}

fn severity(rule: &str) -> Severity {
    rules::named(rule).map_or(Severity::Error, |rule| rule.severity)
}

/// A file whose findings are gathered. What may be shown of it is worked out at the first.
struct File<'a> {
    path: &'a str,
    text: &'a str,
    /// The kind and the id of its record, where it is one's.
    record: Option<(Kind, &'a str)>,
    /// Where its history begins, by far the longest part, which most findings are not in; its whole
    /// length where that is not known.
    history: usize,
    /// What may be shown before the history, and of the whole.
    masks: [OnceCell<Mask<'a>>; 2],
}

impl<'a> File<'a> {
    fn new(path: &'a str, text: &'a str, record: Option<(Kind, &'a str)>) -> File<'a> {
        File { path, text, record, history: text.len(), masks: Default::default() }
    }

    fn of(document: &'a Document) -> File<'a> {
        let record = (document.kind, document.id.as_str());
        let file = File::new(&document.path, &document.text, Some(record));
        if !document.is_canonical {
            return file;
        }
        let history = document.spans().key("history").map_or(file.history, |span| span.start);
        File { history, ..file }
    }

    fn excerpt(&self, span: &Span<usize>) -> Excerpt {
        let kind = self.record.map(|(kind, _)| kind);
        let [head, whole] = &self.masks;
        let (mask, text) = match span.end <= self.history {
            true => (head, &self.text[..self.history]),
            false => (whole, self.text),
        };
        mask.get_or_init(|| Mask::new(kind, text)).excerpt(span)
    }

    fn finding(&self, fault: Fault, span: Option<Span<usize>>) -> Finding {
        let place = |byte| {
            let (line, column) = decode::line_and_column(self.text, byte);
            Place { line, column }
        };
        let span = span.filter(|span| span.end > 0);
        Finding {
            rule: fault.rule,
            severity: fault.severity,
            file: self.path.to_owned(),
            start: place(span.as_ref().map_or(0, |span| span.start)),
            end: place(span.as_ref().map_or(0, |span| span.end)),
            record: self.record.map(|(kind, id)| format!("{}/{id}", kind.code())),
            message: fault.message,
            hint: fault.hint,
            excerpt: span.map(|span| self.excerpt(&span)),
        }
    }

    fn problem(&self, problem: &Problem) -> Finding {
        let Problem { rule, span, key: _, message, hint } = problem.clone();
        let severity = severity(rule);
        let fault = Fault { rule, severity, spot: Spot::File, message, hint };
        self.finding(fault, Some(span))
    }
}

/// The rule about characters that are not seen.
const CONTROL: &str = "control-character";

fn of_sheet(sheet: &Sheet) -> Vec<Finding> {
    let file = File::new(settings::FILE, &sheet.text, None);
    let is_read = sheet.problems.iter().all(|problem| problem.key.is_some());
    let form = text::problem(&sheet.text).filter(|_| is_read);
    sheet.problems.iter().chain(&form).map(|problem| file.problem(problem)).collect()
}

fn of_document(scene: &Scene<'_>, document: &Document, faults: Judges) -> Vec<Finding> {
    let file = File::of(document);
    let mut findings: Vec<Finding> = document.problems.iter().map(|p| file.problem(p)).collect();
    let Some(record) = &document.record else { return findings };
    for fault in faults(scene, record, &|key| document.is_spoilt(key)) {
        let span = fault.spot.span(document.spans());
        findings.push(file.finding(fault, span));
    }
    if !findings.iter().any(|finding| finding.rule == CONTROL) {
        findings.extend(text::hidden(&document.text).map(|problem| file.problem(&problem)));
    }
    if document.is_canonical {
        return findings;
    }
    // What has an error is mended by hand first: its form is no finding of its own.
    let is_sound = !findings.iter().any(|finding| finding.severity == Severity::Error);
    let form = text::problem(&document.text);
    let form = form.or_else(|| rules::not_canonical::problem(document).filter(|_| is_sound));
    findings.extend(form.map(|problem| file.problem(&problem)));
    findings
}

/// `is_taken` says whether a record of this kind and id is in its place.
fn of_stranger(stranger: &Stranger, is_taken: impl Fn(Kind, &str) -> bool) -> Finding {
    let path = stranger.path.as_str();
    if stranger.is_link {
        return Finding::of_file(
            "symlink",
            path,
            say!("Это символическая ссылка.", "This is a symbolic link."),
            say!("Замените её файлом или папкой.", "Put a file or a folder in its place."),
        );
    }
    let (message, hint) = match layout::meant(path) {
        Some((kind, id)) => {
            let home = layout::path(kind, &id);
            (
                say!(
                    "Файл лежит не там, где велит его имя.",
                    "The file does not lie where its name says."
                ),
                match is_taken(kind, &id) {
                    true => say!(
                        "Его место занято: {home}. Сравните оба файла, оставьте верный там, а этот удалите.",
                        "Its place is taken: {home}. Compare the two, leave the right one there, and delete this one."
                    ),
                    false => say!(
                        "Его место: {home}. Переместит `appt check --fix`.",
                        "Its place is {home}; `appt check --fix` moves it."
                    ),
                },
            )
        }
        None if path.ends_with(".toml") => (
            say!("Имя файла — не id записи.", "The file's name is no id."),
            say!(
                "Переименуйте файл в id записи или уберите его из этой папки.",
                "Name the file by its record's id, or move it out of this folder."
            ),
        ),
        None => (
            say!("Это не файл записи.", "This is no record's file."),
            say!("Уберите его из папки с записями.", "Move it out of the records' folder."),
        ),
    };
    Finding::of_file("misplaced-file", path, message, hint)
}

/// The records, and those that lie out of place or can't be seen: what refers to them is not to blame.
struct WithStrays<'a> {
    book: &'a dyn Book,
    strays: HashSet<(Kind, String)>,
    /// What stands in the place of a file or folder: below it, nobody knows what there would be.
    in_the_way: HashSet<&'a str>,
}

impl<'a> WithStrays<'a> {
    fn new(book: &'a dyn Book, strangers: &'a [Stranger]) -> WithStrays<'a> {
        let paths = || strangers.iter().map(|stranger| stranger.path.as_str());
        let strays = paths().filter_map(layout::meant).collect();
        WithStrays { book, strays, in_the_way: paths().collect() }
    }

    fn is_hidden(&self, kind: Kind, id: &str) -> bool {
        let path = layout::path(kind, id);
        let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
        !self.in_the_way.is_empty() && above.any(|folder| self.in_the_way.contains(folder))
    }
}

impl Book for WithStrays<'_> {
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        self.book.get(kind, id)
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        self.book.ids(kind)
    }

    fn has(&self, kind: Kind, id: &str) -> bool {
        self.book.has(kind, id)
            || self.strays.contains(&(kind, id.to_owned()))
            || self.is_hidden(kind, id)
    }

    fn is_spoilt(&self, kind: Kind, id: &str, key: &str) -> bool {
        self.book.is_spoilt(kind, id, key)
    }

    fn unread(&self, kind: Kind, id: &str) -> Option<Error> {
        self.book.unread(kind, id)
    }

    fn all(&self, kind: Kind) -> Vec<Rc<Record>> {
        self.book.all(kind)
    }

    fn sift(&self, kind: Kind, sieve: &Sieve) -> Vec<Rc<Record>> {
        self.book.sift(kind, sieve)
    }

    fn visits(&self) -> Vec<Visit> {
        self.book.visits()
    }
}
