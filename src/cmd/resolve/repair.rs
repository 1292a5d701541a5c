//! What git's own merge left of records, in a clone without the merge driver: stages in the index,
//! or markers that somebody committed. Both sides are in git; their merge takes the place of the
//! markers.
//!
//! Invariants: nothing but git's markers, or one of the versions, is overwritten; the work tree is
//! on disk before the index says that a path is merged; no event is written, as by any merge.

use std::path::Path;

use crate::app::App;
use crate::error::Result;
use crate::format::document::Found;
use crate::format::layout;
use crate::git::repository::Repository;
use crate::git::snapshot::Snapshot;
use crate::git::state;
use crate::git::unmerged::Versions;
use crate::i18n::Text;
use crate::merge::{self, Merged, Tree, Unmergeable};
use crate::model::kind::Kind;
use crate::say;
use crate::store::disk;
use crate::store::disk::is_marked;
use crate::store::journal::Step;
use crate::store::library::Library;

/// What was repaired, and what is left to the person.
#[derive(Debug, Default)]
pub struct Repaired {
    /// The paths whose two sides were merged.
    pub merged: Vec<String>,
    /// The paths that are left, each with why.
    pub left: Vec<Text>,
    /// Whether the index had stages: git was in the middle of a merge of some kind.
    pub is_under_way: bool,
    /// Git's command that concludes it; none where that is a new commit.
    pub finish: Option<&'static str>,
}

/// Repairs what there is to repair.
///
/// # Errors
/// `busy`; `store` where git or the disk fails.
pub fn repair(app: &App, repository: &Repository) -> Result<Repaired> {
    let store = app.store()?;
    let stages = repository.unmerged()?;
    let is_under_way = !stages.is_empty();
    if !is_under_way && marked(store.root()).is_empty() {
        return Ok(Repaired::default()); // Nor is there anything to lock, and a store may be read-only.
    }
    let mut work = Work { root: store.root(), written: Vec::new(), left: Vec::new() };
    let work = store.mend(app.globals.dry_run, || {
        let mut trees: [Tree; 3] = Default::default();
        for (path, stages) in &stages {
            let record = layout::record_at(path);
            match repository.versions(stages)?.filter(|_| record.is_some()) {
                Some(versions) if record.is_some_and(|record| is_mistaken(record, &versions)) => {
                    let (said, way) = (merge::two_for_one(path), merge::begin_anew());
                    work.left.push(Text {
                        ru: format!("{} {}", said.ru, way.ru),
                        en: format!("{} {}", said.en, way.en),
                    });
                }
                Some(Versions { base, ours, theirs }) => {
                    for (tree, text) in trees.iter_mut().zip([base, ours, theirs]) {
                        tree.extend(text.map(|text| (path.clone(), text)));
                    }
                }
                None => work.left.push(no_record(path)),
            }
        }
        work.merge(&trees)?;
        if !is_under_way {
            for path in marked(store.root()) {
                work.committed(repository, &path)?;
            }
        }
        let steps = work.written.iter().filter_map(|(_, step)| step.clone()).collect();
        Ok((steps, work))
    })?;
    let merged: Vec<String> = work.written.iter().map(|(path, _)| path.clone()).collect();
    if is_under_way && !app.globals.dry_run && !merged.is_empty() {
        let is_there = |path: &String| disk::exists(store.root(), path);
        let (stay, gone): (Vec<String>, Vec<String>) = merged.iter().cloned().partition(is_there);
        repository.mark_merged(&stay, &gone)?;
    }
    let finish = if is_under_way { state::finish(repository)? } else { None };
    Ok(Repaired { merged, left: work.left, is_under_way, finish })
}

/// Whether git took two records for one.
fn is_mistaken((kind, id): (Kind, &str), versions: &Versions) -> bool {
    match versions {
        Versions { base: Some(base), ours: Some(ours), theirs: Some(theirs) } => {
            merge::is_mistaken(kind, id, base, [ours, theirs])
        }
        _ => false,
    }
}

/// What is to be said where there is no git that could have the two sides: a person merges them.
pub fn without_git(root: &Path) -> Vec<Text> {
    let by_hand = |path: String| {
        say!(
            "В файле метки слияния, а репозитория git, где были бы обе версии, здесь нет: {path}. Оставьте в файле верное, строки с метками удалите; готово ли, скажет `appt check`.",
            "The file has the markers of a merge, and there is no repository of git's with both versions: {path}. Leave what holds in it, delete the lines with markers; `appt check` says whether it is done."
        )
    };
    marked(root).into_iter().map(by_hand).collect()
}

/// The records whose files hold git's markers.
fn marked(root: &Path) -> Vec<String> {
    let library = Library::new(root);
    let marked = library.documents().filter(|d| d.record.is_none() && is_marked(&d.text));
    marked.map(|document| document.path.clone()).collect()
}

