//! What requests add up to: how many stand where, how long a request takes from `created` to
//! `processed`, and how many patients refuse (`spec.md`, section 5).
//!
//! A request that was rescheduled lives on in its successor: it is counted apart, neither as a
//! refusal nor among what the share of refusals is a share of.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use crate::history::{Event, What};
use crate::model::event;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{Request, Status};

/// What requests are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Where they stand.
    Status,
    /// Where the visit is to be.
    Clinic,
    /// The kind of doctor.
    Specialty,
    /// Who holds them.
    Operator,
    /// The Monday of the week in which they were made, in the store's zone.
    Week,
}

impl By {
    /// All of them, in the order in which they are shown.
    pub const ALL: [By; 5] = [By::Status, By::Clinic, By::Specialty, By::Operator, By::Week];

    /// The name in JSON and CSV.
    pub fn code(self) -> &'static str {
        match self {
            By::Status => "status",
            By::Clinic => "clinic",
            By::Specialty => "specialty",
            By::Operator => "operator",
            By::Week => "week",
        }
    }
}

/// The id of the group of requests that made way for another: their status is that of a refusal.
pub const RESCHEDULED: &str = "rescheduled";

/// How many requests there are of each sort, and what they took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Written down; nobody has called the clinic.
    pub created: usize,
    /// Somebody is calling.
    pub in_progress: usize,
    /// The patient knows the appointment.
    pub processed: usize,
    /// The patient does not want it.
    pub refused: usize,
    /// Another request took its place.
    pub rescheduled: usize,
    /// From `created` to `processed`, the shortest first.
    took: Vec<TimeDelta>,
}

impl Tally {
    /// How many requests.
    pub fn requests(&self) -> usize {
        self.open() + self.processed + self.refused + self.rescheduled
    }

    /// How many somebody has to work on.
    pub fn open(&self) -> usize {
        self.created + self.in_progress
    }

    /// The share of refusals, from 0 to 1; none where there are no requests but moved ones.
    pub fn refused_share(&self) -> Option<f64> {
        let whole = self.requests() - self.rescheduled;
        #[allow(clippy::cast_precision_loss)] // There are no 2⁵³ requests.
        (whole > 0).then(|| self.refused as f64 / whole as f64)
    }

    /// How many requests the times are of.
    pub fn timed(&self) -> usize {
        self.took.len()
    }

    /// The middle of the times; of an even number of them, half-way between the two in the middle.
    pub fn median(&self) -> Option<TimeDelta> {
        let (count, middle) = (self.took.len(), self.took.len() / 2);
        let upper = *self.took.get(middle)?;
        Some(if count % 2 == 1 { upper } else { (self.took[middle - 1] + upper) / 2 })
    }

    /// The least time in which nine of ten were done.
    pub fn ninetieth(&self) -> Option<TimeDelta> {
        self.took.get((self.took.len() * 9).div_ceil(10).checked_sub(1)?).copied()
    }

    fn add(&mut self, request: &Request<'_>, took: Option<TimeDelta>) {
        let count = match request.status {
            Status::Created => &mut self.created,
            Status::InProgress => &mut self.in_progress,
            Status::Processed => &mut self.processed,
            Status::PatientRefused if request.is_moved() => &mut self.rescheduled,
            Status::PatientRefused => &mut self.refused,
        };
        *count += 1;
        self.took.extend(took);
    }

    /// Once all are counted.
    fn sorted(mut self) -> Tally {
        self.took.sort();
        self
    }
}

/// The requests that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What: the id of a clinic, specialty or operator, a status, the Monday of a week.
    pub id: String,
    /// What they add up to.
    pub tally: Tally,
}

/// What some requests add up to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// All together.
    pub all: Tally,
    statuses: Vec<Group>,
    clinics: Vec<Group>,
    specialties: Vec<Group>,
    operators: Vec<Group>,
    weeks: Vec<Group>,
}

impl Stats {
    /// Counts requests. What can't be read whole as a request is left out. `zone` is the store's.
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>, zone: Tz) -> Stats {
        let mut all = Tally::default();
        let mut groups: [BTreeMap<String, Tally>; 5] = Default::default();
        for record in records {
            let Ok(request) = Request::of(record) else { continue };
            let took = processed_at(&request, &record.history).map(|at| at - request.created);
            all.add(&request, took);
            for (by, groups) in By::ALL.into_iter().zip(&mut groups) {
                groups.entry(id(by, &request, zone)).or_default().add(&request, took);
            }
        }
        let groups = groups.map(|groups| {
            let groups = groups.into_iter();
            groups.map(|(id, tally)| Group { id, tally: tally.sorted() }).collect::<Vec<_>>()
        });
        let [mut statuses, clinics, specialties, operators, weeks] = groups;
        let place = |id: &str| Status::ALL.iter().position(|status| status.code() == id);
        statuses.sort_by_key(|group| place(&group.id).unwrap_or(Status::ALL.len()));
        Stats {
            all: all.sorted(),
            statuses,
            clinics: most_first(clinics),
            specialties: most_first(specialties),
            operators: most_first(operators),
            weeks: without_gaps(weeks),
        }
    }

    /// The groups: statuses in the order of a request's life, weeks in that of time and without
    /// gaps, the others by size.
    pub fn groups(&self, by: By) -> &[Group] {
        match by {
            By::Status => &self.statuses,
            By::Clinic => &self.clinics,
            By::Specialty => &self.specialties,
            By::Operator => &self.operators,
            By::Week => &self.weeks,
        }
    }
}

/// The Monday of a day's week.
pub fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(day.weekday().num_days_from_monday().into())
}

fn id(by: By, request: &Request<'_>, zone: Tz) -> String {
    match by {
        By::Status if request.is_moved() => RESCHEDULED.to_owned(),
        By::Status => request.status.code().to_owned(),
        By::Clinic => request.clinic.to_owned(),
        By::Specialty => request.specialty.to_owned(),
        By::Operator => request.operator.to_owned(),
        By::Week => monday(request.created.with_timezone(&zone).date_naive()).to_string(),
    }
}

/// When the patient was told, the last time that somebody said so and did not take it back; none while it
/// is open again.
fn processed_at(request: &Request<'_>, history: &[Event]) -> Option<Instant> {
    let told = |event: &&&Event| match &event.what {
        What::Set { key: "status", to: Some(to), .. } => {
            to.as_text() == Some(Status::Processed.code())
        }
        _ => false,
    };
    let standing = event::standing(history);
    let last = standing.iter().rfind(told).filter(|_| !request.status.is_open())?;
    (last.at >= request.created).then_some(last.at)
}

fn most_first(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by_key(|group| std::cmp::Reverse(group.tally.requests()));
    groups
}

/// A week in which nothing was asked for is a week, too; but not where whole years are empty, as a
/// mistyped date would have it.
fn without_gaps(groups: Vec<Group>) -> Vec<Group> {
    const LONGEST: i64 = 52;
    let mut whole: Vec<Group> = Vec::with_capacity(groups.len());
    let day = |group: &Group| group.id.parse::<NaiveDate>().ok();
    for group in groups {
        if let (Some(last), Some(next)) = (whole.last().and_then(day), day(&group))
            && (next - last).num_weeks() <= LONGEST
        {
            let between = last.iter_weeks().skip(1).take_while(|week| *week < next);
            whole.extend(
                between.map(|week| Group { id: week.to_string(), tally: Tally::default() }),
            );
        }
        whole.push(group);
    }
    whole
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
