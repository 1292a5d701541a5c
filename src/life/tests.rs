//! The life of a request: what is refused and in which words, section 4 as literal tables, and a
//! random walk in which every accepted change stands in the fold and pleases the rules.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::check::{self, Scene, Severity};
use crate::history::Event;
use crate::model::request::Step;
use crate::model::settings::Settings;
use crate::model::value::Values;
use crate::testing::{Shelf, event, list, range, span, time};

use Status::{Created, InProgress, PatientRefused, Processed};

const R: Kind = Kind::Request;
const REQUEST: &str = "20261123-k7m2qx";
const LATER: &str = "20261123-p3x8wd";
const PATIENT: &str = "7h2k9m4qwe";
const OTHER_PATIENT: &str = "8h2k9m4qwe";

/// Two operators, two clinics, two patients.
fn shelf() -> Shelf {
    let mut shelf = Shelf::default();
    let values = Values::new;
    shelf.make(
        Kind::Operator,
        "anna",
        values().with("name", "Анна Смирнова").with("role", "admin"),
    );
    shelf.make(
        Kind::Operator,
        "boris",
        values().with("name", "Борис Котов").with("role", "operator"),
    );
    for (id, title) in [("terapevt", "Терапевт"), ("kardiolog", "Кардиолог"), ("uzi", "УЗИ")]
    {
        shelf.make(Kind::Specialty, id, values().with("title", title));
    }
    for (id, name, offered) in [
        ("poliklinika-1", "Поликлиника № 1", &["kardiolog", "terapevt"][..]),
        ("poliklinika-2", "Поликлиника № 2", &["kardiolog"]),
    ] {
        let clinic = values()
            .with("name", name)
            .with("address", "ул. Ленина, д. 1")
            .with("phone", "+74952377297")
            .with("specialties", list(offered));
        shelf.make(Kind::Clinic, id, clinic);
    }
    for (id, passport) in [(PATIENT, "4511223344"), (OTHER_PATIENT, "4511223345")] {
        let patient = values().with("name", "Щукин Пётр Фёдорович").with("passport", passport);
        shelf.make(Kind::Patient, id, patient.with("phone", "+79017892569"));
    }
    shelf
}

fn values(status: Status) -> Values {
    Values::new()
        .with("patient", PATIENT)
        .with("clinic", "poliklinika-1")
        .with("specialty", "terapevt")
        .with("status", status.code())
        .with("operator", "anna")
        .with("created", time("23T10:00"))
        .with("patient_ranges", span("25T09:00", "25T12:00"))
}

/// What is recorded of the clinic's answer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Nothing,
    Ranges,
    Appointment,
}
use Answer::{Appointment, Nothing, Ranges};

fn answered(status: Status, answer: Answer) -> Values {
    match answer {
        Nothing => values(status),
        Ranges => values(status).with("clinic_ranges", span("25T10:00", "25T14:00")),
        Appointment => values(status).with("appointment", time("25T11:30")),
    }
}

fn record(values: Values) -> Record {
    let mut shelf = Shelf::default();
    shelf.make(R, REQUEST, values);
    shelf.get(R, REQUEST).unwrap().as_ref().clone()
}

fn acting<'a>(book: &'a Shelf, by: &'a str) -> Acting<'a> {
    let now = time("23T10:30").to_utc();
    Acting { book, by, now, take_over: false, anyway: false }
}

