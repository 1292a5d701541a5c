//! `history-mismatch`: a status, and the appointment of a processed request, is what the history
//! adds up to.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::{encode, layout};
use crate::i18n::Text;
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
        "Впишите обратно то, что говорит история, или верните файл из git (`git restore -SW`); менять — командой, какой — скажет `appt request next`.",
        "Put back what the history says, or take the file back from git (`git restore -SW`); change it by a command, `appt request next` says which.",
    ),
    bad: "status = \"processed\"\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"created\", status = \"created\" },\n]",
    good: "status = \"created\"\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"created\", status = \"created\" },\n]",
    judge: Judge::Record {
        kinds: &Kind::ALL,
        keys: &["status", "appointment"],
        reach: Reach::Alone,
        run,
    },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    if subject.lacks_its_beginning() {
        let file = layout::path(subject.record.kind, &subject.record.id);
        return faults.event(
            0,
            say!(
                "История начинается не с начала: события `created` нет.",
                "The history does not begin at the beginning: there is no `created`."
            ),
            say!(
                "Строку удалили; верните файл из git: `git restore -SW {file}`.",
                "The line was removed; take the file back from git: `git restore -SW {file}`."
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
        faults.key(
            "status",
            say!(
                "Статус `{now}`, а по истории `{then}`.",
                "The status is `{now}`, by the history `{then}`."
            ),
            put_back(subject, "status"),
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
            put_back(subject, "appointment"),
        );
    }
}

/// How to undo what was done to a key in the file: what the history says goes back, or the whole
/// file as git has it. No command takes a request on before that. Only a status or a moment is
/// shown: other values may be personal.
pub(super) fn put_back(subject: &Subject<'_>, key: &str) -> Text {
    let (record, folded) = (subject.record, &subject.folded().values);
    let (path, id) = (layout::path(record.kind, &record.id), &record.id);
    let code =
        folded.text(key).and_then(Status::from_code).map(|status| format!("\"{}\"", status.code()));
    let at = folded.get(key).and_then(Value::as_instant).map(encode::instant);
    let way = match (code.or(at), folded.get(key)) {
        (Some(then), _) => say!(
            "Впишите обратно `{key} = {then}` или верните файл из git: `git restore -SW {path}`.",
            "Put `{key} = {then}` back, or take the file back from git: `git restore -SW {path}`."
        ),
        (None, Some(_)) => say!(
            "Верните `{key}` как было или весь файл из git: `git restore -SW {path}`.",
            "Make `{key}` what it was, or take the file back from git: `git restore -SW {path}`."
        ),
        (None, None) => say!(
            "Уберите `{key}` или верните файл из git: `git restore -SW {path}`.",
            "Take `{key}` out, or take the file back from git: `git restore -SW {path}`."
        ),
    };
    if record.kind != Kind::Request {
        return way;
    }
    let Text { ru, en } = way;
    say!(
        "{ru} Что дальше, скажет `appt request next {id}`.",
        "{en} `appt request next {id}` says how to go on."
    )
}
