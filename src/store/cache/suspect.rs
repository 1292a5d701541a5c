//! Which records a check must look at: all but those that were in order alone when this program
//! last read them, and that no rule about other records or the clock can find fault with.
//!
//! Whoever is suspected without reason costs a reading; nobody who has a finding is let go.

use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::check::rules::future_event;
use crate::maps::{Map, Set};
use crate::model::book::{Book, Visit};
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{Request, Status, VISITS_APART};
use crate::store::cache::fact::{self, Fact};
use crate::store::cache::walk::{self, Code, State};
use crate::store::cache::{Cache, Level, Part};
use crate::store::library::Library;

/// The rules about other records or the clock whose findings are foreseen here.
#[cfg(test)]
const HEEDED: [&str; 7] = [
    "dangling-reference",
    "specialty-not-offered",
    "duplicate-passport",
    "broken-link",
    "double-booking",
    "overdue",
    "future-event",
];

/// How near two visits of one patient may be a finding, in seconds.
const APART: i64 = VISITS_APART.num_seconds();
/// How far ahead an event may be a finding, in seconds: a little less than the rule has.
const AHEAD: i64 = future_event::AHEAD.num_seconds() - 60;

/// Who is suspected.
pub struct Suspects {
    /// The kinds and ids, in order.
    pub ids: Vec<(Kind, String)>,
    /// The visits that lie near another of the same patient, in the order of the requests' ids.
    pub visits: Vec<Visit>,
}

/// The records of the kinds that have few, as numbers of words.
struct Small {
    clinics: Numbers,
    specialties: Numbers,
    operators: Numbers,
    /// The operators as bits.
    authors: u64,
    /// The specialties of each clinic, by its number.
    offers: Vec<Numbers>,
}

/// A set of numbers of words: asked of every record.
#[derive(Default, Clone)]
struct Numbers(Vec<bool>);

impl Numbers {
    fn has(&self, number: u16) -> bool {
        self.0.get(usize::from(number)).is_some_and(|is_there| *is_there)
    }
}

impl FromIterator<u16> for Numbers {
    fn from_iter<I: IntoIterator<Item = u16>>(numbers: I) -> Numbers {
        let mut set = Numbers::default();
        for number in numbers.into_iter().map(usize::from) {
            set.0.resize(set.0.len().max(number + 1), false);
            set.0[number] = true;
        }
        set
    }
}

/// Codes in order, and where those of each beginning start: each request's patient is looked for among
/// all patients, and found in a step or two.
struct Sorted<'c> {
    codes: &'c [Code],
    /// How many bits follow the beginning.
    rest: u32,
    starts: Vec<usize>,
}

impl<'c> Sorted<'c> {
    fn new(codes: &'c [Code]) -> Sorted<'c> {
        let bits = |number: u64| u64::BITS - number.leading_zeros();
        // About as many beginnings as there are codes.
        let rest =
            codes.last().map_or(0, |last| bits(*last).saturating_sub(bits(codes.len() as u64)));
        let mut starts = Vec::with_capacity(codes.len() * 2);
        for (at, code) in codes.iter().enumerate() {
            let beginning = (code >> rest) as usize;
            starts.resize(starts.len().max(beginning + 1), at);
        }
        starts.push(codes.len());
        Sorted { codes, rest, starts }
    }

    /// The place of a code.
    fn place(&self, code: Code) -> Option<usize> {
        let beginning = (code >> self.rest) as usize;
        let (start, end) = (*self.starts.get(beginning)?, *self.starts.get(beginning + 1)?);
        self.codes[start..end].binary_search(&code).ok().map(|at| start + at)
    }
}

/// A visit by its patient, its time, and its request.
type Booked = (Code, i64, Code);

impl Cache<'_> {
    /// Whom a check must look at; none where the cache can't tell.
    pub fn suspects(&self, library: &Library<'_>, now: DateTime<Utc>) -> Option<Suspects> {
        let patients = self.part(Kind::Patient, Level::Judged)?;
        let requests = self.part(Kind::Request, Level::Judged)?;
        let now = now.timestamp();
        let small = Small::of(library, &requests);
        let twins = patients.twins(library);
        let mut ids = patients.suspects(now, &small, |fact| !fact.has(fact::LINKED), &twins);
        let survivors = survivors(library, &patients);
        let visits = booked(library, &requests, &survivors);
        let near = near(&visits);
        let (sorted, states) = (Sorted::new(&patients.holding.codes), patients.states.borrow());
        let patient_is_there = |fact: &Fact| match sorted.place(fact.subject) {
            Some(row) => states[row] != State::Gone,
            None => patients.fresh.binary_search(&fact.subject).is_ok(),
        };
        let in_order = |fact: &Fact| {
            !fact.has(fact::STRAY | fact::LINKED) && small.has(fact) && patient_is_there(fact)
        };
        let involved: Set<Code> = near.iter().map(|(_, _, request)| *request).collect();
        ids.extend(requests.suspects(now, &small, in_order, &involved));
        let mut visits: Vec<Visit> = near.into_iter().filter_map(visit).collect();
        visits.sort_by(|a, b| a.request.cmp(&b.request));
        Some(Suspects { ids, visits })
    }
}

