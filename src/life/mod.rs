//! The life of a request: what an operator may do with it now, and the events that doing it
//! leaves (`spec.md`, section 4). Pure: every command, prompt and batch asks here.
//!
//! A function returns the events of a change; none where there is nothing to change. What may not
//! be done is refused, and the message says what is allowed.

mod permission;
mod refusal;
pub mod settle;
pub mod undo;

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{Error, Result};
use crate::history::{self, Details, Mark, What};
use crate::i18n::Lang;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
pub use crate::model::request::short;
use crate::model::request::{Request, Status};
use crate::model::value::Value;
use crate::when::show;
use crate::words::in_quotes;
use crate::{say, tr};

pub use permission::permit;
pub use refusal::takes_an_answer;
use refusal::{closed, see_next, see_successor};

/// Who does something, when, and how sure of it they are.
pub struct Acting<'a> {
    /// All records.
    pub book: &'a dyn Book,
    /// The operator's id.
    pub by: &'a str,
    /// The present.
    pub now: DateTime<Utc>,
    /// Whether they take over somebody else's call (`--take-over`).
    pub take_over: bool,
    /// Whether the refusals that a patient or clinic can overrule are overruled (`--anyway`).
    pub anyway: bool,
}

/// Whose ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The patient's.
    Patient,
    /// The clinic's.
    Clinic,
}

impl Whose {
    /// The key of the request that holds them.
    pub fn key(self) -> &'static str {
        match self {
            Whose::Patient => "patient_ranges",
            Whose::Clinic => "clinic_ranges",
        }
    }
}

/// The typed view of a record, for a change.
///
/// # Errors
/// `store` where a key is missing: the file must be mended first.
pub fn request(record: &Record) -> Result<Request<'_>> {
    Request::of(record).map_err(|key| {
        let id = &record.id;
        Error::store(
            "missing-key",
            say!(
                "Заявка {id}: не читается ключ `{key}`.",
                "Request {id}: the key `{key}` can't be read."
            ),
        )
        .hint(say!("Что исправить, покажет `appt check`.", "`appt check` shows what to mend."))
    })
}

/// Whether a clinic has a specialty.
///
/// # Errors
/// `refused`: `specialty-not-offered`, with the clinics that have it.
pub fn offers(book: &dyn Book, clinic: &Record, specialty: &Record) -> Result<()> {
    let has = |clinic: &Record| clinic.texts("specialties").contains(&specialty.id.as_str());
    if has(clinic) {
        return Ok(());
    }
    let (name, title) = (in_quotes(clinic.title()), in_quotes(specialty.title()));
    let others = book.all(Kind::Clinic);
    let others: Vec<&str> =
        others.iter().filter(|clinic| has(clinic)).map(|clinic| clinic.title()).collect();
    let error = Error::refused(
        "specialty-not-offered",
        say!(lang;
            "В клинике {} нет специальности {}.",
            "{} does not offer {}.",
            name.get(lang), title.get(lang)),
    );
    let list = others.join(", ");
    Err(error.hint(if list.is_empty() {
        say!("Её нет ни в одной клинике.", "No clinic offers it.")
    } else {
        say!("Где есть: {list}.", "Offered by: {list}.")
    }))
}

