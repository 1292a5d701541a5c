//! What completes an argument: by its name and the command that it is of.

use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use clap_complete::CompletionCandidate;

use crate::app;
use crate::check::{Rule, rules};
use crate::cmd::complete::Scene;
use crate::format::layout;
use crate::life::{self, Acting};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status, Step};
use crate::model::settings::Settings;
use crate::query::{filter, resolve};
use crate::render::list;
use crate::store::library::Library;
use crate::sync::status;
use crate::words::{self, name, screen, search};

/// The most requests that are looked into where nothing was typed yet, the latest first: a Tab must
/// not read a whole store.
const LOOKED: usize = 300;
/// The most candidates.
const OFFERED: usize = 100;

/// What completes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A request that somebody works on.
    Open,
    /// A request with something left to be done: open, or refused and the clinic not told.
    Live,
    /// A record that a merge could not settle.
    Conflicted,
    /// A request that can be opened again.
    Closed,
    /// A request whose visit the clinic must hear is off.
    Untold,
    /// A record of another kind.
    Record(Kind),
    /// A status that the request of the line can go to.
    NextStatus,
    /// Any status.
    Status,
    /// A next step.
    Step,
    /// A rule of `check`.
    Rule,
    /// Columns of a kind, with commas between.
    Columns(Kind),
    /// A column to sort by.
    Key(Kind),
    /// A folder.
    Folder,
    /// A file.
    File,
}

impl Wanted {
    /// What completes the argument of a command; none where only the person knows.
    pub fn of(path: &[&str], argument: &str) -> Option<Wanted> {
        let group = path.first().and_then(|name| Kind::from_code(name));
        let listed = group.unwrap_or(Kind::Request);
        Some(match (path, argument) {
            (["request", "set-status"], "status") => Wanted::NextStatus,
            (["request", "reopen"], "id") => Wanted::Closed,
            (["request", "clinic-told"], "id") => Wanted::Untold,
            (["script"], "id" | "request") => Wanted::Live,
            (["resolve"], "id") => Wanted::Conflicted,
            (["request", _], "id" | "request") | (_, "record") => Wanted::Open,
            (_, "id" | "a" | "b") if path.get(1) != Some(&"new") => Wanted::Record(group?),
            (_, "patient") => Wanted::Record(Kind::Patient),
            (_, "clinic") => Wanted::Record(Kind::Clinic),
            (_, "specialty") => Wanted::Record(Kind::Specialty),
            (_, "operator" | "holder" | "created-by" | "by") if path != ["init"] => {
                Wanted::Record(Kind::Operator)
            }
            (_, "status") => Wanted::Status,
            (_, "next") => Wanted::Step,
            (_, "explain") => Wanted::Rule,
            (_, "columns" | "sort") if path == ["log"] => return None,
            (_, "columns") => Wanted::Columns(listed),
            (_, "sort") => Wanted::Key(listed),
            (_, "data" | "dir") => Wanted::Folder,
            (_, "file" | "path" | "answers" | "rejects") => Wanted::File,
            _ => return None,
        })
    }

    /// What may stand where this much was typed.
    pub fn candidates(self, scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
        let lang = scene.lang;
        match self {
            Wanted::Status => statuses(&Status::ALL, scene, typed),
            Wanted::Step => {
                let all = Step::ALL.into_iter();
                fitting(typed, all.map(|step| (step.code().to_owned(), step.name(lang).to_owned())))
            }
            Wanted::Rule => {
                let what = |rule: &Rule| lang.of(rule.what.0, rule.what.1).to_owned();
                fitting(typed, rules::ALL.iter().map(|rule| (rule.name.to_owned(), what(rule))))
            }
            Wanted::Columns(kind) => {
                let before = typed.rfind(',').map_or("", |comma| &typed[..=comma]);
                let taken: Vec<&str> = before.split(',').collect();
                let keys = list::known_columns(kind).into_iter().filter(|key| !taken.contains(key));
                fitting(typed, keys.map(|key| (format!("{before}{key}"), String::new())))
            }
            Wanted::Key(kind) => {
                let minus = if typed.starts_with('-') { "-" } else { "" };
                let keys = list::known_columns(kind).into_iter();
                fitting(typed, keys.map(|key| (format!("{minus}{key}"), String::new())))
            }
            Wanted::Folder | Wanted::File => Vec::new(),
            _ => self.of_the_store(scene, typed).unwrap_or_default(),
        }
    }

