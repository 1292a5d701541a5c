//! What is wrong with a record: the rules of `spec.md`, section 7, in one table.
//!
//! One file a rule, under `rules/`; a rule is a pure function of a record and the book it stands
//! in. `appt check` runs all of them over the store; every write runs those that judge the keys it
//! changes, and is refused for the errors that it would bring in.

pub mod excerpt;
mod index;
mod keys;
pub mod rules;
pub mod shown;
pub mod since;
mod spot;
pub mod survey;
mod text;

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Utc};

use crate::history::{self, Folded};
use crate::i18n::Text;
use crate::model::book::{Book, Nobody};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Request;
use crate::model::settings::Settings;
use crate::threads;
pub use spot::Spot;

pub use keys::Keys;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The data are wrong; exit 1.
    Error,
    /// The data deserve a look.
    Warning,
}

impl Severity {
    /// The code in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A rule of section 7.
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// How bad a breach is.
    pub severity: Severity,
    /// What it says, in one sentence: Russian, English.
    pub what: (&'static str, &'static str),
    /// Why it matters: Russian, English.
    pub why: (&'static str, &'static str),
    /// How to mend a breach: Russian, English.
    pub mend: (&'static str, &'static str),
    /// Lines of a file that break it.
    pub bad: &'static str,
    /// The same lines, mended.
    pub good: &'static str,
    /// How it is judged.
    pub judge: Judge,
}

/// How a rule is judged.
pub enum Judge {
    /// While the file is read (`format::decode`, `store::disk`): by its text, its name, its size.
    File,
    /// On a record of one of these kinds.
    Record {
        /// The kinds.
        kinds: &'static [Kind],
        /// The keys it looks at: a write that leaves them alone can't break it.
        keys: &'static [&'static str],
        /// What may make it find fault.
        reach: Reach,
        /// The rule itself.
        run: fn(&Scene<'_>, &Subject<'_>, &mut Faults),
    },
    /// On a commit, with `--since`: what it changed, and who made it.
    Commit {
        /// The rule itself.
        run: for<'c> fn(&'c since::Commit<'_>, &mut Vec<since::Breach<'c>>),
    },
}

/// What may make a rule find fault in a record that stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing: it finds the same, or less, wherever and whenever the record stands. `unrecorded-edit`
    /// lets go what `broken-link` finds at another, and `bad-value` only has a better hint.
    Alone,
    /// Other records. Whom it may find, the cache must know (`store::cache::suspect`).
    Others,
    /// The clock. As for [`Reach::Others`].
    Clock,
}

/// The world in which a record is judged.
pub struct Scene<'a> {
    /// All records.
    pub book: &'a dyn Book,
    /// The store's settings.
    pub settings: &'a Settings,
    /// The present.
    pub now: DateTime<Utc>,
    index: index::Index,
}

impl<'a> Scene<'a> {
    /// The world of these records at this moment.
    pub fn new(book: &'a dyn Book, settings: &'a Settings, now: DateTime<Utc>) -> Scene<'a> {
        Scene { book, settings, now, index: index::Index::default() }
    }
}

/// A record, and what several rules want to know of it.
pub struct Subject<'a> {
    /// The record.
    pub record: &'a Record,
    /// Whether a key holds more than could be read of it.
    pub spoilt: &'a dyn Fn(&str) -> bool,
    /// Whether it is judged alone, for a write: what several records share is then found at each of
    /// them, not once for all.
    pub is_alone: bool,
    /// The text that holds it as we lay it out, where that is at hand: what is nowhere in the text
    /// need not be looked for in each value.
    pub text: Option<&'a str>,
    request: OnceCell<Option<Request<'a>>>,
    folded: OnceCell<Folded>,
    adds_up: OnceCell<bool>,
}

impl<'a> Subject<'a> {
    fn new(record: &'a Record, spoilt: &'a dyn Fn(&str) -> bool, is_alone: bool) -> Subject<'a> {
        let (request, folded, adds_up) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let text = None;
        Subject { record, spoilt, is_alone, text, request, folded, adds_up }
    }

    /// It as a request, where it is a complete one.
    pub(crate) fn request(&self) -> Option<&Request<'a>> {
        self.request.get_or_init(|| Request::of(self.record).ok()).as_ref()
    }

    /// The fold of its history.
    pub(crate) fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| history::fold(self.record.kind, &self.record.history))
    }

    /// Whether its keys are what its history adds up to, and nothing is left to settle. So it is
    /// with nearly all, and found out sooner than by comparing with the fold.
    pub(crate) fn adds_up(&self) -> bool {
        let Record { kind, history, values, .. } = self.record;
        *self.adds_up.get_or_init(|| history::adds_up_to(*kind, history, values))
    }

    /// Whether its history lacks the event that made it: somebody took it out.
    pub(crate) fn lacks_its_beginning(&self) -> bool {
        let events = &self.record.history;
        let makes =
            |what: &_| matches!(what, history::What::First { .. } | history::What::Unknown(_));
        let is_made = events.is_empty() || events.iter().any(|event| makes(&event.what));
        !is_made && !(self.spoilt)("history")
    }

    /// Whether its keys can be held against its history: there is one, all of it was read and
    /// understood, and no step in it is a finding of its own.
    pub(crate) fn history_counts(&self) -> bool {
        let events = &self.record.history;
        !events.is_empty()
            && !self.lacks_its_beginning()
            && !(self.spoilt)("history")
            && !events.iter().any(|event| matches!(event.what, history::What::Unknown(_)))
            && rules::illegal_transition::illegal_steps(events).next().is_none()
    }
}

