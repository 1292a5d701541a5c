//! `patient edit`, `clinic edit`, `specialty edit`, `operator edit`: by flags, or in `$EDITOR`.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::record::{change, editor, namesake};
use crate::cmd::{Done, args, ask, fields, help, report};
use crate::error::Result;
use crate::history;
use crate::i18n::Lang;
use crate::model::field::Need;
use crate::model::kind::Kind;
use crate::model::value::Value;
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
        Ok((plan, record.id.clone()))
    })?;
    let sentence = if sealed.records.is_empty() {
        say!("Менять нечего: {id}.", "Nothing to change: {id}.")
    } else {
        say!("Изменено: {id}.", "Changed: {id}.")
    };
    report::written(app, kind, &id, &sealed, &sentence)
}
