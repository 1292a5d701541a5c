//! What the script wants written down, as a value: the shell does it in one transaction.

use crate::error::Result;
use crate::history::{Mark, What};
use crate::life::{Acting, Whose};
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::request::Status;

/// Something to write down.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// Save the draft as a request; `start` takes it up at once.
    Save {
        /// Whether the clinic is called now.
        start: bool,
    },
    /// Move a visit to other times; the new request is taken up at once.
    Move {
        /// The old request.
        id: String,
        /// The record's last change that the operator saw.
        seen: Option<Instant>,
        /// When the patient can come.
        ranges: Vec<Range>,
        /// Another specialty and clinic.
        pair: Option<(String, String)>,
    },
    /// A known patient has another phone.
    Phone {
        /// The patient.
        patient: String,
        /// The phone.
        phone: String,
    },
    /// A step in the life of a request.
    Step {
        /// The request.
        id: String,
        /// The record's last change that the operator saw.
        seen: Option<Instant>,
        /// What happened.
        act: Act,
    },
}

/// What happened on the phone.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// The clinic named a time; `anyway` where the patient or clinic agreed to it.
    Appointment {
        /// The time.
        at: Instant,
        /// Whether it may lie outside the ranges.
        anyway: bool,
    },
    /// A visit that was being moved stays as it was.
    Keep {
        /// Its clinic.
        clinic: String,
        /// Its time.
        at: Instant,
    },
    /// The clinic named its times.
    ClinicRanges(Vec<Range>),
    /// The patient named new times.
    PatientRanges(Vec<Range>),
    /// The patient named times that the clinic did not offer: it is asked again.
    AskAgain {
        /// The times.
        ranges: Vec<Range>,
        /// What the clinic said before, as a note.
        why: Option<String>,
    },
    /// The request goes to another clinic.
    Elsewhere {
        /// The clinic.
        clinic: String,
        /// When it suits the patient there, where the old times are those of another clock.
        ranges: Option<Vec<Range>>,
        /// What came of the clinic before, as a note.
        why: String,
    },
    /// Nobody answered.
    NoAnswer,
    /// Somebody did, and the call goes on another time: how it stands, as a note.
    Later(String),
    /// The patient knows the appointment.
    Told,
    /// The patient does not want it.
    Refuse(Option<String>),
    /// The clinic knows that the visit is off.
    ClinicTold,
    /// A request that is closed is taken up again; why.
    Reopen(String),
    /// The time of a visit that was done is another one: it is taken up again.
    Mend {
        /// The time.
        at: Instant,
        /// Why it is taken up again.
        reason: String,
    },
    /// Nothing but the claim: the clinic is called now.
    Claim,
    /// The request is taken over from somebody else.
    TakeOver,
}

impl Deed {
    /// Whether the script has no more questions after it.
    pub fn ends_the_call(&self) -> bool {
        match self {
            Deed::Save { start } => !start,
            Deed::Step { act, .. } => {
                matches!(act, Act::NoAnswer | Act::Later(_) | Act::Told | Act::ClinicTold)
            }
            Deed::Move { .. } | Deed::Phone { .. } => false,
        }
    }
}

impl Act {
    /// The events that it leaves. A request that nobody has taken up is taken up first.
    ///
    /// # Errors
    /// As the functions of [`Acting`].
    pub fn whats(&self, acting: &Acting<'_>, record: &Record) -> Result<Vec<What>> {
        match self {
            Act::Appointment { at, .. } => acting.set_appointment(record, Some(*at)),
            Act::Keep { clinic, at } => {
                let (mut whats, mut there) = (Vec::new(), record.clone());
                if record.text("clinic") != Some(clinic) {
                    whats.extend(acting.set_ranges(record, Whose::Clinic, &[], false)?);
                    there.values.put("clinic_ranges", None);
                    whats.extend(acting.edit(&there, &[("clinic", clinic.as_str().into())])?);
                    there.values.put("clinic", Some(clinic.as_str().into()));
                }
                whats.extend(acting.set_appointment(&there, Some(*at))?);
                Ok(whats)
            }
            Act::ClinicRanges(ranges) => acting.set_ranges(record, Whose::Clinic, ranges, false),
            Act::PatientRanges(ranges) => acting.set_ranges(record, Whose::Patient, ranges, false),
            Act::AskAgain { ranges, why } => {
                // What it offered is declined; it stays in the history.
                let mut whats: Vec<What> = why.iter().cloned().map(What::Note).collect();
                whats.extend(acting.set_ranges(record, Whose::Patient, ranges, false)?);
                if !record.ranges("clinic_ranges").is_empty() {
                    whats.extend(acting.set_ranges(record, Whose::Clinic, &[], false)?);
                }
                Ok(whats)
            }
            Act::Elsewhere { clinic, ranges, why } => {
                let mut whats = vec![What::Note(why.clone())];
                // What the one clinic offered is nothing that the other one said.
                whats.extend(acting.set_ranges(record, Whose::Clinic, &[], false)?);
                let mut cleared = record.clone();
                cleared.values.put("clinic_ranges", None);
                whats.extend(acting.edit(&cleared, &[("clinic", clinic.as_str().into())])?);
                if let Some(ranges) = ranges {
                    whats.extend(acting.set_ranges(record, Whose::Patient, ranges, false)?);
                }
                Ok(whats)
            }
            Act::NoAnswer => Ok(vec![What::mark(Mark::NoAnswer)]),
            Act::Later(note) => Ok(vec![What::Note(note.clone())]),
            Act::Told => acting.set_status(record, Status::Processed, None),
            Act::Refuse(reason) => acting.refuse(record, reason.clone()),
            Act::ClinicTold => acting.clinic_told(record),
            Act::Reopen(reason) => acting.reopen(record, reason.clone()),
            Act::Mend { at, reason } => {
                let mut whats = acting.reopen(record, reason.clone())?;
                let mut open = record.clone();
                open.values.put("status", Some(Status::InProgress.code().into()));
                open.values.put("operator", Some(acting.by.into()));
                whats.extend(acting.set_appointment(&open, Some(*at))?);
                Ok(whats)
            }
            Act::Claim | Act::TakeOver => acting.set_status(record, Status::InProgress, None),
        }
    }

    /// Whether the clinic spoke.
    pub fn is_clinics_answer(&self) -> bool {
        matches!(self, Act::Appointment { .. } | Act::Keep { .. } | Act::ClinicRanges(_))
    }

    /// Whether the ranges may be overruled.
    pub fn is_anyway(&self) -> bool {
        matches!(self, Act::Appointment { anyway: true, .. } | Act::Keep { .. } | Act::Mend { .. })
    }
}
