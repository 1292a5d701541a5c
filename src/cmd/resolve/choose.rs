//! Going through conflicts at the terminal: both values, who and when; a number settles it. Nothing
//! is locked while the operator thinks.

use std::rc::Rc;

use super::{add, edits, revealed, settled, words};
use crate::app::App;
use crate::cmd::Done;
use crate::error::{Code, Error, Result, rule};
use crate::life::settle::{self, Point, Settling, Way};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::prompt::{self, Question};
use crate::say;
use crate::store::seal::Plan;
use crate::words::screen;

/// A conflict that is asked about: the record, and the key.
pub type Asked = (Rc<Record>, String);

/// Every conflict of some records.
pub fn all_of(records: &[Rc<Record>]) -> Vec<Asked> {
    let of_one = |record: &Rc<Record>| points_of(record, &settle::points(record));
    records.iter().flat_map(of_one).collect()
}

/// These conflicts of a record.
pub fn points_of(record: &Rc<Record>, points: &[Point]) -> Vec<Asked> {
    points.iter().map(|point| (record.clone(), point.key.clone())).collect()
}

/// What was answered to one question.
enum Answer {
    /// The conflict is settled, and that is written.
    Settled,
    /// It is left for later, or is there no more.
    Left,
    /// The question before this one is to be asked again.
    Back,
}

/// Asks about these conflicts, one after the other, and back where it is asked for: an answer that
/// is written is not asked for again, since `undo` takes it back.
pub fn through(app: &App, all: &[Asked]) -> Result<Done> {
    let (mut at, mut settled) = (0, vec![false; all.len()]);
    while let Some((record, key)) = all.get(at) {
        let count = settled.iter().filter(|settled| **settled).count();
        match one(app, record, key, count)? {
            Answer::Settled => {
                settled[at] = true;
                at += 1;
            }
            Answer::Left => at += 1,
            Answer::Back => match at.checked_sub(1) {
                Some(before) if !settled[before] => at = before,
                Some(_) => app.output.note(&say!(
                    "Прошлый ответ уже записан; вернуть как было: `appt undo`.",
                    "The last answer is written; to take it back: `appt undo`."
                )),
                None => app.output.note(&say!(
                    "Это первый вопрос. Оставить его — «Решить позже».",
                    "This is the first question. To leave it, choose “Decide later”."
                )),
            },
        }
    }
    Ok(Done::Yes)
}

/// Asks about one conflict until it is settled or left; so many were settled before it. What
/// settles one may change the ways of the next: each is asked about as the record then is.
fn one(app: &App, record: &Rc<Record>, key: &str, count: usize) -> Result<Answer> {
    loop {
        let now = app.read(|sight| Ok(sight.book.get(record.kind, &record.id)))?;
        let Some(now) = now else { return Ok(Answer::Left) };
        let Some(point) = settle::points(&now).into_iter().find(|point| point.key == key) else {
            return Ok(Answer::Left);
        };
        let Some(way) = ask(app, &now, &point, count)? else { return Ok(Answer::Back) };
        let Some(way) = way else { return Ok(Answer::Left) };
        match settle_one(app, &now, &point.key, &way) {
            Err(error) if matches!(error.code, Code::Refused | Code::Conflict) => {
                app.output.error(&error);
            }
            done => {
                done?;
                return Ok(Answer::Settled);
            }
        }
    }
}

/// Which way; none of them where the operator leaves it for later, nothing where they go back.
fn ask(app: &App, record: &Record, point: &Point, count: usize) -> Result<Option<Option<Way>>> {
    let lang = app.lang();
    let (whose, mut choices) = app.read(|sight| {
        let choice = |way: &Way| {
            let mut parts = vec![words::way(sight, record, point, way)];
            parts.extend(way.by.iter().map(|by| sight.title(Kind::Operator, by)));
            parts.extend(Some(words::when(sight, way)).filter(|text| !text.is_empty()));
            screen::safe_line(&parts.join(" · ")).into_owned()
        };
        let whose = format!("\n{}", screen::safe_line(&sight.line(record)));
        Ok((whose, point.ways.iter().map(choice).collect::<Vec<_>>()))
    })?;
    choices.push(lang.of("Решить позже", "Decide later").to_owned());
    let mut lines = vec![whose, words::question(record, point, lang)];
    if words::is_masked(app, record.kind, std::slice::from_ref(point)) {
        lines.push(revealed().get(lang).to_owned());
    }
    lines.extend(prompt::numbered(&choices));
    let help = words::help(point, lang);
    let farewell = (count > 0).then(|| {
        say!(
            "Прервано. Разобрано и записано: {count}. Остальное: `appt resolve`.",
            "Interrupted. Settled and written: {count}. The rest: `appt resolve`."
        )
    });
    let question = Question { lines, help, fact: true, farewell, ..Question::default() };
    let at = prompt::ask(app, &question, |typed| {
        prompt::number(typed, choices.len()).ok_or_else(|| {
            let message = say!("Введите цифру ответа.", "Type the number of an answer.");
            Error::usage("choice", message).into()
        })
    })?;
    Ok(at.map(|at| point.ways.get(at).cloned()))
}

fn settle_one(app: &App, seen: &Rc<Record>, key: &str, way: &Way) -> Result<Done> {
    let (sealed, ()) = app.write(|desk| {
        let now = desk.find(seen.kind, &seen.id)?;
        if now.updated() != seen.updated() || now.conflicts != seen.conflicts {
            return Err(Error::new(
                Code::Conflict,
                rule::CHANGED_MEANWHILE,
                say!(
                    "Пока вы отвечали, запись изменилась. Ваш ответ не записан.",
                    "The record changed meanwhile. Your answer was not recorded."
                ),
            ));
        }
        let mut settling = Settling::default();
        add(desk, &now, key, way, &mut settling)?;
        let Settling { changes, warnings } = settling;
        Ok((Plan { edits: edits(desk, changes)?, warnings, ..Plan::default() }, ()))
    })?;
    settled(app, seen, &sealed)
}
