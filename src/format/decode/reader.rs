//! A parsed text, key by key, into a record. What can't be read is a problem, and the next key is
//! read all the same.

use std::borrow::Cow;
use std::ops::Range as Span;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::value::{Pair, conflict, instants, items, plain, take};
use super::{EVENT_KEYS, Problem, Spans, meant, nearest, reads_as, shown_key};
use crate::format::encode;
use crate::i18n::Text;
use crate::model::event::{Details, Event, Mark, What};
use crate::model::field::{Field, Form, Need};
use crate::model::kind::Kind;
use crate::model::record::{Conflict, Record};
use crate::model::value::{Value, Values};
use crate::say;

/// What was read so far of a text.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    /// The keys of the file.
    pub(super) names: Vec<String>,
    pub(super) problems: Vec<Problem>,
    pub(super) spans: Spans,
}

impl Reader<'_> {
    /// Reads a key and its value into the record.
    pub(super) fn key(
        &mut self,
        record: &mut Record,
        name: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let key = name.get_ref().as_ref();
        match key {
            "history" => record.history = self.events(value),
            "conflicts" => record.conflicts = self.conflicts(value),
            _ => match self.kind.field(key) {
                Some(field) => {
                    let read = self.field(field, value);
                    record.values.put(field.key, read);
                }
                None => {
                    self.unknown(name);
                    record.unknown.push((key.to_owned(), self.raw(value)));
                }
            },
        }
    }

    fn has(&self, key: &str) -> bool {
        self.names.iter().any(|name| name == key)
    }

    /// The value of an unknown key as it stands there; on one line where it is written as a table
    /// with a header, or with dotted keys.
    fn raw(&self, value: &Spanned<DeValue<'_>>) -> String {
        let written = self.text.get(value.span()).filter(|raw| reads_as(raw, value.get_ref()));
        written.map_or_else(|| encode::any(value.get_ref()), str::to_owned)
    }

    fn unknown(&mut self, name: &Spanned<Cow<'_, str>>) {
        let key = name.get_ref().as_ref();
        let known = self.kind.fields().iter().map(|f| f.key).chain(["history", "conflicts"]);
        let (kind, shown, hint) = (self.kind, shown_key(key), meant(key, known.clone()));
        // A known key that is not there was meant by this one: its lack is no second finding.
        let spoilt = nearest(key, known).filter(|near| !self.has(near)).unwrap_or(key).to_owned();
        self.problem(
            "unknown-key",
            name.span(),
            &spoilt,
            say!(lang; "У {} нет ключа «{}».", "{}: there is no key “{}”.", kind.of_one(lang), shown),
            Some(hint),
        );
    }

    fn problem(
        &mut self,
        rule: &'static str,
        span: Span<usize>,
        key: &str,
        message: Text,
        hint: Option<Text>,
    ) {
        self.problems.push(Problem { rule, span, key: Some(key.to_owned()), message, hint });
    }

    /// The keys that the record can't be without, and that nothing else is said of.
    pub(super) fn missing(&mut self, record: &Record) {
        for field in self.kind.fields().iter().filter(|field| field.need == Need::Required) {
            let key = field.key;
            let absent = record.values.get(key).is_none();
            if absent && !self.problems.iter().any(|problem| problem.key.as_deref() == Some(key)) {
                let span = self.spans.value(key);
                let (message, hint) = match span {
                    // The list is there, and empty.
                    Some(_) => (
                        say!("`{key}`: нет ни одного значения.", "`{key}` has no value."),
                        say!(
                            "Впишите значение в список `{key}`.",
                            "Write a value into the list `{key}`."
                        ),
                    ),
                    None => (
                        say!("Нет обязательного ключа `{key}`.", "The key `{key}` is missing."),
                        say!("Добавьте `{key} = …`.", "Add `{key} = …`."),
                    ),
                };
                self.problem("missing-key", span.unwrap_or(0..0), key, message, Some(hint));
            }
        }
    }

    fn field(&mut self, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        if !field.list {
            return self.item(field, value);
        }
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(field.key, value.span(), &say!("список в скобках [ ]", "a list in [ ]"));
            return None;
        };
        let one = |item: &Spanned<DeValue<'_>>| Some((self.item(field, item)?, item.span()));
        let mut read: Vec<(Value, Span<usize>)> = items.iter().filter_map(one).collect();
        read.sort_by(|(a, _), (b, _)| a.cmp(b));
        read.dedup_by(|(a, _), (b, _)| a == b);
        let (read, spans) = read.into_iter().unzip();
        self.spans.items.push((field.key.to_owned(), spans));
        Some(Value::List(read))
    }

    fn item(&mut self, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let read = plain(value.get_ref()).filter(|read| has_form(field.form, read));
        if read.is_none() {
            self.wrong(field.key, value.span(), &expected(field.form));
        }
        read
    }

    fn wrong(&mut self, key: &str, span: Span<usize>, expected: &Text) {
        let Text { ru, en } = expected;
        self.problem(
            "bad-value",
            span,
            key,
            say!("`{key}`: нужно: {ru}.", "`{key}` takes {en}."),
            Some(say!("Исправьте значение ключа `{key}`.", "Mend the value of `{key}`.")),
        );
    }

    fn events(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Event> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong("history", value.span(), &say!("список событий", "a list of events"));
            return Vec::new();
        };
        let mut events = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref().as_table().and_then(|table| self.event(table)) {
                Some(event) => {
                    self.strange(&event, item.get_ref().as_table());
                    events.push(event);
                    self.spans.events.push(item.span());
                }
                None => self.wrong(
                    "history",
                    item.span(),
                    &say!(
                        "событие вида {{ at = …, by = \"…\", event = \"…\" }} с ключами этого события",
                        "events of the form {{ at = …, by = \"…\", event = \"…\" }}, each with its keys"
                    ),
                ),
            }
        }
        events
    }

    /// What this version does not know of an event. It is carried along, and spoils nothing.
    fn strange(&mut self, event: &Event, table: Option<&DeTable<'_>>) {
        let pairs = || table.into_iter().flat_map(|table| table.iter());
        let code = event.what.code();
        if let What::Unknown(code) = &event.what {
            let at = pairs().find(|(name, _)| name.get_ref().as_ref() == "event");
            let known = ["created", "imported", "set", "list", "note"];
            let known = known.into_iter().chain(Mark::ALL.map(Mark::code));
            let (shown, hint) = (shown_key(code), meant(code, known));
            self.problems.push(Problem {
                rule: "bad-value",
                span: at.map_or(0..0, |(_, value)| value.span()),
                key: None,
                message: say!("Нет такого события: «{shown}».", "There is no event “{shown}”."),
                hint: Some(hint),
            });
            return;
        }
        let strange = pairs()
            .filter(|(name, _)| event.extra.iter().any(|(key, _)| key == name.get_ref().as_ref()));
        for (name, value) in strange {
            let shown = shown_key(name.get_ref());
            let known = || EVENT_KEYS.into_iter().chain(self.kind.fields().iter().map(|f| f.key));
            if plain(value.get_ref()).is_none() && known().any(|key| key == name.get_ref().as_ref())
            {
                // It is the value that is none: nobody knows what the event did.
                self.problems.push(Problem {
                    rule: "bad-value",
                    span: value.span(),
                    key: Some("history".to_owned()),
                    message: say!(
                        "Событие `{code}`: значение `{shown}` не читается.",
                        "The event `{code}`: the value of `{shown}` can't be read."
                    ),
                    hint: Some(say!(
                        "Верните значение, какое было: `git log -p` покажет его. Время пишут со смещением: 2026-11-25T11:30:00+03:00.",
                        "Put back the value that it had: `git log -p` shows it. Times have an offset: 2026-11-25T11:30:00+03:00."
                    )),
                });
                continue;
            }
            self.problems.push(Problem {
                rule: "unknown-key",
                span: name.span(),
                key: None,
                message: say!(
                    "В событии `{code}` нет такого ключа «{shown}».",
                    "The event `{code}` has no key “{shown}”."
                ),
                hint: Some(meant(name.get_ref(), known())),
            });
        }
    }

    fn event(&self, table: &DeTable<'_>) -> Option<Event> {
        let mut pairs: Vec<Pair<'_, '_>> = table.iter().collect();
        let at = take(&mut pairs, "at")?.as_instant()?;
        let by = take(&mut pairs, "by")?.as_text()?.to_owned();
        let code = take(&mut pairs, "event")?.as_text()?.to_owned();
        let tx = match take(&mut pairs, "tx") {
            Some(tx) => Some(tx.as_instant()?),
            None => None,
        };
        let what = self.what(&code, &mut pairs)?;
        // On one line, however it was written: an event is one.
        let extra = pairs.iter().map(|(k, v)| (k.get_ref().to_string(), encode::any(v.get_ref())));
        let extra = extra.collect();
        Some(Event { at, by, what, tx, extra })
    }

    fn what(&self, code: &str, pairs: &mut Vec<Pair<'_, '_>>) -> Option<What> {
        let text = |value: Option<Value>| match value {
            Some(Value::Text(text)) => Some(Some(text)),
            Some(_) => None,
            None => Some(None),
        };
        Some(match code {
            "created" | "imported" => {
                let source = text(take(pairs, "source"))?;
                if (code == "imported") != source.is_some() {
                    return None;
                }
                What::First { source, values: self.first_values(pairs)? }
            }
            "set" => What::Set {
                key: self.field_of(take(pairs, "key")?, false)?,
                from: take(pairs, "from"),
                to: take(pairs, "to"),
                reason: text(take(pairs, "reason"))?,
                seen: match take(pairs, "appointment") {
                    Some(seen) => Some(seen.as_instant()?),
                    None => None,
                },
            },
            "list" => What::List {
                key: self.field_of(take(pairs, "key")?, true)?,
                added: items(take(pairs, "added"))?,
                removed: items(take(pairs, "removed"))?,
            },
            "note" => What::Note(text(take(pairs, "text"))??),
            _ => match Mark::ALL.into_iter().find(|mark| mark.code() == code) {
                Some(mark) => What::Mark(
                    mark,
                    Details {
                        key: text(take(pairs, "key"))?,
                        id: text(take(pairs, "id"))?,
                        source: text(take(pairs, "source"))?,
                        reason: text(take(pairs, "reason"))?,
                        of: instants(take(pairs, "of"))?,
                    },
                ),
                None => What::Unknown(code.to_owned()),
            },
        })
    }

    fn field_of(&self, key: Value, list: bool) -> Option<&'static str> {
        let field = self.kind.field(key.as_text()?)?;
        (field.list == list).then_some(field.key)
    }

    fn first_values(&self, pairs: &mut Vec<Pair<'_, '_>>) -> Option<Values> {
        let mut values = Values::new();
        for field in self.kind.fields() {
            if let Some(value) = take(pairs, field.key) {
                if field.list != value.as_list().is_some() {
                    return None;
                }
                values.put(field.key, Some(value));
            }
        }
        Some(values)
    }

    fn conflicts(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Conflict> {
        let expected = say!(
            "список вида {{ key = \"…\", value = …, by = \"…\", at = … }}",
            "a list of {{ key = \"…\", value = …, by = \"…\", at = … }}"
        );
        let Some(items) = value.get_ref().as_array() else {
            self.wrong("conflicts", value.span(), &expected);
            return Vec::new();
        };
        let mut spans = Vec::new();
        let mut read = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table().and_then(conflict) {
                Some(conflict) => {
                    read.push(conflict);
                    spans.push(item.span());
                }
                None => self.wrong("conflicts", item.span(), &expected),
            }
        }
        self.spans.items.push(("conflicts".to_owned(), spans));
        read
    }
}

fn has_form(form: Form, value: &Value) -> bool {
    match form {
        Form::Flag => matches!(value, Value::Bool(_)),
        Form::Moment | Form::Visit => matches!(value, Value::Instant(_)),
        Form::Range => matches!(value, Value::Range(_)),
        _ => matches!(value, Value::Text(_)),
    }
}

fn expected(form: Form) -> Text {
    match form {
        Form::Flag => say!("true или false", "true or false"),
        Form::Moment | Form::Visit => say!(
            "время со смещением: 2026-11-25T11:30:00+03:00",
            "a time with its offset: 2026-11-25T11:30:00+03:00"
        ),
        Form::Range => say!(
            "диапазон вида {{ start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }}",
            "ranges of the form {{ start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }}"
        ),
        _ => say!("текст в кавычках", "text in quotes"),
    }
}
