//! Files below the root, read one after another.

use std::cell::{OnceCell, RefCell};
use std::ffi::CString;
use std::io;
use std::path::Path;

use super::read_by_parts;
use crate::format::document::{Found, LIMIT};
use crate::platform::stat::Handle;

/// So many folders are held open at once.
const OPEN: usize = 4;

/// Reads files below the root one after another: folders that files come from again are held open.
#[derive(Debug)]
pub struct Reader<'r> {
    root: &'r Path,
    handle: OnceCell<Option<Handle>>,
    /// The folders of the last files, the newest first. No link leads to one, and it is open where
    /// more than one file came from it.
    folders: RefCell<Vec<(String, Option<Handle>)>>,
    buffer: RefCell<Vec<u8>>,
}

impl Reader<'_> {
    /// Nothing is read yet.
    pub fn new(root: &Path) -> Reader<'_> {
        Reader {
            root,
            handle: OnceCell::new(),
            folders: RefCell::default(),
            buffer: RefCell::default(),
        }
    }

    /// What [`read`](super::read) says of the same path.
    pub fn read(&self, relative: &str) -> io::Result<Found> {
        let (folder, name) = relative.rsplit_once('/').unwrap_or(("", relative));
        let root = self.handle.get_or_init(|| Handle::open(self.root).ok()).as_ref();
        let mut folders = self.folders.borrow_mut();
        let known = folders.iter_mut().find(|(known, _)| known == folder);
        let is_new = known.is_none();
        let again = known.and_then(|(_, open)| {
            *open = open.take().or_else(|| root?.folder(folder).ok());
            let (name, mut buffer) = (CString::new(name).ok()?, self.buffer.borrow_mut());
            Some(open.as_ref()?.text(&name, LIMIT, &mut buffer)?.0.to_owned())
        });
        let text = again.or_else(|| root?.text_below(relative, LIMIT));
        let found = match text {
            Some(text) => Found::Text(text),
            None => read_by_parts(self.root, relative)?,
        };
        if is_new && matches!(found, Found::Text(_)) {
            folders.truncate(OPEN - 1);
            folders.insert(0, (folder.to_owned(), None));
        }
        Ok(found)
    }
}
