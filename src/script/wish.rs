//! What the patient wants: which doctor, where, when; and the whole request before it is saved.

use std::rc::Rc;

use crate::i18n::Lang;
use crate::model::clinic;
use crate::model::kind::Kind;
use crate::model::range::{self, Range};
use crate::model::record::Record;
use crate::model::request::Status;
use crate::query::offer::{self, Offer};
use crate::query::twin::{self, Twin};
use crate::render::cell::Sight;
use crate::script::call::{is_later, is_no, is_yes};
use crate::script::screen::{choice, choices};
use crate::script::{Caller, Deed, Draft, Next, Screen, Script, Stage, wants};
use crate::tr;
use crate::when::{self, Frame, Reading, show};
use crate::words::passport;

/// What is asked about the wish.
pub fn ask(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    match &script.stage {
        Stage::Doctor => screen.say(lang.of(
            "К какому врачу и в какую клинику? Например: терапевт 1",
            "Which doctor, at which clinic? For example: therapist 1",
        )),
        Stage::DoctorChoice { pairs } => {
            screen.say(lang.of("Уточните:", "Which one?"));
            let words: Vec<String> = pairs.iter().map(|pair| pair_text(sight, pair)).collect();
            choices(screen, &words);
        }
        Stage::When => {
            screen.say(lang.of(
                "Когда пациенту удобно? Например: ср 9-12, чт после 15",
                "When can the patient come? For example: wed 9-12, thu after 15",
            ));
            say_clock(sight, of_draft(script, sight).as_deref(), screen);
        }
        Stage::WhenChoice { words, .. } => {
            screen.say(lang.of("Какие дни?", "Which days?"));
            let words = [words.0.clone(), words.1.clone()];
            choices(screen, &words);
        }
        Stage::MoveWhen { .. } => {
            screen.say(lang.of(
                "На когда перенести? Врач и клиника прежние. Например: чт 9-12",
                "Move it to when? Doctor and clinic stay. For example: thu 9-12",
            ));
            say_clock(sight, of_draft(script, sight).as_deref(), screen);
        }
        Stage::MoveSure { id } => {
            let old = sight.request(id);
            let visit = old.and_then(|old| old.instant("appointment"));
            let is_past = visit.is_some_and(|at| at < sight.now);
            screen.say(if is_past { lang.of(
                "Прежняя заявка закроется.",
                "The old request is closed.",
            ) } else { lang.of(
                "Прежняя заявка закроется сразу. Если нового времени не найдётся,\nпациент останется без записи. Предупредите об этом.",
                "The old request is closed at once. If no new time is found,\nthe patient has no visit. Tell them so.",
            ) });
            let words = [
                lang.of("Перенести", "Move it"),
                lang.of("Ничего не менять", "Change nothing"),
                lang.of("Сменить врача или клинику", "Another doctor or clinic"),
            ];
            choices(screen, &words.map(str::to_owned));
        }
        Stage::Review => review(script, sight, screen),
        _ => {}
    }
}

/// The clinic of the draft.
fn of_draft(script: &Script, sight: &Sight<'_>) -> Option<Rc<Record>> {
    sight.book.get(Kind::Clinic, script.draft.clinic.as_deref()?)
}

