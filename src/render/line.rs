//! A record in one line, as a list to choose from shows it.

use crate::life;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::render::cell::Sight;
use crate::tr;
use crate::words::name;

impl Sight<'_> {
    /// «Щукин Пётр Фёдорович · паспорт •••• ••7265 · +7 901 789-25-69»; of a request whose it is,
    /// what comes next, and where.
    pub fn line(&self, record: &Record) -> String {
        let [a, b, c] = match record.kind {
            Kind::Patient => ["name", "passport", "phone"],
            Kind::Request => ["next", "specialty_title", "clinic_name"],
            _ => return record.title().to_owned(),
        }
        .map(|key| self.cell(record, key));
        match record.kind {
            Kind::Request => {
                let who = name::short(&self.cell(record, "patient_name"));
                format!("{} · {who} · {a} · {b} · {c}", life::short(&record.id))
            }
            _ => tr!(self.lang, "{a} · паспорт {b} · {c}", "{a} · passport {b} · {c}"),
        }
    }
}
