//! Charts of characters: a bar, and a line of small columns. Each is as exact as the signs of the
//! terminal allow: an eighth of a cell, or a whole one in ASCII.

/// A bar's parts of a cell, in eighths.
const PARTS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Small columns, the lowest first.
const COLUMNS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same in ASCII.
const ASCII: [char; 8] = ['_', '.', ':', '-', '=', '+', '*', '#'];

/// A bar that is as long for `of` as `width`. What is more than nothing is seen.
pub fn bar(count: usize, of: usize, width: usize, ascii: bool) -> String {
    if count == 0 || of == 0 {
        return String::new();
    }
    let eighths = (count.min(of) * width * 8).div_euclid(of).max(1);
    if ascii {
        return "#".repeat(eighths.div_ceil(8));
    }
    let mut bar = PARTS[7].to_string().repeat(eighths / 8);
    if let Some(part) = (eighths % 8).checked_sub(1) {
        bar.push(PARTS[part]);
    }
    bar
}

/// A line of columns, one a count. Nothing is the lowest; what is more than nothing stands above.
pub fn sparkline(counts: &[usize], ascii: bool) -> String {
    let most = counts.iter().max().copied().unwrap_or(0);
    let signs = if ascii { ASCII } else { COLUMNS };
    let sign = |count: &usize| match count {
        0 => signs[0],
        _ => signs[1 + (count * 6).div_euclid(most)],
    };
    counts.iter().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(8, 8, 4, false), "████");
        assert_eq!(bar(4, 8, 4, false), "██");
        assert_eq!(bar(5, 8, 4, false), "██▌");
        assert_eq!(bar(1, 1000, 4, false), "▏");
        assert_eq!(bar(0, 8, 4, false), "");
        assert_eq!(bar(0, 0, 4, false), "");
        assert_eq!(bar(5, 8, 4, true), "###");
        assert_eq!(bar(1, 1000, 4, true), "#");
    }

    #[test]
    fn a_sparkline_tells_nothing_from_little() {
        assert_eq!(sparkline(&[0, 1, 5, 10], false), "▁▂▅█");
        assert_eq!(sparkline(&[0, 1, 5, 10], true), "_.=#");
        assert_eq!(sparkline(&[0, 0], false), "▁▁");
        assert_eq!(sparkline(&[3, 3], false), "██");
        assert_eq!(sparkline(&[], false), "");
    }
}