fn review(script: &Script, sight: &Sight<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    let draft = &script.draft;
    screen.say(
        lang.of("Проверьте заявку вместе с пациентом.", "Check the request with the patient.")
            .to_owned(),
    );
    let known = draft.caller.id.as_deref().and_then(|id| sight.book.patient(id));
    let name = known
        .as_ref()
        .map(|p| sight.cell(p, "name"))
        .or(draft.caller.name.clone())
        .unwrap_or_default();
    let phone = match &draft.caller.phone {
        Some(phone) => crate::words::phone::show(phone),
        None => known.as_ref().map(|p| sight.cell(p, "phone")).unwrap_or_default(),
    };
    // A known patient said the last four digits; a new one's number is read back whole.
    let number = match &draft.caller.passport {
        Some(number) => passport::show(number),
        None => known.as_ref().map(|p| sight.cell(p, "passport")).unwrap_or_default(),
    };
    let pair =
        (draft.specialty.clone().unwrap_or_default(), draft.clinic.clone().unwrap_or_default());
    let rows = [
        (lang.of("Пациент", "Patient"), format!("{name} · {phone}")),
        (lang.of("Паспорт", "Passport"), number),
        (lang.of("Врач", "Doctor"), pair_text(sight, &pair)),
    ];
    let times = draft.ranges.iter().map(|range| sight.range(range));
    let rows = rows.into_iter().chain(
        times
            .enumerate()
            .map(|(at, text)| (if at == 0 { lang.of("Удобно", "Suits") } else { "" }, text)),
    );
    for (title, text) in rows {
        let pad = " ".repeat(9usize.saturating_sub(title.chars().count()));
        screen.say(format!("  {title}{pad} {text}"));
    }
    // Most often one call, written down twice.
    let twin = known.as_ref().and_then(|patient| {
        let but = draft.moves.as_deref();
        twin::seen(sight.book, &patient.id, &pair.1, &pair.0, but, sight.now)
    });
    match twin {
        Some(Twin::Open(twin)) => {
            let standing = wants::standing(script, sight, &twin.id);
            screen.say(tr!(
                lang,
                "Внимание: к этому врачу в эту клинику уже есть заявка. {standing}",
                "Warning: there is a request for this doctor and clinic already. {standing}"
            ));
        }
        Some(Twin::Booked(visit)) => {
            let standing = wants::standing(script, sight, &visit.id);
            screen.say(tr!(
                lang,
                "Внимание: пациент уже записан к этому врачу в эту клинику. {standing}",
                "Warning: the patient has a visit with this doctor and clinic already. {standing}"
            ));
        }
        None => {}
    }
    let words = [
        lang.of("Сохранить и позвонить в клинику", "Save, and call the clinic").to_owned(),
        lang.of("Сохранить, позвонить позже", "Save, and call later").to_owned(),
    ];
    choices(screen, &words);
    screen.say(
        lang.of(
            "Исправить:  3 пациент   4 врач и клиника   5 время",
            "Mend:  3 patient   4 doctor and clinic   5 time",
        )
        .to_owned(),
    );
    screen.default = Some("1".to_owned());
}

/// Takes an answer about the wish.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    match script.stage.clone() {
        Stage::Doctor => take_doctor(script, sight, typed),
        Stage::DoctorChoice { pairs } => match choice(typed, pairs.len()) {
            Some(at) => settle_doctor(script, sight, pairs[at].clone()),
            None => take_doctor(script, sight, typed),
        },
        Stage::When => {
            let clinic = script.draft.clinic.clone().unwrap_or_default();
            if let Some(reading) = read(script, sight, &clinic, typed) {
                settle_when(script, sight, reading);
            }
        }
        Stage::WhenChoice { first, second, .. } => match choice(typed, 2) {
            Some(at) => {
                let ranges = if at == 0 { first } else { second };
                echo(script, sight, &ranges);
                script.draft.ranges = ranges;
                onward(script);
            }
            // Another time may be typed at once.
            None if typed.chars().count() > 1 => {
                script.stage = Stage::When;
                return take(script, sight, typed);
            }
            None => script.ask_for_number(sight.lang, 2),
        },
        Stage::MoveWhen { .. } => {
            let clinic = script.draft.clinic.clone().unwrap_or_default();
            if let Some(reading) = read(script, sight, &clinic, typed) {
                settle_when(script, sight, reading);
            }
        }
        Stage::MoveSure { id } if is_yes(typed) => return give_up(script, sight, id),
        Stage::MoveSure { id } if is_no(typed) => keep_visit(script, sight, id),
        Stage::MoveSure { id } => match choice(typed, 3) {
            Some(0) => return give_up(script, sight, id),
            Some(1) => keep_visit(script, sight, id),
            Some(_) => script.stage = Stage::Doctor,
            // Another time may be typed at once.
            None if typed.chars().count() > 1 => {
                script.stage = Stage::MoveWhen { id };
                return take(script, sight, typed);
            }
            None => script.ask_for_number(sight.lang, 3),
        },
        Stage::Review => return take_review(script, sight, typed),
        _ => {}
    }
    Next::Ask
}

