//! The machine formats, held against what their readers demand: JSON by schemas, JUnit's XML by
//! the rules of its XSD, workflow commands by taking them apart as a runner does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use appt::check::rules;
use roxmltree::{Document, Node};
use serde_json::Value as Json;

use crate::common::Sandbox;
use crate::{base, broken, folders};

/// A store with every fault that a name or a text can have, and all folders' stores.
fn stores() -> Vec<Sandbox> {
    let wild = base();
    for name in ["Ё, 1:2%25 <&\">.toml", "a\nb\u{1b}[31m\u{202e}.toml", "x%0A.txt"] {
        fs::write(wild.cwd.join("clinics").join(name), "").unwrap();
    }
    let file = wild.cwd.join("clinics/poliklinika-1.toml");
    wild.by_hand(&file, "+74955550101", "<&\\\"'%\\u001b]]>");
    wild.by_hand(&file, "\"terapevt\",\n]", "\"x1\",\n    \"x2\",\n    \"x1%0A,:\",\n]");
    folders().iter().map(|rule| broken(rule)).chain([wild, base()]).collect()
}

fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schemas").join(name);
    let schema: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn assert_valid(schema: &jsonschema::Validator, json: &Json) {
    let errors: Vec<String> =
        schema.iter_errors(json).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{json}");
}

/// As of any list: an object a line, a header and a row each, the records' names.
#[test]
fn the_findings_are_a_list_as_any_other() {
    let store = broken("range-order");
    let json = store.run("check --json").json();
    let findings = json["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    let lines = store.run("check -o jsonl").exits(1).stdout;
    let lines: Vec<Json> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(&lines, findings);
    let rows = store.run("check -o csv").exits(1).stdout;
    assert!(rows.starts_with("rule,severity,file,line,column,record,message,hint\n"), "{rows}");
    assert_eq!(csv::Reader::from_reader(rows.as_bytes()).records().count(), findings.len());
    let ids = store.run("check -o ids").exits(1).stdout;
    assert_eq!(ids.lines().next(), findings[0]["record"].as_str());
}

#[test]
fn sarif_is_valid_and_its_rules_are_the_table() {
    let schema = schema("sarif-2.1.0.json");
    for store in stores() {
        let json = store.run("check --format sarif").json();
        assert_valid(&schema, &json);
        let run = &json["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let ids: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, rules::ALL.iter().map(|rule| rule.name).collect::<Vec<_>>());
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], ids[index]);
        }
    }
}

#[test]
fn gitlab_is_valid_and_no_two_fingerprints_are_the_same() {
    let schema = schema("gitlab-code-quality.json");
    for store in stores() {
        let json = store.run("check --format gitlab").json();
        assert_valid(&schema, &json);
        let prints: Vec<&str> =
            json.as_array().unwrap().iter().map(|i| i["fingerprint"].as_str().unwrap()).collect();
        let unique: BTreeSet<&&str> = prints.iter().collect();
        assert_eq!(unique.len(), prints.len(), "{json}");
    }
}

/// GitLab compares reports by fingerprints: a line that moves, or another language, is no news.
#[test]
fn a_fingerprint_outlasts_lines_and_languages() {
    let mut store = broken("dangling-reference");
    let print = |store: &Sandbox| {
        store.run("check --format gitlab").json()[0]["fingerprint"].as_str().unwrap().to_owned()
    };
    let before = print(&store);
    let file = store.cwd.join("requests/2026/11/23/20261123-k7m2qx.toml");
    store.by_hand(&file, "patient = ", "# перезвонить\n\npatient = ");
    assert_eq!(print(&store), before);
    store.set("APPT_LANG", "ru");
    assert_eq!(print(&store), before);
    store.by_hand(&file, "poliklinika-22", "poliklinika-23");
    assert_ne!(print(&store), before);
}

#[test]
fn junit_is_what_its_xsd_demands() {
    for store in stores() {
        for strict in ["", "--strict"] {
            let said = store.run(&format!("check --format junit {strict}")).stdout;
            let xml = Document::parse(&said).unwrap_or_else(|e| panic!("{e}:\n{said}"));
            let findings = store.run("check --json").json()["findings"].as_array().unwrap().clone();
            let failures = findings
                .iter()
                .filter(|finding| !strict.is_empty() || finding["severity"] == "error")
                .count();
            suites(xml.root_element(), findings.len().max(1), failures);
        }
    }
}

