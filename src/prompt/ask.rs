//! One question at the terminal: it is asked until its answer is taken. What a wrong answer has
//! wrong is said in the words of the parser that refused it, as a flag's would be.

use super::{line, prompt};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::i18n::Text;
use crate::output;
use crate::platform;
use crate::say;
use crate::when::Misread;
use crate::words::{Unfit, screen};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// What stands above the answer.
    pub lines: Vec<String>,
    /// What `?` says.
    pub help: String,
    /// What Enter takes.
    pub default: Option<String>,
    /// Whether the answer asserts a fact: what was typed ahead must not answer it.
    pub fact: bool,
    /// What Ctrl-C says, where it is not that nothing was written.
    pub farewell: Option<Text>,
}

/// Why an answer was not taken.
pub struct Wrong {
    error: Error,
    /// The line as it was probably meant: Enter takes it.
    guess: Option<String>,
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Wrong {
        Wrong { error, guess: None }
    }
}

impl From<Unfit> for Wrong {
    fn from(unfit: Unfit) -> Wrong {
        Error::from(unfit).into()
    }
}

impl From<Misread> for Wrong {
    fn from(misread: Misread) -> Wrong {
        let guess = misread.guess().map(str::to_owned);
        Wrong { error: misread.into(), guess }
    }
}

/// Asks until the answer is taken; none where the operator goes back.
///
/// # Errors
/// `interrupted` where the terminal gives no answer; what stops the command whatever is typed.
pub fn ask<T>(
    app: &App,
    question: &Question,
    mut take: impl FnMut(&str) -> Result<T, Wrong>,
) -> Result<Option<T>> {
    let lang = app.lang();
    let farewell = question.farewell.clone().unwrap_or_else(|| {
        say!("Прервано. Ничего не записано.", "Interrupted. Nothing was written.")
    });
    let mut default = question.default.clone();
    question.lines.iter().for_each(|line| tell(line));
    loop {
        if question.fact {
            platform::drop_typeahead();
        }
        let prompt = prompt(app, default.as_deref());
        let typed = line(app, &prompt, &farewell)?;
        let mut typed = typed.trim().to_owned();
        match typed.to_lowercase().as_str() {
            ".." | "<" | "назад" | "back" => return Ok(None),
            "?" => {
                tell(&question.help);
                tell(match question.farewell {
                    None => lang.of(
                        ".. — вернуться к прошлому вопросу, Ctrl-C — выйти, ничего не записав.",
                        ".. goes back one question, Ctrl-C leaves and writes nothing.",
                    ),
                    Some(_) => lang.of(
                        ".. — вернуться к прошлому вопросу, Ctrl-C — выйти.",
                        ".. goes back one question, Ctrl-C leaves.",
                    ),
                });
                continue;
            }
            "" => match &default {
                Some(default) => typed = default.clone(),
                None => {
                    tell(&question.help);
                    continue;
                }
            },
            _ => {}
        }
        match take(&typed) {
            Ok(taken) => return Ok(Some(taken)),
            Err(Wrong { error, guess }) if can_be_retyped(&error) => {
                tell(error.message.get(lang));
                if let Some(hint) = &error.hint {
                    tell(hint.get(lang));
                }
                default = guess;
            }
            Err(wrong) => return Err(wrong.error),
        }
    }
}

/// Whether another answer may fare better.
fn can_be_retyped(error: &Error) -> bool {
    matches!(error.code, Code::Usage | Code::Refused | Code::NotFound | Code::Ambiguous)
}

/// Asks for one of several, by its number; its place among them, none where the operator goes back.
///
/// # Errors
/// As [`ask`].
pub fn choose(app: &App, title: &str, words: &[String], fact: bool) -> Result<Option<usize>> {
    choose_or_leave(app, title, words, fact, None)
}

/// The same with what Ctrl-C says.
///
/// # Errors
/// As [`ask`].
pub fn choose_or_leave(
    app: &App,
    title: &str,
    words: &[String],
    fact: bool,
    farewell: Option<Text>,
) -> Result<Option<usize>> {
    let help = app.lang().of("Введите цифру ответа.", "Type the number of an answer.").to_owned();
    let mut lines: Vec<String> =
        (!title.is_empty()).then(|| title.to_owned()).into_iter().collect();
    lines.extend(numbered(words));
    let question = Question { lines, help, default: None, fact, farewell };
    ask(app, &question, |typed| {
        number(typed, words.len()).ok_or_else(|| {
            Error::usage("choice", say!("Введите цифру ответа.", "Type the number of an answer."))
                .into()
        })
    })
}

/// Choices, one a line.
pub fn numbered(words: &[String]) -> impl Iterator<Item = String> + '_ {
    words.iter().enumerate().map(|(at, word)| format!("  {}  {word}", at + 1))
}

/// The place of the choice that a number names.
pub fn number(typed: &str, count: usize) -> Option<usize> {
    let number: usize = typed.parse().ok()?;
    (1..=count).contains(&number).then(|| number - 1)
}

/// Repeats what was understood of an answer.
pub fn took(app: &App, text: &str) {
    let mark = if app.output.ascii { "" } else { "✓ " };
    tell(&format!("{mark}{text}"));
}

/// Says something between questions.
pub fn tell(text: &str) {
    output::complain(&screen::safe(text));
}
