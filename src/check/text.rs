//! What is wrong with the bytes of a text that can be read all the same: it begins with a byte
//! order mark, or its lines end in CR and LF (`spec.md`, section 3: UTF-8, LF).

use crate::format::decode::Problem;
use crate::say;

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
