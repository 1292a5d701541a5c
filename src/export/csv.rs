//! `csv`: one kind of record, a row each, under the keys of section 6. Requests carry the names of
//! what they refer to. A list is one cell, its items separated by `; `.

use serde_json::Value as Json;

use crate::export::{Format, Kinds, Scope};
use crate::model::kind::Kind;
use crate::render::{json, list};
use crate::words::{screen, spreadsheet};

/// The format.
pub const FORMAT: Format = Format { name: "csv", kinds: Kinds::One, write };

fn write(scope: &Scope<'_>) -> String {
    let kind = scope.kinds.first().copied().unwrap_or(Kind::Request);
    let keys = list::known_columns(kind);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&keys).expect("memory takes any row");
    for record in scope.book.all(kind) {
        let object = json::record(scope.book, &record);
        let cells = keys.iter().map(|key| {
            let text = list::csv_text(object.get(*key).unwrap_or(&Json::Null));
            if scope.raw { text } else { spreadsheet::guard(&screen::safe(&text)).into_owned() }
        });
        writer.write_record(cells).expect("memory takes any row");
    }
    let bytes = writer.into_inner().expect("memory takes any row");
    String::from_utf8(bytes).expect("cells are UTF-8")
}
