//! The store's lock: `.appt/lock`, through fs2. Writers hold it alone, readers share it, both only
//! while they touch files, never while a person thinks. The file is never deleted.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fs2::FileExt;

use crate::error::{Code, Error, Result, rule};
use crate::platform;
use crate::say;
use crate::store::disk;

const FOLDER: &str = ".appt";
const NAME: &str = "lock";
/// The lock of a sync: two in one clone would race for its branch.
const SYNC: &str = "sync.lock";

/// A person who waits so long is told why.
const LONG: Duration = Duration::from_secs(1);

/// Whether the person who waits does so no more.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Ends the wait for a lock, this one or the next: Ctrl-C came where it does not end the process.
pub fn give_up() {
    GIVEN_UP.store(true, Ordering::SeqCst);
}

/// The next wait is one again: Ctrl-C was meant for another program.
pub fn wait_again() {
    GIVEN_UP.store(false, Ordering::SeqCst);
}

/// How long a lock is waited for, and who hears that it takes long.
#[derive(Clone)]
pub struct Patience {
    most: Duration,
    tell: Option<Rc<dyn Fn()>>,
}

impl Patience {
    /// The same, with what is called once in each wait that takes long.
    pub fn telling(self, tell: impl Fn() + 'static) -> Patience {
        Patience { tell: Some(Rc::new(tell)), ..self }
    }
}

impl From<Duration> for Patience {
    fn from(most: Duration) -> Patience {
        Patience { most, tell: None }
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.most.fmt(f)
    }
}

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
    /// `busy` when the time is over, `interrupted` when somebody gave up, `store` where the file can't be made or locked.
    pub fn take(root: &Path, mode: Mode, patience: &Patience) -> Result<Lock> {
        Lock::named(root, NAME, mode, patience)
    }

    /// Takes the lock of a sync, alone. It keeps no other command from its work.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn of_sync(root: &Path, patience: &Patience) -> Result<Lock> {
        Lock::named(root, SYNC, Mode::Exclusive, patience)
    }

    /// Takes the lock of a call, which its process holds while it lives; none where another one has
    /// it. It locks no data: it says that somebody is there.
    ///
    /// # Errors
    /// `store` where the file can't be made or locked.
    pub fn of_call(root: &Path, name: &str) -> Result<Option<Lock>> {
        match Lock::named(root, name, Mode::Exclusive, &Duration::ZERO.into()) {
            Ok(lock) => Ok(Some(lock)),
            Err(error) if error.code == Code::Busy => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn named(root: &Path, name: &str, mode: Mode, patience: &Patience) -> Result<Lock> {
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
        let mut tell = patience.tell.as_deref();
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
            let left = patience.most.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(busy(patience.most, platform::holder(&file)));
            }
            if GIVEN_UP.load(Ordering::SeqCst) {
                return Err(given_up());
            }
            if start.elapsed() >= LONG
                && let Some(tell) = tell.take()
            {
                tell();
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

fn given_up() -> Error {
    let message = say!("Прервано. Ничего не записано.", "Interrupted. Nothing was written.");
    Error::new(Code::Interrupted, rule::GIVEN_UP, message)
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    /// Whoever holds the lock lets it go when it hears that the other was told.
    #[test]
    fn a_wait_that_takes_long_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        let patience = Patience::from(Duration::MAX);
        let (say, said) = mpsc::channel();
        let (take, taken) = mpsc::channel();
        let holder = thread::spawn(move || {
            let held = Lock::take(&root, Mode::Exclusive, &Duration::ZERO.into()).unwrap();
            take.send(()).unwrap();
            said.recv().unwrap();
            drop(held);
            said.iter().count()
        });
        taken.recv().unwrap();
        let patience = patience.telling(move || say.send(()).unwrap());
        let lock = Lock::take(folder.path(), Mode::Exclusive, &patience).unwrap();
        drop((lock, patience));
        assert_eq!(holder.join().unwrap(), 0);
    }

    #[test]
    fn whoever_has_no_patience_is_told_that_it_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let none = Patience::from(Duration::ZERO);
        let _held = Lock::take(folder.path(), Mode::Exclusive, &none).unwrap();
        let told = none.telling(|| panic!("it did not wait"));
        let error = Lock::take(folder.path(), Mode::Shared, &told).unwrap_err();
        assert_eq!(error.code, Code::Busy);
    }
}
