//! People with editors: comments and unknown keys in three clones at once, among what operators do.
//! The common ancestor decides of them; none is lost, whichever side is ours changes no byte, and
//! the order of meeting no more than the places of comments.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::play::{Clone, DEEDS, NAMES, REQUESTS, config, is_as_told, merged, same};
use crate::format::{decode, layout};
use crate::merge::Tree;
use crate::model::kind::Kind;

/// What a person does with an editor: one of nine things, at some line, with some number.
type Touch = (usize, usize, usize);

fn touches() -> impl Strategy<Value = Vec<Touch>> {
    prop::collection::vec((0..14usize, 0..48usize, 0..24usize), 0..7)
}

fn path() -> String {
    layout::path(Kind::Request, REQUESTS[0])
}

/// One person's evening: touches of the request's file, and some deeds between them.
fn evening(clone: &mut Clone, touches: &[Touch]) {
    for (what, at, number) in touches {
        clone.made += 1;
        if *what >= 9 {
            // Of the first request: what comes between touches is what operators do to it, and
            // the first two deeds are no operator's.
            let number = if number % 4 == 3 { 0 } else { *number };
            clone.act(2 + at % (DEEDS.len() - 2), number);
            continue;
        }
        let Some(text) = clone.files.get(&path()) else { continue };
        let touched = touch(text, clone, *what, *at);
        let read = decode::record(Kind::Request, REQUESTS[0], &touched);
        if read.record.is_some() && read.problems.iter().all(|p| p.rule == "unknown-key") {
            clone.files.insert(path(), touched);
        }
    }
}

fn touch(text: &str, clone: &Clone, what: usize, at: usize) -> String {
    // No two people type the same.
    let new = format!("# {} {}", clone.by, clone.made);
    let value = clone.made * 10 + NAMES.iter().position(|name| *name == clone.by).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let comments: Vec<usize> = (0..lines.len()).filter(|n| lines[*n].contains('#')).collect();
    let one = (!comments.is_empty()).then(|| comments[at % comments.len()]);
    let whole = |line: &String| line.trim_start().starts_with('#');
    let line = at % lines.len();
    let room = lines.iter().position(|line| line.starts_with("room = "));
    match (what, one, room) {
        (0 | 8, ..) => lines.insert(line, new),
        (1, ..) if !lines[line].contains('#') && !lines[line].is_empty() => {
            lines[line].push_str(&format!(" {new}"));
        }
        (2, Some(one), _) if whole(&lines[one]) => drop(lines.remove(one)),
        (2, Some(one), _) => {
            let cut = lines[one].find(" #").unwrap();
            lines[one].truncate(cut);
        }
        (3, Some(one), _) => {
            let cut = lines[one].find('#').unwrap();
            lines[one].replace_range(cut.., &new);
        }
        (4, _, Some(room)) => lines[room] = format!("room = {value}"),
        (4, ..) => {
            let next = lines
                .iter()
                .position(|line| line.starts_with("conflicts") || line.starts_with("history"));
            let next = next.unwrap();
            lines.splice(next..next, [format!("room = {value}"), String::new()]);
        }
        (5, _, Some(room)) => drop(lines.remove(room)),
        (6, Some(one), _) if whole(&lines[one]) => {
            let moved = lines.remove(one);
            let line = at * 7 % lines.len();
            lines.insert(line, moved);
        }
        (7, ..) => lines.insert(line, String::new()),
        _ => {}
    }
    lines.join("\n") + "\n"
}

/// Three clones of a store whose request somebody has touched, and their ancestor.
fn three(before: &[Touch], each: &[Vec<Touch>; 3]) -> (Tree, [Tree; 3]) {
    let mut first = Clone::first();
    evening(&mut first, before);
    first.made = 50;
    let clones = [0, 1, 2].map(|n| {
        let now = first.now + TimeDelta::minutes(i64::try_from(n).unwrap());
        let mut clone = Clone { by: NAMES[n], now, ..first.clone() };
        evening(&mut clone, &each[n]);
        clone.files
    });
    (first.files, clones)
}

/// The comments of the request, paragraph by paragraph; none where the file is gone.
fn comments(tree: &Tree) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    let mut open = Vec::new();
    for line in tree.get(&path())?.lines().map(str::trim).chain([""]) {
        if line.starts_with('#') {
            open.push(line);
            continue;
        }
        all.extend((!open.is_empty()).then(|| open.join("\n")));
        open.clear();
        all.extend(line.find('#').map(|at| line[at..].to_owned()));
    }
    Some(all)
}

/// The store with no comment in the request.
fn bare(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    if let Some(text) = tree.get_mut(&path()) {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim_end());
        *text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    }
    tree
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn what_hands_wrote_is_kept_and_the_order_changes_no_more_than_its_place(
        before in touches(),
        each in [touches(), touches(), touches()],
    ) {
        let (base, [x, y, z]) = three(&before, &each);
        let xy = merged(&base, &x, &y);
        same(&xy, &merged(&base, &y, &x), "symmetric")?;
        same(&x, &merged(&base, &x, &x), "idempotent")?;
        same(&x, &merged(&base, &base, &x), "neutral")?;
        // A key that one removed and another changed is there again: what stood at it may stand
        // elsewhere by then, or twice.
        let alike = |one: &Tree, other: &Tree, law| {
            prop_assert_eq!(comments(one), comments(other), "{}", law);
            same(&bare(one), &bare(other), law)
        };
        alike(&xy, &merged(&base, &xy, &y), "absorbing")?;
        let all = merged(&base, &xy, &z);
        for (a, b, c) in [(&x, &z, &y), (&y, &z, &x)] {
            alike(&all, &merged(&base, &merged(&base, a, b), c), "associative")?;
        }
        is_as_told(&base, &[&x, &y, &z], &all)?;
        // Whoever removed the record said nothing of what is written in it.
        let (was, each) = (comments(&base).unwrap_or_default(), [&x, &y, &z].map(comments));
        let each: Vec<_> = each.into_iter().flatten().collect();
        let stays = |text: &&String| !was.contains(*text) || each.iter().all(|c| c.contains(*text));
        let wanted: BTreeSet<String> = each.iter().flatten().filter(stays).cloned().collect();
        let wanted = all.get(&path()).map(|_| wanted);
        prop_assert_eq!(&wanted, &comments(&all), "{}", all.get(&path()).map_or("", |t| t));
    }
}
