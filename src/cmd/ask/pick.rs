//! Which record is meant: by a number of a short list, by what names it, or by a search.

use std::rc::Rc;

use crate::cmd::ask::{Sheet, Turn};
use crate::error::{Code, Error, Result};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::sieve::Sieve;
use crate::prompt::{self, tell, took};
use crate::query::seek::{self, LISTED, Sought};
use crate::query::{filter, resolve};
use crate::render::cell::Sight;
use crate::{say, tr};

impl Sheet<'_> {
    /// The record that an argument names.
    pub(super) fn record(&mut self, kind: Kind, name: &'static str) -> Result<Turn> {
        if self.has(name) {
            return Ok(Turn::Skip);
        }
        let (app, lang) = (self.app, self.lang());
        let listed = app.read(|sight| Ok(offered(sight, kind)))?;
        let words: Vec<String> = listed.iter().map(|(_, word)| word.clone()).collect();
        let mut question = self.question(&title(kind, listed.is_empty(), lang), help(kind, lang));
        question.default = None;
        question.lines.extend(prompt::numbered(&words));
        question.fact = true;
        loop {
            let found = prompt::ask(app, &question, |typed| {
                if let Some(at) = prompt::number(typed, listed.len()) {
                    return Ok(vec![listed[at].0.clone()]);
                }
                Ok(app.read(|sight| find(sight, kind, typed))?)
            })?;
            let Some(found) = found else { return Ok(Turn::Back) };
            let at = match found.len() {
                1 => 0,
                _ => {
                    let words = app.read(|sight| {
                        Ok(found.iter().map(|record| sight.line(record)).collect::<Vec<_>>())
                    })?;
                    let title =
                        lang.of("Найдено несколько. Какая запись?", "Several fit. Which one?");
                    match prompt::choose(app, title, &words, true)? {
                        Some(at) => at,
                        None => continue,
                    }
                }
            };
            let words = app.read(|sight| Ok(sight.line(&found[at])))?;
            took(app, &words);
            if kind == Kind::Request {
                self.saw(&found[at]);
            }
            self.put(name, vec![found[at].id.clone()]);
            return Ok(Turn::On);
        }
    }
}

/// The records to choose from by a number: the most urgent requests; all of a kind, where they are
/// few. Patients are found by a name: a list of them says nothing.
fn offered(sight: &Sight<'_>, kind: Kind) -> Vec<(Rc<Record>, String)> {
    let mut records = match kind {
        Kind::Patient => Vec::new(),
        _ => sight.book.sift(kind, &Sieve { queued: true, ..Sieve::default() }),
    };
    if kind == Kind::Request {
        records.retain(|record| filter::is_queued(record));
        records.sort_by_cached_key(|record| filter::urgency(record));
        records.truncate(LISTED);
    }
    if records.len() > LISTED {
        records.clear();
    }
    let described = records.into_iter().map(|record| {
        let words = sight.line(&record);
        (record, words)
    });
    described.collect()
}

fn title(kind: Kind, is_bare: bool, lang: Lang) -> String {
    match kind {
        Kind::Request if is_bare => lang.of(
            "Какая заявка? Номер или имя пациента.",
            "Which request? Its id, or the patient's name.",
        ),
        Kind::Request => lang.of(
            "Какая заявка? Цифра, номер заявки или имя пациента. Самые срочные:",
            "Which request? A number, its id, or the patient's name. The most urgent:",
        ),
        Kind::Patient => lang.of(
            "Какой пациент? Фамилия и имя, телефон или паспорт.",
            "Which patient? A name, a phone, or a passport.",
        ),
        Kind::Clinic => lang.of("Какая клиника?", "Which clinic?"),
        Kind::Specialty => lang.of("Какая специальность?", "Which specialty?"),
        Kind::Operator => lang.of("Какой оператор?", "Which operator?"),
    }
    .to_owned()
}

fn help(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Request => lang.of(
            "Цифра из списка, номер заявки (k7m) или начало имени пациента (щук п).",
            "A number of the list, a request's id (k7m), or the beginning of a patient's name.",
        ),
        Kind::Patient => lang.of(
            "Начало фамилии и имени (щук п), часть телефона, паспорт или id.",
            "The beginning of a name, part of a phone number, a passport, or an id.",
        ),
        _ => {
            lang.of("Цифра из списка, название или id.", "A number of the list, a name, or an id.")
        }
    }
}

/// The records that some words mean: the one that they name, or those that a search finds.
///
/// # Errors
/// `not-found`; `ambiguous` where too many fit to choose from.
pub fn find(sight: &Sight<'_>, kind: Kind, typed: &str) -> Result<Vec<Rc<Record>>> {
    let error = match resolve::resolve(sight.book, sight.settings, kind, typed) {
        Ok(record) => return Ok(vec![record]),
        Err(error) => error,
    };
    let found = searched(sight, kind, typed);
    match found.len() {
        0 => Err(error),
        1..=LISTED => Ok(found),
        count => Err(too_many(count)),
    }
}

/// Those that a search finds; where it was read in the other layout, this is said.
pub fn searched(sight: &Sight<'_>, kind: Kind, typed: &str) -> Vec<Rc<Record>> {
    let Sought { found, turned, near } = seek::seek(sight.book, kind, typed);
    if let Some(turned) = turned {
        tell(&tr!(sight.lang, "Прочитано как: {turned}", "Read as: {turned}"));
    }
    if near {
        tell(&tr!(
            sight.lang,
            "Точно «{typed}» не найдено. Похожие:",
            "Nobody is exactly “{typed}”. Similar:"
        ));
    }
    found
}

/// What is said where more records fit than can be listed.
pub fn too_many(count: usize) -> Error {
    Error::new(
        Code::Ambiguous,
        "ambiguous",
        say!("Подходят {count}: введите больше букв.", "{count} fit: type more letters."),
    )
}