/// A breach of a rule: no personal data in it, `check` is read in public.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub spot: Spot,
    /// What is wrong.
    pub message: Text,
    /// How to mend it.
    pub hint: Option<Text>,
}

/// Where a rule puts what it finds.
pub struct Faults {
    rule: &'static str,
    severity: Severity,
    found: Vec<Fault>,
}

impl Faults {
    /// A breach in the value of a key.
    pub fn key(&mut self, key: &'static str, message: Text, hint: Text) {
        self.push(Spot::Key(key), message, hint);
    }

    /// A breach in an item of a key's list; an item of the only value, where it is no list.
    pub fn item(&mut self, key: &'static str, item: usize, message: Text, hint: Text) {
        self.push(Spot::Item(key, item), message, hint);
    }

    /// A breach in an event of the history.
    pub fn event(&mut self, event: usize, message: Text, hint: Text) {
        self.push(Spot::Event(event), message, hint);
    }

    /// A breach of the record as a whole.
    pub fn whole(&mut self, message: Text, hint: Text) {
        self.push(Spot::File, message, hint);
    }

    fn push(&mut self, spot: Spot, message: Text, hint: Text) {
        let (rule, severity, hint) = (self.rule, self.severity, Some(hint));
        self.found.push(Fault { rule, severity, spot, message, hint });
    }
}

/// All faults of a record, in the table's order. A key or event that has an error is not judged
/// again; `spoilt` says which keys have one already.
pub fn faults(scene: &Scene<'_>, record: &Record, spoilt: &dyn Fn(&str) -> bool) -> Vec<Fault> {
    judge(scene, &Subject::new(record, spoilt, false), rules::ALL.iter().copied())
}

impl Rule {
    /// Whether other records, or the clock, may make it find fault.
    pub fn is_wide(&self) -> bool {
        matches!(self.judge, Judge::Record { reach: Reach::Others | Reach::Clock, .. })
    }
}

/// The rules that look at a record alone.
static NARROW: LazyLock<Vec<&'static Rule>> =
    LazyLock::new(|| rules::ALL.iter().copied().filter(|rule| !rule.is_wide()).collect());

/// The faults of a record that it has wherever and whenever it stands.
pub fn faults_alone(
    scene: &Scene<'_>,
    record: &Record,
    spoilt: &dyn Fn(&str) -> bool,
) -> Vec<Fault> {
    judge(scene, &Subject::new(record, spoilt, false), NARROW.iter().copied())
}

/// Whether a record that could be read whole has none of these; `text` is that of its file, in its
/// canonical form.
pub fn is_clean_alone(scene: &Scene<'_>, record: &Record, text: &str) -> bool {
    let subject = Subject { text: Some(text), ..Subject::new(record, &|_| false, false) };
    judge(scene, &subject, NARROW.iter().copied()).is_empty()
}

/// The errors that a record has in the keys that a write changes; `text` is that of its file, where
/// it is at hand in its canonical form.
pub fn errors_in(
    scene: &Scene<'_>,
    record: &Record,
    changed: Keys,
    text: Option<&str>,
) -> Vec<Fault> {
    Written { record, changed, text }.errors(scene, |_| true)
}

/// A record as a write leaves it.
#[derive(Debug, Clone, Copy)]
pub struct Written<'r> {
    /// The record.
    pub record: &'r Record,
    /// The keys that the write changes.
    pub changed: Keys,
    /// The text of its file, where it is at hand in its canonical form.
    pub text: Option<&'r str>,
}

