//! What a merge must come to, said another way than the code says it. The fold changes a state,
//! event after event; here a question is asked of the whole history at a time: what did this event
//! do, what stood before it, what became of this one alternative. [`merge::trees`] goes by pairs;
//! here any number of sides is looked at at once. Only the reading of files is shared.
//!
//! [`merge::trees`]: crate::merge::trees

use std::collections::{BTreeMap, BTreeSet};

use crate::format::{decode, encode, layout};
use crate::history::{Details, Event, Mark, What};
use crate::merge::{REMOVED, Tree, named_by};
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::{Conflict, Record};
use crate::model::value::{Value, Values};

/// What one event says of one key, or of none.
struct Word<'e> {
    event: &'e Event,
    key: &'static str,
    says: Says<'e>,
}

#[derive(Clone, Copy)]
enum Says<'e> {
    /// The value, whatever stands: the first of a record.
    First(&'e Value),
    /// `to` in the place of `from`; the appointment that the author of a last status saw.
    Set(Option<&'e Value>, Option<&'e Value>, Option<Instant>),
    /// These items came, those went.
    Items(&'e [Value], &'e [Value]),
    /// It says nothing of a value.
    Mark(Mark, &'e Details),
}

/// What came of a word.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    /// Its value stands from then on.
    Stands(Option<Value>),
    /// Its value stood already.
    Same(Option<Value>),
    /// A rule forbade it.
    Void(Option<Value>),
    /// It was not about a value.
    None,
}

/// A history, and what came of each of its words.
struct Told<'e> {
    kind: Kind,
    words: Vec<Word<'e>>,
    fates: Vec<Fate>,
}

/// The values and the alternatives that a history has, by section 8.
pub(super) fn told(kind: Kind, events: &[Event]) -> (Values, BTreeSet<Conflict>) {
    let told = Told::of(kind, events);
    let mut values = Values::new();
    for field in kind.fields() {
        values.put(field.key, told.before(told.words.len(), field.key).and_then(|(_, v)| v));
    }
    let born = (0..told.words.len()).flat_map(|at| told.born(at)).collect::<BTreeSet<_>>();
    (values, born.into_iter().filter(|alternative| told.is_open(alternative)).collect())
}

