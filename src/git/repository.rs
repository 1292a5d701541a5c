//! A repository whose root is a store's: what it is, its commits, and the files that they hold.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

use crate::error::{Code, Error, Result};
use crate::format::document::Document;
use crate::format::layout;
use crate::git::objects::{Entry, Objects};
use crate::git::refs::{self, Id, Name};
use crate::git::run::Git;
use crate::git::tree;
use crate::history::Event;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::say;

/// A repository with a store at its root.
pub struct Repository {
    git: Git,
    objects: Objects,
    /// Whether it has no work tree.
    pub is_bare: bool,
    /// Whether its history was cut off where it was cloned.
    pub is_shallow: bool,
    documents: RefCell<Documents>,
}

/// The files that were read: by the path, which names the record, and the object.
type Documents = HashMap<(String, Id), Option<Rc<Document>>>;

/// A commit, and who made it.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its full name.
    pub id: Id,
    /// As short as git finds unique.
    pub short: String,
    /// Its folders.
    pub tree: Id,
    /// The commits that it was made from, as far as this clone has them.
    pub parents: Vec<Id>,
    /// Its author's e-mail: personal, it stands in no finding.
    pub email: String,
}

impl Repository {
    /// The repository of a folder, which must be the root of its work tree, or be a repository
    /// without one.
    ///
    /// # Errors
    /// `refused`: there is no repository, or the folder is not its root. `store`: git fails.
    pub fn at(folder: &Path) -> Result<Repository> {
        Repository::open(Git::at(folder))
    }

    /// The repository that a hook was started for.
    ///
    /// # Errors
    /// As [`Repository::at`].
    pub fn in_hook(folder: &Path) -> Result<Repository> {
        Repository::open(Git::in_hook(folder))
    }

    fn open(git: Git) -> Result<Repository> {
        let asked = ["--is-bare-repository", "--is-shallow-repository", "--show-prefix"];
        let said = git.read(["rev-parse"].into_iter().chain(asked)).text().map_err(|error| {
            let nowhere = error.message.en.contains("not a git repository");
            if nowhere { no_repository() } else { error }
        })?;
        let mut lines = said.lines();
        let mut is = || lines.next() == Some("true");
        let (is_bare, is_shallow) = (is(), is());
        // Of a bare repository git prints no third line, of a root an empty one.
        if lines.next().is_some_and(|prefix| !prefix.is_empty()) {
            return Err(not_the_root());
        }
        let objects = Objects::open(&git)?;
        let documents = RefCell::default();
        Ok(Repository { git, objects, is_bare, is_shallow, documents })
    }

    /// Calls of git in it.
    pub fn git(&self) -> &Git {
        &self.git
    }

