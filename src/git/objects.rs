//! The objects of a repository, asked of one git that stays for the command's life. No work tree
//! and no index is looked at; nothing over [`LIMIT`] is loaded.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::rc::Rc;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::format::document::{Found, LIMIT};
use crate::git::refs::Id;
use crate::git::run::Git;
use crate::say;

/// The size over which a folder's list of names or a commit is taken for an attack, in bytes.
const LISTS: u64 = 32 * 1024 * 1024;

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// Another repository's commit.
    Module,
}

/// An entry of a folder: what it is, and where its content stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub sort: Sort,
    /// Its object.
    pub id: Id,
}

/// The entries of a folder by their names.
pub type Folder = Rc<Vec<(String, Entry)>>;

/// A git that answers what an object holds.
pub struct Objects {
    talk: RefCell<Talk>,
    folders: RefCell<HashMap<Id, Folder>>,
}

struct Talk {
    child: Child,
    /// Taken when the talk is over: git ends where nothing more is asked.
    ask: Option<io::BufWriter<ChildStdin>>,
    hear: BufReader<ChildStdout>,
}

impl Objects {
    /// Starts the git that answers.
    ///
    /// # Errors
    /// `store` where there is none.
    pub fn open(git: &Git) -> Result<Objects> {
        let mut child = git.read(["cat-file", "--batch-command"]).start()?;
        let ask = child.stdin.take().map(io::BufWriter::new);
        let hear = BufReader::new(child.stdout.take().expect("it was started with a pipe"));
        let talk = RefCell::new(Talk { child, ask, hear });
        Ok(Objects { talk, folders: RefCell::default() })
    }

    /// What a file of a tree holds, as the store would find it on disk.
    ///
    /// # Errors
    /// `store` where git fails or the object is not in this clone.
    pub fn found(&self, entry: &Entry) -> Result<Found> {
        match entry.sort {
            Sort::Link => return Ok(Found::Link),
            Sort::Folder | Sort::Module => return Ok(Found::NoFile),
            Sort::File => {}
        }
        let mut talk = self.talk.borrow_mut();
        let size = talk.size(&entry.id, "blob")?;
        if size > LIMIT {
            return Ok(Found::Oversized(size));
        }
        Ok(match String::from_utf8(talk.content(&entry.id)?) {
            Ok(text) => Found::Text(text),
            Err(error) => {
                let end = error.utf8_error().valid_up_to();
                Found::NotUtf8(String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned())
            }
        })
    }

    /// The bytes of any file, up to a size; none where it is bigger.
    ///
    /// # Errors
    /// As [`Objects::found`].
    pub fn bytes(&self, id: &Id, most: u64) -> Result<Option<Vec<u8>>> {
        let mut talk = self.talk.borrow_mut();
        if talk.size(id, "blob")? > most {
            return Ok(None);
        }
        talk.content(id).map(Some)
    }

    /// The entries of a folder.
    ///
    /// # Errors
    /// As [`Objects::found`].
    pub fn folder(&self, id: &Id) -> Result<Folder> {
        if let Some(known) = self.folders.borrow().get(id) {
            return Ok(known.clone());
        }
        let mut talk = self.talk.borrow_mut();
        if talk.size(id, "tree")? > LISTS {
            return Err(broken());
        }
        let folder = Rc::new(entries(&talk.content(id)?, id.as_str().len() / 2)?);
        self.folders.borrow_mut().insert(id.clone(), Rc::clone(&folder));
        Ok(folder)
    }

    /// The parents that a commit was made with. A shallow clone hides those that it has not.
    ///
    /// # Errors
    /// As [`Objects::found`].
    pub fn written_parents(&self, commit: &Id) -> Result<Vec<Id>> {
        let mut talk = self.talk.borrow_mut();
        if talk.size(commit, "commit")? > LISTS {
            return Err(broken());
        }
        let content = talk.content(commit)?;
        let head = content.split(|b| *b == b'\n').take_while(|line| !line.is_empty());
        let parent = |line: &[u8]| {
            let text = std::str::from_utf8(line.strip_prefix(b"parent ")?).ok()?;
            Id::parse(text)
        };
        Ok(head.filter_map(parent).collect())
    }
}

impl Talk {
    /// The size of an object of this type.
    fn size(&mut self, id: &Id, expected: &str) -> Result<u64> {
        let head = self.head("info", id)?;
        let mut words = head.split(' ').skip(1);
        match (words.next(), words.next().and_then(|size| size.parse().ok())) {
            (Some(sort), Some(size)) if sort == expected => Ok(size),
            (Some("missing"), _) => Err(absent()),
            _ => Err(broken()),
        }
    }

