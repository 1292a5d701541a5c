//! What a word that isn't known may have been: another keyboard layout, look-alike letters, a slip.
//!
//! A layout is undone silently but for a note, since the keys that were hit are certain; a slip is
//! only ever offered.

use super::lex;
use super::words::{self, Word};

const EN_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const RU_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";

/// The line with every chunk that makes no sense as typed, and does in the other layout, put right;
/// `None` if there is no such chunk.
pub(super) fn relaid(text: &str) -> Option<String> {
    let chunks: Vec<String> = text
        .split(' ')
        .map(|chunk| if lex::is_strange(chunk) { relaid_chunk(chunk) } else { None })
        .zip(text.split(' '))
        .map(|(new, old)| new.unwrap_or_else(|| old.to_owned()))
        .collect();
    let line = chunks.join(" ");
    (line != text).then_some(line)
}

fn relaid_chunk(chunk: &str) -> Option<String> {
    let latin = chunk.chars().any(|c| c.is_ascii_alphabetic());
    let cyrillic = chunk.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё'));
    let map = |f: &dyn Fn(char) -> char| chunk.chars().map(f).collect::<String>();
    let letters = |c: char| if c.is_ascii_alphabetic() { swapped(c, EN_KEYS, RU_KEYS) } else { c };
    let candidates = match (latin, cyrillic) {
        (true, false) => {
            vec![map(&|c| swapped(c, EN_KEYS, RU_KEYS)), map(&letters), map(&look_alike)]
        }
        (false, true) => vec![map(&|c| swapped(c, RU_KEYS, EN_KEYS))],
        (true, true) => vec![map(&look_alike)],
        (false, false) => vec![],
    };
    candidates.into_iter().find(|candidate| lex::known(candidate))
}

/// The character on the same key of the other layout.
fn swapped(c: char, from: &str, to: &str) -> char {
    let lower = c.to_lowercase().next().unwrap_or(c);
    from.chars().zip(to.chars()).find(|(key, _)| *key == lower).map_or(c, |(_, other)| other)
}

/// The Cyrillic letter that looks like a Latin one.
fn look_alike(c: char) -> char {
    match c.to_ascii_lowercase() {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'k' => 'к',
        'm' => 'м',
        'o' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        _ => c,
    }
}

/// The forms nearest to a word that isn't known, one for each meaning, nearest first.
pub(super) fn nearest(typed: &str) -> Vec<&'static str> {
    let typed = words::folded(typed);
    // «На той неделе» is the next one in speech, and not «этой» with a letter missing.
    if typed == "той" {
        return vec!["следующей"];
    }
    let length = typed.chars().count();
    let reach = if length >= 5 { 2 } else { 1 };
    let mut near: Vec<(usize, bool, usize, Word, &str)> = words::forms()
        .filter_map(|(word, form)| {
            let slips = distance(&typed, form);
            let same_length = form.chars().count() == length;
            let other_start = form.chars().next() != typed.chars().next();
            let short = length < 3 && !(same_length && is_shuffled(&typed, form));
            let close = slips <= reach && slips * 2 < length.max(3) && !short;
            close.then(|| (slips, other_start, form.chars().count().abs_diff(length), word, form))
        })
        .collect();
    near.sort_by_key(|(slips, other_start, longer, _, _)| (*slips, *other_start, *longer));
    let mut meanings = Vec::new();
    near.retain(|(_, _, _, word, _)| {
        let new = !meanings.contains(word);
        meanings.push(*word);
        new
    });
    near.into_iter().map(|(_, _, _, _, form)| form).take(8).collect()
}

/// Whether two words have the same letters.
fn is_shuffled(a: &str, b: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}

/// Slips between two words: a letter too many, missing, wrong, or two swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let wrong = usize::from(a[i - 1] != b[j - 1]);
            let mut least =
                (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + wrong);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (a, b, slips) in [
            ("завтра", "завтра", 0),
            ("завтар", "завтра", 1),
            ("срд", "ср", 1),
            ("седня", "сегодня", 2),
            ("", "ср", 2),
            ("ab", "ba", 1),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (slips, slips), "{a} {b}");
        }
    }

    #[test]
    fn the_other_layout_is_undone() {
        for (typed, meant) in [
            ("pfdnhf 9-12", "завтра 9-12"),
            ("ch 9-12", "ср 9-12"),
            ("акш 9-12", "fri 9-12"),
            ("c, 9-12", "сб 9-12"),
            ("ch, gn 9-12", "ср, пт 9-12"),
            ("gy-gn 9-12", "пн-пт 9-12"),
            ("25 yjz,hz c 9 lj 12", "25 ноября с 9 до 12"),
            ("cр 9-12", "ср 9-12"),
            ("cp 9-12", "ср 9-12"),
            ("c 9 до 12 cp", "с 9 до 12 ср"),
        ] {
            assert_eq!(relaid(typed).as_deref(), Some(meant), "{typed}");
        }
        for kept in ["ср 9-12", "wed 9-12", "qqq 9-12", "завтар 9-12", "9-12"] {
            assert_eq!(relaid(kept), None, "{kept}");
        }
    }
}