impl Acting<'_> {
    /// A change of status.
    ///
    /// # Errors
    /// `refused`: `illegal-transition` and its finer kinds, `held-by-other`.
    pub fn set_status(
        &self,
        record: &Record,
        to: Status,
        reason: Option<String>,
    ) -> Result<Vec<What>> {
        let request = request(record)?;
        let from = request.status;
        if to == Status::PatientRefused && from != to {
            return self.refuse(record, reason);
        }
        if from != to {
            self.may_step(&request, to)?;
        }
        let mut whats = self.hold(record, &request)?;
        if from != to || record.conflicts.iter().any(|conflict| conflict.key == "status") {
            whats.push(What::status(from, to, request.appointment, reason));
        }
        if from == Status::Created && to == Status::InProgress && request.operator != self.by {
            whats.push(self.take(&request));
        }
        Ok(whats)
    }

    /// The patient does not want the visit (any more). Anybody may write that down.
    ///
    /// # Errors
    /// `refused` where it is written down already.
    pub fn refuse(&self, record: &Record, reason: Option<String>) -> Result<Vec<What>> {
        let request = request(record)?;
        match request.status {
            Status::PatientRefused => Err(closed(&request)),
            from => {
                Ok(vec![What::status(from, Status::PatientRefused, request.appointment, reason)])
            }
        }
    }

    /// The request makes way for a new one.
    ///
    /// # Errors
    /// `refused` where there is nothing to move.
    pub fn make_way(
        &self,
        record: &Record,
        new_id: &str,
        reason: Option<String>,
    ) -> Result<Vec<What>> {
        let request = request(record)?;
        if request.status == Status::PatientRefused {
            return Err(Error::refused(
                "nothing-to-move",
                say!(
                    "Переносить нечего: заявка закрыта.",
                    "Nothing to move: the request is closed."
                ),
            )
            .hint(match request.rescheduled_to {
                Some(successor) => see_successor(successor),
                None => say!(
                    "Оформите новую: `appt request new`.",
                    "Make a new one: `appt request new`."
                ),
            }));
        }
        let mut whats = self.hold(record, &request)?;
        whats.extend(self.refuse(record, reason)?);
        whats.push(What::set("rescheduled_to", None, Some(new_id.into())));
        Ok(whats)
    }

    /// A closed request is taken up again, by whoever reopens it.
    ///
    /// # Errors
    /// `refused` where it is open, or where another request has taken its place.
    pub fn reopen(&self, record: &Record, reason: String) -> Result<Vec<What>> {
        let request = request(record)?;
        refusal::not_moved(&request)?;
        if !request.status.can_reopen() {
            return Err(Error::refused(
                "not-closed",
                say!(lang;
                    "Заявка открыта, возвращать её не нужно: «{}».",
                    "The request is open, there is nothing to reopen: “{}”.",
                    request.status.name(lang)),
            )
            .hint(see_next(request.id)));
        }
        let details = Details { reason: Some(reason), ..Details::default() };
        let mut whats = vec![
            What::Mark(Mark::Reopened, details),
            What::status(request.status, Status::InProgress, None, None),
        ];
        if request.operator != self.by {
            whats.push(self.take(&request));
        }
        // The clinic has taken the visit off: there is no appointment to tell the patient.
        let told = request.status == Status::PatientRefused && request.clinic_told;
        if let Some(off) = request.appointment.filter(|_| told) {
            whats.push(What::set("appointment", Some(&off.into()), None));
        }
        Ok(whats)
    }

    /// The clinic named a time, or takes it back.
    ///
    /// # Errors
    /// `refused` outside `in-progress`, and where the time is past or does not suit one side
    /// (unless `anyway`).
    pub fn set_appointment(&self, record: &Record, to: Option<Instant>) -> Result<Vec<What>> {
        let request = request(record)?;
        takes_an_answer(&request)?;
        let mut whats = self.hold(record, &request)?;
        if request.appointment == to {
            whats.extend(history::said_again("appointment", record));
            return Ok(whats);
        }
        if let Some(at) = to.filter(|_| !self.anyway) {
            self.suits(&request, at)?;
        }
        whats.push(What::set(
            "appointment",
            request.appointment.map(Value::Instant).as_ref(),
            to.map(Value::Instant),
        ));
        Ok(whats)
    }

    /// New times that suit one side, instead of the old ones or besides them.
    ///
    /// # Errors
    /// `refused` where the status does not allow it, or nothing would be left.
    pub fn set_ranges(
        &self,
        record: &Record,
        whose: Whose,
        ranges: &[Range],
        add: bool,
    ) -> Result<Vec<What>> {
        let request = request(record)?;
        match whose {
            Whose::Clinic => takes_an_answer(&request)?,
            Whose::Patient if !request.status.is_open() => return Err(closed(&request)),
            Whose::Patient => {}
        }
        let mut whats = self.hold(record, &request)?;
        let old = record.values.list(whose.key());
        let mut new = if add { old.to_vec() } else { Vec::new() };
        new.extend(ranges.iter().copied().map(Value::Range));
        if whose == Whose::Patient && new.is_empty() {
            return Err(Error::refused(
                "no-ranges",
                say!(
                    "Не осталось бы ни одного удобного пациенту времени.",
                    "No time that suits the patient would be left."
                ),
            )
            .hint(say!("Укажите другое: `--patient`.", "Give another: `--patient`.")));
        }
        match history::list_change(whose.key(), old, &new) {
            Some(change) => whats.push(change),
            None => whats.extend(history::said_again(whose.key(), record)),
        }
        Ok(whats)
    }

    /// Another patient, clinic or specialty.
    ///
    /// # Errors
    /// `refused` where the clinic has answered already, or the request is closed.
    pub fn edit(&self, record: &Record, changes: &[(&'static str, Value)]) -> Result<Vec<What>> {
        let request = request(record)?;
        let mut sets = Vec::new();
        for (key, value) in changes {
            if record.values.get(key) == Some(value) {
                sets.extend(history::said_again(key, record));
                continue;
            }
            if *key == "patient" && request.status != Status::Created {
                return Err(self.too_late_for_patient(&request));
            }
            if !request.status.is_open() || request.is_answered() {
                return Err(self
                    .too_late(&request, say!("клинику и специальность", "clinic and specialty")));
            }
            sets.push(What::set(key, record.values.get(key), Some(value.clone())));
        }
        let mut whats = self.hold(record, &request)?;
        whats.extend(sets);
        Ok(whats)
    }

    /// The clinic knows that the visit is off.
    ///
    /// # Errors
    /// `refused` where there is no visit to cancel.
    pub fn clinic_told(&self, record: &Record) -> Result<Vec<What>> {
        let request = request(record)?;
        let off = request.status == Status::PatientRefused && request.appointment.is_some();
        match (off, request.clinic_told) {
            (true, false) => Ok(vec![What::mark(Mark::ClinicTold)]),
            (true, true) => Ok(Vec::new()),
            (false, _) => Err(Error::refused(
                "nothing-to-cancel",
                say!(
                    "Отменять в клинике нечего: отменённого приёма у заявки нет.",
                    "There is nothing to cancel at the clinic: the request has no visit that is off."
                ),
            )
            .hint(self.see(&request))),
        }
    }

    /// Whether they may remove the request.
    ///
    /// # Errors
    /// `refused` where it is somebody else's call.
    pub fn remove(&self, record: &Record) -> Result<()> {
        match Request::of(record) {
            Ok(request) => self.hold(record, &request).map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Whether they may change the request: it is nobody's call but theirs, or they take it over.
    fn hold(&self, record: &Record, request: &Request<'_>) -> Result<Vec<What>> {
        if request.status != Status::InProgress || request.operator == self.by {
            return Ok(Vec::new());
        }
        if self.take_over {
            return Ok(vec![What::mark(Mark::TakenOver), self.take(request)]);
        }
        let holder = self.book.get(Kind::Operator, request.operator);
        let holder = holder.as_ref().map_or(request.operator, |record| record.title());
        let since = |lang: Lang| {
            let Some(at) = held_since(record) else { return String::new() };
            let today = self.today(at);
            if at.date_naive() == today {
                return tr!(lang, ", с {}", ", since {}", show::clock(at));
            }
            tr!(
                lang,
                ", с {} {}",
                ", since {} {}",
                show::date_text(at.date_naive(), today, lang),
                show::clock(at)
            )
        };
        Err(Error::refused(
            "held-by-other",
            say!(lang;
                "Сейчас у заявки другой оператор: {}{}.",
                "The request is held by {}{}.",
                holder, since(lang)),
        )
        .hint(say!("Чтобы взять её себе: `--take-over`.", "To take it over: `--take-over`.")))
    }

    fn take(&self, request: &Request<'_>) -> What {
        What::set("operator", Some(&request.operator.into()), Some(self.by.into()))
    }

    fn today(&self, at: Instant) -> NaiveDate {
        self.now.with_timezone(at.offset()).date_naive()
    }
}

/// Since when the present holder holds the request.
fn held_since(record: &Record) -> Option<Instant> {
    let in_progress = Value::from(Status::InProgress.code());
    record.history.iter().rev().find_map(|event| match &event.what {
        What::Set { key: "operator", .. } => Some(event.at),
        What::Set { key: "status", to: Some(to), .. } if *to == in_progress => Some(event.at),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
