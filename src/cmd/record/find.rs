//! `find QUERY…`: a search over all records of a kind; exit 1 where nothing is found.

use clap::{ArgAction, ArgMatches, Command};

use crate::app::App;
use crate::cmd::record::list;
use crate::cmd::request::list as request;
use crate::cmd::{Done, args, help};
use crate::error::Result;
use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::query::filter::{self, Filter};
use crate::query::{resolve, seek};
use crate::say;
use crate::words::{keyboard, search};

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let about = match lang {
        Lang::Ru => format!("Найти {}", kind.accusative(lang)),
        Lang::En => format!("Find {}", kind.many(lang)),
    };
    let narrowing = match kind {
        Kind::Request => request::narrowing(lang),
        _ => Vec::new(),
    };
    Command::new("find")
        .about(about)
        .after_help(help::examples(lang, examples(kind)))
        .arg(
            args::positional(
                lang,
                "query",
                ("СЛОВА", "QUERY"),
                (
                    "начала слов имени, часть номера паспорта или телефона",
                    "beginnings of words of a name, part of a passport or phone number",
                ),
            )
            .action(ArgAction::Append)
            .num_args(0..),
        )
        .args(narrowing)
        .args(list::shape(lang))
}

fn examples(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Request => &[
            ("request find лаб терапевт", "request find lab therapist"),
            ("request find 4511", "request find 4511"),
        ],
        Kind::Clinic => &[("clinic find поликл", "clinic find clin")],
        _ => &[
            ("patient find лаб дар", "patient find lab dar"),
            ("patient find 223344", "patient find 223344"),
        ],
    }
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let query = args::all(matches, "query").join(" ");
    if search::key(&query).is_empty() {
        return Err(args::missing_value(say!("Не указано, что искать.", "Nothing to search for.")));
    }
    let turned = keyboard::to_russian(&query);
    let other = app.read(|sight| {
        let any = |query: &str| {
            let records = sight.book.sift(kind, &filter::sieve(Some(query)));
            records.iter().any(|record| filter::found(sight.book, record, query))
        };
        Ok(turned != query && !any(&query) && any(&turned))
    })?;
    let query = if other {
        app.output.note(&say!("Прочитано как: {turned}.", "Read as: {turned}."));
        turned
    } else {
        query
    };
    let sieve = filter::sieve(Some(&query));
    let narrowed = match kind {
        Kind::Request => {
            let filter = app.read(|sight| request::filter(app, sight, matches))?;
            Some(Filter { all: filter.statuses.is_empty(), ..filter })
        }
        _ => None,
    };
    let zone = app.settings()?.timezone;
    let count = list::listed(app, kind, matches, &sieve, |sight, record| {
        narrowed.as_ref().is_none_or(|filter| filter.fits(sight.book, zone, record))
            && filter::found(sight.book, record, &query)
    })?;
    if count > 0 {
        return Ok(Done::Yes);
    }
    if app.left_something_out() {
        app.output.note(&say!(
            "Не найдено, но часть файлов не читается: запись может быть там. Новую пока не заводите.",
            "Nothing found, but some files can't be read: it may be there. Don't add a new one yet."
        ));
        return Ok(Done::No);
    }
    // A search is over names and numbers of people: whoever has the request's own number opens it.
    if let Some(id) = request_called(app, kind, &query)? {
        app.output.note(&say!(
            "По словам не найдено: «{query}». Это номер заявки, открыть её: `appt request show {id}`.",
            "Found by no word: “{query}”. It is a request's number; to open it: `appt request show {id}`."
        ));
        return Ok(Done::No);
    }
    let near = app.read(|sight| {
        let sought = seek::seek(sight.book, kind, &query);
        let near = sought.found.iter().filter(|_| sought.near).take(seek::LISTED);
        Ok(near.map(|record| sight.line(record)).collect::<Vec<_>>())
    })?;
    if !near.is_empty() {
        let (near, code) = (near.join("; "), kind.code());
        app.output.note(&say!(lang;
            "Не найдено ({}): «{}». Похожие: {}. Если это другой человек, заведите: `appt {} new`.",
            "Found no {}: “{}”. Similar: {}. If it is somebody else, add them: `appt {} new`.",
            kind.many(lang), query, near, code));
        return Ok(Done::No);
    }
    app.output.note(&say!(lang;
        "Не найдено ({}): «{}». Проверьте буквы или заведите: `appt {} new`.",
        "Found no {}: “{}”. Check the spelling, or add one: `appt {} new`.",
        kind.many(lang), query, kind.code()));
    Ok(Done::No)
}

/// The short id of the request whose number this is, or begins.
fn request_called(app: &App, kind: Kind, query: &str) -> Result<Option<String>> {
    if kind != Kind::Request {
        return Ok(None);
    }
    app.read(|sight| {
        let found = resolve::resolve(sight.book, sight.settings, kind, query).ok();
        Ok(found.map(|record| life::short(&record.id).to_owned()))
    })
}
