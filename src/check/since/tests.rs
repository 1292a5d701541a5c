//! Commits as values: what each rule finds in them, and what it leaves alone.

use super::*;
use crate::format::document::Found;
use crate::format::{encode, layout};
use crate::history::{Mark, What};
use crate::model::request::Status;
use crate::model::value::Values;
use crate::testing::{Shelf, event, list, span, time};

const REQUEST: &str = "20261123-k7m2qx";
const PATIENT: &str = "7h2k9m4qwe";

/// The records before a commit, and what it makes of them.
struct World {
    before: Shelf,
    after: Shelf,
    email: &'static str,
    settings: Settings,
}

impl World {
    fn new() -> World {
        let mut shelf = Shelf::default();
        let operator = |role: &str, email: &str| {
            Values::new().with("name", "N").with("role", role).with("emails", list(&[email]))
        };
        shelf.make(Kind::Operator, "anna", operator("admin", "anna@example.org"));
        shelf.make(Kind::Operator, "boris", operator("operator", "boris@example.org"));
        shelf.make(Kind::Specialty, "terapevt", Values::new().with("title", "Терапевт"));
        shelf.make(Kind::Patient, PATIENT, Values::new().with("name", "Тайнова"));
        let request = Values::new()
            .with("patient", PATIENT)
            .with("clinic", "poliklinika-1")
            .with("specialty", "terapevt")
            .with("status", "created")
            .with("operator", "anna")
            .with("created", time("23T10:00"))
            .with("patient_ranges", span("25T09:00", "25T12:00"));
        shelf.make(Kind::Request, REQUEST, request);
        let settings = Settings::initial(chrono_tz::Europe::Moscow, None, "key");
        let settings = Settings::parse(&settings).unwrap();
        World { after: shelf.clone(), before: shelf, email: "anna@example.org", settings }
    }

    fn edit(shelf: &mut Shelf, kind: Kind, id: &str, change: impl FnOnce(&mut Record)) {
        change(Rc::make_mut(shelf.0.get_mut(&(kind, id.to_owned())).unwrap()));
    }

    fn change(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Record)) {
        World::edit(&mut self.after, kind, id, change);
    }

    fn remove(&mut self, kind: Kind, id: &str) {
        self.after.0.remove(&(kind, id.to_owned()));
    }

    /// The rules and severities that find something, with the records.
    fn found(&self) -> Vec<(&'static str, Severity, String)> {
        self.judged(&[&self.before], None)
    }

    fn judged(
        &self,
        parents: &[&Shelf],
        base: Option<&Shelf>,
    ) -> Vec<(&'static str, Severity, String)> {
        let judged = judge(&self.commit(parents, base));
        let said = judged.into_iter().map(|judged| judged.finding);
        said.map(|f| {
            assert!(f.message.en.starts_with("Commit abc1234: "), "{:?}", f.message);
            assert!(f.message.ru.starts_with("Коммит abc1234: "), "{:?}", f.message);
            let texts = [f.message, f.hint.unwrap()];
            assert!(!texts.iter().any(|t| t.en.contains("@example") || t.ru.contains("Тайн")));
            (f.rule, f.severity, f.record.unwrap_or_default())
        })
        .collect()
    }

    fn commit<'a>(&'a self, parents: &[&'a Shelf], base: Option<&Shelf>) -> Commit<'a> {
        let mut names: Vec<_> = parents.iter().flat_map(|p| p.0.keys()).collect();
        names.extend(self.after.0.keys());
        names.sort();
        names.dedup();
        let changes = names.into_iter().map(|(kind, id)| Change {
            kind: *kind,
            id: id.clone(),
            path: layout::path(*kind, id),
            before: parents.iter().map(|shelf| document(shelf, *kind, id)).collect(),
            base: base.and_then(|shelf| document(shelf, *kind, id)),
            removed: None,
            after: document(&self.after, *kind, id),
        });
        let is_changed =
            |c: &Change| !c.before.iter().all(|b| is_same(b.as_ref(), c.after.as_ref()));
        Commit {
            name: Some("abc1234"),
            email: self.email,
            parents: parents.iter().map(|shelf| *shelf as &dyn Book).collect(),
            is_founded: true,
            book: &self.after,
            settings: &self.settings,
            changed_settings: false,
            changes: changes.filter(is_changed).collect(),
        }
    }
}

fn document(shelf: &Shelf, kind: Kind, id: &str) -> Option<Rc<Document>> {
    let text = encode::record(&*shelf.get(kind, id)?);
    Document::new(kind, id, layout::path(kind, id), Found::Text(text)).map(Rc::new)
}

