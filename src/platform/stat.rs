//! What the file system says of a file without opening it, and reading one safely in one go: the
//! part of the platform that the cache stands on.
//!
//! A link is never followed, neither as a file nor as a folder on the way to it.
#![allow(clippy::disallowed_methods)]

use std::ffi::CStr;
use std::io;
#[cfg(target_os = "linux")]
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

#[cfg(target_os = "linux")]
use rustix::fs::SeekFrom;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};

/// A folder that is held open, so that names in it are looked up at once.
#[derive(Debug)]
pub struct Handle(OwnedFd);

/// What tells one state of a file from another: its kind, number, size and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The type and permissions.
    pub mode: u32,
    /// The number of the file.
    pub inode: u64,
    /// The size in bytes.
    pub size: u64,
    /// When the content last changed, in nanoseconds.
    pub mtime: i128,
    /// When anything about it last changed, in nanoseconds.
    pub ctime: i128,
}

impl Stamp {
    /// All of it in 64 bits, never zero: zero is no file's print.
    pub fn print(&self) -> u64 {
        let parts =
            [u64::from(self.mode), self.inode, self.size, self.mtime as u64, self.ctime as u64];
        let mixed = parts.into_iter().fold(0x6170_7074, |seed: u64, part| {
            let mixed = u128::from(seed ^ part ^ 0x9e37_79b9_7f4a_7c15)
                .wrapping_mul(0xd6e8_feb8_6659_fd93_a5a3_5cb1_27d4_6b2f);
            (mixed >> 64) as u64 ^ mixed as u64
        });
        mixed.max(1)
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        FileType::from_raw_mode(self.mode as _) == FileType::Directory
    }

    /// Whether it is a plain file.
    pub fn is_file(&self) -> bool {
        FileType::from_raw_mode(self.mode as _) == FileType::RegularFile
    }

    /// Whether a file or folder of this state may have changed again within the same tick of the
    /// clock as what was read of it at `start`: git's rule for racily clean files, with the coarsest
    /// clock that a file system has.
    pub fn is_young(&self, start: i128) -> bool {
        const COARSEST: i128 = 2_000_000_000;
        self.mtime.max(self.ctime) >= start.saturating_sub(COARSEST)
    }

    // The platforms have these numbers in different types.
    #[allow(clippy::unnecessary_cast)]
    fn of(stat: &rustix::fs::Stat) -> Stamp {
        let nanos = |seconds, nanos| i128::from(seconds) * 1_000_000_000 + nanos as i128;
        Stamp {
            mode: stat.st_mode as u32,
            inode: stat.st_ino as u64,
            size: stat.st_size as u64,
            mtime: nanos(stat.st_mtime as i64, stat.st_mtime_nsec),
            ctime: nanos(stat.st_ctime as i64, stat.st_ctime_nsec),
        }
    }
}

impl Handle {
    /// Opens a folder by its path.
    pub fn open(path: &Path) -> io::Result<Handle> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Handle(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a folder below it; a link is refused.
    pub fn folder(&self, path: &str) -> io::Result<Handle> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Handle(rustix::fs::openat(&self.0, path, flags, Mode::empty())?))
    }

    /// The state of what lies below it at a path; of a link, its own.
    pub fn stamp(&self, path: &str) -> io::Result<Stamp> {
        Ok(Stamp::of(&rustix::fs::statat(&self.0, path, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// The same for a name that ends in a zero byte: no copy of it is made.
    pub fn stamp_of(&self, name: &CStr) -> io::Result<Stamp> {
        Ok(Stamp::of(&rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// Its own state.
    pub fn own_stamp(&self) -> io::Result<Stamp> {
        Ok(Stamp::of(&rustix::fs::fstat(&self.0)?))
    }

    /// Shows the names in it, in no order, and whether each is a folder.
    #[cfg(target_os = "linux")]
    pub fn names(&self, look: &mut dyn FnMut(&CStr, bool)) -> io::Result<()> {
        // As many as a full day's folder has in one call.
        let mut buffer = [MaybeUninit::uninit(); 1 << 15];
        rustix::fs::seek(&self.0, SeekFrom::Start(0))?;
        let mut entries = rustix::fs::RawDir::new(&self.0, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            self.show(entry.file_name(), entry.file_type(), look);
        }
        Ok(())
    }

    /// Shows the names in it, in no order, and whether each is a folder.
    #[cfg(not(target_os = "linux"))]
    pub fn names(&self, look: &mut dyn FnMut(&CStr, bool)) -> io::Result<()> {
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            let entry = entry?;
            self.show(entry.file_name(), entry.file_type(), look);
        }
        Ok(())
    }

    fn show(&self, name: &CStr, type_: FileType, look: &mut dyn FnMut(&CStr, bool)) {
        if matches!(name.to_bytes(), b"." | b"..") {
            return;
        }
        let is_folder = match type_ {
            FileType::Unknown => self.stamp_of(name).is_ok_and(|stamp| stamp.is_folder()),
            known => known == FileType::Directory,
        };
        look(name, is_folder);
    }

    /// Reads a plain file in it into a buffer, and says what state it had before it was read. None for
    /// anything but a text of at most `limit` bytes: whoever wants to know more asks `disk::read`.
    pub fn text<'b>(
        &self,
        name: &CStr,
        limit: u64,
        buffer: &'b mut Vec<u8>,
    ) -> Option<(&'b str, Stamp)> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty()).ok()?;
        text_of(&file, limit, buffer)
    }

    /// Reads a file below it in one go where the kernel can refuse links on the way by itself; none
    /// where it can't, or where there is anything but a plain text of at most `limit` bytes.
    #[cfg(target_os = "linux")]
    pub fn text_below(&self, path: &str, limit: u64) -> Option<String> {
        use rustix::fs::ResolveFlags;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
        let file = rustix::fs::openat2(&self.0, path, flags, Mode::empty(), resolve).ok()?;
        let mut buffer = Vec::new();
        let length = text_of(&file, limit, &mut buffer)?.0.len();
        buffer.truncate(length);
        String::from_utf8(buffer).ok()
    }

    /// Reads a file below it in one go where the kernel can refuse links on the way by itself: not
    /// here.
    #[cfg(not(target_os = "linux"))]
    pub fn text_below(&self, _path: &str, _limit: u64) -> Option<String> {
        None
    }
}

fn text_of<'b>(file: &OwnedFd, limit: u64, buffer: &'b mut Vec<u8>) -> Option<(&'b str, Stamp)> {
    let stamp = Stamp::of(&rustix::fs::fstat(file).ok()?);
    if !stamp.is_file() || stamp.size > limit {
        return None;
    }
    // With room for one byte more, one call tells that there is none.
    let room = stamp.size as usize + 1;
    if buffer.len() < room {
        buffer.resize(room, 0);
    }
    let bytes = &mut buffer[..room];
    let count = rustix::io::retry_on_intr(|| rustix::io::read(file, &mut *bytes)).ok()?;
    (count as u64 == stamp.size).then_some(())?;
    Some((simdutf8::basic::from_utf8(&bytes[..count]).ok()?, stamp))
}

/// The state of the file that this program runs from, where the system tells.
pub fn of_program() -> Option<Stamp> {
    rustix::fs::stat("/proc/self/exe").ok().map(|stat| Stamp::of(&stat))
}
