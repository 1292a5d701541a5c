//! From a plan to the texts of files: events get their times, records follow from the fold, the
//! rules judge the result. One place for every write, so that no command can go around it.

mod carry;
mod judge;

use std::collections::HashMap;
use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::check::Sound;
use crate::error::{Code, Error, Result};
use crate::format::document::Document;
use crate::history::{self, Details, Event, Mark, What};
use crate::i18n::Text;
use crate::life::{self, settle};
use crate::model::book::Book;
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::range::Instant;
use crate::model::record::{Conflict, Record};
use crate::model::settings::Settings;
use crate::model::value::{Value, Values};
use crate::say;
use crate::store::bulk;
use crate::store::journal::Step;
use crate::store::library::Library;
use crate::words::{self, text};

/// Who writes, and when.
pub struct Author<'a> {
    /// The operator's id.
    pub id: String,
    /// What they may change.
    pub role: Role,
    /// The present.
    pub now: DateTime<Utc>,
    /// What names the command, where it comes to several events: the present, or a later moment that
    /// no command had yet.
    pub moment: DateTime<Utc>,
    /// The operator whose e-mail git knows: what was changed by hand was changed by them.
    pub by_hand: &'a dyn Fn(&dyn Book) -> Option<String>,
}

/// What a command wants to change.
#[derive(Debug, Default)]
pub struct Plan {
    /// The changes, in their order.
    pub edits: Vec<Edit>,
    /// What the operator should know.
    pub warnings: Vec<Text>,
    /// What says that the records which it makes may stand in the store as it is, where they were all
    /// judged already.
    pub sound: Option<Sound>,
}

/// A change of one record.
#[derive(Debug)]
pub enum Edit {
    /// A new record.
    Create {
        /// Its kind.
        kind: Kind,
        /// Its id.
        id: String,
        /// The old key, where it comes from elsewhere.
        source: Option<String>,
        /// Its first values.
        values: Values,
        /// What happens to it at once.
        then: Vec<What>,
    },
    /// Things that happen to a record.
    Change {
        /// Its kind.
        kind: Kind,
        /// Its id.
        id: String,
        /// What happens.
        whats: Vec<What>,
        /// The text to write them into, where a person edited it.
        text: Option<String>,
    },
    /// A record comes with its history, from another store: as it is, or united with the one that
    /// is there. No event is added.
    Take {
        /// The record as it will be.
        record: Rc<Record>,
        /// The text of a file that holds it, where whoever plans has made it already.
        text: Option<String>,
    },
    /// A record goes.
    Remove {
        /// Its kind.
        kind: Kind,
        /// Its id.
        id: String,
    },
}

impl Edit {
    /// Things that happen to a record.
    pub fn change(record: &Record, whats: Vec<What>) -> Edit {
        Edit::Change { kind: record.kind, id: record.id.clone(), whats, text: None }
    }

    fn kind(&self) -> Kind {
        match self {
            Edit::Create { kind, .. } | Edit::Change { kind, .. } | Edit::Remove { kind, .. } => {
                *kind
            }
            Edit::Take { record, .. } => record.kind,
        }
    }
}

/// A plan that the rules let pass.
#[derive(Debug, Default)]
pub struct Sealed {
    /// The files' changes.
    pub steps: Vec<Step>,
    /// The records as they will be, in the plan's order; a removed one as it was.
    pub records: Vec<Rc<Record>>,
    /// The events that are new, with the index of their record.
    pub events: Vec<(usize, Event)>,
    /// Whether a record comes with its history, to which none is added.
    pub came: bool,
    /// What the operator should know.
    pub warnings: Vec<Text>,
}

/// One record under way.
struct Work {
    edit: Edit,
    document: Option<Rc<Document>>,
    before: Option<Rc<Record>>,
    /// What a person did by hand, then what this command does.
    whats: Vec<(bool, What)>,
    /// How many of them were done by hand.
    hand: usize,
    /// The keys whose text in the file no history may hold, and this command replaces.
    unfit: Vec<&'static str>,
    /// What else it comes to, which nobody asked for.
    comes_to: Vec<Text>,
}

impl Work {
    fn new(
        edit: Edit,
        document: Option<Rc<Document>>,
        before: Option<Rc<Record>>,
        whats: Vec<(bool, What)>,
    ) -> Work {
        let (unfit, comes_to) = (Vec::new(), Vec::new());
        Work { edit, document, before, whats, hand: 0, unfit, comes_to }
    }
}

