//! Two commits made one, out of git's objects: nothing of the work tree is looked at or touched.
//! Records go by [`merge::trees`]; other files by what one side changed, or git's own merge.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error, Result};
use crate::format::decode;
use crate::format::document::Found;
use crate::format::layout;
use crate::git::changes::{self, Change, Item, Path};
use crate::git::commits::Put;
use crate::git::objects::{Entry, Sort};
use crate::git::refs::Id;
use crate::git::repository::{self, Repository};
use crate::git::tree;
use crate::merge::{self, Merged, Tree, Unmergeable};
use crate::model::record::Conflict;
use crate::model::settings;
use crate::say;
use crate::sync::foreign;
use crate::sync::own;

/// Texts of files by their paths: before and after.
pub type Texts = BTreeMap<String, (Option<String>, Option<String>)>;

/// What comes of two commits.
pub enum Outcome {
    /// Theirs is part of ours.
    Nothing,
    /// Theirs brings something.
    United(Box<United>),
}

/// What uniting two commits changes in ours.
#[derive(Debug, Default)]
pub struct United {
    /// Whether ours is part of theirs: no commit is needed to unite them.
    pub tree_of_theirs: bool,
    /// The records that change here: what they hold in our commit, and what they will hold.
    pub texts: Texts,
    /// The other files that change here, and what they will be.
    pub others: BTreeMap<Path, (Option<Item>, foreign::Content)>,
    /// The keys of the conflicts that neither side had.
    pub conflicts: BTreeMap<String, BTreeSet<String>>,
    /// The keys of the conflicts that theirs has.
    pub known_to_them: BTreeMap<String, BTreeSet<String>>,
    /// The paths that theirs changed.
    pub received: BTreeSet<String>,
    /// What stays out of the work tree: links, other repositories, names that no disk should hold.
    pub kept_out: BTreeSet<String>,
}

impl United {
    /// How the commit that unites them differs from ours.
    pub fn puts(&self) -> BTreeMap<Path, Put> {
        let text = |text: &Option<String>| text.clone().map_or(Put::Gone, Put::Text);
        let records =
            self.texts.iter().map(|(path, (_, new))| (path.clone().into_bytes(), text(new)));
        let others = self.others.iter().map(|(path, (_, new))| (path.clone(), new.put()));
        records.chain(others).collect()
    }

    /// Whether it changes a path.
    pub fn touches(&self, path: &Path) -> bool {
        self.others.contains_key(path)
            || std::str::from_utf8(path).is_ok_and(|path| self.texts.contains_key(path))
    }
}

/// Unites two commits.
///
/// # Errors
/// `refused`: they are two stores, or theirs has what no store may have. `conflict`: both changed
/// what can't be merged. `store`: git fails.
pub fn unite(repository: &Repository, ours: &Id, theirs: &Id) -> Result<Outcome> {
    // Whichever side has another key since, and also where it would only be pushed.
    is_same_store(repository, ours, theirs)?;
    let bases = repository.merge_bases(ours, theirs)?;
    if bases.iter().any(|base| base.id == *theirs) {
        return Ok(Outcome::Nothing);
    }
    if bases.is_empty() && repository.is_shallow {
        // What they have in common is hidden: what was removed would come back.
        return Err(repository::cut_off(&theirs.as_str()[..7]));
    }
    // Of several, any will do, so long as everybody takes the same one.
    let base = bases.into_iter().min_by(|a, b| a.id.cmp(&b.id));
    let tree_of_theirs = base.as_ref().is_some_and(|base| base.id == *ours);
    let (since, base) = match base {
        Some(base) => (Some(base.id), base.tree),
        None => (None, repository.empty_tree()?),
    };
    let sides =
        [changes::between(repository, &base, ours)?, changes::between(repository, &base, theirs)?];
    let mut united = United { tree_of_theirs, ..United::default() };
    records(repository, &sides, &mut united, |side, path| {
        repository.last_before_removal(since.as_ref(), [ours, theirs][side], path)
    })?;
    others(repository, &sides, &mut united)?;
    Ok(Outcome::United(Box::new(united)))
}

/// What our side, or theirs, changed since they went apart.
type Sides = [BTreeMap<Path, Change>; 2];

/// The three versions of a path.
fn versions(path: &Path, [ours, theirs]: &Sides) -> [Option<Item>; 3] {
    let (ours, theirs) = (ours.get(path), theirs.get(path));
    let base = ours.or(theirs).and_then(|(before, _)| before.clone());
    let side = |change: Option<&Change>| change.map_or(base.clone(), |(_, after)| after.clone());
    [base.clone(), side(ours), side(theirs)]
}

