//! What is in conflict, and each way to settle it, in the words of a person.

use crate::app::App;
use crate::format::encode;
use crate::i18n::Lang;
use crate::life;
use crate::life::settle::{Deed, Point, Way};
use crate::merge::REMOVED;
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::render::cell::Sight;
use crate::tr;
use crate::when::show;
use crate::words::{self, passport, search};

/// What a key is called: by its title, or, where nobody knows it, by itself.
pub fn title(kind: Kind, key: &str, lang: Lang) -> &str {
    match kind.field(key) {
        Some(field) => field.title(lang),
        None if key == REMOVED => lang.of("Удаление", "Removal"),
        None => key,
    }
}

/// Whether somebody means this key: by its name, or by its title in either language.
pub fn is_meant(kind: Kind, key: &str, typed: &str) -> bool {
    let titles = Lang::ALL.map(|lang| title(kind, key, lang));
    key == typed || titles.iter().any(|title| search::key(title) == search::key(typed))
}

/// What is to be decided.
pub fn question(record: &Record, point: &Point, lang: Lang) -> String {
    let is_off = point.ways.first().is_some_and(|way| way.deed == Deed::Off);
    match point.key.as_str() {
        REMOVED => lang
            .of(
                "В одной копии запись удалили, в другой изменили. Нужна ли она?",
                "One copy removed the record, another changed it. Is it needed?",
            )
            .to_owned(),
        "rescheduled_to" => lang
            .of(
                "Заявку перенесли дважды. Какая из новых заявок верна?",
                "The request was moved twice. Which of the new requests holds?",
            )
            .to_owned(),
        _ if is_off => lang
            .of(
                "Один записал отказ, другой — время приёма. Состоится ли приём?",
                "One recorded a refusal, another an appointment. Does the visit stand?",
            )
            .to_owned(),
        key => {
            let title = title(record.kind, key, lang);
            tr!(lang, "{title}: что верно?", "{title}: which of them holds?")
        }
    }
}

/// What each way does: for whoever asks for help.
pub fn help(point: &Point, lang: Lang) -> String {
    let mut lines = vec![lang.of("Введите цифру ответа.", "Type the number of an answer.")];
    for way in &point.ways {
        lines.push(match way.deed {
            Deed::Keep if point.key == "rescheduled_to" => lang.of(
                "«Стоит сейчас» оставляет эту заявку, другая закроется.",
                "“Stands now” leaves this request; the other is closed.",
            ),
            Deed::Keep => lang.of(
                "«Стоит сейчас» ничего не меняет, другое значение остаётся в истории.",
                "“Stands now” changes nothing; the other value stays in the history.",
            ),
            Deed::Take if point.key == "rescheduled_to" => lang.of(
                "Другая заявка встаёт на её место, а та закроется.",
                "Another request takes its place, and that one is closed.",
            ),
            Deed::Take => lang.of(
                "Другое значение встанет в запись, прежнее остаётся в истории.",
                "Another value goes into the record; the present one stays in the history.",
            ),
            Deed::Off => lang.of(
                "Отменить в клинике: отказ верен, заявка ждёт звонка в клинику.",
                "Cancel at the clinic: the refusal holds, the clinic must be called.",
            ),
            Deed::Told => lang.of(
                "Клиника знает: отказ верен, звонить больше не нужно.",
                "The clinic knows: the refusal holds, nobody needs to be called.",
            ),
            Deed::Visit => lang.of(
                "Вернуть в работу: отказ неверен, заявку ведёте вы.",
                "Take up again: the refusal does not hold, the request is yours.",
            ),
            Deed::Both => lang.of(
                "Нужны обе: открыты останутся две заявки.",
                "Both are needed: two requests stay open.",
            ),
            Deed::Remove => lang.of(
                "Удалить: записи не станет, её хранит git.",
                "Remove: the record goes, git has it.",
            ),
        });
    }
    lines.dedup();
    lines.push(lang.of(
        "«Решить позже» оставляет расхождение: его покажет `appt resolve`.",
        "“Decide later” leaves the conflict: `appt resolve` shows it.",
    ));
    lines.join("\n")
}

