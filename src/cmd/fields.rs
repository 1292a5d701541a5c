//! The flags of `new` and `edit`, made from the table of fields, and what is typed for them.

use clap::{Arg, ArgMatches};

use crate::app::{Desk, understood};
use crate::cmd::args;
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::field::{Field, Form, Need};
use crate::model::kind::Kind;
use crate::model::range::Range;
use crate::model::value::Value;
use crate::query::resolve;
use crate::when::{self, Frame};

pub use crate::query::typed::{bad_status, read};

/// A flag for each key of the kind that a person sets.
pub fn flags(kind: Kind, lang: Lang) -> Vec<Arg> {
    let one = |field: &'static Field| {
        let name = field.flag?;
        let value = placeholder(field.form);
        Some(match field.list {
            true => args::flags(lang, name, value, field.help),
            false => args::flag(lang, name, value, field.help),
        })
    };
    kind.fields().iter().filter_map(one).collect()
}

fn placeholder(form: Form) -> (&'static str, &'static str) {
    match form {
        Form::Person => ("ФИО", "NAME"),
        Form::Phone => ("ТЕЛЕФОН", "PHONE"),
        Form::Passport => ("НОМЕР", "NUMBER"),
        Form::Reference(Kind::Patient) => ("ПАЦИЕНТ", "PATIENT"),
        Form::Reference(Kind::Clinic) => ("КЛИНИКА", "CLINIC"),
        Form::Reference(Kind::Specialty) => ("СПЕЦИАЛЬНОСТЬ", "SPECIALTY"),
        Form::Reference(Kind::Operator) => ("ОПЕРАТОР", "OPERATOR"),
        Form::Reference(Kind::Request) => ("ЗАЯВКА", "REQUEST"),
        Form::Hours => ("ЧАСЫ", "HOURS"),
        Form::Zone => ("ПОЯС", "ZONE"),
        Form::Email => ("АДРЕС", "ADDRESS"),
        Form::Role => ("РОЛЬ", "ROLE"),
        Form::Status => ("СТАТУС", "STATUS"),
        Form::Flag => ("ДА|НЕТ", "BOOL"),
        Form::Moment | Form::Visit => ("ВРЕМЯ", "TIME"),
        Form::Range => ("ДИАПАЗОН", "RANGE"),
        Form::Line(_) => ("ТЕКСТ", "TEXT"),
    }
}

/// What was typed for the fields of a kind, those that were typed at all. An empty text takes an
/// optional value away. Ranges are read elsewhere: they need their clinic.
///
/// # Errors
/// `refused` or `usage` with what is wrong with the first value that can't be used.
pub fn typed(
    desk: &Desk<'_>,
    kind: Kind,
    matches: &ArgMatches,
) -> Result<Vec<(&'static Field, Option<Value>)>> {
    let mut values = Vec::new();
    for field in kind.fields() {
        let Some(flag) = field.flag.filter(|_| field.form != Form::Range) else { continue };
        let texts = args::all(matches, flag);
        if texts.is_empty() {
            continue;
        }
        let empty = texts.iter().all(|text| text.trim().is_empty());
        if empty && field.need != Need::Required {
            values.push((field, None));
            continue;
        }
        let items: Result<Vec<Value>> = texts.iter().map(|text| value(desk, field, text)).collect();
        let mut items = items?;
        let value = if field.list {
            items.sort();
            items.dedup();
            Some(Value::List(items))
        } else {
            items.pop()
        };
        values.push((field, value));
    }
    Ok(values)
}

/// Whether a flag of the kind was typed at all.
pub fn any_typed(kind: Kind, matches: &ArgMatches) -> bool {
    kind.fields()
        .iter()
        .filter_map(|field| field.flag)
        .any(|flag| !args::all(matches, flag).is_empty())
}

/// One value.
///
/// # Errors
/// `refused`: it has not the form of its field; `not-found` where it names no record.
pub fn value(desk: &Desk<'_>, field: &Field, typed: &str) -> Result<Value> {
    read(desk.settings, field, typed, |kind| {
        Ok(resolve::led(desk.library, desk.find(kind, typed)?).id.clone())
    })
}

/// The ranges that were typed, repeated in full before they count; once, where a prompt has done so
/// already (`is_said`).
///
/// # Errors
/// `usage` or `refused`, with what was understood.
pub fn ranges(desk: &Desk<'_>, texts: &[&str], frame: &Frame, is_said: bool) -> Result<Vec<Range>> {
    let mut ranges = Vec::new();
    for text in texts {
        let reading = when::ranges(text, frame)?;
        for note in &reading.notes {
            desk.app.output.note(note);
        }
        ranges.extend(reading.ranges);
    }
    ranges.sort();
    ranges.dedup();
    if is_said {
        return Ok(ranges);
    }
    let sight = desk.app.sight(desk.library, desk.settings);
    desk.app.output.note(&understood(&sight.ranges(&ranges)));
    Ok(ranges)
}
