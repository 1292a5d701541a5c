//! The file system: the only module that touches data files. Where the platforms differ is
//! `platform`.
//!
//! Paths are relative to the store's root, with `/`. Links are never followed below the root, a
//! file over [`LIMIT`] is never loaded, a file is never half written: its text goes to a temporary
//! file beside it, is synced, takes its place, and the folder is synced (`spec.md`, section 9).
#![allow(clippy::disallowed_methods)]

mod outside;
mod reader;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;
use zerocopy::IntoBytes as _;

use crate::format::document::{Found, LIMIT};
use crate::platform;
use crate::platform::stat::Handle;
pub use crate::platform::{close, is_open_to_others, sync_everything};
use crate::store::broken::{self, Fault};

pub use outside::{
    Alone, Placed, Waiting, is_same_file, make_program, place_of, prepare, program_alone,
    read_input, real,
};
pub use reader::Reader;

/// How the names of temporary files begin.
pub const TEMPORARY: &str = ".appt-";

/// Whether a text holds the markers that git leaves where it merges lines.
pub fn is_marked(text: &str) -> bool {
    let begins = |mark: &str| text.lines().any(|line| line.starts_with(mark));
    begins("<<<<<<< ") && begins(">>>>>>> ")
}

/// The same of a file below the root.
pub fn has_markers(root: &Path, relative: &str) -> bool {
    matches!(read(root, relative), Ok(Found::Text(text)) if is_marked(&text))
}

/// Reads a file below the root.
pub fn read(root: &Path, relative: &str) -> io::Result<Found> {
    match Handle::open(root).ok().and_then(|root| root.text_below(relative, LIMIT)) {
        Some(text) => Ok(Found::Text(text)),
        None => read_by_parts(root, relative),
    }
}

/// The same where it takes more than one go: no part of the path may be a link.
fn read_by_parts(root: &Path, relative: &str) -> io::Result<Found> {
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
    match fs::symlink_metadata(&top) {
        Err(_) => return Ok(Vec::new()),
        Ok(found) if !found.is_dir() => return Ok(vec![folder.to_owned()]),
        Ok(_) => {}
    }
    let mut names = Vec::new();
    gather(&top, folder, &mut names)?;
    names.sort_unstable();
    Ok(names)
}

fn gather(folder: &Path, relative: &str, names: &mut Vec<String>) -> io::Result<()> {
    let found = match fs::read_dir(folder) {
        // Somebody removed it while we looked.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    for entry in found {
        let entry = entry?;
        let name = entry.file_name();
        let inside = format!("{relative}/{}", name.to_string_lossy());
        // What is called like a record is in the way itself, whatever it holds.
        let is_record_like = Path::new(&name).extension().is_some_and(|e| e == "toml");
        if entry.file_type()?.is_dir() && !is_record_like {
            gather(&entry.path(), &inside, names)?;
        } else if !name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
            names.push(inside);
        }
    }
    Ok(())
}

/// The folders directly below the root, but what is hidden and links.
pub fn folders(root: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
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

/// Writes a text beside its place. Only whoever then calls [`sync_everything`] may leave it unsynced.
pub fn lay(root: &Path, relative: &str, text: &str, sync: bool) -> io::Result<Laid> {
    let target = root.join(relative);
    let folder = target.parent().unwrap_or(root);
    // Whoever syncs everything, or the folders of new files, syncs the new folders too.
    new_folders(root, folder, sync)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder)?;
    platform::own(file.as_file())?;
    platform::hand_over(file.as_file(), root);
    file.write_all(text.as_bytes())?;
    if sync && !broken::is(Fault::NoFileSync) {
        file.as_file().sync_all()?;
    }
    Ok(Laid { temporary: file.into_temp_path(), target })
}

/// Makes new files below the root, one after another.
#[derive(Debug)]
pub struct Maker<'r> {
    root: &'r Path,
    keeper: platform::Keeper,
}

impl Maker<'_> {
    /// None is made yet.
    pub fn new(root: &Path) -> Maker<'_> {
        Maker { root, keeper: platform::Keeper::of(root) }
    }

    /// Writes a text as a new file, in folders that may be new too. Whoever does so syncs it.
    pub fn create(&mut self, relative: &str, text: &str) -> io::Result<()> {
        let path = self.root.join(relative);
        let mut options = OpenOptions::new();
        let options = platform::owners(options.write(true).create_new(true));
        let mut file = match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                new_folders(self.root, path.parent().unwrap_or(self.root), false)?;
                options.open(&path)?
            }
            file => file?,
        };
        self.keeper.give(&file)?;
        file.write_all(text.as_bytes())
    }
}