/// What [`errors_in`] says of each. Of many, several threads look for what a record has wherever it
/// stands; nearly none has any, and is then judged by the other rules alone.
pub fn errors_of_all(scene: &Scene<'_>, all: &[Written<'_>]) -> Vec<Vec<Fault>> {
    let (settings, now) = (scene.settings, scene.now);
    let sound = threads::rows(all, |share| {
        let nowhere = Scene::new(&Nobody, settings, now);
        let is_sound = |written: &Written<'_>| written.errors(&nowhere, |strict| !strict.is_wide);
        share.iter().map(|written| is_sound(written).is_empty()).collect()
    });
    let errors = |(written, is_sound): (&Written<'_>, bool)| match is_sound {
        true => written.errors(scene, |strict| strict.is_wide),
        false => written.errors(scene, |_| true),
    };
    all.iter().zip(sound).map(errors).collect()
}

/// Records that were judged as a write of all of them would be, and had no error: whoever then writes
/// just these need not have them judged again.
#[derive(Debug)]
pub struct Sound {
    records: Vec<Rc<Record>>,
    now: DateTime<Utc>,
}

impl Sound {
    /// Judges records that a write makes, each with the text of its file where that is at hand.
    ///
    /// # Errors
    /// The errors of each, where any has one.
    pub fn of(
        scene: &Scene<'_>,
        records: &[(&Rc<Record>, Option<&str>)],
    ) -> Result<Sound, Vec<Vec<Fault>>> {
        let written = records.iter().map(|(record, text)| {
            let (record, changed) = (record.as_ref(), Keys::all(record.kind));
            Written { record, changed, text: *text }
        });
        let errors = errors_of_all(scene, &written.collect::<Vec<_>>());
        if errors.iter().all(Vec::is_empty) {
            let records = records.iter().map(|(record, _)| Rc::clone(record)).collect();
            return Ok(Sound { records, now: scene.now });
        }
        Err(errors)
    }

    /// Whether it is just these that were judged, as of this moment.
    pub fn are(&self, records: &[Rc<Record>], now: DateTime<Utc>) -> bool {
        let mut pairs = self.records.iter().zip(records);
        self.now == now
            && self.records.len() == records.len()
            && pairs.all(|(judged, record)| Rc::ptr_eq(judged, record))
    }
}

impl Written<'_> {
    /// The errors by such rules.
    fn errors(&self, scene: &Scene<'_>, is_such: impl Fn(&Strict) -> bool) -> Vec<Fault> {
        let Written { record, changed, text } = *self;
        let subject = Subject { text, ..Subject::new(record, &|_| false, true) };
        let rules = strict(record.kind).iter();
        let wanted = rules.filter(|strict| strict.keys.meet(changed) && is_such(strict));
        judge(scene, &subject, wanted.map(|strict| strict.rule))
    }
}

/// A rule whose breach is an error.
struct Strict {
    rule: &'static Rule,
    /// The keys that it looks at.
    keys: Keys,
    is_wide: bool,
}

/// Those of records of this kind.
fn strict(kind: Kind) -> &'static [Strict] {
    static STRICT: [OnceLock<Vec<Strict>>; Kind::ALL.len()] =
        [const { OnceLock::new() }; Kind::ALL.len()];
    let of = |rule: &&'static Rule| match rule.judge {
        Judge::Record { kinds, keys, .. } if kinds.contains(&kind) => {
            let keys = Keys::of(kind, keys.iter().copied());
            let is_error = rule.severity == Severity::Error;
            is_error.then(|| Strict { rule, keys, is_wide: rule.is_wide() })
        }
        _ => None,
    };
    STRICT[kind as usize].get_or_init(|| rules::ALL.iter().filter_map(of).collect())
}

/// The faults of a record by some rules alone: no other hides them.
pub fn faults_of(
    scene: &Scene<'_>,
    record: &Record,
    names: &[&str],
    spoilt: &dyn Fn(&str) -> bool,
) -> Vec<Fault> {
    let wanted = rules::ALL.iter().copied().filter(|rule| names.contains(&rule.name));
    judge(scene, &Subject::new(record, spoilt, true), wanted)
}

fn judge<'r>(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    wanted: impl Iterator<Item = &'r Rule>,
) -> Vec<Fault> {
    let mut all: Vec<Fault> = Vec::new();
    for rule in wanted {
        let Judge::Record { kinds, run, .. } = rule.judge else { continue };
        if !kinds.contains(&subject.record.kind) {
            continue;
        }
        let mut faults = Faults { rule: rule.name, severity: rule.severity, found: Vec::new() };
        run(scene, subject, &mut faults);
        for fault in faults.found {
            let has_error = fault.spot.key().is_some_and(subject.spoilt)
                || all.iter().any(|earlier| {
                    earlier.severity == Severity::Error
                        && earlier.rule != fault.rule
                        && earlier.spot.is_beside(fault.spot)
                });
            if !has_error {
                all.push(fault);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests;
