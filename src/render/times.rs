//! Times in full, as every screen repeats them: with the weekday, and by whose clock, where the
//! clinic's is not the store's (`spec.md`, section 10).

use crate::model::range::{Instant, Range};
use crate::render::cell::Sight;
use crate::tr;
use crate::when::show;

impl Sight<'_> {
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
