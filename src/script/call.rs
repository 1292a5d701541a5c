//! The calls themselves: what the clinic said, what the patient is offered and told.

use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::render::cell::Sight;
use crate::render::show;
use crate::script::deed::Act;
use crate::script::{Deed, Next, Screen, Script, Stage, choice, choices, phrase, wish};
use crate::tr;
use crate::when::{self, Frame};

/// What is asked during a call.
pub fn ask(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
    let Some(record) = script.stage.subject().and_then(|id| sight.book.get(Kind::Request, id))
    else {
        return;
    };
    let Ok(request) = Request::of(&record) else { return };
    let lang = sight.lang;
    let parties = phrase::parties(sight, &record);
    let drawing = show::times(sight, &in_play(&request, &script.stage), &script.canvas);
    let clinic = format!("  {} · {}", parties.clinic, parties.address);
    let old = request.rescheduled_from.and_then(|id| sight.book.get(Kind::Request, id));
    let old_visit = old
        .as_ref()
        .filter(|old| old.text("clinic") == Some(request.clinic))
        .and_then(|old| old.instant("appointment"));
    match &script.stage {
        Stage::Answer { .. } => {
            let phone = &parties.clinic_phone;
            screen.say(tr!(lang, "Позвоните в клинику: {phone}", "Call the clinic: {phone}"));
            screen.say(clinic);
            screen.say(match old_visit {
                Some(old) => phrase::move_at_clinic(sight, old, &request, &parties),
                None => phrase::ask_clinic(sight, &request, &parties),
            });
            screen.draw(drawing);
            screen.say(lang.of("Что ответила клиника?", "What did the clinic say?"));
            line_of_answer(screen, lang);
        }
        Stage::NothingFree { .. } => {
            screen.say(
                lang.of(
                    "У клиники нет свободного времени. Что дальше?",
                    "The clinic has nothing free. What now?",
                )
                .to_owned(),
            );
            choices(
                screen,
                &nothing_free(sight, &request).into_iter().map(|(_, w)| w).collect::<Vec<_>>(),
            );
        }
        Stage::Sure { at, .. } => {
            let at_text = phrase::instant(sight, *at);
            screen.say(if at.to_utc() < sight.now {
                tr!(lang, "Это время уже прошло: {at_text}.", "That time has passed: {at_text}.")
            } else {
                tr!(
                    lang,
                    "Время вне удобного пациенту или клинике: {at_text}.",
                    "Outside the times that suit patient or clinic: {at_text}."
                )
            });
            choices(
                screen,
                &[
                    lang.of(
                        "Пациент и клиника согласны: записать",
                        "Patient and clinic agree: record it",
                    )
                    .to_owned(),
                    lang.of("Другое время", "Another time").to_owned(),
                ],
            );
        }
        Stage::Offer { .. } => {
            let phone = &parties.patient_phone;
            let offers = offers(&request);
            screen.say(if offers.len() > request.clinic_ranges.len() {
                tr!(
                    lang,
                    "Время совпало частично. Позвоните пациенту: {phone}",
                    "The times fit in part. Call the patient: {phone}"
                )
            } else {
                tr!(
                    lang,
                    "Время не совпало. Позвоните пациенту: {phone}",
                    "The times don't fit. Call the patient: {phone}"
                )
            });
            screen.draw(drawing);
            screen.say(phrase::offer_patient(sight, &request, &parties));
            let words: Vec<String> =
                offers.iter().map(|offer| offer_text(sight, &request, offer)).collect();
            choices(screen, &words);
            line_of_offer(screen, lang);
        }
        Stage::Narrow { fits, .. } => {
            let text = phrase::ranges(sight, fits);
            screen.say(tr!(
                lang,
                "Вне времени клиники. Подходит: {text}. Записать это?",
                "Outside the clinic's times. What fits: {text}. Record that?"
            ));
            choices(
                screen,
                &[
                    lang.of("Записать", "Record it").to_owned(),
                    lang.of("Другие часы", "Other hours").to_owned(),
                ],
            );
        }
        Stage::Time { .. } => {
            let common = range::common(&request.patient_ranges, &request.clinic_ranges);
            let text = phrase::ranges(sight, &common);
            let phone = &parties.clinic_phone;
            screen.say(tr!(lang, "✓ Подходит обоим: {text}", "✓ Suits both: {text}"));
            screen.draw(drawing);
            screen.say(tr!(
                lang,
                "Позвоните в клинику: {phone}. На какое время записали?",
                "Call the clinic: {phone}. Which time did they book?"
            ));
            line_of_answer(screen, lang);
        }
        Stage::Told { .. } => {
            if let Some(at) = request.appointment {
                let text = phrase::instant(sight, at);
                screen.say(tr!(lang, "✓ Время приёма: {text}", "✓ Appointment: {text}"));
                screen.draw(drawing);
                let phone = &parties.patient_phone;
                screen.say(tr!(lang, "Сообщите пациенту: {phone}", "Tell the patient: {phone}"));
                screen.say(phrase::tell_patient(sight, at, old_visit.is_some(), &parties));
            }
            let words = [
                lang.of("Пациент знает: завершить", "The patient knows: done"),
                lang.of("Не дозвонились, позже", "No answer, later"),
                lang.of("Пациент просит другое время", "The patient wants another time"),
                lang.of("Пациент отказывается", "The patient declines"),
                lang.of("Исправить время приёма", "Mend the appointment"),
            ];
            choices(screen, &words.map(str::to_owned));
        }
        Stage::Off { .. } => {
            if let Some(at) = request.appointment {
                screen.say(phrase::cancelled(sight, at, &parties));
                let phone = &parties.clinic_phone;
                screen.say(tr!(lang, "Позвоните в клинику: {phone}", "Call the clinic: {phone}"));
                screen.say(phrase::cancel_at_clinic(sight, at, &parties));
            }
            let words = [
                lang.of("Клиника знает", "The clinic knows"),
                lang.of("Не дозвонились, позже", "No answer, later"),
            ];
            choices(screen, &words.map(str::to_owned));
        }
        Stage::Held { .. } => held(sight, &record, &request, screen),
        Stage::Reason { .. } => screen.say(
            lang.of(
                "Причина (можно пропустить). После ответа заявка будет закрыта.",
                "The reason (may be left out). After the answer the request is closed.",
            )
            .to_owned(),
        ),
        _ => {}
    }
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

/// Somebody else has the request, or nobody has taken it up.
fn held(sight: &Sight<'_>, record: &Record, request: &Request<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    let part = life::short(&record.id);
    let status = request.status_name(lang);
    let holder = sight.title(Kind::Operator, request.operator);
    screen.say(if request.status == Status::Created {
        tr!(lang, "Заявка {part}: {status}.", "Request {part}: {status}.")
    } else {
        tr!(
            lang,
            "Сейчас у заявки {part} другой оператор: {holder}.",
            "Request {part} is held by {holder}."
        )
    });
    let words = if request.status == Status::Created {
        [lang.of("Позвонить в клинику", "Call the clinic"), lang.of("Оставить", "Leave it")]
    } else {
        [lang.of("Взять заявку себе", "Take it over"), lang.of("Оставить", "Leave it")]
    };
    choices(screen, &words.map(str::to_owned));
}

fn line_of_answer(screen: &mut Screen, lang: Lang) {
    screen.say(lang.of(
        "  назначила время   11:30 или ср 11:30     свободного нет   нет",
        "  it gave a time    11:30 or wed 11:30     nothing free     none",
    ));
    screen.say(lang.of(
        "  предложила другое чт 14-16, пт 9-12      не дозвонились   позже",
        "  it offered others thu 14-16, fri 9-12    no answer        later",
    ));
}

fn line_of_offer(screen: &mut Screen, lang: Lang) {
    screen.say(
        lang.of(
            "  Или часы: пт 10-12.   отказ — пациент отказался   позже — нет ответа",
            "  Or hours: fri 10-12.   no: the patient declines   later: no answer",
        )
        .to_owned(),
    );
}

/// What the patient may take by one digit: what suits both already, then each of the clinic's times.
fn offers(request: &Request<'_>) -> Vec<Vec<Range>> {
    let common = range::common(&request.patient_ranges, &request.clinic_ranges);
    let first = Some(common).filter(|common| !common.is_empty());
    let whole = request.clinic_ranges.iter().map(|range| vec![*range]);
    let whole: Vec<Vec<Range>> = whole.filter(|range| first.as_ref() != Some(range)).collect();
    first.into_iter().chain(whole).collect()
}

fn offer_text(sight: &Sight<'_>, request: &Request<'_>, offer: &[Range]) -> String {
    let text = phrase::ranges(sight, offer);
    if range::within(offer, &request.patient_ranges) {
        tr!(sight.lang, "{text}: подходит обоим", "{text}: suits both")
    } else {
        tr!(sight.lang, "{text}, целиком", "{text}, all of it")
    }
}

/// Ways on where the clinic has nothing: another clinic, later, or no visit.
#[derive(Debug, Clone, PartialEq)]
enum Way {
    Elsewhere(String),
    Later,
    Refuse,
}

fn nothing_free(sight: &Sight<'_>, request: &Request<'_>) -> Vec<(Way, String)> {
    let lang = sight.lang;
    let clinics = sight.book.all(Kind::Clinic);
    let others = clinics.iter().filter(|clinic| {
        clinic.id != request.clinic && clinic.texts("specialties").contains(&request.specialty)
    });
    let mut ways: Vec<(Way, String)> = others
        .map(|clinic| {
            let name = clinic.title();
            (
                Way::Elsewhere(clinic.id.clone()),
                tr!(lang, "Другая клиника: {name}", "Another clinic: {name}"),
            )
        })
        .collect();
    ways.push((Way::Later, lang.of("Позвонить позже", "Call later").to_owned()));
    ways.push((Way::Refuse, lang.of("Пациент отказывается", "The patient declines").to_owned()));
    ways
}

/// Takes an answer during a call.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    let stage = script.stage.clone();
    let Some(record) = stage.subject().and_then(|id| sight.book.get(Kind::Request, id)) else {
        return Next::End;
    };
    let Ok(request) = Request::of(&record) else { return Next::End };
    let act =
        |act: Act| Next::Do(Deed::Step { id: record.id.clone(), seen: record.updated(), act });
    let lang = sight.lang;
    let id = record.id.clone();
    let digit = |script: &mut Script, count: usize| {
        let at = choice(typed, count);
        if at.is_none() {
            script.say(lang.of("Введите цифру ответа.", "Type the number of an answer."));
        }
        at
    };
    match stage {
        Stage::Answer { .. } => return answer(script, sight, &record, &request, typed, false),
        Stage::Time { .. } => return answer(script, sight, &record, &request, typed, true),
        Stage::NothingFree { .. } => {
            let ways = nothing_free(sight, &request);
            let Some(at) = digit(script, ways.len()) else { return Next::Ask };
            return match &ways[at].0 {
                Way::Elsewhere(clinic) => act(Act::Elsewhere(clinic.clone())),
                Way::Later => act(Act::NoAnswer),
                Way::Refuse => act(Act::Refuse(None)),
            };
        }
        Stage::Sure { at, .. } => match digit(script, 2) {
            Some(0) => return act(Act::Appointment { at, anyway: true }),
            Some(_) => script.go_on(sight, &id),
            None => {}
        },
        Stage::Offer { .. } => return offer(script, sight, &record, &request, typed),
        Stage::Narrow { fits, .. } => match digit(script, 2) {
            Some(0) => return act(Act::PatientRanges(fits)),
            Some(_) => script.stage = Stage::Offer { id },
            None => {}
        },
        Stage::Held { .. } => match digit(script, 2) {
            Some(0) if request.status == Status::Created => return act(Act::Claim),
            Some(0) => return act(Act::TakeOver),
            Some(_) => script.stage = Stage::End,
            None => {}
        },
        Stage::Told { .. } => match digit(script, 5) {
            Some(0) => return act(Act::Told),
            Some(1) => return act(Act::NoAnswer),
            Some(2) => wish::begin_move(script, sight, id),
            Some(3) => script.stage = Stage::Reason { id },
            Some(_) => return act(Act::ClearAppointment),
            None => {}
        },
        Stage::Off { .. } => match digit(script, 2) {
            Some(0) => return act(Act::ClinicTold),
            Some(_) => return act(Act::NoAnswer),
            None => {}
        },
        Stage::Reason { .. } => {
            let reason =
                crate::words::text::note(typed, 2000).ok().filter(|reason| !reason.is_empty());
            return act(Act::Refuse(reason));
        }
        _ => {}
    }
    Next::Ask
}

