//! A call about a request that is saved: what all of its questions need.

use crate::history::{self, Event, What};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::record::Record;
use crate::model::request::{self, Request, Step};
use crate::render::cell::Sight;
use crate::render::show;
use crate::script::deed::Act;
use crate::script::phrase::Parties;
use crate::script::screen::choice;
use crate::script::{Deed, Next, Screen, Script, Stage, phrase};
use crate::words::keyboard;

/// A request that a call is about, and what the sentences of the call need.
pub(super) struct Call<'a> {
    pub sight: &'a Sight<'a>,
    pub record: &'a Record,
    pub request: Request<'a>,
    pub parties: Parties,
    /// The visit at the same clinic that this request moves, while it is ahead.
    pub old_visit: Option<Instant>,
    /// The same, while the clinic still expects the patient.
    pub expected: Option<Instant>,
    /// The visit that this request moves, while some clinic still expects the patient at it.
    pub former: Option<Former>,
}

/// A visit that was given up for another time, and that its clinic still has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Former {
    /// The clinic.
    pub clinic: String,
    /// The time.
    pub at: Instant,
    /// Whether a clinic was spoken to about the new time since: it may have been asked to take this one
    /// off.
    pub is_spoken_of: bool,
}

impl Former {
    /// The visit that a request gives up, where it is ahead and can be had again.
    pub fn of(sight: &Sight<'_>, record: &Record) -> Option<Former> {
        let request = Request::of(record).ok()?;
        let old = sight.request(request.rescheduled_from?)?;
        let old = Request::of(&old).ok().filter(|old| old.next() == Step::TellClinic)?;
        let at = old.appointment.filter(|at| *at > sight.now)?;
        let is_of_clinic =
            |event: &Event| matches!(&event.what, What::Note(text) if phrase::is_of_clinic(text));
        let is_spoken_of = record.history.iter().any(is_of_clinic);
        let clinic = old.clinic.to_owned();
        (old.specialty == request.specialty).then_some(Former { clinic, at, is_spoken_of })
    }

    /// The act that has it again.
    pub fn act(self) -> Act {
        Act::Keep { clinic: self.clinic, at: self.at }
    }
}

