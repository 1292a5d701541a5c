//! What may not be done with a request now, and what is said of it: each refusal names what is
//! allowed instead (`spec.md`, section 4).

use crate::error::{Error, Result};
use crate::i18n::{Lang, Text};
use crate::life::{Acting, short};
use crate::model::range::{self, Instant, Range};
use crate::model::request::{Request, Status};
use crate::say;
use crate::when::show;

impl Acting<'_> {
    /// Whether section 4 has this step.
    pub(super) fn may_step(&self, request: &Request<'_>, to: Status) -> Result<()> {
        let id = short(request.id);
        let answered = request.is_answered();
        if request.status == Status::InProgress && to == Status::Created && answered {
            return Err(outcome_recorded(to).hint(say!(
                "Дальше: `appt request next {id}`.",
                "Go on: `appt request next {id}`."
            )));
        }
        if !request.status.ways_on(answered).contains(&to) {
            return Err(illegal(request, to));
        }
        if to == Status::Processed && request.appointment.is_none() {
            return Err(no_appointment().hint(say!(
                "Сначала: `appt request set-appointment {id} ВРЕМЯ`.",
                "First: `appt request set-appointment {id} TIME`."
            )));
        }
        Ok(())
    }

    /// Whether the time is ahead, and suits both.
    pub(super) fn suits(&self, request: &Request<'_>, at: Instant) -> Result<()> {
        let today = self.today(at);
        // All by the clock of the time that was given.
        let by_clock = |ranges: &[Range]| -> Vec<Range> {
            ranges.iter().map(|range| range.in_zone(at.offset())).collect()
        };
        if at <= self.now {
            return Err(Error::refused(
                "appointment-past",
                say!(lang; "Это время уже прошло: {}.", "That time has passed: {}.", show::instant_text(at, today, lang)),
            )
            .hint(say!("Укажите другое; задним числом: `--anyway`.", "Give another, or `--anyway`.")));
        }
        if !range::covers(&request.patient_ranges, at) {
            return Err(Error::refused(
                "outside-patient",
                say!(lang;
                    "Время приёма вне удобного пациенту: {}.",
                    "Outside the patient's times: {}.",
                    show::ranges_text(&by_clock(&request.patient_ranges), today, lang)),
            )
            .hint(say!(
                "Если пациент согласен: `--anyway`.",
                "If the patient agrees: `--anyway`."
            )));
        }
        if !request.clinic_ranges.is_empty() && !range::covers(&request.clinic_ranges, at) {
            return Err(Error::refused(
                "outside-clinic",
                say!(lang;
                    "Время приёма вне удобного клинике: {}.",
                    "Outside the clinic's times: {}.",
                    show::ranges_text(&by_clock(&request.clinic_ranges), today, lang)),
            )
            .hint(say!(
                "Если клиника подтвердила: `--anyway`.",
                "If the clinic confirmed it: `--anyway`."
            )));
        }
        Ok(())
    }

    /// It is too late for another patient: the call has begun.
    pub(super) fn too_late_for_patient(&self, request: &Request<'_>) -> Error {
        if !request.status.is_open() {
            return closed(request);
        }
        let id = short(request.id);
        let error = Error::refused(
            "outcome-recorded",
            say!(
                "Работа по заявке уже идёт, сменить пациента нельзя.",
                "It is too late to change the patient."
            ),
        );
        error.hint(match request.is_answered() {
            true => say!(
                "Оформите другому пациенту новую заявку (`appt request new`), а эту закройте: `appt request refuse {id}`.",
                "Make a new request for the other patient (`appt request new`), and close this one: `appt request refuse {id}`."
            ),
            false => say!(
                "Сначала верните заявку: `appt request set-status {id} created`.",
                "Put it back first: `appt request set-status {id} created`."
            ),
        })
    }

    pub(super) fn too_late(&self, request: &Request<'_>, what: Text) -> Error {
        if !request.status.is_open() {
            return closed(request);
        }
        let Text { ru, en } = what;
        let id = short(request.id);
        Error::refused(
            "outcome-recorded",
            say!(
                "Работа по заявке уже идёт, сменить {ru} нельзя.",
                "It is too late to change the {en}."
            ),
        )
        .hint(say!(
            "Перенесите её на новую заявку: `appt request reschedule {id} --range ДИАПАЗОН` с новой клиникой или специальностью.",
            "Move it to a new request: `appt request reschedule {id} --range RANGE`, with the new clinic or specialty."
        ))
    }

    pub(super) fn see(&self, request: &Request<'_>) -> Text {
        let id = short(request.id);
        say!("Посмотрите её: `appt request show {id}`.", "Look at it: `appt request show {id}`.")
    }
}