/// A visit is to be moved: the same doctor and clinic, at another time.
pub fn begin_move(script: &mut Script, sight: &Sight<'_>, id: String) {
    if let Some(record) = sight.request(&id) {
        script.draft.specialty = record.text("specialty").map(str::to_owned);
        script.draft.clinic = record.text("clinic").map(str::to_owned);
    }
    script.draft.ranges.clear();
    script.draft.moves = Some(id.clone());
    script.stage = Stage::MoveWhen { id };
}

/// The visit stays as it is. Where the patient was being told of it, that call goes on; who called
/// about it needs nothing more.
fn keep_visit(script: &mut Script, sight: &Sight<'_>, id: String) {
    script.say(sight.lang.of("Ничего не изменено.", "Nothing was changed."));
    script.draft = Draft::default();
    let record = sight.request(&id);
    let status = record.as_ref().and_then(|record| record.text("status"));
    script.stage = match status == Some(Status::InProgress.code()) {
        true => Stage::Told { id },
        false => Stage::End,
    };
}

/// The old visit makes way for a new one.
fn give_up(script: &Script, sight: &Sight<'_>, id: String) -> Next {
    let record = sight.request(&id);
    let seen = record.as_ref().and_then(|record| record.updated());
    let Draft { specialty, clinic, ranges, .. } = script.draft.clone();
    let is_new = |key: &str, value: &Option<String>| {
        record.as_ref().is_some_and(|record| record.text(key) != value.as_deref())
    };
    let is_other = is_new("specialty", &specialty) || is_new("clinic", &clinic);
    let pair = specialty.zip(clinic).filter(|_| is_other);
    Next::Do(Deed::Move { id, seen, ranges, pair })
}

/// The first question that is open yet.
pub fn onward(script: &mut Script) {
    let draft = &script.draft;
    script.stage = match &draft.moves {
        _ if draft.specialty.is_none() => Stage::Doctor,
        Some(id) if draft.ranges.is_empty() => Stage::MoveWhen { id: id.clone() },
        None if draft.ranges.is_empty() => Stage::When,
        Some(id) => Stage::MoveSure { id: id.clone() },
        None => Stage::Review,
    };
}

/// A new patient's answers are gone through again, each kept by Enter.
fn mend_new(script: &mut Script) {
    let Caller { passport, name, phone, .. } = script.draft.caller.clone();
    for (stage, answer) in [(Stage::Passport, passport), (Stage::Name, name), (Stage::Phone, phone)]
    {
        if let Some(answer) = answer {
            script.trail.offer_later(&stage, answer);
        }
    }
    script.stage = Stage::Passport;
}

fn take_review(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    match typed {
        "" | "1" => return Next::Do(Deed::Save { start: true }),
        "2" => return Next::Do(Deed::Save { start: false }),
        _ if is_later(typed) => return Next::Do(Deed::Save { start: false }),
        "3" => match script.draft.caller.id {
            Some(_) => script.stage = Stage::Box,
            None => mend_new(script),
        },
        "4" => {
            let doctor = doctor_as_typed(script, sight);
            mend(script, Stage::Doctor, doctor);
        }
        "5" => {
            let times = script.trail.answer_to(&Stage::When).map(str::to_owned);
            mend(script, Stage::When, times);
        }
        _ => script.ask_for_number(sight.lang, 5),
    }
    Next::Ask
}

/// A question is answered once more; Enter keeps what was answered.
fn mend(script: &mut Script, stage: Stage, answered: Option<String>) {
    if let Some(typed) = answered {
        script.trail.offer_later(&stage, typed);
    }
    script.stage = stage;
}

/// The words that mean the doctor and the clinic of the draft, and no others: those that were typed, or
/// their names.
fn doctor_as_typed(script: &Script, sight: &Sight<'_>) -> Option<String> {
    let (specialty, clinic) = (script.draft.specialty.as_ref()?, script.draft.clinic.as_ref()?);
    let named = [(Kind::Specialty, specialty), (Kind::Clinic, clinic)];
    let named = named.map(|(kind, id)| sight.title(kind, id)).join(" ");
    let typed = script.trail.answer_to(&Stage::Doctor).map(str::to_owned);
    let offers = offer::all(sight.book);
    let means_it = |words: &String| {
        let mut meant = offers.iter().filter(|offer| offer.is_meant(words));
        let only = meant.next().filter(|_| meant.next().is_none());
        only.is_some_and(|only| only.specialty.id == *specialty && only.clinic.id == *clinic)
    };
    typed.into_iter().chain([named]).find(means_it)
}

