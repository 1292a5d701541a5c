//! The report stands alone, is well-formed, and nothing of a record becomes markup.

use chrono::DateTime;

use super::*;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::settings::Settings;
use crate::model::value::Values;
use crate::query::stats::monday;
use crate::testing::{Shelf, span, time};

/// A name that would be a formula, an end of an event, and a script.
const HOSTILE: &str = "=cmd()|a;\nEND:VEVENT<script>alert(1)</script>\"'&]]>\u{202e}";

fn shelf() -> Shelf {
    let mut shelf = Shelf::default();
    let named = |name: &str| Values::new().with("name", name);
    shelf.make(Kind::Patient, "7h2k9m4qwe", named(HOSTILE).with("passport", "4511223344"));
    shelf.make(Kind::Clinic, "poliklinika-1", named("<b>Клиника</b> \"1\""));
    shelf.make(Kind::Operator, "anna", named("<i>Анна</i>"));
    shelf.make(Kind::Specialty, "lor", Values::new().with("title", "</style><script>x"));
    let request = |status: &str| {
        Values::new()
            .with("patient", "7h2k9m4qwe")
            .with("clinic", "poliklinika-1")
            .with("specialty", "lor")
            .with("status", status)
            .with("operator", "anna")
            .with("created", time("16T10:00"))
            .with("patient_ranges", span("25T09:00", "25T12:00"))
    };
    shelf.make(Kind::Request, "20261116-k7m2qx", request("created"));
    let visit = request("in-progress").with("appointment", time("25T21:30"));
    shelf.make(Kind::Request, "20261123-aaaaaa", visit);
    shelf
}

fn report(shelf: &Shelf, lang: Lang, with_names: bool) -> String {
    let settings = Settings::parse(&Settings::initial(chrono_tz::Europe::Moscow, None, "k"));
    let settings = settings.unwrap();
    let now = DateTime::parse_from_rfc3339("2026-11-23T10:00:00+03:00").unwrap().to_utc();
    let sight = Sight { book: shelf, settings: &settings, now, lang, reveal: true };
    let open = crate::model::book::Book::all(shelf, Kind::Request);
    let first = monday(today(&sight));
    let visits = Visits::of(shelf, &settings, (first, first + Days::new(6)), None);
    let stats = Stats::of(open.iter().map(AsRef::as_ref), settings.timezone);
    let narrowed = "--clinic <u>".to_owned();
    let report =
        Report { stats: &stats, narrowed, monday: first, visits: &visits, open: &open, with_names };
    page(&sight, &report)
}

/// The page as XML: `meta` has no end tag in HTML.
fn parsed(page: &str) -> String {
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a page of today's HTML");
    let mut closed = String::new();
    for (at, part) in body.split("<meta ").enumerate() {
        if at > 0 {
            closed.push_str("<meta ");
        }
        closed.push_str(&if at > 0 { part.replacen('>', "/>", 1) } else { part.to_owned() });
    }
    closed
}

#[test]
fn the_page_is_well_formed_and_of_known_elements_only() {
    for lang in Lang::ALL {
        for with_names in [false, true] {
            let text = parsed(&report(&shelf(), lang, with_names));
            let document = roxmltree::Document::parse(&text).unwrap();
            let known = [
                "html", "head", "meta", "title", "style", "body", "header", "main", "section",
                "div", "h1", "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ol",
                "li", "svg", "rect", "span", "b", "em", "code",
            ];
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                let name = node.tag_name().name();
                assert!(known.contains(&name), "{name}");
                for attribute in node.attributes() {
                    assert!(!attribute.name().starts_with("on"), "{attribute:?}");
                    assert!(!["href", "src", "style"].contains(&attribute.name()));
                }
            }
        }
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = report(&shelf(), Lang::Ru, true);
    for word in ["http:", "https:", "url(", "@import", "//"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn patients_are_named_only_where_somebody_asked_for_it() {
    let hidden = report(&shelf(), Lang::Ru, false);
    for part in ["cmd()", "END:VEVENT", "4511", "7h2k9m4qwe"] {
        assert!(!hidden.contains(part), "{part}");
    }
    let named = report(&shelf(), Lang::Ru, true);
    assert!(named.contains("=cmd()|a;\\u{a}END:VEVENT&lt;script&gt;"));
    assert!(!named.contains("4511"));
    assert!(!named.contains('\u{202e}'));
}

#[test]
fn what_a_record_says_is_shown_as_it_was_written() {
    let text = parsed(&report(&shelf(), Lang::Ru, true));
    let document = roxmltree::Document::parse(&text).unwrap();
    let cells: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("td") || node.has_tag_name("th"))
        .filter_map(|node| node.text())
        .collect();
    for cell in ["<b>Клиника</b> \"1\"", "</style><script>x", "<i>Анна</i>"] {
        assert!(cells.contains(&cell), "{cell}: {cells:?}");
    }
}

#[test]
fn a_late_visit_lies_on_its_strip() {
    let text = parsed(&report(&shelf(), Lang::En, false));
    let document = roxmltree::Document::parse(&text).unwrap();
    let visit = document.descendants().find(|node| node.attribute("class") == Some("visit untold"));
    let place = |name| visit.unwrap().attribute(name).unwrap().parse::<u32>().unwrap();
    assert_eq!(place("x"), (21 - 8) * 60 + 30);
    assert!(text.contains("viewBox=\"0 0 840 20\""));
}

#[test]
fn no_line_ends_between_a_number_and_its_word() {
    for (text, expected) in [
        ("Поликлиника № 1", "Поликлиника №_1"),
        ("вт 24.11 9:00–12:00 и ещё 2", "вт 24.11 9:00–12:00 и ещё_2"),
        ("половина до 18 мин (заявок: 6).", "половина до_18_мин (заявок:_6)."),
        ("Медцентр «Заря»", "Медцентр «Заря»"),
        ("", ""),
    ] {
        assert_eq!(tied(text).replace('\u{a0}', "_"), expected);
    }
}
