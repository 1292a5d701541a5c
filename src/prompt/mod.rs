//! Questions at the terminal, or their answers from a file: the only module that asks. No lock is
//! held while one waits. A line is typed, by dialoguer's `Input`: numbered choices, going back and
//! help are then one mechanism, and a file can hold the same answers.

use std::collections::VecDeque;
use std::path::Path;

use dialoguer::Input;

use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::i18n::Lang;
use crate::output;
use crate::say;
use crate::script::Screen;
use crate::store::disk;
use crate::words::screen;

/// Asks a question that Enter never affirms.
///
/// # Errors
/// `interrupted` where the terminal gives no answer.
pub fn confirm(question: &str, lang: Lang) -> Result<bool> {
    let prompt = format!("{question} ({})", lang.of("да/нет", "yes/no"));
    disk::drop_typeahead();
    let answer = line(&prompt)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "да" | "д" | "yes" | "y"))
}

fn line(prompt: &str) -> Result<String> {
    Input::new().with_prompt(prompt).allow_empty(true).interact_text().map_err(|_| interrupted())
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
        let failed = |error| Error::io(&say!("прочитать ответы", "read the answers"), &name, &error);
        let text = disk::read_any(path, "").map_err(failed)?.ok_or_else(|| {
            Error::store("io", say!("Нет файла с ответами: {name}.", "There is no file of answers: {name}."))
        })?;
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
            let line = screen::safe(line);
            match self {
                Answers::Terminal => output::complain(&line),
                Answers::File(_) => app.output.print(&line)?,
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
                    disk::drop_typeahead();
                }
                let prompt = shown.default.as_ref().map_or("›".to_owned(), |d| format!("[{d}] ›"));
                line(&prompt)
            }
            Answers::File(lines) => lines.pop_front().ok_or_else(interrupted),
        }
    }
}