/// The record that a path holds, where it holds one.
fn record_path(path: &Path) -> Option<&str> {
    std::str::from_utf8(path).ok().filter(|path| layout::record_at(path).is_some())
}

/// `last` says what a record was before our side, or theirs, removed it.
fn records(
    repository: &Repository,
    sides: &Sides,
    united: &mut United,
    last: impl Fn(usize, &str) -> Result<Option<Entry>>,
) -> Result<()> {
    let [mut base, mut ours, mut theirs] = [const { Tree::new() }; 3];
    let paths: BTreeSet<&Path> = sides.iter().flat_map(BTreeMap::keys).collect();
    for path in paths {
        let Some(name) = record_path(path) else { continue };
        let trees = [&mut base, &mut ours, &mut theirs];
        for (tree, item) in trees.into_iter().zip(versions(path, sides)) {
            if let Some(item) = item {
                tree.insert(name.to_owned(), text(repository, name, &item)?);
            }
        }
        if sides[1].contains_key(path) {
            united.received.insert(name.to_owned());
        }
    }
    let mut merged = merge::trees(&base, &ours, &theirs);
    // Who removed it may have changed it before: that is part of what stays.
    let mut as_left = [base.clone(), ours.clone(), theirs.clone()];
    let stays = merged.iter().filter(|(_, merged)| matches!(merged, Merged::Text(_)));
    for (path, _) in stays.filter(|(path, _)| base.contains_key(*path)) {
        let Some(remover) = [&ours, &theirs].iter().position(|side| !side.contains_key(path))
        else {
            continue;
        };
        let Some(Entry { sort: Sort::File, id }) = last(remover, path)? else { continue };
        let Found::Text(last) = repository.objects().found(&Entry { sort: Sort::File, id })? else {
            continue;
        };
        left_behind(path, &last, &mut as_left, 2 - remover);
    }
    if as_left[0] != base {
        let [base, ours, theirs] = &as_left;
        merged = merge::trees(base, ours, theirs);
    }
    for (path, merged) in merged {
        let new = match merged {
            Merged::Text(text) => Some(text),
            Merged::Removed => None,
            Merged::Clash(why) => return Err(clash(&path, why.as_ref())),
        };
        let [mine, other] = [&ours, &theirs].map(|tree| tree.get(&path));
        let [in_new, in_mine, in_other] =
            [new.as_ref(), mine, other].map(|text| open(&path, text.map(String::as_str)));
        let is_new = |c: &&Conflict| !in_mine.contains(c) && !in_other.contains(c);
        let keys: BTreeSet<String> =
            in_new.iter().filter(is_new).map(|conflict| conflict.key.clone()).collect();
        if !keys.is_empty() {
            united.conflicts.insert(path.clone(), keys);
        }
        let known = in_other.into_iter().map(|conflict| conflict.key).collect();
        united.known_to_them.insert(path.clone(), known);
        if new.as_ref() != mine {
            united.texts.insert(path, (mine.cloned(), new));
        }
    }
    Ok(())
}

/// The trees as they are where a side removed this version of a record: it is the ancestor then, and
/// what the other side, `keeper`, made of the one before is made of it.
fn left_behind(path: &str, last: &str, trees: &mut [Tree; 3], keeper: usize) {
    let Some((kind, id)) = layout::record_at(path) else { return };
    let base = trees[0].get(path).cloned();
    let Some(kept) = trees[keeper].get(path) else { return };
    let kept = match base.as_ref() == Some(kept) {
        true => Ok(last.to_owned()),
        false => merge::texts(kind, id, base.as_deref(), last, kept),
    };
    if let Ok(kept) = kept {
        trees[0].insert(path.to_owned(), last.to_owned());
        trees[keeper].insert(path.to_owned(), kept);
    }
}

/// The conflicts that a version of a record has.
fn open(path: &str, text: Option<&str>) -> Vec<Conflict> {
    let read = |text| {
        let (kind, id) = layout::record_at(path)?;
        decode::record(kind, id, text).record
    };
    text.and_then(read).map(|record| record.conflicts).unwrap_or_default()
}

/// The text of a record's file. What is no text in its place is no work of `appt`'s, and could not
/// be put on disk safely.
fn text(repository: &Repository, path: &str, item: &Item) -> Result<String> {
    let sort = if item.is_file() { Sort::File } else { Sort::Link };
    let rule = match repository.objects().found(&Entry { sort, id: item.id.clone() })? {
        Found::Text(text) => return Ok(text),
        Found::Link | Found::NoFile | Found::Nothing => "symlink",
        Found::Oversized(_) => "oversized-file",
        Found::NotUtf8(_) => "syntax",
    };
    Err(Error::refused(
        rule,
        say!(
            "На месте записи лежит не запись: {path} ({rule}). Чужое не взято.",
            "What stands in a record's place is none: {path} ({rule}). Nothing was taken in."
        ),
    )
    .hint(say!(
        "Найдите, кто это сделал (`git log --all -- {path}`), и уберите файл из общей ветки.",
        "Find out who did it (`git log --all -- {path}`), and remove the file from the shared branch."
    ))
    .at(path, None, None))
}