/// There is an answer of the clinic, so that the call can't be undone.
pub(super) fn outcome_recorded(to: Status) -> Error {
    Error::refused(
        "outcome-recorded",
        say!(lang;
            "Ответ клиники уже записан, вернуть «{}» нельзя.",
            "The clinic's answer is recorded; it can't go back to “{}”.",
            to.name(lang)),
    )
}

/// There is nothing that the patient could have been told.
pub(super) fn no_appointment() -> Error {
    Error::refused(
        "no-appointment",
        say!("Не записано время приёма.", "No appointment is recorded."),
    )
}

/// Whether no other request took its place.
pub(super) fn not_moved(request: &Request<'_>) -> Result<()> {
    let Some(successor) = request.rescheduled_to else { return Ok(()) };
    let part = short(successor);
    Err(Error::refused(
        "rescheduled",
        say!(
            "Заявку уже перенесли: вместо неё {part}.",
            "The request was moved: {part} stands in its place."
        ),
    )
    .hint(see_successor(successor)))
}

pub(super) fn closed(request: &Request<'_>) -> Error {
    let id = short(request.id);
    let (ru, en) = match request.status {
        Status::Processed => ("уже обработана", "it is processed"),
        _ => ("пациент отказался", "the patient declined"),
    };
    let error = Error::refused(
        "closed",
        say!(
            "Заявка закрыта: {ru}. Изменить её нельзя.",
            "The request is closed: {en}. It can't be changed."
        ),
    );
    error.hint(match request.rescheduled_to {
        Some(successor) => see_successor(successor),
        None => say!(
            "Оформите новую (`appt request new`) или верните эту: `appt request reopen {id} --reason ПРИЧИНА`.",
            "Make a new one (`appt request new`), or take this one up again: `appt request reopen {id} --reason TEXT`."
        ),
    })
}

pub(super) fn see_successor(id: &str) -> Text {
    let id = short(id);
    say!(
        "Работайте с новой: `appt request show {id}`.",
        "Work on that one: `appt request show {id}`."
    )
}

pub(super) fn illegal(request: &Request<'_>, to: Status) -> Error {
    let allowed = |lang: Lang| {
        let ways = request.status.ways_on(request.is_answered());
        let mut names: Vec<String> =
            ways.iter().map(|s| lang.of("«{}»", "“{}”").replace("{}", s.name(lang))).collect();
        if request.status.can_reopen() && request.rescheduled_to.is_none() {
            names.push(lang.of("вернуть в работу", "reopening it").to_owned());
        }
        if names.is_empty() {
            names.push(lang.of("оформить новую", "making a new one").to_owned());
        }
        names.join(", ")
    };
    let id = short(request.id);
    let error = Error::refused(
        "illegal-transition",
        say!(lang;
            "Статус «{}» нельзя сменить на «{}». Можно: {}.",
            "“{}” can't become “{}”. Allowed: {}.",
            request.status.name(lang), to.name(lang), allowed(lang)),
    );
    if request.status.can_reopen() && request.rescheduled_to.is_none() {
        return error.hint(say!(
            "Вернуть в работу: `appt request reopen {id} --reason ПРИЧИНА`.",
            "To take it up again: `appt request reopen {id} --reason TEXT`."
        ));
    }
    error.hint(see_next(request.id))
}

pub(super) fn see_next(id: &str) -> Text {
    let id = short(id);
    say!(
        "Что делать дальше: `appt request next {id}`.",
        "What comes next: `appt request next {id}`."
    )
}

/// Whether the clinic's answer can be recorded now: somebody is busy with the request.
///
/// # Errors
/// `refused`, with what comes first.
pub fn takes_an_answer(request: &Request<'_>) -> Result<()> {
    let id = short(request.id);
    match request.status {
        Status::InProgress => Ok(()),
        Status::Created => Err(Error::refused(
            "not-in-progress",
            say!(lang;
                "Ответ клиники записывают в статусе «{}».",
                "An answer can be recorded only while “{}”.",
                Status::InProgress.name(lang)),
        )
        .hint(say!(
            "Сначала: `appt request set-status {id} in-progress`.",
            "First: `appt request set-status {id} in-progress`."
        ))),
        Status::Processed => Err(Error::refused(
            "not-in-progress",
            say!("Заявка уже обработана.", "The request is processed already."),
        )
        .hint(say!(
            "Вернуть в работу: `appt request reopen {id} --reason ПРИЧИНА`; новое время: `appt request reschedule {id}`.",
            "To take it up again: `appt request reopen {id} --reason TEXT`; for a new time: `appt request reschedule {id}`."
        ))),
        Status::PatientRefused => Err(closed(request)),
    }
}
