//! Files outside of the store, which somebody named, and programs that are made for others to start.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{TEMPORARY, make_folders};
use crate::platform;

/// Reads a file that somebody named, wherever it lies and of any size; standard input where they
/// named none.
pub fn read_input(path: Option<&Path>) -> io::Result<Vec<u8>> {
    let Some(path) = path else {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    };
    fs::read(path)
}

/// A path without `..` and links, as far as it is there; else as it was named.
pub fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Whether two paths lead to one file.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// Where a path leads, without `..` and without links on the way; a link at its end stays one.
pub fn place_of(path: &Path) -> io::Result<PathBuf> {
    fs::symlink_metadata(path)?;
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => Ok(fs::canonicalize(folder)?.join(name)),
        _ => fs::canonicalize(path),
    }
}

/// A file outside of the store, written and synced beside the place that it takes when all else
/// is done; let go before that, it leaves nothing behind.
#[derive(Debug)]
pub struct Waiting {
    file: tempfile::NamedTempFile,
    target: PathBuf,
}

/// Writes a file that takes its place later, for its owner alone.
pub fn prepare(target: PathBuf, text: &str) -> io::Result<Waiting> {
    match fs::symlink_metadata(&target) {
        Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => return Err(ErrorKind::AlreadyExists.into()),
        _ => {}
    }
    let folder = target.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder)?;
    platform::own(file.as_file())?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(Waiting { file, target })
}

impl Waiting {
    /// Takes its place; after an error nobody knows whether it has.
    pub fn take_place(self) -> io::Result<Placed> {
        self.file.persist(&self.target).map_err(|error| error.error)?;
        Ok(Placed { target: self.target })
    }
}

/// A file that has taken its place.
#[derive(Debug)]
#[must_use]
pub struct Placed {
    target: PathBuf,
}

impl Placed {
    /// Makes sure that its name is on disk.
    pub fn sync(&self) -> io::Result<()> {
        self.target.parent().map_or(Ok(()), platform::sync_folder)
    }
}

/// Makes a program that its owner can run, where there is nothing yet.
pub fn make_program(target: &Path, text: &str) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    platform::own_program(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(target).map_err(|error| error.error)?;
    Ok(())
}

/// A program in a folder of its own, which goes with this.
#[derive(Debug)]
pub struct Alone(tempfile::TempDir);

impl Alone {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Makes a program that lies in a new folder, below one of the store's, with nothing beside it.
pub fn program_alone(root: &Path, below: &str, name: &str, text: &str) -> io::Result<Alone> {
    let below = root.join(below);
    make_folders(root, &below)?;
    let folder = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempdir_in(below)?;
    make_program(&folder.path().join(name), text)?;
    Ok(Alone(folder))
}
