//! Lines that are too long for a screen, broken between words.

/// Breaks lines that are too long at a space; what follows is indented, under a numbered choice
/// below its words.
pub fn wrap(text: &str, width: usize) -> String {
    text.lines().map(|line| wrap_line(line, width)).collect::<Vec<_>>().join("\n")
}

fn wrap_line(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let words = line.trim_start();
    let lead = line.len() - words.len();
    let digits = words.chars().take_while(char::is_ascii_digit).count();
    let is_choice = digits > 0 && words[digits..].starts_with("  ");
    let indent = " ".repeat(lead + if is_choice { digits + 2 } else { 2 });
    let mut lines = vec![String::new()];
    // Empty words keep runs of spaces as they are.
    for (at, word) in unbroken(line, width).enumerate() {
        let last = lines.last_mut().expect("there is a line");
        let space = usize::from(at > 0);
        let is_begun = !last.trim().is_empty();
        if is_begun && last.chars().count() + space + word.chars().count() > width {
            lines.push(format!("{indent}{word}"));
        } else {
            last.push_str(if at > 0 { " " } else { "" });
            last.push_str(&word);
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// The words of a line, those that no break may part in one: «24 ноября», «с 9:00», «№ 1», and a
/// command between backticks, which is copied, where a line of its own has room for it.
fn unbroken(line: &str, width: usize) -> impl Iterator<Item = String> + '_ {
    let is_short = |word: &str| {
        let letters = word.chars().count();
        (1..=2).contains(&letters) && word.chars().all(|c| c.is_alphanumeric() || c == '№')
    };
    let mut words = line.split(' ').peekable();
    std::iter::from_fn(move || {
        let mut whole = words.next()?.to_owned();
        let mut last = whole.clone();
        while is_short(&last) && words.peek().is_some_and(|next| !next.is_empty()) {
            last = words.next().expect("it was peeked").to_owned();
            whole = format!("{whole} {last}");
        }
        let is_open = |text: &str| text.matches('`').count() % 2 == 1;
        if is_open(&whole) {
            let rest: Vec<&str> = words.clone().take_while(|word| !is_open(word)).collect();
            let end = words.clone().nth(rest.len());
            let quoted = [&[whole.as_str()], &rest[..], end.as_slice()].concat().join(" ");
            if end.is_some() && quoted.chars().count() + 2 <= width {
                words.by_ref().take(rest.len() + 1).for_each(drop);
                whole = quoted;
            }
        }
        Some(whole)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_hang() {
        assert_eq!(wrap("раз два три", 11), "раз два три");
        assert_eq!(wrap("раз два три", 10), "раз два\n  три");
        assert_eq!(wrap("  12  раз два", 10), "  12  раз\n      два");
        assert_eq!(wrap("  раз  два", 8), "  раз\n    два");
        assert_eq!(wrap("оченьдлинноеслово", 5), "оченьдлинноеслово");
        assert_eq!(wrap("а\nб", 5), "а\nб");
        assert_eq!(wrap("или `а б` там", 10), "или `а б`\n  там");
        assert_eq!(wrap("вот и `а б`", 9), "вот\n  и `а б`");
        assert_eq!(wrap("вот `аа бб вв`", 9), "вот `аа\n  бб вв`");
    }
}
