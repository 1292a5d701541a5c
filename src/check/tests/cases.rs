//! The cases: one or more for each rule that judges records.

use super::Place::{Event as At, Key, Whole};
use super::*;

/// A rule, the smallest change that breaks it, where that is found, and the change that mends it.
pub struct Case {
    pub rule: &'static str,
    pub broken: fn(&mut World),
    pub found: &'static [(&'static str, Place)],
    pub mended: fn(&mut World),
}

const C: Kind = Kind::Clinic;
const CLINIC: &str = "poliklinika-1";

pub const CASES: &[Case] = &[
    Case {
        rule: "missing-key",
        broken: |w| w.put(P, PATIENT, "phone", None),
        found: &[(PATIENT, Key("phone"))],
        mended: |w| w.put(P, PATIENT, "phone", Some(PHONE.into())),
    },
    Case {
        rule: "missing-key",
        broken: |w| w.put(C, CLINIC, "specialties", Some(list(&[]))),
        // One cause: the request that asks for a specialty of this clinic has no finding.
        found: &[(CLINIC, Key("specialties"))],
        mended: |w| w.put(C, CLINIC, "specialties", Some(list(&["terapevt"]))),
    },
    Case {
        rule: "control-character",
        broken: |w| w.edit(P, PATIENT, |r| r.values.put("name", Some("Тайнова\u{202e}".into()))),
        found: &[(PATIENT, Key("name"))],
        mended: |w| w.edit(P, PATIENT, |r| r.values.put("name", Some(NAME.into()))),
    },
    Case {
        rule: "control-character",
        broken: |w| w.put(C, CLINIC, "specialties", Some(list(&["terapevt", "a\n"]))),
        found: &[(CLINIC, Key("specialties")), (CLINIC, At(0))],
        mended: |w| w.put(C, CLINIC, "specialties", Some(list(&["terapevt"]))),
    },
    Case {
        rule: "control-character",
        broken: |w| w.add(R, REQUEST, event(2, What::Note("шёпот\u{1b}[31m".into()))),
        found: &[(REQUEST, At(2))],
        mended: |w| w.edit(R, REQUEST, |r| r.history[2].what = What::Note("шёпот\nи".into())),
    },
    Case {
        rule: "control-character",
        broken: |w| {
            w.add(R, REQUEST, Event { by: "an\tna".into(), ..event(2, What::mark(Mark::NoAnswer)) })
        },
        found: &[(REQUEST, At(2))],
        mended: |w| w.edit(R, REQUEST, |r| r.history[2].by = "anna".into()),
    },
    Case {
        rule: "control-character",
        broken: |w| {
            let (from, to) = (Status::Created, Status::PatientRefused);
            w.add(R, REQUEST, event(2, What::status(from, to, None, Some("шёпот\nи".into()))));
        },
        found: &[(REQUEST, At(2))],
        mended: |w| {
            let (from, to) = (Status::Created, Status::PatientRefused);
            let what = What::status(from, to, None, Some("шёпот".into()));
            w.edit(R, REQUEST, |r| r.history[2].what = what);
        },
    },
    Case {
        rule: "control-character",
        broken: |w| {
            let details =
                Details { reason: Some("шёпот\u{200f}".into()), ..Details::default() };
            w.add(R, REQUEST, event(2, What::Mark(Mark::TakenOver, details)));
        },
        found: &[(REQUEST, At(2))],
        mended: |w| w.edit(R, REQUEST, |r| r.history[2].what = What::mark(Mark::TakenOver)),
    },
    Case {
        rule: "control-character",
        broken: |w| {
            let extra = vec![("x".to_owned(), "\"шёпот\u{2066}\"".to_owned())];
            w.add(R, REQUEST, Event { extra, ..event(2, What::Unknown("later".into())) });
        },
        found: &[(REQUEST, At(2))],
        mended: |w| w.edit(R, REQUEST, |r| r.history[2].extra[0].1 = "[\n\t1,\n]".into()),
    },
    Case {
        rule: "control-character",
        broken: |w| w.conflict(P, PATIENT, "name", Some("Тайнова\u{7}".into())),
        found: &[(PATIENT, Key("conflicts"))],
        mended: |w| w.edit(P, PATIENT, |r| r.conflicts.clear()),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(P, PATIENT, "name", Some(" Тайнова".into())),
        found: &[(PATIENT, Key("name"))],
        mended: |w| w.put(P, PATIENT, "name", Some("Т".into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(P, PATIENT, "name", Some("Т".repeat(257).into())),
        found: &[(PATIENT, Key("name"))],
        mended: |w| w.put(P, PATIENT, "name", Some("Т".repeat(256).into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(C, CLINIC, "address", Some("Потайной переулок ".into())),
        found: &[(CLINIC, Key("address"))],
        mended: |w| w.put(C, CLINIC, "address", Some("П".into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(Kind::Specialty, "terapevt", "aliases", Some(list(&["", "врач"]))),
        found: &[("terapevt", Key("aliases"))],
        mended: |w| w.put(Kind::Specialty, "terapevt", "aliases", Some(list(&["врач"]))),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(Kind::Specialty, "terapevt", "title", Some("Т".repeat(129).into())),
        found: &[("terapevt", Key("title"))],
        mended: |w| w.put(Kind::Specialty, "terapevt", "title", Some("Т".repeat(128).into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(P, PATIENT, "phone", Some("8 999 5550123".into())),
        found: &[(PATIENT, Key("phone"))],
        mended: |w| w.put(P, PATIENT, "phone", Some("+79995550123".into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(P, PATIENT, "passport", Some("4599 887766".into())),
        found: &[(PATIENT, Key("passport"))],
        mended: |w| w.put(P, PATIENT, "passport", Some("4599887766".into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(C, CLINIC, "hours", Some("20:00-08:00".into())),
        found: &[(CLINIC, Key("hours"))],
        mended: |w| w.put(C, CLINIC, "hours", Some("08:00-20:00".into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(C, CLINIC, "timezone", Some("Mars/Base".into())),
        found: &[(CLINIC, Key("timezone"))],
        mended: |w| w.put(C, CLINIC, "timezone", Some("Asia/Omsk".into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(Kind::Operator, "anna", "emails", Some(list(&["a@b.org", "Секрет@"]))),
        found: &[("anna", Key("emails"))],
        mended: |w| w.put(Kind::Operator, "anna", "emails", Some(list(&["a@b.org", "a@host"]))),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(Kind::Operator, "anna", "role", Some("boss".into())),
        found: &[("anna", Key("role"))],
        mended: |w| w.put(Kind::Operator, "anna", "role", Some("operator".into())),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put(Kind::Operator, "anna", "active", Some("yes".into())),
        found: &[("anna", Key("active"))],
        mended: |w| w.put(Kind::Operator, "anna", "active", Some(Value::Bool(true))),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put_request("status", "Создана"),
        found: &[(REQUEST, Key("status"))],
        mended: |w| w.put_request("status", "created"),
    },
    Case {
        rule: "bad-value",
        broken: |w| w.put_request("patient", NAME),
        found: &[(REQUEST, Key("patient"))],
        mended: |w| w.put_request("patient", PATIENT),
    },
    Case {
        rule: "dangling-reference",
        broken: |w| w.put_request("specialty", "terapeft"),
        found: &[(REQUEST, Key("specialty"))],
        mended: |w| w.put_request("specialty", "terapevt"),
    },
    Case {
        rule: "dangling-reference",
        // Somebody put a passport's number where the patient's id should stand.
        broken: |w| w.put_request("patient", PASSPORT),
        found: &[(REQUEST, Key("patient"))],
        mended: |w| w.put_request("patient", PATIENT),
    },
    Case {
        rule: "dangling-reference",
        broken: |w| w.put(C, CLINIC, "specialties", Some(list(&["terapevt", "x", "y"]))),
        found: &[(CLINIC, Key("specialties")), (CLINIC, Key("specialties"))],
        mended: |w| w.put(C, CLINIC, "specialties", Some(list(&["terapevt"]))),
    },
    Case {
        rule: "dangling-reference",
        broken: |w| {
            for minutes in [2, 3] {
                let seen = event(minutes, What::mark(Mark::NoAnswer));
                w.add(R, REQUEST, Event { by: "ana".into(), ..seen });
            }
        },
        found: &[(REQUEST, At(2))],
        mended: |w| w.edit(R, REQUEST, |r| r.history.truncate(2)),
    },
    Case {
        rule: "range-order",
        broken: |w| w.put_request("patient_ranges", span("25T12:00", "25T12:00")),
        found: &[(REQUEST, Key("patient_ranges"))],
        mended: |w| w.put_request("patient_ranges", span("25T12:00", "25T12:01")),
    },
    Case {
        rule: "range-order",
        // One cause: that the visit is outside such a range is not said as well.
        broken: |w| {
            let ranges = span("25T12:00", "25T09:00");
            w.make(R, REQUEST, visit("25T11:30").with("clinic_ranges", ranges));
        },
        found: &[(REQUEST, Key("clinic_ranges"))],
        mended: |w| w.put_request("clinic_ranges", span("25T09:00", "25T12:00")),
    },
    Case {
        rule: "specialty-not-offered",
        broken: |w| {
            w.make(Kind::Specialty, "lor", Values::new().with("title", "ЛОР"));
            w.put_request("specialty", "lor");
        },
        found: &[(REQUEST, Key("specialty"))],
        mended: |w| w.put(C, CLINIC, "specialties", Some(list(&["lor", "terapevt"]))),
    },
    Case {
        rule: "duplicate-passport",
        broken: |w| w.make(P, OTHER_PATIENT, patient()),
        // One cause: the finding is at the younger.
        found: &[(OTHER_PATIENT, Key("passport"))],
        mended: |w| w.put(P, OTHER_PATIENT, "merged_into", Some(PATIENT.into())),
    },
    Case {
        rule: "premature-outcome",
        broken: |w| {
            w.put_request("appointment", time("25T11:30"));
            w.put_request("clinic_ranges", span("25T09:00", "25T12:00"));
        },
        found: &[(REQUEST, Key("appointment")), (REQUEST, Key("clinic_ranges"))],
        mended: |w| w.put_request("status", "in-progress"),
    },
    Case {
        rule: "processed-without-appointment",
        broken: |w| w.put_request("status", "processed"),
        found: &[(REQUEST, Key("status"))],
        mended: |w| w.put_request("appointment", time("25T11:30")),
    },
    Case {
        rule: "processed-without-appointment",
        // Taken out by hand: one cause, one finding.
        broken: |w| {
            w.make(R, REQUEST, visit("25T11:30"));
            w.edit(R, REQUEST, |r| r.values.put("appointment", None));
        },
        found: &[(REQUEST, Key("status"))],
        mended: |w| w.make(R, REQUEST, visit("25T11:30")),
    },
    Case {
        rule: "illegal-transition",
        broken: |w| {
            w.put_request("status", "in-progress");
            w.put_request("appointment", time("25T11:30"));
            w.add(R, REQUEST, step(2, Status::Created, Status::Processed));
        },
        found: &[(REQUEST, At(2))],
        mended: |w| {
            let what = What::status(Status::InProgress, Status::Processed, None, None);
            w.edit(R, REQUEST, |r| r.history[2].what = what);
        },
    },
    Case {
        rule: "illegal-transition",
        // Back to work without `reopened` beside it.
        broken: |w| {
            w.make(R, REQUEST, visit("25T11:30"));
            let back = step(1, Status::Processed, Status::InProgress);
            w.edit(R, REQUEST, |r| {
                r.values.put("status", Some("in-progress".into()));
                r.history.push(back);
                let reopened = event(2, What::mark(Mark::Reopened));
                r.history.push(Event { tx: Some(time("23T10:01")), ..reopened });
            });
        },
        found: &[(REQUEST, At(1))],
        mended: |w| w.edit(R, REQUEST, |r| r.history[1].tx = r.history[2].tx),
    },
    Case {
        rule: "history-mismatch",
        broken: |w| {
            w.put_request("appointment", time("25T11:30"));
            w.put_request("status", "in-progress");
            w.edit(R, REQUEST, |r| r.values.put("status", Some("processed".into())));
        },
        found: &[(REQUEST, Key("status"))],
        mended: |w| w.add(R, REQUEST, step(2, Status::InProgress, Status::Processed)),
    },
    Case {
        rule: "history-mismatch",
        broken: |w| {
            w.make(R, REQUEST, visit("25T11:30"));
            w.edit(R, REQUEST, |r| r.values.put("appointment", Some(time("25T10:30").into())));
        },
        found: &[(REQUEST, Key("appointment"))],
        mended: |w| w.make(R, REQUEST, visit("25T10:30")),
    },
    Case {
        rule: "broken-link",
        broken: |w| {
            w.make(R, LATER, request());
            w.put_request("rescheduled_to", LATER);
        },
        found: &[(REQUEST, Key("rescheduled_to"))],
        mended: |w| w.put(R, LATER, "rescheduled_from", Some(REQUEST.into())),
    },
    Case {
        rule: "broken-link",
        broken: |w| {
            w.make(R, LATER, request().with("rescheduled_from", REQUEST));
            w.put(R, REQUEST, "rescheduled_to", Some(REQUEST.into()));
        },
        // One cause: the link that leads astray, not the one that misses it.
        found: &[(REQUEST, Key("rescheduled_to"))],
        mended: |w| w.put_request("rescheduled_to", LATER),
    },
    Case {
        rule: "broken-link",
        broken: |w| {
            w.put_request("rescheduled_from", REQUEST);
            w.put_request("rescheduled_to", REQUEST);
        },
        found: &[(REQUEST, Key("rescheduled_from")), (REQUEST, Key("rescheduled_to"))],
        mended: |w| w.make(R, REQUEST, request()),
    },
    Case {
        rule: "broken-link",
        broken: |w| {
            w.make(P, OTHER_PATIENT, patient().with("merged_into", PATIENT));
            w.put(P, PATIENT, "merged_into", Some(OTHER_PATIENT.into()));
            // This one leads to the ring, and is not of it.
            w.make(P, "9h2k9m4qwe", patient().with("merged_into", PATIENT));
        },
        found: &[(OTHER_PATIENT, Key("merged_into"))],
        mended: |w| w.put(P, PATIENT, "merged_into", None),
    },
    Case {
        rule: "broken-link",
        broken: |w| w.put(P, PATIENT, "merged_into", Some(PATIENT.into())),
        found: &[(PATIENT, Key("merged_into"))],
        mended: |w| w.put(P, PATIENT, "merged_into", None),
    },
    Case {
        rule: "unresolved-conflict",
        broken: |w| {
            w.conflict(P, PATIENT, "phone", Some(PHONE.into()));
            w.conflict(P, PATIENT, "passport", None);
            w.conflict(P, PATIENT, "removed", None);
            w.conflict(P, PATIENT, "nickname", Some(NAME.into()));
        },
        found: &[(PATIENT, Key("conflicts")); 4],
        mended: |w| w.edit(P, PATIENT, |r| r.conflicts.clear()),
    },
    Case {
        rule: "unrecorded-edit",
        broken: |w| w.edit(P, PATIENT, |r| r.values.put("phone", Some("+79995550124".into()))),
        found: &[(PATIENT, Key("phone"))],
        mended: |w| {
            let what = What::set("phone", Some(&PHONE.into()), Some("+79995550124".into()));
            w.add(P, PATIENT, event(2, what));
        },
    },
    Case {
        rule: "unrecorded-edit",
        broken: |w| {
            w.edit(R, REQUEST, |r| {
                r.values.put("patient_ranges", Some(span("25T09:00", "25T13:00")));
            })
        },
        found: &[(REQUEST, Key("patient_ranges"))],
        mended: |w| w.put_request("patient_ranges", span("25T09:00", "25T13:00")),
    },
    Case {
        rule: "unrecorded-edit",
        broken: |w| w.edit(P, PATIENT, |r| r.history.clear()),
        found: &[(PATIENT, Whole)],
        mended: |w| w.make(P, PATIENT, patient()),
    },
    Case {
        rule: "unrecorded-edit",
        // Two authors who did not see each other, and the alternative taken out by hand.
        broken: |w| {
            for (minutes, phone) in [(2, "+79995550124"), (3, "+79995550125")] {
                let what = What::set("phone", Some(&PHONE.into()), Some(phone.into()));
                w.add(P, PATIENT, event(minutes, what));
            }
            w.edit(P, PATIENT, |r| r.conflicts.clear());
        },
        found: &[(PATIENT, Key("conflicts"))],
        mended: |w| {
            let details = Details { key: Some("phone".into()), ..Details::default() };
            w.add(P, PATIENT, event(4, What::Mark(Mark::Settled, details)));
        },
    },
    Case {
        rule: "outcome-missing",
        broken: |w| w.put_request("status", "in-progress"),
        found: &[(REQUEST, Key("status"))],
        mended: |w| w.put_request("clinic_ranges", span("26T09:00", "26T12:00")),
    },
    Case {
        rule: "appointment-outside-ranges",
        broken: |w| w.make(R, REQUEST, visit("25T12:00")),
        found: &[(REQUEST, Key("appointment"))],
        mended: |w| w.make(R, REQUEST, visit("25T11:59")),
    },
    Case {
        rule: "appointment-outside-ranges",
        broken: |w| {
            let ranges = span("25T11:00", "25T12:00");
            w.make(R, REQUEST, visit("25T10:30").with("clinic_ranges", ranges));
        },
        found: &[(REQUEST, Key("appointment"))],
        mended: |w| w.put_request("clinic_ranges", span("25T10:30", "25T12:00")),
    },
    Case {
        rule: "double-booking",
        // Both requests name records that were merged into one patient.
        broken: |w| {
            w.make(P, OTHER_PATIENT, patient().with("merged_into", PATIENT));
            w.make(P, "9h2k9m4qwe", patient().with("merged_into", OTHER_PATIENT));
            w.make(R, REQUEST, visit("25T11:30").with("patient", "9h2k9m4qwe"));
            w.make(R, LATER, visit("25T10:31").with("patient", OTHER_PATIENT));
        },
        found: &[(LATER, Key("appointment"))],
        mended: |w| w.put(R, LATER, "appointment", Some(time("25T10:30").into())),
    },
    Case {
        rule: "double-booking",
        broken: |w| {
            w.make(R, REQUEST, visit("25T11:30"));
            w.make(R, LATER, visit("25T11:30"));
        },
        found: &[(LATER, Key("appointment"))],
        mended: |w| w.put_request("status", "patient-refused"),
    },
    Case {
        rule: "double-booking",
        // Three at once are two too many.
        broken: |w| {
            for id in [REQUEST, LATER, "20261124-zzzzzz"] {
                w.make(R, id, visit("25T11:30"));
            }
        },
        found: &[(LATER, Key("appointment")), ("20261124-zzzzzz", Key("appointment"))],
        mended: |w| {
            w.put_request("status", "patient-refused");
            w.put(R, LATER, "status", Some("patient-refused".into()));
        },
    },
    Case {
        rule: "overdue",
        broken: |w| w.put_request("patient_ranges", span("23T09:00", "23T12:00")),
        found: &[(REQUEST, Key("patient_ranges"))],
        mended: |w| w.put_request("patient_ranges", span("23T09:00", "23T12:01")),
    },
    Case {
        rule: "overdue",
        broken: |w| {
            let past = visit("23T11:30").with("patient_ranges", span("23T09:00", "23T12:00"));
            w.make(R, REQUEST, past.with("status", "in-progress"));
        },
        found: &[(REQUEST, Key("appointment"))],
        mended: |w| w.put_request("status", "processed"),
    },
    Case {
        rule: "future-event",
        broken: |w| {
            w.add(P, PATIENT, event(131, What::Note(NOTE.into())));
            w.add(P, PATIENT, event(132, What::Note(NOTE.into())));
        },
        found: &[(PATIENT, At(1))],
        mended: |w| {
            w.edit(P, PATIENT, |r| {
                r.history.truncate(1);
                r.history.push(event(130, What::Note(NOTE.into())));
            });
        },
    },
];
