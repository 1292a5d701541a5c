//! A request: a patient's wish for an appointment, its status, and what the operator does next.
//!
//! The statuses and the steps are `spec.md`, section 4: pure functions of a request, from which
//! the whole operator script follows.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::i18n::Lang;
use crate::model::event;
use crate::model::field::{Field, Form, Need, Privacy};
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::record::Record;

/// How far apart two visits of one patient must be.
pub const VISITS_APART: TimeDelta = TimeDelta::hours(1);

/// The keys of a request.
pub const FIELDS: &[Field] = &[
    Field {
        key: "patient",
        form: Form::Reference(Kind::Patient),
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: Some("patient"),
        title: ("Пациент", "Patient"),
        help: (
            "пациент: его id, паспорт или начало id",
            "the patient: an id, a passport, or an id's beginning",
        ),
    },
    Field {
        key: "clinic",
        form: Form::Reference(Kind::Clinic),
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: Some("clinic"),
        title: ("Клиника", "Clinic"),
        help: ("клиника: id или название", "the clinic: an id or a name"),
    },
    Field {
        key: "specialty",
        form: Form::Reference(Kind::Specialty),
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: Some("specialty"),
        title: ("Специальность", "Specialty"),
        help: (
            "специальность: id, название или «как говорят»",
            "the specialty: an id, a title or what people say",
        ),
    },
    Field {
        key: "status",
        form: Form::Status,
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: None,
        title: ("Статус", "Status"),
        help: ("", ""),
    },
    Field {
        key: "operator",
        form: Form::Reference(Kind::Operator),
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: None,
        title: ("Ведёт", "Held by"),
        help: ("", ""),
    },
    Field {
        key: "created",
        form: Form::Moment,
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: None,
        title: ("Создана", "Created"),
        help: ("", ""),
    },
    Field {
        key: "appointment",
        form: Form::Visit,
        list: false,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: None,
        title: ("Время приёма", "Appointment"),
        help: ("", ""),
    },
    Field {
        key: "patient_ranges",
        form: Form::Range,
        list: true,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: Some("range"),
        title: ("Удобно пациенту", "Suits the patient"),
        help: (
            "когда удобно пациенту: `ср 9-12`; можно несколько раз",
            "when the patient can come: `wed 9-12`; may be repeated",
        ),
    },
    Field {
        key: "clinic_ranges",
        form: Form::Range,
        list: true,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: None,
        title: ("Удобно клинике", "Suits the clinic"),
        help: ("", ""),
    },
    Field {
        key: "rescheduled_from",
        form: Form::Reference(Kind::Request),
        list: false,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: None,
        title: ("Перенесена из", "Moved from"),
        help: ("", ""),
    },
    Field {
        key: "rescheduled_to",
        form: Form::Reference(Kind::Request),
        list: false,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: None,
        title: ("Перенесена в", "Moved to"),
        help: ("", ""),
    },
];

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Written down; nobody has called the clinic.
    Created,
    /// Somebody is calling.
    InProgress,
    /// The patient knows the appointment.
    Processed,
    /// The patient does not want it, or not any more.
    PatientRefused,
}

impl Status {
    /// All of them, in the order of a request's life.
    pub const ALL: [Status; 4] =
        [Status::Created, Status::InProgress, Status::Processed, Status::PatientRefused];

    /// The code in files, flags and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::InProgress => "in-progress",
            Status::Processed => "processed",
            Status::PatientRefused => "patient-refused",
        }
    }

    /// The status with this code.
    pub fn from_code(code: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.code() == code)
    }

    /// What a person typed: the code or the name in either language, in any case.
    pub fn parse(typed: &str) -> Option<Status> {
        let typed = typed.trim().to_lowercase();
        Status::ALL.into_iter().find(|status| {
            let names = Lang::ALL.map(|lang| status.name(lang).to_lowercase());
            typed == status.code() || names.contains(&typed)
        })
    }

    /// What a person calls it.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Status::Created => lang.of("Создана", "Created"),
            Status::InProgress => lang.of("Обрабатывается", "In progress"),
            Status::Processed => lang.of("Обработана", "Processed"),
            Status::PatientRefused => lang.of("Пациент отказался", "Declined by patient"),
        }
    }

    /// The status of a request's record, where it has one.
    pub fn of(record: &Record) -> Option<Status> {
        record.text("status").and_then(Status::from_code)
    }

    /// Whether somebody still has to do something about the visit.
    pub fn is_open(self) -> bool {
        match self {
            Status::Created | Status::InProgress => true,
            Status::Processed | Status::PatientRefused => false,
        }
    }

    /// Where `set-status` and `refuse` may lead from here, `reopen` aside.
    ///
    /// `answered` says whether an outcome of the call is recorded: then there is no way back to
    /// `created`. Staying is not a step.
    pub fn ways_on(self, answered: bool) -> &'static [Status] {
        use Status::{Created, InProgress, PatientRefused, Processed};
        match self {
            Created => &[InProgress, PatientRefused],
            InProgress if answered => &[Processed, PatientRefused],
            InProgress => &[Created, Processed, PatientRefused],
            Processed => &[PatientRefused],
            PatientRefused => &[],
        }
    }

    /// Whether `reopen` leads back from here.
    pub fn can_reopen(self) -> bool {
        !self.is_open()
    }
}

