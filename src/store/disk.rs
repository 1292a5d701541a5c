//! The file system: the only module that touches data files, and where the platforms differ.
//!
//! Paths are relative to the store's root, with `/`. Links are never followed below the root, a
//! file over [`LIMIT`] is never loaded, a file is never half written: its text goes to a temporary
//! file beside it, is synced, takes its place, and the folder is synced (`spec.md`, section 9).
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::format::document::{Found, LIMIT};
use crate::store::broken::{self, Fault};

/// How the names of temporary files begin.
pub const TEMPORARY: &str = ".appt-";

/// Reads a file below the root.
pub fn read(root: &Path, relative: &str) -> io::Result<Found> {
    let mut path = root.to_path_buf();
    let mut last = None;
    for part in relative.split('/') {
        path.push(part);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.file_type().is_symlink() => return Ok(Found::Link),
            Ok(found) => last = Some(found),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(Found::Nothing);
            }
            Err(error) => return Err(error),
        }
    }
    match last {
        Some(found) if !found.is_file() => return Ok(Found::NoFile),
        Some(found) if found.len() > LIMIT => return Ok(Found::Oversized(found.len())),
        _ => {}
    }
    let mut bytes = Vec::new();
    File::open(&path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Ok(Found::Oversized(bytes.len() as u64));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Found::Text(text),
        Err(error) => {
            let end = error.utf8_error().valid_up_to();
            Found::NotUtf8(String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned())
        }
    })
}

/// Whether a path is a symbolic link.
pub fn is_link(root: &Path, relative: &str) -> bool {
    fs::symlink_metadata(root.join(relative)).is_ok_and(|found| found.file_type().is_symlink())
}

/// Whether there is anything at a path, a broken link too.
pub fn exists(root: &Path, relative: &str) -> bool {
    fs::symlink_metadata(root.join(relative)).is_ok()
}

/// Every entry below a folder that is no folder, links among them, in the order of their names;
/// temporary files are left out.
pub fn entries(root: &Path, folder: &str) -> io::Result<Vec<String>> {
    let top = root.join(folder);
    if fs::symlink_metadata(&top).is_ok_and(|found| found.file_type().is_symlink()) {
        return Ok(vec![folder.to_owned()]);
    }
    if !top.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    let mut walk =
        WalkDir::new(&top).follow_links(false).min_depth(1).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            // Somebody removed it while we looked.
            Err(error) if error.io_error().is_some_and(|e| e.kind() == ErrorKind::NotFound) => {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if entry.file_type().is_dir() {
            let is_record_like = entry.path().extension().is_some_and(|e| e == "toml");
            if !is_record_like {
                continue;
            }
            walk.skip_current_dir(); // It is in the way itself, whatever it holds.
        }
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            continue;
        }
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        names.push(parts.join("/"));
    }
    Ok(names)
}

/// Puts a text in place of a file, or makes it, durably. The folder is synced by [`sync_folders`].
pub fn replace(root: &Path, relative: &str, text: &str, sync: bool) -> io::Result<()> {
    if broken::is(Fault::OverwriteInPlace) {
        make_folders(root, root.join(relative).parent().unwrap_or(root))?;
        return fs::write(root.join(relative), text);
    }
    lay(root, relative, text, sync)?.take_place()
}

/// A text in a temporary file beside the place that it is for; let go before it takes that, it
/// leaves nothing behind.
#[derive(Debug)]
pub struct Laid {
    temporary: tempfile::TempPath,
    target: PathBuf,
}

/// Writes a text beside its place; unsynced only for who then calls [`sync_everything`].
pub fn lay(root: &Path, relative: &str, text: &str, sync: bool) -> io::Result<Laid> {
    let target = root.join(relative);
    let folder = target.parent().unwrap_or(root);
    make_folders(root, folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder)?;
    own(file.as_file())?;
    file.write_all(text.as_bytes())?;
    if sync && !broken::is(Fault::NoFileSync) {
        file.as_file().sync_all()?;
    }
    Ok(Laid { temporary: file.into_temp_path(), target })
}

impl Laid {
    /// Syncs the text.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.temporary)?.sync_all()
    }

    /// Takes its place. A rename that reports an error may have happened: then its old name is gone.
    pub fn take_place(self) -> io::Result<()> {
        match fs::rename(&self.temporary, &self.target) {
            Err(error) if !is_gone(&self.temporary) => Err(error),
            _ => {
                drop(self.temporary.keep()); // It is no temporary file any more.
                Ok(())
            }
        }
    }
}

/// Removes a file; one that is gone is no error, whatever the system says of it.
pub fn remove(root: &Path, relative: &str) -> io::Result<()> {
    let path = root.join(relative);
    match fs::remove_file(&path) {
        Err(error) if !is_gone(&path) => Err(error),
        _ => Ok(()),
    }
}

fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// Syncs the folders that hold these files, each once. Of a new file, those above too: one of them
/// may be from a command that was killed before it could sync it.
pub fn sync_folders<'a>(
    root: &Path,
    files: impl Iterator<Item = (&'a str, bool)>,
) -> io::Result<()> {
    let mut folders = BTreeSet::new();
    for (file, is_new) in files {
        let path = root.join(file);
        let above = path.ancestors().skip(1).take(if is_new { usize::MAX } else { 1 });
        folders.extend(above.take_while(|folder| folder.starts_with(root)).map(Path::to_path_buf));
    }
    folders.iter().try_for_each(|folder| match sync_folder(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        synced => synced,
    })
}

/// Makes a file its owner's alone, whatever the umask.
#[cfg(unix)]
fn own(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn own(_file: &File) -> io::Result<()> {
    Ok(()) // Windows gives a file its folder's owner.
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    if broken::is(Fault::NoDirSync) {
        return Ok(());
    }
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(()) // Windows syncs a rename's folder with the file.
}

/// Makes the folders down to this one, each for its owner alone, and syncs what holds the new ones.
pub fn make_folders(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|_| folder != root) {
        make_folders(root, parent)?;
    }
    match make_folder(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => folder.parent().map_or(Ok(()), sync_folder),
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    DirBuilder::new().mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().create(folder)
}

/// Makes a folder that holds nothing, or only a repository, its owner's alone, as if it had been
/// made for the store: there is nothing in it that others were meant to reach.
#[cfg(unix)]
pub fn close_empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        if entry?.file_name() != ".git" {
            return Ok(());
        }
    }
    close(folder)
}

/// Makes a folder its owner's alone.
#[cfg(unix)]
pub fn close(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Windows gives a folder its parent's owner.
#[cfg(not(unix))]
pub fn close(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Windows gives a folder its parent's owner.
#[cfg(not(unix))]
pub fn close_empty(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens the lock's file; makes it where it may be made.
pub fn open_lock(path: &Path, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(create).create(create).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Whether a file system can't lock at all.
#[cfg(unix)]
pub fn is_without_locks(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP))
}

/// Whether a file system can't lock at all.
#[cfg(not(unix))]
pub fn is_without_locks(error: &io::Error) -> bool {
    error.kind() == ErrorKind::Unsupported
}

/// The process that holds a lock on an open file, where the system tells.
#[cfg(target_os = "linux")]
pub fn holder(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = format!(":{}", file.metadata().ok()?.ino());
    let locks = fs::read_to_string("/proc/locks").ok()?;
    // `1: FLOCK ADVISORY WRITE 4711 fe:00:131077 0 EOF`; who waits has an arrow before the word.
    let held = locks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut held = held.filter(|parts| parts.get(1) == Some(&"FLOCK"));
    let found = held.find(|parts| parts.get(5).is_some_and(|place| place.ends_with(&inode)))?;
    found.get(4)?.parse().ok().filter(|&process| process > 0)
}

/// The process that holds a lock on an open file, where the system tells.
#[cfg(not(target_os = "linux"))]
pub fn holder(_file: &File) -> Option<u32> {
    None
}

/// Syncs the whole file system that holds a folder, where the platform can; else says it can't.
#[cfg(target_os = "linux")]
pub fn sync_everything(root: &Path) -> io::Result<bool> {
    rustix::fs::syncfs(File::open(root)?)?;
    Ok(true)
}

/// Syncs the whole file system that holds a folder, where the platform can; else says it can't.
#[cfg(not(target_os = "linux"))]
pub fn sync_everything(_root: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Whether others than the owner can look into a folder: its group, or everyone.
#[cfg(unix)]
pub fn is_open_to_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o055 != 0)
}

/// Whether others than the owner can look into a folder: its group, or everyone.
#[cfg(not(unix))]
pub fn is_open_to_others(_folder: &Path) -> bool {
    false
}

/// Reads a file of our own, of any size; none where there is no file.
pub fn read_any(root: &Path, relative: &str) -> io::Result<Option<String>> {
    match fs::read(root.join(relative)) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

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
    if fs::symlink_metadata(&target).is_ok_and(|found| !found.is_file()) {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let folder = target.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder)?;
    own(file.as_file())?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(Waiting { file, target })
}

/// Makes a program that its owner can run, where there is nothing yet.
pub fn make_program(target: &Path, text: &str) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o700))?;
    }
    file.as_file().sync_all()?;
    file.persist_noclobber(target).map_err(|error| error.error)?;
    Ok(())
}

impl Waiting {
    /// Takes its place, durably.
    pub fn take_place(self) -> io::Result<()> {
        self.file.persist(&self.target).map_err(|error| error.error)?;
        self.target.parent().map_or(Ok(()), sync_folder)
    }
}
