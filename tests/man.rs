//! The manual: a page for each command, which the formatter takes without a word.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use common::{Sandbox, has};

fn pages(lang: &str) -> (Sandbox, Vec<(String, String)>) {
    let s = Sandbox::empty();
    s.ok(&format!("man pages --lang {lang}"));
    let mut pages: Vec<(String, String)> = std::fs::read_dir(s.cwd.join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|e| (e.file_name().into_string().unwrap(), std::fs::read_to_string(e.path()).unwrap()))
        .collect();
    pages.sort();
    (s, pages)
}

#[test]
fn every_command_has_its_page_in_either_language() {
    let (_s, ru) = pages("ru");
    let (_t, en) = pages("en");
    let names = |pages: &[(String, String)]| -> Vec<String> {
        pages.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&ru), names(&en));
    let text = |name: &str| ru.iter().find(|(page, _)| page == name).map(|(_, text)| text);
    for name in ["appt.1", "appt-queue.1", "appt-request.1", "appt-request-set-status.1"] {
        assert!(text(name).is_some(), "{name}");
    }
    for (name, flags) in [
        ("appt-check.1", &["since", "fix", "explain", "format"][..]),
        ("appt-fmt.1", &["check"]),
        ("appt-schema.1", &[]),
        ("appt-init.1", &["git\\-setup"]),
    ] {
        let text = text(name).unwrap();
        for flag in flags {
            assert!(text.contains(&format!("\\-\\-{flag}")), "{name}: {flag}");
        }
    }
    // What only git calls has no page, and stands on none.
    for (name, text) in &ru {
        assert!(!name.contains("merge-driver") && !text.contains("merge\\-driver"), "{name}");
        assert!(!text.contains("staged"), "{name}");
    }
    for (name, text) in &ru {
        for line in text.lines().filter(|line| line.starts_with(".SH")) {
            let heading = line.trim_start_matches(".SH ").trim_matches('"');
            assert!(!heading.chars().any(|c| c.is_ascii_alphabetic()), "{name}: {line}");
            assert_eq!(heading, heading.to_uppercase(), "{name}");
        }
    }
    for (name, text) in &en {
        let cyrillic = |c: char| ('а'..='я').contains(&c.to_lowercase().next().unwrap());
        let quoted: String = text.split(['«', '»']).step_by(2).collect();
        assert!(!quoted.chars().any(cyrillic), "{name}");
    }
}

#[test]
fn the_formatter_has_nothing_to_say() {
    if !has(&["groff"]) {
        return;
    }
    for lang in ["ru", "en"] {
        let (s, pages) = pages(lang);
        let mut command = s.command("groff");
        command.args(["-K", "utf8", "-man", "-ww", "-T", "utf8"]);
        let names = pages.iter().map(|(name, _)| s.cwd.join("pages").join(name));
        let output = command.args(names).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("appt request set-status") || text.contains("set"), "{lang}");
        // What a page lacks is written in English.
        assert!(!text.contains("General Commands Manual"), "{lang}");
    }
}

#[test]
fn the_pages_of_a_dry_run_are_not_written() {
    let s = Sandbox::empty();
    s.ok("man pages --dry-run");
    assert!(!s.cwd.join("pages").exists());
    s.fails("man", 2, "usage", "missing-value");
}