impl<'e> Told<'e> {
    fn of(kind: Kind, events: &'e [Event]) -> Told<'e> {
        let mut told = Told { kind, words: words(events), fates: Vec::new() };
        for at in 0..told.words.len() {
            let fate = told.fate(at);
            told.fates.push(fate);
        }
        told
    }

    /// What stood under a key before a word, and the word that put it there.
    fn before(&self, at: usize, key: &str) -> Option<(usize, Option<Value>)> {
        (0..at).rev().find_map(|at| match &self.fates[at] {
            Fate::Stands(value) if self.words[at].key == key => Some((at, value.clone())),
            _ => None,
        })
    }

    fn value(&self, at: usize, key: &str) -> Option<Value> {
        self.before(at, key).and_then(|(_, value)| value)
    }

    fn status(&self, at: usize) -> String {
        let status = self.value(at, "status");
        status.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned()
    }

    /// What came of a word, where that of all before it is known.
    fn fate(&self, at: usize) -> Fate {
        let word = &self.words[at];
        let required = self.kind.field(word.key).is_some_and(|field| field.required());
        let stood = self.value(at, word.key);
        let (new, is_allowed) = match word.says {
            Says::Mark(..) => return Fate::None,
            Says::First(value) => return Fate::Stands(Some(value.clone())),
            Says::Set(from, to, _) => {
                let may = match word.key {
                    "status" => self.may_step(at, from, to),
                    "appointment" => self.may_answer(at, to.is_some()),
                    _ => to.is_some() || !required,
                };
                (to.cloned(), may)
            }
            Says::Items(added, removed) => {
                let old = stood.as_ref().and_then(Value::as_list).unwrap_or_default();
                let all: BTreeSet<&Value> = old.iter().chain(added).collect();
                let left = || all.iter().filter(|item| !removed.contains(item));
                let keeps_all = required && left().count() == 0;
                let items: Vec<Value> = match keeps_all {
                    true => all.iter().map(|item| (*item).clone()).collect(),
                    false => left().map(|item| (*item).clone()).collect(),
                };
                let may = word.key != "clinic_ranges" || self.may_answer(at, true);
                ((!items.is_empty()).then_some(Value::List(items)), may)
            }
        };
        match () {
            () if new == stood => Fate::Same(new),
            () if is_allowed => Fate::Stands(new),
            () => Fate::Void(new),
        }
    }

    /// Section 4: where a request may go, and what section 8 adds.
    fn may_step(&self, at: usize, saw: Option<&Value>, to: Option<&Value>) -> bool {
        let has = |key| self.value(at, key).is_some();
        let answered = has("appointment") || has("clinic_ranges");
        let Some(to) = to.and_then(Value::as_text) else { return false };
        if (to == "processed" && !has("appointment")) || (to == "created" && answered) {
            return false;
        }
        let from = self.status(at);
        let settles = self.is_beside(at, |mark, details| {
            mark == Mark::Settled && details.key.as_deref() == Some("status")
        });
        let decides = settles && !self.is_blind_of(at, "status");
        if from == "patient-refused" && self.is_off(at) && !decides {
            return false;
        }
        let by_rule = match (from.as_str(), to) {
            ("", _) | ("created", "in-progress") | ("in-progress", "processed" | "created") => true,
            ("created" | "in-progress" | "processed", "patient-refused") => true,
            ("processed" | "patient-refused", "in-progress") => {
                saw.and_then(Value::as_text) == Some(&from)
                    && !has("rescheduled_to")
                    && self.is_beside(at, |mark, _| mark == Mark::Reopened)
            }
            _ => false,
        };
        by_rule || self.reaches_back(at, "status")
    }

    /// Whether the clinic knows that the visit of the refusal in place is off, and this word's command
    /// says nothing of the visit.
    fn is_off(&self, at: usize) -> bool {
        let Some((visit, Some(_))) = self.before(at, "appointment") else { return false };
        let since = self.before(at, "status").map_or(0, |(refusal, _)| refusal);
        let Event { tx, by, .. } = self.words[at].event;
        let is_beside =
            |word: &Word<'_>| tx.is_some() && word.event.tx == *tx && word.event.by == *by;
        let is_undone = |told: &Event| {
            self.words.iter().enumerate().any(|(place, word)| match word.says {
                Says::Mark(Mark::Undone, Details { of, .. }) => {
                    (place < at || is_beside(word))
                        && word.event.by == told.by
                        && of.contains(&told.at)
                }
                _ => false,
            })
        };
        let told = (since.max(visit)..at).any(|told| {
            let word = &self.words[told];
            matches!(word.says, Says::Mark(Mark::ClinicTold, _)) && !is_undone(word.event)
        });
        let answers = self.words.iter().any(|word| {
            is_beside(word) && word.key == "appointment" && matches!(word.says, Says::Set(..))
        });
        told && !answers
    }

    /// Whether the clinic was told here of a refusal that was reopened meanwhile, with its visit.
    fn is_told_late(&self, at: usize) -> bool {
        let is_refusal = |at: &usize| {
            let stands = Fate::Stands(Some("patient-refused".into()));
            self.words[*at].key == "status" && self.fates[*at] == stands
        };
        let is_first = |at: &usize| matches!(self.words[*at].says, Says::First(_));
        let refusal = (0..at).rev().find(|at| is_refusal(at) && !is_first(at));
        let visit = self.before(at, "appointment").filter(|(_, value)| value.is_some());
        matches!(self.words[at].says, Says::Mark(Mark::ClinicTold, _))
            && self.status(at) != "patient-refused"
            && visit.zip(refusal).is_some_and(|((visit, _), refusal)| visit < refusal)
    }

    /// Whether the clinic's answer may be recorded: a visit, its absence, the clinic's ranges.
    fn may_answer(&self, at: usize, is_some: bool) -> bool {
        let key = self.words[at].key;
        let required = is_some || key == "clinic_ranges";
        match self.status(at).as_str() {
            "in-progress" => true,
            "processed" => required && self.reaches_back(at, key),
            "patient-refused" => self.reaches_back(at, key),
            _ => false,
        }
    }

    fn reaches_back(&self, at: usize, key: &str) -> bool {
        self.is_beside(at, |mark, details| {
            mark == Mark::Undone || (mark == Mark::Settled && details.key.as_deref() == Some(key))
        })
    }

    /// Whether the command of a word left such a mark.
    fn is_beside(&self, at: usize, such: impl Fn(Mark, &Details) -> bool) -> bool {
        let Event { tx, by, .. } = self.words[at].event;
        tx.is_some()
            && self.words.iter().any(|word| {
                let is_so = matches!(word.says, Says::Mark(mark, details) if such(mark, details));
                is_so && word.event.tx == *tx && word.event.by == *by
            })
    }

    /// What stood under a key before a word, as an alternative to what came.
    fn put_aside(&self, at: usize, key: &str) -> Option<Conflict> {
        let (by, value) = self.before(at, key)?;
        Some(alternative(self.words[by].event, key, value))
    }

    /// The alternatives that a word makes of what it meets, or of itself.
    fn born(&self, at: usize) -> Vec<Conflict> {
        let word = &self.words[at];
        let mut born = Vec::new();
        match (&self.fates[at], word.says) {
            _ if self.is_told_late(at) => born.push(alternative(word.event, "appointment", None)),
            (Fate::Void(value), _) => {
                born.push(alternative(word.event, word.key, value.clone()));
            }
            (Fate::Stands(value), Says::Set(from, _, seen)) => {
                let unseen = self.value(at, word.key).as_ref() != from || self.is_blind(at);
                let unseen = if word.key == "status" { self.is_blind(at) } else { unseen };
                if unseen && self.before(at, word.key).is_some() {
                    born.extend(self.put_aside(at, word.key));
                }
                let refused = Value::from("patient-refused");
                let visit = self.value(at, "appointment").as_ref().and_then(Value::as_instant);
                let first = self.before(at, "status").is_none();
                let is_refusal = word.key == "status" && !first && value.as_ref() == Some(&refused);
                if is_refusal && visit.is_some() && visit != seen {
                    born.extend(self.put_aside(at, "appointment"));
                }
            }
            _ => {}
        }
        born
    }

    /// Whether the command of a word settled what was settled then, and that was not known to it.
    fn is_blind(&self, at: usize) -> bool {
        let key = self.words[at].key;
        self.is_blind_of(at, key) || key == "status" && self.is_blind_of(at, "appointment")
    }

    fn is_blind_of(&self, at: usize, key: &str) -> bool {
        let event = self.words[at].event;
        let is_beside = |mark: &Word| {
            event.tx.is_some() && (mark.event.tx, &mark.event.by) == (event.tx, &event.by)
        };
        (0..at).filter(|mark| is_beside(&self.words[*mark])).any(|mark| {
            let Says::Mark(Mark::Settled, details) = self.words[mark].says else { return false };
            let Some(settled) = details.key.as_deref() else { return false };
            let is_named = |one: &Conflict| {
                one.key == settled && one.at.is_some_and(|at| details.of.contains(&at))
            };
            settled == key
                && (0..mark).flat_map(|at| self.born(at)).any(|one| {
                    let (is_open, was_ended) = self.life(&one, mark);
                    is_named(&one) && was_ended && !is_open
                })
        })
    }

    /// Whether an alternative is left in the end.
    fn is_open(&self, one: &Conflict) -> bool {
        self.life(one, self.words.len()).0
    }

    /// The life of an alternative, word by word, before one of them: whether it is open then, and
    /// whether a mark has ended it.
    fn life(&self, one: &Conflict, end: usize) -> (bool, bool) {
        let mut is_open = false;
        // Where a mark ended it, and where a mark brought it back.
        let (mut ended, mut brought) = (Vec::new(), Vec::new());
        for at in 0..end {
            let word = &self.words[at];
            let about = word.key == one.key;
            let is_it = |value: Option<&Value>| one.value.as_ref() == value;
            match (&self.fates[at], word.says) {
                // Whoever puts something in its place, or puts it in place, has seen it.
                (Fate::Stands(to), Says::Set(from, ..)) if about => {
                    let stood = self.value(at, word.key);
                    let from = if word.key == "status" { stood.as_ref() } else { from };
                    is_open &= !is_it(from) && !is_it(to.as_ref());
                }
                (Fate::Same(to), Says::Set(from, ..)) if about && word.key != "status" => {
                    is_open &= !is_it(from) && !is_it(to.as_ref());
                }
                (Fate::Stands(to), Says::Items(..)) if about => is_open &= !is_it(to.as_ref()),
                (_, Says::Mark(Mark::Settled, Details { key: Some(key), of, .. })) => {
                    let is_meant = of.is_empty() || one.at.is_none_or(|at| of.contains(&at));
                    if is_open && *key == one.key && is_meant {
                        is_open = false;
                        ended.push(word.event);
                    }
                }
                (_, Says::Mark(Mark::Undone, Details { of, .. })) => {
                    let is_meant = |e: &&&Event| e.by == word.event.by && of.contains(&e.at);
                    let was_ended = ended.iter().any(|e| is_meant(&e));
                    let was_brought = brought.iter().any(|e| is_meant(&e));
                    let is_its = one.by.as_ref() == Some(&word.event.by);
                    let is_back = is_its && one.at.is_some_and(|at| of.contains(&at));
                    if was_brought || is_open && is_back {
                        is_open = false;
                        ended.push(word.event);
                    }
                    let stands = is_it(self.value(at, &one.key).as_ref());
                    if was_ended && (!stands || one.key == "appointment") {
                        is_open = true;
                        brought.push(word.event);
                    }
                }
                _ => {}
            }
            is_open |= self.born(at).contains(one);
        }
        (is_open, !ended.is_empty())
    }
}

fn alternative(event: &Event, key: &str, value: Option<Value>) -> Conflict {
    Conflict { key: key.to_owned(), value, by: Some(event.by.clone()), at: Some(event.at) }
}

/// The words of events: one for each key that an event speaks of.
fn words(events: &[Event]) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    for (nth, event) in events.iter().enumerate() {
        let is_first = words.iter().all(|word| matches!(word.says, Says::Mark(..)));
        match &event.what {
            What::First { source, values } => {
                // An import that was made before says nothing.
                let is_new = source.is_none() || events[..nth].iter().all(|e| e.what != event.what);
                for (key, value) in values.iter().filter(|_| is_new) {
                    let says = match value {
                        _ if is_first => Says::First(value),
                        Value::List(items) => Says::Items(items, &[]),
                        _ => Says::Set(None, Some(value), None),
                    };
                    words.push(Word { event, key, says });
                }
            }
            What::Set { key, from, to, seen, .. } => {
                let says = Says::Set(from.as_ref(), to.as_ref(), *seen);
                words.push(Word { event, key, says });
            }
            What::List { key, added, removed } => {
                words.push(Word { event, key, says: Says::Items(added, removed) });
            }
            What::Mark(mark, details) => {
                words.push(Word { event, key: "", says: Says::Mark(*mark, details) });
            }
            What::Note(_) | What::Unknown(_) => {}
        }
    }
    words
}

