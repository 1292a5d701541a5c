//! `check --explain RULE`: a rule in full. It needs no store.

use serde_json::json;

use crate::app::App;
use crate::check::rules;
use crate::cmd::Done;
use crate::error::{Error, Result};
use crate::format::decode;
use crate::render::{json, rule};
use crate::say;

pub fn run(app: &App, name: &str) -> Result<Done> {
    let lang = app.lang();
    let rule = rules::named(name.trim()).ok_or_else(|| unknown(name.trim()))?;
    if app.output.is_machine() {
        let of = |(ru, en): (&'static str, &'static str)| lang.of(ru, en);
        let object = json!({
            "rule": rule.name,
            "severity": rule.severity.code(),
            "what": of(rule.what),
            "why": of(rule.why),
            "mend": of(rule.mend),
            "bad": rule.bad,
            "good": rule.good,
        });
        app.output.print(&json::text(&object))?;
    } else {
        app.output.print(&rule::explanation(rule, lang))?;
    }
    Ok(Done::Yes)
}

fn unknown(name: &str) -> Error {
    let names = || rules::ALL.iter().map(|rule| rule.name);
    let error =
        Error::usage("unknown-rule", say!("Нет правила «{name}».", "There is no rule “{name}”."));
    error.hint(match decode::nearest(name, names()) {
        Some(near) => say!("Может быть, `{near}`?", "Did you mean `{near}`?"),
        None => {
            let all = names().collect::<Vec<_>>().join(", ");
            say!("Есть: {all}.", "There are: {all}.")
        }
    })
}