    /// What an object holds, whose size is known to be small enough.
    fn content(&mut self, id: &Id) -> Result<Vec<u8>> {
        let head = self.head("contents", id)?;
        let size = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let mut bytes = vec![0; size.ok_or_else(broken)? + 1]; // A line's end closes it.
        self.hear.read_exact(&mut bytes).map_err(|_| broken())?;
        bytes.pop();
        Ok(bytes)
    }

    fn head(&mut self, command: &str, id: &Id) -> Result<String> {
        let ask = self.ask.as_mut().ok_or_else(broken)?;
        let asked = writeln!(ask, "{command} {}", id.as_str()).and_then(|()| ask.flush());
        asked.map_err(|_| broken())?;
        let mut head = String::new();
        let heard = self.hear.by_ref().take(1024).read_line(&mut head);
        if heard.map_err(|_| broken())? == 0 {
            return Err(broken());
        }
        Ok(head.trim_end().to_owned())
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.ask.take());
        // It has nothing more to say, so it ends; how does not matter any more.
        drop(self.child.wait());
    }
}

/// The name that git gives to a file's content, as long as another name of the repository's.
pub fn name_of(content: &[u8], like: &Id) -> Id {
    let head = format!("blob {}\0", content.len());
    if like.as_str().len() == 64 {
        return Id::of_bytes(&Sha256::new().chain_update(head).chain_update(content).finalize());
    }
    Id::of_bytes(&Sha1::new().chain_update(head).chain_update(content).finalize())
}

/// The entries of a tree: `MODE NAME\0HASH`, one after the other.
fn entries(mut bytes: &[u8], hash: usize) -> Result<Vec<(String, Entry)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|b| *b == 0).ok_or_else(broken)?;
        let (head, rest) = (&bytes[..end], &bytes[end + 1..]);
        let space = head.iter().position(|b| *b == b' ').ok_or_else(broken)?;
        let sort = match &head[..space] {
            b"40000" | b"040000" => Sort::Folder,
            b"120000" => Sort::Link,
            b"160000" => Sort::Module,
            _ => Sort::File,
        };
        let id = Id::of_bytes(rest.get(..hash).ok_or_else(broken)?);
        let name = String::from_utf8_lossy(&head[space + 1..]).into_owned();
        found.push((name, Entry { sort, id }));
        bytes = &rest[hash..];
    }
    Ok(found)
}

fn absent() -> Error {
    Error::store(
        "object-missing",
        say!("В этом клоне git нет нужного объекта.", "This clone lacks an object of git's."),
    )
    .hint(say!(
        "Клон неполный: `git fetch --refetch --no-filter`, или клонируйте заново без `--filter`.",
        "The clone is partial: `git fetch --refetch --no-filter`, or clone again without `--filter`."
    ))
}

fn broken() -> Error {
    Error::store(
        "git",
        say!("git не прочитал объект репозитория.", "git could not read an object."),
    )
    .hint(say!(
        "Нужен git 2.38 или новее; целость проверит `git fsck`.",
        "It takes git 2.38 or later; `git fsck` tells whether all is whole."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_name_that_git_gives_it() {
        // `echo hello | git hash-object --stdin`, in a repository of either format.
        let sha1 = "ce013625030ba8dba906f756967f9e9ca394464a";
        assert_eq!(name_of(b"hello\n", &Id::parse(sha1).unwrap()).as_str(), sha1);
        let sha256 = "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4";
        assert_eq!(name_of(b"hello\n", &Id::parse(sha256).unwrap()).as_str(), sha256);
    }

    #[test]
    fn a_tree_is_read_by_its_bytes() {
        let mut bytes = Vec::new();
        for (mode, name) in [("100644", "a b\n.toml"), ("40000", "clinics"), ("120000", "link")] {
            bytes.extend(format!("{mode} {name}\0").bytes());
            bytes.extend([7; 20]);
        }
        let found = entries(&bytes, 20).unwrap();
        let found: Vec<_> = found.iter().map(|(name, entry)| (name.as_str(), entry.sort)).collect();
        assert_eq!(
            found,
            [("a b\n.toml", Sort::File), ("clinics", Sort::Folder), ("link", Sort::Link)]
        );
        assert!(entries(&bytes[..bytes.len() - 1], 20).is_err());
        assert!(entries(b"100644 x", 20).is_err());
    }
}
