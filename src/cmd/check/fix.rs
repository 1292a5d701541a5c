//! `check --fix`: mends what has one safe answer, in one transaction, and says what it did.
//!
//! In this order, since each step may make the next one possible: events that are gone from a
//! history come back from git, a file in the wrong folder goes where its id says, changes made by
//! hand and missing halves of links become events, files get their canonical form. What it mended
//! once it finds in order the second time.

use std::collections::BTreeMap;

use crate::app::{self, App};
use crate::check::rules::broken_link;
use crate::check::{self, Scene};
use crate::cmd::check::lost::{self, Lost};
use crate::cmd::fmt;
use crate::error::{Error, Result};
use crate::format::document::{Document, Found};
use crate::format::{canonical, layout};
use crate::history::{self, What};
use crate::i18n::Text;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::record::Record;
use crate::model::settings;
use crate::render::findings::Mended;
use crate::say;
use crate::store::journal::Step;
use crate::store::library::Library;
use crate::store::seal::{self, Author, Edit, Plan};
use crate::store::{Store, disk};

/// Mends the files that `holds` names and says so on standard error; what it mended.
///
/// # Errors
/// `busy`; `store` where a file can't be read or written. What can't be mended is no error: the
/// findings that follow name it.
pub fn mend(app: &App, store: &Store, holds: &dyn Fn(&str) -> bool) -> Result<Vec<Mended>> {
    let said = store.rewrite(app.globals.dry_run, |library| {
        let mut mending = Mending { app, store, holds, said: Vec::new(), left: Vec::new() };
        let steps = mending.plan(library)?;
        Ok((steps, (mending.said, mending.left)))
    })?;
    for mended in &said.0 {
        let Text { ru, en } = &mended.what;
        app.output.note(&match app.globals.dry_run {
            true => say!("Исправилось бы: {ru}", "Would mend: {en}"),
            false => say!("Исправлено: {ru}", "Mended: {en}"),
        });
    }
    for why in said.1 {
        app.output.warn(&why);
    }
    Ok(said.0)
}

/// A file that lies in the wrong folder.
struct Move {
    from: String,
    to: String,
    text: String,
}

struct Mending<'a> {
    app: &'a App,
    store: &'a Store,
    holds: &'a dyn Fn(&str) -> bool,
    said: Vec<Mended>,
    /// Why something was not mended.
    left: Vec<Text>,
}

/// The records that get events, and which, besides those for what was changed by hand.
type Changes = BTreeMap<(Kind, String), Vec<What>>;