/// Judges a plan and works it out.
///
/// # Errors
/// `forbidden`; `refused` with the rule that the result would break; `store` where a record that
/// must change can't be read.
pub fn seal(
    library: &Library<'_>,
    settings: &Settings,
    author: &Author<'_>,
    plan: Plan,
) -> Result<Sealed> {
    let mut sealed = Sealed { warnings: plan.warnings, ..Sealed::default() };
    let mut works = Vec::new();
    if plan.edits.len() >= bulk::MANY {
        // So that it is not asked of each new one whether there is one of its name.
        Kind::ALL.into_iter().for_each(|kind| drop(library.ids(kind)));
    }
    for edit in gather(plan.edits) {
        life::permit(library, author.role, edit.kind())?;
        works.extend(work(library, edit)?);
    }
    let stamps = stamp(library, &works, author, settings);
    let mut changed = Vec::new();
    for (index, (work, events)) in works.iter_mut().zip(stamps).enumerate() {
        let (step, record, keys) = carry::carry_out(work, events.clone())?;
        sealed.events.extend(events.into_iter().map(|event| (index, event)));
        sealed.came |= matches!(work.edit, Edit::Take { .. });
        sealed.steps.push(step);
        sealed.records.push(record);
        changed.push(keys);
    }
    if !plan.sound.is_some_and(|sound| sound.are(&sealed.records, author.now)) {
        let warnings = judge::judge(library, settings, author.now, &works, &sealed, &changed)?;
        sealed.warnings.extend(warnings);
    }
    sealed.warnings.extend(works.iter_mut().flat_map(|work| std::mem::take(&mut work.comes_to)));
    for document in works.iter().filter_map(|work| work.document.as_deref()) {
        let unknown = document.problems.iter().filter(|problem| problem.rule == "unknown-key");
        sealed.warnings.extend(unknown.map(|problem| problem.message.clone()));
    }
    Ok(sealed)
}

/// Two changes of one record are one: the second starts from what the first leaves behind.
fn gather(edits: Vec<Edit>) -> Vec<Edit> {
    let mut places: HashMap<(Kind, String), usize> = HashMap::new();
    let mut gathered: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        let (Edit::Create { kind, id, .. } | Edit::Change { kind, id, .. }) = &edit else {
            gathered.push(edit);
            continue;
        };
        let at = *places.entry((*kind, id.clone())).or_insert(gathered.len());
        match (gathered.get_mut(at), edit) {
            (Some(Edit::Create { then, .. }), Edit::Change { mut whats, text: None, .. }) => {
                then.append(&mut whats);
            }
            (
                Some(Edit::Change { whats: earlier, text: old, .. }),
                Edit::Change { mut whats, text, .. },
            ) => {
                earlier.append(&mut whats);
                *old = text.or(old.take());
            }
            (_, edit) => gathered.push(edit),
        }
    }
    gathered
}

/// What there is to do for an edit; none where it changes nothing.
fn work(library: &Library<'_>, edit: Edit) -> Result<Option<Work>> {
    let (kind, id, whats) = match &edit {
        Edit::Create { kind, id, source, values, then } => {
            if library.has(*kind, id) {
                return Err(Error::refused(
                    "id-taken",
                    say!("Такой id уже есть: {id}.", "This id is taken: {id}."),
                )
                .hint(say!("Укажите другой: `--id`.", "Give another: `--id`.")));
            }
            let mut values = values.clone();
            values.sort_by_rank(|key| rank(*kind, key));
            let first = What::First { source: source.clone(), values };
            let whats: Vec<_> = std::iter::once(first).chain(then.iter().cloned()).collect();
            let whats = whats.into_iter().map(|what| (false, what)).collect();
            return Ok(Some(Work::new(edit, None, None, whats)));
        }
        Edit::Take { record, .. } => {
            let document = library.document(record.kind, &record.id);
            let before = document.as_ref().map(|document| document.readable()).transpose()?;
            return Ok(Some(Work::new(edit, document, before, Vec::new())));
        }
        Edit::Change { kind, id, whats, .. } => (*kind, id, whats.clone()),
        Edit::Remove { kind, id } => (*kind, id, Vec::new()),
    };
    let document = library.document(kind, id).ok_or_else(|| missing(kind, id))?;
    if matches!(edit, Edit::Remove { .. }) {
        let before = document.record.clone();
        return Ok(Some(Work::new(edit, Some(document), before, Vec::new())));
    }
    let record = document.readable()?;
    let mut by_hand = history::unrecorded(&record);
    let reworded = matches!(&edit, Edit::Change { text: Some(text), .. } if *text != document.text);
    if whats.is_empty() && by_hand.is_empty() && !reworded {
        return Ok(None);
    }
    let mut own = followed(library, &record, &whats);
    own.extend(whats);
    let unfit = replace_unfit(&mut by_hand, &mut own);
    let hand = by_hand.len();
    let settled = settled(&record, &own);
    let comes_to = settled.iter().flat_map(|what| comes_to(&record, what, &own)).collect();
    let whats = by_hand
        .into_iter()
        .map(|what| (true, what))
        .chain(settled.into_iter().chain(own).map(|what| (false, what)))
        .collect();
    let work = Work::new(edit, Some(document), Some(record), whats);
    Ok(Some(Work { hand, unfit, comes_to, ..work }))
}

