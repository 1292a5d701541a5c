//! The life of a request: what an operator may do with it now, and the events that doing it
//! leaves (`spec.md`, section 4). Pure: every command, prompt and batch asks here.
//!
//! A function returns the events of a change; none where there is nothing to change. What may not
//! be done is refused, and the message says what is allowed.

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{Error, Result};
use crate::history::{self, Details, Mark, What};
use crate::i18n::{Lang, Text};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::model::value::Value;
use crate::say;
use crate::when::show;

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
    let (name, title) = (clinic.title(), specialty.title());
    let others = book.all(Kind::Clinic);
    let others: Vec<&str> =
        others.iter().filter(|clinic| has(clinic)).map(|clinic| clinic.title()).collect();
    let error = Error::refused(
        "specialty-not-offered",
        say!(
            "В клинике «{name}» нет специальности «{title}».",
            "“{name}” does not offer “{title}”."
        ),
    );
    let list = others.join(", ");
    Err(error.hint(if list.is_empty() {
        say!("Её нет ни в одной клинике.", "No clinic offers it.")
    } else {
        say!("Где есть: {list}.", "Offered by: {list}.")
    }))
}

/// The short name of a request, for messages and the commands in them.
pub fn short(id: &str) -> &str {
    id.split_once('-').map_or(id, |(_, part)| part)
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
        if from != to {
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
            .hint(say!(
                "Оформите новую: `appt request new`.",
                "Make a new one: `appt request new`."
            )));
        }
        let mut whats = self.refuse(record, reason)?;
        whats.push(What::set("rescheduled_to", None, Some(new_id.into())));
        Ok(whats)
    }

    /// A closed request is taken up again, by whoever reopens it.
    ///
    /// # Errors
    /// `refused` where it is open, or where another request has taken its place.
    pub fn reopen(&self, record: &Record, reason: String) -> Result<Vec<What>> {
        let request = request(record)?;
        if let Some(successor) = request.rescheduled_to {
            let part = short(successor);
            return Err(Error::refused(
                "rescheduled",
                say!(
                    "Заявку уже перенесли: вместо неё {part}.",
                    "The request was moved: {part} stands in its place."
                ),
            )
            .hint(see_successor(successor)));
        }
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
    /// `refused` outside `in-progress`, and where the time is past or suits one side not
    /// (unless `anyway`).
    pub fn set_appointment(&self, record: &Record, to: Option<Instant>) -> Result<Vec<What>> {
        let request = request(record)?;
        self.in_progress(&request)?;
        let mut whats = self.hold(record, &request)?;
        if request.appointment == to {
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
            Whose::Clinic => self.in_progress(&request)?,
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
        whats.extend(history::list_change(whose.key(), old, &new));
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
                continue;
            }
            if *key == "patient" && request.status != Status::Created {
                return Err(self.too_late(&request, say!("пациента", "patient")));
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
        let since = held_since(record)
            .map(|at| {
                let today = self.today(at);
                say!(lang; ", с: {}", ", since {}", show::short_instant(at, today, lang))
            })
            .unwrap_or_default();
        Err(Error::refused(
            "held-by-other",
            Text {
                ru: format!("Сейчас у заявки другой оператор: {holder}{}.", since.ru),
                en: format!("The request is held by {holder}{}.", since.en),
            },
        )
        .hint(say!("Чтобы взять её себе: `--take-over`.", "To take it over: `--take-over`.")))
    }

    fn take(&self, request: &Request<'_>) -> What {
        What::set("operator", Some(&request.operator.into()), Some(self.by.into()))
    }

    fn today(&self, at: Instant) -> NaiveDate {
        self.now.with_timezone(at.offset()).date_naive()
    }

    /// Whether section 4 has this step.
    fn may_step(&self, request: &Request<'_>, to: Status) -> Result<()> {
        let id = short(request.id);
        let answered = request.is_answered();
        if request.status == Status::InProgress && to == Status::Created && answered {
            return Err(Error::refused(
                "outcome-recorded",
                say!(lang;
                    "Ответ клиники уже записан, вернуть «{}» нельзя.",
                    "The clinic's answer is recorded; it can't go back to “{}”.",
                    to.name(lang)),
            )
            .hint(say!("Дальше: `appt request next {id}`.", "Go on: `appt request next {id}`.")));
        }
        if !request.status.ways_on(answered).contains(&to) {
            return Err(illegal(request, to));
        }
        if to == Status::Processed && request.appointment.is_none() {
            return Err(Error::refused(
                "no-appointment",
                say!("Не записано время приёма.", "No appointment is recorded."),
            )
            .hint(say!(
                "Сначала: `appt request set-appointment {id} ВРЕМЯ`.",
                "First: `appt request set-appointment {id} TIME`."
            )));
        }
        Ok(())
    }

    fn in_progress(&self, request: &Request<'_>) -> Result<()> {
        let id = short(request.id);
        match request.status {
            Status::InProgress => Ok(()),
            Status::Created => Err(Error::refused(
                "not-in-progress",
                say!(lang;
                    "Ответ клиники записывают в статусе «{}».",
                    "An answer can be recorded only while “{}”.",
                    Status::InProgress.name(lang)),
            )
            .hint(say!(
                "Сначала: `appt request set-status {id} in-progress`.",
                "First: `appt request set-status {id} in-progress`."
            ))),
            Status::Processed => Err(Error::refused(
                "not-in-progress",
                say!("Заявка уже обработана.", "The request is processed already."),
            )
            .hint(say!(
                "Вернуть в работу: `appt request reopen {id} --reason ПРИЧИНА`; новое время: `appt request reschedule {id}`.",
                "To take it up again: `appt request reopen {id} --reason TEXT`; for a new time: `appt request reschedule {id}`."
            ))),
            Status::PatientRefused => Err(closed(request)),
        }
    }

    /// Whether the time is ahead, and suits both.
    fn suits(&self, request: &Request<'_>, at: Instant) -> Result<()> {
        let today = self.today(at);
        if at <= self.now {
            return Err(Error::refused(
                "appointment-past",
                say!(lang; "Это время уже прошло: {}.", "That time has passed: {}.", show::instant_text(at, today, lang)),
            )
            .hint(say!("Укажите другое; задним числом: `--anyway`.", "Give another, or `--anyway`.")));
        }
        if !range::covers(&request.patient_ranges, at) {
            return Err(Error::refused(
                "outside-patient",
                say!(lang;
                    "Время приёма вне удобного пациенту: {}.",
                    "Outside the patient's times: {}.",
                    show::ranges_text(&request.patient_ranges, today, lang)),
            )
            .hint(say!(
                "Если пациент согласен: `--anyway`.",
                "If the patient agrees: `--anyway`."
            )));
        }
        if !request.clinic_ranges.is_empty() && !range::covers(&request.clinic_ranges, at) {
            return Err(Error::refused(
                "outside-clinic",
                say!(lang;
                    "Время приёма вне удобного клинике: {}.",
                    "Outside the clinic's times: {}.",
                    show::ranges_text(&request.clinic_ranges, today, lang)),
            )
            .hint(say!(
                "Если клиника подтвердила: `--anyway`.",
                "If the clinic confirmed it: `--anyway`."
            )));
        }
        Ok(())
    }

    fn too_late(&self, request: &Request<'_>, what: Text) -> Error {
        if !request.status.is_open() {
            return closed(request);
        }
        let Text { ru, en } = what;
        let id = short(request.id);
        Error::refused(
            "outcome-recorded",
            say!(
                "Работа по заявке уже идёт, сменить {ru} нельзя.",
                "It is too late to change the {en}."
            ),
        )
        .hint(say!(
            "Перенесите её на новую заявку: `appt request reschedule {id}`.",
            "Move it to a new request: `appt request reschedule {id}`."
        ))
    }

    fn see(&self, request: &Request<'_>) -> Text {
        let id = short(request.id);
        say!("Посмотрите её: `appt request show {id}`.", "Look at it: `appt request show {id}`.")
    }
}

fn closed(request: &Request<'_>) -> Error {
    let id = short(request.id);
    let (ru, en) = match request.status {
        Status::Processed => ("уже обработана", "it is processed"),
        _ => ("пациент отказался", "the patient declined"),
    };
    let error = Error::refused(
        "closed",
        say!(
            "Заявка закрыта: {ru}. Изменить её нельзя.",
            "The request is closed: {en}. It can't be changed."
        ),
    );
    error.hint(match request.rescheduled_to {
        Some(successor) => see_successor(successor),
        None => say!(
            "Оформите новую (`appt request new`) или верните эту: `appt request reopen {id} --reason ПРИЧИНА`.",
            "Make a new one (`appt request new`), or take this one up again: `appt request reopen {id} --reason TEXT`."
        ),
    })
}

fn see_successor(id: &str) -> Text {
    let id = short(id);
    say!(
        "Работайте с новой: `appt request show {id}`.",
        "Work on that one: `appt request show {id}`."
    )
}

fn illegal(request: &Request<'_>, to: Status) -> Error {
    let allowed = |lang: Lang| {
        let ways = request.status.ways_on(request.is_answered());
        let mut names: Vec<String> =
            ways.iter().map(|s| lang.of("«{}»", "“{}”").replace("{}", s.name(lang))).collect();
        if request.status.can_reopen() && request.rescheduled_to.is_none() {
            names.push(lang.of("вернуть в работу", "reopening it").to_owned());
        }
        if names.is_empty() {
            names.push(lang.of("оформить новую", "making a new one").to_owned());
        }
        names.join(", ")
    };
    let id = short(request.id);
    let error = Error::refused(
        "illegal-transition",
        say!(lang;
            "Статус «{}» нельзя сменить на «{}». Можно: {}.",
            "“{}” can't become “{}”. Allowed: {}.",
            request.status.name(lang), to.name(lang), allowed(lang)),
    );
    if request.status.can_reopen() && request.rescheduled_to.is_none() {
        return error.hint(say!(
            "Вернуть в работу: `appt request reopen {id} --reason ПРИЧИНА`.",
            "To take it up again: `appt request reopen {id} --reason TEXT`."
        ));
    }
    error.hint(see_next(request.id))
}

fn see_next(id: &str) -> Text {
    let id = short(id);
    say!(
        "Что делать дальше: `appt request next {id}`.",
        "What comes next: `appt request next {id}`."
    )
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
#[path = "life_tests.rs"]
mod tests;