type Act = fn(&Acting<'_>, &Record) -> Result<Vec<What>>;

fn clinic(act: &Acting<'_>, record: &Record) -> Result<Vec<What>> {
    act.edit(record, &[("clinic", "poliklinika-2".into())])
}

fn patient(act: &Acting<'_>, record: &Record) -> Result<Vec<What>> {
    act.edit(record, &[("patient", OTHER_PATIENT.into())])
}

fn appointment(act: &Acting<'_>, record: &Record) -> Result<Vec<What>> {
    act.set_appointment(record, Some(time("25T10:15")))
}

fn clinic_ranges(act: &Acting<'_>, record: &Record) -> Result<Vec<What>> {
    act.set_ranges(record, Whose::Clinic, &[range("26T15:00", "26T17:00")], false)
}

fn patient_ranges(act: &Acting<'_>, record: &Record) -> Result<Vec<What>> {
    act.set_ranges(record, Whose::Patient, &[range("26T15:00", "26T17:00")], false)
}

fn reopen(act: &Acting<'_>, record: &Record) -> Result<Vec<What>> {
    act.reopen(record, "передумал".to_owned())
}

/// One refusal: who tries what, and what they read, message and hint.
struct Refusal {
    rule: &'static str,
    record: Values,
    by: &'static str,
    act: Act,
    ru: [&'static str; 2],
    en: [&'static str; 2],
}

#[test]
fn a_refusal_says_what_is_wrong_and_what_is_allowed() {
    let reopened = [
        "Вернуть в работу: `appt request reopen k7m2qx --reason ПРИЧИНА`.",
        "To take it up again: `appt request reopen k7m2qx --reason TEXT`.",
    ];
    let new_one = [
        "Оформите новую (`appt request new`) или верните эту: `appt request reopen k7m2qx --reason ПРИЧИНА`.",
        "Make a new one (`appt request new`), or take this one up again: `appt request reopen k7m2qx --reason TEXT`.",
    ];
    let next = [
        "Что делать дальше: `appt request next k7m2qx`.",
        "What comes next: `appt request next k7m2qx`.",
    ];
    let successor = [
        "Работайте с новой: `appt request show p3x8wd`.",
        "Work on that one: `appt request show p3x8wd`.",
    ];
    let moved = || values(PatientRefused).with("rescheduled_to", LATER);
    let table = [
        Refusal {
            rule: "illegal-transition",
            record: values(Created),
            by: "anna",
            act: |act, record| act.set_status(record, Processed, None),
            ru: [
                "Статус «Создана» нельзя сменить на «Обработана». Можно: «Обрабатывается», «Пациент отказался».",
                next[0],
            ],
            en: [
                "“Created” can't become “Processed”. Allowed: “In progress”, “Declined by patient”.",
                next[1],
            ],
        },
        Refusal {
            rule: "illegal-transition",
            record: answered(Processed, Appointment),
            by: "anna",
            act: |act, record| act.set_status(record, InProgress, None),
            ru: [
                "Статус «Обработана» нельзя сменить на «Обрабатывается». Можно: «Пациент отказался», вернуть в работу.",
                reopened[0],
            ],
            en: [
                "“Processed” can't become “In progress”. Allowed: “Declined by patient”, reopening it.",
                reopened[1],
            ],
        },
        Refusal {
            rule: "illegal-transition",
            record: values(PatientRefused),
            by: "anna",
            act: |act, record| act.set_status(record, Created, None),
            ru: [
                "Статус «Пациент отказался» нельзя сменить на «Создана». Можно: вернуть в работу.",
                reopened[0],
            ],
            en: [
                "“Declined by patient” can't become “Created”. Allowed: reopening it.",
                reopened[1],
            ],
        },
        Refusal {
            rule: "illegal-transition",
            record: moved(),
            by: "anna",
            act: |act, record| act.set_status(record, InProgress, None),
            ru: [
                "Статус «Пациент отказался» нельзя сменить на «Обрабатывается». Можно: оформить новую.",
                next[0],
            ],
            en: [
                "“Declined by patient” can't become “In progress”. Allowed: making a new one.",
                next[1],
            ],
        },
        Refusal {
            rule: "outcome-recorded",
            record: answered(InProgress, Ranges),
            by: "anna",
            act: |act, record| act.set_status(record, Created, None),
            ru: [
                "Ответ клиники уже записан, вернуть «Создана» нельзя.",
                "Дальше: `appt request next k7m2qx`.",
            ],
            en: [
                "The clinic's answer is recorded; it can't go back to “Created”.",
                "Go on: `appt request next k7m2qx`.",
            ],
        },
        Refusal {
            rule: "no-appointment",
            record: answered(InProgress, Ranges),
            by: "anna",
            act: |act, record| act.set_status(record, Processed, None),
            ru: [
                "Не записано время приёма.",
                "Сначала: `appt request set-appointment k7m2qx ВРЕМЯ`.",
            ],
            en: [
                "No appointment is recorded.",
                "First: `appt request set-appointment k7m2qx TIME`.",
            ],
        },
        Refusal {
            rule: "held-by-other",
            record: answered(InProgress, Appointment),
            by: "boris",
            act: |act, record| act.set_status(record, Processed, None),
            ru: [
                "Сейчас у заявки другой оператор: Анна Смирнова.",
                "Чтобы взять её себе: `--take-over`.",
            ],
            en: ["The request is held by Анна Смирнова.", "To take it over: `--take-over`."],
        },
        Refusal {
            rule: "closed",
            record: values(PatientRefused),
            by: "anna",
            act: |act, record| act.refuse(record, None),
            ru: ["Заявка закрыта: пациент отказался. Изменить её нельзя.", new_one[0]],
            en: ["The request is closed: the patient declined. It can't be changed.", new_one[1]],
        },
        Refusal {
            rule: "closed",
            record: answered(Processed, Appointment),
            by: "anna",
            act: patient_ranges,
            ru: ["Заявка закрыта: уже обработана. Изменить её нельзя.", new_one[0]],
            en: ["The request is closed: it is processed. It can't be changed.", new_one[1]],
        },
        Refusal {
            rule: "closed",
            record: moved(),
            by: "anna",
            act: clinic,
            ru: ["Заявка закрыта: пациент отказался. Изменить её нельзя.", successor[0]],
            en: ["The request is closed: the patient declined. It can't be changed.", successor[1]],
        },
        Refusal {
            rule: "nothing-to-move",
            record: values(PatientRefused),
            by: "anna",
            act: |act, record| act.make_way(record, LATER, None),
            ru: ["Переносить нечего: заявка закрыта.", "Оформите новую: `appt request new`."],
            en: ["Nothing to move: the request is closed.", "Make a new one: `appt request new`."],
        },
        Refusal {
            rule: "nothing-to-move",
            record: moved(),
            by: "anna",
            act: |act, record| act.make_way(record, LATER, None),
            ru: ["Переносить нечего: заявка закрыта.", successor[0]],
            en: ["Nothing to move: the request is closed.", successor[1]],
        },
        Refusal {
            rule: "rescheduled",
            record: moved(),
            by: "anna",
            act: reopen,
            ru: ["Заявку уже перенесли: вместо неё p3x8wd.", successor[0]],
            en: ["The request was moved: p3x8wd stands in its place.", successor[1]],
        },
        Refusal {
            rule: "not-closed",
            record: values(Created),
            by: "anna",
            act: reopen,
            ru: ["Заявка открыта, возвращать её не нужно: «Создана».", next[0]],
            en: ["The request is open, there is nothing to reopen: “Created”.", next[1]],
        },
        Refusal {
            rule: "not-in-progress",
            record: values(Created),
            by: "anna",
            act: appointment,
            ru: [
                "Ответ клиники записывают в статусе «Обрабатывается».",
                "Сначала: `appt request set-status k7m2qx in-progress`.",
            ],
            en: [
                "An answer can be recorded only while “In progress”.",
                "First: `appt request set-status k7m2qx in-progress`.",
            ],
        },
        Refusal {
            rule: "not-in-progress",
            record: answered(Processed, Appointment),
            by: "anna",
            act: clinic_ranges,
            ru: [
                "Заявка уже обработана.",
                "Вернуть в работу: `appt request reopen k7m2qx --reason ПРИЧИНА`; новое время: `appt request reschedule k7m2qx`.",
            ],
            en: [
                "The request is processed already.",
                "To take it up again: `appt request reopen k7m2qx --reason TEXT`; for a new time: `appt request reschedule k7m2qx`.",
            ],
        },
        Refusal {
            rule: "appointment-past",
            record: values(InProgress),
            by: "anna",
            act: |act, record| act.set_appointment(record, Some(time("23T10:30"))),
            ru: [
                "Это время уже прошло: понедельник, 23 ноября, 10:30.",
                "Укажите другое; задним числом: `--anyway`.",
            ],
            en: [
                "That time has passed: Monday, 23 November, 10:30.",
                "Give another, or `--anyway`.",
            ],
        },
        Refusal {
            rule: "outside-patient",
            record: values(InProgress),
            by: "anna",
            act: |act, record| act.set_appointment(record, Some(time("25T12:00"))),
            ru: [
                "Время приёма вне удобного пациенту: среда, 25 ноября, 9:00–12:00.",
                "Если пациент согласен: `--anyway`.",
            ],
            en: [
                "Outside the patient's times: Wednesday, 25 November, 9:00–12:00.",
                "If the patient agrees: `--anyway`.",
            ],
        },
        Refusal {
            rule: "outside-clinic",
            record: answered(InProgress, Ranges),
            by: "anna",
            act: |act, record| act.set_appointment(record, Some(time("25T09:30"))),
            ru: [
                "Время приёма вне удобного клинике: среда, 25 ноября, 10:00–14:00.",
                "Если клиника подтвердила: `--anyway`.",
            ],
            en: [
                "Outside the clinic's times: Wednesday, 25 November, 10:00–14:00.",
                "If the clinic confirmed it: `--anyway`.",
            ],
        },
        Refusal {
            rule: "no-ranges",
            record: values(Created),
            by: "anna",
            act: |act, record| act.set_ranges(record, Whose::Patient, &[], false),
            ru: [
                "Не осталось бы ни одного удобного пациенту времени.",
                "Укажите другое: `--patient`.",
            ],
            en: ["No time that suits the patient would be left.", "Give another: `--patient`."],
        },
        Refusal {
            rule: "outcome-recorded",
            record: answered(InProgress, Ranges),
            by: "anna",
            act: clinic,
            ru: [
                "Работа по заявке уже идёт, сменить клинику и специальность нельзя.",
                "Перенесите её на новую заявку: `appt request reschedule k7m2qx --range ДИАПАЗОН` с новой клиникой или специальностью.",
            ],
            en: [
                "It is too late to change the clinic and specialty.",
                "Move it to a new request: `appt request reschedule k7m2qx --range RANGE`, with the new clinic or specialty.",
            ],
        },
        Refusal {
            rule: "outcome-recorded",
            record: values(InProgress),
            by: "anna",
            act: patient,
            ru: [
                "Работа по заявке уже идёт, сменить пациента нельзя.",
                "Сначала верните заявку: `appt request set-status k7m2qx created`.",
            ],
            en: [
                "It is too late to change the patient.",
                "Put it back first: `appt request set-status k7m2qx created`.",
            ],
        },
        Refusal {
            rule: "nothing-to-cancel",
            record: values(PatientRefused),
            by: "anna",
            act: |act, record| act.clinic_told(record),
            ru: [
                "Отменять в клинике нечего: отменённого приёма у заявки нет.",
                "Посмотрите её: `appt request show k7m2qx`.",
            ],
            en: [
                "There is nothing to cancel at the clinic: the request has no visit that is off.",
                "Look at it: `appt request show k7m2qx`.",
            ],
        },
    ];
    let shelf = shelf();
    for refusal in table {
        let error =
            (refusal.act)(&acting(&shelf, refusal.by), &record(refusal.record)).unwrap_err();
        assert_eq!((error.rule, error.code.exit()), (Some(refusal.rule), 3));
        let hint = error.hint.expect(refusal.rule);
        assert_eq!([error.message.ru.as_str(), hint.ru.as_str()], refusal.ru, "{}", refusal.rule);
        assert_eq!([error.message.en.as_str(), hint.en.as_str()], refusal.en, "{}", refusal.rule);
    }
}

#[test]
fn a_clinic_without_the_specialty_names_those_that_have_it() {
    let shelf = shelf();
    let clinic = shelf.get(Kind::Clinic, "poliklinika-2").unwrap();
    let specialty = |id| shelf.get(Kind::Specialty, id).unwrap();
    assert_eq!(offers(&shelf, &clinic, &specialty("kardiolog")), Ok(()));
    let error = offers(&shelf, &clinic, &specialty("terapevt")).unwrap_err();
    assert_eq!((error.rule, error.code.exit()), (Some("specialty-not-offered"), 3));
    assert_eq!(error.message.ru, "В клинике «Поликлиника № 2» нет специальности «Терапевт».");
    assert_eq!(error.message.en, "“Поликлиника № 2” does not offer “Терапевт”.");
    assert_eq!(error.hint.unwrap().ru, "Где есть: Поликлиника № 1.");
    let hint = offers(&shelf, &clinic, &specialty("uzi")).unwrap_err().hint.unwrap();
    assert_eq!(hint.ru, "Её нет ни в одной клинике.");
    assert_eq!(hint.en, "No clinic offers it.");
}

#[test]
fn a_request_that_can_t_be_read_is_the_store_s_failure() {
    let mut values = values(Created);
    values.put("clinic", None);
    let error = acting(&shelf(), "anna").refuse(&record(values), None).unwrap_err();
    assert_eq!((error.rule, error.code.exit()), (Some("missing-key"), 7));
    assert_eq!(error.message.en, "Request 20261123-k7m2qx: the key `clinic` can't be read.");
}

#[test]
fn a_refusal_to_take_over_says_since_when_the_other_holds_it() {
    let mut record = record(values(Created));
    record.history.push(event(12, What::status(Created, InProgress, None, None)));
    record.history.push(event(13, What::mark(Mark::NoAnswer)));
    record.values = history::fold(R, &record.history).values;
    let error = acting(&shelf(), "boris").set_appointment(&record, None).unwrap_err();
    assert!(error.message.ru.contains("10:12"), "{}", error.message.ru);
    assert!(error.message.en.contains("10:12"), "{}", error.message.en);
}

/// Section 4, status by status: what `set-status` answers, by what is recorded.
#[test]
fn steps_are_those_of_section_4() {
    let shelf = shelf();
    let (same, ok) = ("same", "ok");
    let (illegal, answer, visit) = ("illegal-transition", "outcome-recorded", "no-appointment");
    for (from, recorded, expected) in [
        (Created, Nothing, [same, ok, illegal, ok]),
        (InProgress, Nothing, [ok, same, visit, ok]),
        (InProgress, Ranges, [answer, same, visit, ok]),
        (InProgress, Appointment, [answer, same, ok, ok]),
        (Processed, Appointment, [illegal, illegal, same, ok]),
        (PatientRefused, Nothing, [illegal, illegal, illegal, same]),
        (PatientRefused, Ranges, [illegal, illegal, illegal, same]),
        (PatientRefused, Appointment, [illegal, illegal, illegal, same]),
    ] {
        let record = record(answered(from, recorded));
        let got =
            Status::ALL.map(|to| match acting(&shelf, "anna").set_status(&record, to, None) {
                Err(error) => error.rule.unwrap(),
                Ok(whats) if whats.is_empty() => same,
                Ok(whats) => {
                    let seen = record.instant("appointment");
                    assert_eq!(whats, [What::status(from, to, seen, None)]);
                    ok
                }
            });
        assert_eq!(got, expected, "{from:?}, {recorded:?}");
    }
}

#[test]
fn the_ways_on_are_those_of_section_4() {
    assert_eq!(Created.ways_on(false), [InProgress, PatientRefused]);
    assert_eq!(InProgress.ways_on(false), [Created, Processed, PatientRefused]);
    assert_eq!(InProgress.ways_on(true), [Processed, PatientRefused]);
    assert_eq!(Processed.ways_on(true), [PatientRefused]);
    assert_eq!(PatientRefused.ways_on(true), []);
    assert_eq!(Status::ALL.map(Status::can_reopen), [false, false, true, true]);
}

/// The other changes, by status and by what is recorded.
#[test]
fn changes_wait_for_their_status() {
    let shelf = shelf();
    let acts: [Act; 8] = [
        appointment,
        clinic_ranges,
        patient_ranges,
        clinic,
        patient,
        |act, record| act.make_way(record, LATER, None),
        |act, record| act.clinic_told(record),
        reopen,
    ];
    let (no, late, done) = ("not-in-progress", "outcome-recorded", "closed");
    let (off, open, gone) = ("nothing-to-cancel", "not-closed", "nothing-to-move");
    for (status, recorded, expected) in [
        (Created, Nothing, [no, no, "ok", "ok", "ok", "ok", off, open]),
        (InProgress, Nothing, ["ok", "ok", "ok", "ok", late, "ok", off, open]),
        (InProgress, Ranges, ["ok", "ok", "ok", late, late, "ok", off, open]),
        (InProgress, Appointment, ["ok", "ok", "ok", late, late, "ok", off, open]),
        (Processed, Appointment, [no, no, done, done, done, "ok", off, "ok"]),
        (PatientRefused, Nothing, [done, done, done, done, done, gone, off, "ok"]),
        (PatientRefused, Appointment, [done, done, done, done, done, gone, "ok", "ok"]),
    ] {
        let record = record(answered(status, recorded));
        let got = acts.map(|act| match act(&acting(&shelf, "anna"), &record) {
            Err(error) => error.rule.unwrap(),
            Ok(whats) => {
                assert!(!whats.is_empty());
                "ok"
            }
        });
        assert_eq!(got, expected, "{status:?}, {recorded:?}");
    }
}

#[test]
fn a_take_over_leaves_a_mark_and_the_new_holder() {
    let (shelf, record) = (shelf(), record(answered(InProgress, Appointment)));
    let boris = Acting { take_over: true, ..acting(&shelf, "boris") };
    let taken = [
        What::mark(Mark::TakenOver),
        What::set("operator", Some(&"anna".into()), Some("boris".into())),
    ];
    assert_eq!(boris.set_status(&record, InProgress, None).unwrap(), taken);
    let whats = boris.set_status(&record, Processed, None).unwrap();
    assert_eq!(whats[..2], taken);
    assert_eq!(whats[2], What::status(InProgress, Processed, Some(time("25T11:30")), None));
    for act in [appointment as Act, clinic_ranges, patient_ranges] {
        let whats = act(&boris, &record).unwrap();
        assert_eq!((&whats[..2], whats.len()), (&taken[..], 3));
        assert_eq!(act(&acting(&shelf, "boris"), &record).unwrap_err().rule, Some("held-by-other"));
    }
    let own = Acting { take_over: true, ..acting(&shelf, "anna") };
    assert_eq!(own.set_status(&record, InProgress, None).unwrap(), []);
}

#[test]
fn a_refusal_of_the_patient_needs_no_take_over() {
    let shelf = shelf();
    let boris = acting(&shelf, "boris");
    let record = record(answered(InProgress, Appointment));
    let refused =
        What::status(InProgress, PatientRefused, Some(time("25T11:30")), Some("болеет".to_owned()));
    let reason = || Some("болеет".to_owned());
    assert_eq!(boris.refuse(&record, reason()).unwrap(), std::slice::from_ref(&refused));
    let set = boris.set_status(&record, PatientRefused, reason()).unwrap();
    assert_eq!(set, std::slice::from_ref(&refused));
}

#[test]
fn moving_somebody_else_s_call_needs_take_over() {
    let shelf = shelf();
    let record = record(answered(InProgress, Appointment));
    let error = acting(&shelf, "boris").make_way(&record, LATER, None).unwrap_err();
    assert_eq!(error.rule, Some("held-by-other"));
    let boris = Acting { take_over: true, ..acting(&shelf, "boris") };
    assert_eq!(boris.make_way(&record, LATER, None).unwrap().len(), 4);
}

#[test]
fn a_request_that_is_nobody_s_call_needs_no_take_over() {
    let (shelf, record) = (shelf(), record(values(Created)));
    let boris = acting(&shelf, "boris");
    for act in [patient_ranges as Act, clinic, patient] {
        assert_eq!(act(&boris, &record).unwrap().len(), 1);
    }
    let taken = What::set("operator", Some(&"anna".into()), Some("boris".into()));
    let started = What::status(Created, InProgress, None, None);
    assert_eq!(boris.set_status(&record, InProgress, None).unwrap(), [started, taken]);
}

#[test]
fn whoever_reopens_a_request_holds_it() {
    let (shelf, record) = (shelf(), record(answered(Processed, Appointment)));
    let details = Details { reason: Some("передумал".to_owned()), ..Details::default() };
    let mut expected =
        vec![What::Mark(Mark::Reopened, details), What::status(Processed, InProgress, None, None)];
    assert_eq!(reopen(&acting(&shelf, "anna"), &record).unwrap(), expected);
    expected.push(What::set("operator", Some(&"anna".into()), Some("boris".into())));
    assert_eq!(reopen(&acting(&shelf, "boris"), &record).unwrap(), expected);
}

/// A visit that the clinic has taken off is no appointment to tell the patient.
#[test]
fn what_was_cancelled_at_the_clinic_is_not_there_after_reopening() {
    let shelf = shelf();
    let mut refused = record(answered(PatientRefused, Appointment));
    let anna = acting(&shelf, "anna");
    assert_eq!(reopen(&anna, &refused).unwrap().len(), 2);
    refused.history.push(event(20, What::mark(Mark::ClinicTold)));
    let cleared = What::set("appointment", Some(&time("25T11:30").into()), None);
    assert_eq!(reopen(&anna, &refused).unwrap().last(), Some(&cleared));
}

#[test]
fn what_is_so_already_leaves_no_event() {
    let shelf = shelf();
    let anna = acting(&shelf, "anna");
    for (status, answer) in [
        (Created, Nothing),
        (InProgress, Ranges),
        (Processed, Appointment),
        (PatientRefused, Nothing),
    ] {
        assert_eq!(anna.set_status(&record(answered(status, answer)), status, None).unwrap(), []);
    }
    let with_visit = record(answered(InProgress, Appointment));
    assert_eq!(anna.set_appointment(&with_visit, Some(time("25T11:30"))).unwrap(), []);
    let record = record(answered(InProgress, Ranges));
    assert_eq!(anna.set_appointment(&record, None).unwrap(), []);
    let known = [range("25T09:00", "25T12:00")];
    for add in [false, true] {
        assert_eq!(anna.set_ranges(&record, Whose::Patient, &known, add).unwrap(), []);
    }
    assert_eq!(anna.edit(&record, &[("clinic", "poliklinika-1".into())]).unwrap(), []);
    let mut off = self::record(answered(PatientRefused, Appointment));
    assert_eq!(anna.clinic_told(&off).unwrap(), [What::mark(Mark::ClinicTold)]);
    off.history.push(event(1, What::mark(Mark::ClinicTold)));
    assert_eq!(anna.clinic_told(&off).unwrap(), []);
}

#[test]
fn ranges_are_replaced_or_added() {
    let (shelf, record) = (shelf(), record(values(Created)));
    let (old, new) = (range("25T09:00", "25T12:00"), range("26T15:00", "26T17:00"));
    let change = |added: &[Range], removed: &[Range]| {
        let items = |ranges: &[Range]| ranges.iter().copied().map(Value::Range).collect();
        vec![What::List { key: "patient_ranges", added: items(added), removed: items(removed) }]
    };
    let anna = acting(&shelf, "anna");
    let set = |add| anna.set_ranges(&record, Whose::Patient, &[new, new], add).unwrap();
    assert_eq!(set(false), change(&[new], &[old]));
    assert_eq!(set(true), change(&[new], &[]));
}

#[test]
fn anyway_lets_in_a_time_that_suits_nobody() {
    let (shelf, record) = (shelf(), record(answered(InProgress, Ranges)));
    let anyway = Acting { anyway: true, ..acting(&shelf, "anna") };
    for at in ["22T10:00", "25T09:30", "25T13:00", "30T10:00"] {
        assert!(acting(&shelf, "anna").set_appointment(&record, Some(time(at))).is_err());
        let whats = anyway.set_appointment(&record, Some(time(at))).unwrap();
        assert_eq!(whats, [What::set("appointment", None, Some(time(at).into()))]);
    }
    let within = acting(&shelf, "anna").set_appointment(&record, Some(time("25T10:00")));
    assert_eq!(within.unwrap().len(), 1);
}

/// The table of section 4, hour by hour instead of by unions.
fn next_by_the_table(
    status: Status,
    has_appointment: bool,
    patient: &BTreeSet<i64>,
    clinic: &BTreeSet<i64>,
    told: bool,
) -> &'static str {
    match (status, has_appointment) {
        (Created, _) => "call-clinic",
        (InProgress, true) => "notify-patient",
        (InProgress, false) if clinic.is_empty() => "record-outcome",
        (InProgress, false) if patient.is_subset(clinic) => "get-appointment",
        (InProgress, false) => "call-patient",
        (PatientRefused, true) if !told => "tell-clinic",
        _ => "none",
    }
}

fn hours(spans: &[(i64, i64)]) -> (Vec<Range>, BTreeSet<i64>) {
    let at = |hour| time("25T00:00") + TimeDelta::hours(hour);
    let range = |(start, len): &(i64, i64)| Range { start: at(*start), end: at(start + len) };
    let covered = spans.iter().flat_map(|(start, len)| *start..start + len).collect();
    (spans.iter().map(range).collect(), covered)
}

fn spans(least: usize) -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0..12i64, 1..5i64), least..4)
}

