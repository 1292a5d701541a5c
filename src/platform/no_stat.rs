//! Where files have no state to tell by: whoever asks for one hears that there is none, so that
//! nothing is cached and every file is read.

use std::ffi::CStr;
use std::io::{self, ErrorKind};
use std::path::Path;

/// A folder that is held open: never here.
#[derive(Debug)]
pub enum Handle {}

/// The state of a file: never here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {}

impl Stamp {
    /// All of it in 64 bits.
    pub fn print(&self) -> u64 {
        match *self {}
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        match *self {}
    }

    /// Whether it may have changed again within the same tick of the clock.
    pub fn is_young(&self, _start: i128) -> bool {
        match *self {}
    }
}

impl Handle {
    /// Opens a folder by its path: not here.
    pub fn open(_path: &Path) -> io::Result<Handle> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Opens a folder below it.
    pub fn folder(&self, _path: &str) -> io::Result<Handle> {
        match *self {}
    }

    /// The state of what lies below it at a path.
    pub fn stamp(&self, _path: &str) -> io::Result<Stamp> {
        match *self {}
    }

    /// The same for a name that ends in a zero byte.
    pub fn stamp_of(&self, _name: &CStr) -> io::Result<Stamp> {
        match *self {}
    }

    /// Its own state.
    pub fn own_stamp(&self) -> io::Result<Stamp> {
        match *self {}
    }

    /// Reads a file below it in one go.
    pub fn text_below(&self, _path: &str, _limit: u64) -> Option<String> {
        match *self {}
    }

    /// Shows the names in it, and whether each is a folder.
    pub fn names(&self, _look: &mut dyn FnMut(&CStr, bool)) -> io::Result<()> {
        match *self {}
    }

    /// Reads a plain file in it into a buffer.
    pub fn text<'b>(
        &self,
        _name: &CStr,
        _limit: u64,
        _buffer: &'b mut Vec<u8>,
    ) -> Option<(&'b str, Stamp)> {
        match *self {}
    }
}

/// The state of the file that this program runs from: not here.
pub fn of_program() -> Option<Stamp> {
    None
}
