//! What operators noted about a request and its patient, as far as a call needs it: the latest.

use crate::history::{Event, What};
use crate::model::event;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::render::cell::Sight;
use crate::script::Screen;
use crate::tr;
use crate::when::show;

/// The most notes that a screen shows.
const SHOWN: usize = 2;
/// The most characters that it shows of one.
const LONGEST: usize = 200;

/// The latest notes of a request and its patient, on whatever card, oldest first; what was taken back
/// is none.
pub fn tell(sight: &Sight<'_>, request: &Record, screen: &mut Screen) {
    let cards = sight.book.cards(request.shown("patient"));
    let mut notes: Vec<(&Event, &str)> = of(request);
    notes.extend(cards.iter().flat_map(|card| of(card)));
    notes.sort_by_key(|(event, _)| event.at);
    for (event, text) in &notes[notes.len().saturating_sub(SHOWN)..] {
        screen.say(line(sight, event, text));
    }
}

fn of(record: &Record) -> Vec<(&Event, &str)> {
    let standing = event::standing(&record.history).into_iter();
    standing
        .filter_map(|event| match &event.what {
            What::Note(text) => Some((event, text.as_str())),
            _ => None,
        })
        .collect()
}

/// «Примечание (24 ноября, Борис Котов): не звонить до 12».
fn line(sight: &Sight<'_>, event: &Event, text: &str) -> String {
    let at = event.at.with_timezone(&sight.settings.timezone).fixed_offset();
    let day = show::date_text(at.date_naive(), sight.today(at), sight.lang);
    let by = sight.title(Kind::Operator, &event.by);
    let mut text: String = text.replace('\n', " / ");
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST).chain(['…']).collect();
    }
    tr!(sight.lang, "  Примечание ({day}, {by}): {text}", "  Note ({day}, {by}): {text}")
}
