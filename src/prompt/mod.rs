//! Questions at the terminal, or their answers from a file: the only module that asks. No lock is
//! held while one waits. A line is typed, by dialoguer's `Input`: numbered choices, going back and
//! help are then one mechanism, and a file can hold the same answers.
//!
//! Ctrl-C at a question ends the process with 130, whatever the terminal is doing: between two
//! keys it is the system that sends the signal, else the key is read and the signal is raised.

mod ask;

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use dialoguer::Input;
use dialoguer::theme::Theme;

use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::i18n::Text;
use crate::output;
use crate::platform;
use crate::say;
use crate::script::{Line, Screen};
use crate::store::{disk, lock};
use crate::words::screen;

pub use ask::{Question, Wrong, ask, choose, choose_or_leave, number, numbered, tell, took};

/// Asks a question that Enter never affirms.
///
/// # Errors
/// `interrupted` where the terminal gives no answer.
pub fn confirm(app: &App, question: &Text) -> Result<bool> {
    let lang = app.lang();
    let prompt = format!("{} ({})", question.get(lang), lang.of("да/нет", "yes/no"));
    platform::drop_typeahead();
    let farewell = say!("Прервано.", "Interrupted.");
    loop {
        let answer = line(app, &prompt, &farewell)?;
        match answer.trim().to_lowercase().as_str() {
            "да" | "д" | "yes" | "y" => return Ok(true),
            "" | "нет" | "н" | "no" | "n" => return Ok(false),
            // Anything else is no answer: what follows a "no" may not be undone.
            _ => {}
        }
    }
}

/// What Ctrl-C says, while a question waits for its answer.
static WAITING: Mutex<Option<String>> = Mutex::new(None);
/// Whether Ctrl-C came while no question waited: the next one is not asked.
static PENDING: AtomicBool = AtomicBool::new(false);

fn waiting() -> MutexGuard<'static, Option<String>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets Ctrl-C at a question end the process by its own exit code, with the terminal as it was;
/// a write that is under way is not cut short.
fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let restore = platform::terminal();
        let stop = move || {
            let mut waiting = waiting();
            match waiting.take() {
                Some(farewell) => {
                    restore();
                    output::complain(&format!("\n{farewell}"));
                    std::process::exit(Code::Interrupted.exit().into());
                }
                None => {
                    PENDING.store(true, Ordering::SeqCst);
                    lock::give_up();
                }
            }
        };
        // Without it the signal ends the process by itself: the answers are kept all the same.
        drop(ctrlc::set_handler(stop));
    });
}

/// Lets another program have the terminal, such as an editor: Ctrl-C is for that one meanwhile.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    watch();
    let done = work();
    PENDING.store(false, Ordering::SeqCst);
    lock::wait_again();
    done
}

/// A prompt as it stands, without the colon that dialoguer would put.
struct Plain;

impl Theme for Plain {
    fn format_input_prompt(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        _default: Option<&str>,
    ) -> fmt::Result {
        write!(f, "{prompt} ")
    }

    fn format_input_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        typed: &str,
    ) -> fmt::Result {
        write!(f, "{prompt} {typed}")
    }
}

/// Asks for a line; `farewell` is said where Ctrl-C is pressed instead.
fn line(app: &App, prompt: &str, farewell: &Text) -> Result<String> {
    watch();
    let interrupted = || Error::new(Code::Interrupted, "interrupted", farewell.clone());
    if PENDING.load(Ordering::SeqCst) {
        return Err(interrupted());
    }
    *waiting() = Some(app.output.error_text(&interrupted()));
    let answer = Input::with_theme(&Plain).with_prompt(prompt).allow_empty(true).interact_text();
    // Where the signal was faster, the process ends while this waits.
    *waiting() = None;
    answer.map_err(|_| {
        output::complain("");
        interrupted()
    })
}

/// What stands before an answer: what Enter takes, if anything.
fn prompt(app: &App, default: Option<&str>) -> String {
    let sign = if app.output.ascii { ">" } else { "›" };
    let prompt = default.map_or(sign.to_owned(), |default| format!("[{default}] {sign}"));
    screen::safe_line(&prompt).into_owned()
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

    /// How many answers a file has left, but for empty ones.
    pub fn left(&self) -> usize {
        match self {
            Answers::Terminal => 0,
            Answers::File(lines) => lines.iter().filter(|line| !line.trim().is_empty()).count(),
        }
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

    /// Reads an answer; `farewell` is what an end without one says.
    ///
    /// # Errors
    /// `interrupted` on Ctrl-C, or where a file has no more answers.
    pub fn read(&mut self, app: &App, shown: &Screen, farewell: &Text) -> Result<String> {
        let prompt = prompt(app, shown.default.as_deref());
        match self {
            Answers::Terminal => {
                if shown.fact {
                    platform::drop_typeahead();
                }
                line(app, &prompt, farewell)
            }
            Answers::File(lines) => {
                let ended = || {
                    let Text { ru, en } = farewell;
                    let said = say!(
                        "В файле больше нет ответов, а на этот вопрос он нужен. {ru}",
                        "The file has no more answers, and this question wants one. {en}"
                    );
                    Error::new(Code::Interrupted, "answers-ended", said)
                };
                let answer = lines.pop_front().ok_or_else(ended)?;
                let shown = format!("{prompt} {}", screen::safe_line(&answer));
                app.output.print(shown.trim_end())?;
                Ok(answer)
            }
        }
    }
}
