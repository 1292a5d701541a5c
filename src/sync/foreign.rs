//! Files of a repository that are no records: what others changed in them comes along, as git has
//! it. What a disk should not hold stays in git's objects: links, other repositories, huge files,
//! names that lead elsewhere.

use crate::error::{Error, Result};
use crate::format::layout;
use crate::git;
use crate::git::changes::{Item, Path};
use crate::git::commits::Put;
use crate::git::repository::Repository;
use crate::say;
use crate::store::{LOCAL, disk};
use crate::sync::own;

/// The size over which a file stays in git's objects, in bytes.
pub const MOST: u64 = 64 * 1024 * 1024;

/// What a file will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What this object holds.
    Item(Item),
    /// This text, of both sides.
    Text(String),
    /// Gone.
    Gone,
    /// What stands in git alone, or nothing any more.
    KeptOut(Option<Item>),
}

impl Content {
    /// What a commit puts there.
    pub fn put(&self) -> Put {
        match self {
            Content::Item(item) | Content::KeptOut(Some(item)) => Put::Item(item.clone()),
            Content::Text(text) => Put::Text(text.clone()),
            Content::Gone | Content::KeptOut(None) => Put::Gone,
        }
    }

    /// Whether it comes to no disk.
    pub fn is_kept_out(&self) -> bool {
        matches!(self, Content::KeptOut(Some(_)))
    }
}

/// What their version becomes here.
///
/// # Errors
/// `refused` where a link or the like stands where records or the store's own files should.
pub fn taken(repository: &Repository, path: &Path, item: Option<&Item>) -> Result<Content> {
    let shown = String::from_utf8_lossy(path).into_owned();
    let Some(item) = item else {
        return Ok(if is_safe(path) { Content::Gone } else { Content::KeptOut(None) });
    };
    if item.is_file() && is_safe(path) && repository.objects().bytes(&item.id, MOST)?.is_some() {
        return Ok(Content::Item(item.clone()));
    }
    let first = shown.split('/').next().unwrap_or_default();
    let is_ours =
        own::FILES.contains(&first) || first == LOCAL || layout::kind_of(&shown).is_some();
    if is_ours {
        return Err(Error::refused(
            "symlink",
            say!(
                "Там, где лежат данные, у других стоит ссылка или чужое хранилище: {shown}. Чужое не взято.",
                "Among the data, the others have a link or another repository: {shown}. Nothing was taken in."
            ),
        )
        .hint(say!(
            "Уберите это из общей ветки и повторите обмен.",
            "Remove it from the shared branch and sync again."
        )));
    }
    Ok(Content::KeptOut(Some(item.clone())))
}

/// Whether a path leads to a place below the root that is nobody's but a file's.
fn is_safe(path: &Path) -> bool {
    let Ok(path) = std::str::from_utf8(path) else { return false };
    let is_plain = |part: &str| {
        let lower = part.to_lowercase();
        !matches!(lower.as_str(), "" | "." | ".." | ".git" | "git~1" | LOCAL)
            && !part.contains(['\\', ':'])
            && !part.contains(char::is_control)
    };
    path.split('/').all(is_plain)
}

/// The merge of a file that both sides changed; none where they clash.
///
/// # Errors
/// `store` where git fails.
pub fn merged(
    repository: &Repository,
    path: &Path,
    [base, ours, theirs]: [Option<&Item>; 3],
) -> Result<Option<Content>> {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return Ok(None) };
    if !ours.is_file() || !theirs.is_file() || !is_safe(path) {
        return Ok(None);
    }
    let text = |item: Option<&Item>| -> Result<Option<String>> {
        let Some(item) = item.filter(|item| item.is_file()) else { return Ok(Some(String::new())) };
        let bytes = repository.objects().bytes(&item.id, MOST)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    };
    let (Some(base), Some(ours), Some(theirs)) =
        (text(base)?, text(Some(ours))?, text(Some(theirs))?)
    else {
        return Ok(None);
    };
    let root = repository.git().folder();
    let names = ["merge-ours", "merge-base", "merge-theirs"].map(|name| format!("{LOCAL}/{name}"));
    let failed = |error| Error::io(&say!("слить файлы в", "merge files in"), LOCAL, &error);
    for (name, text) in names.iter().zip([&ours, &base, &theirs]) {
        disk::replace(root, name, text, false).map_err(failed)?;
    }
    let conflicts = git::merge_file(root, &names[0], &names[1], &names[2]);
    let merged = disk::read_any(root, &names[0]).map_err(failed)?;
    for name in &names {
        disk::remove(root, name).map_err(failed)?;
    }
    Ok(merged.filter(|_| conflicts.is_ok_and(|conflicts| conflicts == 0)).map(Content::Text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_not_safe() {
        for path in
            ["../x", "a/../b", ".git/hooks/x", "a/.GIT/x", ".appt/lock", "a//b", "C:x", "a\nb"]
        {
            assert!(!is_safe(&path.as_bytes().to_vec()), "{path}");
        }
        assert!(!is_safe(&vec![0xff]));
        for path in ["README.md", "docs/схема.png", ".github/x.yml", "patients/notes.txt"] {
            assert!(is_safe(&path.as_bytes().to_vec()), "{path}");
        }
    }
}
