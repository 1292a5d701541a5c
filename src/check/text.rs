//! What is wrong with the bytes of a text that can be read all the same: it begins with a byte
//! order mark, or its lines end in CR and LF (`spec.md`, section 3: UTF-8, LF).

use crate::format::decode::Problem;
use crate::say;
use crate::words::text;

/// The first character that a screen would obey instead of showing it, wherever it stands: what no
/// value holds stands in a comment.
pub fn hidden(file: &str) -> Option<Problem> {
    if text::is_plain(file) {
        return None;
    }
    let mut start = 0;
    let (at, c) = file.split_inclusive('\n').find_map(|line| {
        let content = line.trim_end_matches(['\n', '\r']);
        let found = content.char_indices().find(|(_, c)| *c != '\t' && text::is_forbidden(*c));
        let found = found.map(|(at, c)| (start + at, c));
        start += line.len();
        found
    })?;
    let code = format!("U+{:04X}", u32::from(c));
    Some(Problem {
        rule: "control-character",
        span: at..at + c.len_utf8(),
        key: None,
        message: say!(
            "В файле управляющий знак ({code}).",
            "The file holds a control character ({code})."
        ),
        hint: Some(say!(
            "Введите эту строку заново, без него.",
            "Type this line again, without it."
        )),
    })
}

/// The first thing that no file of a store should hold and that changes no meaning.
pub fn problem(text: &str) -> Option<Problem> {
    let hint = say!(
        "Выполните `appt fmt` или сохраните файл в UTF-8 без BOM с концами строк LF.",
        "Run `appt fmt`, or save the file as UTF-8 without BOM, with LF at the ends of lines."
    );
    let (span, message) = if text.starts_with('\u{feff}') {
        let message = say!(
            "Файл начинается с метки порядка байтов (BOM).",
            "The file begins with a byte order mark (BOM)."
        );
        (0..0, message)
    } else {
        let at = text.find("\r\n")?;
        let message =
            say!("Строки кончаются на CRLF, а не на LF.", "Lines end in CRLF, not in LF.");
        (at..at + 1, message)
    };
    Some(Problem { rule: "not-canonical", span, key: None, message, hint: Some(hint) })
}