/// The alternatives that every record of a store must have, and no others, after these sides of
/// one ancestor met; a record that must be gone is missing.
pub(super) fn alternatives(
    path: &str,
    base: &Tree,
    sides: &[&Tree],
    result: &Tree,
) -> Option<BTreeSet<Conflict>> {
    let (kind, id) = layout::record_at(path).unwrap();
    let read = |text: &String| decode::record(kind, id, text).record.unwrap();
    let before = base.get(path);
    let there: Vec<&String> = sides.iter().filter_map(|side| side.get(path)).collect();
    let is_removed = before.is_some() && there.len() < sides.len();
    let changed: BTreeSet<&String> =
        there.into_iter().filter(|text| Some(*text) != before).collect();
    let is_named = result.iter().any(|(other, text)| {
        let (kind, id) = layout::record_at(other).unwrap();
        other != path && named_by(&decode::record(kind, id, text).record.unwrap()).contains(path)
    });
    if changed.is_empty() && is_removed && !is_named {
        return None;
    }
    let empty = Record::new(kind, id);
    let base = before.map_or(empty, read);
    let changed: Vec<Record> = changed.into_iter().map(read).collect();
    let mut expected = match changed.as_slice() {
        [] => base.conflicts.iter().cloned().collect(),
        [one] => one.conflicts.iter().cloned().collect(),
        many => of_many(&base, many),
    };
    let removal = Conflict { key: REMOVED.into(), value: None, by: None, at: base.updated() };
    let events = changed.iter().flat_map(|record| &record.history);
    if is_removed && !is_settled(events, &removal) {
        expected.insert(removal);
    }
    Some(expected)
}

