//! `appt merge-driver %O %A %B %P`: what git calls to merge a file that both sides changed. It reads
//! three temporary files and puts the result in place of the second.
//!
//! Invariant: a record never gets conflict markers. One that can't be merged stays as ours is, and
//! git keeps it as unmerged. It needs no store, no lock, no operator, and asks nothing.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::{Error, Result, rule};
use crate::format::document::Found;
use crate::format::layout;
use crate::i18n::{Lang, Text};
use crate::merge::{self, Unmergeable};
use crate::model::kind::Kind;
use crate::model::settings::{self, Settings};
use crate::store::disk;
use crate::{git, say};

/// The arguments, in git's order.
const FILES: [&str; 4] = ["base", "ours", "theirs", "path"];

pub fn spec(lang: Lang) -> Command {
    let words = [
        (("ПРЕДОК", "BASE"), ("%O: общий предок", "%O: the common ancestor")),
        (
            ("НАША", "OURS"),
            ("%A: наша версия; она станет итогом", "%A: our version; the result takes its place"),
        ),
        (("ИХ", "THEIRS"), ("%B: их версия", "%B: their version")),
        (
            ("ПУТЬ", "PATH"),
            (
                "%P: путь файла от вершины рабочей папки",
                "%P: the file's path, from the top of the work tree",
            ),
        ),
    ];
    let line = "merge-driver %O %A %B %P";
    let command = Command::new("merge-driver")
        .hide(true)
        .after_help(help::examples(lang, &[(line, line)]))
        .about(lang.of(
            "Слить две версии записи; вызывает git",
            "Merge two versions of a record; called by git",
        ));
    FILES.iter().zip(words).fold(command, |command, (name, (value, help))| {
        command.arg(args::positional(lang, name, value, help))
    })
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let missing = || {
        say!(
            "Нужны четыре аргумента: %O %A %B %P. Эту команду вызывает git.",
            "Four arguments are needed: %O %A %B %P. Git calls this command."
        )
    };
    let mut names = [""; 4];
    for (name, key) in names.iter_mut().zip(FILES) {
        *name = args::need(matches, key, missing)?;
    }
    let [base, ours, theirs, path] = names;
    match layout::record_at(path) {
        Some((kind, id)) => record(app, kind, id, names),
        None if path == settings::FILE && !is_one_store(app, ours, theirs)? => Err(another_store()),
        None => {
            let conflicts = git::merge_file(&app.environment.cwd, ours, base, theirs)?;
            Ok(if conflicts == 0 { Done::Yes } else { Done::No })
        }
    }
}

fn record(app: &App, kind: Kind, id: &str, names: [&str; 4]) -> Result<Done> {
    let [base, ours, theirs, path] = names;
    // Git hands in an empty file where there is no ancestor.
    let base = text(app, base, path).ok().filter(|text| !text.is_empty());
    let (mine, other) = (text(app, ours, path)?, text(app, theirs, path)?);
    if base.as_ref().is_some_and(|base| merge::is_mistaken(kind, id, base, [&mine, &other])) {
        return Err(mistaken(path));
    }
    let merged = merge::texts(kind, id, base.as_deref(), &mine, &other)
        .map_err(|why| unmerged(path, &why))?;
    if merged != mine {
        let (folder, name) = place(app, ours);
        disk::replace(&folder, &name, &merged, true)
            .map_err(|error| Error::io(&say!("записать", "write"), path, &error))?;
    }
    Ok(Done::Yes)
}

/// The folder and the name of a file that was handed in: git names its own relative to the working
/// tree, others by their whole path.
fn place(app: &App, file: &str) -> (PathBuf, String) {
    let whole = app.environment.cwd.join(file);
    match (Path::new(file).is_absolute(), whole.parent(), whole.file_name()) {
        (true, Some(folder), Some(name)) => {
            (folder.to_owned(), name.to_string_lossy().into_owned())
        }
        _ => (app.environment.cwd.clone(), file.to_owned()),
    }
}

/// The text of one of the files that were handed in.
fn text(app: &App, file: &str, path: &str) -> Result<String> {
    let (folder, name) = place(app, file);
    let found = disk::read(&folder, &name)
        .map_err(|error| Error::io(&say!("прочитать", "read"), path, &error))?;
    match found {
        Found::Text(text) => Ok(text),
        _ => Err(Error::store(
            "syntax",
            say!(
                "{path}: это не текст в UTF-8, или он слишком велик.",
                "{path}: this is no UTF-8 text, or it is too big."
            ),
        )
        .hint(keep())),
    }
}

fn mistaken(path: &str) -> Error {
    Error::refused("two-records", merge::two_for_one(path))
        .hint(merge::begin_anew())
        .at(path, None, None)
}

fn unmerged(path: &str, why: &Unmergeable) -> Error {
    let Text { ru, en } = why.why();
    Error::store(why.rule, say!("{path} не слить: {ru}", "{path} can't be merged: {en}"))
        .hint(keep())
        .at(path, None, None)
}

fn keep() -> crate::i18n::Text {
    say!(
        "Ваша версия осталась на месте, обе хранит git: `git checkout --theirs` покажет другую.",
        "Your version is in place, and git has both: `git checkout --theirs` shows the other."
    )
}

/// Whether two versions of `appt.toml` are of one store. One that can't be read does not say no.
fn is_one_store(app: &App, ours: &str, theirs: &str) -> Result<bool> {
    let read = |name| text(app, name, settings::FILE).map(|text| Settings::parse(&text));
    Ok(match (read(ours)?, read(theirs)?) {
        (Ok(ours), Ok(theirs)) => ours.key == theirs.key,
        (Err(error), _) | (_, Err(error)) => !error.is(rule::FORMAT),
    })
}

fn another_store() -> Error {
    Error::refused(
        "another-store",
        say!(
            "Это разные хранилища: в appt.toml у них разные `key` или `format`. Их не сливают.",
            "These are two stores: their appt.toml have different `key` or `format`. They are never merged."
        ),
    )
    .hint(say!(
        "Перенесите записи: `appt export jsonl | appt import jsonl -`.",
        "Carry the records over: `appt export jsonl | appt import jsonl -`."
    ))
}