fn no_answer(minutes: i64) -> Event {
    event(minutes, What::mark(Mark::NoAnswer))
}

const LABEL: &str = "request/20261123-k7m2qx";

#[test]
fn an_event_more_is_no_finding_wherever_it_stands() {
    let mut world = World::new();
    world.change(Kind::Request, REQUEST, |record| record.history.insert(0, no_answer(-5)));
    world.change(Kind::Patient, PATIENT, |record| record.history.push(no_answer(5)));
    assert_eq!(world.found(), []);
}

#[test]
fn an_event_less_or_changed_is_found_once_for_a_record() {
    for rewrite in [
        (|record| record.history.truncate(1)) as fn(&mut Record),
        |record| record.history[1].by = "boris".into(),
        |record| record.history[2].at = time("23T11:59"),
        |record| record.history.clear(),
    ] {
        let mut world = World::new();
        let add = |record: &mut Record| record.history.extend([no_answer(1), no_answer(2)]);
        World::edit(&mut world.before, Kind::Request, REQUEST, add);
        world.after = world.before.clone();
        world.change(Kind::Request, REQUEST, rewrite);
        let expected = ("history-rewritten", Severity::Error, LABEL.to_owned());
        assert_eq!(world.found(), [expected]);
    }
}

#[test]
fn a_removed_record_is_an_error_where_something_refers_to_it() {
    let mut world = World::new();
    world.remove(Kind::Request, REQUEST);
    assert_eq!(world.found(), [("record-removed", Severity::Warning, LABEL.to_owned())]);
    let mut world = World::new();
    world.remove(Kind::Patient, PATIENT);
    let expected = ("record-removed", Severity::Error, format!("patient/{PATIENT}"));
    assert_eq!(world.found(), [expected]);
    // Whoever stands in a history is referred to.
    let mut world = World::new();
    world.remove(Kind::Operator, "anna");
    let expected = ("record-removed", Severity::Error, "operator/anna".to_owned());
    assert_eq!(world.found(), [expected]);
}

#[test]
fn a_status_changed_past_the_rules_is_the_commits_and_is_said_once() {
    let expected = |rule| [(rule, Severity::Error, LABEL.to_owned())];
    let mut world = World::new();
    world.change(Kind::Request, REQUEST, |r| r.values.put("status", Some("processed".into())));
    assert_eq!(world.found(), expected("illegal-transition"));
    // With a visit written in too it is still one cause.
    world.change(Kind::Request, REQUEST, |r| {
        r.values.put("appointment", Some(time("25T11:30").into()));
    });
    assert_eq!(world.found(), expected("illegal-transition"));
    // As a step of the history.
    world.change(Kind::Request, REQUEST, |r| {
        let what = What::status(Status::Created, Status::Processed, None, None);
        r.history.push(event(1, what));
    });
    assert_eq!(world.found(), expected("illegal-transition"));
    // A step that there is, but made in the file.
    let mut world = World::new();
    world.change(Kind::Request, REQUEST, |r| r.values.put("status", Some("in-progress".into())));
    assert_eq!(world.found(), expected("history-mismatch"));
    // What the parent had is not the commit's.
    world.before = world.after.clone();
    world.change(Kind::Request, REQUEST, |r| r.history.push(no_answer(1)));
    assert_eq!(world.found(), []);
}

#[test]
fn who_may_what_is_read_from_before_the_commit() {
    let specialty = |world: &mut World| {
        world.change(Kind::Specialty, "terapevt", |r| r.history.push(no_answer(1)));
    };
    let denied = ("not-permitted", Severity::Error, "specialty/terapevt".to_owned());
    let mut world = World::new();
    specialty(&mut world);
    assert_eq!(world.found(), []);
    world.email = "Boris@Example.org";
    assert_eq!(world.found(), std::slice::from_ref(&denied));
    world.email = "nobody@example.org";
    assert_eq!(
        world.found(),
        [("not-permitted", Severity::Warning, "specialty/terapevt".to_owned())]
    );
    // Nobody makes themselves an admin.
    let mut world = World::new();
    world.email = "boris@example.org";
    specialty(&mut world);
    world.change(Kind::Operator, "boris", |r| r.values.put("role", Some("admin".into())));
    let himself = ("not-permitted", Severity::Error, "operator/boris".to_owned());
    assert_eq!(world.found(), [himself, denied]);
    // Whoever does not work here may nothing.
    let mut world = World::new();
    world.email = "boris@example.org";
    world.change(Kind::Patient, PATIENT, |r| r.history.push(no_answer(1)));
    assert_eq!(world.found(), []);
    let inactive =
        |r: &mut Record| r.values.put("active", Some(crate::model::value::Value::Bool(false)));
    World::edit(&mut world.before, Kind::Operator, "boris", inactive);
    World::edit(&mut world.after, Kind::Operator, "boris", inactive);
    let patient = format!("patient/{PATIENT}");
    assert_eq!(world.found(), [("not-permitted", Severity::Error, patient)]);
}

