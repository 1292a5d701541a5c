//! A value of a record as a person reads it, by the form of its field.

use chrono::{DateTime, NaiveDate, Utc};

use crate::i18n::Lang;
use crate::life;
use crate::model::book::Book;
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::model::settings::Settings;
use crate::model::value::Value;
use crate::tr;
use crate::when::show;
use crate::words::{passport, phone, screen};

/// What a person is shown, and how.
pub struct Sight<'a> {
    /// All records.
    pub book: &'a dyn Book,
    /// The store's settings.
    pub settings: &'a Settings,
    /// The present.
    pub now: DateTime<Utc>,
    /// The language.
    pub lang: Lang,
    /// Whether passports are shown whole.
    pub reveal: bool,
}

impl Sight<'_> {
    /// The day it is where a moment is written down.
    pub fn today(&self, at: Instant) -> NaiveDate {
        self.now.with_timezone(at.offset()).date_naive()
    }

    /// A key of a record. Besides the keys of its file: `id`, `updated`, and a request's `next`,
    /// `patient_name`, `clinic_name`, `specialty_title`.
    pub fn cell(&self, record: &Record, key: &str) -> String {
        self.measured(record, key).0
    }

    /// The same, and how many columns of a terminal it takes.
    pub fn measured(&self, record: &Record, key: &str) -> (String, usize) {
        screen::measured(match key {
            "id" if record.kind == Kind::Request => life::short(&record.id).to_owned(),
            "id" => record.id.clone(),
            "updated" => record.updated().map_or_else(String::new, |at| self.moment(at)),
            "status" => Request::of(record)
                .map(|request| request.status_name(self.lang))
                .unwrap_or_else(|_| record.shown("status").to_owned()),
            "next" => Request::of(record)
                .map(|request| request.next().name(self.lang).to_owned())
                .unwrap_or_default(),
            "patient_name" => self.title(Kind::Patient, record.shown("patient")),
            "clinic_name" => self.title(Kind::Clinic, record.shown("clinic")),
            "specialty_title" => self.title(Kind::Specialty, record.shown("specialty")),
            "name" if record.text("merged_into").is_some() => self.led(record),
            "active" => self.yes(record.is_active()),
            _ => match (record.kind.field(key), record.values.get(key)) {
                (Some(field), Some(value)) => {
                    self.brief(field, &self.by_clock(record, field.form, value))
                }
                _ => String::new(),
            },
        })
    }

    /// The text in a record that alone decides what the cell of a key says, where there is one: the
    /// id of a record of which there are few.
    pub fn decides<'r>(&self, record: &'r Record, key: &str) -> Option<&'r str> {
        let key = match key {
            "clinic_name" => "clinic",
            "specialty_title" => "specialty",
            _ => key,
        };
        match record.kind.field(key)?.form {
            Form::Reference(Kind::Clinic | Kind::Specialty | Kind::Operator) => record.text(key),
            _ => None,
        }
    }

    /// What the column of a key is called.
    pub fn heading(&self, kind: Kind, key: &str) -> String {
        let lang = self.lang;
        let fixed = match key {
            "id" => lang.of("№", "ID"),
            "updated" => lang.of("Изменена", "Updated"),
            "next" => lang.of("Дальше", "Next"),
            "patient_name" => lang.of("Пациент", "Patient"),
            "clinic_name" => lang.of("Клиника", "Clinic"),
            "specialty_title" => lang.of("Специальность", "Specialty"),
            _ => "",
        };
        if !fixed.is_empty() {
            return fixed.to_owned();
        }
        kind.field(key).map_or_else(|| key.to_owned(), |field| field.title(lang).to_owned())
    }

    /// A value of a field in a table: of several ranges the first, and how many more there are.
    fn brief(&self, field: &Field, value: &Value) -> String {
        match value.as_list() {
            Some([first, rest @ ..]) if field.form == Form::Range && !rest.is_empty() => {
                let (first, more) = (self.value(field, first), rest.len());
                tr!(self.lang, "{first} и ещё {more}", "{first} and {more} more")
            }
            _ => self.value(field, value),
        }
    }

    /// A value of a field.
    pub fn value(&self, field: &Field, value: &Value) -> String {
        let today = |at: Instant| self.today(at);
        match value {
            Value::Bool(flag) => self.yes(*flag),
            Value::Instant(at) if field.form == Form::Visit => {
                let text = show::short_instant(*at, today(*at), self.lang);
                self.in_its_zone(text, *at)
            }
            Value::Instant(at) => {
                let at = at.with_timezone(&self.settings.timezone).fixed_offset();
                show::short_instant(at, today(at), self.lang)
            }
            Value::Range(range) => {
                let text = show::short_range(range, today(range.start), self.lang);
                self.in_its_zone(text, range.start)
            }
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.value(field, item)).collect();
                items.join(if field.form == Form::Range { "; " } else { ", " })
            }
            Value::Text(text) => self.text(field.form, text),
        }
    }

    /// A clinic's time, with its zone where its clock does not show what the store's does.
    fn in_its_zone(&self, text: String, at: Instant) -> String {
        match show::zone_mark(at, self.settings.timezone, self.lang) {
            Some(mark) => format!("{text} {mark}"),
            None => text,
        }
    }

    fn text(&self, form: Form, text: &str) -> String {
        match form {
            Form::Passport if self.reveal => passport::show(text),
            Form::Passport => passport::mask(text),
            Form::Phone => phone::show(text),
            Form::Reference(Kind::Request) => life::short(text).to_owned(),
            Form::Reference(kind) => self.title(kind, text),
            Form::Role if text == Role::Admin.code() => {
                self.lang.of("администратор", "admin").to_owned()
            }
            Form::Role => self.lang.of("оператор", "operator").to_owned(),
            Form::Status => Status::from_code(text).map_or(text, |s| s.name(self.lang)).to_owned(),
            _ => text.to_owned(),
        }
    }

    /// The title of a record that another one refers to; its id where it can't be read.
    pub fn title(&self, kind: Kind, id: &str) -> String {
        self.book.title(kind, id).unwrap_or_else(|| id.to_owned())
    }

    /// The name on a card that leads to another one: nobody should take it for a patient of its own.
    fn led(&self, record: &Record) -> String {
        let (name, into) = (record.title(), record.shown("merged_into"));
        tr!(self.lang, "{name} (закрыта, действует {into})", "{name} (merged into {into})")
    }

    fn moment(&self, at: Instant) -> String {
        let at = at.with_timezone(&self.settings.timezone).fixed_offset();
        show::short_instant(at, self.today(at), self.lang)
    }

    fn yes(&self, flag: bool) -> String {
        self.lang.of(if flag { "да" } else { "нет" }, if flag { "yes" } else { "no" }).to_owned()
    }
}