/// Ranges as a line that is read as just these at a clinic.
fn as_typed(sight: &Sight<'_>, clinic: &str, ranges: &[Range]) -> String {
    let clinic = sight.book.get(Kind::Clinic, clinic);
    let zone = clinic::zone(clinic.as_deref(), sight.settings);
    ranges.iter().map(|range| show::typed(range, zone)).collect::<Vec<_>>().join(", ")
}

/// The doctor and clinic that some words mean.
fn take_doctor(script: &mut Script, sight: &Sight<'_>, typed: &str) {
    if typed.is_empty() {
        return script
            .say(sight.lang.of("Введите врача и клинику.", "Type a doctor and a clinic."));
    }
    let offers = offer::all(sight.book);
    let ids = |offer: &Offer| (offer.specialty.id.clone(), offer.clinic.id.clone());
    let offer::Meant { found, is_guess } = offer::meant(&offers, typed);
    let meant: Vec<_> = found.into_iter().map(ids).collect();
    if is_guess && !meant.is_empty() {
        script.say(tr!(sight.lang, "Точно «{typed}» нет.", "There is no “{typed}”."));
    }
    match meant.as_slice() {
        [] => {
            let known = sight.book.all(Kind::Specialty);
            let known = known.iter().find(|specialty| offer::is_doctor(specialty, typed));
            let is_offered = |title: &str| offers.iter().any(|o| o.specialty.title() == title);
            script.say(match known.map(|specialty| specialty.title()) {
                Some(title) if !is_offered(title) => tr!(
                    sight.lang,
                    "{title}: нет ни в одной клинике. Есть:",
                    "{title}: at no clinic. There are:"
                ),
                _ => tr!(
                    sight.lang,
                    "Такого врача в такой клинике нет: «{typed}». Есть:",
                    "There is no such doctor at such a clinic: “{typed}”. There are:"
                ),
            });
            offer::by_doctor(offers).into_iter().for_each(|line| script.say(format!("  {line}")));
            script.say(
                sight.lang.of(".. — вернуться к прошлому вопросу.", ".. goes back one question."),
            );
        }
        [only] if !is_guess => settle_doctor(script, sight, only.clone()),
        _ => script.stage = Stage::DoctorChoice { pairs: meant },
    }
}

fn settle_doctor(script: &mut Script, sight: &Sight<'_>, pair: (String, String)) {
    let address = sight.book.get(Kind::Clinic, &pair.1).map(|c| c.shown("address").to_owned());
    let text = pair_text(sight, &pair);
    script.say(format!("✓ {text} · {}", address.unwrap_or_default()));
    // Hours that were named by the clock of one clinic are not those of another zone.
    if script.draft.clinic.as_deref().is_some_and(|old| is_other_clock(sight, old, &pair.1)) {
        script.draft.ranges.clear();
    }
    script.draft.specialty = Some(pair.0);
    script.draft.clinic = Some(pair.1);
    onward(script);
}

/// Whether two clinics have different clocks.
pub fn is_other_clock(sight: &Sight<'_>, a: &str, b: &str) -> bool {
    let zone = |id: &str| {
        let clinic = sight.book.get(Kind::Clinic, id);
        clinic::zone(clinic.as_deref(), sight.settings)
    };
    zone(a) != zone(b)
}

/// By whose clock hours are typed, where it is not the store's.
pub fn say_clock(sight: &Sight<'_>, clinic: Option<&Record>, screen: &mut Screen) {
    let zone = clinic::zone(clinic, sight.settings);
    let words = show::clinic_time(zone, sight.settings.timezone, sight.now, sight.lang);
    if let Some(words) = words {
        screen.say(tr!(sight.lang, "  Часы — {words}.", "  Hours in {words}."));
    }
}

fn pair_text(sight: &Sight<'_>, pair: &(String, String)) -> String {
    format!("{} · {}", sight.title(Kind::Specialty, &pair.0), sight.title(Kind::Clinic, &pair.1))
}

