//! What an import comes to: counts, differences, and the rows that go back to whoever sent them.

use serde_json::{Map, Value as Json, json};

use crate::check::{Sound, rules};
use crate::import::{Fate, Merge, Planned, Reason, Row};

/// The fates of all rows, and what is to be written.
#[derive(Debug)]
pub struct Outcome {
    /// The rows, in their order.
    pub rows: Vec<Row>,
    /// What becomes of each.
    pub fates: Vec<Fate>,
    /// What is to be written.
    pub planned: Vec<Planned>,
    /// Rows that are one with another row or record.
    pub merges: Vec<Merge>,
    /// The columns that mean nothing here and stay behind.
    pub strange: Vec<String>,
    /// What says that the records that are planned may stand, where that is known of all together.
    pub sound: Option<Sound>,
}

/// The rows of one model by their fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// All of them.
    pub rows: usize,
    /// Made a record, or a part of one.
    pub imported: usize,
    /// Went into the record of an earlier row.
    pub merged: usize,
    /// Were there already.
    pub known: usize,
    /// Break a rule.
    pub rejected: usize,
}

impl Count {
    /// The names and numbers, as columns have them.
    pub fn columns(self) -> [(&'static str, usize); 5] {
        [
            ("rows", self.rows),
            ("imported", self.imported),
            ("merged", self.merged),
            ("known", self.known),
            ("rejected", self.rejected),
        ]
    }

    fn add(&mut self, fate: &Fate) {
        self.rows += 1;
        *match fate {
            Fate::Imported => &mut self.imported,
            Fate::Merged => &mut self.merged,
            Fate::Known => &mut self.known,
            Fate::Rejected(_) => &mut self.rejected,
        } += 1;
    }
}

impl Outcome {
    /// The rows that break a rule, and why.
    pub fn rejected(&self) -> impl Iterator<Item = (&Row, &[Reason])> {
        self.rows.iter().zip(&self.fates).filter_map(|(row, fate)| match fate {
            Fate::Rejected(reasons) => Some((row, reasons.as_slice())),
            _ => None,
        })
    }

    /// The counts of each model, in the order in which they came.
    pub fn models(&self) -> Vec<(&str, Count)> {
        let mut models: Vec<(&str, Count)> = Vec::new();
        for (row, fate) in self.rows.iter().zip(&self.fates) {
            let at = models.iter().position(|(model, _)| *model == row.model);
            let at = at.unwrap_or_else(|| {
                models.push((&row.model, Count::default()));
                models.len() - 1
            });
            models[at].1.add(fate);
        }
        models
    }

    /// The count of all rows.
    pub fn total(&self) -> Count {
        let mut total = Count::default();
        self.fates.iter().for_each(|fate| total.add(fate));
        total
    }

    /// How many rows break each rule, in the order of the table of rules.
    pub fn by_rule(&self) -> Vec<(&'static str, usize)> {
        let counts = rules::ALL.iter().map(|rule| {
            let broken = self.rejected().filter(|(_, why)| names(why).contains(&rule.name));
            (rule.name, broken.count())
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// The summary that a program reads.
    pub fn summary(&self) -> Json {
        let models: Map<String, Json> = self
            .models()
            .into_iter()
            .map(|(model, count)| {
                let counts = count.columns().map(|(name, count)| (name.to_owned(), json!(count)));
                (model.to_owned(), Json::Object(counts.into_iter().collect()))
            })
            .collect();
        let by_rule: Map<String, Json> =
            self.by_rule().into_iter().map(|(rule, n)| (rule.to_owned(), json!(n))).collect();
        let merge = |m: &Merge| json!({ "key": m.key, "into": m.into, "differs": m.differs });
        let merged: Vec<Json> = self.merges.iter().map(merge).collect();
        let rejected: Vec<Json> = self
            .rejected()
            .map(|(row, why)| json!({ "key": row.key, "reasons": names(why) }))
            .collect();
        json!({
            "models": models,
            "rejected_by_rule": by_rule,
            "merged": merged,
            "rejected": rejected,
        })
    }

    /// The rejected rows as they came, each with its `reasons`: mended, it can itself be imported.
    pub fn rejects(&self) -> String {
        let rows: Vec<Json> = self
            .rejected()
            .map(|(row, why)| {
                let mut object = match row.json().into_owned() {
                    Json::Object(object) => object,
                    other => Map::from_iter([("row".to_owned(), other)]),
                };
                object.insert("reasons".into(), json!(names(why)));
                Json::Object(object)
            })
            .collect();
        serde_json::to_string_pretty(&rows).expect("JSON becomes text") + "\n"
    }
}

/// The rules of some reasons, each once.
pub fn names(reasons: &[Reason]) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for reason in reasons {
        if !names.contains(&reason.rule) {
            names.push(reason.rule);
        }
    }
    names
}