/// When it was said; of a removal, after which moment.
pub fn when(sight: &Sight<'_>, way: &Way) -> String {
    let Some(at) = way.at else { return String::new() };
    let at = at.with_timezone(&sight.settings.timezone).fixed_offset();
    let at = show::short_instant(at, sight.today(at), sight.lang);
    match way.deed {
        Deed::Remove => tr!(sight.lang, "после {at}", "after {at}"),
        _ => at,
    }
}

/// What a way comes to.
pub fn way(sight: &Sight<'_>, record: &Record, point: &Point, way: &Way) -> String {
    let lang = sight.lang;
    let others: Vec<&Value> = point.ways.iter().filter_map(|way| way.value.as_ref()).collect();
    let shown = value(sight, record, &point.key, way.value.as_ref(), &others);
    let text = match way.deed {
        Deed::Keep if point.key == REMOVED => {
            lang.of("оставить запись", "keep the record").to_owned()
        }
        Deed::Keep => format!("{shown} {}", lang.of("(стоит сейчас)", "(stands now)")),
        Deed::Take => shown,
        Deed::Remove | Deed::Both => way.deed.words(lang).to_owned(),
        deed => format!("{shown}: {}", deed.words(lang)),
    };
    match &way.reason {
        Some(reason) => format!("{text} ({reason})"),
        None => text,
    }
}

/// A value of a key beside others: as much of it as tells them apart.
pub fn value(
    sight: &Sight<'_>,
    record: &Record,
    key: &str,
    value: Option<&Value>,
    others: &[&Value],
) -> String {
    let Some(value) = value else {
        return sight.lang.of("без значения", "no value").to_owned();
    };
    let Some(field) = record.kind.field(key) else { return encode::inline(value) };
    match (field.form, value.as_text()) {
        (Form::Passport, Some(number)) if !sight.reveal => {
            let others: Vec<&str> = others.iter().filter_map(|other| other.as_text()).collect();
            passport::mask_beside(number, &others)
        }
        (Form::Reference(kind), Some(id)) => referred(sight, field, kind, id, value),
        _ => sight.value(field, value),
    }
}

/// A record that a value names, by what one decides by: of a request when and where.
fn referred(sight: &Sight<'_>, field: &Field, kind: Kind, id: &str, value: &Value) -> String {
    let Some(other) = sight.book.get(kind, id) else { return sight.value(field, value) };
    match kind {
        Kind::Request => {
            let cells = ["status", "patient_ranges", "appointment", "clinic_name"];
            let cells = cells.map(|key| sight.cell(&other, key));
            let told: Vec<String> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
            format!("{}: {}", life::short(id), told.join(", "))
        }
        Kind::Patient => sight.line(&other),
        _ => sight.value(field, value),
    }
}

/// What now holds of the keys that were settled.
pub fn outcome(sight: &Sight<'_>, before: &Record, after: &Record) -> String {
    let mut keys: Vec<&str> = before.conflicts.iter().map(|c| c.key.as_str()).collect();
    keys.dedup();
    keys.retain(|key| after.conflicts.iter().all(|conflict| conflict.key != **key));
    let told = keys.iter().map(|key| {
        let title = words::small(title(before.kind, key, sight.lang));
        if *key == REMOVED {
            return sight.lang.of("запись остаётся", "the record stays").to_owned();
        }
        let known = after.kind.field(key).is_none();
        let raw = after.unknown.iter().find(|(name, _)| name == key).map(|(_, raw)| raw.as_str());
        let text = match (known, raw) {
            (true, Some(raw)) => raw.to_owned(),
            _ => value(sight, after, key, after.values.get(key), &[]),
        };
        format!("{title}: {text}")
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Whether a value of these points is shown in part only.
pub fn is_masked(app: &App, kind: Kind, points: &[Point]) -> bool {
    let is_passport =
        |point: &Point| kind.field(&point.key).is_some_and(|f| f.form == Form::Passport);
    !app.output.reveal && points.iter().any(is_passport)
}
