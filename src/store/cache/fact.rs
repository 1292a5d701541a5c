//! What is known of a record without unpacking it: enough to tell that a list does not want it, or
//! that no rule can have anything against it.

use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status, Step};
use crate::model::sieve::Sieve;
use crate::store::cache::pack::Words;
use crate::store::cache::walk::{self, Code};

/// A word, status or step that is none of those that have a number.
pub const OTHER: u16 = u16::MAX;
/// The same for a status or a step.
const NONE: u8 = u8::MAX;

/// It names another record of its kind: a move of a request, a merge of patients.
pub const LINKED: u8 = 1;
/// The rules that look at nothing but the record found nothing, when this program last looked.
pub const CLEAN: u8 = 2;
/// It names no patient that could be one.
pub const STRAY: u8 = 4;

/// The bytes of a fact that lists ask for.
pub const LIGHT: usize = 20;
/// The bytes of the rest, which only a check asks for.
pub const DEEP: usize = 24;

/// What is known of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// The patient of a request; a hash of a patient's passport.
    pub subject: u64,
    /// The appointment, in seconds; the least number where there is none.
    pub visit: i64,
    /// From when on an open request is overdue, in seconds; the greatest number for never.
    pub deadline: i64,
    /// The latest moment of its history, in seconds.
    pub latest: i64,
    /// The operators in its history, a bit each by their word's number; all bits where there is one
    /// that has none.
    pub authors: u64,
    /// The words of its references.
    pub clinic: u16,
    /// The specialty.
    pub specialty: u16,
    /// The holder.
    pub operator: u16,
    /// Who made it.
    pub maker: u16,
    /// The place of its status in `Status::ALL`.
    pub status: u8,
    /// The place of its next step in `Step::ALL`.
    pub next: u8,
    /// [`LINKED`], [`CLEAN`], [`STRAY`].
    pub flags: u8,
}

impl Fact {
    /// That nothing is known.
    pub const UNKNOWN: Fact = Fact {
        subject: u64::MAX,
        visit: i64::MIN,
        deadline: i64::MIN,
        latest: i64::MAX,
        authors: u64::MAX,
        clinic: OTHER,
        specialty: OTHER,
        operator: OTHER,
        maker: OTHER,
        status: NONE,
        next: NONE,
        flags: STRAY,
    };

    /// What is to be known of a record.
    pub fn of(words: &Words, record: &Record) -> Fact {
        let word = |key: &str| record.text(key).and_then(|id| words.number(id)).unwrap_or(OTHER);
        let maker = record.history.first().and_then(|event| words.number(&event.by));
        let latest = record.history.iter().map(|event| event.at.timestamp()).max();
        let bit = |by: &str| match words.number(by) {
            Some(number) if number < 64 => 1 << number,
            _ => u64::MAX,
        };
        let mut fact = Fact {
            latest: latest.unwrap_or(i64::MIN),
            authors: record.history.iter().fold(0, |all, event| all | bit(&event.by)),
            clinic: word("clinic"),
            specialty: word("specialty"),
            operator: word("operator"),
            maker: maker.unwrap_or(OTHER),
            flags: 0,
            ..Fact::UNKNOWN
        };
        match record.kind {
            Kind::Patient => fact.of_patient(record),
            _ => fact.of_request(record),
        }
        fact
    }

    fn of_patient(&mut self, record: &Record) {
        self.subject = record.text("passport").map_or(0, hash);
        self.deadline = i64::MAX;
        if record.text("merged_into").is_some() {
            self.flags |= LINKED;
        }
    }

    fn of_request(&mut self, record: &Record) {
        match record.text("patient").and_then(|id| walk::code(Kind::Patient, id)) {
            Some(code) => self.subject = code,
            None => self.flags |= STRAY,
        }
        let links = ["rescheduled_from", "rescheduled_to"];
        if links.iter().any(|key| record.text(key).is_some()) {
            self.flags |= LINKED;
        }
        let Ok(request) = Request::of(record) else { return };
        let place = |at: Option<usize>| at.and_then(|at| u8::try_from(at).ok()).unwrap_or(NONE);
        self.status = place(Status::ALL.iter().position(|status| *status == request.status));
        self.next = place(Step::ALL.iter().position(|step| *step == request.next()));
        self.visit = request.appointment.map_or(i64::MIN, |at| at.timestamp());
        self.deadline = request.overdue_from().map_or(i64::MAX, |at| at.timestamp());
    }

