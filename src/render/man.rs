//! A manual page for each command, from the same tree as the help. `clap_mangen` writes what it
//! takes from the tree; headings, usage and examples are written here, in the page's language.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use crate::i18n::Lang;

/// The pages of a command and those below it: a file's name and its text. The tree must be built.
pub fn pages(command: &Command, lang: Lang) -> Vec<(String, String)> {
    let mut pages = vec![page(command, None, lang)];
    below(command, lang, &mut pages);
    pages
}

fn below(command: &Command, lang: Lang, pages: &mut Vec<(String, String)>) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        pages.push(page(sub, Some(command), lang));
        below(sub, lang, pages);
    }
}

fn name(command: &Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).replace(' ', "-")
}

fn page(command: &Command, above: Option<&Command>, lang: Lang) -> (String, String) {
    let name = name(command);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut text = Roff::new();
    text.control("SH", [lang.of("ИМЯ", "NAME")]);
    text.text([roman(format!("{name} - {about}"))]);
    text.control("SH", [lang.of("СИНТАКСИС", "SYNOPSIS")]);
    text.text(usage(command));
    let mut text = head(&name, lang) + &text.to_roff();
    let man = Man::new(command.clone());
    let mut rest = Vec::new();
    if command.get_arguments().any(|arg| !arg.is_hide_set()) {
        man.render_options_section(&mut rest).expect("memory takes any text");
    }
    if command.has_subcommands() {
        let heading = lang.of("КОМАНДЫ", "COMMANDS");
        let man = Man::new(command.clone().subcommand_help_heading(heading));
        man.render_subcommands_section(&mut rest).expect("memory takes any text");
    }
    let end = ending(command, above, lang).to_roff();
    text.push_str(&own_part(&String::from_utf8_lossy(&rest)));
    text.push_str(&own_part(&end));
    (format!("{name}.1"), text)
}

/// What `roff` writes an apostrophe with, where it is not said to be another formatter's.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// The head, written here since the empty date must stay in its place: a page says the same
/// whenever it is made.
fn head(name: &str, lang: Lang) -> String {
    let (version, manual) =
        (env!("CARGO_PKG_VERSION"), lang.of("Руководство appt", "The manual of appt"));
    format!("{APOSTROPHE}.TH \"{name}\" 1 \"\" \"appt {version}\" \"{manual}\"\n")
}

/// A part of a page without the preamble, which stands at its head.
fn own_part(part: &str) -> String {
    part.find(".SH").map_or_else(String::new, |at| part[at..].to_owned())
}

/// The command in bold, and what may follow it.
fn usage(command: &Command) -> Vec<Inline> {
    let usage = command.get_overridden_usage().map(ToString::to_string).unwrap_or_default();
    let path = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    match usage.strip_prefix(&path) {
        Some(rest) => vec![bold(path), roman(rest.to_owned())],
        None => vec![roman(usage)],
    }
}

/// Examples, and where to read on.
fn ending(command: &Command, above: Option<&Command>, lang: Lang) -> Roff {
    let mut text = Roff::new();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if !examples.is_empty() {
        text.control("SH", [lang.of("ПРИМЕРЫ", "EXAMPLES")]);
        text.control("nf", []);
        for line in examples.lines() {
            text.text([roman(line.trim())]);
        }
        text.control("fi", []);
    }
    if let Some(above) = above {
        text.control("SH", [lang.of("СМОТРИТЕ ТАКЖЕ", "SEE ALSO")]);
        text.text([bold(name(above)), roman("(1)")]);
    }
    text
}