fn suites(root: Node<'_, '_>, tests: usize, failures: usize) {
    assert_eq!(root.tag_name().name(), "testsuites");
    let suites: Vec<_> = root.children().filter(Node::is_element).collect();
    let [suite] = suites.as_slice() else { panic!("one suite, not {}", suites.len()) };
    assert_eq!(suite.tag_name().name(), "testsuite");
    assert_eq!(suite.attribute("name"), Some("appt check"));
    for node in [root, *suite] {
        let number = |name| node.attribute(name).map(|n| n.parse::<usize>().unwrap());
        assert_eq!(
            [number("tests"), number("failures"), number("errors")],
            [Some(tests), Some(failures), Some(0)]
        );
    }
    let cases: Vec<_> = suite.children().filter(Node::is_element).collect();
    assert_eq!(cases.len(), tests);
    let failed = cases.iter().map(|case| test_case(*case)).filter(|failed| *failed).count();
    assert_eq!(failed, failures);
}

/// Whether a test case failed.
fn test_case(case: Node<'_, '_>) -> bool {
    assert_eq!(case.tag_name().name(), "testcase");
    for name in ["name", "classname", "time"] {
        assert!(case.attribute(name).is_some_and(|text| !text.is_empty()), "{name}");
    }
    assert!(case.attribute("time").unwrap().parse::<f64>().is_ok());
    let inside: Vec<_> = case.children().filter(Node::is_element).collect();
    let names: Vec<_> = inside.iter().map(|node| node.tag_name().name()).collect();
    assert!(matches!(names[..], [] | ["failure"] | ["system-out"]), "{names:?}");
    let text = inside.iter().filter_map(Node::text).collect::<String>();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    let failure = inside.iter().find(|node| node.tag_name().name() == "failure");
    failure.is_some_and(|failure| {
        assert!(failure.attribute("message").is_some() && failure.attribute("type").is_some());
        true
    })
}

#[test]
fn a_runner_reads_back_what_was_meant() {
    for store in stores() {
        let findings = store.run("check --json").json()["findings"].as_array().unwrap().clone();
        let said = store.run("check --format github").stdout;
        let commands: Vec<_> = said.lines().map(command).collect();
        assert_eq!(commands.len(), findings.len(), "{said}");
        for (finding, (severity, properties, message)) in findings.iter().zip(commands) {
            assert_eq!(finding["severity"], severity);
            let property = |name: &str| {
                let found = properties.iter().find(|(key, _)| key == name);
                found.map(|(_, value)| value.as_str()).unwrap_or_default()
            };
            let harmless = appt::words::screen::safe_line(finding["file"].as_str().unwrap());
            let file = property("file").replace('\n', "\\u{a}");
            assert_eq!(file, harmless);
            assert_eq!(property("title"), finding["rule"].as_str().unwrap());
            assert_eq!(property("line"), finding["line"].to_string());
            // A runner takes no column of what goes over several lines.
            let one_line = ["", property("line")].contains(&property("endLine"));
            let column = if one_line { finding["column"].to_string() } else { String::new() };
            assert_eq!(property("col"), column);
            assert!(message.starts_with(finding["message"].as_str().unwrap()), "{message}");
        }
    }
}

/// A workflow command as a runner takes it apart: severity, properties, message.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let rest = line.strip_prefix("::").unwrap();
    let (head, message) = rest.split_once("::").unwrap();
    let (severity, properties) = head.split_once(' ').unwrap();
    let meant = |text: &str| {
        [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let pairs = properties.split(',').map(|pair| pair.split_once('=').unwrap());
    let pairs = pairs.map(|(key, value)| (key.to_owned(), meant(value))).collect();
    (severity.to_owned(), pairs, meant(message))
}

/// No format says who a patient is, whatever is wrong with the patient's file.
#[test]
fn no_format_tells_who_somebody_is() {
    let secrets = ["Лабанова", "Дарья", "0045000105", "5550105", "50105", "Образцовый"];
    for rule in folders() {
        let store = broken(&rule);
        for format in ["human", "json", "github", "gitlab", "sarif", "junit"] {
            let said = store.run(&format!("check --format {format}"));
            for secret in secrets {
                let shown = said.stdout.contains(secret) || said.stderr.contains(secret);
                assert!(!shown, "{rule}, {format}: {}", said.stdout);
            }
        }
    }
}
