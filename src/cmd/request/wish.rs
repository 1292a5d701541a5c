//! What a patient wants, and how it is written down: by `request new`, `request reschedule` and the
//! script alike (`spec.md`, sections 4 and 5).

use std::rc::Rc;

use crate::app::Desk;
use crate::cmd::ask::Asked;
use crate::cmd::{args, fields};
use crate::error::Result;
use crate::history::What;
use crate::i18n::Text;
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::range::Range;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::query::identify;
use crate::query::twin::{self, Twin};
use crate::say;
use crate::store::seal::{Edit, Plan};

/// Where, from whom, when.
pub struct Wish {
    clinic: Rc<Record>,
    specialty: Rc<Record>,
    ranges: Vec<Range>,
}

impl Wish {
    /// At a clinic that has the specialty; `ranges` says when, in the clinic's clock.
    ///
    /// # Errors
    /// `not-found` or `ambiguous` where a name is not one record's; `refused` where the clinic has
    /// no such doctor; what `ranges` returns.
    pub fn new(
        desk: &Desk<'_>,
        clinic: &str,
        specialty: &str,
        ranges: impl FnOnce(&Record) -> Result<Vec<Range>>,
    ) -> Result<Wish> {
        let clinic = desk.find(Kind::Clinic, clinic)?;
        let specialty = desk.find(Kind::Specialty, specialty)?;
        life::offers(desk.library, &clinic, &specialty)?;
        let ranges = ranges(&clinic)?;
        Ok(Wish { clinic, specialty, ranges })
    }

    /// Adds the request to a plan, with what happens to it at once; its id.
    pub fn make(self, desk: &Desk<'_>, plan: &mut Plan, patient: &str, then: Vec<What>) -> String {
        let id = new_id(desk);
        self.make_as(desk, plan, &id, patient, None, then);
        id
    }

    fn make_as(
        self,
        desk: &Desk<'_>,
        plan: &mut Plan,
        id: &str,
        patient: &str,
        from: Option<&str>,
        then: Vec<What>,
    ) {
        plan.warnings.extend(self.twin(desk, patient, from));
        let now = desk.app.now.with_timezone(&desk.settings.timezone).fixed_offset();
        let mut values = Values::new()
            .with("patient", patient)
            .with("clinic", self.clinic.id.as_str())
            .with("specialty", self.specialty.id.as_str())
            .with("status", Status::Created.code())
            .with("operator", desk.by)
            .with("created", chrono::SubsecRound::trunc_subsecs(now, 0))
            .with("patient_ranges", self.ranges.as_slice());
        values.put("rescheduled_from", from.map(Value::from));
        let (kind, id) = (Kind::Request, id.to_owned());
        plan.edits.push(Edit::Create { kind, id, source: None, values, then });
    }

    /// Another open request of the patient for this clinic and specialty, or a visit: the operator
    /// should know.
    fn twin(&self, desk: &Desk<'_>, patient: &str, but: Option<&str>) -> Option<Text> {
        let (clinic, specialty, now) = (&self.clinic.id, &self.specialty.id, desk.app.now);
        Some(match twin::seen(desk.library, patient, clinic, specialty, but, now.to_utc())? {
            Twin::Open(twin) => {
                let id = life::short(&twin.id);
                say!(
                    "У пациента уже есть открытая заявка к этому врачу в эту клинику: {id}.",
                    "The patient has an open request for this clinic and specialty already: {id}."
                )
            }
            Twin::Booked(visit) => {
                let id = life::short(&visit.id);
                say!(
                    "Пациент уже записан к этому врачу в эту клинику: {id}.",
                    "The patient has a visit at this clinic and specialty already: {id}."
                )
            }
        })
    }
}

/// How a request makes way for another one.
#[derive(Default)]
pub struct Move {
    /// Whether it may be somebody else's.
    pub take_over: bool,
    /// Why.
    pub reason: Option<String>,
    /// What happens to the new one at once.
    pub then: Vec<What>,
}

impl Move {
    /// The plan by which a request makes way for what its patient wants now, linked both ways; the
    /// new one's id.
    ///
    /// # Errors
    /// `refused` where it can't make way; what `wish` returns.
    pub fn plan(
        self,
        desk: &Desk<'_>,
        record: &Record,
        wish: impl FnOnce() -> Result<Wish>,
    ) -> Result<(Plan, String)> {
        let id = new_id(desk);
        let whats = desk.acting(self.take_over, false).make_way(record, &id, self.reason)?;
        let named = record.shown("patient");
        let patient = desk.library.patient(named);
        let patient = patient.as_ref().map_or(named, |patient| &patient.id);
        let mut plan = Plan { edits: vec![Edit::change(record, whats)], ..Plan::default() };
        wish()?.make_as(desk, &mut plan, &id, patient, Some(&record.id), self.then);
        Ok((plan, id))
    }
}

fn new_id(desk: &Desk<'_>) -> String {
    identify::request(desk.library, desk.app.now, desk.settings.timezone, || {
        desk.app.environment.random()
    })
}

/// The ranges of the flag `--range`, in a clinic's clock.
///
/// # Errors
/// As those of [`fields::ranges`].
pub fn ranges(
    desk: &Desk<'_>,
    asked: &Asked,
    texts: &[&str],
    clinic: &Record,
) -> Result<Vec<Range>> {
    let frame = desk.frame(Some(clinic), args::is_set(&asked.matches, "anyway"));
    fields::ranges(desk, texts, &frame, asked.is_answer("range"))
}
