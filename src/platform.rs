//! Where the systems differ: who may read a file, what makes a change durable, what a terminal
//! keeps. The only module that asks which system it is built for.
#![allow(clippy::disallowed_methods)]

#[cfg(not(unix))]
#[path = "platform/no_stat.rs"]
pub mod stat;
#[cfg(unix)]
pub mod stat;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;
use std::process::Command;

/// Reads at a place without moving the file's own: two threads may read at once.
#[cfg(unix)]
pub fn read_exact_at(file: &File, bytes: &mut [u8], from: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, from)
}

/// Reads at a place without moving the file's own: not here, where nothing is cached.
#[cfg(not(unix))]
pub fn read_exact_at(_file: &File, _bytes: &mut [u8], _from: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes a file its owner's alone, whatever the umask.
#[cfg(unix)]
pub fn own(file: &File) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    // A temporary file is made so, but for what the umask took from it.
    if is_own(file)? {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Whether a file is its owner's alone.
#[cfg(unix)]
fn is_own(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o7777 == 0o600)
}

/// Makes a file its owner's alone.
#[cfg(not(unix))]
pub fn own(_file: &File) -> io::Result<()> {
    Ok(()) // Windows gives a file its folder's owner.
}

/// Gives a new file of a store to whom the store's folder belongs: root may write in anybody's store,
/// and what is root's alone its owner could not read any more. Where that can't be done, it stays
/// root's.
#[cfg(unix)]
pub fn hand_over(file: &File, root: &Path) {
    if let Some((user, group)) = other_owner(root) {
        drop(std::os::unix::fs::fchown(file, Some(user), Some(group)));
    }
}

/// Gives a new file of a store to whom the store belongs: Windows does.
#[cfg(not(unix))]
pub fn hand_over(_file: &File, _root: &Path) {}

/// The same for a new folder.
#[cfg(unix)]
pub fn hand_over_folder(folder: &Path, root: &Path) {
    if let Some((user, group)) = other_owner(root) {
        drop(std::os::unix::fs::lchown(folder, Some(user), Some(group)));
    }
}

/// The same for a new folder.
#[cfg(not(unix))]
pub fn hand_over_folder(_folder: &Path, _root: &Path) {}

/// Where root works: the user and group of a store that belongs to another. The others are asked who
/// they are once.
#[cfg(unix)]
fn other_owner(root: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    static IS_ROOT: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    let is_root = *IS_ROOT.get_or_init(|| rustix::process::geteuid().is_root());
    let found = is_root.then(|| std::fs::metadata(root)).and_then(Result::ok)?;
    (found.uid() != 0).then(|| (found.uid(), found.gid()))
}

/// [`own`] and [`hand_over`] for many new files of a store: its owner is looked up once, and the
/// permissions until one file came out right.
#[derive(Debug)]
pub struct Keeper {
    #[cfg(unix)]
    other: Option<(u32, u32)>,
    #[cfg(unix)]
    is_whole: bool,
}

impl Keeper {
    /// Of the store in this folder.
    #[cfg(unix)]
    pub fn of(root: &Path) -> Keeper {
        Keeper { other: other_owner(root), is_whole: false }
    }

    /// Of the store in this folder.
    #[cfg(not(unix))]
    pub fn of(_root: &Path) -> Keeper {
        Keeper {}
    }

    /// Gives it a file.
    #[cfg(unix)]
    pub fn give(&mut self, file: &File) -> io::Result<()> {
        if !self.is_whole {
            self.is_whole = is_own(file)?;
            own(file)?;
        }
        if let Some((user, group)) = self.other {
            drop(std::os::unix::fs::fchown(file, Some(user), Some(group)));
        }
        Ok(())
    }

    /// Gives it a file.
    #[cfg(not(unix))]
    pub fn give(&mut self, _file: &File) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a file a program that its owner alone can run, whatever the umask.
#[cfg(unix)]
pub fn own_program(file: &File) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(Permissions::from_mode(0o700))
}

/// Makes a file a program that its owner alone can run.
#[cfg(not(unix))]
pub fn own_program(_file: &File) -> io::Result<()> {
    Ok(()) // Windows can run any file, by its name.
}

/// Syncs a folder: what came to lie in it, or went.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Syncs a folder: what came to lie in it, or went.
#[cfg(not(unix))]
pub fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(()) // Windows syncs a rename's folder with the file.
}