fn is_later(typed: &str) -> bool {
    matches!(typed.to_lowercase().as_str(), "позже" | "later" | "потом")
}

fn is_no(typed: &str) -> bool {
    matches!(typed.to_lowercase().as_str(), "нет" | "отказ" | "no" | "none")
}

/// What the clinic said, as it was said; `common`: it was asked for a time that suits both.
fn answer(
    script: &mut Script,
    sight: &Sight<'_>,
    record: &Record,
    request: &Request<'_>,
    typed: &str,
    common: bool,
) -> Next {
    let act =
        |act: Act| Next::Do(Deed::Step { id: record.id.clone(), seen: record.updated(), act });
    if is_later(typed) {
        return act(Act::NoAnswer);
    }
    if is_no(typed) {
        script.stage = Stage::NothingFree { id: record.id.clone() };
        return Next::Ask;
    }
    let clinic = sight.book.get(Kind::Clinic, request.clinic);
    let frame = Frame::of(sight.settings, clinic.as_deref(), sight.now, false);
    if let Ok(reading) = when::ranges(typed, &frame) {
        for note in &reading.notes {
            script.say(note.get(sight.lang));
        }
        return act(Act::ClinicRanges(reading.ranges));
    }
    time(script, sight, record, request, typed, common)
}

/// The time that the clinic named.
fn time(
    script: &mut Script,
    sight: &Sight<'_>,
    record: &Record,
    request: &Request<'_>,
    typed: &str,
    common: bool,
) -> Next {
    let clinic = sight.book.get(Kind::Clinic, request.clinic);
    let frame = Frame::of(sight.settings, clinic.as_deref(), sight.now, false);
    let suits = if common {
        range::common(&request.patient_ranges, &request.clinic_ranges)
    } else {
        request.patient_ranges.clone()
    };
    let mut days: Vec<_> =
        suits.iter().map(|r| r.start.with_timezone(&frame.zone).date_naive()).collect();
    days.sort_unstable();
    days.dedup();
    match when::appointment(typed, &frame, &days) {
        Ok((at, notes)) => {
            for note in &notes {
                script.say(note.get(sight.lang));
            }
            settle_time(script, sight, record, request, at)
        }
        Err(misread) => {
            wish::refuse(script, sight, &misread);
            Next::Ask
        }
    }
}