/// What the operator does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Set `in-progress` and call the clinic.
    CallClinic,
    /// Write down what the clinic said.
    RecordOutcome,
    /// Offer the patient the clinic's ranges.
    CallPatient,
    /// Both suit: call the clinic for the time.
    GetAppointment,
    /// Tell the patient the time.
    NotifyPatient,
    /// Tell the clinic that the visit is off.
    TellClinic,
    /// Nothing.
    None,
}

impl Step {
    /// All of them, in the order of the script.
    pub const ALL: [Step; 7] = [
        Step::CallClinic,
        Step::RecordOutcome,
        Step::CallPatient,
        Step::GetAppointment,
        Step::NotifyPatient,
        Step::TellClinic,
        Step::None,
    ];

    /// The code in flags and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Step::CallClinic => "call-clinic",
            Step::RecordOutcome => "record-outcome",
            Step::CallPatient => "call-patient",
            Step::GetAppointment => "get-appointment",
            Step::NotifyPatient => "notify-patient",
            Step::TellClinic => "tell-clinic",
            Step::None => "none",
        }
    }

    /// The step with this code.
    pub fn from_code(code: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.code() == code)
    }

    /// What a table says.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Step::CallClinic => lang.of("позвонить в клинику", "call the clinic"),
            Step::RecordOutcome => lang.of("записать ответ клиники", "record the clinic's answer"),
            Step::CallPatient => lang.of("предложить другое время", "offer the clinic's times"),
            Step::GetAppointment => lang.of("узнать время приёма", "get the appointment"),
            Step::NotifyPatient => lang.of("сообщить пациенту время", "tell the patient"),
            Step::TellClinic => lang.of("отменить приём в клинике", "cancel at the clinic"),
            Step::None => lang.of("—", "–"),
        }
    }
}

/// A request as the rules see it: typed, and complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Request<'a> {
    /// Its id.
    pub id: &'a str,
    /// The patient's id; a merged patient's may stand here.
    pub patient: &'a str,
    /// The clinic's id.
    pub clinic: &'a str,
    /// The specialty's id.
    pub specialty: &'a str,
    /// Where it stands.
    pub status: Status,
    /// Its creator, and from the first `in-progress` on its holder.
    pub operator: &'a str,
    /// When it was made.
    pub created: Instant,
    /// The visit.
    pub appointment: Option<Instant>,
    /// When the patient can come.
    pub patient_ranges: Vec<Range>,
    /// When the clinic can.
    pub clinic_ranges: Vec<Range>,
    /// The request that this one replaces.
    pub rescheduled_from: Option<&'a str>,
    /// The request that replaces this one.
    pub rescheduled_to: Option<&'a str>,
    /// Whether the clinic knows that the visit is off.
    pub clinic_told: bool,
    /// The keys that two copies recorded differently, each once.
    pub disputed: Vec<&'a str>,
}

/// What is past of a request that is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The visit, at this time.
    Visit(Instant),
    /// All times that suit the patient; the end of the last.
    Times(Instant),
}

/// A request with its visit and its ranges by the clock of a zone. A file may have them by another:
/// by that of the clinic that the request had before, of a zone that was changed since, or by
/// whatever was typed by hand.
pub fn by_clock(record: &Record, zone: Tz) -> Record {
    let mut record = record.clone();
    for field in FIELDS.iter().filter(|field| field.form.is_by_clinic()) {
        let value = record.values.get(field.key).map(|value| value.in_zone(&zone));
        record.values.put(field.key, value);
    }
    record
}

