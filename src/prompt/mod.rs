//! Questions at the terminal, or their answers from a file: the only module that asks. No lock is
//! held while one waits. A line is typed, by dialoguer's `Input`: numbered choices, going back and
//! help are then one mechanism, and a file can hold the same answers.

mod ask;
mod interrupt;

use std::collections::VecDeque;
use std::path::Path;

use dialoguer::Input;

use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::i18n::Lang;
use crate::output;
use crate::say;
use crate::script::{Line, Screen};
use crate::store::disk;
use crate::words::screen;

pub use ask::{Question, Wrong, ask, choose, number, numbered, tell};

/// Asks a question that Enter never affirms.
///
/// # Errors
/// `interrupted` where the terminal gives no answer.
pub fn confirm(question: &str, lang: Lang) -> Result<bool> {
    let prompt = format!("{question} ({})", lang.of("да/нет", "yes/no"));
    drop_typeahead();
    let answer = line(&prompt)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "да" | "д" | "yes" | "y"))
}

fn line(prompt: &str) -> Result<String> {
    let ask = || Input::new().with_prompt(prompt).allow_empty(true).interact_text();
    interrupt::while_waiting(ask).map_err(|_| interrupted())
}

fn interrupted() -> Error {
    Error::new(Code::Interrupted, "interrupted", say!("Прервано.", "Interrupted."))
}

/// Where answers come from.
pub enum Answers {
    /// A person.
    Terminal,
    /// A file, a line an answer.
    File(VecDeque<String>),
}

impl Answers {
    /// A person's.
    pub fn at_terminal() -> Answers {
        Answers::Terminal
    }

    /// A file's.
    ///
    /// # Errors
    /// `store` where it can't be read.
    pub fn from_file(path: &Path) -> Result<Answers> {
        let name = path.display().to_string();
        let failed =
            |error| Error::io(&say!("прочитать ответы", "read the answers"), &name, &error);
        let bytes = disk::read_input(Some(path)).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Answers::File(text.lines().map(str::to_owned).collect()))
    }

    /// Whether a person answers.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Answers::Terminal)
    }

    /// Shows a screen.
    ///
    /// # Errors
    /// `store` where standard output can't be written.
    pub fn show(&self, app: &App, shown: &Screen) -> Result<()> {
        for line in &shown.lines {
            let text = match line {
                Line::Text(text) => screen::safe(text),
                Line::Drawing(drawing) => drawing.trim_end_matches('\n').into(),
            };
            match self {
                Answers::Terminal => output::complain(&text),
                Answers::File(_) => app.output.print(&text)?,
            }
        }
        Ok(())
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// `interrupted` on Ctrl-C, or where a file has no more answers.
    pub fn read(&mut self, shown: &Screen) -> Result<String> {
        match self {
            Answers::Terminal => {
                if shown.fact {
                    drop_typeahead();
                }
                let prompt =
                    shown.default.as_ref().map_or("›".to_owned(), |d| format!("[{d}] ›"));
                line(&prompt)
            }
            Answers::File(lines) => lines.pop_front().ok_or_else(interrupted),
        }
    }
}

/// Drops what was typed ahead of a question that asserts a fact.
#[cfg(unix)]
fn drop_typeahead() {
    // Where standard input is no terminal there is nothing typed ahead.
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Drops what was typed ahead of a question that asserts a fact.
#[cfg(not(unix))]
fn drop_typeahead() {}