/// A text typed into the file that no history may hold is not recorded where another takes its place
/// now: that one follows what the history knows. Their keys.
fn replace_unfit(by_hand: &mut Vec<What>, own: &mut [What]) -> Vec<&'static str> {
    let mut unfit = Vec::new();
    by_hand.retain(|hand| {
        let What::Set { key, from, to: Some(Value::Text(typed)), .. } = hand else { return true };
        if text::first_forbidden(typed).is_none() {
            return true;
        }
        let takes_its_place = own.iter_mut().find_map(|what| match what {
            What::Set { key: other, from, .. } if other == key => Some(from),
            _ => None,
        });
        takes_its_place.is_none_or(|place| {
            place.clone_from(from);
            unfit.push(*key);
            false
        })
    });
    unfit
}

/// That a conflict is settled by what was meant as a change, and what that leaves to do.
fn comes_to(record: &Record, settled: &What, own: &[What]) -> Vec<Text> {
    let What::Mark(Mark::Settled, Details { key: Some(key), .. }) = settled else {
        return Vec::new();
    };
    let Some(field) = record.kind.field(key) else { return Vec::new() };
    let says = say!(lang;
        "Этим разобрано расхождение: {}.",
        "That settles a conflict: {}.",
        words::small(field.title(lang)));
    let holds = own.iter().find_map(|what| match what {
        What::Set { key, to, .. } if *key == field.key => to.as_ref(),
        _ => None,
    });
    let visits = (field.key == "appointment").then(|| settle::other_visits(record, holds));
    [says].into_iter().chain(visits.flatten()).collect()
}

/// References to a patient who was merged into another: a write puts the survivor in their place.
fn followed(library: &Library<'_>, record: &Record, whats: &[What]) -> Vec<What> {
    let fields = record.kind.fields().iter();
    fields
        .filter(|field| field.key != "merged_into" && field.form == Form::Reference(Kind::Patient))
        .filter(|field| !whats.iter().any(|what| what.keys(record.kind).contains(&field.key)))
        .filter_map(|field| {
            let id = record.text(field.key)?;
            let survivor = library.patient(id).filter(|survivor| survivor.id != id)?;
            let from = record.values.get(field.key);
            Some(What::set(field.key, from, Some(survivor.id.as_str().into())))
        })
        .collect()
}

/// Setting a key anew settles its conflict (`spec.md`, section 8); the event says which
/// alternatives its author saw.
fn settled(record: &Record, whats: &[What]) -> Vec<What> {
    let is_set_anew = |key: &str| {
        whats.iter().any(|what| {
            matches!(what, What::Set { key: k, .. } | What::List { key: k, .. } if *k == key)
        })
    };
    let is_settled = |conflict: &Conflict| whats.iter().any(|w| history::settles(w, conflict));
    let open = record.conflicts.iter().filter(|c| is_set_anew(&c.key) && !is_settled(c));
    let mut keys: Vec<&str> = open.map(|conflict| conflict.key.as_str()).collect();
    keys.dedup(); // `conflicts` is sorted by key.
    keys.into_iter().map(|key| history::settlement(key, record)).collect()
}

fn missing(kind: Kind, id: &str) -> Error {
    Error::new(
        Code::NotFound,
        "no-such-record",
        say!(lang; "Нет {} «{}».", "There is no {} “{}”.", kind.of_one(lang), id),
    )
}

/// Gives every event its time, its author, and where there are several, their common `tx`.
fn stamp(
    book: &dyn Book,
    works: &[Work],
    author: &Author<'_>,
    settings: &Settings,
) -> Vec<Vec<Event>> {
    let is_one = works.iter().map(|work| work.whats.len()).sum::<usize>() < 2;
    let now = if is_one { author.now } else { author.moment };
    let now = now.with_timezone(&settings.timezone).fixed_offset();
    let tx = if is_one { None } else { transaction(works, now) };
    let mut all = Vec::new();
    for work in works {
        let mut history =
            work.before.as_ref().map_or_else(Vec::new, |record| record.history.clone());
        let old = history.len();
        for (by_hand, what) in &work.whats {
            let at = history::next_at(&history, now);
            let by = by_hand.then(|| (author.by_hand)(book)).flatten();
            history.push(Event {
                at,
                by: by.unwrap_or_else(|| author.id.clone()),
                what: what.clone(),
                tx,
                extra: Vec::new(),
            });
        }
        all.push(history.split_off(old));
    }
    all
}

/// The name of a command's events: their first `at`. Where the clock stands still, an earlier
/// command may have had that name; then the next record's first `at`, which is later.
fn transaction(works: &[Work], now: Instant) -> Option<Instant> {
    let nothing: &[Event] = &[];
    let histories: Vec<&[Event]> = works
        .iter()
        .filter(|work| !work.whats.is_empty())
        .map(|work| work.before.as_ref().map_or(nothing, |record| record.history.as_slice()))
        .collect();
    let mut starts: Vec<Instant> =
        histories.iter().map(|history| history::next_at(history, now)).collect();
    starts.sort();
    let is_taken = |at: &Instant| histories.iter().any(|h| h.iter().any(|e| e.tx == Some(*at)));
    starts.iter().find(|at| !is_taken(at)).or(starts.last()).copied()
}

/// Where the table of a kind has a key.
fn rank(kind: Kind, key: &str) -> usize {
    let fields = kind.fields();
    fields.iter().position(|field| field.key == key).unwrap_or(fields.len())
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