struct Work<'s> {
    root: &'s Path,
    /// The paths that are merged, with what is to be written there, if anything.
    written: Vec<(String, Option<Step>)>,
    left: Vec<Text>,
}

impl Work<'_> {
    fn merge(&mut self, [base, ours, theirs]: &[Tree; 3]) -> Result<()> {
        for (path, state) in merge::trees(base, ours, theirs) {
            let text = match state {
                Merged::Text(text) => Some(text),
                Merged::Removed => None,
                Merged::Clash(why) => {
                    self.left.push(why.map_or_else(|| no_record(&path), |why| unread(&path, &why)));
                    continue;
                }
            };
            let known: Vec<&String> =
                [base, ours, theirs].iter().filter_map(|tree| tree.get(&path)).collect();
            self.put(&path, text, |now| is_marked(now) || known.iter().any(|k| *k == now))?;
        }
        Ok(())
    }

    /// A merge that was committed with its markers, and not touched since.
    fn committed(&mut self, repository: &Repository, path: &str) -> Result<()> {
        let found = repository.merged_versions(path)?;
        let record = layout::record_at(path);
        let (
            Some((kind, id)),
            Some((Versions { base, ours: Some(ours), theirs: Some(theirs) }, now)),
        ) = (record, found)
        else {
            self.left.push(no_merge(path, is_clean(repository, path)?));
            return Ok(());
        };
        match merge::texts(kind, id, base.as_deref(), &ours, &theirs) {
            Ok(text) => self.put(path, Some(text), |text| text == now),
            Err(why) => {
                self.left.push(unread(path, &why));
                Ok(())
            }
        }
    }

    /// Puts a merged text in place of what git left there, and of nothing else.
    fn put(
        &mut self,
        path: &str,
        text: Option<String>,
        may_go: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let now = match disk::read(self.root, path) {
            Ok(Found::Text(now)) => Some(now),
            Ok(Found::Nothing) => None,
            Ok(_) => {
                self.left.push(no_record(path));
                return Ok(());
            }
            Err(error) => {
                return Err(crate::error::Error::io(&say!("прочитать", "read"), path, &error));
            }
        };
        if now == text {
            self.written.push((path.to_owned(), None));
        } else if now.as_deref().is_none_or(may_go) {
            let step = Step::new(path.to_owned(), now.as_deref(), text);
            self.written.push((path.to_owned(), Some(step)));
        } else {
            self.left.push(by_hand(path));
        }
        Ok(())
    }
}

fn no_record(path: &str) -> Text {
    say!(
        "Это не запись, её слить можете только вы: {path}. Поправьте файл, затем `git add -- {path}`.",
        "This is no record, only you can merge it: {path}. Mend the file, then `git add -- {path}`."
    )
}

fn unread(path: &str, why: &Unmergeable) -> Text {
    let Text { ru, en } = why.why();
    say!(
        "Не слить: {path}, {ru} Обе хранит git: `git checkout --ours`, `--theirs`.",
        "Can't be merged: {path}, {en} Git has both: `git checkout --ours`, `--theirs`."
    )
}

fn by_hand(path: &str) -> Text {
    say!(
        "Файл уже правили руками, он оставлен как есть: {path}. Если он готов: `git add -- {path}`.",
        "The file was mended by hand and stays as it is: {path}. If it is done: `git add -- {path}`."
    )
}

/// Whether the last commit has the record without markers.
fn is_clean(repository: &Repository, path: &str) -> Result<bool> {
    let head = repository.head()?.map(|head| repository.read(&head)).transpose()?.flatten();
    let Some((commit, (kind, id))) = head.zip(layout::record_at(path)) else { return Ok(false) };
    let document = Snapshot::of(repository, &commit.tree).document(kind, id);
    Ok(document.is_some_and(|document| !is_marked(&document.text)))
}

fn no_merge(path: &str, is_clean: bool) -> Text {
    if is_clean {
        return say!(
            "Метки git — в правке, которой нет ни в одном коммите: {path}. Последний коммит без них: `git checkout HEAD -- {path}`; что было отложено, хранит `git stash list`.",
            "The markers are in a change that no commit has: {path}. The last commit is without them: `git checkout HEAD -- {path}`; what was put aside is in `git stash list`."
        );
    }
    say!(
        "Метки git остались, но последним файл изменило не слияние: {path}. Найдите его: `git log -- {path}`; версия до него: `git checkout КОММИТ^ -- {path}`.",
        "Git's markers are left, but the last change of the file was no merge: {path}. Find it: `git log -- {path}`; the version before: `git checkout COMMIT^ -- {path}`."
    )
}
