//! Much work at once: two threads share it, where there is enough of it.
//!
//! What comes of it does not depend on the threads: the answers come in the order of the items.

use std::io;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::format::document::Page;
use crate::format::layout;
use crate::model::kind::Kind;
use crate::store::broken::{self, Fault};
use crate::store::disk::Reader;

/// From so many files on, a second thread is worth its start.
pub const MANY: usize = 500;
/// So many files are one piece of work: few enough that neither thread waits long for the other.
pub const PIECE: usize = 128;

/// Does a piece of work for each item, in two threads if it is much: each takes the next item when
/// it is done with one. `worker` makes one for each thread, which may hold open what it needs.
pub fn share<I: Sync, O: Send, W: FnMut(&I) -> O>(
    items: &[I],
    is_much: bool,
    worker: impl Fn() -> W + Sync,
) -> Vec<O> {
    if !is_much || items.len() < 2 {
        return items.iter().map(worker()).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut work, mut done) = (worker(), Vec::new());
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done = thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut done = work();
        done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// Does two things, in two threads if they are much.
pub fn both<A, B: Send>(
    is_much: bool,
    one: impl FnOnce() -> A,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if !is_much {
        return (one(), other());
    }
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        (one, other.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// So many items are handed over at once.
const BATCH: usize = 64;
/// So many batches wait at the most: few, so that not much is held in memory.
const WAITING: usize = 4;

/// Makes something of each item and hands it on, in the order of the items: where it is much, a second
/// thread makes while this one takes. What `take` gives back is let go of by the thread that made it.
pub fn feed<I: Sync, O: Send>(
    items: &[I],
    is_much: bool,
    make: impl FnMut(&I) -> O + Send,
    take: &mut dyn FnMut(O) -> Option<O>,
) {
    if !is_much {
        return items.iter().map(make).for_each(|made| drop(take(made)));
    }
    let mut make = make;
    let (give, batches) = mpsc::sync_channel::<Vec<O>>(WAITING);
    let (give_back, done) = mpsc::channel::<Vec<O>>();
    thread::scope(|scope| {
        let maker = scope.spawn(move || {
            for batch in items.chunks(BATCH) {
                done.try_iter().for_each(drop);
                // Whoever takes is gone: it panics.
                if give.send(batch.iter().map(&mut make).collect()).is_err() {
                    return;
                }
            }
            drop(give);
            done.into_iter().for_each(drop);
        });
        for batch in batches {
            let back: Vec<O> = batch.into_iter().filter_map(&mut *take).collect();
            // Where the maker is gone it panicked: its panic is this thread's, too.
            drop(give_back.send(back));
        }
        drop(give_back);
        maker.join().unwrap_or_else(|panic| resume_unwind(panic));
    });
}

/// Reads the files of these records; none for one that is gone.
pub fn pages(root: &Path, kind: Kind, ids: &[String]) -> Vec<io::Result<Option<Page>>> {
    let pieces: Vec<&[String]> = ids.chunks(PIECE).collect();
    let read = share(&pieces, ids.len() >= MANY, || {
        let mut reader = Reader::new(root);
        let mut first = || reader.read(&layout::path(kind, &ids[0]));
        broken::panic_over(Fault::PanicWhileReading, || format!("{:?}", first()));
        move |ids: &&[String]| ids.iter().map(|id| page(&mut reader, kind, id)).collect::<Vec<_>>()
    });
    read.into_iter().flatten().collect()
}

fn page(reader: &mut Reader<'_>, kind: Kind, id: &str) -> io::Result<Option<Page>> {
    let path = layout::path(kind, id);
    let found = reader.read(&path)?;
    Ok(Page::new(kind, id, path, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::document::Document;
    use crate::store::disk;

    #[test]
    fn what_a_second_thread_makes_comes_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..10 * BATCH + 3).collect();
        for is_much in [false, true] {
            let (mut last, mut taken) = (0, Vec::new());
            let make = |item: &usize| {
                last += 1;
                (last, item * 2)
            };
            let mut take = |made| {
                taken.push(made);
                Some(made)
            };
            feed(&items, is_much, make, &mut take);
            let wanted: Vec<_> = items.iter().map(|item| (item + 1, item * 2)).collect();
            assert_eq!(taken, wanted);
        }
    }

    #[test]
    fn what_is_given_back_is_let_go_of_by_its_maker() {
        struct Made(thread::ThreadId, mpsc::Sender<bool>);
        impl Drop for Made {
            fn drop(&mut self) {
                self.1.send(self.0 == thread::current().id()).unwrap();
            }
        }
        let (say, said) = mpsc::channel();
        let items: Vec<usize> = (0..3 * BATCH).collect();
        let make = |_: &usize| Made(thread::current().id(), say.clone());
        feed(&items, true, make, &mut Some);
        assert_eq!(said.try_iter().collect::<Vec<_>>(), vec![true; items.len()]);
    }

    #[test]
    fn two_things_are_done_at_once_or_one_after_the_other() {
        for is_much in [false, true] {
            let here = thread::current().id();
            let (one, other) = both(is_much, || 1, || thread::current().id() == here);
            assert_eq!((one, other), (1, !is_much));
        }
    }

    #[test]
    #[should_panic(expected = "the maker")]
    fn a_panic_of_the_second_thread_is_this_one_s_too() {
        let items: Vec<usize> = (0..BATCH * 2).collect();
        let make = |item: &usize| assert!(*item < BATCH, "the maker");
        feed(&items, true, make, &mut Some);
    }

    #[test]
    fn the_pages_come_in_the_order_of_the_ids() {
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<String> = (0..2 * MANY).map(|n| format!("s{n:05}")).collect();
        for (n, id) in ids.iter().enumerate().filter(|(n, _)| n % 3 > 0) {
            let text = format!("title = \"{n}\"");
            disk::replace(folder.path(), &layout::path(Kind::Specialty, id), &text, false).unwrap();
        }
        let pages = pages(folder.path(), Kind::Specialty, &ids);
        assert_eq!(pages.len(), ids.len());
        for (n, (id, page)) in ids.iter().zip(pages).enumerate() {
            let document = page.unwrap().map(Document::from);
            assert_eq!(document.is_some(), n % 3 > 0, "{id}");
            let Some(document) = document else { continue };
            assert_eq!((&document.id, document.text), (id, format!("title = \"{n}\"")));
        }
    }
}
