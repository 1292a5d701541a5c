//! The events of a record's history: one line each in its file (`spec.md`, section 3). What they
//! add up to is `history`.

use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::request::Status;
use crate::model::value::{Value, Values};

/// One thing that happened to a record: one line of its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, to the millisecond; later than the event before it.
    pub at: Instant,
    /// The operator's id.
    pub by: String,
    /// What it was.
    pub what: What,
    /// The first `at` of the command that did this and other things with it.
    pub tx: Option<Instant>,
    /// Keys that this version does not know, as TOML.
    pub extra: Vec<(String, String)>,
}

impl Event {
    /// One thing that happened by itself.
    pub fn new(at: Instant, by: impl Into<String>, what: What) -> Event {
        Event { at, by: by.into(), what, tx: None, extra: Vec::new() }
    }
}

/// What an event says.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The record came to be, with the first values of all its keys.
    First {
        /// Made here, or brought in from elsewhere under this key.
        source: Option<String>,
        /// The first values.
        values: Values,
    },
    /// One value changed.
    Set {
        /// The key.
        key: &'static str,
        /// What stood there.
        from: Option<Value>,
        /// What stands there now.
        to: Option<Value>,
        /// Why: of a refusal.
        reason: Option<String>,
        /// The appointment that the author of a last status saw.
        seen: Option<Instant>,
    },
    /// A list changed.
    List {
        /// The key.
        key: &'static str,
        /// Items that came.
        added: Vec<Value>,
        /// Items that went.
        removed: Vec<Value>,
    },
    /// Somebody wrote a note.
    Note(String),
    /// Something that changes no key, or says why a change beside it was possible.
    Mark(Mark, Details),
    /// An event of a name that this version does not know; it changes nothing and is carried along.
    Unknown(String),
}

/// The events that change no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The clinic knows that the visit is off.
    ClinicTold,
    /// A call that nobody took.
    NoAnswer,
    /// Somebody else's call was taken over.
    TakenOver,
    /// A closed request was opened again.
    Reopened,
    /// A change was taken back.
    Undone,
    /// Two records of one patient became one.
    Merged,
    /// A conflict was settled.
    Settled,
}

impl Mark {
    /// All of them.
    pub const ALL: [Mark; 7] = [
        Mark::ClinicTold,
        Mark::NoAnswer,
        Mark::TakenOver,
        Mark::Reopened,
        Mark::Undone,
        Mark::Merged,
        Mark::Settled,
    ];

    /// The event's name.
    pub fn code(self) -> &'static str {
        match self {
            Mark::ClinicTold => "clinic-told",
            Mark::NoAnswer => "no-answer",
            Mark::TakenOver => "taken-over",
            Mark::Reopened => "reopened",
            Mark::Undone => "undone",
            Mark::Merged => "merged",
            Mark::Settled => "settled",
        }
    }
}

/// What a mark may say besides its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// The key that was settled.
    pub key: Option<String>,
    /// The other record of a merge.
    pub id: Option<String>,
    /// The old key of what was merged into this record by an import.
    pub source: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The changes that were taken back, or the alternatives that were settled: their `at`.
    pub of: Vec<Instant>,
}

impl What {
    /// Whether it says again what stands: the choice that a settlement beside it made.
    pub fn is_same(&self) -> bool {
        matches!(self, What::Set { from: Some(from), to: Some(to), .. } if from == to)
    }

    /// The keys that it changes.
    pub fn keys(&self, kind: Kind) -> Vec<&'static str> {
        match self {
            What::Set { key, .. } | What::List { key, .. } => vec![key],
            What::First { .. } => kind.fields().iter().map(|field| field.key).collect(),
            What::Note(_) | What::Mark(..) | What::Unknown(_) => Vec::new(),
        }
    }

    /// The event's name in files and JSON.
    pub fn code(&self) -> &str {
        match self {
            What::First { source: None, .. } => "created",
            What::First { source: Some(_), .. } => "imported",
            What::Set { .. } => "set",
            What::List { .. } => "list",
            What::Note(_) => "note",
            What::Mark(mark, _) => mark.code(),
            What::Unknown(code) => code,
        }
    }

    /// A change of one value.
    pub fn set(key: &'static str, from: Option<&Value>, to: Option<Value>) -> What {
        What::Set { key, from: from.cloned(), to, reason: None, seen: None }
    }

    /// A change of status, by somebody who sees this appointment.
    pub fn status(from: Status, to: Status, seen: Option<Instant>, reason: Option<String>) -> What {
        let closing = !to.is_open();
        What::Set {
            key: "status",
            from: Some(from.code().into()),
            to: Some(to.code().into()),
            reason,
            seen: seen.filter(|_| closing),
        }
    }

    /// A mark with nothing more to say.
    pub fn mark(mark: Mark) -> What {
        What::Mark(mark, Details::default())
    }
}

/// The events that nobody has taken back, in their order; what takes something back is none of
/// them. A taking back that was itself taken back counts for nothing.
pub fn standing(events: &[Event]) -> Vec<&Event> {
    let mut undone: Vec<(&str, Instant)> = Vec::new();
    let mut undoings: Vec<(&str, Instant, Option<Instant>)> = Vec::new();
    for event in events.iter().rev() {
        let What::Mark(Mark::Undone, Details { of, .. }) = &event.what else { continue };
        let by = event.by.as_str();
        if !undone.contains(&(by, event.at)) {
            undone.extend(of.iter().map(|at| (by, *at)));
        }
        undoings.push((by, event.at, event.tx));
    }
    let is_part = |event: &&Event| {
        undoings.iter().any(|(by, at, tx)| {
            *by == event.by && (*at == event.at || (tx.is_some() && *tx == event.tx))
        })
    };
    let is_undone = |event: &&Event| undone.contains(&(event.by.as_str(), event.at));
    events.iter().filter(|event| !is_part(event) && !is_undone(event)).collect()
}

/// Whether the clinic knows that the visit of a refused request, at the time that stands in it, is
/// off: it does not know of a time that took the place of another since. An imported refusal counts
/// as told (`spec.md`, section 4).
pub fn clinic_told(events: &[Event], visit: Option<&Value>) -> bool {
    let is_undoing = |event: &Event| matches!(event.what, What::Mark(Mark::Undone, _));
    match events.iter().any(is_undoing) {
        true => is_told(standing(events).into_iter(), visit),
        false => is_told(events.iter(), visit),
    }
}

fn is_told<'e>(events: impl DoubleEndedIterator<Item = &'e Event>, visit: Option<&Value>) -> bool {
    // A refusal of what was refused already changes nothing: the clinic knows what it knew.
    let mut is_refused = false;
    for event in events.rev() {
        match &event.what {
            What::Mark(Mark::ClinicTold, _) => return true,
            What::Set { key: "appointment", from, to, .. }
                if to.as_ref() == visit && from != to =>
            {
                return false;
            }
            What::Set { key: "status", from, to: Some(to), .. } if from.as_ref() != Some(to) => {
                let refuses = to.as_text() == Some(Status::PatientRefused.code());
                if is_refused && !refuses {
                    return false;
                }
                is_refused |= refuses;
            }
            What::First { source, values } => {
                let refused = Status::PatientRefused.code();
                let came_refused = values.text("status") == Some(refused);
                return source.is_some() && (came_refused || !is_refused);
            }
            _ => {}
        }
    }
    false
}
