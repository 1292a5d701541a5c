//! The store's lock: `.appt/lock`, through fs2. Writers hold it alone, readers share it, both only
//! while they touch files, never while a person thinks. The file is never deleted.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use fs2::FileExt;

use crate::error::{Code, Error, Result};
use crate::platform;
use crate::say;
use crate::store::disk;

const FOLDER: &str = ".appt";
const NAME: &str = "lock";
/// The lock of a sync: two in one clone would race for its branch.
const SYNC: &str = "sync.lock";

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// With other readers.
    Shared,
    /// Alone.
    Exclusive,
}

/// A held lock; letting it go unlocks.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes the lock, waiting at most so long.
    ///
    /// A reader goes without where there is no lock file (nobody has written yet) or where it may
    /// not open one (a read-only store, in which nobody writes).
    ///
    /// # Errors
    /// `busy` when the time is over, `store` where the file can't be made or locked.
    pub fn take(root: &Path, mode: Mode, patience: Duration) -> Result<Lock> {
        Lock::named(root, NAME, mode, patience)
    }

    /// Takes the lock of a sync, alone. It keeps no other command from its work.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn of_sync(root: &Path, patience: Duration) -> Result<Lock> {
        Lock::named(root, SYNC, Mode::Exclusive, patience)
    }

    fn named(root: &Path, name: &str, mode: Mode, patience: Duration) -> Result<Lock> {
        let folder = root.join(FOLDER);
        let path = folder.join(name);
        if mode == Mode::Exclusive {
            disk::make_folders(root, &folder).map_err(|error| failed(&error))?;
        }
        let file = match disk::open_lock(root, &path, mode == Mode::Exclusive) {
            Ok(file) => file,
            Err(_) if mode == Mode::Shared => return Ok(Lock { _file: None }),
            Err(error) => return Err(failed(&error)),
        };
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            // In full: `std::fs::File` has methods of the same names.
            let tried = match mode {
                Mode::Shared => FileExt::try_lock_shared(&file),
                Mode::Exclusive => FileExt::try_lock_exclusive(&file),
            };
            match tried {
                Ok(()) => return Ok(Lock { _file: Some(file) }),
                Err(error)
                    if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
            let left = patience.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(busy(patience, platform::holder(&file)));
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(25));
        }
    }
}

fn busy(patience: Duration, holder: Option<u32>) -> Error {
    let seconds = patience.as_secs_f64();
    let (ru, en) = match holder {
        Some(pid) => (format!(" (PID {pid})"), format!(" (PID {pid})")),
        None => Default::default(),
    };
    Error::new(
        Code::Busy,
        "busy",
        say!(
            "Данные занял другой процесс{ru}, ждали {seconds} с.",
            "The data are in use by another process{en}; waited {seconds} s."
        ),
    )
    .hint(say!(
        "Повторите команду. Ждать дольше: `--lock-timeout СЕКУНД`.",
        "Try again. To wait longer: `--lock-timeout SECONDS`."
    ))
}

fn failed(error: &std::io::Error) -> Error {
    let failed = Error::io(&say!("запереть данные", "lock"), ".appt/lock", error);
    if !platform::is_without_locks(error) {
        return failed;
    }
    failed.hint(say!(
        "Эта файловая система не умеет запирать файлы. Перенесите данные на локальный диск.",
        "This file system can't lock files. Move the data to a local disk."
    ))
}