/// Syncs a file.
pub fn sync(root: &Path, relative: &str) -> io::Result<()> {
    File::open(root.join(relative))?.sync_all()
}

/// Puts a file in the place of another, or where none is; or a folder where none is, or an empty
/// one. The folder above that is synced by [`sync_folders`].
pub fn rename(root: &Path, from: &str, to: &str) -> io::Result<()> {
    fs::rename(root.join(from), root.join(to))
}

/// Removes a folder with all that is in it; one that is gone is no error.
pub fn remove_folder(root: &Path, relative: &str) -> io::Result<()> {
    match fs::remove_dir_all(root.join(relative)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

impl Laid {
    /// Syncs the text.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.temporary)?.sync_all()
    }

    /// Its name; it lies in the folder of its place.
    pub fn name(&self) -> String {
        let name = self.temporary.file_name().expect("it was made with a name");
        name.to_string_lossy().into_owned()
    }

    /// It stays, wherever it lies: somebody else knows of it.
    pub fn keep(self) {
        drop(self.temporary.keep());
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

/// What lies at a path, whatever its form.
#[derive(Debug, PartialEq, Eq)]
pub enum Bytes {
    /// A file.
    File(Vec<u8>),
    /// A link, something below one, a folder, or a file that is too big.
    Other,
    /// Nothing.
    Nothing,
}

/// Reads any file below the root, up to a size; no link is followed.
pub fn bytes(root: &Path, relative: &str, most: u64) -> io::Result<Bytes> {
    match read(root, relative)? {
        Found::Nothing => return Ok(Bytes::Nothing),
        Found::Link | Found::NoFile => return Ok(Bytes::Other),
        Found::Oversized(size) if size > most => return Ok(Bytes::Other),
        Found::Text(_) | Found::NotUtf8(_) | Found::Oversized(_) => {}
    }
    fs::read(root.join(relative)).map(Bytes::File)
}

/// Puts any file in place, durably but for its folder; a program can be run by its owner.
pub fn put(root: &Path, relative: &str, bytes: &[u8], is_program: bool) -> io::Result<()> {
    let target = root.join(relative);
    let folder = target.parent().unwrap_or(root);
    make_folders(root, folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder)?;
    match is_program {
        true => platform::own_program(file.as_file())?,
        false => platform::own(file.as_file())?,
    }
    platform::hand_over(file.as_file(), root);
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
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

/// Syncs a folder: what came to lie in it, or went.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if broken::is(Fault::NoDirSync) {
        return Ok(());
    }
    platform::sync_folder(folder)
}

/// Makes the folders down to this one, each for its owner alone, and syncs what holds the new ones.
pub fn make_folders(root: &Path, folder: &Path) -> io::Result<()> {
    new_folders(root, folder, true)
}

fn new_folders(root: &Path, folder: &Path, sync: bool) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|_| folder != root) {
        new_folders(root, parent, sync)?;
    }
    match platform::make_folder(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => {
            platform::hand_over_folder(folder, root);
            let above = folder.parent().filter(|_| sync);
            above.map_or(Ok(()), platform::sync_folder)
        }
    }
}

/// Makes a folder that holds nothing, or only a repository, its owner's alone, as if it had been
/// made for the store: there is nothing in it that others were meant to reach.
pub fn close_empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        if entry?.file_name() != ".git" {
            return Ok(());
        }
    }
    close(folder)
}

/// A file of our own is no link: one that came with a clone would lead our writes elsewhere.
fn no_link(path: &Path) -> io::Result<()> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink());
    if is_link { Err(io::Error::other("a symbolic link")) } else { Ok(()) }
}

/// Opens the lock's file in a store; makes it where it may be made.
pub fn open_lock(root: &Path, path: &Path, create: bool) -> io::Result<File> {
    no_link(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(create).create(create).truncate(false);
    let file = platform::owners(&mut options).open(path)?;
    if create {
        platform::hand_over(&file, root);
        // Whose it is not may not: then it was made by somebody else.
        drop(platform::own(&file));
    }
    Ok(file)
}

/// Syncs everything below a folder: the file system that holds it where the platform can, else each
/// folder below it; the files in them were synced by whoever wrote them.
pub fn sync_below(folder: &Path) -> io::Result<()> {
    if platform::sync_everything(folder)? {
        return Ok(());
    }
    let folders = WalkDir::new(folder).follow_links(false).into_iter().flatten();
    let mut folders = folders.filter(|entry| entry.file_type().is_dir());
    folders.try_for_each(|entry| platform::sync_folder(entry.path()))
}

/// The TOML files that lie outside some folders of the root, and outside hidden ones, relative to it;
/// of very many, or very deep ones, the first.
pub fn elsewhere(root: &Path, folders: &[&str]) -> Vec<String> {
    const MOST: usize = 20_000;
    const DEEPEST: usize = 6;
    let is_foreign = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let is_known = entry.depth() == 1 && folders.contains(&name.as_ref());
        entry.depth() == 0 || !name.starts_with('.') && !is_known
    };
    let walk = WalkDir::new(root).max_depth(DEEPEST).follow_links(false).into_iter();
    let files = walk.filter_entry(is_foreign).take(MOST).flatten();
    let files = files.filter(|entry| entry.file_type().is_file());
    let paths = files.filter_map(|entry| {
        let path = entry.path().strip_prefix(root).ok()?.to_str()?.to_owned();
        path.ends_with(".toml").then(|| path.replace(std::path::MAIN_SEPARATOR, "/"))
    });
    paths.collect()
}

