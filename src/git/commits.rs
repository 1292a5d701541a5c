//! Commits made of objects, without the work tree and the index: `git fast-import` writes them, and
//! a branch is moved only from where it was seen to stand. No hook, filter, editor or signing
//! program of a repository's configuration is run.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{DateTime, Utc};

use crate::error::{Code, Error, Result, rule};
use crate::git::changes::{self, Item, Path};
use crate::git::refs::Id;
use crate::git::repository::{self, Repository};
use crate::say;

/// Where `fast-import` puts its commits until the branch has them.
const WORK: &str = "refs/appt/work";

/// What a commit puts at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// A file of this text.
    Text(String),
    /// An object that is there already.
    Item(Item),
    /// Nothing.
    Gone,
}

/// A commit to be made.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Its message.
    pub message: String,
    /// The folders that it starts from, where they are not those of its parent.
    pub tree: Option<Id>,
    /// Its parents; the first may be the commit made before this one.
    pub parents: Vec<Parent>,
    /// How it differs from them.
    pub puts: BTreeMap<Path, Put>,
}

/// A parent of a commit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parent {
    /// A commit that is there.
    Commit(Id),
    /// The draft of this number, which stands before it.
    Draft(usize),
}

/// Makes commits, in git's user's name; their ids. No branch has them yet.
///
/// # Errors
/// `usage`: git does not know its user. `store`: git fails.
pub fn make(repository: &Repository, now: DateTime<Utc>, drafts: &[Draft]) -> Result<Vec<Id>> {
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let author = person(repository, "GIT_AUTHOR_IDENT", "GIT_AUTHOR_DATE", now)?;
    let committer = person(repository, "GIT_COMMITTER_IDENT", "GIT_COMMITTER_DATE", now)?;
    let args = ["fast-import", "--quiet", "--force", "--date-format=raw", "--done"];
    let said = repository.git().write(args).feed(|git| {
        for (at, draft) in drafts.iter().enumerate() {
            tell(git, at, draft, &author, &committer)?;
        }
        writeln!(git, "done")
    })?;
    let said = String::from_utf8_lossy(&said);
    let ids: Option<Vec<Id>> = said.lines().map(Id::parse).collect();
    ids.filter(|ids| ids.len() == drafts.len()).ok_or_else(repository::unreadable)
}

/// Git's user, as a commit names one: `Name <e-mail> seconds zone`.
fn person(repository: &Repository, who: &str, date: &str, now: DateTime<Utc>) -> Result<String> {
    let now = format!("{} +0000", now.timestamp());
    let said = repository.git().read(["var", who]).with(date, format!("@{now}")).text();
    said.map_err(|error| match error.rule {
        Some(rule::NO_GIT) => error,
        _ => Error::new(
            Code::Usage,
            rule::NO_IDENTITY,
            say!("git не знает, кто вы: коммит не сделан.", "Git does not know who you are: nothing was committed."),
        )
        .hint(say!(
            "Назовите себя: `git config user.name \"Анна Смирнова\"`, `git config user.email anna@example.org`.",
            "Say who you are: `git config user.name \"Anna Smirnova\"`, `git config user.email anna@example.org`."
        )),
    })
}