impl<'a> Call<'a> {
    pub fn of(sight: &'a Sight<'a>, record: &'a Record) -> Option<Call<'a>> {
        let request = Request::of(record).ok()?;
        let parties = phrase::parties(sight, record);
        let old = request.rescheduled_from.and_then(|id| sight.request(id));
        let old = old.as_deref().and_then(|old| Request::of(old).ok());
        let old = old.filter(|old| old.clinic == request.clinic);
        let is_told = old.as_ref().is_some_and(|old| old.next() != Step::TellClinic);
        let old_visit = old.and_then(|old| old.appointment).filter(|at| *at > sight.now);
        let expected = old_visit.filter(|_| !is_told);
        let former = Former::of(sight, record);
        Some(Call { sight, record, request, parties, old_visit, expected, former })
    }

    /// The deed that writes an act down, on the record as it is seen now.
    pub fn act(&self, act: Act) -> Next {
        Next::Do(Deed::Step { id: self.record.id.clone(), seen: self.record.updated(), act })
    }

    pub fn id(&self) -> String {
        self.record.id.clone()
    }

    /// The request as it was after these of its events, by the clock that it has now.
    fn after(&self, events: &[Event]) -> Record {
        let mut then = Record::new(Kind::Request, self.id());
        then.values = history::fold(Kind::Request, events).values;
        request::by_clock(&then, self.sight.zone(self.record))
    }

    /// What the patient had asked for before it was narrowed to what a clinic offers, as far as it
    /// is not over; none where it was not. Another clinic may have all of it.
    pub fn before_narrowing(&self) -> Option<Vec<Range>> {
        let history = &self.record.history;
        let mut wide = self.request.patient_ranges.clone();
        for (at, event) in history.iter().enumerate().rev() {
            let What::List { key: "patient_ranges", .. } = &event.what else { continue };
            let before = self.after(&history[..at]);
            let asked = before.ranges("patient_ranges");
            // Hours that the patient took back by themselves are not asked for again.
            let is_choice = range::within(&wide, &before.ranges("clinic_ranges"));
            if !is_choice || !range::within(&wide, &asked) {
                break;
            }
            wide = asked;
        }
        wide.retain(|range| range.end > self.sight.now);
        (!wide.is_empty() && wide != self.request.patient_ranges).then_some(wide)
    }

    /// What the patient had asked for when the clinic named the times that stand, where a choice of
    /// theirs has taken its place since: with that the offer was read out.
    pub fn asked(&self) -> Vec<Range> {
        let Request { patient_ranges, clinic_ranges, .. } = &self.request;
        let mut asked = patient_ranges.clone();
        if !range::within(patient_ranges, clinic_ranges) {
            return asked;
        }
        let history = &self.record.history;
        for length in (1..=history.len()).rev() {
            let then = self.after(&history[..length]);
            if then.ranges("clinic_ranges") != *clinic_ranges {
                break;
            }
            asked = then.ranges("patient_ranges");
        }
        asked
    }

    /// That its time is past, where it is: else the operator reads out what nobody can keep.
    pub fn say_overdue(&self, screen: &mut Screen) {
        say_lines(screen, show::overdue(self.sight, &self.request).map(|(said, _)| said));
    }

    /// That something of it is in dispute, where it is: else the operator reads out what may not hold.
    pub fn say_disputed(&self, screen: &mut Screen) {
        say_lines(screen, show::disputed(self.sight, &self.request));
    }

    /// The ranges as a drawing.
    pub fn drawing(&self, script: &Script) -> String {
        show::times(self.sight, &in_play(&self.request, &script.stage), &script.canvas)
    }
}

fn say_lines(screen: &mut Screen, text: Option<String>) {
    text.iter().flat_map(|text| text.lines()).for_each(|line| screen.say(line));
}

/// The choice that was typed; what is no choice is said.
pub(super) fn digit(script: &mut Script, lang: Lang, typed: &str, count: usize) -> Option<usize> {
    chosen(script, lang, count, choice(typed, count))
}

/// A choice among so many, where there is one; else what is asked for is said.
pub(super) fn chosen(
    script: &mut Script,
    lang: Lang,
    count: usize,
    at: Option<usize>,
) -> Option<usize> {
    if at.is_none() {
        script.ask_for_number(lang, count);
    }
    at
}

/// The choice that a digit names, or a word: `later` puts the call off, `refusal` says that the
/// patient declines.
pub(super) fn pick(
    typed: &str,
    count: usize,
    later: Option<usize>,
    refusal: Option<usize>,
) -> Option<usize> {
    choice(typed, count)
        .or_else(|| later.filter(|_| is_later(typed)))
        .or_else(|| refusal.filter(|_| is_refusal(typed)))
}

/// What is drawn: once the patient has chosen, the clinic's other days are out of play.
fn in_play<'a>(request: &Request<'a>, stage: &Stage) -> Request<'a> {
    let mut drawn = request.clone();
    if matches!(stage, Stage::Time { .. } | Stage::Told { .. }) {
        let day = |at: Instant| at.date_naive();
        let mut days: Vec<_> = drawn
            .patient_ranges
            .iter()
            .flat_map(|range| [day(range.start), day(range.end)])
            .chain(drawn.appointment.map(day))
            .collect();
        days.dedup();
        drawn
            .clinic_ranges
            .retain(|range| days.iter().any(|at| (day(range.start)..=day(range.end)).contains(at)));
    }
    drawn
}

