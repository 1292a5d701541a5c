//! What a cache is asked for, and answers as the files would: by what it knows of each record it
//! finds those that may be wanted, and names those whose files must be read.

use std::rc::Rc;
use std::time::Instant;

use crate::format::layout;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::sieve::Sieve;
use crate::store::bulk;
use crate::store::cache::fact::{self, Mesh};
use crate::store::cache::holding::Holding;
use crate::store::cache::pack::Depth;
use crate::store::cache::renew::ANY;
use crate::store::cache::walk::{self, Code, State};
use crate::store::cache::{Cache, Level, MANY, Part, STALE};
use crate::threads;
use crate::words::base32;

/// A record that a cache was asked for.
pub enum Answer {
    /// It is as it was.
    Known(Box<Record>),
    /// The file must be read.
    Read,
    /// There is none.
    Nothing,
}

/// What a sieve lets through.
#[derive(Default)]
pub struct Sifted {
    /// The records that the cache has.
    pub known: Vec<Record>,
    /// The ids of those whose files must be read.
    pub unread: Vec<String>,
}

impl Cache<'_> {
    /// The ids of a kind as they are now; none where the cache can't tell.
    pub fn ids(&self, kind: Kind) -> Option<Vec<String>> {
        let codes = self.codes(kind)?;
        Some(codes.into_iter().map(|code| walk::id(kind, code)).collect())
    }

    /// What tells the ids of a kind from each other, as numbers, sorted: of requests their random
    /// parts, of patients the whole.
    pub fn parts(&self, kind: Kind) -> Option<Vec<u64>> {
        if kind != Kind::Request {
            return self.codes(kind);
        }
        let part = self.part(kind, Level::Names)?;
        let known = part.holding.parts();
        let mut parts = known.and_then(|known| part.renewed(known)).unwrap_or_else(|| {
            // In no order.
            part.codes().map(walk::part).collect()
        });
        // What is in order but for its end is sorted in one pass.
        parts.sort();
        Some(parts)
    }

    /// The ids of the requests whose random part begins so.
    pub fn requests_like(&self, beginning: &str) -> Option<Vec<String>> {
        let missing = 5 * layout::REQUEST_PART.checked_sub(beginning.len())?;
        let wanted = base32::decode(beginning)?;
        let span = wanted << missing..=(wanted << missing | ((1 << missing) - 1));
        let codes = match self.register().and_then(|register| register.with_part(&span)) {
            Some(codes) => codes,
            None => {
                let mut codes = self.codes(Kind::Request)?;
                codes.retain(|code| span.contains(&walk::part(*code)));
                codes
            }
        };
        Some(codes.into_iter().map(|code| walk::id(Kind::Request, code)).collect())
    }

    /// The ids of the requests that are known to be of these patients or of those merged into them,
    /// or that may be. What somebody wrote into a file in place since, to make it theirs, is not seen:
    /// see `register`.
    pub fn requests_known_of<'p>(
        &self,
        patients: impl Iterator<Item = &'p str>,
    ) -> Option<Vec<String>> {
        let codes = patients.map(|id| walk::code(Kind::Patient, id)).collect::<Option<_>>()?;
        let codes = self.register()?.of(self.handle()?, codes)?;
        Some(codes.into_iter().map(|code| walk::id(Kind::Request, code)).collect())
    }

    /// The ids of the requests that may be of the patient that an id leads to.
    pub fn requests_of(&self, patient: &str) -> Option<Vec<String>> {
        let part = self.part(Kind::Request, Level::All)?;
        let patients = self.part(Kind::Patient, Level::All)?.family(patient)?;
        let states = part.states.borrow();
        let fits = |row: &usize| match states[*row] {
            State::Gone => false,
            State::Changed | State::Unknown => true,
            State::Same => {
                let subject = part.holding.subject(*row);
                subject == u64::MAX || patients.binary_search(&subject).is_ok()
            }
        };
        let rows = (0..part.holding.codes.len()).filter(fits);
        let mut codes: Vec<Code> =
            rows.map(|row| part.holding.codes[row]).chain(part.fresh.iter().copied()).collect();
        codes.sort_unstable();
        Some(codes.into_iter().map(|code| walk::id(Kind::Request, code)).collect())
    }

    /// The patients that may have a passport.
    pub fn patients_with(&self, passport: &str) -> Option<Sifted> {
        let part = self.part(Kind::Patient, Level::All)?;
        let wanted = fact::hash(passport);
        let states = part.states.borrow();
        let mut sifted = Sifted::default();
        let mut reader = part.holding.reader(false);
        for (row, state) in states.iter().enumerate() {
            match state {
                State::Gone => continue,
                State::Same if part.holding.subject(row) != wanted => continue,
                State::Same => {
                    if let Some(record) = reader.record(row, Depth::Whole) {
                        sifted.known.push(record);
                        continue;
                    }
                }
                State::Changed | State::Unknown => {}
            }
            sifted.unread.push(walk::id(Kind::Patient, part.holding.codes[row]));
        }
        sifted.unread.extend(part.fresh.iter().map(|code| walk::id(Kind::Patient, *code)));
        Some(sifted)
    }

    fn codes(&self, kind: Kind) -> Option<Vec<Code>> {
        let part = self.part(kind, Level::Names)?;
        let mut codes: Vec<Code> = part.codes().collect();
        codes.sort_unstable();
        Some(codes)
    }

    /// What lies among a kind's records and is none.
    pub fn strangers(&self, kind: Kind) -> Option<Vec<String>> {
        let part = self.part(kind, Level::All)?;
        Some(part.strangers.clone())
    }

    /// The same, as far as it was found out while something else was asked.
    pub fn strangers_seen(&self, kind: Kind) -> Option<Vec<String>> {
        Some(self.parts.borrow().get(&kind)?.as_ref()?.strangers.clone())
    }

    /// A record by its id, of a kind whose states were looked at already.
    pub fn get(&self, kind: Kind, id: &str) -> Answer {
        let parts = self.parts.borrow();
        let Some(Some(part)) = parts.get(&kind) else { return Answer::Read };
        if part.level < Level::All {
            return Answer::Read;
        }
        let Some(code) = walk::code(kind, id) else { return Answer::Nothing };
        match part.holding.row(code) {
            Some(row) => match part.states.borrow()[row] {
                State::Same => match part.holding.reader(false).record(row, Depth::Whole) {
                    Some(record) => Answer::Known(Box::new(record)),
                    None => Answer::Read,
                },
                _ => Answer::Read,
            },
            None if part.fresh.contains(&code) => Answer::Read,
            None => Answer::Nothing,
        }
    }

    /// What a patient is called, where the cache knows it: the names that [`Cache::sift`] took with
    /// the requests.
    pub fn title(&self, id: &str) -> Option<String> {
        let code = walk::code(Kind::Patient, id)?;
        let parts = self.parts.borrow();
        let part = parts.get(&Kind::Patient)?.as_ref()?;
        part.titles.borrow().get(&code).cloned().flatten()
    }

    /// All records of a kind that a sieve may want, in the order of their ids.
    pub fn sift(&self, kind: Kind, sieve: &Sieve, depth: Depth) -> Option<Sifted> {
        let mut known = Vec::new();
        let mut keep = |record| {
            known.push(record);
            None
        };
        let unread = self.each(kind, sieve, depth, &mut keep)?;
        Some(Sifted { known, unread })
    }

    /// Shows those of them that it has one by one, and lets go of what is given back; the ids of
    /// those whose files must be read.
    pub fn each(
        &self,
        kind: Kind,
        sieve: &Sieve,
        depth: Depth,
        look: &mut dyn FnMut(Record) -> Option<Record>,
    ) -> Option<Vec<String>> {
        let part = self.part(kind, Level::All)?;
        let started = Instant::now();
        let patients = match &sieve.patient {
            Some(id) => Some(self.part(Kind::Patient, Level::All)?.family(id)?),
            None => None,
        };
        let mesh = Mesh::new(&part.holding.words, sieve, patients);
        let by_name = part.named(&sieve.names);
        let is_named = |row: usize| by_name.as_ref().is_none_or(|named| named[row]);
        let states = part.states.borrow();
        let (holding, states) = (&part.holding, states.as_slice());
        let wants = |row: &usize| match states[*row] {
            State::Same => is_named(*row) && mesh.lets(&holding.fact(*row)),
            State::Gone => false,
            State::Changed | State::Unknown => true,
        };
        let starts: Vec<usize> = (0..states.len()).step_by(walk::PIECE).collect();
        let wanted = threads::share(&starts, states.len() >= walk::MANY, || {
            let end = |start: usize| states.len().min(start + walk::PIECE);
            move |start: &usize| (*start..end(*start)).filter(wants).collect::<Vec<_>>()
        });
        let is_known = |row: &usize| states[*row] == State::Same;
        let (rows, unknown): (Vec<usize>, Vec<usize>) =
            wanted.into_iter().flatten().partition(is_known);
        let mut unread: Vec<String> =
            unknown.into_iter().map(|row| walk::id(kind, holding.codes[row])).collect();
        unread.extend(part.fresh.iter().map(|code| walk::id(kind, *code)));
        if kind == Kind::Request && depth == Depth::Brief {
            self.name_patients(&part.holding, &rows);
        }
        self.note(|report| report.time += started.elapsed());
        let asked = rows.len() + unread.len();
        let mut reader = part.holding.reader(rows.len() > MANY);
        let unpack = |row: &usize| reader.record(*row, depth).ok_or(*row);
        let mut take = |unpacked: Result<Record, usize>| match unpacked {
            Ok(record) => look(record).map(Ok),
            Err(row) => {
                unread.push(walk::id(kind, part.holding.codes[row]));
                None
            }
        };
        threads::feed(&rows, rows.len() >= bulk::MANY, unpack, &mut take);
        self.note(|report| {
            report.taken += asked - unread.len();
            report.read += unread.len();
        });
        Some(unread)
    }

    /// Looks up the names of the patients of some requests.
    fn name_patients(&self, requests: &Holding, rows: &[usize]) {
        let (Some(part), Some(root)) = (self.patients(), self.handle()) else { return };
        let mut subjects: Vec<Code> = rows.iter().map(|row| requests.subject(*row)).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let wanted = part.holding.rows(&subjects);
        let mut states = part.states.borrow_mut();
        let unknown: Vec<usize> =
            wanted.iter().copied().filter(|row| states[*row] == State::Unknown).collect();
        part.holding.known().look_at(root, &unknown, &mut states);
        self.note(|report| report.looked += unknown.len());
        let (holding, states) = (&part.holding, states.as_slice());
        let pieces: Vec<&[usize]> = wanted.chunks(walk::PIECE).collect();
        let named = threads::share(&pieces, wanted.len() >= bulk::MANY, || {
            let mut reader = holding.reader(wanted.len() > MANY);
            let mut title = move |row: usize| {
                let is_plain = states[row] == State::Same && !holding.is_linked(holding.codes[row]);
                let record = if is_plain { reader.record(row, Depth::Brief) } else { None };
                record.map(|record| record.title().to_owned())
            };
            move |rows: &&[usize]| rows.iter().map(|row| title(*row)).collect::<Vec<_>>()
        });
        let codes = wanted.iter().map(|row| holding.codes[*row]);
        part.titles.borrow_mut().extend(codes.zip(named.into_iter().flatten()));
    }

    /// The patients, as they were cached; where they never were, they are now.
    fn patients(&self) -> Option<Rc<Part>> {
        let part = self.part(Kind::Patient, Level::Some)?;
        match part.holding.codes.is_empty() {
            true => self.part(Kind::Patient, Level::All),
            false => Some(part),
        }
    }
}

