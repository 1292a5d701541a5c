//! What a person is told of rows that can't come in. With a spreadsheet: which row, which column,
//! what is wrong, what is expected, an example. Of another program's data, whose rows have keys: the
//! key and the rules. Never a value: it may be somebody's passport.

use crate::i18n::{Lang, Text};
use crate::import::sheet::{Cell, Layout, Layouts};
use crate::import::{Reason, Row, names, sentence};
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::say;
use crate::tr;
use crate::words::passport::Format;

/// Whether a row has no key but its number: then a person looks for it in a spreadsheet.
pub fn is_numbered(row: &Row) -> bool {
    row.key.starts_with('#')
}

/// A line for each reason: «Строка 3, столбец «Телефон»: …»; of a row with a key, one line.
pub fn lines(
    row: &Row,
    reasons: &[Reason],
    layouts: &mut Layouts,
    passport: Format,
    lang: Lang,
) -> Vec<String> {
    if !is_numbered(row) {
        return vec![by_rule(row, reasons)];
    }
    let layout = layouts.of(&row.json()).ok();
    let mut lines: Vec<String> = Vec::new();
    for reason in reasons {
        if reason.place == "kind" {
            let Text { ru, en } = no_kind(row);
            let number = row.key.trim_start_matches('#');
            let line = say!("Строка {number}: {ru}", "Row {number}: {en}");
            lines.push(format!("{} ({})", line.get(lang), reason.rule));
            continue;
        }
        let field = layout.as_ref().and_then(|layout| field(layout, &reason.place));
        let (rule, place) = (reason.rule, &reason.place);
        let place = match field {
            Some(field) if *place == field.key => {
                let title = field.title(lang);
                say!("столбец «{title}»", "column “{title}”")
            }
            Some(_) => say!("столбец «{place}»", "column “{place}”"),
            None => Text::same(place.clone()),
        };
        // As the spreadsheet counts.
        let number = row.key.trim_start_matches('#');
        let number = say!("Строка {number}", "Row {number}");
        let (number, place) = (number.get(lang), place.get(lang));
        let wrong = match &reason.why {
            Some(why) => why.get(lang).to_owned(),
            None => wrong(rule, field, passport, lang),
        };
        let line = format!("{number}, {place}: {wrong} ({rule})");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// A row that is of no kind, and which kinds there are.
fn no_kind(row: &Row) -> Text {
    let all = Kind::ALL.map(Kind::code).join(", ");
    // A word that could be a value of somebody's is not repeated.
    let is_word = |kind: &&str| kind.len() <= 20 && kind.bytes().all(|b| b.is_ascii_lowercase());
    match row.json().get("kind") {
        None => say!(
            "нет ключа `kind`, а без него вид записи не понять; бывают: {all}",
            "there is no key `kind`, and nothing else tells the kind; there are: {all}"
        ),
        Some(kind) => match kind.as_str().filter(is_word) {
            Some(kind) => say!(
                "вида «{kind}» нет; бывают: {all}",
                "there is no kind “{kind}”; there are: {all}"
            ),
            None => say!(
                "такого вида в `kind` нет; бывают: {all}",
                "there is no such kind as `kind` says; there are: {all}"
            ),
        },
    }
}

/// `clinics.patient:388: bad-value (contact_number)`.
fn by_rule(row: &Row, reasons: &[Reason]) -> String {
    let of = |rule: &str| {
        let places = reasons.iter().filter(|reason| reason.rule == rule);
        let mut places: Vec<&str> = places.map(|reason| reason.place.as_str()).collect();
        places.dedup();
        format!("{rule} ({})", places.join(", "))
    };
    let rules: Vec<String> = names(reasons).into_iter().map(of).collect();
    format!("{}: {}", row.key, rules.join("; "))
}

/// The field that a column of the row holds.
fn field(layout: &Layout, place: &str) -> Option<&'static Field> {
    let under = layout.columns.iter().find(|(heading, _)| heading == place);
    match under.and_then(|(_, cell)| *cell) {
        Some(Cell::Key(key)) => layout.kind.field(key),
        Some(Cell::OfPatient(key)) => Kind::Patient.field(key),
        Some(_) => None,
        // The table has no such column.
        None => layout.kind.field(place),
    }
}

/// What is wrong, and what is expected instead.
fn wrong(rule: &str, field: Option<&Field>, passport: Format, lang: Lang) -> String {
    let what = match rule {
        "bad-value" => lang.of("не читается", "can't be read"),
        "missing-key" => lang.of("пусто", "is empty"),
        "dangling-reference" => lang.of("такой записи нет", "there is no such record"),
        "range-order" => lang.of("конец раньше начала", "ends before it starts"),
        "specialty-not-offered" => {
            return lang
                .of(
                    "в этой клинике такой специальности нет; какие есть: `appt clinic list`",
                    "this clinic does not offer it; what it offers: `appt clinic list`",
                )
                .to_owned();
        }
        "control-character" => {
            return lang
                .of("невидимый или управляющий знак в тексте", "an invisible or control character")
                .to_owned();
        }
        "duplicate-passport" => {
            return lang
                .of("такой паспорт уже у другого пациента", "another patient has this passport")
                .to_owned();
        }
        "processed-without-appointment" => {
            return lang
                .of(
                    "заявка обработана, а времени приёма нет",
                    "the request is processed, and has no appointment",
                )
                .to_owned();
        }
        "premature-outcome" => {
            return lang
                .of(
                    "заявка только создана, а ответ клиники уже есть",
                    "the request was only just made, and has an answer of the clinic's already",
                )
                .to_owned();
        }
        _ => {
            let rule = sentence(rule, lang);
            let rule = rule.trim_end_matches('.');
            return tr!(lang, "нарушено правило «{rule}»", "against the rule “{rule}”");
        }
    };
    match field {
        Some(field) => {
            let expected = expected(field, passport);
            format!("{what}; {}: {}", lang.of("нужно", "expected"), expected.get(lang))
        }
        None => what.to_owned(),
    }
}

/// What a cell of a field holds, with an example.
fn expected(field: &Field, passport: Format) -> Text {
    match field.form {
        Form::Line(most) => say!("текст до {most} знаков", "text of at most {most} characters"),
        Form::Person => say!(
            "фамилия, имя, отчество, например Лабанова Дарья Олеговна",
            "surname, name, patronymic, such as Лабанова Дарья Олеговна"
        ),
        Form::Phone => {
            say!(
                "номер с кодом, например 8 916 123-45-67",
                "a number with its code, such as 8 916 123-45-67"
            )
        }
        Form::Passport if passport == Format::Ru => {
            say!("10 цифр, например 4511 223344", "10 digits, such as 4511 223344")
        }
        Form::Passport => {
            say!(
                "от 4 до 20 букв и цифр, например AB1234567",
                "4 to 20 letters and digits, such as AB1234567"
            )
        }
        Form::Reference(Kind::Patient) => {
            say!(
                "паспорт пациента, например 4511 223344",
                "the patient's passport, such as 4511 223344"
            )
        }
        Form::Reference(Kind::Request) => {
            say!(
                "номер заявки целиком, например 20261123-k7m2qx",
                "the request's whole id, such as 20261123-k7m2qx"
            )
        }
        Form::Reference(kind) => {
            let code = kind.code();
            say!("название или код из `appt {code} list`", "a name or id of `appt {code} list`")
        }
        Form::Hours => Text::same("08:00-20:00".to_owned()),
        Form::Zone => Text::same("Europe/Moscow".to_owned()),
        Form::Email => Text::same("anna@example.org".to_owned()),
        Form::Role => say!("оператор, администратор", "operator, admin"),
        Form::Status => say!(
            "Создана, Обрабатывается, Обработана, Пациент отказался",
            "created, in-progress, processed, patient-refused"
        ),
        Form::Flag => say!("да, нет", "yes, no"),
        Form::Moment | Form::Visit => {
            say!(
                "день и время, например 25.11.2026 11:30",
                "a day and a time, such as 25.11.2026 11:30"
            )
        }
        Form::Range => say!(
            "день и часы, например 25.11.2026 9-12 (несколько — через «;»)",
            "a day and hours, such as 25.11.2026 9-12 (several with “;” between)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::import::Raw;

    #[test]
    fn a_person_hears_which_row_which_column_and_what_is_expected() {
        let raw = json!({
            "ФИО": "", "Паспорт": "45", "Телефон": "нет", "Клиника": "?", "Врач": "?",
            "Удобное время": "утром",
        });
        let row = Row { key: "#3".to_owned(), model: "request".to_owned(), raw: Raw::Parts(raw) };
        let reasons = [
            Reason::new("missing-key", "ФИО"),
            Reason::new("bad-value", "Паспорт"),
            Reason::new("bad-value", "Телефон"),
            Reason::new("dangling-reference", "Клиника"),
            Reason::new("specialty-not-offered", "Врач"),
            Reason::new("bad-value", "Удобное время"),
            Reason::new("bad-value", "Удобное время"),
        ];
        let said =
            |lang| lines(&row, &reasons, &mut Layouts::default(), Format::Ru, lang).join("\n");
        insta::assert_snapshot!(said(Lang::Ru), @"
        Строка 3, столбец «ФИО»: пусто; нужно: фамилия, имя, отчество, например Лабанова Дарья Олеговна (missing-key)
        Строка 3, столбец «Паспорт»: не читается; нужно: 10 цифр, например 4511 223344 (bad-value)
        Строка 3, столбец «Телефон»: не читается; нужно: номер с кодом, например 8 916 123-45-67 (bad-value)
        Строка 3, столбец «Клиника»: такой записи нет; нужно: название или код из `appt clinic list` (dangling-reference)
        Строка 3, столбец «Врач»: в этой клинике такой специальности нет; какие есть: `appt clinic list` (specialty-not-offered)
        Строка 3, столбец «Удобное время»: не читается; нужно: день и часы, например 25.11.2026 9-12 (несколько — через «;») (bad-value)
        ");
        insta::assert_snapshot!(said(Lang::En), @"
        Row 3, column “ФИО”: is empty; expected: surname, name, patronymic, such as Лабанова Дарья Олеговна (missing-key)
        Row 3, column “Паспорт”: can't be read; expected: 10 digits, such as 4511 223344 (bad-value)
        Row 3, column “Телефон”: can't be read; expected: a number with its code, such as 8 916 123-45-67 (bad-value)
        Row 3, column “Клиника”: there is no such record; expected: a name or id of `appt clinic list` (dangling-reference)
        Row 3, column “Врач”: this clinic does not offer it; what it offers: `appt clinic list` (specialty-not-offered)
        Row 3, column “Удобное время”: can't be read; expected: a day and hours, such as 25.11.2026 9-12 (several with “;” between) (bad-value)
        ");
        let old = Row {
            key: "clinics.patient:3".to_owned(),
            model: "?".to_owned(),
            raw: Raw::Parts(json!({})),
        };
        let why = [Reason::new("bad-value", "contact_number")];
        let said = lines(&old, &why, &mut Layouts::default(), Format::Ru, Lang::En);
        assert_eq!(said, ["clinics.patient:3: bad-value (contact_number)"]);
    }
}
