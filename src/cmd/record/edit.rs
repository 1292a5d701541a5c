//! `patient edit`, `clinic edit`, `specialty edit`, `operator edit`: by flags, or in `$EDITOR`.

use std::rc::Rc;

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::ask::Ask;
use crate::cmd::record::{change, editor, namesake};
use crate::cmd::{Done, answer, args, ask, fields, help};
use crate::error::Result;
use crate::history;
use crate::i18n::{Lang, Text};
use crate::model::book::Book as _;
use crate::model::field::Need;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Request;
use crate::model::sieve::Sieve;
use crate::model::value::{Value, Values};
use crate::say;
use crate::store::seal::Edit;

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let about = match lang {
        Lang::Ru => format!("Изменить {}: флагами, а без них в редакторе", kind.accusative(lang)),
        Lang::En => format!("Change {}: by flags, or in the editor without any", kind.a_noun()),
    };
    Command::new("edit")
        .about(about)
        .after_help(help::examples(lang, examples(kind)))
        .arg(args::record_id(kind, lang))
        .args(fields::flags(kind, lang))
}

fn examples(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Patient => &[
            (
                r#"patient edit "4511 223344" --phone "8 916 123-45-67""#,
                r#"patient edit "4511 223344" --phone "8 916 123-45-67""#,
            ),
            (r#"patient edit "4511 223344""#, r#"patient edit "4511 223344""#),
        ],
        Kind::Clinic => &[
            (
                r#"clinic edit "поликлиника 1" --hours 08:00-20:00"#,
                r#"clinic edit "Clinic 1" --hours 08:00-20:00"#,
            ),
            (
                r#"clinic edit "поликлиника 1" --specialty терапевт --specialty кардиолог"#,
                r#"clinic edit "Clinic 1" --specialty therapist --specialty cardiologist"#,
            ),
        ],
        Kind::Specialty => &[(
            "specialty edit оториноларинголог --alias лор --alias ухо-горло-нос",
            "specialty edit otolaryngologist --alias ENT",
        )],
        Kind::Operator => &[
            ("operator edit boris --role admin", "operator edit boris --role admin"),
            ("operator edit boris --active false", "operator edit boris --active false"),
        ],
        // A request has an `edit` of its own.
        Kind::Request => &[],
    }
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(kind)], |asked| act(app, kind, &asked.matches))
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = args::need_record(kind, matches)?;
    if !fields::any_typed(kind, matches) {
        return editor::edit(app, kind, name);
    }
    let (sealed, id) = app.write(|desk| {
        desk.permit(kind)?;
        let record = desk.find(kind, name)?;
        let mut values = record.values.clone();
        let mut again = Vec::new();
        for (field, value) in fields::typed(desk, kind, matches)? {
            if value.as_ref() == values.get(field.key) {
                again.extend(history::said_again(field.key, &record));
            }
            // What is not written and means `true` does not become it by being written.
            let is_so = field.need == Need::DefaultTrue && value == Some(Value::Bool(true));
            if !is_so || values.get(field.key).is_some() {
                values.put(field.key, value);
            }
        }
        let mut plan = change::plan(desk, &record, &values, None)?;
        if !again.is_empty() {
            plan.edits.push(Edit::change(&record, again));
        }
        plan.warnings.extend(namesake::of_changed(desk, &record, &values));
        plan.warnings.extend(other_clock(desk, &record, &values));
        Ok((plan, record.id.clone()))
    })?;
    let sentence = if sealed.records.is_empty() {
        say!("Менять нечего: {id}.", "Nothing to change: {id}.")
    } else {
        say!("Изменено: {id}.", "Changed: {id}.")
    };
    answer::written(app, kind, &id, &sealed, &sentence)
}

/// That the times of a clinic's requests are other hours by the clock that it gets, where it gets one.
fn other_clock(desk: &Desk<'_>, clinic: &Record, values: &Values) -> Option<Text> {
    if clinic.kind != Kind::Clinic || clinic.values.get("timezone") == values.get("timezone") {
        return None;
    }
    let theirs = Sieve { clinic: Some(clinic.id.clone()), ..Sieve::default() };
    let is_ahead = |record: &Rc<Record>| {
        let request = Request::of(record).ok();
        request.is_some_and(|request| {
            let visit = request.appointment.filter(|_| request.has_visit());
            request.clinic == clinic.id
                && (request.status.is_open() || visit.is_some_and(|at| at > desk.app.now))
        })
    };
    let count = desk.library.sift(Kind::Request, &theirs).into_iter().filter(is_ahead).count();
    let id = &clinic.id;
    (count > 0).then(|| {
        say!(
            "Время в заявках этой клиники теперь показано по новым часам, сами моменты прежние. Заявок: {count}. Если верны были прежние часы, исправьте время: `appt request list --clinic {id}`.",
            "The times of this clinic's requests are shown by the new clock now; the instants are the same. Requests: {count}. Where the old hours were right, mend the times: `appt request list --clinic {id}`."
        )
    })
}
