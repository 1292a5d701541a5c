//! A path as it is shown to a person: without the steps that lead nowhere.

use std::path::{Component, Path, PathBuf};

/// The path without `.` and `x/..`. To be shown, not opened: where `x` is a link, it may be another.
pub fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(tidy.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidy.pop();
            }
            Component::ParentDir if tidy.has_root() => {}
            other => tidy.push(other),
        }
    }
    tidy
}

/// The same as text.
pub fn shown(path: &Path) -> String {
    tidy(path).display().to_string()
}

/// Git's commands that are not run in the store: one makes another clone, one mends the server.
const ELSEWHERE: [&str; 2] = ["clone ", "symbolic-ref "];

/// A sentence whose commands of git, and paths into git's folder, hold in a folder that is not the
/// current one: `git -C DIR status`.
pub fn in_folder(text: &str, folder: &Path) -> String {
    let folder = in_shell(&shown(folder));
    let mut parts = text.split("`git ");
    let mut placed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        placed.push_str("`git ");
        if !ELSEWHERE.iter().any(|command| part.starts_with(command)) {
            placed.push_str(&format!("-C {folder} "));
        }
        placed.push_str(part);
    }
    placed.replace("`rm .git/", &format!("`rm {folder}/.git/"))
}

/// A word for a shell, quoted where it must be.
pub fn in_shell(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@:,=".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_git_names_the_folder_in_which_it_holds() {
        let placed = |text| in_folder(text, Path::new("/a b/x/../c"));
        for (text, expected) in [
            (
                "`git show HEAD:x`, `git log`",
                "`git -C '/a b/c' show HEAD:x`, `git -C '/a b/c' log`",
            ),
            ("`rm .git/index.lock`", "`rm '/a b/c'/.git/index.lock`"),
            ("`rm /x/.git/index.lock`", "`rm /x/.git/index.lock`"),
            ("`git clone ADDRESS`", "`git clone ADDRESS`"),
            ("no git here", "no git here"),
        ] {
            assert_eq!(placed(text), expected);
        }
        assert_eq!(in_folder("`git log`", Path::new("/данные")), "`git -C /данные log`");
    }

    #[test]
    fn steps_that_lead_nowhere_are_left_out() {
        for (path, tidy) in [
            ("/a/./b", "/a/b"),
            ("/a/x/../b", "/a/b"),
            ("/a/b/.", "/a/b"),
            ("/../a", "/a"),
            ("../../a", "../../a"),
            ("a/../../b", "../b"),
        ] {
            assert_eq!(shown(Path::new(path)), tidy, "{path}");
        }
    }
}