proptest! {
    #[test]
    fn the_next_step_is_the_table_s(
        status in 0..4usize,
        visit in prop::option::of(0..24i64),
        patient in spans(1),
        clinic in spans(0),
        told: bool,
    ) {
        let (patient_ranges, patient) = hours(&patient);
        let (clinic_ranges, clinic) = hours(&clinic);
        let mut record = record(values(Status::ALL[status]));
        record.values.put("patient_ranges", Some(patient_ranges.as_slice().into()));
        record.values.put("clinic_ranges", Some(clinic_ranges.as_slice().into()));
        let at = visit.map(|hour| time("25T00:00") + TimeDelta::hours(hour));
        record.values.put("appointment", at.map(Value::Instant));
        if told {
            record.history.push(event(1, What::mark(Mark::ClinicTold)));
        }
        let table =
            next_by_the_table(Status::ALL[status], visit.is_some(), &patient, &clinic, told);
        prop_assert_eq!(Request::of(&record).unwrap().next().code(), table);
    }
}

/// What one of two operators tries.
#[derive(Debug, Clone)]
struct Try {
    what: usize,
    arg: usize,
    boris: bool,
    take_over: bool,
    anyway: bool,
}

fn attempt() -> impl Strategy<Value = Try> {
    let sure = prop::bool::weighted(0.3);
    (0..12usize, 0..60usize, any::<bool>(), sure, prop::bool::weighted(0.3)).prop_map(
        |(what, arg, boris, take_over, anyway)| Try { what, arg, boris, take_over, anyway },
    )
}

