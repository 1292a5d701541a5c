//! What editors are told of a store: `.taplo.toml`, which git carries, names the schemas, which lie
//! under `.appt/schema` and are made anew on every machine, since they belong to the program's
//! version and not to the data.

use crate::format::schema;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::settings;
use crate::render::json;
use crate::store::LOCAL;
use crate::store::journal::Step;
use crate::words::passport::Format;

/// The file that the TOML plug-ins of editors read.
pub const FILE: &str = ".taplo.toml";

/// How taplo may write a record, so that `appt fmt` has nothing to change after it.
const FORMATTING: &str = "\
# For editors that check and format TOML with taplo. The schemas are local: `appt init` makes them.

[formatting]
align_comments = false
align_entries = false
allowed_blank_lines = 1
array_auto_collapse = false
array_auto_expand = false
array_trailing_comma = true
column_width = 1000
compact_arrays = true
compact_inline_tables = false
crlf = false
indent_string = \"    \"
inline_table_expand = false
reorder_arrays = false
reorder_keys = false
trailing_newline = true
";

/// The text of `.taplo.toml`.
pub fn config() -> String {
    let mut text = FORMATTING.to_owned();
    let kinds = Kind::ALL.map(|kind| (format!("{}/**/*.toml", kind.folder()), kind.code()));
    for (files, name) in kinds.into_iter().chain([(settings::FILE.to_owned(), "settings")]) {
        let path = path(name);
        text.push_str(&format!(
            "\n[[rule]]\ninclude = [\"{files}\"]\nschema = {{ path = \"{path}\" }}\n"
        ));
    }
    text
}

/// The schemas that [`config`] names: local files, to be written by `init` and in a fresh clone.
pub fn schemas(passport: Format, lang: Lang) -> Vec<Step> {
    let mut steps: Vec<Step> = Kind::ALL
        .into_iter()
        .map(|kind| (kind.code(), schema::of(kind, passport, lang)))
        .chain([("settings", schema::settings(lang))])
        .map(|(name, schema)| Step::new(path(name), None, Some(json::pretty(&schema))))
        .collect();
    steps.sort_by(|a, b| a.path.cmp(&b.path));
    steps
}

fn path(name: &str) -> String {
    format!("{LOCAL}/schema/{name}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_names_the_schemas_that_are_made() {
        let config: toml::Table = config().parse().unwrap();
        let rules = config["rule"].as_array().unwrap();
        let mut named: Vec<&str> =
            rules.iter().map(|rule| rule["schema"]["path"].as_str().unwrap()).collect();
        named.sort_unstable();
        let made = schemas(Format::Ru, Lang::En);
        assert_eq!(named, made.iter().map(|step| step.path.as_str()).collect::<Vec<_>>());
    }
}