fn settle_time(
    script: &mut Script,
    sight: &Sight<'_>,
    record: &Record,
    request: &Request<'_>,
    at: Instant,
) -> Next {
    let suits = at.to_utc() > sight.now
        && range::covers(&request.patient_ranges, at)
        && (request.clinic_ranges.is_empty() || range::covers(&request.clinic_ranges, at));
    if !suits {
        script.stage = Stage::Sure { id: record.id.clone(), at };
        return Next::Ask;
    }
    let act = Act::Appointment { at, anyway: false };
    Next::Do(Deed::Step { id: record.id.clone(), seen: record.updated(), act })
}

/// What the patient answers to the clinic's times: one of them whole, hours, a refusal, later.
fn offer(
    script: &mut Script,
    sight: &Sight<'_>,
    record: &Record,
    request: &Request<'_>,
    typed: &str,
) -> Next {
    let act =
        |act: Act| Next::Do(Deed::Step { id: record.id.clone(), seen: record.updated(), act });
    if is_later(typed) {
        return act(Act::NoAnswer);
    }
    if is_no(typed) {
        script.stage = Stage::Reason { id: record.id.clone() };
        return Next::Ask;
    }
    let mut offers = offers(request);
    let ranges = match choice(typed, offers.len()) {
        Some(at) => offers.swap_remove(at),
        None => match wish::read(script, sight, request.clinic, typed) {
            Some(reading) => reading.ranges,
            None => return Next::Ask,
        },
    };
    if range::within(&ranges, &request.clinic_ranges) {
        return act(Act::PatientRanges(ranges));
    }
    let fits = range::common(&ranges, &request.clinic_ranges);
    if fits.is_empty() {
        let text = phrase::ranges(sight, &request.clinic_ranges);
        script.say(tr!(
            sight.lang,
            "Вне времени клиники. Клиника предлагает: {text}.",
            "Outside the clinic's times. It offers: {text}."
        ));
        return Next::Ask;
    }
    script.stage = Stage::Narrow { id: record.id.clone(), fits };
    Next::Ask
}
