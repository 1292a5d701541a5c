//! What a command says: its result on standard output, everything else on standard error.
//!
//! No escape sequence that a record holds reaches the terminal: whoever builds a text passes what
//! comes from records through `words::screen`, and this module does it once more for sentences.
#![allow(clippy::disallowed_methods)]

pub mod pager;

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value as Json, json};

use crate::error::{Error, Result, why};
use crate::i18n::{Lang, Text};
use crate::render::json;
use crate::render::timeline::Canvas;
use crate::say;
use crate::words::{path, screen, wrap};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person.
    Table,
    /// One JSON array, or one object.
    Json,
    /// A JSON object a line.
    Jsonl,
    /// With a header row.
    Csv,
    /// One id a line.
    Ids,
}

impl Format {
    /// The format of this name.
    pub fn parse(name: &str) -> Option<Format> {
        match name {
            "table" => Some(Format::Table),
            "json" => Some(Format::Json),
            "jsonl" => Some(Format::Jsonl),
            "csv" => Some(Format::Csv),
            "ids" => Some(Format::Ids),
            _ => None,
        }
    }

    /// The names.
    pub const NAMES: [&'static str; 5] = ["table", "json", "jsonl", "csv", "ids"];
}

/// Where a command's words go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// How results are written.
    pub format: Format,
    /// The language of the screen.
    pub lang: Lang,
    /// Whether standard output gets colours.
    pub color: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// The terminal's width, where there is one.
    pub width: Option<usize>,
    /// How wide remarks run: the terminal that standard error is; none where it is none.
    pub remarks: Option<usize>,
    /// Whether passports are shown whole.
    pub reveal: bool,
    /// Whether remarks are left out.
    pub quiet: bool,
}

/// The narrowest that remarks run: what a terminal says of itself may be nothing at all.
const NARROWEST: usize = 20;

impl Output {
    /// Writes a result. A closed pipe is the reader's choice, not an error.
    ///
    /// # Errors
    /// `store` where standard output can't be written.
    pub fn print(&self, text: &str) -> Result<()> {
        if keep(|kept| kept.result.push_str(text)) {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.write_all(end.as_bytes()))
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let why = why(&error);
                Err(Error::store(
                    "output",
                    say!(lang;
                        "Не удалось вывести ответ: {}. Если команда меняла данные, изменение записано.",
                        "Could not write the answer: {}. If the command changed data, the change stands.",
                        why.get(lang)),
                ))
            }
            _ => Ok(()),
        }
    }

    /// A remark: something worth knowing that is no result.
    pub fn note(&self, text: &Text) {
        // A program gets the same in the result; its standard error holds errors and warnings.
        if !self.quiet && !self.is_machine() {
            self.say("note", "", text);
        }
    }

    /// A warning.
    pub fn warn(&self, text: &Text) {
        if !self.quiet {
            self.say("warning", self.lang.of("Внимание: ", "Warning: "), text);
        }
    }

    /// An error, as section 6 has it.
    pub fn error(&self, error: &Error) {
        let text = self.error_text(error);
        complain(&if self.is_machine() { text } else { self.wrapped(&text) });
    }

    /// Remarks as the terminal has room for them: no word is broken.
    fn wrapped(&self, text: &str) -> String {
        self.remarks.map_or_else(|| text.to_owned(), |width| wrap::wrap(text, width.max(NARROWEST)))
    }

    /// What an error says: a sentence and a hint, or an object for a program.
    pub fn error_text(&self, error: &Error) -> String {
        let hint = error.hint.as_ref().map(placed);
        let error = &Error { hint, ..error.clone() };
        if self.is_machine() {
            return json::text(&error.to_json(self.lang));
        }
        let mut text = screen::safe(error.message.get(self.lang)).into_owned();
        if let Some(hint) = &error.hint {
            text.push('\n');
            text.push_str(&screen::safe(hint.get(self.lang)));
        }
        text
    }

    /// What a timeline is drawn upon.
    pub fn canvas(&self) -> Canvas {
        Canvas::new(self.width, self.ascii, self.color)
    }

    /// The lines that an error sums up, before it.
    pub fn details(&self, text: &str) {
        complain(screen::safe(text).trim_end());
    }

    /// A bar of what is done of long work, on standard error: for a person at a terminal alone. It
    /// goes when it is let go.
    pub fn bar(&self, at_terminal: bool, label: &'static str) -> Option<Bar> {
        if !at_terminal || self.quiet || self.is_machine() {
            return None;
        }
        let signs = if self.ascii { "#-" } else { "█░" };
        let style =
            ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} {elapsed}");
        let style = style.expect("the template is one").progress_chars(signs);
        let bar = ProgressBar::new_spinner().with_style(style).with_message(label);
        Some(Bar(bar))
    }

    /// Whether a program reads the answer.
    pub fn is_machine(&self) -> bool {
        matches!(self.format, Format::Json | Format::Jsonl)
    }

    fn say(&self, kind: &str, before: &str, text: &Text) {
        let text = &placed(text);
        let text = text.get(self.lang);
        if self.is_machine() {
            let message: Json = json!({ kind: { "message": text } });
            return complain(&json::text(&message));
        }
        complain(&self.wrapped(&format!("{before}{}", screen::safe(text))));
    }
}

