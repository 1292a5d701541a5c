//! What a repository is in the middle of: its branch, a merge that somebody began, a lock that a
//! killed git left, filters that somebody put upon records. `sync` looks here first.

use std::path::PathBuf;

use crate::error::{Code, Error, Result};
use crate::format::layout;
use crate::git::refs::{self, Id, Name};
use crate::git::repository::Repository;
use crate::git::run;
use crate::model::kind::Kind;
use crate::say;
use crate::store::disk;

/// The files that say what is under way, in the order in which they are asked for.
const UNDER_WAY: [&str; 9] = [
    "index.lock",
    "HEAD.lock",
    "config.lock",
    "packed-refs.lock",
    "rebase-merge",
    "rebase-apply",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "BISECT_LOG",
];
/// Those of them that a person began, with the commands that finish each.
const FINISHES: [(&str, &str); 5] = [
    ("rebase-merge", "git rebase --continue"),
    ("rebase-apply", "git rebase --continue"),
    ("CHERRY_PICK_HEAD", "git cherry-pick --continue"),
    ("REVERT_HEAD", "git revert --continue"),
    ("BISECT_LOG", "git bisect reset"),
];
/// How a branch's full name begins.
pub const BRANCHES: &str = "refs/heads/";

/// A repository that can be worked with.
#[derive(Debug)]
pub struct State {
    /// The branch that is checked out, in full: `refs/heads/main`.
    pub branch: String,
    /// The folder of git's own files.
    pub folder: PathBuf,
    /// The other side of a merge that somebody began, and whose conflicts are settled.
    pub merging: Option<Id>,
}

impl State {
    /// Looks at a repository.
    ///
    /// # Errors
    /// `busy`: a lock of git's is in place. `refused`: no branch is checked out, something is under
    /// way that a person must end. `conflict`: a merge has files that are not merged.
    pub fn of(repository: &Repository) -> Result<State> {
        let git = repository.git();
        if repository.is_bare {
            return Err(Error::refused(
                "bare",
                say!("Это репозиторий без рабочей папки.", "This repository has no work tree."),
            ));
        }
        let mut args = vec!["rev-parse", "--absolute-git-dir"];
        args.extend(UNDER_WAY.iter().flat_map(|name| ["--git-path", name]));
        let said = git.read(args).text()?;
        let mut paths = said.lines();
        let folder = PathBuf::from(paths.next().unwrap_or_default());
        for (name, path) in UNDER_WAY.iter().zip(paths) {
            if disk::exists(git.folder(), path) {
                return Err(in_the_way(name, path));
            }
        }
        let unmerged = git.read(["ls-files", "--unmerged", "-z"]).run()?;
        if let Some(path) = unmerged.split(|byte| *byte == 0).find_map(|line| {
            let tab = line.iter().position(|byte| *byte == b'\t')?;
            Some(String::from_utf8_lossy(&line[tab + 1..]).into_owned())
        }) {
            return Err(unmerged_files(&path));
        }
        let branch = git.read(["symbolic-ref", "--quiet", "HEAD"]).ask()?;
        let branch = branch.filter(|name| name.starts_with(BRANCHES));
        let branch = branch.ok_or_else(|| detached(repository))?;
        Name::typed(&branch[BRANCHES.len()..])?;
        // Of the branch, of what is known of the others', and of the names that only a sync uses.
        let names = disk::entries(&folder, "refs")
            .map_err(|error| Error::io(&say!("прочитать", "read"), ".git/refs", &error))?;
        if let Some(lock) = names.iter().find(|name| name.ends_with(".lock")) {
            return Err(in_the_way(lock, &folder.join(lock).display().to_string()));
        }
        let merging = refs::commit(git, Name::typed("MERGE_HEAD")?)?;
        Ok(State { branch, folder, merging })
    }

    /// The branch's short name.
    pub fn short(&self) -> &str {
        &self.branch[BRANCHES.len()..]
    }
}

/// A record of each kind, such as there may be.
const ANY: [(Kind, &str); 5] = [
    (Kind::Specialty, "terapevt"),
    (Kind::Clinic, "poliklinika-1"),
    (Kind::Operator, "anna"),
    (Kind::Patient, "7h2k9m4qwe"),
    (Kind::Request, "20261123-k7m2qx"),
];

