//! What is read of `appt.toml`, and what is wrong with it.

use super::*;

fn found(text: &str) -> Vec<(&'static str, &str)> {
    let problems = read(text).unwrap().problems;
    problems.iter().map(|p| (p.rule, &text[p.span.clone()])).collect()
}

#[test]
fn every_problem_has_its_place_and_the_rest_is_read() {
    let text = "format = 1\ntimezone = \"Asia/Omsk\"\nhours = \"8-20\"\nlanguage = 3\n\
                pasport = \"ru\"\nkey = \"k\"\n";
    assert_eq!(
        found(text),
        [("bad-value", "\"8-20\""), ("bad-value", "3"), ("unknown-key", "pasport")]
    );
    assert_eq!(read(text).unwrap().settings.timezone, Tz::Asia__Omsk);
    assert_eq!(found(""), [("missing-key", ""); 3]);
    assert_eq!(found("format = \"1\"\ntimezone = \"UTC\"\nkey = \"\"")[0].1, "\"1\"");
    assert_eq!(found("format = ")[0].0, "syntax");
}

/// `appt resolve` unites records only.
#[test]
fn markers_of_a_merge_are_mended_by_hand() {
    let text = "format = 1\n<<<<<<< a\nhours = \"9-20\"\n=======\nhours = \"7-20\"\n>>>>>>> b\n";
    let [problem] = &read(text).unwrap().problems[..] else { panic!("one problem") };
    let hint = problem.hint.as_ref().unwrap();
    assert_eq!(hint.ru, "Оставьте в каждом месте одну из двух сторон и уберите метки.");
}

/// A passport of any kind is read where nobody knows which kind it should be.
#[test]
fn what_is_not_known_accuses_no_record() {
    for text in ["format = ", "passport = \"fr\"", "passport = 1"] {
        assert_eq!(read(text).unwrap().settings.passport, Format::Any, "{text}");
    }
    assert_eq!(read("").unwrap().settings.passport, Format::Ru);
}

#[test]
fn a_new_store_reads_its_own_settings() {
    let text = Settings::initial(chrono_tz::Asia::Omsk, Some(Lang::Ru), "abc");
    let settings = Settings::parse(&text).unwrap();
    assert_eq!(settings.timezone, chrono_tz::Asia::Omsk);
    assert_eq!(settings.hours, Hours::DEFAULT);
    assert_eq!(settings.language, Some(Lang::Ru));
    assert_eq!(settings.key, "abc");
}

#[test]
fn a_store_of_another_format_is_refused() {
    let refusal = |text: &str| Settings::parse(text).unwrap_err();
    assert!(refusal("format = 2\n").message.en.contains("knows only 1"));
    assert!(refusal("format = 0\n").hint.unwrap().en.contains("appt migrate"));
    assert_eq!(refusal("").rule, Some("missing-key"));
    assert_eq!(
        refusal("format = 1\ntimezone = \"Mars/Base\"\nkey = \"k\"\n").message.en,
        "appt.toml:2: `timezone`: the value can't be used; it takes a time zone such as \"Asia/Omsk\"."
    );
    assert_eq!(refusal("format = ").rule, Some("syntax"));
}

#[test]
fn the_format_is_read_whatever_else_the_text_says() {
    assert_eq!(Settings::format("format = 0\nzone = 3\n").unwrap(), 0);
    assert_eq!(Settings::format("format = 1\n").unwrap(), 1);
    let refusal = |text: &str| Settings::format(text).unwrap_err();
    assert!(refusal("format = 2\n").message.en.contains("knows only 1"));
    for (text, rule) in [
        ("", "missing-key"),
        ("fromat = 1\n", "unknown-key"),
        ("format = \"1\"\n", "bad-value"),
        ("format = ", "syntax"),
    ] {
        let error = refusal(text);
        assert_eq!(error.rule, Some(rule), "{text}");
        assert_eq!(error.place.unwrap().file, FILE);
    }
}
