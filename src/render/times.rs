//! Times in full, as every screen repeats them: with the weekday, and by whose clock, where the
//! clinic's is not the store's (`spec.md`, section 10).

use std::borrow::Cow;
use std::rc::Rc;

use chrono_tz::Tz;

use crate::model::clinic;
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::request;
use crate::model::value::Value;
use crate::render::cell::Sight;
use crate::tr;
use crate::when::show;

impl Sight<'_> {
    /// The zone of the clinic that a request names.
    pub fn zone(&self, request: &Record) -> Tz {
        let clinic = self.book.get(Kind::Clinic, request.shown("clinic"));
        clinic::zone(clinic.as_deref(), self.settings)
    }

    /// A value of a request's key by the clock of its clinic ([`request::by_clock`]).
    pub fn by_clock<'v>(&self, request: &Record, form: Form, value: &'v Value) -> Cow<'v, Value> {
        match form.is_by_clinic() {
            true => Cow::Owned(value.in_zone(&self.zone(request))),
            false => Cow::Borrowed(value),
        }
    }

    /// A request, its times by the clock of its clinic.
    pub fn request(&self, id: &str) -> Option<Rc<Record>> {
        self.book.get(Kind::Request, id).map(|record| self.clocked(&record).into())
    }

    /// A request at hand, its times by the clock of its clinic.
    pub fn clocked(&self, request: &Record) -> Record {
        request::by_clock(request, self.zone(request))
    }

    /// « по времени клиники (МСК+4)», where the clinic's clock is not the store's; else nothing.
    pub fn there(&self, at: Instant) -> String {
        let mark = show::zone_mark(at, self.settings.timezone, self.lang);
        let words = |mark| tr!(self.lang, " по времени клиники ({mark})", " clinic time ({mark})");
        mark.map(words).unwrap_or_default()
    }

    /// «среда, 25 ноября, 11:30».
    pub fn instant(&self, at: Instant) -> String {
        format!("{}{}", show::instant_text(at, self.today(at), self.lang), self.there(at))
    }

    /// «среда, 25 ноября, 9:00–12:00».
    pub fn range(&self, range: &Range) -> String {
        let text = show::range_text(range, self.today(range.start), self.lang);
        format!("{text}{}", self.there(range.start))
    }

    /// Several ranges, parted by `; `.
    pub fn ranges(&self, ranges: &[Range]) -> String {
        ranges.iter().map(|range| self.range(range)).collect::<Vec<_>>().join("; ")
    }
}