impl Part {
    /// The suspects of a kind, in order: `in_order` says of a fact that the other records have
    /// nothing against it, `involved` are suspects at any rate.
    fn suspects(
        &self,
        now: i64,
        small: &Small,
        in_order: impl Fn(&Fact) -> bool,
        involved: &Set<Code>,
    ) -> Vec<(Kind, String)> {
        let states = self.states.borrow();
        let kind = self.holding.kind;
        let is_suspect = |row: &usize| match states[*row] {
            State::Gone => false,
            State::Changed | State::Unknown => true,
            State::Same => {
                let fact = self.holding.fact(*row);
                !fact.has(fact::CLEAN)
                    || fact.deadline <= now
                    || fact.latest > now + AHEAD
                    || fact.authors & !small.authors != 0
                    || involved.contains(&self.holding.codes[*row])
                    || !in_order(&fact)
            }
        };
        let rows = (0..self.holding.codes.len()).filter(is_suspect);
        let mut codes: Vec<Code> =
            rows.map(|row| self.holding.codes[row]).chain(self.fresh.iter().copied()).collect();
        codes.sort_unstable();
        codes.into_iter().map(|code| (kind, walk::id(kind, code))).collect()
    }

    /// The patients whose passport another may have too.
    fn twins(&self, library: &Library<'_>) -> Set<Code> {
        let mut passports: Vec<(u64, Code)> = self
            .same()
            .filter(|(_, fact)| !fact.has(fact::LINKED))
            .map(|(code, fact)| (fact.subject, code))
            .collect();
        let read = self.unread().filter_map(|code| {
            let record = library.get(Kind::Patient, &walk::id(Kind::Patient, code))?;
            let passport = record.text("passport").filter(|_| record.text("merged_into").is_none());
            Some((fact::hash(passport?), code))
        });
        passports.extend(read);
        passports.sort_unstable();
        let same = passports.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
        same.flatten().map(|(_, code)| *code).collect()
    }

    /// The records that are as they were, with what is known of them.
    fn same(&self) -> impl Iterator<Item = (Code, Fact)> {
        let states = self.states.borrow();
        let rows: Vec<usize> =
            (0..self.holding.codes.len()).filter(|row| states[*row] == State::Same).collect();
        rows.into_iter().map(|row| (self.holding.codes[row], self.holding.fact(row)))
    }

    /// The records whose files are read.
    fn unread(&self) -> impl Iterator<Item = Code> {
        let states = self.states.borrow();
        let changed = |row: &usize| states[*row] == State::Changed;
        let rows = (0..self.holding.codes.len()).filter(changed);
        let codes: Vec<Code> =
            rows.map(|row| self.holding.codes[row]).chain(self.fresh.iter().copied()).collect();
        codes.into_iter()
    }
}

/// Where the patients lead that were merged into others, or may have been.
fn survivors(library: &Library<'_>, patients: &Part) -> Map<Code, Code> {
    let linked = patients.same().filter(|(_, fact)| fact.has(fact::LINKED)).map(|(code, _)| code);
    let lead = |code: Code| {
        let survivor = library.patient(&walk::id(Kind::Patient, code))?;
        Some((code, walk::code(Kind::Patient, &survivor.id)?))
    };
    linked.chain(patients.unread()).filter_map(lead).collect()
}

