//! `history-mismatch`: a status, and the appointment of a processed request, is what the history
//! adds up to.

use crate::check::{Faults, Judge, Rule, Scene, Severity, Subject};
use crate::format::encode;
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::model::value::Value;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "history-mismatch",
    severity: Severity::Error,
    what: (
        "Статус, а у обработанной заявки и время приёма — те, что следуют из истории.",
        "A status, and the appointment of a processed request, is what the history adds up to.",
    ),
    why: (
        "Значит, статус изменили в файле, мимо правил: не видно, кто и когда, и следующее слияние его потеряет.",
        "It was changed in the file, past the rules: nobody sees by whom and when, and the next merge drops it.",
    ),
    mend: (
        "Верните прежнее значение и измените его командой (`appt request set-status`, `reopen`).",
        "Put the old value back, and change it by a command (`appt request set-status`, `reopen`).",
    ),
    bad: "status = \"processed\"\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"created\", status = \"created\" },\n]",
    good: "status = \"created\"\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"created\", status = \"created\" },\n]",
    judge: Judge::Record { kinds: &Kind::ALL, keys: &["status", "appointment"], run },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    if subject.lacks_its_beginning() {
        return faults.event(
            0,
            say!(
                "История начинается не с начала: события `created` нет.",
                "The history does not begin at the beginning: there is no `created`."
            ),
            say!(
                "Строку удалили; верните файл из git: `git restore`.",
                "The line was removed; take the file back from git: `git restore`."
            ),
        );
    }
    if subject.adds_up() || !subject.history_counts() {
        return;
    }
    let (record, folded) = (subject.record, &subject.folded().values);
    let status = record.text("status");
    if status != folded.text("status") {
        // History may hold anything; only what is a status is worth showing.
        let code = |text: Option<&str>| text.and_then(Status::from_code).map_or("…", Status::code);
        let (now, then) = (code(status), code(folded.text("status")));
        let id = &record.id;
        faults.key(
            "status",
            say!(
                "Статус `{now}`, а по истории `{then}`.",
                "The status is `{now}`, by the history `{then}`."
            ),
            say!(
                "Верните `{then}` и выполните `appt request set-status {id} {now}`; если удалили строку истории, верните файл из git: `git restore`.",
                "Put `{then}` back, and run `appt request set-status {id} {now}`; if a line of the history was removed, take the file back: `git restore`."
            ),
        );
    }
    let (Some(now), then) = (record.instant("appointment"), folded.get("appointment")) else {
        return; // Without an appointment, `processed-without-appointment` says so.
    };
    let then = then.and_then(Value::as_instant);
    if status == Some(Status::Processed.code()) && then != Some(now) {
        let now = encode::instant(now);
        let then = then.map_or("—".to_owned(), encode::instant);
        faults.key(
            "appointment",
            say!(
                "Время приёма обработанной заявки {now}, а по истории {then}.",
                "The appointment of this processed request is {now}, by the history {then}."
            ),
            say!(
                "Верните прежнее; изменить его можно после `appt request reopen`.",
                "Put the old one back; it can be changed after `appt request reopen`."
            ),
        );
    }
}