impl Part {
    /// All records that there are.
    fn codes(&self) -> impl Iterator<Item = Code> {
        let states = self.states.borrow();
        let codes = self.holding.codes.iter().zip(states.iter());
        let there: Vec<Code> =
            codes.filter(|(_, state)| **state != State::Gone).map(|(code, _)| *code).collect();
        there.into_iter().chain(self.fresh.iter().copied())
    }

    /// The random parts of all requests, of those of the cache, in order, and with the new ones at
    /// the end; none where many are gone.
    fn renewed(&self, mut parts: Vec<u64>) -> Option<Vec<u64>> {
        let states = self.states.borrow();
        let gone = (0..states.len()).filter(|row| states[*row] == State::Gone);
        let gone: Vec<u64> = gone.map(|row| walk::part(self.holding.codes[row])).collect();
        if gone.len() > STALE {
            return None;
        }
        for part in gone {
            parts.remove(parts.binary_search(&part).ok()?);
        }
        parts.extend(self.fresh.iter().map(|code| walk::part(*code)));
        Some(parts)
    }

    /// A patient, and all who may be merged into them, in order.
    fn family(&self, id: &str) -> Option<Vec<Code>> {
        let states = self.states.borrow();
        let rows = (0..self.holding.codes.len()).filter(|row| states[*row] == State::Changed);
        let mut family: Vec<Code> = rows.map(|row| self.holding.codes[row]).collect();
        family.extend(&self.fresh);
        family.extend(self.holding.linked.iter().map(|(code, _)| *code));
        family.push(walk::code(Kind::Patient, id)?);
        family.sort_unstable();
        Some(family)
    }