/// The walk: a store of one request and its successors, and the time.
struct Walk {
    shelf: Shelf,
    settings: Settings,
    id: String,
    now: Instant,
    successors: usize,
}

impl Walk {
    fn new() -> Walk {
        let settings = Settings::initial(chrono_tz::Europe::Moscow, None, "key");
        let settings = Settings::parse(&settings).unwrap();
        let mut shelf = shelf();
        shelf.make(R, REQUEST, values(Created));
        let now = time("23T10:00");
        Walk { shelf, settings, id: REQUEST.to_owned(), now, successors: 0 }
    }

    fn record(&self) -> Record {
        self.shelf.get(R, &self.id).unwrap().as_ref().clone()
    }

    /// The id that a successor would get.
    fn new_id(&self) -> String {
        format!("20261123-p3x8w{}", self.successors)
    }

    fn events(&self, attempt: &Try) -> Result<Vec<What>> {
        let Try { what, arg, take_over, anyway, .. } = *attempt;
        let by = if attempt.boris { "boris" } else { "anna" };
        let act = Acting { book: &self.shelf, by, now: self.now.to_utc(), take_over, anyway };
        let record = self.record();
        let hour = |n: usize| time("25T00:00") + TimeDelta::hours(n as i64 % 24);
        let ranges = [Range { start: hour(arg % 20), end: hour(arg % 20 + 1 + arg % 3) }];
        match what {
            0..3 => act.set_status(&record, Status::ALL[arg % 4], None),
            3 | 4 => act.set_appointment(&record, (arg % 5 > 0).then(|| hour(arg))),
            5 => act.set_ranges(&record, Whose::Clinic, &ranges[..arg % 6 % 2], arg % 4 == 0),
            6 => act.set_ranges(&record, Whose::Clinic, &ranges, arg % 2 == 0),
            7 => act.set_ranges(&record, Whose::Patient, &ranges[..arg.min(1)], arg % 2 == 0),
            8 => match arg % 4 {
                0 => act.refuse(&record, None),
                1 => act.make_way(&record, &self.new_id(), None),
                _ => act.clinic_told(&record),
            },
            9 => act.reopen(&record, "передумал".to_owned()),
            10 => act.edit(
                &record,
                &match arg % 3 {
                    0 => vec![("patient", OTHER_PATIENT.into())],
                    1 => {
                        vec![("clinic", "poliklinika-2".into()), ("specialty", "kardiolog".into())]
                    }
                    _ => vec![("clinic", "poliklinika-1".into())],
                },
            ),
            _ => Ok(vec![What::Note("звонок".to_owned())]),
        }
    }