#[test]
fn the_settings_are_an_admins() {
    let world = World { email: "boris@example.org", ..World::new() };
    let mut commit = world.commit(&[&world.before], None);
    commit.changed_settings = true;
    let judged = judge(&commit);
    assert_eq!(judged.len(), 1);
    assert_eq!(
        (judged[0].finding.rule, judged[0].finding.file.as_str()),
        ("not-permitted", "appt.toml")
    );
    commit.is_founded = false;
    assert_eq!(judge(&commit), [], "who founds a store is its first admin");
}

#[test]
fn a_merge_has_all_that_its_parents_had_and_needs_no_role_for_it() {
    let base = World::new();
    let (mut ours, mut theirs) = (base.before.clone(), base.before.clone());
    World::edit(&mut ours, Kind::Specialty, "terapevt", |r| r.history.push(no_answer(1)));
    World::edit(&mut theirs, Kind::Specialty, "terapevt", |r| r.history.push(no_answer(2)));
    let mut world = World { email: "boris@example.org", ..World::new() };
    world.change(Kind::Specialty, "terapevt", |r| r.history.extend([no_answer(1), no_answer(2)]));
    let found = |world: &World| world.judged(&[&ours, &theirs], Some(&base.before));
    assert_eq!(found(&world), []);
    // An event that neither has is somebody's own.
    world.change(Kind::Specialty, "terapevt", |r| r.history.push(no_answer(3)));
    let label = "specialty/terapevt".to_owned();
    assert_eq!(found(&world), [("not-permitted", Severity::Error, label.clone())]);
    // One that is gone was taken out by the merge.
    world.change(Kind::Specialty, "terapevt", |r| drop(r.history.drain(2..)));
    assert_eq!(found(&world), [("history-rewritten", Severity::Error, label)]);
}

#[test]
fn a_merge_takes_over_a_removal_but_not_of_what_the_other_side_changed() {
    let base = World::new();
    let mut without = base.before.clone();
    without.0.remove(&(Kind::Request, REQUEST.to_owned()));
    let mut changed = base.before.clone();
    World::edit(&mut changed, Kind::Request, REQUEST, |r| r.history.push(no_answer(1)));
    let world = World { after: without.clone(), ..World::new() };
    assert_eq!(world.judged(&[&base.before, &without], Some(&base.before)), []);
    let expected = [("record-removed", Severity::Warning, LABEL.to_owned())];
    assert_eq!(world.judged(&[&changed, &without], Some(&base.before)), expected);
    // What one side made, the merge dropped.
    assert_eq!(world.judged(&[&without, &base.before], Some(&without)), expected);
}

#[test]
fn one_cause_is_one_finding_and_an_unread_file_has_no_other() {
    let finding = |rule, file: &str, severity| Finding {
        severity,
        record: Some(file.to_owned()),
        ..Finding::of_file(rule, file, Text::default(), Text::default())
    };
    let error = Severity::Error;
    let judged = |rule, file, is_unread| Judged {
        finding: finding(rule, file, error),
        missed: None,
        is_unread,
    };
    let store = vec![
        finding("processed-without-appointment", "a", error),
        finding("bad-value", "a", error),
        finding("history-mismatch", "b", error),
        finding("syntax", "c", error),
        finding("unrecorded-edit", "d", Severity::Warning),
    ];
    let commits = vec![
        judged("illegal-transition", "a", false),
        judged("history-rewritten", "c", true),
        judged("not-permitted", "d", false),
    ];
    let all = join(store, commits);
    let all: Vec<_> = all.iter().map(|f| (f.rule, f.file.as_str())).collect();
    assert_eq!(
        all,
        [
            ("bad-value", "a"),
            ("history-mismatch", "b"),
            ("syntax", "c"),
            ("illegal-transition", "a"),
            ("not-permitted", "d"),
        ]
    );
}