/// Writes a text to standard output as it is, for a program that can't be told of failures.
pub fn raw(text: &str) {
    let mut stdout = io::stdout().lock();
    drop(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// Writes a line to standard error. Where nobody listens there is nothing to be done about it.
pub fn complain(line: &str) {
    if keep(|kept| kept.remarks.push(line.to_owned())) {
        return;
    }
    let mut stderr = io::stderr().lock();
    drop(writeln!(stderr, "{line}"));
}

/// Writes the line that the program ends with where it should not: also of a command whose words
/// are kept, since nobody would print them any more.
pub fn last_words(line: &str) {
    let mut stderr = io::stderr().lock();
    drop(writeln!(stderr, "{line}"));
}

/// A bar of what is done.
pub struct Bar(ProgressBar);

impl Bar {
    /// Who tells it of each part that is done, with how many there are in all.
    pub fn watcher(&self) -> Box<dyn Fn(usize) + Send + Sync> {
        let bar = self.0.clone();
        Box::new(move |all| {
            bar.set_length(all as u64);
            bar.inc(1);
        })
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What one command of several would have printed.
#[derive(Debug, Default)]
pub struct Kept {
    /// On standard output.
    pub result: String,
    /// On standard error, a line each.
    pub remarks: Vec<String>,
}

thread_local! {
    /// The folder that the commands of git are meant for which a person is told of, where it is not
    /// the current one.
    static PLACE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
    /// Where words go while a command of a batch runs.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// From now on, commands of git that a person is told of are meant for this folder.
pub fn set_place(folder: &Path) {
    PLACE.set(Some(folder.to_path_buf()));
}

/// A sentence whose commands hold where the person is.
pub fn placed(text: &Text) -> Text {
    PLACE.with_borrow(|place| match place {
        Some(folder) => {
            Text { ru: path::in_folder(&text.ru, folder), en: path::in_folder(&text.en, folder) }
        }
        None => text.clone(),
    })
}

fn keep(add: impl FnOnce(&mut Kept)) -> bool {
    KEPT.with_borrow_mut(|kept| kept.as_mut().map(add).is_some())
}

/// Runs something, and keeps what it prints.
pub fn kept<T>(run: impl FnOnce() -> T) -> (T, Kept) {
    KEPT.set(Some(Kept::default()));
    let answer = run();
    (answer, KEPT.take().unwrap_or_default())
}

impl Output {
    /// Help that nobody asked for, since something is missing: no result.
    pub fn help(&self, text: &str) {
        complain(text.trim_end());
    }
}