/// The ranges that were typed in a clinic's clock; what can't be read is said.
pub fn read(script: &mut Script, sight: &Sight<'_>, clinic: &str, typed: &str) -> Option<Reading> {
    let clinic = sight.book.get(Kind::Clinic, clinic);
    let frame = Frame::of(sight.settings, clinic.as_deref(), sight.now, false);
    match when::ranges(typed, &frame) {
        Ok(reading) => {
            for note in &reading.notes {
                script.say(note.get(sight.lang));
            }
            Some(reading)
        }
        Err(misread) => {
            refuse(script, sight, &misread);
            None
        }
    }
}

/// The ranges of a reading in a clinic's clock; where the days may begin today or a week later, those
/// that meet what is offered. Where that does not tell, it is asked.
pub fn settled(
    script: &mut Script,
    sight: &Sight<'_>,
    clinic: &str,
    reading: Reading,
    offered: &[Range],
) -> Option<Vec<Range>> {
    let Some(other) = reading.other else { return Some(reading.ranges) };
    let is_met = |ranges: &[Range]| !range::common(ranges, offered).is_empty();
    match (is_met(&other.ranges), is_met(&reading.ranges)) {
        (true, false) => Some(other.ranges),
        (false, true) => Some(reading.ranges),
        _ => {
            let lang = sight.lang;
            let line = |ranges: &[Range]| as_typed(sight, clinic, ranges);
            let (that, this) = (line(&other.ranges), line(&reading.ranges));
            script.ask_which(
                lang.of("Какие дни?", "Which days?"),
                [(other.that.get(lang), &that), (other.this.get(lang), &this)],
            );
            None
        }
    }
}

/// Says why a time was not taken.
pub fn refuse(script: &mut Script, sight: &Sight<'_>, misread: &when::Misread) {
    script.say(misread.message.get(sight.lang));
    if let Some(hint) = &misread.hint {
        script.say(hint.get(sight.lang));
    }
    if let Some(words) = fixed(&script.stage, sight.lang) {
        script.say(words);
    }
    // The line as it was probably meant: Enter takes it.
    script.guess = misread.guess().map(str::to_owned);
}

/// The answers besides a time that a question of a call takes.
fn fixed(stage: &Stage, lang: Lang) -> Option<&'static str> {
    Some(match stage {
        Stage::Answer { .. } | Stage::Time { .. } => lang.of(
            "Или: нет — свободного нет, позже — не дозвонились, .. — назад.",
            "Or: none (nothing free), later (no answer), .. (back).",
        ),
        Stage::Offer { .. } => lang.of(
            "Или: цифра, да, не подходит, отказ — пациент отказался, позже — нет ответа, .. — назад.",
            "Or: a number, yes, does not suit, declines (the patient wants no visit), later (no answer), .. (back).",
        ),
        Stage::ElsewhereWhen { .. } | Stage::Anew { .. } => lang.of(
            "Или: отказ — пациент отказался, позже — нет ответа, .. — назад.",
            "Or: no (the patient declines), later (no answer), .. (back).",
        ),
        Stage::Narrow { .. } | Stage::Outside { .. } => lang.of(
            "Или: 1, 2, не подходит, отказ — пациент отказался, позже — нет ответа, .. — назад.",
            "Or: 1, 2, does not suit, declines (the patient wants no visit), later (no answer), .. (back).",
        ),
        _ => return None,
    })
}

/// Repeats times in full, with their weekdays.
pub fn echo(script: &mut Script, sight: &Sight<'_>, ranges: &[Range]) {
    for range in ranges {
        script.say(format!("✓ {}", sight.range(range)));
    }
}

fn settle_when(script: &mut Script, sight: &Sight<'_>, reading: Reading) {
    let lang = sight.lang;
    if let Some(other) = reading.other {
        // Today first: that is what the operator must exclude.
        let words = (other.that.get(lang).to_owned(), other.this.get(lang).to_owned());
        script.stage = Stage::WhenChoice { first: other.ranges, second: reading.ranges, words };
        return;
    }
    echo(script, sight, &reading.ranges);
    script.draft.ranges = reading.ranges;
    onward(script);
}
