//! When: the patient's times, the clinic's, and the time of the visit.

use crate::cmd::args;
use crate::cmd::ask::{Sheet, Turn};
use crate::cmd::request::set_appointment;
use crate::error::Result;
use crate::life::{self, Whose};
use crate::model::kind::Kind;
use crate::model::range::Range;
use crate::model::request::Status;
use crate::prompt::{self, Wrong, took};
use crate::query::resolve;
use crate::tr;
use crate::when::{self, Frame};

impl Sheet<'_> {
    /// When the patient can come, in the clock of the clinic.
    pub(super) fn when(&mut self) -> Result<Turn> {
        if self.has("range") {
            return Ok(Turn::Skip);
        }
        let clinic = match self.get("clinic") {
            Some(clinic) => Some(clinic.to_owned()),
            // A request that is moved keeps its clinic.
            None if self.has("id") => Some(self.request()?.shown("clinic").to_owned()),
            None => None,
        };
        let lang = self.lang();
        let title = match self.has("id") {
            true => lang.of(
                "На когда перенести? Например: ср 9-12, чт после 15",
                "Move it to when? For example: wed 9-12, thu after 15",
            ),
            false => lang.of(
                "Когда пациенту удобно? Например: ср 9-12, чт после 15",
                "When can the patient come? For example: wed 9-12, thu after 15",
            ),
        };
        self.ranges("range", title, clinic.as_deref())
    }

    /// Whose times are set.
    pub(super) fn whose(&mut self) -> Result<Turn> {
        if self.has("patient") || self.has("clinic") {
            return Ok(Turn::Skip);
        }
        let record = self.request()?;
        // The clinic's times can be set only in a call; then it is the clinic that names them.
        if Status::of(&record) == Some(Status::Created) {
            self.whose = Some(Whose::Patient);
            return Ok(Turn::Skip);
        }
        let lang = self.lang();
        let words = [lang.of("Пациенту", "The patient's"), lang.of("Клинике", "The clinic's")];
        let words = words.map(str::to_owned);
        let title = lang.of("Кому удобно?", "Whose times?");
        Ok(match prompt::choose(self.app, title, &words, false)? {
            Some(at) => {
                self.whose = Some([Whose::Patient, Whose::Clinic][at]);
                Turn::On
            }
            None => Turn::Back,
        })
    }

    /// The times that are set.
    pub(super) fn whose_times(&mut self) -> Result<Turn> {
        if self.has("patient") || self.has("clinic") {
            return Ok(Turn::Skip);
        }
        let clinic = self.request()?.shown("clinic").to_owned();
        let lang = self.lang();
        match self.whose {
            Some(Whose::Clinic) => self.ranges(
                "clinic",
                lang.of(
                    "Когда удобно клинике? Например: чт 15-17, пт 9-12",
                    "When does it suit the clinic? For example: thu 15-17, fri 9-12",
                ),
                Some(&clinic),
            ),
            _ => self.ranges(
                "patient",
                lang.of(
                    "Когда пациенту удобно? Например: ср 9-12, чт после 15",
                    "When can the patient come? For example: wed 9-12, thu after 15",
                ),
                Some(&clinic),
            ),
        }
    }

    fn ranges(&mut self, name: &'static str, title: &str, clinic: Option<&str>) -> Result<Turn> {
        let (app, lang) = (self.app, self.lang());
        let anyway = args::is_set(self.typed, "anyway");
        let frame = app.read(|sight| {
            let find = |name| resolve::resolve(sight.book, sight.settings, Kind::Clinic, name);
            let clinic = clinic.map(find).transpose()?;
            Ok(Frame::of(sight.settings, clinic.as_deref(), sight.now, anyway))
        })?;
        let question = self.question(
            title,
            lang.of(
                "День и часы: ср 9-12, завтра после 15, 25.11 9:00–12:30, пт весь день; несколько — через запятую.",
                "A day and hours: wed 9-12, tomorrow after 15, 25.11 9:00–12:30, fri all day; several with commas.",
            ),
        );
        loop {
            let reading = prompt::ask(app, &question, |typed| {
                let reading = when::ranges(typed, &frame)?;
                Ok::<_, Wrong>((typed.to_owned(), reading))
            })?;
            let Some((typed, reading)) = reading else { return Ok(Turn::Back) };
            let (texts, ranges) = match reading.other {
                None => (vec![typed], reading.ranges),
                Some(other) => {
                    let words = [other.that, other.this].map(|text| text.get(lang).to_owned());
                    let title = lang.of("Какие дни?", "Which days?");
                    let ranges = match prompt::choose(app, title, &words, true)? {
                        None => continue,
                        Some(0) => other.ranges,
                        Some(_) => reading.ranges,
                    };
                    (ranges.iter().map(exactly).collect(), ranges)
                }
            };
            let said =
                app.read(|sight| Ok(ranges.iter().map(|r| sight.range(r)).collect::<Vec<_>>()))?;
            said.iter().for_each(|said| took(app, said));
            self.put(name, texts);
            return Ok(Turn::On);
        }
    }

    /// The time of the visit.
    pub(super) fn time(&mut self) -> Result<Turn> {
        if self.has("time") || args::is_set(self.typed, "clear") {
            return Ok(Turn::Skip);
        }
        let record = self.request()?;
        // Nobody types a time to hear that it can't be recorded.
        life::takes_an_answer(&life::request(&record)?)?;
        let (app, lang) = (self.app, self.lang());
        let anyway = args::is_set(self.typed, "anyway");
        let question = self.question(
            lang.of(
                "На какое время записали? Например: 11:30 или ср 11:30",
                "For which time did the clinic book? For example: 11:30 or wed 11:30",
            ),
            lang.of(
                "День и время: ср 11:30. Одно время — если день ясен.",
                "A day and a time: wed 11:30. A time alone where the day is clear.",
            ),
        );
        self.fill("time", &question, |typed| {
            let text = app.read(|sight| {
                let read = set_appointment::read(sight, &record, typed, anyway)?;
                Ok(read.map(|(at, _)| sight.instant(at)))
            })??;
            took(app, &tr!(lang, "Время приёма: {text}", "Appointment: {text}"));
            Ok(vec![typed.to_owned()])
        })
    }
}

/// A range that has one meaning whenever it is read.
fn exactly(range: &Range) -> String {
    format!("{}/{}", range.start.to_rfc3339(), range.end.to_rfc3339())
}