impl Mending<'_> {
    fn plan(&mut self, library: &Library<'_>) -> Result<Vec<Step>> {
        let mut lost = self.lost(library)?;
        let moves = self.moves(library)?;
        let mut steps: Vec<Step> = moves
            .iter()
            .map(|moved| Step::new(moved.from.clone(), Some(&moved.text), None))
            .collect();
        let mut moved: BTreeMap<String, String> =
            moves.into_iter().map(|moved| (moved.to, moved.text)).collect();
        let there = moved.iter().map(|(to, text)| Step::new(to.clone(), None, Some(text.clone())));
        let whole = lost.iter().map(|(path, (before, after))| {
            Step::new(path.clone(), Some(before), Some(after.clone()))
        });
        let pending = there.chain(whole).chain(steps.clone()).collect();
        let laid = Library::new(self.store.root()).with_pending(pending);

        let mut texts = self.events(&laid)?;
        for document in laid.documents() {
            let path = &document.path;
            let is_ours =
                (self.holds)(path) || texts.contains_key(path) || moved.contains_key(path);
            let text = texts.get(path).unwrap_or(&document.text);
            if let Some(form) = canonical::text(document.kind, text)
                .filter(|form| is_ours && document.record.is_some() && form != text)
            {
                let what = say!("{path}: канонический вид.", "{path}: the canonical form.");
                self.said.push(Mended { file: path.clone(), to: None, what });
                texts.insert(path.clone(), form);
            }
        }
        laid.check()?;
        for (path, text) in texts {
            let kind = layout::record_at(&path).and_then(|(kind, id)| laid.document(kind, id));
            let before = kind.filter(|_| moved.remove(&path).is_none());
            let lost = lost.remove(&path).map(|(before, _)| before);
            let before = lost.or(before.map(|document| document.text.clone()));
            steps.push(Step::new(path, before.as_deref(), Some(text)));
        }
        let whole = lost
            .into_iter()
            .map(|(path, (before, after))| Step::new(path, Some(&before), Some(after)));
        steps.extend(whole);
        if (self.holds)(settings::FILE)
            && let Some(step) = fmt::of_settings(library.root())
        {
            let (file, path) = (step.path.clone(), &step.path);
            let what = say!("{path}: канонический вид.", "{path}: the canonical form.");
            self.said.push(Mended { file, to: None, what });
            steps.push(step);
        }
        steps.extend(moved.into_iter().map(|(to, text)| Step::new(to, None, Some(text))));
        Ok(steps)
    }

    /// The files whose history lost events by hand, with their texts before and after.
    fn lost(&mut self, library: &Library<'_>) -> Result<BTreeMap<String, (String, String)>> {
        let mut texts = BTreeMap::new();
        for Lost { path, before, after } in lost::all(library, self.holds)? {
            let Some(after) = after else {
                self.left.push(say!(
                    "{path}: строки истории изменены; верните их: `git restore -SW {path}`.",
                    "{path}: lines of the history were changed; put them back: `git restore -SW {path}`."
                ));
                continue;
            };
            let what = say!(
                "{path}: исчезнувшие события возвращены из git.",
                "{path}: the events that were gone are back, from git."
            );
            self.said.push(Mended { file: path.clone(), to: None, what });
            texts.insert(path, (before, after));
        }
        Ok(texts)
    }

    /// The files whose name is an id and whose folder is not its own. Where the right place is
    /// taken, or two files want it, a person must choose.
    fn moves(&mut self, library: &Library<'_>) -> Result<Vec<Move>> {
        let mut wanted: BTreeMap<(Kind, String), Vec<String>> = BTreeMap::new();
        let strangers = library.strangers().into_iter().chain(library.strays());
        for stranger in strangers.filter(|stranger| !stranger.is_link) {
            if let Some(meant) = layout::meant(&stranger.path) {
                wanted.entry(meant).or_default().push(stranger.path);
            }
        }
        let mut moves = Vec::new();
        for ((kind, id), from) in wanted {
            let [from] = from.as_slice() else { continue };
            let root = self.store.root();
            // A link on the way to its place takes it, too.
            if !(self.holds)(from) || library.has(kind, &id) {
                continue;
            }
            let to = layout::path(kind, &id);
            let found = disk::read(root, from)
                .map_err(|error| Error::io(&say!("прочитать", "read"), from, &error))?;
            if let Found::Text(text) = found {
                let what = say!("{from} → {to}", "{from} → {to}");
                self.said.push(Mended { file: from.clone(), to: Some(to.clone()), what });
                moves.push(Move { from: from.clone(), to, text });
            }
        }
        Ok(moves)
    }

    /// The texts of the files that get events.
    fn events(&mut self, library: &Library<'_>) -> Result<BTreeMap<String, String>> {
        let changes = self.changes(library);
        if changes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let operator = match self.app.operator(library) {
            Ok(operator) => operator,
            Err(error) => {
                self.left.push(error.message);
                self.left.extend(error.hint);
                return Ok(BTreeMap::new());
            }
        };
        let by_hand = |book: &dyn Book| app::by_hand(self.store, book);
        let author = Author {
            id: operator.id.clone(),
            role: Role::of(&operator.values),
            now: self.app.now,
            moment: self.app.now,
            by_hand: &by_hand,
        };
        let settings = &self.store.settings;
        let seal = |edits| {
            let plan = Plan { edits, ..Plan::default() };
            seal::seal(library, settings, &author, plan)
        };
        let edit = |((kind, id), whats): (&(Kind, String), &Vec<What>)| Edit::Change {
            kind: *kind,
            id: id.clone(),
            whats: whats.clone(),
            text: None,
        };
        let mut edits = Vec::new();
        for change in &changes {
            // One that a rule forbids must not stop the others.
            match seal(vec![edit(change)]) {
                Ok(_) => edits.push(edit(change)),
                Err(error) => {
                    let (kind, id) = change.0;
                    let (path, Text { ru, en }) = (layout::path(*kind, id), error.message);
                    self.left.push(say!("{path}: {ru}", "{path}: {en}"));
                }
            }
        }
        let sealed = seal(edits)?;
        let mut texts = BTreeMap::new();
        for (step, record) in sealed.steps.into_iter().zip(&sealed.records) {
            let path = step.path;
            if changes.get(&(record.kind, record.id.clone())).is_some_and(|whats| !whats.is_empty())
            {
                let what =
                    say!("{path}: вторая половина ссылки.", "{path}: the other half of a link.");
                self.said.push(Mended { file: path.clone(), to: None, what });
            }
            let is_edited = library
                .get(record.kind, &record.id)
                .is_some_and(|r| !history::unrecorded(&r).is_empty());
            if is_edited {
                let what = say!(
                    "{path}: правка внесена в историю.",
                    "{path}: the change is in the history."
                );
                self.said.push(Mended { file: path.clone(), to: None, what });
            }
            texts.extend(step.after.map(|text| (path, text)));
        }
        Ok(texts)
    }

    fn changes(&self, library: &Library<'_>) -> Changes {
        let scene = Scene::new(library, &self.store.settings, self.app.now);
        let mut changes = Changes::new();
        for document in library.documents().filter(|document| (self.holds)(&document.path)) {
            let Ok(record) = document.readable() else { continue };
            if !history::unrecorded(&record).is_empty() && is_found(&scene, &document, &record) {
                changes.entry((record.kind, record.id.clone())).or_default();
            }
            if record.kind == Kind::Request {
                halves(library, &record, &mut changes);
            }
        }
        changes
    }
}

/// Whether `check` names the change by hand: where the history itself is wrong, it does not.
fn is_found(scene: &Scene<'_>, document: &Document, record: &Record) -> bool {
    let spoilt = |key: &str| document.is_spoilt(key);
    check::faults(scene, record, &spoilt).iter().any(|fault| fault.rule == "unrecorded-edit")
}

/// The halves of a request's links that are simply absent in the other request. Where two requests
/// name the same one, or it can't be of the same move, a person must choose.
fn halves(library: &Library<'_>, record: &Record, changes: &mut Changes) {
    for (key, back) in broken_link::HALVES {
        let Some(other) = record.text(key).filter(|other| *other != record.id) else { continue };
        let target = library.document(Kind::Request, other).and_then(|found| found.readable().ok());
        let is_free = target.is_some_and(|target| {
            target.text(back).is_none()
                && !target.conflicts.iter().any(|c| c.key == back)
                && broken_link::may_be_one_move(library, record, &target, key)
        });
        if !is_free {
            continue;
        }
        let all = library.all(Kind::Request);
        let claims = all.iter().filter(|request| request.text(key) == Some(other)).count();
        if claims == 1 {
            let half = What::set(back, None, Some(record.id.as_str().into()));
            changes.entry((Kind::Request, other.to_owned())).or_default().push(half);
        }
    }
}
