//! What a clinic, specialty or operator shares with another, by which both are told apart: a name
//! is warned of, since two may have one; an e-mail is refused, since it says who is working.

use std::rc::Rc;

use crate::app::Desk;
use crate::error::{Error, Result};
use crate::i18n::Text;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Values;
use crate::say;
use crate::words::search;

/// What to know of a new record whose name or alias another has: most often both are the same.
/// Patients are told apart by their passports.
pub fn of_new(desk: &Desk<'_>, kind: Kind, values: &Values) -> Vec<Text> {
    let title = values.text("title").or(values.text("name")).unwrap_or_default();
    let shared = shared(desk, kind, None, &names(values));
    let warn = |(name, other): (String, Rc<Record>)| {
        let (id, code) = (other.id.as_str(), kind.code());
        let is_title = [&name, other.title()].iter().all(|n| search::key(n) == search::key(title));
        match (is_title, other.is_active()) {
            (false, _) => indistinct(&name, id),
            (true, true) => say!(
                "Так уже называется {id}. Если это одно и то же, новое лишнее: `appt undo`.",
                "{id} has this name already. If they are the same, take the new one back: `appt undo`."
            ),
            (true, false) => say!(
                "Так уже зовут {id}, сейчас не работает. Если это тот же человек: `appt undo`, затем `appt {code} edit {id} --active да`.",
                "{id} has this name already, and is not active. If they are the same: `appt undo`, then `appt {code} edit {id} --active yes`."
            ),
        }
    };
    shared.into_iter().map(warn).collect()
}

/// The same of the names and aliases that a change gives a record.
pub fn of_changed(desk: &Desk<'_>, record: &Record, values: &Values) -> Vec<Text> {
    let before: Vec<String> = names(&record.values).iter().map(|name| search::key(name)).collect();
    let mut new = names(values);
    new.retain(|name| !before.contains(&search::key(name)));
    let shared = shared(desk, record.kind, Some(&record.id), &new);
    shared.iter().map(|(name, other)| indistinct(name, &other.id)).collect()
}

/// Whether nobody else has the e-mails of an operator: by them it is known who is working.
///
/// # Errors
/// `refused`: `email-taken`, with whose it is.
pub fn has_own_emails(desk: &Desk<'_>, id: Option<&str>, values: &Values) -> Result<()> {
    let own = values.texts("emails");
    let others = desk.library.all(Kind::Operator);
    let others = others.iter().filter(|other| Some(other.id.as_str()) != id && other.is_active());
    for other in others {
        let theirs = other.texts("emails");
        let is_taken = |email: &&str| theirs.iter().any(|other| other.eq_ignore_ascii_case(email));
        let Some(email) = own.iter().find(|email| is_taken(email)) else { continue };
        let (holder, name) = (&other.id, other.title());
        return Err(Error::refused(
            "email-taken",
            say!(
                "Почта {email} уже записана у оператора: {name} ({holder}).",
                "The e-mail {email} is another operator's: {name} ({holder})."
            ),
        )
        .hint(say!(
            "По почте git видно, кто работает: у каждого она своя. Укажите другую: `--email`.",
            "By git's e-mail it is known who is working: each has their own. Give another: `--email`."
        )));
    }
    Ok(())
}

fn indistinct(name: &str, id: &str) -> Text {
    say!(
        "«{name}»: так называется и {id}. По этому слову их будет не различить.",
        "“{name}” is what {id} is called, too. By this word they can't be told apart."
    )
}

/// What something is called: its name or title, and its aliases.
fn names(values: &Values) -> Vec<String> {
    let title = values.text("title").or(values.text("name"));
    title.into_iter().chain(values.texts("aliases")).map(str::to_owned).collect()
}

/// Those of some names that another record of the kind has, each with the first such record.
fn shared(
    desk: &Desk<'_>,
    kind: Kind,
    own: Option<&str>,
    wanted: &[String],
) -> Vec<(String, Rc<Record>)> {
    if wanted.is_empty() || matches!(kind, Kind::Patient | Kind::Request) {
        return Vec::new();
    }
    let all = desk.library.all(kind);
    let others = || all.iter().filter(|other| Some(other.id.as_str()) != own);
    let find = |name: &String| {
        let key = search::key(name);
        let is_so = |other: &&Rc<Record>| {
            names(&other.values).iter().any(|theirs| search::key(theirs) == key)
        };
        others().find(is_so).map(|other| (name.clone(), other.clone()))
    };
    wanted.iter().filter_map(find).collect()
}