    /// What only the store knows; nothing where it can't be opened. It is read without the lock,
    /// since nobody waits for a Tab.
    fn of_the_store(self, scene: &Scene, typed: &str) -> Option<Vec<CompletionCandidate>> {
        let store = app::open(&scene.environment, scene.data.as_deref(), Duration::ZERO).ok()?;
        let settings = &store.settings;
        store.peek(|library| match self {
            Wanted::Record(Kind::Request) | Wanted::Open => {
                let open = requests(library, typed, |r| {
                    Request::of(r).is_ok_and(|request| request.status.is_open())
                });
                // As a typed name is read: open requests first, then all.
                let any = || requests(library, typed, |_| true);
                Some(if open.is_empty() && !typed.is_empty() { any() } else { open })
            }
            Wanted::Live => Some(requests(library, typed, filter::is_queued)),
            Wanted::Conflicted => {
                let suspects = status::suspects(store.root());
                Some(in_conflict(library, &suspects, scene, typed))
            }
            Wanted::Closed => Some(requests(library, typed, |record| {
                Request::of(record).is_ok_and(|request| request.status.can_reopen())
            })),
            Wanted::Untold => Some(requests(library, typed, |record| {
                filter::is_queued(record)
                    && Request::of(record).is_ok_and(|request| !request.status.is_open())
            })),
            Wanted::NextStatus => {
                let ways = ways_on(library, settings, scene)?;
                Some(statuses(&ways, scene, typed))
            }
            Wanted::Record(kind) => Some(records(library, kind, scene, typed)),
            _ => None,
        })
    }
}

/// Pairs of a value and what it means, those that begin as was typed.
fn fitting(typed: &str, pairs: impl Iterator<Item = (String, String)>) -> Vec<CompletionCandidate> {
    pairs
        .filter(|(value, _)| value.starts_with(typed))
        .map(|(v, help)| candidate(v, &help))
        .collect()
}

/// A candidate; its help is one line in which nothing does anything to a terminal.
fn candidate(value: String, help: &str) -> CompletionCandidate {
    let help = Some(screen::safe_line(help).into_owned()).filter(|help| !help.is_empty());
    CompletionCandidate::new(value).help(help.map(Into::into))
}

/// Requests, the latest first, by the part of the id that operators type; by the whole id where
/// one is being typed.
fn requests(
    library: &Library<'_>,
    typed: &str,
    fits: impl Fn(&Record) -> bool,
) -> Vec<CompletionCandidate> {
    let ids = library.ids(Kind::Request);
    let typed = typed.to_lowercase();
    let begins = |id: &&String| life::short(id).starts_with(&typed) || id.starts_with(&typed);
    let records = ids.iter().rev().filter(begins).take(LOOKED);
    let records = records.filter_map(|id| library.get(Kind::Request, id));
    let shown = |record: &Record| {
        let short = life::short(&record.id);
        let value = if short.starts_with(&typed) { short } else { &record.id };
        let patient = library.patient(record.shown("patient"));
        let who = patient.map(|patient| name::initials(patient.title())).unwrap_or_default();
        let clinic = library.get(Kind::Clinic, record.shown("clinic"));
        let clinic = clinic.map(|clinic| clinic.title().to_owned()).unwrap_or_default();
        candidate(value.to_owned(), &format!("{who} · {clinic}"))
    };
    records.filter(|record| fits(record)).take(OFFERED).map(|record| shown(&record)).collect()
}

