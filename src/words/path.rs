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

#[cfg(test)]
mod tests {
    use super::*;

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
