//! Going through conflicts at the terminal: both values, who and when; a number settles it. Nothing
//! is locked while the operator thinks.

use std::rc::Rc;

use super::{add, edits, revealed, settled, words};
use crate::app::App;
use crate::cmd::Done;
use crate::error::{Code, Error, Result};
use crate::life::settle::{self, Point, Settling, Way};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::prompt::{self, Question};
use crate::say;
use crate::store::seal::Plan;
use crate::words::screen;

/// Asks about every conflict of a record.
pub fn all_of(app: &App, record: &Rc<Record>) -> Result<Done> {
    points_of(app, record, &settle::points(record))
}

/// Asks about these conflicts of a record, one after the other. What settles one may change the
/// ways of the next: each is asked about as the record then is.
pub fn points_of(app: &App, record: &Rc<Record>, points: &[Point]) -> Result<Done> {
    for point in points {
        loop {
            let now = app.read(|sight| Ok(sight.book.get(record.kind, &record.id)))?;
            let Some(now) = now else { break };
            let Some(point) = settle::points(&now).into_iter().find(|p| p.key == point.key) else {
                break;
            };
            let Some(way) = ask(app, &now, &point)? else { break };
            match settle_one(app, &now, &point.key, &way) {
                Err(error) if matches!(error.code, Code::Refused | Code::Conflict) => {
                    app.output.error(&error);
                }
                done => {
                    done?;
                    break;
                }
            }
        }
    }
    Ok(Done::Yes)
}

/// Which way; none where the operator leaves it for later.
fn ask(app: &App, record: &Record, point: &Point) -> Result<Option<Way>> {
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
    let question = Question { lines, help, fact: true, ..Question::default() };
    let at = prompt::ask(app, &question, |typed| {
        prompt::number(typed, choices.len()).ok_or_else(|| {
            let message = say!("Введите цифру ответа.", "Type the number of an answer.");
            Error::usage("choice", message).into()
        })
    })?;
    Ok(at.and_then(|at| point.ways.get(at).cloned()))
}

fn settle_one(app: &App, seen: &Rc<Record>, key: &str, way: &Way) -> Result<Done> {
    let (sealed, ()) = app.write(|desk| {
        let now = desk.find(seen.kind, &seen.id)?;
        if now.updated() != seen.updated() || now.conflicts != seen.conflicts {
            return Err(Error::new(
                Code::Conflict,
                "changed-meanwhile",
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