/// The records that a merge could not settle, with the keys that are in conflict. Those are looked
/// into that were in conflict when somebody last looked, and the latest of each kind.
fn in_conflict(
    library: &Library<'_>,
    suspects: &[String],
    scene: &Scene,
    typed: &str,
) -> Vec<CompletionCandidate> {
    let value = |kind: Kind, id: &str| match kind {
        Kind::Request => life::short(id).to_owned(),
        kind => format!("{}/{id}", kind.code()),
    };
    let mut names: Vec<(Kind, String)> = Vec::new();
    let suspects = suspects.iter().filter_map(|path| layout::record_at(path));
    names.extend(suspects.map(|(kind, id)| (kind, id.to_owned())));
    for kind in Kind::ALL.into_iter().rev() {
        let ids = library.ids(kind);
        names.extend(ids.iter().rev().take(LOOKED).map(|id| (kind, id.clone())));
    }
    names.retain(|(kind, id)| value(*kind, id).starts_with(typed));
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let records = names.iter().filter_map(|(kind, id)| library.get(*kind, id));
    let open = records.filter(|record| !record.conflicts.is_empty());
    let shown = |record: Rc<Record>| {
        let title = |key: &str| {
            let field = record.kind.field(key);
            field.map_or(key.to_owned(), |field| words::small(field.title(scene.lang)))
        };
        let mut keys: Vec<String> = record.conflicts.iter().map(|c| title(&c.key)).collect();
        keys.dedup();
        candidate(value(record.kind, &record.id), &keys.join(", "))
    };
    open.take(OFFERED).map(shown).collect()
}

/// The statuses that the request of the line can go to.
fn ways_on(library: &Library<'_>, settings: &Settings, scene: &Scene) -> Option<Vec<Status>> {
    let typed = scene.record.as_deref()?;
    let record = resolve::resolve(library, settings, Kind::Request, typed).ok()?;
    let present = Request::of(&record).ok()?.status;
    let now = scene.environment.now().ok()?;
    let acting = Acting { book: library, by: "", now, take_over: true, anyway: true };
    let mut ways = Status::ALL.to_vec();
    ways.retain(|to| *to != present && acting.set_status(&record, *to, None).is_ok());
    Some(ways)
}

fn statuses(all: &[Status], scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let lower = typed.to_lowercase();
    let named = |status: &&Status| {
        status.code().starts_with(&lower)
            || status.name(scene.lang).to_lowercase().starts_with(&lower)
    };
    let value = |status: &Status| match status.code().starts_with(&lower) {
        false if scene.takes_titles => status.name(scene.lang).to_owned(),
        _ => status.code().to_owned(),
    };
    let all = all.iter().filter(named);
    all.map(|status| candidate(value(status), status.name(scene.lang))).collect()
}

/// Records of a kind other than requests: by id, or by title or name as it is begun. Patients are
/// too many to be read for a Tab, and their names are not shown: they are completed by id.
fn records(
    library: &Library<'_>,
    kind: Kind,
    scene: &Scene,
    typed: &str,
) -> Vec<CompletionCandidate> {
    let wanted = search::key(typed);
    let ids = library.ids(kind);
    let patient = kind == Kind::Patient;
    let ids = ids.iter().filter(|id| !patient || id.starts_with(&typed.to_lowercase()));
    let most = if patient { OFFERED } else { usize::MAX };
    let shown = |record: &Record| {
        if patient {
            return Some(candidate(record.id.clone(), &name::initials(record.title())));
        }
        let title = record.title();
        let by_id = record.id.starts_with(&typed.to_lowercase());
        let by_title = search::key(title).starts_with(&wanted);
        let value = match (by_id, by_title) {
            (true, _) => &record.id,
            (false, true) if scene.takes_titles && title.starts_with(typed) => title,
            (false, true) => &record.id,
            (false, false) => return None,
        };
        Some(candidate(screen::safe_line(value).into_owned(), title))
    };
    ids.take(most).filter_map(|id| library.get(kind, id)).filter_map(|r| shown(&r)).collect()
}
