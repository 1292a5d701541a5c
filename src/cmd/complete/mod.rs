//! Completion that knows the store. `completions SHELL` prints what a shell reads once; from then
//! on the shell starts the program with `APPT_COMPLETE=SHELL` at every Tab.
//!
//! Whatever is wrong, an answer is a list, if need be an empty one: no error, no question, no lock,
//! no write. It never names a patient: initials do.

mod wanted;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgMatches, Command, ValueHint};
use clap_complete::CompletionCandidate;
use clap_complete::engine::{self, ArgValueCompleter};
use clap_complete::env::{EnvCompleter, Shells};

use crate::app::App;
use crate::cmd::complete::wanted::Wanted;
use crate::cmd::{Done, args, global, help, tree, tree_for_people};
use crate::environment::Environment;
use crate::error::Result;
use crate::i18n::Lang;
use crate::say;

/// The variable by which a shell asks.
pub const VARIABLE: &str = "APPT_COMPLETE";
/// How wide a described candidate is at most, in bash: the terminal's width is not known here.
const LISTED: usize = 76;
const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];

pub fn spec(lang: Lang) -> Command {
    Command::new("completions")
        .after_help(help::examples(
            lang,
            &[("completions bash", "completions bash"), ("completions zsh", "completions zsh")],
        ))
        .about(lang.of(
            "Дополнение по Tab: номера заявок, названия, флаги",
            "Completion by Tab: ids, titles, flags",
        ))
        .arg(
            args::positional(lang, "shell", ("ОБОЛОЧКА", "SHELL"), ("для какой", "for which"))
                .value_parser(SHELLS),
        )
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let name = args::need(matches, "shell", || {
        say!(
            "Не указана оболочка: `appt completions bash`.",
            "No shell given: `appt completions bash`."
        )
    })?;
    let shells = Shells::builtins();
    let shell = shells.completer(name).expect("clap knows only the shells of the list");
    let mut script = Vec::new();
    shell
        .write_registration(VARIABLE, "appt", "appt", &program(&app.environment), &mut script)
        .expect("memory takes any text");
    app.output.print(&String::from_utf8_lossy(&script))?;
    if app.environment.stdout_is_terminal {
        let line = match name {
            "fish" => "appt completions fish | source",
            "elvish" => "eval (appt completions elvish | slurp)",
            "powershell" => "appt completions powershell | Out-String | Invoke-Expression",
            _ => &format!("source <(appt completions {name})"),
        };
        app.output.note(&say!(
            "Чтобы работало всегда, добавьте в настройки оболочки: {line}",
            "To have it always, add to the shell's settings: {line}"
        ));
    }
    Ok(Done::Yes)
}

/// How the program is started again: by its name, or by the path that it was started by.
fn program(environment: &Environment) -> String {
    let name = PathBuf::from(environment.args.first().cloned().unwrap_or_default());
    let path = if name.components().count() > 1 { environment.cwd.join(name) } else { name };
    path.to_string_lossy().into_owned()
}

/// What is known when a shell asks.
struct Scene {
    environment: Environment,
    lang: Lang,
    /// Whether `\` keeps the next sign from meaning anything.
    escapes: bool,
    /// Whether the shell puts any text where something was typed, a title with spaces too.
    takes_titles: bool,
    /// The store that the line names.
    data: Option<PathBuf>,
    /// The record that the line names.
    record: Option<String>,
}

/// The answer to a shell that asks; none where no shell does.
pub fn answer(environment: &Environment) -> Option<String> {
    let shells = Shells::builtins();
    let asked = environment.own_var(VARIABLE).filter(|name| *name != "0")?;
    let Some(shell) = shells.completer(asked) else { return Some(String::new()) };
    let mut words = environment.args.iter().cloned();
    // What follows `--` is the line, the program's name first.
    words.by_ref().find(|word| word == "--");
    let words: Vec<OsString> = words.collect();
    Some(completed(environment, shell, words).unwrap_or_default())
}

