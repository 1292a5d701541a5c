//! Much work at once, shared by threads, where there is enough of it: whoever has it says so.
//!
//! What comes of it does not depend on the threads: the answers come in the order of the items. A
//! panic of one is the caller's, too.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;

/// How many threads read files, at most: all go through the same folders, and more of them wait for
/// each other.
const READERS: usize = 4;

/// How many threads can run at the same time.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Does a piece of work for each item, such as reading its file, in several threads if it is much:
/// each takes the next item when it is done with one. `worker` makes one for each thread, which may
/// hold open what it needs.
pub fn share<I: Sync, O: Send, W: FnMut(&I) -> O>(
    items: &[I],
    is_much: bool,
    worker: impl Fn() -> W + Sync,
) -> Vec<O> {
    share_among(items, if is_much { cores().clamp(2, READERS) } else { 1 }, worker)
}

/// The same in up to so many threads, this one among them.
fn share_among<I: Sync, O: Send, W: FnMut(&I) -> O>(
    items: &[I],
    hands: usize,
    worker: impl Fn() -> W + Sync,
) -> Vec<O> {
    let hands = hands.min(items.len());
    if hands < 2 {
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
        let others: Vec<_> = (1..hands).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// Fewer rows are not worth a thread.
const ROWS: usize = 1_000;
/// How many threads work at rows, at most.
const WORKERS: usize = 8;
/// How many shares of the rows each thread gets: some are more work than others.
const SHARES: usize = 8;

/// What `share` makes of many rows, each share of them on its own, in as many threads as the
/// processor has cores: for work that waits for nothing else.
pub fn rows<T: Sync, U: Send>(rows: &[T], share: impl Fn(&[T]) -> Vec<U> + Sync) -> Vec<U> {
    if rows.len() < ROWS {
        return share(rows);
    }
    let hands = cores().min(WORKERS);
    let shares: Vec<&[T]> = rows.chunks(rows.len().div_ceil(hands * SHARES)).collect();
    share_among(&shares, hands, || |rows: &&[T]| share(rows)).into_iter().flatten().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_come_in_the_order_of_the_rows() {
        for count in [0, 1, ROWS - 1, ROWS, 10 * ROWS + 7] {
            let items: Vec<usize> = (0..count).collect();
            let doubled = rows(&items, |rows| rows.iter().map(|row| row * 2).collect());
            assert!(doubled.iter().copied().eq((0..count).map(|row| row * 2)), "{count}");
        }
    }

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
}