/// Whether somebody settled a removal that was there.
fn is_settled<'e>(mut events: impl Iterator<Item = &'e Event>, removal: &Conflict) -> bool {
    events.any(|event| match &event.what {
        What::Mark(Mark::Settled, Details { key: Some(key), of, .. }) => {
            *key == removal.key
                && removal.at.is_some_and(|at| event.at > at && (of.is_empty() || of.contains(&at)))
        }
        _ => false,
    })
}

/// The alternatives of a record that several changed.
fn of_many(base: &Record, sides: &[Record]) -> BTreeSet<Conflict> {
    let kind = base.kind;
    let lines = |record: &Record| -> BTreeSet<String> {
        record.history.iter().map(encode::event).collect()
    };
    let mut events: Vec<&Event> = sides.iter().flat_map(|side| &side.history).collect();
    events.sort_by_key(|event| (event.at, event.by.clone(), encode::event(event)));
    events.dedup_by_key(|event| encode::event(event));
    let events: Vec<Event> = events.into_iter().cloned().collect();
    let (values, mut expected) = told(kind, &events);

    // What no event tells of.
    let untold = |record: &Record| -> BTreeSet<Conflict> {
        let (_, told) = told(kind, &record.history);
        record.conflicts.iter().filter(|c| !told.contains(c)).cloned().collect()
    };
    let (was, each) = (untold(base), sides.iter().map(untold).collect::<Vec<_>>());
    let mut open: BTreeSet<Conflict> = each.iter().flatten().cloned().collect();

    // Unknown keys: the greatest of what somebody put there stands.
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    let keys = sides.iter().flat_map(|side| side.unknown.iter().map(|(key, _)| key));
    for key in keys.collect::<BTreeSet<_>>() {
        let raw =
            |record: &Record| record.unknown.iter().find(|(k, _)| k == key).map(|(_, r)| r.clone());
        let new: BTreeSet<_> = sides.iter().map(raw).filter(|new| *new != raw(base)).collect();
        let stands = new.last().cloned().unwrap_or_else(|| raw(base));
        shown.extend(stands.map(|raw| (key.clone(), raw)));
        let lesser = new.iter().rev().skip(1).flatten();
        open.extend(lesser.map(|raw| nobodys(key, Some(decode::unknown(raw)))));
    }

    // What a hand put under a key, and nobody recorded.
    let all: BTreeSet<String> = events.iter().map(encode::event).collect();
    let has_all = |record: &Record| lines(record) == all;
    let mut stand = Values::new();
    for field in kind.fields() {
        let key = field.key;
        let of = |record: &Record| record.values.get(key).cloned();
        let by_hand = |record: &Record| -> Option<Option<Value>> {
            let (told, _) = told(kind, &record.history);
            (of(record) != told.get(key).cloned()).then(|| of(record))
        };
        let folded = values.get(key).cloned();
        let start = if has_all(base) { of(base) } else { folded.clone() };
        let (whole, partial): (Vec<&Record>, Vec<&Record>) =
            sides.iter().partition(|side| has_all(side));
        let new: BTreeSet<_> =
            whole.iter().map(|side| of(side)).filter(|value| *value != start).collect();
        let stands = new.last().cloned().unwrap_or(start);
        let others = new.into_iter().filter(|value| *value != stands && *value != folded);
        open.extend(others.map(|value| nobodys(key, value)));
        for side in partial {
            let Some(hand) = by_hand(side) else { continue };
            let is_old = by_hand(base).as_ref() == Some(&hand);
            let is_dealt_with =
                is_old && sides.iter().any(|other| by_hand(other).as_ref() != Some(&hand));
            if hand != stands && !is_dealt_with {
                open.insert(nobodys(key, hand));
            }
        }
        stand.put(key, stands);
    }
    let (_, before) = told(kind, &base.history);
    open.retain(|one| {
        let is_known = kind.field(&one.key).is_some();
        let is_old = was.contains(one);
        let is_everywhere = each.iter().all(|side| side.contains(one));
        let is_recorded = one.value.as_ref() == values.get(&one.key);
        let is_shown = one.value.is_some()
            && match is_known {
                true => one.value.as_ref() == stand.get(&one.key),
                false => one.value == shown.get(&one.key).map(|raw| decode::unknown(raw)),
            };
        let is_over = one.by.is_none() && is_settled(events.iter(), one);
        let goes = is_old && !is_everywhere && !sides.iter().any(|side| is_held(base, side, one));
        let stands = is_shown && !(is_known && is_old && is_everywhere && !is_recorded);
        // Typed by one, and recorded by another since: that is one alternative.
        let is_told = one.by.is_none()
            && one.at.is_none()
            && expected.iter().any(|other| {
                let is_new = other.by.is_some() && !before.contains(other);
                is_new && (&other.key, &other.value) == (&one.key, &one.value)
            });
        !stands && !is_over && !goes && !is_told
    });
    expected.extend(open);
    expected
}