fn tell(
    git: &mut dyn Write,
    at: usize,
    draft: &Draft,
    author: &str,
    committer: &str,
) -> io::Result<()> {
    let mark = at + 1;
    // Each on its own, so that one without a parent does not continue the one before it.
    writeln!(git, "reset {WORK}\n")?;
    writeln!(git, "commit {WORK}\nmark :{mark}\nauthor {author}\ncommitter {committer}")?;
    data(git, draft.message.as_bytes())?;
    for (place, parent) in draft.parents.iter().enumerate() {
        write!(git, "{} ", if place == 0 { "from" } else { "merge" })?;
        match parent {
            Parent::Commit(id) => writeln!(git, "{}", id.as_str())?,
            Parent::Draft(earlier) => writeln!(git, ":{}", earlier + 1)?,
        }
    }
    if let Some(tree) = &draft.tree {
        writeln!(git, "M 040000 {} \"\"", tree.as_str())?;
    }
    // What goes makes room first: a file may come where a folder was.
    for (path, _) in draft.puts.iter().filter(|(_, put)| **put == Put::Gone) {
        git.write_all(b"D ")?;
        named(git, path)?;
    }
    for (path, put) in &draft.puts {
        match put {
            Put::Gone => {}
            Put::Text(text) => {
                git.write_all(b"M 100644 inline ")?;
                named(git, path)?;
                data(git, text.as_bytes())?;
            }
            Put::Item(Item { mode, id }) => {
                write!(git, "M {mode} {} ", id.as_str())?;
                named(git, path)?;
            }
        }
    }
    writeln!(git, "get-mark :{mark}")
}

fn data(git: &mut dyn Write, content: &[u8]) -> io::Result<()> {
    writeln!(git, "data {}", content.len())?;
    git.write_all(content)?;
    writeln!(git)
}

/// A path in quotes, whatever its bytes, and the line's end.
fn named(git: &mut dyn Write, path: &[u8]) -> io::Result<()> {
    let mut quoted = vec![b'"'];
    for byte in path {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', *byte]),
            0x20..=0x7e => quoted.push(*byte),
            other => quoted.extend(format!("\\{other:03o}").bytes()),
        }
    }
    quoted.extend(b"\"\n");
    git.write_all(&quoted)
}

/// Puts a branch from one commit to another, and lets go of what [`make`] held.
///
/// # Errors
/// `conflict` where the branch does not stand there any more; `store` where git fails.
pub fn move_branch(
    repository: &Repository,
    branch: &str,
    from: Option<&Id>,
    to: &Id,
) -> Result<()> {
    let from = from.map_or_else(|| "0".repeat(to.as_str().len()), |from| from.as_str().to_owned());
    let to = to.as_str();
    let args = ["update-ref", "-m", "appt sync", "--no-deref", "--stdin", "-z"];
    let commands = format!("update {branch}\0{to}\0{from}\0delete {WORK}\0\0");
    let moved = repository.git().write(args).feed(|git| git.write_all(commands.as_bytes()));
    moved.map(drop).map_err(|error| match error.rule {
        Some(rule::NO_GIT) => error,
        _ if error.message.en.contains("but expected") => Error::new(
            Code::Conflict,
            "branch-moved",
            say!(
                "Ветку git тем временем изменил кто-то ещё.",
                "Somebody else has moved git's branch meanwhile."
            ),
        )
        .hint(say!("Повторите: `appt sync`.", "Try again: `appt sync`.")),
        _ => error,
    })
}

/// Gives the index what a commit has at some paths, and leaves all others as they are. What is on
/// disk is not looked at.
///
/// # Errors
/// `store` where git fails.
pub fn align_index(
    repository: &Repository,
    commit: &Id,
    is_ours: impl Fn(&Path) -> bool,
) -> Result<()> {
    let differences = changes::of_index(repository, commit)?;
    let differences: Vec<_> = differences.iter().filter(|(path, _)| is_ours(path)).collect();
    if differences.is_empty() {
        return Ok(());
    }
    let nothing = "0".repeat(commit.as_str().len());
    let told = repository.git().write(["update-index", "-z", "--index-info"]).feed(|git| {
        // What goes makes room first.
        for is_there in [false, true] {
            for (path, (item, _)) in differences.iter().filter(|(_, c)| c.0.is_some() == is_there) {
                match item {
                    Some(Item { mode, id }) => write!(git, "{mode} {}\t", id.as_str())?,
                    None => write!(git, "0 {nothing}\t")?,
                }
                git.write_all(path)?;
                git.write_all(b"\0")?;
            }
        }
        Ok(())
    });
    told.map(drop)
}
