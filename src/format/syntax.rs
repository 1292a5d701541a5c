//! Why a text is no TOML, in words: git's conflict markers, or what the parser stumbled over. No
//! word of the file itself stands in a message.

use std::ops::Range as Span;

use crate::format::decode::Problem;
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::say;

/// What is wrong with the text of a record that the parser refused.
pub fn problem(kind: Kind, text: &str, error: &toml::de::Error) -> Problem {
    let keys = kind.fields().iter().map(|field| field.key).chain(["history", "conflicts"]);
    let unite = say!("Слейте обе стороны: `appt resolve`.", "Merge the two sides: `appt resolve`.");
    of_keys(keys, text, error, unite)
}

/// What is wrong with a text that the parser refused; `keys` are those that it may have, and `unite`
/// says what to do about git's conflict markers.
pub fn of_keys<'k>(
    mut keys: impl Iterator<Item = &'k str>,
    text: &str,
    error: &toml::de::Error,
    unite: Text,
) -> Problem {
    // Where the text ends too early, the place is its last character.
    let end = text.trim_end().len();
    let last = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    let at = error.span().filter(|span| span.start < end).unwrap_or(last..end);
    if let Some((marker, count)) = conflict_markers(text, at.start) {
        return Problem {
            rule: "syntax",
            span: marker,
            key: None,
            message: message_of_markers(count),
            hint: Some(unite),
        };
    }
    let twice = keys.find(|key| text.get(at.clone()) == Some(key));
    let message = match (error.message(), twice) {
        ("duplicate key", Some(key)) => {
            say!("Ключ `{key}` стоит дважды.", "The key `{key}` stands twice.")
        }
        (message, _) => {
            let Text { ru, en } = why(message);
            say!("Файл не читается как TOML: {ru}.", "This is not TOML: {en}.")
        }
    };
    let hint = say!(
        "Исправьте место, на которое указано, или верните файл из git.",
        "Mend the place that is shown, or take the file back from git."
    );
    Problem { rule: "syntax", span: at, key: None, message, hint: Some(hint) }
}

fn message_of_markers(count: usize) -> Text {
    if count <= 1 {
        return say!(
            "В файле остались метки слияния git.",
            "Git's conflict markers were left in the file."
        );
    }
    say!(
        "В файле остались метки слияния git, мест: {count}.",
        "Git's conflict markers were left in the file, in {count} places."
    )
}

/// Git's conflict markers in a text that is no TOML: the first, and how many conflicts there are.
///
/// All three must be there, or one of them where the parser gave up.
fn conflict_markers(text: &str, failed: usize) -> Option<(Span<usize>, usize)> {
    let mut at = 0;
    let mut first = None;
    let mut seen = [0; 3];
    let mut is_cause = false;
    for line in text.split_inclusive('\n') {
        let place = at..at + line.trim_end().len();
        at += line.len();
        let Some(which) = marker(line.trim_end()) else { continue };
        seen[which] += 1;
        is_cause |= (place.start..at).contains(&failed);
        first.get_or_insert(place);
    }
    let is_conflict = is_cause || seen.iter().all(|count| *count > 0);
    first.filter(|_| is_conflict).map(|first| (first, seen[0].max(seen[2])))
}

/// Which of git's three markers a line is: the beginning, the middle, the end.
pub fn marker(line: &str) -> Option<usize> {
    let is =
        |sign: &str| line == sign || line.strip_prefix(sign).is_some_and(|l| l.starts_with(' '));
    ["<<<<<<<", "=======", ">>>>>>>"].iter().position(|sign| is(sign))
}

/// What the parser says, in words for a person; its own, which name no text of the file, where
/// there are none.
fn why(message: &str) -> Text {
    let known: [(&str, (&str, &str)); 15] = [
        ("invalid date,", ("такой даты не бывает", "there is no such date")),
        ("invalid time,", ("такого времени не бывает", "there is no such time")),
        ("invalid offset,", ("такого смещения от UTC не бывает", "there is no such offset")),
        ("duplicate key", ("ключ стоит дважды", "a key stands twice")),
        ("recurs", ("скобки вложены слишком глубоко", "brackets are nested too deep")),
        (
            "carriage return",
            ("знак CR без перевода строки", "a carriage return without a line feed"),
        ),
        ("unclosed array", ("список не закрыт скобкой ]", "a list is not closed by ]")),
        ("unclosed inline table", ("не закрыта скобка {", "a { is not closed")),
        (
            "comma",
            (
                "запятые в списке или скобках стоят не так",
                "the commas of a list or table are wrong",
            ),
        ),
        (
            "string values must be quoted",
            ("текст стоит без кавычек", "a text stands without quotes"),
        ),
        ("missing value", ("у ключа нет значения", "a key has no value")),
        ("key with no value", ("у ключа нет значения", "a key has no value")),
        ("escape", ("в тексте неверный знак после \\", "a text has a wrong sign after \\")),
        ("string", ("текст в кавычках не закончен", "a text in quotes does not end")),
        ("unexpected key or value", ("лишнее в этой строке", "there is too much in this line")),
    ];
    match known.iter().find(|(part, _)| message.contains(part)) {
        Some((_, (ru, en))) => Text { ru: (*ru).to_owned(), en: (*en).to_owned() },
        None => {
            Text { ru: "здесь ошибка записи".to_owned(), en: message.to_owned() }
        }
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn what_is_no_time_is_told_as_that() {
        for (time, told) in [
            ("2026-02-30T10:00:00+03:00", "такой даты не бывает"),
            ("2026-13-30T10:00:00+03:00", "такой даты не бывает"),
            ("2026-11-30T25:00:00+03:00", "такого времени не бывает"),
            ("2026-11-30T10:00:00+25:00", "такого смещения от UTC не бывает"),
        ] {
            let text = format!("created = {time}\n");
            let problem = problem(Kind::Request, &text, &DeTable::parse(&text).unwrap_err());
            assert_eq!(problem.message.ru, format!("Файл не читается как TOML: {told}."), "{time}");
            assert_eq!(&text[problem.span], time);
        }
    }
}