fn completed(
    environment: &Environment,
    shell: &dyn EnvCompleter,
    words: Vec<OsString>,
) -> Option<String> {
    let last = words.len().checked_sub(1)?;
    let index = environment.own_var("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok());
    let at: usize = index.unwrap_or(last);
    // A shell hands a line over as it was typed, quotes and all.
    let escapes = shell.name() != "powershell";
    let home = environment.own_var("HOME").unwrap_or("~");
    let plain: Vec<OsString> =
        words.iter().map(|word| unquoted(&word.to_string_lossy(), home, escapes).into()).collect();
    let mut environment = environment.clone();
    environment.args.clone_from(&plain);
    let lang = global::early(&environment).lang;
    let known = tree(lang).ignore_errors(true).try_get_matches_from(plain.iter().take(at)).ok();
    let known = known.as_ref().map(global::innermost);
    let text = |name: &str| known.and_then(|known| args::get(known, name)).map(str::to_owned);
    let scene = Arc::new(Scene {
        lang,
        escapes,
        takes_titles: !matches!(shell.name(), "bash" | "elvish"),
        data: text("data").map(PathBuf::from),
        record: text("id"),
        environment,
    });
    let is_flag = words.get(at).is_some_and(|word| word.to_string_lossy().starts_with('-'));
    let mut command = attached(tree_for_people(lang), &[], is_flag, &scene);
    let cwd = scene.environment.cwd.clone();
    if shell.name() == "bash" && lists_only(&scene.environment) {
        let found = engine::complete(&mut command, words, at, Some(&cwd)).ok()?;
        let between = scene.environment.own_var("_CLAP_IFS").unwrap_or("\n");
        return Some(described(&found).join(between));
    }
    let mut answer = Vec::new();
    shell.write_complete(&mut command, words, Some(&cwd), &mut answer).ok()?;
    String::from_utf8(answer).ok()
}

/// Whether bash wants the candidates to be looked at, not typed: at the second Tab (`COMP_TYPE` is
/// `?`). It knows no descriptions, so that they may stand in the candidates only then.
fn lists_only(environment: &Environment) -> bool {
    const SUCCESSIVE: &str = "63";
    environment.own_var("_CLAP_COMPLETE_COMP_TYPE") == Some(SUCCESSIVE)
}

/// The candidates with what they mean, one below the other; the only one as it is.
fn described(found: &[CompletionCandidate]) -> Vec<String> {
    let value = |one: &CompletionCandidate| one.get_value().to_string_lossy().into_owned();
    if let [only] = found {
        return vec![value(only)];
    }
    let width = found.iter().map(|one| value(one).chars().count()).max().unwrap_or(0);
    let line = |one: &CompletionCandidate| {
        let (value, help) = (value(one), one.get_help().map(ToString::to_string));
        let help = help.as_deref().and_then(|help| help.lines().next()).unwrap_or_default();
        let room = LISTED.saturating_sub(width + 2);
        let help: String = help.chars().take(room).collect();
        format!("{value:width$}  {help}").trim_end().to_owned()
    };
    found.iter().map(line).collect()
}

/// A command and those below it, with what completes each argument. Flags come where one was
/// begun, or where there is nothing else.
fn attached(command: Command, path: &[&str], is_flag: bool, scene: &Arc<Scene>) -> Command {
    let command = command.mut_args(|arg| {
        let wanted =
            arg.get_action().takes_values().then(|| Wanted::of(path, arg.get_id().as_str()));
        let hidden = !is_flag && !arg.is_positional();
        let arg = if hidden { arg.hide(true) } else { arg };
        match wanted.flatten() {
            Some(Wanted::Folder) => arg.value_hint(ValueHint::DirPath),
            Some(Wanted::File) => arg.value_hint(ValueHint::FilePath),
            Some(wanted) => {
                let scene = scene.clone();
                arg.add(ArgValueCompleter::new(move |typed: &std::ffi::OsStr| {
                    let typed = unquoted(&typed.to_string_lossy(), "~", scene.escapes);
                    wanted.candidates(&scene, &typed)
                }))
            }
            None => arg,
        }
    });
    command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
        attached(sub, &path, is_flag, scene)
    })
}

/// A word as the shell would hand it to the program; a quote may be open still.
fn unquoted(word: &str, home: &str, escapes: bool) -> String {
    let (mut plain, mut open) = (String::with_capacity(word.len()), None);
    let mut signs = word.chars();
    if let Some(rest) =
        word.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        plain.push_str(home);
        signs = rest.chars();
    }
    while let Some(sign) = signs.next() {
        match sign {
            '\'' | '"' if open == Some(sign) => open = None,
            '\'' | '"' if open.is_none() => open = Some(sign),
            '\\' if escapes && open != Some('\'') => plain.extend(signs.next()),
            _ => plain.push(sign),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_the_shell_reads_it() {
        for (word, plain) in [
            ("k7m", "k7m"),
            ("'Поликлиника № 1", "Поликлиника № 1"),
            ("\"a 'b' c\"", "a 'b' c"),
            (r"a\ b\'c", "a b'c"),
            (r"'a\b'", r"a\b"),
            ("~/my\\ data", "/home/anna/my data"),
            ("~", "/home/anna"),
            ("~anna", "~anna"),
        ] {
            assert_eq!(unquoted(word, "/home/anna", true), plain);
        }
        assert_eq!(unquoted(r"C:\data", "~", false), r"C:\data");
    }
}
