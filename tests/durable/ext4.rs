//! The power goes under a real ext4: a small one in a file, which is told to stop where it stands
//! and forget what it has not written (its shutdown ioctl), once a command has reported success or
//! was killed on its way. Mounted again, it has what a disk would have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::calls;
use crate::case::{self, Case, Program};
use crate::common;
use crate::kills;
use crate::table::{Tally, is_deep};

/// The image of a disk, and where it is mounted.
struct Disk {
    folder: tempfile::TempDir,
}

fn done(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Tries it until it is done, for some seconds.
fn patiently(mut is_done: impl FnMut() -> bool) -> bool {
    (0..100).any(|_| {
        let is_done = is_done();
        if !is_done {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        is_done
    })
}

impl Disk {
    /// An empty one; none where there is no ext4, or where nothing may be mounted.
    fn new() -> Option<Disk> {
        let disk = Disk { folder: case::folder() };
        fs::create_dir(disk.top()).unwrap();
        fs::File::create(disk.image()).unwrap().set_len(24 << 20).unwrap();
        let made = done(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()));
        (made && disk.mount()).then_some(disk)
    }

    /// Another with the same on it. The first must not be mounted.
    fn copy(&self) -> Disk {
        let disk = Disk { folder: case::folder() };
        fs::create_dir(disk.top()).unwrap();
        fs::copy(self.image(), disk.image()).unwrap();
        assert!(disk.mount(), "it was possible before");
        disk
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn top(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    fn store(&self) -> PathBuf {
        self.top().join("store")
    }

    /// Mounts it; several at once are in each other's way, and one that was mounted a moment ago may
    /// not be let go of yet.
    fn mount(&self) -> bool {
        patiently(|| {
            done(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.top()))
        })
    }

    fn unmount(&self) {
        // A git that was left alone may still be at work.
        patiently(|| done(Command::new("umount").arg(self.top())));
    }

    /// Pulls the plug, and starts again.
    fn cut_off(&self, plug: &Path) -> Result<(), String> {
        if !done(Command::new(plug).arg(self.top())) {
            return Err("the file system did not stop".to_owned());
        }
        self.unmount();
        if self.mount() { Ok(()) } else { Err("it can't be mounted again".to_owned()) }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.top()).output());
    }
}

/// Stops a file system: EXT4_IOC_SHUTDOWN, without writing its log.
const PLUG: &str = r#"
#include <fcntl.h>
#include <sys/ioctl.h>
int main(int count, char **words) {
    unsigned how = 2;
    (void) count;
    return ioctl(open(words[1], O_RDONLY), 0x8004587d, &how) != 0;
}
"#;

/// The program that stops one, where a file system can be mounted and stopped here.
#[allow(clippy::print_stderr)]
fn plug() -> Option<&'static Path> {
    static MADE: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, plug) = (folder.path().join("plug.c"), folder.path().join("plug"));
        fs::write(&source, PLUG).unwrap();
        let works = done(Command::new("cc").arg("-o").args([&plug, &source]))
            && Disk::new().is_some_and(|disk| disk.cut_off(&plug).is_ok());
        if !works {
            eprintln!("passed over, since no ext4 can be mounted and stopped here");
        }
        works.then_some((folder, plug))
    });
    made.as_ref().map(|(_, plug)| plug.as_path())
}

/// Cuts a command's disk off after it has ended, and where it was killed before a call that
/// writes; `None` where the machine has no such disk to give.
pub fn pull(case: &Case, program: &Program, quick: usize) -> Option<Tally> {
    let plug = plug()?;
    let start = Disk::new().expect("it was possible before");
    common::copy(case.store.path(), &start.store());
    fs::set_permissions(start.store(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    start.unmount();
    let store = case.fresh();
    let all = calls::once(calls::calls(case, program, store.path(), &[]));
    let all: Vec<_> = all.into_iter().filter(|call| call.writes(store.path())).collect();
    let most = if is_deep() { 10 } else { quick };
    let step = all.len().div_ceil(most).max(1);
    let mut trials = vec![None];
    trials.extend(all.into_iter().skip(step / 2).step_by(step).map(Some));
    Some(Tally::of("ext4 cut off", case.name, &trials, |point| {
        let disk = start.copy();
        let (ended, at) = match point {
            None => (case.run(program, &disk.store(), &[]), "after the end".to_owned()),
            Some(call) => (
                kills::killed(case, program, &disk.store(), call, &case.words),
                format!("before {} {}", call.name, call.nth),
            ),
        };
        disk.cut_off(plug)?;
        case.judge(program, &disk.store(), case.claim(&ended)).map_err(|why| format!("{at}: {why}"))
    }))
}
