//! Many rows shared out among the processor's cores. The answers come in the order of the rows,
//! whoever was faster: how many cores there are changes nothing but the time.

use std::sync::Mutex;
use std::thread;

/// Fewer rows are not worth a thread.
const MANY: usize = 1_000;
/// How many threads work, at most.
const HANDS: usize = 8;
/// How many shares each thread gets: some rows are more work than others.
const SHARES: usize = 8;

/// What `share` makes of the rows, each share of them on its own.
pub fn map<T: Sync, U: Send>(rows: &[T], share: impl Fn(&[T]) -> Vec<U> + Sync) -> Vec<U> {
    let hands = thread::available_parallelism().map_or(1, usize::from).min(HANDS);
    if hands == 1 || rows.len() < MANY {
        return share(rows);
    }
    let waiting = Mutex::new(rows.chunks(rows.len().div_ceil(hands * SHARES)).enumerate());
    let work = || {
        let mut done = Vec::new();
        loop {
            let next = waiting.lock().expect("whoever takes a share can't panic").next();
            let Some((at, rows)) = next else { return done };
            done.push((at, share(rows)));
        }
    };
    let mut done: Vec<(usize, Vec<U>)> = thread::scope(|scope| {
        let working: Vec<_> = (0..hands).map(|_| scope.spawn(work)).collect();
        let ends = working.into_iter().map(|hand| hand.join());
        ends.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, answers)| answers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_come_in_the_order_of_the_rows() {
        for count in [0, 1, MANY - 1, MANY, 10 * MANY + 7] {
            let rows: Vec<usize> = (0..count).collect();
            let doubled = map(&rows, |rows| rows.iter().map(|row| row * 2).collect());
            assert!(doubled.iter().copied().eq((0..count).map(|row| row * 2)), "{count}");
        }
    }
}