    /// Writes them down as the store does, and what they add up to.
    fn accept(&mut self, attempt: &Try, whats: Vec<What>) {
        let mut record = self.record();
        let by = if attempt.boris { "boris" } else { "anna" };
        let moved =
            whats.iter().any(|what| matches!(what, What::Set { key: "rescheduled_to", .. }));
        let tx = (whats.len() > 1).then(|| history::next_at(&record.history, self.now));
        for what in whats {
            let at = history::next_at(&record.history, self.now);
            let by = by.to_owned();
            record.history.push(Event { at, by, what, tx, extra: Vec::new() });
        }
        let folded = history::fold(R, &record.history);
        (record.values, record.conflicts) = (folded.values, folded.conflicts);
        self.shelf.put(record);
        if moved {
            let (old, id) = (self.id.clone(), self.new_id());
            self.shelf.make(R, &id, values(Created).with("rescheduled_from", old.as_str()));
            self.id = id;
            self.successors += 1;
        }
    }

    fn findings(&self, severity: Severity) -> Vec<&'static str> {
        let scene = Scene::new(&self.shelf, &self.settings, self.now.to_utc());
        let found = self.shelf.all(R).into_iter();
        let found = found.flat_map(|record| check::faults(&scene, &record, &|_| false));
        found.filter(|fault| fault.severity == severity).map(|fault| fault.rule).collect()
    }
}