/// Makes a folder for its owner alone, whatever the umask.
#[cfg(unix)]
pub fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    DirBuilder::new().mode(0o700).create(folder)?;
    close(folder)
}

/// Makes a folder.
#[cfg(not(unix))]
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().create(folder)
}

/// Makes a folder that is there its owner's alone.
#[cfg(unix)]
pub fn close(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// Makes a folder that is there its owner's alone.
#[cfg(not(unix))]
pub fn close(_folder: &Path) -> io::Result<()> {
    Ok(()) // Windows gives a folder its parent's owner.
}

/// A file that is made by these is its owner's alone.
#[cfg(unix)]
pub fn owners(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

/// A file that is made by these has its folder's owner.
#[cfg(not(unix))]
pub fn owners(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// A program that the user named, with its own flags: read by the shell, as git reads it.
#[cfg(unix)]
pub fn named_program(named: &str) -> Command {
    // The shell makes way for the program where it can: a Ctrl-C that the program takes for its own
    // would end the shell.
    let exec =
        if named.contains(['|', '&', ';', '<', '>', '(', '`', '=', '\n']) { "" } else { "exec " };
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{exec}{named} \"$@\""), named]);
    command
}

/// A program that the user named, with its own flags.
#[cfg(not(unix))]
pub fn named_program(named: &str) -> Command {
    let mut words = named.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// What is opened by these is opened at once: a pipe waits for nobody.
#[cfg(unix)]
pub fn at_once(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32)
}

/// What is opened by these is opened at once.
#[cfg(not(unix))]
pub fn at_once(options: &mut OpenOptions) -> &mut OpenOptions {
    options
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

/// When a file was last written, in seconds and nanoseconds; none where the platform does not tell.
#[cfg(unix)]
pub fn written(found: &std::fs::Metadata) -> Option<(i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((found.mtime(), found.mtime_nsec()))
}

/// When a file was last written, in seconds and nanoseconds; none where the platform does not tell.
#[cfg(not(unix))]
pub fn written(_found: &std::fs::Metadata) -> Option<(i64, i64)> {
    None
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
    error.kind() == io::ErrorKind::Unsupported
}

/// The process that holds a lock on an open file, where the system tells.
#[cfg(target_os = "linux")]
pub fn holder(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = format!(":{}", file.metadata().ok()?.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
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

/// Whether others than the owner can look into a folder: its group, or everyone.
#[cfg(unix)]
pub fn is_open_to_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o055 != 0)
}

/// Whether others than the owner can look into a folder: its group, or everyone.
#[cfg(not(unix))]
pub fn is_open_to_others(_folder: &Path) -> bool {
    false
}

/// Drops what was typed ahead of a question that asserts a fact.
#[cfg(unix)]
pub fn drop_typeahead() {
    // Where standard input is no terminal there is nothing typed ahead.
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Drops what was typed ahead of a question that asserts a fact: not here.
#[cfg(not(unix))]
pub fn drop_typeahead() {}

/// What puts the terminal back as it is now: a signal may come between two keys.
#[cfg(unix)]
pub fn terminal() -> impl Fn() + Send {
    let before = rustix::termios::tcgetattr(std::io::stdin()).ok();
    move || {
        if let Some(before) = &before {
            let now = rustix::termios::OptionalActions::Now;
            // A terminal that is gone needs nothing.
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, before);
        }
    }
}

/// What puts the terminal back as it is now: nothing to do here.
#[cfg(not(unix))]
pub fn terminal() -> impl Fn() + Send {
    || ()
}
