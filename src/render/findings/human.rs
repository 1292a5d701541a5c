//! For a person: the line of the file, the place in it underlined, and how to mend it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::check::Severity;
use crate::check::excerpt::Excerpt;
use crate::check::survey::Finding;
use crate::render::findings::{Report, path_from};
use crate::tr;
use crate::words::screen;

/// The width where there is no terminal.
const WIDTH: usize = 100;
/// How many files in order are named.
const NAMED: usize = 3;

/// Writes the report.
pub fn write(report: &Report<'_>) -> String {
    let lang = report.lang;
    if report.findings.is_empty() {
        return in_order(report);
    }
    let renderer = renderer(report);
    let mut text = String::new();
    for finding in report.findings {
        text.push_str(&one(report, &renderer, finding));
        text.push_str("\n\n");
    }
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    text.push_str(&tr!(
        lang,
        "Ошибок: {errors}, предупреждений: {warnings}. О правиле: `appt check --explain ПРАВИЛО`.\n",
        "Errors: {errors}, warnings: {warnings}. About a rule: `appt check --explain RULE`.\n"
    ));
    text
}

/// Of files that were named nothing is said but that: the others may be wrong.
fn in_order(report: &Report<'_>) -> String {
    let lang = report.lang;
    let names: Vec<String> =
        report.only.iter().map(|file| path_from(report.from_here, file)).collect();
    let what = match names.len() {
        0 => return format!("{}\n", lang.of("Данные в порядке.", "The data are in order.")),
        1..=NAMED => names.join(", "),
        more => tr!(lang, "файлов: {more}", "{more} files"),
    };
    let what = screen::safe_line(&what);
    tr!(
        lang,
        "В порядке: {what}. Проверить всё: `appt check`.\n",
        "In order: {what}. To check everything: `appt check`.\n"
    )
}

fn renderer(report: &Report<'_>) -> Renderer {
    let look = report.look;
    let renderer = if look.color { Renderer::styled() } else { Renderer::plain() };
    let decor = if look.ascii { DecorStyle::Ascii } else { DecorStyle::Unicode };
    renderer.decor_style(decor).term_width(look.width.unwrap_or(WIDTH))
}

fn one(report: &Report<'_>, renderer: &Renderer, finding: &Finding) -> String {
    let lang = report.lang;
    let level = match finding.severity {
        Severity::Error => Level::ERROR.with_name(lang.of("ошибка", "error")),
        Severity::Warning => Level::WARNING.with_name(lang.of("предупреждение", "warning")),
    };
    let message = screen::safe_line(finding.message.get(lang));
    let path = screen::safe_line(&path_from(report.from_here, &finding.file)).into_owned();
    let (line, column) = (finding.start.line, finding.start.column);
    let mut group = Group::with_title(level.primary_title(message).id(finding.rule));
    group = match &finding.excerpt {
        Some(excerpt) => group.element(snippet(excerpt, &path, line)),
        None if finding.file == "." => group.element(Origin::path(&path)),
        None => group.element(Origin::path(&path).line(line).char_column(column)),
    };
    if let Some(hint) = &finding.hint {
        let help = Level::HELP.with_name(lang.of("подсказка", "help"));
        group = group.element(help.message(screen::safe_line(hint.get(lang))));
    }
    let text = renderer.render(&[group]);
    match &finding.excerpt {
        Some(excerpt) => in_its_place(&text, excerpt, &path, line, column),
        None => text,
    }
}

fn snippet<'a>(excerpt: &'a Excerpt, path: &'a str, line: usize) -> Snippet<'a, Annotation<'a>> {
    let mark = AnnotationKind::Primary.span(excerpt.mark.clone());
    Snippet::source(excerpt.text.as_str()).line_start(line).path(path).annotation(mark)
}

/// The renderer counts columns in the text that it shows, where `…` stands for what is hidden; a
/// person looks for the place in the file.
fn in_its_place(text: &str, excerpt: &Excerpt, path: &str, line: usize, column: usize) -> String {
    let shown = excerpt.text[..excerpt.mark.start].chars().count() + 1;
    text.replacen(&format!("{path}:{line}:{shown}"), &format!("{path}:{line}:{column}"), 1)
}