/// When a file was last written, in seconds and nanoseconds; none where the platform does not tell.
pub fn written(root: &Path, relative: &str) -> Option<(i64, i64)> {
    platform::written(&fs::symlink_metadata(root.join(relative)).ok()?)
}

/// Reads a file of our own, of any size; none where there is no file.
pub fn read_any(root: &Path, relative: &str) -> io::Result<Option<String>> {
    match fs::read(root.join(relative)) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file of our own, in place and not synced: for what may be lost. Its folder is there.
pub fn overwrite(root: &Path, relative: &str, text: &str) -> io::Result<()> {
    no_link(&root.join(relative))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let mut file = platform::owners(&mut options).open(root.join(relative))?;
    platform::hand_over(&file, root);
    drop(platform::own(&file));
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// A file of our own below the root, open for reading parts of it.
#[derive(Debug)]
pub struct Local(File);

/// No more bytes are read at once.
const MOST: usize = 1 << 30;

impl Local {
    /// Opens it; none where there is no plain file.
    pub fn open(root: &Path, relative: &str) -> Option<Local> {
        let mut options = OpenOptions::new();
        let file = platform::at_once(options.read(true)).open(root.join(relative)).ok()?;
        file.metadata().ok()?.is_file().then_some(Local(file))
    }

    /// So many bytes from a place on; none where there are fewer.
    pub fn read(&self, from: u64, length: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes, from, length)?;
        Some(bytes)
    }

    /// The same in place of what a buffer held.
    pub fn read_into(&self, buffer: &mut Vec<u8>, from: u64, length: usize) -> Option<()> {
        if length > MOST {
            return None;
        }
        if buffer.is_empty() {
            // Memory that is fetched for this is zero as it comes.
            *buffer = vec![0; length];
        }
        buffer.resize(length, 0);
        platform::read_exact_at(&self.0, buffer, from).ok()
    }

    /// So many bytes from a place on as numbers of eight bytes, in the order in which
    /// they lie there.
    pub fn numbers(&self, from: u64, length: usize) -> Option<Vec<u64>> {
        if length > MOST || !length.is_multiple_of(8) {
            return None;
        }
        let mut numbers = vec![0u64; length / 8];
        platform::read_exact_at(&self.0, numbers.as_mut_bytes(), from).ok()?;
        Some(numbers)
    }
}

/// A new file of our own that may take the place of an old one; let go before that, it leaves
/// nothing behind.
#[derive(Debug)]
pub struct Fresh {
    file: tempfile::NamedTempFile,
    target: PathBuf,
}

impl Fresh {
    /// Begins one, for its owner alone; its folder too, where it may be made. None where nothing
    /// can be written.
    pub fn begin(root: &Path, relative: &str, make_folder: bool) -> Option<Fresh> {
        let target = root.join(relative);
        let folder = target.parent()?;
        if make_folder {
            make_folders(root, folder).ok()?;
        }
        let mut builder = tempfile::Builder::new();
        let file = builder.prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder).ok()?;
        platform::own(file.as_file()).ok()?;
        platform::hand_over(file.as_file(), root);
        Some(Fresh { file, target })
    }

    /// What the file system's clock said when it was begun, in nanoseconds.
    pub fn begun(&self) -> Option<i128> {
        let time = self.file.as_file().metadata().ok()?.modified().ok()?;
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        i128::try_from(since.as_nanos()).ok()
    }

    /// Fills it and puts it in its place. It can be made anew, so nobody waits for the disk.
    pub fn put<'b>(mut self, parts: impl Iterator<Item = &'b [u8]>) -> io::Result<()> {
        for part in parts {
            self.file.write_all(part)?;
        }
        self.file.persist(&self.target).map_err(|error| error.error)?;
        Ok(())
    }
}