/// Refuses where an attribute gives records a filter, these or any: what `sync` commits, and what it
/// brings, would go past it.
///
/// # Errors
/// `refused`, with the path and the filter.
pub fn without_filters<'p>(
    repository: &Repository,
    paths: impl Iterator<Item = &'p str>,
) -> Result<()> {
    let call = repository.git().read(["check-attr", "-z", "--stdin", "filter"]);
    let any = ANY.map(|(kind, id)| layout::path(kind, id));
    let mut asked = Vec::new();
    for path in paths.map(str::to_owned).chain(any.clone()) {
        asked.extend(path.bytes().chain([0]));
    }
    let said = call.converse(asked)?;
    let parts: Vec<&[u8]> = said.split(|byte| *byte == 0).collect();
    for answer in parts.chunks_exact(3) {
        if !matches!(answer[2], b"unspecified" | b"unset") {
            let [path, _, filter] = [answer[0], answer[1], answer[2]].map(String::from_utf8_lossy);
            return Err(filtered(&path, any.iter().all(|any| *any != path), &filter));
        }
    }
    Ok(())
}

/// Of a record that is none, its folder is named.
fn filtered(path: &str, is_there: bool, filter: &str) -> Error {
    let folder = || path.split_inclusive('/').next().unwrap_or(path);
    let path = if is_there { path } else { folder() };
    Error::refused(
        "filter",
        say!(
            "Для записей в git задан фильтр «{filter}» ({path}): обмен прошёл бы мимо него.",
            "Git has the filter “{filter}” for records ({path}): sync would go past it."
        ),
    )
    .hint(say!(
        "Уберите `filter` из .gitattributes и .git/info/attributes, или обменивайтесь данными сами: `git commit`, `git pull`, `git push`.",
        "Take `filter` out of .gitattributes and .git/info/attributes, or do it by hand: `git commit`, `git pull`, `git push`."
    ))
    .at(path, None, None)
}

fn in_the_way(name: &str, path: &str) -> Error {
    if name.ends_with(".lock") {
        return run::locked(path);
    }
    let command = FINISHES.into_iter().find(|(file, _)| *file == name);
    let command = command.map_or("git status", |(_, command)| command);
    Error::refused(
        "under-way",
        say!(
            "В git не окончено начатое: {name} (rebase, cherry-pick, revert или bisect).",
            "Git is in the middle of something ({name}): a rebase, cherry-pick, revert or bisect."
        ),
    )
    .hint(say!(
        "Закончите его: `{command}`, затем `appt sync`. Если записи разошлись, сначала `appt resolve`. Как идёт, скажет `git status`.",
        "Finish it: `{command}`, then `appt sync`. Where records are in conflict, first `appt resolve`. `git status` says how far it is."
    ))
}

/// The command that finishes what a person began in a repository, where they did.
///
/// # Errors
/// `store` where git fails.
pub fn finish(repository: &Repository) -> Result<Option<&'static str>> {
    let git = repository.git();
    let all = FINISHES.into_iter().chain([("MERGE_HEAD", "git commit --no-edit")]);
    let (names, commands): (Vec<_>, Vec<_>) = all.unzip();
    let asked = names.iter().flat_map(|name| ["--git-path", name]);
    let said = git.read(["rev-parse"].into_iter().chain(asked)).text()?;
    let mut found = said.lines().zip(commands);
    Ok(found.find(|(path, _)| disk::exists(git.folder(), path)).map(|(_, command)| command))
}

fn unmerged_files(path: &str) -> Error {
    Error::new(
        Code::Conflict,
        "unmerged",
        say!("Слияние в git не окончено: {path}.", "A merge of git's is not finished: {path}."),
    )
    .hint(say!("Разберите расхождения: `appt resolve`.", "Settle what is left: `appt resolve`."))
    .at(path, None, None)
}

/// No branch is checked out. What was committed meanwhile is on none: it is taken along.
fn detached(repository: &Repository) -> Error {
    let git = repository.git();
    let branches = git.read(["for-each-ref", "--format=%(refname:short)", BRANCHES]).text();
    let branches = branches.unwrap_or_default();
    let branch = match branches.lines().collect::<Vec<_>>()[..] {
        [only] if Name::typed(only).is_ok() => only.to_owned(),
        _ => "main".to_owned(),
    };
    let loose = git.read(["rev-list", "--count", "HEAD", "--not", "--branches", "--remotes"]);
    let is_loose = loose.text().is_ok_and(|count| count != "0");
    let error = Error::refused(
        "no-branch",
        say!(
            "В git не выбрана ветка: обмену некуда писать.",
            "No branch of git's is checked out: a sync has nowhere to go."
        ),
    );
    error.hint(match is_loose {
        true => say!(
            "Здесь есть коммиты, которых нет ни на одной ветке. Возьмите их с собой: `git branch saved`, `git switch {branch}`, `git merge saved`, затем `appt sync`.",
            "There are commits that are on no branch. Take them along: `git branch saved`, `git switch {branch}`, `git merge saved`, then `appt sync`."
        ),
        false => say!(
            "Вернитесь на ветку: `git switch {branch}`.",
            "Go back to a branch: `git switch {branch}`."
        ),
    })
}
