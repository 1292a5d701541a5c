//! `remove`: a record goes, where nothing refers to it. An operator who appears in history stays,
//! inactive.

use std::rc::Rc;

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::ask::Ask;
use crate::cmd::record::change;
use crate::cmd::{Done, answer, args, ask, help};
use crate::error::{Code, Error, Result, rule};
use crate::format::layout;
use crate::history::What;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::operator;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::output::Format;
use crate::prompt;
use crate::query::links;
use crate::say;
use crate::store::seal::{Edit, Plan};

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let about = match lang {
        Lang::Ru => format!("Удалить {}", kind.accusative(lang)),
        Lang::En => format!("Remove {}", kind.a_noun()),
    };
    let examples = help::examples_of(kind, lang, &["remove {}", "remove {} --yes"]);
    let command = Command::new("remove")
        .about(about)
        .after_help(examples)
        .arg(args::record_id(kind, lang))
        .arg(args::switch(lang, "yes", ("не переспрашивать", "don't ask")));
    if kind == Kind::Request { command.arg(args::take_over(lang)) } else { command }
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(kind)], |asked| act(app, kind, &asked.matches))
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    loop {
        // What changed while the question waited is shown, and it is asked again.
        match once(app, kind, matches) {
            Err(error) if error.is(rule::CHANGED_MEANWHILE) => app.output.error(&error),
            done => return done,
        }
    }
}

fn once(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = args::need_record(kind, matches)?;
    let mut seen: Option<Rc<Record>> = None;
    let take_over = args::is_set(matches, "take-over");
    let plan = |desk: &Desk<'_>| {
        if args::is_set(matches, "yes") {
            not_a_neighbour(desk, kind, name)?;
        }
        plan(desk, kind, name, take_over)
    };
    if !args::is_set(matches, "yes") && !app.globals.dry_run {
        // Judged before anything is asked, and asked while nothing is locked.
        let (rehearsed, (id, stays)) = app.rehearse(plan)?;
        let name = about(app, rehearsed.records.first().map(Rc::as_ref), &id)?;
        seen = app.read(|sight| Ok(sight.book.get(kind, &id)))?;
        let question = match stays {
            true => say!(
                "Удалить {name}? В истории записей оператор останется, но работать больше не сможет.",
                "Remove {name}? They stay in the history, but are no longer active."
            ),
            false => say!(
                "Удалить {name}? Вернуть это через `appt undo` нельзя.",
                "Remove {name}? `appt undo` can't bring it back."
            ),
        };
        if app.globals.no_input {
            let Text { ru, en } = question;
            return Err(args::missing_value(say!(
                "{ru} Подтвердите: `--yes`.",
                "{en} Confirm with `--yes`."
            )));
        }
        if !prompt::confirm(app, &question)? {
            app.output.note(&say!("Ничего не удалено.", "Nothing was removed."));
            return Ok(Done::Yes);
        }
    }
    let (sealed, (id, stays)) = app.write(|desk| {
        let (plan, (id, stays)) = plan(desk)?;
        let now = desk.library.get(kind, &id);
        match (&seen, now) {
            (Some(seen), Some(now)) if seen.updated() != now.updated() => {
                Err(ask::changed(desk, &now, seen.updated()))
            }
            _ => Ok((plan, (id, stays))),
        }
    })?;
    let sentence = match (stays, app.globals.dry_run) {
        (true, _) => say!(
            "Оператор {id} есть в истории записей: он остаётся, но больше не работает.",
            "Operator {id} appears in history: they stay, but are no longer active."
        ),
        (false, true) => say!("Удалилось бы: {id}.", "Would be removed: {id}."),
        (false, false) => say!("Удалено: {id}.", "Removed: {id}."),
    };
    match app.output.format {
        Format::Table if !stays => app.output.print(sentence.get(app.lang())).map(|()| Done::Yes),
        _ => answer::written(app, kind, &id, &sealed, &sentence),
    }
}

/// What a person calls a record: the patient of a request, the name of anything else.
fn about(app: &App, record: Option<&Record>, id: &str) -> Result<String> {
    let Some(record) = record else { return Ok(id.to_owned()) };
    if record.kind != Kind::Request {
        return Ok(format!("{id} ({})", record.title()));
    }
    app.read(|sight| {
        let [patient, doctor] =
            ["patient_name", "specialty_title"].map(|key| sight.cell(record, key));
        Ok(format!("{} ({patient}, {doctor})", life::short(id)))
    })
}