/// Whether the answer is that nobody answered.
pub(super) fn is_later(typed: &str) -> bool {
    is_one_of(
        typed,
        &[
            "позже",
            "потом",
            "занято",
            "busy",
            "не дозвонились",
            "не отвечает",
            "не отвечают",
            "не берут трубку",
            "трубку не берут",
            "никто не берёт трубку",
            "никто не берет трубку",
            "линия занята",
            "недозвон",
            "нет ответа",
            "перезвонят",
            "просят перезвонить",
            "later",
            "no answer",
        ],
    )
}

/// What is said of a visit that is to stay as it was.
pub(super) const KEEP: &[&str] = &[
    "оставить",
    "оставить прежнее",
    "оставить прежнее время",
    "оставить как было",
    "keep",
    "keep it",
];

/// Whether the answer is that the number is another one's, or nobody's.
pub(super) fn is_wrong_number(typed: &str) -> bool {
    is_one_of(
        typed,
        &[
            "не тот номер",
            "номер не тот",
            "неверный номер",
            "номер неверный",
            "неправильный номер",
            "номер неправильный",
            "ошиблись номером",
            "ошибка номера",
            "номер не существует",
            "номера не существует",
            "несуществующий номер",
            "номер не обслуживается",
            "wrong number",
            "no such number",
        ],
    )
}

/// Whether the answer is that the clinic rings back: somebody did answer.
pub(super) fn is_promise(typed: &str) -> bool {
    is_one_of(
        typed,
        &[
            "перезвонят",
            "сами перезвонят",
            "перезвонят сами",
            "перезвонят позже",
            "обещали перезвонить",
            "will call back",
            "they call back",
            "call back",
        ],
    )
}

/// Whether the answer is a word that means two things at a clinic: the line, or its time.
pub(super) fn is_busy(typed: &str) -> bool {
    is_one_of(typed, &["занято", "заняты", "busy"])
}

/// Whether the answer is a no.
pub(super) fn is_no(typed: &str) -> bool {
    let words = [
        "нет",
        "мест нет",
        "нет мест",
        "свободного нет",
        "нету",
        "ничего нет",
        "no",
        "none",
        "nothing free",
    ];
    is_refusal(typed) || is_one_of(typed, &words)
}

/// Whether the answer is a yes.
pub(super) fn is_yes(typed: &str) -> bool {
    is_one_of(typed, &["да", "подходит", "устраивает", "yes", "ok"])
}

/// Whether nobody knows what was asked for.
pub(super) fn is_unknown(typed: &str) -> bool {
    is_one_of(typed, &["не знаю", "не знает", "неизвестно", "don't know", "unknown"])
}

/// Whether the answer is that the patient declines: in a menu a mere no says nothing.
pub(super) fn is_refusal(typed: &str) -> bool {
    is_one_of(
        typed,
        &[
            "отказ",
            "отказался",
            "отказалась",
            "отказывается",
            "пациент отказывается",
            "refusal",
            "declines",
            "refuses",
        ],
    )
}

/// Whether an answer is one of some words, in whatever keyboard layout and case; a full stop at its
/// end is none of it.
pub(super) fn is_one_of(typed: &str, words: &[&str]) -> bool {
    let plain = |text: &str| text.trim_end_matches(['.', '!']).trim_end().to_lowercase();
    let own = plain(typed);
    // The full stop itself may be of either layout.
    let readings = [typed, own.as_str()]
        .map(|t| [keyboard::to_russian(t), keyboard::to_latin(t)].map(|t| plain(&t)));
    readings.as_flattened().iter().chain([&own]).any(|reading| words.contains(&reading.as_str()))
}

/// Whether somebody asks what the question means: `?`, or the word for it.
pub(super) fn is_help(typed: &str) -> bool {
    typed == "?" || is_one_of(typed, &["помощь", "help"])
}

/// Whether somebody wants back: `..`, in whatever keyboard layout.
pub(super) fn is_back(typed: &str) -> bool {
    matches!(typed, ".." | "<" | "юю" | "ЮЮ") || is_one_of(typed, &["назад", "back"])
}