    /// Its objects.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The commit that is checked out; none before the first.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn head(&self) -> Result<Option<Id>> {
        refs::commit(&self.git, Name::typed("HEAD")?)
    }

    /// The commit that a name means.
    ///
    /// # Errors
    /// `usage`: there is none; `store`: there is none in a clone whose history was cut off.
    pub fn commit(&self, name: Name<'_>) -> Result<Id> {
        if let Some(id) = refs::commit(&self.git, name)? {
            return Ok(id);
        }
        let name = name.as_str();
        let message = say!("Нет такого коммита: {name}.", "There is no such commit: {name}.");
        if self.is_shallow {
            return Err(Error::new(Code::Store, "shallow", message).hint(unshallow()));
        }
        Err(Error::usage("bad-revision", message).hint(say!(
            "Ветка другого репозитория приходит с ним: `git fetch origin`, затем `origin/main`.",
            "Another repository's branch comes with it: `git fetch origin`, then `origin/main`."
        )))
    }

    /// The commits that `to` has and `from` has not, each after its parents.
    ///
    /// # Errors
    /// `store`: a part of them is not in this clone; git fails.
    pub fn commits(&self, from: &Id, to: &Id) -> Result<Vec<Commit>> {
        let not = |id: &Id| format!("^{}", id.as_str());
        if self.is_shallow {
            // What is hidden behind the edge of either side may belong to the other.
            let sides = [(to, from), (from, to)];
            for (has, lacks) in sides {
                let edges = self.listed(&["--max-parents=0", has.as_str(), &not(lacks)])?;
                for commit in edges {
                    if !self.objects.written_parents(&commit.id)?.is_empty() {
                        return Err(cut_off(&commit.short));
                    }
                }
            }
        }
        self.listed(&["--topo-order", "--reverse", to.as_str(), &not(from)])
    }

    /// The commits that two have in common and from which they went apart: more than one where
    /// they were merged crosswise.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn merge_bases(&self, a: &Id, b: &Id) -> Result<Vec<Commit>> {
        let said = self.git.read(["merge-base", "--all", a.as_str(), b.as_str()]).ask()?;
        let mut found = Vec::new();
        for id in said.iter().flat_map(|said| said.lines()) {
            found.extend(self.listed(&["--no-walk", id])?);
        }
        Ok(found)
    }

    /// What a path was before one of a side's commits since another removed it; none where none did.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn last_before_removal(
        &self,
        since: Option<&Id>,
        side: &Id,
        path: &str,
    ) -> Result<Option<Entry>> {
        let not = since.map(|since| format!("^{}", since.as_str()));
        let which = [Some(side.as_str()), not.as_deref()].into_iter().flatten();
        let which: Vec<&str> = ["--full-history"].into_iter().chain(which).collect();
        for commit in self.listed(&[&which[..], &["--", path]].concat())? {
            if tree::entry(&self.objects, &commit.tree, path)?.is_some() {
                continue;
            }
            for parent in &commit.parents {
                let Some(parent) = self.read(parent)? else { continue };
                if let Some(entry) = tree::entry(&self.objects, &parent.tree, path)? {
                    return Ok(Some(entry));
                }
            }
        }
        Ok(None)
    }

    /// How many commits `to` has that `from` has not.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn count(&self, from: Option<&Id>, to: &Id) -> Result<usize> {
        let not = from.map(|from| format!("^{}", from.as_str()));
        let args = ["rev-list", "--count", to.as_str()].map(str::to_owned);
        let said = self.git.read(args.into_iter().chain(not)).text()?;
        said.parse().map_err(|_| unreadable())
    }

    /// The folder with nothing in it, as this repository names it.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn empty_tree(&self) -> Result<Id> {
        let said = self.git.write(["mktree"]).text()?;
        Id::parse(&said).ok_or_else(unreadable)
    }

    /// A commit by its name.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn read(&self, id: &Id) -> Result<Option<Commit>> {
        Ok(self.listed(&["--no-walk", id.as_str()])?.pop())
    }

    fn listed(&self, which: &[&str]) -> Result<Vec<Commit>> {
        // The folders, and nothing that a line could not hold.
        let format = "--format=%H%x00%h%x00%T%x00%P%x00%ae";
        let fixed = ["rev-list", "--no-commit-header", "--encoding=UTF-8", format];
        let said = self.git.read(fixed.iter().chain(which)).text()?;
        said.lines().map(|line| commit(line).ok_or_else(unreadable)).collect()
    }

    /// The files of the index that are gone from the work tree: removed, and not committed.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn removed(&self) -> Result<Vec<String>> {
        let said = self.git.read(["ls-files", "--deleted", "-z"]).run()?;
        let names = said.split(|b| *b == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// The paths that a commit would change; none where there is no commit yet.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn staged(&self) -> Result<Option<BTreeSet<String>>> {
        if self.head()?.is_none() {
            return Ok(None);
        }
        let said = self.git.read(["diff-index", "--cached", "--name-only", "-z", "HEAD"]).run()?;
        let names = said.split(|b| *b == 0).filter(|name| !name.is_empty());
        Ok(Some(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()))
    }

    /// The command that brings a removed file back; none where git does not have it.
    pub fn restoring(&self, path: &str) -> Option<String> {
        let lines = |words: &[&str]| {
            let said = self.git.read(words.iter().chain(&["--", path])).run().ok()?;
            Some(String::from_utf8_lossy(&said).trim().to_owned()).filter(|said| !said.is_empty())
        };
        if lines(&["ls-files", "--deleted"]).is_some() {
            return Some(format!("git restore -- {path}"));
        }
        let gone = lines(&["log", "-1", "--format=%h", "--diff-filter=D"])?;
        Some(format!("git restore --source={gone}^ -- {path}"))
    }

    /// The first of these paths that a branch of another repository has: others have it.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn shared(&self, paths: &[String]) -> Result<Option<String>> {
        for tree in self.others()? {
            for path in paths {
                if tree::entry(&self.objects, &tree, path)?.is_some() {
                    return Ok(Some(path.clone()));
                }
            }
        }
        Ok(None)
    }

    /// Whether a branch of another repository has this event of a record: others know of it.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn is_shared(&self, record: &Record, event: &Event) -> Result<bool> {
        let (kind, id) = (record.kind, &record.id);
        let path = layout::path(kind, id);
        for tree in self.others()? {
            let Some(entry) = tree::entry(&self.objects, &tree, &path)? else { continue };
            let document = self.document(kind, id, &path, &entry)?;
            let there = document.and_then(|document| document.readable().ok());
            if there.is_some_and(|there| there.history.contains(event)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The folders of the other repositories' branches, as they were last seen.
    fn others(&self) -> Result<Vec<Id>> {
        let format = "--format=%(objectname)";
        let said = self.git.read(["for-each-ref", format, "refs/remotes"]).text()?;
        let mut tips: Vec<Id> = said.lines().filter_map(Id::parse).collect();
        tips.sort();
        tips.dedup();
        let commits = tips.iter().map(|tip| self.read(tip));
        commits.filter_map(|commit| commit.map(|found| Some(found?.tree)).transpose()).collect()
    }

    /// The file of a record; read once, however many commits have it.
    pub(super) fn document(
        &self,
        kind: Kind,
        id: &str,
        path: &str,
        entry: &Entry,
    ) -> Result<Option<Rc<Document>>> {
        let name = (path.to_owned(), entry.id.clone());
        if let Some(known) = self.documents.borrow().get(&name) {
            return Ok(known.clone());
        }
        let found = self.objects.found(entry)?;
        let document = Document::new(kind, id, path.to_owned(), found).map(Rc::new);
        self.documents.borrow_mut().insert(name, document.clone());
        Ok(document)
    }
}

fn commit(line: &str) -> Option<Commit> {
    let mut parts = line.split('\0');
    let id = Id::parse(parts.next()?)?;
    let short = parts.next()?.to_owned();
    let tree = Id::parse(parts.next()?)?;
    let parents = parts.next()?.split_whitespace().map(Id::parse).collect::<Option<_>>()?;
    let email = parts.next()?.to_owned();
    Some(Commit { id, short, tree, parents, email })
}

fn no_repository() -> Error {
    Error::refused("no-repository", say!("Это не репозиторий git.", "This is no git repository."))
        .hint(say!(
            "Создайте его в папке с данными: `git init`, затем `appt init --git-setup`.",
            "Make one in the data folder: `git init`, then `appt init --git-setup`."
        ))
}

fn not_the_root() -> Error {
    Error::refused(
        "not-the-root",
        say!(
            "Данные лежат не в корне репозитория git, а глубже.",
            "The data don't stand at the root of their git repository, but below it."
        ),
    )
    .hint(say!(
        "С git работает только папка с данными, которая сама репозиторий: перенесите её из этого.",
        "Git works only with a data folder that is a repository itself: move it out of this one."
    ))
}

/// What is asked for lies behind the edge of a shallow clone.
pub fn cut_off(short: &str) -> Error {
    Error::store(
        "shallow",
        say!(
            "Клон неполный: нет коммитов до {short}.",
            "The clone is shallow: the commits before {short} are missing."
        ),
    )
    .hint(unshallow())
}

fn unshallow() -> crate::i18n::Text {
    say!(
        "Дополните клон: `git fetch --unshallow`, или понемногу: `git fetch --deepen=100`.",
        "Complete the clone: `git fetch --unshallow`, or bit by bit: `git fetch --deepen=100`."
    )
}

pub(super) fn unreadable() -> Error {
    Error::store("git", say!("git ответил непонятное.", "Git's answer makes no sense."))
        .hint(say!("Нужен git 2.38 или новее.", "It takes git 2.38 or later."))
}