/// Whether an event settles a key, and came after this version of the record.
fn is_news_of(base: &Record, event: &Event, key: &str) -> bool {
    let What::Mark(Mark::Settled, Details { key: Some(settled), .. }) = &event.what else {
        return false;
    };
    settled == key && !base.history.contains(event)
}

/// Whether a side keeps an alternative of the ancestor's alive that others let go: it came back
/// after its settlement, or somebody wrote under its unknown key, which no event records.
fn is_held(base: &Record, side: &Record, one: &Conflict) -> bool {
    let unknown = |record: &Record| -> Option<String> {
        record.unknown.iter().find(|(key, _)| *key == one.key).map(|(_, raw)| raw.clone())
    };
    let is_there = side.conflicts.contains(one);
    let came_back = side.history.iter().any(|event| is_news_of(base, event, &one.key));
    match side.kind.field(&one.key) {
        None if is_there => came_back || unknown(side) != unknown(base),
        None => one.value.is_some() && one.value == unknown(side).map(|raw| decode::unknown(&raw)),
        Some(field) => {
            let (recorded, _) = told(side.kind, &side.history);
            let shown = side.values.get(field.key);
            let is_typed = shown != recorded.get(field.key) && shown == one.value.as_ref();
            came_back && (is_there || (is_typed && one.at.is_none()))
        }
    }
}

fn nobodys(key: &str, value: Option<Value>) -> Conflict {
    Conflict { key: key.to_owned(), value, by: None, at: None }
}