    /// The status, where it has one.
    pub fn status(&self) -> Option<Status> {
        Status::ALL.get(usize::from(self.status)).copied()
    }

    /// The next step, where it has one.
    pub fn next(&self) -> Option<Step> {
        Step::ALL.get(usize::from(self.next)).copied()
    }

    /// Whether it has a flag.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Writes down what lists ask for; the subject aside.
    pub fn put_light(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.visit.to_le_bytes());
        for number in [self.clinic, self.specialty, self.operator, self.maker] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&[self.status, self.next, self.flags, 0]);
    }

    /// Writes down the rest.
    pub fn put_deep(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.deadline.to_le_bytes());
        out.extend_from_slice(&self.latest.to_le_bytes());
        out.extend_from_slice(&self.authors.to_le_bytes());
    }

    /// Reads it back. Without the rest, that is as if nothing were known of it.
    pub fn get(subject: u64, light: &[u8], deep: Option<&[u8]>) -> Fact {
        let eight = |bytes: &[u8], at: usize| {
            u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight"))
        };
        let two = |at: usize| u16::from_le_bytes([light[at], light[at + 1]]);
        let fact = Fact {
            subject,
            visit: eight(light, 0) as i64,
            clinic: two(8),
            specialty: two(10),
            operator: two(12),
            maker: two(14),
            status: light[16],
            next: light[17],
            flags: light[18],
            ..Fact::UNKNOWN
        };
        match deep {
            Some(deep) => Fact {
                deadline: eight(deep, 0) as i64,
                latest: eight(deep, 8) as i64,
                authors: eight(deep, 16),
                ..fact
            },
            None => fact,
        }
    }
}

/// Sixty-four bits of a text, for telling texts apart.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A sieve in numbers.
pub struct Mesh<'s> {
    sieve: &'s Sieve,
    words: [Option<u16>; 4],
    patients: Option<Vec<Code>>,
}

impl<'s> Mesh<'s> {
    /// A sieve in the numbers of these words; `patients` are all whose requests it wants.
    pub fn new(words: &Words, sieve: &'s Sieve, patients: Option<Vec<Code>>) -> Mesh<'s> {
        let wanted = [&sieve.clinic, &sieve.specialty, &sieve.holder, &sieve.maker];
        // A word that has no number is no record's that has one.
        let number = |id: &String| words.number(id).unwrap_or(OTHER - 1);
        Mesh { sieve, words: wanted.map(|id| id.as_ref().map(number)), patients }
    }

    /// Whether a record may be wanted. Where it can't be told, it may.
    pub fn lets(&self, fact: &Fact) -> bool {
        let sieve = self.sieve;
        let own = [fact.clinic, fact.specialty, fact.operator, fact.maker];
        let status = fact.status();
        let may_be = |wanted: &[Status]| {
            wanted.is_empty() || status.is_none_or(|status| wanted.contains(&status))
        };
        may_be(&sieve.statuses)
            && (!sieve.queued
                || status.is_none_or(Status::is_open)
                || fact.next() == Some(Step::TellClinic))
            && sieve.next.is_none_or(|next| status.is_none() || fact.next() == Some(next))
            && self
                .words
                .iter()
                .zip(own)
                .all(|(wanted, own)| wanted.is_none_or(|wanted| own == OTHER || own == wanted))
            && self
                .patients
                .as_ref()
                .is_none_or(|wanted| fact.has(STRAY) || wanted.binary_search(&fact.subject).is_ok())
            && sieve.visit.as_ref().is_none_or(|days| days.contains(&fact.visit))
    }
}