/// What a change must obey, whoever made it, judged by the request before it.
fn is_permitted(before: &Record, attempt: &Try, whats: &[What]) -> bool {
    let by = if attempt.boris { "boris" } else { "anna" };
    let held = before.text("status") == Some("in-progress") && before.text("operator") != Some(by);
    let refusal = |what: &What| match what {
        What::Set { key: "status", to: Some(to), .. } => to.as_text() == Some("patient-refused"),
        What::Set { key: "rescheduled_to", .. } | What::Note(_) => true,
        _ => false,
    };
    let took = whats.contains(&What::mark(Mark::TakenOver));
    let free = whats.iter().all(refusal);
    took == (held && !free) && (!took || attempt.take_over)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_accepted_stands_and_pleases_the_rules(
        attempts in prop::collection::vec(attempt(), 1..40),
    ) {
        let mut walk = Walk::new();
        for attempt in &attempts {
            walk.now += TimeDelta::minutes(1);
            let (id, before, shelf) = (walk.id.clone(), walk.record(), walk.shelf.clone());
            let whats = match walk.events(attempt) {
                Err(error) => {
                    prop_assert_eq!(&walk.shelf, &shelf);
                    prop_assert_eq!(error.code.exit(), 3);
                    prop_assert!(error.hint.is_some());
                    continue;
                }
                Ok(whats) => whats,
            };
            prop_assert!(is_permitted(&before, attempt, &whats), "{:?}", whats);
            walk.accept(attempt, whats.clone());
            let after = walk.shelf.get(R, &id).unwrap();
            prop_assert_eq!(&after.conflicts, &[]);
            for what in &whats {
                match what {
                    What::Set { key, from, to, .. } => {
                        prop_assert_eq!(before.values.get(key), from.as_ref());
                        prop_assert_eq!(after.values.get(key), to.as_ref());
                    }
                    What::List { key, added, removed } => {
                        let items = after.values.list(key);
                        prop_assert!(added.iter().all(|item| items.contains(item)));
                        prop_assert!(!removed.iter().any(|item| items.contains(item)));
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(walk.findings(Severity::Error), Vec::<&str>::new());
            let noted = whats.iter().all(|what| matches!(what, What::Note(_)));
            if after.text("status") == Some("in-progress") && !noted {
                let by = if attempt.boris { "boris" } else { "anna" };
                prop_assert_eq!(after.text("operator"), Some(by));
            }
            let booked = whats.iter().any(|what| {
                matches!(what, What::Set { key: "appointment", to: Some(_), .. })
            });
            if booked && !attempt.anyway {
                let warned = walk.findings(Severity::Warning);
                prop_assert!(!warned.contains(&"appointment-outside-ranges"));
            }
            let request = Request::of(&after).unwrap();
            let off = request.status == PatientRefused && request.appointment.is_some();
            let told = after.history.iter().rev().map_while(|event| match &event.what {
                What::Set { key: "status", .. } => None,
                what => Some(*what == What::mark(Mark::ClinicTold)),
            });
            let told = told.into_iter().any(|told| told);
            prop_assert_eq!(request.next() == Step::TellClinic, off && !told);
        }
    }
}