fn clash(path: &str, why: Option<&Unmergeable>) -> Error {
    let (ru, en) = why.map_or_else(Default::default, |why| {
        let (rule, line) = (why.rule, why.line);
        let said = |line: Option<String>, text: &str| {
            format!(" ({rule}{}: {})", line.unwrap_or_default(), text.trim_end_matches('.'))
        };
        (
            said(line.map(|line| format!(", строка {line}")), &why.message.ru),
            said(line.map(|line| format!(", line {line}")), &why.message.en),
        )
    });
    Error::new(
        Code::Conflict,
        "unmergeable",
        say!(
            "Файл изменили и здесь, и там, а слить его нельзя: {path}{ru}.",
            "Changed both here and there, and can't be merged: {path}{en}."
        ),
    )
    .hint(say!(
        "Исправьте его здесь или там и повторите обмен; ничего не изменено.",
        "Mend it here or there and sync again; nothing was changed."
    ))
    .at(path, None, None)
}

/// The files that are no records.
fn others(repository: &Repository, sides: &Sides, united: &mut United) -> Result<()> {
    for path in sides[1].keys().filter(|path| record_path(path).is_none()) {
        let [base, ours, theirs] = versions(path, sides);
        let shown = String::from_utf8_lossy(path).into_owned();
        united.received.insert(shown.clone());
        if shown == settings::FILE {
            one_store(repository, ours.as_ref(), theirs.as_ref())?;
        }
        if ours == theirs {
            continue;
        }
        let new = if ours == base {
            foreign::taken(repository, path, theirs.as_ref())?
        } else {
            let sides = [base.as_ref(), ours.as_ref(), theirs.as_ref()];
            foreign::merged(repository, path, sides)?.ok_or_else(|| clash(&shown, None))?
        };
        if new.is_kept_out() {
            united.kept_out.insert(shown);
        }
        united.others.insert(path.clone(), (ours, new));
    }
    Ok(())
}

/// Refuses to unite two stores.
fn one_store(repository: &Repository, ours: Option<&Item>, theirs: Option<&Item>) -> Result<()> {
    let text = |item: Option<&Item>| -> Result<String> {
        let item = item.filter(|item| item.is_file());
        let found = |item: &Item| {
            repository.objects().found(&Entry { sort: Sort::File, id: item.id.clone() })
        };
        Ok(match item.map(found).transpose()? {
            Some(Found::Text(text)) => text,
            _ => String::new(),
        })
    };
    if ours.is_none() || own::is_one_store(&text(ours)?, &text(theirs)?) {
        return Ok(());
    }
    Err(another_store())
}

/// Refuses where a commit holds another store than ours does. One without a store is none.
///
/// # Errors
/// `refused`, as [`unite`] would; `store` where git fails.
pub fn is_same_store(repository: &Repository, ours: &Id, theirs: &Id) -> Result<()> {
    let settings = |commit: &Id| -> Result<Option<String>> {
        let Some(commit) = repository.read(commit)? else { return Ok(None) };
        let entry = tree::entry(repository.objects(), &commit.tree, settings::FILE)?;
        Ok(match entry.map(|entry| repository.objects().found(&entry)).transpose()? {
            Some(Found::Text(text)) => Some(text),
            _ => None,
        })
    };
    match (settings(ours)?, settings(theirs)?) {
        (Some(ours), Some(theirs)) if !own::is_one_store(&ours, &theirs) => Err(another_store()),
        _ => Ok(()),
    }
}

fn another_store() -> Error {
    Error::refused(
        "another-store",
        say!(
            "Там другие данные: их создали отдельным `appt init` (в appt.toml другой ключ `key` или другой `format`). Такие не сливают.",
            "Other data are there: they were made by another `appt init` (another `key` or `format` in appt.toml). They are never merged."
        ),
    )
    .hint(say!(
        "Нужны те, общие? Возьмите их в новую папку: `git clone АДРЕС`. Перенести туда записи отсюда: `appt export jsonl | appt import jsonl -`.",
        "Do you want those? Take them into a new folder: `git clone ADDRESS`. To carry records over to them: `appt export jsonl | appt import jsonl -`."
    ))
}