/// The plan, the record's id, and whether it stays.
fn plan(
    desk: &Desk<'_>,
    kind: Kind,
    name: &str,
    take_over: bool,
) -> Result<(Plan, (String, bool))> {
    desk.permit(kind)?;
    let record = desk.find(kind, name)?;
    if kind == Kind::Request {
        desk.acting(take_over, false).remove(&record)?;
    }
    let stays = kind == Kind::Operator && acted(desk, &record.id, &[]);
    if !stays {
        unreferenced(desk, &record, &[])?;
    }
    if kind == Kind::Operator {
        another_admin(desk, &record)?;
    }
    let id = record.id.clone();
    let edit = if stays {
        let inactive = Some(Value::Bool(false));
        let from = record.values.get("active");
        let already = from == inactive.as_ref();
        let whats = if already { Vec::new() } else { vec![What::set("active", from, inactive)] };
        Edit::change(&record, whats)
    } else {
        Edit::Remove { kind, id: id.clone() }
    };
    Ok((Plan { edits: vec![edit], ..Plan::default() }, (id, stays)))
}

/// Where nobody confirms it, the beginning of an id does not name the neighbour that was made beside
/// a record of that very id: a script that is run twice would remove both.
fn not_a_neighbour(desk: &Desk<'_>, kind: Kind, name: &str) -> Result<()> {
    let id = desk.find(kind, name)?.id.clone();
    let rest = id.strip_prefix(&name.to_lowercase()).and_then(|rest| rest.strip_prefix('-'));
    let is_numbered = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(kind, Kind::Patient | Kind::Request) || !rest.is_some_and(is_numbered) {
        return Ok(());
    }
    Err(Error::new(
        Code::NotFound,
        "no-such-record",
        say!(lang; "Нет {} «{}».", "There is no {} “{}”.", kind.of_one(lang), name),
    )
    .hint(say!(
        "Есть {id}; если удалить нужно его, укажите id целиком.",
        "There is {id}; if that is meant, give its whole id."
    )))
}

/// Whether an operator appears in another record or its history. `but` are records that go with it.
pub fn acted(desk: &Desk<'_>, id: &str, but: &[(Kind, &str)]) -> bool {
    let own = (Kind::Operator, id);
    let is_in = |record: &Record| {
        let name = (record.kind, record.id.as_str());
        let by = || record.history.iter().any(|event| event.by == id);
        name != own && !but.contains(&name) && (record.text("operator") == Some(id) || by())
    };
    let all = |kind| desk.library.all(kind);
    Kind::ALL.into_iter().any(|kind| all(kind).iter().any(|record| is_in(record)))
}

/// What another record refers to can't go.
///
/// # Errors
/// `refused`: `referenced`, with the first of those that do. `but` are records that go with it.
pub fn unreferenced(desk: &Desk<'_>, record: &Record, but: &[(Kind, &str)]) -> Result<()> {
    let referring = links::referring(desk.library, record, but);
    let Some(first) = referring.first() else {
        return all_read(desk, &layout::path(record.kind, &record.id));
    };
    let (count, kind, id) = (referring.len(), first.kind, &first.id);
    let code = kind.code();
    Err(Error::refused(
        "referenced",
        say!(lang;
            "Удалить нельзя: на эту запись ссылаются {} ({}).",
            "It can't be removed: {} refer to it ({}).",
            kind.many(lang), count),
    )
    .hint(say!("Например: `appt {code} show {id}`.", "Such as: `appt {code} show {id}`.")))
}

/// Whether all files could be read, but for one: what can't be read may name any record.
///
/// # Errors
/// `store`: `unread`, with the first that could not.
pub fn all_read(desk: &Desk<'_>, but: &str) -> Result<()> {
    let unread = desk.library.unread();
    let Some(path) = unread.iter().find(|path| *path != but) else { return Ok(()) };
    Err(Error::store(
        "unread",
        say!(
            "Файл не читается, а в нём может быть то, что этому мешает: {path}.",
            "A file can't be read, and what is in it may forbid this: {path}."
        ),
    )
    .hint(say!("Что исправить, покажет `appt check`.", "`appt check` shows what to mend."))
    .at(path, None, None))
}

/// Somebody must be left who may do everything.
pub fn another_admin(desk: &Desk<'_>, record: &Record) -> Result<()> {
    let is_admin = |record: &Record| operator::is_working_admin(&record.values);
    let all = desk.library.all(Kind::Operator);
    let other = all.iter().any(|other| other.id != record.id && is_admin(other));
    if is_admin(record) && !other { Err(change::last_admin()) } else { Ok(()) }
}