    /// For each row whether its name may have words that begin so; none where no names are wanted.
    fn named(&self, beginnings: &[String]) -> Option<Vec<bool>> {
        if beginnings.is_empty() || self.holding.kind != Kind::Patient {
            return None;
        }
        let keys = self.holding.key_lines();
        // Damaged keys tell nothing.
        if memchr::memchr_iter(b'\n', keys).count() != self.holding.codes.len() {
            return None;
        }
        let mut found = vec![0; self.holding.codes.len()];
        for (before, word) in beginnings.iter().enumerate() {
            lines_with(keys, word, &mut |line| {
                if found[line] == before {
                    found[line] += 1;
                }
            });
        }
        lines_with(keys, ANY, &mut |line| found[line] = beginnings.len());
        Some(found.into_iter().map(|count| count == beginnings.len()).collect())
    }
}

/// The lines in which a word begins so, by their numbers, in order. Of keys that may be looked for,
/// so by bytes and all at once.
fn lines_with(keys: &[u8], beginning: &str, look: &mut dyn FnMut(usize)) {
    let (mut line, mut from) = (0, 0);
    for at in memchr::memmem::find_iter(keys, beginning) {
        let before = at.checked_sub(1).map_or(b'\n', |before| keys[before]);
        if matches!(before, b'\n' | b' ') {
            line += memchr::memchr_iter(b'\n', &keys[from..at]).count();
            from = at;
            look(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_found_by_how_their_words_begin(
            keys in proptest::collection::vec("([аб]{0,3} ?){0,4}", 0..6),
            beginning in "[аб]{1,3}",
        ) {
            let text: String = keys.iter().flat_map(|key| [key.as_str(), "\n"]).collect();
            let mut found = Vec::new();
            lines_with(text.as_bytes(), &beginning, &mut |line| found.push(line));
            found.dedup();
            let has = |key: &str| key.split(' ').any(|word| word.starts_with(&beginning));
            let wanted: Vec<usize> = (0..keys.len()).filter(|at| has(&keys[*at])).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