fn disputed(record: &Record) -> Vec<&str> {
    let mut keys: Vec<&str> = record.conflicts.iter().map(|other| other.key.as_str()).collect();
    keys.dedup(); // `conflicts` is sorted by key.
    keys
}

impl<'a> Request<'a> {
    /// The typed view of a record, or the first key that is missing or can't be read.
    pub fn of(record: &'a Record) -> Result<Request<'a>, &'static str> {
        let text = |key: &'static str| record.text(key).ok_or(key);
        Ok(Request {
            id: &record.id,
            patient: text("patient")?,
            clinic: text("clinic")?,
            specialty: text("specialty")?,
            status: Status::from_code(text("status")?).ok_or("status")?,
            operator: text("operator")?,
            created: record.instant("created").ok_or("created")?,
            appointment: record.instant("appointment"),
            patient_ranges: record.ranges("patient_ranges"),
            clinic_ranges: record.ranges("clinic_ranges"),
            rescheduled_from: record.text("rescheduled_from"),
            rescheduled_to: record.text("rescheduled_to"),
            clinic_told: event::clinic_told(&record.history, record.values.get("appointment")),
            disputed: disputed(record),
        })
    }

    /// Whether lists can place a record: it is no request, or a request that can be read whole. Of an
    /// unknown status nobody can tell what comes next.
    pub fn is_legible(record: &Record) -> bool {
        record.kind != Kind::Request || Request::of(record).is_ok()
    }

    /// Whether the clinic's answer is recorded: an appointment, or ranges.
    pub fn is_answered(&self) -> bool {
        self.appointment.is_some() || !self.clinic_ranges.is_empty()
    }

    /// The times at which a visit may be, as far as they are not over: those that suit both, else the
    /// clinic's, else the patient's.
    pub fn in_play(&self, now: DateTime<Utc>) -> Vec<Range> {
        let both = range::common(&self.patient_ranges, &self.clinic_ranges);
        let all = [&both, &self.clinic_ranges, &self.patient_ranges];
        let mut left = all.into_iter().map(|ranges| range::left(ranges, now));
        left.find(|ranges| !ranges.is_empty()).unwrap_or_default()
    }

    /// Whether another request took its place.
    pub fn is_moved(&self) -> bool {
        self.status == Status::PatientRefused && self.rescheduled_to.is_some()
    }

    /// Whether a visit of it stands: a live appointment.
    pub fn has_visit(&self) -> bool {
        self.appointment.is_some() && self.status != Status::PatientRefused
    }

    /// From when on something of it is past, where it is open: nothing is before that.
    pub fn overdue_from(&self) -> Option<Instant> {
        let last = self.patient_ranges.iter().map(|range| range.end).max();
        self.appointment.into_iter().chain(last).min().filter(|_| self.status.is_open())
    }

    /// What of an open request is past at a moment, where anything is.
    pub fn overdue(&self, now: DateTime<Utc>) -> Option<Overdue> {
        self.overdue_from().filter(|from| *from <= now)?;
        if let Some(at) = self.appointment.filter(|at| *at < now) {
            return Some(Overdue::Visit(at));
        }
        let last = self.patient_ranges.iter().map(|range| range.end).max()?;
        (last <= now).then_some(Overdue::Times(last))
    }

    /// What the operator does next (`spec.md`, section 4, the table).
    pub fn next(&self) -> Step {
        match self.status {
            Status::Created => Step::CallClinic,
            Status::InProgress if self.appointment.is_some() => Step::NotifyPatient,
            Status::InProgress if self.clinic_ranges.is_empty() => Step::RecordOutcome,
            Status::InProgress if range::within(&self.patient_ranges, &self.clinic_ranges) => {
                Step::GetAppointment
            }
            Status::InProgress => Step::CallPatient,
            Status::Processed => Step::None,
            Status::PatientRefused if self.appointment.is_some() && !self.clinic_told => {
                Step::TellClinic
            }
            Status::PatientRefused => Step::None,
        }
    }

    /// The name of its status; a refusal that made way for another request says so.
    pub fn status_name(&self, lang: Lang) -> String {
        if self.is_moved() {
            return lang.of("Пациент отказался (перенос)", "Moved").to_owned();
        }
        self.status.name(lang).to_owned()
    }
}
/// The short name of a request, for messages and the commands in them: its id's random part.
pub fn short(id: &str) -> &str {
    id.split_once('-').map_or(id, |(_, part)| part)
}