/// The visits that stand.
fn booked(library: &Library<'_>, requests: &Part, survivors: &Map<Code, Code>) -> Vec<Booked> {
    let lead = |code: Code| survivors.get(&code).copied().unwrap_or(code);
    let known = requests.same().filter(|(_, fact)| {
        fact.visit != i64::MIN && fact.status().is_some_and(|s| s != Status::PatientRefused)
    });
    let mut visits: Vec<Booked> =
        known.map(|(code, fact)| (lead(fact.subject), fact.visit, code)).collect();
    visits.extend(requests.unread().filter_map(|code| {
        let record = library.get(Kind::Request, &walk::id(Kind::Request, code))?;
        let request = Request::of(&record).ok().filter(Request::has_visit)?;
        let patient = walk::code(Kind::Patient, request.patient)?;
        Some((lead(patient), request.appointment?.timestamp(), code))
    }));
    visits
}

/// Those of them that lie near another one of the same patient.
fn near(visits: &[Booked]) -> Vec<Booked> {
    let mut sorted = visits.to_vec();
    sorted.sort_unstable();
    let is_near = |a: &Booked, b: &Booked| a.0 == b.0 && b.1 - a.1 <= APART;
    let mut near = Vec::new();
    for group in sorted.chunk_by(is_near).filter(|group| group.len() > 1) {
        near.extend_from_slice(group);
    }
    near
}

/// A visit as the rules see it. Facts count whole seconds, and so do the visits that have one.
fn visit((patient, at, request): Booked) -> Option<Visit> {
    let at: Instant = DateTime::from_timestamp(at, 0)?.fixed_offset();
    Some(Visit {
        patient: walk::id(Kind::Patient, patient),
        request: walk::id(Kind::Request, request),
        at,
    })
}

impl Small {
    fn of(library: &Library<'_>, part: &Part) -> Small {
        let words = &part.holding.words;
        let numbers = |kind: Kind| -> Numbers {
            let there = library.ids(kind);
            there
                .iter()
                .filter(|id| library.has(kind, id))
                .filter_map(|id| words.number(id))
                .collect()
        };
        let operators = numbers(Kind::Operator);
        let offered = |clinic: Rc<Record>| {
            let offered = clinic.texts("specialties").into_iter();
            let offered: Numbers = offered.filter_map(|id| words.number(id)).collect();
            Some((usize::from(words.number(&clinic.id)?), offered))
        };
        let mut offers: Vec<Numbers> = Vec::new();
        for (clinic, offered) in library.all(Kind::Clinic).into_iter().filter_map(offered) {
            offers.resize(offers.len().max(clinic + 1), Numbers::default());
            offers[clinic] = offered;
        }
        Small {
            clinics: numbers(Kind::Clinic),
            specialties: numbers(Kind::Specialty),
            authors: (0..64).filter(|n| operators.has(*n)).fold(0, |all, n| all | 1 << n),
            operators,
            offers,
        }
    }

    /// Whether all that a request refers to is there, and its clinic has its specialty if that
    /// matters.
    fn has(&self, fact: &Fact) -> bool {
        let is_open = fact.status().is_none_or(Status::is_open);
        let offers = |clinic: u16, specialty: u16| {
            self.offers.get(usize::from(clinic)).is_some_and(|offered| offered.has(specialty))
        };
        self.clinics.has(fact.clinic)
            && self.specialties.has(fact.specialty)
            && self.operators.has(fact.operator)
            && (!is_open || offers(fact.clinic, fact.specialty))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check::rules;

    proptest! {
        #[test]
        fn a_code_is_found_where_it_is(
            codes in prop::collection::btree_set(prop_oneof![0..9u64, 0..1u64 << 50, any::<u64>()], 0..99),
            others in prop::collection::vec(prop_oneof![0..9u64, any::<u64>()], 0..9),
        ) {
            let codes: Vec<Code> = codes.into_iter().collect();
            let sorted = Sorted::new(&codes);
            for code in codes.iter().chain(&others) {
                prop_assert_eq!(sorted.place(*code), codes.binary_search(code).ok());
            }
        }
    }

    #[test]
    fn every_rule_that_looks_beyond_its_record_is_heeded() {
        let wide = rules::ALL.iter().filter(|rule| rule.is_wide());
        for rule in wide {
            assert!(HEEDED.contains(&rule.name), "{}: whom may it find?", rule.name);
        }
    }
}
